/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory: memslots, stage-2 faults, the memory manager's invalidations, dirty log and ring.
 * This is what the rest of the personality may use; what the files behind it share is in memslot.h.
 */
#ifndef KEEL_PERSONALITY_MMU_H
#define KEEL_PERSONALITY_MMU_H

#include <linux/kvm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "compat.h"

struct keel_stream;
struct keel_record;
struct memslot;
struct pvm;
struct pvcpu;

/* KVM_CAP_NR_MEMSLOTS: slot ids are below it, there is one address space */
#define MEMSLOT_MAX		32767
/* KVM_CAP_DIRTY_LOG_RING_ACQ_REL: largest ring, bytes */
#define RING_MAX_BYTES		(65536 * sizeof(struct kvm_dirty_gfn))

/* Free-running indices of a vCPU's dirty ring; entry = index modulo number of entries */
struct pvm_ring {
	u32 dirty;		/* next entry to push: the vCPU's own thread */
	u32 reset;		/* next entry to take back: under slots_lock */
};

/**
 * struct pvm_mmu - guest memory of a VM
 * @pvm: its VM
 * @slots_lock: serialises whoever changes slots or harvests dirty pages; taken inside vm->lock
 * @lock: trees and invalidation state. Readers map pages, writers change slots or begin and end an
 *	invalidation: what a writer did is seen by every mapping made after it. Nothing sleeps under it;
 *	nucleus calls are made under it.
 * @slots_gen: changes with the trees
 * @by_gfn: slots ordered by guest frame
 * @by_hva: slots as intervals of the creator's address space; may overlap
 * @by_id: slots by id, written under slots_lock
 * @last: slot of the last lookup
 * @inv_seq: changes at the end of every invalidation and with every change of a slot: a host page looked
 *	up before may be stale
 * @inv_count: invalidations that began and did not end
 * @inv_start: lowest address under invalidation since inv_count was last 0
 * @inv_end: and the end of the highest
 * @copiers: readers copy from or to guest memory by hva: a deleted slot's memory is left alone after
 *	the ioctl returned
 * @mn: in the creator's mm, if @attached
 * @attached: @mn is registered
 * @detaching: @mn is being unregistered though the address space lives on (swap): keep stage-2
 * @rings: KEEL_MAX_VCPUS of them, by vCPU index; NULL: no dirty ring
 * @ring_bytes: size of each vCPU's ring, 0: none
 * @split_chunk: blocks are split when logging begins, this many bytes at a time; 0: when they are written to
 */
struct pvm_mmu {
	struct pvm *pvm;
	struct mutex slots_lock;	/* see above */
	rwlock_t lock;
	unsigned long slots_gen;
	struct rb_root by_gfn;
	struct rb_root_cached by_hva;
	struct xarray by_id;
	struct memslot *last;
	unsigned long inv_seq;
	unsigned int inv_count;
	unsigned long inv_start, inv_end;
	struct srcu_struct copiers;
	struct mmu_notifier mn;
	bool ready, attached, detaching;
	struct pvm_ring *rings;
	u32 ring_bytes;
	u32 split_chunk;
};

int mmu_init(struct pvm *pvm);			/* also attaches the MMU notifier to vm->mm */
void mmu_destroy(struct pvm *pvm);		/* safe after a failed mmu_init; does not unmap stage-2 (swap) */
void mmu_unmap_all(struct pvm *pvm);		/* VM is being destroyed */
void mmu_flush_caches(struct pvm *pvm);		/* a guest turns its caches on or off; sleeps */

/* KVM_SET_USER_MEMORY_REGION(2), KVM API 4.35, 4.140 */
int memslot_set(struct pvm *pvm, const struct kvm_userspace_memory_region2 *r);
bool memslot_any_logging(struct pvm_mmu *mmu);	/* a slot is logged; slots_lock */
bool memslot_any(struct pvm *pvm);		/* the VM has a memslot */
/*
 * Stage-2 abort (data or instruction): resume convention; calls mmio_abort() where there is no memslot or a write
 * hits a read-only one
 */
int mmu_abort(struct pvcpu *v);
/* Guest physical memory by the hypervisor itself, in the VMM's context; marks dirty; -EFAULT */
int mmu_read_guest(struct pvm *pvm, u64 gpa, void *buf, size_t len);
int mmu_write_guest(struct pvm *pvm, u64 gpa, const void *buf, size_t len);
/* The same on behalf of a vCPU, by its own thread: dirty pages go to its ring if it has one */
int mmu_write_guest_vcpu(struct pvcpu *v, u64 gpa, const void *buf, size_t len);

/* KVM API 4.8, 4.117, 8.29, 4.136 */
int dirty_get_log(struct pvm *pvm, struct kvm_dirty_log *log);
int dirty_clear_log(struct pvm *pvm, struct kvm_clear_dirty_log *log);
int dirty_set_chunk(struct pvm *pvm, u64 bytes);	/* KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE; -EINVAL */
#define MMU_BLOCK_SIZES	(PAGE_SIZE | PMD_SIZE | PUD_SIZE)
int ring_enable(struct pvm *pvm, u32 bytes);	/* called with vm->lock held; the others above without */
int ring_reset(struct pvm *pvm);		/* number of entries collected */
bool ring_soft_full(struct pvcpu *v);

int mmu_export(struct pvm *pvm, struct keel_stream *s);
int mmu_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

#endif
