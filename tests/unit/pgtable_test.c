// SPDX-License-Identifier: GPL-2.0-only
#include "fake_mmu.h"
#include "harness.h"
#include "pgtable_model.h"

#define RW	(PGTABLE_R | PGTABLE_W)
#define PAGE	4096ULL
#define BLOCK	(2ULL << 20)
#define GIB	0x40000000ULL
#define SUPPLY	16

/* Outputs: the window shifted by one of these */
#define OUT_X	(4 * GIB)
#define OUT_Y	(64 * GIB)

static struct pgtable pt;
static struct pagelist list;
static struct model model;
static u64 base, total;

static void start(enum pgtable_kind kind, unsigned int ia_bits, u64 supply)
{
	base = ia_bits == 32 ? 0 : (1ULL << ia_bits) - 2 * GIB;
	total = supply;
	fake_start(&pt, &list, kind, ia_bits, supply);
	model_start(&model, base);
	pt.counted = true;
}

static void check_all(void)
{
	fake_settled();
	model_compare(&model, &pt);
	CHECK_EQ(model_tables(&pt) + list.count, total);
	CHECK_EQ(fake_mapped - fake_unmapped, model_mapped(&model) * PAGE);
}

static void do_both(struct model_op op)
{
	s64 want = model_do(&model, &op);

	CHECK_EQ(model_do_real(&pt, &op), want);
}

static void map_both(u64 offset, u64 out, unsigned int level, u32 prot)
{
	do_both((struct model_op){ .kind = OP_MAP, .ia = base + offset, .pa = out + offset, .level = level, .prot = prot });
}

/* What an operation may find */
enum pattern { EMPTY, PAGE_RW, PAGES_MIXED, BLOCK_RWX, BLOCK_R, BLOCK_OLD, GIB_RW, TABLE_FULL, NEIGHBOURS, GIB_SPLIT,
	       PATTERNS };

static void lay(enum pattern p)
{
	u64 i;

	switch (p) {
	case PAGE_RW:
		map_both(0, OUT_X, 3, RW);
		break;
	case PAGES_MIXED:
		map_both(0, OUT_X, 3, PGTABLE_R);
		map_both(PAGE, OUT_Y, 3, RW);
		map_both(BLOCK - PAGE, OUT_X, 3, PGTABLE_R | PGTABLE_X);
		map_both(BLOCK, OUT_X, 3, RW | PGTABLE_DEVICE);
		break;
	case BLOCK_RWX:
		map_both(0, OUT_X, 2, PGTABLE_RWX);
		break;
	case BLOCK_R:
		map_both(0, OUT_Y, 2, PGTABLE_R);
		break;
	case BLOCK_OLD:
		map_both(0, OUT_X, 2, RW);
		do_both((struct model_op){ .kind = OP_AGE, .ia = base, .n = 1, .clear = true });
		break;
	case GIB_RW:
		map_both(0, OUT_X, 1, RW);
		break;
	case TABLE_FULL:
		for (i = 0; i < 512; i++)
			map_both(i * PAGE, OUT_X, 3, RW);
		break;
	case NEIGHBOURS:
		map_both(0, OUT_X, 2, RW);
		map_both(BLOCK, OUT_Y, 2, RW);
		map_both(2 * BLOCK, OUT_X, 3, RW);
		map_both(GIB, OUT_X, 1, RW);
		break;
	case GIB_SPLIT:
		map_both(0, OUT_X, 1, RW);
		map_both(PAGE, OUT_Y, 3, PGTABLE_R);
		break;
	default:
		break;
	}
}

/* Leave k pages in the supply, put the others aside */
static u64 scarce(struct pagelist *aside, u64 k)
{
	*aside = (struct pagelist){ };
	while (list.count > k)
		pagelist_give(aside, pagelist_take(&list));
	return aside->count;
}

/*
 * The operation with 0, 1, 2 ... pages in the supply: refused without a trace until there is enough, then done right.
 */
static void try_op(enum pattern p, struct model_op op, u64 supply)
{
	struct pagelist aside;
	u64 k;

	for (k = 0; ; k++) {
		u64 sum, spare;
		s64 ret;

		start(PGTABLE_STAGE2, 40, supply);
		lay(p);
		op.ia += base;
		spare = scarce(&aside, k);
		sum = fake_sum();
		ret = model_do_real(&pt, &op);
		if (ret == -ENOMEM) {
			CHECK_EQ(fake_sum(), sum);
			CHECK(spare);
		} else {
			CHECK_EQ(ret, model_do(&model, &op));
		}
		pagelist_splice(&list, &aside);
		check_all();
		op.ia -= base;
		if (ret != -ENOMEM)
			return;
	}
}

static void try_map(enum pattern p, u64 offset, u64 out, unsigned int level)
{
	static const u32 prots[] = { PGTABLE_R, RW, PGTABLE_RWX, RW | PGTABLE_DEVICE };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prots); i++)
		try_op(p, (struct model_op){ .kind = OP_MAP, .ia = offset, .pa = out + offset + (1ULL << 40) - 2 * GIB,
					     .level = level, .prot = prots[i] }, SUPPLY);
}

TEST(map_over_every_pattern_with_every_allocation_failing)
{
	enum pattern p;

	for (p = 0; p < PATTERNS; p++) {
		static const u64 outs[] = { OUT_X - ((1ULL << 40) - 2 * GIB), OUT_Y - ((1ULL << 40) - 2 * GIB) };
		size_t i;

		for (i = 0; i < 2; i++) {
			try_map(p, 0, outs[i], 1);
			try_map(p, 0, outs[i], 2);
			try_map(p, 0, outs[i], 3);
			try_map(p, BLOCK, outs[i], 2);
			try_map(p, PAGE, outs[i], 3);
			try_map(p, BLOCK - PAGE, outs[i], 3);
		}
	}
}

static const struct { u64 offset, n; } ranges[] = {
	{ 0, 1 }, { PAGE, 1 }, { 0, 2 }, { 0, 512 }, { PAGE, 512 }, { BLOCK - PAGE, 2 }, { 0, 1 << 18 }, { 0, 1 << 19 },
	{ GIB - PAGE, 2 }, { GIB, 1 },
};

TEST(every_range_operation_over_every_pattern)
{
	static const struct model_op ops[] = {
		{ .kind = OP_UNMAP }, { .kind = OP_WRPROTECT }, { .kind = OP_AGE }, { .kind = OP_AGE, .clear = true },
		{ .kind = OP_COLLAPSE }, { .kind = OP_MKYOUNG }, { .kind = OP_RELAX, .prot = PGTABLE_W }, { .kind = OP_RELAX, .prot = PGTABLE_RWX },
	};
	enum pattern p;
	size_t i, k;

	for (p = 0; p < PATTERNS; p++)
		for (i = 0; i < ARRAY_SIZE(ranges); i++)
			for (k = 0; k < ARRAY_SIZE(ops); k++) {
				struct model_op op = ops[k];

				op.ia = ranges[i].offset;
				op.n = ranges[i].n;
				try_op(p, op, SUPPLY);
			}
}

TEST(split_of_every_pattern_with_every_allocation_failing)
{
	enum pattern p;

	for (p = 0; p < PATTERNS; p++) {
		try_op(p, (struct model_op){ .kind = OP_SPLIT, .ia = 0, .n = 1 }, SUPPLY);
		try_op(p, (struct model_op){ .kind = OP_SPLIT, .ia = BLOCK - PAGE, .n = 2 }, SUPPLY);
		try_op(p, (struct model_op){ .kind = OP_SPLIT, .ia = PAGE, .n = 1024 }, SUPPLY);
	}
}

TEST(a_whole_gib_splits_into_pages_and_back)
{
	start(PGTABLE_STAGE2, 40, 600);
	lay(GIB_RW);
	CHECK_EQ(pgtable_cost(&pt, base, 1 << 18, true), 513);
	do_both((struct model_op){ .kind = OP_SPLIT, .ia = base, .n = 1 << 18 });
	CHECK_EQ(model_tables(&pt), 513);
	check_all();
	do_both((struct model_op){ .kind = OP_COLLAPSE, .ia = base + PAGE, .n = 1 });
	CHECK_EQ(model_tables(&pt), 512);
	check_all();
	do_both((struct model_op){ .kind = OP_COLLAPSE, .ia = base, .n = 1 << 18 });
	CHECK_EQ(model_tables(&pt), 0);
	check_all();
	do_both((struct model_op){ .kind = OP_SPLIT, .ia = base, .n = 1 << 18 });
	map_both(0, OUT_Y, 1, RW);
	CHECK_EQ(model_tables(&pt), 0);
	check_all();
}

static u32 seed;

static u32 rnd(u32 below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static struct model_op random_op(enum pgtable_kind kind)
{
	static const u32 s2[] = { PGTABLE_R, RW, PGTABLE_RWX, PGTABLE_R | PGTABLE_X, RW | PGTABLE_DEVICE };
	static const u32 el2[] = { PGTABLE_R, RW, PGTABLE_R | PGTABLE_X, RW | PGTABLE_DEVICE };
	static const u64 sizes[] = { 0, GIB, BLOCK, PAGE };
	struct model_op op = { .kind = rnd(OP_KINDS), .level = 1 + rnd(3), .clear = rnd(2) };
	u64 offset = (u64)rnd(2) * GIB + rnd(3) * BLOCK + rnd(3) * PAGE;

	/* Stage 1 of EL2 is only ever mapped, unmapped and split */
	if (kind == PGTABLE_EL2 && op.kind != OP_UNMAP && op.kind != OP_SPLIT && op.kind != OP_COLLAPSE)
		op.kind = OP_MAP;
	if (op.kind == OP_MAP)
		offset &= ~(sizes[op.level] - 1);
	op.ia = base + offset;
	op.pa = (rnd(3) ? OUT_X : OUT_Y) + offset;
	op.n = 1 + (rnd(4) ? rnd(3) * 512 + rnd(3) : 0);
	op.prot = kind == PGTABLE_EL2 ? el2[rnd(4)] : s2[rnd(5)];
	if (op.kind == OP_RELAX)
		op.prot &= PGTABLE_RWX;
	return op;
}

static void walk_at_random(enum pgtable_kind kind, unsigned int ia_bits)
{
	u32 i;

	seed = ia_bits;
	start(kind, ia_bits, 64);
	for (i = 0; i < 150; i++) {
		do_both(random_op(kind));
		check_all();
	}
	pgtable_destroy(&pt);
	model_start(&model, base);
	check_all();
	CHECK_EQ(list.count, total);
}

TEST(random_operations_at_every_size_of_address_space)
{
	unsigned int bits;

	for (bits = 32; bits <= 48; bits++)
		walk_at_random(PGTABLE_STAGE2, bits);
}

TEST(random_operations_on_the_tables_of_el2)
{
	walk_at_random(PGTABLE_EL2, 39);
	walk_at_random(PGTABLE_EL2, 48);
}

TEST(kept_tables_let_the_same_pages_come_back_without_memory)
{
	struct pagelist aside;
	u64 i;

	start(PGTABLE_STAGE2, 40, SUPPLY);
	lay(GIB_RW);
	pt.keep_tables = true;
	do_both((struct model_op){ .kind = OP_SPLIT, .ia = base, .n = 512 });
	do_both((struct model_op){ .kind = OP_UNMAP, .ia = base, .n = 512 });
	check_all();
	scarce(&aside, 0);
	for (i = 0; i < 512; i++)
		map_both(i * PAGE, OUT_X, 3, RW);
	pagelist_splice(&list, &aside);
	check_all();
}

TEST(contiguous_pages_map_all_or_none)
{
	struct pagelist aside;
	u64 k, i;

	for (k = 0; k < 4; k++) {
		start(PGTABLE_EL2, 48, SUPPLY);
		map_both(GIB, OUT_X, 3, RW);
		scarce(&aside, k);
		/* Two level-3 tables, and a level-2 table for the GiB that has none */
		CHECK_EQ(pgtable_map_pages(&pt, base + BLOCK - PAGE, OUT_X + BLOCK - PAGE, 2, RW), k < 3 ? -ENOMEM : 0);
		for (i = 0; k == 3 && i < 2; i++)
			model_map(&model, base + BLOCK - PAGE + i * PAGE, OUT_X + BLOCK - PAGE + i * PAGE, 3, RW);
		pagelist_splice(&list, &aside);
		check_all();
	}
}

TEST(arguments_out_of_range_are_refused_and_change_nothing)
{
	struct pgtable_leaf leaf;
	u64 sum;

	start(PGTABLE_STAGE2, 40, SUPPLY);
	lay(NEIGHBOURS);
	sum = fake_sum();
	CHECK_EQ(pgtable_map(&pt, base, OUT_X, 0, RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base, OUT_X, 4, RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base, OUT_X, 3, 0), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base, OUT_X, 3, PGTABLE_DEVICE), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base, OUT_X, 3, 16 | RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base + PAGE, OUT_X, 2, RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base, OUT_X + BLOCK, 1, RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base + 1, OUT_X, 3, RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base, 1ULL << 48, 3, RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, 1ULL << 40, OUT_X, 3, RW), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, ~0ULL << 12, OUT_X, 3, RW), -EINVAL);
	CHECK_EQ(pgtable_map_pages(&pt, base, (1ULL << 48) - PAGE, 2, RW), -EINVAL);
	CHECK_EQ(pgtable_map_pages(&pt, (1ULL << 40) - PAGE, OUT_X, 2, RW), -EINVAL);
	CHECK_EQ(pgtable_unmap(&pt, base, 0), -EINVAL);
	CHECK_EQ(pgtable_unmap(&pt, base, (1 << 19) + 1), -EINVAL);
	CHECK_EQ(pgtable_unmap(&pt, 0, ~0ULL), -EINVAL);
	CHECK_EQ(pgtable_wrprotect(&pt, 1ULL << 40, 1), -EINVAL);
	CHECK_EQ(pgtable_age(&pt, base + 8, 1, true), -EINVAL);
	CHECK_EQ(pgtable_mkyoung(&pt, 1ULL << 40), -EINVAL);
	CHECK_EQ(pgtable_mkyoung(&pt, base + 8 * BLOCK), -ENOENT);
	CHECK_EQ(pgtable_relax(&pt, base, PGTABLE_DEVICE), -EINVAL);
	CHECK_EQ(pgtable_relax(&pt, base + 8 * BLOCK, RW), -ENOENT);
	CHECK_EQ(pgtable_split(&pt, base, ~0ULL), -EINVAL);
	CHECK_EQ(pgtable_lookup(&pt, 1ULL << 40, &leaf), -EINVAL);
	CHECK_EQ(fake_sum(), sum);
	check_all();
}

TEST(el2_maps_nothing_writable_and_executable)
{
	start(PGTABLE_EL2, 48, SUPPLY);
	CHECK_EQ(pgtable_map(&pt, base, OUT_X, 3, PGTABLE_RWX), -EINVAL);
	CHECK_EQ(pgtable_map(&pt, base, OUT_X, 3, PGTABLE_X), -EINVAL);
	CHECK_EQ(pgtable_map_pages(&pt, base, OUT_X, 1, PGTABLE_RWX), -EINVAL);
	check_all();
}

TEST(lookup_tells_the_leaf_around_an_address)
{
	struct pgtable_leaf leaf;

	start(PGTABLE_STAGE2, 40, SUPPLY);
	lay(NEIGHBOURS);
	CHECK_EQ(pgtable_lookup(&pt, base + BLOCK + 5 * PAGE + 123, &leaf), 0);
	CHECK_EQ(leaf.ia, base + BLOCK);
	CHECK_EQ(leaf.pa, OUT_Y + BLOCK);
	CHECK_EQ(leaf.level, 2);
	CHECK_EQ(leaf.prot, RW);
	CHECK(leaf.young);
	CHECK_EQ(pgtable_lookup(&pt, base + 3 * BLOCK, &leaf), -ENOENT);
}

TEST(the_next_leaf_is_the_first_that_the_range_touches)
{
	struct pgtable_leaf leaf;
	u64 p;

	start(PGTABLE_STAGE2, 40, SUPPLY);
	CHECK_EQ(pgtable_next(&pt, base, 1ULL << 18, &leaf), -ENOENT);
	map_both(BLOCK, OUT_X, 2, RW);
	map_both(3 * BLOCK + 5 * PAGE, OUT_Y, 3, PGTABLE_R);
	for (p = 0; p < 512; p += 73) {
		CHECK_EQ(pgtable_next(&pt, base + p * PAGE, 512 - p, &leaf), -ENOENT);
		CHECK_EQ(pgtable_next(&pt, base + p * PAGE, 513 - p, &leaf), 0);
		CHECK(leaf.ia == base + BLOCK && leaf.pa == OUT_X + BLOCK && leaf.level == 2);
		/* From its middle the block is found by its beginning */
		CHECK_EQ(pgtable_next(&pt, base + BLOCK + p * PAGE, 1, &leaf), 0);
		CHECK(leaf.ia == base + BLOCK && leaf.level == 2);
	}
	CHECK_EQ(pgtable_next(&pt, base + 2 * BLOCK, 512 + 5, &leaf), -ENOENT);
	CHECK_EQ(pgtable_next(&pt, base + 2 * BLOCK, 512 + 6, &leaf), 0);
	CHECK(leaf.ia == base + 3 * BLOCK + 5 * PAGE && leaf.pa == OUT_Y + 3 * BLOCK + 5 * PAGE && leaf.level == 3 && leaf.prot == PGTABLE_R);
	CHECK_EQ(pgtable_next(&pt, base + 3 * BLOCK + 6 * PAGE, 1ULL << 17, &leaf), -ENOENT);
	CHECK_EQ(pgtable_next(&pt, base, 0, &leaf), -EINVAL);
	CHECK_EQ(pgtable_next(&pt, base + 1, 1, &leaf), -EINVAL);
	CHECK_EQ(pgtable_next(&pt, 1ULL << 40, 1, &leaf), -EINVAL);
}

TEST(a_run_ends_where_anything_does_not_go_on)
{
	struct pgtable_run run;
	u64 p;

	start(PGTABLE_STAGE2, 40, SUPPLY);
	CHECK_EQ(pgtable_run(&pt, base, 1ULL << 18, &run), -ENOENT);
	/* A block, pages that go on, one that goes on elsewhere, one that is a device, one after a hole */
	map_both(BLOCK, OUT_X, 2, RW);
	for (p = 0; p < 5; p++)
		map_both(2 * BLOCK + p * PAGE, OUT_X, 3, p == 4 ? PGTABLE_R | PGTABLE_DEVICE : PGTABLE_R);
	map_both(2 * BLOCK + 5 * PAGE, OUT_Y, 3, RW);
	map_both(2 * BLOCK + 7 * PAGE, OUT_Y, 3, RW);
	CHECK_EQ(pgtable_run(&pt, base, 2048, &run), 0);
	CHECK(run.ia == base + BLOCK && run.pa == OUT_X + BLOCK && run.pages == 516 && !run.device);
	/* Cut to what was asked for, at both ends */
	CHECK_EQ(pgtable_run(&pt, base + BLOCK + 3 * PAGE, 4, &run), 0);
	CHECK(run.ia == base + BLOCK + 3 * PAGE && run.pa == OUT_X + BLOCK + 3 * PAGE && run.pages == 4);
	CHECK_EQ(pgtable_run(&pt, base + BLOCK + 511 * PAGE, 3, &run), 0);
	CHECK(run.ia == base + BLOCK + 511 * PAGE && run.pages == 3);
	CHECK_EQ(pgtable_run(&pt, base + 2 * BLOCK + 4 * PAGE, 512, &run), 0);
	CHECK(run.device && run.pages == 1 && run.pa == OUT_X + 2 * BLOCK + 4 * PAGE);
	CHECK_EQ(pgtable_run(&pt, base + 2 * BLOCK + 5 * PAGE, 512, &run), 0);
	CHECK(!run.device && run.pages == 1 && run.pa == OUT_Y + 2 * BLOCK + 5 * PAGE);
	CHECK_EQ(pgtable_run(&pt, base + 2 * BLOCK + 6 * PAGE, 1ULL << 17, &run), 0);
	CHECK(run.ia == base + 2 * BLOCK + 7 * PAGE && run.pages == 1);
	CHECK_EQ(pgtable_run(&pt, base + 2 * BLOCK + 8 * PAGE, 1ULL << 17, &run), -ENOENT);
	CHECK_EQ(pgtable_run(&pt, base, 0, &run), -EINVAL);
	CHECK_EQ(pgtable_run(&pt, base + 1, 1, &run), -EINVAL);
}

TEST(address_spaces_that_the_tables_cannot_express_are_refused)
{
	unsigned int bits;

	for (bits = 0; bits < 64; bits++) {
		bool s2 = bits >= 32 && bits <= 48, el2 = s2 && (bits < 40 || bits > 43);

		CHECK_EQ(pgtable_setup(&pt, PGTABLE_STAGE2, bits, FAKE_BASE, 1, &list), s2 ? 0 : -EINVAL);
		CHECK_EQ(pgtable_setup(&pt, PGTABLE_EL2, bits, FAKE_BASE, 0, &list), el2 ? 0 : -EINVAL);
	}
	CHECK_EQ(pgtable_setup(&pt, PGTABLE_STAGE2, 40, FAKE_BASE + 8, 1, &list), -EINVAL);
}
