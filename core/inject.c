// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exception entry to EL1, as numbers: where the vector is, what PSTATE becomes, what the syndrome says. It owns no
 * state and reads none.
 */
#include "core/inject.h"
#include "core/pstate.h"

#define PS_DAIF		0x3c0ULL
#define PS_SSBS		BIT_ULL(12)
#define PS_PAN		BIT_ULL(22)
#define PS_DIT		BIT_ULL(24)
#define PS_NZCV		0xf0000000ULL

#define SCTLR_SPAN	BIT_ULL(23)
#define SCTLR_DSSBS	BIT_ULL(44)

#define EC_SHIFT	26
#define EC_IABT_LOWER	0x20ULL
#define EC_IABT_SAME	0x21ULL
#define EC_DABT_LOWER	0x24ULL
#define EC_DABT_SAME	0x25ULL
#define ESR_IL		BIT_ULL(25)
#define FSC_EXTERNAL	0x10ULL

/* Arm ARM D1.3.1.1, table of vector offsets */
static unsigned int vector_group(u64 pstate)
{
	if (pstate & KEEL_PS_M_A32)
		return 0x600;
	switch (pstate & KEEL_PS_M) {
	case KEEL_PS_EL1H:
		return 0x200;
	case KEEL_PS_EL1T:
		return 0x000;
	default:
		return 0x400;
	}
}

/*
 * N, Z, C, V, DIT are kept, PAN is kept or set (SPAN is RES1 without FEAT_PAN), SSBS comes from SCTLR_EL1; UAO, SS,
 * IL, BTYPE become 0, the exception masks 1. In an SPSR of EL1 or EL2 what is kept has the same place whether it
 * came from AArch64 or AArch32 (Arm ARM, SPSR_EL1).
 */
static u64 pstate_at_vector(u64 old, u64 sctlr)
{
	u64 new = KEEL_PS_EL1H | PS_DAIF;

	new |= old & (PS_NZCV | PS_DIT | PS_PAN);
	if (!(sctlr & SCTLR_SPAN))
		new |= PS_PAN;
	if (sctlr & SCTLR_DSSBS)
		new |= PS_SSBS;
	return new;
}

void keel_exception_take(struct keel_exception *e, unsigned int vector)
{
	e->elr = e->pc;
	e->spsr = e->pstate;
	e->pc = (e->vbar & ~0x7ffULL) + vector_group(e->pstate) + vector;
	e->pstate = pstate_at_vector(e->pstate, e->sctlr);
}

u64 keel_esr_undef(bool il)
{
	return il ? ESR_IL : 0;
}

u64 keel_esr_abort(u64 pstate, bool instruction, bool il)
{
	bool lower = (pstate & KEEL_PS_M_A32) || (pstate & KEEL_PS_M) == KEEL_PS_EL0T;
	u64 ec;

	if (instruction)
		ec = lower ? EC_IABT_LOWER : EC_IABT_SAME;
	else
		ec = lower ? EC_DABT_LOWER : EC_DABT_SAME;
	return ec << EC_SHIFT | (il ? ESR_IL : 0) | FSC_EXTERNAL;
}

/* ---- AArch32 ------------------------------------------------------------------------------------------------ */

#define CPSR_Q		BIT(27)
#define CPSR_SSBS	BIT(23)
#define CPSR_SS		BIT(21)		/* in SPSR_EL2; SPSR_abt and SPSR_und have DIT here */
#define CPSR_GE		(0xfU << 16)
#define CPSR_E		BIT(9)
#define CPSR_A		BIT(8)
#define CPSR_I		BIT(7)
#define CPSR_F		BIT(6)
#define CPSR_T		BIT(5)

#define SCTLR_V		BIT(13)
#define SCTLR_EE	BIT(25)
#define SCTLR_TE	BIT(30)
#define SCTLR_DSSBS32	BIT(31)

#define HIVECS		0xffff0000U	/* SCTLR.V */
#define VECTOR32_MASK	(~0x1fU)

#define TTBCR_EAE	BIT(31)
#define FSR_LPAE	BIT(9)
#define FS_EXTERNAL	0x08U		/* short descriptors: FS[4] is 0 */
#define STATUS_EXTERNAL	0x10U		/* long descriptors */

/*
 * Mode, vector, and what is added to the address of the instruction for the link register, in A32 and T32 state
 * (Arm ARM G1.12, preferred return addresses and link values)
 */
static const struct {
	u32 mode, vector, a32, t32;
} entry32[] = {
	[KEEL_EXC32_UNDEF]	= { KEEL_PS_UND, 0x04, 4, 2 },
	[KEEL_EXC32_PREFETCH]	= { KEEL_PS_ABT, 0x0c, 4, 4 },
	[KEEL_EXC32_DATA]	= { KEEL_PS_ABT, 0x10, 8, 8 },
};

/*
 * N, Z, C, V, Q, GE, DIT, F are kept, PAN is kept or set; E, T and SSBS come from SCTLR; IT, IL and SS become 0, I
 * becomes 1, and A but for an undefined instruction, which leaves it (Arm ARM G1.12, AArch32.EnterMode).
 */
static u32 pstate_at_vector32(u32 old, u32 sctlr, u32 mode)
{
	u32 new = mode | CPSR_I;

	new |= old & (u32)(PS_NZCV | PS_DIT | PS_PAN | CPSR_Q | CPSR_GE | CPSR_A | CPSR_F);
	if (mode == KEEL_PS_ABT)
		new |= CPSR_A;
	if (!(sctlr & SCTLR_SPAN))
		new |= PS_PAN;
	if (sctlr & SCTLR_EE)
		new |= CPSR_E;
	if (sctlr & SCTLR_TE)
		new |= CPSR_T;
	if (sctlr & SCTLR_DSSBS32)
		new |= CPSR_SSBS;
	return new;
}

/* PSTATE as AArch32 reads it: DIT is elsewhere, SS is not there (Arm ARM G8.2, SPSR_abt) */
static u32 spsr32(u32 pstate)
{
	u32 spsr = pstate & ~(u32)(PS_DIT | CPSR_SS);

	return pstate & PS_DIT ? spsr | CPSR_SS : spsr;
}

void keel_exception32_take(struct keel_exception32 *e, enum keel_exception32_kind kind)
{
	e->lr = e->pc + (e->pstate & CPSR_T ? entry32[kind].t32 : entry32[kind].a32);
	e->spsr = spsr32(e->pstate);
	e->pc = (e->sctlr & SCTLR_V ? HIVECS : e->vbar & VECTOR32_MASK) + entry32[kind].vector;
	e->pstate = pstate_at_vector32(e->pstate, e->sctlr, entry32[kind].mode);
}

u32 keel_fsr_abort(u32 ttbcr)
{
	return ttbcr & TTBCR_EAE ? FSR_LPAE | STATUS_EXTERNAL : FS_EXTERNAL;
}
