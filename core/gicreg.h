/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The register file of a virtual GICv3 distributor and redistributor, as numbers: which interrupts an offset is about,
 * what reading a field gives and writing one does, and the registers that describe the GIC (IHI 0069, 12.8 to 12.11).
 * One security state (GICD_CTLR.DS), affinity routing always on. And of a GICv2's distributor (IHI 0048B, 4.3).
 */
#ifndef KEEL_CORE_GICREG_H
#define KEEL_CORE_GICREG_H

#include "core/vgic.h"

/* ICH_VTR_EL2 (IHI 0069, 12.4.8) */
#define KEEL_VTR_LRS(vtr)	(((vtr) & 0x1f) + 1 > KEEL_GIC_LRS ? KEEL_GIC_LRS : ((vtr) & 0x1f) + 1)
#define KEEL_VTR_PRI_BITS(vtr)	(((vtr) >> 29 & 7) + 1)
#define KEEL_VTR_ID_BITS(vtr)	((vtr) >> 23 & 7)
#define KEEL_VTR_SEIS(vtr)	((vtr) >> 22 & 1)
#define KEEL_VTR_A3V(vtr)	((vtr) >> 21 & 1)

/* Distributor, offsets of registers that are not about single interrupts */
#define KEEL_GICD_CTLR		0x0000U
#define KEEL_GICD_TYPER		0x0004U
#define KEEL_GICD_IIDR		0x0008U
#define KEEL_GICD_TYPER2	0x000cU
#define KEEL_GICD_STATUSR	0x0010U
#define KEEL_GIC_IDREGS		0xffd0U	/* of any frame, to its end */
#define KEEL_GIC_PIDR2		0xffe8U
/* GICv2's */
#define KEEL_GICD_SGIR		0x0f00U
#define KEEL_GICD_CPENDSGIR	0x0f10U
#define KEEL_GICD_SPENDSGIR	0x0f20U
#define KEEL_GICD2_SIZE		0x1000U
/* Redistributor, first frame; the second one has private interrupts where the distributor has shared ones */
#define KEEL_GICR_CTLR		0x0000U
#define KEEL_GICR_IIDR		0x0004U
#define KEEL_GICR_TYPER		0x0008U
#define KEEL_GICR_STATUSR	0x0010U
#define KEEL_GICR_WAKER		0x0014U
#define KEEL_GICR_PROPBASER	0x0070U
#define KEEL_GICR_PENDBASER	0x0078U
#define KEEL_GICR_INVLPIR	0x00a0U
#define KEEL_GICR_INVALLR	0x00b0U
#define KEEL_GICR_SYNCR		0x00c0U
#define KEEL_GICR_NSACR		0x0e00U	/* second frame */

#define KEEL_GIC_FRAME		0x10000U
#define KEEL_GICR_SIZE		(2 * KEEL_GIC_FRAME)

#define KEEL_GICD_CTLR_G1	BIT(1)
#define KEEL_GICD_CTLR_FIXED	(BIT(4) | BIT(6))	/* ARE, DS */
#define KEEL_GICR_CTLR_LPIS	BIT(0)
#define KEEL_GICR_CTLR_FIXED	(BIT(1) | BIT(2))	/* CES, IR: since revision 3 */
#define KEEL_GIC_REVISION_MIN	2	/* GICD_IIDR.Revision: what a VMM may ask for */
#define KEEL_GIC_REVISION_MAX	3
#define KEEL_PENDBASER_PTZ	BIT_ULL(62)
#define KEEL_PENDBASER_RESET	(7ULL << 7 | 1ULL << 10)	/* inner write-back, inner shareable */

/* Registers with a field for each interrupt */
enum keel_gic_bank {
	KEEL_BANK_NONE,		/* no such register, or not with this width */
	KEEL_BANK_ZERO,		/* reads as zero, ignores writes */
	KEEL_BANK_GROUP,
	KEEL_BANK_SENABLE,
	KEEL_BANK_CENABLE,
	KEEL_BANK_SPEND,
	KEEL_BANK_CPEND,
	KEEL_BANK_SACTIVE,
	KEEL_BANK_CACTIVE,
	KEEL_BANK_PRIORITY,
	KEEL_BANK_CONFIG,
	KEEL_BANK_ROUTER,	/* 64 bits each: @first only, whichever half */
	/* GICv2 */
	KEEL_BANK_TARGET,
	KEEL_BANK_SPENDSGI,
	KEEL_BANK_CPENDSGI,
};

/**
 * struct keel_gic_fields - what an access is about
 * @bank: enum keel_gic_bank
 * @bits: width of a field
 * @first: INTID of the lowest field
 * @nr: fields
 */
struct keel_gic_fields {
	u8 bank, bits, nr;
	u32 first;
};

/**
 * keel_gicd_fields() - decode an access to the distributor
 * @offset: in the frame
 * @len: bytes
 * @nr_irqs: SGIs, PPIs and SPIs there are
 *
 * Return: bank KEEL_BANK_NONE for what is not about interrupts, not there, misaligned or of the wrong width.
 */
struct keel_gic_fields keel_gicd_fields(u32 offset, unsigned int len, u32 nr_irqs);
/* The same for a GICv2's distributor, whose private interrupts are those of the vCPU that looks */
struct keel_gic_fields keel_gicd2_fields(u32 offset, unsigned int len, u32 nr_irqs);
/* The same for a redistributor's second frame */
struct keel_gic_fields keel_gicr_fields(u32 offset, unsigned int len);

/**
 * keel_irq_read() - a field of a register
 * @irq: not listed, where the bank says what is pending or active
 * @bank: not KEEL_BANK_ROUTER or _TARGET
 * @user: the VMM reads: SPEND is the latch alone, CPEND zero (KVM, arm-vgic-v3.rst)
 */
u32 keel_irq_read(const struct keel_irq *irq, enum keel_gic_bank bank, bool user);

/**
 * keel_irq_write() - write a field of a register
 * @irq: not listed, where the bank changes what is enabled, pending or active
 * @bank: not KEEL_BANK_ROUTER or _TARGET. What is pending of a GICv2's SGI is KEEL_BANK_SPENDSGI's and _CPENDSGI's to change
 * @val: the field
 * @user: the VMM writes: SPEND is the latch, CPEND ignored
 *
 * Return: true: something has changed.
 */
bool keel_irq_write(struct keel_irq *irq, enum keel_gic_bank bank, u32 val, bool user);

/* The bank's fields can only be had from the list register while an interrupt is in one */
static inline bool keel_bank_needs_fold(enum keel_gic_bank bank, bool write)
{
	switch (bank) {
	case KEEL_BANK_SPEND:
	case KEEL_BANK_CPEND:
	case KEEL_BANK_SACTIVE:
	case KEEL_BANK_CACTIVE:
	case KEEL_BANK_CPENDSGI:
		return true;
	case KEEL_BANK_CENABLE:
		return write;
	case KEEL_BANK_SPENDSGI:
		return !write;
	default:
		return false;
	}
}

u32 keel_gicd_typer(u32 nr_irqs, bool lpis);
/* GICv2: @cpus 1 to 8 */
u32 keel_gicd2_typer(u32 nr_irqs, u32 cpus);
u32 keel_gicd_iidr(unsigned int revision);
u32 keel_gicr_iidr(void);
/* An identification register: offset from the start of its frame, KEEL_GIC_IDREGS or more */
u32 keel_gic_idreg(u32 offset);

/**
 * keel_gicr_typer() - GICR_TYPER
 * @affinity: Aff3.Aff2.Aff1.Aff0, 8 bits each
 * @nr: Processor_Number
 * @lpis: there are LPIs
 * @last: of a run of redistributors
 */
u64 keel_gicr_typer(u32 affinity, u32 nr, bool lpis, bool last);

/* A 64-bit register after a write of @len bytes at @offset within it; and the part that a read gives */
u64 keel_reg64_write(u64 reg, unsigned int offset, unsigned int len, u64 val);
u64 keel_reg64_read(u64 reg, unsigned int offset, unsigned int len);

/* As the table walk will have it: cacheable, inner or not shareable, reserved bits 0 */
u64 keel_propbaser(u64 val);
u64 keel_pendbaser(u64 val);

#endif
