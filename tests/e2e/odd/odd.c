// SPDX-License-Identifier: GPL-2.0-only
/*
 * A personality that no VM can move to: it knows no record, or, by its parameters, wants a nucleus or a stream of
 * records that nobody has. For the end-to-end lane only: each refusal has to leave the VMs as they were (INV-6).
 */
#include <linux/errno.h>
#include <linux/module.h>

#include "core/stream.h"
#include "keel_host.h"

static ushort abi_minor;
module_param(abi_minor, ushort, 0444);
MODULE_PARM_DESC(abi_minor, "least minor version of the nucleus (0)");

static ushort state = KEEL_STREAM_VERSION;
module_param(state, ushort, 0444);
MODULE_PARM_DESC(state, "version of the record stream");

static uint host_api = KEEL_HOST_API;
module_param(host_api, uint, 0444);
MODULE_PARM_DESC(host_api, "version of the host interface");

static long odd_extension(struct keel_vm *vm, unsigned long ext)
{
	return 0;
}

static long odd_sys(unsigned int cmd, unsigned long arg)
{
	return -ENOTTY;
}

static int odd_vm_init(struct keel_vm *vm, unsigned long type)
{
	return -EINVAL;
}

static void odd_vm_destroy(struct keel_vm *vm)
{
}

static long odd_vm_ioctl(struct keel_vm *vm, unsigned int cmd, unsigned long arg)
{
	return -ENOTTY;
}

static int odd_vcpu_init(struct keel_vcpu *vcpu)
{
	return -EINVAL;
}

static void odd_vcpu_destroy(struct keel_vcpu *vcpu)
{
}

static long odd_vcpu_ioctl(struct keel_vcpu *vcpu, unsigned int cmd, unsigned long arg)
{
	return -ENOTTY;
}

static int odd_vcpu_run(struct keel_vcpu *vcpu)
{
	return -ENOEXEC;
}

static ssize_t odd_stats_read(struct keel_vm *vm, struct keel_vcpu *vcpu, char __user *buf, size_t len, loff_t *pos)
{
	return 0;
}

static int odd_export(struct keel_vm *vm, struct keel_stream *s)
{
	return -EOPNOTSUPP;
}

/* The rule for any personality, with no record known: critical ones are refused */
static int odd_import(struct keel_vm *vm, struct keel_stream *s, void **priv)
{
	struct keel_record rec;
	int ret = keel_stream_open(s);

	while (!ret && (ret = keel_stream_next(s, &rec)) == 1)
		ret = rec.critical ? -EOPNOTSUPP : 0;
	return ret ? ret : -EINVAL;
}

static void odd_drop(struct keel_vm *vm, void *priv)
{
}

static void odd_adopt(struct keel_vm *vm)
{
}

static void odd_release(struct keel_vm *vm, void *priv)
{
}

static struct keel_personality odd = {
	.name = "odd", .version = "0", .owner = THIS_MODULE, .abi_major = KEEL_ABI_MAJOR,
	.check_extension = odd_extension, .sys_ioctl = odd_sys, .vm_init = odd_vm_init, .vm_destroy = odd_vm_destroy,
	.vm_ioctl = odd_vm_ioctl, .vcpu_init = odd_vcpu_init, .vcpu_destroy = odd_vcpu_destroy,
	.vcpu_ioctl = odd_vcpu_ioctl, .vcpu_run = odd_vcpu_run, .stats_read = odd_stats_read,
	.state_export = odd_export, .state_import = odd_import, .state_drop = odd_drop, .state_adopt = odd_adopt,
	.state_release = odd_release,
};

static int __init odd_init(void)
{
	odd.abi_minor = abi_minor;
	odd.state_min = state;
	odd.state_max = state;
	odd.host_api = host_api;
	return keel_register(&odd, true);
}

static void __exit odd_exit(void)
{
	keel_unregister(&odd);
}

module_init(odd_init);
module_exit(odd_exit);
MODULE_DESCRIPTION("A personality that nothing can move to, for tests");
MODULE_LICENSE("GPL");
