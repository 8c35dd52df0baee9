// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CREATE_DEVICE and a GICv3's attributes when they are asked for wrongly: what is not there, too early, too late, or
 * while a vCPU runs. Where the frames may be is the KVM selftest vgic_init's. With "swap" the VM goes to the other
 * personality between one step and the next.
 *
 * Output, one line each: "ok NAME" or "not ok NAME # why"; exit status 1 if any failed.
 */
#include "gic.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#define GRP(name)	KVM_DEV_ARM_VGIC_GRP_##name
#define SET		KVM_SET_DEVICE_ATTR
#define GET		KVM_GET_DEVICE_ATTR
#define HAS		KVM_HAS_DEVICE_ATTR
#define NOBODY		(0x55UL << 32)	/* affinity of no vCPU */
#define PMR		(SYS(3, 0, 4, 6, 0) & KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK)

static int create(unsigned int type, unsigned int flags)
{
	struct kvm_create_device cd = { .type = type, .flags = flags, .fd = 77777 };

	if (ioctl(vm, KVM_CREATE_DEVICE, &cd))
		return errno;
	gic = cd.fd;
	return 0;
}

static void set_frames(unsigned long dist_at, unsigned long redist_at)
{
	must_attr(gic, GRP(ADDR), KVM_VGIC_V3_ADDR_TYPE_DIST, dist_at);
	must_attr(gic, GRP(ADDR), KVM_VGIC_V3_ADDR_TYPE_REDIST, redist_at);
}

static int init(void)
{
	return attr(gic, SET, GRP(CTRL), KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

static int runs(void)
{
	int r = ioctl(vcpu, KVM_RUN, 0);

	return r ? errno : 0;
}

static void a_device_is_made_once(void)
{
	CHECK(create(99, 0) == ENODEV);
	CHECK(create(KVM_DEV_TYPE_VFIO + 1000, KVM_CREATE_DEVICE_TEST) == ENODEV);
	CHECK(create(KVM_DEV_TYPE_ARM_VGIC_V3, KVM_CREATE_DEVICE_TEST) == 0 && gic == 77777, "a test makes nothing");
	CHECK(create(KVM_DEV_TYPE_ARM_VGIC_V3, 0) == 0);
	step();
	CHECK(create(KVM_DEV_TYPE_ARM_VGIC_V3, KVM_CREATE_DEVICE_TEST) == 0);
	CHECK(create(KVM_DEV_TYPE_ARM_VGIC_V3, 0) == EEXIST);
	CHECK(ioctl(vm, KVM_CREATE_DEVICE, NULL) == -1 && errno == EFAULT);
}

static void a_device_comes_before_the_first_run(void)
{
	ram[0] = 0xb9000020;	/* STR W0, [X1] */
	must_set(CORE(regs.pc), RAM);
	must_set(CORE(regs.regs[1]), DEVICE);
	enter();
	step();
	CHECK(create(KVM_DEV_TYPE_ARM_VGIC_V3, 0) == EBUSY);
}

static void what_is_not_there_is_refused(void)
{
	static const unsigned long cmds[] = { SET, GET, HAS };
	unsigned long val = 0;
	unsigned int i;
	int err;

	make_gic();
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		CHECK(attr(gic, cmds[i], 99, 0, &val) == ENXIO, "%u", i);
		CHECK(attr(gic, cmds[i], GRP(ADDR), 99, &val) == ENXIO, "%u", i);
		CHECK(attr(gic, cmds[i], GRP(CTRL), 99, &val) == ENXIO, "%u", i);
		CHECK(attr(gic, cmds[i], GRP(REDIST_REGS), NOBODY, &val) == EINVAL, "%u", i);
		CHECK(attr(gic, cmds[i], GRP(CPU_SYSREGS), NOBODY | PMR, &val) == EINVAL, "%u", i);
		err = attr(gic, cmds[i], GRP(CPU_SYSREGS), 0x7fff, &val);
		/* The built-in KVM's errno; the description (arm-vgic-v3.rst) has the other */
		CHECK(err == ENXIO || (err == ENOENT && cmds[i] != HAS), "%u: %s", i, strerror(err));
		if (i == 1)
			step();
	}
	/* Reserved, so reads as 0 */
	CHECK(attr(gic, HAS, GRP(DIST_REGS), 0x20, &val) == ENXIO);
	CHECK(!attr(gic, GET, GRP(DIST_REGS), 0x20, &val) && !val);
	CHECK(attr(gic, HAS, GRP(REDIST_REGS), 0x20000, &val) == ENXIO);
	CHECK(attr(gic, GET, GRP(CTRL), KVM_DEV_ARM_VGIC_CTRL_INIT, &val) == ENXIO);
	CHECK(attr(gic, HAS, GRP(LEVEL_INFO), 1 << 10, NULL) == ENXIO);
	CHECK(attr(gic, GET, GRP(LEVEL_INFO), 1 << 10, &val) == EINVAL);
	CHECK(attr(gic, GET, GRP(LEVEL_INFO), 33, &val) == EINVAL);
	CHECK(attr(gic, GET, GRP(LEVEL_INFO), NOBODY, &val) == EINVAL);
	CHECK(attr(gic, SET, GRP(ADDR), KVM_VGIC_V3_ADDR_TYPE_DIST, NULL) == EFAULT);
	CHECK(attr(gic, SET, GRP(NR_IRQS), 0, NULL) == EFAULT);
	CHECK(attr(gic, SET, GRP(DIST_REGS), 0, NULL) == EFAULT);
	CHECK(attr(gic, GET, GRP(DIST_REGS), 0, NULL) == EFAULT);
	CHECK(attr(gic, GET, GRP(CPU_SYSREGS), PMR, NULL) == EFAULT);
}

static void interrupts_come_in_dozens_and_once(void)
{
	static const unsigned int bad[] = { 0, 32, 63, 65, 1000, 1023, 1024, 2048, -32U };
	unsigned int n = 0, i;

	CHECK(!create(KVM_DEV_TYPE_ARM_VGIC_V3, 0));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		n = bad[i];
		CHECK(attr(gic, SET, GRP(NR_IRQS), 0, &n) == EINVAL, "%u", n);
	}
	n = 96;
	CHECK(!attr(gic, SET, GRP(NR_IRQS), 0, &n));
	step();
	n = 128;
	CHECK(attr(gic, SET, GRP(NR_IRQS), 0, &n) == EBUSY);
	CHECK(!attr(gic, GET, GRP(NR_IRQS), 0, &n) && n == 96, "%u", n);
	set_frames(GIC_DIST, GIC_REDIST);
	CHECK(!init());
	step();
	CHECK(!attr(gic, GET, GRP(NR_IRQS), 0, &n) && n == 96, "%u", n);
	CHECK((dist(4) & 31) == 96 / 32 - 1, "GICD_TYPER %#x", dist(4));
}

static void without_a_number_there_are_256(void)
{
	unsigned int n = 64;

	make_gic();
	step();
	CHECK(attr(gic, SET, GRP(NR_IRQS), 0, &n) == EBUSY);
	CHECK(!attr(gic, GET, GRP(NR_IRQS), 0, &n) && n == 256, "%u", n);
}

static void registers_come_after_the_start(void)
{
	static const unsigned int groups[] = { GRP(DIST_REGS), GRP(REDIST_REGS), GRP(LEVEL_INFO) };
	unsigned long val = 0;
	unsigned int i;

	CHECK(!create(KVM_DEV_TYPE_ARM_VGIC_V3, 0));
	set_frames(GIC_DIST, GIC_REDIST);
	step();
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		CHECK(attr(gic, GET, groups[i], 0, &val) == EBUSY, "%u", groups[i]);
		CHECK(attr(gic, SET, groups[i], 0, &val) == EBUSY, "%u", groups[i]);
	}
	CHECK(attr(gic, GET, GRP(CPU_SYSREGS), PMR, &val) == EBUSY);
	CHECK(!init() && !init(), "twice is as good as once");
	step();
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		CHECK(!attr(gic, GET, groups[i], 0, &val), "%u", groups[i]);
	CHECK(!attr(gic, GET, GRP(CPU_SYSREGS), PMR, &val));
	CHECK(ioctl(vm, KVM_CREATE_VCPU, 1) == -1 && errno == EBUSY, "vCPUs come before the start");
}

static void a_vcpu_does_not_run_without_its_gic(void)
{
	CHECK(!create(KVM_DEV_TYPE_ARM_VGIC_V3, 0));
	CHECK(runs() == ENXIO, "no frames");
}

static void nor_with_one_that_is_not_started(void)
{
	CHECK(!create(KVM_DEV_TYPE_ARM_VGIC_V3, 0));
	set_frames(GIC_DIST, GIC_REDIST);
	step();
	CHECK(runs() == EBUSY);
}

static void nor_with_one_frame_over_another(void)
{
	CHECK(!create(KVM_DEV_TYPE_ARM_VGIC_V3, 0));
	must_attr(gic, GRP(ADDR), KVM_VGIC_V3_ADDR_TYPE_REDIST, GIC_REDIST);
	must_attr(gic, GRP(ADDR), KVM_VGIC_V3_ADDR_TYPE_DIST, GIC_REDIST + 0x10000);
	CHECK(!init());
	step();
	CHECK(runs() == EINVAL);
}

/* ---- while a vCPU runs ---- */

static void nothing(int sig)
{
	(void)sig;
}

/* Not for the end of the child that swaps: system() blocks that signal in its own thread only */
static void *runner(void *status)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, NULL);
	atomic_store((atomic_int *)status, runs());
	return NULL;
}

/* The thread has come to KVM_RUN, after a swap once more, and @status is still what it was */
static void wait_until_it_runs(atomic_int *status)
{
	unsigned long val;

	while (attr(gic, GET, GRP(DIST_REGS), 0, &val) != EBUSY) {
		CHECK(atomic_load(status) < 0, "it has ended: %d, exit %u", *status, run->exit_reason);
		usleep(1000);
	}
}

static void registers_are_busy_while_a_vcpu_runs(void)
{
	struct sigaction quiet = { .sa_handler = nothing };
	unsigned long val = 0;
	pthread_t thread;
	atomic_int status = -1;

	make_gic();
	ram[0] = 0x14000000;	/* B . */
	must_set(CORE(regs.pc), RAM);
	sigaction(SIGUSR1, &quiet, NULL);
	CHECK(!pthread_create(&thread, NULL, runner, &status));
	wait_until_it_runs(&status);
	step();
	wait_until_it_runs(&status);
	CHECK(attr(gic, SET, GRP(DIST_REGS), 0, &val) == EBUSY);
	CHECK(attr(gic, GET, GRP(REDIST_REGS), 0, &val) == EBUSY);
	CHECK(attr(gic, GET, GRP(CPU_SYSREGS), PMR, &val) == EBUSY);
	CHECK(attr(gic, GET, GRP(LEVEL_INFO), 0, &val) == EBUSY);
	CHECK(attr(gic, SET, GRP(CTRL), KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL) == EBUSY);
	CHECK(!init(), "what was done is no business of the vCPU's");
	CHECK(!pthread_kill(thread, SIGUSR1) && !pthread_join(thread, NULL) && status == EINTR, "%d", status);
	CHECK(!attr(gic, GET, GRP(DIST_REGS), 0, &val));
}

static const struct test tests[] = {
	TEST(a_device_is_made_once),
	TEST(a_device_comes_before_the_first_run),
	TEST(what_is_not_there_is_refused),
	TEST(interrupts_come_in_dozens_and_once),
	TEST(without_a_number_there_are_256),
	TEST(registers_come_after_the_start),
	TEST(a_vcpu_does_not_run_without_its_gic),
	TEST(nor_with_one_that_is_not_started),
	TEST(nor_with_one_frame_over_another),
	TEST(registers_are_busy_while_a_vcpu_runs),
};

int main(int argc, char **argv)
{
	return run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
