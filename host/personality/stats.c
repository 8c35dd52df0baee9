// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binary statistics (KVM API 4.133): header, name, descriptors and values of a VM's or a vCPU's file.
 *
 * One table per kind says what is counted; values lie in the file in that order. A vCPU's counters are written by its
 * own thread only, a VM's are atomic; they are read without a lock.
 */
#include <linux/fs.h>
#include <linux/slab.h>

#include "personality.h"

#define NAME_SIZE	48

/* struct kvm_stats_desc with its name, as the file has it */
struct desc {
	u32 flags;
	s16 exponent;
	u16 size;
	u32 offset;
	u32 bucket_size;
	char name[NAME_SIZE];
};

static_assert(offsetof(struct desc, name) == offsetof(struct kvm_stats_desc, name));

#define COUNTER(n)	{ .name = (n), .flags = KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_NONE | KVM_STATS_BASE_POW10 }
#define TIME_NS(n)	{ .name = (n), .exponent = -9,	\
			  .flags = KVM_STATS_TYPE_CUMULATIVE | KVM_STATS_UNIT_SECONDS | KVM_STATS_BASE_POW10 }

/* In the order of struct pvm_stats */
static const struct desc vm_desc[] = {
	COUNTER("remote_tlb_flush"),
};

static_assert(sizeof(struct pvm_stats) == ARRAY_SIZE(vm_desc) * sizeof(u64));

/* In the order of struct pvcpu_stats */
static const struct desc vcpu_desc[] = {
	COUNTER("exits"),
	COUNTER("hvc_exit_stat"),
	COUNTER("wfi_exit_stat"),
	COUNTER("wfe_exit_stat"),
	COUNTER("mmio_exit_user"),
	COUNTER("mmio_exit_kernel"),
	COUNTER("signal_exits"),
	TIME_NS("halt_wait_ns"),
	COUNTER("halt_wakeup"),
	COUNTER("halt_successful_poll"),
	COUNTER("halt_attempted_poll"),
	TIME_NS("halt_poll_success_ns"),
	TIME_NS("halt_poll_fail_ns"),
};

static_assert(sizeof(struct pvcpu_stats) == ARRAY_SIZE(vcpu_desc) * sizeof(u64));

/* The whole file, as it would be read at this moment */
struct file_image {
	struct kvm_stats_header header;
	char name[NAME_SIZE];
	struct desc desc[];
};

static size_t image_size(unsigned int n)
{
	return sizeof(struct file_image) + n * (sizeof(struct desc) + sizeof(u64));
}

static struct file_image *image_create(const struct desc *desc, unsigned int n, const u64 *values)
{
	struct file_image *f = kzalloc(image_size(n), GFP_KERNEL);
	unsigned int i;
	u64 *data;

	if (!f)
		return NULL;
	f->header.name_size = NAME_SIZE;
	f->header.num_desc = n;
	f->header.id_offset = offsetof(struct file_image, name);
	f->header.desc_offset = offsetof(struct file_image, desc);
	f->header.data_offset = f->header.desc_offset + n * sizeof(*desc);
	data = (u64 *)&f->desc[n];
	for (i = 0; i < n; i++) {
		f->desc[i] = desc[i];
		f->desc[i].size = 1;
		f->desc[i].offset = i * sizeof(u64);
		data[i] = READ_ONCE(values[i]);
	}
	return f;
}

/**
 * stats_read() - read from a statistics file
 * @vm: VM
 * @vcpu: vCPU whose file it is, NULL for the VM's
 * @buf: the reader's memory
 * @len: bytes wanted
 * @pos: where from; moved on
 *
 * Return: bytes read, 0 beyond the end; -EFAULT, -ENOMEM.
 */
ssize_t stats_read(struct keel_vm *vm, struct keel_vcpu *vcpu, char __user *buf, size_t len, loff_t *pos)
{
	unsigned int n = vcpu ? ARRAY_SIZE(vcpu_desc) : ARRAY_SIZE(vm_desc);
	struct file_image *f;
	ssize_t r;

	if (vcpu)
		f = image_create(vcpu_desc, n, (const u64 *)&to_pvcpu(vcpu)->stats);
	else
		f = image_create(vm_desc, n, (const u64 *)&to_pvm(vm)->stats);
	if (!f)
		return -ENOMEM;
	if (vcpu)
		snprintf(f->name, NAME_SIZE, "kvm-%u/vcpu-%u", vm->serial, vcpu->id);
	else
		snprintf(f->name, NAME_SIZE, "kvm-%u", vm->serial);
	r = simple_read_from_buffer(buf, len, pos, f, image_size(n));
	kfree(f);
	return r;
}
