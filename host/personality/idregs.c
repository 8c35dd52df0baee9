// SPDX-License-Identifier: GPL-2.0-only
/*
 * The feature registers of a VM: what its vCPUs read, what its VMM may write and until when.
 *
 * Values come from the host's sanitised ones (safe on every CPU) through core/idreg.c's table; the VM's first
 * KVM_ARM_VCPU_INIT sets them, since that is where pointer authentication and SVE are asked for; the VM's first KVM_RUN
 * freezes them. MIDR_EL1, REVIDR_EL1 and AIDR_EL1 are the CPU's on which the VM was created and cannot be written.
 */
#include <asm/cpufeature.h>
#include <asm/cputype.h>

#include "personality.h"
#include "irqchip.h"
#include "sysreg.h"

#define PFR0		KEEL_IDREG_IDX(4, 0)
#define ISAR2		KEEL_IDREG_IDX(6, 2)
#define ISAR2_MOPS(v)	((v) >> 16 & 15)
#define PFR0_EL0(v)	((v) & 15)
#define PFR0_EL1(v)	(((v) >> 4) & 15)
#define PFR0_RAS(v)	(((v) >> 28) & 15)
#define PFR0_GIC	GENMASK_ULL(27, 24)
#define PFR1_A32	KEEL_IDREG_IDX(1, 1)
#define PFR1_A32_GIC	GENMASK_ULL(31, 28)
#define ELX_A32		2	/* PFR0: the exception level has AArch32 too */

/* Index in struct reg_mask_range's array: op1 0, 1, 3 are rows of 64 */
#define MASK_CLIDR	(1 * 64 + 1)
#define MASK_CTR	(2 * 64 + 1)
#define CL_RES0	GENMASK_ULL(63, 47)

static u32 reg_of(unsigned int idx)
{
	return sys_reg(3, 0, 0, idx / 8 + 1, idx % 8);
}

static int idx_of(u32 reg)
{
	if (reg < reg_of(0) || reg > reg_of(KEEL_IDREG_NR - 1))
		return -ENOENT;
	return KEEL_IDREG_IDX(sys_reg_CRm(reg), sys_reg_Op2(reg));
}

/**
 * idregs_host() - the host's sanitised value of a feature register
 * @idx: KEEL_IDREG_IDX()
 *
 * Return: the value; 0 for a register that no guest is shown a field of (an old host may not know it).
 */
u64 idregs_host(unsigned int idx)
{
	return keel_idregs[idx].nr ? read_sanitised_ftr_reg(reg_of(idx)) : 0;
}

/**
 * regs_has_a32() - can a guest run AArch32 at EL0
 */
bool regs_has_a32(void)
{
	return PFR0_EL0(idregs_host(PFR0)) == ELX_A32;
}

/**
 * regs_has_el1_a32() - can a guest be AArch32 at EL1, on every CPU and by this nucleus
 */
bool regs_has_el1_a32(void)
{
	return PFR0_EL1(idregs_host(PFR0)) == ELX_A32 && keel_features() & KEEL_FEAT_A32_EL1;
}

/**
 * regs_has_ras() - can a virtual SError have a syndrome (FEAT_RAS)
 */
bool regs_has_ras(void)
{
	return PFR0_RAS(idregs_host(PFR0));
}

/* AArch32 feature registers of a CPU without AArch32 are UNKNOWN: zero, and what is written to them is forgotten */
static bool reads_zero(unsigned int idx)
{
	return idx < KEEL_IDREG_A32_NR && !regs_has_a32();
}

static u64 limit_of(unsigned int idx, u32 have)
{
	return reads_zero(idx) ? 0 : keel_idreg_limit(&keel_idregs[idx], idregs_host(idx), have);
}

static u64 limit_of_ctr(void)
{
	return keel_idreg_limit(&keel_idreg_ctr, read_sanitised_ftr_reg(SYS_CTR_EL0), 0);
}

/**
 * idregs_init() - a new VM
 * @pvm: VM, not reachable yet
 *
 * Return: 0; -EINVAL: this build is broken.
 */
int idregs_init(struct pvm *pvm)
{
	if (WARN_ON_ONCE(!sysreg_table_sorted()))
		return -EINVAL;
	mutex_init(&pvm->ids.lock);
	preempt_disable();	/* the three belong together */
	pvm->ids.midr = read_cpuid_id();
	pvm->ids.revidr = read_cpuid(REVIDR_EL1);
	pvm->ids.aidr = read_sysreg(aidr_el1);
	preempt_enable();
	return 0;
}

/**
 * idregs_set() - give the VM's registers their values, if they have none yet
 * @v: vCPU that is being initialised; its features are the VM's
 */
void idregs_set(struct pvcpu *v)
{
	struct pvm_ids *ids = &v->pvm->ids;
	unsigned int i;

	mutex_lock(&ids->lock);
	if (!ids->set) {
		ids->have = pvcpu_has(v, KVM_ARM_VCPU_PTRAUTH_ADDRESS) ? KEEL_ID_HAVE_PAUTH : 0;
		ids->have |= pvcpu_has(v, KVM_ARM_VCPU_SVE) ? KEEL_ID_HAVE_SVE : 0;
		ids->have |= v->pvm->caps & PVM_CAP_MTE ? KEEL_ID_HAVE_MTE : 0;
		ids->have |= pvcpu_has(v, KVM_ARM_VCPU_PMU_V3) ? KEEL_ID_HAVE_PMU : 0;
		for (i = 0; i < KEEL_IDREG_NR; i++)
			ids->val[i] = limit_of(i, ids->have);
		ids->ctr = limit_of_ctr();
		ids->set = true;
	}
	mutex_unlock(&ids->lock);
}

/**
 * idregs_controls() - what the VM's registers promise of newer features, in a vCPU's controls
 * @v: vCPU about to run
 */
void idregs_controls(struct pvcpu *v)
{
	v->vcpu->page->ctl.hcrx = ISAR2_MOPS(v->pvm->ids.val[ISAR2]) ? KEEL_VCTL_HCRX : 0;
}

/**
 * idregs_freeze() - the VM runs: its registers are what they are
 * @pvm: VM
 *
 * Without an interrupt controller in the kernel there are no system registers of one, whatever the CPU has.
 */
void idregs_freeze(struct pvm *pvm)
{
	struct pvm_ids *ids = &pvm->ids;

	if (READ_ONCE(ids->frozen))
		return;
	mutex_lock(&ids->lock);
	if (!ids->frozen) {
		if (!vgic_has_sysregs(pvm)) {
			ids->val[PFR0] &= ~PFR0_GIC;
			ids->val[PFR1_A32] &= ~PFR1_A32_GIC;
		}
		WRITE_ONCE(ids->frozen, true);
	}
	mutex_unlock(&ids->lock);
}

static u64 *place_of(struct pvm_ids *ids, u32 reg)
{
	int idx = idx_of(reg);

	if (reg == SYS_CTR_EL0)
		return &ids->ctr;
	return idx < 0 ? NULL : &ids->val[idx];
}

static int check(const struct pvm_ids *ids, u32 reg, u64 val)
{
	int idx = idx_of(reg);

	if (idx < 0)
		return keel_idreg_check(&keel_idreg_ctr, limit_of_ctr(), val);
	return keel_idreg_check(&keel_idregs[idx], limit_of(idx, ids->have), val);
}

/**
 * idregs_get() - KVM_GET_ONE_REG of a feature register, CTR_EL0, MIDR_EL1, REVIDR_EL1, AIDR_EL1
 * @pvm: VM
 * @reg: encoding
 * @val: its value
 *
 * Return: 0; -ENOENT: none of these.
 */
int idregs_get(struct pvm *pvm, u32 reg, u64 *val)
{
	struct pvm_ids *ids = &pvm->ids;
	u64 *place = place_of(ids, reg);

	switch (reg) {
	case SYS_MIDR_EL1:
		*val = ids->midr;
		return 0;
	case SYS_REVIDR_EL1:
		*val = ids->revidr;
		return 0;
	case SYS_AIDR_EL1:
		*val = ids->aidr;
		return 0;
	}
	if (!place)
		return -ENOENT;
	mutex_lock(&ids->lock);
	*val = *place;
	mutex_unlock(&ids->lock);
	return 0;
}

static int set_locked(struct pvm_ids *ids, u32 reg, u64 *place, u64 val)
{
	int idx = idx_of(reg);

	if (idx >= 0)
		val = keel_idreg_clean(&keel_idregs[idx], val);
	if (ids->frozen)
		return *place == val ? 0 : -EBUSY;
	if (idx >= 0 && reads_zero(idx) && keel_idregs[idx].nr)
		return 0;
	if (check(ids, reg, val))
		return -EINVAL;
	*place = val;
	return 0;
}

/**
 * idregs_set_user() - KVM_SET_ONE_REG of the same
 * @pvm: VM
 * @reg: encoding
 * @val: what the VMM asks for
 *
 * Return: 0; -ENOENT: none of these; -EINVAL: more than the host has, or a field that cannot be written;
 * -EBUSY: different from what a VM that has run shows.
 */
int idregs_set_user(struct pvm *pvm, u32 reg, u64 val)
{
	struct pvm_ids *ids = &pvm->ids;
	u64 *place = place_of(ids, reg);
	u64 fixed;
	int r;

	if (!place) {
		r = idregs_get(pvm, reg, &fixed);
		return r ? r : (val == fixed ? 0 : -EINVAL);
	}
	mutex_lock(&ids->lock);
	r = set_locked(ids, reg, place, val);
	mutex_unlock(&ids->lock);
	return r;
}

/**
 * idregs_nth() - the registers idregs_get() knows
 * @n: from 0
 *
 * Return: encoding, or 0 past the last one.
 */
u32 idregs_nth(unsigned int n)
{
	static const u32 others[] = { SYS_MIDR_EL1, SYS_REVIDR_EL1, SYS_AIDR_EL1, SYS_CTR_EL0 };

	if (n < KEEL_IDREG_NR)
		return reg_of(n);
	n -= KEEL_IDREG_NR;
	return n < ARRAY_SIZE(others) ? others[n] : 0;
}

/**
 * idregs_adopt() - take over the values of a VM that arrives
 * @pvm: VM being imported; all but the lock of its ids is set
 *
 * Return: 0; -EOPNOTSUPP: it shows its guest what this build on this host does not.
 */
int idregs_adopt(struct pvm *pvm)
{
	unsigned int n;

	for (n = 0; pvm->ids.set && idregs_nth(n); n++) {
		u32 reg = idregs_nth(n);
		u64 *place = place_of(&pvm->ids, reg);

		if (place && check(&pvm->ids, reg, *place))
			return -EOPNOTSUPP;
	}
	return 0;
}

static int put_mask(u64 __user *masks, unsigned int at, u64 mask)
{
	return mask ? put_user(mask, masks + at) : 0;
}

/**
 * idregs_writable_masks() - KVM_ARM_GET_REG_WRITABLE_MASKS (KVM API 4.139)
 * @pvm: VM; the answer is the same for all
 * @range: in kernel memory; its addr points to KVM_ARM_FEATURE_ID_RANGE_SIZE masks
 *
 * Return: 0; -EINVAL: another range or reserved bytes set; -EFAULT.
 */
int idregs_writable_masks(struct pvm *pvm, struct reg_mask_range *range)
{
	u64 __user *masks = u64_to_user_ptr(range->addr);
	unsigned int i;
	int r;

	if (range->range != KVM_ARM_FEATURE_ID_RANGE || memchr_inv(range->reserved, 0, sizeof(range->reserved)))
		return -EINVAL;
	if (clear_user(masks, KVM_ARM_FEATURE_ID_RANGE_SIZE * sizeof(u64)))
		return -EFAULT;

	r = put_mask(masks, MASK_CLIDR, ~CL_RES0);
	r = r ?: put_mask(masks, MASK_CTR, keel_idreg_writable(&keel_idreg_ctr));
	for (i = 0; i < KEEL_IDREG_NR && !r; i++) {
		if (!reads_zero(i))
			r = put_mask(masks, 8 + i, keel_idreg_writable(&keel_idregs[i]));
	}
	return r;
}

/* Trapped reads: frozen by then, no lock */

bool idregs_access(struct pvcpu *v, struct sysreg_access *a)
{
	if (a->write)
		return false;
	a->val = v->pvm->ids.val[idx_of(a->reg)];
	return true;
}

bool idregs_access_ctr(struct pvcpu *v, struct sysreg_access *a)
{
	if (a->write)
		return false;
	a->val = v->pvm->ids.ctr;
	return true;
}

bool idregs_access_fixed(struct pvcpu *v, struct sysreg_access *a)
{
	return !a->write && !idregs_get(v->pvm, a->reg, &a->val);
}
