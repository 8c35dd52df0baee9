// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMM and guest see of memory tagging: KVM_CAP_ARM_MTE, the registers, tags that a guest sets and loads, those that
 * KVM_ARM_MTE_COPY_TAGS moves, and the fault of an access whose tag is wrong. The guest runs with its MMU on, for only
 * memory that stage-1 calls tagged has tags. Nothing else here knows who implements /dev/kvm.
 *
 * Output as regs.c's; exit status 4: there is no MTE for guests here. With the argument "swap" the VM goes to the other of
 * keel's personalities a and b before each KVM_RUN; "mainline" leaves out the last of the checks without MTE.
 */
#include "a64.h"

#define STG(rt, rn)	(0xd9200800 | (rn) << 5 | (rt))
#define LDG(rt, rn)	(0xd9600000 | (rn) << 5 | (rt))
#define LDR(rt, rn)	(0xf9400000 | (rn) << 5 | (rt))
#define IRG_X0_X1	0x9adf1020
#define MRS_PFR1	0xd5380420
#define MRS_GCR		0xd53810c0
#define MRS_GMID	0xd5390080

#define PFR1		SYS(3, 0, 0, 4, 1)
#define SCTLR		SYS(3, 0, 1, 0, 0)
#define RGSR		SYS(3, 0, 1, 0, 5)
#define GCR		SYS(3, 0, 1, 0, 6)
#define TTBR0		SYS(3, 0, 2, 0, 0)
#define TCR		SYS(3, 0, 2, 0, 2)
#define ESR		SYS(3, 0, 5, 2, 0)
#define TFSR		SYS(3, 0, 5, 6, 0)
#define TFSRE0		SYS(3, 0, 5, 6, 1)
#define MAIR		SYS(3, 0, 10, 2, 0)
#define PFR1_MTE(v)	((v) >> 8 & 15)

#define DATA		(RAM + 0x100000)	/* bytes with tags */
#define TABLE		(RAM + 0x20000)
#define TAGGED(a, tag)	((a) | (unsigned long)(tag) << 56)
#define TAG(a)		((a) >> 56 & 15)
#define GRANULES	256UL			/* of a page */

/* One block of 1 GiB for the device, one for memory; ATA, and tag check faults are taken at once (Arm ARM D8.10, SCTLR_EL1.TCF) */
static void mmu_on(void)
{
	unsigned long *table = (unsigned long *)((char *)ram + (TABLE - RAM));

	table[0] = 1 | 1UL << 10 | 3UL << 53;
	table[2] = RAM | 1 | 1UL << 2 | 3UL << 8 | 1UL << 10;
	must_set(MAIR, 0xf000);
	must_set(TTBR0, TABLE);
	must_set(TCR, 25 | 1UL << 8 | 1UL << 10 | 3UL << 12 | 1UL << 23 | 2UL << 32 | 1UL << 37);
	must_set(SCTLR, 0x30d00800 | 1 | 1UL << 2 | 1UL << 12 | 1UL << 40 | 1UL << 43);
}

static long copy(unsigned long ipa, unsigned long length, void *tags, unsigned long flags)
{
	struct kvm_arm_copy_mte_tags c = { .guest_ipa = ipa, .length = length, .addr = tags, .flags = flags };
	long r = ioctl(vm, KVM_ARM_MTE_COPY_TAGS, &c);

	return r < 0 ? -errno : r;
}

static void without_it_there_is_nothing(void)
{
	unsigned char tags[GRANULES];
	unsigned long val;

	CHECK(!PFR1_MTE(reg(PFR1)));
	CHECK(get(vcpu, GCR, &val) == ENOENT && get(vcpu, RGSR, &val) == ENOENT);
	CHECK(get(vcpu, TFSR, &val) == ENOENT && get(vcpu, TFSRE0, &val) == ENOENT);
	CHECK(copy(RAM, 4096, tags, KVM_ARM_TAGS_FROM_GUEST) == -EINVAL);
	CHECK(ioctl(vm, KVM_ENABLE_CAP, &(struct kvm_enable_cap){ .cap = KVM_CAP_ARM_MTE }) && errno == EINVAL, "%m");
	CHECK(!PFR1_MTE(VALUE(MRS_PFR1)));
	UNDEFINED(MRS_GCR);
}

/* The built-in KVM lets such a guest read it, although there is nothing that it would tell about (Arm ARM, GMID_EL1) */
static void without_it_there_is_no_block_size(void)
{
	UNDEFINED(MRS_GMID);
}

static void the_guest_is_told(void)
{
	unsigned long pfr1 = reg(PFR1);

	CHECK(PFR1_MTE(pfr1) >= 2);
	CHECK(set(vcpu, PFR1, pfr1 & ~0xf00UL) == EINVAL);
	CHECK(PFR1_MTE(VALUE(MRS_PFR1)) == PFR1_MTE(pfr1));
	CHECK(VALUE(MRS_GMID) <= 6);
}

static void aarch32_guests_have_none(void)
{
	struct kvm_vcpu_init init = { };

	vcpu1 = ioctl(vm, KVM_CREATE_VCPU, 1);
	CHECK(vcpu1 >= 0);
	CHECK(!ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init));
	init.features[0] = features0 | 1U << KVM_ARM_VCPU_EL1_32BIT;
	CHECK(ioctl(vcpu1, KVM_ARM_VCPU_INIT, &init) && errno == EINVAL, "%m");
}

/* The page of a vCPU is a file's that cannot have tags; of another memory there is no doubt */
static void only_memory_that_can_have_tags_is_taken(void)
{
	struct kvm_userspace_memory_region slot = {
		.slot = 1, .guest_phys_addr = 0x40000000, .memory_size = 4096, .userspace_addr = (unsigned long)run,
	};

	CHECK(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot) && errno == EINVAL, "%m");
	slot.userspace_addr = (unsigned long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(!ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "%m");
}

static void registers_are_the_guests(void)
{
	unsigned int tag;

	mmu_on();
	must_set(TFSR, 2);
	must_set(TFSRE0, 1);
	/* One tag that is not excluded is the one that comes (Arm ARM, IRG and GCR_EL1) */
	for (tag = 0; tag < 16; tag++) {
		must_set(GCR, 1UL << 16 | (0xffff & ~(1U << tag)));
		must_set(RGSR, 0x1234 << 8 | 3);
		CHECK(TAG(VALUE(IRG_X0_X1)) == tag, "%u", tag);
		CHECK(VALUE(MRS_GCR) == (1UL << 16 | (0xffff & ~(1U << tag))), "%u", tag);
	}
	CHECK(reg(TFSR) == 2 && reg(TFSRE0) == 1, "%#lx %#lx", reg(TFSR), reg(TFSRE0));
}

static void tags_are_kept(void)
{
	unsigned char tags[2 * GRANULES];
	unsigned long i;

	mmu_on();
	/* Memory that nobody gave tags has 0 */
	must_set(CORE(regs.regs[2]), DATA + 0x40);
	CHECK(TAG(VALUE(LDG(0, 2))) == 0);
	for (i = 0; i < 20; i++) {
		must_set(CORE(regs.regs[1]), TAGGED(DATA + 16 * i, i & 15));
		VALUE(STG(1, 1));
		must_set(CORE(regs.regs[1]), TAGGED(DATA + 16 * i, i & 15));
		CHECK(TAG(VALUE(LDG(0, 1))) == (i & 15), "%lu", i);
	}
	CHECK(copy(DATA, 8192, tags, KVM_ARM_TAGS_FROM_GUEST) == 8192);
	for (i = 0; i < 2 * GRANULES; i++)
		CHECK(tags[i] == (i < 20 ? i & 15 : 0), "%lu: %u", i, tags[i]);
	for (i = 0; i < 2 * GRANULES; i++)
		tags[i] = (i * 7 + 1) & 15;
	CHECK(copy(DATA, 8192, tags, KVM_ARM_TAGS_TO_GUEST) == 8192);
	for (i = 0; i < 2 * GRANULES; i += 37) {
		must_set(CORE(regs.regs[1]), DATA + 16 * i);
		CHECK(TAG(VALUE(LDG(0, 1))) == ((i * 7 + 1) & 15), "%lu", i);
	}
	memset(tags, 0xff, sizeof(tags));
	CHECK(copy(DATA, 4096, tags, KVM_ARM_TAGS_FROM_GUEST) == 4096 && tags[5] == 4 && tags[GRANULES] == 0xff);
}

static void a_wrong_tag_is_a_fault(void)
{
	unsigned char tags[GRANULES];

	mmu_on();
	memset(tags, 9, sizeof(tags));
	CHECK(copy(DATA, 4096, tags, KVM_ARM_TAGS_TO_GUEST) == 4096);
	must_set(CORE(regs.regs[1]), TAGGED(DATA, 9));
	VALUE(LDR(0, 1));
	must_set(CORE(regs.regs[1]), TAGGED(DATA, 8));
	LOAD(LDR(0, 1));
	CHECK(!finished(NULL));
	/* Data abort from the same level, synchronous tag check fault */
	CHECK((reg(ESR) >> 26) == 0x25 && (reg(ESR) & 0x3f) == 0x11, "esr %#lx", reg(ESR));
}

static void bad_copies_change_nothing(void)
{
	struct kvm_arm_copy_mte_tags c = { .guest_ipa = RAM, .length = 4096 };
	struct kvm_userspace_memory_region slot = {
		.guest_phys_addr = RAM, .memory_size = RAM_SIZE, .userspace_addr = (unsigned long)ram,
		.flags = KVM_MEM_LOG_DIRTY_PAGES,
	};
	unsigned char tags[2 * GRANULES] = { };

	CHECK(copy(RAM + 16, 4096, tags, 0) == -EINVAL && copy(RAM, 4095, tags, 0) == -EINVAL);
	CHECK(copy(RAM, 4096, tags, 2) == -EINVAL && copy(RAM, 1UL << 31, tags, 0) == -EINVAL);
	c.addr = tags;
	c.reserved[1] = 1;
	CHECK(ioctl(vm, KVM_ARM_MTE_COPY_TAGS, &c) && errno == EINVAL);
	CHECK(copy(0x40000000, 4096, tags, 0) == -EFAULT);
	CHECK(copy(RAM, 4096, (void *)8, 0) == -EFAULT && copy(RAM, 4096, (void *)8, 1) == -EFAULT);
	CHECK(copy(RAM, 0, tags, 0) == 0);
	/* What was done is told */
	CHECK(copy(RAM + RAM_SIZE - 4096, 8192, tags, KVM_ARM_TAGS_FROM_GUEST) == 4096);
	CHECK(!ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "%m");
	CHECK(copy(RAM, 4096, tags, KVM_ARM_TAGS_TO_GUEST) == -EBUSY);
	CHECK(copy(RAM, 4096, tags, KVM_ARM_TAGS_FROM_GUEST) == 4096);
}

static const struct test tests[] = {
	TEST(the_guest_is_told),
	TEST(aarch32_guests_have_none),
	TEST(only_memory_that_can_have_tags_is_taken),
	TEST(registers_are_the_guests),
	TEST(tags_are_kept),
	TEST(a_wrong_tag_is_a_fault),
	TEST(bad_copies_change_nothing),
}, tests_without[] = {
	TEST(without_it_there_is_nothing),
	TEST(without_it_there_is_no_block_size),
};

int main(int argc, char **argv)
{
	int mainline = argc > 1 && !strcmp(argv[1], "mainline");
	int kvm = open("/dev/kvm", O_RDWR), bad;

	if (kvm < 0 || ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_MTE) <= 0)
		return 4;
	close(kvm);
	features0 = 4;	/* PSCI 0.2 */
	bad = run_tests(tests_without, ARRAY_SIZE(tests_without) - mainline, argc, argv);
	cap0 = KVM_CAP_ARM_MTE;
	return bad | run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
