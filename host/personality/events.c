// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS (KVM API 4.31, 4.32): the pending virtual SError, and the external
 * abort by which a VMM ends an access that it cannot serve.
 */
#include "personality.h"

/**
 * events_get() - KVM_GET_VCPU_EVENTS
 * @v: vCPU, outside the guest
 * @e: answer; an external abort is never pending, it was taken when it was set
 */
int events_get(struct pvcpu *v, struct kvm_vcpu_events *e)
{
	const struct keel_vcpu_page *page = v->vcpu->page;

	memset(e, 0, sizeof(*e));
	e->exception.serror_pending = !!(page->ctl.flags & KEEL_VCTL_VSE);
	e->exception.serror_has_esr = regs_has_ras();
	if (e->exception.serror_pending && e->exception.serror_has_esr)
		e->exception.serror_esr = page->ctl.vsesr;
	return 0;
}

/**
 * events_set() - KVM_SET_VCPU_EVENTS
 * @v: vCPU, outside the guest
 * @e: what is to be pending; nothing set leaves a pending SError as it is
 *
 * Return: 0; -EINVAL: the SError has a syndrome that cannot be had.
 */
int events_set(struct pvcpu *v, const struct kvm_vcpu_events *e)
{
	if (e->exception.serror_pending) {
		int r = inject_serror(v, e->exception.serror_has_esr, e->exception.serror_esr);

		if (r)
			return r;
	}
	if (e->exception.ext_dabt_pending) {
		/* It replaces the answer to the access in flight */
		mmio_cancel(v);
		inject_abort(v, false, v->vcpu->page->exit.far);
	}
	return 0;
}
