// SPDX-License-Identifier: GPL-2.0-only
#include "calls.h"
#include "harness.h"

#define CALLS	6000

static u32 seed;

static u8 rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 16;
}

static u32 accepted(const struct calls *c)
{
	u32 i, n = 0;

	for (i = 0; i < KEEL_HCALL_MAX; i++)
		n += c->accepted[i];
	return n;
}

/* So many calls on a new machine */
static void round_of(struct calls *c, u32 calls, bool settled)
{
	static u8 in[CALLS * CALL_BYTES];
	u32 i;

	for (i = 0; i < calls * CALL_BYTES; i++)
		in[i] = rnd();
	c->in = in;
	c->end = in + calls * CALL_BYTES;
	if (settled)
		calls_settle(c);
	while (calls_next(c))
		if (c->made % 8 == 0)
			world_check();
	world_check();
}

/*
 * 6000 calls from nothing, each line of hcall.def more than once in the right phase with arguments of its types, so that it
 * had to judge for itself.
 */
static void walk_from_nothing(u32 mode, u64 parange, u64 pool)
{
	struct calls c = { };
	u32 i;

	seed = parange * 31 + pool;
	CHECK_EQ(world_boot_setup(mode, parange, pool), 0);
	round_of(&c, CALLS, false);
	for (i = 0; i < KEEL_HCALL_MAX; i++)
		if (calls_name(i))
			CHECK(c.reached[i] >= 2);
	CHECK(accepted(&c) > CALLS / 15);
}

/* 20 times 300 calls where there is a VM to attack; the calls that never found what they want are told */
static void walk_from_a_vm(u32 mode, u64 parange, u64 pool)
{
	u32 sum[KEEL_HCALL_MAX] = { }, i, k;
	struct calls c;

	seed = parange * 57 + pool;
	for (i = 0; i < 20; i++) {
		c = (struct calls){ };
		CHECK_EQ(world_boot_setup(mode, parange, pool), 0);
		round_of(&c, CALLS / 20, true);
		CHECK(accepted(&c) > CALLS / 20 / 10);
		for (k = 0; k < KEEL_HCALL_MAX; k++)
			sum[k] += c.accepted[k];
	}
	for (k = 0; k < KEEL_HCALL_MAX; k++)
		if (calls_name(k) && !sum[k])
			printf("# %s: never accepted\n", calls_name(k));
}

TEST(no_sequence_of_calls_breaks_an_invariant_in_protected_mode)
{
	walk_from_nothing(KEEL_FEAT_PROTECTED, 2, 64);
	walk_from_a_vm(KEEL_FEAT_PROTECTED, 5, 60);
}

TEST(no_sequence_of_calls_breaks_an_invariant_in_nvhe_mode)
{
	walk_from_nothing(KEEL_FEAT_NVHE, 4, 64);
	walk_from_a_vm(KEEL_FEAT_NVHE, 2, 64);
}
