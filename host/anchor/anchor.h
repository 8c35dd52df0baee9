/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the anchor's files know of each other. No personality may include it.
 *
 * Locks, outermost first: swap_lock (swap.c), vcpu->anchor->mutex, the gate, vm->lock (the personality's),
 * registry_lock (registry.c).
 */
#ifndef KEEL_ANCHOR_H
#define KEEL_ANCHOR_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/rcuwait.h>
#include <linux/refcount.h>
#include <linux/signal_types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "keel_host.h"
#include "uapi/keel.h"

struct dentry;

/**
 * struct keel_gate - where a VM's operations wait while it is swapped
 * @closed: written by the swap alone
 * @inside: VM operations that are in; vCPU operations are counted at their vCPU
 * @wait: those who wait for the gate to open
 * @drained: the swap, waiting for nobody to be inside
 */
struct keel_gate {
	bool closed;
	atomic_t inside;
	wait_queue_head_t wait;
	wait_queue_head_t drained;
};

/**
 * struct keel_vm_anchor - the anchor's part of a VM
 * @refs: file descriptors, and whoever looks at it for a moment; the last one destroys it
 * @vm: whose part it is
 * @node: in the registry's list
 * @gate: see gate.c
 * @ready: KVM_CREATE_VM has succeeded; written inside the gate
 * @pages: KEEL_VM_PAGES given to the nucleus
 * @pgd: the root of stage-2, given to the nucleus
 * @pgd_order: size of @pgd
 * @supply: pages given for stage-2 tables, ever
 * @ring_bytes: size of each vCPU's dirty ring, 0 none
 * @blobs: memory the personalities keep across swaps, by key
 * @events: eventfds of the VMM's, struct file by number
 * @tgid: process that created it, for keelctl
 * @swaps: swaps that went through
 * @blackout_ns: gate closed to open in the last swap or dry run
 * @stream_bytes: size of the records in the last swap or dry run
 */
struct keel_vm_anchor {
	refcount_t refs;
	struct keel_vm *vm;
	struct list_head node;
	struct keel_gate gate;
	bool ready;
	struct page *pages, *pgd;
	unsigned int pgd_order;
	unsigned long supply;
	u32 ring_bytes;
	struct xarray blobs;
	struct xarray events;
	pid_t tgid;
	u32 swaps;
	u64 blackout_ns;
	u64 stream_bytes;
};

enum keel_vcpu_mode {
	KEEL_VCPU_OUTSIDE,	/* host code */
	KEEL_VCPU_IN_GUEST,	/* in the guest or about to be: an interrupt brings it out */
	KEEL_VCPU_EXITING,	/* somebody has sent the interrupt already */
};

/**
 * struct keel_vcpu_anchor - the anchor's part of a vCPU
 * @mutex: held by every ioctl of the vCPU
 * @inside: in the gate; written under @mutex
 * @kicked: a kick that nobody has noticed yet
 * @mode: enum keel_vcpu_mode
 * @task: thread in KVM_RUN
 * @wait: that thread, asleep in keel_vcpu_block()
 * @switches: @task's context switches when the FP registers were made free
 * @last_tick: jiffies when RCU was last told of a quiescent state
 * @sigset: KVM_SET_SIGNAL_MASK
 * @sigset_active: @sigset is to be used
 * @page: page behind vcpu->page
 */
struct keel_vcpu_anchor {
	struct mutex mutex;	/* every ioctl */
	bool inside;
	bool kicked;
	int mode;
	struct task_struct __rcu *task;
	struct rcuwait wait;
	unsigned long switches;
	unsigned long last_tick;
	sigset_t sigset;
	bool sigset_active;
	struct page *page;
};

/* Operations that came with this version of the host interface: older structs end before them */
#define HOST_API_DEVICES	2	/* device_ioctl, state_thaw */
#define HOST_API_PREPARE	3	/* state_prepare */

/* gate.c */
void gate_init(struct keel_gate *gate);
int gate_enter_vm(struct keel_vm *vm);
void gate_leave_vm(struct keel_vm *vm);
int gate_enter_vcpu(struct keel_vcpu *vcpu);
void gate_leave_vcpu(struct keel_vcpu *vcpu);
void gate_close(struct keel_vm *vm);
int gate_drain(struct keel_vm *vm, unsigned int timeout_ms);
u64 gate_open(struct keel_vm *vm);

/*
 * Evaluate @call, a personality's operation, inside the gate, until it does not ask to be called again (KEEL_RUN_AGAIN).
 * Its value, or -EINTR when the thread was killed.
 */
#define __gate_pass(enter, leave, call)			\
({							\
	long __ret;					\
							\
	do {						\
		__ret = (enter);			\
		if (__ret)				\
			break;				\
		__ret = (call);				\
		(leave);				\
	} while (__ret == KEEL_RUN_AGAIN);		\
	__ret;						\
})
#define gate_pass_vm(vm, call)		__gate_pass(gate_enter_vm(vm), gate_leave_vm(vm), call)
#define gate_pass_vcpu(vcpu, call)	__gate_pass(gate_enter_vcpu(vcpu), gate_leave_vcpu(vcpu), call)

static inline bool gate_closed(const struct keel_vm *vm)
{
	return READ_ONCE(vm->anchor->gate.closed);
}

/* registry.c */
struct keel_personality *registry_get(const char *name);
void registry_put(const struct keel_personality *p);
int registry_add_vm(struct keel_vm *vm, const char *name);
void registry_del_vm(struct keel_vm *vm);
struct keel_vm *registry_next_vm(u32 serial);
struct keel_personality *registry_set_default(struct keel_personality *p);
int registry_status(struct keel_status *status);

/* vm.c */
struct keel_vm *vm_create(const char *personality, unsigned long type);
void vm_put(struct keel_vm *vm);

static inline void vm_get(struct keel_vm *vm)
{
	refcount_inc(&vm->anchor->refs);
}

/* vcpu.c */
void vcpu_free(struct keel_vcpu *vcpu);

/* sve.c */
void vcpu_sve_free(struct keel_vcpu *vcpu);

/* blob.c */
void blobs_free(struct keel_vm *vm);

/* event.c */
void events_free(struct keel_vm *vm);

/* call.c */
s64 call_vcpu_run(u32 vm, u16 idx);

/* run.c */
long vcpu_run_ioctl(struct keel_vcpu *vcpu);
void vcpu_wake(struct keel_vcpu *vcpu);

/* work.c */
int host_work(void);

/* irq.c: around the guest, interrupts masked; cheap where no timer is involved */
DECLARE_PER_CPU(bool, irq_timer_active);
void irq_set_timer_active(bool active);
void irq_timer_from_guest(struct keel_vcpu *vcpu);
int irq_why(const struct keel_vcpu *vcpu);

/* gicv2.c: the same of a host's GICv2 */
DECLARE_STATIC_KEY_FALSE(gicv2_used);
void gicv2_load(const struct keel_vcpu_page *page);
void gicv2_save(struct keel_vcpu_page *page);

static inline void irq_to_guest(const struct keel_vcpu *vcpu)
{
	bool held = READ_ONCE(vcpu->timer_held);

	if (unlikely(__this_cpu_read(irq_timer_active) != held))
		irq_set_timer_active(held);
	if (static_branch_unlikely(&gicv2_used))
		gicv2_load(vcpu->page);
}

/* The list registers first: the timer's is among them */
static inline void irq_from_guest(struct keel_vcpu *vcpu)
{
	if (static_branch_unlikely(&gicv2_used))
		gicv2_save(vcpu->page);
	if (unlikely(vcpu->timer_held))
		irq_timer_from_guest(vcpu);
}

/* pmu.c: before the guest, interrupts masked; cheap where no counter is in use */
DECLARE_PER_CPU(const unsigned long *, pmu_used);
void pmu_pick(struct keel_vcpu_page *page);

static inline void pmu_to_guest(struct keel_vcpu_page *page)
{
	const unsigned long *used = __this_cpu_read(pmu_used);

	if (unlikely(used && *used)) {
		pmu_pick(page);
		return;
	}
	page->pmu.guest = 0;
	page->pmu.host = 0;
}

/* fd.c, vcpufd.c */
long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long no_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int vcpu_fd_install(struct keel_vcpu *vcpu);

/* device.c: a misc device whose opened files outlive it */
struct keel_dev;
struct keel_dev *device_create_kvm(const char *personality);
void device_destroy_kvm(struct keel_dev *dev);
const char *device_personality(struct file *file);

/* swap.c */
void swap_init(struct dentry *dir);
int swap_all(struct keel_personality *to, struct keel_swap *report);
int swap_request(struct keel_swap *report);

/* control.c: /dev/keel */
int control_init(void);
void control_exit(void);

#endif
