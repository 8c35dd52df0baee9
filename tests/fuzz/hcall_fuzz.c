// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile host against every line of hcall.def on the fake machine of tests/unit/nucleus: any sequence of calls, from two
 * CPUs and in the middle of each other, and after each what must hold (tests/unit/nucleus/calls.h, world.h).
 *
 * Input: byte 0 mode, size of physical addresses and where to start from, byte 1 pages of pool, then CALL_BYTES for each call.
 */
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"
#include "harness.h"

void unit_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

int LLVMFuzzerTestOneInput(const u8 *in, size_t len);
int LLVMFuzzerTestOneInput(const u8 *in, size_t len)
{
	struct calls c = { .in = in + 2, .end = in + len };
	bool settled;

	if (len < 2)
		return 0;
	settled = in[0] & 16;
	if (world_boot_setup(in[0] & 1 ? KEEL_FEAT_NVHE : KEEL_FEAT_PROTECTED, settled ? 2 + (in[0] >> 1 & 3) : in[0] >> 1 & 7,
			     (settled ? 60 : 20) + in[1] % 100))
		return 0;
	if (settled)
		calls_settle(&c);
	while (calls_next(&c))
		if (c.made % 8 == 0)
			world_check();
	world_check();
	return 0;
}
