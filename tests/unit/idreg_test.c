// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/idreg: no value a VMM can write shows a guest more than its limit, and the table's fields are sound.
 */
#include "core/idreg.h"
#include "harness.h"

#define PFR0	KEEL_IDREG_IDX(4, 0)
#define PFR1	KEEL_IDREG_IDX(4, 1)
#define DFR0	KEEL_IDREG_IDX(5, 0)
#define ISAR0	KEEL_IDREG_IDX(6, 0)
#define ISAR1	KEEL_IDREG_IDX(6, 1)
#define MMFR0	KEEL_IDREG_IDX(7, 0)
#define MMFR1	KEEL_IDREG_IDX(7, 1)

#define ALL	(~0ULL)

static const struct keel_idreg *every(unsigned int i)
{
	return i < KEEL_IDREG_NR ? &keel_idregs[i] : &keel_idreg_ctr;
}

static u64 mask_of(const struct keel_idfield *f)
{
	return ((1ULL << f->width) - 1) << f->shift;
}

static u64 with(u64 reg, unsigned int shift, u64 val)
{
	return (reg & ~(15ULL << shift)) | val << shift;
}

TEST(fields_do_not_overlap_and_fit)
{
	unsigned int i, j;

	for (i = 0; i <= KEEL_IDREG_NR; i++) {
		u64 seen = 0;

		for (j = 0; j < every(i)->nr; j++) {
			const struct keel_idfield *f = &every(i)->fields[j];

			CHECK(f->width >= 1 && f->width <= 4 && f->shift + f->width <= 64);
			CHECK(!(seen & mask_of(f)));
			CHECK(f->max < 1 << f->width && f->min <= f->max);
			seen |= mask_of(f);
		}
		if (i < KEEL_IDREG_A32_NR)
			CHECK(!(seen >> 32));
	}
}

TEST(a_limit_can_be_written_back)
{
	static const u64 hosts[] = { 0, ALL, 0x1111111111111111, 0x2222222222222222, 0x1201011100110222, 0x6666666666666666 };
	unsigned int i, h, have;

	for (i = 0; i <= KEEL_IDREG_NR; i++) {
		for (h = 0; h < ARRAY_SIZE(hosts); h++) {
			for (have = 0; have < 2; have++) {
				u64 limit = keel_idreg_limit(every(i), hosts[h], have);

				CHECK_EQ(keel_idreg_check(every(i), limit, limit), 0);
			}
		}
	}
}

TEST(bits_that_are_not_writable_cannot_be_changed)
{
	unsigned int i, bit;

	for (i = 0; i <= KEEL_IDREG_NR; i++) {
		u64 limit = keel_idreg_limit(every(i), 0x3333333333333333, 0);
		u64 writable = keel_idreg_writable(every(i));

		for (bit = 0; bit < 64; bit++) {
			if (!(writable & 1ULL << bit))
				CHECK_EQ(keel_idreg_check(every(i), limit, limit ^ 1ULL << bit), -EINVAL);
		}
	}
}

/* Every value of every field against every limit */
TEST(an_unsigned_field_never_grows)
{
	unsigned int i, j, lim, val;

	for (i = 0; i <= KEEL_IDREG_NR; i++) {
		for (j = 0; j < every(i)->nr; j++) {
			const struct keel_idfield *f = &every(i)->fields[j];

			if (f->kind != KEEL_ID_LOWER && f->kind != KEEL_ID_FIXED && f->kind != KEEL_ID_ZERO)
				continue;
			for (lim = 0; lim < 1U << f->width; lim++) {
				for (val = lim + 1; val < 1U << f->width; val++)
					CHECK_EQ(keel_idreg_check(every(i), (u64)lim << f->shift,
								  (u64)val << f->shift), -EINVAL);
			}
		}
	}
}

TEST(not_implemented_is_the_least_of_a_signed_field)
{
	const struct keel_idreg *mmfr0 = &keel_idregs[MMFR0];

	CHECK_EQ(keel_idreg_check(mmfr0, with(0, 28, 0), with(0, 28, 15)), 0);
	CHECK_EQ(keel_idreg_check(mmfr0, with(0, 28, 1), with(0, 28, 0)), 0);
	CHECK_EQ(keel_idreg_check(mmfr0, with(0, 28, 15), with(0, 28, 0)), -EINVAL);
	CHECK_EQ(keel_idreg_check(mmfr0, with(0, 28, 0), with(0, 28, 1)), -EINVAL);
}

TEST(promising_a_hazard_is_allowed_denying_one_is_not)
{
	const struct keel_idreg *mmfr1 = &keel_idregs[MMFR1];

	CHECK_EQ(keel_idreg_check(mmfr1, with(0, 24, 0), with(0, 24, 1)), 0);
	CHECK_EQ(keel_idreg_check(mmfr1, with(0, 24, 1), with(0, 24, 0)), -EINVAL);
}

TEST(debug_is_armv8_or_nothing_can_be_said)
{
	const struct keel_idreg *dfr0 = &keel_idregs[DFR0];
	u64 limit = keel_idreg_limit(dfr0, with(0, 0, 11), 0);

	CHECK_EQ(limit & 15, 10);
	CHECK_EQ(keel_idreg_check(dfr0, limit, with(limit, 0, 6)), 0);
	CHECK_EQ(keel_idreg_check(dfr0, limit, with(limit, 0, 5)), -EINVAL);
	/* An impossible host: what it says stands, nothing else does */
	CHECK_EQ(keel_idreg_check(dfr0, with(0, 0, 3), with(0, 0, 3)), 0);
	CHECK_EQ(keel_idreg_check(dfr0, with(0, 0, 3), with(0, 0, 2)), -EINVAL);
}

TEST(what_is_not_served_does_not_show)
{
	u64 pfr0 = keel_idreg_limit(&keel_idregs[PFR0], ALL, 0);
	u64 pfr1 = keel_idreg_limit(&keel_idregs[PFR1], ALL, 0);

	CHECK_EQ(pfr0 >> 32 & 15, 0);		/* SVE */
	CHECK_EQ(pfr0 >> 40 & 255, 0);		/* MPAM, AMU */
	CHECK_EQ(pfr0 >> 24 & 15, 1);		/* GIC */
	CHECK_EQ(pfr1 >> 8 & 15, 0);		/* MTE */
	CHECK_EQ(pfr1 >> 24 & 15, 0);		/* SME */
	CHECK_EQ(keel_idreg_limit(&keel_idregs[DFR0], ALL, 0) >> 8 & 15, 0);	/* PMU */
	CHECK_EQ(keel_idreg_limit(&keel_idregs[ISAR0], ALL, 0) >> 24 & 15, 0);	/* TME */
	CHECK_EQ(keel_idreg_limit(&keel_idregs[KEEL_IDREG_IDX(4, 5)], ALL, 1), 0);	/* ID_AA64SMFR0_EL1 */
	CHECK_EQ(keel_idreg_limit(&keel_idregs[KEEL_IDREG_IDX(7, 3)], ALL, 1), 0);	/* ID_AA64MMFR3_EL1 */
}

TEST(a_pmu_shows_where_it_was_asked_for_and_can_be_lowered)
{
	const struct keel_idreg *dfr0 = &keel_idregs[DFR0], *dfr0_a32 = &keel_idregs[KEEL_IDREG_IDX(1, 2)];
	u64 limit = keel_idreg_limit(dfr0, with(0, 8, 8), KEEL_ID_HAVE_PMU);

	CHECK_EQ(keel_idreg_limit(dfr0, with(0, 8, 8), 0), 0);
	CHECK_EQ(limit, with(0, 8, 6));
	CHECK_EQ(keel_idreg_limit(dfr0, with(0, 8, 15), KEEL_ID_HAVE_PMU), 0);
	CHECK_EQ(keel_idreg_check(dfr0, limit, with(0, 8, 7)), -EINVAL);
	CHECK_EQ(keel_idreg_check(dfr0, limit, with(0, 8, 1)), 0);
	CHECK_EQ(keel_idreg_check(dfr0, limit, 0), 0);
	CHECK_EQ(keel_idreg_clean(dfr0, with(limit, 8, 15)), 0);
	CHECK_EQ(keel_idreg_clean(dfr0, limit), limit);
	limit = with(with(0, 24, 5), 0, 6);
	CHECK_EQ(keel_idreg_check(dfr0_a32, limit, with(limit, 24, 3)), 0);
	CHECK_EQ(keel_idreg_check(dfr0_a32, limit, with(limit, 24, 2)), -EINVAL);
	CHECK_EQ(keel_idreg_check(dfr0_a32, limit, with(limit, 24, 0)), 0);
}

TEST(keys_show_only_where_they_were_asked_for)
{
	const struct keel_idreg *isar1 = &keel_idregs[ISAR1];
	u64 host = with(with(0, 4, 1), 24, 1);

	CHECK_EQ(keel_idreg_limit(isar1, host, 0), 0);
	CHECK_EQ(keel_idreg_limit(isar1, host, KEEL_ID_HAVE_PAUTH), host);
	CHECK_EQ(keel_idreg_writable(isar1) & host, 0);
}

TEST(sve_and_tags_show_only_where_they_were_asked_for)
{
	const struct keel_idreg *pfr0 = &keel_idregs[KEEL_IDREG_IDX(4, 0)], *pfr1 = &keel_idregs[KEEL_IDREG_IDX(4, 1)];
	const struct keel_idreg *zfr0 = &keel_idregs[KEEL_IDREG_IDX(4, 4)];

	CHECK_EQ(keel_idreg_limit(pfr0, 1ULL << 32, KEEL_ID_HAVE_PAUTH | KEEL_ID_HAVE_MTE), 0);
	CHECK_EQ(keel_idreg_limit(zfr0, ~0ULL, KEEL_ID_HAVE_PAUTH | KEEL_ID_HAVE_MTE), 0);
	CHECK_EQ(keel_idreg_limit(pfr1, 3ULL << 8, KEEL_ID_HAVE_PAUTH | KEEL_ID_HAVE_SVE), 0);
	CHECK_EQ(keel_idreg_limit(pfr0, 1ULL << 32, KEEL_ID_HAVE_SVE), 1ULL << 32);
	CHECK(keel_idreg_limit(zfr0, ~0ULL, KEEL_ID_HAVE_SVE));
	CHECK_EQ(keel_idreg_limit(pfr1, 3ULL << 8, KEEL_ID_HAVE_MTE), 3ULL << 8);
	CHECK_EQ(keel_idreg_check(pfr0, 1ULL << 32, 0), -EINVAL);
	CHECK_EQ(keel_idreg_check(pfr1, 3ULL << 8, 2ULL << 8), -EINVAL);
	CHECK_EQ(keel_idreg_check(pfr0, 0, 1ULL << 32), -EINVAL);
}

TEST(system_registers_of_a_gic_are_there_or_not)
{
	const struct keel_idreg *pfr0 = &keel_idregs[PFR0];

	CHECK_EQ(keel_idreg_check(pfr0, with(0, 24, 1), 0), 0);
	CHECK_EQ(keel_idreg_check(pfr0, with(0, 24, 1), with(0, 24, 3)), -EINVAL);
	CHECK_EQ(keel_idreg_check(pfr0, 0, with(0, 24, 1)), -EINVAL);
}

TEST(cache_lines_shrink_only)
{
	u64 limit = keel_idreg_limit(&keel_idreg_ctr, 0x8444c004, 0);

	CHECK_EQ(limit, 0x8444c004);
	CHECK_EQ(keel_idreg_check(&keel_idreg_ctr, limit, limit - 1), 0);
	CHECK_EQ(keel_idreg_check(&keel_idreg_ctr, limit, limit + 1), -EINVAL);
	CHECK_EQ(keel_idreg_check(&keel_idreg_ctr, limit, limit | 1ULL << 28), -EINVAL);
	CHECK_EQ(keel_idreg_check(&keel_idreg_ctr, limit | 1ULL << 28, limit), 0);
}
