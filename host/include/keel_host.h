/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What anchor and personality know of each other, inside the host kernel.
 *
 * The anchor owns every object here (struct keel_vm, struct keel_vcpu, the pages behind mmap,
 * the file descriptors) and keeps them over swaps; the personality owns what hangs on ->priv
 * and implements struct keel_personality. Nothing here crosses a trust boundary, but modules
 * of different age meet: KEEL_HOST_API is checked at registration; append, never change.
 */
#ifndef KEEL_HOST_H
#define KEEL_HOST_H

#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "abi/hcall.h"
#include "abi/vcpu.h"
#include "compat.h"

#define KEEL_HOST_API	3

struct keel_stream;		/* core/stream.h */

/* Coalesced MMIO ring: second page of the vCPU mapping (KVM_COALESCED_MMIO_PAGE_OFFSET) */
#define KEEL_COALESCED_PAGE	1
/* Dirty ring: pages from here on (KVM_DIRTY_LOG_PAGE_OFFSET) */
#define KEEL_DIRTY_RING_PAGE	64

/**
 * struct keel_vm - a virtual machine, as the anchor keeps it
 * @mm: address space of the creator; ioctls from another one get -EIO
 * @handle: the nucleus' handle, 0 before keel_vm_setup()
 * @ipa_bits: size of the IPA space, bits
 * @serial: number for log lines and keelctl, never reused
 * @pers: who runs it; changes in step 5 of a swap only, under the closed gate
 * @priv: the personality's VM
 * @lock: the personality's to use: serialises VM ioctls that change the VM
 * @nr_vcpus: vCPUs in @vcpus, only grows; published with release semantics
 * @vcpus: by nucleus index (creation order)
 * @coalesced: ring of coalesced MMIO, one page, shared by all vCPU mappings
 * @anchor: the anchor's own part
 */
struct keel_vm {
	struct mm_struct *mm;
	u32 handle;
	u8 ipa_bits;
	u32 serial;
	const struct keel_personality *pers;
	void *priv;
	struct mutex lock;	/* the personality's */
	unsigned int nr_vcpus;
	struct keel_vcpu *vcpus[KEEL_MAX_VCPUS];
	struct kvm_coalesced_mmio_ring *coalesced;
	struct keel_vm_anchor *anchor;
};

/**
 * struct keel_vcpu - a virtual CPU, as the anchor keeps it
 * @vm: its VM
 * @idx: index in vm->vcpus and at the nucleus
 * @id: KVM vCPU id, chosen by the VMM
 * @run: the kvm_run page; the VMM writes it at any time: read once
 * @page: registers, shared with the nucleus
 * @dirty_ring: dirty ring entries (NULL if none), mapped by the VMM
 * @dirty_ring_size: bytes at @dirty_ring
 * @priv: the personality's vCPU
 * @timer_held: the personality has taken note of the virtual timer's asserted line (it is in a list register, or the
 *	VMM was told). Until it is cleared the anchor keeps the timer's physical interrupt active while the guest runs,
 *	so that the line does not end the guest again. The personality sets and clears it; the anchor clears it when
 *	the guest has deactivated lr[@timer_lr]
 * @timer_lr: list register that has the virtual timer's interrupt with HW set, -1 none
 * @requests: bits for the personality (0..31), set by keel_vcpu_request(); the personality clears them
 * @cpu: CPU it is running or last ran on, -1 if never
 * @anchor: the anchor's own part
 * @sve: its SVE registers, shared with the nucleus (KEEL_SVE_Z() and the like for @sve_vq); NULL: it has none, see keel_vcpu_sve()
 * @sve_vq: its largest vector length, 16 bytes; 0 without @sve
 */
struct keel_vcpu {
	struct keel_vm *vm;
	u16 idx;
	u32 id;
	struct kvm_run *run;
	struct keel_vcpu_page *page;
	struct kvm_dirty_gfn *dirty_ring;
	u32 dirty_ring_size;
	void *priv;
	unsigned long requests;
	int cpu;
	struct keel_vcpu_anchor *anchor;
	bool timer_held;
	s8 timer_lr;
	void *sve;
	u8 sve_vq;
};

/* What keel_vcpu_enter() returns beyond KEEL_EXIT_* */
#define KEEL_ENTER_SIGNAL	16	/* a signal is pending for the thread: -EINTR to the VMM */
#define KEEL_ENTER_PARK		17	/* a swap wants the gate: return KEEL_RUN_AGAIN from vcpu_run */
#define KEEL_ENTER_REQUEST	18	/* vcpu->requests is not 0, or the thread was off its CPU: look, come back */
#define KEEL_ENTER_TIMER	19	/* the virtual timer's line is asserted, and timer_held is not set */
#define KEEL_ENTER_VGIC		20	/* vgic.misr in the page: the virtual CPU interface wants its list registers looked after */

/*
 * What any operation but check_extension, vm_init and stats_read may return to let a swap pass: the anchor waits and
 * calls again, maybe another personality. Beyond the errnos, for 512 is a good file descriptor and a good number of vCPUs.
 */
#define KEEL_RUN_AGAIN		(-4608)

/**
 * struct keel_personality - a build of the KVM logic
 *
 * All operations but @check_extension(NULL) and @sys_ioctl run inside the VM's gate: the VM's personality does
 * not change while they run. They may sleep. Those marked (fd) run in the VMM's context.
 */
struct keel_personality {
	u32 host_api;			/* KEEL_HOST_API */
	const char *name;		/* [a-z0-9-]{1,15} */
	const char *version;
	struct module *owner;
	u16 abi_major, abi_minor;	/* nucleus ABI it needs at least */
	u16 state_min, state_max;	/* versions of the record stream it speaks */

	/* (fd) KVM_CHECK_EXTENSION; @vm is NULL on /dev/kvm. Value or 0, never negative for an unknown one */
	long (*check_extension)(struct keel_vm *vm, unsigned long ext);
	/* (fd) /dev/kvm ioctls but GET_API_VERSION, CREATE_VM, CHECK_EXTENSION, GET_VCPU_MMAP_SIZE */
	long (*sys_ioctl)(unsigned int cmd, unsigned long arg);

	/* KVM_CREATE_VM: check @type, call keel_vm_setup(), set vm->priv */
	int (*vm_init)(struct keel_vm *vm, unsigned long type);
	void (*vm_destroy)(struct keel_vm *vm);
	long (*vm_ioctl)(struct keel_vm *vm, unsigned int cmd, unsigned long arg);

	/* Inside keel_vcpu_add(): set vcpu->priv */
	int (*vcpu_init)(struct keel_vcpu *vcpu);
	void (*vcpu_destroy)(struct keel_vcpu *vcpu);
	/* All but KVM_RUN; the vCPU's mutex is held */
	long (*vcpu_ioctl)(struct keel_vcpu *vcpu, unsigned int cmd, unsigned long arg);
	/* KVM_RUN: 0, -EINTR, other errno, or KEEL_RUN_AGAIN; the vCPU's mutex is held */
	int (*vcpu_run)(struct keel_vcpu *vcpu);

	/* Statistics fds: contents of the file (KVM_GET_STATS_FD); vcpu is NULL for the VM's. Returns bytes */
	ssize_t (*stats_read)(struct keel_vm *vm, struct keel_vcpu *vcpu, char __user *buf, size_t len, loff_t *pos);

	/* Swap, gate closed, no vCPU inside, design section 6 */
	/* 3: write the VM as records; own state stays whole. -ENOSPC: called again with a larger buffer */
	int (*state_export)(struct keel_vm *vm, struct keel_stream *s);
	/*
	 * 4: build *priv from records while vm->priv is the outgoing one's; the notifier is attached by now. *priv comes
	 * from state_prepare(), or is NULL. On failure nothing is left, also of what was prepared
	 */
	int (*state_import)(struct keel_vm *vm, struct keel_stream *s, void **priv);
	/* undo of state_import or state_prepare; after a dry run with the gate open, beside operations of the VM's own personality */
	void (*state_drop)(struct keel_vm *vm, void *priv);
	/* 5: vm->priv is *priv now: set every vcpu->priv; cannot fail */
	void (*state_adopt)(struct keel_vm *vm);
	/*
	 * 6: outgoing lets go of its copy (was vm->priv) without touching nucleus, guest state or blobs. The gate is open:
	 * the incoming personality's operations run at the same time
	 */
	void (*state_release)(struct keel_vm *vm, void *priv);

	struct list_head node;		/* anchor's */
	void *anchor;			/* anchor's */

	/* KVM_{SET,GET,HAS}_DEVICE_ATTR on the file of keel_device_fd(); @id is what was given there */
	long (*device_ioctl)(struct keel_vm *vm, u32 id, unsigned int cmd, unsigned long arg);
	/*
	 * Swap, gate closed, after state_export: the VM stays after all (a later step failed, or it was a dry run). What
	 * state_export stopped that comes from outside the gate (eventfds) goes on. May be NULL
	 */
	void (*state_thaw)(struct keel_vm *vm);
	/*
	 * Swap, before the gate closes: what state_import can do without the records. The VM may be half created, and runs;
	 * nothing of it but its address space may be looked at. May be NULL
	 */
	int (*state_prepare)(struct keel_vm *vm, void **priv);
};

/* Registry. keel_register() takes VMs over unless @takeover is false. -EEXIST name taken, -EOPNOTSUPP versions, or the errno of the takeover */
int keel_register(struct keel_personality *p, bool takeover);
/* After it no VM has @p (module reference counts see to it) */
void keel_unregister(struct keel_personality *p);

/* Calls into the nucleus: by HVC, or by function call in vhe mode. Typed stubs: abi/hcall_host.h */
s64 keel_hcall(enum keel_hcall nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);
/* KEEL_FEAT_* of the running nucleus */
u64 keel_features(void);
/* bits of IPA the hardware supports: up to this many for KVM_CREATE_VM */
unsigned int keel_ipa_limit(void);

/* Create the nucleus' VM: donates what it needs; sets vm->handle, vm->ipa_bits. -ENOMEM, -ENOSPC (VMIDs), -EINVAL */
int keel_vm_setup(struct keel_vm *vm, unsigned int ipa_bits);
/* Make sure the VM's supply holds at least @min more table pages than consumed at the last -ENOMEM; may sleep. Call with no spinlock, then retry */
int keel_vm_topup(struct keel_vm *vm, unsigned int min);
/* KVM_CREATE_VCPU, vm->lock held by the caller: -EEXIST id taken, -EINVAL too many; returns the fd */
int keel_vcpu_add(struct keel_vm *vm, u32 id);
struct keel_vcpu *keel_vcpu_by_id(struct keel_vm *vm, u32 id);
/* KVM_GET_STATS_FD: the file's reads go to stats_read */
int keel_stats_fd(struct keel_vm *vm, struct keel_vcpu *vcpu);
/*
 * A device's file (KVM_CREATE_DEVICE): holds the VM; its ioctls go through the gate to device_ioctl with @id, which is
 * the personality's and means the same to every personality (it is in the device's record). Returns the fd.
 */
int keel_device_fd(struct keel_vm *vm, u32 id);
/*
 * An eventfd of the VMM's that outlives the personality and the VMM's own descriptor: the anchor holds a reference
 * under a number that is unique in the VM, which is what records carry. -EBADF, -EINVAL not an eventfd, -ENOMEM.
 */
int keel_vm_event_get(struct keel_vm *vm, int fd);
struct file *keel_vm_event_find(struct keel_vm *vm, u32 id);		/* NULL: no such number; valid until put */
void keel_vm_event_put(struct keel_vm *vm, u32 id);
/*
 * The host's interrupts behind the guest's: @vtimer, @maintenance: INTID of the PPI, 0: none. -ENODEV: there is no
 * interrupt controller that guests can use directly.
 */
struct keel_irq_info {
	u32 vtimer, maintenance;
};
int keel_irq_info(struct keel_irq_info *info);
/*
 * A host with a GICv2, which vCPUs with KEEL_VCTL_VGIC use as they would a GICv3, by the page's list registers; GICH_APR is
 * ap1r[0]. @cpu_frame: physical address of the virtual CPU interface (GICV), two pages for the guest; @vtr: GICH_VTR.
 * -ENODEV: it is none.
 */
struct keel_gicv2_info {
	u64 cpu_frame;
	u32 vtr;
};
int keel_gicv2_info(struct keel_gicv2_info *info);
/* The PMUv3 of a CPU that is or was online; for ever. NULL: it has none, or the nucleus does not switch it */
struct arm_pmu;
struct arm_pmu *keel_cpu_pmu(unsigned int cpu);
/* Dirty ring of @bytes, zeroed, for every vCPU (existing none yet; later ones get it at creation) */
int keel_vm_dirty_ring(struct keel_vm *vm, u32 bytes);

/* SVE vector lengths that guests can have: bit n - 1 for 16 * n bytes; 0: no SVE */
u16 keel_sve_lengths(void);
/*
 * Give a vCPU SVE, for ever and for whoever has its VM, with vectors of up to 16 * @vq bytes, one of keel_sve_lengths(); sets
 * vcpu->sve. The vCPU's mutex held, outside the guest. -EBUSY it has SVE, -ENODEV no such length, -ENOMEM
 */
int keel_vcpu_sve(struct keel_vcpu *vcpu, u8 vq);

/*
 * Memory that outlives the personality, zeroed, found again by @key (unique per VM; for example a slot's
 * dirty bitmap): what would make a swap's time depend on the guest's size is kept here, not in records.
 */
void *keel_vm_blob_get(struct keel_vm *vm, u64 key, size_t size);	/* create (or find, if of that size); NULL: no memory */
void *keel_vm_blob_find(struct keel_vm *vm, u64 key, size_t *size);
void keel_vm_blob_put(struct keel_vm *vm, u64 key);			/* free */

/*
 * Enter the guest: handles pending host work, masks interrupts, enters, lets the host take its
 * interrupts. Returns KEEL_EXIT_* (KEEL_EXIT_IRQ is handled inside), KEEL_ENTER_*, or the nucleus' errno if it
 * refuses to enter. The thread that is in KVM_RUN only.
 */
int keel_vcpu_enter(struct keel_vcpu *vcpu);
/* Set a request bit and make the vCPU leave the guest or wake up soon; any context */
void keel_vcpu_request(struct keel_vcpu *vcpu, unsigned int bit);
/* Make it leave the guest (IPI) or wake it, without a request */
void keel_vcpu_kick(struct keel_vcpu *vcpu);
/*
 * Sleep until @ready(vcpu) is true, the vCPU is kicked, a signal (-EINTR), the gate closes (KEEL_RUN_AGAIN), or
 * @deadline_ns (CLOCK_MONOTONIC, 0: none) passes; 0 otherwise
 */
int keel_vcpu_block(struct keel_vcpu *vcpu, bool (*ready)(struct keel_vcpu *vcpu), u64 deadline_ns);
/* A swap waits for this VM: long operations return KEEL_RUN_AGAIN at a point where they can be called again */
bool keel_vm_should_park(struct keel_vm *vm);

#endif
