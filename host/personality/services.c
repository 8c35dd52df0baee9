// SPDX-License-Identifier: GPL-2.0-only
/*
 * The services' part of a VM that is swapped: records 0x03xx and 0x04xx of abi/state.def, written and read.
 *
 * A record is left out where the state is that of a new VM, so the reader starts from there. Import checks all it
 * reads: the stream may come from a personality with faults of its own.
 */
#include "fwreg.h"
#include "personality.h"

static int put_smccc(struct pvm *pvm, struct keel_stream *s)
{
	const struct pvm_smccc *m = &pvm->smccc;
	struct keel_rec_smccc r = {
		.std_bmap = m->std_bmap,
		.std_hyp_bmap = m->std_hyp_bmap,
		.vendor_hyp_bmap = m->vendor_hyp_bmap,
		.psci_version = m->psci_version,
	};

	return keel_put_smccc(s, &r, NULL, 0);
}

static int put_range(const struct smccc_range *range, struct keel_stream *s)
{
	struct keel_rec_smccc_range r = {
		.start = range->start,
		.end = range->end,
		.action = range->action,
	};

	return keel_put_smccc_range(s, &r, NULL, 0);
}

static int put_zone(const struct kvm_coalesced_mmio_zone *zone, struct keel_stream *s)
{
	struct keel_rec_coalesced_zone r = {
		.addr = zone->addr,
		.size = zone->size,
		.pio = zone->pio,
	};

	return keel_put_coalesced_zone(s, &r, NULL, 0);
}

static int put_vm_stats(struct pvm *pvm, struct keel_stream *s)
{
	struct keel_rec_vm_stats r = { .remote_tlb_flush = atomic64_read(&pvm->stats.remote_tlb_flush) };

	return keel_put_vm_stats(s, &r, NULL, 0);
}

static int put_power(struct pvcpu *v, struct keel_stream *s)
{
	const struct pvcpu_power *w = &v->power;
	struct keel_rec_power r = {
		.idx = v->idx,
		.mp_state = w->mp_state,
		.reset_pending = w->reset_pending,
		.reset_be = w->reset_be,
		.reset_pc = w->reset_pc,
		.reset_x0 = w->reset_x0,
	};

	return keel_put_power(s, &r, NULL, 0);
}

static int put_mmio(struct pvcpu *v, struct keel_stream *s)
{
	const struct pvcpu_mmio *m = &v->mmio;
	struct keel_rec_mmio r = {
		.idx = v->idx,
		.write = m->write,
		.sign = m->sign,
		.sf = m->sf,
		.len = m->len,
		.rt = m->rt,
	};

	return m->pending ? keel_put_mmio(s, &r, NULL, 0) : 0;
}

static int put_steal(struct pvcpu *v, struct keel_stream *s)
{
	struct keel_rec_steal r = {
		.idx = v->idx,
		.base = v->steal.base,
		.last = v->steal.last,
	};

	return v->steal.base == STEAL_INVALID ? 0 : keel_put_steal(s, &r, NULL, 0);
}

static int put_lines(struct pvcpu *v, struct keel_stream *s)
{
	struct keel_rec_irq_lines r = {
		.idx = v->idx,
		.irq = !!(v->irq_lines & KEEL_VCTL_VI),
		.fiq = !!(v->irq_lines & KEEL_VCTL_VF),
	};

	return v->irq_lines ? keel_put_irq_lines(s, &r, NULL, 0) : 0;
}

static int put_vcpu_stats(struct pvcpu *v, struct keel_stream *s)
{
	const struct pvcpu_stats *t = &v->stats;
	struct keel_rec_vcpu_stats r = {
		.idx = v->idx,
		.exits = t->exits,
		.hvc = t->hvc,
		.wfi = t->wfi,
		.wfe = t->wfe,
		.mmio_user = t->mmio_user,
		.mmio_kernel = t->mmio_kernel,
		.signal = t->signal,
		.blocking_ns = t->blocking_ns,
		.halt_wakeup = t->halt_wakeup,
	};

	return keel_put_vcpu_stats(s, &r, NULL, 0);
}

static int export_vcpu(struct pvcpu *v, struct keel_stream *s)
{
	static int (*const put[])(struct pvcpu *v, struct keel_stream *s) = {
		put_power, put_mmio, put_steal, put_lines, put_vcpu_stats,
	};
	unsigned int i;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(put) && !r; i++)
		r = put[i](v, s);
	return r;
}

/**
 * services_export() - write the services' state
 * @pvm: VM, its gate closed
 * @s: stream
 *
 * Return: 0 or -ENOSPC.
 */
int services_export(struct pvm *pvm, struct keel_stream *s)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);
	int r = put_smccc(pvm, s);

	for (i = 0; i < pvm->smccc.nr_filter && !r; i++)
		r = put_range(&pvm->smccc.filter[i], s);
	for (i = 0; i < pvm->coalesced.nr && !r; i++)
		r = put_zone(&pvm->coalesced.zones[i], s);
	if (!r)
		r = put_vm_stats(pvm, s);
	for (i = 0; i < n && !r; i++)
		r = export_vcpu(pvm->vcpu[i], s);
	return r ?: haltpoll_export(pvm, s);
}

static int get_smccc(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_smccc r;
	int ret = keel_get_smccc(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	/* Services the guest has been promised and this personality does not have: refuse the VM */
	if (r.std_bmap & ~FWREG_STD_ALL || r.std_hyp_bmap & ~FWREG_STD_HYP_ALL ||
	    r.vendor_hyp_bmap & ~FWREG_VENDOR_HYP_ALL || r.psci_version > PSCI_NEWEST)
		return -EOPNOTSUPP;
	pvm->smccc.std_bmap = r.std_bmap;
	pvm->smccc.std_hyp_bmap = r.std_hyp_bmap;
	pvm->smccc.vendor_hyp_bmap = r.vendor_hyp_bmap;
	pvm->smccc.psci_version = r.psci_version;
	return 0;
}

static int get_range(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_smccc_range r;
	struct smccc_range range;
	int ret = keel_get_smccc_range(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	if (r.end < r.start || r.action >= NR_SMCCC_FILTER_ACTIONS)
		return -EINVAL;
	range.start = r.start;
	range.end = r.end;
	range.action = r.action;
	return smccc_add_range(pvm, &range);
}

static int get_zone(struct pvm *pvm, const struct keel_record *rec)
{
	struct kvm_coalesced_mmio_zone zone = { };
	struct keel_rec_coalesced_zone r;
	int ret = keel_get_coalesced_zone(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	zone.addr = r.addr;
	zone.size = r.size;
	zone.pio = r.pio;
	return coalesced_zone(pvm, &zone, true);
}

static int get_vm_stats(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vm_stats r;
	int ret = keel_get_vm_stats(rec, &r, NULL, NULL);

	if (!ret)
		atomic64_set(&pvm->stats.remote_tlb_flush, r.remote_tlb_flush);
	return ret;
}

/* The vCPU a record is of; its vcpu record has come before */
static struct pvcpu *vcpu_of(struct pvm *pvm, u32 idx)
{
	return idx < KEEL_MAX_VCPUS ? pvm->vcpu[idx] : NULL;
}

static int get_power(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_power r;
	int ret = keel_get_power(rec, &r, NULL, NULL);
	struct pvcpu *v = ret ? NULL : vcpu_of(pvm, r.idx);

	if (!v)
		return ret ?: -EINVAL;
	if (r.mp_state != KVM_MP_STATE_RUNNABLE && r.mp_state != KVM_MP_STATE_STOPPED &&
	    r.mp_state != KVM_MP_STATE_SUSPENDED)
		return -EINVAL;
	v->power.mp_state = r.mp_state;
	v->power.reset_pending = r.reset_pending;
	v->power.reset_be = r.reset_be;
	v->power.reset_pc = r.reset_pc;
	v->power.reset_x0 = r.reset_x0;
	return 0;
}

static int get_mmio(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_mmio r;
	int ret = keel_get_mmio(rec, &r, NULL, NULL);
	struct pvcpu *v = ret ? NULL : vcpu_of(pvm, r.idx);

	if (!v)
		return ret ?: -EINVAL;
	if ((r.len != 1 && r.len != 2 && r.len != 4 && r.len != 8) || r.rt > 31)
		return -EINVAL;
	v->mmio.write = r.write;
	v->mmio.sign = r.sign;
	v->mmio.sf = r.sf;
	v->mmio.len = r.len;
	v->mmio.rt = r.rt;
	v->mmio.pending = true;
	return 0;
}

static int get_steal(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_steal r;
	int ret = keel_get_steal(rec, &r, NULL, NULL);
	struct pvcpu *v = ret ? NULL : vcpu_of(pvm, r.idx);

	if (!v)
		return ret ?: -EINVAL;
	v->steal.base = r.base;
	v->steal.last = r.last;
	return 0;
}

static int get_lines(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_irq_lines r;
	int ret = keel_get_irq_lines(rec, &r, NULL, NULL);
	struct pvcpu *v = ret ? NULL : vcpu_of(pvm, r.idx);

	if (!v)
		return ret ?: -EINVAL;
	v->irq_lines = (r.irq ? KEEL_VCTL_VI : 0) | (r.fiq ? KEEL_VCTL_VF : 0);
	return 0;
}

static int get_vcpu_stats(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vcpu_stats r;
	int ret = keel_get_vcpu_stats(rec, &r, NULL, NULL);
	struct pvcpu *v = ret ? NULL : vcpu_of(pvm, r.idx);

	if (!v)
		return ret ?: -EINVAL;
	v->stats = (struct pvcpu_stats) {
		.exits = r.exits,
		.hvc = r.hvc,
		.wfi = r.wfi,
		.wfe = r.wfe,
		.mmio_user = r.mmio_user,
		.mmio_kernel = r.mmio_kernel,
		.signal = r.signal,
		.blocking_ns = r.blocking_ns,
		.halt_wakeup = r.halt_wakeup,
	};
	return 0;
}

/**
 * services_import() - read one record of the services
 * @pvm: VM being built; nobody else can reach it
 * @rec: any record
 *
 * Return: 0; -ENOENT: the tag is not a service's; -EINVAL: contents out of range; -EOPNOTSUPP: the guest has what
 * this personality lacks; -ENOMEM, -ENOSPC.
 */
int services_import(struct pvm *pvm, const struct keel_record *rec)
{
	switch (rec->tag) {
	case KEEL_REC_smccc:
		return get_smccc(pvm, rec);
	case KEEL_REC_smccc_range:
		return get_range(pvm, rec);
	case KEEL_REC_coalesced_zone:
		return get_zone(pvm, rec);
	case KEEL_REC_vm_stats:
		return get_vm_stats(pvm, rec);
	case KEEL_REC_power:
		return get_power(pvm, rec);
	case KEEL_REC_mmio:
		return get_mmio(pvm, rec);
	case KEEL_REC_steal:
		return get_steal(pvm, rec);
	case KEEL_REC_irq_lines:
		return get_lines(pvm, rec);
	case KEEL_REC_vcpu_stats:
		return get_vcpu_stats(pvm, rec);
	}
	return haltpoll_import(pvm, rec);
}
