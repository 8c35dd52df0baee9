// SPDX-License-Identifier: GPL-2.0-only
#include "calls.h"
#include "harness.h"

static u32 seed;

static u8 rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 16;
}

/*
 * 6000 calls with RAM for a few VMs. Every line of hcall.def was in the right phase with arguments of its types more than
 * once, so that it had to judge for itself; those that never found what they want are told.
 */
static void walk(u32 mode, u64 parange, u64 pool, bool settled)
{
	static u8 in[6000 * CALL_BYTES];
	struct calls c = { .in = in, .end = in + sizeof(in) };
	u32 i, done = 0;

	seed = parange * 31 + pool;
	for (i = 0; i < sizeof(in); i++)
		in[i] = rnd();
	CHECK_EQ(world_boot_setup(mode, parange, pool), 0);
	if (settled)
		calls_settle(&c);
	while (calls_next(&c))
		if (c.made % 8 == 0)
			world_check();
	world_check();
	for (i = 0; i < KEEL_HCALL_MAX; i++) {
		done += c.accepted[i];
		if (!calls_name(i))
			continue;
		/* Settled means finalised: only then a call of SETUP is never right */
		if (!settled)
			CHECK(c.reached[i] >= 2);
		if (settled && !c.accepted[i])
			printf("# %s: never accepted\n", calls_name(i));
	}
	CHECK(done > 400);
}

TEST(no_sequence_of_calls_breaks_an_invariant_in_protected_mode)
{
	walk(KEEL_FEAT_PROTECTED, 2, 64, false);
	walk(KEEL_FEAT_PROTECTED, 5, 60, true);
}

TEST(no_sequence_of_calls_breaks_an_invariant_in_nvhe_mode)
{
	walk(KEEL_FEAT_NVHE, 4, 64, false);
	walk(KEEL_FEAT_NVHE, 2, 64, true);
}
