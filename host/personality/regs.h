/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What VMM and guest see of the CPU: registers by KVM_{GET,SET}_ONE_REG, trapped system registers, ID registers,
 * debug, injected exceptions.
 */
#ifndef KEEL_PERSONALITY_REGS_H
#define KEEL_PERSONALITY_REGS_H

#include <linux/kvm.h>
#include <linux/types.h>

struct keel_stream;
struct keel_record;
struct pvm;
struct pvcpu;

struct pvm_ids {
	u64 val[3 * 8 * 8];	/* op0=3, op1=0, crn=0, crm=1..7, op2: frozen when a vCPU has run; author of idregs.c refines */
};

struct pvcpu_debug {
	u32 guest_debug;	/* KVM_GUESTDBG_* as set by the VMM */
	struct kvm_guest_debug_arch arch;
	struct keel_vcpu_dbg saved;	/* the guest's own while the host debugs */
};

int idregs_init(struct pvm *pvm);
void regs_reset(struct pvcpu *v);	/* system registers of the page to reset values (Arm ARM), MPIDR, features' control bits in page->ctl */

/* KVM API 4.68, 4.69, 4.80: uaddr semantics of struct kvm_one_reg; firmware registers are passed on to smccc.c */
int onereg_get(struct pvcpu *v, const struct kvm_one_reg *reg);
int onereg_set(struct pvcpu *v, const struct kvm_one_reg *reg);
int onereg_list(struct pvcpu *v, struct kvm_reg_list __user *list);
/* KVM_ARM_GET_REG_WRITABLE_MASKS 4.142 */
int idregs_writable_masks(struct pvm *pvm, struct reg_mask_range *range);

int sysreg_trap(struct pvcpu *v);	/* EC 0x18: resume convention */
int cp15_trap(struct pvcpu *v);		/* EC 0x03..0x06, 0x08, 0x0c from AArch32 EL0 */

void inject_undef(struct pvcpu *v);
void inject_abort(struct pvcpu *v, bool instruction, u64 far);	/* synchronous external abort, EL1 */
int inject_serror(struct pvcpu *v, bool has_esr, u64 esr);	/* -EINVAL */

int events_get(struct pvcpu *v, struct kvm_vcpu_events *e);	/* KVM API 4.31 */
int events_set(struct pvcpu *v, const struct kvm_vcpu_events *e);

int debug_set(struct pvcpu *v, const struct kvm_guest_debug *dbg);	/* KVM API 4.87 */
void debug_setup(struct pvcpu *v);	/* before entry */
void debug_clear(struct pvcpu *v);	/* after exit */
int debug_exit(struct pvcpu *v);	/* EC breakpoint, step, watchpoint, BRK from lower EL: resume convention */
/* after an instruction was emulated while single-stepping: KVM_EXIT_DEBUG is due. resume convention */
int debug_after_emulation(struct pvcpu *v);

int regs_export(struct pvm *pvm, struct keel_stream *s);	/* VM and all vCPUs */
int regs_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

#endif
