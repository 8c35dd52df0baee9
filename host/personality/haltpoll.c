// SPDX-License-Identifier: GPL-2.0-only
/*
 * Polling before a vCPU that waits for an interrupt goes to sleep (KVM API 7.20; Documentation/virt/kvm/halt-polling.rst): what comes
 * soon is then had without a wake-up. Owns the module's parameters, the VM's choice, and each vCPU's window, which grows
 * while waits are short and shrinks when they are long. It never keeps a CPU that somebody else wants, nor a swap waiting.
 */
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>

#include "personality.h"

static unsigned int halt_poll_ns = 500000;
module_param(halt_poll_ns, uint, 0644);
MODULE_PARM_DESC(halt_poll_ns, "Longest time that a vCPU polls before it sleeps, ns; 0: never (default: 500000)");

static unsigned int halt_poll_ns_grow = 2;
module_param(halt_poll_ns_grow, uint, 0644);
MODULE_PARM_DESC(halt_poll_ns_grow, "Factor by which the time grows; 0: it does not (default: 2)");

static unsigned int halt_poll_ns_grow_start = 10000;
module_param(halt_poll_ns_grow_start, uint, 0644);
MODULE_PARM_DESC(halt_poll_ns_grow_start, "Where it starts to grow from, ns (default: 10000)");

static unsigned int halt_poll_ns_shrink = 2;
module_param(halt_poll_ns_shrink, uint, 0644);
MODULE_PARM_DESC(halt_poll_ns_shrink, "Divisor by which it shrinks; 0: to nothing (default: 2)");

/**
 * haltpoll_choose() - KVM_CAP_HALT_POLL
 * @pvm: VM, running or not; vm->lock held
 * @max_ns: longest time to poll from now on, whatever the module's parameter says; as the VMM wrote it
 *
 * Return: 0, -EINVAL for more than 32 bits.
 */
int haltpoll_choose(struct pvm *pvm, u64 max_ns)
{
	if (max_ns > U32_MAX)
		return -EINVAL;
	WRITE_ONCE(pvm->haltpoll.max_ns, max_ns);
	smp_store_release(&pvm->haltpoll.chosen, true);	/* pairs with haltpoll_max() */
	return 0;
}

static u32 haltpoll_max(const struct pvm *pvm)
{
	if (smp_load_acquire(&pvm->haltpoll.chosen))	/* pairs with haltpoll_choose() */
		return READ_ONCE(pvm->haltpoll.max_ns);
	return READ_ONCE(halt_poll_ns);
}

/* Whatever keel_vcpu_block() would not sleep for */
static bool woken(const struct pvcpu *v)
{
	return exit_wake_pending(v->vcpu) || READ_ONCE(v->vcpu->requests) || keel_vm_should_park(v->pvm->vm) ||
	       signal_pending(current);
}

/* Nobody else wants the CPU */
static bool may_poll(void)
{
	return single_task_running() && !need_resched();
}

/**
 * haltpoll_wait() - poll for what would end a wait
 * @v: vCPU that waits; its own thread
 * @start: when the wait began, CLOCK_MONOTONIC, ns
 * @until: when it ends by itself, likewise; 0: never
 *
 * Return: now, ns. Whether anything came is found out by whoever goes to sleep.
 */
u64 haltpoll_wait(struct pvcpu *v, u64 start, u64 until)
{
	u64 now = start, stop;

	v->poll_window = min(v->poll_window, haltpoll_max(v->pvm));
	if (!v->poll_window)
		return now;
	stop = start + v->poll_window;
	if (until)
		stop = min(stop, until);
	v->stats.poll_attempted++;
	do {
		if (woken(v)) {
			v->stats.poll_successful++;
			v->stats.poll_success_ns += now - start;
			return now;
		}
		cpu_relax();
		now = ktime_get_ns();
	} while (now < stop && may_poll());
	v->stats.poll_fail_ns += now - start;
	return now;
}

static u32 grown(u32 window)
{
	u32 factor = READ_ONCE(halt_poll_ns_grow);

	if (!factor)
		return window;
	return max(min_t(u64, (u64)window * factor, U32_MAX), READ_ONCE(halt_poll_ns_grow_start));
}

static u32 shrunk(u32 window)
{
	u32 divisor = READ_ONCE(halt_poll_ns_shrink);

	window = divisor ? window / divisor : 0;
	return window < READ_ONCE(halt_poll_ns_grow_start) ? 0 : window;
}

/**
 * haltpoll_learn() - a wait is over: for how long to poll at the next one
 * @v: vCPU that waited
 * @waited: from its beginning to its end, ns
 */
void haltpoll_learn(struct pvcpu *v, u64 waited)
{
	u32 max_ns = haltpoll_max(v->pvm), window = v->poll_window;

	if (!max_ns)
		window = 0;
	else if (waited > max_ns)
		window = shrunk(window);
	else if (waited > window)
		window = grown(window);
	v->poll_window = min(window, max_ns);
}

/* ---- swap --------------------------------------------------------------------------------------------------- */

static int put_poll(struct pvcpu *v, struct keel_stream *s)
{
	const struct pvcpu_stats *t = &v->stats;
	struct keel_rec_vcpu_poll r = {
		.idx = v->idx,
		.window_ns = v->poll_window,
		.successful = t->poll_successful,
		.attempted = t->poll_attempted,
		.success_ns = t->poll_success_ns,
		.fail_ns = t->poll_fail_ns,
	};

	return t->poll_attempted || v->poll_window ? keel_put_vcpu_poll(s, &r, NULL, 0) : 0;
}

int haltpoll_export(struct pvm *pvm, struct keel_stream *s)
{
	const struct keel_rec_halt_poll rec = { .max_ns = pvm->haltpoll.max_ns };
	unsigned int i, n = pvm_nr_vcpus(pvm);
	int r = pvm->haltpoll.chosen ? keel_put_halt_poll(s, &rec, NULL, 0) : 0;

	for (i = 0; i < n && !r; i++)
		r = put_poll(pvm->vcpu[i], s);
	return r;
}

/* After the vCPU's vcpu_stats */
static int get_poll(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vcpu_poll r;
	int ret = keel_get_vcpu_poll(rec, &r, NULL, NULL);
	struct pvcpu *v;

	if (ret)
		return ret;
	v = r.idx < KEEL_MAX_VCPUS ? pvm->vcpu[r.idx] : NULL;
	if (!v)
		return -EINVAL;
	v->poll_window = r.window_ns;
	v->stats.poll_successful = r.successful;
	v->stats.poll_attempted = r.attempted;
	v->stats.poll_success_ns = r.success_ns;
	v->stats.poll_fail_ns = r.fail_ns;
	return 0;
}

int haltpoll_import(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_halt_poll r;

	if (rec->tag == KEEL_REC_vcpu_poll)
		return get_poll(pvm, rec);
	if (rec->tag != KEEL_REC_halt_poll)
		return -ENOENT;
	return keel_get_halt_poll(rec, &r, NULL, NULL) ?: haltpoll_choose(pvm, r.max_ns);
}
