// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checking guest as a yardstick: does one thing BENCH_ROUNDS times between two markers that a TCG plugin sees
 * (tests/bench/plugin.c). Each thing is done a few times before it is measured, so that what is set up on
 * first use (page tables, translations) is not in the figure.
 */
#include "guest.h"
#include "shared.h"

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

void guest_bench(volatile struct guest_cpu *p)
{
	unsigned long at = p->data;

	rounds(nothing, 8);
	MARK(10);
	rounds(nothing, BENCH_ROUNDS);
	MARK(11);
	rounds(hypercall, 8);
	MARK(20);
	rounds(hypercall, BENCH_ROUNDS);
	MARK(21);
	rounds(device_read, 8);
	MARK(30);
	rounds(device_read, BENCH_ROUNDS);
	MARK(31);
	touch(&at, 8);
	MARK(40);
	touch(&at, BENCH_ROUNDS);
	MARK(41);
	p->iterations = BENCH_ROUNDS;
	*(volatile unsigned int *)GUEST_DONE = 1;
}
