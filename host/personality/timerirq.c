// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic timer's interrupts: when the lines of a guest's timers are asserted, and who is told: the in-kernel GIC,
 * or a VMM that has one of its own (KVM_CAP_ARM_USER_IRQ, KVM API 8.7).
 *
 * The virtual timer is hardware: its line is ISTATUS at the last exit, and the anchor says when it ended the guest.
 * The physical timer is emulated: an hrtimer stands for it. Lines are levels, made from the registers whenever somebody
 * asks, so that a swap moves registers only, and a timer that fires meanwhile has fired.
 */
#include <linux/clocksource.h>
#include <linux/uaccess.h>
#include <clocksource/arm_arch_timer.h>

#include "irqchip.h"
#include "personality.h"

#define CTL_ENABLE	ARCH_TIMER_CTRL_ENABLE
#define CTL_IMASK	ARCH_TIMER_CTRL_IT_MASK
#define CTL_ISTATUS	ARCH_TIMER_CTRL_IT_STAT
#define CTL_ALL		(CTL_ENABLE | CTL_IMASK | CTL_ISTATUS)

#define DEFAULT_VPPI	27
#define DEFAULT_PPPI	30
#define LR_PENDING	BIT_ULL(62)

#define LEVEL_MASK	(KVM_ARM_DEV_EL1_VTIMER | KVM_ARM_DEV_EL1_PTIMER)

/* INTID of the host's virtual timer PPI that guests' deactivation reaches; 0: none */
static u32 host_vtimer;
static bool has_vtimer;

void timer_probe(void)
{
	struct keel_irq_info info;

	if (!keel_irq_info(&info))
		host_vtimer = info.vtimer;
	has_vtimer = info.vtimer;
}

/* Without the host's PPI the virtual timer ends no guest: there would be no telling in time */
bool timer_has_user_irq(void)
{
	return has_vtimer;
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

/* As of the last exit, or of timer_sample() */
static bool virtual_line(const struct pvcpu *v)
{
	return (v->vcpu->page->sysreg[KEEL_SR_CNTV_CTL_EL0] & CTL_ALL) == (CTL_ENABLE | CTL_ISTATUS);
}

static enum hrtimer_restart physical_fired(struct hrtimer *hr)
{
	struct pvcpu *v = container_of(hr, struct pvcpu, timer.hr);

	timer_look(&v->timer);
	keel_vcpu_request(v->vcpu, PREQ_TIMER);
	return HRTIMER_NORESTART;
}

/* The hrtimer may fire a little early, for the host's clocks do not run alike: then it is armed again */
static bool physical_line(struct pvcpu *v)
{
	const u64 *sr = v->vcpu->page->sysreg;
	u64 count = timer_physical_count(v->pvm), cval = sr[KEEL_SR_CNTP_CVAL_EL0], ns = 0;
	u64 ctl = timer_ctl_read(sr[KEEL_SR_CNTP_CTL_EL0], cval, count);

	if (ctl == CTL_ENABLE)
		ns = timer_count_to_ns(count, cval);
	if (ns)
		hrtimer_start(&v->timer.hr, ns_to_ktime(ns), HRTIMER_MODE_ABS);
	else
		hrtimer_try_to_cancel(&v->timer.hr);
	return ctl == (CTL_ENABLE | CTL_ISTATUS);
}

static noinline void look_at_physical(struct pvcpu *v)
{
	bool line;

	/* Before the registers are read: who changes them, or the timer that fires, comes after them */
	smp_store_mb(v->timer.look, false);
	line = physical_line(v);
	if (line == v->timer.pline)
		return;
	v->timer.pline = line;
	if (vgic_ready(v->pvm))
		vgic_set_line(v->pvm, v, v->pvm->clock.pppi, line);
}

/*
 * timer_held says that an asserted line has been noted. Listed and acknowledged, the line may drop, as a handler makes
 * it: the GIC need not know. The anchor clears timer_held when the guest has deactivated.
 */
static void virtual_to_gic(struct pvcpu *v)
{
	struct keel_vcpu *vcpu = v->vcpu;
	bool line = virtual_line(v);

	if (likely(line == vcpu->timer_held))
		return;
	if (!line && vcpu->timer_lr >= 0 && !(vcpu->page->vgic.lr[vcpu->timer_lr & 15] & LR_PENDING))
		return;
	vgic_set_timer_line(v, v->pvm->clock.vppi, host_vtimer, line);
}

static u64 lines_for_vmm(const struct pvcpu *v, bool virtual)
{
	u64 lines = virtual ? KVM_ARM_DEV_EL1_VTIMER : 0;

	return v->timer.pline ? lines | KVM_ARM_DEV_EL1_PTIMER : lines;
}

/*
 * What the VMM knows is what it finds in its page, also after a swap. While it knows that the virtual timer's line is
 * asserted, that line does not end the guest.
 */
static bool untold(struct pvcpu *v)
{
	bool virtual = virtual_line(v);

	if (!has_vtimer)
		return false;
	v->vcpu->timer_held = virtual;
	return (READ_ONCE(v->vcpu->run->s.regs.device_irq_level) & LEVEL_MASK) != lines_for_vmm(v, virtual);
}

void timer_tell(struct pvcpu *v)
{
	if (!vgic_present(v->pvm))
		WRITE_ONCE(v->vcpu->run->s.regs.device_irq_level, lines_for_vmm(v, virtual_line(v)));
}

int timer_before_entry(struct pvcpu *v, bool gic)
{
	if (unlikely(READ_ONCE(v->timer.look)))
		look_at_physical(v);
	if (!gic)
		return untold(v) ? -EINTR : 1;
	virtual_to_gic(v);
	return 1;
}

bool timer_sample(struct pvcpu *v)
{
	u64 *sr = v->vcpu->page->sysreg;

	sr[KEEL_SR_CNTV_CTL_EL0] = timer_ctl_read(sr[KEEL_SR_CNTV_CTL_EL0], sr[KEEL_SR_CNTV_CVAL_EL0],
						  timer_virtual_count(v->pvm));
	return timer_before_entry(v, vgic_ready(v->pvm)) != 1;
}

/* The physical timer has an hrtimer of its own. A line that is asserted already is known where it matters */
u64 timer_deadline(const struct pvcpu *v)
{
	const u64 *sr = v->vcpu->page->sysreg;

	if ((sr[KEEL_SR_CNTV_CTL_EL0] & CTL_ALL) != CTL_ENABLE)
		return 0;
	return timer_count_to_ns(timer_virtual_count(v->pvm), sr[KEEL_SR_CNTV_CVAL_EL0]);
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

void timer_vm_init(struct pvm *pvm)
{
	pvm->clock.vppi = DEFAULT_VPPI;
	pvm->clock.pppi = DEFAULT_PPPI;
}

/* An adopted vCPU's physical timer is looked at when it first enters: it may have expired on the way */
void timer_vcpu_init(struct pvcpu *v)
{
	hrtimer_init(&v->timer.hr, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	v->timer.hr.function = physical_fired;
	v->timer.look = true;
}

void timer_vcpu_free(struct pvcpu *v)
{
	hrtimer_cancel(&v->timer.hr);
}

int timer_first_run(const struct pvm *pvm)
{
	return vgic_present(pvm) && pvm->clock.vppi == pvm->clock.pppi ? -EINVAL : 0;
}

/* ---- KVM_ARM_VCPU_TIMER_CTRL ---------------------------------------------------------------------------------- */

static u8 *ppi_of(struct pvm *pvm, u64 attr)
{
	switch (attr) {
	case KVM_ARM_VCPU_TIMER_IRQ_VTIMER:
		return &pvm->clock.vppi;
	case KVM_ARM_VCPU_TIMER_IRQ_PTIMER:
		return &pvm->clock.pppi;
	}
	return NULL;
}

static int set_ppi(struct pvm *pvm, u8 *ppi, int __user *user)
{
	int intid, r = 0;

	if (!vgic_present(pvm))
		return -EINVAL;
	if (get_user(intid, user))
		return -EFAULT;
	if (intid < 16 || intid > 31)
		return -EINVAL;
	mutex_lock(&pvm->vm->lock);
	if (pvm_ran(pvm))
		r = -EBUSY;
	else
		*ppi = intid;
	mutex_unlock(&pvm->vm->lock);
	return r;
}

/**
 * timer_attr() - the attributes of group KVM_ARM_VCPU_TIMER_CTRL; one value for all vCPUs of the VM
 * @v: vCPU; takes vm->lock
 * @cmd: KVM_{SET,GET,HAS}_DEVICE_ATTR
 * @attr: from the VMM; attr.addr points to an int
 *
 * Return: 0; -ENXIO: no such attribute; -EINVAL: no PPI, or no in-kernel interrupt controller to set it for; -EBUSY: a
 * vCPU has run; -EFAULT.
 */
int timer_attr(struct pvcpu *v, unsigned int cmd, const struct kvm_device_attr *attr)
{
	int __user *user = (int __user *)(unsigned long)attr->addr;
	u8 *ppi = ppi_of(v->pvm, attr->attr);

	if (!ppi)
		return -ENXIO;
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
		return set_ppi(v->pvm, ppi, user);
	case KVM_GET_DEVICE_ATTR:
		return put_user((int)*ppi, user);
	}
	return 0;
}

/* ---- records -------------------------------------------------------------------------------------------------- */

static bool is_default(const struct pvm_clock *c)
{
	return !c->fixed && c->vppi == DEFAULT_VPPI && c->pppi == DEFAULT_PPPI;
}

int timer_export(const struct pvm *pvm, struct keel_stream *s)
{
	const struct pvm_clock *c = &pvm->clock;
	struct keel_rec_timers r = { .vppi = c->vppi, .pppi = c->pppi, .fixed = c->fixed };

	return is_default(c) ? 0 : keel_put_timers(s, &r, NULL, 0);
}

int timer_import(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_timers r;
	int err = keel_get_timers(rec, &r, NULL, NULL);

	if (err)
		return err;
	if (r.vppi < 16 || r.vppi > 31 || r.pppi < 16 || r.pppi > 31)
		return -EINVAL;
	pvm->clock.vppi = r.vppi;
	pvm->clock.pppi = r.pppi;
	pvm->clock.fixed = r.fixed;
	return 0;
}
