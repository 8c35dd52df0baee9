// SPDX-License-Identifier: GPL-2.0-only
/*
 * See fake_mmu.h. It keeps what may be stale: every value that was valid in a reachable descriptor and has been replaced,
 * with how far its invalidation has come. Descriptor bits are decoded here from the Arm ARM again, not shared with
 * core/pgtable.c.
 */
#include <stdlib.h>

#include "fake_mmu.h"
#include "harness.h"

#define VALID(d)	((d) & 1)
#define OUTPUT(d)	((d) & 0x0000fffffffff000ULL)
#define AF(d)		((d) & (1ULL << 10))
/* What may change in place: stage 2 S2AP and XN, EL2 AP[2] and XN */
#define S2_SOFT		((3ULL << 6) | (1ULL << 54))
#define EL2_SOFT	((1ULL << 7) | (1ULL << 54))

enum progress { STORED, VISIBLE, STARTED };

struct stale {
	u64 ia, val;
	u64 *entry;
	unsigned int level;
	enum progress progress;
};

static u64 arena[FAKE_PAGES][512] __attribute__((__aligned__(65536)));
static u64 touched[FAKE_PAGES];		/* when pgtable_hw_va() last gave a page out */
static u64 now, last_barrier;
static struct stale *stale;
static size_t nr_stale, max_stale;
static const struct pgtable *machine;

u64 fake_mapped, fake_unmapped;

static u64 size_of(unsigned int level)
{
	return 4096ULL << (9 * (3 - level));
}

static bool table_desc(u64 val, unsigned int level)
{
	return level < 3 && (val & 3) == 3;
}

static u64 page_nr(u64 pa)
{
	CHECK(pa >= FAKE_BASE && (pa - FAKE_BASE) / 4096 < FAKE_PAGES && !(pa & 4095));
	return (pa - FAKE_BASE) / 4096;
}

void *pgtable_hw_va(u64 pa)
{
	u64 nr = page_nr(pa);

	touched[nr] = ++now;
	return arena[nr];
}

static void remember(u64 ia, unsigned int level, u64 *entry, u64 val)
{
	if (nr_stale == max_stale) {
		max_stale = max_stale * 2 + 64;
		stale = realloc(stale, max_stale * sizeof(*stale));
		CHECK(stale);
	}
	stale[nr_stale++] = (struct stale){ .ia = ia, .level = level, .entry = entry, .val = val };
}

/* A descriptor that hardware could reach is gone, and with it all below */
static void forget(u64 ia, unsigned int level, u64 *entry, u64 val)
{
	int i;

	if (!VALID(val))
		return;
	if (!table_desc(val, level)) {
		if (AF(val))
			remember(ia, level, entry, val);
		return;
	}
	remember(ia, level, entry, val);
	for (i = 0; i < 512; i++) {
		u64 *child = &arena[page_nr(OUTPUT(val))][i];

		forget(ia + i * size_of(level + 1), level + 1, child, *child);
	}
}

static bool overlap(const struct stale *s, u64 ia, unsigned int level)
{
	return s->ia < ia + size_of(level) && ia < s->ia + size_of(s->level);
}

static bool only_soft(const struct pgtable *pt, u64 a, u64 b, unsigned int level)
{
	u64 soft = (pt->kind == PGTABLE_STAGE2 ? S2_SOFT : EL2_SOFT) | 1ULL << 10;

	return !table_desc(a, level) && !table_desc(b, level) && !((a ^ b) & ~soft);
}

/* Break before make, Arm ARM D8 "Using break-before-make when updating translation table entries" */
static void check_make(const struct pgtable *pt, u64 ia, unsigned int level, u64 *entry, u64 val)
{
	size_t i;

	if (VALID(*entry) && *entry != val)
		CHECK(only_soft(pt, *entry, val, level));
	for (i = 0; i < nr_stale; i++) {
		if (!overlap(&stale[i], ia, level))
			continue;
		CHECK(stale[i].entry == entry && only_soft(pt, stale[i].val, val, level));
	}
	/* What a new table holds must be visible before it can be reached */
	if (table_desc(val, level))
		CHECK(last_barrier > touched[page_nr(OUTPUT(val))]);
}

void pgtable_hw_set(const struct pgtable *pt, u64 ia, unsigned int level, u64 *entry, u64 val)
{
	u64 old = *entry;

	CHECK(pt == machine);
	CHECK(ia % size_of(level) == 0 && ia < 1ULL << pt->ia_bits);
	if (VALID(val))
		check_make(pt, ia, level, entry, val);
	/* Setting the access flag needs nothing, clearing it may stay cached on purpose */
	if (VALID(old) && old != val && (old ^ val) != 1ULL << 10)
		forget(ia, level, entry, old);
	*entry = val;
}

void pgtable_hw_barrier(void)
{
	size_t i;

	last_barrier = ++now;
	for (i = 0; i < nr_stale; i++)
		if (stale[i].progress == STORED)
			stale[i].progress = VISIBLE;
}

static void start(u64 ia, u64 size)
{
	size_t i;

	for (i = 0; i < nr_stale; i++)
		if (stale[i].progress == VISIBLE && stale[i].ia < ia + size && ia < stale[i].ia + size_of(stale[i].level))
			stale[i].progress = STARTED;
}

/* Until the invalidation completes, a table that hardware may hold a pointer to is nobody's to reuse, nor to fill */
static void check_limbo(const struct stale *s)
{
	u64 pa = machine->supply->head, n;
	u64 *page;
	int i;

	if (!table_desc(s->val, s->level))
		return;
	page = arena[page_nr(OUTPUT(s->val))];
	for (i = 0; i < 512; i++)
		CHECK(!VALID(page[i]));
	for (n = machine->supply->count; n; n--, pa = arena[page_nr(pa)][0])
		CHECK(pa != OUTPUT(s->val));
}

void pgtable_hw_tlbi(const struct pgtable *pt, const u64 *ia, unsigned int n)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		start(ia[i], 1);
	if (!n)
		start(0, 1ULL << pt->ia_bits);
	for (i = 0; i < nr_stale; i++) {
		check_limbo(&stale[i]);
		if (stale[i].progress != STARTED)
			stale[kept++] = stale[i];
	}
	nr_stale = kept;
}

void pgtable_note_map(const struct pgtable *pt, u64 pa, u64 size)
{
	fake_mapped += size;
}

void pgtable_note_unmap(const struct pgtable *pt, u64 pa, u64 size)
{
	fake_unmapped += size;
}

void fake_settled(void)
{
	CHECK_EQ(nr_stale, 0);
	CHECK_EQ(fake_list_length(machine->supply), machine->supply->count);
}

u64 fake_list_length(const struct pagelist *list)
{
	static u8 seen[FAKE_PAGES];
	u64 pa = list->head, n;

	memset(seen, 0, sizeof(seen));
	for (n = 0; n < list->count; n++, pa = arena[page_nr(pa)][0]) {
		CHECK(!seen[page_nr(pa)]);
		seen[page_nr(pa)] = 1;
	}
	return n;
}

u64 fake_sum(void)
{
	const u64 *word = arena[0];
	u64 sum = 0;
	size_t i;

	for (i = 0; i < FAKE_PAGES * 512ULL; i++)
		sum = (sum << 7 | sum >> 57) ^ word[i];
	return sum;
}

void fake_start(struct pgtable *pt, struct pagelist *list, enum pgtable_kind kind, unsigned int ia_bits, u64 supply)
{
	u64 i;

	memset(arena, 0, 16 * sizeof(arena[0]));
	nr_stale = 0;
	fake_mapped = 0;
	fake_unmapped = 0;
	*list = (struct pagelist){ };
	machine = pt;
	CHECK_EQ(pgtable_setup(pt, kind, ia_bits, FAKE_BASE, 1, list), 0);
	for (i = 0; i < supply; i++) {
		u64 pa = FAKE_BASE + (16 + i) * 4096;

		/* Poison: a taken page must have been zeroed, a free one must not be walked */
		memset(pgtable_hw_va(pa), 0xfd, 4096);
		pagelist_give(list, pa);
	}
}
