/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hostile MMU behind pgtable.c's seam. Hardware walks at every moment: whatever was valid once may be cached until the
 * right sequence of store, barrier, invalidation and completion has removed it, and the fake ends the test as soon as
 * the code relies on anything else.
 */
#ifndef KEEL_TESTS_UNIT_FAKE_MMU_H
#define KEEL_TESTS_UNIT_FAKE_MMU_H

#include "core/pgtable.h"

#define FAKE_BASE	0x80000000ULL	/* PA of the arena that tables live in */
#define FAKE_PAGES	1024

/* A fresh machine: zeroed root at FAKE_BASE, @supply pages in pt->supply */
void fake_start(struct pgtable *pt, struct pagelist *list, enum pgtable_kind kind, unsigned int ia_bits, u64 supply);
/* After each operation: nothing stale may be cached any more */
void fake_settled(void);
/* Pages on a list, all within the arena and none twice; ends the test otherwise */
u64 fake_list_length(const struct pagelist *list);
u64 fake_sum(void);		/* checksum of the whole arena: "nothing changed" */

extern u64 fake_mapped, fake_unmapped;	/* bytes that pgtable_note_*() told of */

#endif
