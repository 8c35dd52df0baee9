/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the personality know of each other: its VM, its vCPU, and who does what.
 *
 * File = noun = symbol prefix. Everything here is reached only inside the VM's gate (host/include/keel_host.h).
 * "resume" convention of the exit handlers: 1 go back into the guest, 0 leave to the VMM (run->exit_reason
 * is set), < 0 errno of KVM_RUN, KEEL_RUN_AGAIN let a swap pass.
 */
#ifndef KEEL_PERSONALITY_H
#define KEEL_PERSONALITY_H

#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>

#include "abi/hcall_host.h"
#include "abi/vcpu.h"
#include "core/stream.h"
#include "keel_host.h"

#include "irqfd.h"	/* struct pvm_irqfd: routing.c irqfd.c ioeventfd.c */
#include "mmu.h"	/* struct pvm_mmu:   memslot.c mmu.c notifier.c dirty.c ring.c */
#include "pmu.h"	/* struct pvm_pmu, struct pvcpu_pmu: pmu.c pmureg.c pmucount.c pmuhost.c */
#include "regs.h"	/* struct pvm_ids, struct pvcpu_debug: onereg.c sysreg.c idregs.c debug.c inject.c events.c */
#include "timer.h"	/* struct pvm_clock, struct pvcpu_timer: timer.c timerirq.c */
#include "services.h"	/* struct pvm_smccc, struct pvcpu_power, ...: psci.c smccc.c mmio.c coalesced.c steal.c ... */

/**
 * struct pvm - the personality's side of a VM; vm->priv
 * @vcpu: its vCPUs by index, as vm->vcpus; the way to a pvcpu while an import builds them, when vcpu->priv is not
 *	ours yet
 * @features: KVM_ARM_VCPU_* bits common to all vCPUs, POWER_OFF left out; valid once @features_set
 * @cntvoff: CNTVOFF_EL2 of every vCPU at reset, counter ticks
 * @caps: PVM_CAP_*: capabilities the VMM enabled
 * @vgic: the in-kernel GICv3, NULL: none; vgic.h
 * @iobus: in-kernel devices by guest address, iobus.c
 * @ran: a vCPU has run: the guest's ABI is frozen; set under vm->lock
 * @kept: records of an import that nobody here knows (struct kept_record, state.c)
 */
struct pvm {
	struct keel_vm *vm;
	struct pvcpu *vcpu[KEEL_MAX_VCPUS];
	struct pvm_mmu mmu;
	struct pvm_ids ids;
	struct pvm_clock clock;
	struct pvm_pmu pmu;
	struct pvm_smccc smccc;
	struct pvm_coalesced coalesced;
	struct pvm_stats stats;
	struct pvm_irqfd irqfd;
	struct pvm_haltpoll haltpoll;
	u64 features;
	bool features_set;
	u64 cntvoff;
	unsigned long caps;
	struct vgic *vgic;
	struct iobus_table *iobus;
	bool ran;
	struct list_head kept;
};

#define PVM_CAP_NISV_TO_USER		BIT(0)
#define PVM_CAP_DIRTY_MANUAL		BIT(1)
#define PVM_CAP_DIRTY_INIT_SET		BIT(2)
#define PVM_CAP_DIRTY_RING		BIT(3)	/* KVM_CAP_DIRTY_LOG_RING_ACQ_REL */
#define PVM_CAP_SYSTEM_SUSPEND		BIT(4)
#define PVM_CAP_DIRTY_RING_BITMAP	BIT(5)
#define PVM_CAP_MTE			BIT(8)

/**
 * struct pvcpu - the personality's side of a vCPU; vcpu->priv
 * @idx: index in vm->vcpus
 * @initialised: KVM_ARM_VCPU_INIT succeeded once
 * @features: bits KVM_ARM_VCPU_*, POWER_OFF left out
 * @sve_vq: largest SVE vector length, 16 bytes, final or not; 0: no SVE
 * @holds: the nucleus may leave register state on a CPU (KEEL_FEAT_HOLDS)
 * @loaded: it may have: vcpu_sync() before the page is read or written
 * @running: held over KVM_RUN
 * @vgic: its side of the in-kernel GICv3, NULL without one
 * @irq_lines: KEEL_VCTL_VI and _VF as KVM_IRQ_LINE set them, atomic bits; copied into the page at entry
 */
struct pvcpu {
	struct keel_vcpu *vcpu;
	struct pvm *pvm;
	u16 idx;
	bool initialised;
	bool holds;
	bool loaded;
	u8 sve_vq;
	u64 features;
	struct mutex running;	/* between KVM_RUN and what wants the vCPU out of it */
	struct vgic_cpu *vgic;
	unsigned long irq_lines;
	struct pvcpu_power power;	/* psci.c: on, off, suspended; CPU_ON's reset state */
	struct pvcpu_mmio mmio;		/* mmio.c: access in flight to user space */
	struct pvcpu_steal steal;	/* steal.c */
	struct pvcpu_debug debug;	/* debug.c */
	struct pvcpu_cache cache;	/* cachereg.c: cache geometry and what else only software holds */
	struct pvcpu_timer timer;	/* timerirq.c */
	struct pvcpu_pmu pmu;		/* pmu.c */
	struct pvcpu_stats stats;
	u32 poll_window;		/* haltpoll.c: how long it would poll now, ns */
};

/* Bits of vcpu->requests */
#define PREQ_POWER		0	/* power state changed (CPU_ON, SYSTEM_OFF, ...) */
#define PREQ_STEAL		1	/* publish stolen time */
#define PREQ_RING_FULL		2	/* dirty ring soft-full: KVM_EXIT_DIRTY_RING_FULL */
#define PREQ_EVENTS		3	/* pending interrupts or exceptions changed */
#define PREQ_TIMER		4	/* the emulated timer has fired */
#define PREQ_PMU		5	/* a counter of the PMU has overflowed */

static inline struct pvcpu *to_pvcpu(struct keel_vcpu *vcpu)
{
	return vcpu->priv;
}

static inline struct pvm *to_pvm(struct keel_vm *vm)
{
	return vm->priv;
}

/* vCPUs that can be looked at */
static inline unsigned int pvm_nr_vcpus(const struct pvm *pvm)
{
	/* Below it, pointers are set: pairs with the release in keel_vcpu_add() */
	return smp_load_acquire(&pvm->vm->nr_vcpus);
}

/* The guest's ABI is frozen: what it can see of its platform may not change any more. vm->lock, or no matter */
static inline bool pvm_ran(const struct pvm *pvm)
{
	return READ_ONCE(pvm->ran);
}

static inline bool pvcpu_has(const struct pvcpu *v, unsigned int feature)
{
	return v->features & BIT_ULL(feature);
}

/* Its EL1 is AArch32, and so is all of it. Nothing to do with the state it is in: an AArch64 EL1 can have such an EL0 */
static inline bool pvcpu_el1_is_a32(const struct pvcpu *v)
{
	return pvcpu_has(v, KVM_ARM_VCPU_EL1_32BIT);
}

/* Its SVE registers are there (KVM_ARM_VCPU_FINALIZE), and their lengths final */
static inline bool sve_is_final(const struct pvcpu *v)
{
	return v->vcpu->sve;
}

/* What KVM_ARM_VCPU_FINALIZE is for has been done, or is not to be done */
static inline bool pvcpu_is_final(const struct pvcpu *v)
{
	return !pvcpu_has(v, KVM_ARM_VCPU_SVE) || sve_is_final(v);
}

/* It is in AArch32 state now */
static inline bool pvcpu_is_a32(const struct pvcpu *v)
{
	return v->vcpu->page->pstate & PSR_MODE32_BIT;
}

/* exit.c: what to do about an exit; KEEL_EXIT_TRAP dispatched by ESR_EL2.EC in one const table */
int exit_handle(struct pvcpu *v, int code);
/* exit.c: wait for an interrupt. 0, -EINTR or KEEL_RUN_AGAIN; @deadline: virtual count to wake up at, 0 none */
int exit_wait(struct pvcpu *v, u64 deadline);
/* exit.c: something that ends a WFI is pending */
bool exit_wake_pending(struct keel_vcpu *vcpu);

/* vcpu.c: step over the trapped instruction (clears PSTATE.BTYPE and SS as the Arm ARM demands) */
void vcpu_skip(struct pvcpu *v);

/*
 * 31 reads as 0. From AArch32 the number is that of the AArch64 register which the banked one is, and what is above its
 * 32 bits is not the guest's (Arm ARM D1.6.3).
 */
static inline u64 vcpu_get_reg(const struct pvcpu *v, unsigned int rt)
{
	u64 val = rt < 31 ? v->vcpu->page->regs[rt] : 0;

	return pvcpu_is_a32(v) ? (u32)val : val;
}

/* 31 is dropped */
static inline void vcpu_set_reg(struct pvcpu *v, unsigned int rt, u64 val)
{
	if (rt < 31)
		v->vcpu->page->regs[rt] = pvcpu_is_a32(v) ? (u32)val : val;
}

/* data accesses of the guest are big-endian at its current exception level */
bool vcpu_is_be(const struct pvcpu *v);
/* put the vCPU into its reset state (KVM_ARM_VCPU_INIT, CPU_ON); registers in the page. vCPU's mutex held */
void vcpu_reset(struct pvcpu *v);
/* make the page hold the registers: before using them outside KVM_RUN. vCPU's mutex held or gate closed */
void vcpu_sync(struct pvcpu *v);
/* allocate and free; create sets vm->priv's vcpu[idx], not vcpu->priv (an import has to wait with that) */
struct pvcpu *vcpu_create(struct pvm *pvm, struct keel_vcpu *vcpu);
void vcpu_free(struct pvm *pvm, unsigned int idx);
int vcpu_init(struct keel_vcpu *vcpu);
void vcpu_destroy(struct keel_vcpu *vcpu);
/* vcpuctl.c */
long vcpu_ioctl(struct keel_vcpu *vcpu, unsigned int cmd, unsigned long arg);
int vcpu_run(struct keel_vcpu *vcpu);
/* features a VMM may ask for on this machine, KVM_ARM_VCPU_* bits */
u64 vcpu_features_supported(void);

/* vm.c: allocate and free without a word to the nucleus, for vm_init and import */
struct pvm *vm_create(struct keel_vm *vm);
void vm_free(struct pvm *pvm);
int vm_init(struct keel_vm *vm, unsigned long type);
void vm_destroy(struct keel_vm *vm);
long vm_ioctl(struct keel_vm *vm, unsigned int cmd, unsigned long arg);
/* capabilities.c: KVM_CHECK_EXTENSION and KVM_ENABLE_CAP */
long cap_check(struct keel_vm *vm, unsigned long ext);
int cap_enable(struct pvm *pvm, const struct kvm_enable_cap *cap);

/* state.c: design section 6 */
int state_export(struct keel_vm *vm, struct keel_stream *s);
int state_prepare(struct keel_vm *vm, void **priv);
int state_import(struct keel_vm *vm, struct keel_stream *s, void **priv);
void state_drop(struct keel_vm *vm, void *priv);
void state_adopt(struct keel_vm *vm);
void state_release(struct keel_vm *vm, void *priv);
void state_thaw(struct keel_vm *vm);
void state_forget_kept(struct pvm *pvm);

#endif
