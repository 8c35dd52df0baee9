/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A GICv2's CPU interface as the hypervisor has it (GICH_*), as a VMM reads and writes it (GICC_*), and what a write to
 * GICD_SGIR asks for (GIC architecture specification 2.0, IHI 0048B, chapters 4 and 5).
 *
 * Everybody else knows list registers of a GICv3 with memory-mapped CPU interface (ICH_LR<n>_EL2, IHI 0069, 12.4.5, where
 * bits 12:10 are the source of an SGI): GICH_LR<n> has the same fields in fewer bits. GICH_VMCR, GICH_HCR and GICH_MISR
 * have theirs where ICH_VMCR_EL2, ICH_HCR_EL2 and ICH_MISR_EL2 have them.
 */
#ifndef KEEL_CORE_GICV2_H
#define KEEL_CORE_GICV2_H

#include "core/vgic.h"

#define KEEL_GIC2_CPUS		8U	/* CPU interfaces, at most */
#define KEEL_GICC_SIZE		0x2000U

/* GICC_*, offsets in the CPU interface's frame */
#define KEEL_GICC_CTLR		0x00U
#define KEEL_GICC_PMR		0x04U
#define KEEL_GICC_BPR		0x08U
#define KEEL_GICC_ABPR		0x1cU
#define KEEL_GICC_APR0		0xd0U	/* to APR3 */
#define KEEL_GICC_IIDR		0xfcU

/* GICH_VTR: list registers that are used of those there are */
#define KEEL_GICH_LRS(vtr)	(((vtr) & 0x3f) + 1 > KEEL_GIC_LRS ? KEEL_GIC_LRS : ((vtr) & 0x3f) + 1)

/**
 * keel_gich_lr() - a list register as GICH_LR<n>
 * @lr: as ICH_LR<n>_EL2; five bits of priority, INTIDs below 1024
 *
 * Virtual INTID and source 12:0; physical INTID, of whose bits EOI is one, 19:10; priority 27:23; pending 28; active 29;
 * group 30; HW 31.
 */
static inline u32 keel_gich_lr(u64 lr)
{
	return (lr & 0x1fff) | (lr >> KEEL_LR_PHYS_SHIFT & 0x3ff) << 10 | (lr >> (KEEL_LR_PRIO_SHIFT + 3) & 0x1f) << 23 |
	       (lr >> 62 & 3) << 28 | (lr >> 60 & 3) << 30;
}

/* @lr after the CPU had it as @gich: it changes the state and nothing else */
static inline u64 keel_gich_lr_back(u64 lr, u32 gich)
{
	return (lr & ~KEEL_LR_STATE) | (u64)(gich >> 28 & 3) << 62;
}

/**
 * keel_gicc_get() - what a VMM reads of a CPU interface
 * @vmcr: GICH_VMCR
 * @apr: GICH_APR
 * @offset: of the register, anything
 * @val: the value; GICC_PMR in 5 bits, as KVM has it (arm-vgic.rst)
 *
 * Return: 0; -ENXIO: no such register.
 */
int keel_gicc_get(u64 vmcr, u32 apr, u32 offset, u32 *val);

/* Restore one, likewise; what GICC_IIDR and APR1 to APR3 are given is ignored */
int keel_gicc_set(u64 *vmcr, u32 *apr, u32 offset, u32 val);

/**
 * keel_sgir_targets() - who is to get an SGI
 * @val: as written to GICD_SGIR
 * @self: number of the writing vCPU
 * @cpus: vCPUs there are, 1 to KEEL_GIC2_CPUS
 *
 * Return: a bit for each vCPU; the SGI is @val's bits 3:0.
 */
u8 keel_sgir_targets(u32 val, unsigned int self, unsigned int cpus);

#endif
