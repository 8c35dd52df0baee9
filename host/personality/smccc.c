// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of the guest by HVC or SMC (Arm DEN0028, SMCCC): which of them are served, by whom, and which go to the VMM.
 *
 * Order of judgement: the VMM's filter, then the bitmap registers (fwreg.c), then the services. The filter changes only
 * before a vCPU has run, so vCPUs read it without a lock. Function numbers and arguments are the guest's.
 */
#include <linux/arm-smccc.h>
#include <linux/clocksource_ids.h>
#include <linux/psci.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <asm/esr.h>

#include "fwreg.h"
#include "personality.h"

#define FILTER_MAX	4096	/* ranges; bounds what a VMM can make the host hold */

/* Arm Architecture Calls, 32 and 64 bits: what mitigates a CPU's flaws is not the VMM's to answer */
static const struct smccc_range reserved[] = {
	{ ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, 0, 0),
	  ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, 0, ARM_SMCCC_FUNC_MASK) },
	{ ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, 0, 0),
	  ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, 0, ARM_SMCCC_FUNC_MASK) },
};

/* A new VM's guest gets every service; KVM API 4.68, firmware registers */
void smccc_init(struct pvm *pvm)
{
	pvm->smccc.std_bmap = FWREG_STD_ALL;
	pvm->smccc.std_hyp_bmap = FWREG_STD_HYP_ALL;
	pvm->smccc.vendor_hyp_bmap = FWREG_VENDOR_HYP_ALL;
}

void smccc_destroy(struct pvm *pvm)
{
	kfree(pvm->smccc.filter);
	pvm->smccc.filter = NULL;
	pvm->smccc.nr_filter = 0;
}

void smccc_return(struct pvcpu *v, u64 x0, u64 x1, u64 x2, u64 x3)
{
	u64 mask = pvcpu_is_a32(v) ? U32_MAX : U64_MAX;
	u64 *regs = v->vcpu->page->regs;

	regs[0] = x0 & mask;
	regs[1] = x1 & mask;
	regs[2] = x2 & mask;
	regs[3] = x3 & mask;
}

static bool overlap(const struct smccc_range *a, const struct smccc_range *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static bool is_taken(const struct pvm_smccc *s, const struct smccc_range *new)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		if (overlap(&reserved[i], new))
			return true;
	for (i = 0; i < s->nr_filter; i++)
		if (overlap(&s->filter[i], new))
			return true;
	return false;
}

/**
 * smccc_add_range() - put one range into the filter, in order
 * @pvm: VM; vm->lock is held, or nobody else can reach it
 * @new: range, start <= end
 *
 * Return: 0; -EEXIST: overlaps with one that is there or is reserved; -ENOSPC: too many; -ENOMEM.
 */
int smccc_add_range(struct pvm *pvm, const struct smccc_range *new)
{
	struct pvm_smccc *s = &pvm->smccc;
	struct smccc_range *more;
	unsigned int at;

	if (is_taken(s, new))
		return -EEXIST;
	if (s->nr_filter >= FILTER_MAX)
		return -ENOSPC;
	more = krealloc(s->filter, (s->nr_filter + 1) * sizeof(*more), GFP_KERNEL_ACCOUNT);
	if (!more)
		return -ENOMEM;
	s->filter = more;
	for (at = s->nr_filter; at && more[at - 1].start > new->start; at--)
		more[at] = more[at - 1];
	more[at] = *new;
	s->nr_filter++;
	return 0;
}

/**
 * smccc_set_filter() - KVM_ARM_VM_SMCCC_FILTER (Documentation/virt/kvm/devices/vm.rst)
 * @pvm: VM; takes vm->lock
 * @user: the VMM's range and action, copied once
 *
 * Return: 0; -EINVAL: empty or wrapping range, unknown action, padding not zero; -EEXIST; -EBUSY: a vCPU has run;
 * -EFAULT.
 */
int smccc_set_filter(struct pvm *pvm, const struct kvm_smccc_filter __user *user)
{
	struct kvm_smccc_filter f;
	struct smccc_range r;
	int ret;

	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	if (memchr_inv(f.pad, 0, sizeof(f.pad)) || !f.nr_functions || f.action >= NR_SMCCC_FILTER_ACTIONS)
		return -EINVAL;
	r.start = f.base;
	r.end = f.base + (f.nr_functions - 1);
	r.action = f.action;
	if (r.end < r.start)
		return -EINVAL;
	mutex_lock(&pvm->vm->lock);
	ret = pvm->ran ? -EBUSY : smccc_add_range(pvm, &r);
	mutex_unlock(&pvm->vm->lock);
	return ret;
}

static u8 filter_action(const struct pvm_smccc *s, u32 fn)
{
	unsigned int low = 0, high = s->nr_filter;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (fn < s->filter[mid].start)
			high = mid;
		else if (fn > s->filter[mid].end)
			low = mid + 1;
		else
			return s->filter[mid].action;
	}
	return KVM_SMCCC_FILTER_HANDLE;
}

/* PSCI: standard secure services 0 to 0x1f, and the numbers that KVM had before there were any (PSCI 0.1) */
static bool is_psci(u32 fn)
{
	if (ARM_SMCCC_OWNER_NUM(fn) == ARM_SMCCC_OWNER_STANDARD)
		return ARM_SMCCC_FUNC_NUM(fn) <= 0x1f;
	return fn >= KVM_PSCI_FN_CPU_SUSPEND && fn <= KVM_PSCI_FN_MIGRATE;
}

/* Is the function one that a bitmap register can switch off, and is it on? What finds services always is */
static bool is_allowed(const struct pvm_smccc *s, u32 fn)
{
	switch (fn) {
	case ARM_SMCCC_VERSION_FUNC_ID:
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
	case ARM_SMCCC_ARCH_WORKAROUND_1:
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		return true;
	case ARM_SMCCC_TRNG_VERSION:
	case ARM_SMCCC_TRNG_FEATURES:
	case ARM_SMCCC_TRNG_GET_UUID:
	case ARM_SMCCC_TRNG_RND32:
	case ARM_SMCCC_TRNG_RND64:
		return s->std_bmap & BIT(KVM_REG_ARM_STD_BIT_TRNG_V1_0);
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
	case ARM_SMCCC_HV_PV_TIME_ST:
		return s->std_hyp_bmap & BIT(KVM_REG_ARM_STD_HYP_BIT_PV_TIME);
	case ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID:
	case ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID:
		return s->vendor_hyp_bmap & BIT(KVM_REG_ARM_VENDOR_HYP_BIT_FUNC_FEAT);
	case ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID:
		return s->vendor_hyp_bmap & BIT(KVM_REG_ARM_VENDOR_HYP_BIT_PTP);
	}
	return false;
}

/* KVM API 5, KVM_EXIT_HYPERCALL: the PC is beyond the instruction for both kinds */
static int forward(struct pvcpu *v, u32 fn, bool smc)
{
	struct kvm_run *run = v->vcpu->run;
	u64 flags = smc ? KVM_HYPERCALL_EXIT_SMC : 0;

	if (!(v->vcpu->page->exit.esr & ESR_ELx_IL))
		flags |= KVM_HYPERCALL_EXIT_16BIT;
	memset(&run->hypercall, 0, sizeof(run->hypercall));
	run->hypercall.nr = fn;
	keel_run_set_hypercall_flags(run, flags);
	run->exit_reason = KVM_EXIT_HYPERCALL;
	return 0;
}

/* DEN0028 7.3 */
static u64 arch_features(struct pvcpu *v, u32 fn)
{
	switch (fn) {
	case ARM_SMCCC_VERSION_FUNC_ID:
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
		return SMCCC_RET_SUCCESS;
	case ARM_SMCCC_ARCH_WORKAROUND_1:
	case ARM_SMCCC_ARCH_WORKAROUND_2:
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		return fwreg_workaround_answer(fn);
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
		if (v->pvm->smccc.std_hyp_bmap & BIT(KVM_REG_ARM_STD_HYP_BIT_PV_TIME))
			return SMCCC_RET_SUCCESS;
		break;
	}
	return SMCCC_RET_NOT_SUPPORTED;
}

/* Documentation/virt/kvm/arm/ptp_kvm.rst: host's wall clock and the guest's counter, read at one moment */
static void ptp_time(struct pvcpu *v)
{
	struct system_time_snapshot now;
	u64 count;

	ktime_get_snapshot(&now);
	if (now.cs_id != CSID_ARM_ARCH_COUNTER)
		goto no;
	switch (lower_32_bits(vcpu_get_reg(v, 1))) {
	case KVM_PTP_VIRT_COUNTER:
		count = now.cycles - v->vcpu->page->sysreg[KEEL_SR_CNTVOFF_EL2];
		break;
	case KVM_PTP_PHYS_COUNTER:
		count = now.cycles - READ_ONCE(v->pvm->clock.poff);
		break;
	default:
		goto no;
	}
	smccc_return(v, upper_32_bits(now.real), lower_32_bits(now.real), upper_32_bits(count), lower_32_bits(count));
	return;
no:
	smccc_return(v, SMCCC_RET_NOT_SUPPORTED, 0, 0, 0);
}

static int serve(struct pvcpu *v, u32 fn)
{
	u32 arg = lower_32_bits(vcpu_get_reg(v, 1));
	u64 x0;

	switch (fn) {
	case ARM_SMCCC_VERSION_FUNC_ID:
		x0 = ARM_SMCCC_VERSION_1_1;
		break;
	case ARM_SMCCC_ARCH_FEATURES_FUNC_ID:
		x0 = arch_features(v, arg);
		break;
	case ARM_SMCCC_ARCH_WORKAROUND_1:
	case ARM_SMCCC_ARCH_WORKAROUND_3:
		x0 = fwreg_workaround_call(fn);
		break;
	case ARM_SMCCC_HV_PV_TIME_FEATURES:
		x0 = steal_features(v, arg);
		break;
	case ARM_SMCCC_HV_PV_TIME_ST:
		x0 = steal_call(v);
		break;
	case ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID:
		smccc_return(v, ARM_SMCCC_VENDOR_HYP_UID_KVM_REG_0, ARM_SMCCC_VENDOR_HYP_UID_KVM_REG_1,
			     ARM_SMCCC_VENDOR_HYP_UID_KVM_REG_2, ARM_SMCCC_VENDOR_HYP_UID_KVM_REG_3);
		return 1;
	case ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID:
		x0 = v->pvm->smccc.vendor_hyp_bmap;
		break;
	case ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID:
		ptp_time(v);
		return 1;
	case ARM_SMCCC_TRNG_VERSION:
	case ARM_SMCCC_TRNG_FEATURES:
	case ARM_SMCCC_TRNG_GET_UUID:
	case ARM_SMCCC_TRNG_RND32:
	case ARM_SMCCC_TRNG_RND64:
		return trng_call(v, fn);
	default:
		x0 = SMCCC_RET_NOT_SUPPORTED;
	}
	smccc_return(v, x0, 0, 0, 0);
	return 1;
}

/**
 * smccc_call() - the guest executed HVC or SMC
 * @v: caller
 * @smc: by SMC, whose trap leaves the PC at the instruction; an HVC's return address is the next one (Arm ARM D1.3.5)
 *
 * Return: resume convention.
 */
int smccc_call(struct pvcpu *v, bool smc)
{
	u32 fn = lower_32_bits(vcpu_get_reg(v, 0));

	if (smc) {
		vcpu_skip(v);
		/* DEN0028 2.9: immediates other than 0 are not this convention's */
		if (v->vcpu->page->exit.esr & ESR_ELx_xVC_IMM_MASK) {
			vcpu_set_reg(v, 0, SMCCC_RET_NOT_SUPPORTED);
			return 1;
		}
	}
	switch (filter_action(&v->pvm->smccc, fn)) {
	case KVM_SMCCC_FILTER_HANDLE:
		if (is_psci(fn))
			return psci_call(v, fn);
		if (is_allowed(&v->pvm->smccc, fn))
			return serve(v, fn);
		break;
	case KVM_SMCCC_FILTER_FWD_TO_USER:
		return forward(v, fn, smc);
	}
	smccc_return(v, SMCCC_RET_NOT_SUPPORTED, 0, 0, 0);
	return 1;
}
