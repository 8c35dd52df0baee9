// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the personality says it can do: KVM_CHECK_EXTENSION (KVM API 4.4) and KVM_ENABLE_CAP (KVM API 4.37).
 *
 * What is answered stands in cap.def; here is what its values need, and what a VMM may turn on.
 */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <asm/cpufeature.h>

#include "personality.h"
#include "irqchip.h"

#define DIRTY_MANUAL_FLAGS	(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET)

/* The numbers in the table are the API's, under names that an older kernel's headers do not all have (compat.h) */
#define CAP(nr, name, value, doc)	static_assert((nr) == KVM_CAP_##name, #name);
#define CAP_NOT(nr, name, why)		static_assert((nr) == KVM_CAP_##name, #name);
#include "cap.def"
#undef CAP
#undef CAP_NOT

static long nr_vcpus(void)
{
	return min_t(unsigned int, num_online_cpus(), vgic_max_vcpus());
}

/* Number of breakpoints or watchpoints that a field of ID_AA64DFR0_EL1 stands for */
static long debug_slots(unsigned int shift)
{
	u64 dfr0 = read_sanitised_ftr_reg(SYS_ID_AA64DFR0_EL1);

	return cpuid_feature_extract_unsigned_field(dfr0, shift) + 1;
}

static bool host_has_ras(void)
{
	u64 pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);

	return cpuid_feature_extract_unsigned_field(pfr0, ID_AA64PFR0_EL1_RAS_SHIFT);
}

static bool host_has_ptrauth(void)
{
	return vcpu_features_supported() & BIT_ULL(KVM_ARM_VCPU_PTRAUTH_ADDRESS);
}

/**
 * cap_check() - KVM_CHECK_EXTENSION on /dev/kvm or a VM (KVM API 4.4)
 * @vm: NULL on /dev/kvm
 * @ext: KVM_CAP_*, whatever the VMM wrote
 *
 * Return: the capability's value, 0 for one that is not there.
 */
long cap_check(struct keel_vm *vm, unsigned long ext)
{
	switch (ext) {
#define CAP(nr, name, value, doc)	case nr: return (value);
#define CAP_NOT(nr, name, why)
#include "cap.def"
#undef CAP
#undef CAP_NOT
	}
	return 0;
}

/* KVM API 7.18 */
static int enable_manual_dirty(struct pvm *pvm, u64 flags)
{
	if (flags & ~DIRTY_MANUAL_FLAGS || flags == KVM_DIRTY_LOG_INITIALLY_SET)
		return -EINVAL;
	pvm->caps &= ~(PVM_CAP_DIRTY_MANUAL | PVM_CAP_DIRTY_INIT_SET);
	if (flags & KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE)
		pvm->caps |= PVM_CAP_DIRTY_MANUAL;
	if (flags & KVM_DIRTY_LOG_INITIALLY_SET)
		pvm->caps |= PVM_CAP_DIRTY_INIT_SET;
	return 0;
}

/* KVM API 8.29: only where the ring is on already, and before a slot could need the bitmap */
static int enable_ring_bitmap(struct pvm *pvm)
{
	if (!(pvm->caps & PVM_CAP_DIRTY_RING) || memslot_any(pvm))
		return -EINVAL;
	pvm->caps |= PVM_CAP_DIRTY_RING_BITMAP;
	return 0;
}

/* KVM API 8.29: power of two entries, the first vCPU must not be there yet */
static int enable_ring(struct pvm *pvm, u64 bytes)
{
	int r;

	if (!is_power_of_2(bytes) || bytes < PAGE_SIZE)
		return -EINVAL;
	if (bytes > RING_MAX_BYTES)
		return -E2BIG;
	if (pvm_nr_vcpus(pvm) || pvm->caps & PVM_CAP_DIRTY_RING)
		return -EINVAL;
	r = ring_enable(pvm, bytes);
	if (!r)
		pvm->caps |= PVM_CAP_DIRTY_RING;
	return r;
}

/* KVM API 7.28: the first vCPU must not be there yet */
static int enable_mte(struct pvm *pvm)
{
	if (!regs_has_mte() || pvm_nr_vcpus(pvm))
		return -EINVAL;
	pvm->caps |= PVM_CAP_MTE;
	return 0;
}

static int enable_locked(struct pvm *pvm, const struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	case KVM_CAP_ARM_NISV_TO_USER:
		pvm->caps |= PVM_CAP_NISV_TO_USER;
		return 0;
	case KVM_CAP_ARM_SYSTEM_SUSPEND:
		pvm->caps |= PVM_CAP_SYSTEM_SUSPEND;
		return 0;
	case KVM_CAP_ARM_MTE:
		return enable_mte(pvm);
	case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
		return enable_manual_dirty(pvm, cap->args[0]);
	case KVM_CAP_DIRTY_LOG_RING_ACQ_REL:
		return enable_ring(pvm, cap->args[0]);
	case KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP:
		return enable_ring_bitmap(pvm);
	case KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE:
		return dirty_set_chunk(pvm, cap->args[0]);
	case KVM_CAP_HALT_POLL:
		return haltpoll_choose(pvm, cap->args[0]);
	}
	return -EINVAL;
}

/**
 * cap_enable() - KVM_ENABLE_CAP on a VM (KVM API 4.37)
 * @pvm: VM; takes vm->lock
 * @cap: as the VMM wrote it, copied once
 *
 * Return: 0; -EINVAL for a capability, flag or argument that cannot be had (now); -E2BIG for too large a ring; whatever
 * ring_enable() says.
 */
int cap_enable(struct pvm *pvm, const struct kvm_enable_cap *cap)
{
	int r;

	if (cap->flags)
		return -EINVAL;
	mutex_lock(&pvm->vm->lock);
	r = enable_locked(pvm, cap);
	mutex_unlock(&pvm->vm->lock);
	return r;
}
