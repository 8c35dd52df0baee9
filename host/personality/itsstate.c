// SPDX-License-Identifier: GPL-2.0-only
/*
 * ITSs and LPIs of a VM that is swapped: records 0x07xx. Nothing of it goes through the guest's tables, which the guest
 * may have spoiled: what the outgoing side had, the incoming one has.
 *
 * LPIs come before the events that lead to them; the vGIC and the vCPUs before both. Numbers are checked: the stream may
 * come from a personality with faults of its own.
 */
#include <linux/slab.h>

#include "personality.h"
#include "its.h"

#define NO_TARGET	0xffffffffU

/* ---- export: the gate is closed, the vGIC has taken everything back from the list registers ---- */

static int put_lpi(struct lpi *lpi, struct keel_stream *s)
{
	struct vgic_cpu *target = lpi->irq.target;
	struct keel_rec_lpi rec = {
		.intid = lpi->irq.s.intid,
		.target = target ? target->v->idx : NO_TARGET,
		.priority = lpi->irq.s.priority,
		.enabled = lpi->irq.s.enabled,
		.pending = vgic_lpi_is_pending(&lpi->irq),
	};

	return keel_put_lpi(s, &rec, NULL, 0);
}

static int put_its(const struct its *its, u32 nr, struct keel_stream *s)
{
	struct keel_rec_its rec = {
		.nr = nr,
		.base = its->base,
		.device_table = its->baser[KEEL_ITS_DEVICES],
		.collection_table = its->baser[KEEL_ITS_COLLECTIONS],
		.cbaser = its->cbaser,
		.cwriter = its->cwriter,
		.creadr = its->creadr,
		.enabled = its->enabled,
	};

	return keel_put_its(s, &rec, NULL, 0);
}

static int put_devices(struct its *its, u32 nr, struct keel_stream *s)
{
	struct its_device *d;
	unsigned long id;
	int r = 0;

	xa_for_each(&its->devices, id, d) {
		struct keel_rec_its_device rec = { .its = nr, .id = d->id, .bits = d->bits, .itt = d->itt };

		r = keel_put_its_device(s, &rec, NULL, 0);
		if (r)
			break;
	}
	return r;
}

static int put_collections(struct its *its, u32 nr, struct keel_stream *s)
{
	unsigned long icid;
	void *entry;
	int r = 0;

	xa_for_each(&its->collections, icid, entry) {
		struct keel_rec_its_collection rec = { .its = nr, .icid = icid, .rdbase = xa_to_value(entry) };

		r = keel_put_its_collection(s, &rec, NULL, 0);
		if (r)
			break;
	}
	return r;
}

static int put_events(struct its *its, u32 nr, struct keel_stream *s)
{
	struct its_event *e;
	unsigned long key;
	int r = 0;

	xa_for_each(&its->events, key, e) {
		struct keel_rec_its_event rec = {
			.its = nr,
			.device = its_key_device(key),
			.event = its_key_event(key),
			.icid = e->icid,
			.intid = e->lpi->irq.s.intid,
		};

		r = keel_put_its_event(s, &rec, NULL, 0);
		if (r)
			break;
	}
	return r;
}

/**
 * its_export() - write ITSs and LPIs
 * @pvm: VM, its gate closed; the rest of the vGIC is written
 * @s: stream
 *
 * Return: 0 or -ENOSPC.
 */
int its_export(struct pvm *pvm, struct keel_stream *s)
{
	struct vgic_lpi *all = vgic_present(pvm) ? pvm->vgic->lpi : NULL;
	unsigned long intid;
	unsigned int i;
	struct lpi *lpi;
	int r = 0;

	if (!all)
		return 0;
	for (i = 0; i < all->nr_its && !r; i++)
		r = put_its(all->its[i], i, s) ?: put_devices(all->its[i], i, s) ?: put_collections(all->its[i], i, s);
	xa_for_each(&all->lpis, intid, lpi)
		r = r ?: put_lpi(lpi, s);
	for (i = 0; i < all->nr_its && !r; i++)
		r = put_events(all->its[i], i, s);
	return r;
}

/* ---- import ---- */

static struct its *its_of(struct pvm *pvm, u32 nr)
{
	struct vgic_lpi *all = vgic_present(pvm) ? pvm->vgic->lpi : NULL;

	return all && nr < all->nr_its ? all->its[nr] : NULL;
}

static bool positions_fit(const struct keel_rec_its *r)
{
	u32 size = keel_its_queue_size(r->cbaser);

	return r->cwriter < size && r->creadr < size && !(r->cwriter % KEEL_ITS_COMMAND) &&
	       !(r->creadr % KEEL_ITS_COMMAND);
}

static int get_its(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_its r;
	struct its *its;
	u32 nr;
	int ret = keel_get_its(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	if (!positions_fit(&r))
		return -EINVAL;
	ret = its_create(pvm, &nr);
	if (ret)
		return ret;
	if (nr != r.nr)
		return -EINVAL;
	its = pvm->vgic->lpi->its[nr];
	its->baser[KEEL_ITS_DEVICES] = keel_its_baser(KEEL_ITS_DEVICES, r.device_table);
	its->baser[KEEL_ITS_COLLECTIONS] = keel_its_baser(KEEL_ITS_COLLECTIONS, r.collection_table);
	its->cbaser = r.cbaser;
	its->cwriter = r.cwriter;
	its->creadr = r.creadr;
	its->enabled = r.enabled;
	return r.base == VGIC_NO_ADDR ? 0 : its_place(its, r.base);
}

static int get_device(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_its_device r;
	int ret = keel_get_its_device(rec, &r, NULL, NULL);
	struct its *its = ret ? NULL : its_of(pvm, r.its);

	if (!its)
		return ret ?: -EINVAL;
	return r.bits ? its_map_device(its, r.id, r.bits, r.itt) : -EINVAL;
}

static int get_collection(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_its_collection r;
	int ret = keel_get_its_collection(rec, &r, NULL, NULL);
	struct its *its = ret ? NULL : its_of(pvm, r.its);

	if (!its)
		return ret ?: -EINVAL;
	return its_map_collection(its, r.icid, r.rdbase);
}

/* No event leads to it yet: refs is 0 until one does */
static int get_lpi(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_lpi r;
	struct lpi *lpi;
	bool made;
	int ret = keel_get_lpi(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	if (!its_of(pvm, 0) || r.intid < KEEL_GIC_LPI_FIRST || r.intid >= LPI_END)
		return -EINVAL;
	if (r.target != NO_TARGET && r.target >= pvm_nr_vcpus(pvm))
		return -EINVAL;
	lpi = lpi_get(pvm, r.intid, &made);
	if (IS_ERR(lpi))
		return PTR_ERR(lpi);
	lpi->refs--;
	if (!made)
		return -EINVAL;
	vgic_lpi_route(&lpi->irq, r.target == NO_TARGET ? NULL : pvm->vcpu[r.target]);
	vgic_lpi_configure(&lpi->irq, r.priority, r.enabled);
	vgic_lpi_set_pending(&lpi->irq, r.pending);
	return 0;
}

static int get_event(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_its_event r;
	int ret = keel_get_its_event(rec, &r, NULL, NULL);
	struct its *its = ret ? NULL : its_of(pvm, r.its);
	struct lpi *lpi = its ? xa_load(&its->all->lpis, r.intid) : NULL;

	if (!lpi)
		return ret ?: -EINVAL;
	if ((r.device | r.event) >> KEEL_ITS_ID_BITS || !xa_load(&its->devices, r.device))
		return -EINVAL;
	ret = its_add_event(its, its_key(r.device, r.event), r.icid, lpi);
	if (!ret)
		lpi->refs++;
	return ret;
}

/**
 * its_import() - read one record of the ITS
 * @pvm: VM being built, with its vGIC; nobody else can reach it
 * @rec: any record
 *
 * Return: 0; -ENOENT: the tag is not the ITS'; -EINVAL: contents out of range; -ENOMEM, -ENOSPC.
 */
int its_import(struct pvm *pvm, const struct keel_record *rec)
{
	switch (rec->tag) {
	case KEEL_REC_its:
		return get_its(pvm, rec);
	case KEEL_REC_its_device:
		return get_device(pvm, rec);
	case KEEL_REC_its_collection:
		return get_collection(pvm, rec);
	case KEEL_REC_lpi:
		return get_lpi(pvm, rec);
	case KEEL_REC_its_event:
		return get_event(pvm, rec);
	}
	return -ENOENT;
}
