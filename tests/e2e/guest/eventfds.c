// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eventfds, GSI routing and device files as a VMM sees them: errors, what a signal leads to, and what a guest that has
 * finished with an interrupt does. With "swap" the VM goes to the other personality between one step and the next; with
 * "storm" an eventfd is signalled while another process swaps.
 *
 * Output, one line each: "ok NAME" or "not ok NAME # why"; exit status 1 if any failed.
 */
#include "gic.h"
#include <sys/wait.h>
#include <time.h>

#define STR32(rt, rn)	(0xb9000000 | (rn) << 5 | (rt))
#define STR64(rt, rn)	(0xf9000000 | (rn) << 5 | (rt))
#define ICC(crn, crm, op2) (SYS(3, 0, crn, crm, op2) & KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK)
#define NONE		1023UL		/* INTID of no interrupt */

/* ---- irqfd, routing ---- */

static void an_irqfd_needs_a_gic(void)
{
	CHECK(irqfd(eventfd_new(), GSI, 0, 0) == EAGAIN);
}

static void an_irqfd_that_makes_no_sense_is_refused(void)
{
	int fd = eventfd_new(), other = eventfd_new();

	make_gic();
	CHECK(irqfd(fd, GSI, 4, 0) == EINVAL);
	CHECK(irqfd(-1, GSI, 0, 0) == EBADF);
	CHECK(irqfd(vm, GSI, 0, 0) == EINVAL);
	CHECK(irqfd(fd, GSI, KVM_IRQFD_FLAG_RESAMPLE, vm) == EINVAL);
	CHECK(irqfd(vm, GSI, KVM_IRQFD_FLAG_DEASSIGN, 0) == EINVAL);
	CHECK(irqfd(fd, GSI, KVM_IRQFD_FLAG_DEASSIGN, 0) == 0);
	CHECK(irqfd(fd, GSI, 0, 0) == 0);
	step();
	CHECK(irqfd(fd, GSI, 0, 0) == EBUSY);
	CHECK(irqfd(fd, GSI + 1, 0, 0) == EBUSY);
	CHECK(irqfd(other, GSI, 0, 0) == 0);
	CHECK(irqfd(other, 100000, KVM_IRQFD_FLAG_DEASSIGN, 0) == 0);
	CHECK(irqfd(other, 100000, 0, 0) == EBUSY);
}

static void a_signal_is_an_interrupt(void)
{
	int fd = eventfd_new();

	make_gic();
	signal_fd(fd);
	CHECK(!irqfd(fd, GSI, 0, 0));
	CHECK(took_spi(SPI), "signalled before");
	step();
	CHECK(!took_spi(SPI), "once more");
	signal_fd(fd);
	CHECK(took_spi(SPI), "signalled after");
	signal_fd(fd);
	step();
	CHECK(took_spi(SPI), "pending over a swap");
	CHECK(!irqfd(fd, GSI, KVM_IRQFD_FLAG_DEASSIGN, 0));
	signal_fd(fd);
	step();
	CHECK(!took_spi(SPI));
	CHECK(drain(fd));
}

static void a_closed_eventfd_leaves_the_vm_alone(void)
{
	int i;

	make_gic();
	for (i = 0; i < 300; i++) {
		int fd = eventfd_new();

		CHECK(!irqfd(fd, GSI, 0, 0), "%d: %m", i);
		close(fd);
		if (i == 150)
			step();
	}
	step();
}

static void routes_that_make_no_sense_are_refused(void)
{
	struct kvm_irq_routing_entry twice[] = { PIN(3, 1), PIN(3, 2) }, e = PIN(3, 1);

	CHECK(route(4097, &e) == EINVAL);
	CHECK(route(2, twice) == EINVAL);
	e.gsi = 4096;
	CHECK(route(1, &e) == EINVAL);
	e.gsi = 3;
	e.u.irqchip.pin = 988;
	CHECK(route(1, &e) == EINVAL);
	e.u.irqchip.pin = 1;
	e.u.irqchip.irqchip = 1;
	CHECK(route(1, &e) == EINVAL);
	e.u.irqchip.irqchip = 0;
	e.flags = 1;
	CHECK(route(1, &e) == EINVAL);
	e.flags = 0;
	e.type = 77;
	CHECK(route(1, &e) == EINVAL);
	CHECK(route(0, &e) == 0);
}

static void a_gsi_is_what_it_is_routed_to(void)
{
	struct kvm_irq_routing_entry e = PIN(3000, GSI);
	int fd = eventfd_new(), same = eventfd_new();

	make_gic();
	CHECK(!irqfd(fd, 3000, 0, 0) && !irqfd(same, GSI, 0, 0));
	signal_fd(fd);
	CHECK(!took_spi(SPI), "no route yet");
	CHECK(!route(1, &e));
	step();
	signal_fd(fd);
	CHECK(took_spi(SPI));
	signal_fd(same);
	CHECK(!took_spi(SPI), "the default is gone");
	CHECK(!route(0, &e));
	signal_fd(fd);
	CHECK(!took_spi(SPI));
}

/* ---- ioeventfd ---- */

static int ioeventfd(int fd, unsigned long addr, unsigned int len, unsigned int flags, unsigned long match)
{
	struct kvm_ioeventfd arg = { .fd = fd, .addr = addr, .len = len, .flags = flags, .datamatch = match };

	return ioctl(vm, KVM_IOEVENTFD, &arg) ? errno : 0;
}

static void an_ioeventfd_that_makes_no_sense_is_refused(void)
{
	int fd = eventfd_new();

	CHECK(ioeventfd(fd, DEVICE, 3, 0, 0) == EINVAL);
	CHECK(ioeventfd(fd, DEVICE, 16, 0, 0) == EINVAL);
	CHECK(ioeventfd(fd, -4UL, 8, 0, 0) == EINVAL);
	CHECK(ioeventfd(fd, DEVICE, 4, 1 << 5, 0) == EINVAL);
	CHECK(ioeventfd(fd, DEVICE, 0, KVM_IOEVENTFD_FLAG_DATAMATCH, 0) == EINVAL);
	CHECK(ioeventfd(-1, DEVICE, 4, 0, 0) == EBADF);
	CHECK(ioeventfd(vm, DEVICE, 4, 0, 0) == EINVAL);
	CHECK(ioeventfd(fd, DEVICE, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0) == ENOENT);
}

static void two_for_one_write_are_refused(void)
{
	const unsigned int match = KVM_IOEVENTFD_FLAG_DATAMATCH, gone = KVM_IOEVENTFD_FLAG_DEASSIGN;
	int fd = eventfd_new(), other = eventfd_new();

	CHECK(!ioeventfd(fd, DEVICE, 4, match, 1));
	CHECK(!ioeventfd(fd, DEVICE, 4, match, 2));
	step();
	CHECK(ioeventfd(other, DEVICE, 4, match, 2) == EEXIST);
	CHECK(ioeventfd(other, DEVICE, 4, 0, 0) == EEXIST);
	CHECK(ioeventfd(other, DEVICE, 0, 0, 0) == EEXIST);
	CHECK(!ioeventfd(other, DEVICE, 2, 0, 0));
	CHECK(!ioeventfd(other, DEVICE, 4, KVM_IOEVENTFD_FLAG_PIO, 0));
	CHECK(ioeventfd(other, DEVICE, 0, KVM_IOEVENTFD_FLAG_PIO, 0) == EEXIST);
	CHECK(ioeventfd(other, DEVICE, 4, match | gone, 2) == ENOENT);
	CHECK(ioeventfd(fd, DEVICE, 4, gone, 2) == ENOENT);
	CHECK(!ioeventfd(fd, DEVICE, 4, match | gone, 2));
	CHECK(ioeventfd(fd, DEVICE, 4, match | gone, 2) == ENOENT);
}

/* Runs the code at RAM, which has to end with a store of x0 by x2: there is nobody but the VMM. All else by x0 and x1 */
static void go(unsigned long x0, unsigned long x1)
{
	__builtin___clear_cache((char *)ram, (char *)ram + 64);
	must_set(CORE(regs.pc), RAM);
	must_set(CORE(regs.regs[0]), x0);
	must_set(CORE(regs.regs[1]), x1);
	must_set(CORE(regs.regs[2]), DEVICE + 0x800);
	enter();
	CHECK(run->exit_reason == KVM_EXIT_MMIO, "exit %u at %#lx", run->exit_reason, reg(CORE(regs.pc)));
	settle();
}

/* The guest's next store to the device of its own, which ends the run */
static void store(unsigned long addr, unsigned long data, unsigned int insn)
{
	ram[0] = insn;
	ram[1] = STR64(0, 2);
	go(data, addr);
}

static void a_write_is_a_signal(void)
{
	int any = eventfd_new(), one = eventfd_new(), nolen = eventfd_new();

	CHECK(!ioeventfd(any, DEVICE, 4, 0, 0));
	CHECK(!ioeventfd(one, DEVICE + 8, 8, KVM_IOEVENTFD_FLAG_DATAMATCH, 0x123456789abcdef0));
	CHECK(!ioeventfd(nolen, DEVICE + 16, 0, 0, 0));
	store(DEVICE, 7, STR32(0, 1));
	CHECK(run->mmio.phys_addr == DEVICE + 0x800 && drain(any) == 1);
	store(DEVICE, 7, STR64(0, 1));
	CHECK(run->mmio.phys_addr == DEVICE && !drain(any), "another length");
	store(DEVICE + 8, 0x123456789abcdef0, STR64(0, 1));
	CHECK(run->mmio.phys_addr == DEVICE + 0x800 && drain(one) == 1);
	store(DEVICE + 8, 0x123456789abcdef1, STR64(0, 1));
	CHECK(run->mmio.phys_addr == DEVICE + 8 && !drain(one), "other data");
	store(DEVICE + 16, 1, STR32(0, 1));
	CHECK(run->mmio.phys_addr == DEVICE + 0x800 && drain(nolen) == 1);
	store(DEVICE + 16, 1, STR64(0, 1));
	CHECK(run->mmio.phys_addr == DEVICE + 0x800 && drain(nolen) == 1);
	CHECK(!ioeventfd(any, DEVICE, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0));
	store(DEVICE, 7, STR32(0, 1));
	CHECK(run->mmio.phys_addr == DEVICE && !drain(any));
}

/* ---- irqfds of a level-sensitive line ---- */

/* Level-sensitive and enabled, in group 1, for vCPU 0, whose interface takes all */
static void make_gic_level(void)
{
	make_gic();
	dist_set(0, 0x12);				/* GICD_CTLR: ARE, group 1 */
	dist_set(0x80 + SPI / 32 * 4, 1U << SPI % 32);	/* GICD_IGROUPR */
	dist_set(0x100 + SPI / 32 * 4, 1U << SPI % 32);	/* GICD_ISENABLER */
	dist_set(0xc00 + SPI / 16 * 4, 0);		/* GICD_ICFGR */
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC(4, 6, 0), 0xf8);	/* ICC_PMR_EL1 */
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, ICC(12, 12, 7), 1);	/* ICC_IGRPEN1_EL1 */
}

/* ICC_IAR1_EL1: the guest takes what there is, with interrupts masked; NONE */
static unsigned long guest_takes(void)
{
	unsigned long intid;

	worker_has_run();
	ram[0] = 0xd538cc00;	/* MRS X0, ICC_IAR1_EL1 */
	ram[1] = 0xd5033f9f;	/* DSB SY */
	ram[2] = STR64(0, 2);
	go(0, 0);
	memcpy(&intid, run->mmio.data, 8);
	return intid;
}

/* ICC_EOIR1_EL1: and has finished with it */
static void guest_ends(unsigned long intid)
{
	ram[0] = 0xd518cc20;	/* MSR ICC_EOIR1_EL1, X0 */
	ram[1] = 0xd5033fdf;	/* ISB */
	ram[2] = STR64(0, 2);
	go(intid, 0);
}

/* KVM API 4.75: up with the eventfd, down with the guest's end of interrupt, of which the other eventfd tells */
static void a_line_is_up_until_the_guest_has_finished(void)
{
	int fd = eventfd_new(), resample = eventfd_new();

	make_gic_level();
	CHECK(!irqfd(fd, GSI, KVM_IRQFD_FLAG_RESAMPLE, resample));
	CHECK(guest_takes() == NONE);
	signal_fd(fd);
	step();
	CHECK(guest_takes() == SPI && !drain(resample), "taken");
	CHECK(guest_takes() == NONE && !drain(resample), "active");
	guest_ends(SPI);
	CHECK(drain(resample) == 1 && !drain(fd), "finished");
	step();
	CHECK(guest_takes() == NONE, "the line is still up");
}

/* The VMM finds the device's line up and signals again: before the guest has finished that is for nothing */
static void a_line_that_is_still_up_is_raised_again(void)
{
	int fd = eventfd_new(), resample = eventfd_new(), i;

	make_gic_level();
	signal_fd(fd);
	CHECK(!irqfd(fd, GSI, KVM_IRQFD_FLAG_RESAMPLE, resample));
	for (i = 0; i < 3; i++) {
		CHECK(guest_takes() == SPI, "round %d", i);
		signal_fd(fd);
		step();
		guest_ends(SPI);
		CHECK(drain(resample) == 1, "round %d", i);
		CHECK(guest_takes() == NONE, "round %d: of the time before", i);
		signal_fd(fd);
		step();
	}
	CHECK(guest_takes() == SPI && !drain(resample));
}

static void all_who_share_a_line_are_asked(void)
{
	int fd = eventfd_new(), resample = eventfd_new(), other = eventfd_new(), other_resample = eventfd_new();
	struct kvm_irq_level line = { .irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | SPI, .level = 1 };

	make_gic_level();
	CHECK(!irqfd(fd, GSI, KVM_IRQFD_FLAG_RESAMPLE, resample));
	CHECK(!irqfd(other, GSI, KVM_IRQFD_FLAG_RESAMPLE, other_resample));
	step();
	signal_fd(other);
	CHECK(guest_takes() == SPI);
	guest_ends(SPI);
	CHECK(drain(resample) == 1 && drain(other_resample) == 1);
	CHECK(!ioctl(vm, KVM_IRQ_LINE, &line), "%m");
	CHECK(guest_takes() == SPI);
	guest_ends(SPI);
	CHECK(drain(resample) == 1 && drain(other_resample) == 1, "raised by nobody of them");
	CHECK(guest_takes() == NONE, "the line is still up");
}

static void the_last_who_leaves_takes_the_line_down(void)
{
	int fd = eventfd_new(), resample = eventfd_new(), other = eventfd_new(), other_resample = eventfd_new();

	make_gic_level();
	CHECK(!irqfd(fd, GSI, KVM_IRQFD_FLAG_RESAMPLE, resample));
	CHECK(!irqfd(other, GSI, KVM_IRQFD_FLAG_RESAMPLE, other_resample));
	signal_fd(fd);
	step();
	CHECK(!irqfd(fd, GSI, KVM_IRQFD_FLAG_DEASSIGN, 0));
	CHECK(guest_takes() == SPI, "there is another one");
	guest_ends(SPI);
	CHECK(!drain(resample) && drain(other_resample) == 1);
	signal_fd(other);
	CHECK(!irqfd(other, GSI, KVM_IRQFD_FLAG_DEASSIGN, 0));
	CHECK(guest_takes() == NONE);
	signal_fd(fd);
	step();
	CHECK(guest_takes() == NONE && drain(fd) == 1);
}

/* ---- files of devices ---- */

static void a_device_file_is_the_creators(void)
{
	struct kvm_device_attr a = { .group = 99 };
	int status;

	make_gic();
	CHECK(ioctl(gic, KVM_CREATE_VCPU, 0) == -1 && errno == ENOTTY);
	CHECK(attr(gic, KVM_HAS_DEVICE_ATTR, 99, 0, NULL) == ENXIO);
	step();
	CHECK(ioctl(gic, KVM_HAS_DEVICE_ATTR, NULL) == -1 && errno == EFAULT);
	if (!fork())
		_exit(ioctl(gic, KVM_HAS_DEVICE_ATTR, &a) == -1 && errno == EIO ? 0 : 1);
	CHECK(wait(&status) > 0 && !status);
}

static void a_device_outlives_the_vms_file(void)
{
	unsigned long addr = 0;

	make_gic();
	CHECK(dup2(eventfd_new(), vm) == vm);
	step();
	CHECK(!attr(gic, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &addr));
	CHECK(addr == GIC_DIST);
	close(gic);
}

static const struct test tests[] = {
	TEST(an_irqfd_needs_a_gic),
	TEST(an_irqfd_that_makes_no_sense_is_refused),
	TEST(a_signal_is_an_interrupt),
	TEST(a_closed_eventfd_leaves_the_vm_alone),
	TEST(routes_that_make_no_sense_are_refused),
	TEST(a_gsi_is_what_it_is_routed_to),
	TEST(an_ioeventfd_that_makes_no_sense_is_refused),
	TEST(two_for_one_write_are_refused),
	TEST(a_write_is_a_signal),
	TEST(a_line_is_up_until_the_guest_has_finished),
	TEST(a_line_that_is_still_up_is_raised_again),
	TEST(all_who_share_a_line_are_asked),
	TEST(the_last_who_leaves_takes_the_line_down),
	TEST(a_device_file_is_the_creators),
	TEST(a_device_outlives_the_vms_file),
};

/* ---- storm: signals all the time, each of which has to arrive ---- */

static void every_signal_arrives(void)
{
	struct timespec now, end;
	int fd = eventfd_new(), n = 0;

	make_gic();
	CHECK(!irqfd(fd, GSI, 0, 0));
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 20;
	do {
		signal_fd(fd);
		/* The ioctl waits at the gate, and behind it the signal has been taken, whichever way the swap ended */
		CHECK(took_spi(SPI), "signal %d is lost", n);
		n++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	CHECK(!took_spi(SPI), "one too many");
	printf("# %d signals\n", n);
}

static const struct test storm[] = { TEST(every_signal_arrives) };

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "storm"))
		return run_tests(storm, 1, argc, argv);
	return run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
