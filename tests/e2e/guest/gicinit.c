// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest brings its GIC up: distributor and ITS by vCPU 0, redistributor and CPU interface by each. It owns the tables
 * at GUEST_TABLES and the ITS' command queue, of which vCPU 0 is the only writer.
 */
#include "gicguest.h"

#define PRIORITY	0xa0U
#define PRIORITIES	(PRIORITY * 0x01010101U)

#define PROPERTIES	(GUEST_TABLES + 0x0UL)
#define QUEUE		(GUEST_TABLES + 0x10000UL)	/* 64 KiB */
#define DEVICES		(GUEST_TABLES + 0x20000UL)
#define COLLECTIONS	(GUEST_TABLES + 0x30000UL)
#define ITT		(GUEST_TABLES + 0x40000UL)
#define PENDING		(GUEST_TABLES + 0x80000UL)	/* 64 KiB a vCPU */
#define VALID		0x8000000000000000UL

static void dist_init(int v2)
{
	unsigned int i;

	write32(GICD_CTLR, v2 ? 0 : 1U << 4);	/* ARE */
	if (!v2)
		write32(GICD_IGROUPR(1), ~0U);
	for (i = 8; i < 16; i++)
		write32(GICD_IPRIORITYR(i), PRIORITIES);
	write32(GICD_ICFGR(2), 0xaaaa0000U);	/* 40 to 47 edge */
	write32(GICD_ICFGR(3), 2U);		/* 48 edge, 49 level */
	for (i = IRQ_SOFT; i <= IRQ_LEVEL; i++)
		irq_route(i, 0);
	write32(GICD_ISENABLER(1), 0x3ffU << 8);
	write32(GICD_CTLR, v2 ? 1 : 1U << 4 | 2);	/* and group 1 */
	sync_all();
}

/* A GICv2's private interrupts are in the distributor; all in group 0, as out of reset */
static void cpu_init_v2(void)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		write32(GICD_IPRIORITYR(i), PRIORITIES);
	write32(GICD_ISENABLER(0), 0xffffU | SPI_BIT(IRQ_VIRT) | SPI_BIT(IRQ_PHYS));
	write32(GICC_PMR, 0xf0);
	write32(GICC_CTLR, 1);
	sync_all();
}

static void redist_init(unsigned long cpu)
{
	unsigned int i;

	write32(redist(cpu, GICR_WAKER), 0);
	while (read32(redist(cpu, GICR_WAKER)) & 4)
		wait_a_bit();
	write32(redist(cpu, GICR_IGROUPR0), ~0U);
	for (i = 0; i < 8; i++)
		write32(redist(cpu, GICR_IPRIORITYR(i)), PRIORITIES);
	write32(redist(cpu, GICR_ISENABLER0), 0xffffU | SPI_BIT(IRQ_VIRT) | SPI_BIT(IRQ_PHYS));
	write64(redist(cpu, GICR_PROPBASER), PROPERTIES | 15);
	write64(redist(cpu, GICR_PENDBASER), (PENDING + cpu * 0x10000) | 1UL << 62);	/* PTZ: the VMM's memory is zero */
	write32(redist(cpu, GICR_CTLR), 1);
	sync_all();
}

static void cpu_interface_init(void)
{
	asm volatile("msr S3_0_C12_C12_5, %0\n\tisb" :: "r" (7UL));	/* ICC_SRE_EL1 */
	asm volatile("msr S3_0_C4_C6_0, %0" :: "r" (0xf0UL));		/* ICC_PMR_EL1 */
	asm volatile("msr S3_0_C12_C12_4, %0" :: "r" (0UL));		/* ICC_CTLR_EL1: EOI deactivates, too */
	asm volatile("msr S3_0_C12_C12_7, %0\n\tisb" :: "r" (1UL));	/* ICC_IGRPEN1_EL1 */
}

void its_command(unsigned long a, unsigned long b, unsigned long c)
{
	unsigned long at = read64(GITS_CWRITER);

	write64(QUEUE + at, a);
	write64(QUEUE + at + 8, b);
	write64(QUEUE + at + 16, c);
	write64(QUEUE + at + 24, 0);
	sync_all();
	at = (at + 32) % 0x10000;
	write64(GITS_CWRITER, at);
	while (read64(GITS_CREADR) != at)
		wait_a_bit();
}

static void its_init(unsigned int nr_vcpus)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		*(volatile unsigned char *)(PROPERTIES + i) = PRIORITY | 1;
	write64(GITS_BASER(0), VALID | DEVICES);
	write64(GITS_BASER(1), VALID | COLLECTIONS);
	write64(GITS_CBASER, VALID | QUEUE | 15);
	write32(GITS_CTLR, 1);
	sync_all();
	its_command(ITS_MAPD(GUEST_DEVICE, 4, ITT));
	for (i = 0; i < nr_vcpus; i++)
		its_command(ITS_MAPC(i, i));
	for (i = LPI_IRQFD; i <= LPI_INT; i++)
		its_command(ITS_MAPTI(GUEST_DEVICE, i, IRQ_LPI + i, 0));
	its_command(ITS_INVALL(0));
	its_command(ITS_SYNC(0));
}

/* Interrupts are unmasked when all vCPUs have come so far */
void gic_init(unsigned long cpu)
{
	volatile struct guest_gic *g = gic_page();
	unsigned int i;

	if (!cpu) {
		dist_init(g->v2);
		g->dist_ready = 1;
	}
	while (!g->dist_ready)
		wait_a_bit();
	if (g->v2) {
		cpu_init_v2();
	} else {
		redist_init(cpu);
		cpu_interface_init();
	}
	g->ready[cpu] = 1;
	for (i = 0; i < g->nr_vcpus; i++)
		while (!g->ready[i])
			wait_a_bit();
	if (!cpu) {
		if (!g->v2)
			its_init(g->nr_vcpus);
		g->its_ready = 1;
	}
	while (!g->its_ready)
		wait_a_bit();
	asm volatile("msr daifclr, #2" ::: "memory");
}
