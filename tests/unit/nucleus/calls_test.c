// SPDX-License-Identifier: GPL-2.0-only
#include "calls.h"
#include "harness.h"

static u32 seed;

static u8 rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 16;
}

/* 3000 calls; enough of them must have been more than refusals */
static void walk(u32 mode, u64 parange, u64 pool)
{
	struct calls c = { };
	u32 i, k, done = 0;
	u8 in[CALL_BYTES];

	seed = parange * 31 + pool;
	world_start(mode, parange, pool);
	for (i = 0; i < 3000; i++) {
		for (k = 0; k < CALL_BYTES; k++)
			in[k] = rnd();
		done += calls_make(&c, in) >= 0;
		world_check();
	}
	CHECK(done > 300);
}

TEST(no_sequence_of_calls_breaks_an_invariant_in_protected_mode)
{
	walk(KEEL_FEAT_PROTECTED, 2, 64);
	walk(KEEL_FEAT_PROTECTED, 5, 40);
}

TEST(no_sequence_of_calls_breaks_an_invariant_in_nvhe_mode)
{
	walk(KEEL_FEAT_NVHE, 4, 64);
}
