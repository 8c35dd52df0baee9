// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only code that changes translation tables, by way of core/pgwalk.c. It owns their format and the order of stores, barriers and TLB
 * invalidation; it trusts the caller for locking and for what may be mapped. It never takes a page it has not counted
 * beforehand: an operation that can fail for want of memory fails before the first store.
 *
 * Break-before-make (Arm ARM D8, "Using break-before-make when updating translation table entries"): a valid descriptor is
 * never replaced by a valid one that differs in output address, memory type, or block and table; in between it is
 * invalid and the TLB of every CPU has been told. Permissions and the access flag of a leaf may change in place. A table
 * page goes back to the supply only after the TLB invalidation that follows its detachment, since hardware may hold
 * a pointer to it in a walk cache until then.
 */
#include "core/pgwalk.h"

/*
 * Make a valid descriptor invalid, and all below it: a table is emptied leaf by leaf before it is detached, so a walker
 * that still holds a pointer to it finds invalid descriptors only, the free-list link included.
 */
static void clear_slot(const struct pgtable *pt, struct pgslot *s, struct pgflush *fl)
{
	struct pgslot child = { .level = s->level + 1, .ia = s->ia };
	u64 *table;
	int i;

	if (is_leaf(s->val, s->level)) {
		fl->pages += level_size(s->level) >> PGTABLE_PAGE_SHIFT;
		pgflush_add(fl, s->ia);
		if (pt->counted)
			pgtable_note_unmap(pt, s->val & DESC_ADDR, level_size(s->level));
		pgwalk_set(pt, s, 0);
		return;
	}
	table = pgwalk_table(s->val);
	for (i = 0; i < 512; i++, child.ia += level_size(child.level)) {
		child.entry = table + i;
		child.val = *child.entry;
		if (is_valid(child.val))
			clear_slot(pt, &child, fl);
	}
	pgflush_add(fl, s->ia);
	pagelist_give(&fl->limbo, s->val & DESC_ADDR);
	pgwalk_set(pt, s, 0);
}

static bool table_empty(u64 desc)
{
	const u64 *table = pgwalk_table(desc);
	int i;

	for (i = 0; i < 512; i++)
		if (is_valid(table[i]))
			return false;
	return true;
}

/* Clear what [lo, hi) touches of the table whose first descriptor translates base */
static void clear_range(const struct pgtable *pt, u64 *table, unsigned int level, u64 base, u64 lo, u64 hi,
			struct pgflush *fl)
{
	u64 size = level_size(level);
	struct pgslot s = { .level = level };

	for (s.ia = ALIGN_DOWN(lo, size); s.ia < hi; s.ia += size) {
		s.entry = table + (s.ia - base) / size;
		s.val = *s.entry;
		if (!is_valid(s.val))
			continue;
		if (is_table(s.val, level)) {
			clear_range(pt, pgwalk_table(s.val), level + 1, s.ia, max(lo, s.ia), min(hi, s.ia + size), fl);
			if (pt->keep_tables || !table_empty(s.val))
				continue;
		}
		clear_slot(pt, &s, fl);
	}
}

/* Put a table in place of a block (contents kept) or of nothing; the caller has counted the page */
static void grow(struct pgtable *pt, struct pgslot *s)
{
	u64 pa = pagelist_take(pt->supply);
	u64 size = level_size(s->level + 1);
	struct pgflush fl = { };
	u64 *table = pgwalk_table(pa);
	u64 desc = s->val;
	int i;

	if (is_valid(desc)) {
		if (s->level + 1 == PGTABLE_LAST_LEVEL)
			desc |= DESC_TABLE;
		for (i = 0; i < 512; i++)
			table[i] = desc + i * size;
		pgflush_add(&fl, s->ia);
		pgwalk_set(pt, s, 0);
		pgflush_commit(pt, &fl);
	} else {
		/* The zeroes must be seen before the pointer to them */
		pgtable_hw_barrier();
	}
	pgwalk_set(pt, s, pa | DESC_TABLE | DESC_VALID);
	pgtable_hw_barrier();
}

/**
 * pgtable_cost() - tables that 4 KiB granularity in a range would take
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages; ia + n pages within the input address space
 * @blocks_only: count for blocks to be split only, not for what is unmapped
 *
 * Return: number of table pages.
 */
u64 pgtable_cost(const struct pgtable *pt, u64 ia, u64 n, bool blocks_only)
{
	u64 pos = ia, end = ia + n * PGTABLE_PAGE_SIZE, cost = 0;
	struct pgslot s = { };
	unsigned int level;

	while (pgwalk_next(pt, &pos, end, &s)) {
		u64 lo = max(ia, s.ia), hi = min(end, pos);

		if (blocks_only && !is_valid(s.val))
			continue;
		for (level = s.level; level < PGTABLE_LAST_LEVEL; level++)
			cost += (hi - 1) / level_size(level) - lo / level_size(level) + 1;
	}
	return cost;
}

/* A larger leaf at s already gives what desc at ia would */
static bool covered(const struct pgtable *pt, const struct pgslot *s, u64 ia, u64 pa, u32 prot)
{
	u64 desc = leaf_desc(pt, pa - (ia - s->ia), s->level, prot);

	return is_leaf(s->val, s->level) && same_output(pt, s->val, desc) &&
	       (leaf_prot(pt, s->val) & prot) == prot;
}

/* Write a leaf where s is; whatever valid is there goes, break before make */
static void put_leaf(struct pgtable *pt, struct pgslot *s, u64 desc)
{
	struct pgflush fl = { };

	if (s->val == desc)
		return;
	if (is_leaf(s->val, s->level) && same_output(pt, s->val, desc)) {
		pgflush_add(&fl, s->ia);
		pgwalk_set(pt, s, desc);
		pgflush_commit(pt, &fl);
		return;
	}
	if (is_valid(s->val)) {
		clear_slot(pt, s, &fl);
		pgflush_commit(pt, &fl);
	}
	if (pt->counted)
		pgtable_note_map(pt, desc & DESC_ADDR, level_size(s->level));
	pgwalk_set(pt, s, desc);
}

/**
 * pgtable_map() - map one page or block
 * @pt: the table
 * @ia: input address, aligned to the size of the leaf
 * @pa: output address, aligned likewise
 * @level: 3 = 4 KiB, 2 = 2 MiB, 1 = 1 GiB
 * @prot: PGTABLE_*
 *
 * Replaces what is there: a table goes with everything below it, a larger block is split and the rest of it kept.
 *
 * Return: 0; -EINVAL; -EAGAIN: a larger leaf already maps @ia so; -ENOMEM: the supply is too small, nothing changed.
 */
int pgtable_map(struct pgtable *pt, u64 ia, u64 pa, unsigned int level, u32 prot)
{
	struct pgslot s;

	if (level < 1 || level > PGTABLE_LAST_LEVEL || !prot_ok(pt, prot) || (pa & ~DESC_ADDR) ||
	    !IS_ALIGNED(ia | pa, level_size(level)) ||
	    !pgwalk_range_ok(pt, ia, level_size(level) >> PGTABLE_PAGE_SHIFT))
		return -EINVAL;
	s = pgwalk_find(pt, ia, level);
	if (s.level < level && covered(pt, &s, ia, pa, prot))
		return -EAGAIN;
	if (level - s.level > pt->supply->count)
		return -ENOMEM;
	while (s.level < level) {
		grow(pt, &s);
		pgwalk_descend(&s, ia, s.level + 1);
	}
	put_leaf(pt, &s, leaf_desc(pt, pa, level, prot));
	pgtable_hw_barrier();
	return 0;
}

/**
 * pgtable_map_pages() - map contiguous 4 KiB pages
 * @pt: the table
 * @ia: input address
 * @pa: output address
 * @n: 4 KiB pages
 * @prot: PGTABLE_*
 *
 * Return: 0, -EINVAL, -ENOMEM: nothing changed.
 */
int pgtable_map_pages(struct pgtable *pt, u64 ia, u64 pa, u64 n, u32 prot)
{
	u64 i;

	if (!prot_ok(pt, prot) || !pgwalk_range_ok(pt, ia, n) || (pa & ~DESC_ADDR) ||
	    n > (DESC_ADDR + PGTABLE_PAGE_SIZE - pa) >> PGTABLE_PAGE_SHIFT)
		return -EINVAL;
	if (pgtable_cost(pt, ia, n, false) > pt->supply->count)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		pgtable_map(pt, ia + i * PGTABLE_PAGE_SIZE, pa + i * PGTABLE_PAGE_SIZE, PGTABLE_LAST_LEVEL, prot);
	return 0;
}

/**
 * pgtable_unmap() - unmap a range; a block that reaches beyond it goes whole
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages
 *
 * On return no CPU uses the old translations, and emptied tables are in the supply (unless keep_tables).
 *
 * Return: number of 4 KiB pages unmapped, -EINVAL.
 */
s64 pgtable_unmap(struct pgtable *pt, u64 ia, u64 n)
{
	struct pgflush fl = { };

	if (!pgwalk_range_ok(pt, ia, n))
		return -EINVAL;
	clear_range(pt, pgtable_hw_va(pt->root), pt->start, 0, ia, ia + n * PGTABLE_PAGE_SIZE, &fl);
	pgflush_commit(pt, &fl);
	return fl.pages;
}

/**
 * pgtable_wrprotect() - take write permission from every leaf that a range touches
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages
 *
 * Return: number of leaves changed, -EINVAL.
 */
s64 pgtable_wrprotect(struct pgtable *pt, u64 ia, u64 n)
{
	u64 end = ia + n * PGTABLE_PAGE_SIZE;
	struct pgflush fl = { };
	struct pgslot s = { };
	s64 changed = 0;

	if (!pgwalk_range_ok(pt, ia, n) || pt->kind != PGTABLE_STAGE2)
		return -EINVAL;
	while (pgwalk_next_leaf(pt, &ia, end, &s)) {
		if (!(s.val & S2_W))
			continue;
		pgwalk_set(pt, &s, s.val & ~S2_W);
		pgflush_add(&fl, s.ia);
		changed++;
	}
	pgflush_commit(pt, &fl);
	return changed;
}

/**
 * pgtable_age() - has a range been accessed
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages
 * @clear: clear the access flag of what was
 *
 * No TLB invalidation: a CPU that still holds the translation does not set the flag again, which only makes the page look
 * older than it is. Who needs better invalidates.
 *
 * Return: 1 if a leaf had its access flag set, 0, -EINVAL.
 */
int pgtable_age(struct pgtable *pt, u64 ia, u64 n, bool clear)
{
	u64 end = ia + n * PGTABLE_PAGE_SIZE;
	struct pgslot s = { };
	int young = 0;

	if (!pgwalk_range_ok(pt, ia, n))
		return -EINVAL;
	while (pgwalk_next_leaf(pt, &ia, end, &s)) {
		if (!(s.val & DESC_AF))
			continue;
		young = 1;
		if (!clear)
			break;
		pgwalk_set(pt, &s, s.val & ~DESC_AF);
	}
	pgtable_hw_barrier();
	return young;
}

/**
 * pgtable_mkyoung() - set the access flag of a leaf
 * @pt: the table
 * @ia: input address, page aligned
 *
 * A descriptor without access flag is never cached in a TLB (Arm ARM D8, "The Access flag"): nothing to invalidate.
 *
 * Return: 0, -EINVAL, -ENOENT.
 */
int pgtable_mkyoung(struct pgtable *pt, u64 ia)
{
	struct pgslot s;

	if (!pgwalk_range_ok(pt, ia, 1))
		return -EINVAL;
	s = pgwalk_find(pt, ia, PGTABLE_LAST_LEVEL);
	if (!is_leaf(s.val, s.level))
		return -ENOENT;
	pgwalk_set(pt, &s, s.val | DESC_AF);
	pgtable_hw_barrier();
	return 0;
}

/**
 * pgtable_relax() - add permissions to a leaf and make it young
 * @pt: the table
 * @ia: input address, page aligned
 * @prot: PGTABLE_R, _W, _X
 *
 * The stricter entry must leave the TLBs, or the access that asked for it would fault again.
 *
 * Return: 0, -EINVAL, -ENOENT.
 */
int pgtable_relax(struct pgtable *pt, u64 ia, u32 prot)
{
	struct pgflush fl = { };
	struct pgslot s;
	u64 val;

	if (!pgwalk_range_ok(pt, ia, 1) || pt->kind != PGTABLE_STAGE2 || prot & ~PGTABLE_RWX)
		return -EINVAL;
	s = pgwalk_find(pt, ia, PGTABLE_LAST_LEVEL);
	if (!is_leaf(s.val, s.level))
		return -ENOENT;
	val = s.val | DESC_AF | (stage2_attr(prot) & (S2_R | S2_W));
	if (prot & PGTABLE_X)
		val &= ~S2_XN;
	if (val == s.val)
		return 0;
	pgwalk_set(pt, &s, val);
	pgflush_add(&fl, s.ia);
	pgflush_commit(pt, &fl);
	return 0;
}

/**
 * pgtable_split() - split the blocks of a range down to 4 KiB pages, contents and permissions kept
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages
 *
 * Of a 1 GiB block, the 2 MiB blocks that the range does not touch remain. An access by a CPU while its block is exchanged
 * faults and is to be tried again.
 *
 * Return: 0, -EINVAL, -ENOMEM: pgtable_cost() is more than the supply has, nothing changed.
 */
int pgtable_split(struct pgtable *pt, u64 ia, u64 n)
{
	u64 pos = ia, end = ia + n * PGTABLE_PAGE_SIZE;
	struct pgslot s = { };

	if (!pgwalk_range_ok(pt, ia, n))
		return -EINVAL;
	if (pgtable_cost(pt, ia, n, true) > pt->supply->count)
		return -ENOMEM;
	while (pgwalk_next_leaf(pt, &pos, end, &s)) {
		if (s.level == PGTABLE_LAST_LEVEL)
			continue;
		/* Again from where the range and this block begin: of a 1 GiB block come 2 MiB blocks first */
		grow(pt, &s);
		pos = max(ia, s.ia);
		s.entry = NULL;
	}
	return 0;
}

/* The block that would say the same as the table at s, or 0 */
static u64 block_for(const struct pgtable *pt, const struct pgslot *s)
{
	u64 size = level_size(s->level + 1), first;
	const u64 *table;
	int i;

	if (!s->level || !is_table(s->val, s->level))
		return 0;
	table = pgwalk_table(s->val);
	first = table[0];
	if (!is_leaf(first, s->level + 1) || !IS_ALIGNED(first & DESC_ADDR, level_size(s->level)))
		return 0;
	for (i = 1; i < 512; i++)
		if (table[i] != first + i * size)
			return 0;
	return first & ~DESC_TABLE;
}

/**
 * pgtable_collapse() - undo splits: full tables of contiguous, equal leaves become blocks again
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages
 *
 * Concerns the 2 MiB and 1 GiB blocks that the range touches. An access by a CPU while its table is exchanged faults and
 * is to be tried again.
 *
 * Return: 0, -EINVAL.
 */
int pgtable_collapse(struct pgtable *pt, u64 ia, u64 n)
{
	unsigned int level;
	struct pgslot s;
	u64 pos, desc;

	if (!pgwalk_range_ok(pt, ia, n))
		return -EINVAL;
	for (level = PGTABLE_LAST_LEVEL - 1; level >= 1; level--)
		for (pos = ALIGN_DOWN(ia, level_size(level)); pos < ia + n * PGTABLE_PAGE_SIZE;
		     pos += level_size(level)) {
			s = pgwalk_find(pt, pos, level);
			desc = s.level == level ? block_for(pt, &s) : 0;
			if (desc)
				put_leaf(pt, &s, desc);
		}
	pgtable_hw_barrier();
	return 0;
}

static struct pgtable_leaf leaf_at(const struct pgtable *pt, const struct pgslot *s)
{
	return (struct pgtable_leaf){
		.ia = s->ia,
		.pa = s->val & DESC_ADDR,
		.level = s->level,
		.prot = leaf_prot(pt, s->val),
		.young = s->val & DESC_AF,
	};
}

/**
 * pgtable_lookup() - the leaf that translates an address
 * @pt: the table
 * @ia: input address
 * @leaf: filled in
 *
 * Return: 0, -EINVAL, -ENOENT.
 */
int pgtable_lookup(const struct pgtable *pt, u64 ia, struct pgtable_leaf *leaf)
{
	struct pgslot s;

	ia = ALIGN_DOWN(ia, PGTABLE_PAGE_SIZE);
	if (!pgwalk_range_ok(pt, ia, 1))
		return -EINVAL;
	s = pgwalk_find(pt, ia, PGTABLE_LAST_LEVEL);
	if (!is_leaf(s.val, s.level))
		return -ENOENT;
	*leaf = leaf_at(pt, &s);
	return 0;
}

/**
 * pgtable_next() - the first leaf that translates something of a range
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages
 * @leaf: filled in; it may begin before the range and end behind it
 *
 * Return: 0, -EINVAL, -ENOENT: nothing is mapped there.
 */
int pgtable_next(const struct pgtable *pt, u64 ia, u64 n, struct pgtable_leaf *leaf)
{
	struct pgslot s = { };

	if (!pgwalk_range_ok(pt, ia, n))
		return -EINVAL;
	if (!pgwalk_next_leaf(pt, &ia, ia + n * PGTABLE_PAGE_SIZE, &s))
		return -ENOENT;
	*leaf = leaf_at(pt, &s);
	return 0;
}

/**
 * pgtable_run() - the first leaf that translates something of a range, and those that go on where it ends
 * @pt: the table
 * @ia: input address, page aligned
 * @n: 4 KiB pages
 * @run: filled in; cut to the range
 *
 * A leaf goes on where another ends if both input and output addresses do, and if both are memory or both a device.
 *
 * Return: 0, -EINVAL, -ENOENT: nothing is mapped there.
 */
int pgtable_run(const struct pgtable *pt, u64 ia, u64 n, struct pgtable_run *run)
{
	u64 end = ia + n * PGTABLE_PAGE_SIZE, pos = ia, stop;
	struct pgtable_leaf leaf;
	struct pgslot s = { };

	if (!pgwalk_range_ok(pt, ia, n))
		return -EINVAL;
	if (!pgwalk_next_leaf(pt, &pos, end, &s))
		return -ENOENT;
	leaf = leaf_at(pt, &s);
	run->ia = max(ia, leaf.ia);
	run->pa = leaf.pa + (run->ia - leaf.ia);
	run->device = leaf.prot & PGTABLE_DEVICE;
	do {
		stop = pos;
		if (!pgwalk_next(pt, &pos, end, &s) || !is_leaf(s.val, s.level))
			break;
		leaf = leaf_at(pt, &s);
	} while (leaf.pa == run->pa + (stop - run->ia) && !(leaf.prot & PGTABLE_DEVICE) == !run->device);
	run->pages = (min(stop, end) - run->ia) >> PGTABLE_PAGE_SHIFT;
	return 0;
}

/**
 * pgtable_destroy() - unmap everything; all tables but the root are in the supply afterwards
 * @pt: the table; its root is all zeroes on return
 */
void pgtable_destroy(struct pgtable *pt)
{
	pt->keep_tables = false;
	pgtable_unmap(pt, 0, pgwalk_limit(pt) >> PGTABLE_PAGE_SHIFT);
}

/**
 * pgtable_setup() - describe a table with an empty root
 * @pt: filled in
 * @kind: PGTABLE_STAGE2 or PGTABLE_EL2
 * @ia_bits: size of the input address space, 32 to 48; without 40 to 43 at stage 1, which cannot concatenate
 * @root: PA of zeroed contiguous root pages, keel_pgd_pages(ia_bits) of them, naturally aligned
 * @vmid: VMID at stage 2
 * @supply: where table pages come from and go to
 *
 * Start levels as keel_pgd_pages() has them (Arm ARM D8, "Translation using the 4KB granule").
 *
 * Return: 0, -EINVAL.
 */
int pgtable_setup(struct pgtable *pt, enum pgtable_kind kind, unsigned int ia_bits, u64 root, u16 vmid,
		  struct pagelist *supply)
{
	if (ia_bits < 32 || ia_bits > 48 || (root & ~DESC_ADDR))
		return -EINVAL;
	if (kind == PGTABLE_EL2 && ia_bits >= 40 && ia_bits <= 43)
		return -EINVAL;
	*pt = (struct pgtable){
		.root = root,
		.supply = supply,
		.vmid = vmid,
		.kind = kind,
		.ia_bits = ia_bits,
		.start = ia_bits > 43 ? 0 : 1,
	};
	return 0;
}
