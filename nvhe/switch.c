// SPDX-License-Identifier: GPL-2.0-only
/*
 * The world switch: from the host to a guest and back, all but the last instructions (guest.S). It owns every register
 * that a guest could otherwise share with the host. It trusts the VM and vCPU it is given; the vCPU page belongs to
 * the host, which can write it at any time: controls and PSTATE are read once per entry and checked. It
 * decides nothing about the exit but two things the host need not see: the first FP access, and a stale HPFAR.
 *
 * nvhe and vhe differ in the names of EL1 registers, the format of CPTR_EL2 and CNTHCTL_EL2, and in what the host has
 * to be given back. In nvhe EL2's registers are the nucleus' alone, so what they are for the host is read once on each
 * CPU, while EL1's are the host's. In vhe the host changes EL2's, but uses neither EL1's nor what acts on EL1 only.
 *
 * VPIDR_EL2 is what the kernel's boot code made it, the CPU's own MIDR_EL1, for host and guests.
 */
#include "core/pstate.h"
#include "nvhe/nucleus.h"
#include "nvhe/offsets.h"
#include "nvhe/switch.h"
#include "nvhe/vm.h"

static_assert(offsetof(struct keel_vcpu_page, regs) == PAGE_REGS, "guest.S");
static_assert(offsetof(struct keel_vcpu_page, sp_el0) == PAGE_SP_EL0, "guest.S");
static_assert(offsetof(struct keel_vcpu_page, fpsr) == PAGE_FPSR, "guest.S");
static_assert(offsetof(struct keel_vcpu_page, fpcr) == PAGE_FPCR, "guest.S");
static_assert(offsetof(struct keel_vcpu_page, vregs) == PAGE_VREGS, "guest.S");
static_assert(offsetof(struct keel_vcpu_page, sysreg[KEEL_SR_APIAKEYLO_EL1]) == PAGE_APIAKEYLO, "guest.S");
static_assert(KEEL_SR_APGAKEYHI_EL1 - KEEL_SR_APIAKEYLO_EL1 == 9, "guest.S: ten keys in a row");

/* Traps every guest has; the reasons are in the Arm ARM's description of HCR_EL2, D19.2.48 */
#define HCR_GUEST	(HCR_VM | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_FMO | HCR_IMO | HCR_AMO | \
			 HCR_FB | HCR_BSU_IS | HCR_TID1 | HCR_TID3 | HCR_TLOR | HCR_TEA)

/* MDCR_EL2: no PMU, no trace, no statistical profiling, no debug registers unless they are switched */
#define MDCR_HPMN	0x1fULL
#define MDCR_TPMCR	BIT_ULL(5)
#define MDCR_TPM	BIT_ULL(6)
#define MDCR_TDE	BIT_ULL(8)
#define MDCR_TDA	BIT_ULL(9)
#define MDCR_TDOSA	BIT_ULL(10)
#define MDCR_TDRA	BIT_ULL(11)
#define MDCR_TPMS	BIT_ULL(14)
#define MDCR_TTRF	BIT_ULL(19)
#define MDCR_GUEST	(MDCR_TPM | MDCR_TPMCR | MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS | MDCR_TTRF)

#define ID_AA64ISAR2_EL1	S3_0_C0_C6_2

static u64 id_field(u64 id, u32 bit)
{
	return (id >> bit) & 0xf;
}

u32 switch_caps(void)
{
	u64 pfr0 = sysreg_read(id_aa64pfr0_el1);
	u64 pfr1 = sysreg_read(id_aa64pfr1_el1);
	u64 dfr0 = sysreg_read(id_aa64dfr0_el1);
	u64 mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	u64 mmfr1 = sysreg_read(id_aa64mmfr1_el1);
	u32 caps = NUC_CAP_KNOWN;

	if (id_field(pfr0, 0) == 2)
		caps |= NUC_CAP_A32_EL0;
	if (id_field(pfr0, 4) == 2)
		caps |= NUC_CAP_A32;
	if (id_field(pfr0, 24))
		caps |= switch_gic_caps();
	if (id_field(pfr0, 28))
		caps |= NUC_CAP_RAS;
	if (id_field(pfr0, 32))
		caps |= NUC_CAP_SVE;
	if (id_field(pfr1, 24))
		caps |= NUC_CAP_SME;
	if (id_field(pfr1, 8) >= 2)
		caps |= NUC_CAP_MTE;
	/* PMUVer: 15 is a PMU of another kind */
	if (id_field(dfr0, 8) && id_field(dfr0, 8) != 15)
		caps |= NUC_CAP_PMU;
	if (id_field(mmfr0, 56))
		caps |= NUC_CAP_FGT;
	if (id_field(mmfr1, 40))
		caps |= NUC_CAP_HCX;
	if (id_field(sysreg_read(ID_AA64ISAR2_EL1), 16))
		caps |= NUC_CAP_MOPS;
	return caps;
}

/* ---- EL1 and EL0 registers ---------------------------------------------------------------------------------- */

#define SAVE2(a, reg_a, b, reg_b) {						\
	u64 val_a = sysreg_read(reg_a), val_b = sysreg_read(reg_b);		\
	regs[KEEL_SR_##a] = val_a;						\
	regs[KEEL_SR_##b] = val_b;						\
}
/* Written out: a compiler does not pair loads across the MSR of the pair before */
#define LOAD2(a, reg_a, b, reg_b) {						\
	u64 val_a, val_b;							\
	asm("ldp %0, %1, [%2, %3]" : "=r" (val_a), "=r" (val_b)			\
	    : "r" (regs), "i" (KEEL_SR_##a * sizeof(u64)), "m" (regs[KEEL_SR_##a]), "m" (regs[KEEL_SR_##b]));	\
	sysreg_write(reg_a, val_a);						\
	sysreg_write(reg_b, val_b);						\
}
#define NEIGHBOURS(a, reg_a, b, reg_b)	static_assert(KEEL_SR_##b - KEEL_SR_##a == 1, "one access for both");

SWITCH_EL1_REGS(NEIGHBOURS)
SWITCH_USER_REGS(NEIGHBOURS)

/* The array by a register of its own: offsets from the structure around it are out of a pair's reach */
#define OWN_BASE(regs)	asm("" : "+r" (regs))

static void el1_save(u64 *regs)
{
	OWN_BASE(regs);
	SWITCH_EL1_REGS(SAVE2)
}

static void el1_load(const u64 *regs)
{
	OWN_BASE(regs);
	SWITCH_EL1_REGS(LOAD2)
}

static void user_save(u64 *regs)
{
	OWN_BASE(regs);
	SWITCH_USER_REGS(SAVE2)
}

static void user_load(const u64 *regs)
{
	SWITCH_USER_REGS(LOAD2)
}

/* gcc makes functions of what two callers have: switch_run() and a panic, of which the latter does not count */
#define ALWAYS_INLINE	inline __attribute__((always_inline))

/* ---- traps -------------------------------------------------------------------------------------------------- */

static u64 make_hcr(const struct switch_ctx *ctx)
{
	static const struct { u64 flag, hcr; } by_flag[] = {
		{ KEEL_VCTL_PAUTH,	HCR_API | HCR_APK },
		{ KEEL_VCTL_TWI,	HCR_TWI },
		{ KEEL_VCTL_TWE,	HCR_TWE },
		{ KEEL_VCTL_VI,		HCR_VI },
		{ KEEL_VCTL_VF,		HCR_VF },
		{ KEEL_VCTL_VSE,	HCR_VSE },
		{ KEEL_VCTL_TVM,	HCR_TVM },
		{ KEEL_VCTL_TID2,	HCR_TID2 },
	};
	u64 hcr = HCR_GUEST | (nuc_is_vhe() ? HCR_E2H : 0);
	u32 i;

	if (!(ctx->flags & KEEL_VCTL_A32_EL1))
		hcr |= HCR_RW;
	for (i = 0; i < ARRAY_SIZE(by_flag); i++)
		if (ctx->flags & by_flag[i].flag)
			hcr |= by_flag[i].hcr;
	if (ctx->caps & NUC_CAP_RAS)
		hcr |= HCR_TERR;
	if (ctx->caps & NUC_CAP_MTE)
		hcr |= ctx->flags & KEEL_VCTL_MTE ? HCR_ATA : HCR_TID5;
	return hcr;
}

static bool has_mte(const struct switch_ctx *ctx)
{
	return ctx->flags & KEEL_VCTL_MTE && ctx->caps & NUC_CAP_MTE;
}

/* Flags seldom differ from those of this CPU's last entry. hcr is 0 before the first, which no flags lead to */
static u64 guest_hcr(const struct switch_ctx *ctx)
{
	struct nuc_cpu *cpu = ctx->cpu;

	if (!cpu->hcr || cpu->hcr_flags != ctx->flags) {
		cpu->hcr = make_hcr(ctx);
		cpu->hcr_flags = ctx->flags;
	}
	return cpu->hcr;
}

static u64 guest_mdcr(const struct switch_ctx *ctx)
{
	u64 mdcr = (ctx->cpu->host.mdcr & MDCR_HPMN) | MDCR_GUEST;

	if (ctx->flags & KEEL_VCTL_HOSTDEBUG)
		return mdcr | MDCR_TDA | MDCR_TDE;
	if (ctx->flags & KEEL_VCTL_DEBUG)
		return mdcr;
	return mdcr | MDCR_TDA;
}

/*
 * ICC_SRE_EL1 always traps. It is the host's own, with SRE set: a Linux that found EL2 drives a GICv3 by system
 * registers only. Without a virtual GIC all of the CPU interface traps. SGI registers trap by IMO and FMO.
 */
#define ICC_SRE_EL2	S3_4_C12_C9_5
#define ICC_SRE_ENABLE	BIT_ULL(3)
#define ICH_HCR_TC	BIT_ULL(10)
#define ICH_HCR_TALL0	BIT_ULL(11)
#define ICH_HCR_TALL1	BIT_ULL(12)

static void gic_enter(struct switch_ctx *ctx)
{
	ctx->cpu->host.icc_sre = sysreg_read(ICC_SRE_EL2);
	sysreg_write(ICC_SRE_EL2, ctx->cpu->host.icc_sre & ~ICC_SRE_ENABLE);
	if (ctx->flags & KEEL_VCTL_VGIC)
		switch_vgic_load(ctx);
	else
		sysreg_write(ICH_HCR_EL2, ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1);
}

/* ICH_HCR_EL2 zero: the maintenance interrupt goes away before the host could take it */
static void gic_leave(struct switch_ctx *ctx)
{
	if (ctx->flags & KEEL_VCTL_VGIC)
		switch_vgic_save(ctx);
	sysreg_write(ICH_HCR_EL2, 0);
	sysreg_write(ICC_SRE_EL2, ctx->cpu->host.icc_sre);
}

/*
 * Fine-grained traps: all zero traps what is newer than this file (the "n" bits) and nothing else. HCRX_EL2 zero
 * disables what is newer. Without these a guest could reach registers that nobody switches. Memory copy instructions
 * (FEAT_MOPS) keep their state in general registers: they need nothing but not to be disabled.
 */
#define FGT_REGS(R)	R(0, S3_4_C1_C1_4) R(1, S3_4_C1_C1_5) R(2, S3_4_C1_C1_6) R(3, S3_4_C3_C1_4) R(4, S3_4_C3_C1_5)
#define HCRX_EL2	S3_4_C1_C2_2
#define FGT_LOOK(n, reg)	cpu->host.fgt[n] = sysreg_read(reg);
#define FGT_ENTER(n, reg)	sysreg_write(reg, 0);
#define FGT_LEAVE(n, reg)	sysreg_write(reg, ctx->cpu->host.fgt[n]);

static void fgt_look(struct nuc_cpu *cpu)
{
	FGT_REGS(FGT_LOOK)
}

static void fgt_enter(void)
{
	FGT_REGS(FGT_ENTER)
}

static void fgt_leave(struct switch_ctx *ctx)
{
	FGT_REGS(FGT_LEAVE)
}

static void newer_look(struct nuc_cpu *cpu, u32 caps)
{
	if (caps & NUC_CAP_FGT)
		fgt_look(cpu);
	if (caps & NUC_CAP_HCX)
		cpu->host.hcrx = sysreg_read(HCRX_EL2);
}

static void newer_enter(struct switch_ctx *ctx)
{
	if (ctx->caps & NUC_CAP_FGT)
		fgt_enter();
	if (ctx->caps & NUC_CAP_HCX)
		sysreg_write(HCRX_EL2, ctx->caps & NUC_CAP_MOPS ? ctx->page->ctl.hcrx & KEEL_VCTL_HCRX : 0);
}

static void newer_leave(struct switch_ctx *ctx)
{
	if (ctx->caps & NUC_CAP_FGT)
		fgt_leave(ctx);
	if (ctx->caps & NUC_CAP_HCX)
		sysreg_write(HCRX_EL2, ctx->cpu->host.hcrx);
}

static void traps_enter(struct switch_ctx *ctx)
{
	const u64 *regs = ctx->page->sysreg;

	sysreg_write(mdcr_el2, guest_mdcr(ctx));
	sysreg_write(cptr_el2, CPTR_GUEST_TRAP);
	sysreg_write(vmpidr_el2, regs[KEEL_SR_MPIDR_EL1]);
	if (ctx->caps & NUC_CAP_GIC)
		gic_enter(ctx);
	newer_enter(ctx);
	if (ctx->caps & NUC_CAP_RAS) {
		sysreg_write(S3_4_C5_C2_3, ctx->page->ctl.vsesr & GENMASK_ULL(24, 0));	/* VSESR_EL2 */
		sysreg_write(S3_4_C12_C1_1, regs[KEEL_SR_DISR_EL1]);			/* VDISR_EL2 */
	}
}

static ALWAYS_INLINE void traps_leave(struct switch_ctx *ctx)
{
	struct nuc_cpu *cpu = ctx->cpu;

	if (ctx->caps & NUC_CAP_RAS)
		ctx->page->sysreg[KEEL_SR_DISR_EL1] = sysreg_read(S3_4_C12_C1_1);
	newer_leave(ctx);
	if (ctx->caps & NUC_CAP_GIC)
		gic_leave(ctx);
	if (!nuc_is_vhe())
		sysreg_write(vmpidr_el2, cpu->host.vmpidr);
	sysreg_write(cptr_el2, cpu->host.cptr);
	sysreg_write(mdcr_el2, cpu->host.mdcr);
	sysreg_write(vbar_el2, cpu->host.vbar);
}

/* ---- timer -------------------------------------------------------------------------------------------------- */

/*
 * The virtual timer is the guest's while it runs and off otherwise: its interrupt makes the guest exit, and goes away
 * with the exit. The EL1 physical timer always traps: in nvhe it is the host's own. The physical counter is read
 * directly, unless the guest's is not the host's.
 */
static u64 guest_cnthctl(const struct switch_ctx *ctx)
{
	u64 cnthctl = ctx->cpu->host.cnthctl & ~(CNTHCTL_PCTEN | CNTHCTL_PCEN);

	return ctx->flags & KEEL_VCTL_CNTPCT_TRAP ? cnthctl : cnthctl | CNTHCTL_PCTEN;
}

static void timer_enter(struct switch_ctx *ctx)
{
	const u64 *regs = ctx->page->sysreg;

	sysreg_write(cnthctl_el2, guest_cnthctl(ctx));
	sysreg_write(cntvoff_el2, regs[KEEL_SR_CNTVOFF_EL2]);
	sysreg_write(SWITCH_CNTV_CVAL, regs[KEEL_SR_CNTV_CVAL_EL0]);
	/* Never enabled with the deadline or the offset of another */
	nuc_isb();
	sysreg_write(SWITCH_CNTV_CTL, regs[KEEL_SR_CNTV_CTL_EL0]);
}

static void timer_leave(struct switch_ctx *ctx)
{
	u64 *regs = ctx->page->sysreg;

	regs[KEEL_SR_CNTV_CTL_EL0] = sysreg_read(SWITCH_CNTV_CTL);
	regs[KEEL_SR_CNTV_CVAL_EL0] = sysreg_read(SWITCH_CNTV_CVAL);
	sysreg_write(SWITCH_CNTV_CTL, 0);
	/* A host at EL2 and its user space read the virtual counter without offset (Arm ARM, CNTVOFF_EL2) */
	if (!nuc_is_vhe()) {
		nuc_isb();
		sysreg_write(cntvoff_el2, ctx->cpu->host.cntvoff);
	}
	sysreg_write(cnthctl_el2, ctx->cpu->host.cnthctl);
}

/* ---- stage-2 ------------------------------------------------------------------------------------------------ */

/* Another vCPU of the VM ran here last: its stage-1 translations carry the same VMID and, maybe, the same ASIDs */
static void flush_if_other_vcpu(struct switch_ctx *ctx)
{
	u16 *last = &ctx->vcpu->vm->last_vcpu[ctx->cpu->nr];

	if (*last == ctx->vcpu->idx + 1)
		return;
	*last = ctx->vcpu->idx + 1;
	/* After HCR_EL2: in vhe, with TGE set, it would be the host's own translations */
	nuc_isb();
	asm volatile("tlbi vmalle1\n\tic iallu" ::: "memory");
	nuc_dsb(nsh);
	nuc_isb();
}

/*
 * VTTBR_EL2 before HCR_EL2: no walk with stage-2 on and another's tables. vhe: TGE goes here. The ERET to the guest
 * is the synchronisation of HCR_EL2.
 */
static void stage2_enter(struct switch_ctx *ctx)
{
	sysreg_write(vtcr_el2, ctx->vcpu->vm->vtcr);
	sysreg_write(vttbr_el2, ctx->vcpu->vm->vttbr);
	nuc_isb();
	sysreg_write(hcr_el2, guest_hcr(ctx));
	flush_if_other_vcpu(ctx);
}

/* nvhe: EL2 does not use what stage-2 translates, and the ERET to the host synchronises. vhe: TGE set, no stage-2 */
static void stage2_leave(struct switch_ctx *ctx)
{
	sysreg_write(hcr_el2, ctx->cpu->host_hcr);
	nuc_isb();
	if (nuc_is_vhe())
		return;
	sysreg_write(vttbr_el2, ctx->cpu->host_vttbr);
	sysreg_write(vtcr_el2, ctx->cpu->host_vtcr);
}

void switch_tlb_begin(struct nuc_vm *vm, struct nuc_tlb_ctx *ctx)
{
	ctx->vttbr = sysreg_read(vttbr_el2);
	ctx->vtcr = sysreg_read(vtcr_el2);
	ctx->hcr = sysreg_read(hcr_el2);
	sysreg_write(vtcr_el2, vm->vtcr);
	sysreg_write(vttbr_el2, vm->vttbr);
	nuc_isb();
	/* vhe: with TGE set, TLBI of EL1&0 would go to the host's own regime */
	if (nuc_is_vhe()) {
		sysreg_write(hcr_el2, ctx->hcr & ~HCR_TGE);
		nuc_isb();
	}
}

void switch_tlb_end(struct nuc_tlb_ctx *ctx)
{
	if (nuc_is_vhe()) {
		sysreg_write(hcr_el2, ctx->hcr);
		nuc_isb();
	}
	sysreg_write(vttbr_el2, ctx->vttbr);
	sysreg_write(vtcr_el2, ctx->vtcr);
	nuc_isb();
}

/* ---- exits that stay here ----------------------------------------------------------------------------------- */

#define ESR_FNV		BIT_ULL(10)
#define ESR_S1PTW	BIT_ULL(7)
#define PAR_F		BIT_ULL(0)

/* HPFAR_EL2 holds the IPA but for permission faults that are not on a walk (Arm ARM D19.2.57) */
bool switch_fault_hpfar(u64 esr, u64 far, u64 *hpfar)
{
	u64 saved, par;

	if ((esr & 0x3c) != 0x0c || (esr & ESR_S1PTW)) {
		*hpfar = sysreg_read(hpfar_el2);
		return true;
	}
	saved = sysreg_read(par_el1);
	asm volatile("at s1e1r, %0" : : "r" (far));
	nuc_isb();
	par = sysreg_read(par_el1);
	sysreg_write(par_el1, saved);
	if (par & PAR_F)
		return false;
	*hpfar = (par & GENMASK_ULL(51, 12)) >> 8;
	return true;
}

/* EL1 of the guest is AArch32, and so can the CPU's be: switch_pstate_allowed() */
static bool has_a32(const struct switch_ctx *ctx)
{
	return ctx->flags & KEEL_VCTL_A32_EL1;
}

static bool has_sve(const struct switch_ctx *ctx)
{
	return ctx->vcpu->sve_vq;
}

/* Which of the two traps comes first is the CPU's business, but SVE has one of its own */
static bool is_fp_trap(const struct switch_ctx *ctx, u64 ec)
{
	return ec == EC_FP || (ec == EC_SVE && has_sve(ctx));
}

/*
 * First use since entry: the host has put its own FP state away before it called. FPEXC32_EL2 belongs here: with
 * CPTR_EL2.TFP set an access from EL2 traps too (Arm ARM D19.2.56).
 */
static void fp_first_use(struct switch_ctx *ctx)
{
	if (has_sve(ctx)) {
		switch_sve_enter(ctx);
	} else {
		sysreg_write(cptr_el2, CPTR_GUEST_FP);
		nuc_isb();
		switch_fp_load(ctx->page);
	}
	if (has_a32(ctx))
		sysreg_write(fpexc32_el2, ctx->page->sysreg[KEEL_SR_FPEXC32_EL2]);
	ctx->fp_used = true;
}

static void fp_save(struct switch_ctx *ctx)
{
	if (has_sve(ctx))
		switch_sve_leave(ctx);
	else
		switch_fp_save(ctx->page);
	if (has_a32(ctx))
		ctx->page->sysreg[KEEL_SR_FPEXC32_EL2] = sysreg_read(fpexc32_el2);
}

/* true: nothing for the host here, the guest goes on */
static bool handled_here(struct switch_ctx *ctx, int code)
{
	u64 ec;

	if (code != KEEL_EXIT_TRAP)
		return false;
	ctx->esr = sysreg_read(esr_el2);
	ctx->far = sysreg_read(far_el2);
	ec = ESR_EC(ctx->esr);
	if (is_fp_trap(ctx, ec) && !ctx->fp_used) {
		fp_first_use(ctx);
		return true;
	}
	if (ec == EC_IABT_LOW || ec == EC_DABT_LOW)
		return !switch_fault_hpfar(ctx->esr, ctx->far, &ctx->hpfar);
	return false;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

/* EL2's registers as they are while the host runs: see the top of this file for how long they stay so */
static void host_look(struct nuc_cpu *cpu)
{
	if (!cpu->caps)
		cpu->caps = switch_caps();
	cpu->host.mdcr = sysreg_read(mdcr_el2);
	cpu->host.cptr = sysreg_read(cptr_el2);
	cpu->host.vbar = sysreg_read(vbar_el2);
	cpu->host.cnthctl = sysreg_read(cnthctl_el2);
	if (!nuc_is_vhe()) {
		cpu->host.vmpidr = sysreg_read(vmpidr_el2);
		cpu->host.cntvoff = sysreg_read(cntvoff_el2);
	}
	newer_look(cpu, cpu->caps);
}

/* In vhe ELR_EL2 and SPSR_EL2 hold nothing: the kernel's exception entry has put them on its stack */
static void host_save(struct nuc_cpu *cpu)
{
	cpu->host.sp_el0 = sysreg_read(sp_el0);
	user_save(cpu->host.sysreg);
	if (nuc_is_vhe())
		return;
	cpu->host.elr = sysreg_read(elr_el2);
	cpu->host.spsr = sysreg_read(spsr_el2);
	el1_save(cpu->host.sysreg);
}

static void host_load(struct nuc_cpu *cpu)
{
	user_load(cpu->host.sysreg);
	if (nuc_is_vhe())
		return;
	el1_load(cpu->host.sysreg);
	sysreg_write(elr_el2, cpu->host.elr);
	sysreg_write(spsr_el2, cpu->host.spsr);
}

/* ---- debug -------------------------------------------------------------------------------------------------- */

static bool debug_in_use(const struct switch_ctx *ctx)
{
	return ctx->flags & (KEEL_VCTL_DEBUG | KEEL_VCTL_HOSTDEBUG);
}

/* Without debug in use MDSCR_EL1 is 0: none of the host's break- and watchpoints fires in the guest */
static void debug_enter(struct switch_ctx *ctx)
{
	ctx->cpu->host.mdscr = sysreg_read(mdscr_el1);
	if (debug_in_use(ctx))
		switch_debug_enter(ctx);
	else
		sysreg_write(mdscr_el1, 0);
}

static void debug_leave(struct switch_ctx *ctx)
{
	if (debug_in_use(ctx))
		switch_debug_leave(ctx);
	sysreg_write(mdscr_el1, ctx->cpu->host.mdscr);
}

/* ---- PMU ---------------------------------------------------------------------------------------------------- */

static bool pmu_in_use(const struct switch_ctx *ctx)
{
	return (ctx->pmu_guest | ctx->pmu_host | (ctx->flags & KEEL_VCTL_PMU)) && (ctx->caps & NUC_CAP_PMU);
}

static void guest_load(struct switch_ctx *ctx)
{
	struct keel_vcpu_page *page = ctx->page;

	el1_load(page->sysreg);
	user_load(page->sysreg);
	if (has_a32(ctx))
		switch_a32_enter(ctx);
	if (has_mte(ctx))
		switch_mte_enter(ctx);
	debug_enter(ctx);
	if (pmu_in_use(ctx))
		switch_pmu_enter(ctx);
	traps_enter(ctx);
	timer_enter(ctx);
	stage2_enter(ctx);
	sysreg_write(vbar_el2, (u64)(uintptr_t)nuc_guest_vectors);
	sysreg_write(elr_el2, page->pc);
	sysreg_write(spsr_el2, ctx->pstate);
}

static void guest_save(struct switch_ctx *ctx)
{
	struct keel_vcpu_page *page = ctx->page;

	page->pc = sysreg_read(elr_el2);
	page->pstate = sysreg_read(spsr_el2);
	if (ctx->fp_used)
		fp_save(ctx);
	/* Taken by the guest: the hardware has cleared it */
	if (ctx->flags & KEEL_VCTL_VSE && !(sysreg_read(hcr_el2) & HCR_VSE))
		page->ctl.flags = ctx->flags & ~KEEL_VCTL_VSE;
	el1_save(page->sysreg);
	user_save(page->sysreg);
	if (has_a32(ctx))
		switch_a32_leave(ctx);
	if (has_mte(ctx))
		switch_mte_leave(ctx);
}

static void exit_report(struct switch_ctx *ctx, int code)
{
	struct keel_vcpu_page *page = ctx->page;

	page->exit.code = code;
	page->exit.esr = code == KEEL_EXIT_SERROR ? sysreg_read(esr_el2) : ctx->esr;
	page->exit.far = ctx->far;
	page->exit.hpfar = ctx->hpfar;
	page->exit.disr = 0;
	page->exit.fp_used = ctx->fp_used;
	page->exit.entries++;
}

static ALWAYS_INLINE void leave(struct switch_ctx *ctx)
{
	debug_leave(ctx);
	timer_leave(ctx);
	traps_leave(ctx);
	if (pmu_in_use(ctx))
		switch_pmu_leave(ctx);
	stage2_leave(ctx);
	host_load(ctx->cpu);
}

/* Field by field: for an initialiser a compiler calls memset() first */
static void ctx_init(struct switch_ctx *ctx, struct nuc_vcpu *vcpu)
{
	ctx->cpu = nuc_cpu();
	ctx->vcpu = vcpu;
	ctx->page = vcpu->page;
	ctx->flags = READ_ONCE_U64(ctx->page->ctl.flags);
	ctx->pstate = READ_ONCE_U64(ctx->page->pstate) & GENMASK_ULL(31, 0);
	ctx->fp_used = false;
	ctx->esr = 0;
	ctx->far = 0;
	ctx->hpfar = 0;
	ctx->pmu_guest = READ_ONCE_U64(ctx->page->pmu.guest);
	ctx->pmu_host = READ_ONCE_U64(ctx->page->pmu.host);
}

/* EL1h of an AArch64 guest, as nearly always, without asking for the whole rule */
static bool pstate_allowed(const struct switch_ctx *ctx)
{
	return ((ctx->pstate & KEEL_PS_M) == KEEL_PS_EL1H && !has_a32(ctx)) || switch_pstate_allowed(ctx);
}

s64 switch_run(struct nuc_vcpu *vcpu)
{
	struct switch_ctx ctx;
	u64 *keys;
	int code;

	ctx_init(&ctx, vcpu);
	if (nuc_is_vhe() || !ctx.cpu->caps)
		host_look(ctx.cpu);
	ctx.caps = ctx.cpu->caps;
	if (!pstate_allowed(&ctx)) {
		ctx.page->exit.code = KEEL_EXIT_ILLEGAL;
		return KEEL_EXIT_ILLEGAL;
	}
	if (has_sve(&ctx) && !switch_sve_fits(&ctx))
		return -ENODEV;
	host_save(ctx.cpu);
	keys = ctx.flags & KEEL_VCTL_PAUTH ? ctx.cpu->host_keys : NULL;
	ctx.cpu->running = vcpu;
	guest_load(&ctx);
	do {
		code = switch_enter(ctx.page, keys);
	} while (handled_here(&ctx, code));
	exit_report(&ctx, code);
	guest_save(&ctx);
	leave(&ctx);
	ctx.cpu->running = NULL;
	return code;
}

void switch_abandon(void)
{
	struct nuc_cpu *cpu = nuc_cpu();
	struct switch_ctx ctx;

	if (!cpu->running)
		return;
	ctx_init(&ctx, cpu->running);
	ctx.caps = cpu->caps;
	ctx.flags = 0;
	ctx.pmu_guest = 0;
	ctx.pmu_host = 0;
	leave(&ctx);
	nuc_isb();
	sysreg_write(sp_el0, cpu->host.sp_el0);
	cpu->running = NULL;
}
