/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs share that check what VMM and guest see of registers: a VM with one vCPU for each check, registers
 * by name, and one line of result each. Nothing here knows who implements /dev/kvm.
 */
#ifndef CHECKS_H
#define CHECKS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM		0x80000000UL
#define RAM_SIZE	0x200000UL
#define VECTORS		(RAM + 0x10000)
#define DEVICE		0x0a000000UL	/* nothing is there: accesses come to the VMM */
#define FAULT_DOOR	(DEVICE + 0x100)	/* the guest's exception vector stores here */

#define CORE(field)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))
#define SYS(op0, op1, crn, crm, op2)	ARM64_SYS_REG(op0, op1, crn, crm, op2)

static int vm, vcpu, vcpu1, run_size;
static struct kvm_run *run;
static unsigned int *ram;
static unsigned int features0;	/* KVM_ARM_VCPU_INIT */
static int swapping;
static jmp_buf failed;
enum { FAILED = 1, SKIPPED };
static char why[200];

#define CHECK(cond, ...) do {							\
	if (!(cond)) {								\
		int _n = snprintf(why, sizeof(why), "line %d: %s: ", __LINE__, #cond);	\
		snprintf(why + _n, sizeof(why) - _n, " " __VA_ARGS__);		\
		longjmp(failed, FAILED);					\
	}									\
} while (0)

/* The machine cannot do what the check asks for */
#define SKIP(reason) do {							\
	snprintf(why, sizeof(why), "%s", reason);				\
	longjmp(failed, SKIPPED);						\
} while (0)

static int get(int fd, unsigned long id, void *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)val };

	return ioctl(fd, KVM_GET_ONE_REG, &reg) ? errno : 0;
}

static int set(int fd, unsigned long id, unsigned long val)
{
	unsigned long wide[2] = { val, 0 };
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)wide };

	return ioctl(fd, KVM_SET_ONE_REG, &reg) ? errno : 0;
}

static inline unsigned long reg(unsigned long id)
{
	unsigned long val = 0;

	CHECK(!get(vcpu, id, &val), "id %#lx: %m", id);
	return val;
}

static inline void must_set(unsigned long id, unsigned long val)
{
	int err = set(vcpu, id, val);

	CHECK(!err, "id %#lx to %#lx: %s", id, val, strerror(err));
}

static int new_vcpu(unsigned long id)
{
	struct kvm_vcpu_init init = { };
	int fd = ioctl(vm, KVM_CREATE_VCPU, id);

	CHECK(fd >= 0, "%m");
	CHECK(!ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init));
	init.features[0] = features0;
	CHECK(!ioctl(fd, KVM_ARM_VCPU_INIT, &init), "%m");
	return fd;
}

/* The program's own: exception vectors at VECTORS, whose first instruction stores to FAULT_DOOR */
static void vectors(void);

static void set_up(void)
{
	struct kvm_userspace_memory_region slot = { .guest_phys_addr = RAM, .memory_size = RAM_SIZE };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	CHECK(kvm >= 0, "%m");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	CHECK(vm >= 0, "%m");
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	close(kvm);
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(ram != MAP_FAILED);
	vectors();
	slot.userspace_addr = (unsigned long)ram;
	CHECK(!ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "%m");
	vcpu = new_vcpu(0);
	run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	CHECK(run != MAP_FAILED);
	vcpu1 = -1;
}

static void tear_down(void)
{
	munmap(run, run_size);
	close(vcpu);
	if (vcpu1 >= 0)
		close(vcpu1);
	close(vm);
	munmap(ram, RAM_SIZE);
}

/* To the other personality, before every entry: what was set must be found, what was pending must still be */
static void to_the_other(void)
{
	static int to_b;

	to_b = !to_b;
	CHECK(!system(to_b ? "keelctl swap b >/tmp/swap.out 2>&1" : "keelctl swap a >/tmp/swap.out 2>&1"),
	      "keelctl swap %c", to_b ? 'b' : 'a');
}

/* A timer that fires without an interrupt controller may be told to the VMM as a return with EINTR */
static inline void enter(void)
{
	int r;

	if (swapping)
		to_the_other();
	do
		r = ioctl(vcpu, KVM_RUN, 0);
	while (r && errno == EINTR);
	CHECK(!r, "%m");
}

/* Completes what the last exit left open, without running the guest */
static inline void settle(void)
{
	run->immediate_exit = 1;
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EINTR, "%m");
	run->immediate_exit = 0;
}

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define TEST(name) { #name, name }

struct test {
	const char *name;
	void (*run)(void);
};

/* With the argument "swap" the VM goes to the other of keel's personalities before each KVM_RUN */
static int run_tests(const struct test *tests, unsigned int n, int argc, char **argv)
{
	unsigned int i;
	volatile int bad = 0;

	swapping = argc > 1 && !strcmp(argv[1], "swap");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < n; i++) {
		alarm(60);	/* a guest that runs away ends the program: status, not a hang */
		switch (setjmp(failed)) {
		case FAILED:
			printf("not ok %s # %s\n", tests[i].name, why);
			bad = 1;
			continue;
		case SKIPPED:
			printf("skip %s # %s\n", tests[i].name, why);
			continue;
		}
		set_up();
		tests[i].run();
		tear_down();
		printf("ok %s\n", tests[i].name);
	}
	return bad;
}

#endif
