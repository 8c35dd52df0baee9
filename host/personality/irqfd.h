/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eventfds in place of ioctls and exits: irqfds raise interrupts, ioeventfds tell of a guest's writes; and the routing
 * that says which interrupt a GSI or a message is. The eventfds are the anchor's to keep (keel_vm_event_get()).
 */
#ifndef KEEL_PERSONALITY_IRQFD_H
#define KEEL_PERSONALITY_IRQFD_H

#include <linux/kvm.h>
#include <linux/list.h>
#include <linux/types.h>

struct keel_stream;
struct keel_record;
struct pvm;
struct pvcpu;
struct routes;

#define ROUTES_MAX		4096U	/* KVM_CAP_IRQ_ROUTING: GSIs are below it */
#define ROUTE_PINS		988U	/* SPIs that a GIC can have: pins of irqchip 0 */
#define IOEVENTFD_BUCKETS	64

/**
 * struct pvm_irqfd - what a VM's eventfds and GSIs are
 * @routes: by GSI, see routing.c. Changed under vm->lock, read under RCU in any context
 * @irqfds: struct irqfd; vm->lock
 * @resampled: those with KVM_IRQFD_FLAG_RESAMPLE. Changed under vm->lock, read under RCU
 * @frozen: what is signalled stays in the eventfds: this VM is exported, or imported and not adopted yet
 * @doorbells: struct ioeventfd by address (not those of buses that no guest here can reach). Changed under vm->lock, read
 *	under RCU
 * @others: struct ioeventfd that no access finds
 * @nr_doorbells: entries in both
 */
struct pvm_irqfd {
	struct routes __rcu *routes;
	struct list_head irqfds, resampled;
	bool frozen;
	struct hlist_head doorbells[IOEVENTFD_BUCKETS];
	struct hlist_head others;
	unsigned int nr_doorbells;
};

/* All of the three files. free: detached from all eventfds, which the anchor keeps; no vCPU runs, or another
 * personality has the VM
 */
void irqfd_init(struct pvm *pvm);
/* No eventfd raises an interrupt any more: before the first vCPU goes */
void irqfd_release(struct pvm *pvm);
void irqfd_free(struct pvm *pvm);

/* ---- routing.c */

/* Before vgic_ready() says true: GSI n is SPI n, for @nr of them. vm->lock held. 0, -ENOMEM */
int routing_default(struct pvm *pvm, u32 nr);
/* KVM_SET_GSI_ROUTING (KVM API 4.52) */
int routing_set(struct pvm *pvm, const struct kvm_irq_routing __user *arg);
/* KVM_SIGNAL_MSI (KVM API 4.70): 1 delivered, 0 the guest has it blocked, errno */
int routing_signal_msi(struct pvm *pvm, const struct kvm_msi *msi);
/* A GSI's line, or with @level its message. Any context */
void routing_raise(struct pvm *pvm, u32 gsi, bool level);
/* Is the GSI this SPI? @intid: from 32. Any context */
bool routing_is_spi(struct pvm *pvm, u32 gsi, u32 intid);
void routing_free(struct pvm *pvm);
int routing_export(struct pvm *pvm, struct keel_stream *s);
int routing_import(struct pvm *pvm, const struct keel_record *rec);

/* ---- irqfd.c */

/* KVM_IRQFD (KVM API 4.75) */
int irqfd_ioctl(struct pvm *pvm, const struct kvm_irqfd *arg);

/* Swap: leave what is signalled where it is, before anything of the VM is exported; and take it. Gate closed */
void irqfd_freeze(struct pvm *pvm);
void irqfd_thaw(struct pvm *pvm);
/* Routing, irqfds and ioeventfds; as services_export() and services_import(). An import leaves the VM frozen */
int irqfd_export(struct pvm *pvm, struct keel_stream *s);
int irqfd_import(struct pvm *pvm, const struct keel_record *rec);

/* ---- ioeventfd.c */

/* KVM_IOEVENTFD (KVM API 4.59) */
int ioeventfd_ioctl(struct pvm *pvm, const struct kvm_ioeventfd *arg);
void ioeventfd_free(struct pvm *pvm);
int ioeventfd_export(struct pvm *pvm, struct keel_stream *s);
int ioeventfd_import(struct pvm *pvm, const struct keel_record *rec);

/* A guest's write, vCPU's thread: see there */
bool ioeventfd_write(struct pvm *pvm, u64 ipa, u32 len, u64 data);

#endif
