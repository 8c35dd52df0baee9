/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the anchor tells the nucleus once, before the nucleus owns EL2: mode, memory, CPUs, RAM.
 *
 * Written by the host, which is trusted up to finalise; read by the boot CPU only, checked, and copied: nothing
 * of it is looked at again. Anchor and nucleus are built together (KEEL_BOOT_VERSION must match exactly).
 */
#ifndef KEEL_ABI_BOOT_H
#define KEEL_ABI_BOOT_H

#include "core/port.h"

#define KEEL_BOOT_MAGIC		0x746f6f626c65656bULL	/* "keelboot" */
#define KEEL_BOOT_VERSION	1

#define KEEL_MAX_CPUS		256
#define KEEL_MAX_REGIONS	64
#define KEEL_MAX_CHUNKS		1024

/* Each CPU's own memory, physically contiguous: a guard page that EL2 never maps, the stack, struct nuc_cpu */
#define KEEL_CPU_GUARD_PAGES	1
#define KEEL_CPU_STACK_PAGES	2
#define KEEL_CPU_DATA_PAGES	1
#define KEEL_CPU_PAGES		4	/* alloc_pages order 2 */

/* One CPU that may ever run: index in @cpus is the CPU number the nucleus uses */
struct keel_boot_cpu {
	u64 mpidr;	/* affinity fields of MPIDR_EL1 (Aff3..Aff0); ~0 if not known yet: bound at its first call */
	u64 pa;		/* KEEL_CPU_PAGES pages */
};

/* A range of RAM, page aligned, ascending, not overlapping */
struct keel_boot_region {
	u64 base;
	u64 size;
};

/*
 * Ownership records of 1 GiB of physical address space: KEEL_CHUNK_SIZE bytes of zeroes, contiguous and naturally
 * aligned. One for each GiB that has RAM, ascending: 1/1024 of RAM, and never more than 1 MiB in one piece.
 */
#define KEEL_CHUNK_SIZE		0x100000UL
#define KEEL_CHUNK_SHIFT	30

struct keel_boot_chunk {
	u64 gib;	/* physical address >> KEEL_CHUNK_SHIFT */
	u64 pa;
};

/*
 * Entry points of nucleus.bin, in the order of the hyp-reloc --entry options (nvhe/Makefile). Physical address
 * of each: image_pa + offset.
 */
enum keel_image_entry_nr {
	KEEL_ENTRY_TAKEOVER,
	KEEL_ENTRY_NR,
};

/*
 * Take-over of one CPU: the kernel stub's HVC_SOFT_RESTART with KEEL_ENTRY_TAKEOVER as its target, so that the code
 * there finds EL2 as the kernel left it, MMU off, ELR_EL2 and SPSR_EL2 leading back to the caller:
 * x0 = physical address of struct keel_boot, x1 = index of this CPU, x2 = 1 on the first CPU, which builds the tables.
 * Returns to EL1 with 0 or a negative errno in x0; x1-x17, x19-x22 and x30 are clobbered. On an error EL2 of this CPU is
 * as it was before.
 */

struct keel_boot {
	u64 magic;
	u32 version;
	u32 size;		/* sizeof(struct keel_boot) */
	u32 mode;		/* one of KEEL_FEAT_NVHE, KEEL_FEAT_PROTECTED, KEEL_FEAT_VHE */
	u32 nr_cpus;

	/* The image as placed and relocated; sizes in bytes. Segments: text, rodata, data+bss, page aligned */
	u64 image_pa;
	u64 image_size;
	u64 rodata_offset;
	u64 data_offset;

	/* EL2 address = physical address + va_offset, modulo 2^48; multiple of 4 KiB */
	u64 va_offset;

	/* First pages of the page-table pool (EL2 stage-1, host stage-2); contiguous */
	u64 pool_pa;
	u64 pool_pages;

	/* Where a broken invariant is told: text (NUL terminated), and the EL1 function that prints it and dies */
	u64 log_pa;
	u64 log_size;
	u64 panic_entry;	/* kernel virtual address; x0 = nucleus' text length */

	u32 nr_regions;
	u32 nr_chunks;
	struct keel_boot_region regions[KEEL_MAX_REGIONS];
	struct keel_boot_chunk chunks[KEEL_MAX_CHUNKS];
	struct keel_boot_cpu cpus[KEEL_MAX_CPUS];
};

/* Pages behind a struct keel_boot in host memory: physically contiguous */
#define KEEL_BOOT_PAGES		((sizeof(struct keel_boot) + 4095) / 4096)

#endif
