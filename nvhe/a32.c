// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the world switch that concerns guests whose EL1 is AArch32: the registers that only EL2 can reach from
 * AArch64, and the traps that other guests do not need. It trusts the controls in struct switch_ctx, which were read
 * once and checked by switch_pstate_allowed().
 *
 * A guest whose EL1 is AArch64 has none of these registers, also while its EL0 runs AArch32 (Arm ARM D1.6).
 */
#include "core/pstate.h"
#include "nvhe/switch.h"

#define HSTR_T15	BIT_ULL(15)	/* CP15 c15: implementation defined, nobody switches it */
#define FPEXC_EN	BIT_ULL(30)

/*
 * Is PSTATE one that this CPU can return to and a guest may have. Flags that the CPU cannot follow are refused too: it
 * would ignore HCR_EL2.RW, and the exception return would be illegal.
 */
bool switch_pstate_allowed(const struct switch_ctx *ctx)
{
	bool el1 = ctx->flags & KEEL_VCTL_A32_EL1;
	bool el0 = ctx->flags & KEEL_VCTL_A32_EL0 && ctx->caps & NUC_CAP_A32_EL0;

	if (el1 && !(ctx->caps & NUC_CAP_A32))
		return false;
	return keel_pstate_allowed(ctx->pstate, el0, el1);
}

/*
 * FPEXC.EN of the guest's own would take its first FP instruction to the guest as undefined before CPTR_EL2 brings it
 * here, where the guest's FPEXC is loaded (Arm ARM G1.17). Before CPTR_EL2 traps it: that is true for EL2 as well.
 */
void switch_a32_enter(struct switch_ctx *ctx)
{
	const struct keel_vcpu_page *page = ctx->page;

	sysreg_write(dacr32_el2, page->sysreg[KEEL_SR_DACR32_EL2]);
	sysreg_write(ifsr32_el2, page->sysreg[KEEL_SR_IFSR32_EL2]);
	sysreg_write(spsr_abt, page->spsr_abt);
	sysreg_write(spsr_und, page->spsr_und);
	sysreg_write(spsr_irq, page->spsr_irq);
	sysreg_write(spsr_fiq, page->spsr_fiq);
	sysreg_write(fpexc32_el2, FPEXC_EN);
	ctx->cpu->host.hstr = sysreg_read(hstr_el2);
	sysreg_write(hstr_el2, HSTR_T15);
	nuc_isb();
}

void switch_a32_leave(struct switch_ctx *ctx)
{
	struct keel_vcpu_page *page = ctx->page;

	page->sysreg[KEEL_SR_DACR32_EL2] = sysreg_read(dacr32_el2);
	page->sysreg[KEEL_SR_IFSR32_EL2] = sysreg_read(ifsr32_el2);
	page->spsr_abt = sysreg_read(spsr_abt);
	page->spsr_und = sysreg_read(spsr_und);
	page->spsr_irq = sysreg_read(spsr_irq);
	page->spsr_fiq = sysreg_read(spsr_fiq);
	sysreg_write(hstr_el2, ctx->cpu->host.hstr);
}
