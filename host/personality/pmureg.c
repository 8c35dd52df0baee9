// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of a guest's PMU: trapped accesses, and the VMM's view by KVM_{GET,SET}_ONE_REG.
 *
 * A vCPU without a PMU has none of them. What EL0 may not do is undefined there, like what is not implemented.
 */
#include "personality.h"
#include "sysreg.h"

#define IN_SPACE(crm, op2)	sys_reg(3, 3, 9, crm, op2)
#define PMINTENSET		sys_reg(3, 0, 9, 14, 1)
#define PMINTENCLR		sys_reg(3, 0, 9, 14, 2)
#define PMCR			IN_SPACE(12, 0)
#define PMCNTENSET		IN_SPACE(12, 1)
#define PMCNTENCLR		IN_SPACE(12, 2)
#define PMOVSCLR		IN_SPACE(12, 3)
#define PMSWINC			IN_SPACE(12, 4)
#define PMSELR			IN_SPACE(12, 5)
#define PMCCNTR			IN_SPACE(13, 0)
#define PMUSERENR		IN_SPACE(14, 0)
#define PMOVSSET		IN_SPACE(14, 3)
#define PMEVCNTR(n)		sys_reg(3, 3, 14, 8 + (n) / 8, (n) % 8)
#define PMEVTYPER(n)		sys_reg(3, 3, 14, 12 + (n) / 8, (n) % 8)	/* 31: PMCCFILTR_EL0 */

#define SELR_SEL		0x1f
/* PMUSERENR_EL0: what EL0 may use */
#define EN			BIT(0)	/* everything */
#define SW			BIT(1)	/* writes of PMSWINC_EL0 */
#define CR			BIT(2)	/* reads of the cycle counter */
#define ER			BIT(3)	/* reads of event counters */
#define USERENR_ALL		0xfUL

#define PFR0			KEEL_IDREG_IDX(4, 0)
#define PFR0_EL2(v)		(((v) >> 8) & 15)
#define PFR0_EL3(v)		(((v) >> 12) & 15)

static bool has_pmu(const struct pvcpu *v)
{
	return pvcpu_has(v, KVM_ARM_VCPU_PMU_V3);
}

/* EL0 is 0 in the low bits of M, in both states */
static bool at_el0(const struct pvcpu *v)
{
	return !(v->vcpu->page->pstate & 0xf);
}

static bool denied(const struct pvcpu *v, u64 enables)
{
	return !has_pmu(v) || (at_el0(v) && !(v->pmu.pmuserenr & enables));
}

static bool exists(const struct pvcpu *v, unsigned int idx)
{
	return pmucount_mask(v->pvm) & BIT_ULL(idx);
}

static u64 pmcr_read(const struct pvcpu *v)
{
	return v->pmu.pmcr | (u64)v->pvm->pmu.n << KEEL_PMCR_N_SHIFT;
}

/* What of a written value stays: LC is RES1 without AArch32, LP is RES0 without 64-bit event counters */
static u64 pmcr_kept(const struct pvcpu *v, u64 val)
{
	val &= KEEL_PMCR_WRITABLE & ~(u64)(KEEL_PMCR_P | KEEL_PMCR_C);
	if (!regs_has_a32())
		val |= KEEL_PMCR_LC;
	if (pmucount_ver(v->pvm) < KEEL_PMUVER_V3P5)
		val &= ~(u64)KEEL_PMCR_LP;
	return val;
}

/* ---- trapped accesses ------------------------------------------------------------------------------------------ */

static void pmcr_write(struct pvcpu *v, u64 val)
{
	u64 old = v->pmu.pmcr;
	unsigned int i;

	v->pmu.pmcr = pmcr_kept(v, val);
	if ((old ^ v->pmu.pmcr) & (KEEL_PMCR_LC | KEEL_PMCR_LP)) {
		for (i = 0; i < KEEL_PMU_COUNTERS; i++)
			pmucount_changed(v, i);
	}
	pmucount_switch(v);
	if (val & KEEL_PMCR_C)
		pmucount_set(v, KEEL_PMU_CYCLE, 0);
	for (i = 0; i < v->pvm->pmu.n && val & KEEL_PMCR_P; i++)
		pmucount_set(v, i, 0);
}

bool pmureg_access_pmcr(struct pvcpu *v, struct sysreg_access *a)
{
	if (denied(v, EN))
		return false;
	if (a->write)
		pmcr_write(v, a->val);
	else
		a->val = pmcr_read(v);
	return true;
}

/* Enables and overflow flags: registers that set and that clear, both read the same */
static void set_or_clear(u64 *val, u64 bits, bool set)
{
	*val = set ? *val | bits : *val & ~bits;
}

bool pmureg_access_enable(struct pvcpu *v, struct sysreg_access *a)
{
	if (denied(v, EN))
		return false;
	if (a->write) {
		set_or_clear(&v->pmu.enabled, a->val & pmucount_mask(v->pvm), a->reg == PMCNTENSET);
		pmucount_switch(v);
	} else {
		a->val = v->pmu.enabled;
	}
	return true;
}

bool pmureg_access_interrupt(struct pvcpu *v, struct sysreg_access *a)
{
	if (denied(v, 0))
		return false;
	if (a->write)
		set_or_clear(&v->pmu.interrupts, a->val & pmucount_mask(v->pvm), a->reg == PMINTENSET);
	else
		a->val = v->pmu.interrupts;
	return true;
}

static void overflow_write(struct pvcpu *v, u64 bits, bool set)
{
	if (set)
		atomic64_or(bits, &v->pmu.overflowed);
	else
		atomic64_andnot(bits, &v->pmu.overflowed);
}

bool pmureg_access_overflow(struct pvcpu *v, struct sysreg_access *a)
{
	if (denied(v, EN))
		return false;
	if (a->write)
		overflow_write(v, a->val & pmucount_mask(v->pvm), a->reg == PMOVSSET);
	else
		a->val = atomic64_read(&v->pmu.overflowed);
	return true;
}

bool pmureg_access_swinc(struct pvcpu *v, struct sysreg_access *a)
{
	if (denied(v, SW | EN) || !a->write)
		return false;
	pmucount_software(v, a->val & pmucount_mask(v->pvm));
	return true;
}

bool pmureg_access_select(struct pvcpu *v, struct sysreg_access *a)
{
	if (denied(v, ER | EN))
		return false;
	if (a->write)
		v->pmu.pmselr = a->val & SELR_SEL;
	else
		a->val = v->pmu.pmselr;
	return true;
}

bool pmureg_access_ceid(struct pvcpu *v, struct sysreg_access *a)
{
	const struct pvm_pmu *p = &v->pvm->pmu;
	u32 which = sys_reg_Op2(a->reg) & 1;

	if (denied(v, EN) || a->write)
		return false;
	a->val = keel_pmu_ceid(pmuhost_ceid(p->host, which), which, p->filter, keel_pmu_events(pmucount_ver(v->pvm)));
	return true;
}

bool pmureg_access_user(struct pvcpu *v, struct sysreg_access *a)
{
	if (!has_pmu(v) || (a->write && at_el0(v)))
		return false;
	if (a->write)
		v->pmu.pmuserenr = a->val & USERENR_ALL;
	else
		a->val = v->pmu.pmuserenr;
	return true;
}

/* Nothing is promised of slots */
bool pmureg_access_pmmir(struct pvcpu *v, struct sysreg_access *a)
{
	return !denied(v, 0) && sysreg_access_raz_wi(v, a);
}

/* PMEVCNTR<n>_EL0, PMEVTYPER<n>_EL0: three bits of n in op2, two in CRm */
static unsigned int idx_of(u32 reg)
{
	return (sys_reg_CRm(reg) & 3) << 3 | sys_reg_Op2(reg);
}

static bool counter(struct pvcpu *v, struct sysreg_access *a, unsigned int idx, u64 enables)
{
	if (denied(v, a->write ? EN : enables | EN) || !exists(v, idx))
		return false;
	if (a->write)
		pmucount_set(v, idx, a->keep ? (pmucount_get(v, idx) & a->keep) | (a->val & ~a->keep) : a->val);
	else
		a->val = pmucount_get(v, idx);
	return true;
}

bool pmureg_access_cycles(struct pvcpu *v, struct sysreg_access *a)
{
	return counter(v, a, KEEL_PMU_CYCLE, CR);
}

bool pmureg_access_counter(struct pvcpu *v, struct sysreg_access *a)
{
	return counter(v, a, idx_of(a->reg), ER);
}

bool pmureg_access_counter_selected(struct pvcpu *v, struct sysreg_access *a)
{
	return counter(v, a, v->pmu.pmselr, ER);
}

static bool type(struct pvcpu *v, struct sysreg_access *a, unsigned int idx)
{
	u64 pfr0 = v->pvm->ids.val[PFR0];

	if (denied(v, EN) || !exists(v, idx))
		return false;
	if (a->write) {
		v->pmu.type[idx] = keel_pmu_type(a->val, pmucount_ver(v->pvm), PFR0_EL2(pfr0), PFR0_EL3(pfr0));
		pmucount_changed(v, idx);
	} else {
		a->val = v->pmu.type[idx];
	}
	return true;
}

bool pmureg_access_type(struct pvcpu *v, struct sysreg_access *a)
{
	return type(v, a, idx_of(a->reg));
}

bool pmureg_access_type_selected(struct pvcpu *v, struct sysreg_access *a)
{
	return type(v, a, v->pmu.pmselr);
}

/* ---- the VMM's view -------------------------------------------------------------------------------------------- */

static const u32 single[] = {
	PMINTENSET, PMINTENCLR, PMCR, PMCNTENSET, PMCNTENCLR, PMOVSCLR, PMSWINC, PMSELR, PMCCNTR, PMUSERENR, PMOVSSET,
};

#define NR_EVCNTR	KEEL_PMU_CYCLE

u32 pmureg_nth(const struct pvcpu *v, unsigned int n)
{
	if (!has_pmu(v))
		return 0;
	if (n < ARRAY_SIZE(single))
		return single[n];
	n -= ARRAY_SIZE(single);
	if (n < NR_EVCNTR)
		return PMEVCNTR(n);
	n -= NR_EVCNTR;
	return n < KEEL_PMU_COUNTERS ? PMEVTYPER(n) : 0;
}

static bool is_evcntr(u32 reg)
{
	return reg >= PMEVCNTR(0) && reg < PMEVCNTR(NR_EVCNTR);
}

static bool is_evtyper(u32 reg)
{
	return reg >= PMEVTYPER(0) && reg <= PMEVTYPER(KEEL_PMU_CYCLE);
}

/**
 * pmureg_get() - KVM_GET_ONE_REG
 * @v: vCPU, outside the guest
 * @reg: encoding
 * @val: its value; bits of counters that there are not are 0
 *
 * Return: 0 or -ENOENT.
 */
int pmureg_get(struct pvcpu *v, u32 reg, u64 *val)
{
	const struct pvcpu_pmu *p = &v->pmu;
	u64 mask = pmucount_mask(v->pvm);

	if (!has_pmu(v))
		return -ENOENT;
	if (is_evcntr(reg))
		*val = pmucount_get(v, idx_of(reg));
	else if (is_evtyper(reg))
		*val = p->type[idx_of(reg)];
	else if (reg == PMINTENSET || reg == PMINTENCLR)
		*val = p->interrupts & mask;
	else if (reg == PMCNTENSET || reg == PMCNTENCLR)
		*val = p->enabled & mask;
	else if (reg == PMOVSSET || reg == PMOVSCLR)
		*val = atomic64_read(&p->overflowed) & mask;
	else if (reg == PMCR)
		*val = pmcr_read(v);
	else if (reg == PMSELR)
		*val = p->pmselr;
	else if (reg == PMCCNTR)
		*val = pmucount_get(v, KEEL_PMU_CYCLE);
	else if (reg == PMUSERENR)
		*val = p->pmuserenr;
	else if (reg == PMSWINC)
		*val = 0;
	else
		return -ENOENT;
	return 0;
}

/* More counters than the host has are not refused, but not given: as VMMs expect since before N could be written */
static void pmcr_set(struct pvcpu *v, u64 val)
{
	struct pvm *pvm = v->pvm;
	u8 n = val >> KEEL_PMCR_N_SHIFT & KEEL_PMCR_N_MAX;

	mutex_lock(&pvm->vm->lock);
	if (!pvm_ran(pvm) && n <= pmuhost_counters(pvm->pmu.host))
		pvm->pmu.n = n;
	mutex_unlock(&pvm->vm->lock);
	val &= KEEL_PMCR_WRITABLE & ~(u64)(KEEL_PMCR_P | KEEL_PMCR_C);
	v->pmu.pmcr = regs_has_a32() ? val : val | KEEL_PMCR_LC;
}

/**
 * pmureg_set() - KVM_SET_ONE_REG; what it means for counting is seen to at the next KVM_RUN
 * @v: vCPU, outside the guest
 * @reg: encoding
 * @val: any; bits of counters that there are not are dropped
 *
 * Return: 0 or -ENOENT.
 */
int pmureg_set(struct pvcpu *v, u32 reg, u64 val)
{
	struct pvcpu_pmu *p = &v->pmu;
	u64 mask = pmucount_mask(v->pvm);
	u64 old;

	if (pmureg_get(v, reg, &old))
		return -ENOENT;
	pmucount_unload(v);
	if (is_evcntr(reg))
		pmucount_set(v, idx_of(reg), val);
	else if (is_evtyper(reg))
		p->type[idx_of(reg)] = (u32)val;
	else if (reg == PMINTENSET || reg == PMINTENCLR)
		set_or_clear(&p->interrupts, val & mask, reg == PMINTENSET);
	else if (reg == PMCNTENSET || reg == PMCNTENCLR)
		set_or_clear(&p->enabled, val & mask, reg == PMCNTENSET);
	else if (reg == PMOVSSET || reg == PMOVSCLR)
		overflow_write(v, val & mask, reg == PMOVSSET);
	else if (reg == PMCR)
		pmcr_set(v, val);
	else if (reg == PMSELR)
		p->pmselr = val & SELR_SEL;
	else if (reg == PMCCNTR)
		pmucount_set(v, KEEL_PMU_CYCLE, val);
	else if (reg == PMUSERENR)
		p->pmuserenr = val & USERENR_ALL;
	return 0;
}

/**
 * pmureg_reset() - registers as out of reset, UNKNOWN ones 0
 * @v: vCPU, outside the guest
 */
void pmureg_reset(struct pvcpu *v)
{
	struct pvcpu_pmu *p = &v->pmu;

	pmucount_unload(v);
	p->pmcr = regs_has_a32() ? 0 : KEEL_PMCR_LC;
	p->pmselr = 0;
	p->pmuserenr = 0;
	p->enabled = 0;
	p->interrupts = 0;
	atomic64_set(&p->overflowed, 0);
	memset(p->counter, 0, sizeof(p->counter));
	memset(p->type, 0, sizeof(p->type));
}
