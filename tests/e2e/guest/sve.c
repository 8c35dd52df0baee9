// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMM and guest see of SVE: vector lengths, KVM_ARM_VCPU_FINALIZE, registers by id, feature registers, and what is
 * undefined without; and that the VMM's own registers are not the guest's. Nothing here knows who implements /dev/kvm.
 *
 * Output as regs.c's; exit status 4: there is no SVE for guests here. With the argument "swap" the VM goes to the other of
 * keel's personalities a and b before each KVM_RUN.
 */
#include "a64.h"
#include <sys/prctl.h>

#define MOVZ(rd, imm)	(0xd2800000 | (imm) << 5 | (rd))
#define MRS_ZFR0	0xd5380480		/* mrs x0, id_aa64zfr0_el1 */
#define MRS_PFR0	0xd5380400
#define MRS_ZCR		0xd5381200		/* mrs x0, zcr_el1 */
#define MSR_ZCR(rt)	(0xd5181200 | (rt))
#define RDVL		0x04bf5020		/* rdvl x0, #1 */
#define ADD_Z0_Z1	0x04e10000		/* add z0.d, z0.d, z1.d */
#define PTRUE_P3	0x2518e3e3		/* ptrue p3.b */
#define WRFFR_P2	0x25289040		/* wrffr p2.b */
#define FMOV_D0_X0	0x9e670000

#define ZFR0		SYS(3, 0, 0, 4, 4)
#define PFR0		SYS(3, 0, 0, 4, 0)
#define CPACR		SYS(3, 0, 1, 0, 2)
#define ZCR		SYS(3, 0, 1, 2, 0)
#define Z(n)		KVM_REG_ARM64_SVE_ZREG(n, 0)
#define P(n)		KVM_REG_ARM64_SVE_PREG(n, 0)
#define FFR		KVM_REG_ARM64_SVE_FFR(0)
#define VLS		KVM_REG_ARM64_SVE_VLS
#define PFR0_SVE(v)	((v) >> 32 & 15)

/* KVM_ARM_VCPU_INIT: PSCI 0.2 (bit 2), SVE (bit 4) */
#define SVE		0x14
#define NO_SVE		0x04

static int finalize(int fd, int what)
{
	return ioctl(fd, KVM_ARM_VCPU_FINALIZE, &what) ? errno : 0;
}

/* Final, and the guest's EL1 traps neither FP nor SVE */
static void ready(void)
{
	CHECK(!finalize(vcpu, KVM_ARM_VCPU_SVE));
	must_set(CPACR, 3UL << 20 | 3UL << 16);
}

static int init(int fd, unsigned int features)
{
	struct kvm_vcpu_init i = { };

	CHECK(!ioctl(vm, KVM_ARM_PREFERRED_TARGET, &i));
	i.features[0] = features;
	return ioctl(fd, KVM_ARM_VCPU_INIT, &i) ? errno : 0;
}

static int set_wide(unsigned long id, const void *val)
{
	struct kvm_one_reg r = { .id = id, .addr = (unsigned long)val };

	return ioctl(vcpu, KVM_SET_ONE_REG, &r) ? errno : 0;
}

/* Bit n - 1: 16 * n bytes */
static unsigned long lengths(void)
{
	unsigned long vls[8];

	CHECK(!get(vcpu, VLS, vls));
	CHECK(vls[0] && !vls[1] && !vls[7], "%#lx %#lx", vls[0], vls[1]);
	return vls[0];
}

static unsigned int longest(void)
{
	return 16 * (64 - __builtin_clzl(lengths()));
}

static int list_errno(struct kvm_reg_list *list)
{
	return ioctl(vcpu, KVM_GET_REG_LIST, list) ? errno : 0;
}

/* ---- before and after KVM_ARM_VCPU_FINALIZE ------------------------------------------------------------------- */

static void nothing_goes_before_it_is_final(void)
{
	unsigned char val[256] = { };
	struct kvm_reg_list list = { .n = 0 };

	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EPERM, "%m");
	CHECK(list_errno(&list) == EPERM);
	CHECK(get(vcpu, Z(0), val) == EPERM && set_wide(Z(31), val) == EPERM);
	CHECK(get(vcpu, P(15), val) == EPERM && get(vcpu, FFR, val) == EPERM);
	CHECK(!get(vcpu, CORE(regs.pc), val) && !get(vcpu, ZCR, val));
	CHECK(finalize(vcpu, KVM_ARM_VCPU_PSCI_0_2) == EINVAL && finalize(vcpu, 0xffff) == EINVAL);
	CHECK(!finalize(vcpu, KVM_ARM_VCPU_SVE));
	CHECK(finalize(vcpu, KVM_ARM_VCPU_SVE) == EPERM);
	CHECK(!get(vcpu, Z(0), val) && list_errno(&list) == E2BIG && list.n > 50);
}

static void lengths_are_all_of_the_cpus_up_to_one(void)
{
	unsigned long all = lengths(), vls[8] = { }, vq;

	for (vq = 1; vq <= 16; vq++) {
		vls[0] = all & ((1UL << vq) - 1);
		/* Only where there is such a length is it the largest of something else */
		CHECK(set_wide(VLS, vls) == 0, "%lu", vq);
		CHECK(lengths() == vls[0]);
		vls[0] = 1UL << (vq - 1);
		CHECK(set_wide(VLS, vls) == (vq == 1 ? 0 : EINVAL), "%lu", vq);
		CHECK(vq == 1 || lengths() == (all & ((1UL << vq) - 1)));
	}
	vls[0] = 0;
	CHECK(set_wide(VLS, vls) == EINVAL);
	vls[0] = all | 1UL << 16;
	CHECK(set_wide(VLS, vls) == EINVAL);
	vls[0] = all;
	vls[1] = 1;
	CHECK(set_wide(VLS, vls) == EINVAL);
	vls[1] = 0;
	CHECK(set_wide(VLS, (void *)8) == EFAULT);
	CHECK(!set_wide(VLS, vls) && !finalize(vcpu, KVM_ARM_VCPU_SVE));
	CHECK(set_wide(VLS, vls) == EPERM && lengths() == all);
	/* Another KVM_ARM_VCPU_INIT changes none of it */
	CHECK(!init(vcpu, SVE) && finalize(vcpu, KVM_ARM_VCPU_SVE) == EPERM && lengths() == all);
	CHECK(init(vcpu, NO_SVE) == EINVAL);
}

static void ids_that_are_none_are_told_apart(void)
{
	unsigned char val[256];

	CHECK(!finalize(vcpu, KVM_ARM_VCPU_SVE));
	CHECK(get(vcpu, KVM_REG_ARM64_SVE_ZREG(0, 1), val) == ENOENT);
	CHECK(get(vcpu, KVM_REG_ARM64_SVE_FFR(31), val) == ENOENT);
	CHECK(get(vcpu, FFR + 32, val) == EINVAL);
	CHECK(get(vcpu, VLS - 1, val) == EINVAL);
	CHECK(get(vcpu, (Z(0) & ~KVM_REG_SIZE_MASK) | KVM_REG_SIZE_U1024, val) == EINVAL);
	CHECK(get(vcpu, Z(0), (void *)8) == EFAULT && set_wide(Z(0), (void *)8) == EFAULT);
	/* The V registers have no ids of their own any more */
	CHECK(get(vcpu, KVM_REG_ARM64 | KVM_REG_SIZE_U128 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(fp_regs.vregs[3]), val) == EINVAL);
	CHECK(!get(vcpu, KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(fp_regs.fpsr), val));
}

static void the_list_has_them_and_lengths_first(void)
{
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + 2048 * 8);
	unsigned long i, n = 0, zcr = 0, vls = ~0UL;
	unsigned char val[256];

	CHECK(!finalize(vcpu, KVM_ARM_VCPU_SVE));
	list->n = 2048;
	CHECK(!list_errno(list));
	for (i = 0; i < list->n; i++) {
		unsigned long id = list->reg[i], core = id & 0xffff;

		CHECK(!get(vcpu, id, val), "id %#lx: %m", id);
		zcr += id == ZCR;
		if ((id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE && id != VLS) {
			CHECK(vls < i);
			n++;
		}
		if (id == VLS)
			vls = i;
		CHECK((id & KVM_REG_ARM_COPROC_MASK) != KVM_REG_ARM_CORE || (id & KVM_REG_SIZE_MASK) != KVM_REG_SIZE_U128, "%#lx", core);
	}
	CHECK(n == 32 + 16 + 1 && zcr == 1, "%lu %lu", n, zcr);
	free(list);
}

static void without_the_feature_there_is_nothing(void)
{
	unsigned char val[256] = { };

	CHECK(get(vcpu, VLS, val) == ENOENT && set_wide(VLS, val) == ENOENT);
	CHECK(get(vcpu, Z(0), val) == ENOENT && get(vcpu, FFR, val) == ENOENT && get(vcpu, ZCR, val) == ENOENT);
	CHECK(finalize(vcpu, KVM_ARM_VCPU_SVE) == EINVAL);
	CHECK(!PFR0_SVE(reg(PFR0)) && !reg(ZFR0));
	CHECK(set(vcpu, PFR0, reg(PFR0) | 1UL << 32) == EINVAL && set(vcpu, ZFR0, 1) == EINVAL);
	must_set(CPACR, 3UL << 20 | 3UL << 16);
	UNDEFINED(RDVL);
	UNDEFINED(MRS_ZCR);
	CHECK(VALUE(MRS_ZFR0) == 0);
	CHECK(VALUE(MOVZ(0, 5), FMOV_D0_X0, NOP) == 5);
}

static void all_vcpus_or_none(void)
{
	int fd = ioctl(vm, KVM_CREATE_VCPU, 1);

	CHECK(fd >= 0);
	vcpu1 = fd;
	CHECK(init(fd, NO_SVE) == EINVAL);
	CHECK(!init(fd, SVE) && !finalize(fd, KVM_ARM_VCPU_SVE));
}

/* The built-in KVM lets a guest that is AArch32 at EL1 have it: such a guest sees nothing of it */
static void an_aarch32_guest_may_have_it(void)
{
	unsigned char val[256];

	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EPERM, "%m");
	CHECK(!finalize(vcpu, KVM_ARM_VCPU_SVE) && !get(vcpu, Z(0), val));
}

/* ---- what the guest sees -------------------------------------------------------------------------------------- */

static void the_guest_is_told(void)
{
	unsigned long pfr0 = reg(PFR0);

	CHECK(PFR0_SVE(pfr0) == 1);
	CHECK(set(vcpu, PFR0, pfr0 & ~(15UL << 32)) == EINVAL);
	ready();
	CHECK(PFR0_SVE(VALUE(MRS_PFR0)) == 1);
	CHECK(VALUE(MRS_ZFR0) == reg(ZFR0));
}

static void vectors_are_as_long_as_chosen(void)
{
	unsigned long all = lengths(), vls[8] = { }, vq, len, want;

	for (vq = 1; vq <= 16; vq++) {
		if (!(all >> (vq - 1) & 1))
			continue;
		tear_down();
		set_up();
		vls[0] = all & ((1UL << vq) - 1);
		CHECK(!set_wide(VLS, vls));
		ready();
		for (len = 0; len < 16; len++) {
			want = vls[0] & ((2UL << len) - 1);
			want = 16 * (64 - __builtin_clzl(want));
			CHECK(VALUE(MOVZ(1, len), MSR_ZCR(1), ISB, RDVL) == want, "vq %lu len %lu", vq, len);
			CHECK(reg(ZCR) == len);
		}
	}
}

static void registers_go_in_and_out(void)
{
	unsigned char in[256], out[256], ones[32];
	unsigned int i, vl = longest();

	ready();
	for (i = 0; i < 32; i++) {
		CHECK(!get(vcpu, Z(i), out));
		CHECK(!out[0] && !memcmp(out, out + 1, 255));
		memset(in, 0x10 + i, 256);
		CHECK(!set_wide(Z(i), in));
	}
	for (i = 0; i < 17; i++) {
		memset(in, 0x80 + i, 32);
		/* FFR is a row of ones and then zeroes, or its value may be anything (Arm ARM, FFR) */
		if (i == 2 || i == 16)
			memset(in, 0xff, 32);
		CHECK(!set_wide(i < 16 ? P(i) : FFR, in));
	}
	must_set(ZCR, 15);
	VALUE(ADD_Z0_Z1, PTRUE_P3, WRFFR_P2, NOP);
	memset(ones, 0xff, 32);
	for (i = 0; i < 32; i++) {
		CHECK(!get(vcpu, Z(i), out));
		memset(in, 0, 256);
		memset(in, i ? 0x10 + i : 0x21, vl);
		CHECK(!memcmp(in, out, 256), "z%u: %#x %#x", i, out[0], out[255]);
	}
	for (i = 0; i < 17; i++) {
		memset(out, 0xaa, 32);
		CHECK(!get(vcpu, i < 16 ? P(i) : FFR, out));
		memset(in, 0, 32);
		memset(in, i == 2 || i == 3 || i == 16 ? 0xff : 0x80 + i, vl / 8);
		CHECK(!memcmp(in, out, 32), "p%u: %#x", i, out[0]);
	}
	/* Reset is reset */
	CHECK(!init(vcpu, SVE) && !reg(ZCR));
	CHECK(!get(vcpu, Z(7), out) && !out[0] && !get(vcpu, FFR, out) && !out[0]);
}

/* KVM_RUN, with a pattern in V9 and a vector length of its own: v9 and the length before and after */
static long run_with_v9(unsigned long *v9, unsigned long *vl)
{
	register long x0 asm("x0") = vcpu;
	register long x1 asm("x1") = KVM_RUN;
	register long x2 asm("x2") = 0;
	register long x8 asm("x8") = 29;	/* ioctl */

	asm volatile(".arch_extension sve\n\t"
		     "rdvl x3, #1\n\tstr x3, [%5]\n\t"
		     "ptrue p0.b\n\tsetffr\n\tindex z9.d, #3, #5\n\t"
		     "svc #0\n\t"
		     "rdvl x3, #1\n\tstr x3, [%5, #8]\n\tstr q9, [%4]"
		     : "+r" (x0) : "r" (x1), "r" (x2), "r" (x8), "r" (v9), "r" (vl)
		     : "x3", "v9", "memory", "cc");
	return x0;
}

/* The VMM's own V registers and vector length are the same after KVM_RUN; what is beyond the V registers a call may lose */
static void the_vmm_keeps_its_own(void)
{
	unsigned long vl[2], v9[2] __attribute__((aligned(16))), i;

	ready();
	CHECK(prctl(50 /* PR_SVE_SET_VL */, 32, 0, 0, 0) >= 0, "%m");
	for (i = 0; i < 20; i++) {
		must_set(ZCR, 15);
		LOAD(ADD_Z0_Z1, PTRUE_P3, NOP);
		if (swapping)
			to_the_other();
		CHECK(!run_with_v9(v9, vl) && run->exit_reason == KVM_EXIT_MMIO, "exit %u", run->exit_reason);
		settle();
		CHECK(vl[0] == 32 && vl[1] == 32, "%lu %lu", vl[0], vl[1]);
		CHECK(v9[0] == 3 && v9[1] == 8, "%#lx %#lx", v9[0], v9[1]);
	}
}

static const struct test tests[] = {
	TEST(nothing_goes_before_it_is_final),
	TEST(lengths_are_all_of_the_cpus_up_to_one),
	TEST(ids_that_are_none_are_told_apart),
	TEST(the_list_has_them_and_lengths_first),
	TEST(all_vcpus_or_none),
	TEST(the_guest_is_told),
	TEST(vectors_are_as_long_as_chosen),
	TEST(registers_go_in_and_out),
	TEST(the_vmm_keeps_its_own),
}, tests_without[] = {
	TEST(without_the_feature_there_is_nothing),
}, tests_a32[] = {
	TEST(an_aarch32_guest_may_have_it),
};

int main(int argc, char **argv)
{
	int kvm = open("/dev/kvm", O_RDWR), bad, has_a32;

	if (kvm < 0 || ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SVE) <= 0)
		return 4;
	has_a32 = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL1_32BIT) > 0;
	close(kvm);
	features0 = NO_SVE;
	bad = run_tests(tests_without, ARRAY_SIZE(tests_without), argc, argv);
	features0 = SVE;
	bad |= run_tests(tests, ARRAY_SIZE(tests), argc, argv);
	features0 = SVE | 1U << KVM_ARM_VCPU_EL1_32BIT;
	if (has_a32)
		bad |= run_tests(tests_a32, ARRAY_SIZE(tests_a32), argc, argv);
	return bad;
}
