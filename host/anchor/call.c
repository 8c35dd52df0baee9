// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls into the nucleus by HVC, or by function call in vhe. It moves arguments; the nucleus checks them.
 */
#include <linux/export.h>
#include <linux/irqflags.h>

#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "abi/hcall_host.h"
#include "anchor.h"
#include "keel_host.h"
#include "load.h"

/* Number in x0, arguments in x1 to x5, result in x0; x1 to x17 are lost (abi/hcall.h) */
static s64 call_by_hvc(enum keel_hcall nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	register u64 x0 asm("x0") = KEEL_HCALL_BASE + nr;
	register u64 x1 asm("x1") = a0;
	register u64 x2 asm("x2") = a1;
	register u64 x3 asm("x3") = a2;
	register u64 x4 asm("x4") = a3;
	register u64 x5 asm("x5") = a4;

	asm volatile("hvc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3), "+r" (x4), "+r" (x5) : :
		     "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "cc", "memory");
	return x0;
}

/* The nucleus' code runs with all exceptions masked, as it would at EL2: the world switch changes vectors */
static unsigned long mask_all(void)
{
	unsigned long daif = read_sysreg(daif);

	asm volatile("msr daifset, #0xf" : : : "memory");
	return daif;
}

s64 keel_hcall(enum keel_hcall nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	unsigned long daif;
	s64 ret;

	if (keel_mode != KEEL_FEAT_VHE)
		return call_by_hvc(nr, a0, a1, a2, a3, a4);
	daif = mask_all();
	ret = nuc_hcall(nr, a0, a1, a2, a3, a4);
	write_sysreg(daif, daif);
	return ret;
}
EXPORT_SYMBOL_GPL(keel_hcall);

/* keel_hc_vcpu_run(), without looking for its number: it is made at every exit */
s64 call_vcpu_run(u32 vm, u16 idx)
{
	unsigned long daif;
	s64 ret;

	if (keel_mode != KEEL_FEAT_VHE)
		return call_by_hvc(KEEL_HC_vcpu_run, vm, idx, 0, 0, 0);
	daif = mask_all();
	ret = nuc_vcpu_run(vm, idx);
	write_sysreg(daif, daif);
	return ret;
}

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
