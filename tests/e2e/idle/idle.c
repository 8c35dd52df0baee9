// SPDX-License-Identifier: GPL-2.0-only
/*
 * An idle state that takes EL2 away. QEMU's CPU_SUSPEND powers nothing down: it is a WFI that returns. So this module
 * gives EL2 of a CPU that enters a low-power state back to the kernel's stub, by the stub's own call: what the CPU
 * would find there had its power been off. For the end-to-end lane only. It counts, and leaves it to keel to come back.
 */
#include <linux/cpu_pm.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <asm/virt.h>

static u32 entered, given_back, refused;
static struct dentry *dir;

static s64 reset_vectors(void)
{
	register u64 x0 asm("x0") = HVC_RESET_VECTORS;

	asm volatile("hvc #0" : "+r" (x0) :
		     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		       "x16", "x17", "memory");
	return x0;
}

/* Interrupts are masked. Two CPUs may count as one when both enter at the same time: the numbers are lower bounds */
static int lose_el2(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event != CPU_PM_ENTER)
		return NOTIFY_DONE;
	entered++;
	/* A host at EL2 has no stub below it */
	if (is_kernel_in_hyp_mode())
		return NOTIFY_OK;
	if (reset_vectors() == HVC_STUB_ERR)
		refused++;
	else
		given_back++;
	return NOTIFY_OK;
}

static struct notifier_block block = {
	.notifier_call = lose_el2,
};

static int __init idle_init(void)
{
	dir = debugfs_create_dir("keel-idle", NULL);
	debugfs_create_u32("entered", 0400, dir, &entered);
	debugfs_create_u32("given_back", 0400, dir, &given_back);
	debugfs_create_u32("refused", 0400, dir, &refused);
	return cpu_pm_register_notifier(&block);
}

static void __exit idle_exit(void)
{
	cpu_pm_unregister_notifier(&block);
	debugfs_remove_recursive(dir);
}

module_init(idle_init);
module_exit(idle_exit);
MODULE_DESCRIPTION("Idle states that lose EL2, for tests");
MODULE_LICENSE("GPL");
