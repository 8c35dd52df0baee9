// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of memory that a VMM may give a guest and that have no ordinary pages behind them: a device's registers
 * (VM_PFNMAP), a huge page of 1 GiB, a page that went bad. Nothing here knows who implements /dev/kvm, so that the
 * built-in KVM can be asked whether a check is right.
 *
 * Output, one line each: "ok NAME", "skip NAME # why" or "not ok NAME # why"; exit status 1 if any failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM		0x80000000UL
#define RAM_SIZE	0x10000UL
#define KIND		0x100000000UL	/* the memory in question */
#define DEVICE		0x0a000000UL	/* nothing is there: accesses come to the VMM */
#define GIB		0x40000000UL
#define PAGE		4096UL

#define FW_CFG		0x09020000UL	/* QEMU virt: data at 0, selector (big-endian) at 8; key 0 reads "QEMU" */

#define CORE(field)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

/* Instructions: x0 value, x1 address, x28 DEVICE */
#define LDR_X0		0xf9400020
#define STR_X0		0xf9000020
#define LDRB_W0		0x39400020
#define STRH_W0		0x79000020
#define TELL_X0		0xf9000380

#ifndef MADV_HWPOISON
#define MADV_HWPOISON	100
#endif

static int vm, vcpu, run_size;
static struct kvm_run *run;
static unsigned int *ram;
static jmp_buf ended;
static char why[200];

/* Ends the test: 1 it failed, 2 it cannot be had here */
#define END(how, ...) do {						\
	snprintf(why, sizeof(why), __VA_ARGS__);			\
	longjmp(ended, how);						\
} while (0)
#define CHECK(cond) do {						\
	if (!(cond))							\
		END(1, "line %d: %s: %m", __LINE__, #cond);		\
} while (0)

static void set(unsigned long id, unsigned long val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)&val };

	CHECK(!ioctl(vcpu, KVM_SET_ONE_REG, &reg));
}

static int set_slot(unsigned int slot, unsigned long ipa, void *hva, unsigned long size, unsigned int flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = ipa, .memory_size = size,
		.userspace_addr = (unsigned long)hva,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static void set_up(void)
{
	struct kvm_vcpu_init init = { };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	CHECK(kvm >= 0);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	CHECK(vm >= 0);
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	close(kvm);
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(ram != MAP_FAILED && !set_slot(0, RAM, ram, RAM_SIZE, 0));
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	CHECK(vcpu >= 0 && !ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) && !ioctl(vcpu, KVM_ARM_VCPU_INIT, &init));
	run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	CHECK(run != MAP_FAILED);
}

static void tear_down(void)
{
	munmap(run, run_size);
	close(vcpu);
	close(vm);
	munmap(ram, RAM_SIZE);
}

/* One access of the guest: 0 and the value in *val, or the errno of KVM_RUN */
static int access_once(unsigned int instruction, unsigned long ipa, unsigned long *val)
{
	ram[0] = instruction;
	ram[1] = TELL_X0;
	__builtin___clear_cache((char *)ram, (char *)(ram + 2));
	set(CORE(regs.regs[0]), *val);
	set(CORE(regs.regs[1]), ipa);
	set(CORE(regs.regs[28]), DEVICE);
	set(CORE(regs.pc), RAM);
	if (ioctl(vcpu, KVM_RUN, 0))
		return errno;
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != DEVICE || !run->mmio.is_write)
		END(1, "line %d: exit %u, address %llx", __LINE__, run->exit_reason, run->mmio.phys_addr);
	memcpy(val, run->mmio.data, 8);
	/* The store is over before the next registers are set */
	run->immediate_exit = 1;
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EINTR);
	run->immediate_exit = 0;
	return 0;
}

static unsigned long guest_read(unsigned long ipa)
{
	unsigned long val = 0;
	int err = access_once(LDR_X0, ipa, &val);

	if (err)
		END(1, "a read at %#lx: %s", ipa, strerror(err));
	return val;
}

static void guest_write(unsigned long ipa, unsigned long val)
{
	int err = access_once(STR_X0, ipa, &val);

	if (err)
		END(1, "a write at %#lx: %s", ipa, strerror(err));
}

/* ---- the tests ---------------------------------------------------------------------------------------------- */

static void a_devices_registers_are_a_device_to_the_guest(void)
{
	unsigned long val;
	int mem = open("/dev/mem", O_RDWR | O_SYNC), i;
	void *p;

	if (mem < 0)
		END(2, "no /dev/mem");
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, mem, FW_CFG);
	if (p == MAP_FAILED)
		END(2, "the kernel keeps fw_cfg to itself");
	CHECK(!set_slot(1, KIND, p, PAGE, 0));
	for (i = 0; i < 2; i++) {
		val = 0;
		CHECK(!access_once(STRH_W0, KIND + 8, &val));
		for (const char *c = "QEMU"; *c; c++) {
			val = 0;
			CHECK(!access_once(LDRB_W0, KIND, &val));
			CHECK(val == (unsigned long)*c);
		}
	}
	munmap(p, PAGE);
	val = 0;
	CHECK(access_once(LDRB_W0, KIND, &val) == EFAULT);
}

static int dirty_pages(unsigned long bytes, unsigned long *first)
{
	unsigned long words = bytes / PAGE / 64, *bits = calloc(words, 8), i;
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bits };
	int n = 0;

	CHECK(bits && !ioctl(vm, KVM_GET_DIRTY_LOG, &log));
	for (i = 0; i < words; i++) {
		if (bits[i] && !n)
			*first = i * 64 + __builtin_ctzl(bits[i]);
		n += __builtin_popcountl(bits[i]);
	}
	free(bits);
	return n;
}

static void a_huge_page_of_1_gib_works_whole_and_in_pieces(void)
{
	static const unsigned long at[] = { 0, PAGE, 2UL << 20, GIB / 2 + 8, GIB - 8 };
	unsigned long i, first = 0, val = 0;
	char *p = mmap(NULL, GIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 30 << 26, -1, 0);

	if (p == MAP_FAILED)
		END(2, "no huge page of 1 GiB: %m");
	CHECK(!set_slot(1, KIND, p, GIB, 0));
	for (i = 0; i < 5; i++)
		guest_write(KIND + at[i], 0x1000 + i);
	for (i = 0; i < 5; i++)
		CHECK(*(unsigned long *)(p + at[i]) == 0x1000 + i && guest_read(KIND + at[i]) == 0x1000 + i);
	/* Logging: from here on page by page, with nothing lost and nothing else dirty */
	CHECK(!set_slot(1, KIND, p, GIB, KVM_MEM_LOG_DIRTY_PAGES));
	dirty_pages(GIB, &first);
	CHECK(guest_read(KIND + at[3]) == 0x1003 && !dirty_pages(GIB, &first));
	guest_write(KIND + at[3], 7);
	CHECK(dirty_pages(GIB, &first) == 1 && first == at[3] / PAGE);
	CHECK(*(unsigned long *)(p + at[3]) == 7 && guest_read(KIND + at[4]) == 0x1004);
	CHECK(!set_slot(1, KIND, p, GIB, 0));
	guest_write(KIND + at[1], 9);
	CHECK(*(unsigned long *)(p + at[1]) == 9 && guest_read(KIND + at[2]) == 0x1002);
	munmap(p, GIB);
	CHECK(access_once(LDR_X0, KIND, &val) == EFAULT);
}

static volatile int bus_code;
static void *volatile bus_addr;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	bus_code = info->si_code;
	bus_addr = info->si_addr;
}

static void a_page_that_went_bad_is_a_signal_with_its_address(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long i, val;
	int err;

	CHECK(p != MAP_FAILED && !sigaction(SIGBUS, &sa, NULL) && !set_slot(1, KIND, p, 4 * PAGE, 0));
	for (i = 0; i < 4; i++)
		guest_write(KIND + i * PAGE, i);
	if (madvise(p + 2 * PAGE, PAGE, MADV_HWPOISON))
		END(2, "MADV_HWPOISON: %m");
	for (i = 0; i < 2; i++) {
		bus_code = 0;
		val = 0;
		err = access_once(LDR_X0, KIND + 2 * PAGE, &val);
		if (err != EINTR || bus_code != BUS_MCEERR_AR || bus_addr != p + 2 * PAGE)
			END(1, "errno %d, code %d, address %p for %p", err, bus_code, bus_addr, p + 2 * PAGE);
	}
	CHECK(guest_read(KIND + PAGE) == 1 && guest_read(KIND + 3 * PAGE) == 3);
	munmap(p, 4 * PAGE);
}

#define TEST(name) { #name, name }
static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	TEST(a_devices_registers_are_a_device_to_the_guest),
	TEST(a_huge_page_of_1_gib_works_whole_and_in_pieces),
	TEST(a_page_that_went_bad_is_a_signal_with_its_address),
};

int main(void)
{
	volatile unsigned int i, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		alarm(100);	/* a guest that runs away ends the program: status, not a hang */
		switch (setjmp(ended)) {
		case 0:
			set_up();
			tests[i].run();
			tear_down();
			printf("ok %s\n", tests[i].name);
			break;
		case 2:
			printf("skip %s # %s\n", tests[i].name, why);
			break;
		default:
			printf("not ok %s # %s\n", tests[i].name, why);
			bad = 1;
		}
	}
	return bad;
}
