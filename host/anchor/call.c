// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls into the nucleus by HVC. It moves arguments; the nucleus checks them.
 */
#include <linux/arm-smccc.h>
#include <linux/export.h>

#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "abi/hcall_host.h"
#include "keel_host.h"

s64 keel_hcall(enum keel_hcall nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(KEEL_HCALL_BASE + nr, a0, a1, a2, a3, a4, &res);
	return res.a0;
}
EXPORT_SYMBOL_GPL(keel_hcall);

u64 keel_features(void)
{
	s64 features = keel_hc_features();

	return features < 0 ? 0 : features;
}
EXPORT_SYMBOL_GPL(keel_features);

/* ID_AA64MMFR0_EL1.PARange (Arm ARM D19.2.64); the nucleus' tables reach 48 bits */
unsigned int keel_ipa_limit(void)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };
	unsigned int range = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1) & 0xf;

	return range < ARRAY_SIZE(bits) ? bits[range] : 48;
}
EXPORT_SYMBOL_GPL(keel_ipa_limit);
