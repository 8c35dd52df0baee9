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
