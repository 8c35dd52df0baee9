// SPDX-License-Identifier: GPL-2.0-only
/*
 * GSIs: which SPI or message each stands for (KVM_SET_GSI_ROUTING, KVM API 4.52), and messages that the VMM sends itself
 * (KVM_SIGNAL_MSI, KVM API 4.70).
 *
 * Owns the table, which is exchanged as a whole and read under RCU: an irqfd raises its GSI in any context. Numbers in it
 * are the VMM's; what they lead to is checked by the vGIC and the ITS each time.
 */
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "personality.h"
#include "irqchip.h"

#define SPI_FIRST	32U

/**
 * struct route - what a GSI is
 * @type: KVM_IRQ_ROUTING_IRQCHIP, _MSI, or 0: nothing
 * @pin: of irqchip 0: SPI less 32
 * @msi: the message, for _MSI
 */
struct route {
	u32 type;
	union {
		u32 pin;
		struct kvm_msi msi;
	};
};

struct routes {
	struct rcu_head rcu;
	u32 nr;
	struct route gsi[];
};

static struct routes *routes_alloc(u32 nr)
{
	struct routes *t = kvzalloc(struct_size(t, gsi, nr), GFP_KERNEL_ACCOUNT);

	if (t)
		t->nr = nr;
	return t;
}

static void publish(struct pvm *pvm, struct routes *t)
{
	struct routes *old = rcu_replace_pointer(pvm->irqfd.routes, t, lockdep_is_held(&pvm->vm->lock));

	if (old)
		kvfree_rcu(old, rcu);
}

void routing_free(struct pvm *pvm)
{
	kvfree(rcu_dereference_protected(pvm->irqfd.routes, true));
}

int routing_default(struct pvm *pvm, u32 nr)
{
	struct routes *t = routes_alloc(nr);
	u32 i;

	if (!t)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		t->gsi[i].type = KVM_IRQ_ROUTING_IRQCHIP;
		t->gsi[i].pin = i;
	}
	publish(pvm, t);
	return 0;
}

static int set_route(struct route *r, const struct kvm_irq_routing_entry *e)
{
	if (r->type)
		return -EINVAL;
	switch (e->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		if (e->flags || e->u.irqchip.irqchip || e->u.irqchip.pin >= ROUTE_PINS)
			return -EINVAL;
		r->pin = e->u.irqchip.pin;
		break;
	case KVM_IRQ_ROUTING_MSI:
		if (e->flags & ~KVM_MSI_VALID_DEVID)
			return -EINVAL;
		r->msi.address_lo = e->u.msi.address_lo;
		r->msi.address_hi = e->u.msi.address_hi;
		r->msi.data = e->u.msi.data;
		r->msi.flags = e->flags;
		r->msi.devid = e->u.msi.devid;
		break;
	default:
		return -EINVAL;
	}
	r->type = e->type;
	return 0;
}

static struct routes *build(const struct kvm_irq_routing_entry *entries, u32 n)
{
	struct routes *t;
	u32 i, last = 0;
	int r = 0;

	for (i = 0; i < n; i++) {
		if (entries[i].gsi >= ROUTES_MAX)
			return ERR_PTR(-EINVAL);
		last = max(last, entries[i].gsi);
	}
	t = routes_alloc(last + 1);
	if (!t)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < n && !r; i++)
		r = set_route(&t->gsi[entries[i].gsi], &entries[i]);
	if (!r)
		return t;
	kvfree(t);
	return ERR_PTR(r);
}

static struct kvm_irq_routing_entry *copy_entries(const struct kvm_irq_routing __user *arg, u32 n)
{
	struct kvm_irq_routing_entry *entries = kvmalloc_array(n, sizeof(*entries), GFP_KERNEL_ACCOUNT);

	if (!entries)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(entries, arg->entries, n * sizeof(*entries)))
		return entries;
	kvfree(entries);
	return ERR_PTR(-EFAULT);
}

/**
 * routing_set() - KVM_SET_GSI_ROUTING (KVM API 4.52)
 * @pvm: VM; takes vm->lock
 * @arg: the VMM's
 *
 * Return: 0; -EINVAL: a GSI, pin, type or flag that there is not, or a GSI twice; -EFAULT, -ENOMEM. Nothing has changed
 * then.
 */
int routing_set(struct pvm *pvm, const struct kvm_irq_routing __user *arg)
{
	struct kvm_irq_routing_entry *entries = NULL;
	struct kvm_irq_routing head;
	struct routes *t;

	if (copy_from_user(&head, arg, sizeof(head)))
		return -EFAULT;
	if (head.nr > ROUTES_MAX || head.flags)
		return -EINVAL;
	if (head.nr)
		entries = copy_entries(arg, head.nr);
	if (IS_ERR(entries))
		return PTR_ERR(entries);
	t = build(entries, head.nr);
	kvfree(entries);
	if (IS_ERR(t))
		return PTR_ERR(t);
	mutex_lock(&pvm->vm->lock);
	publish(pvm, t);
	mutex_unlock(&pvm->vm->lock);
	return 0;
}

int routing_signal_msi(struct pvm *pvm, const struct kvm_msi *msi)
{
	if (!vgic_present(pvm) || msi->flags & ~KVM_MSI_VALID_DEVID)
		return -EINVAL;
	return its_msi(pvm, msi);
}

/* RCU read side */
static const struct route *find(struct pvm *pvm, u32 gsi)
{
	const struct routes *t = rcu_dereference(pvm->irqfd.routes);

	if (!t || gsi >= t->nr)
		return NULL;
	return &t->gsi[array_index_nospec(gsi, t->nr)];
}

void routing_raise(struct pvm *pvm, u32 gsi, bool level)
{
	const struct route *r;

	rcu_read_lock();
	r = find(pvm, gsi);
	if (r && r->type == KVM_IRQ_ROUTING_IRQCHIP)
		vgic_set_line(pvm, NULL, r->pin + SPI_FIRST, level);
	else if (r && r->type == KVM_IRQ_ROUTING_MSI && level)
		its_msi(pvm, &r->msi);
	rcu_read_unlock();
}

bool routing_is_spi(struct pvm *pvm, u32 gsi, u32 intid)
{
	const struct route *r;
	bool is;

	rcu_read_lock();
	r = find(pvm, gsi);
	is = r && r->type == KVM_IRQ_ROUTING_IRQCHIP && r->pin + SPI_FIRST == intid;
	rcu_read_unlock();
	return is;
}

/* ---- swap ---- */

/* Pins in a row, as in the default table, are one record. Returns how many GSIs it is of */
static u32 run_of_pins(const struct routes *t, u32 gsi)
{
	u32 n = 1;

	while (gsi + n < t->nr && t->gsi[gsi + n].type == KVM_IRQ_ROUTING_IRQCHIP &&
	       t->gsi[gsi + n].pin == t->gsi[gsi].pin + n)
		n++;
	return n;
}

static int put_pins(const struct route *r, u32 gsi, u32 n, struct keel_stream *s)
{
	struct keel_rec_route_pins rec = { .gsi = gsi, .count = n, .pin = r->pin };

	return keel_put_route_pins(s, &rec, NULL, 0);
}

static int put_msi(const struct route *r, u32 gsi, struct keel_stream *s)
{
	struct keel_rec_route_msi rec = {
		.gsi = gsi,
		.flags = r->msi.flags,
		.address = (u64)r->msi.address_hi << 32 | r->msi.address_lo,
		.data = r->msi.data,
		.devid = r->msi.devid,
	};

	return keel_put_route_msi(s, &rec, NULL, 0);
}

int routing_export(struct pvm *pvm, struct keel_stream *s)
{
	const struct routes *t = rcu_dereference_protected(pvm->irqfd.routes, true);
	u32 gsi, n, nr = t ? t->nr : 0;
	int r = 0;

	for (gsi = 0; gsi < nr && !r; gsi += n) {
		n = 1;
		if (t->gsi[gsi].type == KVM_IRQ_ROUTING_MSI) {
			r = put_msi(&t->gsi[gsi], gsi, s);
		} else if (t->gsi[gsi].type) {
			n = run_of_pins(t, gsi);
			r = put_pins(&t->gsi[gsi], gsi, n, s);
		}
	}
	return r;
}

/* GSIs @gsi and @n - 1 more, none of them known yet. The VM is nobody else's: the table may grow in place */
static struct route *import_room(struct pvm *pvm, u32 gsi, u32 n)
{
	struct routes *t = rcu_dereference_protected(pvm->irqfd.routes, true);
	u32 i;

	if (!n || n > ROUTES_MAX || gsi > ROUTES_MAX - n)
		return ERR_PTR(-EINVAL);
	if (!t) {
		t = routes_alloc(ROUTES_MAX);
		if (!t)
			return ERR_PTR(-ENOMEM);
		t->nr = 0;
		RCU_INIT_POINTER(pvm->irqfd.routes, t);
	}
	for (i = gsi; i < gsi + n; i++)
		if (t->gsi[i].type)
			return ERR_PTR(-EINVAL);
	t->nr = max(t->nr, gsi + n);
	return &t->gsi[gsi];
}

static int get_pins(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_route_pins r;
	struct route *to;
	u32 i;
	int ret = keel_get_route_pins(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	to = import_room(pvm, r.gsi, r.count);
	if (IS_ERR(to))
		return PTR_ERR(to);
	if (r.pin >= ROUTE_PINS || r.count > ROUTE_PINS - r.pin)
		return -EINVAL;
	for (i = 0; i < r.count; i++) {
		to[i].type = KVM_IRQ_ROUTING_IRQCHIP;
		to[i].pin = r.pin + i;
	}
	return 0;
}

static int get_msi(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_route_msi r;
	struct route *to;
	int ret = keel_get_route_msi(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	to = import_room(pvm, r.gsi, 1);
	if (IS_ERR(to))
		return PTR_ERR(to);
	if (r.flags & ~KVM_MSI_VALID_DEVID)
		return -EINVAL;
	to->type = KVM_IRQ_ROUTING_MSI;
	to->msi.address_lo = lower_32_bits(r.address);
	to->msi.address_hi = upper_32_bits(r.address);
	to->msi.data = r.data;
	to->msi.flags = r.flags;
	to->msi.devid = r.devid;
	return 0;
}

int routing_import(struct pvm *pvm, const struct keel_record *rec)
{
	switch (rec->tag) {
	case KEEL_REC_route_pins:
		return get_pins(pvm, rec);
	case KEEL_REC_route_msi:
		return get_msi(pvm, rec);
	}
	return -ENOENT;
}
