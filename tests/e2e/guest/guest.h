/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest's own files know of each other.
 */
#ifndef GUEST_H
#define GUEST_H

#include "shared.h"

unsigned long check_registers(unsigned long seed, unsigned long spins);
void hold_sve(unsigned long seed, unsigned long spins, void *held);
void guest_main(unsigned long cpu);
void guest_exception(unsigned long esr, unsigned long elr, unsigned long far);
void guest_irq(void);
volatile struct guest_cpu *guest_page(unsigned long cpu);
unsigned long guest_this_cpu(void);
unsigned long guest_counter(void);
void guest_fail(volatile struct guest_cpu *p, unsigned int error, unsigned long a, unsigned long b, unsigned long c);
void timer_start(int phys, unsigned long ticks);
int timer_stop(int phys);
void guest_bench(volatile struct guest_cpu *p, unsigned long cpu);
void gic_check(unsigned long cpu, unsigned long n);

#endif
