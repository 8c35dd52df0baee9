/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware registers (KVM API 4.68): between fwreg.c, which owns them, and smccc.c, which acts on them.
 */
#ifndef KEEL_PERSONALITY_FWREG_H
#define KEEL_PERSONALITY_FWREG_H

#include <linux/bits.h>
#include <linux/kvm.h>
#include <linux/types.h>

struct pvm;
struct smccc_range;

/* Services that this personality has, by bitmap register */
#define FWREG_STD_ALL		BIT(KVM_REG_ARM_STD_BIT_TRNG_V1_0)
#define FWREG_STD_HYP_ALL	BIT(KVM_REG_ARM_STD_HYP_BIT_PV_TIME)
#define FWREG_VENDOR_HYP_ALL	(BIT(KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT) | BIT(KVM_REG_ARM_VENDOR_HYP_BIT_PTP))

/* Answer to SMCCC_ARCH_FEATURES for SMCCC_ARCH_WORKAROUND_1, _2 or _3 */
u64 fwreg_workaround_answer(u32 fn);
/* The guest calls SMCCC_ARCH_WORKAROUND_1 or _3: the firmware does it on this CPU. X0 of the result */
u64 fwreg_workaround_call(u32 fn);

int smccc_add_range(struct pvm *pvm, const struct smccc_range *range);

#endif
