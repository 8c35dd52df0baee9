/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layout that assembly relies on. Every number here is asserted against the C structures in switch.c or init.c.
 */
#ifndef KEEL_NVHE_OFFSETS_H
#define KEEL_NVHE_OFFSETS_H

/* struct keel_vcpu_page */
#define PAGE_REGS		88
#define PAGE_SP_EL0		336
#define PAGE_FPSR		1296
#define PAGE_FPCR		1304
#define PAGE_VREGS		1312
#define PAGE_APIAKEYLO		624

/* struct keel_boot, struct keel_boot_cpu */
#define BOOT_CPUS		17520
#define BOOT_CPU_PA		8
#define BOOT_CPU_SHIFT		4

/* CPU memory: guard page, stack, struct nuc_cpu */
#define CPU_DATA_OFFSET		0x3000

/* struct nuc_cpu */
#define CPU_STUB_VBAR		8
#define CPU_STUB_SCTLR		16
#define CPU_HOST_KEYS		24

/* struct nuc_frame */
#define FRAME_ELR		248
#define FRAME_SPSR		256
#define FRAME_SIZE		272

/* struct nuc_init_params */
#define INIT_TTBR		0
#define INIT_TCR		8
#define INIT_MAIR		16
#define INIT_SCTLR		24
#define INIT_VA_OFFSET		32

#endif
