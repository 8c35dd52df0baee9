/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the PE does when it takes an exception to EL1 using AArch64, done by software for an exception that the
 * hypervisor injects (Arm ARM D1.3.1, AArch64.TakeException).
 */
#ifndef KEEL_CORE_INJECT_H
#define KEEL_CORE_INJECT_H

#include "core/port.h"

/* Offsets in a group of vectors */
#define KEEL_VECTOR_SYNC	0x000
#define KEEL_VECTOR_SERROR	0x180

/**
 * struct keel_exception - registers that taking an exception reads and changes
 * @pc: in: preferred return address; out: the vector
 * @pstate: in: PSTATE in SPSR form; out: PSTATE at the vector
 * @vbar: VBAR_EL1
 * @sctlr: SCTLR_EL1
 * @elr: out: ELR_EL1
 * @spsr: out: SPSR_EL1
 */
struct keel_exception {
	u64 pc, pstate;
	u64 vbar, sctlr;
	u64 elr, spsr;
};

/**
 * keel_exception_take() - take an exception to EL1
 * @e: registers; @pstate is of EL0 (either state) or of EL1 in AArch64
 * @vector: KEEL_VECTOR_*
 */
void keel_exception_take(struct keel_exception *e, unsigned int vector);

/**
 * keel_esr_undef() - syndrome of an unknown reason, EC 0
 * @il: the instruction is 32 bits long
 */
u64 keel_esr_undef(bool il);

/**
 * keel_esr_abort() - syndrome of a synchronous external abort, not on a translation table walk
 * @pstate: PSTATE it is taken from
 * @instruction: of the fetch, not of data
 * @il: the instruction is 32 bits long
 */
u64 keel_esr_abort(u64 pstate, bool instruction, bool il);

#endif
