/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that a VMM makes and configures by file descriptor (KVM API 4.79, 4.80): one table of kinds, device.c.
 */
#ifndef KEEL_PERSONALITY_DEVICE_H
#define KEEL_PERSONALITY_DEVICE_H

#include <linux/kvm.h>
#include <linux/types.h>

struct keel_vm;
struct pvm;

/* What keel_device_fd() is given: kind and number, the same for every personality */
#define DEVICE_ID(type, nr)	((type) | (nr) << 16)
#define DEVICE_TYPE(id)		((id) & 0xffff)
#define DEVICE_NR(id)		((id) >> 16)

/**
 * struct device_kind - one KVM_DEV_TYPE_*
 * @type: KVM_DEV_TYPE_*
 * @present: this machine has it; NULL: always
 * @create: vm->lock held; sets the device's number among its kind. Errno of KVM_CREATE_DEVICE
 * @attr: KVM_SET_DEVICE_ATTR, _GET_, _HAS_ (@cmd) on device @nr. No lock held
 *
 * A device whose file could not be made stays: the VMM cannot reach it, and its kind says -EEXIST or makes another.
 */
struct device_kind {
	u32 type;
	bool (*present)(void);
	int (*create)(struct pvm *pvm, u32 *nr);
	long (*attr)(struct pvm *pvm, u32 nr, unsigned int cmd, struct kvm_device_attr *attr);
};

extern const struct device_kind vgic_device_kind;	/* vgicdev.c */
extern const struct device_kind vgicv2_device_kind;	/* vgicv2.c */
extern const struct device_kind its_device_kind;	/* its.c */

/* KVM_CREATE_DEVICE: @cd in kernel memory */
int device_create(struct pvm *pvm, struct kvm_create_device *cd);
/* struct keel_personality.device_ioctl */
long device_ioctl(struct keel_vm *vm, u32 id, unsigned int cmd, unsigned long arg);

#endif
