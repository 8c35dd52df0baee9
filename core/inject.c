// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exception entry to EL1 in AArch64 state, as numbers: where the vector is, what PSTATE becomes, what the
 * syndrome says. It owns no state and reads none.
 */
#include "core/inject.h"

#define PS_M		0x1fULL		/* M[4:0]; M[4] is AArch32 */
#define PS_M_A32	0x10ULL
#define PS_EL0T		0x0ULL
#define PS_EL1T		0x4ULL
#define PS_EL1H		0x5ULL
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
	if (pstate & PS_M_A32)
		return 0x600;
	switch (pstate & PS_M) {
	case PS_EL1H:
		return 0x200;
	case PS_EL1T:
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
	u64 new = PS_EL1H | PS_DAIF;

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
	bool lower = (pstate & PS_M_A32) || (pstate & PS_M) == PS_EL0T;
	u64 ec;

	if (instruction)
		ec = lower ? EC_IABT_LOWER : EC_IABT_SAME;
	else
		ec = lower ? EC_DABT_LOWER : EC_DABT_SAME;
	return ec << EC_SHIFT | (il ? ESR_IL : 0) | FSC_EXTERNAL;
}
