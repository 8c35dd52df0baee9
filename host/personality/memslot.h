/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of guest memory share: memslot.c (the table), mmu.c (faults), hostpage.c (the host's side
 * of a fault), guestmem.c (copies), notifier.c, dirty.c, ring.c. Nobody else includes it.
 */
#ifndef KEEL_PERSONALITY_MEMSLOT_H
#define KEEL_PERSONALITY_MEMSLOT_H

#include <linux/interval_tree.h>
#include <linux/mm.h>

#include "personality.h"

/* 4 KiB pages a nucleus call is given at once: bounds the time with interrupts off at EL2 */
#define STAGE2_CHUNK	8192UL

/**
 * struct memslot - guest frames [base_gfn, base_gfn + npages) backed by the VMM's memory from @hva on
 * @gfn_node: in pvm_mmu.by_gfn
 * @hva_node: in pvm_mmu.by_hva
 * @id: slot id
 * @flags: KVM_MEM_*
 * @base_gfn: first guest frame
 * @npages: 4 KiB pages
 * @hva: of @base_gfn
 * @bitmap: dirty bitmap, the anchor's (keel_vm_blob_get()); NULL: none
 */
struct memslot {
	struct rb_node gfn_node;
	struct interval_tree_node hva_node;
	u32 id, flags;
	u64 base_gfn, npages;
	unsigned long hva;
	unsigned long *bitmap;
};

/* The VM's stage-1 and stage-2 TLB entries, on all CPUs */
static inline void mmu_flush_tlb(struct pvm *pvm)
{
	keel_hc_guest_flush_tlb(pvm->vm->handle);
	atomic64_inc(&pvm->stats.remote_tlb_flush);
}

static inline bool memslot_readonly(const struct memslot *slot)
{
	return slot->flags & KVM_MEM_READONLY;
}

/* Writes must be seen: pages are mapped one by one and writable on a write only */
static inline bool memslot_logging(const struct memslot *slot)
{
	return (slot->flags & KVM_MEM_LOG_DIRTY_PAGES) && !memslot_readonly(slot);
}

static inline unsigned long memslot_hva(const struct memslot *slot, u64 gfn)
{
	return slot->hva + ((gfn - slot->base_gfn) << PAGE_SHIFT);
}

static inline size_t memslot_bitmap_bytes(const struct memslot *slot)
{
	return ALIGN(slot->npages, BITS_PER_LONG) / 8;
}

/* Dirty pages of this VM are kept in bitmaps (KVM API 8.29: not with a ring alone) */
static inline bool memslot_use_bitmap(const struct pvm *pvm)
{
	return !(pvm->caps & PVM_CAP_DIRTY_RING) || (pvm->caps & PVM_CAP_DIRTY_RING_BITMAP);
}

/* The slot of @gfn or NULL; mmu->lock held */
struct memslot *memslot_find(struct pvm_mmu *mmu, u64 gfn);
/* The slot of @id or NULL; mmu->slots_lock held */
struct memslot *memslot_by_id(struct pvm_mmu *mmu, u32 id);
/* Free all slots, not the bitmaps; nobody uses the VM any more */
void memslot_free_all(struct pvm_mmu *mmu);
int memslot_export(struct pvm_mmu *mmu, struct keel_stream *s);
int memslot_import(struct pvm_mmu *mmu, const struct keel_rec_memslot *rec);

/**
 * memslot_for_hva() - call @fn for all guest memory in a range of the creator's addresses
 * @mmu: guest memory
 * @start: first address, bytes
 * @end: end, exclusive
 * @may_sleep: other work may run between two calls
 * @fn: gets the VM's handle, IPA and number of pages, at most STAGE2_CHUNK; may be called twice for a page
 *
 * Takes mmu->lock as a reader. Return: true if any @fn returned true.
 */
bool memslot_for_hva(struct pvm_mmu *mmu, unsigned long start, unsigned long end, bool may_sleep,
		     bool (*fn)(u32 handle, u64 ipa, u64 n));

/* coherence.c */
/*
 * Unmap guest memory, and let everybody see what the guest wrote to it, whatever its caches; mmu->lock held. Return: true if
 * there was any
 */
bool coherence_unmap(u32 handle, u64 ipa, u64 n);

/* notifier.c */
int notifier_attach(struct pvm_mmu *mmu);
void notifier_detach(struct pvm_mmu *mmu);

/* dirty.c */
/* A page of @slot was or will be written; mmu->lock held. @v: by this vCPU in its own thread, or NULL */
void dirty_mark(struct pvm_mmu *mmu, struct memslot *slot, u64 gfn, struct pvcpu *v);
/* Take write permission from pages of the VM, TLBs not yet invalidated. Return: true if anything changed */
bool dirty_protect(struct pvm *pvm, u64 gfn, u64 npages);
/* The same where the VMM has taken note of what was dirty; blocks are split if they were not when logging began */
bool dirty_protect_again(struct pvm *pvm, u64 gfn, u64 npages);
/* Split blocks, if the VMM wants that ahead of writes; sleeps, slots_lock held */
void dirty_split(struct pvm *pvm, u64 gfn, u64 npages);

int dirty_export(struct pvm *pvm, struct keel_stream *s);
int dirty_import(struct pvm *pvm, const struct keel_rec_eager_split *rec);

/* ring.c */
/* The ring of @v cannot take another entry: it must not write */
bool ring_full(struct pvcpu *v);
void ring_push(struct pvcpu *v, u32 slot, u64 offset);
int ring_export(struct pvm *pvm, struct keel_stream *s);
int ring_import(struct pvm *pvm, const struct keel_rec_dirty_ring *rec);
int ring_import_mode(struct pvm *pvm, const struct keel_rec_ring_mode *rec);

/* hostpage.c */
/**
 * struct hostpage - what backs a guest page
 * @page: page with a reference, or NULL where there is none to take (VM_PFNMAP)
 * @pfn: frame
 * @writable: the VMM may write it
 * @device: not memory: to be mapped as Device, never executable
 */
struct hostpage {
	struct page *page;
	unsigned long pfn;
	bool writable, device;
};

/**
 * hostpage_get() - find, and fault in, the page at an address of the current process
 * @hva: address
 * @write: it will be written
 * @may_write: ask for write permission on a read, too
 * @hp: filled in
 *
 * Sleeps. Return: 0, -EFAULT, -EINTR (fatal signal), -EHWPOISON, -EAGAIN (look again).
 */
int hostpage_get(unsigned long hva, bool write, bool may_write, struct hostpage *hp);
/* Drop the reference; @dirty: it was mapped writable */
void hostpage_put(const struct hostpage *hp, bool dirty);
/* Level (1 to 3) at which the current process maps @hva to @pfn; mmu->lock held, no invalidation of @hva going on */
unsigned int hostpage_level(unsigned long hva, unsigned long pfn);
/* Before a guest sees memory: clean the data cache, for guests that run with theirs off */
void hostpage_clean(unsigned long pfn, unsigned long npages);
/* Before a guest executes it: instruction cache, and data cache to the point of unification */
void hostpage_sync_icache(unsigned long pfn, unsigned long npages);
/* Instruction caches need no maintenance for data to instruction coherence (CTR_EL0.DIC) */
bool hostpage_icache_coherent(void);

#endif
