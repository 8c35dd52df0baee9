// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checking guest as a yardstick: does one thing BENCH_ROUNDS times between two markers that a TCG plugin sees
 * (tests/bench/plugin.c); with a GIC the things are interrupts. Each thing is done a few times before it is measured, so
 * that what is set up on first use (page tables, translations) is not in the figure. The counter is noted for where there is
 * no plugin.
 */
#include "gicguest.h"

#define MARK(id) asm volatile("movz xzr, #%0" :: "i" (id) : "memory")

static void hypercall(void)
{
	register unsigned long x0 asm("x0") = 0x84000000;	/* PSCI_VERSION, DEN0022 */

	asm volatile("hvc #0" : "+r" (x0) :: "x1", "x2", "x3", "memory");
}

static void device_read(void)
{
	(void)*(volatile unsigned long *)GUEST_ECHO;
}

static void nothing(void)
{
	asm volatile("" ::: "memory");
}

static inline __attribute__((always_inline)) void rounds(void (*op)(void), unsigned long n)
{
	while (n--)
		op();
}

/* One page not touched before each round: the VMM has populated them, so stage-2 is all that is missing */
static inline __attribute__((always_inline)) void touch(unsigned long *at, unsigned long n)
{
	for (; n--; *at += 4096)
		*(volatile unsigned long *)*at = n;
}

#define MEASURE(id, op) do {					\
	rounds(op, 8);						\
	guest_page(0)->times[(id) / 10][0] = guest_counter();	\
	MARK(id);						\
	rounds(op, BENCH_ROUNDS);				\
	MARK((id) + 1);						\
	guest_page(0)->times[(id) / 10][1] = guest_counter();	\
} while (0)

static void bench_exits(volatile struct guest_cpu *p)
{
	unsigned long at = p->data;

	MEASURE(10, nothing);
	MEASURE(20, hypercall);
	MEASURE(30, device_read);
	touch(&at, 8);
	MARK(40);
	touch(&at, BENCH_ROUNDS);
	MARK(41);
}

/* ---- with a GIC ---- */

static void gic_read_one(void)
{
	read32(GICD_TYPER);
}

/* A word of 32 interrupts' */
static void gic_read(void)
{
	read32(GICD_ISENABLER(1));
}

static void gic_write(void)
{
	write32(GICD_ISENABLER(1), SPI_BIT(IRQ_EDGE));
}

/* What is waited for are counts of guest_irq(), which are volatile */
static inline __attribute__((always_inline)) void wait_for_one(unsigned long cpu, unsigned int intid, unsigned int before)
{
	while (gic_page()->count[cpu][IRQ_SLOT(intid)] == before)
		wait_a_bit();
}

static void timer_now(void)
{
	unsigned int before = gic_page()->count[0][IRQ_VIRT];

	timer_start(0, 0);
	wait_for_one(0, IRQ_VIRT, before);
}

/* 20 us of sleep, so that the host has time to fall asleep, too */
static void timer_wfi(void)
{
	unsigned int before = gic_page()->count[0][IRQ_VIRT];

	timer_start(0, guest_page(0)->freq / 50000);
	while (gic_page()->count[0][IRQ_VIRT] == before)
		asm volatile("wfi" ::: "memory");
}

static void sgi_to_other(void)
{
	unsigned int before = gic_page()->count[1][0];

	send_sgi(0, 1);
	wait_for_one(1, 0, before);
}

static inline __attribute__((always_inline)) void lpi(unsigned int event)
{
	volatile struct guest_gic *g = gic_page();
	unsigned int before = g->count[0][IRQ_SLOT(IRQ_LPI + event)];

	g->send++;
	wait_for_one(0, IRQ_LPI + event, before);
}

static void lpi_irqfd(void)
{
	lpi(LPI_IRQFD);
}

static void lpi_msi(void)
{
	lpi(LPI_MSI);
}

/* What of an LPI by irqfd is no interrupt: to tell the VMM, and its system call */
static void no_lpi(void)
{
	volatile struct guest_gic *g = gic_page();
	unsigned int before = g->answer;

	g->send++;
	while (g->answer == before)
		wait_a_bit();
}

static void bench_gic(void)
{
	MEASURE(50, hypercall);
	MEASURE(60, gic_read);
	MEASURE(70, gic_write);
	MEASURE(80, timer_now);
	MEASURE(90, timer_wfi);
	MEASURE(130, gic_read_one);
}

/* vCPU 1 takes SGIs, and then leaves its CPU to the VMM's thread that sends */
static void bench_gic_two(unsigned long cpu)
{
	volatile struct guest_gic *g = gic_page();

	if (cpu) {
		guest_page(cpu)->iterations = 1;
		while (!g->bench_over)
			wait_a_bit();
		for (;;)
			asm volatile("wfi" ::: "memory");
	}
	MEASURE(100, sgi_to_other);
	g->bench_over = 1;
	g->kind = SEND_IRQFD;
	write32(GUEST_SEND, 1);
	MEASURE(110, lpi_irqfd);
	g->kind = SEND_MSI;
	MEASURE(120, lpi_msi);
	g->kind = SEND_NOTHING;
	MEASURE(140, no_lpi);
	g->kind = SEND_NO_MORE;
	g->send++;
}

void guest_bench(volatile struct guest_cpu *p, unsigned long cpu)
{
	if (!(p->work & GUEST_WORK_GIC))
		bench_exits(p);
	else if (gic_page()->nr_vcpus == 1)
		bench_gic();
	else
		bench_gic_two(cpu);
	p->iterations = BENCH_ROUNDS;
	*(volatile unsigned int *)GUEST_DONE = 1;
}
