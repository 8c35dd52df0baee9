/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic of a guest's PMUv3 (Arm ARM D13): which counters and events there are, when a counter overflows, what a filter
 * of the VMM lets through. Knows neither guest nor host: who counts, and how, is the caller's.
 */
#ifndef KEEL_CORE_PMU_H
#define KEEL_CORE_PMU_H

#include "core/port.h"

#define KEEL_PMU_COUNTERS	32
#define KEEL_PMU_CYCLE		31	/* the cycle counter, in all masks */

/* ID_AA64DFR0_EL1.PMUVer */
#define KEEL_PMUVER_V3		1
#define KEEL_PMUVER_V3P5	6	/* event counters have 64 bits */

/* PMCR_EL0 */
#define KEEL_PMCR_E		BIT(0)
#define KEEL_PMCR_P		BIT(1)	/* reset event counters; reads as 0 */
#define KEEL_PMCR_C		BIT(2)	/* reset the cycle counter; reads as 0 */
#define KEEL_PMCR_LC		BIT(6)	/* the cycle counter overflows at 64 bits */
#define KEEL_PMCR_LP		BIT(7)	/* event counters do; FEAT_PMUv3p5 */
#define KEEL_PMCR_WRITABLE	0xffUL
#define KEEL_PMCR_N_SHIFT	11
#define KEEL_PMCR_N_MAX		31

/* PMEVTYPER<n>_EL0 and PMCCFILTR_EL0: what is not counted; NSK, NSU turn P, U round, NSH includes EL2 */
#define KEEL_PMTYPE_P		BIT_ULL(31)
#define KEEL_PMTYPE_U		BIT_ULL(30)
#define KEEL_PMTYPE_NSK		BIT_ULL(29)
#define KEEL_PMTYPE_NSU		BIT_ULL(28)
#define KEEL_PMTYPE_NSH		BIT_ULL(27)
#define KEEL_PMTYPE_M		BIT_ULL(26)

/* Events that have a meaning here */
#define KEEL_PMEV_SW_INCR	0x00
#define KEEL_PMEV_CPU_CYCLES	0x11
#define KEEL_PMEV_CHAIN		0x1e

/**
 * keel_pmu_counters() - mask of the counters there are
 * @n: PMCR_EL0.N, 0..31 event counters
 */
u64 keel_pmu_counters(u32 n);

/**
 * keel_pmu_events() - how many event numbers there are
 * @pmuver: ID_AA64DFR0_EL1.PMUVer
 */
u32 keel_pmu_events(u32 pmuver);

/**
 * keel_pmu_type() - what of a value PMEVTYPER<n>_EL0 keeps
 * @val: written
 * @pmuver: of the guest
 * @el2, @el3: the guest is told that there is such an exception level
 */
u64 keel_pmu_type(u64 val, u32 pmuver, bool el2, bool el3);

/* Does the type count at EL1, at EL0 */
static inline bool keel_pmu_counts_el1(u64 type)
{
	return !(type & KEEL_PMTYPE_P) == !(type & KEEL_PMTYPE_NSK);
}

static inline bool keel_pmu_counts_el0(u64 type)
{
	return !(type & KEEL_PMTYPE_U) == !(type & KEEL_PMTYPE_NSU);
}

/**
 * keel_pmu_overflows() - a counter has been incremented by one: has it overflowed
 * @val: its new value
 * @wide: it overflows at 64 bits, else at 32
 */
static inline bool keel_pmu_overflows(u64 val, bool wide)
{
	return !(wide ? val : (u32)val);
}

/**
 * struct keel_pmu_run - a counter that something else counts for, from 0
 * @base: its value when that began
 * @due: count at which it overflows next; 0: never, or at 2^64, which does not come
 */
struct keel_pmu_run {
	u64 base, due;
};

void keel_pmu_run_start(struct keel_pmu_run *run, u64 val, bool wide);

/**
 * keel_pmu_run_look() - how often has it overflowed, since the last look
 * @run: moves on: each overflow is told once
 * @count: so far
 * @wide: as at the start
 */
u32 keel_pmu_run_look(struct keel_pmu_run *run, u64 count, bool wide);

/**
 * keel_pmu_run_period() - counts until the next overflow, 1 to 2^63 - 1
 * @run: after keel_pmu_run_look()
 * @count: so far
 */
u64 keel_pmu_run_period(const struct keel_pmu_run *run, u64 count);

/**
 * keel_pmu_filter_fill() - a range of events is allowed or not
 * @filter: a bit for each event, set: allowed; of keel_pmu_events() bits
 * @base: first event
 * @nr: events, all of them within the filter
 * @allow: or deny
 */
void keel_pmu_filter_fill(u64 *filter, u32 base, u32 nr, bool allow);

static inline bool keel_pmu_filter_allows(const u64 *filter, u32 event)
{
	return filter[event / 64] >> event % 64 & 1;
}

/**
 * keel_pmu_ceid() - PMCEID0_EL0 or PMCEID1_EL0 for a guest
 * @host: the host's value
 * @which: 0 or 1
 * @filter: NULL: none
 * @events: keel_pmu_events() of the guest
 */
u64 keel_pmu_ceid(u64 host, u32 which, const u64 *filter, u32 events);

#endif
