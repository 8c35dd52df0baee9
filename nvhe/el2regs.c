// SPDX-License-Identifier: GPL-2.0-only
/*
 * The EL2 registers that the kernel's boot code sets so that its EL1 can use the CPU: traps off, counters readable,
 * ID registers passed on. The nucleus does not know better than the kernel what they should be, so it remembers what
 * it found on each CPU and gives a core that PSCI starts the same again. One list serves both directions.
 */
#include "nvhe/el2.h"

/* Field of an ID register, by the lowest bit */
#define ID_FIELD(reg, bit)	((sysreg_read(reg) >> (bit)) & 0xf)

#define id_mmfr1	S3_0_C0_C7_1
#define id_mmfr3	S3_0_C0_C7_3
#define id_pfr0		S3_0_C0_C4_0
#define id_pfr1		S3_0_C0_C4_1
#define id_mmfr0	S3_0_C0_C7_0
#define id_dfr0		S3_0_C0_C5_0

static bool has_always(void) { return true; }
static bool has_hcx(void) { return ID_FIELD(id_mmfr1, 40); }
static bool has_fgt(void) { return ID_FIELD(id_mmfr0, 56); }
static bool has_fgt2(void) { return ID_FIELD(id_mmfr0, 56) >= 2; }
static bool has_amu_fgt(void) { return has_fgt() && ID_FIELD(id_pfr0, 44); }
static bool has_gic(void) { return ID_FIELD(id_pfr0, 24); }
static bool has_sve(void) { return ID_FIELD(id_pfr0, 32); }
static bool has_sme(void) { return ID_FIELD(id_pfr1, 24); }
static bool has_lor(void) { return ID_FIELD(id_mmfr1, 16); }

/* register, when it exists; CPTR_EL2 before ZCR_EL2 and SMCR_EL2, whose access it can trap (ISB in el2_replay()) */
#define EL2_REGS(R)							\
	R(cptr_el2, has_always)						\
	R(mdcr_el2, has_always)						\
	R(cnthctl_el2, has_always)					\
	R(cntvoff_el2, has_always)					\
	R(hstr_el2, has_always)						\
	R(vpidr_el2, has_always)					\
	R(vmpidr_el2, has_always)					\
	R(S3_4_C12_C9_5, has_gic)	/* ICC_SRE_EL2 */		\
	R(S3_4_C1_C2_2, has_hcx)	/* HCRX_EL2 */			\
	R(S3_4_C1_C1_4, has_fgt)	/* HFGRTR_EL2 */		\
	R(S3_4_C1_C1_5, has_fgt)	/* HFGWTR_EL2 */		\
	R(S3_4_C1_C1_6, has_fgt)	/* HFGITR_EL2 */		\
	R(S3_4_C3_C1_4, has_fgt)	/* HDFGRTR_EL2 */		\
	R(S3_4_C3_C1_5, has_fgt)	/* HDFGWTR_EL2 */		\
	R(S3_4_C3_C1_6, has_amu_fgt)	/* HAFGRTR_EL2 */		\
	R(S3_4_C3_C1_0, has_fgt2)	/* HDFGRTR2_EL2 */		\
	R(S3_4_C3_C1_1, has_fgt2)	/* HDFGWTR2_EL2 */		\
	R(S3_4_C3_C1_2, has_fgt2)	/* HFGRTR2_EL2 */		\
	R(S3_4_C3_C1_3, has_fgt2)	/* HFGWTR2_EL2 */		\
	R(S3_4_C3_C1_7, has_fgt2)	/* HFGITR2_EL2 */		\
	R(S3_4_C1_C2_0, has_sve)	/* ZCR_EL2 */			\
	R(S3_4_C1_C2_6, has_sme)	/* SMCR_EL2 */			\
	R(S3_4_C1_C2_5, has_sme)	/* SMPRIMAP_EL2 */		\
	R(S3_0_C10_C4_3, has_lor)	/* LORC_EL1 */

void el2_snapshot(struct nuc_cpu *cpu)
{
	u32 n = 0;

#define R(reg, has)	cpu->snap[n++] = has() ? sysreg_read(reg) : 0;
	EL2_REGS(R)
#undef R
	static_assert(0
#define R(reg, has) + 1
		EL2_REGS(R) <= NUC_SNAP_MAX, "snap[] holds the list");
#undef R
	cpu->nr_snap = n;
}

void el2_replay(const struct nuc_cpu *cpu)
{
	u32 n = 0;

#define R(reg, has)	{ if (has()) { sysreg_write(reg, cpu->snap[n]); nuc_isb(); } n++; }
	EL2_REGS(R)
#undef R
}
