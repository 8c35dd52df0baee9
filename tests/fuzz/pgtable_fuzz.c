// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/pgtable.c under random operations: the flat array of tests/unit says what the table must translate, the hostile MMU
 * there says when a store or an invalidation came too late, and a supply that runs dry must leave no trace.
 *
 * Input: byte 0 the size of the address space, byte 1 the pages of supply, then 6 bytes for each operation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fake_mmu.h"
#include "harness.h"
#include "pgtable_model.h"

#define GIB	0x40000000ULL
#define OPS_MAX	48

static struct pgtable pt;
static struct pagelist list;
static struct model model;

void unit_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

/* Offsets cluster around the borders of pages, blocks and GiBs */
static u64 offset_of(u8 a, u8 b)
{
	static const u64 gib[] = { 0, GIB }, block[] = { 0, 1, 2, 511 }, page[] = { 0, 1, 2, 510, 511 };

	return gib[a & 1] + (block[a >> 1 & 3] << 21) + (page[b % 5] << 12);
}

static struct model_op decode(const u8 *in)
{
	static const u64 size[] = { 0, GIB, 2 << 20, 4096 };
	static const u64 pages[] = { 1, 2, 3, 511, 512, 513, 1024, 1 << 18 };
	struct model_op op = { .kind = in[0] % OP_KINDS, .level = 1 + in[1] % 3, .clear = in[1] & 16 };
	u64 offset = offset_of(in[2], in[3]);

	if (op.kind == OP_MAP)
		offset &= ~(size[op.level] - 1);
	op.ia = model.base + offset;
	op.pa = (in[4] & 1 ? 4 * GIB : 64 * GIB) + offset;
	op.n = min(pages[in[4] >> 1 & 7], (2 * GIB - offset) >> 12);
	op.prot = in[5] & 15;
	if (op.kind == OP_RELAX)
		op.prot &= PGTABLE_RWX;
	else if (op.kind == OP_MAP && !(op.prot & PGTABLE_RWX))
		op.prot |= PGTABLE_R;
	return op;
}

static void step(const struct model_op *op, u64 total)
{
	u64 free = list.count;
	s64 ret = model_do_real(&pt, op);

	if (ret == -ENOMEM)
		CHECK_EQ(list.count, free);
	else
		CHECK_EQ(ret, model_do(&model, op));
	fake_settled();
	CHECK_EQ(model_tables(&pt) + list.count, total);
}

/* Two passes over 2 GiB of pages: not after each operation, a wrong page stays wrong */
static void compare(void)
{
	model_compare(&model, &pt);
	CHECK_EQ(fake_mapped - fake_unmapped, model_mapped(&model) * 4096);
}

int LLVMFuzzerTestOneInput(const u8 *in, size_t len);
int LLVMFuzzerTestOneInput(const u8 *in, size_t len)
{
	unsigned int bits, i;
	u64 total;

	if (len < 2)
		return 0;
	bits = 32 + in[0] % 17;
	total = in[1] % 12;
	fake_start(&pt, &list, PGTABLE_STAGE2, bits, total);
	pt.counted = true;
	model_start(&model, bits == 32 ? 0 : (1ULL << bits) - 2 * GIB);
	for (i = 0, in += 2, len -= 2; i < OPS_MAX && len >= 6; i++, in += 6, len -= 6) {
		struct model_op op = decode(in);

		step(&op, total);
		if (i % 16 == 15)
			compare();
	}
	compare();
	pgtable_destroy(&pt);
	CHECK_EQ(list.count, total);
	return 0;
}
