/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who owns each page of RAM, and who else uses it: one u32 for each 4 KiB page, and the rules by which it changes.
 *
 * Every transition of one page is pgstate_step(), a pure function. A range is decided as a whole (pgstate_decide()) before
 * anything is applied (pgstate_apply()); the caller holds one lock over both, and over what it prepares in between.
 */
#ifndef KEEL_CORE_PGSTATE_H
#define KEEL_CORE_PGSTATE_H

#include "core/port.h"

/*
 * A record. Bits 1:0 owner, 9:2 slot (which VM: owner GUEST, or NUCLEUS on behalf of a VM; 0 the nucleus itself),
 * 16:10 how often the host shares it with the nucleus, 17 pinned: the nucleus uses it until it says otherwise itself (the
 * page of a vCPU), 31:18 how often guests map it. EL2 maps a page of the host while it is shared or pinned.
 *
 * A page of the host has no slot: there, 9:2 are the upper bits of how often guests map it. 22 bits are 16 GiB of guest
 * memory that are all one page of zeroes.
 */
#define PGSTATE_KIND		0x3u
#define PGSTATE_NONE		0u	/* not RAM, as far as the nucleus was told at boot */
#define PGSTATE_HOST		1u
#define PGSTATE_NUCLEUS		2u
#define PGSTATE_GUEST		3u
#define PGSTATE_SLOT_SHIFT	2
#define PGSTATE_SLOT		(0xffu << PGSTATE_SLOT_SHIFT)
#define PGSTATE_OWNER		(PGSTATE_KIND | PGSTATE_SLOT)
#define PGSTATE_SHARED_SHIFT	10
#define PGSTATE_SHARED_ONE	((u32)BIT(PGSTATE_SHARED_SHIFT))
#define PGSTATE_SHARED		(0x7fu << PGSTATE_SHARED_SHIFT)
#define PGSTATE_PINNED		((u32)BIT(17))
#define PGSTATE_MAPPED_SHIFT	18
#define PGSTATE_MAPPED_ONE	((u32)BIT(PGSTATE_MAPPED_SHIFT))
#define PGSTATE_MAPPED		(0x3fffu << PGSTATE_MAPPED_SHIFT)
#define PGSTATE_MAPPED_MAX	0x3fffffu

/* Owner word of a VM slot, 0..255 */
#define PGSTATE_OWNED_BY(kind, slot)	((kind) | (u32)(slot) << PGSTATE_SLOT_SHIFT)

enum pgstate_op {
	PGSTATE_ADD,		/* boot: the page is RAM, the host's */
	PGSTATE_DONATE,		/* from the host to the owner given */
	PGSTATE_RECLAIM,	/* from the owner given back to the host */
	PGSTATE_SHARE,		/* host lets the nucleus use it, once more */
	PGSTATE_UNSHARE,	/* once less */
	PGSTATE_PIN,		/* the nucleus uses it for one purpose; the host cannot undo that */
	PGSTATE_UNPIN,
	PGSTATE_MAP,		/* a guest maps this page of the host, once more */
	PGSTATE_UNMAP,		/* once less */
	PGSTATE_OPS,
};

/**
 * struct pgstate_chunk - records of 1 GiB of physical address space
 * @gib: physical address >> 30
 * @rec: 2^18 records
 */
struct pgstate_chunk {
	u64 gib;
	u32 *rec;
};

/**
 * struct pgstate - all records
 * @chunks: ascending by gib
 * @nr: number of chunks
 */
struct pgstate {
	const struct pgstate_chunk *chunks;
	u32 nr;
};

int pgstate_step(enum pgstate_op op, u32 owner, u32 rec, u32 *next);
int pgstate_decide(const struct pgstate *ps, enum pgstate_op op, u32 owner, u64 pa, u64 n);
void pgstate_apply(const struct pgstate *ps, enum pgstate_op op, u32 owner, u64 pa, u64 n);
u32 pgstate_get(const struct pgstate *ps, u64 pa);

/* How often guests map this page of the host */
static inline u32 pgstate_mapped(u32 rec)
{
	return rec >> PGSTATE_MAPPED_SHIFT | (rec & PGSTATE_SLOT) >> PGSTATE_SLOT_SHIFT << (32 - PGSTATE_MAPPED_SHIFT);
}

/* The same page, mapped n times */
static inline u32 pgstate_with_mapped(u32 rec, u32 n)
{
	u32 high = n >> (32 - PGSTATE_MAPPED_SHIFT);

	return (rec & ~(PGSTATE_MAPPED | PGSTATE_SLOT)) | n << PGSTATE_MAPPED_SHIFT | high << PGSTATE_SLOT_SHIFT;
}

/* Does EL2 map this page of the host */
static inline bool pgstate_at_el2(u32 rec)
{
	return rec & (PGSTATE_SHARED | PGSTATE_PINNED);
}

#endif
