/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's GICv3 (GIC architecture specification, IHI 0069) or GICv2 (IHI 0048B): registers by address and by name, and
 * what is done alike with both.
 */
#ifndef GICGUEST_H
#define GICGUEST_H

#include "guest.h"

#define GICD_CTLR		(GUEST_DIST + 0x0)
#define GICD_TYPER		(GUEST_DIST + 0x4)
#define GICD_IGROUPR(n)		(GUEST_DIST + 0x80 + 4 * (n))
#define GICD_ISENABLER(n)	(GUEST_DIST + 0x100 + 4 * (n))
#define GICD_ICENABLER(n)	(GUEST_DIST + 0x180 + 4 * (n))
#define GICD_ISPENDR(n)		(GUEST_DIST + 0x200 + 4 * (n))
#define GICD_ISACTIVER(n)	(GUEST_DIST + 0x300 + 4 * (n))
#define GICD_IPRIORITYR(n)	(GUEST_DIST + 0x400 + 4 * (n))
#define GICD_ICFGR(n)		(GUEST_DIST + 0xc00 + 4 * (n))
#define GICD_IROUTER(n)		(GUEST_DIST + 0x6000 + 8UL * (n))

/* GICv2 */
#define GICD_ITARGETSR(intid)	(GUEST_DIST + 0x800 + (intid))
#define GICD_SGIR		(GUEST_DIST + 0xf00)
#define GICC_CTLR		(GUEST_CPUIF + 0x0)
#define GICC_PMR		(GUEST_CPUIF + 0x4)
#define GICC_IAR		(GUEST_CPUIF + 0xc)
#define GICC_EOIR		(GUEST_CPUIF + 0x10)

#define GICR_CTLR		0x0
#define GICR_WAKER		0x14
#define GICR_PROPBASER		0x70
#define GICR_PENDBASER		0x78
#define GICR_IGROUPR0		0x10080
#define GICR_ISENABLER0		0x10100
#define GICR_ISPENDR0		0x10200
#define GICR_ISACTIVER0		0x10300
#define GICR_IPRIORITYR(n)	(0x10400 + 4 * (n))

#define GITS_CTLR		(GUEST_ITS + 0x0)
#define GITS_CBASER		(GUEST_ITS + 0x80)
#define GITS_CWRITER		(GUEST_ITS + 0x88)
#define GITS_CREADR		(GUEST_ITS + 0x90)
#define GITS_BASER(n)		(GUEST_ITS + 0x100 + 8 * (n))

/* ITS commands (IHI 0069, 5.3), double words 0 to 2 */
#define ITS_MOVI(dev, event, icid)	(1 | (unsigned long)(dev) << 32), (event), (icid)
#define ITS_INT(dev, event)		(3 | (unsigned long)(dev) << 32), (event), 0
#define ITS_SYNC(rd)			5, 0, (unsigned long)(rd) << 16
#define ITS_MAPD(dev, bits, itt)	(8 | (unsigned long)(dev) << 32), (bits) - 1, (itt) | 1UL << 63
#define ITS_MAPC(icid, rd)		9, 0, (icid) | (unsigned long)(rd) << 16 | 1UL << 63
#define ITS_MAPTI(dev, event, lpi, icid) (10 | (unsigned long)(dev) << 32), (event) | (unsigned long)(lpi) << 32, (icid)
#define ITS_INVALL(icid)		13, 0, (icid)

#define SPI_WORD(intid)		((intid) / 32)
#define SPI_BIT(intid)		(1U << (intid) % 32)

/* Written out: a compiler would increment the address on the way, and the syndrome does not describe that */
static inline unsigned int read32(unsigned long addr)
{
	unsigned int val;

	asm volatile("ldr %w0, [%1]" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline unsigned long read64(unsigned long addr)
{
	unsigned long val;

	asm volatile("ldr %0, [%1]" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static inline void write8(unsigned long addr, unsigned int val)
{
	asm volatile("strb %w0, [%1]" :: "r" (val), "r" (addr) : "memory");
}

static inline void write32(unsigned long addr, unsigned int val)
{
	asm volatile("str %w0, [%1]" :: "r" (val), "r" (addr) : "memory");
}

static inline void write64(unsigned long addr, unsigned long val)
{
	asm volatile("str %0, [%1]" :: "r" (val), "r" (addr) : "memory");
}

static inline unsigned long redist(unsigned long cpu, unsigned long offset)
{
	return GUEST_REDIST + cpu * 0x20000 + offset;
}

static inline void sync_all(void)
{
	asm volatile("dsb sy\n\tisb" ::: "memory");
}

/* Others may have to run on this CPU to make what we wait for come true */
static inline void wait_a_bit(void)
{
	asm volatile("yield" ::: "memory");
}

static inline volatile struct guest_gic *gic_page(void)
{
	return (volatile struct guest_gic *)GUEST_GIC;
}

/* A shared one */
static inline void irq_route(unsigned int intid, unsigned long to)
{
	if (gic_page()->v2)
		write8(GICD_ITARGETSR(intid), 1U << to);
	else
		write64(GICD_IROUTER(intid), to);
}

/* ICC_SGI1R_EL1: one vCPU of those below 16 */
static inline void send_sgi(unsigned int sgi, unsigned long to)
{
	if (gic_page()->v2) {
		asm volatile("dsb sy" ::: "memory");
		write32(GICD_SGIR, 0x10000U << to | sgi);
		return;
	}
	asm volatile("dsb sy\n\tmsr S3_0_C12_C11_5, %0\n\tisb" :: "r" ((unsigned long)sgi << 24 | 1UL << to) : "memory");
}

/* GICv2: an SGI's with its source, 12:10 */
static inline unsigned int irq_take(void)
{
	unsigned long intid;

	if (gic_page()->v2) {
		intid = read32(GICC_IAR);
		asm volatile("dsb sy" ::: "memory");
		return intid;
	}
	asm volatile("mrs %0, S3_0_C12_C12_0\n\tdsb sy" : "=r" (intid) :: "memory");	/* ICC_IAR1_EL1 */
	return intid;
}

static inline void irq_end(unsigned long intid)
{
	if (gic_page()->v2) {
		asm volatile("dsb sy" ::: "memory");
		write32(GICC_EOIR, intid);
		return;
	}
	asm volatile("dsb sy\n\tmsr S3_0_C12_C12_1, %0\n\tisb" :: "r" (intid) : "memory");	/* ICC_EOIR1_EL1 */
}

void gic_init(unsigned long cpu);
void its_command(unsigned long a, unsigned long b, unsigned long c);

#endif
