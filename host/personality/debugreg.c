// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug registers as a guest or VMM reads and writes them while nothing of them is in the CPU: breakpoints and
 * watchpoints, MDSCR_EL1, the OS lock. External debug does not exist for a guest. debug.c decides when they are
 * switched into the CPU and no longer trap.
 */
#include "personality.h"
#include "sysreg.h"

#define DFR0		KEEL_IDREG_IDX(5, 0)
#define DFR0_BRPS(v)	(((v) >> 12) & 15)	/* number of breakpoints less one */
#define DFR0_WRPS(v)	(((v) >> 20) & 15)
#define DFR0_CTX_CMPS(v)	(((v) >> 28) & 15)	/* likewise */
#define DFR0_DEBUGVER(v)	((v) & 15)
#define PFR0		KEEL_IDREG_IDX(4, 0)
#define PFR0_EL3(v)	(((v) >> 12) & 15)

#define DIDR_SE_IMP	BIT(12)
#define DIDR_NSUHD_IMP	BIT(14)
#define DIDR_RES1	BIT(15)

/**
 * debugreg_slot() - where the page holds a breakpoint or watchpoint register
 * @v: vCPU
 * @reg: sys_reg(2, 0, 0, n, 4..7): DBGBVRn_EL1, DBGBCRn_EL1, DBGWVRn_EL1, DBGWCRn_EL1
 *
 * Return: its place, or NULL: @reg is something else. All 16 of each have a place, whatever the guest is shown.
 */
u64 *debugreg_slot(struct pvcpu *v, u32 reg)
{
	struct keel_vcpu_dbg *dbg = &v->vcpu->page->dbg;
	unsigned int n = sys_reg_CRm(reg);

	if (reg < sys_reg(2, 0, 0, 0, 0) || reg > sys_reg(2, 0, 0, 15, 7))
		return NULL;
	switch (sys_reg_Op2(reg)) {
	case 4:
		return &dbg->bvr[n];
	case 5:
		return &dbg->bcr[n];
	case 6:
		return &dbg->wvr[n];
	case 7:
		return &dbg->wcr[n];
	}
	return NULL;
}

static bool implemented(const struct pvcpu *v, u32 reg)
{
	u64 dfr0 = v->pvm->ids.val[DFR0];
	unsigned int n = sys_reg_CRm(reg);

	return sys_reg_Op2(reg) < 6 ? n <= DFR0_BRPS(dfr0) : n <= DFR0_WRPS(dfr0);
}

bool debugreg_access(struct pvcpu *v, struct sysreg_access *a)
{
	u64 *slot = debugreg_slot(v, a->reg);

	if (a->reg == SYS_MDSCR_EL1)
		slot = &v->vcpu->page->sysreg[KEEL_SR_MDSCR_EL1];
	else if (a->reg == SYS_MDCCINT_EL1)
		slot = &v->vcpu->page->sysreg[KEEL_SR_MDCCINT_EL1];
	else if (a->reg == SYS_DBGVCR32_EL2)
		slot = &v->cache.dbgvcr32;
	else if (!slot || !implemented(v, a->reg))
		return false;

	if (a->write) {
		*slot = (*slot & a->keep) | a->val;
		v->debug.touched = true;
	} else {
		a->val = *slot;
	}
	return true;
}

bool debugreg_access_oslar(struct pvcpu *v, struct sysreg_access *a)
{
	u64 *oslsr = &v->vcpu->page->sysreg[KEEL_SR_OSLSR_EL1];

	if (!a->write)
		return false;
	if (a->val & OSLAR_OSLK)
		*oslsr |= OSLSR_OSLK;
	else
		*oslsr &= ~OSLSR_OSLK;
	return true;
}

bool debugreg_access_oslsr(struct pvcpu *v, struct sysreg_access *a)
{
	if (a->write)
		return false;
	a->val = v->vcpu->page->sysreg[KEEL_SR_OSLSR_EL1];
	return true;
}

/* DBGDIDR: AArch32's view of ID_AA64DFR0_EL1, and whether there is an EL3 (Arm ARM G8.3) */
bool debugreg_access_didr(struct pvcpu *v, struct sysreg_access *a)
{
	u64 dfr0 = v->pvm->ids.val[DFR0];

	if (a->write)
		return false;
	a->val = DFR0_WRPS(dfr0) << 28 | DFR0_BRPS(dfr0) << 24 | DFR0_CTX_CMPS(dfr0) << 20 |
		 DFR0_DEBUGVER(dfr0) << 16 | DIDR_RES1;
	if (PFR0_EL3(v->pvm->ids.val[PFR0]))
		a->val |= DIDR_SE_IMP | DIDR_NSUHD_IMP;
	return true;
}

/* DBGAUTHSTATUS_EL1: what the machine's debug authentication says */
bool debugreg_access_auth(struct pvcpu *v, struct sysreg_access *a)
{
	if (a->write)
		return false;
	a->val = read_sysreg(dbgauthstatus_el1);
	return true;
}
