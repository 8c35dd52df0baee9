// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways through translation tables: from an input address to its descriptor, from one descriptor to the next, and what has to
 * be told to the TLBs afterwards. It owns nothing; it decides nothing about what a descriptor should say (core/pgtable.c).
 */
#include "core/pgwalk.h"

/* Follow tables from s towards ia, no deeper than max */
void pgwalk_descend(struct pgslot *s, u64 ia, unsigned int max)
{
	while (s->level < max && is_table(s->val, s->level)) {
		s->level++;
		s->entry = pgwalk_table(s->val) + (ia / level_size(s->level)) % 512;
		s->val = *s->entry;
	}
	s->ia = ALIGN_DOWN(ia, level_size(s->level));
}

/* The descriptor that translates ia, or the last one on the way to it; at level max it may be a table */
struct pgslot pgwalk_find(const struct pgtable *pt, u64 ia, unsigned int max)
{
	struct pgslot s = { .level = pt->start };

	/* Concatenated root tables are contiguous: no modulus here (Arm ARM D8, "Concatenated translation tables") */
	s.entry = (u64 *)pgtable_hw_va(pt->root) + ia / level_size(pt->start);
	s.val = *s.entry;
	pgwalk_descend(&s, ia, max);
	return s;
}

/*
 * The next descriptor at or after *ia that is no table; *ia moves behind it. s is the previous one, or zeroes.
 * Neighbours in one table are found without a new walk.
 */
bool pgwalk_next(const struct pgtable *pt, u64 *ia, u64 end, struct pgslot *s)
{
	if (*ia >= end)
		return false;
	if (s->entry && s->level > pt->start && !IS_ALIGNED(*ia, level_size(s->level - 1))) {
		s->val = *++s->entry;
		pgwalk_descend(s, *ia, PGTABLE_LAST_LEVEL);
	} else {
		*s = pgwalk_find(pt, *ia, PGTABLE_LAST_LEVEL);
	}
	*ia = s->ia + level_size(s->level);
	return true;
}

bool pgwalk_next_leaf(const struct pgtable *pt, u64 *ia, u64 end, struct pgslot *s)
{
	while (pgwalk_next(pt, ia, end, s))
		if (is_leaf(s->val, s->level))
			return true;
	return false;
}

void pgwalk_set(const struct pgtable *pt, struct pgslot *s, u64 val)
{
	pgtable_hw_set(pt, s->ia, s->level, s->entry, val);
	s->val = val;
}

void pgflush_add(struct pgflush *fl, u64 ia)
{
	if (fl->n < PGFLUSH_MAX)
		fl->ia[fl->n] = ia;
	if (fl->n <= PGFLUSH_MAX)
		fl->n++;
}

/*
 * The "break" of break-before-make is over when this returns: stores visible to all walkers, then the invalidation, then
 * its completion (Arm ARM D8, "TLB maintenance"); only then are detached tables anybody else's.
 */
void pgflush_commit(const struct pgtable *pt, struct pgflush *fl)
{
	if (!fl->n)
		return;
	pgtable_hw_barrier();
	pgtable_hw_tlbi(pt, fl->ia, fl->n > PGFLUSH_MAX ? 0 : fl->n);
	pagelist_splice(pt->supply, &fl->limbo);
	fl->n = 0;
}
