/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The in-kernel interrupt controller as the rest of the personality sees it: lines and messages in, what the vCPU's
 * list registers hold out. Who raises interrupts (timer.c, irqfd.c, KVM_IRQ_LINE, the ITS) knows no more of the GIC
 * than this.
 */
#ifndef KEEL_PERSONALITY_IRQCHIP_H
#define KEEL_PERSONALITY_IRQCHIP_H

#include <linux/types.h>

struct keel_stream;
struct keel_record;
struct kvm_msi;
struct pvm;
struct pvcpu;

/* KVM_CREATE_DEVICE (or KVM_CREATE_IRQCHIP) made one: never again without, while the VM lives. Lockless */
bool vgic_present(const struct pvm *pvm);
/* This machine can give VMs one, a GICv2 or a GICv3 as its own */
bool vgic_possible(void);
/* vCPUs of a VM, at most */
unsigned int vgic_max_vcpus(void);
/* KVM_CREATE_IRQCHIP, a GICv2: -ENXIO: there is no GIC; -ENODEV: there is another; as KVM_CREATE_DEVICE otherwise */
int vgic_create_legacy(struct pvm *pvm);
/* KVM_ARM_SET_DEVICE_ADDR: -ENODEV: the VM has no GICv2, or @type is none of its frames; -ENXIO, -EEXIST, -EINVAL, -E2BIG */
int vgic_set_legacy_addr(struct pvm *pvm, u64 type, u64 addr);
/* A GICv2 is initialised by its first use: 0; -EBUSY: a GICv3 is not; -ENODEV: there is no vCPU. vgic_present() */
int vgic_init_late(struct pvm *pvm);
/*
 * A guest touches an address without memory: @ipa, of a page, may be a GICv2's CPU interface. 0: it is mapped; -ENOENT: it is
 * not; errno of the nucleus' guest_map
 */
int vgic_map_cpu_frame(struct pvm *pvm, u64 ipa);
/* The guest's GIC has system registers: a GICv3 */
bool vgic_has_sysregs(const struct pvm *pvm);
/* Initialised (KVM_DEV_ARM_VGIC_CTRL_INIT): interrupts can be raised, vCPUs take them. Lockless */
bool vgic_ready(const struct pvm *pvm);

/**
 * vgic_set_line() - a wired interrupt's line changes
 * @pvm: VM
 * @v: vCPU of a PPI; NULL for an SPI
 * @intid: 16..31 with @v, 32..1019 without
 * @level: of the line; of an edge-triggered interrupt the rising edge counts
 *
 * Any context, hard interrupts included. A vCPU that has to take it is made to leave the guest or woken.
 *
 * Return: 0; -EINVAL: no such interrupt here; -ENODEV: not vgic_ready().
 */
int vgic_set_line(struct pvm *pvm, struct pvcpu *v, u32 intid, bool level);

/**
 * vgic_set_timer_line() - the virtual timer's line, hardware-linked
 * @v: vCPU; its thread only, outside the guest
 * @intid: PPI, 16..31
 * @phys: the host's INTID: the list register has HW set, the guest's deactivation is the physical one's; 0: not linked
 * @level: of the line
 *
 * Return: as vgic_set_line().
 */
int vgic_set_timer_line(struct pvcpu *v, u32 intid, u32 phys, bool level);

/* The VM has an ITS: messages say whose they are. Lockless */
bool its_present(const struct pvm *pvm);

/**
 * its_msi() - a message that a device writes
 * @pvm: VM
 * @msi: address, data, and with KVM_MSI_VALID_DEVID whose; whatever the VMM wrote
 *
 * Any context, as vgic_set_line().
 *
 * Return: 1: an interrupt is pending; 0: the guest has not mapped it; -ENODEV: there is no ITS; -EINVAL: not one's
 * address, or it is not said whose message it is; -EBUSY: the ITS or the vCPU's LPIs are switched off.
 */
int its_msi(struct pvm *pvm, const struct kvm_msi *msi);

/**
 * vgic_before_entry() - make the list registers in the vCPU's page say what is pending
 * @v: vCPU; its thread, outside the guest
 *
 * Takes back what the guest has finished with, lists what is to be taken, by priority; asks for maintenance where more
 * is pending than list registers are there. Sets and clears vcpu->timer_lr and vcpu->timer_held for the linked timer.
 * Cheap when nothing has changed. To be called whenever requests were set, an exit was handled, or keel_vcpu_enter()
 * returned KEEL_ENTER_VGIC.
 */
void vgic_before_entry(struct pvcpu *v);

/* The vCPU is out of the guest again: the list registers in its page are right. After each keel_vcpu_enter() */
void vgic_after_exit(struct pvcpu *v);

/* An interrupt that the vCPU's CPU interface would signal is pending: a WFI ends. Any thread, no locks needed */
bool vgic_wakes(struct pvcpu *v);

/* Reset of a vCPU (KVM_ARM_VCPU_INIT): its CPU interface */
void vgic_reset_vcpu(struct pvcpu *v);
/* Life of the VM and vCPU. create: 0 or -ENOMEM; nothing of the guest is touched by free */
int vgic_vcpu_create(struct pvcpu *v);
/* KVM_CREATE_VCPU, not an import: its redistributor's place. -EINVAL: no room in the guest's address space */
int vgic_vcpu_place(struct pvcpu *v);
/* Before the VM's first entry, vm->lock held: 0, or why KVM_RUN fails: -ENXIO, -EINVAL, -EBUSY, -ENOMEM */
int vgic_first_run(struct pvm *pvm);
void vgic_vcpu_free(struct pvcpu *v);
void vgic_vm_free(struct pvm *pvm);

/* Swap, as regs_export() and regs_import(): -ENOENT for a record of somebody else's */
int vgic_export(struct pvm *pvm, struct keel_stream *s);
int vgic_import(struct pvm *pvm, const struct keel_record *rec);
/* After the last record */
int vgic_import_end(struct pvm *pvm);

#endif
