/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What core/pgtable.c and core/pgwalk.c know of each other; nobody else includes it.
 */
#ifndef KEEL_CORE_PGWALK_H
#define KEEL_CORE_PGWALK_H

#include "core/pgdesc.h"
#include "core/pgtable.h"

/* More invalidations than this by address cost more than one of everything */
#define PGFLUSH_MAX		16

/* One descriptor, as last read */
struct pgslot {
	u64 *entry;
	u64 val;
	u64 ia;			/* first input address that it translates */
	unsigned int level;
};

/* What an operation has to invalidate before it returns, and the tables that wait for it */
struct pgflush {
	u64 ia[PGFLUSH_MAX];
	unsigned int n;		/* above PGFLUSH_MAX: everything */
	struct pagelist limbo;
	u64 pages;		/* 4 KiB pages that went */
};

static inline u64 pgwalk_limit(const struct pgtable *pt)
{
	return BIT_ULL(pt->ia_bits);
}

/* The n pages at ia lie within the input address space */
static inline bool pgwalk_range_ok(const struct pgtable *pt, u64 ia, u64 n)
{
	return IS_ALIGNED(ia, PGTABLE_PAGE_SIZE) && ia < pgwalk_limit(pt) && n &&
	       n <= (pgwalk_limit(pt) - ia) >> PGTABLE_PAGE_SHIFT;
}

static inline u64 *pgwalk_table(u64 desc)
{
	return pgtable_hw_va(desc & DESC_ADDR);
}

/* pgwalk_next(): all descriptors of a range that are no tables, pgwalk_next_leaf(): of those the valid ones */
void pgwalk_descend(struct pgslot *s, u64 ia, unsigned int max);
struct pgslot pgwalk_find(const struct pgtable *pt, u64 ia, unsigned int max);
bool pgwalk_next(const struct pgtable *pt, u64 *ia, u64 end, struct pgslot *s);
bool pgwalk_next_leaf(const struct pgtable *pt, u64 *ia, u64 end, struct pgslot *s);
/* Store a descriptor; whoever changes what a TLB may hold adds it, and commits before returning */
void pgwalk_set(const struct pgtable *pt, struct pgslot *s, u64 val);
void pgflush_add(struct pgflush *fl, u64 ia);
void pgflush_commit(const struct pgtable *pt, struct pgflush *fl);

#endif
