/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors of VMSAv8-64 with a 4 KiB granule: bits to words and back, for core/pgtable.c and core/pgwalk.c. No state, no memory.
 */
#ifndef KEEL_CORE_PGDESC_H
#define KEEL_CORE_PGDESC_H

#include "core/pgtable.h"

#define DESC_VALID		BIT_ULL(0)
#define DESC_TABLE		BIT_ULL(1)	/* levels 0 to 2; a page at level 3 has it too */
#define DESC_ADDR		GENMASK_ULL(47, 12)
#define DESC_AF			BIT_ULL(10)
#define DESC_SH_INNER		GENMASK_ULL(9, 8)

/* Stage 2, Arm ARM D8, "Stage 2 memory type and Cacheability attributes" without FWB */
#define S2_MEMATTR		GENMASK_ULL(5, 2)
#define S2_NORMAL_WB		GENMASK_ULL(5, 2)
#define S2_DEVICE_NGNRE		BIT_ULL(2)
#define S2_R			BIT_ULL(6)
#define S2_W			BIT_ULL(7)
#define S2_XN			BIT_ULL(54)

/* Stage 1 of EL2, one VA range: AP[1] is RES1 */
#define EL2_ATTRINDX		GENMASK_ULL(4, 2)
#define EL2_DEVICE		((u64)PGTABLE_MAIR_DEVICE << 2)
#define EL2_AP1			BIT_ULL(6)
#define EL2_RO			BIT_ULL(7)
#define EL2_XN			BIT_ULL(54)

static inline u64 level_size(unsigned int level)
{
	return BIT_ULL(39 - 9 * level);
}

static inline bool is_valid(u64 val)
{
	return val & DESC_VALID;
}

static inline bool is_table(u64 val, unsigned int level)
{
	return level < PGTABLE_LAST_LEVEL && (val & (DESC_VALID | DESC_TABLE)) == (DESC_VALID | DESC_TABLE);
}

static inline bool is_leaf(u64 val, unsigned int level)
{
	return is_valid(val) && !is_table(val, level);
}

static inline u64 stage2_attr(u32 prot)
{
	u64 attr = prot & PGTABLE_DEVICE ? S2_DEVICE_NGNRE : S2_NORMAL_WB;

	if (prot & PGTABLE_R)
		attr |= S2_R;
	if (prot & PGTABLE_W)
		attr |= S2_W;
	if (!(prot & PGTABLE_X))
		attr |= S2_XN;
	return attr;
}

static inline u64 el2_attr(u32 prot)
{
	u64 attr = EL2_AP1;

	if (prot & PGTABLE_DEVICE)
		attr |= EL2_DEVICE;
	if (!(prot & PGTABLE_W))
		attr |= EL2_RO;
	if (!(prot & PGTABLE_X))
		attr |= EL2_XN;
	return attr;
}

/* The descriptor of a young leaf */
static inline u64 leaf_desc(const struct pgtable *pt, u64 pa, unsigned int level, u32 prot)
{
	u64 attr = pt->kind == PGTABLE_STAGE2 ? stage2_attr(prot) : el2_attr(prot);

	if (level == PGTABLE_LAST_LEVEL)
		attr |= DESC_TABLE;
	return pa | attr | DESC_SH_INNER | DESC_AF | DESC_VALID;
}

static inline u32 leaf_prot(const struct pgtable *pt, u64 val)
{
	u32 prot = val & S2_XN ? 0 : PGTABLE_X;

	if (pt->kind == PGTABLE_EL2) {
		prot |= PGTABLE_R | (val & EL2_RO ? 0 : PGTABLE_W);
		return prot | ((val & EL2_ATTRINDX) == EL2_DEVICE ? PGTABLE_DEVICE : 0);
	}
	prot |= (val & S2_R ? PGTABLE_R : 0) | (val & S2_W ? PGTABLE_W : 0);
	return prot | ((val & S2_MEMATTR) == S2_DEVICE_NGNRE ? PGTABLE_DEVICE : 0);
}

static inline bool prot_ok(const struct pgtable *pt, u32 prot)
{
	if (!(prot & PGTABLE_RWX) || prot & ~(PGTABLE_RWX | PGTABLE_DEVICE))
		return false;
	/* Stage 1 of EL2 cannot express "no read", and nothing is both writable and executable */
	return pt->kind == PGTABLE_STAGE2 ||
	       (prot & PGTABLE_R && (prot & (PGTABLE_W | PGTABLE_X)) != (PGTABLE_W | PGTABLE_X));
}

/* Output and memory type are those of desc; permissions and access flag may differ */
static inline bool same_output(const struct pgtable *pt, u64 val, u64 desc)
{
	u64 differ = pt->kind == PGTABLE_STAGE2 ? S2_R | S2_W | S2_XN : EL2_RO | EL2_XN;

	return is_valid(val) && !((val ^ desc) & ~(differ | DESC_AF));
}

#endif
