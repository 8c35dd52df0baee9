/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine of two CPUs in user space around the nucleus' calls (hcall.c, mem.c, mmu.c, vm.c, guest_mem.c as they are), and
 * what the invariants of docs/design.md say about it, checked page by page after each call. There is no world switch:
 * a guest that runs is a callback.
 */
#ifndef KEEL_TESTS_UNIT_NUCLEUS_WORLD_H
#define KEEL_TESTS_UNIT_NUCLEUS_WORLD_H

#include "nvhe/mem.h"
#include "nvhe/vm.h"

#define PAGE		4096ULL
#define RAM0		0x40000000ULL		/* 4 MiB; the nucleus lives in the first 3 */
#define RAM0_PAGES	1024
#define RAM1		0xc0000000ULL		/* 2 MiB */
#define RAM1_PAGES	512
#define HOST0		(RAM0 + (3ULL << 20))	/* first page of the host */
#define HOST0_PAGES	256

/* Mode KEEL_FEAT_NVHE or _PROTECTED; parange: ID_AA64MMFR0_EL1.PARange. Ends the test on failure */
void world_start(u32 mode, u64 parange, u64 pool_pages);
int world_boot(u32 mode, u64 parange, u64 pool_pages);	/* the same, tells */
int world_boot_setup(u32 mode, u64 parange, u64 pool_pages);	/* not finalised: SETUP */
/* Who makes the next calls: CPU 0 or 1. The one before */
u32 world_on_cpu(u32 cpu);
bool world_cpu_final(void);
/* Called while a guest runs on this CPU, if set */
extern void (*world_in_guest)(void);
/* Invariants 1, 2, that every page the nucleus owns is somewhere, and that no lock is held */
void world_check(void);
/* Everything a refused call must leave alone, as one number */
u64 world_sum(void);
/* Host writes to one of its own pages; false if stage-2 does not let it */
bool world_host_write(u64 pa, u64 value);
bool world_page_is_zero(u64 pa);

struct nuc_vm *world_vm(u32 handle);	/* NULL if there is none */

#endif
