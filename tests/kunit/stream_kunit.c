// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/stream in a kernel: the cases of stream_cases.h.
 */
#include <kunit/test.h>
#include <kunit/test-bug.h>

/* Tested as part of this module: nothing is exported for it */
#include "core/stream.c"

#define TEST(fn)	static void fn(struct kunit *test)
#define CHECK(cond)	KUNIT_ASSERT_TRUE_MSG(kunit_get_current_test(), cond, "%s", #cond)
#define CHECK_EQ(a, b)	KUNIT_ASSERT_EQ(kunit_get_current_test(), (s64)(a), (s64)(b))
#include "tests/kunit/stream_cases.h"

static struct kunit_case cases[] = {
#define RECORD(tag, name, version, critical, doc, fields) KUNIT_CASE(record_##name##_goes_round),
#include "abi/state.def"
#undef RECORD
#define CASE(fn) KUNIT_CASE(fn),
	STREAM_TESTS(CASE)
	{}
};

static struct kunit_suite suite = { .name = "keel_stream", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("KUnit: record stream");
MODULE_LICENSE("GPL");
