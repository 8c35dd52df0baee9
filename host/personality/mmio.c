// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device accesses of the guest: decoded from the syndrome, taken by a coalesced zone or given to the VMM (KVM API 5,
 * KVM_EXIT_MMIO), and finished when it comes back.
 *
 * Owns struct pvcpu_mmio, all that is left of an access between two KVM_RUNs: it does not look at the syndrome again,
 * so another personality can finish what this one began. run->mmio is the VMM's memory and read once.
 */
#include <linux/swab.h>
#include <asm/esr.h>

#include "personality.h"
#include "iobus.h"

/* Arm ARM, ISS encoding for a Data Abort */
static void decode(struct pvcpu_mmio *m, u64 esr)
{
	m->write = esr & ESR_ELx_WNR;
	m->sign = esr & ESR_ELx_SSE;
	m->sf = esr & ESR_ELx_SF;
	m->len = 1 << ((esr & ESR_ELx_SAS) >> ESR_ELx_SAS_SHIFT);
	m->rt = (esr & ESR_ELx_SRT_MASK) >> ESR_ELx_SRT_SHIFT;
}

/* Between a register and memory in the guest's byte order, which the host sees little-endian; both ways the same */
static u64 guest_order(const struct pvcpu *v, u64 data, unsigned int len)
{
	if (!vcpu_is_be(v))
		return data;
	switch (len) {
	case 2:
		return swab16(data);
	case 4:
		return swab32(data);
	case 8:
		return swab64(data);
	}
	return data;
}

/* run->mmio.data has eight bytes, the access the first of them: one load or store in place of a copy of any length */
static u64 first_bytes(const struct pvcpu_mmio *m, u64 data)
{
	return data & GENMASK_ULL(m->len * 8 - 1, 0);
}

static u64 extend(const struct pvcpu_mmio *m, u64 data)
{
	unsigned int unused = 64 - m->len * 8;

	if (m->sign)
		data = (u64)((s64)(data << unused) >> unused);
	return m->sf ? data : lower_32_bits(data);
}

/**
 * mmio_finish() - the VMM has done the access, KVM_RUN was called again
 * @v: vCPU with an access in flight
 *
 * Return: 1: the instruction is done.
 */
int mmio_finish(struct pvcpu *v)
{
	struct pvcpu_mmio *m = &v->mmio;
	u64 data;

	m->pending = false;
	if (!m->write) {
		data = first_bytes(m, READ_ONCE(*(u64 *)v->vcpu->run->mmio.data));
		vcpu_set_reg(v, m->rt, extend(m, guest_order(v, data, m->len)));
	}
	vcpu_skip(v);
	return 1;
}

void mmio_cancel(struct pvcpu *v)
{
	v->mmio.pending = false;
}

static int ask_vmm(struct pvcpu *v, u64 ipa, u64 data)
{
	struct kvm_run *run = v->vcpu->run;
	struct pvcpu_mmio *m = &v->mmio;

	run->mmio.phys_addr = ipa;
	run->mmio.len = m->len;
	run->mmio.is_write = m->write;
	*(u64 *)run->mmio.data = m->write ? first_bytes(m, data) : 0;
	m->pending = true;
	v->stats.mmio_user++;
	run->exit_reason = KVM_EXIT_MMIO;
	return 0;
}

/* The CPU does not say which register: the VMM may know (KVM API 6.20), or nobody does */
static int no_syndrome(struct pvcpu *v, u64 ipa, u64 esr)
{
	struct kvm_run *run = v->vcpu->run;

	if (!(v->pvm->caps & PVM_CAP_NISV_TO_USER))
		return -ENOSYS;
	run->arm_nisv.esr_iss = esr & (ESR_ELx_CM | ESR_ELx_WNR | ESR_ELx_FSC);
	run->arm_nisv.fault_ipa = ipa;
	run->exit_reason = KVM_EXIT_ARM_NISV;
	return 0;
}

static bool access_in_kernel(struct pvcpu *v, u64 ipa, u64 *data)
{
	struct pvcpu_mmio *m = &v->mmio;

	if (iobus_access(v, ipa, m->len, m->write, data)) {
		if (!m->write)
			vcpu_set_reg(v, m->rt, extend(m, guest_order(v, *data, m->len)));
		return true;
	}
	return m->write && (ioeventfd_write(v->pvm, ipa, m->len, *data) || coalesced_write(v, ipa, data, m->len));
}

static int access_device(struct pvcpu *v, u64 ipa, u64 esr)
{
	struct pvcpu_mmio *m = &v->mmio;
	u64 data = 0;

	decode(m, esr);
	if (m->write)
		data = guest_order(v, vcpu_get_reg(v, m->rt), m->len);
	if (!access_in_kernel(v, ipa, &data))
		return ask_vmm(v, ipa, data);
	v->stats.mmio_kernel++;
	vcpu_skip(v);
	return 1;
}

/**
 * mmio_abort() - a stage-2 abort where there is no memory for it
 * @v: vCPU; exit.esr and exit.far are the abort's
 * @ipa: guest physical address of the access, with its offset in the page
 *
 * Fetching instructions or page tables from a device ends in an external abort to the guest; cache maintenance by
 * address has nothing to do there.
 *
 * Return: resume convention; -ENOSYS: the syndrome does not describe the access and the VMM does not want to know.
 */
int mmio_abort(struct pvcpu *v, u64 ipa)
{
	u64 esr = v->vcpu->page->exit.esr, far = v->vcpu->page->exit.far;
	bool instruction = ESR_ELx_EC(esr) == ESR_ELx_EC_IABT_LOW;

	if (instruction || esr & ESR_ELx_S1PTW) {
		inject_abort(v, instruction, far);
		return 1;
	}
	if (esr & ESR_ELx_CM) {
		vcpu_skip(v);
		return 1;
	}
	if (!(esr & ESR_ELx_ISV))
		return no_syndrome(v, ipa, esr);
	return access_device(v, ipa, esr);
}
