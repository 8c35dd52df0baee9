// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls of /dev/kvm and of VM file descriptors. It answers what does not depend on the personality and leads
 * everything else through the gate. A file descriptor never points into a personality's module.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "anchor.h"

/* kvm_run and the coalesced MMIO ring; the dirty ring's pages are found by its own offset */
#define VCPU_MMAP_SIZE	(2 * PAGE_SIZE)

/* 32-bit user space cannot open /dev/kvm; one that was given a file descriptor gets this, as in mainline */
long no_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return -EINVAL;
}

static long vm_fd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct keel_vm *vm = file->private_data;

	if (vm->mm != current->mm)
		return -EIO;
	if (cmd == KVM_CHECK_EXTENSION)
		return gate_pass_vm(vm, vm->pers->check_extension(vm, arg));
	return gate_pass_vm(vm, vm->pers->vm_ioctl(vm, cmd, arg));
}

static int vm_fd_release(struct inode *inode, struct file *file)
{
	vm_put(file->private_data);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.release = vm_fd_release,
	.unlocked_ioctl = vm_fd_ioctl,
	.compat_ioctl = no_compat_ioctl,
	.llseek = noop_llseek,
};

static long dev_create_vm(struct file *file, unsigned long type)
{
	struct keel_vm *vm;
	struct file *vm_file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	vm = vm_create(device_personality(file), type);
	if (IS_ERR(vm)) {
		put_unused_fd(fd);
		return PTR_ERR(vm);
	}
	vm_file = anon_inode_getfile("kvm-vm", &vm_fops, vm, O_RDWR);
	if (IS_ERR(vm_file)) {
		put_unused_fd(fd);
		vm_put(vm);
		return PTR_ERR(vm_file);
	}
	fd_install(fd, vm_file);
	return fd;
}

/* The module stays while its code runs, though no VM holds it */
static long dev_ask_personality(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct keel_personality *p = registry_get(device_personality(file));
	long ret;

	if (!p)
		return -ENODEV;
	if (cmd == KVM_CHECK_EXTENSION)
		ret = p->check_extension(NULL, arg);
	else
		ret = p->sys_ioctl(cmd, arg);
	registry_put(p);
	return ret;
}

/* KVM API 4.1 to 4.5 */
long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KVM_GET_API_VERSION:
		return arg ? -EINVAL : KVM_API_VERSION;
	case KVM_CREATE_VM:
		return dev_create_vm(file, arg);
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : VCPU_MMAP_SIZE;
	default:
		return dev_ask_personality(file, cmd, arg);
	}
}
