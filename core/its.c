// SPDX-License-Identifier: GPL-2.0-only
/* Formats of the ITS: core/its.h. It keeps no state and reads no memory but its arguments. */
#include "core/its.h"

#define ADDR_64K	GENMASK_ULL(47, 16)
#define SHARE_SHIFT	10
#define INNER_SHIFT	59
#define OUTER_SHIFT	53
#define TYPE_SHIFT	56
#define SIZE_SHIFT	48
#define PAGE_64K	(2ULL << 8)
#define BASER_SIZE	GENMASK_ULL(7, 0)	/* pages less 1 */
#define DTE_NEXT_MAX	GENMASK_ULL(13, 0)
#define ITE_NEXT_MAX	GENMASK_ULL(15, 0)

static u64 field(u64 word, unsigned int shift, unsigned int bits)
{
	return word >> shift & (BIT_ULL(bits) - 1);
}

/* IHI 0069, 5.3 */
void keel_its_decode(const u64 *w, struct keel_its_cmd *c)
{
	c->op = field(w[0], 0, 8);
	c->device = field(w[0], 32, 32);
	c->event = field(w[1], 0, 32);
	c->bits = field(w[1], 0, 5) + 1;
	c->intid = c->op == KEEL_ITS_MAPI ? c->event : field(w[1], 32, 32);
	c->icid = field(w[2], 0, 16);
	c->rdbase = field(w[2], 16, 32);
	c->rdbase2 = field(w[3], 16, 32);
	c->itt = w[2] & GENMASK_ULL(51, 8);
	c->valid = w[2] & KEEL_GITS_VALID;
}

u64 keel_its_queue(u64 cbaser)
{
	return cbaser & GENMASK_ULL(51, 12);
}

u32 keel_its_queue_size(u64 cbaser)
{
	return (field(cbaser, 0, 8) + 1) << 12;
}

u32 keel_its_position(u64 reg)
{
	return reg & GENMASK_ULL(19, 5);
}

/*
 * Memory attributes of a table: what software can have of them (IHI 0069, 12.19.1). Outer shareable is inner shareable,
 * inner cacheability is at least write-back, outer is the same or none.
 */
static u64 attributes(u64 reg)
{
	u64 share = field(reg, SHARE_SHIFT, 2), inner = field(reg, INNER_SHIFT, 3), outer = field(reg, OUTER_SHIFT, 3);

	share = share == 2 ? 1 : share;
	inner = inner < 2 ? 7 : inner;
	outer = outer < 2 ? outer : 1;
	reg &= ~(3ULL << SHARE_SHIFT | 7ULL << INNER_SHIFT | 7ULL << OUTER_SHIFT);
	return reg | share << SHARE_SHIFT | inner << INNER_SHIFT | outer << OUTER_SHIFT;
}

u64 keel_its_baser(enum keel_its_table table, u64 val)
{
	u64 type = table == KEEL_ITS_DEVICES ? 1 : 4;

	if (table == KEEL_ITS_COLLECTIONS)
		val &= ~KEEL_GITS_BASER_INDIRECT;
	val &= ~(7ULL << TYPE_SHIFT | GENMASK_ULL(52, 48) | 3ULL << 8);
	val |= type << TYPE_SHIFT | (u64)(KEEL_ITS_ENTRY - 1) << SIZE_SHIFT | PAGE_64K;
	return attributes(val);
}

u64 keel_its_cbaser(u64 val)
{
	return attributes(val) & ~GENMASK_ULL(15, 12);
}

/* A part from Arm (JEP106 4, 0x3b), architecture 3, component identification as for any GIC (IHI 0069, 12.1.8) */
u32 keel_its_id_reg(u32 offset)
{
	static const u8 id[] = { 0x40, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1 };
	u32 i = (offset - KEEL_GITS_ID) / 4;

	return i < ARRAY_SIZE(id) ? id[i] : 0;
}

/* With 64 KiB pages address bits 51 to 48 are in bits 15 to 12 */
u64 keel_its_table_addr(u64 baser)
{
	return (baser & ADDR_64K) | field(baser, 12, 4) << 48;
}

u64 keel_its_table_size(u64 baser)
{
	return ((baser & BASER_SIZE) + 1) << 16;
}

int keel_its_locate(u64 baser, u32 id, u64 *addr)
{
	u64 index = baser & KEEL_GITS_BASER_INDIRECT ? id / KEEL_ITS_L2_IDS : id;

	if (!(baser & KEEL_GITS_VALID) || id >> KEEL_ITS_ID_BITS)
		return -ERANGE;
	if (index >= keel_its_table_size(baser) / KEEL_ITS_ENTRY)
		return -ERANGE;
	*addr = keel_its_table_addr(baser) + index * KEEL_ITS_ENTRY;
	return 0;
}

int keel_its_locate_l2(u64 l1, u32 id, u64 *addr)
{
	if (!(l1 & KEEL_GITS_VALID))
		return -ERANGE;
	*addr = (l1 & GENMASK_ULL(51, 16)) + (u64)(id % KEEL_ITS_L2_IDS) * KEEL_ITS_ENTRY;
	return 0;
}

u64 keel_its_put_dte(const struct keel_its_dte *e)
{
	u64 next = e->next < DTE_NEXT_MAX ? e->next : DTE_NEXT_MAX;

	if (!e->valid)
		return 0;
	return KEEL_GITS_VALID | next << 49 | (e->itt >> 8 & GENMASK_ULL(43, 0)) << 5 | ((e->bits - 1) & 0x1f);
}

void keel_its_get_dte(u64 entry, struct keel_its_dte *e)
{
	e->valid = entry & KEEL_GITS_VALID;
	e->next = field(entry, 49, 14);
	e->itt = field(entry, 5, 44) << 8;
	e->bits = field(entry, 0, 5) + 1;
}

u64 keel_its_put_ite(const struct keel_its_ite *e)
{
	u64 next = e->next < ITE_NEXT_MAX ? e->next : ITE_NEXT_MAX;

	return next << 48 | (u64)e->intid << 16 | e->icid;
}

void keel_its_get_ite(u64 entry, struct keel_its_ite *e)
{
	e->next = field(entry, 48, 16);
	e->intid = field(entry, 16, 32);
	e->icid = field(entry, 0, 16);
}

u64 keel_its_put_cte(const struct keel_its_cte *e)
{
	return e->valid ? KEEL_GITS_VALID | (u64)e->rdbase << 16 | e->icid : 0;
}

/* RDbase has 36 bits, of which a processor number takes 32 at most */
void keel_its_get_cte(u64 entry, struct keel_its_cte *e)
{
	e->valid = entry & KEEL_GITS_VALID;
	e->rdbase = field(entry, 16, 32);
	e->icid = field(entry, 0, 16);
}
