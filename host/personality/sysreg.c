// SPDX-License-Identifier: GPL-2.0-only
/*
 * System registers and instructions that trap: the table of all that a guest is given by emulation.
 *
 * What is not in the table is undefined for a guest, and so is what the table's function refuses: features that a VM
 * does not have (GIC system registers, pointer authentication keys, SVE, SME, MTE, AMU, SPE, trace, ...) need
 * no line. Nothing that a guest does here prints.
 */
#include <asm/esr.h>

#include "personality.h"
#include "sysreg.h"

#define MMFR1		KEEL_IDREG_IDX(7, 1)
#define MMFR1_LO(v)	(((v) >> 16) & 15)
#define PFR0		KEEL_IDREG_IDX(4, 0)
#define PFR0_RAS(v)	(((v) >> 28) & 15)

bool sysreg_access_raz_wi(struct pvcpu *v, struct sysreg_access *a)
{
	a->val = 0;
	return true;
}

bool sysreg_access_raz(struct pvcpu *v, struct sysreg_access *a)
{
	a->val = 0;
	return !a->write;
}

/* FEAT_LOR without any LORegion: the controls are RES0 (Arm ARM D8.2.3) */
static bool access_lor(struct pvcpu *v, struct sysreg_access *a)
{
	if (!MMFR1_LO(v->pvm->ids.val[MMFR1]))
		return false;
	return a->reg == SYS_LORID_EL1 ? sysreg_access_raz(v, a) : sysreg_access_raz_wi(v, a);
}

/* FEAT_RAS with no error record: ERRIDR_EL1.NUM is 0, there is nothing for ERRSELR_EL1 to select */
static bool access_ras(struct pvcpu *v, struct sysreg_access *a)
{
	if (!PFR0_RAS(v->pvm->ids.val[PFR0]))
		return false;
	return a->reg == SYS_ERRIDR_EL1 || a->reg == SYS_ERXFR_EL1 ? sysreg_access_raz(v, a) : sysreg_access_raz_wi(v, a);
}

/* Implementation defined: as the machine's at reset, and it cannot be changed */
static bool access_actlr(struct pvcpu *v, struct sysreg_access *a)
{
	if (!a->write)
		a->val = v->vcpu->page->sysreg[KEEL_SR_ACTLR_EL1];
	return true;
}

struct sysreg_range {
	u32 first, last;
	sysreg_access_fn *access;
};

/* Tags by set and way: they lie where their data does */
static bool access_setway_tags(struct pvcpu *v, struct sysreg_access *a)
{
	return v->pvm->caps & PVM_CAP_MTE && cachereg_access_setway(v, a);
}

#define R1(op0, op1, crn, crm, op2, access) \
	{ sys_reg(op0, op1, crn, crm, op2), sys_reg(op0, op1, crn, crm, op2), access }
#define RN(op0, op1, crn, crm, op2, crm_last, op2_last, access) \
	{ sys_reg(op0, op1, crn, crm, op2), sys_reg(op0, op1, crn, crm_last, op2_last), access }

/* In order of encoding */
static const struct sysreg_range table[] = {
	R1(1, 0, 7, 6, 2,		cachereg_access_setway),	/* DC ISW */
	R1(1, 0, 7, 6, 4,		access_setway_tags),		/* DC IGSW */
	R1(1, 0, 7, 6, 6,		access_setway_tags),		/* DC IGDSW */
	R1(1, 0, 7, 10, 2,		cachereg_access_setway),	/* DC CSW */
	R1(1, 0, 7, 10, 4,		access_setway_tags),		/* DC CGSW */
	R1(1, 0, 7, 10, 6,		access_setway_tags),		/* DC CGDSW */
	R1(1, 0, 7, 14, 2,		cachereg_access_setway),	/* DC CISW */
	R1(1, 0, 7, 14, 4,		access_setway_tags),		/* DC CIGSW */
	R1(1, 0, 7, 14, 6,		access_setway_tags),		/* DC CIGDSW */
	RN(2, 0, 0, 0, 0, 15, 7,	debugreg_access),		/* DBGBVRn to DBGWCRn, MDCCINT, MDSCR */
	R1(2, 0, 1, 0, 0,		sysreg_access_raz),			/* MDRAR */
	R1(2, 0, 1, 0, 4,		debugreg_access_oslar),		/* OSLAR */
	R1(2, 0, 1, 1, 4,		debugreg_access_oslsr),		/* OSLSR */
	R1(2, 0, 1, 3, 4,		sysreg_access_raz_wi),			/* OSDLR */
	R1(2, 0, 1, 4, 4,		sysreg_access_raz_wi),			/* DBGPRCR */
	R1(2, 0, 7, 8, 6,		sysreg_access_raz_wi),			/* DBGCLAIMSET */
	R1(2, 0, 7, 9, 6,		sysreg_access_raz_wi),			/* DBGCLAIMCLR */
	R1(2, 0, 7, 14, 6,		debugreg_access_auth),		/* DBGAUTHSTATUS */
	R1(2, 3, 0, 1, 0,		sysreg_access_raz),			/* MDCCSR_EL0 */
	R1(2, 3, 0, 4, 0,		sysreg_access_raz_wi),			/* DBGDTR_EL0 */
	R1(2, 3, 0, 5, 0,		sysreg_access_raz_wi),			/* DBGDTRRX_EL0, DBGDTRTX_EL0 */
	R1(2, 4, 0, 7, 0,		debugreg_access),		/* DBGVCR32_EL2, by AArch32 only */
	R1(3, 0, 0, 0, 0,		idregs_access_fixed),		/* MIDR */
	R1(3, 0, 0, 0, 6,		idregs_access_fixed),		/* REVIDR */
	RN(3, 0, 0, 1, 0, 7, 7,		idregs_access),			/* ID_PFR0 to ID_AA64MMFR4 and beyond */
	R1(3, 0, 1, 0, 0,		cachereg_access_vm),		/* SCTLR */
	R1(3, 0, 1, 0, 1,		access_actlr),			/* ACTLR */
	RN(3, 0, 2, 0, 0, 0, 2,		cachereg_access_vm),		/* TTBR0, TTBR1, TCR */
	RN(3, 0, 5, 1, 0, 1, 1,		cachereg_access_vm),		/* AFSR0, AFSR1 */
	R1(3, 0, 5, 2, 0,		cachereg_access_vm),		/* ESR */
	RN(3, 0, 5, 3, 0, 3, 1,		access_ras),			/* ERRIDR, ERRSELR */
	RN(3, 0, 5, 4, 0, 5, 3,		access_ras),			/* ERXFR to ERXMISC3 */
	R1(3, 0, 6, 0, 0,		cachereg_access_vm),		/* FAR */
	RN(3, 0, 9, 14, 1, 14, 2,	pmureg_access_interrupt),	/* PMINTENSET, PMINTENCLR */
	R1(3, 0, 9, 14, 6,		pmureg_access_pmmir),		/* PMMIR */
	R1(3, 0, 10, 2, 0,		cachereg_access_vm),		/* MAIR */
	R1(3, 0, 10, 3, 0,		cachereg_access_vm),		/* AMAIR */
	RN(3, 0, 10, 4, 0, 4, 3,	access_lor),			/* LORSA, LOREA, LORN, LORC */
	R1(3, 0, 10, 4, 7,		access_lor),			/* LORID */
	RN(3, 0, 12, 11, 5, 11, 7,	vgic_access_sgi),		/* ICC_SGI1R, ICC_ASGI1R, ICC_SGI0R */
	R1(3, 0, 12, 12, 5,		vgic_access_sre),		/* ICC_SRE */
	R1(3, 0, 13, 0, 1,		cachereg_access_vm),		/* CONTEXTIDR */
	R1(3, 1, 0, 0, 0,		cachereg_access_ccsidr),	/* CCSIDR */
	R1(3, 1, 0, 0, 1,		cachereg_access_clidr),		/* CLIDR */
	R1(3, 1, 0, 0, 7,		idregs_access_fixed),		/* AIDR */
	R1(3, 2, 0, 0, 0,		cachereg_access_csselr),	/* CSSELR */
	R1(3, 3, 0, 0, 1,		idregs_access_ctr),		/* CTR_EL0 */
	R1(3, 3, 9, 12, 0,		pmureg_access_pmcr),		/* PMCR_EL0 */
	RN(3, 3, 9, 12, 1, 12, 2,	pmureg_access_enable),		/* PMCNTENSET_EL0, PMCNTENCLR_EL0 */
	R1(3, 3, 9, 12, 3,		pmureg_access_overflow),	/* PMOVSCLR_EL0 */
	R1(3, 3, 9, 12, 4,		pmureg_access_swinc),		/* PMSWINC_EL0 */
	R1(3, 3, 9, 12, 5,		pmureg_access_select),		/* PMSELR_EL0 */
	RN(3, 3, 9, 12, 6, 12, 7,	pmureg_access_ceid),		/* PMCEID0_EL0, PMCEID1_EL0 */
	R1(3, 3, 9, 13, 0,		pmureg_access_cycles),		/* PMCCNTR_EL0 */
	R1(3, 3, 9, 13, 1,		pmureg_access_type_selected),	/* PMXEVTYPER_EL0 */
	R1(3, 3, 9, 13, 2,		pmureg_access_counter_selected),	/* PMXEVCNTR_EL0 */
	R1(3, 3, 9, 14, 0,		pmureg_access_user),		/* PMUSERENR_EL0 */
	R1(3, 3, 9, 14, 3,		pmureg_access_overflow),	/* PMOVSSET_EL0 */
	R1(3, 3, 14, 0, 1,		timer_access_count),		/* CNTPCT_EL0 */
	R1(3, 3, 14, 0, 5,		timer_access_count),		/* CNTPCTSS_EL0 */
	R1(3, 3, 14, 2, 0,		timer_access_tval),		/* CNTP_TVAL_EL0 */
	R1(3, 3, 14, 2, 1,		timer_access_ctl),		/* CNTP_CTL_EL0 */
	R1(3, 3, 14, 2, 2,		timer_access_cval),		/* CNTP_CVAL_EL0 */
	RN(3, 3, 14, 8, 0, 11, 6,	pmureg_access_counter),		/* PMEVCNTRn_EL0 */
	RN(3, 3, 14, 12, 0, 15, 7,	pmureg_access_type),		/* PMEVTYPERn_EL0, PMCCFILTR_EL0 */
	R1(3, 4, 3, 0, 0,		cachereg_access_vm),		/* DACR32_EL2, by AArch32 only */
	R1(3, 4, 5, 0, 1,		cachereg_access_vm),		/* IFSR32_EL2, likewise */
};

bool sysreg_table_sorted(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].last < table[i].first || (i && table[i].first <= table[i - 1].last))
			return false;
	}
	return true;
}

static sysreg_access_fn *find(u32 reg)
{
	unsigned int low = 0, high = ARRAY_SIZE(table);

	/* A guest that runs has hardly another reason to trap: its vCPUs wake each other */
	if (likely(reg == SYS_ICC_SGI1R_EL1))
		return vgic_access_sgi;
	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (reg < table[mid].first)
			high = mid;
		else if (reg > table[mid].last)
			low = mid + 1;
		else
			return table[mid].access;
	}
	return NULL;
}

/**
 * sysreg_access() - what the table has for a register
 * @v: vCPU that left the guest
 * @a: the access
 *
 * Return: false: undefined, nothing has changed.
 */
bool sysreg_access(struct pvcpu *v, struct sysreg_access *a)
{
	sysreg_access_fn *access = find(a->reg);

	return access && access(v, a);
}

static bool emulate(struct pvcpu *v, u32 reg, bool write, unsigned int rt)
{
	struct sysreg_access a = { .reg = reg, .write = write };

	if (write)
		a.val = vcpu_get_reg(v, rt);
	if (!sysreg_access(v, &a))
		return false;
	if (!write)
		vcpu_set_reg(v, rt, a.val);
	return true;
}

#define ISS_READ(esr)	((esr) & 1)
#define ISS_RT(esr)	(((esr) >> 5) & 0x1f)

/**
 * sysreg_trap() - MSR, MRS or system instruction of a guest, EC 0x18
 * @v: vCPU that left the guest
 *
 * Return: 1, resume.
 */
int sysreg_trap(struct pvcpu *v)
{
	u64 esr = v->vcpu->page->exit.esr;

	if (emulate(v, esr_sys64_to_sysreg(esr), !ISS_READ(esr), ISS_RT(esr)))
		vcpu_skip(v);
	else
		inject_undef(v);
	return 1;
}
