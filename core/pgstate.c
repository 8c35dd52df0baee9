// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of page ownership (INV-1). It owns the meaning of a record and trusts the caller for the lock and for the
 * chunks it was given; it never changes a mapping.
 */
#include "core/pgstate.h"

#define PAGES_PER_CHUNK		BIT_ULL(18)

/* Only what nobody else uses */
static int host_gives(u32 rec)
{
	if ((rec & PGSTATE_KIND) != PGSTATE_HOST)
		return -EFAULT;
	return rec & (PGSTATE_SHARED | PGSTATE_PINNED) || pgstate_mapped(rec) ? -EBUSY : 0;
}

static int host_shares(u32 rec)
{
	if ((rec & PGSTATE_KIND) != PGSTATE_HOST)
		return -EFAULT;
	return (rec & PGSTATE_SHARED) == PGSTATE_SHARED ? -EBUSY : 0;
}

static int step_map(enum pgstate_op op, u32 rec, u32 *next)
{
	u32 n = pgstate_mapped(rec);

	if ((rec & PGSTATE_KIND) != PGSTATE_HOST)
		return -EFAULT;
	if (op == PGSTATE_UNMAP && !n)
		return -EFAULT;
	if (op == PGSTATE_MAP && n == PGSTATE_MAPPED_MAX)
		return -EBUSY;
	*next = pgstate_with_mapped(rec, op == PGSTATE_MAP ? n + 1 : n - 1);
	return 0;
}

static int step_share(enum pgstate_op op, u32 rec, u32 *next)
{
	int err = host_shares(rec);

	if (op == PGSTATE_SHARE) {
		if (!err)
			*next = rec + PGSTATE_SHARED_ONE;
		return err;
	}
	if (err == -EFAULT || !(rec & PGSTATE_SHARED))
		return -EFAULT;
	*next = rec - PGSTATE_SHARED_ONE;
	return 0;
}

static int step_pin(enum pgstate_op op, u32 rec, u32 *next)
{
	bool pinned = rec & PGSTATE_PINNED;

	if ((rec & PGSTATE_KIND) != PGSTATE_HOST)
		return -EFAULT;
	if (op == PGSTATE_PIN ? pinned : !pinned)
		return pinned ? -EBUSY : -EFAULT;
	*next = rec ^ PGSTATE_PINNED;
	return 0;
}

/**
 * pgstate_step() - one transition of one page
 * @op: which
 * @owner: PGSTATE_OWNED_BY(): the new owner (DONATE), the present one (RECLAIM); else unused
 * @rec: the record
 * @next: the record afterwards; not touched on failure
 *
 * Return: 0; -EFAULT: not RAM or not whose it would have to be; -EBUSY: somebody still uses it; -EINVAL: no such transition.
 */
int pgstate_step(enum pgstate_op op, u32 owner, u32 rec, u32 *next)
{
	int err;

	switch (op) {
	case PGSTATE_ADD:
		if (rec)
			return -EBUSY;
		*next = PGSTATE_HOST;
		return 0;
	case PGSTATE_DONATE:
		err = host_gives(rec);
		if (!err)
			*next = owner;
		return err;
	case PGSTATE_RECLAIM:
		if (rec != owner)
			return -EFAULT;
		*next = PGSTATE_HOST;
		return 0;
	case PGSTATE_SHARE:
	case PGSTATE_UNSHARE:
		return step_share(op, rec, next);
	case PGSTATE_PIN:
	case PGSTATE_UNPIN:
		return step_pin(op, rec, next);
	case PGSTATE_MAP:
	case PGSTATE_UNMAP:
		return step_map(op, rec, next);
	default:
		return -EINVAL;
	}
}

/* The records from pa on to the end of its chunk, at most *n of them: *n becomes how many. NULL: no RAM there */
static u32 *records(const struct pgstate *ps, u64 pa, u64 *n)
{
	u64 gib = pa >> 30, first = (pa >> 12) % PAGES_PER_CHUNK;
	u32 lo = 0, hi = ps->nr;

	*n = min(*n, PAGES_PER_CHUNK - first);
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (ps->chunks[mid].gib == gib)
			return ps->chunks[mid].rec + first;
		if (ps->chunks[mid].gib < gib)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static int decide_run(enum pgstate_op op, u32 owner, const u32 *rec, u64 n)
{
	u32 next;
	int err;

	for (; n; n--, rec++) {
		err = pgstate_step(op, owner, *rec, &next);
		if (err)
			return err;
	}
	return 0;
}

/**
 * pgstate_decide() - may all pages of a range make a transition
 * @ps: the records
 * @op: which
 * @owner: as for pgstate_step()
 * @pa: physical address, page aligned
 * @n: number of 4 KiB pages, at least 1
 *
 * Return: 0, or the first page's reason as pgstate_step() gives it; -EINVAL: empty or beyond 2^52.
 */
int pgstate_decide(const struct pgstate *ps, enum pgstate_op op, u32 owner, u64 pa, u64 n)
{
	u64 len;
	int err;

	if (!n || !IS_ALIGNED(pa, 4096ULL) || pa >> 52 || n > ((1ULL << 52) - pa) >> 12)
		return -EINVAL;
	for (; n; n -= len, pa += len << 12) {
		u32 *rec;

		len = n;
		rec = records(ps, pa, &len);
		err = rec ? decide_run(op, owner, rec, len) : -EFAULT;
		if (err)
			return err;
	}
	return 0;
}

/**
 * pgstate_apply() - make a transition that pgstate_decide() allowed under the same lock
 * @ps: the records
 * @op: which
 * @owner: as for pgstate_step()
 * @pa: physical address, page aligned
 * @n: number of 4 KiB pages
 *
 * A page that may not make the transition is left alone (device memory among what a guest maps).
 */
void pgstate_apply(const struct pgstate *ps, enum pgstate_op op, u32 owner, u64 pa, u64 n)
{
	u64 len, i;

	for (; n; n -= len, pa += len << 12) {
		u32 *rec;

		len = n;
		rec = records(ps, pa, &len);
		for (i = 0; rec && i < len; i++)
			pgstate_step(op, owner, rec[i], &rec[i]);
	}
}

/**
 * pgstate_get() - the record of one page
 * @ps: the records
 * @pa: any physical address in the page
 *
 * Return: the record; PGSTATE_NONE where there is no RAM.
 */
u32 pgstate_get(const struct pgstate *ps, u64 pa)
{
	u64 n = 1;
	u32 *rec = records(ps, pa, &n);

	return rec ? *rec : PGSTATE_NONE;
}
