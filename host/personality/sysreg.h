/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that serve trapped system registers share. Encodings are those of sys_reg() in <asm/sysreg.h>:
 * op0, op1, CRn, CRm, op2 from high to low, so that they sort as the Arm ARM lists them.
 */
#ifndef KEEL_PERSONALITY_SYSREG_H
#define KEEL_PERSONALITY_SYSREG_H

#include <linux/types.h>
#include <asm/sysreg.h>

/* 6.1 does not name it */
#ifndef SYS_CNTPCT_EL0
#define SYS_CNTPCT_EL0		sys_reg(3, 3, 14, 0, 1)
#endif
#ifndef SYS_CNTPCTSS_EL0
#define SYS_CNTPCTSS_EL0	sys_reg(3, 3, 14, 0, 5)
#endif

struct pvcpu;
struct pvm;

/**
 * struct sysreg_access - one MRS, MSR or system instruction that trapped
 * @reg: encoding
 * @val: written by a write; answered by a read
 * @keep: bits that a write leaves as they are: AArch32 writes half a register
 * @write: MSR
 */
struct sysreg_access {
	u32 reg;
	bool write;
	u64 val, keep;
};

/* False: undefined. Nothing has changed then */
typedef bool sysreg_access_fn(struct pvcpu *v, struct sysreg_access *a);

/* idregs.c */
sysreg_access_fn idregs_access, idregs_access_ctr, idregs_access_fixed;
/* cachereg.c */
sysreg_access_fn cachereg_access_ccsidr, cachereg_access_clidr, cachereg_access_csselr;
sysreg_access_fn cachereg_access_setway, cachereg_access_vm;
/* debugreg.c */
sysreg_access_fn debugreg_access, debugreg_access_oslar, debugreg_access_oslsr, debugreg_access_auth;
sysreg_access_fn debugreg_access_didr;
/* vgicsys.c */
sysreg_access_fn vgic_access_sgi, vgic_access_sre;
/* pmureg.c */
sysreg_access_fn pmureg_access_pmcr, pmureg_access_enable, pmureg_access_interrupt, pmureg_access_overflow;
sysreg_access_fn pmureg_access_swinc, pmureg_access_select, pmureg_access_ceid, pmureg_access_user, pmureg_access_pmmir;
sysreg_access_fn pmureg_access_cycles, pmureg_access_counter, pmureg_access_counter_selected;
sysreg_access_fn pmureg_access_type, pmureg_access_type_selected;
/* timer.c */
sysreg_access_fn timer_access_count, timer_access_tval, timer_access_ctl, timer_access_cval;

/*
 * The same registers for the VMM, by encoding: 0, or -ENOENT where the register is not one of the file's; a VMM's
 * value may also be refused.
 */
int idregs_get(struct pvm *pvm, u32 reg, u64 *val);
int idregs_set_user(struct pvm *pvm, u32 reg, u64 val);
u32 idregs_nth(unsigned int n);
int idregs_adopt(struct pvm *pvm);
u64 *debugreg_slot(struct pvcpu *v, u32 reg);
u32 cachereg_get_ccsidr(const struct pvcpu *v, u32 csselr);
int cachereg_set_ccsidr(struct pvcpu *v, u32 csselr, u32 val);
int cachereg_set_clidr(struct pvcpu *v, u64 val);
void cachereg_reset(struct pvcpu *v);
u64 timer_id(unsigned int n);
int timer_get(struct pvcpu *v, u64 id, u64 *val);
int timer_set(struct pvcpu *v, u64 id, u64 val);
void timer_set_voff(struct pvm *pvm, u64 voff);
/* sysreg.c: the table is in order; false is a bug of the build */
bool sysreg_table_sorted(void);
sysreg_access_fn sysreg_access, sysreg_access_raz, sysreg_access_raz_wi;

#endif
