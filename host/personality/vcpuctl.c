// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a vCPU but KVM_RUN: KVM_ARM_VCPU_INIT (KVM API 4.82) and what hands on to others.
 *
 * Arguments are copied once. Before anything looks at registers, a reset that CPU_ON left due is done and the page
 * is made to hold them. The vCPU's mutex is held throughout.
 */
#include "personality.h"

#define VALID_FEATURES	GENMASK_ULL(KVM_ARM_VCPU_HAS_EL2, 0)	/* bits that have a name */

static int check_features(const struct pvm *pvm, const struct kvm_vcpu_init *init, u64 features)
{
	bool address = features & BIT_ULL(KVM_ARM_VCPU_PTRAUTH_ADDRESS);
	bool generic = features & BIT_ULL(KVM_ARM_VCPU_PTRAUTH_GENERIC);
	unsigned int i;

	if (init->target != KVM_ARM_TARGET_GENERIC_V8)
		return -EINVAL;
	if (features & ~VALID_FEATURES)
		return -ENOENT;
	for (i = 1; i < ARRAY_SIZE(init->features); i++)
		if (init->features[i])
			return -ENOENT;
	if (features & ~vcpu_features_supported() || address != generic)
		return -EINVAL;
	/* AArch32 has no tags (KVM API 7.28) */
	if (features & BIT_ULL(KVM_ARM_VCPU_EL1_32BIT) && pvm->caps & PVM_CAP_MTE)
		return -EINVAL;
	return 0;
}

/* All vCPUs of a VM have the same features, from the first one on */
static int set_features(struct pvcpu *v, u64 features)
{
	struct pvm *pvm = v->pvm;
	int r = 0;

	mutex_lock(&pvm->vm->lock);
	if (pvm->features_set && pvm->features != features) {
		r = -EINVAL;
	} else {
		pvm->features = features;
		pvm->features_set = true;
		v->features = features;
	}
	mutex_unlock(&pvm->vm->lock);
	return r;
}

static long arm_vcpu_init(struct pvcpu *v, void *arg)
{
	const struct kvm_vcpu_init *init = arg;
	u64 off = BIT_ULL(KVM_ARM_VCPU_POWER_OFF);
	u64 features = init->features[0] & ~off;
	int r = check_features(v->pvm, init, features);

	if (!r && features & BIT_ULL(KVM_ARM_VCPU_PMU_V3))
		r = pmu_vcpu_configure(v);
	if (!r)
		r = set_features(v, features);
	if (r)
		return r;
	/* A reset that CPU_ON asked for is not one on top of this */
	spin_lock(&v->power.lock);
	v->power.reset_pending = false;
	spin_unlock(&v->power.lock);
	v->irq_lines = 0;
	/*
	 * A guest that starts over does so with caches off, and must not miss what lies in them from before: pages are
	 * cleaned when they are mapped.
	 */
	if (v->vcpu->page->exit.entries)
		mmu_unmap_all(v->pvm);
	vcpu_reset(v);
	v->initialised = true;
	power_set(v, init->features[0] & off ? KVM_MP_STATE_STOPPED : KVM_MP_STATE_RUNNABLE);
	return 0;
}

static long set_one_reg(struct pvcpu *v, void *arg)
{
	return onereg_set(v, arg);
}

static long get_one_reg(struct pvcpu *v, void *arg)
{
	return onereg_get(v, arg);
}

static long get_reg_list(struct pvcpu *v, void *arg)
{
	if (!pvcpu_is_final(v))
		return -EPERM;
	return onereg_list(v, (struct kvm_reg_list __user *)*(unsigned long *)arg);
}

static long device_attr(struct pvcpu *v, unsigned int cmd, struct kvm_device_attr *attr)
{
	if (attr->group == KVM_ARM_VCPU_PVTIME_CTRL)
		return steal_attr(v, cmd, attr);
	if (attr->group == KVM_ARM_VCPU_TIMER_CTRL)
		return timer_attr(v, cmd, attr);
	if (attr->group == KVM_ARM_VCPU_PMU_V3_CTRL)
		return pmu_attr(v, cmd, attr);
	return -ENXIO;
}

static long set_attr(struct pvcpu *v, void *arg)
{
	return device_attr(v, KVM_SET_DEVICE_ATTR, arg);
}

static long get_attr(struct pvcpu *v, void *arg)
{
	return device_attr(v, KVM_GET_DEVICE_ATTR, arg);
}

static long has_attr(struct pvcpu *v, void *arg)
{
	return device_attr(v, KVM_HAS_DEVICE_ATTR, arg);
}

static long get_events(struct pvcpu *v, void *arg)
{
	return events_get(v, arg);
}

/* An external abort is the VMM's answer to an access it was asked for (KVM API 4.31): it is not finished any more */
static long set_events(struct pvcpu *v, void *arg)
{
	const struct kvm_vcpu_events *e = arg;
	int r = events_set(v, e);

	if (!r && e->exception.ext_dabt_pending)
		mmio_cancel(v);
	return r;
}

static long finalize(struct pvcpu *v, void *arg)
{
	return sve_finalize(v, *(int *)arg);
}

static long set_guest_debug(struct pvcpu *v, void *arg)
{
	return debug_set(v, arg);
}

static long get_mp_state(struct pvcpu *v, void *arg)
{
	return power_get_mp_state(v, arg);
}

static long set_mp_state(struct pvcpu *v, void *arg)
{
	return power_set_mp_state(v, arg);
}

static long get_stats_fd(struct pvcpu *v, void *arg)
{
	return keel_stats_fd(v->pvm->vm, v->vcpu);
}

/*
 * IN, OUT: the argument is a pointer, copied before or after the handler; neither: it is the argument itself.
 * NEEDS_INIT: -ENOEXEC before KVM_ARM_VCPU_INIT.
 */
#define IN		BIT(0)
#define OUT		BIT(1)
#define NEEDS_INIT	BIT(2)

static const struct vcpu_op {
	unsigned int cmd;
	u8 flags;
	long (*fn)(struct pvcpu *v, void *arg);
} vcpu_ops[] = {
	{ KVM_ARM_VCPU_INIT, IN, arm_vcpu_init },
	{ KVM_SET_ONE_REG, IN | NEEDS_INIT, set_one_reg },
	{ KVM_GET_ONE_REG, IN | NEEDS_INIT, get_one_reg },
	{ KVM_GET_REG_LIST, NEEDS_INIT, get_reg_list },
	{ KVM_SET_DEVICE_ATTR, IN, set_attr },
	{ KVM_GET_DEVICE_ATTR, IN, get_attr },
	{ KVM_HAS_DEVICE_ATTR, IN, has_attr },
	{ KVM_GET_VCPU_EVENTS, OUT, get_events },
	{ KVM_SET_VCPU_EVENTS, IN, set_events },
	{ KVM_ARM_VCPU_FINALIZE, IN | NEEDS_INIT, finalize },
	{ KVM_SET_GUEST_DEBUG, IN, set_guest_debug },
	{ KVM_GET_MP_STATE, OUT, get_mp_state },
	{ KVM_SET_MP_STATE, IN, set_mp_state },
	{ KVM_GET_STATS_FD, 0, get_stats_fd },
};

/* struct kvm_guest_debug is the largest argument */
#define VCPU_ARG_MAX	sizeof(struct kvm_guest_debug)

static long call_op(struct pvcpu *v, const struct vcpu_op *op, unsigned long arg)
{
	u64 buf[VCPU_ARG_MAX / sizeof(u64)] = { };
	size_t len = _IOC_SIZE(op->cmd);
	long r;

	if (op->flags & IN && copy_from_user(buf, (void __user *)arg, len))
		return -EFAULT;
	r = op->fn(v, buf);
	if (r >= 0 && op->flags & OUT && copy_to_user((void __user *)arg, buf, len))
		return -EFAULT;
	return r;
}

/**
 * vcpu_ioctl() - an ioctl on a vCPU's file, KVM_RUN excepted
 * @vcpu: vCPU, its mutex held, inside the VM's gate
 * @cmd: chosen by the VMM
 * @arg: value or user pointer, chosen by the VMM
 *
 * Return: what the KVM API says for @cmd; -ENOTTY for one that is not a vCPU's, -EFAULT, -ENOEXEC.
 */
long vcpu_ioctl(struct keel_vcpu *vcpu, unsigned int cmd, unsigned long arg)
{
	struct pvcpu *v = to_pvcpu(vcpu);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vcpu_ops); i++) {
		const struct vcpu_op *op = &vcpu_ops[i];

		if (op->cmd != cmd)
			continue;
		if (op->flags & NEEDS_INIT && !v->initialised)
			return -ENOEXEC;
		vcpu_sync(v);
		if (READ_ONCE(v->power.reset_pending) && cmd != KVM_ARM_VCPU_INIT)
			vcpu_reset(v);
		return op->flags & (IN | OUT) ? call_op(v, op, arg) : op->fn(v, &arg);
	}
	return -ENOTTY;
}
