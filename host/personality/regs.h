/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What VMM and guest see of the CPU: registers by KVM_{GET,SET}_ONE_REG, trapped system registers, ID registers,
 * debug, injected exceptions.
 */
#ifndef KEEL_PERSONALITY_REGS_H
#define KEEL_PERSONALITY_REGS_H

#include <linux/kvm.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "abi/vcpu.h"
#include "core/idreg.h"

#define OSLAR_OSLK	BIT_ULL(0)
#define OSLSR_OSLK	BIT_ULL(1)
#define OSLSR_OSLM	BIT_ULL(3)	/* OS lock implemented */

struct keel_stream;
struct keel_record;
struct pvm;
struct pvcpu;

/**
 * struct pvm_ids - the CPU that a VM shows
 * @lock: between a VMM that writes and the vCPU that runs first; guards what follows until @frozen
 * @val: feature registers, by KEEL_IDREG_IDX()
 * @ctr: CTR_EL0
 * @midr, @revidr, @aidr: as on the CPU where the VM was created, for ever
 * @have: KEEL_ID_HAVE_*
 * @set: values are there (first KVM_ARM_VCPU_INIT)
 * @frozen: a vCPU has run; nothing here changes any more
 */
struct pvm_ids {
	struct mutex lock;	/* nests inside vm->lock */
	u64 val[KEEL_IDREG_NR];
	u64 ctr;
	u64 midr, revidr, aidr;
	u32 have;
	bool set, frozen;
};

#define PVCPU_CCSIDR_NR	14	/* seven levels, data or unified and instruction: values of CSSELR_EL1 */

/* Registers of a vCPU that no hardware holds: read and written by trap or by the VMM only */
struct pvcpu_cache {
	bool set;		/* reset values were given; MPIDR_EL1 and CLIDR_EL1 are kept by later resets */
	bool has_ccsidr;	/* the VMM wrote one: ccsidr[] counts, otherwise they are made up from CTR_EL0 */
	u32 ccsidr[PVCPU_CCSIDR_NR];
	u64 clidr;
	u64 dbgvcr32;
};

struct pvcpu_debug {
	u32 guest_debug;	/* KVM_GUESTDBG_* as set by the VMM */
	bool touched;		/* the guest wrote a debug register since the last entry */
	bool step_done;		/* the stepped instruction is done, its step exception is due */
	bool saved_ss;		/* the guest's own PSTATE.SS while the host steps */
	struct kvm_guest_debug_arch arch;
	struct keel_vcpu_dbg saved;	/* the guest's own while the host debugs */
};

int idregs_init(struct pvm *pvm);	/* KVM_CREATE_VM */
void idregs_set(struct pvcpu *v);	/* KVM_ARM_VCPU_INIT: the first one of a VM gives the registers their values */
void idregs_controls(struct pvcpu *v);
void idregs_freeze(struct pvm *pvm);	/* before a vCPU of the VM runs for the first time; may sleep */
u64 idregs_host(unsigned int idx);	/* the host's sanitised value, KEEL_IDREG_IDX() */
bool regs_has_a32(void);	/* guests can run AArch32 at EL0 */
bool regs_has_el1_a32(void);	/* ... and at EL1 */
bool regs_has_ras(void);	/* FEAT_RAS */
bool regs_has_sve(void);	/* guests can have SVE */
/* System registers of the page to reset values (Arm ARM), MPIDR, features' control bits in page->ctl */
void regs_reset(struct pvcpu *v);

/* KVM API 4.68, 4.69, 4.80: uaddr semantics of struct kvm_one_reg; firmware registers are passed on to smccc.c */
int onereg_get(struct pvcpu *v, const struct kvm_one_reg *reg);
int onereg_set(struct pvcpu *v, const struct kvm_one_reg *reg);
int onereg_list(struct pvcpu *v, struct kvm_reg_list __user *list);
/* KVM_ARM_GET_REG_WRITABLE_MASKS 4.139 */
int idregs_writable_masks(struct pvm *pvm, struct reg_mask_range *range);

/* SVE (sve.c) */
void sve_reset(struct pvcpu *v);
int sve_finalize(struct pvcpu *v, int feature);
int sve_get(struct pvcpu *v, const struct kvm_one_reg *reg);
int sve_set(struct pvcpu *v, const struct kvm_one_reg *reg);
u64 sve_nth(const struct pvcpu *v, unsigned int n);
int sve_export(const struct pvcpu *v, struct keel_stream *s);
int sve_import(struct pvm *pvm, const struct keel_record *rec);

/* Memory tagging (mte.c) */
bool regs_has_mte(void);
void mte_make_tags(unsigned long pfn, unsigned long n);	/* of pages that have none: 0. Spins for who is doing it */
bool mte_allows(unsigned long start, unsigned long end);
long mte_copy(struct pvm *pvm, const struct kvm_arm_copy_mte_tags *c);
u64 *mte_reg(struct pvcpu *v, u32 reg);
u32 mte_nth(const struct pvcpu *v, unsigned int n);

int sysreg_trap(struct pvcpu *v);	/* EC 0x18: resume convention */
int cp15_trap(struct pvcpu *v);		/* EC 0x03..0x06, 0x08, 0x0c from AArch32 */

void inject_undef(struct pvcpu *v);
void inject_abort(struct pvcpu *v, bool instruction, u64 far);	/* synchronous external abort, EL1 */
int inject_serror(struct pvcpu *v, bool has_esr, u64 esr);	/* -EINVAL */

int events_get(struct pvcpu *v, struct kvm_vcpu_events *e);	/* KVM API 4.31 */
int events_set(struct pvcpu *v, const struct kvm_vcpu_events *e);

int debug_set(struct pvcpu *v, const struct kvm_guest_debug *dbg);	/* KVM API 4.87 */
u64 debug_setup(struct pvcpu *v);	/* before entry */
void debug_clear(struct pvcpu *v);	/* after exit */
int debug_exit(struct pvcpu *v);	/* EC breakpoint, step, watchpoint, BRK from lower EL: resume convention */
/* after an instruction was emulated while single-stepping: KVM_EXIT_DEBUG is due. resume convention */
int debug_after_emulation(struct pvcpu *v);

int regs_export(struct pvm *pvm, struct keel_stream *s);	/* VM and all vCPUs */
int regs_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

#endif
