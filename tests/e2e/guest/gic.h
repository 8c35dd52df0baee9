/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs about interrupts share: a VM with a GIC, looked at in the GIC's registers so that no guest has to run,
 * its routing and irqfds. With "swap" the VM goes to the other personality at every step().
 */
#ifndef GIC_H
#define GIC_H

#include "checks.h"
#include <sys/eventfd.h>

#define GIC_DIST	0x08000000UL
#define GIC_ITS		0x08080000UL
#define GIC_REDIST	0x080a0000UL
#define SPI		40U		/* edge-triggered; its GSI is 32 less */
#define GSI		(SPI - 32)

static int gic;

/* Nothing here takes an exception */
static void vectors(void)
{
}

static inline void step(void)
{
	if (swapping)
		to_the_other();
}

static inline int eventfd_new(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	CHECK(fd >= 0, "%m");
	return fd;
}

static inline void signal_fd(int fd)
{
	unsigned long one = 1;

	CHECK(write(fd, &one, 8) == 8, "%m");
}

/* The counter, which is 0 afterwards */
static inline unsigned long drain(int fd)
{
	unsigned long n = 0;

	return read(fd, &n, 8) == 8 ? n : 0;
}

/* ---- devices ---- */

static inline int attr(int fd, unsigned long cmd, unsigned int group, unsigned long which, void *val)
{
	struct kvm_device_attr a = { .group = group, .attr = which, .addr = (unsigned long)val };

	return ioctl(fd, cmd, &a) ? errno : 0;
}

static inline void must_attr(int fd, unsigned int group, unsigned long which, unsigned long val)
{
	int err = attr(fd, KVM_SET_DEVICE_ATTR, group, which, &val);

	CHECK(!err, "group %u attr %#lx: %s", group, which, strerror(err));
}

static inline int device(unsigned int type)
{
	struct kvm_create_device cd = { .type = type };

	CHECK(!ioctl(vm, KVM_CREATE_DEVICE, &cd), "type %u: %m", type);
	return cd.fd;
}

static inline void dist_set(unsigned int offset, unsigned int val)
{
	CHECK(!attr(gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset, &val), "%m");
}

static inline unsigned int dist(unsigned int offset)
{
	unsigned int val = 0;
	int err = attr(gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset, &val);

	CHECK(!err, "%#x: %s", offset, strerror(err));
	return val;
}

static inline void make_gic(void)
{
	gic = device(KVM_DEV_TYPE_ARM_VGIC_V3);
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GIC_DIST);
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, GIC_REDIST);
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
	dist_set(0xc00 + SPI / 16 * 4, 2U << SPI % 16 * 2);	/* edge */
}

/* Pending, which it is not afterwards */
static inline int took_spi(unsigned int spi)
{
	unsigned int word = dist(0x200 + spi / 32 * 4), bit = 1U << spi % 32;

	if (word & bit)
		dist_set(0x200 + spi / 32 * 4, word & ~bit);
	return !!(word & bit);
}

static inline int irqfd(int fd, unsigned int gsi, unsigned int flags, int resample)
{
	struct kvm_irqfd arg = { .fd = fd, .gsi = gsi, .flags = flags, .resamplefd = resample };

	return ioctl(vm, KVM_IRQFD, &arg) ? errno : 0;
}

static inline int route(unsigned int n, const struct kvm_irq_routing_entry *e)
{
	char room[sizeof(struct kvm_irq_routing) + 4 * sizeof(*e)] __attribute__((aligned(8))) = { 0 };
	struct kvm_irq_routing *r = (void *)room;

	r->nr = n;
	memcpy(r->entries, e, n <= 4 ? n * sizeof(*e) : 0);
	return ioctl(vm, KVM_SET_GSI_ROUTING, r) ? errno : 0;
}

#define PIN(g, p) { .gsi = (g), .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip.pin = (p) }

#endif
