// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_GET_REG_LIST (KVM API 4.68, 4.69, 4.84): register ids, and where each
 * register lives. The vCPU is initialised, outside the guest, and its page holds all of its state.
 */
#include <linux/uaccess.h>

#include "core/pstate.h"
#include "personality.h"
#include "sysreg.h"

/* ---- core registers: struct kvm_regs as an array of 32-bit words ------------------------------------------- */

/* @nr registers of @words words from word @first on; the first one is at @at in the page, the others follow it */
struct core_block {
	u16 first, nr, words, at;
};

#define BLOCK(field, nr, words, member) \
	{ KVM_REG_ARM_CORE_REG(field), nr, words, offsetof(struct keel_vcpu_page, member) }

static const struct core_block core_blocks[] = {
	BLOCK(regs.regs[0], 31, 2, regs),
	BLOCK(regs.sp, 1, 2, sp_el0),
	BLOCK(regs.pc, 1, 2, pc),
	BLOCK(regs.pstate, 1, 2, pstate),
	BLOCK(sp_el1, 1, 2, sysreg[KEEL_SR_SP_EL1]),
	BLOCK(elr_el1, 1, 2, sysreg[KEEL_SR_ELR_EL1]),
	BLOCK(spsr[KVM_SPSR_EL1], 1, 2, sysreg[KEEL_SR_SPSR_EL1]),
	BLOCK(spsr[KVM_SPSR_ABT], 4, 2, spsr_abt),	/* abt, und, irq, fiq */
	BLOCK(fp_regs.vregs[0], 32, 4, vregs),
	BLOCK(fp_regs.fpsr, 1, 1, fpsr),
	BLOCK(fp_regs.fpcr, 1, 1, fpcr),
};

static_assert(KVM_SPSR_UND == KVM_SPSR_ABT + 1 && KVM_SPSR_IRQ == KVM_SPSR_ABT + 2 && KVM_SPSR_FIQ == KVM_SPSR_ABT + 3);
static_assert(offsetof(struct keel_vcpu_page, spsr_fiq) == offsetof(struct keel_vcpu_page, spsr_abt) + 24);

#define CORE_WORDS	(sizeof(struct kvm_regs) / sizeof(u32))

static u64 core_id(const struct core_block *b, unsigned int n)
{
	static const u64 size[] = { [1] = KVM_REG_SIZE_U32, [2] = KVM_REG_SIZE_U64, [4] = KVM_REG_SIZE_U128 };

	return KVM_REG_ARM64 | KVM_REG_ARM_CORE | size[b->words] | (b->first + n * b->words);
}

/* With SVE the V registers are the low parts of the Z registers, which have ids of their own */
static bool core_visible(const struct pvcpu *v, const struct core_block *b)
{
	return b->at != offsetof(struct keel_vcpu_page, vregs) || !pvcpu_has(v, KVM_ARM_VCPU_SVE);
}

/* Place of a core register in the page: -ENOENT beyond struct kvm_regs, -EINVAL inside a register or of another size */
static int core_find(struct pvcpu *v, u64 id, void **place)
{
	u64 off = id & ~(KVM_REG_ARCH_MASK | KVM_REG_SIZE_MASK | KVM_REG_ARM_CORE);
	unsigned int i;

	if (off >= CORE_WORDS || off + KVM_REG_SIZE(id) / sizeof(u32) >= CORE_WORDS)
		return -ENOENT;
	for (i = 0; i < ARRAY_SIZE(core_blocks); i++) {
		const struct core_block *b = &core_blocks[i];
		unsigned int n = (off - b->first) / b->words;

		if (off < b->first || n >= b->nr)
			continue;
		if (core_id(b, n) != id || !core_visible(v, b))
			return -EINVAL;
		*place = (void *)v->vcpu->page + b->at + n * b->words * sizeof(u32);
		return 0;
	}
	return -EINVAL;
}

static int core_get(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	void *place;
	int r = core_find(v, reg->id, &place);

	if (r)
		return r;
	return copy_to_user(u64_to_user_ptr(reg->addr), place, KVM_REG_SIZE(reg->id)) ? -EFAULT : 0;
}

/*
 * In AArch32 the PC and r0 to r14 are 32 bits wide, and the other modes' registers are x15 to x30 (Arm ARM D1.6.3). With
 * EL1 in AArch64 those are its own.
 */
static void narrow(struct pvcpu *v)
{
	struct keel_vcpu_page *page = v->vcpu->page;
	unsigned int i, n = pvcpu_el1_is_a32(v) ? 31 : 15;

	if (!pvcpu_is_a32(v))
		return;
	for (i = 0; i < n; i++)
		page->regs[i] = (u32)page->regs[i];
	page->pc = (u32)page->pc;
}

static int core_set(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	u64 val[2];
	void *place;
	int r = core_find(v, reg->id, &place);

	if (r)
		return r;
	if (copy_from_user(val, u64_to_user_ptr(reg->addr), KVM_REG_SIZE(reg->id)))
		return -EFAULT;
	if (place == &v->vcpu->page->pstate && !keel_pstate_allowed(val[0], regs_has_a32(), pvcpu_el1_is_a32(v)))
		return -EINVAL;
	memcpy(place, val, KVM_REG_SIZE(reg->id));
	narrow(v);
	return 0;
}

/* ---- system registers ---------------------------------------------------------------------------------------- */

enum slot_class { CLASS_EL1, CLASS_USER, CLASS_PAUTH, CLASS_DEBUG, CLASS_A32, CLASS_TIMER, CLASS_VIRT, CLASS_STORED };

static const struct slot {
	u32 reg;
	u8 class;
} slots[KEEL_SR_NR] = {
#define SYSREG(name, op0, op1, crn, crm, op2, class) \
	[KEEL_SR_##name] = { sys_reg(op0, op1, crn, crm, op2), CLASS_##class },
#include "abi/sysreg.def"
#undef SYSREG
};

/* Core registers and timer registers have ids of their own; keys are a feature's */
static bool slot_visible(const struct pvcpu *v, unsigned int slot)
{
	switch (slot) {
	case KEEL_SR_SP_EL1:
	case KEEL_SR_ELR_EL1:
	case KEEL_SR_SPSR_EL1:
	case KEEL_SR_CNTP_CTL_EL0:
	case KEEL_SR_CNTP_CVAL_EL0:
		return false;
	}
	if (slots[slot].class == CLASS_PAUTH)
		return pvcpu_has(v, KVM_ARM_VCPU_PTRAUTH_ADDRESS);
	return slots[slot].class != CLASS_TIMER;
}

static u64 *slot_find(struct pvcpu *v, u32 reg)
{
	unsigned int i;

	for (i = 0; i < KEEL_SR_NR; i++) {
		if (slots[i].reg == reg)
			return slot_visible(v, i) ? &v->vcpu->page->sysreg[i] : NULL;
	}
	return NULL;
}

static u64 *stored_find(struct pvcpu *v, u32 reg)
{
	if (reg == SYS_DBGVCR32_EL2)
		return &v->cache.dbgvcr32;
	if (reg == SYS_ZCR_EL1)
		return pvcpu_has(v, KVM_ARM_VCPU_SVE) ? &v->vcpu->page->zcr_el1 : NULL;
	return debugreg_slot(v, reg) ?: slot_find(v, reg) ?: mte_reg(v, reg);
}

static u64 sysreg_id(u32 reg)
{
	return ARM64_SYS_REG((u64)sys_reg_Op0(reg), (u64)sys_reg_Op1(reg), (u64)sys_reg_CRn(reg),
			     (u64)sys_reg_CRm(reg), (u64)sys_reg_Op2(reg));
}

static u64 id_field(u64 id, u64 mask, unsigned int shift)
{
	return (id & mask) >> shift;
}

/* Encoding of a system register id; 0 if it is none */
static u32 reg_of_id(u64 id)
{
	u32 reg = sys_reg(id_field(id, KVM_REG_ARM64_SYSREG_OP0_MASK, KVM_REG_ARM64_SYSREG_OP0_SHIFT),
			  id_field(id, KVM_REG_ARM64_SYSREG_OP1_MASK, KVM_REG_ARM64_SYSREG_OP1_SHIFT),
			  id_field(id, KVM_REG_ARM64_SYSREG_CRN_MASK, KVM_REG_ARM64_SYSREG_CRN_SHIFT),
			  id_field(id, KVM_REG_ARM64_SYSREG_CRM_MASK, KVM_REG_ARM64_SYSREG_CRM_SHIFT),
			  id_field(id, KVM_REG_ARM64_SYSREG_OP2_MASK, KVM_REG_ARM64_SYSREG_OP2_SHIFT));

	return sysreg_id(reg) == id ? reg : 0;
}

static int sysreg_get(struct pvcpu *v, u64 id, u64 *val)
{
	u32 reg = reg_of_id(id);
	u64 *place;

	if (!reg)
		return -ENOENT;
	if (!timer_get(v, id, val) || !idregs_get(v->pvm, reg, val))
		return 0;
	if (!pmureg_get(v, reg, val))
		return 0;
	if (reg == SYS_CLIDR_EL1) {
		*val = v->cache.clidr;
		return 0;
	}
	place = stored_find(v, reg);
	if (!place)
		return -ENOENT;
	*val = *place;
	return 0;
}

static int sysreg_set(struct pvcpu *v, u64 id, u64 val)
{
	u32 reg = reg_of_id(id);
	u64 *place;
	int r;

	if (!reg)
		return -ENOENT;
	if (!timer_set(v, id, val))
		return 0;
	r = idregs_set_user(v->pvm, reg, val);
	if (r != -ENOENT)
		return r;
	if (!pmureg_set(v, reg, val))
		return 0;
	if (reg == SYS_CLIDR_EL1)
		return cachereg_set_clidr(v, val);
	place = stored_find(v, reg);
	if (!place)
		return -ENOENT;
	/* That there is an OS lock cannot be changed, only whether it is locked */
	if (reg == SYS_OSLSR_EL1 && (val & ~OSLSR_OSLK) != OSLSR_OSLM)
		return -EINVAL;
	*place = val;
	return 0;
}

/* ---- CCSIDR_EL1, one id for each value of CSSELR_EL1 ------------------------------------------------------- */

#define DEMUX_ID	(KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX | KVM_REG_ARM_DEMUX_ID_CCSIDR)

static int demux_index(u64 id)
{
	u64 n = id & KVM_REG_ARM_DEMUX_VAL_MASK;

	return (id & ~KVM_REG_ARM_DEMUX_VAL_MASK) == DEMUX_ID && n < PVCPU_CCSIDR_NR ? (int)n : -ENOENT;
}

static int demux_get(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	u32 __user *uaddr = u64_to_user_ptr(reg->addr);
	int n = demux_index(reg->id);

	return n < 0 ? n : put_user(cachereg_get_ccsidr(v, n), uaddr);
}

static int demux_set(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	u32 __user *uaddr = u64_to_user_ptr(reg->addr);
	int n = demux_index(reg->id);
	u32 val;

	if (n < 0)
		return n;
	return get_user(val, uaddr) ? -EFAULT : cachereg_set_ccsidr(v, n, val);
}

/* ---- the ioctls ---------------------------------------------------------------------------------------------- */

static bool is_arm64(u64 id)
{
	return (id & ~KVM_REG_SIZE_MASK) >> 32 == KVM_REG_ARM64 >> 32;
}

static bool is_firmware(u64 id)
{
	u64 coproc = id & KVM_REG_ARM_COPROC_MASK;

	return coproc == KVM_REG_ARM_FW || coproc == KVM_REG_ARM_FW_FEAT_BMAP;
}

/**
 * onereg_get() - KVM_GET_ONE_REG
 * @v: vCPU
 * @reg: id, and where in the VMM its value goes
 *
 * Return: 0; -ENOENT: no such register, or the vCPU does not have the feature; -EINVAL: not an arm64 id, or not the
 * register's size; -EPERM: an SVE register before KVM_ARM_VCPU_FINALIZE; -EFAULT.
 */
int onereg_get(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	u64 __user *uaddr = u64_to_user_ptr(reg->addr);
	u64 val;
	int r;

	if (!is_arm64(reg->id))
		return -EINVAL;
	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_CORE)
		return core_get(v, reg);
	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_DEMUX)
		return demux_get(v, reg);
	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE)
		return sve_get(v, reg);
	r = is_firmware(reg->id) ? fwreg_get(v, reg->id, &val) : sysreg_get(v, reg->id, &val);
	return r ? r : put_user(val, uaddr);
}

/**
 * onereg_set() - KVM_SET_ONE_REG
 * @v: vCPU
 * @reg: id, and where in the VMM its value is
 *
 * Return: as onereg_get(); also -EINVAL: a value the register cannot have; -EBUSY: the guest has seen another one.
 */
int onereg_set(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	u64 __user *uaddr = u64_to_user_ptr(reg->addr);
	u64 val;

	if (!is_arm64(reg->id))
		return -EINVAL;
	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_CORE)
		return core_set(v, reg);
	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_DEMUX)
		return demux_set(v, reg);
	if ((reg->id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE)
		return sve_set(v, reg);
	if (get_user(val, uaddr))
		return -EFAULT;
	return is_firmware(reg->id) ? fwreg_set(v, reg->id, val) : sysreg_set(v, reg->id, val);
}

/* Ids to the VMM, or only counted if @out is NULL */
struct id_list {
	u64 __user *out;
	u64 n;
};

static int add(struct id_list *l, u64 id)
{
	l->n++;
	return l->out ? put_user(id, l->out++) : 0;
}

static int add_core(struct pvcpu *v, struct id_list *l)
{
	unsigned int i, n;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(core_blocks) && !r; i++) {
		for (n = 0; core_visible(v, &core_blocks[i]) && n < core_blocks[i].nr && !r; n++)
			r = add(l, core_id(&core_blocks[i], n));
	}
	return r;
}

static int add_debug(struct id_list *l)
{
	unsigned int n, op2;
	int r = add(l, sysreg_id(SYS_DBGVCR32_EL2));

	for (n = 0; n < 16 && !r; n++) {
		for (op2 = 4; op2 < 8 && !r; op2++)
			r = add(l, sysreg_id(sys_reg(2, 0, 0, n, op2)));
	}
	return r;
}

static int add_sysregs(struct pvcpu *v, struct id_list *l)
{
	unsigned int i;
	int r = add(l, sysreg_id(SYS_CLIDR_EL1));

	for (i = 0; timer_id(i) && !r; i++)
		r = add(l, timer_id(i));
	for (i = 0; idregs_nth(i) && !r; i++)
		r = add(l, sysreg_id(idregs_nth(i)));
	for (i = 0; pmureg_nth(v, i) && !r; i++)
		r = add(l, sysreg_id(pmureg_nth(v, i)));
	for (i = 0; i < KEEL_SR_NR && !r; i++) {
		if (slot_visible(v, i))
			r = add(l, sysreg_id(slots[i].reg));
	}
	for (i = 0; mte_nth(v, i) && !r; i++)
		r = add(l, sysreg_id(mte_nth(v, i)));
	for (i = 0; i < PVCPU_CCSIDR_NR && !r; i++)
		r = add(l, DEMUX_ID | i);
	return r;
}

static int add_sve(struct pvcpu *v, struct id_list *l)
{
	unsigned int n;
	int r = pvcpu_has(v, KVM_ARM_VCPU_SVE) ? add(l, sysreg_id(SYS_ZCR_EL1)) : 0;

	for (n = 0; sve_nth(v, n) && !r; n++)
		r = add(l, sve_nth(v, n));
	return r;
}

static int add_firmware(struct pvcpu *v, struct id_list *l)
{
	l->n += fwreg_count(v);
	return l->out ? fwreg_list(v, &l->out) : 0;
}

static int add_all(struct pvcpu *v, struct id_list *l)
{
	int r = add_core(v, l);

	r = r ?: add_sve(v, l);
	r = r ?: add_firmware(v, l);
	r = r ?: add_debug(l);
	return r ?: add_sysregs(v, l);
}

/**
 * onereg_list() - KVM_GET_REG_LIST
 * @v: vCPU
 * @list: the VMM's: n is the room there, and becomes the number of registers
 *
 * Return: 0; -E2BIG: not enough room, n says how much is needed; -EFAULT.
 */
int onereg_list(struct pvcpu *v, struct kvm_reg_list __user *list)
{
	struct id_list count = {};
	struct id_list all = { .out = list->reg };
	u64 room;
	int r = add_all(v, &count);

	if (r)
		return r;
	if (get_user(room, &list->n) || put_user(count.n, &list->n))
		return -EFAULT;
	return room < count.n ? -E2BIG : add_all(v, &all);
}
