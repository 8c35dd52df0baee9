// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the personality says it can do: KVM_CHECK_EXTENSION (KVM API 4.4) and KVM_ENABLE_CAP (KVM API 4.37).
 *
 * One table of constants and a switch for what depends on machine or VM. A capability stands here only if what
 * it promises is served; an unknown one is 0, as the API demands.
 */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <asm/cpufeature.h>

#include "personality.h"
#include "irqchip.h"

#define DIRTY_MANUAL_FLAGS	(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET)

struct cap {
	u16 ext;
	u32 value;
};

/* KVM API sections 4, 6, 7 and 8 say what each of them promises */
static const struct cap caps[] = {
	{ KVM_CAP_USER_MEMORY, 1 },
	{ KVM_CAP_USER_MEMORY2, 1 },
	{ KVM_CAP_NR_MEMSLOTS, MEMSLOT_MAX },
	{ KVM_CAP_SYNC_MMU, 1 },
	{ KVM_CAP_DESTROY_MEMORY_REGION_WORKS, 1 },
	{ KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, 1 },
	{ KVM_CAP_READONLY_MEM, 1 },
	{ KVM_CAP_ONE_REG, 1 },
	{ KVM_CAP_ARM_PSCI, 1 },
	{ KVM_CAP_ARM_PSCI_0_2, 1 },
	{ KVM_CAP_MP_STATE, 1 },
	{ KVM_CAP_IMMEDIATE_EXIT, 1 },
	{ KVM_CAP_VCPU_EVENTS, 1 },
	{ KVM_CAP_ARM_INJECT_EXT_DABT, 1 },
	{ KVM_CAP_ARM_NISV_TO_USER, 1 },
	{ KVM_CAP_ARM_IRQ_LINE_LAYOUT_2, 1 },
	{ KVM_CAP_SET_GUEST_DEBUG, 1 },
	{ KVM_CAP_SET_GUEST_DEBUG2, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_SW_BP |
				    KVM_GUESTDBG_USE_HW },
	{ KVM_CAP_VCPU_ATTRIBUTES, 1 },
	{ KVM_CAP_VM_ATTRIBUTES, 1 },
	{ KVM_CAP_DEVICE_CTRL, 1 },
	{ KVM_CAP_IRQFD, 1 },
	{ KVM_CAP_IRQFD_RESAMPLE, 1 },
	{ KVM_CAP_IRQ_ROUTING, ROUTES_MAX },
	{ KVM_CAP_SIGNAL_MSI, 1 },
	{ KVM_CAP_IOEVENTFD, 1 },
	{ KVM_CAP_IOEVENTFD_ANY_LENGTH, 1 },
	{ KVM_CAP_ENABLE_CAP_VM, 1 },
	{ KVM_CAP_CHECK_EXTENSION_VM, 1 },
	{ KVM_CAP_BINARY_STATS_FD, 1 },
	{ KVM_CAP_PTP_KVM, 1 },
	{ KVM_CAP_ARM_SYSTEM_SUSPEND, 1 },
	{ KVM_CAP_SYSTEM_EVENT_DATA, 1 },
	{ KVM_CAP_COALESCED_MMIO, KEEL_COALESCED_PAGE },
	{ KVM_CAP_COALESCED_PIO, 1 },
	{ KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES, BIT(KVM_ARM_FEATURE_ID_RANGE) },
	{ KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, DIRTY_MANUAL_FLAGS },
	{ KVM_CAP_DIRTY_LOG_RING_ACQ_REL, RING_MAX_BYTES },
	{ KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP, 1 },
	{ KVM_CAP_MAX_VCPUS, KEEL_MAX_VCPUS },
	{ KVM_CAP_MAX_VCPU_ID, KEEL_MAX_VCPUS },
};

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
	unsigned int i;

	switch (ext) {
	case KVM_CAP_NR_VCPUS:
		return min_t(unsigned int, num_online_cpus(), KEEL_MAX_VCPUS);
	case KVM_CAP_ARM_VM_IPA_SIZE:
		return keel_ipa_limit();
	case KVM_CAP_ARM_EL1_32BIT:
		return regs_has_el1_a32();
	case KVM_CAP_ARM_INJECT_SERROR_ESR:
		return host_has_ras();
	case KVM_CAP_IRQCHIP:
		return vgic_possible();
	case KVM_CAP_STEAL_TIME:
		return steal_supported();
	case KVM_CAP_GUEST_DEBUG_HW_BPS:
		return debug_slots(ID_AA64DFR0_EL1_BRPs_SHIFT);
	case KVM_CAP_GUEST_DEBUG_HW_WPS:
		return debug_slots(ID_AA64DFR0_EL1_WRPs_SHIFT);
	case KVM_CAP_ARM_PTRAUTH_ADDRESS:
	case KVM_CAP_ARM_PTRAUTH_GENERIC:
		return host_has_ptrauth();
	}
	for (i = 0; i < ARRAY_SIZE(caps); i++)
		if (caps[i].ext == ext)
			return caps[i].value;
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

static int enable_locked(struct pvm *pvm, const struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	case KVM_CAP_ARM_NISV_TO_USER:
		pvm->caps |= PVM_CAP_NISV_TO_USER;
		return 0;
	case KVM_CAP_ARM_SYSTEM_SUSPEND:
		pvm->caps |= PVM_CAP_SYSTEM_SUSPEND;
		return 0;
	case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
		return enable_manual_dirty(pvm, cap->args[0]);
	case KVM_CAP_DIRTY_LOG_RING_ACQ_REL:
		return enable_ring(pvm, cap->args[0]);
	case KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP:
		return enable_ring_bitmap(pvm);
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
