// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host wants of a thread before it enters a guest: reschedule, task work, signals. The kernel's own function
 * for that notes a signal in the struct kvm_vcpu it is given. Ours are other structures, so it gets one whose contents
 * mean nothing. This is the only file that includes <linux/kvm_host.h>, and this is all it takes from there.
 */
#include <linux/entry-kvm.h>
#include <linux/kvm_host.h>

#include "anchor.h"

static struct kvm_run signal_run;
static struct kvm_vcpu signal_sink = { .run = &signal_run };

/**
 * host_work() - do what the thread owes the host
 *
 * Context: the thread in KVM_RUN, may sleep.
 *
 * Return: 0, or -EINTR when a signal is pending.
 */
int host_work(void)
{
	return xfer_to_guest_mode_handle_work(&signal_sink);
}
