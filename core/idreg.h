/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest may see of the CPU's feature registers, and what its VMM may take away from that.
 *
 * One table of fields decides: a field that is not in it reads as 0, so a feature nobody has thought about is
 * hidden. The table knows nothing of the host; the host's (sanitised) value, and what the VM was configured
 * with, are arguments.
 */
#ifndef KEEL_CORE_IDREG_H
#define KEEL_CORE_IDREG_H

#include "core/port.h"

/* How a VMM's value of a field compares with the limit */
enum keel_idkind {
	KEEL_ID_FIXED,		/* only the limit itself */
	KEEL_ID_LOWER,		/* unsigned, up to the limit */
	KEEL_ID_SLOWER,		/* two's complement, up to the limit: all ones is "not implemented" */
	KEEL_ID_HIGHER,		/* unsigned, the limit or more */
	KEEL_ID_ZERO,		/* the limit or 0 */
	KEEL_ID_PMU,		/* unsigned, up to the limit, or 0; 15 is a PMU of another kind: as good as none */
};

/* What a VM must be configured with for a field to show */
#define KEEL_ID_HAVE_PAUTH	BIT(0)
#define KEEL_ID_HAVE_SVE	BIT(1)
#define KEEL_ID_HAVE_MTE	BIT(2)
#define KEEL_ID_HAVE_PMU	BIT(3)

/**
 * struct keel_idfield - one field of a feature register
 * @shift: its lowest bit
 * @width: bits, 1 to 4
 * @kind: enum keel_idkind
 * @min: the VMM may not go below
 * @max: shown at most, whatever the host has
 * @need: KEEL_ID_HAVE_* without which it reads as 0
 */
struct keel_idfield {
	u8 shift, width, kind, min, max, need;
};

struct keel_idreg {
	const struct keel_idfield *fields;
	u8 nr;
};

/* The feature registers op0 3, op1 0, CRn 0, CRm 1..7, in order of CRm and op2 */
#define KEEL_IDREG_NR		56
#define KEEL_IDREG_IDX(crm, op2)	(((crm) - 1) * 8 + (op2))
/* The first three rows describe AArch32 (Arm ARM D19.2, ID_PFR0_EL1 to ID_MMFR5_EL1) */
#define KEEL_IDREG_A32_NR	24

extern const struct keel_idreg keel_idregs[KEEL_IDREG_NR];
extern const struct keel_idreg keel_idreg_ctr;	/* CTR_EL0 */

/**
 * keel_idreg_limit() - the most a VM can be given, and what it gets if its VMM asks for nothing
 * @reg: the register
 * @host: the host's value, safe on all its CPUs
 * @have: KEEL_ID_HAVE_*
 */
u64 keel_idreg_limit(const struct keel_idreg *reg, u64 host, u32 have);

/**
 * keel_idreg_writable() - bits of the fields that a VMM may change (KVM API 4.139)
 * @reg: the register
 */
u64 keel_idreg_writable(const struct keel_idreg *reg);

/**
 * keel_idreg_clean() - a VMM's value without what stands for nothing
 * @reg: the register
 * @val: what the VMM asks for; it may come from a KVM that showed guests a PMU of another kind
 */
u64 keel_idreg_clean(const struct keel_idreg *reg, u64 val);

/**
 * keel_idreg_check() - may a VM have this value
 * @reg: the register
 * @limit: keel_idreg_limit() of the VM
 * @val: what the VMM asks for
 *
 * Return: 0, or -EINVAL: a field promises what is not there, or a bit that is not the VMM's differs.
 */
int keel_idreg_check(const struct keel_idreg *reg, u64 limit, u64 val);

#endif
