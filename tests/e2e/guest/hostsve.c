// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program of the host's that has its SVE registers full and knows it: it fills Z0 to Z31, P0 to P15 and FFR, computes
 * for a while without a call of the kernel's, and looks whether they are what they were. Beside it, on the same CPU, others
 * do what they like.
 *
 * usage: hostsve VECTOR-BYTES SECONDS; exit status 0: nothing changed, 1: something did, 4: no SVE here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <time.h>

#ifndef PR_SVE_SET_VL
#define PR_SVE_SET_VL	50
#endif
#define HWCAP_SVE_	0x400000UL
#define NR_BYTES	(32 * 256 + 17 * 32)

/* One asm: between filling and storing there is no instruction of the compiler's. Preserves nothing of FP and SVE */
static void hold(unsigned long seed, unsigned long spins, void *held)
{
	asm volatile(".arch_extension sve\n"
		".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
		"add x3, %0, #\\n\n"
		"index z\\n\\().d, x3, #1\n"
		".endr\n"
		"rdvl x4, #1\n"
		"lsr x4, x4, #4\n"
		"and x3, %0, #7\n"
		"mul x3, x3, x4\n"
		"whilelo p0.b, xzr, x3\n"
		"wrffr p0.b\n"
		".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		"add x3, %0, #\\n\n"
		"and x3, x3, #7\n"
		"mul x3, x3, x4\n"
		"whilelo p\\n\\().b, xzr, x3\n"
		".endr\n"
		"1: subs %1, %1, #1\n"
		"b.ne 1b\n"
		"mov x3, %2\n"
		".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
		"str z\\n, [x3, #\\n, mul vl]\n"
		".endr\n"
		"addvl x3, x3, #16\n"
		"addvl x3, x3, #16\n"
		".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		"str p\\n, [x3, #\\n, mul vl]\n"
		".endr\n"
		"rdffr p0.b\n"
		"str p0, [x3, #16, mul vl]\n"
		: "+r" (seed), "+r" (spins), "+r" (held) :
		: "x3", "x4", "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
		  "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
		  "v27", "v28", "v29", "v30", "v31");
}

static int wrong(const char *what, unsigned long n, unsigned long at)
{
	fprintf(stderr, "hostsve: %s%lu, element %lu changed\n", what, n, at);
	return 1;
}

static int check(unsigned long seed, unsigned long vl, const unsigned char *held)
{
	const unsigned char *preds = held + 32 * vl;
	unsigned long i, e, val;

	for (i = 0; i < 32; i++)
		for (e = 0; e < vl / 8; e++) {
			memcpy(&val, held + i * vl + e * 8, 8);
			if (val != seed + i + e)
				return wrong("z", i, e);
		}
	for (i = 0; i < 17; i++)
		for (e = 0; e < vl; e++)
			if ((preds[i * vl / 8 + e / 8] >> (e & 7) & 1) != (e < ((seed + i) & 7) * (vl / 16)))
				return wrong("p", i, e);
	return 0;
}

int main(int argc, char **argv)
{
	static unsigned char held[NR_BYTES];
	unsigned long want = argc > 2 ? strtoul(argv[1], NULL, 0) : 0, vl, n;
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 0);

	if (!want) {
		fprintf(stderr, "usage: hostsve VECTOR-BYTES SECONDS\n");
		return 2;
	}
	if (!(getauxval(AT_HWCAP) & HWCAP_SVE_))
		return 4;
	if (prctl(PR_SVE_SET_VL, want, 0, 0, 0) < 0) {
		perror("PR_SVE_SET_VL");
		return 2;
	}
	for (n = 1; time(NULL) < end; n++) {
		hold(n << 16 | want, 2000000, held);
		asm volatile(".arch_extension sve\n\trdvl %0, #1" : "=r" (vl));
		if (vl != want) {
			fprintf(stderr, "hostsve: vectors have %lu bytes and not %lu\n", vl, want);
			return 1;
		}
		if (check(n << 16 | want, vl, held))
			return 1;
	}
	printf("hostsve: %lu rounds with %lu bytes\n", n - 1, want);
	return 0;
}
