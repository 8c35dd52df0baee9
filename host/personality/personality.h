/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the personality know of each other: its VM, its vCPU, and who does what.
 *
 * File = noun = symbol prefix. Everything here is reached only inside the VM's gate (host/include/keel_host.h).
 * "resume" convention of the exit handlers: 1 go back into the guest, 0 leave to the VMM (run->exit_reason
 * is set), < 0 errno of KVM_RUN, KEEL_RUN_AGAIN (512) let a swap pass.
 */
#ifndef KEEL_PERSONALITY_H
#define KEEL_PERSONALITY_H

#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "abi/hcall_host.h"
#include "abi/vcpu.h"
#include "core/stream.h"
#include "keel_host.h"

#include "mmu.h"	/* struct pvm_mmu:   memslot.c mmu.c notifier.c dirty.c ring.c */
#include "regs.h"	/* struct pvm_ids, struct pvcpu_debug: onereg.c sysreg.c idregs.c debug.c inject.c events.c */
#include "services.h"	/* struct pvm_smccc, struct pvcpu_power, struct pvcpu_mmio, struct pvcpu_steal: psci.c smccc.c mmio.c coalesced.c steal.c stats.c */

/**
 * struct pvm - the personality's side of a VM; vm->priv
 */
struct pvm {
	struct keel_vm *vm;
	struct pvm_mmu mmu;
	struct pvm_ids ids;
	struct pvm_smccc smccc;
	struct pvm_stats stats;
	unsigned long caps;	/* PVM_CAP_*: capabilities the VMM enabled */
	bool ran;		/* a vCPU has run: the guest's ABI is frozen */
};

#define PVM_CAP_NISV_TO_USER		BIT(0)
#define PVM_CAP_DIRTY_MANUAL		BIT(1)
#define PVM_CAP_DIRTY_INIT_SET		BIT(2)
#define PVM_CAP_DIRTY_RING		BIT(3)	/* KVM_CAP_DIRTY_LOG_RING_ACQ_REL */
#define PVM_CAP_SYSTEM_SUSPEND		BIT(4)
#define PVM_CAP_DIRTY_RING_BITMAP	BIT(5)

/**
 * struct pvcpu - the personality's side of a vCPU; vcpu->priv
 */
struct pvcpu {
	struct keel_vcpu *vcpu;
	struct pvm *pvm;
	bool initialised;		/* KVM_ARM_VCPU_INIT succeeded once */
	u64 features;			/* bits KVM_ARM_VCPU_* */
	struct pvcpu_power power;	/* psci.c: on, off, suspended; CPU_ON's reset state */
	struct pvcpu_mmio mmio;		/* mmio.c: access in flight to user space */
	struct pvcpu_steal steal;	/* steal.c */
	struct pvcpu_debug debug;	/* debug.c */
	struct pvcpu_stats stats;
};

/* Bits of vcpu->requests */
#define PREQ_POWER		0	/* power state changed (CPU_ON, SYSTEM_OFF, ...) */
#define PREQ_STEAL		1	/* publish stolen time */
#define PREQ_RING_FULL		2	/* dirty ring soft-full: KVM_EXIT_DIRTY_RING_FULL */
#define PREQ_EVENTS		3	/* pending interrupts or exceptions changed */

static inline struct pvcpu *to_pvcpu(struct keel_vcpu *vcpu) { return vcpu->priv; }
static inline struct pvm *to_pvm(struct keel_vm *vm) { return vm->priv; }

/* exit.c: what to do about an exit; KEEL_EXIT_TRAP dispatched by ESR_EL2.EC in one const table */
int exit_handle(struct pvcpu *v, int code);
/* vcpu.c: step over the trapped instruction (clears PSTATE.BTYPE and SS handling as the Arm ARM demands) */
void vcpu_skip(struct pvcpu *v);
u64 vcpu_get_reg(const struct pvcpu *v, unsigned int rt);		/* 31 reads as 0 */
void vcpu_set_reg(struct pvcpu *v, unsigned int rt, u64 val);	/* 31 is dropped */
/* vcpu.c: put the vCPU into its reset state (KVM_ARM_VCPU_INIT, CPU_ON); registers in the page */
void vcpu_reset(struct pvcpu *v);

#endif
