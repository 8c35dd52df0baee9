/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System register access and the bits of EL2 registers that the nucleus sets (Arm ARM D19). Registers that
 * the oldest assembler may not know go by their encoding.
 */
#ifndef KEEL_NVHE_SYSREG_H
#define KEEL_NVHE_SYSREG_H

#include "core/port.h"

#define nuc_str_(x)	#x
#define nuc_str(x)	nuc_str_(x)

/* S3_0_C1_C0_0 form, for registers without a name in the assembler */
#define nuc_sys(op0, op1, crn, crm, op2)	S##op0##_##op1##_C##crn##_C##crm##_##op2

#define sysreg_read(reg) ({ u64 _val; asm volatile("mrs %0, " nuc_str(reg) : "=r" (_val)); _val; })
#define sysreg_write(reg, val) do {						\
	u64 _val = (u64)(val);							\
	asm volatile("msr " nuc_str(reg) ", %x0" : : "rZ" (_val));		\
} while (0)

#define nuc_isb()	asm volatile("isb" ::: "memory")
#define nuc_dsb(opt)	asm volatile("dsb " #opt ::: "memory")
#define nuc_dmb(opt)	asm volatile("dmb " #opt ::: "memory")
#define nuc_tlbi(op)	asm volatile("tlbi " #op ::: "memory")
#define nuc_tlbi_arg(op, arg)	asm volatile("tlbi " #op ", %0" : : "r" ((u64)(arg)) : "memory")

/* HCR_EL2, Arm ARM D19.2.48 */
#define HCR_VM		BIT_ULL(0)
#define HCR_SWIO	BIT_ULL(1)
#define HCR_PTW		BIT_ULL(2)
#define HCR_FMO		BIT_ULL(3)
#define HCR_IMO		BIT_ULL(4)
#define HCR_AMO		BIT_ULL(5)
#define HCR_VF		BIT_ULL(6)
#define HCR_VI		BIT_ULL(7)
#define HCR_VSE		BIT_ULL(8)
#define HCR_FB		BIT_ULL(9)
#define HCR_BSU_IS	BIT_ULL(10)
#define HCR_TWI		BIT_ULL(13)
#define HCR_TWE		BIT_ULL(14)
#define HCR_TID0	BIT_ULL(15)
#define HCR_TID1	BIT_ULL(16)
#define HCR_TID2	BIT_ULL(17)
#define HCR_TID3	BIT_ULL(18)
#define HCR_TSC		BIT_ULL(19)
#define HCR_TIDCP	BIT_ULL(20)
#define HCR_TACR	BIT_ULL(21)
#define HCR_TSW		BIT_ULL(22)
#define HCR_TVM		BIT_ULL(26)
#define HCR_TGE		BIT_ULL(27)
#define HCR_RW		BIT_ULL(31)
#define HCR_E2H		BIT_ULL(34)
#define HCR_TLOR	BIT_ULL(35)
#define HCR_TERR	BIT_ULL(36)
#define HCR_TEA		BIT_ULL(37)
#define HCR_APK		BIT_ULL(40)
#define HCR_API		BIT_ULL(41)
#define HCR_FIEN	BIT_ULL(47)
#define HCR_ATA		BIT_ULL(56)
#define HCR_TID5	BIT_ULL(58)

/* ESR_ELx.EC, Arm ARM D19.2.40 */
#define ESR_EC(esr)	(((esr) >> 26) & 0x3f)
#define ESR_ISS(esr)	((esr) & 0x1ffffff)
#define EC_WFX		0x01
#define EC_FP		0x07
#define EC_PAC		0x09
#define EC_HVC64	0x16
#define EC_SMC64	0x17
#define EC_SYS64	0x18
#define EC_SVE		0x19
#define EC_IABT_LOW	0x20
#define EC_DABT_LOW	0x24

#endif
