// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI for guests: versions 0.2, 1.0 and 1.1 of Arm DEN0022, and the 0.1 calls of KVM's own numbering for vCPUs that
 * were not given KVM_ARM_VCPU_PSCI_0_2.
 *
 * Arguments are the guest's: every one is checked. Calls that end the system only tell the VMM (KVM_EXIT_SYSTEM_EVENT)
 * and leave all vCPUs off; what happens then is the VMM's.
 */
#include <linux/arm-smccc.h>
#include <linux/psci.h>
#include <uapi/linux/psci.h>
#include <asm/cputype.h>

#include "personality.h"

#define PSCI_0_1	PSCI_VERSION(0, 1)
#define PSCI_0_2	PSCI_VERSION(0, 2)
#define PSCI_1_0	PSCI_VERSION(1, 0)
#define PSCI_1_1	PSCI_VERSION(1, 1)

static u64 arg(const struct pvcpu *v, u32 fn, unsigned int n)
{
	u64 x = vcpu_get_reg(v, n);

	/* DEN0028 3.1: a 32-bit call's arguments are the W registers. KVM's 0.1 calls have no such bit and take all */
	return fn & PSCI_0_2_64BIT || fn < PSCI_0_2_FN_BASE || fn > PSCI_0_2_FN(0x1f) ? x : lower_32_bits(x);
}

static int done(struct pvcpu *v, s64 result)
{
	smccc_return(v, result, 0, 0, 0);
	return 1;
}

/* What guest and VMM see: the choice, or before one was made the newest that the vCPU's features allow */
u32 psci_version(const struct pvcpu *v)
{
	if (!pvcpu_has(v, KVM_ARM_VCPU_PSCI_0_2))
		return PSCI_0_1;
	return v->pvm->smccc.psci_version ?: PSCI_NEWEST;
}

bool psci_valid_version(const struct pvcpu *v, u64 version)
{
	if (version == PSCI_0_1)
		return !pvcpu_has(v, KVM_ARM_VCPU_PSCI_0_2);
	if (version != PSCI_0_2 && version != PSCI_1_0 && version != PSCI_1_1)
		return false;
	return pvcpu_has(v, KVM_ARM_VCPU_PSCI_0_2);
}

static u64 mpidr_of(const struct pvcpu *v)
{
	return READ_ONCE(v->vcpu->page->sysreg[KEEL_SR_MPIDR_EL1]) & MPIDR_HWID_BITMASK;
}

static struct pvcpu *vcpu_by_mpidr(struct pvm *pvm, u64 mpidr)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);

	for (i = 0; i < n; i++)
		if (pvm->vcpu[i]->initialised && mpidr_of(pvm->vcpu[i]) == mpidr)
			return pvm->vcpu[i];
	return NULL;
}

/* DEN0022 5.1.4. The target's registers are its own thread's to set: it finds the start values under its lock */
static s64 turn_on(struct pvcpu *v, u32 fn)
{
	struct pvcpu *target = vcpu_by_mpidr(v->pvm, arg(v, fn, 1));
	struct pvcpu_power *w;
	bool off;

	if (arg(v, fn, 1) & ~(u64)MPIDR_HWID_BITMASK || !target)
		return PSCI_RET_INVALID_PARAMS;
	w = &target->power;
	spin_lock(&w->lock);
	off = w->mp_state == KVM_MP_STATE_STOPPED;
	if (off) {
		w->reset_pc = arg(v, fn, 2);
		w->reset_x0 = arg(v, fn, 3);
		w->reset_be = vcpu_is_be(v);
		WRITE_ONCE(w->reset_pending, true);
		/* Whoever sees RUNNABLE sees the start values: pairs with smp_rmb() in power_check() */
		smp_wmb();
		WRITE_ONCE(w->mp_state, KVM_MP_STATE_RUNNABLE);
	}
	spin_unlock(&w->lock);
	if (!off)
		return psci_version(v) == PSCI_0_1 ? PSCI_RET_INVALID_PARAMS : PSCI_RET_ALREADY_ON;
	keel_vcpu_request(target->vcpu, PREQ_POWER);
	return PSCI_RET_SUCCESS;
}

/* DEN0022 5.1.5: on if one CPU of the affinity instance is on */
static s64 affinity_state(struct pvcpu *v, u32 fn)
{
	unsigned int i, n = pvm_nr_vcpus(v->pvm);
	u64 target = arg(v, fn, 1), level = arg(v, fn, 2), mask;
	bool found = false;

	if (target & ~(u64)MPIDR_HWID_BITMASK || level > 3)
		return PSCI_RET_INVALID_PARAMS;
	/* Aff3 is not next to Aff2 in MPIDR_EL1 */
	mask = MPIDR_HWID_BITMASK & ~(level == 3 ? GENMASK_ULL(23, 0) : (1ULL << (level * MPIDR_LEVEL_BITS)) - 1);
	for (i = 0; i < n; i++) {
		struct pvcpu *o = v->pvm->vcpu[i];

		if ((mpidr_of(o) ^ target) & mask)
			continue;
		found = true;
		if (READ_ONCE(o->power.mp_state) != KVM_MP_STATE_STOPPED)
			return PSCI_0_2_AFFINITY_LEVEL_ON;
	}
	return found ? PSCI_0_2_AFFINITY_LEVEL_OFF : PSCI_RET_INVALID_PARAMS;
}

/*
 * The guest takes these calls for immediate, while the VMM may act late or run vCPUs once more (KVM API 5, system
 * events): so no vCPU runs until the VMM has set it up again. Should it turn the caller on as it is, the call has
 * failed.
 */
static int system_event(struct pvcpu *v, u32 type, u64 flags)
{
	struct kvm_run *run = v->vcpu->run;
	unsigned int i, n = pvm_nr_vcpus(v->pvm);

	for (i = 0; i < n; i++)
		power_set(v->pvm->vcpu[i], KVM_MP_STATE_STOPPED);
	done(v, PSCI_RET_INTERNAL_FAILURE);
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = type;
	run->system_event.ndata = 1;
	run->system_event.data[0] = flags;
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	return 0;
}

/* KVM API 5: registers stay, the VMM reads the call's arguments from them */
static int system_suspend(struct pvcpu *v, u32 fn)
{
	struct kvm_run *run = v->vcpu->run;

	if (!(v->pvm->caps & PVM_CAP_SYSTEM_SUSPEND))
		return done(v, PSCI_RET_NOT_SUPPORTED);
	memset(&run->system_event, 0, sizeof(run->system_event));
	run->system_event.type = KVM_SYSTEM_EVENT_SUSPEND;
	run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	return 0;
}

/* DEN0022 5.1.12: architectural reset type 0, or one of the vendor's, which is the VMM's to know */
static int system_reset2(struct pvcpu *v, u32 fn)
{
	u32 type = lower_32_bits(vcpu_get_reg(v, 1));

	if (type > PSCI_1_1_RESET_TYPE_SYSTEM_WARM_RESET && type < PSCI_1_1_RESET_TYPE_VENDOR_START)
		return done(v, PSCI_RET_INVALID_PARAMS);
	return system_event(v, KVM_SYSTEM_EVENT_RESET, KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2);
}

static int cpu_off(struct pvcpu *v, u32 fn)
{
	power_set(v, KVM_MP_STATE_STOPPED);
	return done(v, PSCI_RET_SUCCESS);
}

/* DEN0022 5.1.2: every state is treated as standby, which keeps registers and wakes up on an interrupt, as WFI does */
static int cpu_suspend(struct pvcpu *v, u32 fn)
{
	int r = exit_wait(v, 0);

	done(v, PSCI_RET_SUCCESS);
	return r ?: 1;
}

static int cpu_on(struct pvcpu *v, u32 fn)
{
	return done(v, turn_on(v, fn));
}

static int affinity_info(struct pvcpu *v, u32 fn)
{
	return done(v, affinity_state(v, fn));
}

static int call_0_1(struct pvcpu *v, u32 fn)
{
	switch (fn) {
	case KVM_PSCI_FN_CPU_OFF:
		return cpu_off(v, fn);
	case KVM_PSCI_FN_CPU_ON:
		return cpu_on(v, fn);
	}
	return done(v, PSCI_RET_NOT_SUPPORTED);
}

static int version(struct pvcpu *v, u32 fn)
{
	return done(v, psci_version(v));
}

static int migrate_info_type(struct pvcpu *v, u32 fn)
{
	return done(v, PSCI_0_2_TOS_MP);
}

static int system_off(struct pvcpu *v, u32 fn)
{
	return system_event(v, KVM_SYSTEM_EVENT_SHUTDOWN, 0);
}

static int system_reset(struct pvcpu *v, u32 fn)
{
	return system_event(v, KVM_SYSTEM_EVENT_RESET, 0);
}

static int features(struct pvcpu *v, u32 fn);

/*
 * By the lowest five bits of the function number (DEN0022 5.1).
 * @since: version that has it
 * @wide: also with 64-bit arguments
 */
static const struct psci_fn {
	int (*call)(struct pvcpu *v, u32 fn);
	u32 since;
	bool wide;
} functions[0x20] = {
#define PSCI_FN(fn, ...)	[(fn) & 0x1f] = { __VA_ARGS__ }
	PSCI_FN(PSCI_0_2_FN_PSCI_VERSION,	version,		PSCI_0_2),
	PSCI_FN(PSCI_0_2_FN_CPU_SUSPEND,	cpu_suspend,		PSCI_0_2, true),
	PSCI_FN(PSCI_0_2_FN_CPU_OFF,		cpu_off,		PSCI_0_2),
	PSCI_FN(PSCI_0_2_FN_CPU_ON,		cpu_on,			PSCI_0_2, true),
	PSCI_FN(PSCI_0_2_FN_AFFINITY_INFO,	affinity_info,		PSCI_0_2, true),
	PSCI_FN(PSCI_0_2_FN_MIGRATE_INFO_TYPE,	migrate_info_type,	PSCI_0_2),
	PSCI_FN(PSCI_0_2_FN_SYSTEM_OFF,		system_off,		PSCI_0_2),
	PSCI_FN(PSCI_0_2_FN_SYSTEM_RESET,	system_reset,		PSCI_0_2),
	PSCI_FN(PSCI_1_0_FN_PSCI_FEATURES,	features,		PSCI_1_0),
	PSCI_FN(PSCI_1_0_FN_SYSTEM_SUSPEND,	system_suspend,		PSCI_1_0, true),
	PSCI_FN(PSCI_1_1_FN_SYSTEM_RESET2,	system_reset2,		PSCI_1_1, true),
};

/* NULL: the vCPU has no such function */
static const struct psci_fn *find(const struct pvcpu *v, u32 fn)
{
	const struct psci_fn *f = &functions[fn & 0x1f];

	if ((fn & ~(PSCI_0_2_64BIT | 0x1f)) != PSCI_0_2_FN_BASE || !f->call || psci_version(v) < f->since)
		return NULL;
	return fn & PSCI_0_2_64BIT && (!f->wide || pvcpu_is_a32(v)) ? NULL : f;
}

/* DEN0022 5.1.15 */
static int features(struct pvcpu *v, u32 fn)
{
	u32 asked = lower_32_bits(vcpu_get_reg(v, 1));
	const struct psci_fn *f = find(v, asked);
	bool has = f ? f->call != system_suspend || v->pvm->caps & PVM_CAP_SYSTEM_SUSPEND :
		   asked == ARM_SMCCC_VERSION_FUNC_ID;

	return done(v, has ? 0 : PSCI_RET_NOT_SUPPORTED);
}

/**
 * psci_call() - a call in PSCI's range of function numbers
 * @v: caller; the PC is beyond the HVC or SMC
 * @fn: function number, W0
 *
 * Return: resume convention; the result is in X0.
 */
int psci_call(struct pvcpu *v, u32 fn)
{
	const struct psci_fn *f = find(v, fn);

	if (likely(f))
		return f->call(v, fn);
	return psci_version(v) == PSCI_0_1 ? call_0_1(v, fn) : done(v, PSCI_RET_NOT_SUPPORTED);
}
