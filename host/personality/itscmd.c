// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of the ITS (IHI 0069, 5.3): read from the guest's queue, one after the other, as soon as GITS_CWRITER says that
 * they are there. What a command asks for that makes no sense is not done, and the next one is looked at.
 *
 * Owns devices, collections and events. Numbers are checked against the guest's tables, which have to be memory: it is
 * where they are saved for a migration.
 */
#include <linux/ktime.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "personality.h"
#include "its.h"

/* A queue of commands may take long; a swap waits no longer than that, and the rest is done at the next access */
#define PARK_NS		(100 * NSEC_PER_MSEC)

int its_entry(struct its *its, enum keel_its_table table, u32 id, u64 *addr)
{
	u64 baser = its->baser[table], entry;
	int r = keel_its_locate(baser, id, addr);

	if (!r && baser & KEEL_GITS_BASER_INDIRECT)
		r = mmu_read_guest(its->pvm, *addr, &entry, sizeof(entry)) ?: keel_its_locate_l2(entry, id, addr);
	return r ?: mmu_read_guest(its->pvm, *addr, &entry, sizeof(entry));
}

static struct its_event *find_event(struct its *its, u32 device, u32 event)
{
	return (device | event) >> KEEL_ITS_ID_BITS ? NULL : xa_load(&its->events, its_key(device, event));
}

struct pvcpu *its_target(struct its *its, u16 icid)
{
	void *entry = xa_load(&its->collections, icid);

	return entry && xa_to_value(entry) != KEEL_ITS_UNMAPPED ? its_vcpu(its->pvm, xa_to_value(entry)) : NULL;
}

static void remove_event(struct its *its, unsigned long key)
{
	struct its_event *e = xa_erase(&its->events, key);

	its->nr_events--;
	lpi_put(its->pvm, e->lpi);
	kfree_rcu(e, rcu);
}

/* An entry that is not valid any more is not found by a restore either. The device's table may be gone: no matter */
static void clear_entry(struct its *its, struct pvcpu *self, u64 addr)
{
	static const u64 none;

	if (self)
		mmu_write_guest_vcpu(self, addr, &none, sizeof(none));
	else
		mmu_write_guest(its->pvm, addr, &none, sizeof(none));
}

/* ---- devices ---- */

static void unmap_device(struct its *its, struct its_device *d)
{
	struct its_event *e;
	unsigned long key;

	xa_for_each_range(&its->events, key, e, its_key(d->id, 0), its_key(d->id + 1, 0) - 1)
		remove_event(its, key);
	xa_erase(&its->devices, d->id);
	kfree(d);
}

void its_unmap_devices(struct its *its)
{
	struct its_device *d;
	unsigned long id;

	xa_for_each(&its->devices, id, d) {
		unmap_device(its, d);
		cond_resched();
	}
}

int its_map_device(struct its *its, u32 id, u8 bits, u64 itt)
{
	struct its_device *d;
	int r;

	if (bits > KEEL_ITS_ID_BITS || id >> KEEL_ITS_ID_BITS)
		return -EINVAL;
	d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);
	if (!d)
		return -ENOMEM;
	d->id = id;
	d->bits = bits;
	d->itt = itt;
	r = xa_insert(&its->devices, id, d, GFP_KERNEL_ACCOUNT);
	if (r)
		kfree(d);
	return r == -EBUSY ? -EEXIST : r;
}

/* Mapping a device again forgets all its events */
static void cmd_mapd(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct its_device *d;
	u64 addr;

	if (its_entry(its, KEEL_ITS_DEVICES, c->device, &addr) || (c->valid && c->bits > KEEL_ITS_ID_BITS))
		return;
	d = xa_load(&its->devices, c->device);
	if (d)
		unmap_device(its, d);
	if (c->valid)
		its_map_device(its, c->device, c->bits, c->itt);
	else
		clear_entry(its, self, addr);
}

/* ---- collections ---- */

/* An LPI without a vCPU goes to the collection's, if that has one */
static void route_homeless(struct its *its, struct lpi *lpi, u16 icid)
{
	struct pvcpu *v = READ_ONCE(lpi->irq.target) ? NULL : its_target(its, icid);

	if (v)
		vgic_lpi_route(&lpi->irq, v);
}

/* To no vCPU: an LPI that an event in another collection names too is that one's then (IHI 0069, MAPTI: UNPREDICTABLE) */
static void route_collection(struct its *its, u16 icid, struct pvcpu *v)
{
	struct its_event *e;
	unsigned long key;

	xa_for_each(&its->events, key, e)
		if (e->icid == icid)
			vgic_lpi_route(&e->lpi->irq, v);
	if (v)
		return;
	xa_for_each(&its->events, key, e)
		route_homeless(its, e->lpi, e->icid);
}

int its_map_collection(struct its *its, u16 icid, u32 rdbase)
{
	if (rdbase != KEEL_ITS_UNMAPPED && !its_vcpu(its->pvm, rdbase))
		return -EINVAL;
	return xa_err(xa_store(&its->collections, icid, xa_mk_value(rdbase), GFP_KERNEL_ACCOUNT));
}

void its_unmap_collections(struct its *its)
{
	unsigned long icid;
	void *entry;

	xa_for_each(&its->collections, icid, entry) {
		xa_erase(&its->collections, icid);
		route_collection(its, icid, NULL);
	}
}

/* Place in the collection table is one of as many as the table has; a collection that is known has its place */
static int check_collection(struct its *its, u16 icid)
{
	u64 addr;

	return xa_load(&its->collections, icid) ? 0 : its_entry(its, KEEL_ITS_COLLECTIONS, icid, &addr);
}

static void cmd_mapc(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	if (!c->valid) {
		xa_erase(&its->collections, c->icid);
		route_collection(its, c->icid, NULL);
	} else if (its_vcpu(its->pvm, c->rdbase) && !check_collection(its, c->icid) &&
		   !its_map_collection(its, c->icid, c->rdbase)) {
		route_collection(its, c->icid, its_vcpu(its->pvm, c->rdbase));
	}
}

/* ---- events ---- */

int its_add_event(struct its *its, unsigned long key, u16 icid, struct lpi *lpi)
{
	struct its_event *e;
	int r;

	if (its->nr_events >= ITS_EVENTS_MAX)
		return -ENOSPC;
	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	e->lpi = lpi;
	e->icid = icid;
	r = xa_insert(&its->events, key, e, GFP_KERNEL_ACCOUNT);
	if (r) {
		kfree(e);
		return r == -EBUSY ? -EEXIST : r;
	}
	its->nr_events++;
	return 0;
}

/* A new LPI is routed, then configured, then may be pending already: nothing is delivered before it is whole */
static int set_up_lpi(struct its *its, struct lpi *lpi, struct pvcpu *v)
{
	int r;

	vgic_lpi_route(&lpi->irq, v);
	r = lpi_read_config(its->pvm, lpi);
	return r ?: v ? lpi_read_pending(its->pvm, lpi, v) : 0;
}

int its_map_event(struct its *its, u32 device, u32 event, u16 icid, u32 intid)
{
	struct lpi *lpi;
	bool made;
	int r;

	if (intid < KEEL_GIC_LPI_FIRST || intid >= lpi_end(its->pvm))
		return -EINVAL;
	lpi = lpi_get(its->pvm, intid, &made);
	if (IS_ERR(lpi))
		return PTR_ERR(lpi);
	r = made ? set_up_lpi(its, lpi, its_target(its, icid)) : 0;
	if (!r)
		r = its_add_event(its, its_key(device, event), icid, lpi);
	if (r)
		lpi_put(its->pvm, lpi);
	else
		route_homeless(its, lpi, icid);
	return r;
}

/* MAPTI and MAPI. Mapping what is mapped is UNPREDICTABLE: it stays */
static void cmd_mapti(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct its_device *d = c->device >> KEEL_ITS_ID_BITS ? NULL : xa_load(&its->devices, c->device);
	u64 entry;

	if (!d || c->event >> d->bits || find_event(its, c->device, c->event))
		return;
	if (c->intid < KEEL_GIC_LPI_FIRST || c->intid >= lpi_end(its->pvm))
		return;
	if (mmu_read_guest(its->pvm, d->itt + (u64)c->event * KEEL_ITS_ENTRY, &entry, sizeof(entry)))
		return;
	if (check_collection(its, c->icid))
		return;
	if (!xa_load(&its->collections, c->icid) && its_map_collection(its, c->icid, KEEL_ITS_UNMAPPED))
		return;
	its_map_event(its, c->device, c->event, c->icid, c->intid);
}

static void cmd_movi(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct its_event *e = find_event(its, c->device, c->event);
	struct pvcpu *to = its_target(its, c->icid);

	if (!e || !to || !its_target(its, e->icid))
		return;
	e->icid = c->icid;
	vgic_lpi_route(&e->lpi->irq, to);
}

static void cmd_movall(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct pvcpu *from = its_vcpu(its->pvm, c->rdbase), *to = its_vcpu(its->pvm, c->rdbase2);
	unsigned long intid;
	struct lpi *lpi;

	if (!from || !to || from == to)
		return;
	xa_for_each(&its->all->lpis, intid, lpi)
		if (READ_ONCE(lpi->irq.target) == from->vgic)
			vgic_lpi_route(&lpi->irq, to);
}

static void cmd_discard(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct its_event *e = find_event(its, c->device, c->event);
	struct its_device *d;

	if (!e || !its_target(its, e->icid))
		return;
	d = xa_load(&its->devices, c->device);
	remove_event(its, its_key(c->device, c->event));
	if (d)
		clear_entry(its, self, d->itt + (u64)c->event * KEEL_ITS_ENTRY);
}

static void cmd_clear(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct its_event *e = find_event(its, c->device, c->event);

	if (e)
		vgic_lpi_set_pending(&e->lpi->irq, false);
}

static void cmd_int(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	its_trigger(its, c->device, c->event);
}

static void cmd_inv(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct its_event *e = find_event(its, c->device, c->event);

	if (e)
		lpi_read_config(its->pvm, e->lpi);
}

static void cmd_invall(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c)
{
	struct pvcpu *v = its_target(its, c->icid);

	if (v)
		lpi_read_configs(its->pvm, v);
}

/* ---- the queue ---- */

/* SYNC is not there: what was asked before it has been done */
static void (*const commands[])(struct its *its, struct pvcpu *self, const struct keel_its_cmd *c) = {
	[KEEL_ITS_MOVI] = cmd_movi,
	[KEEL_ITS_INT] = cmd_int,
	[KEEL_ITS_CLEAR] = cmd_clear,
	[KEEL_ITS_MAPD] = cmd_mapd,
	[KEEL_ITS_MAPC] = cmd_mapc,
	[KEEL_ITS_MAPTI] = cmd_mapti,
	[KEEL_ITS_MAPI] = cmd_mapti,
	[KEEL_ITS_INV] = cmd_inv,
	[KEEL_ITS_INVALL] = cmd_invall,
	[KEEL_ITS_MOVALL] = cmd_movall,
	[KEEL_ITS_DISCARD] = cmd_discard,
};

static void do_command(struct its *its, struct pvcpu *self, const u64 *words)
{
	struct keel_its_cmd c;

	keel_its_decode(words, &c);
	if (c.op >= ARRAY_SIZE(commands))
		return;
	c.op = array_index_nospec(c.op, ARRAY_SIZE(commands));
	if (commands[c.op])
		commands[c.op](its, self, &c);
}

static bool must_stop(struct its *its, u64 start)
{
	return fatal_signal_pending(current) ||
	       (keel_vm_should_park(its->pvm->vm) && ktime_get_ns() - start > PARK_NS);
}

void its_process(struct its *its, struct pvcpu *self)
{
	u64 queue = keel_its_queue(its->cbaser), start = ktime_get_ns(), words[4];

	while (its->enabled && its->cwriter != its->creadr && !must_stop(its, start)) {
		/* A queue that is no memory is passed over, command by command (IHI 0069, 5.3: UNPREDICTABLE) */
		if (!mmu_read_guest(its->pvm, queue + its->creadr, words, sizeof(words)))
			do_command(its, self, words);
		its->creadr += KEEL_ITS_COMMAND;
		if (its->creadr >= keel_its_queue_size(its->cbaser))
			its->creadr = 0;
		cond_resched();
	}
}
