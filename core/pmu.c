// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decisions behind a guest's PMU. Pure.
 */
#include "core/pmu.h"

#define EXTENDED	0x4000	/* events of the upper halves of PMCEID<n>_EL0 begin here (Arm ARM D13.12) */
/* STALL_SLOT, _FRONTEND, _BACKEND mean something with PMMIR_EL1 only, which guests read as 0; bits of PMCEID1_EL0 */
#define STALL_SLOTS	(BIT_ULL(0x3f - 32) | BIT_ULL(0x3e - 32) | BIT_ULL(0x3d - 32))
#define NEVER_PERIOD	(~0ULL >> 1)

u64 keel_pmu_counters(u32 n)
{
	return BIT_ULL(KEEL_PMU_CYCLE) | (n ? GENMASK_ULL(n - 1, 0) : 0);
}

u32 keel_pmu_events(u32 pmuver)
{
	return pmuver <= KEEL_PMUVER_V3 ? 0x400 : 0x10000;
}

u64 keel_pmu_type(u64 val, u32 pmuver, bool el2, bool el3)
{
	u64 mask = KEEL_PMTYPE_P | KEEL_PMTYPE_U | (keel_pmu_events(pmuver) - 1);

	if (el2)
		mask |= KEEL_PMTYPE_NSH;
	if (el3)
		mask |= KEEL_PMTYPE_NSK | KEEL_PMTYPE_NSU | KEEL_PMTYPE_M;
	return val & mask;
}

void keel_pmu_run_start(struct keel_pmu_run *run, u64 val, bool wide)
{
	run->base = val;
	run->due = wide ? -val : BIT_ULL(32) - (u32)val;
}

u32 keel_pmu_run_look(struct keel_pmu_run *run, u64 count, bool wide)
{
	u32 times;

	if (!run->due || count < run->due)
		return 0;
	if (wide) {
		run->due = 0;
		return 1;
	}
	times = (u32)((count - run->due) >> 32) + 1;
	run->due += (u64)times << 32;
	return times;
}

u64 keel_pmu_run_period(const struct keel_pmu_run *run, u64 count)
{
	if (!run->due || run->due - count > NEVER_PERIOD)
		return NEVER_PERIOD;
	return run->due - count;
}

void keel_pmu_filter_fill(u64 *filter, u32 base, u32 nr, bool allow)
{
	u32 i;

	for (i = base; i < base + nr; i++) {
		if (allow)
			filter[i / 64] |= BIT_ULL(i % 64);
		else
			filter[i / 64] &= ~BIT_ULL(i % 64);
	}
}

/* 32 events from @first on */
static u64 filter_word(const u64 *filter, u32 first)
{
	return (u32)(filter[first / 64] >> first % 64);
}

u64 keel_pmu_ceid(u64 host, u32 which, const u64 *filter, u32 events)
{
	u32 first = which * 32;
	u64 mask;

	/* Chains are made here, whatever the host's counters can do */
	host = which ? host & ~STALL_SLOTS : host | BIT_ULL(KEEL_PMEV_CHAIN);
	if (events <= EXTENDED)
		host = (u32)host;
	if (!filter)
		return host;
	mask = filter_word(filter, first);
	if (events > EXTENDED)
		mask |= filter_word(filter, EXTENDED + first) << 32;
	return host & mask;
}
