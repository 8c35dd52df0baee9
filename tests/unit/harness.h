/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests in user space: TEST(a_sentence) { CHECK(...); } in any *_test.c here. A failed CHECK ends its test.
 */
#ifndef KEEL_TESTS_UNIT_HARNESS_H
#define KEEL_TESTS_UNIT_HARNESS_H

#include <stdio.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

void unit_add(struct unit_test *test);
void unit_fail(const char *file, int line, const char *what) __attribute__((__noreturn__));

#define TEST(fn)								\
	static void fn(void);							\
	static struct unit_test unit_##fn = { .name = #fn, .run = fn };		\
	__attribute__((constructor)) static void unit_add_##fn(void)		\
	{									\
		unit_add(&unit_##fn);						\
	}									\
	static void fn(void)

#define CHECK(cond) do { if (!(cond)) unit_fail(__FILE__, __LINE__, #cond); } while (0)

/* Both are integers; says what they were */
#define CHECK_EQ(a, b) do {							\
	long long _a = (long long)(a), _b = (long long)(b);			\
	if (_a != _b) {								\
		printf("# %s is %#llx, %s is %#llx\n", #a, _a, #b, _b);		\
		unit_fail(__FILE__, __LINE__, #a " == " #b);			\
	}									\
} while (0)

#endif
