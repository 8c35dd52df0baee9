// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coprocessor accesses of AArch32 that trap: which AArch64 register answers for which encoding (Arm ARM G8, each
 * register's "architecturally mapped to"; for CP14 also G8.3, for the GIC IHI 0069 section 12.7).
 *
 * Owns nothing: sysreg.c's table says what a register does, and what it does not serve is undefined here too, so that
 * the rows of interrupt controller and PMU count once those are served. An encoding without a row is undefined.
 */
#include <asm/esr.h>

#include "personality.h"
#include "sysreg.h"

/* Which part of the AArch64 register the instruction moves */
enum part {
	LOW,	/* bits 31:0; a write leaves the rest alone */
	HIGH,	/* bits 63:32 */
	PAIR,	/* all, in two registers (MRRC, MCRR) */
};

/**
 * struct cp_row - one encoding, or several that only differ in bits of @any
 * @ec: exception class: coprocessor and size of the access
 * @el0: can be used at EL0, or traps from there; all others are undefined at EL0
 * @enc: as CP() makes it
 * @any: bits that may have any value and that @to + them answers for
 * @to: sys_reg() encoding
 * @access: answers instead of @to
 */
struct cp_row {
	u8 ec, part;
	bool el0;
	u32 enc, any, to;
	sysreg_access_fn *access;
};

/* MCRR and MRRC have opc1 and CRm only; of the CP10 registers only the number, here as CRn, counts */
#define CP(op1, crn, crm, op2)	sys_reg(0, op1, crn, crm, op2)
#define ANY_CRM(n)		((n) << 8)
#define ANY_OP2(n)		((n) << 5)

#define ROW(ec, part, el0, enc, any, to)	{ ESR_ELx_EC_##ec, part, el0, enc, any, to, NULL }
#define P15(enc, any, to)		ROW(CP15_32, LOW, false, enc, any, to)
#define P15_HIGH(enc, to)		ROW(CP15_32, HIGH, false, enc, 0, to)
#define P15_EL0(enc, any, to)		ROW(CP15_32, LOW, true, enc, any, to)
#define P14(enc, any, to)		ROW(CP14_MR, LOW, false, enc, any, to)
#define P14_EL0(enc, to)		ROW(CP14_MR, LOW, true, enc, 0, to)
#define P15_PAIR(op1, crm, el0, to)	ROW(CP15_64, PAIR, el0, CP(op1, 0, crm, 0), 0, to)
#define DO(ec, part, el0, enc, any, access)	{ ESR_ELx_EC_##ec, part, el0, enc, any, 0, access }

static const struct cp_row rows[] = {
	/* Identification; CRm 4 to 7 is reserved and reads as zero (Arm ARM G7.3.1) */
	P15(CP(0, 0, 0, 1), 0, SYS_CTR_EL0),
	DO(CP15_32, LOW, false, CP(0, 0, 0, 2), 0, sysreg_access_raz),		/* TCMTR */
	DO(CP15_32, LOW, false, CP(0, 0, 0, 3), 0, sysreg_access_raz),		/* TLBTR */
	P15(CP(0, 0, 0, 6), 0, SYS_REVIDR_EL1),
	P15(CP(0, 0, 1, 0), ANY_OP2(7), sys_reg(3, 0, 0, 1, 0)),		/* ID_PFR0 to ID_MMFR3 */
	P15(CP(0, 0, 2, 0), ANY_CRM(1) | ANY_OP2(7), sys_reg(3, 0, 0, 2, 0)),	/* ID_ISAR0 to ID_MMFR5 */
	DO(CP15_32, LOW, false, CP(0, 0, 4, 0), ANY_CRM(3) | ANY_OP2(7), sysreg_access_raz),
	P15(CP(1, 0, 0, 0), 0, SYS_CCSIDR_EL1),
	P15(CP(1, 0, 0, 1), 0, SYS_CLIDR_EL1),
	P15(CP(1, 0, 0, 7), 0, SYS_AIDR_EL1),
	P15(CP(2, 0, 0, 0), 0, SYS_CSSELR_EL1),
	ROW(CP10_ID, LOW, false, CP(0, 7, 0, 0), 0, SYS_MVFR0_EL1),
	ROW(CP10_ID, LOW, false, CP(0, 6, 0, 0), 0, SYS_MVFR1_EL1),
	ROW(CP10_ID, LOW, false, CP(0, 5, 0, 0), 0, SYS_MVFR2_EL1),

	/* Stage-1 controls and fault registers */
	P15(CP(0, 1, 0, 0), 0, SYS_SCTLR_EL1),
	P15(CP(0, 1, 0, 1), 0, SYS_ACTLR_EL1),
	P15_HIGH(CP(0, 1, 0, 3), SYS_ACTLR_EL1),		/* ACTLR2 */
	P15(CP(0, 2, 0, 0), ANY_OP2(1), SYS_TTBR0_EL1),		/* TTBR0, TTBR1 */
	P15(CP(0, 2, 0, 2), 0, SYS_TCR_EL1),			/* TTBCR */
	P15_HIGH(CP(0, 2, 0, 3), SYS_TCR_EL1),			/* TTBCR2 */
	P15_PAIR(0, 2, false, SYS_TTBR0_EL1),
	P15_PAIR(1, 2, false, SYS_TTBR1_EL1),
	P15(CP(0, 3, 0, 0), 0, SYS_DACR32_EL2),			/* DACR */
	P15(CP(0, 5, 0, 0), 0, SYS_ESR_EL1),			/* DFSR */
	P15(CP(0, 5, 0, 1), 0, SYS_IFSR32_EL2),			/* IFSR */
	P15(CP(0, 5, 1, 0), ANY_OP2(1), SYS_AFSR0_EL1),		/* ADFSR, AIFSR */
	P15(CP(0, 6, 0, 0), 0, SYS_FAR_EL1),			/* DFAR */
	P15_HIGH(CP(0, 6, 0, 2), SYS_FAR_EL1),			/* IFAR */
	P15(CP(0, 10, 2, 0), 0, SYS_MAIR_EL1),			/* PRRR, MAIR0 */
	P15_HIGH(CP(0, 10, 2, 1), SYS_MAIR_EL1),		/* NMRR, MAIR1 */
	P15(CP(0, 10, 3, 0), 0, SYS_AMAIR_EL1),			/* AMAIR0 */
	P15_HIGH(CP(0, 10, 3, 1), SYS_AMAIR_EL1),		/* AMAIR1 */
	P15(CP(0, 13, 0, 1), 0, SYS_CONTEXTIDR_EL1),

	/* FEAT_RAS: ERRIDR, ERRSELR, ERXFR to ERXMISC7 */
	P15(CP(0, 5, 3, 0), ANY_OP2(1), SYS_ERRIDR_EL1),
	P15(CP(0, 5, 4, 0), ANY_CRM(1) | ANY_OP2(7), SYS_ERXFR_EL1),

	/* Maintenance by set and way: DCISW, DCCSW, DCCISW */
	P15(CP(0, 7, 6, 2), 0, sys_reg(1, 0, 7, 6, 2)),
	P15(CP(0, 7, 10, 2), 0, sys_reg(1, 0, 7, 10, 2)),
	P15(CP(0, 7, 14, 2), 0, sys_reg(1, 0, 7, 14, 2)),

	/* PMU; what EL0 may is PMUSERENR's to say */
	P15_EL0(CP(0, 9, 12, 0), ANY_OP2(7), sys_reg(3, 3, 9, 12, 0)),		/* PMCR to PMCEID1 */
	P15_EL0(CP(0, 9, 13, 0), ANY_OP2(1), sys_reg(3, 3, 9, 13, 0)),		/* PMCCNTR, PMXEVTYPER */
	P15_EL0(CP(0, 9, 13, 2), 0, sys_reg(3, 3, 9, 13, 2)),			/* PMXEVCNTR */
	P15_EL0(CP(0, 9, 14, 0), 0, sys_reg(3, 3, 9, 14, 0)),			/* PMUSERENR */
	P15(CP(0, 9, 14, 1), 0, sys_reg(3, 0, 9, 14, 1)),			/* PMINTENSET */
	P15(CP(0, 9, 14, 2), 0, sys_reg(3, 0, 9, 14, 2)),			/* PMINTENCLR */
	P15_EL0(CP(0, 9, 14, 3), 0, sys_reg(3, 3, 9, 14, 3)),			/* PMOVSSET */
	ROW(CP15_32, HIGH, true, CP(0, 9, 14, 4), ANY_OP2(1), sys_reg(3, 3, 9, 12, 6)), /* PMCEID2, PMCEID3 */
	P15(CP(0, 9, 14, 6), 0, sys_reg(3, 0, 9, 14, 6)),			/* PMMIR */
	P15_EL0(CP(0, 14, 8, 0), ANY_CRM(7) | ANY_OP2(7), sys_reg(3, 3, 14, 8, 0)), /* PMEVCNTRn to PMCCFILTR */
	P15_PAIR(0, 9, true, sys_reg(3, 3, 9, 13, 0)),				/* PMCCNTR */

	/* GIC CPU interface */
	P15(CP(0, 4, 6, 0), 0, sys_reg(3, 0, 4, 6, 0)),				/* ICC_PMR */
	P15(CP(0, 12, 8, 0), ANY_CRM(3) | ANY_OP2(7), sys_reg(3, 0, 12, 8, 0)),	/* ICC_IAR0 to ICC_RPR */
	P15(CP(0, 12, 12, 0), ANY_OP2(7), sys_reg(3, 0, 12, 12, 0)),		/* ICC_IAR1 to ICC_IGRPEN1 */
	P15_PAIR(0, 12, false, sys_reg(3, 0, 12, 11, 5)),			/* ICC_SGI1R */
	P15_PAIR(1, 12, false, sys_reg(3, 0, 12, 11, 6)),			/* ICC_ASGI1R */
	P15_PAIR(2, 12, false, sys_reg(3, 0, 12, 11, 7)),			/* ICC_SGI0R */

	/* Physical timer */
	P15_EL0(CP(0, 14, 2, 0), ANY_OP2(1), SYS_CNTP_TVAL_EL0),		/* CNTP_TVAL, CNTP_CTL */
	P15_PAIR(0, 14, true, SYS_CNTPCT_EL0),
	P15_PAIR(2, 14, true, SYS_CNTP_CVAL_EL0),
	P15_PAIR(8, 14, true, SYS_CNTPCTSS_EL0),

	/* Debug */
	DO(CP14_MR, LOW, true, CP(0, 0, 0, 0), 0, debugreg_access_didr),
	DO(CP14_MR, LOW, false, CP(0, 0, 0, 2), 0, sysreg_access_raz_wi),	/* DBGDTRRXext */
	P14_EL0(CP(0, 0, 1, 0), SYS_MDCCSR_EL0),				/* DBGDSCRint */
	P14(CP(0, 0, 2, 0), 0, SYS_MDCCINT_EL1),				/* DBGDCCINT */
	P14(CP(0, 0, 2, 2), 0, SYS_MDSCR_EL1),					/* DBGDSCRext */
	DO(CP14_MR, LOW, false, CP(0, 0, 3, 2), 0, sysreg_access_raz_wi),	/* DBGDTRTXext */
	P14_EL0(CP(0, 0, 5, 0), SYS_DBGDTRTX_EL0),				/* DBGDTRTXint, DBGDTRRXint */
	DO(CP14_MR, LOW, false, CP(0, 0, 6, 0), ANY_OP2(2), sysreg_access_raz_wi), /* DBGWFAR, DBGOSECCR */
	P14(CP(0, 0, 7, 0), 0, SYS_DBGVCR32_EL2),				/* DBGVCR */
	P14(CP(0, 0, 0, 4), ANY_CRM(15) | ANY_OP2(3), sys_reg(2, 0, 0, 0, 4)),	/* DBGBVRn to DBGWCRn */
	ROW(CP14_MR, HIGH, false, CP(0, 1, 0, 1), ANY_CRM(15), sys_reg(2, 0, 0, 0, 4)), /* DBGBXVRn */
	P14_EL0(CP(0, 1, 0, 0), SYS_MDRAR_EL1),					/* DBGDRAR */
	P14(CP(0, 1, 0, 4), 0, SYS_OSLAR_EL1),
	P14(CP(0, 1, 1, 4), 0, SYS_OSLSR_EL1),
	P14(CP(0, 1, 3, 4), 0, SYS_OSDLR_EL1),
	P14(CP(0, 1, 4, 4), 0, SYS_DBGPRCR_EL1),
	DO(CP14_MR, LOW, true, CP(0, 2, 0, 0), 0, sysreg_access_raz),		/* DBGDSAR */
	DO(CP14_MR, LOW, false, CP(0, 7, 0, 7), ANY_CRM(1), sysreg_access_raz),	/* DBGDEVID2, DBGDEVID1 */
	DO(CP14_MR, LOW, false, CP(0, 7, 2, 7), 0, sysreg_access_raz),		/* DBGDEVID */
	P14(CP(0, 7, 8, 6), ANY_CRM(1), SYS_DBGCLAIMSET_EL1),			/* DBGCLAIMSET, DBGCLAIMCLR */
	P14(CP(0, 7, 14, 6), 0, SYS_DBGAUTHSTATUS_EL1),
	DO(CP14_64, PAIR, true, CP(0, 0, 1, 0), 0, sysreg_access_raz),		/* DBGDRAR */
	DO(CP14_64, PAIR, true, CP(0, 0, 2, 0), 0, sysreg_access_raz),		/* DBGDSAR */
};

static bool is_pair(unsigned int ec)
{
	return ec == ESR_ELx_EC_CP15_64 || ec == ESR_ELx_EC_CP14_64;
}

/* ISS of the exception classes (Arm ARM D24.2, ESR_EL2): as CP() has it */
static u32 encoding(unsigned int ec, u64 esr)
{
	unsigned int crn = (esr >> 10) & 15, crm = (esr >> 1) & 15;

	if (is_pair(ec))
		return CP((esr >> 16) & 15, 0, crm, 0);
	if (ec == ESR_ELx_EC_CP10_ID)
		return CP(0, crn, 0, 0);
	return CP((esr >> 14) & 7, crn, crm, (esr >> 17) & 7);
}

static const struct cp_row *find(unsigned int ec, u32 enc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].ec == ec && (enc & ~rows[i].any) == rows[i].enc)
			return &rows[i];
	return NULL;
}

static bool is_at_el0(const struct pvcpu *v)
{
	return (v->vcpu->page->pstate & PSR_AA32_MODE_MASK) == PSR_AA32_MODE_USR;
}

/* LDC and STC (EC 6) reach the debug communication channel only, which nobody is at the other end of: undefined */
static bool emulate(struct pvcpu *v, unsigned int ec, u64 esr)
{
	unsigned int rt = (esr >> 5) & 0x1f, rt2 = (esr >> 10) & 0x1f, shift;
	const struct cp_row *row = find(ec, encoding(ec, esr));
	struct sysreg_access a = { .write = !(esr & 1) };

	if (!row || (is_at_el0(v) && !row->el0))
		return false;
	shift = row->part == HIGH ? 32 : 0;
	a.reg = row->to + (encoding(ec, esr) & row->any);
	if (a.write && row->part == PAIR) {
		a.val = vcpu_get_reg(v, rt) | vcpu_get_reg(v, rt2) << 32;
	} else if (a.write) {
		a.val = vcpu_get_reg(v, rt) << shift;
		a.keep = ~((u64)U32_MAX << shift);
	}
	if (!(row->access ? row->access(v, &a) : sysreg_access(v, &a)))
		return false;
	if (!a.write)
		vcpu_set_reg(v, rt, lower_32_bits(a.val >> shift));
	if (!a.write && row->part == PAIR)
		vcpu_set_reg(v, rt2, upper_32_bits(a.val));
	return true;
}

/**
 * cp15_trap() - coprocessor access of AArch32, EC 0x03 to 0x06, 0x08, 0x0c
 * @v: vCPU that left the guest; the instruction's condition holds
 *
 * Return: 1, resume.
 */
int cp15_trap(struct pvcpu *v)
{
	u64 esr = v->vcpu->page->exit.esr;

	if (emulate(v, ESR_ELx_EC(esr), esr))
		vcpu_skip(v);
	else
		inject_undef(v);
	return 1;
}
