// SPDX-License-Identifier: GPL-2.0-only
/*
 * The anchor's way in: brings up the nucleus, then the registry, then the control device, in this order,
 * because each serves the next. There is no way out: the nucleus stays at EL2 until the machine is switched
 * off, so the code that knows its memory and its CPUs stays too, and rmmod says so.
 */
#include <linux/module.h>

#include "anchor.h"

static int __init keel_init(void)
{
	return control_init();
}
module_init(keel_init);

MODULE_DESCRIPTION("keel: permanent part of a replaceable KVM");
MODULE_LICENSE("GPL");
