// SPDX-License-Identifier: GPL-2.0-only
/*
 * The personality as a module: the table of operations the anchor calls, registration and its undo.
 *
 * Owns nothing but the table. Loading it takes over all VMs of the personality before it unless takeover=0;
 * it can be removed when no VM is its own any more (the anchor counts references).
 */
#include <linux/init.h>
#include <linux/module.h>

#include "personality.h"
#include "device.h"

#ifndef KEEL_PERSONALITY_NAME
#define KEEL_PERSONALITY_NAME		"a"
#endif
#ifndef KEEL_PERSONALITY_VERSION
#define KEEL_PERSONALITY_VERSION	"0"
#endif

static bool takeover = true;
module_param(takeover, bool, 0444);
MODULE_PARM_DESC(takeover, "Take over the running VMs and become the default for new ones (default: yes)");

/* On arm64 /dev/kvm itself has no ioctl beyond those the anchor answers */
static long sys_ioctl(unsigned int cmd, unsigned long arg)
{
	return -EINVAL;
}

static struct keel_personality personality = {
	.host_api = KEEL_HOST_API,
	.name = KEEL_PERSONALITY_NAME,
	.version = KEEL_PERSONALITY_VERSION,
	.owner = THIS_MODULE,
	.abi_major = KEEL_ABI_MAJOR,
	.abi_minor = 0,
	.state_min = KEEL_STREAM_VERSION,
	.state_max = KEEL_STREAM_VERSION,
	.check_extension = cap_check,
	.sys_ioctl = sys_ioctl,
	.vm_init = vm_init,
	.vm_destroy = vm_destroy,
	.vm_ioctl = vm_ioctl,
	.vcpu_init = vcpu_init,
	.vcpu_destroy = vcpu_destroy,
	.vcpu_ioctl = vcpu_ioctl,
	.vcpu_run = vcpu_run,
	.stats_read = stats_read,
	.state_export = state_export,
	.state_import = state_import,
	.state_drop = state_drop,
	.state_adopt = state_adopt,
	.state_release = state_release,
	.state_thaw = state_thaw,
	.state_prepare = state_prepare,
	.device_ioctl = device_ioctl,
};

static int __init personality_init(void)
{
	smccc_probe();
	timer_probe();
	return keel_register(&personality, takeover);
}

static void __exit personality_exit(void)
{
	keel_unregister(&personality);
}

module_init(personality_init);
module_exit(personality_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("keel: the KVM logic for arm64, replaceable under running VMs");
MODULE_VERSION(KEEL_PERSONALITY_VERSION);
