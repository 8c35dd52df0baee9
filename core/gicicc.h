/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU interface's system registers (ICC_*) as a VMM reads and writes them, made from the hypervisor's (ICH_*), and
 * what a write to ICC_SGI1R_EL1 and its like asks for (IHI 0069, 12.2, 12.4).
 */
#ifndef KEEL_CORE_GICICC_H
#define KEEL_CORE_GICICC_H

#include "core/port.h"

/* op0, op1, CRn, CRm, op2 as KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS has them */
#define KEEL_ICC(crn, crm, op2)	(3U << 14 | (crn) << 7 | (crm) << 3 | (op2))
#define KEEL_ICC_PMR		KEEL_ICC(4U, 6U, 0U)
#define KEEL_ICC_BPR0		KEEL_ICC(12U, 8U, 3U)
#define KEEL_ICC_AP0R0		KEEL_ICC(12U, 8U, 4U)
#define KEEL_ICC_AP1R0		KEEL_ICC(12U, 9U, 0U)
#define KEEL_ICC_BPR1		KEEL_ICC(12U, 12U, 3U)
#define KEEL_ICC_CTLR		KEEL_ICC(12U, 12U, 4U)
#define KEEL_ICC_SRE		KEEL_ICC(12U, 12U, 5U)
#define KEEL_ICC_IGRPEN0	KEEL_ICC(12U, 12U, 6U)
#define KEEL_ICC_IGRPEN1	KEEL_ICC(12U, 12U, 7U)

#define KEEL_ICC_SRE_VALUE	7U	/* system registers, no bypass: cannot be changed */

/**
 * struct keel_icc - a CPU interface
 * @vtr: ICH_VTR_EL2
 * @vmcr: ICH_VMCR_EL2
 * @ap0r, @ap1r: ICH_AP0R<n>_EL2, ICH_AP1R<n>_EL2
 * @pri_bits, @id_bits: shown in ICC_CTLR_EL1: number of priority bits, and IDbits as encoded
 */
struct keel_icc {
	u64 vtr, vmcr;
	u32 ap0r[4], ap1r[4];
	u8 pri_bits, id_bits;
};

/* Is there a register of that encoding */
bool keel_icc_known(u32 reg);

/**
 * keel_icc_get() - what a read of the register gives
 * @icc: CPU interface
 * @reg: KEEL_ICC()
 * @val: the value
 *
 * Return: 0; -ENXIO: no such register; -EINVAL: an active priorities register that the CPU does not have.
 */
int keel_icc_get(const struct keel_icc *icc, u32 reg, u64 *val);

/**
 * keel_icc_set() - restore a register
 * @icc: CPU interface; unchanged on failure
 * @reg: KEEL_ICC()
 * @val: the VMM's
 *
 * Return: 0; -ENXIO: no such register; -EINVAL: a value that this CPU interface cannot have.
 */
int keel_icc_set(struct keel_icc *icc, u32 reg, u64 val);

/**
 * struct keel_sgi - who is to get a software generated interrupt
 * @intid: 0 to 15
 * @others: all but the sender; otherwise @list of vCPUs with Aff0 0 to 15 in the cluster @cluster
 * @cluster: Aff3.Aff2.Aff1.0
 */
struct keel_sgi {
	u8 intid;
	bool others;
	u16 list;
	u32 cluster;
};

/* ICC_SGI0R_EL1, ICC_SGI1R_EL1, ICC_ASGI1R_EL1: one format. No range selector: GICD_TYPER.RSS is 0 */
struct keel_sgi keel_sgi_decode(u64 val);

#endif
