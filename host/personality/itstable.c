// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the ITS knows, written into the guest's tables and read from there (revision 0 of
 * Documentation/virt/kvm/devices/arm-vgic-its.rst), so that a VM migrates between this and the built-in KVM.
 *
 * The tables are the guest's memory: what is read is checked as a command is, and a table that makes no sense is refused
 * as a whole. Restoring begins with nothing mapped.
 */
#include "personality.h"
#include "its.h"

static int put_entry(struct its *its, u64 addr, u64 entry)
{
	return mmu_write_guest(its->pvm, addr, &entry, sizeof(entry));
}

static int get_entry(struct its *its, u64 addr, u64 *entry)
{
	return mmu_read_guest(its->pvm, addr, entry, sizeof(*entry));
}

/* ---- save ---- */

/* Events of a collection that is not known would keep the whole from being restored: nothing can come of them */
static struct its_event *next_event(struct its *its, const struct its_device *d, unsigned long *key)
{
	unsigned long last = its_key(d->id + 1, 0) - 1;
	struct its_event *e;

	for (e = xa_find(&its->events, key, last, XA_PRESENT); e; e = xa_find_after(&its->events, key, last, XA_PRESENT))
		if (xa_load(&its->collections, e->icid))
			break;
	return e;
}

static int save_events(struct its *its, const struct its_device *d)
{
	unsigned long key = its_key(d->id, 0), next;
	struct its_event *e = next_event(its, d, &key), *after;
	int r = 0;

	for (; e && !r; e = after, key = next) {
		struct keel_its_ite ite = { .intid = e->lpi->irq.s.intid, .icid = e->icid };
		u32 event = its_key_event(key);

		next = key + 1;
		after = event + 1 < BIT(d->bits) ? next_event(its, d, &next) : NULL;
		ite.next = after ? its_key_event(next) - event : 0;
		r = put_entry(its, d->itt + (u64)event * KEEL_ITS_ENTRY, keel_its_put_ite(&ite));
	}
	return r;
}

static int save_device(struct its *its, const struct its_device *d)
{
	struct keel_its_dte dte = { .valid = true, .bits = d->bits, .itt = d->itt };
	unsigned long next = d->id;
	u64 addr;
	int r;

	if (its_entry(its, KEEL_ITS_DEVICES, d->id, &addr))
		return -EINVAL;
	if (xa_find_after(&its->devices, &next, ULONG_MAX, XA_PRESENT))
		dte.next = next - d->id;
	r = save_events(its, d);
	return r ?: put_entry(its, addr, keel_its_put_dte(&dte));
}

static int save_devices(struct its *its)
{
	struct its_device *d;
	unsigned long id;
	int r = 0;

	if (!(its->baser[KEEL_ITS_DEVICES] & KEEL_GITS_VALID))
		return 0;
	xa_for_each(&its->devices, id, d)
		r = r ?: save_device(its, d);
	return r;
}

/* In a row, and an invalid entry behind the last if there is room */
static int save_collections(struct its *its)
{
	u64 baser = its->baser[KEEL_ITS_COLLECTIONS], addr = keel_its_table_addr(baser);
	u64 end = addr + keel_its_table_size(baser);
	unsigned long icid;
	void *entry;
	int r = 0;

	if (!(baser & KEEL_GITS_VALID))
		return 0;
	xa_for_each(&its->collections, icid, entry) {
		struct keel_its_cte cte = { .valid = true, .rdbase = xa_to_value(entry), .icid = icid };

		r = r ?: addr < end ? put_entry(its, addr, keel_its_put_cte(&cte)) : -EINVAL;
		addr += KEEL_ITS_ENTRY;
	}
	return r ?: addr < end ? put_entry(its, addr, 0) : 0;
}

int its_save_tables(struct its *its)
{
	return save_devices(its) ?: save_collections(its);
}

/* ---- restore ---- */

static int restore_collections(struct its *its)
{
	u64 baser = its->baser[KEEL_ITS_COLLECTIONS], addr = keel_its_table_addr(baser), entry;
	u64 end = addr + keel_its_table_size(baser);
	struct keel_its_cte cte;
	int r = 0;

	if (!(baser & KEEL_GITS_VALID))
		return 0;
	for (; addr < end && !r; addr += KEEL_ITS_ENTRY) {
		r = get_entry(its, addr, &entry);
		if (r)
			break;
		keel_its_get_cte(entry, &cte);
		if (!cte.valid)
			break;
		if (xa_load(&its->collections, cte.icid))
			return -EEXIST;
		r = its_map_collection(its, cte.icid, cte.rdbase);
	}
	return r;
}

/* Distance to the next entry to look at, 0: there is none; or an errno */
static int restore_event(struct its *its, const struct its_device *d, u32 event)
{
	struct keel_its_ite ite;
	u64 entry;
	int r = get_entry(its, d->itt + (u64)event * KEEL_ITS_ENTRY, &entry);

	if (r)
		return r;
	keel_its_get_ite(entry, &ite);
	if (!ite.intid)
		return 1;
	if (event + ite.next >= BIT(d->bits) || !xa_load(&its->collections, ite.icid))
		return -EINVAL;
	r = its_map_event(its, d->id, event, ite.icid, ite.intid);
	return r ?: ite.next;
}

static int restore_events(struct its *its, const struct its_device *d)
{
	u32 event = 0;
	int step;

	do {
		step = restore_event(its, d, event);
		event += max(step, 0);
		cond_resched();
	} while (step > 0 && event < BIT(d->bits));
	return min(step, 0);
}

static int restore_device(struct its *its, u32 id, u64 addr)
{
	struct keel_its_dte dte;
	u64 entry;
	int r = get_entry(its, addr, &entry);

	if (r)
		return r;
	keel_its_get_dte(entry, &dte);
	if (!dte.valid)
		return 1;
	r = its_map_device(its, id, dte.bits, dte.itt);
	if (!r)
		r = restore_events(its, xa_load(&its->devices, id));
	return r ?: dte.next;
}

/* @n entries from @addr on, which are those of @id and the next. 1: the last device has not come; 0: it has; or an errno */
static int restore_row(struct its *its, u64 addr, u32 id, u32 n)
{
	int step = 1;
	u32 i;

	for (i = 0; i < n; i += step) {
		if (id + i >= BIT(KEEL_ITS_ID_BITS))
			return 0;
		step = restore_device(its, id + i, addr + (u64)i * KEEL_ITS_ENTRY);
		if (step <= 0)
			return step;
		cond_resched();
	}
	return 1;
}

static int restore_second_levels(struct its *its, u64 addr, u32 n)
{
	u64 entry, table;
	int r = 1;
	u32 i;

	for (i = 0; i < n && r > 0; i++) {
		r = get_entry(its, addr + (u64)i * KEEL_ITS_ENTRY, &entry);
		if (r)
			return r;
		r = 1;
		if (!keel_its_locate_l2(entry, 0, &table))
			r = restore_row(its, table, i * KEEL_ITS_L2_IDS, KEEL_ITS_L2_IDS);
	}
	return r;
}

static int restore_devices(struct its *its)
{
	u64 baser = its->baser[KEEL_ITS_DEVICES], addr = keel_its_table_addr(baser);
	u32 n = keel_its_table_size(baser) / KEEL_ITS_ENTRY;
	int r;

	if (!(baser & KEEL_GITS_VALID))
		return 0;
	if (baser & KEEL_GITS_BASER_INDIRECT)
		r = restore_second_levels(its, addr, min(n, (u32)(BIT(KEEL_ITS_ID_BITS) / KEEL_ITS_L2_IDS)));
	else
		r = restore_row(its, addr, 0, n);
	return min(r, 0);
}

int its_restore_tables(struct its *its)
{
	int r;

	if (!pvm_nr_vcpus(its->pvm))
		return -ENXIO;
	its_unmap_devices(its);
	its_unmap_collections(its);
	r = restore_collections(its) ?: restore_devices(its);
	if (r) {
		its_unmap_devices(its);
		its_unmap_collections(its);
	}
	return r;
}
