/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMSAv8-64 translation tables, 4 KiB granule, up to 48 bits: stage 2 of guests and of the host, stage 1 of EL2.
 * The caller holds the lock of the table. Hardware is a link seam: the pgtable_hw_ and pgtable_note_ functions below are
 * defined by the nucleus (nvhe/mmu.c) or by a hostile fake in tests/unit.
 */
#ifndef KEEL_CORE_PGTABLE_H
#define KEEL_CORE_PGTABLE_H

#include "core/pagelist.h"
#include "core/port.h"

/* Permissions and memory type of a leaf: the values of KEEL_PROT_* in abi/hcall.h */
#define PGTABLE_R		BIT(0)
#define PGTABLE_W		BIT(1)
#define PGTABLE_X		BIT(2)
#define PGTABLE_DEVICE		BIT(3)
#define PGTABLE_RWX		(PGTABLE_R | PGTABLE_W | PGTABLE_X)

/* Stage 1 of EL2 wants in MAIR_EL2: attribute 0 Normal write-back (0xff), attribute 1 Device-nGnRE (0x04) */
#define PGTABLE_MAIR_NORMAL	0
#define PGTABLE_MAIR_DEVICE	1

#define PGTABLE_PAGE_SHIFT	12
#define PGTABLE_PAGE_SIZE	4096ULL
#define PGTABLE_LAST_LEVEL	3

enum pgtable_kind {
	PGTABLE_STAGE2,
	PGTABLE_EL2,
};

/**
 * struct pgtable - one translation table
 * @root: PA of the root; several contiguous pages when concatenated
 * @supply: where table pages come from and go to
 * @vmid: stage 2: the VMID it is used with; for pgtable_hw_tlbi_*()
 * @kind: stage 2 or stage 1 of EL2
 * @ia_bits: size of the input address space
 * @start: level of the root
 * @keep_tables: unmapping leaves empty tables in place, so that mapping the same pages again cannot fail
 * @counted: tell pgtable_note_*() of leaves that come and go
 */
struct pgtable {
	u64 root;
	struct pagelist *supply;
	u16 vmid;
	u8 kind;
	u8 ia_bits;
	u8 start;
	bool keep_tables;
	bool counted;
};

/**
 * struct pgtable_leaf - what pgtable_lookup() found
 * @ia: first input address of the leaf
 * @pa: its output address
 * @level: 1 to 3
 * @prot: PGTABLE_*
 * @young: access flag
 */
struct pgtable_leaf {
	u64 ia, pa;
	u8 level;
	u8 prot;
	bool young;
};

/**
 * struct pgtable_run - what pgtable_run() found
 * @ia: first input address
 * @pa: its output address
 * @pages: 4 KiB pages
 * @device: memory type
 */
struct pgtable_run {
	u64 ia, pa, pages;
	bool device;
};

int pgtable_setup(struct pgtable *pt, enum pgtable_kind kind, unsigned int ia_bits, u64 root, u16 vmid,
		  struct pagelist *supply);
int pgtable_map(struct pgtable *pt, u64 ia, u64 pa, unsigned int level, u32 prot);
int pgtable_map_pages(struct pgtable *pt, u64 ia, u64 pa, u64 n, u32 prot);
s64 pgtable_unmap(struct pgtable *pt, u64 ia, u64 n);
s64 pgtable_wrprotect(struct pgtable *pt, u64 ia, u64 n);
int pgtable_age(struct pgtable *pt, u64 ia, u64 n, bool clear);
int pgtable_mkyoung(struct pgtable *pt, u64 ia);
int pgtable_relax(struct pgtable *pt, u64 ia, u32 prot);
int pgtable_split(struct pgtable *pt, u64 ia, u64 n);
int pgtable_collapse(struct pgtable *pt, u64 ia, u64 n);
u64 pgtable_cost(const struct pgtable *pt, u64 ia, u64 n, bool blocks_only);
int pgtable_lookup(const struct pgtable *pt, u64 ia, struct pgtable_leaf *leaf);
int pgtable_run(const struct pgtable *pt, u64 ia, u64 n, struct pgtable_run *run);
int pgtable_next(const struct pgtable *pt, u64 ia, u64 n, struct pgtable_leaf *leaf);
void pgtable_destroy(struct pgtable *pt);

/*
 * The seam. A table walk by hardware may happen at any moment between two of these calls.
 *
 * pgtable_hw_set()      one single-copy-atomic 64-bit store to a descriptor that hardware may be reading
 * pgtable_hw_barrier()  earlier stores are visible to walks of all CPUs (DSB ISHST, and ISB for the caller's own regime)
 * pgtable_hw_tlbi()     after pgtable_hw_barrier(): invalidate what any CPU caches, of all levels, for @n input addresses,
 *                       or of the whole table if @n is 0; combined stage 1 and 2 entries too. Complete on return
 */
void *pgtable_hw_va(u64 pa);
void pgtable_hw_set(const struct pgtable *pt, u64 ia, unsigned int level, u64 *entry, u64 val);
void pgtable_hw_barrier(void);
void pgtable_hw_tlbi(const struct pgtable *pt, const u64 *ia, unsigned int n);

/* Leaves of counted tables: [pa, pa + size) is mapped once more, once less. Locks: whatever the caller of pgtable_* holds. */
void pgtable_note_map(const struct pgtable *pt, u64 pa, u64 size);
void pgtable_note_unmap(const struct pgtable *pt, u64 pa, u64 size);

#endif
