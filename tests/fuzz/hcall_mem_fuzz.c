// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile host against the nucleus' memory code on the fake machine of tests/unit/nucleus: any sequence of calls, and after
 * each the invariants, page by page.
 *
 * Input: byte 0 mode and size of physical addresses, byte 1 pages of pool, then 8 bytes for each call.
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
	struct calls c = { };
	unsigned int i;

	if (len < 2)
		return 0;
	if (world_boot(in[0] & 1 ? KEEL_FEAT_NVHE : KEEL_FEAT_PROTECTED, in[0] >> 1 & 7, 20 + in[1] % 100))
		return 0;
	for (i = 1, in += 2, len -= 2; len >= CALL_BYTES; i++, in += CALL_BYTES, len -= CALL_BYTES) {
		calls_make(&c, in);
		if (i % 8 == 0 || len < 2 * CALL_BYTES)
			world_check();
	}
	return 0;
}
