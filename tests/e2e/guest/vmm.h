/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMM's files know of each other. vmm.c has the VM, vmmgic.c what it has of interrupts if there is a GIC.
 */
#ifndef VMM_H
#define VMM_H

#include <signal.h>
#include <stdbool.h>

#include "shared.h"

extern int vm_fd;
extern volatile sig_atomic_t stop;

void die(const char *what);
/* Where the VMM sees guest memory */
void *guest_at(unsigned long addr);

/* The calling thread stays on that CPU */
void stay_on(int cpu);

/* GIC, ITS, routes and irqfds; all vCPUs are there */
void gic_create(unsigned int nr_vcpus);
/* A thread sends until gic_finish(): interrupts of each kind by turns, each awaited; with @asked what the guest asks for */
void gic_start(bool asked);
/* The guest begins to ask */
void gic_asked(void);
/* The level-triggered SPI's line goes down */
void gic_ack(void);
/* After stop. True: all that was sent has come, once */
bool gic_finish(void);

#endif
