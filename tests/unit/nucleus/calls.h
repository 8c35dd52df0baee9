/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any call on the nucleus' memory from a few bytes, for random walks and the fuzzer: addresses and handles that mostly
 * mean something, so that calls collide.
 */
#ifndef KEEL_TESTS_UNIT_NUCLEUS_CALLS_H
#define KEEL_TESTS_UNIT_NUCLEUS_CALLS_H

#include "world.h"

#define CALL_BYTES	8

struct calls {
	u32 vm[4];	/* handles that were given out, live or not */
};

/*
 * Makes the call, and checks that a refused one changed nothing and that pages given back are zeroes. Returns what
 * the call returned.
 */
s64 calls_make(struct calls *c, const u8 *in);

#endif
