// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statistics file descriptors (KVM_GET_STATS_FD, KVM API 4.133): the anchor's files, the personality's contents.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "anchor.h"

struct stats_file {
	struct keel_vm *vm;
	struct keel_vcpu *vcpu;		/* NULL: the VM's */
};

static ssize_t stats_fd_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	struct stats_file *stats = file->private_data;

	return gate_pass_vm(stats->vm, stats->vm->pers->stats_read(stats->vm, stats->vcpu, buf, len, pos));
}

static int stats_fd_release(struct inode *inode, struct file *file)
{
	struct stats_file *stats = file->private_data;

	vm_put(stats->vm);
	kfree(stats);
	return 0;
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.release = stats_fd_release,
	.read = stats_fd_read,
	.llseek = noop_llseek,
};

static struct file *stats_open(struct keel_vm *vm, struct keel_vcpu *vcpu)
{
	struct stats_file *stats = kzalloc(sizeof(*stats), GFP_KERNEL_ACCOUNT);
	struct file *file;
	char name[32] = "kvm-vm-stats";

	if (!stats)
		return ERR_PTR(-ENOMEM);
	stats->vm = vm;
	stats->vcpu = vcpu;
	if (vcpu)
		snprintf(name, sizeof(name), "kvm-vcpu-stats:%u", vcpu->id);
	file = anon_inode_getfile(name, &stats_fops, stats, O_RDONLY);
	if (IS_ERR(file)) {
		kfree(stats);
		return file;
	}
	file->f_mode |= FMODE_PREAD;
	vm_get(vm);
	return file;
}

int keel_stats_fd(struct keel_vm *vm, struct keel_vcpu *vcpu)
{
	struct file *file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	file = stats_open(vm, vcpu);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}
EXPORT_SYMBOL_GPL(keel_stats_fd);
