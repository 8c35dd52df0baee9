// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls SEED [COUNT]: random ioctls with random arguments on every kind of file that KVM gives a VMM: /dev/kvm, VM, vCPU,
 * GIC, ITS, statistics. Whatever the answers are, the host has to be none the worse for it: its log is what is judged.
 * Prints the seed, and how often each command had which result, so that two implementations can be compared.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define ROUND		250	/* calls on one VM */
#define RAM_SIZE	0x200000UL

enum kind { DEV, VM, VCPU, GIC, ITS, STATS, KINDS };

static const char *const names[KINDS] = { "kvm", "vm", "vcpu", "gic", "its", "stats" };
static int fds[KINDS];
static struct kvm_run *run;
static unsigned long seed, first_fd;
static unsigned char *ram;

/* Those that mean something on some file of arm64, and a few of other machines' */
static const unsigned int cmds[] = {
	KVM_GET_API_VERSION, KVM_CREATE_VM, KVM_CHECK_EXTENSION, KVM_GET_VCPU_MMAP_SIZE, KVM_CREATE_VCPU, KVM_GET_DIRTY_LOG,
	KVM_SET_USER_MEMORY_REGION, KVM_CREATE_IRQCHIP, KVM_IRQ_LINE, KVM_IRQ_LINE_STATUS, KVM_REGISTER_COALESCED_MMIO,
	KVM_UNREGISTER_COALESCED_MMIO, KVM_SET_GSI_ROUTING, KVM_IRQFD, KVM_IOEVENTFD, KVM_SIGNAL_MSI, KVM_CREATE_DEVICE,
	KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR, KVM_RUN, KVM_GET_REGS, KVM_SET_SIGNAL_MASK,
	KVM_GET_MP_STATE, KVM_SET_MP_STATE, KVM_ENABLE_CAP, KVM_ARM_VCPU_INIT, KVM_ARM_PREFERRED_TARGET, KVM_GET_REG_LIST,
	KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_ARM_SET_DEVICE_ADDR, KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS,
	KVM_SET_GUEST_DEBUG, KVM_CLEAR_DIRTY_LOG, KVM_ARM_VCPU_FINALIZE, KVM_RESET_DIRTY_RINGS, KVM_GET_STATS_FD,
	KVM_SMI, KVM_TRANSLATE, KVM_SET_IDENTITY_MAP_ADDR,
};

struct result {
	unsigned int kind, cmd, err, count;
};

static struct result results[4096];
static unsigned int nr_results;

static unsigned long next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static void note(unsigned int kind, unsigned int cmd, unsigned int err)
{
	unsigned int i;

	for (i = 0; i < nr_results; i++)
		if (results[i].kind == kind && results[i].cmd == cmd && results[i].err == err)
			break;
	if (i == ARRAY_SIZE(results))
		return;
	if (i == nr_results)
		results[nr_results++] = (struct result) { kind, cmd, err, 0 };
	results[i].count++;
}

/* Numbers that are near something: small, a guest address, a register, ours, anything */
static unsigned long number(void)
{
	switch (next_random() % 8) {
	case 0:
	case 1:
	case 2:
		return next_random() % 16;
	case 3:
		return 0x08000000 + (next_random() % 0x40 << 16);
	case 4:
		return 0x6030000000100000UL + next_random() % 0x200;
	case 5:
		return (unsigned long)ram + (next_random() % RAM_SIZE & ~7UL);
	case 6:
		return fds[next_random() % KINDS];
	}
	return next_random();
}

static unsigned long argument(void)
{
	static unsigned long buffer[1024];
	unsigned int i;

	switch (next_random() % 8) {
	case 0:
		return number();
	case 1:
		return next_random() & ~7UL;
	}
	for (i = 0; i < 32; i++)
		buffer[i] = number() | (next_random() & 1 ? number() << 32 : 0);
	return (unsigned long)buffer;
}

static unsigned int command(void)
{
	if (next_random() % 16)
		return cmds[next_random() % ARRAY_SIZE(cmds)];
	return _IOC(next_random() % 4, KVMIO, next_random() % 256, next_random() % 512);
}

static int device(unsigned int type)
{
	struct kvm_create_device cd = { .type = type };

	return ioctl(fds[VM], KVM_CREATE_DEVICE, &cd) ? -1 : (int)cd.fd;
}

static void set_addr(int fd, unsigned int which, unsigned long addr)
{
	struct kvm_device_attr a = { .group = KVM_DEV_ARM_VGIC_GRP_ADDR, .attr = which, .addr = (unsigned long)&addr };

	if (next_random() % 4)
		ioctl(fd, KVM_SET_DEVICE_ATTR, &a);
}

static void make_vm(void)
{
	struct kvm_userspace_memory_region slot = {
		.guest_phys_addr = 0x80000000, .memory_size = RAM_SIZE, .userspace_addr = (unsigned long)ram,
	};
	struct kvm_device_attr init = { .group = KVM_DEV_ARM_VGIC_GRP_CTRL, .attr = KVM_DEV_ARM_VGIC_CTRL_INIT };
	struct kvm_vcpu_init target;

	fds[VM] = ioctl(fds[DEV], KVM_CREATE_VM, 0);
	ioctl(fds[VM], KVM_SET_USER_MEMORY_REGION, &slot);
	fds[VCPU] = ioctl(fds[VM], KVM_CREATE_VCPU, 0);
	run = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fds[VCPU], 0);
	if (run == MAP_FAILED) {
		perror("kvm_run");
		exit(2);
	}
	run->immediate_exit = 1;
	if (next_random() % 4 && !ioctl(fds[VM], KVM_ARM_PREFERRED_TARGET, &target))
		ioctl(fds[VCPU], KVM_ARM_VCPU_INIT, &target);
	fds[GIC] = device(KVM_DEV_TYPE_ARM_VGIC_V3);
	fds[ITS] = device(KVM_DEV_TYPE_ARM_VGIC_ITS);
	fds[STATS] = ioctl(fds[VM], KVM_GET_STATS_FD, 0);
	set_addr(fds[GIC], KVM_VGIC_V3_ADDR_TYPE_DIST, 0x08000000);
	set_addr(fds[GIC], KVM_VGIC_V3_ADDR_TYPE_REDIST, 0x080a0000);
	set_addr(fds[ITS], KVM_VGIC_ITS_ADDR_TYPE, 0x08080000);
	if (next_random() % 2)
		ioctl(fds[GIC], KVM_SET_DEVICE_ATTR, &init);
	eventfd(0, 0);	/* one that a random number finds */
}

static void drop_vm(void)
{
	munmap(run, 4096);
	close_range(first_fd, ~0U, 0);
}

static int by_kind(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(struct result, count));
}

static void on_alarm(int sig)
{
	(void)sig;	/* ends a KVM_RUN that found immediate_exit written over */
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	unsigned long i, count = argc > 2 ? strtoul(argv[2], NULL, 0) : 10000;

	if (argc < 2)
		return 2;
	seed = strtoul(argv[1], NULL, 0) | 1;
	printf("seed %lu, %lu calls\n", seed, count);
	sigaction(SIGALRM, &sa, NULL);
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fds[DEV] = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fds[DEV] < 0 || ram == MAP_FAILED) {
		perror("/dev/kvm");
		return 2;
	}
	first_fd = fds[DEV] + 1;
	for (i = 0; i < count; i++) {
		unsigned int kind = next_random() % KINDS, cmd = command();

		if (i % ROUND == 0) {
			if (i)
				drop_vm();
			make_vm();
		}
		run->immediate_exit = 1;
		alarm(5);
		note(kind, cmd, ioctl(fds[kind], cmd, argument()) < 0 ? errno : 0);
	}
	drop_vm();
	qsort(results, nr_results, sizeof(results[0]), by_kind);
	for (i = 0; i < nr_results; i++)
		printf("%s %#x errno %u: %u\n", names[results[i].kind], results[i].cmd, results[i].err, results[i].count);
	return 0;
}
