// SPDX-License-Identifier: GPL-2.0-only
/*
 * See pgtable_model.h. Written for being obviously right: every operation is a loop over pages.
 */
#include "harness.h"
#include "pgtable_model.h"

#define LEVEL(p)	((unsigned int)((p) >> 1) & 3)
#define YOUNG		8ULL
#define PROT(p)		((u32)((p) >> 4) & 15)
#define PAGE_OUT(p)	((p) & ~4095ULL)

static u64 make(u64 pa, unsigned int level, bool young, u32 prot)
{
	return pa | level << 1 | (young ? YOUNG : 0) | prot << 4;
}

static u64 leaf_pages(unsigned int level)
{
	return 1ULL << (9 * (3 - level));
}

static u64 nr(const struct model *m, u64 ia)
{
	CHECK(ia >= m->base && (ia - m->base) >> 12 < MODEL_PAGES);
	return (ia - m->base) >> 12;
}

/* First page of the leaf that page i belongs to */
static u64 leaf_start(const struct model *m, u64 i)
{
	return m->page[i] ? i & ~(leaf_pages(LEVEL(m->page[i])) - 1) : i;
}

void model_start(struct model *m, u64 base)
{
	memset(m->page, 0, sizeof(m->page));
	m->base = base;
}

/* The leaf around page i becomes leaves of the level below */
static void split_one(struct model *m, u64 i)
{
	u64 first = leaf_start(m, i), n = leaf_pages(LEVEL(m->page[i])), k;

	for (k = first; k < first + n; k++)
		m->page[k] += 1 << 1;
}

int model_map(struct model *m, u64 ia, u64 pa, unsigned int level, u32 prot)
{
	u64 first = nr(m, ia), n = leaf_pages(level), k, p = m->page[first];

	if (p && LEVEL(p) < level && PAGE_OUT(p) == pa && (PROT(p) & prot) == prot &&
	    (PROT(p) & PGTABLE_DEVICE) == (prot & PGTABLE_DEVICE))
		return -EAGAIN;
	while (m->page[first] && LEVEL(m->page[first]) < level)
		split_one(m, first);
	for (k = 0; k < n; k++)
		m->page[first + k] = make(pa + k * 4096, level, true, prot);
	return 0;
}

s64 model_unmap(struct model *m, u64 ia, u64 n)
{
	u64 i, end = nr(m, ia) + n;
	s64 gone = 0;

	for (i = nr(m, ia); i < end; i++) {
		u64 first = leaf_start(m, i), len, k;

		if (!m->page[i])
			continue;
		len = leaf_pages(LEVEL(m->page[i]));
		for (k = first; k < first + len; k++, gone++)
			m->page[k] = 0;
	}
	return gone;
}

s64 model_wrprotect(struct model *m, u64 ia, u64 n)
{
	u64 i, end = nr(m, ia) + n;
	s64 changed = 0;

	for (i = nr(m, ia); i < end; i++) {
		u64 first = leaf_start(m, i), len, k;

		if (!(PROT(m->page[i]) & PGTABLE_W))
			continue;
		len = leaf_pages(LEVEL(m->page[i]));
		for (k = first; k < first + len; k++)
			m->page[k] &= ~((u64)PGTABLE_W << 4);
		changed++;
	}
	return changed;
}

int model_age(struct model *m, u64 ia, u64 n, bool clear)
{
	u64 i, end = nr(m, ia) + n;
	int young = 0;

	for (i = nr(m, ia); i < end; i++) {
		u64 first = leaf_start(m, i), len, k;

		if (!(m->page[i] & YOUNG))
			continue;
		young = 1;
		len = leaf_pages(LEVEL(m->page[i]));
		for (k = first; clear && k < first + len; k++)
			m->page[k] &= ~YOUNG;
	}
	return young;
}

static int add_bits(struct model *m, u64 ia, u64 bits)
{
	u64 i = nr(m, ia), first = leaf_start(m, i), len, k;

	if (!m->page[i])
		return -ENOENT;
	len = leaf_pages(LEVEL(m->page[i]));
	for (k = first; k < first + len; k++)
		m->page[k] |= bits;
	return 0;
}

int model_mkyoung(struct model *m, u64 ia)
{
	return add_bits(m, ia, YOUNG);
}

int model_relax(struct model *m, u64 ia, u32 prot)
{
	return add_bits(m, ia, YOUNG | prot << 4);
}

void model_split(struct model *m, u64 ia, u64 n)
{
	u64 i, end = nr(m, ia) + n;

	for (i = nr(m, ia); i < end; i++)
		while (m->page[i] && LEVEL(m->page[i]) < 3)
			split_one(m, i);
}

/* n pages from i on are leaves of a level, one after the other at the output too, alike, and could be one leaf */
static bool alike(const struct model *m, u64 i, u64 n, unsigned int level)
{
	u64 k;

	if (!m->page[i] || LEVEL(m->page[i]) != level || PAGE_OUT(m->page[i]) & ((n << 12) - 1))
		return false;
	for (k = 0; k < n; k++)
		if (m->page[i + k] != m->page[i] + k * 4096)
			return false;
	return true;
}

void model_collapse(struct model *m, u64 ia, u64 n)
{
	unsigned int level;
	u64 i, k;

	for (level = 2; level >= 1; level--) {
		u64 len = leaf_pages(level);

		for (i = nr(m, ia) & ~(len - 1); i < nr(m, ia) + n; i += len)
			if (alike(m, i, len, level + 1))
				for (k = 0; k < len; k++)
					m->page[i + k] -= 1 << 1;
	}
}

/* A leaf descriptor as the Arm ARM (D8) has it, decoded without core/pgtable.c's help */
static u64 decode(const struct pgtable *pt, u64 desc, unsigned int level)
{
	bool el2 = pt->kind == PGTABLE_EL2;
	u32 attr = desc >> 2 & 15, prot = desc >> 54 & 1 ? 0 : PGTABLE_X;

	CHECK_EQ(desc & 3, level == 3 ? 3 : 1);
	CHECK_EQ(desc >> 8 & 3, 3);
	CHECK_EQ(desc & 0xffbf000000000800ULL, 0);
	if (el2) {
		CHECK(desc >> 6 & 1);
		prot |= PGTABLE_R | (desc >> 7 & 1 ? 0 : PGTABLE_W) | ((attr & 7) == 1 ? PGTABLE_DEVICE : 0);
	} else {
		CHECK(attr == 15 || attr == 1);
		prot |= (desc >> 6 & 1 ? PGTABLE_R : 0) | (desc >> 7 & 1 ? PGTABLE_W : 0) |
			(attr == 1 ? PGTABLE_DEVICE : 0);
	}
	return make(desc & 0x0000fffffffff000ULL, level, desc >> 10 & 1, prot);
}

static bool pages_are(const u64 *page, u64 n, u64 first, u64 step)
{
	u64 k, differ = 0;

	for (k = 0; k < n; k++)
		differ |= page[k] ^ (first + k * step);
	return !differ;
}

static void compare(const struct model *m, const struct pgtable *pt, const u64 *table, unsigned int level, u64 ia,
		    unsigned int entries)
{
	u64 n = leaf_pages(level);
	unsigned int i;

	for (i = 0; i < entries; i++, ia += n << 12) {
		u64 d = table[i];

		if (d & 1 && level < 3 && d & 2) {
			compare(m, pt, pgtable_hw_va(PAGE_OUT(d) & 0x0000fffffffff000ULL), level + 1, ia, 512);
			continue;
		}
		if (!n || ia < m->base || ia >= m->base + MODEL_PAGES * 4096ULL) {
			CHECK(!(d & 1) || !level);
			continue;
		}
		if (!pages_are(m->page + nr(m, ia), n, d & 1 ? decode(pt, d, level) : 0, d & 1 ? 4096 : 0))
			printf("# %#llx level %u is %#llx, should be %#llx\n", ia, level, d, m->page[nr(m, ia)]);
		CHECK(pages_are(m->page + nr(m, ia), n, d & 1 ? decode(pt, d, level) : 0, d & 1 ? 4096 : 0));
	}
}

void model_compare(const struct model *m, const struct pgtable *pt)
{
	unsigned int entries = 512;

	if (pt->ia_bits < 39)
		entries = 1U << (pt->ia_bits - 30);
	else if (pt->ia_bits > 39 && pt->ia_bits < 44)
		entries = 1U << (pt->ia_bits - 30);
	compare(m, pt, pgtable_hw_va(pt->root), pt->start, 0, entries);
}

u64 model_mapped(const struct model *m)
{
	u64 i, n = 0;

	for (i = 0; i < MODEL_PAGES; i++)
		n += m->page[i] != 0;
	return n;
}

static u64 tables_below(const u64 *table, unsigned int level, unsigned int entries)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; level < 3 && i < entries; i++)
		if ((table[i] & 3) == 3)
			n += 1 + tables_below(pgtable_hw_va(table[i] & 0x0000fffffffff000ULL), level + 1, 512);
	return n;
}

u64 model_tables(const struct pgtable *pt)
{
	bool concatenated = pt->ia_bits > 39 && pt->ia_bits < 44;

	return tables_below(pgtable_hw_va(pt->root), pt->start, concatenated ? 1U << (pt->ia_bits - 30) : 512);
}

s64 model_do(struct model *m, const struct model_op *op)
{
	switch (op->kind) {
	case OP_MAP:
		return model_map(m, op->ia, op->pa, op->level, op->prot);
	case OP_UNMAP:
		return model_unmap(m, op->ia, op->n);
	case OP_WRPROTECT:
		return model_wrprotect(m, op->ia, op->n);
	case OP_AGE:
		return model_age(m, op->ia, op->n, op->clear);
	case OP_MKYOUNG:
		return model_mkyoung(m, op->ia);
	case OP_RELAX:
		return model_relax(m, op->ia, op->prot);
	case OP_SPLIT:
		model_split(m, op->ia, op->n);
		return 0;
	default:
		model_collapse(m, op->ia, op->n);
		return 0;
	}
}

s64 model_do_real(struct pgtable *pt, const struct model_op *op)
{
	switch (op->kind) {
	case OP_MAP:
		return pgtable_map(pt, op->ia, op->pa, op->level, op->prot);
	case OP_UNMAP:
		return pgtable_unmap(pt, op->ia, op->n);
	case OP_WRPROTECT:
		return pgtable_wrprotect(pt, op->ia, op->n);
	case OP_AGE:
		return pgtable_age(pt, op->ia, op->n, op->clear);
	case OP_MKYOUNG:
		return pgtable_mkyoung(pt, op->ia);
	case OP_RELAX:
		return pgtable_relax(pt, op->ia, op->prot);
	case OP_SPLIT:
		return pgtable_split(pt, op->ia, op->n);
	default:
		return pgtable_collapse(pt, op->ia, op->n);
	}
}
