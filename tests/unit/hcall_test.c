// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "abi/hcall.h"
#include "core/handle.h"
#include "core/pgtable.h"
#include "harness.h"

struct call {
	unsigned int nr;
	const char *name, *phase, *doc;
	int since;
};

static const struct call calls[] = {
#define HCALL(nr, name, phase, since, doc, ...)	{ nr, #name, #phase, doc, since },
#include "abi/hcall_each.h"
};

TEST(every_call_has_a_number_and_a_name_of_its_own)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		CHECK(calls[i].nr < KEEL_HCALL_MAX);
		for (k = 0; k < i; k++) {
			CHECK(calls[i].nr != calls[k].nr);
			CHECK(strcmp(calls[i].name, calls[k].name));
		}
	}
}

TEST(every_call_says_when_since_when_and_what_for)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		CHECK(!strcmp(calls[i].phase, "ANY") || !strcmp(calls[i].phase, "SETUP") ||
		      !strcmp(calls[i].phase, "RUN"));
		CHECK(calls[i].since >= 0 && calls[i].since <= KEEL_ABI_MINOR);
		CHECK(strlen(calls[i].doc) > 10);
	}
}

TEST(the_abi_names_the_constants_of_core)
{
	CHECK_EQ(KEEL_PROT_R, PGTABLE_R);
	CHECK_EQ(KEEL_PROT_W, PGTABLE_W);
	CHECK_EQ(KEEL_PROT_X, PGTABLE_X);
	CHECK_EQ(KEEL_PROT_DEVICE, PGTABLE_DEVICE);
	CHECK_EQ(KEEL_MAX_VMS, HANDLE_SLOTS);
}

TEST(root_tables_have_the_size_the_architecture_says)
{
	unsigned int bits;

	for (bits = 32; bits <= 48; bits++) {
		unsigned int entries = keel_pgd_pages(bits) * 512;
		unsigned int level_bits = bits > 43 ? 39 : 30;

		/* All of the address space, and no more than 16 concatenated tables */
		CHECK((1ULL << bits) >> level_bits <= entries);
		CHECK(keel_pgd_pages(bits) <= 16);
	}
}
