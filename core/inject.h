/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the PE does when it takes an exception to EL1, done by software for an exception that the hypervisor injects:
 * EL1 using AArch64 (Arm ARM D1.3.1, AArch64.TakeException) or AArch32 (G1.12, AArch32.EnterMode).
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

/* What is taken to EL1 using AArch32 */
enum keel_exception32_kind {
	KEEL_EXC32_UNDEF,
	KEEL_EXC32_PREFETCH,	/* prefetch abort */
	KEEL_EXC32_DATA,	/* data abort */
};

/**
 * struct keel_exception32 - registers that taking an exception to AArch32 reads and changes
 * @pc: in: address of the instruction; out: the vector
 * @pstate: in: PSTATE in SPSR_EL2 form; out: PSTATE at the vector
 * @vbar: VBAR
 * @sctlr: SCTLR: V, EE, TE, SPAN, DSSBS
 * @lr: out: LR_und or LR_abt
 * @spsr: out: SPSR_und or SPSR_abt
 */
struct keel_exception32 {
	u32 pc, pstate;
	u32 vbar, sctlr;
	u32 lr, spsr;
};

/**
 * keel_exception32_take() - take an exception to Undefined or Abort mode
 * @e: registers; @pstate is of AArch32
 * @kind: decides mode, vector and return address
 */
void keel_exception32_take(struct keel_exception32 *e, enum keel_exception32_kind kind);

/**
 * keel_fsr_abort() - DFSR or IFSR of a synchronous external abort, not on a translation table walk
 * @ttbcr: TTBCR: its EAE chooses the format
 */
u32 keel_fsr_abort(u32 ttbcr);

#endif
