/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between the kernels that the modules are built for (6.1 and 6.12), and the part of the KVM
 * API that 6.1's <linux/kvm.h> does not describe yet. What a kernel lacks gets the newer kernel's name here, so
 * that no other file asks for a version. Layouts are the published UAPI; static_asserts hold them.
 */
#ifndef KEEL_COMPAT_H
#define KEEL_COMPAT_H

#include <linux/build_bug.h>
#include <linux/eventfd.h>
#include <linux/kvm.h>
#include <linux/mm.h>
#include <linux/version.h>

#ifndef KVM_API_VERSION
#define KVM_API_VERSION			12
#endif
#ifndef KVM_DIRTY_LOG_PAGE_OFFSET
#define KVM_DIRTY_LOG_PAGE_OFFSET	64
#endif

#ifndef KVM_SET_USER_MEMORY_REGION2	/* KVM API 4.140 */
struct kvm_userspace_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};

#define KVM_SET_USER_MEMORY_REGION2	_IOW(KVMIO, 0x49, struct kvm_userspace_memory_region2)
#define KVM_MEM_GUEST_MEMFD		BIT(2)
#endif
static_assert(sizeof(struct kvm_userspace_memory_region2) == 160);

#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT		39
#endif
#ifndef KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP
#define KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP	225
#endif
#ifndef KVM_CAP_COUNTER_OFFSET
#define KVM_CAP_COUNTER_OFFSET			227
#define KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE	228
#define KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES	229
#define KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES	230
#define KVM_CAP_USER_MEMORY2			231
#define KVM_CAP_MEMORY_FAULT_INFO		232
#define KVM_CAP_MEMORY_ATTRIBUTES		233
#define KVM_CAP_GUEST_MEMFD			234
#define KVM_CAP_VM_TYPES			235
#define KVM_CAP_PRE_FAULT_MEMORY		236
#endif

#ifndef KVM_ARM_VCPU_HAS_EL2
#define KVM_ARM_VCPU_HAS_EL2		7
#endif
#ifndef KVM_ARM_DEV_EL1_VTIMER
#define KVM_ARM_DEV_EL1_VTIMER		BIT(0)
#define KVM_ARM_DEV_EL1_PTIMER		BIT(1)
#define KVM_ARM_DEV_PMU			BIT(2)
#endif

#ifndef KVM_ARM_SET_COUNTER_OFFSET	/* KVM API 4.139 */
struct kvm_arm_counter_offset {
	__u64 counter_offset;
	__u64 reserved;
};

#define KVM_ARM_SET_COUNTER_OFFSET	_IOW(KVMIO, 0xb5, struct kvm_arm_counter_offset)
#endif

#ifndef KVM_ARM_VM_SMCCC_CTRL
#define KVM_ARM_VM_SMCCC_CTRL		0
#define   KVM_ARM_VM_SMCCC_FILTER	0

enum kvm_smccc_filter_action {
	KVM_SMCCC_FILTER_HANDLE = 0,
	KVM_SMCCC_FILTER_DENY,
	KVM_SMCCC_FILTER_FWD_TO_USER,
	NR_SMCCC_FILTER_ACTIONS
};

struct kvm_smccc_filter {
	__u32 base;
	__u32 nr_functions;
	__u8 action;
	__u8 pad[15];
};
#endif
#ifndef KVM_HYPERCALL_EXIT_SMC
#define KVM_HYPERCALL_EXIT_SMC		BIT(0)
#define KVM_HYPERCALL_EXIT_16BIT	BIT(1)
#endif

#ifndef KVM_ARM_GET_REG_WRITABLE_MASKS	/* KVM API 4.142 */
struct reg_mask_range {
	__u64 addr;
	__u32 range;
	__u32 reserved[13];
};

#define KVM_ARM_GET_REG_WRITABLE_MASKS	_IOR(KVMIO, 0xb6, struct reg_mask_range)
#endif
#ifndef KVM_ARM_FEATURE_ID_RANGE_SIZE
#define KVM_ARM_FEATURE_ID_RANGE	0
#define KVM_ARM_FEATURE_ID_RANGE_SIZE	(3 * 8 * 8)
#endif

static inline void keel_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* The VMM may write it at any time: a byte that is read once. 6.12 renames it inside the kernel. */
static inline bool keel_run_immediate_exit(struct kvm_run *run)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	return READ_ONCE(run->immediate_exit__unsafe);
#else
	return READ_ONCE(run->immediate_exit);
#endif
}

/* run->hypercall.flags; 6.1 calls the place longmode and pad */
static inline void keel_run_set_hypercall_flags(struct kvm_run *run, __u64 flags)
{
	size_t at = offsetof(struct kvm_run, hypercall.ret) + sizeof(__u64);

	*(__u64 *)((char *)run + at) = flags;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* Event counters of a struct arm_pmu, 0 to 31; without the cycle counter, which 6.1 counts among them */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define keel_arm_pmu_counters(pmu)	hweight32((pmu)->cntr_mask[0] & GENMASK(30, 0))
#else
#define keel_arm_pmu_counters(pmu)	((pmu)->num_events - 1)
#endif

/* The architecture's number of a counter (31: cycles) that perf's driver knows by @idx: 6.1 puts the cycle counter first */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define keel_arm_pmu_counter(idx)	(idx)
#else
#define keel_arm_pmu_counter(idx)	(((idx) - 1) & 31)
#endif

/* NUMA hinting faults count as the guest's own accesses; before 6.6 that is how it always is */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define KEEL_FOLL_HONOR_NUMA_FAULT	FOLL_HONOR_NUMA_FAULT
#else
#define KEEL_FOLL_HONOR_NUMA_FAULT	0
#endif

/* The frame that a VM_IO or VM_PFNMAP area maps at @addr; mmap lock held. 0, or -EINVAL: nothing is mapped */
static inline int keel_follow_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long *pfn, bool *writable)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	struct follow_pfnmap_args args = { .vma = vma, .address = addr };

	if (follow_pfnmap_start(&args))
		return -EINVAL;
	*pfn = args.pfn;
	*writable = args.writable;
	follow_pfnmap_end(&args);
#else
	spinlock_t *ptl;	/* of the page table, from follow_pte() */
	pte_t *ptep;

	if (follow_pte(vma->vm_mm, addr, &ptep, &ptl))
		return -EINVAL;
	*pfn = pte_pfn(*ptep);
	*writable = pte_write(*ptep);
	pte_unmap_unlock(ptep, ptl);
#endif
	return 0;
}

#endif
