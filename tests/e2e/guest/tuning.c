// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VMM may set of how a VM is run, that no guest can see: the splitting of blocks ahead of a dirty log (KVM API 8.40),
 * halt polling (7.20). Whatever is set, the log is true and nobody sleeps for ever. Nothing here knows who implements
 * /dev/kvm.
 */
#include <linux/types.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "checks.h"

/* Newer than the headers of a Debian 12 */
#ifndef KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE
#define KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE	228
#define KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES	229
#endif

#define KIND		0x100000000UL
#define BLOCK		0x200000UL
#define SIZE		(4 * BLOCK)
#define PAGE		4096UL
#define PAGES		(SIZE / PAGE)
#define STEP		3		/* every third page is written while it is logged */

static void vectors(void)
{
}

static int enable(int fd, unsigned int cap, unsigned int flags, unsigned long arg)
{
	struct kvm_enable_cap c = { .cap = cap, .flags = flags, .args = { arg } };

	return ioctl(fd, KVM_ENABLE_CAP, &c) ? errno : 0;
}

/* A VM without memslots in place of the one there is */
static void start_again(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	munmap(run, run_size);
	close(vcpu);
	close(vm);
	CHECK(kvm >= 0, "%m");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	close(kvm);
	CHECK(vm >= 0, "%m");
	vcpu = new_vcpu(0);
	run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	CHECK(run != MAP_FAILED);
}

static void set_slot(unsigned int slot, unsigned long gpa, void *hva, unsigned long size, unsigned int flags)
{
	struct kvm_userspace_memory_region r = {
		.slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (unsigned long)hva,
	};

	CHECK(!ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r), "%m");
}

static void a_chunk_is_a_block_size_and_comes_before_memslots(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	unsigned long sizes = (unsigned int)ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES), bit;

	close(kvm);
	CHECK(sizes & PAGE, "%#lx", sizes);
	CHECK(enable(vm, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 0, PAGE) == EINVAL, "the VM has a memslot");
	CHECK(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE) == 0);
	start_again();
	for (bit = 1; bit; bit <<= 1) {
		int err = enable(vm, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 0, bit);

		CHECK(err == (sizes & bit ? 0 : EINVAL), "%#lx: %s", bit, strerror(err));
		CHECK(enable(vm, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 0, bit | bit >> 1) == EINVAL, "%#lx", bit | bit >> 1);
	}
	CHECK(enable(vm, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 1, PAGE) == EINVAL, "a flag");
	CHECK(!enable(vm, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 0, PAGE));
	if (swapping)
		to_the_other();
	CHECK(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE) == (int)PAGE);
	CHECK(!enable(vm, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 0, 0));
	CHECK(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE) == 0);
}

/* The guest stores @val every @step pages */
static void guest_stores(unsigned long val, unsigned long step)
{
	static const unsigned int code[] = {
		0xf9000020,	/* 0: str x0, [x1] */
		0x8b020021,	/* add x1, x1, x2 */
		0xf1000463,	/* subs x3, x3, #1 */
		0x54ffffa1,	/* b.ne 0b */
		0xf9000380,	/* str x0, [x28] */
	};

	memcpy(ram, code, sizeof(code));
	__builtin___clear_cache((char *)ram, (char *)ram + sizeof(code));
	must_set(CORE(regs.regs[0]), val);
	must_set(CORE(regs.regs[1]), KIND);
	must_set(CORE(regs.regs[2]), step * PAGE);
	must_set(CORE(regs.regs[3]), (PAGES + step - 1) / step);
	must_set(CORE(regs.regs[28]), DEVICE);
	must_set(CORE(regs.pc), RAM);
	enter();
	CHECK(run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == DEVICE, "exit %u", run->exit_reason);
	settle();
}

static void check_log(const char *when, unsigned long step)
{
	static unsigned long bits[PAGES / 64];
	struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bits };
	unsigned long i;

	CHECK(!ioctl(vm, KVM_GET_DIRTY_LOG, &log), "%s: %m", when);
	for (i = 0; i < PAGES; i++)
		CHECK((bits[i / 64] >> i % 64 & 1) == (step && i % step == 0), "%s: page %lu", when, i);
}

static void clear_log(void)
{
	static unsigned long bits[PAGES / 64];
	struct kvm_clear_dirty_log log = { .slot = 1, .num_pages = PAGES, .dirty_bitmap = bits };

	memset(bits, 0xff, sizeof(bits));
	CHECK(!ioctl(vm, KVM_CLEAR_DIRTY_LOG, &log), "%m");
}

/* Blocks at first, then logged; @manual: they are split when the VMM clears the log, not when it begins */
static void log_true(unsigned long chunk, unsigned long manual)
{
	unsigned char *mem, *at;
	unsigned long i;

	start_again();
	mem = mmap(NULL, SIZE + BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mem != MAP_FAILED);
	at = (unsigned char *)(((unsigned long)mem + BLOCK - 1) & -BLOCK);
	madvise(at, SIZE, MADV_HUGEPAGE);
	CHECK(!enable(vm, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE, 0, chunk));
	if (manual)
		CHECK(!enable(vm, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0, manual));
	set_slot(0, RAM, ram, RAM_SIZE, 0);
	set_slot(1, KIND, at, SIZE, 0);
	guest_stores(1, 1);
	set_slot(1, KIND, at, SIZE, KVM_MEM_LOG_DIRTY_PAGES);
	if (manual) {
		check_log("initially", 1);
		clear_log();
	}
	check_log("at first", 0);
	guest_stores(2, STEP);
	check_log("after stores", STEP);
	if (manual) {
		check_log("not cleared", STEP);
		clear_log();
	}
	check_log("after that", 0);
	for (i = 0; i < PAGES; i++)
		CHECK(*(unsigned long *)(at + i * PAGE) == (i % STEP ? 1 : 2), "page %lu", i);
	munmap(mem, SIZE + BLOCK);
}

static void a_log_that_splits_blocks_ahead_is_true(void)
{
	log_true(BLOCK, 0);
	log_true(PAGE, 0);
	log_true(512 * BLOCK, 0);
}

static void so_is_one_that_the_vmm_clears(void)
{
	log_true(BLOCK, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET);
}

/* ---- halt polling ------------------------------------------------------------------------------------------- */

static unsigned long stat_of(int fd, const char *name)
{
	struct {
		struct kvm_stats_desc d;
		char name[48];
	} desc;
	struct kvm_stats_header h;
	unsigned long val = 0;
	bool found = false;
	unsigned int i;
	int stats = ioctl(fd, KVM_GET_STATS_FD, NULL);

	CHECK(stats >= 0 && pread(stats, &h, sizeof(h), 0) == sizeof(h) && h.name_size == sizeof(desc.name));
	for (i = 0; i < h.num_desc && !found; i++) {
		CHECK(pread(stats, &desc, sizeof(desc), h.desc_offset + i * sizeof(desc)) == sizeof(desc));
		found = !strcmp(desc.name, name);
	}
	CHECK(found, "%s", name);
	CHECK(pread(stats, &val, sizeof(val), h.data_offset + desc.d.offset) == sizeof(val));
	close(stats);
	return val;
}

static pthread_t main_thread;

static void on_signal(int sig)
{
	(void)sig;
}

/* The vCPU's line goes up and down, and in the end the vCPU comes out */
static void *pulses(void *arg)
{
	struct kvm_irq_level irq = { .irq = KVM_ARM_IRQ_TYPE_CPU << KVM_ARM_IRQ_TYPE_SHIFT | KVM_ARM_IRQ_CPU_IRQ };
	int i;

	for (i = 0; i < 40; i++) {
		irq.level = ~i & 1;
		ioctl(vm, KVM_IRQ_LINE, &irq);
		usleep(2000);
	}
	run->immediate_exit = 1;
	pthread_kill(main_thread, SIGUSR1);
	return arg;
}

/* The guest waits, again and again. Returns how often the vCPU polled */
static unsigned long polls(unsigned long max_ns)
{
	unsigned long before = stat_of(vcpu, "halt_attempted_poll"), waits = stat_of(vcpu, "wfi_exit_stat");
	pthread_t thread;

	CHECK(!enable(vm, KVM_CAP_HALT_POLL, 0, max_ns));
	if (swapping)
		to_the_other();
	CHECK(stat_of(vcpu, "halt_attempted_poll") == before);
	ram[0] = 0xd503207f;	/* wfi */
	ram[1] = 0x17ffffff;	/* b .-4 */
	__builtin___clear_cache((char *)ram, (char *)(ram + 2));
	must_set(CORE(regs.pc), RAM);
	main_thread = pthread_self();
	CHECK(!pthread_create(&thread, NULL, pulses, NULL));
	while (ioctl(vcpu, KVM_RUN, 0) && errno == EINTR && !run->immediate_exit)
		;
	pthread_join(thread, NULL);
	run->immediate_exit = 0;
	CHECK(stat_of(vcpu, "wfi_exit_stat") > waits, "the guest did not wait");
	return stat_of(vcpu, "halt_attempted_poll") - before;
}

static void a_vcpu_polls_if_the_vmm_lets_it(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned long n;

	sigaction(SIGUSR1, &sa, NULL);
	CHECK(enable(vm, KVM_CAP_HALT_POLL, 1, 0) == EINVAL, "a flag");
	CHECK(enable(vm, KVM_CAP_HALT_POLL, 0, 1UL << 32) == EINVAL, "more than 32 bits");
	n = polls(0);
	CHECK(!n, "%lu times, and should not", n);
	n = polls(1000000000);
	CHECK(n, "never");
	CHECK(stat_of(vcpu, "halt_successful_poll") <= stat_of(vcpu, "halt_attempted_poll"));
	CHECK(stat_of(vcpu, "halt_poll_success_ns") + stat_of(vcpu, "halt_poll_fail_ns") > 0);
	n = polls(0);
	CHECK(!n, "%lu times, and should not any more", n);
}

static const struct test tests[] = {
	TEST(a_chunk_is_a_block_size_and_comes_before_memslots),
	TEST(a_log_that_splits_blocks_ahead_is_true),
	TEST(so_is_one_that_the_vmm_clears),
	TEST(a_vcpu_polls_if_the_vmm_lets_it),
};

int main(int argc, char **argv)
{
	return run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
