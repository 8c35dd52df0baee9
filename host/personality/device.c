// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CREATE_DEVICE and the ioctls of a device's file: finds the kind, copies the argument once. The files are the
 * anchor's, so a VMM's descriptor means the same device to whichever personality has the VM.
 */
#include "personality.h"
#include "device.h"

static const struct device_kind *const kinds[] = {
	&vgic_device_kind,
	&vgicv2_device_kind,
	&its_device_kind,
};

static const struct device_kind *find(u32 type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->type == type && (!kinds[i]->present || kinds[i]->present()))
			return kinds[i];
	return NULL;
}

/**
 * device_create() - KVM_CREATE_DEVICE (KVM API 4.79)
 * @pvm: VM; takes vm->lock
 * @cd: in kernel memory; cd->fd is set
 *
 * Return: 0; -ENODEV: no such kind; -EEXIST and others from the kind; errno of making a file.
 */
int device_create(struct pvm *pvm, struct kvm_create_device *cd)
{
	const struct device_kind *kind = find(cd->type);
	u32 nr = 0;
	int r;

	if (!kind)
		return -ENODEV;
	if (cd->flags & KVM_CREATE_DEVICE_TEST)
		return 0;
	mutex_lock(&pvm->vm->lock);
	r = kind->create(pvm, &nr);
	mutex_unlock(&pvm->vm->lock);
	if (r)
		return r;
	r = keel_device_fd(pvm->vm, DEVICE_ID(kind->type, nr));
	if (r < 0)
		return r;
	cd->fd = r;
	return 0;
}

long device_ioctl(struct keel_vm *vm, u32 id, unsigned int cmd, unsigned long arg)
{
	const struct device_kind *kind = find(DEVICE_TYPE(id));
	struct kvm_device_attr attr;

	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
	case KVM_GET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		break;
	default:
		return -ENOTTY;
	}
	if (!kind)
		return -ENODEV;
	if (copy_from_user(&attr, (void __user *)arg, sizeof(attr)))
		return -EFAULT;
	return kind->attr(to_pvm(vm), DEVICE_NR(id), cmd, &attr);
}
