/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the nucleus, for mem.c, mmu.c and vm.c.
 *
 * Locks, in this order: operation lock of a VM slot, its slot lock (both vm.c), mem_lock. mem_lock covers the ownership
 * records, the pool, the tables of EL2 and of the host.
 */
#ifndef KEEL_NVHE_MEM_H
#define KEEL_NVHE_MEM_H

#include "core/pgstate.h"
#include "core/pgtable.h"
#include "nvhe/nucleus.h"

#ifndef KEEL_VHE
#pragma GCC visibility push(hidden)
#endif

/* Pages that stay in the pool for what must not fail: giving the pool more, and the host's own first accesses */
#define POOL_RESERVE	(nuc_is_vhe() ? 0 : 8)

extern struct nuc_lock mem_lock;
extern struct pagelist mem_pool;	/* mem_lock */
extern struct pgstate mem_state;	/* mem_lock */

/* mem.c: pages from the host to the nucleus on behalf of a VM slot (0: its own) and back; take mem_lock */
int mem_donate(u64 pa, u64 n, u32 slot);
void mem_reclaim(u64 pa, u64 n, u32 slot);
/* mem.c: pages of the host that the nucleus uses until it unpins them, whatever the host shares and unshares */
int mem_pin(u64 pa, u64 n);
void mem_unpin(u64 pa, u64 n);

/* mem.c: mem_lock held. May a guest map these pages of the host: 0, -EFAULT */
int mem_guest_may_map(u64 pa, u64 n, bool device);

/*
 * mmu.c, mem_lock held: tables that mapping [pa, pa + n pages) at EL2, and taking it from the host, would need. Once
 * that many are in the pool, the functions below do not fail. In vhe they do nothing, in nvhe there is no host's table.
 */
u64 mmu_cost(u64 pa, u64 n, bool from_host);
void mmu_el2_map(u64 pa, u64 n);
void mmu_el2_unmap(u64 pa, u64 n);
void mmu_host_take(u64 pa, u64 n);
void mmu_host_give(u64 pa, u64 n);

/* mmu.c: largest physical address, 32 to 48 bits */
unsigned int mmu_pa_bits(void);
/* mmu.c: VTCR_EL2 for a table of that size; all guests and the host */
u64 mmu_vtcr(const struct pgtable *pt);
u64 mmu_vttbr(const struct pgtable *pt);

#ifndef KEEL_VHE
#pragma GCC visibility pop
#endif

#endif
