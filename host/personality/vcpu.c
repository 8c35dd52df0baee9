// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vCPU: creation, reset, the run loop, and how emulation steps on.
 *
 * Owns struct pvcpu and the core registers' reset values. kvm_run is the VMM's to write at any time, so every field
 * that matters is read once. What an exit means is exit.c's business, system registers are regs.h's.
 */
#include <linux/sched/stat.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "irqchip.h"
#include "personality.h"

#define SCTLR_E0E		BIT_ULL(24)
#define SCTLR_EE		BIT_ULL(25)
#define PSTATE_RESET		(PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT)
#define PSTATE32_RESET		(PSR_AA32_MODE_SVC | PSR_AA32_A_BIT | PSR_AA32_I_BIT | PSR_AA32_F_BIT)
#define PSTATE_SS		BIT_ULL(21)
#define PSTATE_BTYPE		GENMASK_ULL(11, 10)
#define CPSR_IT_LOW		GENMASK_ULL(15, 10)	/* IT[7:2] */
#define CPSR_IT_HIGH		GENMASK_ULL(26, 25)	/* IT[1:0] */
#define ESR_IL_BIT		BIT_ULL(25)		/* trapped instruction is 32 bits long */

/**
 * vcpu_create() - allocate a personality's vCPU, for vcpu_init() or an import
 * @pvm: VM it is put into, at vcpu->idx
 * @vcpu: the anchor's vCPU; its priv is not touched
 *
 * Return: the vCPU, off the books until KVM_ARM_VCPU_INIT; NULL: no memory.
 */
struct pvcpu *vcpu_create(struct pvm *pvm, struct keel_vcpu *vcpu)
{
	struct pvcpu *v = kzalloc(sizeof(*v), GFP_KERNEL_ACCOUNT);

	if (!v)
		return NULL;
	v->vcpu = vcpu;
	v->pvm = pvm;
	v->idx = vcpu->idx;
	v->holds = keel_features() & KEEL_FEAT_HOLDS;
	v->loaded = v->holds && vcpu->cpu >= 0;
	spin_lock_init(&v->power.lock);
	mutex_init(&v->running);
	v->power.mp_state = KVM_MP_STATE_RUNNABLE;
	steal_init(v);
	timer_vcpu_init(v);
	pmu_vcpu_init(v);
	if (vgic_vcpu_create(v)) {
		kfree(v);
		return NULL;
	}
	pvm->vcpu[v->idx] = v;
	return v;
}

/* Undo vcpu_create(); nothing to do where there is none */
void vcpu_free(struct pvm *pvm, unsigned int idx)
{
	struct pvcpu *v = pvm->vcpu[idx];

	if (!v)
		return;
	timer_vcpu_free(v);
	pmu_vcpu_free(v);
	vgic_vcpu_free(v);
	kfree(v);
	pvm->vcpu[idx] = NULL;
}

/* KVM_CREATE_VCPU, inside keel_vcpu_add(): vm->lock held */
int vcpu_init(struct keel_vcpu *vcpu)
{
	struct pvcpu *v = vcpu_create(to_pvm(vcpu->vm), vcpu);
	int r = v ? vgic_vcpu_place(v) : -ENOMEM;

	if (v && r)
		vcpu_free(v->pvm, v->idx);
	vcpu->priv = r ? NULL : v;
	return r;
}

void vcpu_destroy(struct keel_vcpu *vcpu)
{
	struct pvcpu *v = to_pvcpu(vcpu);

	vcpu->priv = NULL;
	if (!v)
		return;
	/* The VM goes; or this vCPU could not be published, and then there is no GIC that irqfds could have been made for */
	irqfd_release(v->pvm);
	vcpu_free(v->pvm, v->idx);
}

static void sync_this_cpu(void *arg)
{
	struct pvcpu *v = arg;

	keel_hc_vcpu_sync(v->pvm->vm->handle, v->idx);
}

void vcpu_sync(struct pvcpu *v)
{
	int cpu = READ_ONCE(v->vcpu->cpu);

	if (!v->loaded)
		return;
	/* A CPU that went offline in between has written its registers back on the way (anchor, hotplug) */
	if (cpu >= 0)
		smp_call_function_single(cpu, sync_this_cpu, v, true);
	v->loaded = false;
}

/* Arm ARM D1.7.2 and the register descriptions of SCTLR_EL1.{EE,E0E} */
bool vcpu_is_be(const struct pvcpu *v)
{
	const struct keel_vcpu_page *p = v->vcpu->page;

	if (pvcpu_is_a32(v))
		return p->pstate & PSR_AA32_E_BIT;
	if ((p->pstate & PSR_MODE_MASK) == PSR_MODE_EL0t)
		return p->sysreg[KEEL_SR_SCTLR_EL1] & SCTLR_E0E;
	return p->sysreg[KEEL_SR_SCTLR_EL1] & SCTLR_EE;
}

/* AArch32: the IT block moves on by one instruction (Arm ARM G1.2.3, ITAdvance()) */
static u64 it_advance(u64 pstate)
{
	u64 it = ((pstate & CPSR_IT_LOW) >> 8) | ((pstate & CPSR_IT_HIGH) >> 25);

	it = it & 7 ? (it & 0xe0) | ((it << 1) & 0x1f) : 0;
	pstate &= ~(CPSR_IT_LOW | CPSR_IT_HIGH);
	return pstate | (it << 8 & CPSR_IT_LOW) | (it << 25 & CPSR_IT_HIGH);
}

/**
 * vcpu_skip() - the trapped instruction is done
 * @v: vCPU whose exit is being handled (exit.esr is that trap's)
 *
 * PSTATE.BTYPE is 0 after any instruction but a branch; PSTATE.SS is cleared so that a guest that steps itself takes
 * the step exception before the next instruction (Arm ARM D2.12); debug.c does the same for a VMM that steps.
 */
void vcpu_skip(struct pvcpu *v)
{
	struct keel_vcpu_page *p = v->vcpu->page;

	if (pvcpu_is_a32(v)) {
		p->pc += p->exit.esr & ESR_IL_BIT ? 4 : 2;
		if (p->pstate & PSR_AA32_T_BIT)
			p->pstate = it_advance(p->pstate);
	} else {
		p->pc += 4;
		p->pstate &= ~PSTATE_BTYPE;
	}
	p->pstate &= ~PSTATE_SS;
	if (unlikely(v->debug.guest_debug))
		debug_after_emulation(v);
}

static void reset_core_regs(struct pvcpu *v)
{
	struct keel_vcpu_page *p = v->vcpu->page;

	memset(p->regs, 0, sizeof(p->regs));
	memset(p->vregs, 0, sizeof(p->vregs));
	p->sp_el0 = 0;
	p->pc = 0;
	p->pstate = pvcpu_el1_is_a32(v) ? PSTATE32_RESET : PSTATE_RESET;
	p->spsr_abt = 0;
	p->spsr_und = 0;
	p->spsr_irq = 0;
	p->spsr_fiq = 0;
	p->fpsr = 0;
	p->fpcr = 0;
}

/* DEN0022 6.4, initial core configuration: AArch32 may be entered in T32, all have the caller's byte order */
static void start_at(struct pvcpu *v, u64 pc, u64 x0, bool be)
{
	struct keel_vcpu_page *p = v->vcpu->page;

	p->pc = pc;
	p->regs[0] = x0;
	if (!pvcpu_is_a32(v)) {
		if (be)
			p->sysreg[KEEL_SR_SCTLR_EL1] |= SCTLR_EE;
		return;
	}
	if (pc & 1)
		p->pstate |= PSR_AA32_T_BIT;
	p->pc = (u32)pc & ~1U;
	if (be)
		p->pstate |= PSR_AA32_E_BIT;
}

void vcpu_reset(struct pvcpu *v)
{
	struct pvcpu_power *w = &v->power;
	u64 pc, x0;
	bool on, be;

	spin_lock(&w->lock);
	on = w->reset_pending;
	be = w->reset_be;
	pc = w->reset_pc;
	x0 = w->reset_x0;
	w->reset_pending = false;
	spin_unlock(&w->lock);

	vcpu_sync(v);
	mmio_cancel(v);
	reset_core_regs(v);
	regs_reset(v);
	sve_reset(v);
	pmureg_reset(v);
	timer_look(&v->timer);
	vgic_reset_vcpu(v);
	if (on)
		start_at(v, pc, x0, be);
}

/*
 * What the VMM may ask for. Pointer authentication only where address and generic use the same, single algorithm:
 * a guest is told of one (Arm ARM ID_AA64ISAR1_EL1, ID_AA64ISAR2_EL1).
 */
u64 vcpu_features_supported(void)
{
	u64 isar1 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR1_EL1);
	u64 isar2 = read_sanitised_ftr_reg(SYS_ID_AA64ISAR2_EL1);
	u64 features = BIT_ULL(KVM_ARM_VCPU_PSCI_0_2);
	bool a5, g5, ai, gi, a3, g3;

	a5 = cpuid_feature_extract_unsigned_field(isar1, ID_AA64ISAR1_EL1_APA_SHIFT);
	g5 = cpuid_feature_extract_unsigned_field(isar1, ID_AA64ISAR1_EL1_GPA_SHIFT);
	ai = cpuid_feature_extract_unsigned_field(isar1, ID_AA64ISAR1_EL1_API_SHIFT);
	gi = cpuid_feature_extract_unsigned_field(isar1, ID_AA64ISAR1_EL1_GPI_SHIFT);
	a3 = cpuid_feature_extract_unsigned_field(isar2, ID_AA64ISAR2_EL1_APA3_SHIFT);
	g3 = cpuid_feature_extract_unsigned_field(isar2, ID_AA64ISAR2_EL1_GPA3_SHIFT);
	if (a5 == g5 && ai == gi && a3 == g3 && a5 + ai + a3 == 1)
		features |= BIT_ULL(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT_ULL(KVM_ARM_VCPU_PTRAUTH_GENERIC);
	if (regs_has_sve())
		features |= BIT_ULL(KVM_ARM_VCPU_SVE);
	if (regs_has_el1_a32())
		features |= BIT_ULL(KVM_ARM_VCPU_EL1_32BIT);
	if (pmu_supported())
		features |= BIT_ULL(KVM_ARM_VCPU_PMU_V3);
	return features;
}

/* Others made this vCPU's page and requests differ: bring them into what the nucleus reads */
static void entry_controls(struct pvcpu *v, bool gic)
{
	u64 flags = v->vcpu->page->ctl.flags & ~(KEEL_VCTL_VI | KEEL_VCTL_VF | KEEL_VCTL_TWE | KEEL_VCTL_VGIC |
						 KEEL_VCTL_CNTPCT_TRAP | KEEL_VCTL_DEBUG | KEEL_VCTL_HOSTDEBUG);

	flags |= READ_ONCE(v->irq_lines) | KEEL_VCTL_TWI | debug_setup(v);
	if (gic)
		flags |= KEEL_VCTL_VGIC;
	if (unlikely(READ_ONCE(v->pvm->clock.poff)))
		flags |= KEEL_VCTL_CNTPCT_TRAP;
	/* Nobody to yield to: a WFE that traps would only cost */
	if (!single_task_running())
		flags |= KEEL_VCTL_TWE;
	v->vcpu->page->ctl.flags = flags;
}

static int ring_full_exit(struct pvcpu *v)
{
	if (!(v->pvm->caps & PVM_CAP_DIRTY_RING) || !ring_soft_full(v))
		return 1;
	v->vcpu->run->exit_reason = KVM_EXIT_DIRTY_RING_FULL;
	return 0;
}

/* Everything to be settled before the guest may run. Resume convention */
static int before_entry(struct pvcpu *v)
{
	int r;

	/*
	 * A request only says: look again. All of them are taken, also those that another personality left, and before
	 * looking: what is asked from here on is found at the next turn, or keeps the anchor from entering.
	 */
	if (READ_ONCE(v->vcpu->requests))
		xchg(&v->vcpu->requests, 0);
	r = power_is_on(&v->power) ? 1 : power_check(v);
	if (r != 1)
		return r;
	if (v->steal.base != STEAL_INVALID)
		steal_update(v);
	return ring_full_exit(v);
}

static int run_once(struct pvcpu *v)
{
	int r = before_entry(v);
	bool gic = READ_ONCE(v->pvm->vgic) && vgic_ready(v->pvm);

	if (r == 1)
		r = timer_before_entry(v, gic);
	if (r == 1 && pvcpu_has(v, KVM_ARM_VCPU_PMU_V3))
		r = pmu_before_entry(v, gic);
	if (r != 1)
		return r;
	if (gic)
		vgic_before_entry(v);
	entry_controls(v, gic);
	v->loaded = v->holds;
	r = keel_vcpu_enter(v->vcpu);
	if (gic)
		vgic_after_exit(v);
	if (unlikely(v->debug.guest_debug || pvcpu_el1_is_a32(v)))
		debug_clear(v);
	switch (r) {
	case KEEL_ENTER_SIGNAL:
		return -EINTR;
	case KEEL_ENTER_PARK:
		return KEEL_RUN_AGAIN;
	case KEEL_ENTER_REQUEST:
	case KEEL_ENTER_TIMER:
	case KEEL_ENTER_VGIC:
		return 1;
	}
	v->stats.exits++;
	return exit_handle(v, r);
}

static int run_loop(struct pvcpu *v)
{
	struct kvm_run *run = v->vcpu->run;
	int r;

	run->exit_reason = KVM_EXIT_UNKNOWN;
	run->flags = 0;
	do {
		r = run_once(v);
	} while (r == 1);
	timer_tell(v);
	pmu_tell(v);
	if (r == -EINTR) {
		run->exit_reason = KVM_EXIT_INTR;
		v->stats.signal++;
	}
	return r;
}

/* From the first KVM_RUN of the VM on, what the guest can observe of its platform stays */
static int first_run(struct pvcpu *v)
{
	struct pvm *pvm = v->pvm;
	int r = 0;

	if (pvm_ran(pvm))
		return 0;
	if (mutex_lock_killable(&pvm->vm->lock))
		return -EINTR;
	if (!pvm->ran)
		r = timer_first_run(pvm) ?: pmu_first_run(pvm) ?: vgic_first_run(pvm);
	if (!pvm->ran && !r) {
		idregs_freeze(pvm);
		fwreg_freeze(pvm, v);
		WRITE_ONCE(pvm->ran, true);
	}
	mutex_unlock(&pvm->vm->lock);
	return r;
}

static int run(struct pvcpu *v)
{
	int r = first_run(v);

	if (!r && pvcpu_has(v, KVM_ARM_VCPU_PMU_V3))
		r = pmu_before_run(v);
	if (r)
		return r;
	idregs_controls(v);
	if (v->mmio.pending)
		mmio_finish(v);
	if (keel_run_immediate_exit(v->vcpu->run))
		return -EINTR;
	return run_loop(v);
}

/**
 * vcpu_run() - KVM_RUN (KVM API 4.10)
 * @vcpu: vCPU; its mutex is held
 *
 * Return: 0 and run->exit_reason says why; -EINTR for a signal or immediate_exit; -ENOEXEC before KVM_ARM_VCPU_INIT,
 * -EPERM before KVM_ARM_VCPU_FINALIZE;
 * KEEL_RUN_AGAIN when a swap waits.
 */
int vcpu_run(struct keel_vcpu *vcpu)
{
	struct pvcpu *v = to_pvcpu(vcpu);
	int r;

	if (!v->initialised)
		return -ENOEXEC;
	if (!pvcpu_is_final(v))
		return -EPERM;
	mutex_lock(&v->running);
	r = run(v);
	mutex_unlock(&v->running);
	return r;
}
