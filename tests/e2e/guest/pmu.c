// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's PMU: what the VMM can configure and what it cannot, what the guest reads, what is counted and what is not, and
 * the overflow interrupt. The guest is a few routines in assembly, each of which ends with a store to the device. It cannot
 * be asked of the built-in KVM: there registers that the VMM writes while a counter runs do not change what is counted.
 *
 * Output, one line each: "ok NAME" or "not ok NAME # why"; exit status 1 if any failed. With the argument "swap" the VM
 * goes to the other of keel's personalities a and b before each KVM_RUN; with "stress" only what takes a while is
 * run, for somebody else to swap meanwhile.
 */
#include "gic.h"
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <time.h>

#define PMU_PPI		23
#define CYCLES		0x11
#define CHAIN		0x1e
#define BIT31		0x80000000UL
#define PMTYPE_P	0x80000000UL
#define PMTYPE_U	0x40000000UL

#define PMCR		SYS(3, 3, 9, 12, 0)
#define PMCNTENSET	SYS(3, 3, 9, 12, 1)
#define PMCNTENCLR	SYS(3, 3, 9, 12, 2)
#define PMSWINC		SYS(3, 3, 9, 12, 4)
#define PMCCNTR		SYS(3, 3, 9, 13, 0)
#define PMUSERENR	SYS(3, 3, 9, 14, 0)
#define PMOVSSET	SYS(3, 3, 9, 14, 3)
#define PMINTENSET	SYS(3, 0, 9, 14, 1)
#define PMEVCNTR(n)	SYS(3, 3, 14, 8 + (n) / 8, (n) % 8)
#define PMEVTYPER(n)	SYS(3, 3, 14, 12 + (n) / 8, (n) % 8)
#define DFR0		SYS(3, 0, 0, 5, 0)
#define X(n)		CORE(regs.regs[n])

/*
 * x29 points to the device, x28 to the fault door. What is in other registers is each routine's own business. The vectors
 * are first, the image is at RAM.
 */
extern const char guest[], guest_end[], g_cycles[], g_host[], g_read[], g_ceid[], g_write_read[], g_swinc[], g_irqs[];
extern const char g_both[], g_level[], g_spin[], g_pmevcntr30[];
asm(".pushsection .rodata\n"
    /* Local ones would all be one place to a linker that reaches them by its table of addresses */
    ".global	guest, guest_end, g_cycles, g_host, g_read, g_ceid, g_write_read, g_swinc, g_irqs, g_both, g_level\n"
    ".global	g_spin, g_pmevcntr30\n"
    ".balign 2048\n"
    "guest:\n"
    "	.rept	5\n"
    "	.balign	128\n"
    "	str	x30, [x28]\n"
    "	.endr\n"
    "	.balign	128\n"			/* IRQ from EL1 */
    "	b	1f\n"
    "	.rept	10\n"
    "	.balign	128\n"
    "	str	x30, [x28]\n"
    "	.endr\n"
    "1:	mrs	x9, S3_0_C12_C12_0\n"		/* ICC_IAR1_EL1 */
    "	cmp	x9, #23\n"
    "	b.ne	2f\n"
    "	mrs	x10, pmovsclr_el0\n"
    "	tbz	x10, #31, 2f\n"
    "	msr	pmccntr_el0, x23\n"
    "	mov	x10, #0x80000000\n"
    "	msr	pmovsclr_el0, x10\n"
    "	isb\n"
    "	msr	S3_0_C12_C12_1, x9\n"		/* ICC_EOIR1_EL1 */
    "	isb\n"
    "	add	x20, x20, #1\n"
    "	eret\n"
    "2:	str	x30, [x28]\n"
    /* x0: what x21 rounds of a loop cost */
    "g_cycles:\n"
    "	isb\n"
    "	mrs	x1, pmccntr_el0\n"
    "1:	subs	x21, x21, #1\n"
    "	b.ne	1b\n"
    "	isb\n"
    "	mrs	x0, pmccntr_el0\n"
    "	sub	x0, x0, x1\n"
    "	str	x0, [x29]\n"
    /* x0: what a visit to the VMM costs */
    "g_host:\n"
    "	mrs	x1, pmccntr_el0\n"
    "	str	x0, [x29]\n"
    "	mrs	x0, pmccntr_el0\n"
    "	sub	x0, x0, x1\n"
    "	str	x0, [x29]\n"
    "g_read:\n"
    "	mrs	x0, pmccntr_el0\n"
    "	str	x0, [x29]\n"
    "g_pmevcntr30:\n"
    "	mrs	x0, pmevcntr30_el0\n"
    "	str	x0, [x29]\n"
    "g_ceid:\n"
    "	mrs	x0, pmceid0_el0\n"
    "	str	x0, [x29]\n"
    /* by the selected counter, and read back by its number: x1 is written */
    "g_write_read:\n"
    "	mov	x0, #0\n"
    "	msr	pmselr_el0, x0\n"
    "	isb\n"
    "	msr	pmxevcntr_el0, x1\n"
    "	isb\n"
    "	mrs	x0, pmevcntr0_el0\n"
    "	str	x0, [x29]\n"
    /* x21 increments of counter 0 */
    "g_swinc:\n"
    "	mov	x1, #1\n"
    "1:	msr	pmswinc_el0, x1\n"
    "	subs	x21, x21, #1\n"
    "	b.ne	1b\n"
    "	mrs	x0, pmevcntr0_el0\n"
    "	mrs	x2, pmevcntr1_el0\n"
    "	mrs	x3, pmovsset_el0\n"
    "	str	x0, [x29]\n"
    /* x21 interrupts, one each -x23 cycles */
    "g_irqs:\n"
    "	mov	x1, #0x08000000\n"
    "	mov	w2, #2\n"
    "	str	w2, [x1]\n"			/* GICD_CTLR */
    "	add	x1, x1, #0xb0000\n"		/* SGI frame of the first redistributor */
    "	mov	w2, #-1\n"
    "	str	w2, [x1, #0x80]\n"		/* GICR_IGROUPR0 */
    "	mov	w2, #1 << 23\n"
    "	str	w2, [x1, #0x100]\n"		/* GICR_ISENABLER0 */
    "	mov	x2, #0xff\n"
    "	msr	S3_0_C4_C6_0, x2\n"		/* ICC_PMR_EL1 */
    "	mov	x2, #1\n"
    "	msr	S3_0_C12_C12_7, x2\n"		/* ICC_IGRPEN1_EL1 */
    "	isb\n"
    "	mov	x20, #0\n"
    "	mov	x2, #0x80000000\n"
    "	msr	pmccntr_el0, x23\n"
    "	msr	pmintenset_el1, x2\n"
    "	msr	pmcntenset_el0, x2\n"
    "	mov	x2, #1\n"
    "	msr	pmcr_el0, x2\n"
    "	isb\n"
    "	msr	daifclr, #2\n"
    "1:	cmp	x20, x21\n"
    "	b.lo	1b\n"
    "	msr	daifset, #2\n"
    "	msr	pmcr_el0, xzr\n"
    "	mov	x0, x20\n"
    "	str	x0, [x29]\n"
    /* Two counters of the same event, for x21 ticks of the virtual counter: never back. x0, x1: both; x2: which went back */
    "g_both:\n"
    "	mov	x0, #0\n"
    "	mov	x1, #0\n"
    "	mov	x2, #0\n"
    "	isb\n"
    "	mrs	x5, cntvct_el0\n"
    "1:	mrs	x3, pmccntr_el0\n"
    "	mrs	x4, pmevcntr0_el0\n"
    "	cmp	x3, x0\n"
    "	b.lo	2f\n"
    "	cmp	x4, x1\n"
    "	b.lo	3f\n"
    "	mov	x0, x3\n"
    "	mov	x1, x4\n"
    "	mov	x7, #2000\n"
    "4:	subs	x7, x7, #1\n"
    "	b.ne	4b\n"
    "	isb\n"
    "	mrs	x6, cntvct_el0\n"
    "	sub	x6, x6, x5\n"
    "	cmp	x6, x21\n"
    "	b.lo	1b\n"
    "	msr	pmcr_el0, xzr\n"
    "	mrs	x0, pmccntr_el0\n"
    "	mrs	x1, pmevcntr0_el0\n"
    "	str	x0, [x29]\n"
    "2:	mov	x2, #1\n"
    "	str	x0, [x29]\n"
    "3:	mov	x2, #2\n"
    "	str	x0, [x29]\n"
    /* Overflow, and no end */
    "g_level:\n"
    "	mrs	x0, pmovsset_el0\n"
    "	cbz	x0, g_level\n"
    "	str	x0, [x29]\n"
    "	msr	pmovsclr_el0, x0\n"
    "	str	x0, [x29]\n"
    /* x21 ticks of the virtual counter, x0: how many it were */
    "g_spin:\n"
    "	isb\n"
    "	mrs	x1, cntvct_el0\n"
    "1:	isb\n"
    "	mrs	x0, cntvct_el0\n"
    "	sub	x0, x0, x1\n"
    "	cmp	x0, x21\n"
    "	b.lo	1b\n"
    "	str	x0, [x29]\n"
    "guest_end:\n"
    ".popsection\n");

#define EL1	0x3c5
#define EL0	0x3c0

/* Runs on from where it is, to a store to the device. False: an exception */
static int resume(unsigned long *x0)
{
	enter();
	CHECK(run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write, "exit %u", run->exit_reason);
	CHECK(run->mmio.phys_addr == DEVICE || run->mmio.phys_addr == FAULT_DOOR, "%#llx", run->mmio.phys_addr);
	if (x0)
		memcpy(x0, run->mmio.data, 8);
	return run->mmio.phys_addr == DEVICE;
}

static void aim(const char *routine, unsigned long pstate)
{
	memcpy(ram, guest, guest_end - guest);
	must_set(CORE(regs.pc), RAM + (routine - guest));
	must_set(CORE(regs.pstate), pstate);
	must_set(X(28), FAULT_DOOR);
	must_set(X(29), DEVICE);
	must_set(SYS(3, 0, 12, 0, 0), RAM);
}

static unsigned long go(const char *routine, unsigned long pstate)
{
	unsigned long x0;

	aim(routine, pstate);
	CHECK(resume(&x0), "exception, esr %#lx elr %#lx", reg(SYS(3, 0, 5, 2, 0)), reg(CORE(elr_el1)) - RAM);
	settle();
	return x0;
}

static void undefined(const char *routine, unsigned long pstate)
{
	aim(routine, pstate);
	CHECK(!resume(NULL), "no exception");
	CHECK(reg(SYS(3, 0, 5, 2, 0)) == 0x02000000, "esr %#lx", reg(SYS(3, 0, 5, 2, 0)));
	settle();
}

static int pmu(unsigned long cmd, unsigned long which, void *val)
{
	return attr(vcpu, cmd, KVM_ARM_VCPU_PMU_V3_CTRL, which, val);
}

static int pmu_set(unsigned long which, int val)
{
	return pmu(KVM_SET_DEVICE_ATTR, which, &val);
}

static int filter(unsigned int base, unsigned int nr, unsigned int action)
{
	struct kvm_pmu_event_filter f = { .base_event = base, .nevents = nr, .action = action };

	return pmu(KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_FILTER, &f);
}

/* With an interrupt controller of the VMM's */
static void plain(void)
{
	CHECK(!pmu_set(KVM_ARM_VCPU_PMU_V3_INIT, 0), "%m");
}

/* Counts at EL1 and EL0 from the first entry on */
static void cycles_on(unsigned long type)
{
	must_set(PMEVTYPER(31), type);
	must_set(PMCNTENSET, BIT31);
	must_set(PMCR, 1 | (reg(PMCR) & ~0xffUL));
}

static void pass_100_ms(void)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < 100000000);
}

/* ---- what the VMM configures ---- */

static void attributes_without_a_gic(void)
{
	CHECK(!pmu(KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_SET_PMU, NULL));
	CHECK(pmu(KVM_HAS_DEVICE_ATTR, 4, NULL) == ENXIO);
	CHECK(pmu_set(4, 0) == ENXIO);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, PMU_PPI) == EINVAL);
	CHECK(pmu(KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, NULL) == EINVAL);
	CHECK(pmu(KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_INIT, NULL) == ENXIO);
	CHECK(pmu(KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_SET_PMU, (void *)8) == EFAULT);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_SET_PMU, 0x7fffffff) == ENXIO);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_SET_PMU, 1) == ENXIO);	/* perf's software events */
	/* Not configured: it does not run; configured once */
	aim(g_read, EL1);
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EINVAL, "%m");
	plain();
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_INIT, 0) == EBUSY);
	CHECK(filter(0, 1, KVM_PMU_EVENT_DENY) == EBUSY);
	go(g_read, EL1);
}

static void attributes_with_a_gic(void)
{
	int val;

	gic = device(KVM_DEV_TYPE_ARM_VGIC_V3);
	CHECK(pmu(KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, (void *)8) == EFAULT);
	CHECK(pmu(KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, &val) == ENXIO);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, 15) == EINVAL);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, 1020) == EINVAL);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, -1) == EINVAL);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_INIT, 0) == ENODEV);
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GIC_DIST);
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, GIC_REDIST);
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_INIT, 0) == ENXIO);
	CHECK(!pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, PMU_PPI));
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, PMU_PPI) == EBUSY);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, PMU_PPI + 1) == EINVAL);
	CHECK(!pmu(KVM_GET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, &val) && val == PMU_PPI);
	plain();
	close(gic);
}

static void an_interrupt_is_nobody_elses(void)
{
	vcpu1 = new_vcpu(1);
	make_gic();
	CHECK(!pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, 40));
	CHECK(attr(vcpu1, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_IRQ, &(int){ 40 }) == EINVAL);
	CHECK(attr(vcpu1, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_IRQ, &(int){ 23 }) == EINVAL);
	CHECK(!attr(vcpu1, KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_IRQ, &(int){ 41 }));
	close(gic);
}

static void a_timers_interrupt_is_not_the_pmus(void)
{
	make_gic();
	CHECK(!pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, 27));
	plain();
	aim(g_read, EL1);
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EINVAL, "%m");
	close(gic);
}

static void a_vcpu_without_a_pmu_has_nothing(void)
{
	unsigned long val;

	close(vcpu);
	features0 = 0;
	close(vm);
	munmap(run, run_size);
	munmap(ram, RAM_SIZE);
	set_up();
	CHECK(pmu(KVM_HAS_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_IRQ, NULL) == ENXIO);
	CHECK(pmu_set(KVM_ARM_VCPU_PMU_V3_INIT, 0) == ENODEV);
	CHECK(get(vcpu, PMCR, &val) == ENOENT && get(vcpu, PMEVCNTR(0), &val) == ENOENT);
	CHECK(!(reg(DFR0) >> 8 & 15), "%#lx", reg(DFR0));
	undefined(g_read, EL1);
}

static void the_version_can_be_lowered(void)
{
	unsigned long dfr0 = reg(DFR0), ver = dfr0 >> 8 & 15, rest = dfr0 & ~0xf00UL;

	CHECK(ver >= 1 && ver <= 6, "%lu", ver);
	CHECK(set(vcpu, DFR0, rest | (ver + 1) << 8) == EINVAL);
	must_set(DFR0, rest | 1 << 8);
	CHECK(reg(DFR0) == (rest | 1 << 8));
	must_set(DFR0, rest | 15 << 8);
	CHECK(reg(DFR0) == rest);
	must_set(DFR0, dfr0);
	plain();
	go(g_read, EL1);
	CHECK(set(vcpu, DFR0, rest) == EBUSY);
}

static void counters_can_be_fewer(void)
{
	unsigned long pmcr = reg(PMCR), n = pmcr >> 11 & 31;

	CHECK(n >= 1, "%#lx", pmcr);
	must_set(PMCR, pmcr | 31UL << 11);
	CHECK(n == 31 || reg(PMCR) == pmcr, "%#lx", reg(PMCR));
	must_set(PMCR, (pmcr & ~(31UL << 11)) | 1 << 11);
	CHECK((reg(PMCR) >> 11 & 31) == 1);
	must_set(PMCNTENSET, ~0UL);
	CHECK(reg(PMCNTENSET) == (BIT31 | 1) && reg(PMCNTENCLR) == (BIT31 | 1), "%#lx", reg(PMCNTENSET));
	must_set(PMCNTENCLR, 1);
	CHECK(reg(PMCNTENSET) == BIT31);
	must_set(PMCNTENCLR, BIT31);
	plain();
	must_set(X(1), 0x1234);
	CHECK(go(g_write_read, EL1) == 0x1234);
	undefined(g_pmevcntr30, EL1);
	must_set(PMCR, pmcr);
	CHECK((reg(PMCR) >> 11 & 31) == 1, "a VM that has run");
}

/* ---- what is counted ---- */

static void cycles_are_counted_while_they_should(void)
{
	unsigned long was;

	plain();
	cycles_on(0);
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL1) >= 1000, "nothing");
	was = reg(PMCCNTR);
	CHECK(was);
	CHECK(reg(PMCCNTR) == was, "counts outside the guest");
	must_set(PMCR, reg(PMCR) & ~1UL);
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL1) == 0, "counts while it is off");
	CHECK(reg(PMCCNTR) == was);
}

static void exception_levels_are_told_apart(void)
{
	plain();
	must_set(PMUSERENR, 1);
	cycles_on(PMTYPE_P);
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL1) == 0, "EL1");
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL0) >= 1000, "EL0");
	cycles_on(PMTYPE_U);
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL1) >= 1000, "EL1");
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL0) == 0, "EL0");
}

static void el0_may_what_it_was_allowed(void)
{
	plain();
	undefined(g_read, EL0);
	must_set(PMUSERENR, 4);		/* CR */
	go(g_read, EL0);
	undefined(g_ceid, EL0);
	must_set(PMUSERENR, 1);		/* EN */
	go(g_ceid, EL0);
}

static unsigned long cost_of_300_ms(void)
{
	unsigned long cost;
	int i;

	aim(g_host, EL1);
	CHECK(resume(NULL));
	for (i = 0; i < 3; i++)
		pass_100_ms();
	CHECK(resume(&cost));
	settle();
	return cost;
}

/*
 * They are 300 million of QEMU's cycles, and as good as none of the guest's. Unless QEMU has to wait for a CPU while it is in
 * the guest, which it does not each time.
 */
static void the_hosts_time_is_not_the_guests(void)
{
	unsigned long cost;
	int tries = 5;

	plain();
	cycles_on(0);
	do
		cost = cost_of_300_ms();
	while (--tries && cost >= 100000000);
	CHECK(cost < 100000000, "%lu cycles", cost);
}

static void a_filtered_event_is_not_counted(void)
{
	CHECK(filter(0xffff, 2, KVM_PMU_EVENT_DENY) == EINVAL);
	CHECK(filter(0, 1, 2) == EINVAL);
	CHECK(pmu(KVM_SET_DEVICE_ATTR, KVM_ARM_VCPU_PMU_V3_FILTER, (void *)8) == EFAULT);
	CHECK(!filter(CYCLES, 1, KVM_PMU_EVENT_DENY));
	plain();
	cycles_on(0);
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL1) == 0);
	CHECK(!(go(g_ceid, EL1) >> CYCLES & 1));
}

static void an_event_that_is_let_through_is(void)
{
	CHECK(!filter(CYCLES, 1, KVM_PMU_EVENT_ALLOW));
	plain();
	cycles_on(0);
	must_set(X(21), 10000);
	CHECK(go(g_cycles, EL1) >= 1000);
	CHECK((go(g_ceid, EL1) & ~(1UL << CHAIN)) == 1UL << CYCLES);
}

/* FEAT_PMUv3p5: counters go on to 64 bits, but overflow at 32 (PMCR_EL0.LP is 0) */
static void software_events_and_chains(void)
{
	plain();
	must_set(PMEVTYPER(0), 0);
	must_set(PMEVTYPER(1), CHAIN);
	must_set(PMEVCNTR(0), 0xfffffffe);
	must_set(PMEVCNTR(1), 0xffffffff);
	must_set(PMCNTENSET, 3);
	must_set(PMCR, 1 | (reg(PMCR) & ~0xffUL));
	must_set(X(21), 5);
	CHECK((unsigned int)go(g_swinc, EL1) == 3, "%#lx", reg(PMEVCNTR(0)));
	CHECK((unsigned int)reg(X(2)) == 0 && reg(PMEVCNTR(1)) == reg(X(2)), "%#lx", reg(X(2)));
	CHECK(reg(X(3)) == 3 && reg(PMOVSSET) == 3, "%#lx", reg(X(3)));
}

static unsigned long freq;	/* ticks of the virtual counter in a second */

/* ---- overflow ---- */

static int pmu_level(void)
{
	return !!(run->s.regs.device_irq_level & KVM_ARM_DEV_PMU);
}

/* A VMM that is the interrupt controller is told of the line, up and down */
static void the_vmm_is_told_of_the_line(void)
{
	plain();
	must_set(PMCCNTR, -1000000UL);
	must_set(PMINTENSET, BIT31);
	cycles_on(0);
	aim(g_level, EL1);
	CHECK(resume(NULL));
	CHECK(pmu_level(), "overflow, level %#llx", run->s.regs.device_irq_level);
	CHECK(resume(NULL));
	CHECK(!pmu_level(), "cleared, level %#llx", run->s.regs.device_irq_level);
	settle();
}

/* QEMU counts on while its own thread waits for a CPU: one more may come before the guest masks them */
static void the_gic_has_the_interrupt(void)
{
	unsigned long n;

	make_gic();
	CHECK(!pmu_set(KVM_ARM_VCPU_PMU_V3_IRQ, PMU_PPI));
	plain();
	must_set(X(21), 50);
	must_set(X(23), -2000000UL);
	n = go(g_irqs, EL1);
	CHECK(n == 50 || n == 51, "%lu", n);
	close(gic);
}

static void counters_never_go_back(void)
{
	unsigned long a, b;

	asm("mrs %0, cntfrq_el0" : "=r" (freq));
	plain();
	must_set(PMEVTYPER(0), CYCLES);
	must_set(PMEVCNTR(0), 0);
	must_set(PMCNTENSET, 1);
	must_set(PMCCNTR, 0);
	cycles_on(0);
	must_set(X(21), 2 * freq);
	a = go(g_both, EL1);
	b = reg(X(1));
	CHECK(reg(X(2)) == 0, "counter %lu went back", reg(X(2)));
	/* Most of the time goes into reading. QEMU starts and stops one counter after the other, on a busy machine by much */
	CHECK(a > 10000000, "%lu cycles in 2 s", a);
	CHECK(a / 2 < b && b / 2 < a, "%lu and %lu", a, b);
}

/* ---- perf's own users on the host ---- */

static int perf_cycles(int exclude_host, int exclude_guest)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(a), .config = PERF_COUNT_HW_CPU_CYCLES,
		.exclude_host = exclude_host, .exclude_guest = exclude_guest,
	};
	int fd = syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);

	CHECK(fd >= 0, "%m");
	return fd;
}

static unsigned long perf_read(int fd)
{
	unsigned long n;

	CHECK(read(fd, &n, 8) == 8, "%m");
	close(fd);
	return n;
}

static unsigned long in_guest, in_host;	/* cycles of the last measure() */

static void measure(void (*what)(void))
{
	int g = perf_cycles(1, 0), h = perf_cycles(0, 1);

	what();
	in_guest = perf_read(g);
	in_host = perf_read(h);
}

static void guest_runs(void)
{
	must_set(X(21), freq / 2);
	go(g_spin, EL1);
}

static void host_runs(void)
{
	int i;

	for (i = 0; i < 5; i++)
		pass_100_ms();
}

/*
 * Half a second each; the vCPU counts too. QEMU's cycles are time, so on a busy machine the host may have taken most of it:
 * once of a few times it has not. Were the guest's cycles taken for the host's, or none counted, it would never be so.
 */
static void perf_tells_host_and_guest_apart(void)
{
	int tries = 8;

	asm("mrs %0, cntfrq_el0" : "=r" (freq));
	plain();
	cycles_on(0);
	do
		measure(guest_runs);
	while (--tries && in_host >= in_guest / 2);
	CHECK(tries, "guest runs: %lu in guests, %lu in the host", in_guest, in_host);
	measure(host_runs);
	CHECK(in_guest < in_host / 8, "host runs: %lu in guests, %lu in the host", in_guest, in_host);
}

static const struct test tests[] = {
	TEST(attributes_without_a_gic),
	TEST(attributes_with_a_gic),
	TEST(an_interrupt_is_nobody_elses),
	TEST(a_timers_interrupt_is_not_the_pmus),
	TEST(the_version_can_be_lowered),
	TEST(counters_can_be_fewer),
	TEST(cycles_are_counted_while_they_should),
	TEST(exception_levels_are_told_apart),
	TEST(el0_may_what_it_was_allowed),
	TEST(the_hosts_time_is_not_the_guests),
	TEST(a_filtered_event_is_not_counted),
	TEST(an_event_that_is_let_through_is),
	TEST(software_events_and_chains),
	TEST(perf_tells_host_and_guest_apart),
	TEST(the_vmm_is_told_of_the_line),
	TEST(the_gic_has_the_interrupt),
	TEST(counters_never_go_back),
	TEST(a_vcpu_without_a_pmu_has_nothing),
};

/* The last ones but one */
#define FIRST_LONG	(ARRAY_SIZE(tests) - 4)
#define NR_LONG		3

int main(int argc, char **argv)
{
	features0 = 1 << KVM_ARM_VCPU_PMU_V3;
	if (argc > 1 && !strcmp(argv[1], "stress"))
		return run_tests(tests + FIRST_LONG, NR_LONG, 1, argv);
	return run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
