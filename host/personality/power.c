// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a vCPU on, off or suspended: KVM_{GET,SET}_MP_STATE (KVM API 4.38, 4.39) and the wait before entry.
 *
 * Owns struct pvcpu_power. Other vCPUs change it under its lock and then kick; the vCPU itself looks before each entry.
 */
#include "personality.h"

/**
 * power_set() - change a vCPU's state from anywhere
 * @v: vCPU
 * @mp_state: KVM_MP_STATE_RUNNABLE, _STOPPED or _SUSPENDED
 */
void power_set(struct pvcpu *v, u32 mp_state)
{
	spin_lock(&v->power.lock);
	WRITE_ONCE(v->power.mp_state, mp_state);
	spin_unlock(&v->power.lock);
	keel_vcpu_request(v->vcpu, PREQ_POWER);
}

int power_get_mp_state(struct pvcpu *v, struct kvm_mp_state *s)
{
	s->mp_state = READ_ONCE(v->power.mp_state);
	return 0;
}

int power_set_mp_state(struct pvcpu *v, const struct kvm_mp_state *s)
{
	switch (s->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
	case KVM_MP_STATE_STOPPED:
	case KVM_MP_STATE_SUSPENDED:
		power_set(v, s->mp_state);
		return 0;
	}
	return -EINVAL;
}

static bool not_stopped(struct keel_vcpu *vcpu)
{
	return READ_ONCE(to_pvcpu(vcpu)->power.mp_state) != KVM_MP_STATE_STOPPED;
}

static int wait_for_power(struct pvcpu *v)
{
	int r;

	while (!not_stopped(v->vcpu)) {
		/* The state is all that can be asked of a vCPU that is off; the rest is looked at before entry */
		xchg(&v->vcpu->requests, 0);
		r = keel_vcpu_block(v->vcpu, not_stopped, 0);
		if (r)
			return r;
	}
	return 1;
}

/* KVM API 4.39: suspended until the VMM says otherwise; a wake-up is reported, every time */
static int wait_for_wakeup(struct pvcpu *v)
{
	struct kvm_run *run = v->vcpu->run;
	int r = exit_wait(v, 0);

	if (r)
		return r;
	if (READ_ONCE(v->power.mp_state) != KVM_MP_STATE_SUSPENDED || !exit_wake_pending(v->vcpu))
		return 1;
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = KVM_SYSTEM_EVENT_WAKEUP;
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	return 0;
}

/**
 * power_check() - may the vCPU enter the guest
 * @v: vCPU about to enter; blocks while it is off or suspended
 *
 * Return: resume convention; 1: on, with the reset done that CPU_ON asked for.
 */
int power_check(struct pvcpu *v)
{
	int r = 1;

	while (READ_ONCE(v->power.mp_state) != KVM_MP_STATE_RUNNABLE) {
		r = not_stopped(v->vcpu) ? wait_for_wakeup(v) : wait_for_power(v);
		if (r != 1)
			return r;
	}
	/* Seen RUNNABLE, so CPU_ON's start values are to be seen too: pairs with smp_wmb() in cpu_on() */
	smp_rmb();
	if (READ_ONCE(v->power.reset_pending))
		vcpu_reset(v);
	return r;
}
