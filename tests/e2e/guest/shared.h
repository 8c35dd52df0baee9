/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the checking guest and its VMM share: one page per vCPU, and the device addresses.
 */
#ifndef GUEST_SHARED_H
#define GUEST_SHARED_H

#define GUEST_CODE	0x80000000	/* the guest's image, then stacks */
#define GUEST_CPUS	0x80100000	/* struct guest_cpu, 4 KiB apart */
#define GUEST_SVE	0x80110000	/* what SVE registers held, 16 KiB apart */
#define GUEST_GIC	0x80180000	/* struct guest_gic */
#define GUEST_TABLES	0x80200000	/* the GIC's tables, see gicinit.c */
#define GUEST_DATA	0x80400000	/* per-vCPU pattern area */
#define GUEST_DIST	0x08000000	/* distributor; GICv3: ITS, redistributors 128 KiB apart */
#define GUEST_ITS	0x08080000
#define GUEST_REDIST	0x080a0000
#define GUEST_CPUIF	0x08010000	/* GICv2: CPU interface */
#define GUEST_ECHO	0x0a000000	/* + 8 * vCPU: a load gives 3 * (last stored) + 1 */
#define GUEST_DONE	0x0a002000	/* a store ends the run */
#define GUEST_ACK	0x0a001000	/* + 8 * vCPU: a store takes the interrupt line down */
#define GUEST_SEND	0x0a003000	/* a store: the VMM begins to look at guest_gic.send */

/* guest_cpu.work, bits: what an iteration does besides checking registers and memory */
#define GUEST_WORK_MMIO	1U
#define GUEST_WORK_WFI	2U
#define GUEST_WORK_HVC	4U
#define GUEST_WORK_BENCH	8U	/* instead of everything else: guest_bench() once */
#define GUEST_WORK_BALLOON	0x20000000U	/* a word in each page of the balloon: the VMM takes pages away at any time */
#define GUEST_WORK_TIMER	16U	/* the VMM is the interrupt controller: timers' levels are the vCPU's line */
#define GUEST_WORK_TOUCH	32U	/* first of all, one word of each page */
#define GUEST_WORK_GIC	64U	/* there is a GICv3 with an ITS, or a GICv2; each round checks interrupts, or all benchmarks are about it */
#define GUEST_WORK_SVE	0x40000000U	/* SVE registers too, at each vector length in turn */

#define BENCH_ROUNDS	512
#define BENCH_MAX	16
#define GUEST_VCPUS	8	/* at most */

/* Interrupts. SGIs: number of the sending vCPU. LPIs are events 0, 1, ... of device GUEST_DEVICE */
#define IRQ_SHARED	8U	/* GICv2: the SGI that all send to one; counted by who sent it, from here on */
#define IRQ_VIRT	27U
#define IRQ_PHYS	30U
#define IRQ_SOFT	40U	/* + vCPU: edge, made pending by the guest itself */
#define IRQ_EDGE	48U	/* the VMM's irqfd */
#define IRQ_LEVEL	49U	/* the VMM's KVM_IRQ_LINE */
#define IRQ_LPI		8192U
#define LPI_IRQFD	0U
#define LPI_MSI		1U	/* KVM_SIGNAL_MSI */
#define LPI_INT		2U	/* the ITS' INT command */
#define GUEST_DEVICE	5U
#define IRQ_SLOTS	80	/* below 64: INTID; from 64 on: LPIs */
#define IRQ_SLOT(intid)	((intid) < IRQ_LPI ? (intid) : 64 + (intid) - IRQ_LPI)

/* guest_gic.kind */
#define SEND_NO_MORE	0U
#define SEND_IRQFD	1U	/* LPI_IRQFD */
#define SEND_MSI	2U	/* LPI_MSI */
#define SEND_NOTHING	3U	/* signal an eventfd that is nobody's, and answer */

/* guest_cpu.error */
#define GUEST_ERR_REGS		1
#define GUEST_ERR_MEMORY	2
#define GUEST_ERR_COUNTER	3
#define GUEST_ERR_MMIO		4
#define GUEST_ERR_HVC		5
#define GUEST_ERR_EXCEPTION	6
#define GUEST_ERR_TIMER		7
#define GUEST_ERR_IRQ		8	/* detail: what, INTID, what was seen */
#define GUEST_ERR_BALLOON	33
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
	/* guest: virtual counter at the two markers of each benchmark, by the first one's number / 10 */
	unsigned long times[BENCH_MAX][2];
	/* VMM, before the start: GUEST_WORK_BALLOON */
	unsigned long balloon, balloon_pages;
};

/* Each word has one writer */
struct guest_gic {
	unsigned int nr_vcpus, v2;		/* VMM, before the start; v2: a GICv2, without LPIs */
	unsigned int ready[GUEST_VCPUS];	/* guest: the vCPU's CPU interface is on */
	unsigned int dist_ready, its_ready, bench_over;
	unsigned int kind, send;		/* guest: send one of SEND_* each time that @send changes */
	unsigned int answer;			/* VMM: to SEND_NOTHING */
	unsigned int count[GUEST_VCPUS][IRQ_SLOTS];	/* guest: taken by that vCPU */
	unsigned int want[GUEST_VCPUS][IRQ_SLOTS];	/* guest, the one who sends: how many there have to be */
};
#endif
#endif
