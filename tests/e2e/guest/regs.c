// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMM and guest see of registers: KVM_{GET,SET}_ONE_REG and its errors, trapped system registers, injected
 * exceptions, guest debug. Each check runs a few instructions that it writes itself in a VM of its own; nothing here
 * knows who implements /dev/kvm, so that the built-in KVM can be asked whether a check is right.
 *
 * Output, one line each: "ok NAME" or "not ok NAME # why"; exit status 1 if any failed. With the argument "swap" the VM
 * goes to the other of keel's personalities a and b before each KVM_RUN.
 */
#include "a64.h"

/* Instructions */
#define SR(op0, op1, crn, crm, op2)	(((op0) & 1) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define MRS(rt, sr)	(0xd5300000 | (sr) | (rt))
#define MSR(sr, rt)	(0xd5100000 | (sr) | (rt))
#define LDR(rt, rn)	(0xf9400000 | (rn) << 5 | (rt))
#define BRK		0xd4200000
#define HVC		0xd4000002
#define DAIFCLR_A	0xd50344ff
#define DC_CISW(rt)	(0xd5087e40 | (rt))
/* Forward copy of x2 bytes from x1 to x0: prologue, main, epilogue (FEAT_MOPS) */
#define CPYF_0_1_2	0x19010440, 0x19410440, 0x19810440

#define PFR0		SR(3, 0, 0, 4, 0)
#define PMCR		SR(3, 3, 9, 12, 0)
#define CSSELR		SR(3, 2, 0, 0, 0)
#define CCSIDR		SR(3, 1, 0, 0, 0)
#define CNTVCT		SR(3, 3, 14, 0, 2)
#define CNTP_TVAL	SR(3, 3, 14, 2, 0)
#define CNTP_CTL	SR(3, 3, 14, 2, 1)
#define CNTP_CVAL	SR(3, 3, 14, 2, 2)
#define OSLAR		SR(2, 0, 1, 0, 4)
#define OSLSR		SR(2, 0, 1, 1, 4)
#define DBGBVR0		SR(2, 0, 0, 0, 4)
#define MDSCR		SR(2, 0, 0, 2, 2)
#define SCTLR		SR(3, 0, 1, 0, 0)
#define ESR_EL1		SR(3, 0, 5, 2, 0)
#define ELR_EL1		SR(3, 0, 4, 0, 1)
#define FAR_EL1		SR(3, 0, 6, 0, 0)

#define EC(esr)		((esr) >> 26 & 0x3f)

/* For the VMM */
#define ISAR2		SYS(3, 0, 0, 6, 2)
#define ISAR2_MOPS	(15UL << 16)
#define ESR_OF_EL1	SYS(3, 0, 5, 2, 0)
#define COPY_TO		0x400

/* ---- ids ----------------------------------------------------------------------------------------------------- */

static void ids_that_are_none_are_told_apart(void)
{
	unsigned long val[4];

	CHECK(get(vcpu, SYS(3, 0, 15, 15, 7), val) == ENOENT);
	CHECK(get(vcpu, SYS(3, 3, 9, 12, 0), val) == ENOENT);		/* PMCR_EL0 */
	CHECK(get(vcpu, SYS(3, 0, 1, 2, 0), val) == ENOENT);		/* ZCR_EL1 */
	CHECK(get(vcpu, CORE(regs.pc) + 1, val) == EINVAL);
	CHECK(get(vcpu, CORE(regs.pc) ^ KVM_REG_SIZE_U64 ^ KVM_REG_SIZE_U32, val) == EINVAL);
	CHECK(get(vcpu, CORE(regs.pc) + 0x1000, val) == ENOENT);
	CHECK(get(vcpu, CORE(regs.pc) ^ KVM_REG_ARM64 ^ KVM_REG_X86, val) == EINVAL);
	CHECK(get(vcpu, KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | 14, val) == ENOENT);
	CHECK(get(vcpu, KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_DEMUX, val) == ENOENT);
	CHECK(set(vcpu, SYS(3, 0, 15, 15, 7), 0) == ENOENT);
}

static void a_bad_address_is_a_fault(void)
{
	CHECK(get(vcpu, CORE(regs.pc), (void *)8) == EFAULT);
	CHECK(get(vcpu, SYS(3, 0, 1, 0, 0), (void *)8) == EFAULT);
}

static void values_a_register_cannot_have_change_nothing(void)
{
	unsigned long pstate = reg(CORE(regs.pstate)), midr = reg(SYS(3, 0, 0, 0, 0));

	CHECK(set(vcpu, CORE(regs.pstate), 0x3c9) == EINVAL);		/* EL2h */
	CHECK(set(vcpu, CORE(regs.pstate), 0x3cd) == EINVAL);		/* EL3h */
	CHECK(set(vcpu, CORE(regs.pstate), 0x1d3) == EINVAL);		/* AArch32 at EL1 */
	CHECK(reg(CORE(regs.pstate)) == pstate);
	CHECK(set(vcpu, SYS(3, 0, 0, 0, 0), midr ^ 1) == EINVAL);
	CHECK(set(vcpu, SYS(3, 0, 0, 0, 0), midr) == 0);
	CHECK(set(vcpu, SYS(2, 0, 1, 1, 4), 0) == EINVAL);		/* OSLSR_EL1: there is an OS lock */
	CHECK(set(vcpu, SYS(2, 0, 1, 1, 4), 0xa) == 0);
	CHECK(set(vcpu, KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX, 0xf0000000) == EINVAL);
	CHECK(set(vcpu, SYS(3, 1, 0, 0, 1), 1UL << 63) == EINVAL);	/* CLIDR_EL1 */
}

static int by_value(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static void the_list_is_complete_and_every_register_reads(void)
{
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + 2048 * 8);
	unsigned long val[4], n, i;

	list->n = 0;
	CHECK(ioctl(vcpu, KVM_GET_REG_LIST, list) && errno == E2BIG);
	n = list->n;
	CHECK(n > 200 && n < 2048, "%lu", n);
	list->n = n - 1;
	CHECK(ioctl(vcpu, KVM_GET_REG_LIST, list) && errno == E2BIG && list->n == n);
	list->n = 2048;
	CHECK(!ioctl(vcpu, KVM_GET_REG_LIST, list) && list->n == n);
	qsort(list->reg, n, 8, by_value);
	for (i = 0; i < n; i++) {
		CHECK(!get(vcpu, list->reg[i], val), "%#llx", list->reg[i]);
		CHECK(!i || list->reg[i] != list->reg[i - 1], "%#llx twice", list->reg[i]);
	}
	free(list);
}

static void what_ran_once_is_frozen(void)
{
	unsigned long pfr0 = reg(SYS(3, 0, 0, 4, 0)), seen;

	CHECK(set(vcpu, SYS(3, 0, 0, 4, 0), pfr0 & ~(15UL << 56)) == 0);	/* CSV2: less is allowed */
	seen = VALUE(MRS(0, PFR0));
	pfr0 = reg(SYS(3, 0, 0, 4, 0));
	CHECK(seen == pfr0, "%#lx, not %#lx", seen, pfr0);
	CHECK((pfr0 >> 24 & 15) == 0, "GIC without one: %#lx", pfr0);
	CHECK(set(vcpu, SYS(3, 0, 0, 4, 0), pfr0) == 0);
	CHECK(set(vcpu, SYS(3, 0, 0, 4, 0), pfr0 ^ 1UL << 48) == EBUSY);
	CHECK(VALUE(MRS(0, PFR0)) == pfr0);
}

static void a_reset_keeps_what_the_vmm_configured(void)
{
	unsigned long mpidr = reg(SYS(3, 0, 0, 0, 5)) + 0x100;
	struct kvm_vcpu_init init = { };

	must_set(SYS(3, 0, 0, 0, 5), mpidr);
	must_set(SYS(3, 0, 13, 0, 1), 0x77);	/* CONTEXTIDR_EL1 */
	CHECK(!ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init));
	init.features[0] = features0;
	CHECK(!ioctl(vcpu, KVM_ARM_VCPU_INIT, &init));
	CHECK(reg(SYS(3, 0, 0, 0, 5)) == mpidr);
	CHECK(reg(SYS(3, 0, 13, 0, 1)) == 0);
	CHECK(VALUE(MRS(0, SR(3, 0, 0, 0, 5))) == mpidr);
}

/* ---- trapped registers --------------------------------------------------------------------------------------- */

static void what_a_guest_does_not_have_is_undefined(void)
{
	UNDEFINED(MRS(0, PMCR));
	CHECK(reg(SYS(3, 0, 0, 4, 0)));
	CHECK(reg(CORE(elr_el1)) == RAM);
	must_set(SYS(3, 0, 1, 0, 2), 0x330000);			/* CPACR_EL1: EL1 itself traps neither FP nor SVE */
	UNDEFINED(NOP, MRS(0, SR(3, 0, 1, 2, 0)));		/* ZCR_EL1 */
	CHECK(reg(CORE(elr_el1)) == RAM + 4);
	UNDEFINED(MRS(0, SR(3, 3, 13, 2, 0)));			/* AMCR_EL0 */
	UNDEFINED(MSR(SR(3, 0, 0, 4, 0), 0));			/* ID_AA64PFR0_EL1 is read only */
	UNDEFINED(MRS(0, SR(3, 0, 10, 2, 3)));			/* PIR_EL1 */
	UNDEFINED(MRS(0, SR(3, 0, 15, 15, 7)));
}

static void memory_copies_where_they_are_shown(void)
{
	unsigned long isar2 = reg(ISAR2);

	if (!(isar2 & ISAR2_MOPS))
		SKIP("a CPU without FEAT_MOPS");
	LOAD(CPYF_0_1_2);
	must_set(CORE(regs.regs[0]), RAM + COPY_TO);
	must_set(CORE(regs.regs[1]), RAM);
	must_set(CORE(regs.regs[2]), 16);
	CHECK(finished(NULL), "exception, esr %#lx", reg(ESR_OF_EL1));
	CHECK(!memcmp(ram, ram + COPY_TO / 4, 16), "not copied");
}

static void memory_copies_are_undefined_where_they_are_not_shown(void)
{
	unsigned long isar2 = reg(ISAR2);

	if (!(isar2 & ISAR2_MOPS))
		SKIP("a CPU without FEAT_MOPS");
	must_set(ISAR2, isar2 & ~ISAR2_MOPS);
	UNDEFINED(CPYF_0_1_2);
}

static void the_os_lock_locks(void)
{
	must_set(CORE(regs.regs[1]), 1);
	CHECK(VALUE(MSR(OSLAR, 1), ISB, MRS(0, OSLSR)) == 0xa);
	CHECK(reg(SYS(2, 0, 1, 1, 4)) == 0xa);
	must_set(CORE(regs.regs[1]), 0);
	CHECK(VALUE(MSR(OSLAR, 1), ISB, MRS(0, OSLSR)) == 0x8);
}

static void the_cache_geometry_is_the_vmms(void)
{
	unsigned long id = KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | KVM_REG_ARM_DEMUX_ID_CCSIDR | 2;
	unsigned long geometry = 0x00ffe07c | 7;

	must_set(id, geometry);
	CHECK(reg(id) == geometry);
	must_set(CORE(regs.regs[1]), 2);
	CHECK(VALUE(MSR(CSSELR, 1), ISB, MRS(0, CCSIDR)) == geometry);
	CHECK(reg(SYS(3, 2, 0, 0, 0)) == 2);
}

static void the_physical_timer_counts(void)
{
	must_set(CORE(regs.regs[1]), 1);
	must_set(CORE(regs.regs[2]), 0);
	CHECK(VALUE(MSR(CNTP_CVAL, 2), MSR(CNTP_CTL, 1), ISB, MRS(0, CNTP_CTL)) == 5);
	must_set(CORE(regs.regs[2]), 0x7fffffff);
	CHECK(VALUE(MSR(CNTP_TVAL, 2), MSR(CNTP_CTL, 1), ISB, MRS(0, CNTP_CTL)) == 1);
	CHECK(VALUE(MRS(0, CNTP_TVAL)) <= 0x7fffffff);
	CHECK(reg(KVM_REG_ARM_PTIMER_CTL) == 1);
	CHECK(reg(KVM_REG_ARM_PTIMER_CVAL) == VALUE(MRS(0, CNTP_CVAL)));
}

static void a_count_is_the_vms(void)
{
	unsigned long start = 1UL << 50, count;

	vcpu1 = new_vcpu(1);
	CHECK(!set(vcpu1, KVM_REG_ARM_TIMER_CNT, start));
	count = reg(KVM_REG_ARM_TIMER_CNT);
	CHECK(count >= start && count < start + (1UL << 40), "%#lx", count);
	count = VALUE(MRS(0, CNTVCT));
	CHECK(count >= start && count < start + (1UL << 40), "%#lx", count);
}

/* A32 instructions; x1 is the device */
static void aarch32_at_el0_has_the_timer(void)
{
	unsigned long far_off = 0x7654321012345678;

	if ((reg(SYS(3, 0, 0, 4, 0)) & 15) != 2)
		return;
	LOAD(0xee1e0f32,		/* mrc p15, 0, r0, c14, c2, 1: CNTP_CTL */
	     0xec532f2e,		/* mrrc p15, 2, r2, r3, c14: CNTP_CVAL */
	     0xe5810000);		/* str r0, [r1] */
	must_set(SYS(3, 0, 14, 1, 0), 1 << 9 | 1);	/* CNTKCTL_EL1: EL0 may */
	must_set(KVM_REG_ARM_PTIMER_CTL, 1);
	must_set(KVM_REG_ARM_PTIMER_CVAL, far_off);
	must_set(CORE(regs.regs[1]), DEVICE);
	must_set(CORE(regs.pstate), 0x1d0);
	enter();
	CHECK(run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == DEVICE, "exit %u at %#lx, esr %#lx",
	      run->exit_reason, reg(CORE(regs.pc)), reg(SYS(3, 0, 5, 2, 0)));
	CHECK(run->mmio.len == 4 && run->mmio.data[0] == 1);
	CHECK(reg(CORE(regs.regs[2])) == (far_off & 0xffffffff));
	CHECK(reg(CORE(regs.regs[3])) == far_off >> 32);
	CHECK(reg(CORE(regs.pstate)) == 0x1d0);
}

static void set_and_way_then_caches(void)
{
	unsigned long sctlr = reg(SYS(3, 0, 1, 0, 0)) | 1 << 2 | 1 << 12;

	must_set(CORE(regs.regs[1]), 0);
	must_set(CORE(regs.regs[2]), sctlr);
	CHECK(VALUE(DC_CISW(1), MSR(SCTLR, 2), ISB, MRS(0, SCTLR)) == sctlr);
	CHECK(reg(SYS(3, 0, 1, 0, 0)) == sctlr);
}

/* ---- exceptions ---------------------------------------------------------------------------------------------- */

static void an_access_nobody_serves_aborts(void)
{
	struct kvm_vcpu_events events = { .exception.ext_dabt_pending = 1 };

	LOAD(NOP, LDR(0, 29));
	must_set(CORE(regs.regs[29]), DEVICE + 0x48);
	enter();
	CHECK(run->exit_reason == KVM_EXIT_MMIO && !run->mmio.is_write);
	CHECK(!ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events), "%m");
	CHECK(!finished(NULL));
	CHECK(reg(SYS(3, 0, 5, 2, 0)) == 0x96000010, "esr %#lx", reg(SYS(3, 0, 5, 2, 0)));
	CHECK(reg(SYS(3, 0, 6, 0, 0)) == DEVICE + 0x48);
	CHECK(reg(CORE(elr_el1)) == RAM + 4);
	CHECK(reg(CORE(spsr[0])) == 0x3c5);
	CHECK((reg(CORE(regs.pc)) & ~0xfUL) == VECTORS + 0x200, "pc %#lx", reg(CORE(regs.pc)));
}

static void a_pending_serror_waits_until_it_is_unmasked(void)
{
	struct kvm_vcpu_events events = { .exception.serror_pending = 1 }, seen;
	int ras = (reg(SYS(3, 0, 0, 4, 0)) >> 28 & 15) != 0;

	events.exception.serror_has_esr = ras;
	events.exception.serror_esr = ras ? 0x123 : 0;
	CHECK(!ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events), "%m");
	CHECK(!ioctl(vcpu, KVM_GET_VCPU_EVENTS, &seen) && seen.exception.serror_pending);
	CHECK(seen.exception.serror_esr == events.exception.serror_esr);
	CHECK(VALUE(NOP) == 0);
	CHECK(!ioctl(vcpu, KVM_GET_VCPU_EVENTS, &seen) && seen.exception.serror_pending);
	LOAD(DAIFCLR_A, ISB);
	CHECK(!finished(NULL));
	CHECK(EC(reg(SYS(3, 0, 5, 2, 0))) == 0x2f);
	CHECK(!ras || (reg(SYS(3, 0, 5, 2, 0)) & 0xffffff) == 0x123);
	CHECK((reg(CORE(regs.pc)) & ~0xfUL) == VECTORS + 0x380, "pc %#lx", reg(CORE(regs.pc)));
	CHECK(!ioctl(vcpu, KVM_GET_VCPU_EVENTS, &seen) && !seen.exception.serror_pending);
}

static void a_syndrome_is_an_iss(void)
{
	struct kvm_vcpu_events events = { .exception = { .serror_pending = 1, .serror_has_esr = 1,
							 .serror_esr = 1UL << 26 } }, seen;

	CHECK(ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events) && errno == EINVAL);
	CHECK(!ioctl(vcpu, KVM_GET_VCPU_EVENTS, &seen) && !seen.exception.serror_pending);
}

/* ---- debug --------------------------------------------------------------------------------------------------- */

static void debug(unsigned int control, unsigned int slot, unsigned long bvr, unsigned long wvr)
{
	struct kvm_guest_debug dbg = { .control = control };

	if (bvr) {
		dbg.arch.dbg_bvr[slot] = bvr;
		dbg.arch.dbg_bcr[slot] = 0xf << 5 | 3 << 1 | 1;
	}
	if (wvr) {
		dbg.arch.dbg_wvr[slot] = wvr;
		dbg.arch.dbg_wcr[slot] = 0xff << 5 | 3 << 3 | 3 << 1 | 1;
	}
	CHECK(!ioctl(vcpu, KVM_SET_GUEST_DEBUG, &dbg), "%m");
}

static void stops_at(unsigned int ec, unsigned long pc)
{
	enter();
	CHECK(run->exit_reason == KVM_EXIT_DEBUG, "exit %u", run->exit_reason);
	CHECK(EC(run->debug.arch.hsr) == ec, "hsr %#x", run->debug.arch.hsr);
	CHECK(reg(CORE(regs.pc)) == pc, "pc %#lx", reg(CORE(regs.pc)));
}

#define ENABLE	KVM_GUESTDBG_ENABLE

static void breakpoints_of_the_vmm_stop_the_guest(void)
{
	LOAD(NOP, NOP, NOP);
	debug(ENABLE | KVM_GUESTDBG_USE_HW, 1, RAM + 4, 0);
	stops_at(0x30, RAM + 4);
	debug(0, 0, 0, 0);
	CHECK(finished(NULL));
}

static void watchpoints_of_the_vmm_stop_the_guest(void)
{
	LOAD(NOP, STR(0, 1));
	must_set(CORE(regs.regs[1]), RAM + 0x1008);
	debug(ENABLE | KVM_GUESTDBG_USE_HW, 0, 0, RAM + 0x1008);
	stops_at(0x34, RAM + 4);
	CHECK(run->debug.arch.far == RAM + 0x1008, "far %#llx", run->debug.arch.far);
	debug(0, 0, 0, 0);
	CHECK(finished(NULL));
}

static void breakpoint_instructions_go_to_who_debugs(void)
{
	LOAD(NOP, BRK);
	debug(ENABLE | KVM_GUESTDBG_USE_SW_BP, 0, 0, 0);
	stops_at(0x3c, RAM + 4);
	debug(0, 0, 0, 0);
	CHECK(!finished(NULL));
	CHECK(EC(reg(SYS(3, 0, 5, 2, 0))) == 0x3c);
}

static void steps_are_one_instruction_each(void)
{
	LOAD(NOP, MRS(0, PFR0), MSR(DBGBVR0, 1), NOP, HVC, NOP);
	must_set(CORE(regs.regs[0]), 0x8000ff00);	/* unknown to SMCCC: answered, x0 is an error */
	must_set(CORE(regs.regs[1]), 0x4000);
	debug(ENABLE | KVM_GUESTDBG_SINGLESTEP, 0, 0, 0);
	stops_at(0x32, RAM + 4);
	stops_at(0x32, RAM + 8);
	stops_at(0x32, RAM + 12);
	stops_at(0x32, RAM + 16);
	stops_at(0x32, RAM + 20);
	stops_at(0x32, RAM + 24);
	debug(0, 0, 0, 0);
	CHECK(finished(NULL));
	CHECK(reg(SYS(2, 0, 0, 0, 4)) == 0x4000);
}

static void a_device_access_is_one_step(void)
{
	LOAD(STR(0, 29), NOP, NOP);
	debug(ENABLE | KVM_GUESTDBG_SINGLESTEP, 0, 0, 0);
	enter();
	CHECK(run->exit_reason == KVM_EXIT_MMIO, "exit %u", run->exit_reason);
	stops_at(0x32, RAM + 4);
	stops_at(0x32, RAM + 8);
	debug(0, 0, 0, 0);
	CHECK(finished(NULL));
}

static void the_guests_own_debug_registers_are_not_touched(void)
{
	must_set(CORE(regs.regs[1]), 0x12345678);
	must_set(CORE(regs.regs[2]), 1 << 12);
	LOAD(MSR(DBGBVR0, 1), MSR(MDSCR, 2), NOP, MRS(0, DBGBVR0));
	debug(ENABLE | KVM_GUESTDBG_USE_HW, 0, RAM + 8, 0);
	stops_at(0x30, RAM + 8);
	CHECK(reg(SYS(2, 0, 0, 0, 4)) == 0x12345678);
	CHECK(reg(SYS(2, 0, 0, 2, 2)) == 1 << 12);
	debug(ENABLE | KVM_GUESTDBG_USE_HW, 0, RAM + 16, 0);
	stops_at(0x30, RAM + 16);
	CHECK(reg(CORE(regs.regs[0])) == 0x12345678);
	debug(0, 0, 0, 0);
	CHECK(VALUE(MRS(0, MDSCR)) == 1 << 12);
}

static void unknown_debug_flags_are_refused(void)
{
	struct kvm_guest_debug dbg = { .control = ENABLE | 1 << 20 };

	CHECK(ioctl(vcpu, KVM_SET_GUEST_DEBUG, &dbg) && errno == EINVAL);
}

static const struct test tests[] = {
	TEST(ids_that_are_none_are_told_apart),
	TEST(a_bad_address_is_a_fault),
	TEST(values_a_register_cannot_have_change_nothing),
	TEST(the_list_is_complete_and_every_register_reads),
	TEST(what_ran_once_is_frozen),
	TEST(a_reset_keeps_what_the_vmm_configured),
	TEST(what_a_guest_does_not_have_is_undefined),
	TEST(memory_copies_where_they_are_shown),
	TEST(memory_copies_are_undefined_where_they_are_not_shown),
	TEST(the_os_lock_locks),
	TEST(the_cache_geometry_is_the_vmms),
	TEST(the_physical_timer_counts),
	TEST(a_count_is_the_vms),
	TEST(aarch32_at_el0_has_the_timer),
	TEST(set_and_way_then_caches),
	TEST(an_access_nobody_serves_aborts),
	TEST(a_pending_serror_waits_until_it_is_unmasked),
	TEST(a_syndrome_is_an_iss),
	TEST(breakpoints_of_the_vmm_stop_the_guest),
	TEST(watchpoints_of_the_vmm_stop_the_guest),
	TEST(breakpoint_instructions_go_to_who_debugs),
	TEST(steps_are_one_instruction_each),
	TEST(a_device_access_is_one_step),
	TEST(the_guests_own_debug_registers_are_not_touched),
	TEST(unknown_debug_flags_are_refused),
};

int main(int argc, char **argv)
{
	return run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
