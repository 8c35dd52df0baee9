// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls into the nucleus by HVC. It moves arguments and nothing else; the nucleus checks them.
 */
#include <linux/arm-smccc.h>
#include <linux/export.h>

#include "abi/hcall_host.h"

s64 keel_hcall(enum keel_hcall nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(KEEL_HCALL_BASE + nr, a0, a1, a2, a3, a4, &res);
	return res.a0;
}
EXPORT_SYMBOL_GPL(keel_hcall);
