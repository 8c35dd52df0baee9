// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions that the hypervisor gives a guest: undefined instruction, synchronous external abort, SError.
 *
 * Changes the vCPU page only; core/inject.c says to what. Synchronous exceptions are taken at once, so that what
 * the VMM sees next is the guest at its vector; SError waits in the page until the guest unmasks it, where hardware
 * takes it. In which state EL1 is decides how, whatever state the guest was in.
 */
#include <asm/esr.h>

#include "core/inject.h"
#include "personality.h"

static bool trapped_il(const struct pvcpu *v)
{
	return v->vcpu->page->exit.esr & ESR_ELx_IL;
}

static void take_sync(struct pvcpu *v, u64 esr)
{
	struct keel_vcpu_page *page = v->vcpu->page;
	struct keel_exception e = {
		.pc = page->pc,
		.pstate = page->pstate,
		.vbar = page->sysreg[KEEL_SR_VBAR_EL1],
		.sctlr = page->sysreg[KEEL_SR_SCTLR_EL1],
	};

	keel_exception_take(&e, KEEL_VECTOR_SYNC);
	page->pc = e.pc;
	page->pstate = e.pstate;
	page->sysreg[KEEL_SR_ELR_EL1] = e.elr;
	page->sysreg[KEEL_SR_SPSR_EL1] = e.spsr;
	page->sysreg[KEEL_SR_ESR_EL1] = esr;
}

/* The link register and the SPSR of the mode are banked: LR_abt is x20, LR_und is x22 (Arm ARM D1.6.3) */
static void take_a32(struct pvcpu *v, enum keel_exception32_kind kind)
{
	struct keel_vcpu_page *page = v->vcpu->page;
	struct keel_exception32 e = {
		.pc = page->pc,
		.pstate = page->pstate,
		.vbar = page->sysreg[KEEL_SR_VBAR_EL1],
		.sctlr = page->sysreg[KEEL_SR_SCTLR_EL1],
	};

	keel_exception32_take(&e, kind);
	page->pc = e.pc;
	page->pstate = e.pstate;
	if (kind == KEEL_EXC32_UNDEF) {
		page->regs[22] = e.lr;
		page->spsr_und = e.spsr;
	} else {
		page->regs[20] = e.lr;
		page->spsr_abt = e.spsr;
	}
}

/* DFAR and IFAR are the halves of FAR_EL1; DFSR is ESR_EL1 (Arm ARM D19) */
static void abort_a32(struct pvcpu *v, bool instruction, u32 far)
{
	u64 *sr = v->vcpu->page->sysreg;
	u32 fsr = keel_fsr_abort(sr[KEEL_SR_TCR_EL1]);

	if (instruction) {
		sr[KEEL_SR_IFSR32_EL2] = fsr;
		sr[KEEL_SR_FAR_EL1] = lower_32_bits(sr[KEEL_SR_FAR_EL1]) | (u64)far << 32;
	} else {
		sr[KEEL_SR_ESR_EL1] = fsr;
		sr[KEEL_SR_FAR_EL1] = (sr[KEEL_SR_FAR_EL1] & ~(u64)U32_MAX) | far;
	}
	take_a32(v, instruction ? KEEL_EXC32_PREFETCH : KEEL_EXC32_DATA);
}

/**
 * inject_undef() - the instruction that trapped is undefined
 * @v: vCPU, outside the guest; its PC is at the instruction
 */
void inject_undef(struct pvcpu *v)
{
	if (pvcpu_el1_is_a32(v))
		take_a32(v, KEEL_EXC32_UNDEF);
	else
		take_sync(v, keel_esr_undef(trapped_il(v)));
}

/**
 * inject_abort() - the access that trapped ended in a synchronous external abort
 * @v: vCPU, outside the guest; its PC is at the instruction
 * @instruction: of the fetch, not of data
 * @far: guest virtual address
 */
void inject_abort(struct pvcpu *v, bool instruction, u64 far)
{
	struct keel_vcpu_page *page = v->vcpu->page;

	if (pvcpu_el1_is_a32(v)) {
		abort_a32(v, instruction, far);
		return;
	}
	page->sysreg[KEEL_SR_FAR_EL1] = far;
	take_sync(v, keel_esr_abort(page->pstate, instruction, trapped_il(v)));
}

/**
 * inject_serror() - make a virtual SError pending
 * @v: vCPU, outside the guest
 * @has_esr: @esr is given; needs FEAT_RAS
 * @esr: syndrome, ISS only
 *
 * Return: 0; -EINVAL: a syndrome without FEAT_RAS, or one with more than an ISS.
 */
int inject_serror(struct pvcpu *v, bool has_esr, u64 esr)
{
	struct keel_vcpu_page *page = v->vcpu->page;

	if (has_esr && (!regs_has_ras() || (esr & ~(u64)ESR_ELx_ISS_MASK)))
		return -EINVAL;
	/* An implementation defined syndrome (ISV here is IDS) cannot be taken for a RAS one */
	page->ctl.vsesr = has_esr ? esr : ESR_ELx_ISV;
	page->ctl.flags |= KEEL_VCTL_VSE;
	return 0;
}
