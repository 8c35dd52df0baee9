// SPDX-License-Identifier: GPL-2.0-only
/* core/its: encodings written out by hand from IHI 0069 and the kernel's table format, and the edges of the tables. */
#include "core/its.h"
#include "harness.h"

TEST(a_command_is_decoded_field_by_field)
{
	const u64 mapd[4] = { 0x0000123400000008ULL, 0x0000000000000005ULL, 0x8000000087654300ULL, 0 };
	const u64 mapti[4] = { 0xffffffff0000000aULL, 0x0000200000000007ULL, 0x0000000000000003ULL, 0 };
	const u64 movall[4] = { 0x0e, 0, 0x0000000000020000ULL, 0x0000000000030000ULL };
	struct keel_its_cmd c;

	keel_its_decode(mapd, &c);
	CHECK(c.op == KEEL_ITS_MAPD && c.device == 0x1234 && c.bits == 6 && c.valid && c.itt == 0x87654300);
	keel_its_decode(mapti, &c);
	CHECK(c.op == KEEL_ITS_MAPTI && c.device == 0xffffffff && c.event == 7 && c.intid == 0x2000 && c.icid == 3 && !c.valid);
	keel_its_decode(movall, &c);
	CHECK(c.op == KEEL_ITS_MOVALL && c.rdbase == 2 && c.rdbase2 == 3);
}

TEST(mapi_takes_the_event_for_the_lpi)
{
	const u64 w[4] = { 0x0b, 0x0000999900002001ULL, 0, 0 };
	struct keel_its_cmd c;

	keel_its_decode(w, &c);
	CHECK(c.intid == 0x2001 && c.event == 0x2001);
}

TEST(typer_and_iidr_are_what_the_built_in_kvm_says)
{
	CHECK(KEEL_GITS_TYPER_VALUE == 0x1ef71);
	CHECK(KEEL_GITS_IIDR_REV(KEEL_GITS_IIDR_VALUE) == 0);
	CHECK(keel_its_id_reg(0xffe8) == 0x3b && keel_its_id_reg(0xfffc) == 0xb1 && keel_its_id_reg(0xffd0) == 0x40);
}

TEST(a_register_keeps_what_is_fixed)
{
	u64 d = keel_its_baser(KEEL_ITS_DEVICES, ~0ULL), c = keel_its_baser(KEEL_ITS_COLLECTIONS, ~0ULL);

	CHECK((d >> 56 & 7) == 1 && (c >> 56 & 7) == 4);
	CHECK((d >> 48 & 0x1f) == 7 && (d >> 8 & 3) == 2);
	CHECK(d & KEEL_GITS_BASER_INDIRECT);
	CHECK(!(c & KEEL_GITS_BASER_INDIRECT));
	CHECK(keel_its_baser(KEEL_ITS_DEVICES, d) == d);
	CHECK(keel_its_cbaser(~0ULL) << 48 >> 60 == 0);
	CHECK(keel_its_cbaser(keel_its_cbaser(~0ULL)) == keel_its_cbaser(~0ULL));
}

TEST(a_table_ends_where_its_size_says)
{
	u64 flat = keel_its_baser(KEEL_ITS_DEVICES, KEEL_GITS_VALID | 0x80000000ULL), addr = 1;

	CHECK(keel_its_table_size(flat) == 0x10000);
	CHECK(!keel_its_locate(flat, 0x1fff, &addr) && addr == 0x8000fff8);
	CHECK(keel_its_locate(flat, 0x2000, &addr) == -ERANGE);
	CHECK(keel_its_locate(flat & ~KEEL_GITS_VALID, 0, &addr) == -ERANGE);
	CHECK(keel_its_locate(flat | 0xff, 0x10000, &addr) == -ERANGE);
	CHECK(!keel_its_locate(flat | 0xff, 0xffff, &addr));
	CHECK(keel_its_table_addr(flat | 0xf000) == 0xf000080000000ULL);
}

TEST(two_levels_find_every_device)
{
	u64 l1 = keel_its_baser(KEEL_ITS_DEVICES, KEEL_GITS_VALID | KEEL_GITS_BASER_INDIRECT | 0x80000000ULL), addr;

	CHECK(!keel_its_locate(l1, 0xffff, &addr) && addr == 0x80000000 + 7 * 8);
	CHECK(!keel_its_locate_l2(KEEL_GITS_VALID | 0x90000000ULL, 0xffff, &addr) && addr == 0x9000fff8);
	CHECK(keel_its_locate_l2(0x90000000ULL, 0, &addr) == -ERANGE);
}

TEST(entries_go_round_and_look_as_documented)
{
	struct keel_its_dte d = { .valid = true, .bits = 5, .next = 9, .itt = 0x87654300 }, d2;
	struct keel_its_ite i = { .next = 70000, .intid = 8193, .icid = 2 }, i2;
	struct keel_its_cte c = { .valid = true, .rdbase = 1, .icid = 7 }, c2;

	CHECK(keel_its_put_dte(&d) == (1ULL << 63 | 9ULL << 49 | 0x876543ULL << 5 | 4));
	CHECK(keel_its_put_ite(&i) == (0xffffULL << 48 | 8193ULL << 16 | 2));
	CHECK(keel_its_put_cte(&c) == (1ULL << 63 | 1ULL << 16 | 7));
	keel_its_get_dte(keel_its_put_dte(&d), &d2);
	keel_its_get_ite(keel_its_put_ite(&i), &i2);
	keel_its_get_cte(keel_its_put_cte(&c), &c2);
	CHECK(d2.valid && d2.bits == 5 && d2.next == 9 && d2.itt == d.itt);
	CHECK(i2.next == 0xffff && i2.intid == 8193 && i2.icid == 2);
	CHECK(c2.valid && c2.rdbase == 1 && c2.icid == 7);
	d.valid = false;
	CHECK(keel_its_put_dte(&d) == 0);
}

TEST(the_queue_is_as_large_as_it_says)
{
	CHECK(keel_its_queue_size(0) == 4096 && keel_its_queue_size(0xff) == 0x100000);
	CHECK(keel_its_position(~0ULL) == 0xfffe0);
	CHECK(keel_its_queue(~0ULL) == 0xffffffffff000ULL);
}
