// SPDX-License-Identifier: GPL-2.0-only
/*
 * What core/ knows of a GICv2: GICH_LR<n> against the fields of IHI 0048B (5.3.11), the distributor's map (4.1.2), GICC_* for
 * a VMM, and every short life of an SGI that several CPUs send, against one without list registers.
 */
#include "core/gicreg.h"
#include "core/gicv2.h"
#include "gicmap.h"
#include "harness.h"

TEST(each_field_of_a_list_register_has_its_place)
{
	static const struct {
		u64 lr;
		u32 gich;
	} fields[] = {
		{ 0x3ff, 0x3ff },			{ 7ULL << 10, 7U << 10 },
		{ 0x3ffULL << 32, 0x3ffU << 10 },	{ KEEL_LR_EOI, 1U << 19 },
		{ 0xf8ULL << 48, 0x1fU << 23 },		{ 0x08ULL << 48, 1U << 23 },
		{ KEEL_LR_PENDING, 1U << 28 },		{ KEEL_LR_ACTIVE, 1U << 29 },
		{ KEEL_LR_GROUP1, 1U << 30 },		{ KEEL_LR_HW, 1U << 31 },
		{ 0x07ULL << 48, 0 },
	};
	u64 lr = 0;
	u32 gich = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		CHECK_EQ(keel_gich_lr(fields[i].lr), fields[i].gich);
		lr |= fields[i].lr;
		gich |= fields[i].gich;
	}
	CHECK_EQ(keel_gich_lr(lr), gich);
}

TEST(of_a_list_register_only_the_state_comes_back)
{
	u64 lr = 0xff5a0300ULL << 32 | 0x1c05, from, to;

	for (from = 0; from < 4; from++) {
		for (to = 0; to < 4; to++) {
			u64 was = (lr & ~KEEL_LR_STATE) | from << 62;
			u32 gich = (keel_gich_lr(was) & ~(3U << 28)) | (u32)to << 28;

			CHECK_EQ(keel_gich_lr_back(was, gich), (lr & ~KEEL_LR_STATE) | to << 62);
			CHECK_EQ(keel_gich_lr_back(was, (u32)to << 28 | 0xcfffffff), (lr & ~KEEL_LR_STATE) | to << 62);
		}
	}
}

TEST(no_more_list_registers_are_used_than_are_known)
{
	CHECK_EQ(KEEL_GICH_LRS(3U), 4);
	CHECK_EQ(KEEL_GICH_LRS(0x90000000U), 1);
	CHECK_EQ(KEEL_GICH_LRS(15U), 16);
	CHECK_EQ(KEEL_GICH_LRS(0x20U), 16);
	CHECK_EQ(KEEL_GICH_LRS(0x3fU), 16);
}

/* ---- SGIs ----------------------------------------------------------------------------------------------------- */

#define SENDERS	3
#define DEPTH	8

enum event { SEND, CLEAR = SEND + SENDERS, ACK = CLEAR + SENDERS, DEACTIVATE, SYNC, EVENTS };

/**
 * struct world - one SGI twice
 * @irq, @lr: core's, and its list register
 * @pending: who has sent it
 * @active: who sent the one that is handled, -1: none
 */
struct world {
	struct keel_irq irq;
	u64 lr;
	u8 pending;
	int active;
};

static unsigned int source_in(u64 lr)
{
	return lr >> KEEL_LR_SOURCE_SHIFT & 7;
}

static void unlist(struct world *w)
{
	if (keel_irq_listed(&w->irq))
		keel_irq_fold(&w->irq, w->lr);
	w->lr = 0;
}

static void sync(struct world *w)
{
	unlist(w);
	if (keel_irq_wants_lr(&w->irq))
		w->lr = keel_irq_list(&w->irq, 0, true);
}

static bool step(struct world *w, unsigned int e)
{
	if (e < CLEAR) {
		/* Whoever sends does not look into the list register */
		keel_irq_write(&w->irq, KEEL_BANK_SPENDSGI, 1U << e, false);
		w->pending |= 1U << e;
		sync(w);
	} else if (e < ACK) {
		unlist(w);
		keel_irq_write(&w->irq, KEEL_BANK_CPENDSGI, 1U << (e - CLEAR), false);
		w->pending &= ~(1U << (e - CLEAR));
		sync(w);
	} else if (e == ACK) {
		if ((w->lr & KEEL_LR_STATE) != KEEL_LR_PENDING)
			return false;
		w->active = source_in(w->lr);
		CHECK(w->pending & 1U << w->active);
		w->pending &= ~(1U << w->active);
		w->lr ^= KEEL_LR_STATE;
	} else if (e == DEACTIVATE) {
		if (!(w->lr & KEEL_LR_ACTIVE))
			return false;
		w->active = -1;
		w->lr &= ~KEEL_LR_ACTIVE;
		if (keel_lr_ended(w->lr))
			sync(w);
	} else {
		sync(w);
	}
	return true;
}

static void check(const struct world *w)
{
	struct keel_irq irq = w->irq;

	CHECK_EQ(!!(w->lr & KEEL_LR_ACTIVE), w->active >= 0);
	if (w->active >= 0)
		CHECK_EQ(source_in(w->lr), w->active);
	CHECK((w->lr & KEEL_LR_STATE) != KEEL_LR_STATE);
	/* Nobody who sent it is forgotten: it is this one's turn, or maintenance tells when it is the next one's */
	if (w->active < 0)
		CHECK_EQ(!!(w->lr & KEEL_LR_PENDING), !!w->pending);
	if (keel_irq_listed(&irq))
		keel_irq_fold(&irq, w->lr);
	CHECK_EQ(irq.sources, w->pending);
	CHECK_EQ(irq.latch, !!w->pending);
}

static unsigned long explore(const struct world *w, unsigned int depth)
{
	unsigned long n = 1;
	unsigned int e;

	if (depth == DEPTH)
		return n;
	for (e = 0; e < EVENTS; e++) {
		struct world next = *w;

		if (!step(&next, e))
			continue;
		check(&next);
		n += explore(&next, depth + 1);
	}
	return n;
}

static struct keel_irq sgi(void)
{
	struct keel_irq irq;

	keel_irq_init(&irq, 5);
	irq.sourced = true;
	irq.group = 0;
	return irq;
}

TEST(an_sgi_comes_once_from_each_cpu_that_sent_it)
{
	struct world w = { .irq = sgi(), .active = -1 };

	CHECK(explore(&w, 0) > 100000);
}

TEST(what_is_pending_of_an_sgi_is_not_written_by_ispendr)
{
	struct keel_irq irq = sgi();

	CHECK(!keel_irq_write(&irq, KEEL_BANK_SPEND, 1, false) && !irq.latch);
	CHECK(keel_irq_write(&irq, KEEL_BANK_SPENDSGI, 0x81, false));
	CHECK(!keel_irq_write(&irq, KEEL_BANK_SPENDSGI, 0x80, false));
	CHECK(!keel_irq_write(&irq, KEEL_BANK_CPEND, 1, false) && irq.latch);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_SPEND, false), 1);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_CPENDSGI, false), 0x81);
	CHECK(keel_irq_write(&irq, KEEL_BANK_CPENDSGI, 0x81, false) && !irq.latch);
}

TEST(an_sgi_of_a_gicv3_has_no_source)
{
	struct keel_irq irq;

	keel_irq_init(&irq, 5);
	CHECK(!keel_irq_write(&irq, KEEL_BANK_SPENDSGI, 0xff, false));
	CHECK(!irq.latch && !irq.sources);
}

TEST(gicd_sgir_names_its_targets)
{
	CHECK_EQ(keel_sgir_targets(0x00850003, 0, 8), 0x85);
	CHECK_EQ(keel_sgir_targets(0x00ff0003, 1, 3), 0x07);
	CHECK_EQ(keel_sgir_targets(0x01ff0003, 1, 3), 0x05);
	CHECK_EQ(keel_sgir_targets(0x01000003, 0, 1), 0);
	CHECK_EQ(keel_sgir_targets(0x01000000, 7, 8), 0x7f);
	CHECK_EQ(keel_sgir_targets(0x02ff0003, 2, 3), 0x04);
	CHECK_EQ(keel_sgir_targets(0x03ff0003, 2, 3), 0);
}

/* ---- registers ------------------------------------------------------------------------------------------------ */

static const struct map_row map[] = {
	MAP_OF_BOTH,
	{ 0x800, 0x400, 8, KEEL_BANK_TARGET },
	{ 0xf10, 0x10, 8, KEEL_BANK_CPENDSGI },	{ 0xf20, 0x10, 8, KEEL_BANK_SPENDSGI },
};

static void check_dist(u32 offset, unsigned int len, u32 nr)
{
	struct keel_gic_fields f = keel_gicd2_fields(offset, len, nr);
	const struct map_row *row = map_at(offset);

	if (!row || offset % len || !(len == 4 || (len == 1 && row->bits == 8)) || map_first(row, offset) >= nr) {
		CHECK_EQ(f.bank, KEEL_BANK_NONE);
		return;
	}
	CHECK_EQ(f.bank, row->bank);
	CHECK_EQ(f.bits, row->bits);
	CHECK_EQ(f.first, map_first(row, offset));
	CHECK_EQ(f.nr, len * 8 / row->bits);
}

TEST(every_offset_of_a_gicv2s_distributor_is_what_the_map_says)
{
	unsigned int len;
	u32 offset, nr;

	for (nr = 64; nr < 1020; nr += 32)
		for (len = 1; len <= 8; len *= 2)
			for (offset = 0; offset < KEEL_GICD2_SIZE; offset++)
				check_dist(offset, len, nr);
}

TEST(gicd_typer_says_how_many_cpus_and_lines_there_are)
{
	CHECK_EQ(keel_gicd2_typer(256, 1), 7);
	CHECK_EQ(keel_gicd2_typer(992, 8), 30 | 7 << 5);
}

TEST(a_vmm_gets_back_of_a_cpu_interface_what_it_restored)
{
	static const struct {
		u32 offset, writable, vmcr;
	} regs[] = {
		{ KEEL_GICC_CTLR, 0x21f, 0x21f },	{ KEEL_GICC_PMR, 0x1f, 0xf8000000 },
		{ KEEL_GICC_BPR, 7, 7 << 21 },		{ KEEL_GICC_ABPR, 7, 7 << 18 },
	};
	unsigned int i;
	u32 apr, val;
	u64 vmcr;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		vmcr = 0;
		CHECK_EQ(keel_gicc_set(&vmcr, &apr, regs[i].offset, U32_MAX), 0);
		CHECK_EQ(vmcr, regs[i].vmcr);
		CHECK_EQ(keel_gicc_get(vmcr, 0, regs[i].offset, &val), 0);
		CHECK_EQ(val, regs[i].writable);
		vmcr = U32_MAX;
		CHECK_EQ(keel_gicc_set(&vmcr, &apr, regs[i].offset, 0), 0);
		CHECK_EQ(vmcr, U32_MAX & ~regs[i].vmcr);
	}
	apr = 5;
	CHECK_EQ(keel_gicc_set(&vmcr, &apr, KEEL_GICC_APR0, 0x11), 0);
	CHECK_EQ(keel_gicc_set(&vmcr, &apr, KEEL_GICC_APR0 + 4, 0x22), 0);
	CHECK_EQ(keel_gicc_set(&vmcr, &apr, KEEL_GICC_IIDR, 0x33), 0);
	CHECK_EQ(apr, 0x11);
	CHECK_EQ(keel_gicc_get(vmcr, apr, KEEL_GICC_APR0 + 4, &val), 0);
	CHECK_EQ(val, 0);
	CHECK_EQ(keel_gicc_get(vmcr, apr, KEEL_GICC_IIDR, &val), 0);
	CHECK_EQ(val, 0x04b2043b);
}

TEST(a_cpu_interface_has_no_other_registers)
{
	unsigned int known = 0;
	u32 offset, val, apr;
	u64 vmcr;

	for (offset = 0; offset < 0x2000; offset++) {
		bool there = !keel_gicc_get(0, 0, offset, &val);

		CHECK_EQ(!keel_gicc_set(&vmcr, &apr, offset, 0), there);
		known += there;
	}
	CHECK_EQ(known, 9);
}
