// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entering guests, and bringing them out: the loop around the nucleus' vcpu_run call, requests, kicks, sleeping.
 * It owns the vCPU's mode and the host's side of the switch (FP registers made free, guest time, RCU, context
 * tracking, interrupts). It never looks at why the guest was left; that is the personality's.
 */
#include <linux/context_tracking.h>
#include <linux/entry-kvm.h>
#include <linux/hrtimer.h>
#include <linux/irqflags.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/vtime.h>

#include <asm/neon.h>

#include "abi/hcall_host.h"
#include "anchor.h"

static unsigned long switches_of_current(void)
{
	return current->nvcsw + current->nivcsw;
}

/*
 * The nucleus uses the FP, SIMD and SVE registers as it likes. kernel_neon_begin() saves what the thread has in
 * them and makes the kernel forget that they hold anybody's state; that stays true until the thread is switched
 * out (another one may leave its state there) or returns to user space.
 */
static void release_fp(struct keel_vcpu_anchor *a)
{
	preempt_disable();
	kernel_neon_begin();
	kernel_neon_end();
	a->switches = switches_of_current();
	preempt_enable();
}

/*
 * The guest is no quiescent state by itself. Once a tick is enough for RCU, and a CPU that computes in the guest
 * comes by at every tick.
 */
static void note_quiescent_state(struct keel_vcpu_anchor *a)
{
	unsigned long now = READ_ONCE(jiffies);

	if (a->last_tick == now)
		return;
	a->last_tick = now;
	rcu_note_context_switch(false);
}

static void leave_host(struct keel_vcpu_anchor *a)
{
	vtime_account_guest_enter();
	trace_hardirqs_on_prepare();
	lockdep_hardirqs_on_prepare();
	if (!context_tracking_guest_enter())
		note_quiescent_state(a);
	lockdep_hardirqs_on(CALLER_ADDR0);
}

/* Interrupts are on afterwards; the tick that ended the guest's time finds it accounted as such */
static void back_at_host(struct keel_vcpu_anchor *a)
{
	lockdep_hardirqs_off(CALLER_ADDR0);
	context_tracking_guest_exit();
	trace_hardirqs_off_finish();
	if (vtime_accounting_enabled_this_cpu()) {
		vtime_account_guest_exit();
		local_irq_enable();
	} else {
		local_irq_enable();
		current->flags &= ~PF_VCPU;
	}
}

/*
 * Interrupts off, and the mode says so: from here a kick sends an interrupt. Whoever sets a request, closes the
 * gate or sends a signal does it before looking at the mode (keel_vcpu_kick), so one of the two notices.
 */
static bool must_stay_out(struct keel_vcpu *vcpu)
{
	smp_store_mb(vcpu->anchor->mode, KEEL_VCPU_IN_GUEST);	/* pairs with vcpu_wake() */
	return READ_ONCE(vcpu->requests) || gate_closed(vcpu->vm) || xfer_to_guest_mode_work_pending() ||
	       vcpu->anchor->switches != switches_of_current();
}

static s64 enter_irqoff(struct keel_vcpu *vcpu)
{
	s64 code;

	vcpu->cpu = smp_processor_id();
	irq_to_guest(vcpu);
	pmu_to_guest(vcpu->page);
	leave_host(vcpu->anchor);
	code = call_vcpu_run(vcpu->vm->handle, vcpu->idx);
	irq_from_guest(vcpu);
	WRITE_ONCE(vcpu->anchor->mode, KEEL_VCPU_OUTSIDE);
	back_at_host(vcpu->anchor);
	return code;
}

/* What keeps the vCPU out: 0 nothing any more, or KEEL_ENTER_* */
static int handle_work(struct keel_vcpu *vcpu)
{
	if (host_work())
		return KEEL_ENTER_SIGNAL;
	if (gate_closed(vcpu->vm))
		return KEEL_ENTER_PARK;
	if (READ_ONCE(vcpu->requests))
		return KEEL_ENTER_REQUEST;
	if (vcpu->anchor->switches == switches_of_current())
		return 0;
	release_fp(vcpu->anchor);
	/* Off the CPU for a while: the personality may have to account for it */
	return KEEL_ENTER_REQUEST;
}

int keel_vcpu_enter(struct keel_vcpu *vcpu)
{
	s64 code;
	int why;

	for (;;) {
		preempt_disable();
		local_irq_disable();
		if (unlikely(must_stay_out(vcpu))) {
			WRITE_ONCE(vcpu->anchor->mode, KEEL_VCPU_OUTSIDE);
			local_irq_enable();
			preempt_enable();
			why = handle_work(vcpu);
			if (why)
				return why;
			continue;
		}
		code = enter_irqoff(vcpu);
		preempt_enable();
		if (code != KEEL_EXIT_IRQ)
			return code;
		why = irq_why(vcpu);
		if (why)
			return why;
	}
}
EXPORT_SYMBOL_GPL(keel_vcpu_enter);

/*
 * Bring it out or wake it up. kick_process() interrupts the CPU the thread is on; a thread that is not on a CPU
 * or in host code comes by must_stay_out() anyway.
 */
void vcpu_wake(struct keel_vcpu *vcpu)
{
	struct keel_vcpu_anchor *a = vcpu->anchor;
	struct task_struct *task;

	smp_mb();	/* the caller's request, before the mode; pairs with must_stay_out() */
	if (cmpxchg(&a->mode, KEEL_VCPU_IN_GUEST, KEEL_VCPU_EXITING) == KEEL_VCPU_IN_GUEST) {
		rcu_read_lock();
		task = rcu_dereference(a->task);
		if (task)
			kick_process(task);
		rcu_read_unlock();
		return;
	}
	rcuwait_wake_up(&a->wait);
}

void keel_vcpu_kick(struct keel_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->anchor->kicked, true);
	vcpu_wake(vcpu);
}
EXPORT_SYMBOL_GPL(keel_vcpu_kick);

void keel_vcpu_request(struct keel_vcpu *vcpu, unsigned int bit)
{
	set_bit(bit, &vcpu->requests);
	vcpu_wake(vcpu);
}
EXPORT_SYMBOL_GPL(keel_vcpu_request);

/* Why to stop sleeping: 1 go on sleeping, or keel_vcpu_block()'s result */
static int block_check(struct keel_vcpu *vcpu, bool (*ready)(struct keel_vcpu *vcpu))
{
	if (ready(vcpu) || READ_ONCE(vcpu->requests) || READ_ONCE(vcpu->anchor->kicked))
		return 0;
	if (gate_closed(vcpu->vm))
		return KEEL_RUN_AGAIN;
	if (signal_pending(current))
		return -EINTR;
	return 1;
}

int keel_vcpu_block(struct keel_vcpu *vcpu, bool (*ready)(struct keel_vcpu *vcpu), u64 deadline_ns)
{
	struct keel_vcpu_anchor *a = vcpu->anchor;
	ktime_t deadline = ns_to_ktime(deadline_ns);
	int ret, early = 1;	/* 0: the deadline has passed */

	prepare_to_rcuwait(&a->wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);	/* pairs with rcuwait_wake_up() */
		ret = early ? block_check(vcpu, ready) : 0;
		if (ret <= 0)
			break;
		if (deadline_ns)
			early = schedule_hrtimeout(&deadline, HRTIMER_MODE_ABS);
		else
			schedule();
	}
	finish_rcuwait(&a->wait);
	WRITE_ONCE(a->kicked, false);
	return ret;
}
EXPORT_SYMBOL_GPL(keel_vcpu_block);

static void sigset_activate(struct keel_vcpu_anchor *a)
{
	if (a->sigset_active)
		sigprocmask(SIG_SETMASK, &a->sigset, &current->real_blocked);
}

static void sigset_deactivate(struct keel_vcpu_anchor *a)
{
	if (!a->sigset_active)
		return;
	sigprocmask(SIG_SETMASK, &current->real_blocked, NULL);
	sigemptyset(&current->real_blocked);
}

static int run_inside(struct keel_vcpu *vcpu)
{
	/* The thread comes from user space, or from waiting: its FP state may be in the registers */
	release_fp(vcpu->anchor);
	return vcpu->vm->pers->vcpu_run(vcpu);
}

/**
 * vcpu_run_ioctl() - KVM_RUN, through as many personalities as swaps put there meanwhile
 * @vcpu: the vCPU, its mutex held
 *
 * Return: what vcpu_run returned, or -EINTR.
 */
long vcpu_run_ioctl(struct keel_vcpu *vcpu)
{
	struct keel_vcpu_anchor *a = vcpu->anchor;
	int ret;

	rcu_assign_pointer(a->task, current);
	sigset_activate(a);
	ret = gate_pass_vcpu(vcpu, run_inside(vcpu));
	sigset_deactivate(a);
	RCU_INIT_POINTER(a->task, NULL);
	return ret;
}
