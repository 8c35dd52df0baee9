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
void guest_bench(volatile struct guest_cpu *p);

#endif
