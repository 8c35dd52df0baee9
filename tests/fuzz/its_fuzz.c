// SPDX-License-Identifier: GPL-2.0-only
/* Garbage as commands, registers and table entries: what comes out stays within the bounds that its users rely on. */
#include <stdlib.h>

#include "core/its.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void registers(u64 a, u32 id)
{
	u64 baser = keel_its_baser(a & 1 ? KEEL_ITS_DEVICES : KEEL_ITS_COLLECTIONS, a), cbaser = keel_its_cbaser(a), addr;

	must(keel_its_baser(a & 1 ? KEEL_ITS_DEVICES : KEEL_ITS_COLLECTIONS, baser) == baser);
	must(keel_its_cbaser(cbaser) == cbaser);
	must(keel_its_queue_size(cbaser) % KEEL_ITS_COMMAND == 0 && keel_its_queue_size(cbaser) <= 1 << 20);
	must(keel_its_position(a) % KEEL_ITS_COMMAND == 0);
	if (keel_its_locate(baser, id, &addr))
		return;
	must(id < 0x10000 && addr >= keel_its_table_addr(baser));
	must(addr + KEEL_ITS_ENTRY <= keel_its_table_addr(baser) + keel_its_table_size(baser));
	if (!keel_its_locate_l2(a, id, &addr))
		must(addr >> 52 == 0 && (addr & 0xffff) <= 0x10000 - KEEL_ITS_ENTRY);
}

static void entries(u64 a)
{
	struct keel_its_dte d;
	struct keel_its_ite i;
	struct keel_its_cte c;

	keel_its_get_dte(a, &d);
	must(d.bits >= 1 && d.bits <= 32 && d.next < 1 << 14 && d.itt >> 52 == 0);
	must(!d.valid || keel_its_put_dte(&d) == a);
	keel_its_get_ite(a, &i);
	must(keel_its_put_ite(&i) == a);
	keel_its_get_cte(a, &c);
	must(!c.valid || (keel_its_put_cte(&c) & ~a) == 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct keel_its_cmd c;
	u64 w[4];

	if (size < sizeof(w))
		return 0;
	memcpy(w, data, sizeof(w));
	keel_its_decode(w, &c);
	must(c.bits >= 1 && c.bits <= 32 && (c.itt & 0xff) == 0 && c.itt >> 52 == 0);
	registers(w[0], w[1]);
	entries(w[2]);
	keel_its_id_reg(w[3]);
	return 0;
}
