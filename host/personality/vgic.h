/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The in-kernel GIC among its own files: vgic.c (interrupts, lists, list registers), vgicdev.c (the GICv3 as a device and
 * its attributes), vgicv2.c (the same of a GICv2), vgicmmio.c (distributor and redistributor frames), vgicsys.c (CPU
 * interface), vgicstate.c (records), and the ITS, which brings LPIs. Everybody else includes irqchip.h.
 *
 * Locks, outermost first:
 *	vm->lock		configuration; the device's attributes
 *	pvcpu->running		held over KVM_RUN; the device's register attributes try all of them (-EBUSY)
 *	vgic->reach		one thread at a time keeps other vCPUs out of the guest, see vgic_irq_reach()
 *	vgic_cpu->lock		hardirq-safe; of two, the one with the lower index first
 *
 * An interrupt has no lock of its own: it has a home, the vCPU whose lock guards it and on whose list it is. Private
 * interrupts are at home with their vCPU for ever. Others move to where they are routed, when they are neither active nor
 * in a list register; who changes the home holds the locks of both.
 */
#ifndef KEEL_PERSONALITY_VGIC_H
#define KEEL_PERSONALITY_VGIC_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "core/vgic.h"

struct kvm_device_attr;
struct pvm;
struct pvcpu;
struct vgic_cpu;

/**
 * struct vgic_irq - an interrupt and where it is
 * @s: its state; the home's lock
 * @home: whose lock guards it, never NULL. Read without a lock it is a hint, see vgic_irq_lock()
 * @target: where it is routed; NULL: to no vCPU there is, it stays pending where it is
 * @node: in home->list while keel_irq_wants_lr() or listed; empty otherwise
 * @route: GICD_IROUTER<n> as the guest wrote it: Aff2.Aff1.Aff0. GICv2: GICD_ITARGETSR<n>, of a shared one
 */
struct vgic_irq {
	struct keel_irq s;
	u32 route;
	struct vgic_cpu *home, *target;
	struct list_head node;
};

#define VGIC_DIRTY		BIT(0)	/* the list registers have to be made anew before the next entry */
#define VGIC_KEEP_OUT		BIT(1)	/* somebody needs them to be right: wait for vgic->reach before entering */

/**
 * struct vgic_cpu - one vCPU's side: redistributor, CPU interface, what is to be delivered to it
 * @lock: the interrupts that are at home here, @list, @in_lr, @nr_lr, @ended
 * @v: the vCPU
 * @list: struct vgic_irq by node
 * @in_lr: by list register: what is in it. NULL: nothing, or an LPI that is gone
 * @nr_lr: list registers given out, as the page's vgic.used
 * @todo: VGIC_*, changed under @lock
 * @in_guest: the list registers in the page may be wrong; written by the vCPU's thread only
 * @linked: the interrupt with a physical one behind it: the virtual timer's; NULL: none
 * @ended: INTIDs of level-sensitive SPIs that the guest has finished with, for those who want to know
 * @region, @slot: redistributor region and place in it; -1: none yet
 * @pendbaser, @lpis_enabled: GICR_PENDBASER, GICR_CTLR.EnableLPIs
 * @pri_bits, @id_bits: of ICC_CTLR_EL1, at most what the CPU has
 */
struct vgic_cpu {
	raw_spinlock_t lock;	/* see above; order: index of the vCPU */
	struct pvcpu *v;
	struct list_head list;
	struct vgic_irq *in_lr[KEEL_GIC_LRS];
	u8 nr_lr;
	u8 nr_ended;
	u8 todo;
	bool in_guest;
	struct vgic_irq *linked;
	u16 ended[KEEL_GIC_LRS];
	struct vgic_irq irqs[KEEL_GIC_PRIVATE];
	int region, slot;
	u64 pendbaser;
	bool lpis_enabled;
	u8 pri_bits, id_bits;
};

/* One run of redistributors (KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION); count 0: KVM_VGIC_V3_ADDR_TYPE_REDIST, as many as needed */
struct vgic_region {
	u64 base;
	u32 count, used;
	struct pvcpu **vcpus;	/* by slot; made at the first run */
};

#define VGIC_NO_ADDR		(~0ULL)
#define VGIC_REGIONS_MAX	64

/**
 * struct vgic - the VM's GIC; pvm->vgic, there from KVM_CREATE_DEVICE to the VM's end
 * @reach: see vgic_irq_reach()
 * @v2: a GICv2, otherwise a GICv3
 * @vtr: ICH_VTR_EL2 of the host's CPUs, GICv2: GICH_VTR; @nr_lrs: list registers of theirs
 * @ready: KVM_DEV_ARM_VGIC_CTRL_INIT was done: @spis is there. Set last, read without a lock
 * @mapped: the frames are where the guest finds them: a vCPU has run
 * @to_map: an import has to map them
 * @enabled: GICD_CTLR.EnableGrp1, GICv2: EnableGrp0, which is both groups'
 * @nr_irqs: SGIs, PPIs and SPIs; 0: not chosen yet
 * @revision: GICD_IIDR.Revision; 0: not chosen yet
 * @has_its: an ITS was created: there are LPIs (GICD_TYPER.LPIS)
 * @cpu_base: GICv2: guest address of the CPU interface
 * @groups: GICv2: the VMM knows of groups, for it has written GICD_IIDR
 * @propbaser: GICR_PROPBASER, one for all
 * @lpi: the ITS' own
 */
struct vgic {
	struct mutex reach;	/* see above */
	struct pvm *pvm;
	u64 vtr;
	u8 nr_lrs;
	bool v2, groups;
	bool ready, mapped, to_map, enabled, has_its;
	u8 revision;
	u32 nr_irqs;
	struct vgic_irq *spis;
	u64 dist_base, cpu_base;
	u32 nr_regions;
	struct vgic_region regions[VGIC_REGIONS_MAX];
	u64 propbaser;
	struct vgic_lpi *lpi;
};

/* ---- vgic.c: interrupts ---------------------------------------------------------------------------------------- */

/* The private (with @v) or shared interrupt of that number; NULL: none. LPIs are the ITS' */
struct vgic_irq *vgic_irq_find(struct pvm *pvm, struct pvcpu *v, u32 intid);
/* The vCPU with these affinities (Aff3.Aff2.Aff1.Aff0, 8 bits each, as in GICD_IROUTER<n> and GICR_TYPER); NULL: none */
struct pvcpu *vgic_vcpu_by_affinity(struct pvm *pvm, u32 affinity);

/* Of a vCPU, likewise */
u32 vgic_affinity(const struct pvcpu *v);
/* The vCPU has to look at all of its interrupts before it enters; @self: whose thread this is, or NULL. Any context */
void vgic_look(struct pvcpu *v, struct pvcpu *self);

/* Lock the interrupt, which means its home. Hardirqs are off until it is unlocked */
struct vgic_cpu *vgic_irq_lock(struct vgic_irq *irq, unsigned long *flags);
/* Nothing has changed */
void vgic_irq_unlock(struct vgic_cpu *home, unsigned long flags);

/**
 * vgic_irq_commit() - unlock an interrupt that has changed, and see to it that it gets where it has to
 * @irq: locked
 * @self: the vCPU whose thread this is, or NULL: it looks before it enters, everybody else is made to
 * @flags: of vgic_irq_lock()
 */
void vgic_irq_commit(struct vgic_irq *irq, struct pvcpu *self, unsigned long flags);

/* What vgic_irq_reach() leaves for vgic_irq_unreach() */
struct vgic_reach {
	unsigned long flags;
	struct vgic_cpu *kept_out;
};

/**
 * vgic_irq_reach() - lock an interrupt, out of its list register if it was in one
 * @irq: the interrupt; irq->s says all there is to say until vgic_irq_unreach()
 * @self: the vCPU whose thread this is; NULL: not a vCPU's thread, and none is in the guest
 * @r: filled in
 *
 * A vCPU that is in the guest with @irq in a list register is brought out and kept out meanwhile. Sleeps; no lock but
 * vm->lock held.
 */
void vgic_irq_reach(struct vgic_irq *irq, struct pvcpu *self, struct vgic_reach *r);
/* As vgic_irq_commit() */
void vgic_irq_unreach(struct vgic_irq *irq, struct pvcpu *self, struct vgic_reach *r);
/* Route it: GICD_IROUTER<n>, Aff2.Aff1.Aff0 */
void vgic_irq_route(struct vgic_irq *irq, struct pvcpu *self, u32 route);
/* GICv2: GICD_ITARGETSR<n>, @targets of vCPUs there are: to the first of them, or vCPU 0 */
void vgic_irq_target(struct vgic_irq *irq, struct pvcpu *self, u8 targets);

/* ---- vgic.c: what the ITS needs. None of these sleeps; any context; the caller sees to it that @irq stays ------- */

/* A new LPI, disabled, not pending, routed to no vCPU. It must not be found by others yet */
void vgic_lpi_init(struct pvm *pvm, struct vgic_irq *irq, u32 intid);
/* An MSI came in (true), or CLEAR, or the pending table said so */
void vgic_lpi_set_pending(struct vgic_irq *irq, bool pending);
/* Pending, as last known: exact once no vCPU is in the guest and vgic_fold_all() was called */
bool vgic_lpi_is_pending(struct vgic_irq *irq);
/* From its entry in the configuration table */
void vgic_lpi_configure(struct vgic_irq *irq, u8 priority, bool enabled);
/* MOVI, MAPC, MOVALL; @to NULL: to no vCPU */
void vgic_lpi_route(struct vgic_irq *irq, struct pvcpu *to);
/* Off all lists and list registers: the memory may be reused after a grace period of the caller's */
void vgic_lpi_remove(struct vgic_irq *irq);

/* All list registers of all vCPUs back into struct vgic_irq. No vCPU is in the guest (closed gate, or pvcpu->running held) */
void vgic_fold_all(struct pvm *pvm);

/* ---- its.c, irqfd.c: what the vGIC calls -------------------------------------------------------------------------- */

/* GICR_CTLR.EnableLPIs was written, and changed: vCPU's thread, may sleep. On: read the pending table; off: forget what is pending */
void lpi_enable(struct pvcpu *v, bool on);
/* GICR_INVLPIR, GICR_INVALLR: read the configuration table again, for one (of 8192 and more) or all of this vCPU's */
void lpi_invalidate(struct pvcpu *v, u32 intid);
void lpi_invalidate_all(struct pvcpu *v);
/* KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, vm->lock and all pvcpu->running held, vgic_fold_all() was done */
int lpi_save_pending(struct pvm *pvm);
/* The vgic is freed: vgic->lpi goes too, no vCPU is there any more */
void lpi_free(struct pvm *pvm);
/* The guest has deactivated a level-sensitive SPI (KVM_IRQFD_FLAG_RESAMPLE): vCPU's thread, may sleep */
void irqfd_ended(struct pvm *pvm, u32 intid);

/* ---- vgic.c: life ------------------------------------------------------------------------------------------------- */

int vgic_create(struct pvm *pvm, u64 vtr, bool v2);
int vgic_create_spis(struct vgic *g);
/* An interrupt of that VM as out of reset */
void vgic_irq_reset(const struct vgic *g, struct keel_irq *s, u32 intid);
/* An interrupt of an import: on its home's list if it has to be. The VM does not run yet */
void vgic_irq_adopt(struct vgic_irq *irq);

/* vgicsys.c: the guest sees a GIC's system registers */
bool vgic_shown(const struct pvm *pvm);

/* ---- vgicdev.c ---------------------------------------------------------------------------------------------------- */

int vgic_map(struct vgic *g);
/* KVM_CREATE_DEVICE: -EEXIST, -EBUSY: a vCPU runs or has run, -ENOMEM. vm->lock held */
int vgic_device_create(struct pvm *pvm, u64 vtr, bool v2);
/* KVM_DEV_ARM_VGIC_CTRL_INIT, once: no more vCPUs from here on. -ENODEV: there is none, -ENOMEM. vm->lock held */
int vgic_device_init(struct vgic *g);
/* KVM_DEV_ARM_VGIC_GRP_NR_IRQS */
long vgic_nr_irqs(struct vgic *g, bool write, const struct kvm_device_attr *a);
/* Keep all vCPUs out of KVM_RUN: 0, -EBUSY: one is in it. vm->lock held until vgic_resume_all() */
int vgic_pause_all(struct pvm *pvm);
void vgic_resume_all(struct pvm *pvm);
/* Is [@addr, @addr + @size) free of the distributor's and redistributors' frames, as far as they are known */
bool vgic_frames_free(struct pvm *pvm, u64 addr, u64 size);
/* A guest address for a frame, of a GICv3's alignment or another: 0, -EINVAL misaligned or wraps, -E2BIG beyond the IPA space */
int vgic_check_frame(struct pvm *pvm, u64 addr, u64 size);
int vgic_check_range(struct pvm *pvm, u64 addr, u64 size, u64 align);

/* ---- vgicv2.c ----------------------------------------------------------------------------------------------------- */

/* The host's GICH_VTR; -ENODEV: it has no GICv2 */
s64 vgicv2_vtr(void);
/* As vgic_first_run(), of a GICv2 */
int vgicv2_first_run(struct vgic *g);

#endif
