// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs every TEST() that is linked in and prints "ok NAME" or "not ok NAME". Trusts nothing to be told: no test is a failure.
 *
 * usage: unit [WORD]      only tests whose name contains WORD
 */
#include <setjmp.h>
#include <string.h>

#include "harness.h"

static struct unit_test *tests;
static jmp_buf failed;

void unit_add(struct unit_test *test)
{
	struct unit_test **pos = &tests;

	while (*pos && strcmp((*pos)->name, test->name) < 0)
		pos = &(*pos)->next;
	test->next = *pos;
	*pos = test;
}

void unit_fail(const char *file, int line, const char *what)
{
	printf("# %s:%d: %s\n", file, line, what);
	longjmp(failed, 1);
}

static int run(struct unit_test *test)
{
	if (setjmp(failed)) {
		printf("not ok %s\n", test->name);
		return 1;
	}
	test->run();
	printf("ok %s\n", test->name);
	return 0;
}

int main(int argc, char **argv)
{
	int nr = 0, bad = 0;
	struct unit_test *test;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (test = tests; test; test = test->next) {
		if (argc > 1 && !strstr(test->name, argv[1]))
			continue;
		nr++;
		bad += run(test);
	}
	return !nr || bad;
}
