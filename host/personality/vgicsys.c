// SPDX-License-Identifier: GPL-2.0-only
/*
 * System registers of the CPU interface that trap: software generated interrupts, which are for other vCPUs, and
 * ICC_SRE_EL1, which cannot be changed. All others are the CPU's own virtual ones; they trap only for a guest that was
 * told that it has none (ID_AA64PFR0_EL1.GIC), and are undefined then.
 */
#include <linux/bitops.h>

#include "core/gicicc.h"
#include "personality.h"
#include "irqchip.h"
#include "sysreg.h"
#include "vgic.h"

#define PFR0		KEEL_IDREG_IDX(4, 0)
#define PFR0_GIC(v)	(((v) >> 24) & 15)

bool vgic_shown(const struct pvm *pvm)
{
	return pvm->vgic && PFR0_GIC(pvm->ids.val[PFR0]);
}

/* @any_group: of group 0 otherwise (IHI 0069, 4.7.1: one security state) */
static void send_to(struct pvcpu *to, struct pvcpu *self, unsigned int intid, bool any_group)
{
	struct vgic_irq *irq = &to->vgic->irqs[intid];
	struct vgic_cpu *home;
	unsigned long flags;

	home = vgic_irq_lock(irq, &flags);
	/* One that is pending already is one still, and somebody has seen to it */
	if (irq->s.latch || (irq->s.group && !any_group)) {
		vgic_irq_unlock(home, flags);
		return;
	}
	irq->s.latch = true;
	vgic_irq_commit(irq, self, flags);
}

static void send(struct pvcpu *v, const struct keel_sgi *sgi, bool any_group)
{
	unsigned int i, n = pvm_nr_vcpus(v->pvm);
	unsigned long list;
	struct pvcpu *to;

	if (sgi->others) {
		for (i = 0; i < n; i++)
			if (v->pvm->vcpu[i] != v)
				send_to(v->pvm->vcpu[i], v, sgi->intid, any_group);
		return;
	}
	/* Not for_each_set_bit(), whose function costs as much as all else here */
	for (list = sgi->list; list; list &= list - 1) {
		to = vgic_vcpu_by_affinity(v->pvm, sgi->cluster | __ffs(list));
		if (to)
			send_to(to, v, sgi->intid, any_group);
	}
}

bool vgic_access_sgi(struct pvcpu *v, struct sysreg_access *a)
{
	struct keel_sgi sgi = keel_sgi_decode(a->val);

	if (!vgic_shown(v->pvm) || !a->write)
		return false;
	send(v, &sgi, a->reg == SYS_ICC_SGI1R_EL1);
	return true;
}

bool vgic_access_sre(struct pvcpu *v, struct sysreg_access *a)
{
	if (!vgic_shown(v->pvm))
		return false;
	if (!a->write)
		a->val = KEEL_ICC_SRE_VALUE;
	return true;
}
