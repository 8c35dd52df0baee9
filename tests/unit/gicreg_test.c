// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/gicreg and core/gicicc: offsets against the register maps of IHI 0069 (12.8, 12.10), fields, and what a VMM may
 * restore.
 */
#include "core/gicicc.h"
#include "core/gicreg.h"
#include "gicmap.h"
#include "harness.h"

static const struct map_row map[] = {
	MAP_OF_BOTH,
	{ 0x800, 0x400, 8, KEEL_BANK_ZERO },	{ 0xd00, 0x80, 1, KEEL_BANK_ZERO },
	{ 0x6000, 0x2000, 64, KEEL_BANK_ROUTER },
};

static bool width_ok(u8 bits, unsigned int len)
{
	return len == 4 || (bits == 8 && len == 1) || (bits == 64 && len == 8);
}

static void check_dist(u32 offset, unsigned int len, u32 nr)
{
	struct keel_gic_fields f = keel_gicd_fields(offset, len, nr);
	const struct map_row *row = map_at(offset);
	u32 first = row ? map_first(row, offset) : nr;

	if (first >= nr || !width_ok(row->bits, len) || offset % len) {
		CHECK_EQ(f.bank, KEEL_BANK_NONE);
		return;
	}
	CHECK_EQ(f.bank, first < 32 ? KEEL_BANK_ZERO : row->bank);
	CHECK_EQ(f.first, first);
	CHECK_EQ(f.nr, row->bits == 64 ? 1 : len * 8 / row->bits);
}

TEST(every_offset_of_the_distributor_is_what_the_map_says)
{
	u32 offset, nr;
	unsigned int len;

	for (nr = 64; nr < 1020; nr += 32)
		for (len = 1; len <= 8; len *= 2)
			for (offset = 0x80; offset < 0xffd0; offset++)
				check_dist(offset, len, nr);
}

TEST(a_redistributor_has_private_interrupts_only)
{
	u32 offset;

	for (offset = 0; offset < KEEL_GIC_FRAME; offset += 4) {
		struct keel_gic_fields f = keel_gicr_fields(offset, 4);
		const struct map_row *row = map_at(offset);

		if (offset == KEEL_GICR_NSACR)
			CHECK_EQ(f.bank, KEEL_BANK_ZERO);
		else if (!row || map_first(row, offset) >= 32 || row->bits == 64 || row->from == 0x800)
			CHECK_EQ(f.bank, KEEL_BANK_NONE);
		else
			CHECK_EQ(f.bank, row->bank);
	}
}

static struct keel_irq spi(void)
{
	struct keel_irq irq;

	keel_irq_init(&irq, 40);
	return irq;
}

TEST(set_registers_set_and_clear_registers_clear)
{
	struct keel_irq irq = spi();

	CHECK(keel_irq_write(&irq, KEEL_BANK_SENABLE, 1, false) && irq.enabled);
	CHECK(!keel_irq_write(&irq, KEEL_BANK_SENABLE, 1, false));
	CHECK(!keel_irq_write(&irq, KEEL_BANK_CENABLE, 0, false) && irq.enabled);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_CENABLE, false), 1);
	CHECK(keel_irq_write(&irq, KEEL_BANK_CENABLE, 1, false) && !irq.enabled);
	CHECK(keel_irq_write(&irq, KEEL_BANK_SPEND, 1, false) && irq.latch);
	CHECK(keel_irq_write(&irq, KEEL_BANK_CPEND, 1, false) && !irq.latch);
	CHECK(keel_irq_write(&irq, KEEL_BANK_SACTIVE, 1, false) && irq.active);
	CHECK(keel_irq_write(&irq, KEEL_BANK_CACTIVE, 1, false) && !irq.active);
}

TEST(a_level_stays_pending_whatever_is_written)
{
	struct keel_irq irq = spi();

	keel_irq_set_line(&irq, true);
	keel_irq_write(&irq, KEEL_BANK_CPEND, 1, false);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_SPEND, false), 1);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_SPEND, true), 0);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_CPEND, true), 0);
}

TEST(a_vmm_restores_the_latch_as_it_was)
{
	struct keel_irq irq = spi();

	CHECK(keel_irq_write(&irq, KEEL_BANK_SPEND, 1, true) && irq.latch);
	CHECK(!keel_irq_write(&irq, KEEL_BANK_CPEND, 1, true) && irq.latch);
	CHECK(keel_irq_write(&irq, KEEL_BANK_SPEND, 0, true) && !irq.latch);
}

TEST(private_interrupts_keep_their_trigger)
{
	struct keel_irq sgi, ppi, irq = spi();

	keel_irq_init(&sgi, 3);
	keel_irq_init(&ppi, 27);
	CHECK(!keel_irq_write(&sgi, KEEL_BANK_CONFIG, 0, false) && sgi.edge);
	CHECK(!keel_irq_write(&ppi, KEEL_BANK_CONFIG, 2, false) && !ppi.edge);
	CHECK(keel_irq_write(&irq, KEEL_BANK_CONFIG, 2, false) && irq.edge);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_CONFIG, false), 2);
	CHECK_EQ(keel_irq_read(&ppi, KEEL_BANK_CONFIG, false), 0);
}

TEST(five_bits_of_priority_are_kept)
{
	struct keel_irq irq = spi();

	keel_irq_write(&irq, KEEL_BANK_PRIORITY, 0xff, false);
	CHECK_EQ(keel_irq_read(&irq, KEEL_BANK_PRIORITY, false), 0xf8);
}

TEST(the_gic_describes_itself)
{
	CHECK_EQ(keel_gicd_typer(64, false), 1 | 9 << 19);
	CHECK_EQ(keel_gicd_typer(256, true), 7 | 1 << 17 | 15 << 19);
	CHECK_EQ(keel_gicd_iidr(3), 0x4b00343b);
	CHECK_EQ(keel_gicr_iidr(), 0x4b00043b);
	CHECK_EQ(keel_gic_idreg(0xffe8), 0x3b);
	CHECK_EQ(keel_gic_idreg(0xffec), 0);
	CHECK_EQ(keel_gicr_typer(0x00010203, 5, true, true), 0x0001020300000511ULL);
}

TEST(halves_of_a_register_are_written_and_read_alone)
{
	u64 r = 0x1122334455667788ULL;

	CHECK_EQ(keel_reg64_write(r, 0, 4, 0xaabbccdd), 0x11223344aabbccddULL);
	CHECK_EQ(keel_reg64_write(r, 4, 4, 0xaabbccdd), 0xaabbccdd55667788ULL);
	CHECK_EQ(keel_reg64_write(r, 0, 8, 1), 1);
	CHECK_EQ(keel_reg64_read(r, 0, 4), 0x55667788);
	CHECK_EQ(keel_reg64_read(r, 4, 4), 0x11223344);
	CHECK_EQ(keel_reg64_read(r, 0, 8), r);
}

TEST(table_addresses_are_made_cacheable_and_clean)
{
	CHECK_EQ(keel_pendbaser(~0ULL), BIT_ULL(62) | GENMASK_ULL(51, 16) | GENMASK_ULL(11, 7));
	CHECK_EQ(keel_propbaser(~0ULL), GENMASK_ULL(51, 7) | 0x1f);
	CHECK_EQ(keel_pendbaser(0), 7 << 7);
	CHECK_EQ(keel_pendbaser(2 << 10 | 1ULL << 56 | 5 << 7), 1 << 10 | 1ULL << 56 | 5 << 7);
	CHECK_EQ(keel_pendbaser(KEEL_PENDBASER_RESET), KEEL_PENDBASER_RESET);
}

/* ---- the CPU interface ------------------------------------------------------------------------------------------ */

#define VTR	(4ULL << 29 | 1ULL << 23 | 1ULL << 21 | 3)	/* 5 bits of priority, 24 of INTID, Aff3, 4 list registers */

static struct keel_icc icc(void)
{
	return (struct keel_icc) { .vtr = VTR, .pri_bits = 5, .id_bits = 1 };
}

TEST(what_is_restored_is_what_is_read)
{
	static const struct { u32 reg; u64 val; } regs[] = {
		{ KEEL_ICC_PMR, 0xf0 }, { KEEL_ICC_BPR0, 3 }, { KEEL_ICC_BPR1, 4 }, { KEEL_ICC_IGRPEN0, 1 },
		{ KEEL_ICC_IGRPEN1, 1 }, { KEEL_ICC_AP0R0, 0x12 }, { KEEL_ICC_AP1R0, 0x34 },
		{ KEEL_ICC_CTLR, 2 | 4 << 8 | 1 << 11 | 1 << 15 }, { KEEL_ICC_SRE, 7 },
	};
	struct keel_icc c = icc();
	unsigned int i;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		CHECK(keel_icc_known(regs[i].reg));
		CHECK_EQ(keel_icc_set(&c, regs[i].reg, regs[i].val), 0);
	}
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		CHECK_EQ(keel_icc_get(&c, regs[i].reg, &val), 0);
		CHECK_EQ(val, regs[i].val);
	}
	CHECK_EQ(c.vmcr, 0xf0ULL << 24 | 3 << 21 | 4 << 18 | 1 << 9 | 1 << 3 | 3);
}

TEST(with_one_binary_point_the_other_follows)
{
	struct keel_icc c = icc();
	u64 val;

	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_BPR1, 6), 0);
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_BPR0, 2), 0);
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_CTLR, 1 | 4 << 8 | 1 << 11 | 1 << 15), 0);
	CHECK_EQ(keel_icc_get(&c, KEEL_ICC_BPR1, &val), 0);
	CHECK_EQ(val, 3);
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_BPR1, 0), 0);
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_CTLR, 4 << 8 | 1 << 11 | 1 << 15), 0);
	CHECK_EQ(keel_icc_get(&c, KEEL_ICC_BPR1, &val), 0);
	CHECK_EQ(val, 6);
}

TEST(a_cpu_interface_cannot_be_more_than_it_is)
{
	struct keel_icc c = icc(), before = c;
	u64 val;

	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_CTLR, 5 << 8 | 1 << 11 | 1 << 15), -EINVAL);	/* priority bits */
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_CTLR, 4 << 8 | 2 << 11 | 1 << 15), -EINVAL);	/* INTID bits */
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_CTLR, 4 << 8 | 1 << 11), -EINVAL);			/* A3V */
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_CTLR, 4 << 8 | 1 << 11 | 3 << 14), -EINVAL);	/* SEIS */
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_SRE, 0), -EINVAL);
	CHECK_EQ(keel_icc_set(&c, KEEL_ICC_AP1R0 + 1, 0), -EINVAL);
	CHECK_EQ(keel_icc_get(&c, KEEL_ICC_AP0R0 + 3, &val), -EINVAL);
	CHECK_EQ(keel_icc_set(&c, 0, 0), -ENXIO);
	CHECK_EQ(keel_icc_get(&c, KEEL_ICC(12U, 12U, 0U), &val), -ENXIO);
	CHECK(!memcmp(&c, &before, sizeof(c)));
}

TEST(an_sgi_names_its_targets)
{
	struct keel_sgi s = keel_sgi_decode(0x0003000200050000ULL | 9 << 24 | 0x8001);

	CHECK_EQ(s.intid, 9);
	CHECK_EQ(s.list, 0x8001);
	CHECK_EQ(s.cluster, 0x03020500);
	CHECK(!s.others);
	CHECK(keel_sgi_decode(1ULL << 40).others);
}
