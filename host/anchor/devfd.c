// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of a VM's devices (KVM_CREATE_DEVICE, KVM API 4.79): the anchor's, so that they outlive the personality that
 * made the device; what the attributes mean is the personality's. A file knows its VM and the personality's number of
 * the device, and never looks at an attribute.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "anchor.h"

struct device_file {
	struct keel_vm *vm;
	u32 id;
};

static long call_personality(const struct device_file *dev, unsigned int cmd, unsigned long arg)
{
	const struct keel_personality *p = dev->vm->pers;

	if (p->host_api < HOST_API_DEVICES || !p->device_ioctl)
		return -ENODEV;
	return p->device_ioctl(dev->vm, dev->id, cmd, arg);
}

static long devfd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct device_file *dev = file->private_data;

	if (dev->vm->mm != current->mm)
		return -EIO;
	switch (cmd) {
	case KVM_SET_DEVICE_ATTR:
	case KVM_GET_DEVICE_ATTR:
	case KVM_HAS_DEVICE_ATTR:
		return gate_pass_vm(dev->vm, call_personality(dev, cmd, arg));
	}
	return -ENOTTY;
}

static int devfd_release(struct inode *inode, struct file *file)
{
	struct device_file *dev = file->private_data;

	vm_put(dev->vm);
	kfree(dev);
	return 0;
}

static const struct file_operations devfd_fops = {
	.owner = THIS_MODULE,
	.release = devfd_release,
	.unlocked_ioctl = devfd_ioctl,
	.compat_ioctl = no_compat_ioctl,
	.llseek = noop_llseek,
};

int keel_device_fd(struct keel_vm *vm, u32 id)
{
	struct device_file *dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	int fd;

	if (!dev)
		return -ENOMEM;
	dev->vm = vm;
	dev->id = id;
	vm_get(vm);
	fd = anon_inode_getfd("kvm-device", &devfd_fops, dev, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		vm_put(vm);
		kfree(dev);
	}
	return fd;
}
EXPORT_SYMBOL_GPL(keel_device_fd);
