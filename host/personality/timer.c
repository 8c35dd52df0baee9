// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic timer as registers: the counters' offsets, the timer registers of KVM_{GET,SET}_ONE_REG, and the
 * EL1 physical timer, which the host has for itself and a guest gets by emulation. Its interrupts are timerirq.c's.
 */
#include <linux/ktime.h>
#include <linux/timekeeping.h>
#include <clocksource/arm_arch_timer.h>

#include "personality.h"
#include "sysreg.h"

#define CTL_ENABLE	BIT_ULL(0)
#define CTL_IMASK	BIT_ULL(1)
#define CTL_ISTATUS	BIT_ULL(2)

u64 timer_virtual_count(const struct pvm *pvm)
{
	return arch_timer_read_counter() - READ_ONCE(pvm->cntvoff);
}

u64 timer_physical_count(const struct pvm *pvm)
{
	return arch_timer_read_counter() - READ_ONCE(pvm->clock.poff);
}

/* CNTx_CTL_EL0 as a read returns it (Arm ARM D11.2.4): ISTATUS is made from the count, never stored */
u64 timer_ctl_read(u64 ctl, u64 cval, u64 now)
{
	ctl &= CTL_ENABLE | CTL_IMASK;
	if ((ctl & CTL_ENABLE) && now >= cval)
		ctl |= CTL_ISTATUS;
	return ctl;
}

#define WAIT_MAX_S	BIT_ULL(31)	/* a deadline later than that is none */

u64 timer_count_to_ns(u64 now, u64 count)
{
	u64 freq = read_sysreg(cntfrq_el0), delta, s;

	if (count <= now)
		return ktime_get_ns();
	delta = count - now;
	s = delta / freq;
	if (s >= WAIT_MAX_S)
		return 0;
	/* freq is below 2^32 (Arm ARM, CNTFRQ_EL0), so the remainder's product fits */
	return ktime_get_ns() + s * NSEC_PER_SEC + (delta % freq) * NSEC_PER_SEC / freq;
}

static u64 ctl_write(u64 val)
{
	return val & (CTL_ENABLE | CTL_IMASK);
}

/**
 * timer_set_voff() - the guest's virtual counter is the host's less @voff, on all vCPUs
 * @pvm: VM
 * @voff: ticks
 *
 * A vCPU that runs has it from its next entry on.
 */
void timer_set_voff(struct pvm *pvm, u64 voff)
{
	unsigned int i, nr = pvm_nr_vcpus(pvm);

	WRITE_ONCE(pvm->cntvoff, voff);
	for (i = 0; i < nr; i++)
		WRITE_ONCE(pvm->vm->vcpus[i]->page->sysreg[KEEL_SR_CNTVOFF_EL2], voff);
}

/* CNTPCT_EL0 likewise; each vCPU's physical timer has another deadline */
static void set_poff(struct pvm *pvm, u64 poff)
{
	unsigned int i, nr = pvm_nr_vcpus(pvm);

	WRITE_ONCE(pvm->clock.poff, poff);
	for (i = 0; i < nr; i++) {
		timer_look(&pvm->vcpu[i]->timer);
		keel_vcpu_request(pvm->vm->vcpus[i], PREQ_TIMER);
	}
}

/**
 * timer_set_offset() - KVM_ARM_SET_COUNTER_OFFSET: both counters are the host's less an offset, from now on
 * @pvm: VM; takes vm->lock
 * @offset: from the VMM
 *
 * A vCPU that runs has it from its next entry on.
 *
 * Return: 0; -EINVAL: reserved is not 0.
 */
int timer_set_offset(struct pvm *pvm, const struct kvm_arm_counter_offset *offset)
{
	if (offset->reserved)
		return -EINVAL;
	mutex_lock(&pvm->vm->lock);
	WRITE_ONCE(pvm->clock.fixed, true);
	timer_set_voff(pvm, offset->counter_offset);
	set_poff(pvm, offset->counter_offset);
	mutex_unlock(&pvm->vm->lock);
	return 0;
}

/*
 * The register ids of the virtual timer's compare value and count are swapped in the API, for ever (KVM API 4.68,
 * the note on arm64 timer registers): the names here are what they mean.
 */
static const u64 timer_ids[] = {
	KVM_REG_ARM_TIMER_CTL, KVM_REG_ARM_TIMER_CNT, KVM_REG_ARM_TIMER_CVAL,
	KVM_REG_ARM_PTIMER_CTL, KVM_REG_ARM_PTIMER_CNT, KVM_REG_ARM_PTIMER_CVAL,
};

/**
 * timer_id() - ids of the timer registers
 * @n: from 0
 *
 * Return: the id, or 0 past the last one.
 */
u64 timer_id(unsigned int n)
{
	return n < ARRAY_SIZE(timer_ids) ? timer_ids[n] : 0;
}

/**
 * timer_get() - KVM_GET_ONE_REG of a timer register
 * @v: vCPU, outside the guest
 * @id: register id
 * @val: its value
 *
 * Return: 0; -ENOENT: not a timer register.
 */
int timer_get(struct pvcpu *v, u64 id, u64 *val)
{
	const u64 *sr = v->vcpu->page->sysreg;

	switch (id) {
	case KVM_REG_ARM_TIMER_CTL:
		*val = timer_ctl_read(sr[KEEL_SR_CNTV_CTL_EL0], sr[KEEL_SR_CNTV_CVAL_EL0], timer_virtual_count(v->pvm));
		return 0;
	case KVM_REG_ARM_TIMER_CVAL:
		*val = sr[KEEL_SR_CNTV_CVAL_EL0];
		return 0;
	case KVM_REG_ARM_TIMER_CNT:
		*val = timer_virtual_count(v->pvm);
		return 0;
	case KVM_REG_ARM_PTIMER_CTL:
		*val = timer_ctl_read(sr[KEEL_SR_CNTP_CTL_EL0], sr[KEEL_SR_CNTP_CVAL_EL0], timer_physical_count(v->pvm));
		return 0;
	case KVM_REG_ARM_PTIMER_CVAL:
		*val = sr[KEEL_SR_CNTP_CVAL_EL0];
		return 0;
	case KVM_REG_ARM_PTIMER_CNT:
		*val = timer_physical_count(v->pvm);
		return 0;
	}
	return -ENOENT;
}

/**
 * timer_set() - KVM_SET_ONE_REG of a timer register
 * @v: vCPU, outside the guest
 * @id: register id
 * @val: a count moves that counter for the whole VM, unless KVM_ARM_SET_COUNTER_OFFSET did
 *
 * Return: 0; -ENOENT: not a timer register.
 */
int timer_set(struct pvcpu *v, u64 id, u64 val)
{
	u64 *sr = v->vcpu->page->sysreg;

	timer_look(&v->timer);
	switch (id) {
	case KVM_REG_ARM_TIMER_CTL:
		sr[KEEL_SR_CNTV_CTL_EL0] = ctl_write(val);
		return 0;
	case KVM_REG_ARM_TIMER_CVAL:
		sr[KEEL_SR_CNTV_CVAL_EL0] = val;
		return 0;
	case KVM_REG_ARM_TIMER_CNT:
		if (!READ_ONCE(v->pvm->clock.fixed))
			timer_set_voff(v->pvm, arch_timer_read_counter() - val);
		return 0;
	case KVM_REG_ARM_PTIMER_CTL:
		sr[KEEL_SR_CNTP_CTL_EL0] = ctl_write(val);
		return 0;
	case KVM_REG_ARM_PTIMER_CVAL:
		sr[KEEL_SR_CNTP_CVAL_EL0] = val;
		return 0;
	case KVM_REG_ARM_PTIMER_CNT:
		if (!READ_ONCE(v->pvm->clock.fixed))
			set_poff(v->pvm, arch_timer_read_counter() - val);
		return 0;
	}
	return -ENOENT;
}

/* Trapped accesses; CNTP_TVAL_EL0 is a signed 32-bit view of CVAL - count (Arm ARM D11.2.4) */

bool timer_access_count(struct pvcpu *v, struct sysreg_access *a)
{
	if (a->write)
		return false;
	a->val = timer_physical_count(v->pvm);
	return true;
}

bool timer_access_tval(struct pvcpu *v, struct sysreg_access *a)
{
	u64 *cval = &v->vcpu->page->sysreg[KEEL_SR_CNTP_CVAL_EL0];

	if (a->write) {
		*cval = timer_physical_count(v->pvm) + (s64)(s32)a->val;
		timer_look(&v->timer);
	} else {
		a->val = (u32)(*cval - timer_physical_count(v->pvm));
	}
	return true;
}

bool timer_access_ctl(struct pvcpu *v, struct sysreg_access *a)
{
	u64 *sr = v->vcpu->page->sysreg;

	if (a->write) {
		sr[KEEL_SR_CNTP_CTL_EL0] = ctl_write(a->val);
		timer_look(&v->timer);
	} else {
		a->val = timer_ctl_read(sr[KEEL_SR_CNTP_CTL_EL0], sr[KEEL_SR_CNTP_CVAL_EL0],
					timer_physical_count(v->pvm));
	}
	return true;
}

bool timer_access_cval(struct pvcpu *v, struct sysreg_access *a)
{
	u64 *cval = &v->vcpu->page->sysreg[KEEL_SR_CNTP_CVAL_EL0];

	if (a->write) {
		*cval = a->val;
		timer_look(&v->timer);
	} else {
		a->val = *cval;
	}
	return true;
}
