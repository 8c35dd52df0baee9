// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate of a VM: every operation of a personality on the VM runs inside it, so that a swap can wait until
 * nobody is in and exchange the personality. Going in costs one barrier; nobody is counted globally. A swap that
 * closes the gate never waits for a grace period, because those inside are counted where it can see them: VM
 * operations in one counter, vCPU operations in a flag of their vCPU, whose mutex they hold.
 */
#include <linux/sched/signal.h>

#include "anchor.h"

void gate_init(struct keel_gate *gate)
{
	gate->closed = false;
	atomic_set(&gate->inside, 0);
	init_waitqueue_head(&gate->wait);
	init_waitqueue_head(&gate->drained);
}

static int gate_wait(struct keel_gate *gate)
{
	/* An operation may ask to be called again with the gate open: no loop without a way out */
	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	return wait_event_killable(gate->wait, !READ_ONCE(gate->closed)) ? -EINTR : 0;
}

static bool gate_empty(struct keel_vm *vm)
{
	unsigned int i, n;

	if (atomic_read_acquire(&vm->anchor->gate.inside))
		return false;
	/* vCPUs are created inside the gate: from here on there will be no new one */
	n = smp_load_acquire(&vm->nr_vcpus);	/* pairs with vcpu_fd_install() */
	for (i = 0; i < n; i++) {
		/* pairs with gate_leave_vcpu() */
		if (smp_load_acquire(&vm->vcpus[i]->anchor->inside))
			return false;
	}
	return true;
}

/* The last one out wakes the swap, once; those who wait for the gate to open sleep on */
static void gate_left(struct keel_vm *vm)
{
	struct keel_gate *gate = &vm->anchor->gate;

	/* Pairs with the barrier in gate_close(): the swap sees that we left, or we see that it waits */
	smp_mb();
	if (unlikely(READ_ONCE(gate->closed)) && gate_empty(vm))
		wake_up(&gate->drained);
}

/**
 * gate_enter_vm() - go in for an operation on the VM
 * @vm: the VM, held by a file descriptor of the caller
 *
 * Waits while the gate is closed. vm->pers does not change until gate_leave_vm().
 *
 * Return: 0, or -EINTR when the thread was killed.
 */
int gate_enter_vm(struct keel_vm *vm)
{
	struct keel_gate *gate = &vm->anchor->gate;
	int ret;

	for (;;) {
		atomic_inc(&gate->inside);
		smp_mb__after_atomic();	/* pairs with gate_close() */
		if (likely(!smp_load_acquire(&gate->closed)))	/* pairs with gate_open() */
			return 0;
		gate_leave_vm(vm);
		ret = gate_wait(gate);
		if (ret)
			return ret;
	}
}

void gate_leave_vm(struct keel_vm *vm)
{
	struct keel_gate *gate = &vm->anchor->gate;

	smp_mb__before_atomic();	/* pairs with gate_empty(): the swap sees what the operation did */
	atomic_dec(&gate->inside);
	gate_left(vm);
}

/**
 * gate_enter_vcpu() - go in for an operation on one vCPU
 * @vcpu: the vCPU, its mutex held
 *
 * As gate_enter_vm(). The mutex stays held while waiting.
 *
 * Return: 0, or -EINTR when the thread was killed.
 */
int gate_enter_vcpu(struct keel_vcpu *vcpu)
{
	struct keel_gate *gate = &vcpu->vm->anchor->gate;
	int ret;

	for (;;) {
		WRITE_ONCE(vcpu->anchor->inside, true);
		smp_mb();	/* pairs with gate_close() */
		if (likely(!smp_load_acquire(&gate->closed)))	/* pairs with gate_open() */
			return 0;
		gate_leave_vcpu(vcpu);
		ret = gate_wait(gate);
		if (ret)
			return ret;
	}
}

void gate_leave_vcpu(struct keel_vcpu *vcpu)
{
	/* pairs with gate_empty(): the swap sees what the operation did */
	smp_store_release(&vcpu->anchor->inside, false);
	gate_left(vcpu->vm);
}

/**
 * gate_close() - let nobody in any more, and tell those inside
 * @vm: the VM; swap_lock held
 */
void gate_close(struct keel_vm *vm)
{
	unsigned int i, n;

	WRITE_ONCE(vm->anchor->gate.closed, true);
	smp_mb();	/* pairs with those who go in and leave */
	n = smp_load_acquire(&vm->nr_vcpus);	/* pairs with vcpu_fd_install() */
	for (i = 0; i < n; i++)
		vcpu_wake(vm->vcpus[i]);
}

/**
 * gate_drain() - wait until nobody is inside
 * @vm: the VM, its gate closed
 * @timeout_ms: how long at most, ms
 *
 * Return: 0, -ETIMEDOUT, or -EINTR when the thread that swaps was killed.
 */
int gate_drain(struct keel_vm *vm, unsigned int timeout_ms)
{
	long left = wait_event_killable_timeout(vm->anchor->gate.drained, gate_empty(vm),
						msecs_to_jiffies(timeout_ms));

	if (left < 0)
		return -EINTR;
	return left ? 0 : -ETIMEDOUT;
}

/**
 * gate_open() - let everybody in again
 * @vm: the VM; swap_lock held
 *
 * Return: when it was open, ktime_get_ns(): what is woken here may well run before the caller does again.
 */
u64 gate_open(struct keel_vm *vm)
{
	u64 now;

	/* pairs with gate_enter_vm() and gate_enter_vcpu() */
	smp_store_release(&vm->anchor->gate.closed, false);
	now = ktime_get_ns();
	wake_up_all(&vm->anchor->gate.wait);
	return now;
}

bool keel_vm_should_park(struct keel_vm *vm)
{
	return gate_closed(vm);
}
EXPORT_SYMBOL_GPL(keel_vm_should_park);
