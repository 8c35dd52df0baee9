/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory: memslots, stage-2 faults, the memory manager's invalidations, dirty log and ring.
 */
#ifndef KEEL_PERSONALITY_MMU_H
#define KEEL_PERSONALITY_MMU_H

#include <linux/kvm.h>
#include <linux/types.h>

struct keel_stream;
struct keel_record;
struct pvm;
struct pvcpu;

struct pvm_mmu {
	struct pvm *pvm;
	/* the author of mmu.c and memslot.c fills this in */
};

int mmu_init(struct pvm *pvm);			/* also attaches the MMU notifier to vm->mm */
void mmu_destroy(struct pvm *pvm);		/* safe after a failed mmu_init; does not unmap stage-2 (swap) */
void mmu_unmap_all(struct pvm *pvm);		/* VM is being destroyed */

/* KVM_SET_USER_MEMORY_REGION(2), KVM API 4.35, 4.140 */
int memslot_set(struct pvm *pvm, const struct kvm_userspace_memory_region2 *r);
/* Stage-2 abort (data or instruction): resume convention; calls mmio_abort() where there is no memslot or a write hits a read-only one */
int mmu_abort(struct pvcpu *v);
/* Guest physical memory by the hypervisor itself; marks dirty; -EFAULT */
int mmu_read_guest(struct pvm *pvm, u64 gpa, void *buf, size_t len);
int mmu_write_guest(struct pvm *pvm, u64 gpa, const void *buf, size_t len);

/* KVM API 4.8, 4.117, 8.29, 4.136 */
int dirty_get_log(struct pvm *pvm, struct kvm_dirty_log *log);
int dirty_clear_log(struct pvm *pvm, struct kvm_clear_dirty_log *log);
int ring_enable(struct pvm *pvm, u32 bytes);	/* called with vm->lock held, arguments checked; the others above without */
bool memslot_any(struct pvm *pvm);		/* the VM has a memslot; called with vm->lock held */
int ring_reset(struct pvm *pvm);		/* number of entries collected */
bool ring_soft_full(struct pvcpu *v);

int mmu_export(struct pvm *pvm, struct keel_stream *s);
int mmu_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

#endif
