// SPDX-License-Identifier: GPL-2.0-only
#include "core/handle.h"
#include "harness.h"

TEST(a_handle_finds_its_slot_until_it_is_put)
{
	struct handle_table t = { };
	u32 h = handle_take(&t);

	CHECK_EQ(handle_find(&t, h, HANDLE_LIVE), 0);
	CHECK_EQ(handle_find(&t, h, HANDLE_DEAD), -ENOENT);
	handle_kill(&t, handle_slot(h));
	CHECK_EQ(handle_find(&t, h, HANDLE_LIVE), -ENOENT);
	CHECK_EQ(handle_find(&t, h, HANDLE_DEAD), 0);
	handle_put(&t, handle_slot(h));
	CHECK_EQ(handle_find(&t, h, HANDLE_LIVE), -ENOENT);
	CHECK_EQ(handle_find(&t, h, HANDLE_DEAD), -ENOENT);
}

TEST(every_slot_can_be_live_and_the_next_one_is_refused)
{
	struct handle_table t = { };
	u32 h[HANDLE_SLOTS], i;

	for (i = 0; i < HANDLE_SLOTS; i++) {
		h[i] = handle_take(&t);
		CHECK_EQ(handle_find(&t, h[i], HANDLE_LIVE), i);
	}
	CHECK_EQ(handle_take(&t), -ENOSPC);
	handle_kill(&t, 7);
	CHECK_EQ(handle_take(&t), -ENOSPC);
	handle_put(&t, 7);
	CHECK_EQ(handle_slot(handle_take(&t)), 7);
	CHECK_EQ(handle_find(&t, h[7], HANDLE_LIVE), -ENOENT);
}

TEST(no_handle_is_zero_and_none_comes_back_for_65535_rounds)
{
	struct handle_table t = { };
	u32 i, first = handle_take(&t), h;

	handle_put(&t, handle_slot(first));
	for (i = 0; i < 65534; i++) {
		h = handle_take(&t);
		CHECK(h != 0 && h != first);
		CHECK_EQ(handle_find(&t, first, HANDLE_LIVE), -ENOENT);
		handle_put(&t, handle_slot(h));
	}
	CHECK_EQ(handle_take(&t), first);
}

TEST(a_made_up_handle_finds_nothing)
{
	struct handle_table t = { };
	u32 h = handle_take(&t), i;

	for (i = 0; i < 1 << 17; i++)
		if (i != h)
			CHECK_EQ(handle_find(&t, i, HANDLE_LIVE), -ENOENT);
	CHECK_EQ(handle_find(&t, h | 0x80000000u, HANDLE_LIVE), -ENOENT);
	CHECK_EQ(handle_find(&t, h | 0x8000u, HANDLE_LIVE), -ENOENT);
	CHECK_EQ(handle_find(&t, ~0u, HANDLE_LIVE), -ENOENT);
}
