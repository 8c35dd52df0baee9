// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVE of a vCPU (Documentation/virt/kvm/api.rst: KVM_ARM_VCPU_INIT, KVM_ARM_VCPU_FINALIZE, KVM_GET_ONE_REG): its vector
 * lengths, until they are final, and its registers, from then on. Those are in memory of the anchor's that the nucleus loads
 * and stores, so a swap leaves them where they are; the record says only how long vectors are.
 *
 * A VMM can choose the largest length but cannot leave one out below it: hardware has no means to hide it.
 */
#include "personality.h"

#define VLS_WORDS	KVM_ARM64_SVE_VLS_WORDS
#define SLICE_MASK	(KVM_ARM64_SVE_MAX_SLICES - 1)

static_assert(KVM_REG_ARM64_SVE_FFR(0) == KVM_REG_ARM64_SVE_PREG(KVM_ARM64_SVE_NUM_PREGS - 1, 0) + SLICE_MASK + 1);
static_assert(KEEL_SVE_VQ_MAX * 16 <= 256, "one slice is a whole register");

/* Lengths are bit n - 1 for 16 * n bytes here, in the anchor and in KVM_REG_ARM64_SVE_VLS */
static u64 lengths_upto(u8 vq)
{
	return keel_sve_lengths() & KEEL_SVE_UPTO(vq);
}

/**
 * regs_has_sve() - can a guest have SVE
 *
 * The kernel must know of it too: it is what keeps its own programs' registers apart.
 */
bool regs_has_sve(void)
{
	return ((idregs_host(KEEL_IDREG_IDX(4, 0)) >> 32) & 15) && keel_sve_lengths();
}

/**
 * sve_reset() - a vCPU out of reset: registers are 0; before they are there, the largest length is chosen
 * @v: vCPU, outside the guest; its features are set
 */
void sve_reset(struct pvcpu *v)
{
	if (!pvcpu_has(v, KVM_ARM_VCPU_SVE))
		return;
	v->vcpu->page->zcr_el1 = 0;
	if (sve_is_final(v))
		memset(v->vcpu->sve, 0, KEEL_SVE_BYTES(v->vcpu->sve_vq));
	else
		v->sve_vq = fls(keel_sve_lengths());
}

/**
 * sve_finalize() - KVM_ARM_VCPU_FINALIZE
 * @v: vCPU, initialised
 * @feature: KVM_ARM_VCPU_*, the VMM's
 *
 * Return: 0; -EINVAL: not SVE, or the vCPU does not have it; -EPERM: was done before; -ENOMEM.
 */
int sve_finalize(struct pvcpu *v, int feature)
{
	if (feature != KVM_ARM_VCPU_SVE || !pvcpu_has(v, KVM_ARM_VCPU_SVE))
		return -EINVAL;
	return sve_is_final(v) ? -EPERM : keel_vcpu_sve(v->vcpu, v->sve_vq);
}

/* ---- registers by id ----------------------------------------------------------------------------------------- */

static int get_lengths(const struct pvcpu *v, void __user *uaddr)
{
	u64 vqs[VLS_WORDS] = { lengths_upto(v->sve_vq) };

	return copy_to_user(uaddr, vqs, sizeof(vqs)) ? -EFAULT : 0;
}

static int set_lengths(struct pvcpu *v, const void __user *uaddr)
{
	u64 vqs[VLS_WORDS];
	u8 vq;

	if (sve_is_final(v))
		return -EPERM;
	if (copy_from_user(vqs, uaddr, sizeof(vqs)))
		return -EFAULT;
	vq = vqs[0] < BIT(KEEL_SVE_VQ_MAX) ? fls64(vqs[0]) : 0;
	if (!vq || vqs[0] != lengths_upto(vq) || memchr_inv(vqs + 1, 0, sizeof(vqs) - sizeof(vqs[0])))
		return -EINVAL;
	v->sve_vq = vq;
	return 0;
}

/* Where a register is in vcpu->sve, and its bytes there */
struct place {
	unsigned int at, len;
};

/* -EINVAL: no such id; -ENOENT: not this vCPU's; -EPERM: not yet */
static int find(const struct pvcpu *v, u64 id, struct place *p)
{
	unsigned int n = (id >> 5) & 31, vq = v->sve_vq;

	if (id >= KVM_REG_ARM64_SVE_ZREG(0, 0) && id <= KVM_REG_ARM64_SVE_ZREG(31, SLICE_MASK))
		*p = (struct place){ KEEL_SVE_Z(vq, n), 16 * vq };
	else if (id >= KVM_REG_ARM64_SVE_PREG(0, 0) && id <= KVM_REG_ARM64_SVE_FFR(SLICE_MASK))
		*p = (struct place){ KEEL_SVE_P(vq, n), 2 * vq };
	else
		return -EINVAL;
	if (!pvcpu_has(v, KVM_ARM_VCPU_SVE) || id & SLICE_MASK)
		return -ENOENT;
	return sve_is_final(v) ? 0 : -EPERM;
}

/**
 * sve_get() - KVM_GET_ONE_REG of an id of KVM_REG_ARM64_SVE
 * @v: vCPU
 * @reg: id, and where in the VMM its value goes; what is beyond the vCPU's length is 0
 *
 * Return: 0; -ENOENT: the vCPU has no SVE, or slice; -EPERM: before KVM_ARM_VCPU_FINALIZE; -EINVAL: no such id; -EFAULT.
 */
int sve_get(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	char __user *uaddr = u64_to_user_ptr(reg->addr);
	struct place p;
	int r;

	if (reg->id == KVM_REG_ARM64_SVE_VLS)
		return pvcpu_has(v, KVM_ARM_VCPU_SVE) ? get_lengths(v, uaddr) : -ENOENT;
	r = find(v, reg->id, &p);
	if (r)
		return r;
	if (copy_to_user(uaddr, v->vcpu->sve + p.at, p.len))
		return -EFAULT;
	return clear_user(uaddr + p.len, KVM_REG_SIZE(reg->id) - p.len) ? -EFAULT : 0;
}

/**
 * sve_set() - KVM_SET_ONE_REG of the same
 * @v: vCPU
 * @reg: id, and where in the VMM its value is; what is beyond the vCPU's length is not looked at
 *
 * Return: as sve_get(); vector lengths: -EPERM after KVM_ARM_VCPU_FINALIZE, -EINVAL: not those of the CPUs up to some length.
 */
int sve_set(struct pvcpu *v, const struct kvm_one_reg *reg)
{
	const char __user *uaddr = u64_to_user_ptr(reg->addr);
	u8 val[KEEL_SVE_VQ_MAX * 16];
	struct place p;
	int r;

	if (reg->id == KVM_REG_ARM64_SVE_VLS)
		return pvcpu_has(v, KVM_ARM_VCPU_SVE) ? set_lengths(v, uaddr) : -ENOENT;
	r = find(v, reg->id, &p);
	if (r)
		return r;
	/* By way of here: a register is never half written */
	if (copy_from_user(val, uaddr, p.len))
		return -EFAULT;
	memcpy(v->vcpu->sve + p.at, val, p.len);
	return 0;
}

/**
 * sve_nth() - ids for KVM_GET_REG_LIST: lengths first, so that who restores in that order sets them first
 * @v: vCPU, final
 * @n: from 0
 *
 * Return: the id, or 0 past the last one.
 */
u64 sve_nth(const struct pvcpu *v, unsigned int n)
{
	if (!pvcpu_has(v, KVM_ARM_VCPU_SVE))
		return 0;
	if (!n--)
		return KVM_REG_ARM64_SVE_VLS;
	if (n < KVM_ARM64_SVE_NUM_ZREGS)
		return KVM_REG_ARM64_SVE_ZREG(n, 0);
	n -= KVM_ARM64_SVE_NUM_ZREGS;
	if (n < KVM_ARM64_SVE_NUM_PREGS)
		return KVM_REG_ARM64_SVE_PREG(n, 0);
	return n == KVM_ARM64_SVE_NUM_PREGS ? KVM_REG_ARM64_SVE_FFR(0) : 0;
}

/* ---- record -------------------------------------------------------------------------------------------------- */

/**
 * sve_export() - the record of a vCPU with SVE
 * @v: vCPU
 * @s: stream being written
 *
 * Return: 0 or -ENOSPC.
 */
int sve_export(const struct pvcpu *v, struct keel_stream *s)
{
	struct keel_rec_sve r = { .idx = v->idx, .vq = v->sve_vq, .finalised = sve_is_final(v) };

	return v->sve_vq ? keel_put_sve(s, &r, NULL, 0) : 0;
}

/**
 * sve_import() - take it over
 * @pvm: VM being built; its vCPUs are there
 * @rec: record
 *
 * Return: 0; -EINVAL: malformed, or not what the anchor has; -EOPNOTSUPP: a length that CPUs here do not have.
 */
int sve_import(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_sve r;
	struct pvcpu *v;
	int err = keel_get_sve(rec, &r, NULL, NULL);

	if (err)
		return err;
	v = r.idx < KEEL_MAX_VCPUS ? pvm->vcpu[r.idx] : NULL;
	if (!v || !pvcpu_has(v, KVM_ARM_VCPU_SVE) || !r.vq || r.vq > KEEL_SVE_VQ_MAX)
		return -EINVAL;
	if (!(keel_sve_lengths() & BIT(r.vq - 1)))
		return -EOPNOTSUPP;
	if (r.finalised != sve_is_final(v) || (r.finalised && r.vq != v->vcpu->sve_vq))
		return -EINVAL;
	v->sve_vq = r.vq;
	return 0;
}
