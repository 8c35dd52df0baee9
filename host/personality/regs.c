// SPDX-License-Identifier: GPL-2.0-only
/*
 * Register state as a whole: reset values, and the records by which what is not in the vCPU page travels in a swap.
 * The page itself is the nucleus' and stays where it is.
 */
#include <asm/sysreg.h>

#include "personality.h"
#include "sysreg.h"

/* Reset values that are not 0 (Arm ARM D19); UNKNOWN ones are 0, so that nothing of the host's shows */
#define SCTLR_EL1_RESET		0x00c50078ULL	/* RES1 bits of Armv8.0, MMU and caches off, little-endian */
#define SCTLR32_RESET		0x00c50838ULL	/* the same of AArch32's SCTLR (Arm ARM G8.2) */
#define FPEXC32_EL2_RESET	0x700ULL
#define MPIDR_RES1		BIT_ULL(31)

/* Aff0 has 4 bits: an SGI's target list is 16 wide */
static u64 mpidr_of(u32 id)
{
	return MPIDR_RES1 | (id & 15) | ((u64)(id >> 4) & 0xff) << 8 | ((u64)(id >> 12) & 0xff) << 16;
}

/* What traps, by what the vCPU is; the rest of the flags is set where it is decided */
static u64 vctl_of(const struct pvcpu *v)
{
	/* Out of reset the caches are off: TVM tells when they are on (cachereg.c) */
	u64 flags = KEEL_VCTL_TWI | KEEL_VCTL_TWE | KEEL_VCTL_TID2 | KEEL_VCTL_CNTP_TRAP | KEEL_VCTL_TVM;

	if (pvcpu_has(v, KVM_ARM_VCPU_PTRAUTH_ADDRESS))
		flags |= KEEL_VCTL_PAUTH;
	if (pvcpu_has(v, KVM_ARM_VCPU_PMU_V3))
		flags |= KEEL_VCTL_PMU;
	if (regs_has_a32())
		flags |= KEEL_VCTL_A32_EL0;
	if (v->pvm->caps & PVM_CAP_MTE)
		flags |= KEEL_VCTL_MTE;
	if (pvcpu_el1_is_a32(v))
		flags |= KEEL_VCTL_A32_EL1;
	return flags;
}

/**
 * regs_reset() - system registers, controls and debug state of a vCPU as out of reset
 * @v: vCPU, outside the guest; its features are set
 *
 * MPIDR_EL1, the cache registers and the VM's feature registers are a VMM's to configure: they get their values at
 * the first reset and keep them over later ones.
 */
void regs_reset(struct pvcpu *v)
{
	struct keel_vcpu_page *page = v->vcpu->page;
	u64 mpidr = v->cache.set ? page->sysreg[KEEL_SR_MPIDR_EL1] : mpidr_of(v->vcpu->id);

	idregs_set(v);
	if (!v->cache.set)
		cachereg_reset(v);
	v->cache.dbgvcr32 = 0;
	v->cache.set = true;
	v->debug.touched = false;
	v->debug.step_done = false;

	memset(page->sysreg, 0, sizeof(page->sysreg));
	memset(&page->dbg, 0, sizeof(page->dbg));
	memset(&page->mte, 0, sizeof(page->mte));
	page->sysreg[KEEL_SR_MPIDR_EL1] = mpidr;
	page->sysreg[KEEL_SR_SCTLR_EL1] = pvcpu_el1_is_a32(v) ? SCTLR32_RESET : SCTLR_EL1_RESET;
	page->sysreg[KEEL_SR_ACTLR_EL1] = read_sysreg(actlr_el1);
	page->sysreg[KEEL_SR_OSLSR_EL1] = OSLSR_OSLM;
	page->sysreg[KEEL_SR_FPEXC32_EL2] = FPEXC32_EL2_RESET;
	page->sysreg[KEEL_SR_CNTVOFF_EL2] = READ_ONCE(v->pvm->cntvoff);
	page->ctl.flags = vctl_of(v);
	page->ctl.vsesr = 0;
	page->ctl.mdscr_host = 0;
	page->ctl.hcrx = 0;
}

/* ---- records ------------------------------------------------------------------------------------------------- */

static int export_ids(const struct pvm *pvm, struct keel_stream *s)
{
	struct keel_rec_idregs r = {
		.midr = pvm->ids.midr,
		.revidr = pvm->ids.revidr,
		.aidr = pvm->ids.aidr,
		.ctr = pvm->ids.ctr,
		.have = pvm->ids.have,
		.set = pvm->ids.set,
		.frozen = pvm->ids.frozen,
	};

	memcpy(r.val, pvm->ids.val, sizeof(r.val));
	return keel_put_idregs(s, &r, NULL, 0);
}

static int export_counter(const struct pvm *pvm, struct keel_stream *s)
{
	struct keel_rec_counter r = { .voff = pvm->cntvoff, .poff = pvm->clock.poff };

	return keel_put_counter(s, &r, NULL, 0);
}

static int export_vcpu(const struct pvcpu *v, struct keel_stream *s)
{
	struct keel_rec_vcpu_regs r = {
		.idx = v->idx,
		.set = v->cache.set,
		.has_ccsidr = v->cache.has_ccsidr,
		.clidr = v->cache.clidr,
		.dbgvcr32 = v->cache.dbgvcr32,
	};

	memcpy(r.ccsidr, v->cache.ccsidr, sizeof(r.ccsidr));
	return keel_put_vcpu_regs(s, &r, NULL, 0);
}

/* The guest's own debug registers are in the page: a swap finds every vCPU outside the guest, after debug_clear() */
static int export_debug(const struct pvcpu *v, struct keel_stream *s)
{
	struct keel_rec_vcpu_debug r = {
		.idx = v->idx,
		.control = v->debug.guest_debug,
		.step_done = v->debug.step_done,
	};

	if (!v->debug.guest_debug)
		return 0;
	memcpy(r.bcr, v->debug.arch.dbg_bcr, sizeof(r.bcr));
	memcpy(r.bvr, v->debug.arch.dbg_bvr, sizeof(r.bvr));
	memcpy(r.wcr, v->debug.arch.dbg_wcr, sizeof(r.wcr));
	memcpy(r.wvr, v->debug.arch.dbg_wvr, sizeof(r.wvr));
	return keel_put_vcpu_debug(s, &r, NULL, 0);
}

/**
 * regs_export() - records of the VM's registers and of all its vCPUs'
 * @pvm: VM, gate closed
 * @s: stream being written, after the vcpu records
 *
 * Return: 0 or -ENOSPC.
 */
int regs_export(struct pvm *pvm, struct keel_stream *s)
{
	unsigned int i;
	int r = export_ids(pvm, s) ?: export_counter(pvm, s) ?: timer_export(pvm, s);

	for (i = 0; i < pvm_nr_vcpus(pvm) && !r; i++) {
		const struct pvcpu *v = pvm->vcpu[i];

		if (v)
			r = export_vcpu(v, s) ?: export_debug(v, s) ?: sve_export(v, s);
	}
	return r;
}

static struct pvcpu *vcpu_at(struct pvm *pvm, u32 idx)
{
	return idx < KEEL_MAX_VCPUS ? pvm->vcpu[idx] : NULL;
}

static int import_ids(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_idregs r;
	int err = keel_get_idregs(rec, &r, NULL, NULL);

	if (err)
		return err;
	memcpy(pvm->ids.val, r.val, sizeof(r.val));
	pvm->ids.ctr = r.ctr;
	pvm->ids.midr = r.midr;
	pvm->ids.revidr = r.revidr;
	pvm->ids.aidr = r.aidr;
	pvm->ids.have = r.have;
	pvm->ids.set = r.set;
	pvm->ids.frozen = r.frozen;
	return idregs_adopt(pvm);
}

static int import_counter(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_counter r;
	int err = keel_get_counter(rec, &r, NULL, NULL);

	if (err)
		return err;
	pvm->cntvoff = r.voff;
	pvm->clock.poff = r.poff;
	return 0;
}

static int import_vcpu(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vcpu_regs r;
	struct pvcpu *v;
	int err = keel_get_vcpu_regs(rec, &r, NULL, NULL);

	if (err)
		return err;
	v = vcpu_at(pvm, r.idx);
	if (!v)
		return -EINVAL;
	v->cache.set = r.set;
	v->cache.has_ccsidr = r.has_ccsidr;
	v->cache.clidr = r.clidr;
	v->cache.dbgvcr32 = r.dbgvcr32;
	memcpy(v->cache.ccsidr, r.ccsidr, sizeof(r.ccsidr));
	return 0;
}

static int import_debug(struct pvm *pvm, const struct keel_record *rec)
{
	struct kvm_guest_debug dbg = {};
	struct keel_rec_vcpu_debug r;
	struct pvcpu *v;
	int err = keel_get_vcpu_debug(rec, &r, NULL, NULL);

	if (err)
		return err;
	v = vcpu_at(pvm, r.idx);
	if (!v)
		return -EINVAL;
	dbg.control = r.control;
	memcpy(dbg.arch.dbg_bcr, r.bcr, sizeof(r.bcr));
	memcpy(dbg.arch.dbg_bvr, r.bvr, sizeof(r.bvr));
	memcpy(dbg.arch.dbg_wcr, r.wcr, sizeof(r.wcr));
	memcpy(dbg.arch.dbg_wvr, r.wvr, sizeof(r.wvr));
	err = debug_set(v, &dbg);
	v->debug.step_done = r.step_done;
	return err;
}

/**
 * regs_import() - take over one record
 * @pvm: VM being built; its vCPUs are there
 * @rec: record
 *
 * Return: 0; -ENOENT: not one of these; -EINVAL: malformed; -EOPNOTSUPP: the guest was shown more than is there.
 */
int regs_import(struct pvm *pvm, const struct keel_record *rec)
{
	switch (rec->tag) {
	case KEEL_REC_idregs:
		return import_ids(pvm, rec);
	case KEEL_REC_counter:
		return import_counter(pvm, rec);
	case KEEL_REC_vcpu_regs:
		return import_vcpu(pvm, rec);
	case KEEL_REC_vcpu_debug:
		return import_debug(pvm, rec);
	case KEEL_REC_sve:
		return sve_import(pvm, rec);
	case KEEL_REC_timers:
		return timer_import(pvm, rec);
	}
	return -ENOENT;
}
