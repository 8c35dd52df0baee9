// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's PMU beside its registers and counters: how the VMM configures it, its overflow interrupt, its records.
 *
 * The interrupt is a level, made from the registers at each entry; an overflow makes the vCPU come by. It goes to the
 * in-kernel GIC, or to a VMM that has one of its own (KVM_CAP_ARM_USER_IRQ, KVM API 8.7). Values of the VMM's are read once.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "irqchip.h"
#include "personality.h"

#define PPI_FIRST	16
#define SPI_FIRST	32
#define SPI_END		1020

bool pmu_supported(void)
{
	unsigned int cpu;

	if (!pmuhost_ver())
		return false;
	for_each_possible_cpu(cpu) {
		if (keel_cpu_pmu(cpu))
			return true;
	}
	return false;
}

/* ---- interrupt ------------------------------------------------------------------------------------------------- */

bool pmu_line(const struct pvcpu *v)
{
	const struct pvcpu_pmu *p = &v->pmu;

	return p->pmcr & KEEL_PMCR_E && atomic64_read(&p->overflowed) & p->interrupts;
}

static int set_line(struct pvcpu *v, bool level)
{
	v->pmu.line = level;
	return vgic_set_line(v->pvm, v->pmu.irq < SPI_FIRST ? v : NULL, v->pmu.irq, level);
}

/* An overflow that came as an NMI */
static void overflow_work(struct irq_work *work)
{
	struct pvcpu *v = container_of(work, struct pvcpu, pmu.work);

	keel_vcpu_request(v->vcpu, PREQ_PMU);
}

/*
 * The VMM has chosen a PMU that not all CPUs have. A thread that moves to another CPU from here on comes by again before it
 * enters: the anchor notices that it was off its CPU.
 */
static bool is_on_wrong_cpu(struct pvcpu *v)
{
	struct kvm_run *run = v->vcpu->run;

	if (likely(!v->pvm->pmu.chosen || pmuhost_is_here(v->pvm->pmu.host)))
		return false;
	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED;
	run->fail_entry.cpu = raw_smp_processor_id();
	return true;
}

int pmu_before_entry(struct pvcpu *v, bool gic)
{
	bool line = pmu_line(v);

	if (is_on_wrong_cpu(v))
		return 0;
	if (gic) {
		if (line != v->pmu.line)
			set_line(v, line);
		return 1;
	}
	v->pmu.line = line;
	return !!(READ_ONCE(v->vcpu->run->s.regs.device_irq_level) & KVM_ARM_DEV_PMU) == line ? 1 : -EINTR;
}

void pmu_tell(struct pvcpu *v)
{
	struct kvm_sync_regs *regs = &v->vcpu->run->s.regs;

	if (vgic_present(v->pvm) || !pvcpu_has(v, KVM_ARM_VCPU_PMU_V3))
		return;
	WRITE_ONCE(regs->device_irq_level, READ_ONCE(regs->device_irq_level) | (pmu_line(v) ? KVM_ARM_DEV_PMU : 0));
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

void pmu_vm_free(struct pvm *pvm)
{
	kvfree(pvm->pmu.filter);
}

void pmu_vcpu_init(struct pvcpu *v)
{
	unsigned int i;

	for (i = 0; i < KEEL_PMU_COUNTERS; i++)
		v->pmu.pmc[i].idx = i;
	init_irq_work(&v->pmu.work, overflow_work);
}

void pmu_vcpu_free(struct pvcpu *v)
{
	pmucount_unload(v);
	irq_work_sync(&v->pmu.work);
}

static void set_host(struct pvm *pvm, struct arm_pmu *host)
{
	pvm->pmu.host = host;
	pvm->pmu.n = pmuhost_counters(host);
}

int pmu_vcpu_configure(struct pvcpu *v)
{
	struct pvm *pvm = v->pvm;

	mutex_lock(&pvm->vm->lock);
	if (!pvm->pmu.host && pmuhost_here())
		set_host(pvm, pmuhost_here());
	mutex_unlock(&pvm->vm->lock);
	return pvm->pmu.host ? 0 : -ENODEV;
}

static bool is_timers(const struct pvm *pvm, u16 irq)
{
	return irq == pvm->clock.vppi || irq == pvm->clock.pppi;
}

int pmu_first_run(const struct pvm *pvm)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);

	for (i = 0; i < n; i++) {
		if (vgic_present(pvm) && pvm->vcpu[i]->pmu.created && is_timers(pvm, pvm->vcpu[i]->pmu.irq))
			return -EINVAL;
	}
	return 0;
}

/* Before its first run: configured, with an interrupt that its GIC has, or with none where the VMM is the GIC */
static int check(struct pvcpu *v)
{
	struct pvcpu_pmu *p = &v->pmu;

	if (!p->created)
		return -EINVAL;
	if (vgic_present(v->pvm) ? !p->irq || set_line(v, p->line) : p->irq)
		return -EINVAL;
	p->ready = true;
	return 0;
}

/* What the VMM wrote may be more than there is in the end: N, and the version, are fixed now */
static void clean(struct pvcpu *v)
{
	struct pvcpu_pmu *p = &v->pmu;
	u64 mask = pmucount_mask(v->pvm);

	if (pmucount_ver(v->pvm) < KEEL_PMUVER_V3P5)
		p->pmcr &= ~(u64)KEEL_PMCR_LP;
	p->enabled &= mask;
	p->interrupts &= mask;
	atomic64_and(mask, &p->overflowed);
}

int pmu_before_run(struct pvcpu *v)
{
	int r = 0;

	if (!v->pmu.ready)
		r = check(v);
	if (r)
		return r;
	if (!v->pmu.thread)
		clean(v);
	pmucount_load(v);
	return 0;
}

/* ---- KVM_ARM_VCPU_PMU_V3_CTRL ---------------------------------------------------------------------------------- */

/* A PPI is the same of all vCPUs, an SPI of none */
static bool fits_others(const struct pvm *pvm, u16 irq)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);

	for (i = 0; i < n; i++) {
		u16 other = pvm->vcpu[i]->pmu.irq;
		bool same = other == irq;

		if (other && (irq < SPI_FIRST ? !same : same))
			return false;
	}
	return true;
}

static int set_irq(struct pvcpu *v, int __user *user)
{
	int irq;

	if (!vgic_present(v->pvm))
		return -EINVAL;
	if (get_user(irq, user))
		return -EFAULT;
	if (irq < PPI_FIRST || irq >= SPI_END || !fits_others(v->pvm, irq))
		return -EINVAL;
	if (v->pmu.irq)
		return -EBUSY;
	v->pmu.irq = irq;
	return 0;
}

static int create(struct pvcpu *v)
{
	if (vgic_present(v->pvm)) {
		if (!vgic_ready(v->pvm))
			return -ENODEV;
		if (!v->pmu.irq)
			return -ENXIO;
		if (pvm_ran(v->pvm) && is_timers(v->pvm, v->pmu.irq))
			return -EEXIST;
	}
	v->pmu.created = true;
	return 0;
}

/* What the first range does not name is the opposite of what it says */
static int filter_new(struct pvm_pmu *p, u32 events, bool allow)
{
	p->filter = kvzalloc(events / 8, GFP_KERNEL_ACCOUNT);
	if (!p->filter)
		return -ENOMEM;
	p->events = events;
	keel_pmu_filter_fill(p->filter, 0, events, !allow);
	return 0;
}

/* As many events as the host has, whatever the guest is shown: it may not be known yet */
static int set_filter(struct pvm *pvm, const void __user *user)
{
	u32 events = keel_pmu_events(pmuhost_ver());
	struct kvm_pmu_event_filter f;
	int r = 0;

	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	if ((u32)f.base_event + f.nevents > events ||
	    (f.action != KVM_PMU_EVENT_ALLOW && f.action != KVM_PMU_EVENT_DENY))
		return -EINVAL;
	if (pvm_ran(pvm))
		return -EBUSY;
	if (!pvm->pmu.filter)
		r = filter_new(&pvm->pmu, events, f.action == KVM_PMU_EVENT_ALLOW);
	if (!r)
		keel_pmu_filter_fill(pvm->pmu.filter, f.base_event, f.nevents, f.action == KVM_PMU_EVENT_ALLOW);
	return r;
}

static int set_pmu(struct pvm *pvm, int __user *user)
{
	struct arm_pmu *host;
	int type;

	if (get_user(type, user))
		return -EFAULT;
	host = pmuhost_by_type(type);
	if (!host)
		return -ENXIO;
	if (pvm_ran(pvm) || (pvm->pmu.filter && pvm->pmu.host != host))
		return -EBUSY;
	set_host(pvm, host);
	pvm->pmu.chosen = true;
	return 0;
}

static int set_attr(struct pvcpu *v, u64 attr, void __user *user)
{
	if (!pvcpu_has(v, KVM_ARM_VCPU_PMU_V3))
		return -ENODEV;
	if (v->pmu.created)
		return -EBUSY;
	switch (attr) {
	case KVM_ARM_VCPU_PMU_V3_IRQ:
		return set_irq(v, user);
	case KVM_ARM_VCPU_PMU_V3_INIT:
		return create(v);
	case KVM_ARM_VCPU_PMU_V3_FILTER:
		return set_filter(v->pvm, user);
	case KVM_ARM_VCPU_PMU_V3_SET_PMU:
		return set_pmu(v->pvm, user);
	}
	return -ENXIO;
}

static int get_attr(const struct pvcpu *v, u64 attr, int __user *user)
{
	if (attr != KVM_ARM_VCPU_PMU_V3_IRQ)
		return -ENXIO;
	if (!vgic_present(v->pvm))
		return -EINVAL;
	if (!pvcpu_has(v, KVM_ARM_VCPU_PMU_V3))
		return -ENODEV;
	return v->pmu.irq ? put_user((int)v->pmu.irq, user) : -ENXIO;
}

/**
 * pmu_attr() - the attributes of group KVM_ARM_VCPU_PMU_V3_CTRL
 * @v: vCPU; takes vm->lock
 * @cmd: KVM_{SET,GET,HAS}_DEVICE_ATTR
 * @attr: from the VMM
 *
 * Return: 0; -ENXIO: no such attribute, no interrupt set, no such PMU on the host; -ENODEV: the vCPU has no PMU, or
 * the GIC is not initialised; -EINVAL: an interrupt or a range of events that there is not, or no in-kernel GIC to
 * set an interrupt for; -EBUSY: it is fixed by now; -EEXIST: the interrupt is a timer's; -EFAULT, -ENOMEM.
 */
int pmu_attr(struct pvcpu *v, unsigned int cmd, const struct kvm_device_attr *attr)
{
	void __user *user = (void __user *)(unsigned long)attr->addr;
	int r;

	if (cmd == KVM_HAS_DEVICE_ATTR)
		return attr->attr <= KVM_ARM_VCPU_PMU_V3_SET_PMU && pvcpu_has(v, KVM_ARM_VCPU_PMU_V3) ? 0 : -ENXIO;
	mutex_lock(&v->pvm->vm->lock);
	r = cmd == KVM_SET_DEVICE_ATTR ? set_attr(v, attr->attr, user) : get_attr(v, attr->attr, user);
	mutex_unlock(&v->pvm->vm->lock);
	return r;
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static int put_vm(const struct pvm_pmu *p, struct keel_stream *s)
{
	struct keel_rec_pmu r = {
		.type = pmuhost_type(p->host),
		.n = p->n,
		.chosen = p->chosen,
		.events = p->events,
	};

	return keel_put_pmu(s, &r, p->filter, p->events / 8);
}

static int put_vcpu(const struct pvcpu *v, struct keel_stream *s)
{
	const struct pvcpu_pmu *p = &v->pmu;
	struct keel_rec_vcpu_pmu r = {
		.idx = v->idx,
		.irq = p->irq,
		.created = p->created,
		.ready = p->ready,
		.line = p->line,
		.pmcr = p->pmcr,
		.pmselr = p->pmselr,
		.pmuserenr = p->pmuserenr,
		.enabled = p->enabled,
		.interrupts = p->interrupts,
		.overflowed = atomic64_read(&p->overflowed),
	};

	memcpy(r.counter, p->counter, sizeof(r.counter));
	memcpy(r.type, p->type, sizeof(r.type));
	return keel_put_vcpu_pmu(s, &r, NULL, 0);
}

/*
 * Events are given back, also for a VM that stays: two personalities' events of one thread would take each other the
 * host's counters. Those who run it next make theirs.
 */
int pmu_export(struct pvm *pvm, struct keel_stream *s)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);
	int r = 0;

	if (pvm->pmu.host)
		r = put_vm(&pvm->pmu, s);
	for (i = 0; i < n && !r; i++) {
		struct pvcpu *v = pvm->vcpu[i];

		if (!pvcpu_has(v, KVM_ARM_VCPU_PMU_V3))
			continue;
		pmucount_unload(v);
		r = put_vcpu(v, s);
	}
	return r;
}

static int get_vm(struct pvm *pvm, const struct keel_record *rec)
{
	struct pvm_pmu *p = &pvm->pmu;
	struct keel_rec_pmu r;
	const void *tail;
	u32 len;
	int err = keel_get_pmu(rec, &r, &tail, &len);

	if (err)
		return err;
	if (p->host || len != r.events / 8 || (r.events && r.events != keel_pmu_events(pmuhost_ver())))
		return -EINVAL;
	p->host = pmuhost_by_type(r.type);
	if (!p->host || r.n > pmuhost_counters(p->host))
		return -EOPNOTSUPP;
	p->n = r.n;
	p->chosen = r.chosen;
	if (!r.events)
		return 0;
	err = filter_new(p, r.events, false);
	if (!err)
		memcpy(p->filter, tail, len);
	return err;
}

static int get_vcpu(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vcpu_pmu r;
	struct pvcpu_pmu *p;
	int err = keel_get_vcpu_pmu(rec, &r, NULL, NULL);

	if (err)
		return err;
	if (r.idx >= KEEL_MAX_VCPUS || !pvm->vcpu[r.idx] || !pvm->pmu.host ||
	    (r.irq && (r.irq < PPI_FIRST || r.irq >= SPI_END)))
		return -EINVAL;
	p = &pvm->vcpu[r.idx]->pmu;
	p->irq = r.irq;
	p->created = r.created;
	p->ready = r.ready;
	p->line = r.line;
	p->pmcr = r.pmcr;
	p->pmselr = r.pmselr & 0x1f;
	p->pmuserenr = r.pmuserenr;
	p->enabled = r.enabled;
	p->interrupts = r.interrupts;
	atomic64_set(&p->overflowed, r.overflowed);
	memcpy(p->counter, r.counter, sizeof(p->counter));
	memcpy(p->type, r.type, sizeof(p->type));
	return 0;
}

int pmu_import(struct pvm *pvm, const struct keel_record *rec)
{
	switch (rec->tag) {
	case KEEL_REC_pmu:
		return get_vm(pvm, rec);
	case KEEL_REC_vcpu_pmu:
		return get_vcpu(pvm, rec);
	}
	return -ENOENT;
}
