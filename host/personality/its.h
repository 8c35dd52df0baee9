/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Interrupt Translation Service among its own files: lpi.c (LPIs, their tables in guest memory, messages), its.c
 * (the device and its registers), itscmd.c (commands), itstable.c (tables saved and restored), itsstate.c (records).
 *
 * Locks: vgic_lpi->lock inside vm->lock and pvcpu->running, outside of what vgic_lpi_*() take. Guest memory is read under
 * it. Messages come in any context and take no lock of ours: what they follow is freed after an RCU grace period, and an
 * LPI that has been removed cannot become deliverable again.
 */
#ifndef KEEL_PERSONALITY_ITS_H
#define KEEL_PERSONALITY_ITS_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/xarray.h>

#include "core/its.h"
#include "irqchip.h"
#include "vgic.h"

#define ITS_MAX		16
/* Events of one ITS: more than there are LPIs; a guest cannot have the host allocate for every DeviceID and EventID */
#define ITS_EVENTS_MAX	BIT(17)
#define LPI_END		BIT(KEEL_ITS_ID_BITS)

/**
 * struct lpi - an interrupt that events lead to
 * @irq: the vGIC's part
 * @refs: events that lead here
 * @rcu: messages on their way may still look at it
 */
struct lpi {
	struct vgic_irq irq;
	u32 refs;
	struct rcu_head rcu;
};

/* What MAPD says of a device */
struct its_device {
	u32 id;
	u8 bits;	/* of EventIDs */
	u64 itt;	/* guest address of its interrupt translation table */
};

/* What MAPTI says of an event. Found by messages */
struct its_event {
	struct lpi *lpi;
	u16 icid;
	struct rcu_head rcu;
};

/**
 * struct its - one ITS
 * @all: the VM's
 * @pvm: VM
 * @base: guest address of its frame, VGIC_NO_ADDR: not set. Set once
 * @enabled: GITS_CTLR.Enabled; written under the lock
 * @baser, @cbaser: GITS_BASER<n>, GITS_CBASER
 * @cwriter, @creadr: positions in the command queue, bytes
 * @devices: struct its_device by DeviceID
 * @collections: RDbase (a vCPU id, or KEEL_ITS_UNMAPPED) by ICID, as xa_mk_value()
 * @events: struct its_event by its_key()
 * @nr_events: entries in @events
 */
struct its {
	struct vgic_lpi *all;
	struct pvm *pvm;
	u64 base;
	bool enabled;
	u64 baser[KEEL_ITS_TABLES], cbaser;
	u32 cwriter, creadr;
	struct xarray devices, collections, events;
	u32 nr_events;
};

/**
 * struct vgic_lpi - LPIs and ITSs of a VM; vgic->lpi, there from the first ITS on
 * @lock: see above
 * @lpis: struct lpi by INTID
 * @its: the ITSs, by number
 * @nr_its: how many; an entry is there before it counts
 */
struct vgic_lpi {
	struct mutex lock;	/* see above */
	struct xarray lpis;
	struct its *its[ITS_MAX];
	unsigned int nr_its;
};

/* DeviceID and EventID have 16 bits each */
static inline unsigned long its_key(u32 device, u32 event)
{
	return (unsigned long)device << KEEL_ITS_ID_BITS | event;
}

/* Of a key */
static inline u32 its_key_device(unsigned long key)
{
	return key >> KEEL_ITS_ID_BITS;
}

static inline u32 its_key_event(unsigned long key)
{
	return key & (BIT(KEEL_ITS_ID_BITS) - 1);
}

/* The vCPU that an RDbase means, NULL: none. Also while an import builds the VM */
static inline struct pvcpu *its_vcpu(struct pvm *pvm, u32 rdbase)
{
	struct keel_vcpu *vcpu = keel_vcpu_by_id(pvm->vm, rdbase);

	return vcpu ? pvm->vcpu[vcpu->idx] : NULL;
}

/* ---- lpi.c: vgic_lpi->lock held */

/* Find or make the LPI, and count the event that leads to it; ERR_PTR(-ENOMEM). @made: it is new, nothing is known of it */
struct lpi *lpi_get(struct pvm *pvm, u32 intid, bool *made);
void lpi_put(struct pvm *pvm, struct lpi *lpi);
/* From the guest's tables: 0 or -EFAULT */
int lpi_read_config(struct pvm *pvm, struct lpi *lpi);
int lpi_read_pending(struct pvm *pvm, struct lpi *lpi, struct pvcpu *v);
/* INVALL, GICR_INVALLR: of all LPIs routed to @v */
void lpi_read_configs(struct pvm *pvm, struct pvcpu *v);
/* First LPI that the guest has no configuration for */
u32 lpi_end(struct pvm *pvm);
int its_trigger(struct its *its, u32 device, u32 event);

/* ---- its.c */
int its_create(struct pvm *pvm, u32 *nr);
int its_place(struct its *its, u64 addr);	/* vm->lock held; -EEXIST, -EINVAL, -E2BIG, -ENOMEM */

/* ---- itscmd.c: vgic_lpi->lock held */

/* Commands between GITS_CREADR and GITS_CWRITER; @self: the vCPU whose thread this is, or NULL */
void its_process(struct its *its, struct pvcpu *self);
/* Guest address of a table's entry, which is memory: 0, -ERANGE, -EFAULT */
int its_entry(struct its *its, enum keel_its_table table, u32 id, u64 *addr);
/* The collection's vCPU; NULL: not mapped */
struct pvcpu *its_target(struct its *its, u16 icid);
int its_map_device(struct its *its, u32 id, u8 bits, u64 itt);
int its_map_collection(struct its *its, u16 icid, u32 rdbase);
/* A new event, of an LPI whose configuration is read if it is new */
int its_map_event(struct its *its, u32 device, u32 event, u16 icid, u32 intid);
/* The same without a look at guest memory: import */
int its_add_event(struct its *its, unsigned long key, u16 icid, struct lpi *lpi);
void its_unmap_devices(struct its *its);
void its_unmap_collections(struct its *its);

/* ---- itstable.c: vgic_lpi->lock held, no vCPU runs. 0, -EFAULT, -EINVAL, -ENOMEM, -EEXIST */
int its_save_tables(struct its *its);
int its_restore_tables(struct its *its);

/* ---- itsstate.c: the last of vgic_export() and vgic_import(), and as those */
int its_export(struct pvm *pvm, struct keel_stream *s);
int its_import(struct pvm *pvm, const struct keel_record *rec);

#endif
