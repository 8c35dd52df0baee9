// SPDX-License-Identifier: GPL-2.0-only
/*
 * eventfds that a VMM has given to its VM (irqfds, ioeventfds): kept open here under a number, so that a personality
 * that takes the VM over finds them without the VMM's descriptors. Who waits on one or signals it is the personality;
 * nothing here reads or writes an eventfd.
 */
#include <linux/eventfd.h>
#include <linux/file.h>

#include "anchor.h"

/* Numbers are returned as int, and 0 is nobody's */
#define EVENT_LIMIT	XA_LIMIT(1, INT_MAX)

/**
 * keel_vm_event_get() - keep an eventfd
 * @vm: the VM
 * @fd: the VMM's descriptor
 *
 * Two calls with one eventfd give two numbers.
 *
 * Return: its number, above 0; -EBADF, -EINVAL: not an eventfd, -ENOMEM, -EBUSY: no number is left.
 */
int keel_vm_event_get(struct keel_vm *vm, int fd)
{
	struct file *file = eventfd_fget(fd);
	u32 id;
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = xa_alloc(&vm->anchor->events, &id, file, EVENT_LIMIT, GFP_KERNEL_ACCOUNT);
	if (!ret)
		return id;
	fput(file);
	return ret;
}
EXPORT_SYMBOL_GPL(keel_vm_event_get);

struct file *keel_vm_event_find(struct keel_vm *vm, u32 id)
{
	return xa_load(&vm->anchor->events, id);
}
EXPORT_SYMBOL_GPL(keel_vm_event_find);

/* Nobody may wait on it any more; nothing happens if there is none of that number */
void keel_vm_event_put(struct keel_vm *vm, u32 id)
{
	struct file *file = xa_erase(&vm->anchor->events, id);

	if (file)
		fput(file);
}
EXPORT_SYMBOL_GPL(keel_vm_event_put);

/* The VM goes: all of them */
void events_free(struct keel_vm *vm)
{
	struct file *file;
	unsigned long id;

	xa_for_each(&vm->anchor->events, id, file)
		fput(file);
	xa_destroy(&vm->anchor->events);
}
