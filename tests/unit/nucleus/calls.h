/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any line of hcall.def as a call of a hostile host, from a few bytes, for random walks and the fuzzer. The lines, their
 * phases and the types of their arguments come from hcall.def: a new one is called without a change here. Only a new type
 * needs a generator.
 */
#ifndef KEEL_TESTS_UNIT_NUCLEUS_CALLS_H
#define KEEL_TESTS_UNIT_NUCLEUS_CALLS_H

#include "world.h"

/* Number, how, and two bytes for each of five arguments */
#define CALL_BYTES	12
#define CALL_KEPT	4

/**
 * struct calls - a sequence of calls
 * @in: what is left of the bytes they are made from
 * @end: end of @in
 * @vm: last handles that were given out, live or not
 * @page: last pages that were given back
 * @nr_vm: handles so far
 * @nr_page: pages so far
 * @depth: calls under way: others are made while a guest runs
 * @made: calls so far
 * @reached: by number: times that phase and types were right, so that the call itself had to judge
 * @accepted: by number: of those, not refused
 */
struct calls {
	const u8 *in, *end;
	u32 vm[CALL_KEPT];
	u64 page[CALL_KEPT];
	u32 nr_vm, nr_page, depth, made;
	u32 reached[KEEL_HCALL_MAX], accepted[KEEL_HCALL_MAX];
};

/* Where to start from if not from nothing: finalised, with a VM that has tables to spare, a vCPU and some memory */
void calls_settle(struct calls *c);

/* NULL: hcall.def has no such number */
const char *calls_name(u32 nr);

/*
 * Makes the next call, and checks what can be said of any call: unknown numbers, wrong phases and arguments out of type are
 * refused as such, a refused call changed nothing (INV-4), errors are those hcall.def lists, a page that went back to the
 * host is zeroes. false: too few bytes are left.
 */
bool calls_next(struct calls *c);

#endif
