// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of feature register fields (Arm ARM D19.2, DDI 0487) and the three questions asked of it. Features
 * whose state is not switched or whose traps are not served (SME, MPAM, AMU, SPE, trace, GCS, THE,
 * LS64, permission indirection), are not in it or capped to 0. A capped field stays in the table where a VMM may write
 * it, that is, write 0. Fields that only matter to EL2 (VMIDBits, VH, XNX, TWED, HCX, NV, FWB, EVT, FGT) say nothing to a
 * guest; they are the machine's, as every KVM shows them: a VMM that moves a guest from one to another writes them.
 */
#include "core/idreg.h"

#define FIELD(shift, width, kind, min, max, need) { shift, width, KEEL_ID_##kind, min, max, need }
#define FIXED(shift)		FIELD(shift, 4, FIXED, 0, 15, 0)
#define LOWER(shift)		FIELD(shift, 4, LOWER, 0, 15, 0)
#define SLOWER(shift)		FIELD(shift, 4, SLOWER, 0, 15, 0)
#define HIGHER(shift)		FIELD(shift, 4, HIGHER, 0, 15, 0)
#define ATMOST(shift, max)	FIELD(shift, 4, LOWER, 0, max, 0)
#define NONE(shift)		ATMOST(shift, 0)
#define SVE(shift)		FIELD(shift, 4, LOWER, 0, 15, KEEL_ID_HAVE_SVE)
#define PMU(shift, min)	FIELD(shift, 4, PMU, min, 6, KEEL_ID_HAVE_PMU)	/* FEAT_PMUv3p5 at most */
#define PAUTH(shift)		FIELD(shift, 4, FIXED, 0, 15, KEEL_ID_HAVE_PAUTH)

/* AArch32: nothing of keel's depends on these, so a VMM may lower all that is in them */
static const struct keel_idfield generic32[] = {
	LOWER(0), LOWER(4), LOWER(8), LOWER(12), LOWER(16), LOWER(20), LOWER(24), LOWER(28),
};

static const struct keel_idfield pfr0_a32[] = {
	LOWER(0),	/* State0 */
	LOWER(4),	/* State1 */
	LOWER(8),	/* State2 */
	LOWER(12),	/* State3 */
	LOWER(16),	/* CSV2 */
	NONE(20),	/* AMU */
	LOWER(24),	/* DIT */
	LOWER(28),	/* RAS */
};

static const struct keel_idfield pfr1_a32[] = {
	LOWER(0),	/* ProgMod */
	LOWER(4),	/* Security */
	LOWER(8),	/* MProgMod */
	LOWER(12),	/* Virtualization */
	LOWER(16),	/* GenTimer */
	LOWER(20),	/* Sec_frac */
	LOWER(24),	/* Virt_frac */
	FIELD(28, 4, ZERO, 0, 1, 0),	/* GIC */
};

static const struct keel_idfield dfr0_a32[] = {
	FIELD(0, 4, LOWER, 6, 10, 0),	/* CopDbg: Armv8 debug at least, FEAT_Debugv8p8 at most */
	LOWER(4),	/* CopSDbg */
	LOWER(8),	/* MMapDbg */
	LOWER(12),	/* CopTrc */
	LOWER(16),	/* MMapTrc */
	LOWER(20),	/* MProfDbg */
	PMU(24, 3),	/* PerfMon: PMUv3 at least */
	NONE(28),	/* TraceFilt */
};

static const struct keel_idfield mmfr0_a32[] = {
	LOWER(0),	/* VMSA */
	LOWER(4),	/* PMSA */
	SLOWER(8),	/* OuterShr */
	LOWER(12),	/* ShareLvl */
	LOWER(16),	/* TCM */
	LOWER(20),	/* AuxReg */
	LOWER(24),	/* FCSE */
	SLOWER(28),	/* InnerShr */
};

static const struct keel_idfield mmfr4_a32[] = {
	HIGHER(0),	/* SpecSEI: promising that one may come is safe */
	LOWER(4),	/* AC2 */
	LOWER(8),	/* XNX */
	LOWER(12),	/* CnP */
	LOWER(16),	/* HPDS */
	LOWER(20),	/* LSM */
	NONE(24),	/* CCIDX: the cache geometry is invented, in the old format */
	LOWER(28),	/* EVT */
};

static const struct keel_idfield pfr0[] = {
	LOWER(0),	/* EL0 */
	LOWER(4),	/* EL1 */
	LOWER(8),	/* EL2 */
	LOWER(12),	/* EL3 */
	FIXED(16),	/* FP */
	FIXED(20),	/* AdvSIMD */
	FIELD(24, 4, ZERO, 0, 1, 0),	/* GIC: system registers or not */
	FIELD(28, 4, FIXED, 0, 2, 0),	/* RAS, FEAT_RASv1p1 at most */
	FIELD(32, 4, FIXED, 0, 1, KEEL_ID_HAVE_SVE),	/* SVE */
	LOWER(36),	/* SEL2 */
	LOWER(48),	/* DIT */
	ATMOST(56, 1),	/* CSV2: more is told by firmware registers */
	LOWER(60),	/* CSV3 */
};

static const struct keel_idfield pfr1[] = {
	LOWER(0),	/* BT */
	LOWER(4),	/* SSBS */
	FIELD(8, 4, FIXED, 0, 3, KEEL_ID_HAVE_MTE),	/* MTE */
	FIXED(12),	/* RAS_frac */
	LOWER(32),	/* CSV2_frac */
};

static const struct keel_idfield zfr0[] = {
	SVE(0),	/* SVEver */
	SVE(4),	/* AES */
	SVE(16),	/* BitPerm */
	SVE(20),	/* BF16 */
	SVE(24),	/* B16B16 */
	SVE(32),	/* SHA3 */
	SVE(40),	/* SM4 */
	SVE(44),	/* I8MM */
	SVE(52),	/* F32MM */
	SVE(56),	/* F64MM */
};

/*
 * Context-aware breakpoints are the highest numbered ones (Arm ARM D2.8.3) and a guest that uses debug has the
 * hardware's own registers: fewer breakpoints than the hardware has cannot be shown.
 */
static const struct keel_idfield dfr0[] = {
	FIELD(0, 4, LOWER, 6, 10, 0),	/* DebugVer: Armv8 at least, FEAT_Debugv8p8 at most */
	PMU(8, 1),	/* PMUVer */
	FIXED(12),	/* BRPs */
	LOWER(20),	/* WRPs */
	FIXED(28),	/* CTX_CMPs */
	SLOWER(36),	/* DoubleLock */
};

static const struct keel_idfield isar0[] = {
	LOWER(4),	/* AES */
	LOWER(8),	/* SHA1 */
	LOWER(12),	/* SHA2 */
	LOWER(16),	/* CRC32 */
	LOWER(20),	/* Atomic */
	NONE(24),	/* TME */
	LOWER(28),	/* RDM */
	LOWER(32),	/* SHA3 */
	LOWER(36),	/* SM3 */
	LOWER(40),	/* SM4 */
	LOWER(44),	/* DP */
	LOWER(48),	/* FHM */
	LOWER(52),	/* TS */
	LOWER(56),	/* TLB */
	LOWER(60),	/* RNDR */
};

static const struct keel_idfield isar1[] = {
	LOWER(0),	/* DPB */
	PAUTH(4),	/* APA */
	PAUTH(8),	/* API */
	LOWER(12),	/* JSCVT */
	LOWER(16),	/* FCMA */
	LOWER(20),	/* LRCPC */
	PAUTH(24),	/* GPA */
	PAUTH(28),	/* GPI */
	LOWER(32),	/* FRINTTS */
	LOWER(36),	/* SB */
	LOWER(40),	/* SPECRES */
	LOWER(44),	/* BF16 */
	LOWER(48),	/* DGH */
	LOWER(52),	/* I8MM */
	LOWER(56),	/* XS */
	NONE(60),	/* LS64 */
};

static const struct keel_idfield isar2[] = {
	LOWER(0),	/* WFxT */
	LOWER(4),	/* RPRES */
	PAUTH(8),	/* GPA3 */
	PAUTH(12),	/* APA3 */
	LOWER(16),	/* MOPS */
	LOWER(20),	/* BC */
	LOWER(28),	/* CLRBHB */
	LOWER(48),	/* RPRFM */
	LOWER(52),	/* CSSC */
	LOWER(56),	/* LUT */
};

static const struct keel_idfield mmfr0[] = {
	LOWER(0),	/* PARange: the machine's, whatever a VM's IPA space is */
	LOWER(4),	/* ASIDBits */
	LOWER(8),	/* BigEnd */
	LOWER(12),	/* SNSMem */
	LOWER(16),	/* BigEndEL0 */
	LOWER(20),	/* TGran16 */
	SLOWER(24),	/* TGran64 */
	SLOWER(28),	/* TGran4 */
	FIXED(32),	/* TGran16_2 */
	FIXED(36),	/* TGran64_2 */
	FIXED(40),	/* TGran4_2 */
	LOWER(44),	/* ExS */
	FIXED(56),	/* FGT */
	LOWER(60),	/* ECV */
};

static const struct keel_idfield mmfr1[] = {
	LOWER(0),	/* HAFDBS */
	FIXED(4),	/* VMIDBits */
	FIXED(8),	/* VH */
	LOWER(12),	/* HPDS */
	LOWER(16),	/* LO */
	LOWER(20),	/* PAN */
	HIGHER(24),	/* SpecSEI */
	FIXED(28),	/* XNX */
	FIXED(32),	/* TWED */
	LOWER(36),	/* ETS */
	FIXED(40),	/* HCX */
	LOWER(44),	/* AFP */
	LOWER(48),	/* nTLBPA */
	LOWER(52),	/* TIDCP1 */
	LOWER(56),	/* CMOW */
	LOWER(60),	/* ECBHB */
};

static const struct keel_idfield mmfr2[] = {
	LOWER(0),	/* CnP */
	LOWER(4),	/* UAO */
	LOWER(8),	/* LSM */
	LOWER(12),	/* IESB */
	LOWER(16),	/* VARange */
	FIXED(24),	/* NV */
	LOWER(28),	/* ST */
	LOWER(32),	/* AT */
	FIXED(36),	/* IDS */
	FIXED(40),	/* FWB */
	LOWER(48),	/* TTL */
	LOWER(52),	/* BBM */
	FIXED(56),	/* EVT */
	LOWER(60),	/* E0PD */
};

static const struct keel_idfield ctr[] = {
	FIELD(0, 4, LOWER, 0, 15, 0),	/* IminLine */
	FIELD(14, 2, FIXED, 0, 3, 0),	/* L1Ip */
	FIELD(16, 4, LOWER, 0, 15, 0),	/* DminLine */
	FIELD(20, 4, FIXED, 0, 15, 0),	/* ERG */
	FIELD(24, 4, FIXED, 0, 15, 0),	/* CWG */
	FIELD(28, 1, LOWER, 0, 1, 0),	/* IDC */
	FIELD(29, 1, LOWER, 0, 1, 0),	/* DIC */
	FIELD(31, 1, FIXED, 0, 1, 0),	/* RES1 */
};

#define REG(table)	{ table, ARRAY_SIZE(table) }

const struct keel_idreg keel_idregs[KEEL_IDREG_NR] = {
	[KEEL_IDREG_IDX(1, 0)] = REG(pfr0_a32),	/* ID_PFR0_EL1 */
	[KEEL_IDREG_IDX(1, 1)] = REG(pfr1_a32),	/* ID_PFR1_EL1 */
	[KEEL_IDREG_IDX(1, 2)] = REG(dfr0_a32),	/* ID_DFR0_EL1 */
	[KEEL_IDREG_IDX(1, 4)] = REG(mmfr0_a32),	/* ID_MMFR0_EL1 */
	[KEEL_IDREG_IDX(1, 5)] = REG(generic32),	/* ID_MMFR1_EL1 */
	[KEEL_IDREG_IDX(1, 6)] = REG(generic32),	/* ID_MMFR2_EL1 */
	[KEEL_IDREG_IDX(1, 7)] = REG(generic32),	/* ID_MMFR3_EL1 */
	[KEEL_IDREG_IDX(2, 0)] = REG(generic32),	/* ID_ISAR0_EL1 */
	[KEEL_IDREG_IDX(2, 1)] = REG(generic32),	/* ID_ISAR1_EL1 */
	[KEEL_IDREG_IDX(2, 2)] = REG(generic32),	/* ID_ISAR2_EL1 */
	[KEEL_IDREG_IDX(2, 3)] = REG(generic32),	/* ID_ISAR3_EL1 */
	[KEEL_IDREG_IDX(2, 4)] = REG(generic32),	/* ID_ISAR4_EL1 */
	[KEEL_IDREG_IDX(2, 5)] = REG(generic32),	/* ID_ISAR5_EL1 */
	[KEEL_IDREG_IDX(2, 6)] = REG(mmfr4_a32),	/* ID_MMFR4_EL1 */
	[KEEL_IDREG_IDX(2, 7)] = REG(generic32),	/* ID_ISAR6_EL1 */
	[KEEL_IDREG_IDX(3, 0)] = REG(generic32),	/* MVFR0_EL1 */
	[KEEL_IDREG_IDX(3, 1)] = REG(generic32),	/* MVFR1_EL1 */
	[KEEL_IDREG_IDX(3, 2)] = REG(generic32),	/* MVFR2_EL1 */
	[KEEL_IDREG_IDX(3, 4)] = REG(generic32),	/* ID_PFR2_EL1 */
	[KEEL_IDREG_IDX(3, 6)] = REG(generic32),	/* ID_MMFR5_EL1 */
	[KEEL_IDREG_IDX(4, 0)] = REG(pfr0),	/* ID_AA64PFR0_EL1 */
	[KEEL_IDREG_IDX(4, 1)] = REG(pfr1),	/* ID_AA64PFR1_EL1 */
	[KEEL_IDREG_IDX(4, 4)] = REG(zfr0),	/* ID_AA64ZFR0_EL1 */
	[KEEL_IDREG_IDX(5, 0)] = REG(dfr0),	/* ID_AA64DFR0_EL1 */
	[KEEL_IDREG_IDX(6, 0)] = REG(isar0),	/* ID_AA64ISAR0_EL1 */
	[KEEL_IDREG_IDX(6, 1)] = REG(isar1),	/* ID_AA64ISAR1_EL1 */
	[KEEL_IDREG_IDX(6, 2)] = REG(isar2),	/* ID_AA64ISAR2_EL1 */
	[KEEL_IDREG_IDX(7, 0)] = REG(mmfr0),	/* ID_AA64MMFR0_EL1 */
	[KEEL_IDREG_IDX(7, 1)] = REG(mmfr1),	/* ID_AA64MMFR1_EL1 */
	[KEEL_IDREG_IDX(7, 2)] = REG(mmfr2),	/* ID_AA64MMFR2_EL1 */
};

const struct keel_idreg keel_idreg_ctr = REG(ctr);

static u64 idfield_mask(const struct keel_idfield *f)
{
	return GENMASK_ULL(f->shift + f->width - 1, f->shift);
}

static u64 idfield_get(const struct keel_idfield *f, u64 reg)
{
	return (reg & idfield_mask(f)) >> f->shift;
}

/* Two's complement of the field's width */
static s64 idfield_signed(const struct keel_idfield *f, u64 val)
{
	return (s64)(val << (64 - f->width)) >> (64 - f->width);
}

#define PMU_OTHER	15

u64 keel_idreg_clean(const struct keel_idreg *reg, u64 val)
{
	unsigned int i;

	for (i = 0; i < reg->nr; i++) {
		if (reg->fields[i].kind == KEEL_ID_PMU && idfield_get(&reg->fields[i], val) == PMU_OTHER)
			val &= ~idfield_mask(&reg->fields[i]);
	}
	return val;
}

u64 keel_idreg_limit(const struct keel_idreg *reg, u64 host, u32 have)
{
	u64 limit = 0;
	unsigned int i;

	host = keel_idreg_clean(reg, host);
	for (i = 0; i < reg->nr; i++) {
		const struct keel_idfield *f = &reg->fields[i];
		u64 val = idfield_get(f, host);

		if (f->need & ~have)
			continue;
		if (val > f->max)
			val = f->max;
		limit |= val << f->shift;
	}
	return limit;
}

u64 keel_idreg_writable(const struct keel_idreg *reg)
{
	u64 mask = 0;
	unsigned int i;

	for (i = 0; i < reg->nr; i++) {
		if (reg->fields[i].kind != KEEL_ID_FIXED)
			mask |= idfield_mask(&reg->fields[i]);
	}
	return mask;
}

static bool idfield_ok(const struct keel_idfield *f, u64 limit, u64 val)
{
	if (val == limit)
		return true;

	switch (f->kind) {
	case KEEL_ID_LOWER:
		return val < limit && val >= f->min;
	case KEEL_ID_SLOWER:
		return idfield_signed(f, val) < idfield_signed(f, limit);
	case KEEL_ID_HIGHER:
		return val > limit;
	case KEEL_ID_ZERO:
		return val == 0;
	case KEEL_ID_PMU:
		return !val || (val < limit && val >= f->min);
	default:
		return false;
	}
}

int keel_idreg_check(const struct keel_idreg *reg, u64 limit, u64 val)
{
	u64 known = 0;
	unsigned int i;

	for (i = 0; i < reg->nr; i++) {
		const struct keel_idfield *f = &reg->fields[i];

		known |= idfield_mask(f);
		if (!idfield_ok(f, idfield_get(f, limit), idfield_get(f, val)))
			return -EINVAL;
	}
	return (val ^ limit) & ~known ? -EINVAL : 0;
}
