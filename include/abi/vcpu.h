/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of a vCPU that nucleus and host both see: registers, entry controls, exit report.
 *
 * Layout is versioned and append-only; each part says who writes it. The host may write any
 * part at any time, so the nucleus reads each control once per entry and checks it; guest
 * registers are the host's to set for an ordinary VM, but PSTATE and the control bits are
 * checked against what a guest may have. Valid for the host only while the vCPU is not in
 * vcpu_run, and after vcpu_sync if register state may be on a CPU still.
 */
#ifndef KEEL_ABI_VCPU_H
#define KEEL_ABI_VCPU_H

#include "core/port.h"

#define KEEL_VCPU_LAYOUT	1

enum keel_sysreg {
#define SYSREG(name, op0, op1, crn, crm, op2, class)	KEEL_SR_##name,
#include "abi/sysreg.def"
#undef SYSREG
	KEEL_SR_NR,
};

/* ctl.flags: what the guest has, fixed by vCPU features (host writes) */
#define KEEL_VCTL_PAUTH		BIT(0)	/* guest has pointer authentication: keys switched, no trap */
#define KEEL_VCTL_DEBUG		BIT(1)	/* guest's hardware breakpoint and watchpoint registers are in use: switched, no trap */
#define KEEL_VCTL_HOSTDEBUG	BIT(2)	/* host debugs the guest: dbg[] of the page are the host's, guest access traps, TDE on */
#define KEEL_VCTL_A32_EL0	BIT(3)	/* AArch32 at EL0 possible */
#define KEEL_VCTL_TWI		BIT(4)	/* trap WFI */
#define KEEL_VCTL_TWE		BIT(5)	/* trap WFE */
#define KEEL_VCTL_VI		BIT(6)	/* virtual IRQ pending (no GIC) */
#define KEEL_VCTL_VF		BIT(7)	/* virtual FIQ pending */
#define KEEL_VCTL_VSE		BIT(8)	/* virtual SError pending; taken: the nucleus clears it */
#define KEEL_VCTL_TVM		BIT(9)	/* trap writes of stage-1 controls (cache maintenance at MMU on) */
#define KEEL_VCTL_TID2		BIT(10)	/* trap cache-type registers */
#define KEEL_VCTL_CNTP_TRAP	BIT(11)	/* trap EL1 physical timer */
#define KEEL_VCTL_VGIC		BIT(12)	/* GICv3 CPU interface: vgic is switched, ICC_* trap only as vgic.hcr says */
#define KEEL_VCTL_CNTPCT_TRAP	BIT(13)	/* trap reads of the physical counter */
#define KEEL_VCTL_A32_EL1	BIT(14)	/* EL1 is AArch32: HCR_EL2.RW is 0, A32 registers are switched; since 1.1 */
#define KEEL_VCTL_MTE		BIT(20)	/* guest has memory tagging: HCR_EL2.ATA, mte is switched; since 1.2 */
#define KEEL_VCTL_PMU		BIT(15)	/* guest has an emulated PMU: its accesses from EL0 trap too; since 1.2 */

/* ctl.hcrx: MSCEn, the guest has FEAT_MOPS (Arm ARM, HCRX_EL2) */
#define KEEL_VCTL_HCRX		BIT(11)

/* Memory tagging, switched with KEEL_VCTL_MTE */
struct keel_vcpu_mte {
	u64 rgsr_el1, gcr_el1, tfsr_el1, tfsre0_el1;
};

/* Debug registers, DBGB/WVRn and CRn */
struct keel_vcpu_dbg {
	u64 bvr[16], bcr[16], wvr[16], wcr[16];
};

/*
 * Virtual CPU interface, switched with KEEL_VCTL_VGIC (GIC architecture specification, IHI 0069, chapter 12.4). With the
 * host's GICv2 it is the anchor that switches it, and the nucleus, on a CPU without system registers of a GIC, leaves it alone
 */
struct keel_vcpu_vgic {
	u64 lr[16];	/* ICH_LR<n>_EL2: host before entry, nucleus at exit; lr[0] to lr[used - 1] only */
	u64 vmcr;	/* ICH_VMCR_EL2: nucleus at exit, host in between */
	u32 ap0r[4];	/* ICH_AP0R<n>_EL2, likewise; as many as the CPU has */
	u32 ap1r[4];	/* ap1r[0]: GICv2: GICH_APR */
	u32 used;	/* host, read once per entry: list registers in use, from 0; more than the CPU has: all of them */
	u32 hcr;	/* host, read once per entry: ICH_HCR_EL2 within KEEL_VGIC_HCR; En is always set */
	u32 misr;	/* nucleus, at exit: ICH_MISR_EL2 when it left the guest, 0: no maintenance due */
	u32 eisr;	/* nucleus, at exit, where misr is not 0: ICH_EISR_EL2 */
};

/* ICH_HCR_EL2: UIE, LRENPIE, NPIE, VGrp0EIE to VGrp1DIE, TC, TALL0, TALL1, TDIR */
#define KEEL_VGIC_HCR		0x00007cfeUL

/*
 * The CPU's own counters, as bits of PMCNTENSET_EL0 (host, read once per entry). @guest: count for guests only, the others
 * for all but guests. nvhe: they are enabled and disabled around the guest. vhe: EL2 is not EL1 there, so what differs is
 * whether EL0 is counted (PMEVTYPER<n>_EL0.U).
 */
struct keel_vcpu_pmu {
	u64 guest, host;
};

struct keel_vcpu_page {
	/* nucleus, at vcpu_create */
	u32 layout;		/* KEEL_VCPU_LAYOUT */
	u32 size;		/* sizeof(struct keel_vcpu_page) of the nucleus */

	/* nucleus, at each exit */
	struct {
		u64 esr;	/* ESR_EL2 */
		u64 far;	/* FAR_EL2 */
		u64 hpfar;	/* HPFAR_EL2, or resolved by the nucleus where hardware leaves it stale */
		u64 disr;	/* DISR_EL1/VDISR_EL2 where RAS */
		u32 code;	/* KEEL_EXIT_*, same as the return value */
		u32 fp_used;	/* guest used FP/SIMD since the last entry */
		u64 entries;	/* times the guest was entered, ever */
	} exit;

	/* host, read once per entry */
	struct {
		u64 flags;	/* KEEL_VCTL_* */
		u64 vsesr;	/* VSESR_EL2 for VSE, 25 bits */
		u64 mdscr_host;	/* MDSCR_EL1 to run with when HOSTDEBUG */
		u64 hcrx;	/* HCRX_EL2 within KEEL_VCTL_HCRX, where the CPU has that; else 0 */
	} ctl;

	/* guest registers: nucleus at exit, host in between */
	u64 regs[31];
	u64 sp_el0;
	u64 pc;
	u64 pstate;		/* SPSR_EL2 form */
	u64 sysreg[KEEL_SR_NR];
	u64 spsr_abt, spsr_und, spsr_irq, spsr_fiq;
	struct keel_vcpu_dbg dbg;
	u64 fpsr, fpcr;
	u64 vregs[32][2] __attribute__((aligned(16)));

	/* since ABI 1.1, KEEL_FEAT_VGIC3 */
	struct keel_vcpu_vgic vgic;
	/* since ABI 1.1, KEEL_FEAT_A32_EL1: switched with A32_EL1 and DEBUG */
	u64 dbgvcr32;
	/* since ABI 1.2, KEEL_FEAT_SVE: of a vCPU with SVE, whose vregs are in the memory of vcpu_sve and not here */
	u64 zcr_el1;
	/* since ABI 1.2, KEEL_FEAT_MTE */
	struct keel_vcpu_mte mte;
	/* since ABI 1.2, KEEL_FEAT_PMU */
	struct keel_vcpu_pmu pmu;
};

#endif
