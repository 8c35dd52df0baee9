// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feature registers of a VM that arrives: what the incoming personality can show on this host is taken as it is, what it
 * cannot is refused. The rest of the personality is not there.
 */
#include <kunit/test.h>

/* Tested as part of this module: nothing is exported for them, and their links to the rest are the seam */
#include "core/idreg.c"
#include "host/personality/idregs.c"

bool sysreg_table_sorted(void)
{
	return true;
}

bool vgic_has_sysregs(const struct pvm *pvm)
{
	return false;
}

static struct pvm *pvm;
static struct pvm_ids before;

/* A VM that ran here */
static int set_up(struct kunit *test)
{
	struct pvcpu *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);

	pvm = kvzalloc(sizeof(*pvm), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, v && pvm);
	v->pvm = pvm;
	KUNIT_ASSERT_EQ(test, idregs_init(pvm), 0);
	idregs_set(v);
	idregs_freeze(pvm);
	before = pvm->ids;
	return 0;
}

static void tear_down(struct kunit *test)
{
	kvfree(pvm);
}

static bool unchanged(void)
{
	return !memcmp(before.val, pvm->ids.val, sizeof(before.val)) && before.ctr == pvm->ids.ctr;
}

static void a_vm_of_this_host_is_adopted_as_it_is(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, idregs_adopt(pvm), 0);
	KUNIT_EXPECT_TRUE(test, unchanged());
}

/* All ones is what no CPU has in any of them */
static void more_than_can_be_shown_is_refused_in_every_register(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < KEEL_IDREG_NR; i++) {
		u64 was = pvm->ids.val[i];

		pvm->ids.val[i] = ~0ULL;
		KUNIT_EXPECT_EQ_MSG(test, idregs_adopt(pvm), -EOPNOTSUPP, "register %u", i);
		KUNIT_EXPECT_EQ(test, pvm->ids.val[i], ~0ULL);
		pvm->ids.val[i] = was;
	}
	pvm->ids.ctr = ~0ULL;
	KUNIT_EXPECT_EQ(test, idregs_adopt(pvm), -EOPNOTSUPP);
}

/* One step above what is there, in the instructions for cryptography: ID_AA64ISAR0_EL1.AES */
static void one_feature_too_many_is_enough(struct kunit *test)
{
	pvm->ids.val[KEEL_IDREG_IDX(6, 0)] += BIT_ULL(4);
	KUNIT_EXPECT_EQ(test, idregs_adopt(pvm), -EOPNOTSUPP);
	pvm->ids.val[KEEL_IDREG_IDX(6, 0)] &= ~GENMASK_ULL(7, 4);
	KUNIT_EXPECT_EQ(test, idregs_adopt(pvm), 0);
}

/* A VM on which no vCPU was initialised shows nothing yet */
static void a_vm_without_registers_has_nothing_to_refuse(struct kunit *test)
{
	pvm->ids.set = false;
	memset(pvm->ids.val, 0xff, sizeof(pvm->ids.val));
	KUNIT_EXPECT_EQ(test, idregs_adopt(pvm), 0);
}

static struct kunit_case idregs_cases[] = {
	KUNIT_CASE(a_vm_of_this_host_is_adopted_as_it_is),
	KUNIT_CASE(more_than_can_be_shown_is_refused_in_every_register),
	KUNIT_CASE(one_feature_too_many_is_enough),
	KUNIT_CASE(a_vm_without_registers_has_nothing_to_refuse),
	{}
};

static struct kunit_suite idregs_suite = {
	.name = "keel_idregs",
	.init = set_up,
	.exit = tear_down,
	.test_cases = idregs_cases,
};

kunit_test_suites(&idregs_suite);

MODULE_DESCRIPTION("keel: KUnit tests of feature registers");
MODULE_LICENSE("GPL");
