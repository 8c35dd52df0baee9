// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stolen time (Arm DEN0057): how long a vCPU's thread wanted to run and was not, written into the guest's memory.
 *
 * Owns struct pvcpu_steal. Where the structure lies is the VMM's choice, once; the guest can write into it, and only
 * spoils its own account.
 */
#include <linux/arm-smccc.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>

#include "personality.h"

#define STEAL_SIZE	64	/* DEN0057 3.2.3: revision and attributes, 32 bits each, then the time, ns */
#define STEAL_TIME	8

#ifdef CONFIG_SCHED_INFO
static u64 run_delay(void)
{
	return READ_ONCE(current->sched_info.run_delay);
}

bool steal_supported(void)
{
	return sched_info_on();
}
#else
static u64 run_delay(void)
{
	return 0;
}

bool steal_supported(void)
{
	return false;
}
#endif

void steal_init(struct pvcpu *v)
{
	v->steal.base = STEAL_INVALID;
}

static int set_base(struct pvcpu *v, u64 __user *user)
{
	u64 ipa;
	u8 probe;

	if (get_user(ipa, user))
		return -EFAULT;
	if (!IS_ALIGNED(ipa, STEAL_SIZE))
		return -EINVAL;
	if (v->steal.base != STEAL_INVALID)
		return -EEXIST;
	if (mmu_read_guest(v->pvm, ipa, &probe, sizeof(probe)))
		return -EINVAL;
	v->steal.base = ipa;
	return 0;
}

/**
 * steal_attr() - device attributes of KVM_ARM_VCPU_PVTIME_CTRL (Documentation/virt/kvm/devices/vcpu.rst)
 * @v: vCPU, its mutex held
 * @cmd: KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR or KVM_HAS_DEVICE_ATTR
 * @attr: as the VMM wrote it, copied once
 *
 * Return: 0; -ENXIO: no such attribute or not on this host; -EINVAL: not 64-byte aligned or no memory there;
 * -EEXIST: set already; -EFAULT.
 */
int steal_attr(struct pvcpu *v, unsigned int cmd, struct kvm_device_attr *attr)
{
	u64 __user *user = (u64 __user *)(unsigned long)attr->addr;

	if (!steal_supported() || attr->attr != KVM_ARM_VCPU_PVTIME_IPA)
		return -ENXIO;
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return set_base(v, user);
	case KVM_GET_DEVICE_ATTR:
		return put_user(v->steal.base, user);
	}
	return 0;
}

/**
 * steal_update() - add what was stolen since the last time
 * @v: vCPU of the calling thread, about to enter the guest; its guest has the structure
 */
void steal_update(struct pvcpu *v)
{
	u64 delay = run_delay(), where = v->steal.base + STEAL_TIME;
	__le64 stolen;

	if (delay == v->steal.last)
		return;
	if (mmu_read_guest(v->pvm, where, &stolen, sizeof(stolen)))
		return;
	/* Less than before: another thread runs the vCPU now, whose account starts here */
	if (delay > v->steal.last) {
		stolen = cpu_to_le64(le64_to_cpu(stolen) + delay - v->steal.last);
		if (mmu_write_guest(v->pvm, where, &stolen, sizeof(stolen)))
			return;
	}
	v->steal.last = delay;
}

/* DEN0057 3.2.1, PV_TIME_FEATURES */
u64 steal_features(struct pvcpu *v, u32 fn)
{
	if (fn != ARM_SMCCC_HV_PV_TIME_FEATURES && fn != ARM_SMCCC_HV_PV_TIME_ST)
		return SMCCC_RET_NOT_SUPPORTED;
	return v->steal.base == STEAL_INVALID ? SMCCC_RET_NOT_SUPPORTED : SMCCC_RET_SUCCESS;
}

/* DEN0057 3.2.2, PV_TIME_ST: the guest starts to look, its account starts at nothing */
u64 steal_call(struct pvcpu *v)
{
	const u8 empty[STEAL_SIZE] = { };

	if (v->steal.base == STEAL_INVALID)
		return SMCCC_RET_NOT_SUPPORTED;
	v->steal.last = run_delay();
	mmu_write_guest(v->pvm, v->steal.base, empty, sizeof(empty));
	return v->steal.base;
}
