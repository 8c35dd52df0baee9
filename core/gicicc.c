// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICC_* for the VMM, and SGIs, see gicicc.h. Owns no state.
 */
#include "core/gicicc.h"
#include "core/gicreg.h"

/* ICH_VMCR_EL2: width and place of each field */
#define VMCR_ENG0	BIT_ULL(0)
#define VMCR_ENG1	BIT_ULL(1)
#define VMCR_FIQEN	BIT_ULL(3)	/* RES1 with system registers */
#define VMCR_CBPR	BIT_ULL(4)
#define VMCR_EOIM	BIT_ULL(9)
#define VMCR_BPR1	GENMASK_ULL(20, 18)
#define VMCR_BPR0	GENMASK_ULL(23, 21)
#define VMCR_PMR	GENMASK_ULL(31, 24)

/* ICC_CTLR_EL1 */
#define CTLR_CBPR		BIT_ULL(0)
#define CTLR_EOIMODE		BIT_ULL(1)
#define CTLR_PRIBITS(c)		((c) >> 8 & 7)
#define CTLR_IDBITS(c)		((c) >> 11 & 7)
#define CTLR_SEIS(c)		((c) >> 14 & 1)
#define CTLR_A3V(c)		((c) >> 15 & 1)

static u64 field_get(u64 reg, u64 mask)
{
	return (reg & mask) >> __builtin_ctzll(mask);
}

static void field_set(u64 *reg, u64 mask, u64 val)
{
	*reg = (*reg & ~mask) | (val << __builtin_ctzll(mask) & mask) | VMCR_FIQEN;
}

/* The field of VMCR that is all of a register; 0: none is */
static u64 vmcr_field(u32 reg)
{
	switch (reg) {
	case KEEL_ICC_PMR:
		return VMCR_PMR;
	case KEEL_ICC_BPR0:
		return VMCR_BPR0;
	case KEEL_ICC_BPR1:
		return VMCR_BPR1;
	case KEEL_ICC_IGRPEN0:
		return VMCR_ENG0;
	case KEEL_ICC_IGRPEN1:
		return VMCR_ENG1;
	}
	return 0;
}

static bool is_apr(u32 reg)
{
	return (reg >= KEEL_ICC_AP0R0 && reg < KEEL_ICC_AP0R0 + 4) || (reg >= KEEL_ICC_AP1R0 && reg < KEEL_ICC_AP1R0 + 4);
}

/* Seven bits of preemption have four registers, six have two (IHI 0069, ICH_AP0R<n>_EL2); NULL: not that many */
static u32 *apr_of(struct keel_icc *icc, u32 reg)
{
	unsigned int n = reg & 3, have = icc->pri_bits >= 7 ? 4 : icc->pri_bits == 6 ? 2 : 1;

	if (n >= have)
		return NULL;
	return reg >= KEEL_ICC_AP1R0 ? &icc->ap1r[n] : &icc->ap0r[n];
}

bool keel_icc_known(u32 reg)
{
	return vmcr_field(reg) || is_apr(reg) || reg == KEEL_ICC_CTLR || reg == KEEL_ICC_SRE;
}

static u64 get_ctlr(const struct keel_icc *icc)
{
	return field_get(icc->vmcr, VMCR_CBPR) | field_get(icc->vmcr, VMCR_EOIM) << 1 | (u64)(icc->pri_bits - 1) << 8 |
	       (u64)icc->id_bits << 11 | KEEL_VTR_SEIS(icc->vtr) << 14 | KEEL_VTR_A3V(icc->vtr) << 15;
}

/* A VMM may restore fewer bits than there are, never more */
static int set_ctlr(struct keel_icc *icc, u64 val)
{
	if (CTLR_PRIBITS(val) + 1 > icc->pri_bits || CTLR_IDBITS(val) > icc->id_bits ||
	    CTLR_SEIS(val) != KEEL_VTR_SEIS(icc->vtr) || CTLR_A3V(val) != KEEL_VTR_A3V(icc->vtr))
		return -EINVAL;
	icc->pri_bits = CTLR_PRIBITS(val) + 1;
	icc->id_bits = CTLR_IDBITS(val);
	field_set(&icc->vmcr, VMCR_CBPR, !!(val & CTLR_CBPR));
	field_set(&icc->vmcr, VMCR_EOIM, !!(val & CTLR_EOIMODE));
	return 0;
}

int keel_icc_get(const struct keel_icc *icc, u32 reg, u64 *val)
{
	u64 field = vmcr_field(reg);
	u32 *apr;

	*val = 0;
	if (reg == KEEL_ICC_BPR1 && icc->vmcr & VMCR_CBPR) {
		*val = field_get(icc->vmcr, VMCR_BPR0) + 1;
		*val = *val > 7 ? 7 : *val;
	} else if (field) {
		*val = field_get(icc->vmcr, field);
	} else if (reg == KEEL_ICC_CTLR) {
		*val = get_ctlr(icc);
	} else if (reg == KEEL_ICC_SRE) {
		*val = KEEL_ICC_SRE_VALUE;
	} else if (is_apr(reg)) {
		apr = apr_of((struct keel_icc *)icc, reg);
		if (!apr)
			return -EINVAL;
		*val = *apr;
	} else {
		return -ENXIO;
	}
	return 0;
}

int keel_icc_set(struct keel_icc *icc, u32 reg, u64 val)
{
	u64 field = vmcr_field(reg);
	u32 *apr;

	/* With CBPR, BPR1 is not a register of its own */
	if (reg == KEEL_ICC_BPR1 && icc->vmcr & VMCR_CBPR)
		return 0;
	if (field) {
		field_set(&icc->vmcr, field, val);
		return 0;
	}
	if (reg == KEEL_ICC_CTLR)
		return set_ctlr(icc, val);
	if (reg == KEEL_ICC_SRE)
		return val & 1 ? 0 : -EINVAL;
	if (!is_apr(reg))
		return -ENXIO;
	apr = apr_of(icc, reg);
	if (!apr)
		return -EINVAL;
	*apr = val;
	return 0;
}

struct keel_sgi keel_sgi_decode(u64 val)
{
	return (struct keel_sgi) {
		.intid = val >> 24 & 15,
		.others = val >> 40 & 1,
		.list = val & 0xffff,
		.cluster = (val >> 48 & 0xff) << 24 | (val >> 32 & 0xff) << 16 | (val >> 16 & 0xff) << 8,
	};
}
