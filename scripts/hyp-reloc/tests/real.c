// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a compiler makes of ordinary C: a jump table, strings, tables of pointers and of
 * functions.
 */
int counter;
static int scratch[4] = { 1, 2, 3, 4 };
int *third = &scratch[2];
static const char *const names[] = { "first", "second", "third" };

static int add(int x)
{
	return x + counter;
}

static int sub(int x)
{
	return x - counter;
}

int (*const operations[])(int) = { add, sub };

int choose(int x)
{
	switch (x) {
	case 0:
		return 5;
	case 1:
		return 77;
	case 2:
		return operations[x & 1](3);
	case 3:
		return scratch[1];
	case 4:
		return 123;
	default:
		return 0;
	}
}

const char *__keel_first(int x)
{
	counter++;
	return names[x] + choose(x) + *third;
}
