/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where nvhe and vhe world switches differ, and what one guest entry carries along. For switch.c and guest.S.
 */
#ifndef KEEL_NVHE_SWITCH_H
#define KEEL_NVHE_SWITCH_H

#include "nvhe/nucleus.h"

#ifndef KEEL_VHE
#pragma GCC visibility push(hidden)
#endif

#define READ_ONCE_U64(x)	(*(const volatile u64 *)&(x))
#define READ_ONCE_U32(x)	(*(const volatile u32 *)&(x))

/* nuc_cpu.caps */
#define NUC_CAP_KNOWN	BIT(0)
#define NUC_CAP_A32	BIT(1)		/* AArch32 at EL1: the banked registers exist */
#define NUC_CAP_GIC	BIT(2)		/* GIC system registers */
#define NUC_CAP_RAS	BIT(3)
#define NUC_CAP_FGT	BIT(4)
#define NUC_CAP_HCX	BIT(5)
#define NUC_CAP_A32_EL0	BIT(6)
#define NUC_CAP_MOPS	BIT(7)
#define NUC_CAP_LRS_SHIFT	8	/* list registers, 1 to 16; with NUC_CAP_GIC */
#define NUC_CAP_LRS(caps)	((caps) >> NUC_CAP_LRS_SHIFT & 0x1f)
#define NUC_CAP_APRS_SHIFT	16	/* active priorities registers of each group: 1, 2 or 4; with NUC_CAP_GIC */
#define NUC_CAP_APRS(caps)	((caps) >> NUC_CAP_APRS_SHIFT & 7)
#define NUC_CAP_PMU	BIT(20)		/* PMUv3 */
#define NUC_CAP_SVE	BIT(24)
#define NUC_CAP_SME	BIT(25)
#define NUC_CAP_MTE	BIT(26)		/* with tags in memory: FEAT_MTE2 */

/* One guest entry, on this CPU's stack */
struct switch_ctx {
	struct nuc_cpu *cpu;
	struct nuc_vcpu *vcpu;
	struct keel_vcpu_page *page;
	u64 flags;			/* KEEL_VCTL_*, read once */
	u64 pstate;			/* read once, checked */
	u32 caps;			/* NUC_CAP_* */
	u32 lrs;			/* list registers in use, at most the CPU's */
	bool fp_used;
	u64 esr, far, hpfar;
	u64 pmu_guest, pmu_host;	/* counters to switch: struct keel_vcpu_pmu, read once */
};

/* guest.S */
int switch_enter(struct keel_vcpu_page *page, u64 *keys);
void switch_fp_load(const struct keel_vcpu_page *page);
void switch_fp_save(struct keel_vcpu_page *page);
extern const char nuc_guest_vectors[];

u32 switch_caps(void);

/* a32.c */
bool switch_pstate_allowed(const struct switch_ctx *ctx);
void switch_a32_enter(struct switch_ctx *ctx);
void switch_a32_leave(struct switch_ctx *ctx);

/* debug.c: debug registers that are in use */
void switch_debug_enter(struct switch_ctx *ctx);
void switch_debug_leave(struct switch_ctx *ctx);

/* sve.c: the CPU has the vCPU's vector lengths; its registers in, from CPTR_EL2 on, and out with all that was changed */
bool switch_sve_fits(const struct switch_ctx *ctx);
void switch_sve_enter(struct switch_ctx *ctx);
void switch_sve_leave(struct switch_ctx *ctx);

/* sveregs.S: SVE registers of the vCPU, at ZCR_EL2's vector length, from and to memory; bytes of a vector at EL2 now */
void switch_sve_load(const void *regs);
void switch_sve_save(void *regs);
u64 switch_sve_bytes(void);

/* pmu.c: which of the host's counters count, and what traps from EL0. Where switch.c says that it is in use */
void switch_pmu_enter(struct switch_ctx *ctx);
void switch_pmu_leave(struct switch_ctx *ctx);

/* mte.c: the registers of guests that have memory tagging */
void switch_mte_enter(struct switch_ctx *ctx);
void switch_mte_leave(struct switch_ctx *ctx);

/* vgic.c: the bits of switch_caps() that are the GIC's; with KEEL_VCTL_VGIC, its state in, and out before ICH_HCR_EL2 goes */
u32 switch_gic_caps(void);
void switch_vgic_load(struct switch_ctx *ctx);
void switch_vgic_save(struct switch_ctx *ctx);
#define ICH_HCR_EL2	S3_4_C12_C11_0

/* With E2H set the host's own EL2 registers hide behind the EL1 names; the guest's are *_EL12 and *_EL02 (D19.1) */
#ifdef KEEL_VHE
#define SWITCH_EL12(vhe, nvhe)	vhe
/* CPACR_EL1 form: FPEN 21:20, ZEN 17:16 and SMEN 25:24 trap; TTA, TAM */
#define CPTR_GUEST_TRAP		(BIT_ULL(28) | BIT_ULL(30))
#define CPTR_GUEST_FP		(CPTR_GUEST_TRAP | 3ULL << 20)
#define CPTR_GUEST_SVE		(CPTR_GUEST_FP | 3ULL << 16)
#define CNTHCTL_PCTEN		BIT_ULL(10)
#define CNTHCTL_PCEN		BIT_ULL(11)
#else
#define SWITCH_EL12(vhe, nvhe)	nvhe
/* RES1 with TZ and TSM, TTA, TAM; TFP */
#define CPTR_GUEST_FP		(0x33ffULL | BIT_ULL(20) | BIT_ULL(30))
#define CPTR_GUEST_TRAP		(CPTR_GUEST_FP | BIT_ULL(10))
#define CPTR_GUEST_SVE		(CPTR_GUEST_FP & ~BIT_ULL(8))
#define CNTHCTL_PCTEN		BIT_ULL(0)
#define CNTHCTL_PCEN		BIT_ULL(1)
#endif

#define SWITCH_CNTV_CTL		SWITCH_EL12(S3_5_C14_C3_1, cntv_ctl_el0)
#define SWITCH_CNTV_CVAL	SWITCH_EL12(S3_5_C14_C3_2, cntv_cval_el0)

/*
 * Class EL1 of abi/sysreg.def, two at a time: neighbours in the page (asserted in switch.c), so that one instruction
 * moves both between memory and general registers
 */
#define SWITCH_EL1_REGS(R)							\
	R(CSSELR_EL1, csselr_el1, SCTLR_EL1, SWITCH_EL12(S3_5_C1_C0_0, sctlr_el1))	\
	R(CPACR_EL1, SWITCH_EL12(S3_5_C1_C0_2, cpacr_el1),			\
	  TTBR0_EL1, SWITCH_EL12(S3_5_C2_C0_0, ttbr0_el1))			\
	R(TTBR1_EL1, SWITCH_EL12(S3_5_C2_C0_1, ttbr1_el1),			\
	  TCR_EL1, SWITCH_EL12(S3_5_C2_C0_2, tcr_el1))				\
	R(ESR_EL1, SWITCH_EL12(S3_5_C5_C2_0, esr_el1),				\
	  AFSR0_EL1, SWITCH_EL12(S3_5_C5_C1_0, afsr0_el1))			\
	R(AFSR1_EL1, SWITCH_EL12(S3_5_C5_C1_1, afsr1_el1),			\
	  FAR_EL1, SWITCH_EL12(S3_5_C6_C0_0, far_el1))				\
	R(PAR_EL1, par_el1, MAIR_EL1, SWITCH_EL12(S3_5_C10_C2_0, mair_el1))	\
	R(AMAIR_EL1, SWITCH_EL12(S3_5_C10_C3_0, amair_el1),			\
	  VBAR_EL1, SWITCH_EL12(S3_5_C12_C0_0, vbar_el1))			\
	R(CONTEXTIDR_EL1, SWITCH_EL12(S3_5_C13_C0_1, contextidr_el1),		\
	  TPIDR_EL1, tpidr_el1)							\
	R(CNTKCTL_EL1, SWITCH_EL12(S3_5_C14_C1_0, cntkctl_el1), SP_EL1, sp_el1)	\
	R(ELR_EL1, SWITCH_EL12(S3_5_C4_C0_1, elr_el1),				\
	  SPSR_EL1, SWITCH_EL12(S3_5_C4_C0_0, spsr_el1))

#define SWITCH_USER_REGS(R)	R(TPIDR_EL0, tpidr_el0, TPIDRRO_EL0, tpidrro_el0)

#ifndef KEEL_VHE
#pragma GCC visibility pop
#endif

#endif
