/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of free 4 KiB pages, linked through the pages themselves: the nucleus' pool and each VM's supply of table pages.
 * Whoever gives a page vouches that nobody else reaches it; the list itself checks nothing and locks nothing.
 *
 * The link is the first word of the page and holds a page-aligned address, so bit 0 is clear: a table walker that still
 * reaches the page reads an invalid descriptor (Arm ARM D8, "VMSAv8-64 descriptor formats"). pgtable.c relies on that.
 */
#ifndef KEEL_CORE_PAGELIST_H
#define KEEL_CORE_PAGELIST_H

#include "core/port.h"

#define KEEL_NO_PAGE	(~0ULL)

struct pagelist {
	u64 head;	/* PA of the first free page; meaningless when count is 0 */
	u64 count;
};

/* pgtable_hw_va(): where this build reaches the page at @pa; see pgtable.h */
void *pgtable_hw_va(u64 pa);

/**
 * pagelist_give() - put a page on the list
 * @list: the list
 * @pa: physical address of the page, 4 KiB aligned
 */
static inline void pagelist_give(struct pagelist *list, u64 pa)
{
	*(u64 *)pgtable_hw_va(pa) = list->count ? list->head : 0;
	list->head = pa;
	list->count++;
}

/**
 * pagelist_take() - take a page off the list
 * @list: the list
 *
 * Return: physical address of a page of zeroes, or KEEL_NO_PAGE when the list is empty.
 */
static inline u64 pagelist_take(struct pagelist *list)
{
	u64 pa = list->head;
	u64 *va;

	if (!list->count)
		return KEEL_NO_PAGE;
	va = pgtable_hw_va(pa);
	list->head = *va;
	list->count--;
	memset(va, 0, 4096);
	return pa;
}

/**
 * pagelist_splice() - move every page of one list to another
 * @to: receives the pages
 * @from: is empty afterwards
 */
static inline void pagelist_splice(struct pagelist *to, struct pagelist *from)
{
	while (from->count) {
		u64 pa = from->head;

		from->head = *(u64 *)pgtable_hw_va(pa);
		from->count--;
		pagelist_give(to, pa);
	}
}

#endif
