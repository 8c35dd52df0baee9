/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of a distributor with a field for each interrupt, as the maps of IHI 0048B (4.1.2) and IHI 0069 (12.8) have
 * them: what both have, and where an offset is in such a map. The tests of each add what is its own.
 */
#ifndef KEEL_TESTS_GICMAP_H
#define KEEL_TESTS_GICMAP_H

#include "core/gicreg.h"

/**
 * struct map_row - one bank
 * @from: offset of its first byte
 * @size: bytes for 1024 interrupts
 * @bits: width of a field
 * @bank: KEEL_BANK_*
 */
struct map_row {
	u32 from, size;
	u8 bits, bank;
};

#define MAP_OF_BOTH							\
	{ 0x080, 0x80, 1, KEEL_BANK_GROUP },				\
	{ 0x100, 0x80, 1, KEEL_BANK_SENABLE },				\
	{ 0x180, 0x80, 1, KEEL_BANK_CENABLE },				\
	{ 0x200, 0x80, 1, KEEL_BANK_SPEND },				\
	{ 0x280, 0x80, 1, KEEL_BANK_CPEND },				\
	{ 0x300, 0x80, 1, KEEL_BANK_SACTIVE },				\
	{ 0x380, 0x80, 1, KEEL_BANK_CACTIVE },				\
	{ 0x400, 0x400, 8, KEEL_BANK_PRIORITY },			\
	{ 0xc00, 0x100, 2, KEEL_BANK_CONFIG }

/* The row of @map that @offset is in, NULL: none */
static const struct map_row *map_find(const struct map_row *map, unsigned int nr, u32 offset)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (offset >= map[i].from && offset < map[i].from + map[i].size)
			return &map[i];
	return NULL;
}

#define map_at(offset) map_find(map, ARRAY_SIZE(map), offset)

/* The first interrupt with a field in what @offset is in */
static u32 map_first(const struct map_row *row, u32 offset)
{
	return (offset - row->from) * 8 / row->bits;
}

#endif
