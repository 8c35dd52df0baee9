// SPDX-License-Identifier: GPL-2.0-only
/*
 * The anchor's way in: brings up the nucleus, then the registry, then the control device, in this order,
 * because each serves the next. There is no way out: the nucleus stays at EL2 until the machine is switched
 * off, so the code that knows its memory and its CPUs stays too: the module holds itself, and rmmod says so.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/delay.h>
#include <linux/module.h>

#include "anchor.h"
#include "load.h"

static int __init keel_init(void)
{
	int err = keel_load();

	if (err)
		return err;
	/* EL2 leads back into this module from here on: it stays, whatever else fails */
	__module_get(THIS_MODULE);
	err = keel_power_init();
	err = err ?: keel_sve_init();
	keel_irqs_init();
	keel_pmu_init();
	err = err ?: control_init();
	if (err)
		pr_err("the nucleus runs, but nothing can reach it (%d)\n", err);
	return 0;
}
module_init(keel_init);

/*
 * Only rmmod -f comes here, and only without a personality: those depend on this module, which no force overrides.
 * So there are no VMs; nothing of the host may lead here any more, and an open /dev/keel is waited for. The nucleus
 * stays as it is, the next keel.ko finds it; in vhe it is part of this module and goes with it.
 */
static void __exit keel_exit(void)
{
	control_exit();
	keel_pmu_exit();
	keel_irqs_exit();
	keel_sve_exit();
	keel_power_exit();
	while (module_refcount(THIS_MODULE) > 1)
		msleep(20);
	keel_abandon();
}
module_exit(keel_exit);

MODULE_DESCRIPTION("keel: permanent part of a replaceable KVM");
MODULE_LICENSE("GPL");
