/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The GIC's frames: for the bus, and for the VMM.
 */
#ifndef KEEL_PERSONALITY_VGICMMIO_H
#define KEEL_PERSONALITY_VGICMMIO_H

#include "core/gicreg.h"
#include "iobus.h"

/* ctx: unused; struct vgic_region, its vcpus set; unused, a GICv2's */
iobus_fn vgicmmio_dist, vgicmmio_redist, vgicmmio_dist2;

/* There is a register at @offset, for 32-bit accesses */
bool vgicmmio_known(struct pvm *pvm, bool redist, u32 offset);

/**
 * vgicmmio_user() - KVM_DEV_ARM_VGIC_GRP_DIST_REGS and _REDIST_REGS
 * @pvm: VM, all its vCPUs out of KVM_RUN
 * @owner: whose redistributor; NULL: the distributor
 * @offset: the VMM's, anything; what is no register is zero and ignored
 * @write: of *@val; otherwise a read into it
 *
 * Return: 0; -EINVAL: a value this GIC cannot have.
 */
int vgicmmio_user(struct pvm *pvm, struct pvcpu *owner, u32 offset, bool write, u32 *val);

/* The same of a GICv2's distributor, as @owner sees it */
bool vgicmmio_known2(struct pvm *pvm, u32 offset);
int vgicmmio_user2(struct pvcpu *owner, u32 offset, bool write, u32 *val);

#endif
