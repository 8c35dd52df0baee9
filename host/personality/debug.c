// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug: the guest's own use of breakpoints, watchpoints and software step, and the VMM's (KVM_SET_GUEST_DEBUG).
 *
 * Decides before every entry which of three ways the nucleus runs the guest: nobody debugs (accesses trap, nothing
 * is switched), the guest debugs itself (its registers are switched, no trap), the VMM debugs it (debug exceptions
 * go to EL2, accesses trap). What the VMM's debugging changes in the page is put back after the exit, so that the
 * rest of the personality always sees the guest's own values.
 */
#include <asm/esr.h>

#include "personality.h"

#define MDSCR_SS	BIT_ULL(0)
#define MDSCR_KDE	BIT_ULL(13)
#define MDSCR_MDE	BIT_ULL(15)
#define PSTATE_SS	BIT_ULL(21)

#define GUESTDBG_VALID	(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP | KVM_GUESTDBG_USE_SW_BP | KVM_GUESTDBG_USE_HW)

/**
 * debug_set() - KVM_SET_GUEST_DEBUG (KVM API 4.87)
 * @v: vCPU, outside the guest
 * @dbg: without KVM_GUESTDBG_ENABLE debugging ends; @dbg->arch counts with KVM_GUESTDBG_USE_HW only
 *
 * Return: 0; -EINVAL: a control flag that is not known.
 */
int debug_set(struct pvcpu *v, const struct kvm_guest_debug *dbg)
{
	struct pvcpu_debug *d = &v->debug;

	if (dbg->control & ~GUESTDBG_VALID)
		return -EINVAL;

	d->guest_debug = dbg->control & KVM_GUESTDBG_ENABLE ? dbg->control : 0;
	if (d->guest_debug & KVM_GUESTDBG_USE_HW)
		d->arch = dbg->arch;
	if (!(d->guest_debug & KVM_GUESTDBG_SINGLESTEP))
		d->step_done = false;
	return 0;
}

static bool os_locked(const struct pvcpu *v)
{
	return v->vcpu->page->sysreg[KEEL_SR_OSLSR_EL1] & OSLSR_OSLK;
}

/*
 * Switch the guest's registers if a debug exception could come of them, or if it writes them right now, which it
 * seldom does once. A locked OS lock stops debug exceptions (Arm ARM H5.5): not switching them does the same.
 */
static bool guest_debugs(const struct pvcpu *v)
{
	u64 mdscr = v->vcpu->page->sysreg[KEEL_SR_MDSCR_EL1];

	return !os_locked(v) && (v->debug.touched || (mdscr & (MDSCR_SS | MDSCR_KDE | MDSCR_MDE)));
}

/* The guest cannot step itself while the VMM debugs it */
static u64 mdscr_of_host(const struct pvcpu *v)
{
	u64 mdscr = v->vcpu->page->sysreg[KEEL_SR_MDSCR_EL1] & ~MDSCR_SS;

	if (os_locked(v))
		mdscr &= ~MDSCR_MDE;
	if (v->debug.guest_debug & KVM_GUESTDBG_SINGLESTEP)
		mdscr |= MDSCR_SS;
	if (v->debug.guest_debug & KVM_GUESTDBG_USE_HW)
		mdscr |= MDSCR_MDE;
	return mdscr;
}

static void load_host_registers(struct pvcpu *v)
{
	const struct kvm_guest_debug_arch *arch = &v->debug.arch;
	struct keel_vcpu_dbg *dbg = &v->vcpu->page->dbg;

	v->debug.saved = *dbg;
	memcpy(dbg->bvr, arch->dbg_bvr, sizeof(dbg->bvr));
	memcpy(dbg->bcr, arch->dbg_bcr, sizeof(dbg->bcr));
	memcpy(dbg->wvr, arch->dbg_wvr, sizeof(dbg->wvr));
	memcpy(dbg->wcr, arch->dbg_wcr, sizeof(dbg->wcr));
}

/*
 * Software step (Arm ARM D2.12): with PSTATE.SS one instruction runs and the step exception follows; without, the
 * exception comes at once, which is right when that instruction is already done.
 */
static noinline void host_setup(struct pvcpu *v)
{
	struct keel_vcpu_page *page = v->vcpu->page;
	struct pvcpu_debug *d = &v->debug;

	page->ctl.mdscr_host = mdscr_of_host(v);
	if (d->guest_debug & KVM_GUESTDBG_SINGLESTEP) {
		d->saved_ss = page->pstate & PSTATE_SS;
		if (d->step_done)
			page->pstate &= ~PSTATE_SS;
		else
			page->pstate |= PSTATE_SS;
	}
	if (d->guest_debug & KVM_GUESTDBG_USE_HW)
		load_host_registers(v);
}

/**
 * debug_setup() - how debug is run; debug_clear() after the exit
 * @v: vCPU about to enter the guest
 *
 * Return: KEEL_VCTL_DEBUG or KEEL_VCTL_HOSTDEBUG for the page, or 0.
 */
u64 debug_setup(struct pvcpu *v)
{
	bool guest = guest_debugs(v);

	v->debug.touched = false;
	if (unlikely(v->debug.guest_debug)) {
		host_setup(v);
		return KEEL_VCTL_HOSTDEBUG;
	}
	if (likely(!guest))
		return 0;
	if (pvcpu_el1_is_a32(v))
		v->vcpu->page->dbgvcr32 = v->cache.dbgvcr32;
	return KEEL_VCTL_DEBUG;
}

/**
 * debug_clear() - undo debug_setup(); there is nothing to undo if the VMM does not debug and EL1 is AArch64
 * @v: vCPU that left the guest
 */
void debug_clear(struct pvcpu *v)
{
	struct keel_vcpu_page *page = v->vcpu->page;
	struct pvcpu_debug *d = &v->debug;

	if (pvcpu_el1_is_a32(v) && page->ctl.flags & KEEL_VCTL_DEBUG)
		v->cache.dbgvcr32 = page->dbgvcr32;
	if (d->guest_debug & KVM_GUESTDBG_SINGLESTEP) {
		/* Left after the instruction, before its step exception: by an interrupt, or it was an HVC */
		if (!(page->pstate & PSTATE_SS))
			d->step_done = true;
		page->pstate &= ~PSTATE_SS;
		if (d->saved_ss)
			page->pstate |= PSTATE_SS;
	}
	if (d->guest_debug & KVM_GUESTDBG_USE_HW)
		page->dbg = d->saved;
}

/**
 * debug_after_emulation() - an instruction of the guest's was done by software
 * @v: vCPU, outside the guest, PC past the instruction
 *
 * If the VMM steps, the step exception comes at the next entry, before anything else runs.
 *
 * Return: 1, resume.
 */
int debug_after_emulation(struct pvcpu *v)
{
	if (v->debug.guest_debug & KVM_GUESTDBG_SINGLESTEP)
		v->debug.step_done = true;
	return 1;
}

/**
 * debug_exit() - a debug exception came to EL2: tell the VMM
 * @v: vCPU that left the guest by EC 0x30, 0x32, 0x34, 0x38, 0x3a or 0x3c
 *
 * Return: 0, leave.
 */
int debug_exit(struct pvcpu *v)
{
	const struct keel_vcpu_page *page = v->vcpu->page;
	struct kvm_run *run = v->vcpu->run;

	run->exit_reason = KVM_EXIT_DEBUG;
	run->flags = KVM_DEBUG_ARCH_HSR_HIGH_VALID;
	run->debug.arch.hsr = lower_32_bits(page->exit.esr);
	run->debug.arch.hsr_high = upper_32_bits(page->exit.esr);
	run->debug.arch.far = 0;
	if (ESR_ELx_EC(page->exit.esr) == ESR_ELx_EC_WATCHPT_LOW)
		run->debug.arch.far = page->exit.far;
	else if (ESR_ELx_EC(page->exit.esr) == ESR_ELx_EC_SOFTSTP_LOW)
		v->debug.step_done = false;
	return 0;
}
