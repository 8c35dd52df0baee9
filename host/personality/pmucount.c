// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's counters: which of them count, what the host counts for them, and their overflows.
 *
 * A counter that counts an event of the hardware has an event of the host's behind it; its value is then the one it began
 * with and what that event has counted since. Chained and software events are counted here. The vCPU's thread does all of
 * this outside the guest, where nothing is counted, but for an overflow, which comes as an interrupt of the host's and only
 * touches what its counter is chained to.
 */
#include <linux/irqflags.h>
#include <linux/irq_work.h>
#include <linux/sched.h>

#include "personality.h"

#define DFR0		KEEL_IDREG_IDX(5, 0)
#define DFR0_PMUVER(v)	(((v) >> 8) & 15)

u32 pmucount_ver(const struct pvm *pvm)
{
	return DFR0_PMUVER(pvm->ids.val[DFR0]);
}

u64 pmucount_mask(const struct pvm *pvm)
{
	return keel_pmu_counters(pvm->pmu.n);
}

static bool is_long(const struct pvcpu *v, unsigned int idx)
{
	return idx == KEEL_PMU_CYCLE || pmucount_ver(v->pvm) >= KEEL_PMUVER_V3P5;
}

/* Overflows at 64 bits */
static bool is_wide(const struct pvcpu *v, unsigned int idx)
{
	return v->pmu.pmcr & (idx == KEEL_PMU_CYCLE ? KEEL_PMCR_LC : KEEL_PMCR_LP);
}

static u64 as_wide_as(const struct pvcpu *v, unsigned int idx, u64 val)
{
	return is_long(v, idx) ? val : (u32)val;
}

static u32 event_of(const struct pvcpu *v, unsigned int idx)
{
	if (idx == KEEL_PMU_CYCLE)
		return KEEL_PMEV_CPU_CYCLES;
	return v->pmu.type[idx] & (keel_pmu_events(pmucount_ver(v->pvm)) - 1);
}

static bool should_count(const struct pvcpu *v, unsigned int idx)
{
	return v->pmu.pmcr & KEEL_PMCR_E && v->pmu.enabled & pmucount_mask(v->pvm) & BIT_ULL(idx);
}

/* ---- counted here ---------------------------------------------------------------------------------------------- */

/* True: it has overflowed. @event: that it has to count for this to be one */
static bool increment(struct pvcpu *v, unsigned int idx, u32 event)
{
	struct pvcpu_pmu *p = &v->pmu;

	if (!should_count(v, idx) || event_of(v, idx) != event)
		return false;
	p->counter[idx] = as_wide_as(v, idx, p->counter[idx] + 1);
	if (!keel_pmu_overflows(p->counter[idx], is_wide(v, idx)))
		return false;
	atomic64_or(BIT_ULL(idx), &p->overflowed);
	return true;
}

/* Arm ARM D13.12, CHAIN: an odd counter counts overflows at 32 bits of the one below it */
static void chain(struct pvcpu *v, unsigned int idx)
{
	if (!(idx & 1) && idx + 1 < KEEL_PMU_CYCLE && !is_wide(v, idx))
		increment(v, idx + 1, KEEL_PMEV_CHAIN);
}

void pmucount_software(struct pvcpu *v, u64 counters)
{
	unsigned int i;

	for (i = 0; i < KEEL_PMU_CYCLE; i++) {
		if (counters & BIT_ULL(i) && increment(v, i, KEEL_PMEV_SW_INCR))
			chain(v, i);
	}
}

/* ---- counted by the host --------------------------------------------------------------------------------------- */

static struct pvcpu *vcpu_of(struct pvcpu_pmc *pmc)
{
	return container_of(pmc, struct pvcpu, pmu.pmc[pmc->idx]);
}

static void note_overflows(struct pvcpu *v, unsigned int idx, u64 count)
{
	u32 times = keel_pmu_run_look(&v->pmu.pmc[idx].run, count, is_wide(v, idx));

	if (times)
		atomic64_or(BIT_ULL(idx), &v->pmu.overflowed);
	for (; times; times--)
		chain(v, idx);
}

/* keel_vcpu_request() takes locks: not from an NMI */
u64 pmucount_overflow(struct pvcpu_pmc *pmc, u64 count)
{
	struct pvcpu *v = vcpu_of(pmc);

	note_overflows(v, pmc->idx, count);
	if (pmu_line(v)) {
		if (in_nmi())
			irq_work_queue(&v->pmu.work);
		else
			keel_vcpu_request(v->vcpu, PREQ_PMU);
	}
	return keel_pmu_run_period(&pmc->run, count);
}

static bool host_counts(const struct pvcpu *v, unsigned int idx, struct pmuhost_want *want)
{
	const u64 *filter = v->pvm->pmu.filter;
	u64 type = v->pmu.type[idx];

	want->event = event_of(v, idx);
	want->el1 = keel_pmu_counts_el1(type);
	want->el0 = keel_pmu_counts_el0(type);
	want->wide = is_long(v, idx);
	if (idx != KEEL_PMU_CYCLE && (want->event == KEEL_PMEV_SW_INCR || want->event == KEEL_PMEV_CHAIN))
		return false;
	return (want->el1 || want->el0) && (!filter || keel_pmu_filter_allows(filter, want->event));
}

static void begin(struct pvcpu *v, unsigned int idx)
{
	struct pvcpu_pmc *pmc = &v->pmu.pmc[idx];
	struct pmuhost_want want;

	if (!host_counts(v, idx, &want))
		return;
	keel_pmu_run_start(&pmc->run, v->pmu.counter[idx], is_wide(v, idx));
	want.period = keel_pmu_run_period(&pmc->run, 0);
	pmc->event = pmuhost_event(v->pvm->pmu.host, &want, pmc);
}

/* What the event has counted becomes the counter's value; an overflow that nobody was told of yet is not lost */
static void end(struct pvcpu *v, unsigned int idx)
{
	struct pvcpu_pmc *pmc = &v->pmu.pmc[idx];
	unsigned long flags;
	u64 count;

	pmc->on = false;
	if (!pmc->event)
		return;
	pmuhost_event_on(pmc->event, false);
	count = pmuhost_event_count(pmc->event);
	local_irq_save(flags);
	note_overflows(v, idx, count);
	local_irq_restore(flags);
	v->pmu.counter[idx] = as_wide_as(v, idx, pmc->run.base + count);
	pmuhost_event_free(pmc->event);
	pmc->event = NULL;
}

/* An event stays while its counter is off for a while: what it is to count is the same when it is on again */
static void turn(struct pvcpu *v, unsigned int idx)
{
	struct pvcpu_pmc *pmc = &v->pmu.pmc[idx];
	bool on = should_count(v, idx);

	if (!v->pmu.thread || pmc->on == on)
		return;
	if (pmc->event)
		pmuhost_event_on(pmc->event, on);
	else if (on)
		begin(v, idx);
	pmc->on = on;
}

void pmucount_switch(struct pvcpu *v)
{
	unsigned int i;

	for (i = 0; i < KEEL_PMU_COUNTERS; i++)
		turn(v, i);
}

void pmucount_changed(struct pvcpu *v, unsigned int idx)
{
	end(v, idx);
	turn(v, idx);
}

u64 pmucount_get(struct pvcpu *v, unsigned int idx)
{
	struct pvcpu_pmc *pmc = &v->pmu.pmc[idx];

	if (!pmc->event)
		return v->pmu.counter[idx];
	return as_wide_as(v, idx, pmc->run.base + pmuhost_event_count(pmc->event));
}

void pmucount_set(struct pvcpu *v, unsigned int idx, u64 val)
{
	end(v, idx);
	v->pmu.counter[idx] = as_wide_as(v, idx, val);
	turn(v, idx);
}

void pmucount_load(struct pvcpu *v)
{
	if (likely(v->pmu.thread == current))
		return;
	pmucount_unload(v);
	v->pmu.thread = current;
	pmucount_switch(v);
}

void pmucount_unload(struct pvcpu *v)
{
	unsigned int i;

	v->pmu.thread = NULL;
	for (i = 0; i < KEEL_PMU_COUNTERS; i++)
		end(v, i);
}
