// SPDX-License-Identifier: GPL-2.0-only
/*
 * The anchor's way in: brings up the nucleus, then the registry, then the control device, in this order,
 * because each serves the next. There is no way out: the nucleus stays at EL2 until the machine is switched
 * off, so the code that knows its memory and its CPUs stays too, and rmmod says so.
 */
#include <linux/module.h>

#include "anchor.h"
#include "load.h"

static int __init keel_init(void)
{
	int err = keel_load();

	if (err)
		return err;
	/* EL2 leads back into this module from here on: it stays, whatever else fails */
	err = keel_power_init();
	err = err ?: control_init();
	if (err)
		pr_err("keel: the nucleus runs, but nothing can reach it (%d)\n", err);
	return 0;
}
module_init(keel_init);

MODULE_DESCRIPTION("keel: permanent part of a replaceable KVM");
MODULE_LICENSE("GPL");
