// SPDX-License-Identifier: GPL-2.0-only
/*
 * A light VMM for the checking guest: KVM's API and nothing else, one thread a vCPU. It runs until SIGTERM or a
 * number of seconds, and tells per vCPU how far the guest came and what it found wrong. Exit status 0: every
 * vCPU made progress and saw nothing wrong.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

struct vcpu {
	int fd;
	unsigned int idx;
	struct kvm_run *run;
	pthread_t thread;
	unsigned long stored;	/* at the echo device */
	volatile bool waiting;	/* interrupt line is up */
	unsigned long levels;	/* of timers, as last seen (KVM_CAP_ARM_USER_IRQ) */
};

static struct vcpu vcpus[GUEST_VCPUS];
volatile sig_atomic_t stop;
int vm_fd;
static unsigned char *ram;
static size_t ram_size;

static struct {
	const char *device;
	unsigned int vcpus, seconds, mem_mib;
	unsigned long work;
	bool log;
	const char *ready;
	bool a32;
} opt = { .device = "/dev/kvm", .vcpus = 1, .seconds = 5, .mem_mib = 64 };

extern const unsigned char guest_image[], guest_image_end[], guest32_image[], guest32_image_end[];
asm(".section .rodata\n"
    ".global guest_image, guest_image_end\n"
    "guest_image: .incbin \"" GUEST_IMAGE "\"\n"
    "guest_image_end: .byte 0\n"
    ".global guest32_image, guest32_image_end\n"
    "guest32_image: .incbin \"" GUEST32_IMAGE "\"\n"
    "guest32_image_end: .byte 0\n"
    ".previous\n");

void die(const char *what)
{
	fprintf(stderr, "swapguest: %s: %s\n", what, strerror(errno));
	exit(2);
}

void *guest_at(unsigned long addr)
{
	return ram + (addr - GUEST_CODE);
}

void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static struct guest_cpu *shared(unsigned int idx)
{
	return guest_at(GUEST_CPUS + idx * 4096UL);
}

static void set_core(int fd, unsigned long offset, unsigned long val)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (offset / sizeof(__u32)),
		.addr = (unsigned long)&val,
	};

	if (ioctl(fd, KVM_SET_ONE_REG, &reg))
		die("KVM_SET_ONE_REG");
}

static void set_memory(__u32 flags)
{
	struct kvm_userspace_memory_region slot = {
		.flags = flags,
		.guest_phys_addr = GUEST_CODE,
		.memory_size = ram_size,
		.userspace_addr = (unsigned long)ram,
	};

	if (ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &slot))
		die("KVM_SET_USER_MEMORY_REGION");
}

static void create_vm(void)
{
	int kvm = open(opt.device, O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		die(opt.device);
	vm_fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm_fd < 0)
		die("KVM_CREATE_VM");
	ram_size = (size_t)opt.mem_mib << 20;
	ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED)
		die("guest memory");
	if (opt.work & GUEST_WORK_BENCH) {	/* page by page, populated */
		madvise(ram, ram_size, MADV_NOHUGEPAGE);
		memset(ram, 0, ram_size);
	}
	if (opt.a32)
		memcpy(ram, guest32_image, guest32_image_end - guest32_image);
	else
		memcpy(ram, guest_image, guest_image_end - guest_image);
	if (opt.work & GUEST_WORK_BALLOON)
		madvise(ram, ram_size, MADV_MERGEABLE);
	set_memory(0);
	close(kvm);
}

static void create_vcpu(unsigned int idx)
{
	struct vcpu *v = &vcpus[idx];
	struct guest_cpu *p = shared(idx);
	struct kvm_vcpu_init init;
	size_t share = (ram_size - (GUEST_DATA - GUEST_CODE)) / opt.vcpus & ~4095UL;
	size_t balloon = opt.work & GUEST_WORK_BALLOON ? share / 8 & ~4095UL : 0;

	p->work = opt.work;
	p->data = GUEST_DATA + idx * share;
	p->words = (share - balloon) / 8;
	p->balloon = p->data + share - balloon;
	p->balloon_pages = balloon / 4096;
	v->idx = idx;
	v->fd = ioctl(vm_fd, KVM_CREATE_VCPU, idx);
	if (v->fd < 0)
		die("KVM_CREATE_VCPU");
	if (ioctl(vm_fd, KVM_ARM_PREFERRED_TARGET, &init))
		die("KVM_ARM_PREFERRED_TARGET");
	if (opt.work & GUEST_WORK_SVE)
		init.features[0] |= 1 << KVM_ARM_VCPU_SVE;
	init.features[0] |= 1 << KVM_ARM_VCPU_PSCI_0_2 | (opt.a32 ? 1 << KVM_ARM_VCPU_EL1_32BIT : 0);
	if (ioctl(v->fd, KVM_ARM_VCPU_INIT, &init))
		die("KVM_ARM_VCPU_INIT");
	if (opt.work & GUEST_WORK_SVE && ioctl(v->fd, KVM_ARM_VCPU_FINALIZE, &(int){ KVM_ARM_VCPU_SVE }))
		die("KVM_ARM_VCPU_FINALIZE");
	v->run = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		die("kvm_run");
	set_core(v->fd, offsetof(struct kvm_regs, regs.pc), GUEST_CODE);
	set_core(v->fd, offsetof(struct kvm_regs, regs.regs[0]), idx);
}

static void set_line(struct vcpu *v, bool level)
{
	struct kvm_irq_level irq = {
		.irq = KVM_ARM_IRQ_TYPE_CPU << KVM_ARM_IRQ_TYPE_SHIFT | v->idx << KVM_ARM_IRQ_VCPU_SHIFT |
		       KVM_ARM_IRQ_CPU_IRQ,
		.level = level,
	};

	v->waiting = level;
	if (ioctl(vm_fd, KVM_IRQ_LINE, &irq))
		die("KVM_IRQ_LINE");
}

/* The echo device and the interrupt acknowledge; anything else is a lost way */
static bool serve_mmio(struct vcpu *v)
{
	unsigned long addr = v->run->mmio.phys_addr, val = 0;

	if (addr == GUEST_DONE) {
		stop = 1;
		return true;
	}
	if (addr == GUEST_SEND) {
		gic_asked();
		return true;
	}
	if (addr == GUEST_ACK + 8UL * v->idx && v->run->mmio.is_write) {
		if (opt.work & GUEST_WORK_GIC)
			gic_ack();
		else if (!(opt.work & GUEST_WORK_TIMER))
			set_line(v, false);
		return true;
	}
	if (addr != GUEST_ECHO + 8UL * v->idx || v->run->mmio.len != (opt.a32 ? 4 : 8))
		return false;
	if (v->run->mmio.is_write) {
		memcpy(&v->stored, v->run->mmio.data, v->run->mmio.len);
	} else {
		val = 3 * v->stored + 1;
		memcpy(v->run->mmio.data, &val, v->run->mmio.len);
	}
	return true;
}

/* The interrupt controller of VMs without one: whatever a timer asserts is an IRQ (KVM API 8.7) */
static void forward_levels(struct vcpu *v)
{
	unsigned long levels = v->run->s.regs.device_irq_level & (KVM_ARM_DEV_EL1_VTIMER | KVM_ARM_DEV_EL1_PTIMER);

	if (!(opt.work & GUEST_WORK_TIMER) || levels == v->levels)
		return;
	v->levels = levels;
	set_line(v, levels);
}

static void *run_vcpu(void *arg)
{
	struct vcpu *v = arg;
	int err;

	if (opt.work & GUEST_WORK_BENCH)
		stay_on(v->idx);
	while (!stop) {
		err = ioctl(v->fd, KVM_RUN, 0);
		forward_levels(v);
		if (err) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			die("KVM_RUN");
		}
		if (v->run->exit_reason != KVM_EXIT_MMIO || !serve_mmio(v)) {
			fprintf(stderr, "swapguest: vcpu %u: unexpected exit %u at %llx\n", v->idx,
				v->run->exit_reason, (unsigned long long)v->run->mmio.phys_addr);
			exit(3);
		}
	}
	return NULL;
}

static void on_signal(int sig)
{
	if (sig == SIGTERM || sig == SIGINT)
		stop = 1;
}

/*
 * What a VMM and its host do to a VM's memory besides: a stretch of up to 64 pages is paged out, and once more, when what was
 * written to the disk can be let go; found old, or may be blocks or not; pages of a balloon are taken away, and what was in
 * them
 */
static void memory_pressure(void)
{
	static const int advice[] = { MADV_PAGEOUT, MADV_PAGEOUT, MADV_COLD, MADV_NOHUGEPAGE, MADV_HUGEPAGE };
	static size_t last_page, last_n;
	const struct guest_cpu *p = shared(rand() % opt.vcpus);
	size_t page = rand() % (ram_size / 4096 - 64), n = 1 + rand() % 64;
	unsigned char *balloon = ram + (p->balloon - GUEST_CODE);

	madvise(ram + last_page * 4096, last_n * 4096, MADV_PAGEOUT);
	madvise(ram + page * 4096, n * 4096, advice[rand() % 5]);
	last_page = page;
	last_n = n;
	page = rand() % p->balloon_pages;
	if (n > p->balloon_pages - page)
		n = p->balloon_pages - page;
	if (madvise(balloon + page * 4096, n * 4096, MADV_DONTNEED))
		die("MADV_DONTNEED");
}

/* Raise lines of waiting vCPUs every 2 ms until it is time */
static void pass_time(void)
{
	struct timespec tick = { .tv_nsec = 2000000 };
	struct timespec now, end;
	unsigned int i, ticks = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += opt.seconds;
	while (!stop) {
		nanosleep(&tick, NULL);
		if ((opt.work & GUEST_WORK_BALLOON) && !(++ticks % 8))
			memory_pressure();
		for (i = 0; i < opt.vcpus; i++)
			if ((opt.work & GUEST_WORK_WFI) && !vcpus[i].waiting)
				set_line(&vcpus[i], true);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (opt.seconds && (now.tv_sec > end.tv_sec ||
				    (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec)))
			stop = 1;
	}
}

/* In ns of the guest's counter, of all rounds */
static void report_times(const struct guest_cpu *p)
{
	unsigned int i;

	for (i = 0; i < BENCH_MAX; i++)
		if (p->times[i][1])
			printf("bench-time %u %.0f\n", i * 10, (p->times[i][1] - p->times[i][0]) * 1e9 / p->freq);
}

static int report(void)
{
	int bad = 0;
	unsigned int i;

	for (i = 0; i < opt.vcpus; i++) {
		struct guest_cpu *p = shared(i);
		unsigned long us = p->freq ? p->max_gap * 1000000 / p->freq : 0;

		printf("vcpu %u: iterations %lu max_gap_us %lu error %lu detail %lx %lx %lx\n", i, p->iterations, us,
		       p->error, p->detail[0], p->detail[1], p->detail[2]);
		if (p->error || !p->iterations)
			bad = 1;
	}
	return bad;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'd': opt.device = arg; break;
	case 'c': opt.vcpus = atoi(arg); break;
	case 's': opt.seconds = atoi(arg); break;
	case 'm': opt.mem_mib = atoi(arg); break;
	case 'r': opt.ready = arg; break;
	case 'M': opt.work |= GUEST_WORK_MMIO; break;
	case 'W': opt.work |= GUEST_WORK_WFI; break;
	case 'B': opt.work |= GUEST_WORK_BENCH; break;
	case 'G': opt.work |= GUEST_WORK_GIC; break;
	case 'S': opt.work |= GUEST_WORK_SVE; break;
	case 'A': opt.a32 = true; break;
	case 'H': opt.work |= GUEST_WORK_HVC; break;
	case 'P': opt.work |= GUEST_WORK_BALLOON; break;
	case 'T': opt.work |= GUEST_WORK_TIMER; break;
	case 'F': opt.work |= GUEST_WORK_TOUCH; break;
	case 'L': opt.log = true; break;
	case ARGP_KEY_END:
		if (opt.vcpus < 1 || opt.vcpus > GUEST_VCPUS || opt.mem_mib < 8)
			argp_error(state, "1 to %d vCPUs, at least 8 MiB", GUEST_VCPUS);
		if (opt.work & GUEST_WORK_GIC && (opt.a32 || opt.work & (GUEST_WORK_TIMER | GUEST_WORK_WFI)))
			argp_error(state, "with a GIC there is no line of the vCPU's");
		if (opt.a32 && opt.work & GUEST_WORK_BALLOON)
			argp_error(state, "no pressure on an AArch32 guest");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option options[] = {
	{ "device", 'd', "PATH", 0, "KVM device (/dev/kvm)", 0 },
	{ "vcpus", 'c', "N", 0, "vCPUs (1)", 0 },
	{ "seconds", 's', "S", 0, "how long; 0: until SIGTERM (5)", 0 },
	{ "mem", 'm', "MIB", 0, "guest memory (64)", 0 },
	{ "ready", 'r', "FILE", 0, "create FILE when every vCPU has started to count", 0 },
	{ "mmio", 'M', NULL, 0, "each round writes and reads a device of the VMM", 0 },
	{ "wfi", 'W', NULL, 0, "each round waits for an interrupt", 0 },
	{ "bench", 'B', NULL, 0, "run the benchmarks once instead of checking", 0 },
	{ "gic", 'G', NULL, 0, "a GIC as the host's, a GICv3 with an ITS; each round checks interrupts; with -B benchmarks of 1 or 2 vCPUs with it", 0 },
	{ "pressure", 'P', NULL, 0, "guest memory is paged out, merged and taken away all the time", 0 },
	{ "timer", 'T', NULL, 0, "each round takes interrupts of the timers", 0 },
	{ "touch", 'F', NULL, 0, "fill: touch every page before counting", 0 },
	{ "log", 'L', NULL, 0, "dirty logging is on from when all have started to count", 0 },
	{ "hvc", 'H', NULL, 0, "each round asks PSCI_VERSION", 0 },
	{ "sve", 'S', NULL, 0, "guests have SVE, and each round checks its registers", 0 },
	{ "a32", 'A', NULL, 0, "the guest that is AArch32 at EL1, with checks of its own", 0 },
	{ 0 },
};

/* A vCPU that has counted has been through its first faults: gaps from here on are the hypervisor's */
static void wait_ready(void)
{
	unsigned int i;

	for (i = 0; i < opt.vcpus; i++)
		while (!stop && *(volatile unsigned long *)&shared(i)->iterations < 2)
			usleep(1000);
	if (opt.log)
		set_memory(KVM_MEM_LOG_DIRTY_PAGES);
	for (i = 0; i < opt.vcpus; i++)
		shared(i)->forget_gap = 1;
	if (opt.ready)
		close(open(opt.ready, O_CREAT | O_WRONLY, 0644));
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, "The checking guest and its VMM.", NULL, NULL, NULL };
	struct sigaction sa = { .sa_handler = on_signal };
	bool bad = false;
	unsigned int i;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	create_vm();
	for (i = 0; i < opt.vcpus; i++)
		create_vcpu(i);
	if (opt.work & GUEST_WORK_GIC) {
		gic_create(opt.vcpus);
		gic_start(opt.work & GUEST_WORK_BENCH);
	}
	for (i = 0; i < opt.vcpus; i++)
		if (pthread_create(&vcpus[i].thread, NULL, run_vcpu, &vcpus[i]))
			die("pthread_create");
	if (opt.work & GUEST_WORK_WFI)
		for (i = 0; i < opt.vcpus; i++)
			set_line(&vcpus[i], true);
	if (!(opt.work & (GUEST_WORK_WFI | GUEST_WORK_BENCH)))
		wait_ready();
	else if (opt.ready)
		close(open(opt.ready, O_CREAT | O_WRONLY, 0644));
	pass_time();
	if (opt.work & GUEST_WORK_GIC && !gic_finish())
		bad = true;
	for (i = 0; i < opt.vcpus; i++) {
		vcpus[i].run->immediate_exit = 1;
		pthread_kill(vcpus[i].thread, SIGUSR1);
		pthread_join(vcpus[i].thread, NULL);
	}
	if (opt.work & GUEST_WORK_BENCH)
		report_times(shared(0));
	return report() || bad;
}
