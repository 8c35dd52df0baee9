// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's side of a guest with a GICv3, or a GICv2 where the host has that: the devices, and a thread that sends interrupts
 * by all the ways that a VMM has: irqfds of an SPI and of an LPI, KVM_SIGNAL_MSI, KVM_IRQ_LINE. Each is sent when the one before has come, and must come
 * once, to whichever vCPU the guest had it routed at that time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

#define SPI_GSI(intid)	((intid) - 32)
#define LPI_GSI		100U
#define PATIENCE_S	20	/* as the guest's */

static volatile struct guest_gic *gic;
static int spi_event, lpi_event, no_event, begin[2];
static bool wrong;
static pthread_t sender;

/* ---- devices ---- */

static int device(unsigned int type)
{
	struct kvm_create_device cd = { .type = type };

	if (ioctl(vm_fd, KVM_CREATE_DEVICE, &cd))
		die("KVM_CREATE_DEVICE");
	return cd.fd;
}

static void attr(int fd, unsigned int group, unsigned long which, unsigned long val)
{
	struct kvm_device_attr a = { .group = group, .attr = which, .addr = (unsigned long)&val };

	if (ioctl(fd, KVM_SET_DEVICE_ATTR, &a))
		die("KVM_SET_DEVICE_ATTR");
}

static struct kvm_irq_routing_entry spi_route(unsigned int intid)
{
	struct kvm_irq_routing_entry e = { .gsi = SPI_GSI(intid), .type = KVM_IRQ_ROUTING_IRQCHIP };

	e.u.irqchip.pin = SPI_GSI(intid);
	return e;
}

static void routes(void)
{
	char room[sizeof(struct kvm_irq_routing) + 2 * sizeof(struct kvm_irq_routing_entry)] = { 0 };
	struct kvm_irq_routing_entry msi = {
		.gsi = LPI_GSI, .type = KVM_IRQ_ROUTING_MSI, .flags = KVM_MSI_VALID_DEVID,
		.u.msi = { .address_lo = GUEST_ITS + 0x10040, .data = LPI_IRQFD, .devid = GUEST_DEVICE },
	};
	struct kvm_irq_routing *r = (void *)room;

	r->nr = gic->v2 ? 1 : 2;
	r->entries[0] = spi_route(IRQ_EDGE);
	r->entries[1] = msi;
	if (ioctl(vm_fd, KVM_SET_GSI_ROUTING, r))
		die("KVM_SET_GSI_ROUTING");
}

static int irqfd(unsigned int gsi)
{
	struct kvm_irqfd arg = { .fd = eventfd(0, EFD_CLOEXEC), .gsi = gsi };

	if (ioctl(vm_fd, KVM_IRQFD, &arg))
		die("KVM_IRQFD");
	return arg.fd;
}

static void create_v2(void)
{
	int dev = device(KVM_DEV_TYPE_ARM_VGIC_V2);

	attr(dev, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_DIST, GUEST_DIST);
	attr(dev, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU, GUEST_CPUIF);
	attr(dev, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

static void create_v3(void)
{
	int dev = device(KVM_DEV_TYPE_ARM_VGIC_V3), its;

	attr(dev, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GUEST_DIST);
	attr(dev, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, GUEST_REDIST);
	attr(dev, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
	its = device(KVM_DEV_TYPE_ARM_VGIC_ITS);
	attr(its, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, GUEST_ITS);
	attr(its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

void gic_create(unsigned int nr_vcpus)
{
	struct kvm_create_device v3 = { .type = KVM_DEV_TYPE_ARM_VGIC_V3, .flags = KVM_CREATE_DEVICE_TEST };

	gic = guest_at(GUEST_GIC);
	gic->nr_vcpus = nr_vcpus;
	gic->v2 = ioctl(vm_fd, KVM_CREATE_DEVICE, &v3) && errno == ENODEV;
	if (gic->v2)
		create_v2();
	else
		create_v3();
	routes();
	spi_event = irqfd(SPI_GSI(IRQ_EDGE));
	if (!gic->v2)
		lpi_event = irqfd(LPI_GSI);
	no_event = eventfd(0, EFD_CLOEXEC);
}

/* ---- sending ---- */

static void set_line(bool level)
{
	struct kvm_irq_level irq = {
		.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | IRQ_LEVEL, .level = level,
	};

	if (ioctl(vm_fd, KVM_IRQ_LINE, &irq))
		die("KVM_IRQ_LINE");
}

void gic_ack(void)
{
	set_line(false);
}

static void signal_event(int fd)
{
	unsigned long one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		die("eventfd");
}

static void send_msi(void)
{
	struct kvm_msi m = {
		.address_lo = GUEST_ITS + 0x10040, .data = LPI_MSI, .flags = KVM_MSI_VALID_DEVID, .devid = GUEST_DEVICE,
	};

	if (ioctl(vm_fd, KVM_SIGNAL_MSI, &m) != 1)
		die("KVM_SIGNAL_MSI");
}

static void send(unsigned int intid)
{
	switch (intid) {
	case IRQ_EDGE: signal_event(spi_event); break;
	case IRQ_LEVEL: set_line(true); break;
	case IRQ_LPI + LPI_IRQFD: signal_event(lpi_event); break;
	case IRQ_LPI + LPI_MSI: send_msi(); break;
	}
}

static unsigned long taken(unsigned int intid)
{
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; i < gic->nr_vcpus; i++)
		n += gic->count[i][IRQ_SLOT(intid)];
	return n;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void complain(const char *what, unsigned int intid, unsigned long n, unsigned long of)
{
	fprintf(stderr, "swapguest: interrupt %u: %s: %lu of %lu came\n", intid, what, n, of);
	wrong = true;
}

/* Each kind by turns, until something is wrong */
static void *send_by_turns(void *unused)
{
	static const unsigned int kinds[] = { IRQ_EDGE, IRQ_LEVEL, IRQ_LPI + LPI_IRQFD, IRQ_LPI + LPI_MSI };
	unsigned int i, nr = gic->v2 ? 2 : 4;
	unsigned long n, sent[4] = { 0 };
	double until;

	while (!stop && !gic->its_ready)
		usleep(1000);
	for (n = 0; !stop && !wrong; n++) {
		i = n % nr;
		send(kinds[i]);
		sent[i]++;
		until = now() + PATIENCE_S;
		while (!stop && taken(kinds[i]) < sent[i] && now() < until)
			usleep(100);
		/* vCPUs stop, too, so that nothing can be said of the last one */
		if (!stop && taken(kinds[i]) < sent[i])
			complain("lost", kinds[i], taken(kinds[i]), sent[i]);
		for (i = 0; i < nr && !wrong; i++)
			if (taken(kinds[i]) > sent[i])
				complain("one too many", kinds[i], taken(kinds[i]), sent[i]);
	}
	printf("interrupts sent by the VMM: %lu, GICv%d\n", n, gic->v2 ? 2 : 3);
	return unused;
}

/* As the guest asks for it, without a pause: both have a CPU of their own */
static void *send_asked(void *unused)
{
	unsigned int last = 0;
	char c;

	stay_on(1);
	if (read(begin[0], &c, 1) != 1)
		return unused;
	while (gic->kind != SEND_NO_MORE) {
		if (gic->send == last) {
			asm volatile("yield" ::: "memory");
			continue;
		}
		last++;
		if (gic->kind == SEND_NOTHING) {
			signal_event(no_event);
			gic->answer++;
		} else {
			send(IRQ_LPI + (gic->kind == SEND_MSI ? LPI_MSI : LPI_IRQFD));
		}
	}
	return unused;
}

void gic_start(bool asked)
{
	if (pipe(begin) || pthread_create(&sender, NULL, asked ? send_asked : send_by_turns, NULL))
		die("the thread that sends");
}

void gic_asked(void)
{
	if (write(begin[1], "", 1) != 1)
		die("pipe");
}

bool gic_finish(void)
{
	close(begin[1]);
	pthread_join(sender, NULL);
	return !wrong;
}
