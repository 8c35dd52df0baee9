// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why the guest was left, and who answers: everything a guest can make us do is a line of the table below.
 *
 * Trusts the nucleus for code and syndrome, the guest for nothing. What is not in the table is an UNDEFINED
 * instruction to the guest. Also here: waiting for an interrupt, which WFI, CPU_SUSPEND and the suspended state share.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <asm/esr.h>
#include <asm/sysreg.h>

#include "irqchip.h"
#include "personality.h"

#define A64_EC(ec)	((ec) >> 4)	/* exception classes from 0x10 on carry no condition, but SMC32 may */
#define SMC32_MAY_FAIL	BIT_ULL(19)	/* CCKNOWNPASS: conditional, and not known to have passed */
#define AET_CORRECTED	6		/* ESR_ELx.AET (Arm ARM, RAS): nothing was lost */
#define AET_RESTARTABLE	2

/* Until when a waiting vCPU may sleep: its virtual timer, and what WFIT asked for; 0 for ever */
static u64 wait_until(const struct pvcpu *v, u64 deadline)
{
	u64 timer = timer_deadline(v), wfit = 0;

	if (deadline)
		wfit = timer_count_to_ns(timer_virtual_count(v->pvm), deadline);
	return timer && wfit ? min(timer, wfit) : timer ?: wfit;
}

bool exit_wake_pending(struct keel_vcpu *vcpu)
{
	struct pvcpu *v = to_pvcpu(vcpu);

	return READ_ONCE(v->irq_lines) || READ_ONCE(vcpu->page->ctl.flags) & KEEL_VCTL_VSE || vgic_wakes(v);
}

/* Woken for a timer whose interrupt no CPU interface would signal: nothing has happened. Without a GIC the VMM decides */
static bool goes_on_waiting(const struct pvcpu *v, u64 deadline)
{
	return vgic_ready(v->pvm) && !exit_wake_pending(v->vcpu) && !READ_ONCE(v->vcpu->requests) &&
	       !(deadline && timer_virtual_count(v->pvm) >= deadline);
}

int exit_wait(struct pvcpu *v, u64 deadline)
{
	u64 start = ktime_get_ns(), slept = 0, until;
	int r;

	do {
		if (timer_sample(v))
			return -EINTR;
		until = wait_until(v, deadline);
		if (!slept)
			slept = haltpoll_wait(v, start, until);
		/* Polled until then: what the timer says now is found at the next look, without going to sleep */
		r = until && slept >= until ? 0 : keel_vcpu_block(v->vcpu, exit_wake_pending, until);
	} while (!r && goes_on_waiting(v, deadline));
	until = ktime_get_ns();
	v->stats.blocking_ns += until - slept;
	haltpoll_learn(v, until - start);
	if (!r)
		v->stats.halt_wakeup++;
	return r;
}

/*
 * WFI, WFE and their forms with a time-out (Arm ARM D1.6). Each may end early, so the instruction is done even when a
 * signal or a swap cuts the wait short: the guest looks and waits again.
 */
static int exit_wfx(struct pvcpu *v)
{
	u64 esr = v->vcpu->page->exit.esr, deadline = 0;
	bool wfe = esr & ESR_ELx_WFx_ISS_WFE;
	int r = 0;

	if ((esr & ESR_ELx_WFx_ISS_WFxT) && (esr & ESR_ELx_WFx_ISS_RV)) {
		deadline = vcpu_get_reg(v, (esr & ESR_ELx_SYS64_ISS_RT_MASK) >> ESR_ELx_SYS64_ISS_RT_SHIFT);
		deadline = max(deadline, 1ULL);
	}
	if (wfe) {
		v->stats.wfe++;
		cond_resched();
	} else {
		v->stats.wfi++;
		r = exit_wait(v, deadline);
	}
	vcpu_skip(v);
	return r ?: 1;
}

static int exit_hvc(struct pvcpu *v)
{
	v->stats.hvc++;
	return smccc_call(v, false);
}

static int exit_smc(struct pvcpu *v)
{
	return smccc_call(v, true);
}

static int exit_undef(struct pvcpu *v)
{
	inject_undef(v);
	return 1;
}

/* By ESR_EL2.EC (Arm ARM D24.2, ESR_ELx) */
static int (*const trap_table[])(struct pvcpu *v) = {
	[0 ... ESR_ELx_EC_MAX]		= exit_undef,
	[ESR_ELx_EC_WFx]		= exit_wfx,
	[ESR_ELx_EC_CP15_32]		= cp15_trap,
	[ESR_ELx_EC_CP15_64]		= cp15_trap,
	[ESR_ELx_EC_CP14_MR]		= cp15_trap,
	[ESR_ELx_EC_CP14_LS]		= cp15_trap,
	[ESR_ELx_EC_CP10_ID]		= cp15_trap,
	[ESR_ELx_EC_CP14_64]		= cp15_trap,
	[ESR_ELx_EC_HVC32]		= exit_hvc,
	[ESR_ELx_EC_SMC32]		= exit_smc,
	[ESR_ELx_EC_HVC64]		= exit_hvc,
	[ESR_ELx_EC_SMC64]		= exit_smc,
	[ESR_ELx_EC_SYS64]		= sysreg_trap,
	[ESR_ELx_EC_IABT_LOW]		= mmu_abort,
	[ESR_ELx_EC_DABT_LOW]		= mmu_abort,
	[ESR_ELx_EC_BREAKPT_LOW]	= debug_exit,
	[ESR_ELx_EC_SOFTSTP_LOW]	= debug_exit,
	[ESR_ELx_EC_WATCHPT_LOW]	= debug_exit,
	[ESR_ELx_EC_BKPT32]		= debug_exit,
	[ESR_ELx_EC_BRK64]		= debug_exit,
};

/* AArch32 condition codes (Arm ARM F1.3.1) */
static bool cond_passes(u64 cpsr, unsigned int cond)
{
	bool n = cpsr & PSR_AA32_N_BIT, z = cpsr & PSR_AA32_Z_BIT;
	bool c = cpsr & PSR_AA32_C_BIT, o = cpsr & PSR_AA32_V_BIT;
	bool pass[8] = { z, c, n, o, c && !z, n == o, n == o && !z, true };

	return pass[cond >> 1] != (cond & 1 && cond != 0xf);
}

static bool carries_condition(u64 esr)
{
	if (ESR_ELx_EC(esr) == ESR_ELx_EC_SMC32)
		return esr & SMC32_MAY_FAIL;
	return !A64_EC(ESR_ELx_EC(esr));
}

/* An AArch32 instruction may trap although its condition fails; it is then to do nothing (Arm ARM G1.13.3) */
static bool condition_holds(const struct pvcpu *v)
{
	u64 esr = v->vcpu->page->exit.esr, cpsr = v->vcpu->page->pstate;
	u64 it = ((cpsr >> 8) & 0xfc) | ((cpsr >> 25) & 3);

	if (!pvcpu_is_a32(v) || !carries_condition(esr))
		return true;
	if (esr & ESR_ELx_CV)
		return cond_passes(cpsr, (esr & ESR_ELx_COND_MASK) >> ESR_ELx_COND_SHIFT);
	return !it || cond_passes(cpsr, it >> 4);
}

static int exit_trap(struct pvcpu *v)
{
	if (condition_holds(v))
		return trap_table[ESR_ELx_EC(v->vcpu->page->exit.esr)](v);
	vcpu_skip(v);
	return 1;
}

/*
 * A physical SError came in while the guest ran: unless hardware says nothing was lost, it is taken to be the guest's
 * doing, and the guest gets a virtual one of unknown cause.
 */
static int exit_serror(struct pvcpu *v)
{
	u64 esr = v->vcpu->page->exit.esr;
	unsigned int aet = (esr & ESR_ELx_AET) >> ESR_ELx_AET_SHIFT;
	bool described = !(esr & ESR_ELx_IDS) && (esr & ESR_ELx_FSC) == ESR_ELx_FSC_SERROR;

	if (!described || (aet != AET_CORRECTED && aet != AET_RESTARTABLE))
		inject_serror(v, false, 0);
	return 1;
}

/**
 * exit_handle() - decide about an exit
 * @v: vCPU that left the guest
 * @code: KEEL_EXIT_*, or a negative errno of the entry itself
 *
 * Return: resume convention. -EINVAL with KVM_EXIT_FAIL_ENTRY: registers no guest may have.
 */
int exit_handle(struct pvcpu *v, int code)
{
	struct kvm_run *run = v->vcpu->run;

	switch (code) {
	case KEEL_EXIT_TRAP:
		return exit_trap(v);
	case KEEL_EXIT_IRQ:
		return 1;
	case KEEL_EXIT_SERROR:
		return exit_serror(v);
	}
	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = 0;
	run->fail_entry.cpu = READ_ONCE(v->vcpu->cpu);
	return code < 0 ? code : -EINVAL;
}
