// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's calls: number to function, made from abi/hcall.def. It owns three checks that no handler repeats: the
 * number exists, the phase is right, every argument fits its declared type. Number and arguments are the
 * host's and may be anything.
 */
#include "nvhe/nucleus.h"
#include "nvhe/switch.h"
#include "nvhe/vm.h"
#ifndef KEEL_VHE
#include "nvhe/el2.h"

static_assert(KEEL_HCALL_BASE == 0xc6006b00UL && KEEL_HCALL_MAX == 0x80, "entry.S");
#endif

#define fits_u8(v)	((v) <= 0xff)
#define fits_u16(v)	((v) <= 0xffff)
#define fits_u32(v)	((v) <= 0xffffffff)
#define fits_u64(v)	true
#define fits_vm(v)	((v) <= 0xffffffff)
#define fits_vcpu(v)	((v) < KEEL_MAX_VCPUS)
#define fits_page(v)	((v) < BIT_ULL(52) && IS_ALIGNED(v, KEEL_PAGE_SIZE))
#define fits_ipa(v)	fits_page(v)

/* Finalise is called on each CPU: the first one ends SETUP for the machine, the others only for themselves */
static bool phase_ANY(void) { return true; }
static bool phase_SETUP(void) { return !(nuc_cpu()->flags & NUC_CPU_FINAL); }
static bool phase_RUN(void) { return nuc_cpu()->flags & NUC_CPU_FINAL; }

#define FIT0()				true
#define FIT1(t0, n0)			fits_##t0(a0)
#define FIT2(t0, n0, t1, n1)		(fits_##t0(a0) && fits_##t1(a1))
#define FIT3(t0, n0, t1, n1, t2, n2)	(FIT2(t0, n0, t1, n1) && fits_##t2(a2))
#define FIT4(t0, n0, t1, n1, t2, n2, t3, n3)	(FIT3(t0, n0, t1, n1, t2, n2) && fits_##t3(a3))
#define FIT5(t0, n0, t1, n1, t2, n2, t3, n3, t4, n4)	(FIT4(t0, n0, t1, n1, t2, n2, t3, n3) && fits_##t4(a4))
#define PASS0
#define PASS1				a0
#define PASS2				PASS1, a1
#define PASS3				PASS2, a2
#define PASS4				PASS3, a3
#define PASS5				PASS4, a4

#define HCALL(nr, name, phase, since, doc, n, ...)	\
	case nr:					\
		if (!phase_##phase())			\
			return -EPERM;			\
		if (!FIT##n(__VA_ARGS__))		\
			return -EINVAL;			\
		return hc_##name(PASS##n);

static inline __attribute__((always_inline)) s64 dispatch(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	switch (nr) {
#include "abi/hcall_each.h"
	default:
		return -ENOSYS;
	}
}

s64 nuc_hcall(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	/* The one call that is made at every exit does not wait for the others to be ruled out */
	if (__builtin_expect(nr == KEEL_HC_vcpu_run, 1))
		return dispatch(KEEL_HC_vcpu_run, a0, a1, a2, a3, a4);
	return dispatch(nr, a0, a1, a2, a3, a4);
}

#ifdef KEEL_VHE
/* For the anchor, which knows the number of this one when it is compiled */
s64 nuc_vcpu_run(u64 vm, u64 idx)
{
	return dispatch(KEEL_HC_vcpu_run, vm, idx, 0, 0, 0);
}
#endif

s64 hc_version(void)
{
	return KEEL_ABI_MAJOR << 16 | KEEL_ABI_MINOR;
}

s64 hc_features(void)
{
	u64 features = nuc_config.mode;

#ifdef KEEL_DEBUG
	features |= KEEL_FEAT_DEBUG;
#endif
	if (switch_caps() & NUC_CAP_GIC)
		features |= KEEL_FEAT_VGIC3;
	if (switch_caps() & NUC_CAP_A32)
		features |= KEEL_FEAT_A32_EL1;
	if (switch_caps() & NUC_CAP_SVE)
		features |= KEEL_FEAT_SVE;
	if (switch_caps() & NUC_CAP_MTE)
		features |= KEEL_FEAT_MTE;
	if (switch_caps() & NUC_CAP_PMU)
		features |= KEEL_FEAT_PMU;
	return features;
}

s64 hc_vgic_info(void)
{
	return switch_caps() & NUC_CAP_GIC ? (s64)sysreg_read(S3_4_C12_C11_1) : -ENODEV;	/* ICH_VTR_EL2 */
}

s64 hc_sve_info(void)
{
	return switch_sve_look() ?: -ENODEV;
}

#ifdef KEEL_VHE
static void finalise_this_cpu(struct nuc_cpu *cpu)
{
	cpu->host_hcr = sysreg_read(hcr_el2);
}
#else
static void finalise_this_cpu(struct nuc_cpu *cpu)
{
	if (nuc_protected())
		init_host_stage2(cpu);
}
#endif

/*
 * The anchor makes this call on every online CPU, one at a time. The tables are made by the first, under no lock:
 * until it returns no other CPU is past set-up, and SETUP belongs to the anchor alone.
 */
s64 hc_finalise(nuc_arg_u32 flags)
{
	int err;

	if (flags)
		return -EINVAL;
	if (!nuc_finalised()) {
		err = nuc_protected() ? mmu_host_init() : 0;
		if (err)
			return err;
		/* Pairs with the acquire in nuc_finalised() */
		__atomic_store_n(&nuc_finalised_flag, 1, __ATOMIC_RELEASE);
	}
	finalise_this_cpu(nuc_cpu());
	nuc_cpu()->flags |= NUC_CPU_FINAL;
	return 0;
}

s64 hc_vcpu_run(nuc_arg_vm vm, nuc_arg_vcpu idx)
{
	int err;
	s64 ret;
	struct nuc_vcpu *vcpu = vcpu_take(vm, idx, &err);

	if (!vcpu)
		return err;
	ret = switch_run(vcpu);
	vcpu_put(vcpu);
	return ret;
}

/* Registers are written back at each exit, so there is nothing left on any CPU; only the name is checked */
s64 hc_vcpu_sync(nuc_arg_vm vm, nuc_arg_vcpu idx)
{
	int err;
	struct nuc_vcpu *vcpu = vcpu_take(vm, idx, &err);

	if (!vcpu)
		return err;
	vcpu_put(vcpu);
	return 0;
}

s64 hc_debug_panic(nuc_arg_u32 which)
{
#ifdef KEEL_DEBUG
	if (which)
		*(volatile u32 *)8 = which;
	nuc_panic("0: a debug call asked for it");
#else
	return -ENOSYS;
#endif
}
