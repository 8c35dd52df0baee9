/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's PMUv3 (Arm ARM D13, KVM_ARM_VCPU_PMU_V3): pmureg.c has its registers, pmucount.c its counters, pmuhost.c the
 * host's counters behind them, pmu.c the rest: interrupt, configuration, records.
 */
#ifndef KEEL_PERSONALITY_PMU_H
#define KEEL_PERSONALITY_PMU_H

#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/kvm.h>
#include <linux/types.h>

#include "core/pmu.h"

struct arm_pmu;
struct keel_stream;
struct keel_record;
struct perf_event;
struct pvm;
struct pvcpu;
struct sysreg_access;
struct task_struct;

/**
 * struct pvm_pmu - the PMU that a VM shows; vm->lock, fixed once a vCPU has run
 * @host: counts for it; NULL: none yet
 * @chosen: the VMM chose @host: vCPUs run on CPUs that have it, or not at all
 * @n: PMCR_EL0.N
 * @filter: events that are counted, keel_pmu_filter_allows(); NULL: all
 * @events: bits of @filter
 */
struct pvm_pmu {
	struct arm_pmu *host;
	bool chosen;
	u8 n;
	u64 *filter;
	u32 events;
};

/**
 * struct pvcpu_pmc - a counter that the host counts for
 * @event: perf's, NULL: none
 * @run: what @event's count means
 * @idx: 0..31
 * @on: it should count now
 */
struct pvcpu_pmc {
	struct perf_event *event;
	struct keel_pmu_run run;
	u8 idx;
	bool on;
};

/**
 * struct pvcpu_pmu - a vCPU's PMU; all zero without one. Its thread's, unless said otherwise
 * @pmcr: PMCR_EL0 without N; @pmselr: PMSELR_EL0; @pmuserenr: PMUSERENR_EL0
 * @enabled: PMCNTENSET_EL0; @interrupts: PMINTENSET_EL1
 * @overflowed: PMOVSSET_EL0; the host's overflow interrupt sets bits too
 * @counter: by index; of one without an event. The host's overflow interrupt increments those that are chained
 * @type: PMEVTYPER<n>_EL0, and PMCCFILTR_EL0
 * @work: tells the vCPU of an overflow that came as an NMI
 * @thread: whose guest time @pmc's events count, NULL: nothing is counted, all values are in @counter. Only compared
 * @irq: INTID; 0: none
 * @created: KVM_ARM_VCPU_PMU_V3_INIT; @ready: the vCPU has run
 * @line: of the overflow interrupt, as last told to the in-kernel GIC or the VMM
 */
struct pvcpu_pmu {
	u64 pmcr, pmselr, pmuserenr, enabled, interrupts;
	atomic64_t overflowed;
	u64 counter[KEEL_PMU_COUNTERS], type[KEEL_PMU_COUNTERS];
	struct pvcpu_pmc pmc[KEEL_PMU_COUNTERS];
	struct irq_work work;
	const struct task_struct *thread;
	u16 irq;
	bool created, ready, line;
};

/* ---- pmuhost.c: perf. Process context but where said otherwise ------------------------------------------------- */

/* The PMU of the CPU this runs on; of that number at perf; NULL: none that can be used */
struct arm_pmu *pmuhost_here(void);
struct arm_pmu *pmuhost_by_type(u32 type);
u32 pmuhost_type(const struct arm_pmu *pmu);
u8 pmuhost_counters(const struct arm_pmu *pmu);		/* event counters, 0..31 */
u64 pmuhost_ceid(const struct arm_pmu *pmu, u32 which);	/* PMCEID<which>_EL0 */
bool pmuhost_is_here(const struct arm_pmu *pmu);	/* this CPU has it */
u32 pmuhost_ver(void);					/* PMUVer that guests can have; 0: no PMU */

/**
 * struct pmuhost_want - what to count
 * @event: number
 * @el1, @el0: there; at least one
 * @wide: with 64 bits
 * @period: counts until pmucount_overflow() is called
 */
struct pmuhost_want {
	u32 event;
	bool el1, el0, wide;
	u64 period;
};

/* Counts for the current thread while it is in a guest. NULL: perf refused */
struct perf_event *pmuhost_event(const struct arm_pmu *pmu, const struct pmuhost_want *want, struct pvcpu_pmc *pmc);
void pmuhost_event_free(struct perf_event *event);	/* pmucount_overflow() is not called any more */
void pmuhost_event_on(struct perf_event *event, bool on);
u64 pmuhost_event_count(struct perf_event *event);

/* ---- pmucount.c: counters ------------------------------------------------------------------------------------ */

u64 pmucount_mask(const struct pvm *pvm);	/* counters there are */
u32 pmucount_ver(const struct pvm *pvm);	/* ID_AA64DFR0_EL1.PMUVer of the guest */
u64 pmucount_get(struct pvcpu *v, unsigned int idx);
void pmucount_set(struct pvcpu *v, unsigned int idx, u64 val);
/* The counter's type has changed, or at how many bits it overflows */
void pmucount_changed(struct pvcpu *v, unsigned int idx);
/* PMCR_EL0.E or PMCNTENSET_EL0 have changed */
void pmucount_switch(struct pvcpu *v);
/* PMSWINC_EL0 */
void pmucount_software(struct pvcpu *v, u64 counters);
/* vCPU's thread: from here on it is counted */
void pmucount_load(struct pvcpu *v);
/* Any thread, vCPU's mutex held or gate closed: nothing is counted any more, nothing counted is lost */
void pmucount_unload(struct pvcpu *v);

/**
 * pmucount_overflow() - an event has come to the end of its period
 * @pmc: counter; hardirq or NMI on the CPU of the vCPU's thread
 * @count: of the event
 *
 * Return: the next period.
 */
u64 pmucount_overflow(struct pvcpu_pmc *pmc, u64 count);

/* ---- pmureg.c: registers ------------------------------------------------------------------------------------- */

/* KVM_{GET,SET}_ONE_REG: -ENOENT: not a register of a PMU, or the vCPU has none */
u32 pmureg_nth(const struct pvcpu *v, unsigned int n);	/* encodings; 0 past the last one */
int pmureg_get(struct pvcpu *v, u32 reg, u64 *val);
int pmureg_set(struct pvcpu *v, u32 reg, u64 val);
void pmureg_reset(struct pvcpu *v);

/* ---- pmu.c --------------------------------------------------------------------------------------------------- */

bool pmu_supported(void);		/* KVM_CAP_ARM_PMU_V3 */
void pmu_vm_free(struct pvm *pvm);
void pmu_vcpu_init(struct pvcpu *v);
void pmu_vcpu_free(struct pvcpu *v);
/* KVM_ARM_VCPU_INIT of a vCPU with a PMU; takes vm->lock. -ENODEV: this CPU has none */
int pmu_vcpu_configure(struct pvcpu *v);
/* vm->lock, before a vCPU of the VM runs for the first time: -EINVAL: a timer has the PMU's INTID */
int pmu_first_run(const struct pvm *pvm);
/* KVM_RUN: 0; -EINVAL: not configured as its interrupt controller needs */
int pmu_before_run(struct pvcpu *v);
/* vCPU's thread, outside the guest. @gic: vgic_ready(). Resume convention; -EINTR: the VMM has to be told first */
int pmu_before_entry(struct pvcpu *v, bool gic);
/* The overflow interrupt's line as of now; any context */
bool pmu_line(const struct pvcpu *v);
/* KVM_RUN returns, after timer_tell() */
void pmu_tell(struct pvcpu *v);
/* KVM_ARM_VCPU_PMU_V3_CTRL (Documentation/virt/kvm/devices/vcpu.rst) */
int pmu_attr(struct pvcpu *v, unsigned int cmd, const struct kvm_device_attr *attr);

/* Nothing is counted after the export, until a KVM_RUN */
int pmu_export(struct pvm *pvm, struct keel_stream *s);
int pmu_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

#endif
