// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware registers (KVM API 4.68): PSCI version, the state of the CPU's mitigations, and the bitmaps of services.
 *
 * They are the guest's view of its firmware, so they stay once a vCPU has run. What the machine's own firmware
 * mitigates is asked once per CPU at module load; the level that holds on every CPU is what guests are told.
 */
#include <linux/arm-smccc.h>
#include <linux/atomic.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>

#include "fwreg.h"
#include "personality.h"

#define LEVEL_MASK	GENMASK_ULL(3, 0)
#define CSV2_BHB	3	/* ID_AA64PFR0_EL1.CSV2: branch history is safe as well (Arm ARM) */

/* Ascending: the lowest of all CPUs counts. Same numbers as KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1_* */
enum { NOT_AVAILABLE, AVAILABLE, NOT_REQUIRED };

/* Levels of SMCCC_ARCH_WORKAROUND_1, _2 and _3 */
static atomic_t level[3];
#define BHB	2

static const u32 workaround[3] = {
	ARM_SMCCC_ARCH_WORKAROUND_1, ARM_SMCCC_ARCH_WORKAROUND_2, ARM_SMCCC_ARCH_WORKAROUND_3,
};

static const u64 fwreg_ids[] = {
	KVM_REG_ARM_PSCI_VERSION,
	KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1,
	KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2,
	KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3,
	KVM_REG_ARM_STD_BMAP,
	KVM_REG_ARM_STD_HYP_BMAP,
	KVM_REG_ARM_VENDOR_HYP_BMAP,
};

/*
 * Spectre-BHB by core (Arm, "Spectre-BHB: Mitigations"): where no firmware helps, taken branches overwrite the history of
 * some; the in-order ones do not keep one that matters. Part numbers of Arm's own cores; of others nothing is known here.
 */
static const u16 bhb_loop_parts[] = {
	0xd07, 0xd08,					/* Cortex-A57, A72 */
	0xd0b, 0xd0c, 0xd0d, 0xd0e,			/* Cortex-A76, Neoverse N1, Cortex-A77, A76AE */
	0xd40, 0xd41, 0xd42, 0xd44, 0xd4b, 0xd4c,	/* Neoverse V1, Cortex-A78, A78AE, X1, A78C, X1C */
	0xd47, 0xd48, 0xd49,				/* Cortex-A710, X2, Neoverse N2 */
	0xd4d, 0xd4e, 0xd4f, 0xd81,			/* Cortex-A715, X3, Neoverse V2, Cortex-A720 */
};

static const u16 bhb_safe_parts[] = { 0xd03, 0xd04, 0xd05, 0xd46, 0xd80 };	/* Cortex-A53, A35, A55, A510, A520 */

/* Rounds that are enough for each of bhb_loop_parts */
#define BHB_ROUNDS	132

static bool this_core_in(const u16 *parts, unsigned int nr)
{
	unsigned int i;

	if (read_cpuid_implementor() != ARM_CPU_IMP_ARM)
		return false;
	for (i = 0; i < nr; i++) {
		if (read_cpuid_part_number() == parts[i])
			return true;
	}
	return false;
}

static void overwrite_branch_history(void)
{
	unsigned long rounds = BHB_ROUNDS;

	asm volatile("1:	b	2f\n"
		     "2:	subs	%0, %0, #1\n"
		     "	b.ne	1b\n"
		     "	dsb	nsh\n"
		     "	isb\n" : "+r" (rounds) : : "cc", "memory");
}

static void lower_level(atomic_t *l, int to)
{
	int was = atomic_read(l);

	while (to < was && !atomic_try_cmpxchg(l, &was, to))
		;
}

/* DEN0028 7.5 to 7.8: 0 there and needed, 1 or -2 not needed on this CPU, else not there */
static int firmware_level(u32 fn)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_invoke(ARM_SMCCC_ARCH_FEATURES_FUNC_ID, fn, &res);
	switch ((int)res.a0) {
	case 0:
		return AVAILABLE;
	case SMCCC_ARCH_WORKAROUND_RET_UNAFFECTED:
	case SMCCC_RET_NOT_REQUIRED:
		return NOT_REQUIRED;
	}
	return NOT_AVAILABLE;
}

static void probe_cpu(void *unused)
{
	unsigned int i;
	int l;

	for (i = 0; i < ARRAY_SIZE(level); i++) {
		l = firmware_level(workaround[i]);
		if (i == BHB && this_core_in(bhb_safe_parts, ARRAY_SIZE(bhb_safe_parts)))
			l = NOT_REQUIRED;
		else if (i == BHB && this_core_in(bhb_loop_parts, ARRAY_SIZE(bhb_loop_parts)))
			l = AVAILABLE;
		lower_level(&level[i], l);
	}
}

/* What a mitigation's absence in firmware is made up for by the CPU itself (Arm ARM, ID_AA64PFR0_EL1.CSV2) */
void smccc_probe(void)
{
	u64 pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);
	unsigned int csv2 = cpuid_feature_extract_unsigned_field(pfr0, ID_AA64PFR0_EL1_CSV2_SHIFT);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(level); i++)
		atomic_set(&level[i], NOT_REQUIRED);
	on_each_cpu(probe_cpu, NULL, true);
	if (csv2)
		atomic_set(&level[0], NOT_REQUIRED);
	if (csv2 >= CSV2_BHB)
		atomic_set(&level[BHB], NOT_REQUIRED);
	/* Speculative store bypass: switching it per call is not passed on, so firmware that can is as none */
	if (atomic_read(&level[1]) == AVAILABLE)
		atomic_set(&level[1], NOT_AVAILABLE);
}

static unsigned int index_of(u32 fn)
{
	return fn == ARM_SMCCC_ARCH_WORKAROUND_1 ? 0 : fn == ARM_SMCCC_ARCH_WORKAROUND_2 ? 1 : 2;
}

u64 fwreg_workaround_answer(u32 fn)
{
	switch (atomic_read(&level[index_of(fn)])) {
	case AVAILABLE:
		return SMCCC_RET_SUCCESS;
	case NOT_REQUIRED:
		if (fn == ARM_SMCCC_ARCH_WORKAROUND_2)
			return SMCCC_RET_NOT_REQUIRED;
		return SMCCC_ARCH_WORKAROUND_RET_UNAFFECTED;
	}
	return SMCCC_RET_NOT_SUPPORTED;
}

u64 fwreg_workaround_call(u32 fn)
{
	if (atomic_read(&level[index_of(fn)]) == NOT_AVAILABLE)
		return SMCCC_RET_NOT_SUPPORTED;
	/* Firmware does not know the number where the loop is the mitigation: harmless, then */
	arm_smccc_1_1_invoke(fn, NULL);
	if (index_of(fn) == BHB)
		overwrite_branch_history();
	return SMCCC_RET_SUCCESS;
}

static bool is_workaround(u64 id, unsigned int *n)
{
	switch (id) {
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1:
		*n = 0;
		return true;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2:
		*n = 1;
		return true;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3:
		*n = 2;
		return true;
	}
	return false;
}

/* The register's own numbers; those of the second differ */
static u64 workaround_get(unsigned int n)
{
	int l = atomic_read(&level[n]);

	if (n != 1)
		return l;
	return l == NOT_REQUIRED ? KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_REQUIRED :
				   KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_AVAIL;
}

/* A VMM that restores a guest says what the guest was told: fine if this machine is no worse */
static int workaround_set(unsigned int n, u64 val)
{
	u64 l = val & LEVEL_MASK;

	if (n != 1)
		return val & ~LEVEL_MASK || l > workaround_get(n) ? -EINVAL : 0;
	if (val & ~(LEVEL_MASK | KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_ENABLED))
		return -EINVAL;
	if (val & KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_ENABLED && l != KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_AVAIL)
		return -EINVAL;
	switch (l) {
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_AVAIL:
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_UNKNOWN:
		return 0;
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_AVAIL:
	case KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_REQUIRED:
		return workaround_get(n) == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2_NOT_REQUIRED ? 0 : -EINVAL;
	}
	return -EINVAL;
}

/* The bitmap behind an id and all services it can have, or NULL */
static u64 *bitmap_of(struct pvm *pvm, u64 id, u64 *all)
{
	switch (id) {
	case KVM_REG_ARM_STD_BMAP:
		*all = FWREG_STD_ALL;
		return &pvm->smccc.std_bmap;
	case KVM_REG_ARM_STD_HYP_BMAP:
		*all = FWREG_STD_HYP_ALL;
		return &pvm->smccc.std_hyp_bmap;
	case KVM_REG_ARM_VENDOR_HYP_BMAP:
		*all = FWREG_VENDOR_HYP_ALL;
		return &pvm->smccc.vendor_hyp_bmap;
	}
	return NULL;
}

int fwreg_count(struct pvcpu *v)
{
	return ARRAY_SIZE(fwreg_ids);
}

/**
 * fwreg_list() - append the firmware registers' ids for KVM_GET_REG_LIST
 * @v: vCPU
 * @ids: where in the VMM's memory; moved on
 *
 * Return: 0 or -EFAULT.
 */
int fwreg_list(struct pvcpu *v, u64 __user **ids)
{
	if (copy_to_user(*ids, fwreg_ids, sizeof(fwreg_ids)))
		return -EFAULT;
	*ids += ARRAY_SIZE(fwreg_ids);
	return 0;
}

/**
 * fwreg_get() - read a firmware register
 * @v: vCPU
 * @id: KVM_REG_ARM_*
 * @val: where to
 *
 * Return: 0; -ENOENT: not a firmware register.
 */
int fwreg_get(struct pvcpu *v, u64 id, u64 *val)
{
	unsigned int n;
	u64 all, *map;

	if (id == KVM_REG_ARM_PSCI_VERSION) {
		*val = psci_version(v);
		return 0;
	}
	if (is_workaround(id, &n)) {
		*val = workaround_get(n);
		return 0;
	}
	map = bitmap_of(v->pvm, id, &all);
	if (!map)
		return -ENOENT;
	*val = READ_ONCE(*map);
	return 0;
}

/* Takes vm->lock: the first KVM_RUN freezes under it */
static int set_frozen_u64(struct pvm *pvm, u64 *where, u64 val)
{
	int r = 0;

	mutex_lock(&pvm->vm->lock);
	if (!pvm->ran)
		WRITE_ONCE(*where, val);
	else if (*where != val)
		r = -EBUSY;
	mutex_unlock(&pvm->vm->lock);
	return r;
}

static int set_psci_version(struct pvcpu *v, u64 val)
{
	struct pvm *pvm = v->pvm;
	int r = 0;

	if (!psci_valid_version(v, val))
		return -EINVAL;
	mutex_lock(&pvm->vm->lock);
	if (!pvm->ran)
		pvm->smccc.psci_version = val;
	else if (psci_version(v) != val)
		r = -EBUSY;
	mutex_unlock(&pvm->vm->lock);
	return r;
}

/**
 * fwreg_set() - write a firmware register
 * @v: vCPU
 * @id: KVM_REG_ARM_*
 * @val: chosen by the VMM
 *
 * Return: 0; -ENOENT: not a firmware register; -EINVAL: more than this machine or the vCPU's features have;
 * -EBUSY: a vCPU has run, and this is a change.
 */
int fwreg_set(struct pvcpu *v, u64 id, u64 val)
{
	unsigned int n;
	u64 all, *map;

	if (id == KVM_REG_ARM_PSCI_VERSION)
		return set_psci_version(v, val);
	if (is_workaround(id, &n))
		return workaround_set(n, val);
	map = bitmap_of(v->pvm, id, &all);
	if (!map)
		return -ENOENT;
	if (val & ~all)
		return -EINVAL;
	return set_frozen_u64(v->pvm, map, val);
}

/* The PSCI version nobody chose is now the guest's: a newer personality with a newer default must not change it */
void fwreg_freeze(struct pvm *pvm, struct pvcpu *v)
{
	pvm->smccc.psci_version = psci_version(v);
}
