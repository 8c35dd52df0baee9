// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the distributor and the redistributors, see gicreg.h. Owns no state. Offsets and values are the guest's
 * or the VMM's and may be anything.
 */
#include "core/gicreg.h"

#define IMPLEMENTER_ARM		0x43bU
#define PRODUCT_KVM		0x4bU	/* guests and VMMs know a GIC of KVM's by it */
#define ID_BITS_SPI		10U
#define ID_BITS_LPI		16U
#define PIDR2_GICV3		0x3bU

/* Banks of one bit per interrupt: 0x80 bytes each, from 0 */
static const u8 bit_banks[] = {
	KEEL_BANK_NONE, KEEL_BANK_GROUP, KEEL_BANK_SENABLE, KEEL_BANK_CENABLE,
	KEEL_BANK_SPEND, KEEL_BANK_CPEND, KEEL_BANK_SACTIVE, KEEL_BANK_CACTIVE,
};

static struct keel_gic_fields fields(enum keel_gic_bank bank, u32 from, u32 offset, unsigned int len, unsigned int bits)
{
	return (struct keel_gic_fields) {
		.bank = bank,
		.bits = bits,
		.first = (offset - from) * 8 / bits,
		.nr = len * 8 / bits,
	};
}

/* Both frames have these where they are */
static struct keel_gic_fields decode(u32 offset, unsigned int len)
{
	static const struct keel_gic_fields none;

	if (!IS_ALIGNED(offset, len))
		return none;
	if (offset < 0x400)
		return len == 4 ? fields(bit_banks[offset >> 7], offset & ~0x7fU, offset, len, 1) : none;
	if (offset < 0x800)
		return len == 4 || len == 1 ? fields(KEEL_BANK_PRIORITY, 0x400, offset, len, 8) : none;
	if (offset < 0xc00)
		return len == 4 || len == 1 ? fields(KEEL_BANK_ZERO, 0x800, offset, len, 8) : none;
	if (len != 4)
		return none;
	if (offset < 0xd00)
		return fields(KEEL_BANK_CONFIG, 0xc00, offset, len, 2);
	if (offset < 0xd80)
		return fields(KEEL_BANK_ZERO, 0xd00, offset, len, 1);
	return none;
}

struct keel_gic_fields keel_gicd_fields(u32 offset, unsigned int len, u32 nr_irqs)
{
	struct keel_gic_fields f;

	if (offset >= 0x6000 && offset < 0x8000 && (len == 4 || len == 8) && IS_ALIGNED(offset, len)) {
		f = fields(KEEL_BANK_ROUTER, 0x6000, offset, len, 64);
		f.nr = 1;
	} else {
		f = decode(offset, len);
	}
	if (f.first >= nr_irqs)
		f.bank = KEEL_BANK_NONE;
	else if (f.bank && f.first < KEEL_GIC_PRIVATE)
		f.bank = KEEL_BANK_ZERO;
	return f;
}

/* A byte for each of the 16 SGIs: clear, then set (IHI 0048B, 4.3.16) */
static struct keel_gic_fields sgi_fields(u32 offset, unsigned int len)
{
	static const struct keel_gic_fields none;
	bool set = offset >= KEEL_GICD_SPENDSGIR;

	if (!IS_ALIGNED(offset, len) || (len != 4 && len != 1))
		return none;
	return fields(set ? KEEL_BANK_SPENDSGI : KEEL_BANK_CPENDSGI, set ? KEEL_GICD_SPENDSGIR : KEEL_GICD_CPENDSGIR,
		      offset, len, 8);
}

struct keel_gic_fields keel_gicd2_fields(u32 offset, unsigned int len, u32 nr_irqs)
{
	struct keel_gic_fields f = decode(offset, len);

	if (offset >= KEEL_GICD_CPENDSGIR && offset < KEEL_GICD_SPENDSGIR + KEEL_GIC_SGIS)
		f = sgi_fields(offset, len);
	else if (offset >= 0xd00 || f.first >= nr_irqs)
		f.bank = KEEL_BANK_NONE;
	else if (f.bank && offset >= 0x800 && offset < 0xc00)
		f.bank = KEEL_BANK_TARGET;
	return f;
}

struct keel_gic_fields keel_gicr_fields(u32 offset, unsigned int len)
{
	struct keel_gic_fields f = decode(offset, len);

	/* There is no GICR_ITARGETSR */
	if (f.first >= KEEL_GIC_PRIVATE || (offset >= 0x800 && offset < 0xc00))
		f.bank = KEEL_BANK_NONE;
	if (offset == KEEL_GICR_NSACR && len == 4)
		f.bank = KEEL_BANK_ZERO;
	return f;
}

u32 keel_irq_read(const struct keel_irq *irq, enum keel_gic_bank bank, bool user)
{
	switch (bank) {
	case KEEL_BANK_GROUP:
		return irq->group;
	case KEEL_BANK_SENABLE:
	case KEEL_BANK_CENABLE:
		return irq->enabled;
	case KEEL_BANK_SPEND:
		return user ? irq->latch : keel_irq_pending(irq);
	case KEEL_BANK_CPEND:
		return user ? 0 : keel_irq_pending(irq);
	case KEEL_BANK_SACTIVE:
	case KEEL_BANK_CACTIVE:
		return irq->active;
	case KEEL_BANK_PRIORITY:
		return irq->priority;
	case KEEL_BANK_CONFIG:
		return irq->edge ? 2 : 0;
	case KEEL_BANK_SPENDSGI:
	case KEEL_BANK_CPENDSGI:
		return irq->sources;
	default:
		return 0;
	}
}

static bool set_bool(bool *b, bool val)
{
	bool changed = *b != val;

	*b = val;
	return changed;
}

static bool set_u8(u8 *b, u8 val)
{
	bool changed = *b != val;

	*b = val;
	return changed;
}

/* SGIs are edge-triggered for ever; so that the timers' can be relied on, PPIs are level-sensitive (IHI 0069, GICR_ICFGR1) */
static bool set_config(struct keel_irq *irq, u32 val)
{
	return irq->intid >= KEEL_GIC_PRIVATE && set_bool(&irq->edge, val & 2);
}

static bool set_sources(struct keel_irq *irq, u8 val)
{
	bool changed = irq->sources != val;

	keel_irq_set_sources(irq, val);
	return changed;
}

static bool write_sgi(struct keel_irq *irq, enum keel_gic_bank bank, u8 val)
{
	if (!irq->sourced)
		return false;
	return set_sources(irq, bank == KEEL_BANK_SPENDSGI ? irq->sources | val : irq->sources & ~val);
}

bool keel_irq_write(struct keel_irq *irq, enum keel_gic_bank bank, u32 val, bool user)
{
	if (irq->sourced && (bank == KEEL_BANK_SPEND || bank == KEEL_BANK_CPEND))
		return false;
	switch (bank) {
	case KEEL_BANK_GROUP:
		return set_u8(&irq->group, val & 1);
	case KEEL_BANK_SENABLE:
		return val && set_bool(&irq->enabled, true);
	case KEEL_BANK_CENABLE:
		return val && set_bool(&irq->enabled, false);
	case KEEL_BANK_SPEND:
		return (val || user) && set_bool(&irq->latch, val);
	case KEEL_BANK_CPEND:
		return val && !user && set_bool(&irq->latch, false);
	case KEEL_BANK_SACTIVE:
		return val && set_bool(&irq->active, true);
	case KEEL_BANK_CACTIVE:
		return val && set_bool(&irq->active, false);
	case KEEL_BANK_PRIORITY:
		return set_u8(&irq->priority, val & KEEL_GIC_PRIO_MASK);
	case KEEL_BANK_CONFIG:
		return set_config(irq, val);
	case KEEL_BANK_SPENDSGI:
	case KEEL_BANK_CPENDSGI:
		return write_sgi(irq, bank, val);
	default:
		return false;
	}
}

u32 keel_gicd_typer(u32 nr_irqs, bool lpis)
{
	u32 lines = (nr_irqs >> 5) - 1;

	return lpis ? lines | BIT(17) | (ID_BITS_LPI - 1) << 19 : lines | (ID_BITS_SPI - 1) << 19;
}

u32 keel_gicd2_typer(u32 nr_irqs, u32 cpus)
{
	return ((nr_irqs >> 5) - 1) | (cpus - 1) << 5;
}

u32 keel_gicd_iidr(unsigned int revision)
{
	return PRODUCT_KVM << 24 | revision << 12 | IMPLEMENTER_ARM;
}

u32 keel_gicr_iidr(void)
{
	return PRODUCT_KVM << 24 | IMPLEMENTER_ARM;
}

u32 keel_gic_idreg(u32 offset)
{
	return offset == KEEL_GIC_PIDR2 ? PIDR2_GICV3 : 0;
}

u64 keel_gicr_typer(u32 affinity, u32 nr, bool lpis, bool last)
{
	return (u64)affinity << 32 | (nr & 0xffff) << 8 | (last ? BIT(4) : 0) | (lpis ? BIT(0) : 0);
}

u64 keel_reg64_write(u64 reg, unsigned int offset, unsigned int len, u64 val)
{
	unsigned int low = (offset & 4) * 8;
	u64 mask;

	if (len == 8)
		return val;
	mask = GENMASK_ULL(low + 31, low);
	return (reg & ~mask) | (val << low & mask);
}

u64 keel_reg64_read(u64 reg, unsigned int offset, unsigned int len)
{
	return len == 8 ? reg : reg >> ((offset & 4) * 8) & 0xffffffffU;
}

/* Fields that PROPBASER and PENDBASER have in common (IHI 0069, 12.11) */
#define BASER_INNER_SHIFT	7
#define BASER_INNER		GENMASK_ULL(9, 7)
#define BASER_INNER_WB		7ULL	/* read and write allocate, write-back */
#define BASER_SHARE		GENMASK_ULL(11, 10)
#define BASER_SHARE_OUTER	(2ULL << 10)
#define BASER_SHARE_INNER	BIT_ULL(10)
#define BASER_OUTER_SHIFT	56
#define BASER_OUTER		GENMASK_ULL(58, 56)
#define PROPBASER_VALID		(GENMASK_ULL(58, 56) | GENMASK_ULL(51, 7) | GENMASK_ULL(4, 0))
#define PENDBASER_VALID		(KEEL_PENDBASER_PTZ | GENMASK_ULL(58, 56) | GENMASK_ULL(51, 16) | GENMASK_ULL(11, 7))

static u64 baser(u64 val)
{
	if ((val & BASER_SHARE) == BASER_SHARE_OUTER)
		val = (val & ~BASER_SHARE) | BASER_SHARE_INNER;
	/* Device or non-cacheable would not find what the guest has in its caches */
	if ((val & BASER_INNER) >> BASER_INNER_SHIFT < 2)
		val |= BASER_INNER_WB << BASER_INNER_SHIFT;
	if ((val & BASER_OUTER) >> BASER_OUTER_SHIFT > 1)
		val &= ~BASER_OUTER;
	return val;
}

u64 keel_propbaser(u64 val)
{
	return baser(val) & PROPBASER_VALID;
}

u64 keel_pendbaser(u64 val)
{
	return baser(val) & PENDBASER_VALID;
}
