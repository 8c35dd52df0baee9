// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of the checking guest: SGIs, both timers' PPIs, SPIs that it makes pending itself, LPIs by the ITS' INT
 * command, with a GICv2 an SGI that all vCPUs send to one, and what the VMM sends meanwhile. Each has to come once, to the vCPU it was sent to, not before its time, and
 * active while it is handled. What the VMM sends is counted by the VMM (vmmgic.c); vCPU 0 sends it from vCPU to vCPU.
 */
#include "gicguest.h"

/* What guest_cpu.detail[0] says of GUEST_ERR_IRQ */
enum {
	LOST = 1, ONE_TOO_MANY, UNEXPECTED, NOT_ACTIVE, STILL_ACTIVE, PENDING, NOT_PENDING, EARLY, WHILE_DISABLED, WRONG_SOURCE,
};

static void irq_fail(unsigned long cpu, unsigned long what, unsigned long intid, unsigned long seen)
{
	guest_fail(guest_page(cpu), GUEST_ERR_IRQ, what, intid, seen);
}

static int in_redist(unsigned int intid)
{
	return intid < 32 && !gic_page()->v2;
}

static int is_active(unsigned long cpu, unsigned int intid)
{
	unsigned long reg = in_redist(intid) ? redist(cpu, GICR_ISACTIVER0) : GICD_ISACTIVER(SPI_WORD(intid));

	return !!(read32(reg) & SPI_BIT(intid));
}

static int is_pending(unsigned long cpu, unsigned int intid)
{
	unsigned long reg = in_redist(intid) ? redist(cpu, GICR_ISPENDR0) : GICD_ISPENDR(SPI_WORD(intid));

	return !!(read32(reg) & SPI_BIT(intid));
}

/* Its source is told to be quiet, and what cannot be so is told */
static void serve(unsigned long cpu, unsigned int intid)
{
	switch (intid) {
	case IRQ_VIRT:
	case IRQ_PHYS:
		if (!timer_stop(intid == IRQ_PHYS))
			irq_fail(cpu, EARLY, intid, 0);
		break;
	case IRQ_LEVEL:
		if (!is_pending(cpu, intid))
			irq_fail(cpu, NOT_PENDING, intid, 0);
		write32(GUEST_ACK + 8 * cpu, 1);
		break;
	}
	if (intid < IRQ_LPI && intid != IRQ_VIRT && intid != IRQ_PHYS && intid != IRQ_SHARED && is_pending(cpu, intid))
		irq_fail(cpu, PENDING, intid, 0);
}

static int is_ours(unsigned int intid)
{
	return intid < gic_page()->nr_vcpus || (gic_page()->v2 && intid == IRQ_SHARED) || intid == IRQ_VIRT || intid == IRQ_PHYS ||
	       (intid >= IRQ_SOFT && intid <= IRQ_LEVEL) || (intid >= IRQ_LPI && intid <= IRQ_LPI + LPI_INT);
}

/* Who sent it, of a GICv2's SGIs; others have their INTID alone */
static unsigned int source_of(unsigned int iar)
{
	return iar >> 10 & 7;
}

static unsigned int slot_of(unsigned int intid, unsigned int source)
{
	return intid == IRQ_SHARED ? IRQ_SHARED + source : IRQ_SLOT(intid);
}

/* @iar: as it was acknowledged */
static void check_irq(unsigned long cpu, unsigned int intid, unsigned int iar)
{
	if (gic_page()->v2 && (intid < IRQ_SHARED ? source_of(iar) != intid : source_of(iar) >= gic_page()->nr_vcpus))
		irq_fail(cpu, WRONG_SOURCE, intid, iar);
	if (intid < IRQ_LPI && !is_active(cpu, intid))
		irq_fail(cpu, NOT_ACTIVE, intid, 0);
	serve(cpu, intid);
	gic_page()->count[cpu][slot_of(intid, source_of(iar))]++;
	irq_end(iar);
	/* Others may be on their way to another vCPU by now */
	if (intid < 32 && is_active(cpu, intid))
		irq_fail(cpu, STILL_ACTIVE, intid, 0);
}

/* No more than what is measured */
static void bench_irq(unsigned long cpu, unsigned int intid)
{
	if (intid == IRQ_VIRT)
		timer_stop(0);
	gic_page()->count[cpu][IRQ_SLOT(intid)]++;
	irq_end(intid);
}

void guest_irq(void)
{
	unsigned long cpu = guest_this_cpu();
	unsigned int iar = irq_take(), intid = gic_page()->v2 ? iar & 0x3ff : iar;

	if (intid >= 1020 && intid < 1024) {
		/* Gone before it was taken: allowed, and in nobody's count */
	} else if (!is_ours(intid)) {
		irq_fail(cpu, UNEXPECTED, intid, 0);
		irq_end(iar);
	} else if (guest_page(cpu)->work & GUEST_WORK_BENCH) {
		bench_irq(cpu, intid);
	} else {
		check_irq(cpu, intid, iar);
	}
}

/* One more of these has been sent to a vCPU: it comes within 20 s, and no other one does. @wfi: for one's own only */
static void has_to_come(unsigned long cpu, unsigned long to, unsigned int intid, int wfi)
{
	volatile struct guest_gic *g = gic_page();
	unsigned int want = g->want[to][IRQ_SLOT(intid)], got;
	unsigned long end = guest_counter() + 20 * guest_page(cpu)->freq;

	while ((got = g->count[to][IRQ_SLOT(intid)]) == want - 1 && guest_counter() < end) {
		if (!wfi) {
			wait_a_bit();
			continue;
		}
		/* Masked: what comes between the look and the WFI ends the WFI */
		asm volatile("msr daifset, #2" ::: "memory");
		if (g->count[to][IRQ_SLOT(intid)] == want - 1)
			asm volatile("dsb sy\n\twfi" ::: "memory");
		asm volatile("msr daifclr, #2\n\tisb" ::: "memory");
	}
	if (got != want)
		irq_fail(cpu, got == want - 1 ? LOST : ONE_TOO_MANY, intid, (unsigned long)got << 32 | want);
	g->want[to][IRQ_SLOT(intid)] = got;	/* the next one is judged by itself */
}

static void will_send(unsigned long cpu, unsigned long to, unsigned int intid)
{
	volatile struct guest_gic *g = gic_page();

	if (g->count[to][IRQ_SLOT(intid)] != g->want[to][IRQ_SLOT(intid)])
		irq_fail(cpu, ONE_TOO_MANY, intid, g->count[to][IRQ_SLOT(intid)]);
	g->want[to][IRQ_SLOT(intid)] = g->count[to][IRQ_SLOT(intid)] + 1;
}

static void check_sgi(unsigned long cpu, unsigned long to)
{
	will_send(cpu, to, cpu);
	send_sgi(cpu, to);
	has_to_come(cpu, to, cpu, 0);
}

/* All vCPUs send it to the same one, which has to take it once from each */
static void check_shared(unsigned long cpu)
{
	will_send(cpu, 0, IRQ_SHARED + cpu);
	send_sgi(IRQ_SHARED, 0);
	has_to_come(cpu, 0, IRQ_SHARED + cpu, 0);
}

static void check_ppi(unsigned long cpu, int phys, int wfi)
{
	unsigned int intid = phys ? IRQ_PHYS : IRQ_VIRT;

	will_send(cpu, cpu, intid);
	timer_start(phys, guest_page(cpu)->freq / 2000);
	has_to_come(cpu, cpu, intid, wfi);
}

/* Made pending by software, enabled only afterwards if @late */
static void check_spi(unsigned long cpu, unsigned long to, int late)
{
	unsigned int intid = IRQ_SOFT + cpu;
	volatile struct guest_gic *g = gic_page();

	will_send(cpu, to, intid);
	irq_route(intid, to);
	if (late) {
		write32(GICD_ICENABLER(SPI_WORD(intid)), SPI_BIT(intid));
		while (read32(GICD_CTLR) >> 31)	/* RWP */
			wait_a_bit();
	}
	write32(GICD_ISPENDR(SPI_WORD(intid)), SPI_BIT(intid));
	sync_all();
	if (late) {
		if (!is_pending(cpu, intid))
			irq_fail(cpu, NOT_PENDING, intid, 1);
		if (g->count[to][IRQ_SLOT(intid)] == g->want[to][IRQ_SLOT(intid)])
			irq_fail(cpu, WHILE_DISABLED, intid, 0);
		write32(GICD_ISENABLER(SPI_WORD(intid)), SPI_BIT(intid));
	}
	has_to_come(cpu, to, intid, 0);
}

/* vCPU 0's: the ITS' queue has one writer */
static void check_lpi(unsigned long cpu, unsigned long to)
{
	will_send(cpu, to, IRQ_LPI + LPI_INT);
	its_command(ITS_MOVI(GUEST_DEVICE, LPI_INT, to));
	its_command(ITS_SYNC(to));
	its_command(ITS_INT(GUEST_DEVICE, LPI_INT));
	has_to_come(cpu, to, IRQ_LPI + LPI_INT, 0);
	its_command(ITS_MOVI(GUEST_DEVICE, LPI_IRQFD, to));
	its_command(ITS_MOVI(GUEST_DEVICE, LPI_MSI, to));
}

void gic_check(unsigned long cpu, unsigned long n)
{
	unsigned long to = (cpu + n) % gic_page()->nr_vcpus;

	check_sgi(cpu, to);
	check_ppi(cpu, n & 1, n & 2);
	check_spi(cpu, to, n & 4);
	if (gic_page()->v2)
		check_shared(cpu);
	if (cpu)
		return;
	if (!gic_page()->v2)
		check_lpi(cpu, to);
	/* What the VMM sends may be anywhere on its way when it is routed elsewhere */
	irq_route(IRQ_EDGE, to);
	irq_route(IRQ_LEVEL, to);
}
