/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the checking guest and its VMM share: one page per vCPU, and the device addresses.
 */
#ifndef GUEST_SHARED_H
#define GUEST_SHARED_H

#define GUEST_CODE	0x80000000	/* the guest's image, then stacks */
#define GUEST_CPUS	0x80100000	/* struct guest_cpu, 4 KiB apart */
#define GUEST_SVE	0x80110000	/* what SVE registers held, 16 KiB apart */
#define GUEST_DATA	0x80200000	/* per-vCPU pattern area */
#define GUEST_ECHO	0x0a000000	/* + 8 * vCPU: a load gives 3 * (last stored) + 1 */
#define GUEST_DONE	0x0a002000	/* a store ends the run */
#define GUEST_ACK	0x0a001000	/* + 8 * vCPU: a store takes the interrupt line down */

/* guest_cpu.work, bits: what an iteration does besides checking registers and memory */
#define GUEST_WORK_MMIO	1U
#define GUEST_WORK_WFI	2U
#define GUEST_WORK_HVC	4U
#define GUEST_WORK_BENCH	8U	/* instead of everything else: guest_bench() once */
#define GUEST_WORK_TIMER	16U	/* the VMM is the interrupt controller: timers' levels are the vCPU's line */
#define GUEST_WORK_TOUCH	32U	/* first of all, one word of each page */
#define GUEST_WORK_SVE	0x40000000U	/* SVE registers too, at each vector length in turn */

#define BENCH_ROUNDS	512

/* guest_cpu.error */
#define GUEST_ERR_REGS		1
#define GUEST_ERR_MEMORY	2
#define GUEST_ERR_COUNTER	3
#define GUEST_ERR_MMIO		4
#define GUEST_ERR_HVC		5
#define GUEST_ERR_EXCEPTION	6
#define GUEST_ERR_TIMER		7
#define GUEST_ERR_SVE		32


#ifndef __ASSEMBLER__
/* start32.S knows it by offsets */
struct guest_cpu {
	/* VMM, before the start */
	unsigned long work, words, data;
	/* guest */
	unsigned long iterations, max_gap, freq, error, detail[3];
	/* VMM sets it, the guest clears it: forget max_gap */
	unsigned long forget_gap;
};
#endif
#endif
