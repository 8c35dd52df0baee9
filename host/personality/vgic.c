// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel GICv3. Nothing is there yet: KVM_CREATE_DEVICE offers none, so no VM has one.
 */
#include "personality.h"
#include "irqchip.h"

bool vgic_present(const struct pvm *pvm)
{
	return false;
}

bool vgic_ready(const struct pvm *pvm)
{
	return false;
}

int vgic_set_line(struct pvm *pvm, struct pvcpu *v, u32 intid, bool level)
{
	return -ENODEV;
}

int vgic_set_timer_line(struct pvcpu *v, u32 intid, u32 phys, bool level)
{
	return -ENODEV;
}

void vgic_before_entry(struct pvcpu *v)
{
}

bool vgic_wakes(struct pvcpu *v)
{
	return false;
}

void vgic_reset_vcpu(struct pvcpu *v)
{
}

int vgic_vcpu_create(struct pvcpu *v)
{
	return 0;
}

void vgic_vcpu_free(struct pvcpu *v)
{
}

void vgic_vm_free(struct pvm *pvm)
{
}

int vgic_export(struct pvm *pvm, struct keel_stream *s)
{
	return 0;
}

int vgic_import(struct pvm *pvm, const struct keel_record *rec)
{
	return -ENOENT;
}
