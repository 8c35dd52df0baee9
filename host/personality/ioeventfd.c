// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioeventfds (KVM_IOEVENTFD, KVM API 4.59): a guest's write to an address signals an eventfd instead of going to the VMM.
 *
 * Owns the table of addresses. A write looks there without a lock: one hash, and rarely more than one entry. Port I/O and
 * the S/390 bus can be registered, as anywhere, and no guest of this machine ever writes there.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "personality.h"

#define IOEVENTFDS_MAX	16384
#define BUS_FLAGS	(KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY)
#define FLAGS		(BIT(kvm_ioeventfd_flag_nr_max) - 1)

/**
 * struct ioeventfd - an address that signals an eventfd
 * @node: in pvm->irqfd.doorbells[] or .others
 * @addr: guest address
 * @data: to be written, with KVM_IOEVENTFD_FLAG_DATAMATCH
 * @len: bytes to be written, 0: any number
 * @flags: KVM_IOEVENTFD_FLAG_*: the bus, and whether @data counts
 * @event: the anchor's number of the eventfd
 * @ctx: it; a reference
 */
struct ioeventfd {
	struct hlist_node node;
	u64 addr, data;
	u32 len, flags;
	u32 event;
	struct eventfd_ctx *ctx;
};

static struct hlist_head *bucket(struct pvm *pvm, u64 addr, u32 flags)
{
	if (flags & BUS_FLAGS)
		return &pvm->irqfd.others;
	return &pvm->irqfd.doorbells[hash_64(addr, ilog2(IOEVENTFD_BUCKETS))];
}

/* Of the two bits, the first that is set counts */
static u32 bus_of(u32 flags)
{
	return flags & KVM_IOEVENTFD_FLAG_PIO ? KVM_IOEVENTFD_FLAG_PIO : flags & BUS_FLAGS;
}

static bool matches(const struct ioeventfd *e, u64 addr, u32 len, u64 data)
{
	if (e->addr != addr)
		return false;
	if (!e->len)
		return true;
	return e->len == len && (!(e->flags & KVM_IOEVENTFD_FLAG_DATAMATCH) || e->data == data);
}

/**
 * ioeventfd_write() - signal the eventfd of a guest's write, if there is one
 * @pvm: VM
 * @ipa: guest address
 * @len: bytes: 1, 2, 4 or 8
 * @data: as a little-endian device sees it, lowest @len bytes
 *
 * vCPU's thread.
 *
 * Return: true: the write is done.
 */
bool ioeventfd_write(struct pvm *pvm, u64 ipa, u32 len, u64 data)
{
	struct ioeventfd *e;
	bool found = false;

	if (!READ_ONCE(pvm->irqfd.nr_doorbells))
		return false;
	rcu_read_lock();
	hlist_for_each_entry_rcu(e, bucket(pvm, ipa, 0), node) {
		if (!matches(e, ipa, len, data))
			continue;
		keel_eventfd_signal(e->ctx);
		found = true;
		break;
	}
	rcu_read_unlock();
	return found;
}

/* Could one write signal both? */
static bool collide(const struct ioeventfd *a, const struct ioeventfd *b)
{
	if (bus_of(a->flags) != bus_of(b->flags) || a->addr != b->addr)
		return false;
	if (!a->len || !b->len)
		return true;
	return a->len == b->len &&
	       (!(a->flags & b->flags & KVM_IOEVENTFD_FLAG_DATAMATCH) || a->data == b->data);
}

static int check(const struct kvm_ioeventfd *arg)
{
	u64 end;

	if (arg->len > 8 || (arg->len && !is_power_of_2(arg->len)))
		return -EINVAL;
	if (check_add_overflow(arg->addr, (u64)arg->len, &end) || arg->flags & ~FLAGS)
		return -EINVAL;
	return !arg->len && arg->flags & KVM_IOEVENTFD_FLAG_DATAMATCH ? -EINVAL : 0;
}

static void ioeventfd_delete(struct ioeventfd *e)
{
	eventfd_ctx_put(e->ctx);
	kfree(e);
}

/* vm->lock held, or nobody else has the VM. What is asked for was checked */
static int add(struct pvm *pvm, const struct kvm_ioeventfd *arg, u32 event)
{
	struct file *file = keel_vm_event_find(pvm->vm, event);
	struct hlist_head *list = bucket(pvm, arg->addr, arg->flags);
	struct ioeventfd *e, *other;

	if (!file)
		return -EINVAL;
	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	e->addr = arg->addr;
	e->data = arg->datamatch;
	e->len = arg->len;
	e->flags = arg->flags;
	e->event = event;
	hlist_for_each_entry(other, list, node) {
		if (collide(e, other)) {
			kfree(e);
			return -EEXIST;
		}
	}
	e->ctx = eventfd_ctx_fileget(file);	/* an eventfd, as the anchor holds no others */
	hlist_add_head_rcu(&e->node, list);
	WRITE_ONCE(pvm->irqfd.nr_doorbells, pvm->irqfd.nr_doorbells + 1);
	return 0;
}

static int assign(struct pvm *pvm, const struct kvm_ioeventfd *arg)
{
	int event, r = check(arg);

	if (r)
		return r;
	if (pvm->irqfd.nr_doorbells >= IOEVENTFDS_MAX)
		return -ENOSPC;
	event = keel_vm_event_get(pvm->vm, arg->fd);
	if (event < 0)
		return event;
	r = add(pvm, arg, event);
	if (r)
		keel_vm_event_put(pvm->vm, event);
	return r;
}

static bool is_asked_for(const struct ioeventfd *e, const struct kvm_ioeventfd *arg, const struct eventfd_ctx *ctx)
{
	if (e->ctx != ctx || bus_of(e->flags) != bus_of(arg->flags) || e->addr != arg->addr || e->len != arg->len)
		return false;
	if ((e->flags ^ arg->flags) & KVM_IOEVENTFD_FLAG_DATAMATCH)
		return false;
	return !(e->flags & KVM_IOEVENTFD_FLAG_DATAMATCH) || e->data == arg->datamatch;
}

static struct ioeventfd *find(struct pvm *pvm, const struct kvm_ioeventfd *arg, const struct eventfd_ctx *ctx)
{
	struct ioeventfd *e;

	hlist_for_each_entry(e, bucket(pvm, arg->addr, arg->flags), node)
		if (is_asked_for(e, arg, ctx))
			return e;
	return NULL;
}

static int deassign(struct pvm *pvm, const struct kvm_ioeventfd *arg)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(arg->fd);
	struct ioeventfd *e;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	e = find(pvm, arg, ctx);
	if (e) {
		hlist_del_rcu(&e->node);
		WRITE_ONCE(pvm->irqfd.nr_doorbells, pvm->irqfd.nr_doorbells - 1);
		synchronize_rcu_expedited();	/* a vCPU may be about to signal it */
		keel_vm_event_put(pvm->vm, e->event);
		ioeventfd_delete(e);
	}
	eventfd_ctx_put(ctx);
	return e ? 0 : -ENOENT;
}

/**
 * ioeventfd_ioctl() - KVM_IOEVENTFD (KVM API 4.59)
 * @pvm: VM; takes vm->lock
 * @arg: as the VMM wrote it, copied once
 *
 * Return: 0; -EINVAL: length, address, flags, or not an eventfd; -EBADF; -EEXIST: a write could mean two; -ENOENT: none to
 * deassign; -ENOSPC, -ENOMEM.
 */
int ioeventfd_ioctl(struct pvm *pvm, const struct kvm_ioeventfd *arg)
{
	int r;

	mutex_lock(&pvm->vm->lock);
	r = arg->flags & KVM_IOEVENTFD_FLAG_DEASSIGN ? deassign(pvm, arg) : assign(pvm, arg);
	mutex_unlock(&pvm->vm->lock);
	return r;
}

static void free_list(struct hlist_head *list)
{
	struct hlist_node *next;
	struct ioeventfd *e;

	hlist_for_each_entry_safe(e, next, list, node)
		ioeventfd_delete(e);
}

void ioeventfd_free(struct pvm *pvm)
{
	unsigned int i;

	for (i = 0; i < IOEVENTFD_BUCKETS; i++)
		free_list(&pvm->irqfd.doorbells[i]);
	free_list(&pvm->irqfd.others);
}

/* ---- swap: nobody signals while the gate is closed, so there is nothing in flight ---- */

static int put_list(const struct hlist_head *list, struct keel_stream *s)
{
	struct ioeventfd *e;
	int r = 0;

	hlist_for_each_entry(e, list, node) {
		struct keel_rec_ioeventfd rec = {
			.addr = e->addr, .data = e->data, .len = e->len, .flags = e->flags, .event = e->event,
		};

		r = r ?: keel_put_ioeventfd(s, &rec, NULL, 0);
	}
	return r;
}

int ioeventfd_export(struct pvm *pvm, struct keel_stream *s)
{
	unsigned int i;
	int r = put_list(&pvm->irqfd.others, s);

	for (i = 0; i < IOEVENTFD_BUCKETS && !r; i++)
		r = put_list(&pvm->irqfd.doorbells[i], s);
	return r;
}

int ioeventfd_import(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_ioeventfd r;
	struct kvm_ioeventfd arg = { };
	int ret;

	if (rec->tag != KEEL_REC_ioeventfd)
		return -ENOENT;
	ret = keel_get_ioeventfd(rec, &r, NULL, NULL);
	if (ret)
		return ret;
	arg.addr = r.addr;
	arg.datamatch = r.data;
	arg.len = r.len;
	arg.flags = r.flags;
	return check(&arg) ?: add(pvm, &arg, r.event);
}
