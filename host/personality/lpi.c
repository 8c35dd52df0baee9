// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPIs: made when an event leads to one, configured and found pending by tables in guest memory (IHI 0069, 5.1), raised by
 * messages. Owns struct lpi; what an interrupt does then is the vGIC's.
 *
 * Guest memory is read as the architecture allows: when an LPI is mapped or invalidated, and pending bits when a
 * redistributor is told to use its table.
 */
#include <linux/slab.h>

#include "personality.h"
#include "its.h"

#define PROP_ENABLED	BIT(0)
#define PROP_PRIORITY	0xfcU
#define TABLE_ADDR	GENMASK_ULL(51, 12)	/* GICR_PROPBASER */
#define PENDING_ADDR	GENMASK_ULL(51, 16)	/* GICR_PENDBASER */
#define PENDING_PTZ	BIT_ULL(62)		/* there is nothing but zeros */

u32 lpi_end(struct pvm *pvm)
{
	u32 bits = (READ_ONCE(pvm->vgic->propbaser) & 0x1f) + 1;

	return 1U << min(bits, KEEL_ITS_ID_BITS);
}

struct lpi *lpi_get(struct pvm *pvm, u32 intid, bool *made)
{
	struct vgic_lpi *all = pvm->vgic->lpi;
	struct lpi *lpi = xa_load(&all->lpis, intid);
	int r;

	*made = !lpi;
	if (!pvm->vcpu[0])	/* the VMM may write commands before there is a vCPU */
		return ERR_PTR(-ENXIO);
	if (lpi) {
		lpi->refs++;
		return lpi;
	}
	lpi = kzalloc(sizeof(*lpi), GFP_KERNEL_ACCOUNT);
	if (!lpi)
		return ERR_PTR(-ENOMEM);
	vgic_lpi_init(pvm, &lpi->irq, intid);
	lpi->refs = 1;
	r = xa_err(xa_store(&all->lpis, intid, lpi, GFP_KERNEL_ACCOUNT));
	if (!r)
		return lpi;
	kfree(lpi);
	return ERR_PTR(r);
}

void lpi_put(struct pvm *pvm, struct lpi *lpi)
{
	if (--lpi->refs)
		return;
	xa_erase(&pvm->vgic->lpi->lpis, lpi->irq.s.intid);
	vgic_lpi_remove(&lpi->irq);
	kfree_rcu(lpi, rcu);
}

int lpi_read_config(struct pvm *pvm, struct lpi *lpi)
{
	u64 table = READ_ONCE(pvm->vgic->propbaser) & TABLE_ADDR;
	u8 prop;
	int r = mmu_read_guest(pvm, table + lpi->irq.s.intid - KEEL_GIC_LPI_FIRST, &prop, sizeof(prop));

	if (!r)
		vgic_lpi_configure(&lpi->irq, prop & PROP_PRIORITY, prop & PROP_ENABLED);
	return r;
}

static u64 pending_byte(const struct pvcpu *v, const struct lpi *lpi)
{
	return (READ_ONCE(v->vgic->pendbaser) & PENDING_ADDR) + lpi->irq.s.intid / 8;
}

/* What is taken over from the table is in two places no longer */
int lpi_read_pending(struct pvm *pvm, struct lpi *lpi, struct pvcpu *v)
{
	u8 bit = 1U << lpi->irq.s.intid % 8, byte;
	u64 addr = pending_byte(v, lpi);
	int r = mmu_read_guest(pvm, addr, &byte, sizeof(byte));

	if (r || !(byte & bit))
		return r;
	vgic_lpi_set_pending(&lpi->irq, true);
	byte &= ~bit;
	return mmu_write_guest(pvm, addr, &byte, sizeof(byte));
}

static bool routed_to(const struct lpi *lpi, const struct pvcpu *v)
{
	return READ_ONCE(lpi->irq.target) == v->vgic;
}

void lpi_read_configs(struct pvm *pvm, struct pvcpu *v)
{
	unsigned long intid;
	struct lpi *lpi;

	xa_for_each(&pvm->vgic->lpi->lpis, intid, lpi) {
		if (routed_to(lpi, v))
			lpi_read_config(pvm, lpi);
		cond_resched();
	}
}

/* ---- what the vGIC tells (vgic.h) ---- */

/* There is no ITS, so no LPI either */
static struct vgic_lpi *all_of(struct pvm *pvm)
{
	return smp_load_acquire(&pvm->vgic->lpi);	/* pairs with its_create() */
}

void lpi_enable(struct pvcpu *v, bool on)
{
	struct vgic_lpi *all = all_of(v->pvm);
	unsigned long intid;
	struct lpi *lpi;

	if (!all || (on && v->vgic->pendbaser & PENDING_PTZ))
		return;
	mutex_lock(&all->lock);
	xa_for_each(&all->lpis, intid, lpi) {
		if (!routed_to(lpi, v))
			continue;
		if (on)
			lpi_read_pending(v->pvm, lpi, v);
		else
			vgic_lpi_set_pending(&lpi->irq, false);
	}
	mutex_unlock(&all->lock);
}

void lpi_invalidate(struct pvcpu *v, u32 intid)
{
	struct vgic_lpi *all = all_of(v->pvm);
	struct lpi *lpi;

	if (!all)
		return;
	mutex_lock(&all->lock);
	lpi = xa_load(&all->lpis, intid);
	if (lpi)
		lpi_read_config(v->pvm, lpi);
	mutex_unlock(&all->lock);
}

void lpi_invalidate_all(struct pvcpu *v)
{
	struct vgic_lpi *all = all_of(v->pvm);

	if (!all)
		return;
	mutex_lock(&all->lock);
	lpi_read_configs(v->pvm, v);
	mutex_unlock(&all->lock);
}

/* Only what differs is written: the table may be in a page that nobody has touched */
static int save_pending(struct pvm *pvm, struct lpi *lpi)
{
	struct vgic_cpu *target = READ_ONCE(lpi->irq.target);
	u8 bit = 1U << lpi->irq.s.intid % 8, byte, want;
	u64 addr;
	int r;

	if (!target)
		return 0;
	addr = pending_byte(target->v, lpi);
	r = mmu_read_guest(pvm, addr, &byte, sizeof(byte));
	if (r)
		return r;
	want = vgic_lpi_is_pending(&lpi->irq) ? byte | bit : byte & ~bit;
	return want == byte ? 0 : mmu_write_guest(pvm, addr, &want, sizeof(want));
}

int lpi_save_pending(struct pvm *pvm)
{
	struct vgic_lpi *all = all_of(pvm);
	unsigned long intid;
	struct lpi *lpi;
	int r = 0;

	if (!all)
		return 0;
	mutex_lock(&all->lock);
	xa_for_each(&all->lpis, intid, lpi)
		r = r ?: save_pending(pvm, lpi);
	mutex_unlock(&all->lock);
	return r;
}

static void its_free(struct its *its)
{
	struct its_device *device;
	struct its_event *event;
	unsigned long i;

	xa_for_each(&its->events, i, event)
		kfree(event);
	xa_for_each(&its->devices, i, device)
		kfree(device);
	xa_destroy(&its->events);
	xa_destroy(&its->devices);
	xa_destroy(&its->collections);
	kfree(its);
}

/* Nobody raises an interrupt any more, and the vCPUs with their lists are gone */
void lpi_free(struct pvm *pvm)
{
	struct vgic_lpi *all = pvm->vgic->lpi;
	unsigned long intid;
	struct lpi *lpi;
	unsigned int i;

	if (!all)
		return;
	for (i = 0; i < all->nr_its; i++)
		its_free(all->its[i]);
	xa_for_each(&all->lpis, intid, lpi)
		kfree(lpi);
	xa_destroy(&all->lpis);
	pvm->vgic->lpi = NULL;
	kfree(all);
}

/* ---- messages ---- */

/* RCU read side. Errors and results as its_msi() */
static int raise(struct its *its, u32 device, u32 event)
{
	struct vgic_cpu *target;
	struct its_event *e;

	if (!READ_ONCE(its->enabled))
		return -EBUSY;
	if ((device | event) >> KEEL_ITS_ID_BITS)
		return 0;
	e = xa_load(&its->events, its_key(device, event));
	target = e ? READ_ONCE(e->lpi->irq.target) : NULL;
	if (!target)
		return 0;
	if (!READ_ONCE(target->lpis_enabled))
		return -EBUSY;
	vgic_lpi_set_pending(&e->lpi->irq, true);
	return 1;
}

int its_trigger(struct its *its, u32 device, u32 event)
{
	int r;

	rcu_read_lock();
	r = raise(its, device, event);
	rcu_read_unlock();
	return r;
}

static struct its *its_at(struct vgic_lpi *all, u64 addr)
{
	unsigned int i, n = smp_load_acquire(&all->nr_its);	/* pairs with its_create() */

	for (i = 0; i < n; i++) {
		u64 base = READ_ONCE(all->its[i]->base);

		if (base != VGIC_NO_ADDR && addr >= base && addr - base < KEEL_ITS_FRAME)
			return all->its[i];
	}
	return NULL;
}

bool its_present(const struct pvm *pvm)
{
	return vgic_present(pvm) && READ_ONCE(pvm->vgic->lpi);
}

int its_msi(struct pvm *pvm, const struct kvm_msi *msi)
{
	struct vgic_lpi *all = vgic_present(pvm) ? all_of(pvm) : NULL;
	struct its *its;

	if (!all)
		return -ENODEV;
	if (!(msi->flags & KVM_MSI_VALID_DEVID))
		return -EINVAL;
	its = its_at(all, (u64)msi->address_hi << 32 | msi->address_lo);
	return its ? its_trigger(its, msi->devid, msi->data) : -EINVAL;
}
