// SPDX-License-Identifier: GPL-2.0-only
/*
 * caps: asks /dev/kvm for every capability and holds the answers against the personality's table.
 *
 * usage: caps keel       what the table serves is answered, what it does not is 0, and nothing else is answered
 *        caps mainline   what the built-in KVM answers stands in the table, served or not
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Beyond the last number of any kernel's today */
#define NR_ASKED	1024

enum { UNKNOWN, SERVED, NOT_SERVED };

static const struct row {
	const char *name;
	int kind;
} table[NR_ASKED] = {
#define CAP(nr, name, value, doc)	[nr] = { #name, SERVED },
#define CAP_NOT(nr, name, why)		[nr] = { #name, NOT_SERVED },
#include "cap.def"
};

/* 0 is an answer for what depends on CPU or host configuration */
static bool depends(const char *name)
{
	static const char *const on_machine[] = {
		"ARM_INJECT_SERROR_ESR", "ARM_PTRAUTH_ADDRESS", "ARM_PTRAUTH_GENERIC", "STEAL_TIME", "ARM_EL1_32BIT", "ARM_SVE",
		"ARM_MTE", "ARM_PMU_V3", "MSI_DEVID", "IRQCHIP", "ARM_EAGER_SPLIT_CHUNK_SIZE",
	};
	unsigned int i;

	for (i = 0; i < sizeof(on_machine) / sizeof(on_machine[0]); i++)
		if (!strcmp(name, on_machine[i]))
			return true;
	return false;
}

static const char *wrong(const struct row *row, int answer, bool mainline)
{
	if (mainline)
		return answer > 0 && row->kind == UNKNOWN ? "answered, and not in the table" : NULL;
	if (row->kind == SERVED)
		return answer > 0 || (answer == 0 && depends(row->name)) ? NULL : "served, and not answered";
	return answer ? "answered, and not served" : NULL;
}

int main(int argc, char **argv)
{
	bool mainline = argc == 2 && !strcmp(argv[1], "mainline");
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), nr, bad = 0, answered = 0;

	if (kvm < 0 || argc != 2) {
		perror("caps: /dev/kvm");
		return 2;
	}
	for (nr = 0; nr < NR_ASKED; nr++) {
		int answer = ioctl(kvm, KVM_CHECK_EXTENSION, nr);
		const char *why = wrong(&table[nr], answer, mainline);

		answered += answer > 0;
		if (!why)
			continue;
		printf("%d %s: %d: %s\n", nr, table[nr].name ?: "?", answer, why);
		bad++;
	}
	printf("%d answered, %d wrong\n", answered, bad);
	return bad || !answered;
}
