// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/inject: exception entry against the Arm ARM's tables (D1.3.1, C5.2.19).
 */
#include "core/inject.h"
#include "harness.h"

#define VBAR	0xffff800080010800ULL
#define SPAN	BIT_ULL(23)
#define DSSBS	BIT_ULL(44)

static struct keel_exception taken(u64 pstate, u64 sctlr, unsigned int vector)
{
	struct keel_exception e = { .pc = 0x1234, .pstate = pstate, .vbar = VBAR, .sctlr = sctlr };

	keel_exception_take(&e, vector);
	return e;
}

TEST(the_vector_depends_on_where_the_exception_comes_from)
{
	CHECK_EQ(taken(0x4, SPAN, KEEL_VECTOR_SYNC).pc, VBAR + 0x000);
	CHECK_EQ(taken(0x5, SPAN, KEEL_VECTOR_SYNC).pc, VBAR + 0x200);
	CHECK_EQ(taken(0x0, SPAN, KEEL_VECTOR_SYNC).pc, VBAR + 0x400);
	CHECK_EQ(taken(0x10, SPAN, KEEL_VECTOR_SYNC).pc, VBAR + 0x600);
	CHECK_EQ(taken(0x5, SPAN, KEEL_VECTOR_SERROR).pc, VBAR + 0x380);
}

TEST(where_it_came_from_is_kept)
{
	struct keel_exception e = taken(0x60000340, SPAN, KEEL_VECTOR_SYNC);

	CHECK_EQ(e.elr, 0x1234);
	CHECK_EQ(e.spsr, 0x60000340);
}

TEST(the_handler_runs_masked_at_el1h)
{
	CHECK_EQ(taken(0, SPAN, 0).pstate, 0x3c5);
	CHECK_EQ(taken(0x10, SPAN, 0).pstate, 0x3c5);
}

TEST(flags_dit_and_pan_stay_the_rest_goes)
{
	u64 kept = 0xf0000000 | 1ULL << 24 | 1ULL << 22;
	u64 dropped = 1ULL << 23 | 1ULL << 21 | 1ULL << 20 | 3ULL << 10 | 1ULL << 12 | 1ULL << 25 | 1ULL << 13;

	CHECK_EQ(taken(kept | dropped, SPAN, 0).pstate, kept | 0x3c5);
}

TEST(pan_and_ssbs_come_from_sctlr)
{
	CHECK_EQ(taken(0, 0, 0).pstate, 0x3c5 | 1 << 22);
	CHECK_EQ(taken(0, SPAN | DSSBS, 0).pstate, 0x3c5 | 1 << 12);
}

TEST(an_unaligned_vbar_cannot_move_the_vector)
{
	struct keel_exception e = { .pstate = 5, .vbar = VBAR | 0x7ff, .sctlr = SPAN };

	keel_exception_take(&e, KEEL_VECTOR_SYNC);
	CHECK_EQ(e.pc, VBAR + 0x200);
}

TEST(an_abort_names_its_exception_level)
{
	CHECK_EQ(keel_esr_abort(0x5, false, true), 0x25ULL << 26 | 1 << 25 | 0x10);
	CHECK_EQ(keel_esr_abort(0x4, true, true), 0x21ULL << 26 | 1 << 25 | 0x10);
	CHECK_EQ(keel_esr_abort(0x0, false, false), 0x24ULL << 26 | 0x10);
	CHECK_EQ(keel_esr_abort(0x10, true, false), 0x20ULL << 26 | 0x10);
	CHECK_EQ(keel_esr_undef(true), 1 << 25);
	CHECK_EQ(keel_esr_undef(false), 0);
}

/* ---- AArch32 (G1.12) ---- */

#define VBAR32	0x80010020U
#define SPAN32	BIT(23)

static struct keel_exception32 taken32(u32 pstate, u32 sctlr, enum keel_exception32_kind kind)
{
	struct keel_exception32 e = { .pc = 0x1000, .pstate = pstate, .vbar = VBAR32, .sctlr = sctlr };

	keel_exception32_take(&e, kind);
	return e;
}

TEST(aarch32_has_a_vector_for_each_kind)
{
	CHECK_EQ(taken32(0x13, SPAN32, KEEL_EXC32_UNDEF).pc, VBAR32 + 0x04);
	CHECK_EQ(taken32(0x13, SPAN32, KEEL_EXC32_PREFETCH).pc, VBAR32 + 0x0c);
	CHECK_EQ(taken32(0x13, SPAN32, KEEL_EXC32_DATA).pc, VBAR32 + 0x10);
	CHECK_EQ(taken32(0x13, SPAN32 | BIT(13), KEEL_EXC32_DATA).pc, 0xffff0010);
}

TEST(aarch32_links_with_the_offset_of_kind_and_instruction_set)
{
	CHECK_EQ(taken32(0x10, SPAN32, KEEL_EXC32_UNDEF).lr, 0x1004);
	CHECK_EQ(taken32(0x30, SPAN32, KEEL_EXC32_UNDEF).lr, 0x1002);
	CHECK_EQ(taken32(0x10, SPAN32, KEEL_EXC32_PREFETCH).lr, 0x1004);
	CHECK_EQ(taken32(0x30, SPAN32, KEEL_EXC32_PREFETCH).lr, 0x1004);
	CHECK_EQ(taken32(0x10, SPAN32, KEEL_EXC32_DATA).lr, 0x1008);
	CHECK_EQ(taken32(0x30, SPAN32, KEEL_EXC32_DATA).lr, 0x1008);
}

TEST(aarch32_masks_what_the_mode_masks)
{
	CHECK_EQ(taken32(0x10, SPAN32, KEEL_EXC32_UNDEF).pstate, 0x9b);
	CHECK_EQ(taken32(0x150, SPAN32, KEEL_EXC32_UNDEF).pstate, 0x1db);
	CHECK_EQ(taken32(0x13, SPAN32, KEEL_EXC32_PREFETCH).pstate, 0x197);
	CHECK_EQ(taken32(0x53, SPAN32, KEEL_EXC32_DATA).pstate, 0x1d7);
}

TEST(aarch32_flags_stay_it_and_thumb_go)
{
	u32 kept = 0xf8000000 | BIT(24) | BIT(22) | 0xf << 16;
	u32 dropped = 3U << 25 | BIT(23) | BIT(21) | BIT(20) | 0x3f << 10 | BIT(9) | BIT(5);

	CHECK_EQ(taken32(kept | dropped | 0x13, SPAN32, KEEL_EXC32_UNDEF).pstate, kept | 0x9b);
}

TEST(aarch32_endianness_thumb_pan_and_ssbs_come_from_sctlr)
{
	CHECK_EQ(taken32(0x13, SPAN32 | BIT(25), KEEL_EXC32_UNDEF).pstate, 0x9b | BIT(9));
	CHECK_EQ(taken32(0x13, SPAN32 | BIT(30), KEEL_EXC32_UNDEF).pstate, 0x9b | BIT(5));
	CHECK_EQ(taken32(0x13, SPAN32 | BIT(31), KEEL_EXC32_UNDEF).pstate, 0x9b | BIT(23));
	CHECK_EQ(taken32(0x13, 0, KEEL_EXC32_UNDEF).pstate, 0x9b | BIT(22));
}

TEST(aarch32_keeps_where_it_came_from_in_its_own_format)
{
	CHECK_EQ(taken32(0x600001d3, SPAN32, KEEL_EXC32_DATA).spsr, 0x600001d3);
	CHECK_EQ(taken32(0x1d3 | BIT(21), SPAN32, KEEL_EXC32_DATA).spsr, 0x1d3);
	CHECK_EQ(taken32(0x1d3 | BIT(24), SPAN32, KEEL_EXC32_DATA).spsr, 0x1d3 | BIT(21));
}

TEST(an_abort_has_the_format_of_the_tables)
{
	CHECK_EQ(keel_fsr_abort(0), 0x008);
	CHECK_EQ(keel_fsr_abort(BIT(31)), 0x210);
}
