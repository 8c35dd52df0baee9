// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host can make the nucleus do other than by a keel call: the table below is the complete answer. All
 * registers in the frame are the host's and may be anything.
 */
#include "nvhe/el2.h"
#include "core/inject.h"

enum trap_action {
	TRAP_UNDEF = 0,		/* whatever is not listed: to the host it does not exist */
	TRAP_HVC,		/* stub call, or no such call */
	TRAP_SMC,		/* protected: PSCI relay and filter */
	TRAP_ABORT,		/* protected: host stage-2 */
};

/* By ESR_EL2.EC, Arm ARM D19.2.40 */
static const u8 trap_table[64] = {
	[EC_HVC64]	= TRAP_HVC,
	[EC_SMC64]	= TRAP_SMC,
	[EC_IABT_LOW]	= TRAP_ABORT,
	[EC_DABT_LOW]	= TRAP_ABORT,
};

#define SMCCC_NOT_SUPPORTED	(~0ULL)
#define ESR_IL			BIT_ULL(25)
#define SPSR_M_EL0		0

static bool from_el0(const struct nuc_frame *frame)
{
	return (frame->spsr & 0xf) == SPSR_M_EL0;
}

void nuc_inject_host(struct nuc_frame *frame, u64 esr, u64 far)
{
	struct keel_exception e = {
		.pc = frame->elr,
		.pstate = frame->spsr,
		.vbar = sysreg_read(vbar_el1),
		.sctlr = sysreg_read(sctlr_el1),
	};

	keel_exception_take(&e, KEEL_VECTOR_SYNC);
	sysreg_write(elr_el1, e.elr);
	sysreg_write(spsr_el1, e.spsr);
	sysreg_write(esr_el1, esr);
	sysreg_write(far_el1, far);
	frame->elr = e.pc;
	frame->spsr = e.pstate;
}

static void trap_hvc(struct nuc_frame *frame)
{
	if (!stub_call(frame))
		frame->x[0] = SMCCC_NOT_SUPPORTED;
}

static void trap_smc(struct nuc_frame *frame)
{
	/* A trapped SMC is not executed, and ELR points to it (Arm ARM D1.3.4) */
	frame->elr += 4;
	psci_host_smc(frame);
}

/*
 * The host touched what is not its own. Its kernel gets a permission fault, which copy_from_kernel_nofault() and the
 * like survive; from user space that could be retried for ever (the page table entry allows the access), so a
 * program gets an external abort: SIGBUS.
 */
static void refuse_access(struct nuc_frame *frame, u64 esr, u64 far)
{
	bool instruction = ESR_EC(esr) == EC_IABT_LOW;
	bool il = esr & ESR_IL;
	u64 ec, keep;

	if (from_el0(frame)) {
		nuc_inject_host(frame, keel_esr_abort(frame->spsr, instruction, il), far);
		return;
	}
	/* EC of the same class without change of level; WnR, CM, FnV describe the access; permission, level 3 */
	ec = instruction ? EC_IABT_LOW + 1 : EC_DABT_LOW + 1;
	keep = instruction ? 0 : BIT_ULL(6) | BIT_ULL(8) | BIT_ULL(10);
	nuc_inject_host(frame, ec << 26 | ESR_IL | (esr & keep) | 0x0f, far);
}

static void trap_abort(struct nuc_frame *frame, u64 esr)
{
	u64 far = sysreg_read(far_el2);
	u64 hpfar;

	/* Stage 1 changed since: the access is tried again and finds what is there now */
	if (!switch_fault_hpfar(esr, far, &hpfar))
		return;
	if (!mmu_host_abort(esr, (hpfar & GENMASK_ULL(43, 4)) << 8))
		refuse_access(frame, esr, far);
}

void nuc_trap_host(struct nuc_frame *frame)
{
	u64 esr = sysreg_read(esr_el2);

	switch (trap_table[ESR_EC(esr)]) {
	case TRAP_HVC:
		trap_hvc(frame);
		break;
	case TRAP_SMC:
		trap_smc(frame);
		break;
	case TRAP_ABORT:
		trap_abort(frame, esr);
		break;
	default:
		nuc_inject_host(frame, keel_esr_undef(esr & ESR_IL), sysreg_read(far_el1));
		break;
	}
}
