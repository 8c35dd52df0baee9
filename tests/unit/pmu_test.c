// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/pmu: masks, overflows at both widths against a counter that is stepped, the filter and what PMCEID<n>_EL0 says of it.
 */
#include "core/pmu.h"
#include "harness.h"

#define M32	0xffffffffULL

TEST(the_cycle_counter_is_always_there)
{
	CHECK_EQ(keel_pmu_counters(0), 1ULL << 31);
	CHECK_EQ(keel_pmu_counters(1), 1ULL << 31 | 1);
	CHECK_EQ(keel_pmu_counters(6), 1ULL << 31 | 0x3f);
	CHECK_EQ(keel_pmu_counters(31), M32);
}

TEST(a_type_keeps_what_the_guest_has)
{
	CHECK_EQ(keel_pmu_type(~0ULL, 1, false, false), 0xc00003ff);
	CHECK_EQ(keel_pmu_type(~0ULL, 4, false, false), 0xc000ffff);
	CHECK_EQ(keel_pmu_type(~0ULL, 6, true, false), 0xc800ffff);
	CHECK_EQ(keel_pmu_type(~0ULL, 6, true, true), 0xfc00ffff);
}

TEST(exclusion_bits_come_in_pairs)
{
	CHECK(keel_pmu_counts_el1(0) && keel_pmu_counts_el0(0));
	CHECK(!keel_pmu_counts_el1(KEEL_PMTYPE_P) && keel_pmu_counts_el0(KEEL_PMTYPE_P));
	CHECK(keel_pmu_counts_el1(KEEL_PMTYPE_P | KEEL_PMTYPE_NSK));
	CHECK(!keel_pmu_counts_el1(KEEL_PMTYPE_NSK));
	CHECK(!keel_pmu_counts_el0(KEEL_PMTYPE_U) && keel_pmu_counts_el0(KEEL_PMTYPE_U | KEEL_PMTYPE_NSU));
}

/* Steps of a counter, by one: the same overflows as arithmetic finds */
static void runs_like_a_counter(u64 val, bool wide)
{
	struct keel_pmu_run run;
	u64 count, seen = 0, stepped = 0;

	keel_pmu_run_start(&run, val, wide);
	for (count = 0; count < 64; count++) {
		seen += keel_pmu_run_look(&run, count, wide);
		CHECK_EQ(seen, stepped);
		CHECK(keel_pmu_run_period(&run, count) > 0);
		CHECK(keel_pmu_run_period(&run, count) <= ~0ULL >> 1);
		stepped += keel_pmu_overflows(val + count + 1, wide);
	}
}

TEST(a_counter_overflows_when_it_becomes_zero)
{
	static const u64 vals[] = { 0, 1, M32, M32 - 1, M32 - 40, M32 + 1, ~0ULL, ~0ULL - 40, 0x1234fffffff0, 5ULL << 32 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vals); i++) {
		runs_like_a_counter(vals[i], false);
		runs_like_a_counter(vals[i], true);
	}
}

TEST(a_counter_that_starts_at_zero_overflows_too)
{
	struct keel_pmu_run run;

	keel_pmu_run_start(&run, 0, false);
	CHECK_EQ(keel_pmu_run_period(&run, 0), 1ULL << 32);
	CHECK_EQ(keel_pmu_run_look(&run, M32, false), 0);
	CHECK_EQ(keel_pmu_run_period(&run, M32), 1);
	CHECK_EQ(keel_pmu_run_look(&run, 1ULL << 32, false), 1);
	CHECK_EQ(keel_pmu_run_period(&run, 1ULL << 32), 1ULL << 32);
}

TEST(overflows_that_nobody_saw_are_all_told_once)
{
	struct keel_pmu_run run;

	keel_pmu_run_start(&run, M32 - 9, false);
	CHECK_EQ(keel_pmu_run_look(&run, 10 + (3ULL << 32), false), 4);
	CHECK_EQ(keel_pmu_run_look(&run, 10 + (3ULL << 32), false), 0);
	CHECK_EQ(keel_pmu_run_period(&run, 10 + (3ULL << 32)), 1ULL << 32);
	keel_pmu_run_start(&run, ~0ULL - 9, true);
	CHECK_EQ(keel_pmu_run_look(&run, 9, true), 0);
	CHECK_EQ(keel_pmu_run_look(&run, 10, true), 1);
	CHECK_EQ(keel_pmu_run_look(&run, 1ULL << 40, true), 0);
	CHECK_EQ(keel_pmu_run_period(&run, 10), ~0ULL >> 1);
}

TEST(a_filter_is_its_ranges)
{
	static u64 filter[0x10000 / 64];
	u32 i;

	keel_pmu_filter_fill(filter, 60, 70, true);
	keel_pmu_filter_fill(filter, 64, 2, false);
	keel_pmu_filter_fill(filter, 0xffff, 1, true);
	for (i = 0; i < 0x10000; i++)
		CHECK_EQ(keel_pmu_filter_allows(filter, i),
			 (i >= 60 && i < 130 && i != 64 && i != 65) || i == 0xffff);
	keel_pmu_filter_fill(filter, 0, 0x10000, true);
	keel_pmu_filter_fill(filter, 5, 0, false);
	for (i = 0; i < 0x10000; i++)
		CHECK(keel_pmu_filter_allows(filter, i));
}

TEST(ceid_tells_what_can_be_counted)
{
	static u64 filter[0x10000 / 64];

	CHECK_EQ(keel_pmu_ceid(0, 0, NULL, 0x10000), 1U << 0x1e);
	CHECK_EQ(keel_pmu_ceid(~0ULL, 0, NULL, 0x400), M32);
	CHECK_EQ(keel_pmu_ceid(~0ULL, 0, NULL, 0x10000), ~0ULL);
	CHECK_EQ(keel_pmu_ceid(~0ULL, 1, NULL, 0x10000), ~0xe0000000ULL);
	keel_pmu_filter_fill(filter, 0x11, 1, true);
	keel_pmu_filter_fill(filter, 33, 1, true);
	keel_pmu_filter_fill(filter, 0x4004, 1, true);
	keel_pmu_filter_fill(filter, 0x4021, 1, true);
	CHECK_EQ(keel_pmu_ceid(~0ULL, 0, filter, 0x10000), 1ULL << 0x11 | 1ULL << 36);
	CHECK_EQ(keel_pmu_ceid(~0ULL, 1, filter, 0x10000), 2 | 1ULL << 33);
	CHECK_EQ(keel_pmu_ceid(~0ULL, 0, filter, 0x400), 1ULL << 0x11);
}
