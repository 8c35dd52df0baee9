// SPDX-License-Identifier: GPL-2.0-only
/*
 * The caches as a guest sees them: CLIDR_EL1, CCSIDR_EL1 by CSSELR_EL1, and maintenance by set and way.
 *
 * A vCPU moves between CPUs whose caches differ, so the geometry is invented: the fewest levels that CTR_EL0 allows,
 * each of one set and one way, which is all that a guest that walks sets and ways will then do. A VMM may replace it.
 */
#include "personality.h"
#include "sysreg.h"

#define CTR_IMINLINE(v)		((v) & 15)		/* log2 of words */
#define CTR_DMINLINE(v)		(((v) >> 16) & 15)
#define CTR_IDC			BIT_ULL(28)
#define CTR_DIC			BIT_ULL(29)

#define CL_CTYPE(level, t)	((u64)(t) << (3 * ((level) - 1)))
#define CTYPE_INSTRUCTION	1
#define CTYPE_DATA		2
#define CTYPE_UNIFIED		4
#define CL_LOUIS(v)		(((v) >> 21) & 7)
#define CL_LOC(v)		(((v) >> 24) & 7)
#define CL_LOUU(v)		(((v) >> 27) & 7)
#define CL_RES0		GENMASK_ULL(63, 47)
#define CL_TTYPE(level, type)	((u64)(type) << (31 + 2 * (level)))
#define TTYPE_UNIFIED	2

#define CCSIDR_LINESIZE		GENMASK(2, 0)		/* log2 of bytes, less 4 */
#define CCSIDR_RES0		GENMASK(31, 28)
#define CSSELR_IND		BIT(0)
#define CSSELR_MASK		GENMASK(3, 0)

/* log2 of the bytes of the smallest line of any CPU; @csselr: instruction or data */
static unsigned int min_line(u32 csselr)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);

	return 2 + (csselr & CSSELR_IND ? CTR_IMINLINE(ctr) : CTR_DMINLINE(ctr));
}

static u32 invented_ccsidr(u32 csselr)
{
	/* 16 bytes is the shortest that can be said */
	return min_line(csselr) > 4 ? (min_line(csselr) - 4) & CCSIDR_LINESIZE : 0;
}

/**
 * cachereg_get_ccsidr() - CCSIDR_EL1 of one cache
 * @v: vCPU
 * @csselr: level and kind, less than PVCPU_CCSIDR_NR
 */
u32 cachereg_get_ccsidr(const struct pvcpu *v, u32 csselr)
{
	return v->cache.has_ccsidr ? v->cache.ccsidr[csselr] : invented_ccsidr(csselr);
}

/**
 * cachereg_set_ccsidr() - the VMM's geometry of one cache
 * @v: vCPU
 * @csselr: level and kind, less than PVCPU_CCSIDR_NR
 * @val: CCSIDR_EL1 in its 32-bit format
 *
 * Return: 0; -EINVAL: RES0 bits, or lines shorter than a CPU's: the guest would skip some when it cleans by line.
 */
int cachereg_set_ccsidr(struct pvcpu *v, u32 csselr, u32 val)
{
	u32 i;

	if ((val & CCSIDR_RES0) || (val & CCSIDR_LINESIZE) + 4 < min_line(csselr))
		return -EINVAL;
	if (val == cachereg_get_ccsidr(v, csselr))
		return 0;
	if (!v->cache.has_ccsidr) {
		for (i = 0; i < PVCPU_CCSIDR_NR; i++)
			v->cache.ccsidr[i] = invented_ccsidr(i);
		v->cache.has_ccsidr = true;
	}
	v->cache.ccsidr[csselr] = val;
	return 0;
}

/*
 * With IDC no clean to the point of unification is needed, so no level is before it, and one unified cache is the
 * level of coherency; otherwise a level-1 data cache is both. Without DIC there is a level-1 instruction cache.
 */
static u64 invented_clidr(void)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	u64 loc = 1, clidr = 0;

	if (!(ctr & CTR_IDC)) {
		clidr = CL_CTYPE(1, CTYPE_DATA) | 1ULL << 21 | 1ULL << 27;
	} else {
		loc = ctr & CTR_DIC ? 1 : 2;
		clidr = CL_CTYPE(loc, CTYPE_UNIFIED);
	}
	if (!(ctr & CTR_DIC))
		clidr |= CL_CTYPE(1, CTYPE_INSTRUCTION);
	return clidr | loc << 24;
}

/**
 * cachereg_reset() - registers of struct pvcpu_cache at the vCPU's first reset
 * @v: vCPU
 */
void cachereg_reset(struct pvcpu *v)
{
	v->cache.clidr = invented_clidr();
	/* Tags beside the data at the level of coherency (Arm ARM CLIDR_EL1.Ttype) */
	if (v->pvm->caps & PVM_CAP_MTE)
		v->cache.clidr |= CL_TTYPE(CL_LOC(v->cache.clidr), TTYPE_UNIFIED);
	v->cache.has_ccsidr = false;
}

/**
 * cachereg_set_clidr() - the VMM's cache hierarchy
 * @v: vCPU
 * @val: CLIDR_EL1
 *
 * Return: 0; -EINVAL: RES0 bits, or it says that no clean to the point of unification is needed where one is.
 */
int cachereg_set_clidr(struct pvcpu *v, u64 val)
{
	bool promises_idc = !CL_LOC(val) || (!CL_LOUIS(val) && !CL_LOUU(val));

	if (val & CL_RES0)
		return -EINVAL;
	if (promises_idc && !(read_sanitised_ftr_reg(SYS_CTR_EL0) & CTR_IDC))
		return -EINVAL;
	v->cache.clidr = val;
	return 0;
}

bool cachereg_access_clidr(struct pvcpu *v, struct sysreg_access *a)
{
	if (a->write)
		return false;
	a->val = v->cache.clidr;
	return true;
}

bool cachereg_access_csselr(struct pvcpu *v, struct sysreg_access *a)
{
	u64 *csselr = &v->vcpu->page->sysreg[KEEL_SR_CSSELR_EL1];

	if (a->write)
		*csselr = a->val & CSSELR_MASK;
	else
		a->val = *csselr;
	return true;
}

/* A cache that is not there is UNKNOWN (Arm ARM, CCSIDR_EL1): 0 */
bool cachereg_access_ccsidr(struct pvcpu *v, struct sysreg_access *a)
{
	u32 csselr = v->vcpu->page->sysreg[KEEL_SR_CSSELR_EL1] & CSSELR_MASK;

	if (a->write)
		return false;
	a->val = csselr < PVCPU_CCSIDR_NR ? cachereg_get_ccsidr(v, csselr) : 0;
	return true;
}

/*
 * Maintenance by set and way reaches one CPU's caches only, so its intent is inferred: a guest that does it is about
 * to turn its caches off or on, and wants memory to be what it wrote: all of it is cleaned and invalidated. From the
 * first such operation until the caches are on, and from reset, writes of the stage-1 controls trap, so that what
 * was written in between is not missed.
 */
bool cachereg_access_setway(struct pvcpu *v, struct sysreg_access *a)
{
	struct keel_vcpu_page *page = v->vcpu->page;

	if (!a->write)
		return false;
	if (!(page->ctl.flags & KEEL_VCTL_TVM)) {
		page->ctl.flags |= KEEL_VCTL_TVM;
		mmu_flush_caches(v->pvm);
	}
	return true;
}

#define SCTLR_CACHES	(BIT_ULL(0) | BIT_ULL(2))	/* M and C */

static bool caches_on(const struct keel_vcpu_page *page)
{
	return (page->sysreg[KEEL_SR_SCTLR_EL1] & SCTLR_CACHES) == SCTLR_CACHES;
}

static int vm_slot(u32 reg)
{
	switch (reg) {
	case SYS_SCTLR_EL1:
		return KEEL_SR_SCTLR_EL1;
	case SYS_TTBR0_EL1:
		return KEEL_SR_TTBR0_EL1;
	case SYS_TTBR1_EL1:
		return KEEL_SR_TTBR1_EL1;
	case SYS_TCR_EL1:
		return KEEL_SR_TCR_EL1;
	case SYS_AFSR0_EL1:
		return KEEL_SR_AFSR0_EL1;
	case SYS_AFSR1_EL1:
		return KEEL_SR_AFSR1_EL1;
	case SYS_ESR_EL1:
		return KEEL_SR_ESR_EL1;
	case SYS_FAR_EL1:
		return KEEL_SR_FAR_EL1;
	case SYS_MAIR_EL1:
		return KEEL_SR_MAIR_EL1;
	case SYS_AMAIR_EL1:
		return KEEL_SR_AMAIR_EL1;
	case SYS_CONTEXTIDR_EL1:
		return KEEL_SR_CONTEXTIDR_EL1;
	case SYS_DACR32_EL2:
		return KEEL_SR_DACR32_EL2;
	case SYS_IFSR32_EL2:
		return KEEL_SR_IFSR32_EL2;
	}
	return -1;
}

/* A stage-1 control that HCR_EL2.TVM traps: writes only */
bool cachereg_access_vm(struct pvcpu *v, struct sysreg_access *a)
{
	struct keel_vcpu_page *page = v->vcpu->page;
	int slot = vm_slot(a->reg);
	bool were_on = caches_on(page);

	if (slot < 0 || !a->write || !(page->ctl.flags & KEEL_VCTL_TVM))
		return false;
	page->sysreg[slot] = (page->sysreg[slot] & a->keep) | a->val;
	if (caches_on(page) != were_on)
		mmu_flush_caches(v->pvm);
	if (caches_on(page))
		page->ctl.flags &= ~KEEL_VCTL_TVM;
	return true;
}
