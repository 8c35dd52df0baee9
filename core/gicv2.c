// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICC_* for the VMM, and SGIs, see gicv2.h. Owns no state. Offsets and values are the guest's or the VMM's and may be
 * anything.
 */
#include "core/gicv2.h"

/* GICH_VMCR has these of GICC_CTLR where that has them: EnableGrp0, EnableGrp1, AckCtl, FIQEn, CBPR, EOImode */
#define CTLR_FIELDS	0x21fU
#define ABPR_SHIFT	18
#define BPR_SHIFT	21
#define PMR_SHIFT	27

#define PRODUCT_KVM	0x4bU
#define ARCH_GICV2	2U
#define IMPLEMENTER_ARM	0x43bU

/* One bit for each of 32 levels of preemption: APR1 to APR3 are of larger priorities than there are */
#define APR_END		(KEEL_GICC_APR0 + 16)

struct field {
	u32 mask;
	u8 shift;
};

/* The field of GICH_VMCR that is all of a register; mask 0: none is */
static struct field vmcr_field(u32 offset)
{
	switch (offset) {
	case KEEL_GICC_CTLR:
		return (struct field) { CTLR_FIELDS, 0 };
	case KEEL_GICC_PMR:
		return (struct field) { 0x1f, PMR_SHIFT };
	case KEEL_GICC_BPR:
		return (struct field) { 7, BPR_SHIFT };
	case KEEL_GICC_ABPR:
		return (struct field) { 7, ABPR_SHIFT };
	}
	return (struct field) { 0, 0 };
}

static bool is_apr(u32 offset)
{
	return offset >= KEEL_GICC_APR0 && offset < APR_END && !(offset & 3);
}

int keel_gicc_get(u64 vmcr, u32 apr, u32 offset, u32 *val)
{
	struct field f = vmcr_field(offset);

	if (f.mask)
		*val = vmcr >> f.shift & f.mask;
	else if (is_apr(offset))
		*val = offset == KEEL_GICC_APR0 ? apr : 0;
	else if (offset == KEEL_GICC_IIDR)
		*val = PRODUCT_KVM << 20 | ARCH_GICV2 << 16 | IMPLEMENTER_ARM;
	else
		return -ENXIO;
	return 0;
}

int keel_gicc_set(u64 *vmcr, u32 *apr, u32 offset, u32 val)
{
	struct field f = vmcr_field(offset);

	if (f.mask)
		*vmcr = (*vmcr & ~((u64)f.mask << f.shift)) | (u64)(val & f.mask) << f.shift;
	else if (offset == KEEL_GICC_APR0)
		*apr = val;
	else if (!is_apr(offset) && offset != KEEL_GICC_IIDR)
		return -ENXIO;
	return 0;
}

u8 keel_sgir_targets(u32 val, unsigned int self, unsigned int cpus)
{
	u32 all = (1U << cpus) - 1, list = val >> 16 & 0xff;

	switch (val >> 24 & 3) {
	case 0:
		return list & all;
	case 1:
		return all & ~(1U << self);
	case 2:
		return 1U << self;
	}
	return 0;
}
