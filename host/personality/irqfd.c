// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqfds (KVM_IRQFD, KVM API 4.75): an eventfd that is signalled raises a GSI; with KVM_IRQFD_FLAG_RESAMPLE the line
 * stays up until the guest has finished with the interrupt, and another eventfd is told of that.
 *
 * Owns who waits on the eventfds. The wake-up comes in any context with the eventfd's lock held. While the VM is frozen
 * (swap) it takes nothing: what is signalled stays in the eventfd's counter, for whoever has the VM afterwards.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "personality.h"
#include "irqchip.h"
#include "vgic.h"

/**
 * struct irqfd - an eventfd and the GSI it raises
 * @node: in pvm->irqfd.irqfds
 * @resampled: in pvm->irqfd.resampled, if it has @resample
 * @pvm: the VM
 * @gsi: chosen by the VMM, maybe without a route
 * @event: the anchor's number of the eventfd
 * @file: the eventfd's; the anchor holds it while @event is ours to put
 * @ctx: the eventfd; a reference
 * @wqh: its wait queue, whose lock is held where it is signalled; lives as long as @ctx
 * @wait: in @wqh
 * @resample: the anchor's number of the eventfd to signal when the guest has finished, 0: none
 * @resample_ctx: it; a reference
 */
struct irqfd {
	struct list_head node, resampled;
	struct pvm *pvm;
	u32 gsi;
	u32 event;
	struct file *file;
	struct eventfd_ctx *ctx;
	wait_queue_head_t *wqh;
	wait_queue_entry_t wait;
	u32 resample;
	struct eventfd_ctx *resample_ctx;
};

struct irqfd_poll {
	poll_table pt;
	struct irqfd *f;
};

/* Interrupts off, @wqh's lock held. First of all waiters and, where it takes the event, the only one */
static int wake_up_irqfd(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct irqfd *f = container_of(wait, struct irqfd, wait);
	u64 count;

	if (!(key_to_poll(key) & EPOLLIN) || READ_ONCE(f->pvm->irqfd.frozen))
		return 0;
	eventfd_ctx_do_read(f->ctx, &count);
	routing_raise(f->pvm, f->gsi, true);
	return 1;
}

static void queue(struct file *file, wait_queue_head_t *wqh, poll_table *pt)
{
	struct irqfd *f = container_of(pt, struct irqfd_poll, pt)->f;

	f->wqh = wqh;
	add_wait_queue_priority(wqh, &f->wait);
}

/* Take what was signalled before somebody looked. Who waits for room in the counter has it now */
static void take(struct irqfd *f)
{
	u64 count;

	spin_lock_irq(&f->wqh->lock);
	if (vfs_poll(f->file, NULL) & EPOLLIN) {
		eventfd_ctx_do_read(f->ctx, &count);
		wake_up_locked_poll(f->wqh, EPOLLOUT);
		routing_raise(f->pvm, f->gsi, true);
	}
	spin_unlock_irq(&f->wqh->lock);
}

/* Neither the list nor the anchor knows it any more, or another personality has the VM */
static void irqfd_delete(struct irqfd *f)
{
	if (f->wqh)
		remove_wait_queue(f->wqh, &f->wait);
	if (f->ctx)
		eventfd_ctx_put(f->ctx);
	if (f->resample_ctx)
		eventfd_ctx_put(f->resample_ctx);
	kfree(f);
}

static int find_context(struct pvm *pvm, u32 event, struct file **file, struct eventfd_ctx **ctx)
{
	struct eventfd_ctx *found;

	*file = keel_vm_event_find(pvm->vm, event);
	if (!*file)
		return -EINVAL;
	found = eventfd_ctx_fileget(*file);
	if (IS_ERR(found))
		return PTR_ERR(found);
	*ctx = found;
	return 0;
}

/* From the anchor's numbers; not attached yet, and not in the list */
static struct irqfd *irqfd_new(struct pvm *pvm, u32 gsi, u32 event, u32 resample)
{
	struct irqfd *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	struct file *file;
	int r;

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->pvm = pvm;
	f->gsi = gsi;
	f->event = event;
	f->resample = resample;
	init_waitqueue_func_entry(&f->wait, wake_up_irqfd);
	r = find_context(pvm, event, &f->file, &f->ctx);
	if (!r && resample)
		r = find_context(pvm, resample, &file, &f->resample_ctx);
	if (!r)
		return f;
	irqfd_delete(f);
	return ERR_PTR(r);
}

static void attach(struct irqfd *f)
{
	struct irqfd_poll poll = { .f = f };

	init_poll_funcptr(&poll.pt, queue);
	vfs_poll(f->file, &poll.pt);
}

/* vm->lock held */
static bool in_use(struct pvm *pvm, const struct irqfd *f)
{
	struct irqfd *other;

	list_for_each_entry(other, &pvm->irqfd.irqfds, node)
		if (other->ctx == f->ctx)
			return true;
	return false;
}

static bool gsi_resampled(struct pvm *pvm, u32 gsi)
{
	struct irqfd *f;

	list_for_each_entry(f, &pvm->irqfd.resampled, resampled)
		if (f->gsi == gsi)
			return true;
	return false;
}

/* vm->lock held, or nobody else has the VM */
static void list_irqfd(struct irqfd *f)
{
	list_add_tail(&f->node, &f->pvm->irqfd.irqfds);
	if (f->resample)
		list_add_tail_rcu(&f->resampled, &f->pvm->irqfd.resampled);
}

static void unlist_irqfd(struct irqfd *f)
{
	list_del(&f->node);
	if (!f->resample)
		return;
	list_del_rcu(&f->resampled);
	synchronize_rcu_expedited();	/* irqfd_ended() has done with it */
}

/* vm->lock held. The line that nobody will take down any more goes down */
static void irqfd_remove(struct irqfd *f)
{
	u32 gsi = f->gsi, event = f->event, resample = f->resample;
	struct pvm *pvm = f->pvm;

	unlist_irqfd(f);
	irqfd_delete(f);
	keel_vm_event_put(pvm->vm, event);
	if (!resample)
		return;
	keel_vm_event_put(pvm->vm, resample);
	if (!gsi_resampled(pvm, gsi))
		routing_raise(pvm, gsi, false);
}

/*
 * An eventfd that nobody but the anchor has open will not be signalled again. Mainline lets go of it at the last close;
 * here that is made up for when the next one comes, so that closing and assigning in turns does not pile up files.
 */
static void remove_orphans(struct pvm *pvm)
{
	struct irqfd *f, *next;

	list_for_each_entry_safe(f, next, &pvm->irqfd.irqfds, node)
		if (file_count(f->file) == 1)
			irqfd_remove(f);
}

/* vm->lock held; @event and @resample go to the irqfd, or stay the caller's */
static int assign_events(struct pvm *pvm, u32 gsi, u32 event, u32 resample)
{
	struct irqfd *f = irqfd_new(pvm, gsi, event, resample);

	if (IS_ERR(f))
		return PTR_ERR(f);
	if (in_use(pvm, f)) {
		irqfd_delete(f);
		return -EBUSY;
	}
	list_irqfd(f);
	attach(f);
	take(f);
	return 0;
}

static int assign(struct pvm *pvm, const struct kvm_irqfd *arg)
{
	int event, resample = 0, r;

	if (!vgic_ready(pvm))
		return -EAGAIN;
	remove_orphans(pvm);
	event = keel_vm_event_get(pvm->vm, arg->fd);
	if (event < 0)
		return event;
	if (arg->flags & KVM_IRQFD_FLAG_RESAMPLE)
		resample = keel_vm_event_get(pvm->vm, arg->resamplefd);
	r = resample < 0 ? resample : assign_events(pvm, arg->gsi, event, resample);
	if (!r)
		return 0;
	keel_vm_event_put(pvm->vm, event);
	if (resample > 0)
		keel_vm_event_put(pvm->vm, resample);
	return r;
}

/* That there was none is no error */
static int deassign(struct pvm *pvm, const struct kvm_irqfd *arg)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(arg->fd);
	struct irqfd *f, *next;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	list_for_each_entry_safe(f, next, &pvm->irqfd.irqfds, node)
		if (f->ctx == ctx && f->gsi == arg->gsi)
			irqfd_remove(f);
	eventfd_ctx_put(ctx);
	return 0;
}

/**
 * irqfd_ioctl() - KVM_IRQFD (KVM API 4.75)
 * @pvm: VM; takes vm->lock
 * @arg: as the VMM wrote it, copied once
 *
 * Return: 0; -EINVAL: flags, or not an eventfd; -EAGAIN: the interrupt controller is not initialised; -EBADF; -EBUSY: the
 * eventfd raises a GSI of this VM already; -ENOMEM.
 */
int irqfd_ioctl(struct pvm *pvm, const struct kvm_irqfd *arg)
{
	int r;

	if (arg->flags & ~(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE))
		return -EINVAL;
	mutex_lock(&pvm->vm->lock);
	r = arg->flags & KVM_IRQFD_FLAG_DEASSIGN ? deassign(pvm, arg) : assign(pvm, arg);
	mutex_unlock(&pvm->vm->lock);
	return r;
}

/* The line goes down once, for all who share it, before any of them is told and may raise it again */
void irqfd_ended(struct pvm *pvm, u32 intid)
{
	struct irqfd *f;
	bool down = false;

	rcu_read_lock();
	list_for_each_entry_rcu(f, &pvm->irqfd.resampled, resampled) {
		if (!routing_is_spi(pvm, f->gsi, intid))
			continue;
		if (!down)
			vgic_set_line(pvm, NULL, intid, false);
		down = true;
		keel_eventfd_signal(f->resample_ctx);
	}
	rcu_read_unlock();
}

void irqfd_init(struct pvm *pvm)
{
	INIT_LIST_HEAD(&pvm->irqfd.irqfds);
	INIT_LIST_HEAD(&pvm->irqfd.resampled);
}

void irqfd_release(struct pvm *pvm)
{
	struct irqfd *f, *next;

	list_for_each_entry_safe(f, next, &pvm->irqfd.irqfds, node) {
		list_del(&f->node);
		irqfd_delete(f);
	}
	INIT_LIST_HEAD(&pvm->irqfd.resampled);
}

void irqfd_free(struct pvm *pvm)
{
	irqfd_release(pvm);
	ioeventfd_free(pvm);
	routing_free(pvm);
}

/* ---- swap ---- */

void irqfd_freeze(struct pvm *pvm)
{
	struct irqfd *f;

	WRITE_ONCE(pvm->irqfd.frozen, true);
	/* Whoever is in wake_up_irqfd() has done when the lock has been ours: the vGIC changes no more behind the export */
	list_for_each_entry(f, &pvm->irqfd.irqfds, node) {
		spin_lock_irq(&f->wqh->lock);
		spin_unlock_irq(&f->wqh->lock);
	}
}

void irqfd_thaw(struct pvm *pvm)
{
	struct irqfd *f;

	WRITE_ONCE(pvm->irqfd.frozen, false);
	list_for_each_entry(f, &pvm->irqfd.irqfds, node)
		take(f);
}

static int put_irqfd(const struct irqfd *f, struct keel_stream *s)
{
	struct keel_rec_irqfd rec = { .gsi = f->gsi, .event = f->event, .resample = f->resample };

	return keel_put_irqfd(s, &rec, NULL, 0);
}

int irqfd_export(struct pvm *pvm, struct keel_stream *s)
{
	struct irqfd *f;
	int r = routing_export(pvm, s);

	list_for_each_entry(f, &pvm->irqfd.irqfds, node)
		r = r ?: put_irqfd(f, s);
	return r ?: ioeventfd_export(pvm, s);
}

static int get_irqfd(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_irqfd r;
	struct irqfd *f;
	int ret = keel_get_irqfd(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	f = irqfd_new(pvm, r.gsi, r.event, r.resample);
	if (IS_ERR(f))
		return PTR_ERR(f);
	list_irqfd(f);
	attach(f);
	return 0;
}

int irqfd_import(struct pvm *pvm, const struct keel_record *rec)
{
	int r;

	if (rec->tag == KEEL_REC_irqfd)
		return get_irqfd(pvm, rec);
	r = routing_import(pvm, rec);
	return r == -ENOENT ? ioeventfd_import(pvm, rec) : r;
}
