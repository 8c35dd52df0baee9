// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "core/pgstate.h"
#include "harness.h"

#define RECORDS	0x40000u

/* Owners worth telling apart */
static const u32 owners[] = {
	PGSTATE_OWNED_BY(PGSTATE_NUCLEUS, 0), PGSTATE_OWNED_BY(PGSTATE_NUCLEUS, 1), PGSTATE_OWNED_BY(PGSTATE_NUCLEUS, 255),
	PGSTATE_OWNED_BY(PGSTATE_GUEST, 0), PGSTATE_OWNED_BY(PGSTATE_GUEST, 1), PGSTATE_OWNED_BY(PGSTATE_GUEST, 255),
};

static u32 host(u32 shared, u32 mapped)
{
	return pgstate_with_mapped(PGSTATE_HOST | shared << PGSTATE_SHARED_SHIFT, mapped);
}

/* What the rules must say, with a page as a struct: the oracle */
struct page {
	u32 kind, slot, shared, pinned, mapped;
};

static struct page unpack(u32 rec)
{
	bool is_host = (rec & 3) == PGSTATE_HOST;
	u32 slot = rec >> 2 & 255;

	return (struct page){ rec & 3, is_host ? 0 : slot, rec >> 10 & 127, rec >> 17 & 1,
			      rec >> 18 | (is_host ? slot << 14 : 0) };
}

static u32 pack(struct page p)
{
	u32 slot = p.kind == PGSTATE_HOST ? p.mapped >> 14 : p.slot;

	return p.kind | slot << 2 | p.shared << 10 | p.pinned << 17 | p.mapped << 18;
}

static int expect(enum pgstate_op op, u32 owner, struct page *p)
{
	bool is_host = p->kind == PGSTATE_HOST;

	switch (op) {
	case PGSTATE_ADD:
		if (pack(*p))
			return -EBUSY;
		p->kind = PGSTATE_HOST;
		return 0;
	case PGSTATE_DONATE:
		if (!is_host || p->shared || p->pinned || p->mapped)
			return is_host ? -EBUSY : -EFAULT;
		*p = unpack(owner);
		return 0;
	case PGSTATE_RECLAIM:
		if (pack(*p) != owner)
			return -EFAULT;
		*p = (struct page){ .kind = PGSTATE_HOST };
		return 0;
	case PGSTATE_SHARE:
		if (!is_host || p->shared == 127)
			return is_host ? -EBUSY : -EFAULT;
		p->shared++;
		return 0;
	case PGSTATE_UNSHARE:
		if (!is_host || !p->shared)
			return -EFAULT;
		p->shared--;
		return 0;
	case PGSTATE_PIN:
		if (!is_host || p->pinned)
			return is_host ? -EBUSY : -EFAULT;
		p->pinned = 1;
		return 0;
	case PGSTATE_UNPIN:
		if (!is_host || !p->pinned)
			return -EFAULT;
		p->pinned = 0;
		return 0;
	case PGSTATE_MAP:
	case PGSTATE_UNMAP:
		if (!is_host || (op == PGSTATE_UNMAP && !p->mapped))
			return -EFAULT;
		if (op == PGSTATE_MAP && p->mapped == 0x3fffff)
			return -EBUSY;
		p->mapped += op == PGSTATE_MAP ? 1 : -1;
		return 0;
	default:
		return -EINVAL;
	}
}

static void check_step(enum pgstate_op op, u32 owner, u32 rec)
{
	struct page p = unpack(rec);
	u32 next = 0xdeadbeef;
	int err = pgstate_step(op, owner, rec, &next);

	CHECK_EQ(err, expect(op, owner, &p));
	CHECK_EQ(next, err ? 0xdeadbeef : pack(p));
}

TEST(every_transition_of_every_record_is_as_the_oracle_says)
{
	static const u32 counts[] = { 0, 1, 2, 126, 127, 128, 129, 254, 255 };
	static const u32 maps[] = { 0, 1, 2, 16382, 16383 };
	u32 op, o, kind, slot, s, m;

	for (op = 0; op <= PGSTATE_OPS; op++)
		for (o = 0; o < ARRAY_SIZE(owners); o++)
			for (kind = 0; kind < 4; kind++)
				for (slot = 0; slot < 256; slot++)
					for (s = 0; s < ARRAY_SIZE(counts); s++)
						for (m = 0; m < ARRAY_SIZE(maps); m++)
							check_step(op, owners[o], kind | slot << 2 | counts[s] << 10 |
								   maps[m] << 18);
}

TEST(all_of_a_page_that_left_the_host_comes_back_only_to_who_has_it)
{
	u32 a, b, rec;

	for (a = 0; a < ARRAY_SIZE(owners); a++) {
		CHECK_EQ(pgstate_step(PGSTATE_DONATE, owners[a], PGSTATE_HOST, &rec), 0);
		for (b = 0; b < ARRAY_SIZE(owners); b++)
			CHECK_EQ(pgstate_step(PGSTATE_RECLAIM, owners[b], rec, &rec), a == b ? 0 : -EFAULT);
		CHECK_EQ(rec, PGSTATE_HOST);
	}
}

TEST(the_last_mapping_that_can_be_counted_is_the_last_one_allowed)
{
	u32 rec = host(3, 0), i;

	for (i = 0; i < PGSTATE_MAPPED_MAX; i++)
		CHECK_EQ(pgstate_step(PGSTATE_MAP, 0, rec, &rec), 0);
	CHECK_EQ(pgstate_step(PGSTATE_MAP, 0, rec, &rec), -EBUSY);
	CHECK_EQ(pgstate_step(PGSTATE_DONATE, owners[0], rec, &rec), -EBUSY);
	for (i = 0; i < PGSTATE_MAPPED_MAX; i++)
		CHECK_EQ(pgstate_step(PGSTATE_UNMAP, 0, rec, &rec), 0);
	CHECK_EQ(rec, host(3, 0));
	CHECK_EQ(pgstate_step(PGSTATE_UNMAP, 0, rec, &rec), -EFAULT);
}

/* Two chunks with a hole of a GiB between, and two that touch */
static struct pgstate machine(struct pgstate_chunk *chunks)
{
	static const u64 gib[] = { 1, 3, 4 };
	u32 i;

	for (i = 0; i < 3; i++) {
		chunks[i].gib = gib[i];
		chunks[i].rec = calloc(RECORDS, sizeof(u32));
		CHECK(chunks[i].rec);
	}
	return (struct pgstate){ .chunks = chunks, .nr = 3 };
}

static void scrap(struct pgstate *ps)
{
	u32 i;

	for (i = 0; i < ps->nr; i++)
		free(ps->chunks[i].rec);
}

TEST(a_page_is_looked_up_at_both_ends_of_each_chunk)
{
	struct pgstate_chunk chunks[3];
	struct pgstate ps = machine(chunks);
	u64 g;

	for (g = 0; g < 6; g++) {
		bool ram = g == 1 || g == 3 || g == 4;
		u64 pa = g << 30, last = pa + (1 << 30) - 4096;

		CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, pa, 1), ram ? 0 : -EFAULT);
		CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, last, 1), ram ? 0 : -EFAULT);
		pgstate_apply(&ps, PGSTATE_ADD, 0, last, 1);
		CHECK_EQ(pgstate_get(&ps, last + 4095), ram ? PGSTATE_HOST : PGSTATE_NONE);
		CHECK_EQ(pgstate_get(&ps, last - 1), PGSTATE_NONE);
	}
	scrap(&ps);
}

TEST(a_range_crosses_chunks_that_touch_but_not_a_hole)
{
	struct pgstate_chunk chunks[3];
	struct pgstate ps = machine(chunks);
	u64 touch = (4ULL << 30) - 8 * 4096, hole = (2ULL << 30) - 8 * 4096;

	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, touch, 16), 0);
	pgstate_apply(&ps, PGSTATE_ADD, 0, touch, 16);
	CHECK_EQ(chunks[1].rec[RECORDS - 9], 0);
	CHECK_EQ(chunks[1].rec[RECORDS - 8], PGSTATE_HOST);
	CHECK_EQ(chunks[2].rec[7], PGSTATE_HOST);
	CHECK_EQ(chunks[2].rec[8], 0);
	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, hole, 8), 0);
	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, hole, 9), -EFAULT);
	scrap(&ps);
}

/* A page that may make the transition */
static u32 fit_for(enum pgstate_op op)
{
	switch (op) {
	case PGSTATE_RECLAIM:
		return owners[1];
	case PGSTATE_UNSHARE:
		return host(1, 0);
	case PGSTATE_UNPIN:
		return host(0, 0) | PGSTATE_PINNED;
	case PGSTATE_UNMAP:
		return host(0, 1);
	default:
		return host(0, 0);
	}
}

/* Every place of one unfit page among five, every operation, every kind of unfitness */
TEST(a_refused_transition_changes_nothing)
{
	static const u32 unfit[] = { 0, PGSTATE_NUCLEUS, PGSTATE_GUEST | 9 << 2, PGSTATE_HOST };
	struct pgstate_chunk chunks[3];
	struct pgstate ps = machine(chunks);
	u32 *rec = chunks[0].rec, op, u, bad, i;

	for (op = PGSTATE_DONATE; op < PGSTATE_OPS; op++)
		for (u = 0; u < ARRAY_SIZE(unfit); u++)
			for (bad = 0; bad < 5; bad++) {
				u32 before[5], next;

				for (i = 0; i < 5; i++)
					before[i] = i == bad ? unfit[u] : fit_for(op);
				memcpy(rec, before, sizeof(before));
				CHECK_EQ(!pgstate_decide(&ps, op, owners[1], 1ULL << 30, 5),
					 !pgstate_step(op, owners[1], unfit[u], &next));
				CHECK(!memcmp(before, rec, sizeof(before)));
			}
	scrap(&ps);
}

TEST(ranges_that_are_empty_unaligned_or_endless_are_refused)
{
	struct pgstate_chunk chunks[3];
	struct pgstate ps = machine(chunks);

	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, 1ULL << 30, 0), -EINVAL);
	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, (1ULL << 30) + 1, 1), -EINVAL);
	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, 1ULL << 52, 1), -EINVAL);
	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, 1ULL << 30, 1ULL << 52), -EINVAL);
	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, 1ULL << 30, ~0ULL), -EINVAL);
	CHECK_EQ(pgstate_decide(&ps, PGSTATE_ADD, 0, 0, 1), -EFAULT);
	scrap(&ps);
}

/* Invariant 1: random transitions, and the sum of what everybody owns stays all of RAM */
TEST(the_sum_of_owned_pages_is_all_of_ram)
{
	struct pgstate_chunk chunks[3];
	struct pgstate ps = machine(chunks);
	u32 *rec = chunks[0].rec, seed = 1, i, k, sum;

	pgstate_apply(&ps, PGSTATE_ADD, 0, 1ULL << 30, 16);
	for (i = 0; i < 100000; i++) {
		u32 op, owner, first, n;

		seed = seed * 1664525 + 1013904223;
		op = PGSTATE_DONATE + (seed >> 8) % (PGSTATE_OPS - PGSTATE_DONATE);
		owner = owners[(seed >> 12) % ARRAY_SIZE(owners)];
		first = (seed >> 16) % 16;
		n = 1 + (seed >> 20) % (16 - first);
		if (!pgstate_decide(&ps, op, owner, (1ULL << 30) + first * 4096, n))
			pgstate_apply(&ps, op, owner, (1ULL << 30) + first * 4096, n);
		for (k = 0, sum = 0; k < 32; k++) {
			sum += (rec[k] & PGSTATE_KIND) != PGSTATE_NONE;
			CHECK((rec[k] & PGSTATE_KIND) == PGSTATE_HOST || !(rec[k] & ~PGSTATE_OWNER));
		}
		CHECK_EQ(sum, 16);
	}
	scrap(&ps);
}
