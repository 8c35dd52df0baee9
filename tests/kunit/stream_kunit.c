// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/stream in a kernel: every record of state.def goes round, and a damaged stream is refused. The same
 * questions are asked in user space (tests/unit); here the kernel's compiler, KASAN and UBSAN ask them.
 */
#include <kunit/test.h>

/* Tested as part of this module: nothing is exported for it */
#include "core/stream.c"

static u8 buffer[4096];

static struct keel_stream fresh(void)
{
	return (struct keel_stream){ .buf = buffer, .size = sizeof(buffer) };
}

/* A value that differs for every byte of a record */
static void fill(void *p, size_t len)
{
	u8 *b = p;

	while (len--)
		*b++ = (u8)(0x11 + 7 * len);
}

/* Padding between fields does not travel: compare by encoding again */
#define RECORD(number, name, ver, crit, doc, fields)					\
static void name##_goes_round(struct kunit *test)						\
{												\
	struct keel_rec_##name in, out;								\
	struct keel_stream s = fresh();								\
	struct keel_record rec;									\
	static u8 first[4096];									\
	const void *tail;									\
	u32 tail_len;										\
	size_t len;										\
												\
	if (KEEL_REC_##name == KEEL_REC_end)							\
		return;										\
	memset(&in, 0, sizeof(in));								\
	fill(&in, sizeof(in));									\
	KUNIT_ASSERT_EQ(test, keel_stream_begin(&s), 0);					\
	KUNIT_ASSERT_EQ(test, keel_put_##name(&s, &in, "tail", 4), 0);				\
	KUNIT_ASSERT_EQ(test, keel_stream_end(&s), 0);						\
	len = s.pos;										\
	memcpy(first, buffer, len);								\
	s.size = len;										\
	KUNIT_ASSERT_EQ(test, keel_stream_open(&s), 0);						\
	KUNIT_ASSERT_EQ(test, keel_stream_next(&s, &rec), 1);					\
	KUNIT_EXPECT_EQ(test, rec.tag, (u32)KEEL_REC_##name);					\
	KUNIT_ASSERT_EQ(test, keel_get_##name(&rec, &out, &tail, &tail_len), 0);		\
	KUNIT_EXPECT_EQ(test, tail_len, 4);							\
	KUNIT_EXPECT_EQ(test, memcmp(tail, "tail", 4), 0);					\
	KUNIT_EXPECT_EQ(test, keel_get_##name(&rec, &out, NULL, NULL), -EINVAL);		\
	KUNIT_EXPECT_EQ(test, keel_stream_next(&s, &rec), 0);					\
	s = fresh();										\
	keel_stream_begin(&s);									\
	KUNIT_ASSERT_EQ(test, keel_put_##name(&s, &out, "tail", 4), 0);				\
	keel_stream_end(&s);									\
	KUNIT_EXPECT_EQ(test, s.pos, len);							\
	KUNIT_EXPECT_EQ(test, memcmp(first, buffer, len), 0);					\
}
#include "abi/state.def"
#undef RECORD

/* One record and the end record, as a reader finds it */
static struct keel_stream sample(void)
{
	struct keel_rec_vcpu vcpu = { .idx = 3, .id = 7, .features = 5, .initialised = 1 };
	struct keel_stream s = fresh();

	keel_stream_begin(&s);
	keel_put_vcpu(&s, &vcpu, NULL, 0);
	keel_stream_end(&s);
	s.size = s.pos;
	return s;
}

static int read_all(struct keel_stream *s)
{
	struct keel_record rec;
	int r = keel_stream_open(s);

	while (!r) {
		r = keel_stream_next(s, &rec);
		if (r != 1)
			return r;
		r = 0;
	}
	return r;
}

static void a_flipped_bit_is_found(struct kunit *test)
{
	struct keel_stream s = sample();
	size_t bit;

	KUNIT_ASSERT_EQ(test, read_all(&s), 0);
	for (bit = 0; bit < s.size * 8; bit++) {
		buffer[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_LT_MSG(test, read_all(&s), 0, "bit %zu", bit);
		buffer[bit / 8] ^= 1 << bit % 8;
	}
}

static void a_truncated_stream_is_refused(struct kunit *test)
{
	struct keel_stream s = sample();
	size_t full = s.size;

	for (s.size = 0; s.size < full; s.size++)
		KUNIT_EXPECT_LT_MSG(test, read_all(&s), 0, "%zu of %zu bytes", s.size, full);
}

static void a_full_buffer_changes_nothing(struct kunit *test)
{
	struct keel_rec_vcpu vcpu = { .idx = 1 };
	struct keel_stream s = fresh();
	size_t room;

	for (room = KEEL_STREAM_HEADER; room < KEEL_STREAM_HEADER + KEEL_RECORD_HEADER + 17; room++) {
		s.size = room;
		KUNIT_ASSERT_EQ(test, keel_stream_begin(&s), 0);
		KUNIT_EXPECT_EQ(test, keel_put_vcpu(&s, &vcpu, NULL, 0), -ENOSPC);
		KUNIT_EXPECT_EQ(test, s.pos, KEEL_STREAM_HEADER);
		KUNIT_EXPECT_EQ(test, s.count, 0);
	}
}

static struct kunit_case cases[] = {
#define RECORD(tag, name, version, critical, doc, fields) KUNIT_CASE(name##_goes_round),
#include "abi/state.def"
#undef RECORD
	KUNIT_CASE(a_flipped_bit_is_found),
	KUNIT_CASE(a_truncated_stream_is_refused),
	KUNIT_CASE(a_full_buffer_changes_nothing),
	{}
};

static struct kunit_suite suite = { .name = "keel_stream", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("KUnit: record stream");
MODULE_LICENSE("GPL");
