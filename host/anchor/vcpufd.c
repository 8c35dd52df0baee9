// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPU file descriptors: ioctls, one at a time, and the mapping of kvm_run, coalesced ring and dirty ring, which
 * stays what it is over every swap.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "anchor.h"

/* KVM_SET_SIGNAL_MASK, KVM API 4.17 */
static long vcpu_set_sigmask(struct keel_vcpu *vcpu, unsigned long arg)
{
	struct kvm_signal_mask __user *user = (void __user *)arg;
	struct kvm_signal_mask mask;
	sigset_t set;

	if (!user) {
		vcpu->anchor->sigset_active = false;
		return 0;
	}
	if (copy_from_user(&mask, user, sizeof(mask)))
		return -EFAULT;
	if (mask.len != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, user->sigset, sizeof(set)))
		return -EFAULT;
	sigdelsetmask(&set, sigmask(SIGKILL) | sigmask(SIGSTOP));
	vcpu->anchor->sigset = set;
	vcpu->anchor->sigset_active = true;
	return 0;
}

static long vcpu_locked_ioctl(struct keel_vcpu *vcpu, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KVM_RUN:
		return arg ? -EINVAL : vcpu_run_ioctl(vcpu);
	case KVM_SET_SIGNAL_MASK:
		return vcpu_set_sigmask(vcpu, arg);
	default:
		return gate_pass_vcpu(vcpu, vcpu->vm->pers->vcpu_ioctl(vcpu, cmd, arg));
	}
}

static long vcpu_fd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct keel_vcpu *vcpu = file->private_data;
	long ret;

	if (vcpu->vm->mm != current->mm)
		return -EIO;
	if (_IOC_TYPE(cmd) != KVMIO)
		return -EINVAL;
	if (mutex_lock_killable(&vcpu->anchor->mutex))
		return -EINTR;
	ret = vcpu_locked_ioctl(vcpu, cmd, arg);
	mutex_unlock(&vcpu->anchor->mutex);
	return ret;
}

static struct page *vcpu_mapped_page(struct keel_vcpu *vcpu, pgoff_t pgoff)
{
	pgoff_t ring = pgoff - KEEL_DIRTY_RING_PAGE;

	if (pgoff == 0)
		return virt_to_page(vcpu->run);
	if (pgoff == KEEL_COALESCED_PAGE)
		return virt_to_page(vcpu->vm->coalesced);
	if (pgoff >= KEEL_DIRTY_RING_PAGE && ring < vcpu->dirty_ring_size >> PAGE_SHIFT)
		return vmalloc_to_page((void *)vcpu->dirty_ring + (ring << PAGE_SHIFT));
	return NULL;
}

static vm_fault_t vcpu_fault(struct vm_fault *vmf)
{
	struct page *page = vcpu_mapped_page(vmf->vma->vm_file->private_data, vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct vcpu_vm_ops = {
	.fault = vcpu_fault,
};

/* A private copy of the dirty ring would never be seen by the kernel again, and nobody executes one */
static int vcpu_fd_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct keel_vcpu *vcpu = file->private_data;
	pgoff_t ring_end = KEEL_DIRTY_RING_PAGE + (vcpu->dirty_ring_size >> PAGE_SHIFT);
	bool ring = vma->vm_pgoff + vma_pages(vma) > KEEL_DIRTY_RING_PAGE && vma->vm_pgoff < ring_end;

	if (ring && ((vma->vm_flags & VM_EXEC) || !(vma->vm_flags & VM_SHARED)))
		return -EINVAL;
	vma->vm_ops = &vcpu_vm_ops;
	return 0;
}

static int vcpu_fd_release(struct inode *inode, struct file *file)
{
	struct keel_vcpu *vcpu = file->private_data;

	vm_put(vcpu->vm);
	return 0;
}

static const struct file_operations vcpu_fops = {
	.owner = THIS_MODULE,
	.release = vcpu_fd_release,
	.unlocked_ioctl = vcpu_fd_ioctl,
	.mmap = vcpu_fd_mmap,
	.compat_ioctl = no_compat_ioctl,
	.llseek = noop_llseek,
};

/**
 * vcpu_fd_install() - publish a vCPU and give the VMM its file descriptor
 * @vcpu: whole, but not in vm->vcpus yet; vm->lock held
 *
 * Return: the file descriptor, or an errno and nothing was published.
 */
int vcpu_fd_install(struct keel_vcpu *vcpu)
{
	struct keel_vm *vm = vcpu->vm;
	struct file *file;
	char name[32];
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	snprintf(name, sizeof(name), "kvm-vcpu:%u", vcpu->id);
	file = anon_inode_getfile(name, &vcpu_fops, vcpu, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	vm_get(vm);
	vm->vcpus[vcpu->idx] = vcpu;
	smp_store_release(&vm->nr_vcpus, vcpu->idx + 1);	/* pairs with those who read vm->vcpus */
	fd_install(fd, file);
	return fd;
}
