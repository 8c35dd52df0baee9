// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/pgstate.c under random transitions of ranges against an array of structs: every verdict is the oracle's, a refusal
 * changes nothing, and the pages of RAM stay as many as they were.
 *
 * Input: 4 bytes for each transition: operation, owner, first page, length.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/pgstate.h"

#define PAGES	16		/* 8 on either side of the border between two GiBs */
#define BASE	((2ULL << 30) - 8 * 4096)

struct page {
	u32 kind, slot, shared, pinned, mapped;
};

static u32 records[2][1 << 18];
static struct page oracle[PAGES];

static void die(const char *why)
{
	fprintf(stderr, "%s\n", why);
	abort();
}

static int rule(enum pgstate_op op, u32 owner, struct page *p)
{
	struct page host = { .kind = PGSTATE_HOST };

	if (op == PGSTATE_ADD)
		return p->kind || p->slot ? -EBUSY : (*p = host, 0);
	if (op == PGSTATE_RECLAIM) {
		if (p->kind == PGSTATE_HOST || p->kind == PGSTATE_NONE || (p->kind | p->slot << 2) != owner)
			return -EFAULT;
		*p = host;
		return 0;
	}
	if (p->kind != PGSTATE_HOST)
		return -EFAULT;
	switch (op) {
	case PGSTATE_DONATE:
		if (p->shared || p->pinned || p->mapped)
			return -EBUSY;
		*p = (struct page){ .kind = owner & 3, .slot = owner >> 2 };
		return 0;
	case PGSTATE_SHARE:
		return p->shared == 127 ? -EBUSY : (p->shared++, 0);
	case PGSTATE_UNSHARE:
		return p->shared ? (p->shared--, 0) : -EFAULT;
	case PGSTATE_PIN:
		return p->pinned ? -EBUSY : (p->pinned = 1, 0);
	case PGSTATE_UNPIN:
		return p->pinned ? (p->pinned = 0, 0) : -EFAULT;
	case PGSTATE_MAP:
		p->mapped++;
		return 0;
	default:
		if (!p->mapped)
			return -EFAULT;
		p->mapped--;
		return 0;
	}
}

static int expect(enum pgstate_op op, u32 owner, u32 first, u32 n)
{
	struct page next[PAGES];
	u32 i;

	memcpy(next, oracle, sizeof(next));
	for (i = first; i < first + n; i++) {
		int err = rule(op, owner, &next[i]);

		if (err)
			return err;
	}
	memcpy(oracle, next, sizeof(next));
	return 0;
}

static void compare(const struct pgstate *ps)
{
	u32 i;

	for (i = 0; i < PAGES; i++) {
		const struct page *p = &oracle[i];
		u32 rec = pgstate_get(ps, BASE + i * 4096);

		if (rec != (p->kind | p->slot << 2 | p->shared << 10 | p->pinned << 17 | p->mapped << 18))
			die("a record is not what the oracle says");
	}
	if (records[0][(1 << 18) - PAGES / 2 - 1] || records[1][PAGES / 2])
		die("a transition went beyond its range");
}

int LLVMFuzzerTestOneInput(const u8 *in, size_t len);
int LLVMFuzzerTestOneInput(const u8 *in, size_t len)
{
	static const struct pgstate_chunk chunks[] = { { 1, records[0] }, { 2, records[1] } };
	struct pgstate ps = { .chunks = chunks, .nr = 2 };

	memset(&records[0][(1 << 18) - PAGES], 0, PAGES * sizeof(u32));
	memset(records[1], 0, PAGES * sizeof(u32));
	memset(oracle, 0, sizeof(oracle));
	for (; len >= 4; in += 4, len -= 4) {
		enum pgstate_op op = in[0] % PGSTATE_OPS;
		u32 owner = PGSTATE_OWNED_BY(2 + (in[1] & 1), in[1] >> 1 & 3), first = in[2] % PAGES;
		u32 n = 1 + in[3] % (PAGES - first);
		int err = pgstate_decide(&ps, op, owner, BASE + first * 4096, n);

		if (err != expect(op, owner, first, n))
			die("a verdict is not the oracle's");
		if (!err)
			pgstate_apply(&ps, op, owner, BASE + first * 4096, n);
		compare(&ps);
	}
	return 0;
}
