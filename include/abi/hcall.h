/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers and constants of the host-to-nucleus ABI, made from hcall.def.
 *
 * Trusted by nobody: the nucleus checks every value, the host checks every return.
 * What stands here is shared by parties of different age; append, never change.
 */
#ifndef KEEL_ABI_HCALL_H
#define KEEL_ABI_HCALL_H

#include "core/port.h"

#define KEEL_ABI_MAJOR		1
#define KEEL_ABI_MINOR		2

/* SMCCC vendor-specific hypervisor service range, 64-bit fast calls (DEN0028 section 6) */
#define KEEL_HCALL_BASE		0xc6006b00UL
#define KEEL_HCALL_MAX		0x80

enum keel_hcall {
#define HCALL(nr, name, ...)	KEEL_HC_##name = (nr),
#include "abi/hcall_each.h"
};

/* Parameter list of a call with n arguments: the declared types behind a prefix, KEEL_PARAMS2(t_, page, pa, u32, n) */
#define KEEL_PARAMS0(prefix)			void
#define KEEL_PARAMS1(prefix, t, n)		prefix##t n
#define KEEL_PARAMS2(prefix, t, n, ...)		prefix##t n, KEEL_PARAMS1(prefix, __VA_ARGS__)
#define KEEL_PARAMS3(prefix, t, n, ...)		prefix##t n, KEEL_PARAMS2(prefix, __VA_ARGS__)
#define KEEL_PARAMS4(prefix, t, n, ...)		prefix##t n, KEEL_PARAMS3(prefix, __VA_ARGS__)
#define KEEL_PARAMS5(prefix, t, n, ...)		prefix##t n, KEEL_PARAMS4(prefix, __VA_ARGS__)

/* features */
#define KEEL_FEAT_NVHE		BIT(0)	/* nucleus at EL2, host at EL1, no host stage-2 */
#define KEEL_FEAT_PROTECTED	BIT(1)	/* host stage-2 on, ownership enforced */
#define KEEL_FEAT_VHE		BIT(2)	/* nucleus is host code */
#define KEEL_FEAT_DEBUG		BIT(3)	/* debug build: debug_* calls answer */
#define KEEL_FEAT_VGIC3		BIT(4)	/* GICv3 virtual CPU interface: KEEL_VCTL_VGIC; since 1.1 */
#define KEEL_FEAT_A32_EL1	BIT(5)	/* guests can be AArch32 at EL1: KEEL_VCTL_A32_EL1; since 1.1 */
#define KEEL_FEAT_HOLDS		BIT(6)	/* a CPU may hold register state after vcpu_run: vcpu_sync there before the page */
#define KEEL_FEAT_PMU		BIT(9)	/* PMUv3: KEEL_VCTL_PMU, and struct keel_vcpu_pmu is looked at; since 1.2 */
#define KEEL_FEAT_SVE		BIT(7)	/* vCPUs can have SVE: vcpu_sve; since 1.2 */
#define KEEL_FEAT_MTE		BIT(8)	/* guests can have memory tagging: KEEL_VCTL_MTE; since 1.2 */

/* vcpu_run: why the guest was left */
#define KEEL_EXIT_TRAP		0	/* synchronous exception: esr, far, hpfar in the page */
#define KEEL_EXIT_IRQ		1	/* a physical interrupt is pending; unmask and it is taken */
#define KEEL_EXIT_SERROR	2	/* SError while the guest ran: esr in the page */
#define KEEL_EXIT_ILLEGAL	3	/* PSTATE in the page is not one a guest may have; nothing ran */

/* guest_map and friends */
#define KEEL_PROT_R		BIT(0)
#define KEEL_PROT_W		BIT(1)
#define KEEL_PROT_X		BIT(2)
#define KEEL_PROT_DEVICE	BIT(3)	/* Device-nGnRE instead of Normal write-back */

/* guest_run: output address of the first page >> 12, pages after the first, pages skipped before it, memory type */
#define KEEL_RUN_PFN		GENMASK_ULL(35, 0)
#define KEEL_RUN_MORE_SHIFT	36
#define KEEL_RUN_SKIP_SHIFT	49
#define KEEL_RUN_DEVICE		BIT_ULL(62)
#define KEEL_RUN_MAX		8192ULL	/* pages of a range: both numbers have 13 bits */

#define KEEL_PAGE_SHIFT		12
#define KEEL_PAGE_SIZE		4096UL
#define KEEL_VM_PAGES		8	/* vm_create: physically contiguous */
#define KEEL_MAX_VCPUS		512
#define KEEL_MAX_VMS		255

/* vcpu_sve: registers Z0 to Z31, P0 to P15 and FFR, each of the vCPU's largest length: 16 * vq and 2 * vq bytes */
#define KEEL_SVE_VQ_MAX		16
#define KEEL_SVE_Z(vq, n)	((n) * (vq) * 16U)
#define KEEL_SVE_P(vq, n)	(KEEL_SVE_Z(vq, 32U) + (n) * (vq) * 2U)
#define KEEL_SVE_FFR(vq)	KEEL_SVE_P(vq, 16U)
#define KEEL_SVE_BYTES(vq)	KEEL_SVE_P(vq, 17U)

/* Of a bitmap of lengths, bit n - 1 for 16 * n bytes: those up to @vq */
#define KEEL_SVE_UPTO(vq)	(BIT(vq) - 1)

static inline unsigned int keel_sve_pages(unsigned int vq)
{
	return (KEEL_SVE_BYTES(vq) + KEEL_PAGE_SIZE - 1) >> KEEL_PAGE_SHIFT;
}

/**
 * keel_pgd_pages() - size of a guest's root stage-2 table
 * @ipa_bits: size of the guest's IPA space, 32 to 48
 *
 * 4 KiB granule with concatenated root tables (Arm ARM D8.2.9): up to 34 bits start
 * at level 2 is not used; 32..39 start at level 1 with one page, 40..43 at level 1 with up to 16
 * concatenated pages, 44..48 at level 0 with one page.
 *
 * Return: number of 4 KiB pages, naturally aligned as a whole.
 */
static inline unsigned int keel_pgd_pages(unsigned int ipa_bits)
{
	if (ipa_bits <= 39 || ipa_bits > 43)
		return 1;
	return 1U << (ipa_bits - 39);
}

#endif
