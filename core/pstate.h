/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which PSTATE a guest may have: the one rule for the nucleus, which enters with it, and the personality, which takes
 * it from the VMM.
 */
#ifndef KEEL_CORE_PSTATE_H
#define KEEL_CORE_PSTATE_H

#include "core/port.h"

#define KEEL_PS_M	0x1fULL		/* M[4:0]; M[4] is AArch32 (Arm ARM, SPSR_EL2) */
#define KEEL_PS_M_A32	0x10ULL
#define KEEL_PS_EL0T	0x00ULL
#define KEEL_PS_EL1T	0x04ULL
#define KEEL_PS_EL1H	0x05ULL
#define KEEL_PS_USR	0x10ULL
#define KEEL_PS_FIQ	0x11ULL
#define KEEL_PS_IRQ	0x12ULL
#define KEEL_PS_SVC	0x13ULL
#define KEEL_PS_ABT	0x17ULL
#define KEEL_PS_UND	0x1bULL
#define KEEL_PS_SYS	0x1fULL

/**
 * keel_pstate_allowed() - can a guest be entered with this PSTATE
 * @pstate: SPSR_EL2 form
 * @a32_el0: EL0 of the guest can be AArch32 although its EL1 is AArch64
 * @a32_el1: EL1 of the guest is AArch32 (HCR_EL2.RW is 0), and EL0 with it
 *
 * What is not allowed would be an illegal exception return (Arm ARM D1.3.4), which ends at EL2 and not in the guest:
 * EL2, EL3, Hyp and Monitor modes, encodings that are no mode, and an execution state that EL1 cannot have.
 */
static inline bool keel_pstate_allowed(u64 pstate, bool a32_el0, bool a32_el1)
{
	switch (pstate & KEEL_PS_M) {
	case KEEL_PS_EL0T:
	case KEEL_PS_EL1T:
	case KEEL_PS_EL1H:
		return !a32_el1;
	case KEEL_PS_USR:
		return a32_el0 || a32_el1;
	case KEEL_PS_FIQ:
	case KEEL_PS_IRQ:
	case KEEL_PS_SVC:
	case KEEL_PS_ABT:
	case KEEL_PS_UND:
	case KEEL_PS_SYS:
		return a32_el1;
	default:
		return false;
	}
}

#endif
