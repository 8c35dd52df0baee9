// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's PMU as guests use it: by perf events of the vCPU's thread that count while it is in a guest. The only file that
 * knows perf. It owns no event; whose counter one stands for is pmucount.c's business.
 *
 * exclude_host is what makes it a guest's: the anchor has the counters of such events switched at entry and exit.
 */
#include <linux/cpumask.h>
#include <linux/perf_event.h>
#include <linux/perf/arm_pmu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>

#include "personality.h"

#define DFR0		KEEL_IDREG_IDX(5, 0)
#define DFR0_PMUVER(v)	(((v) >> 8) & 15)
#define CONFIG1_LONG	BIT_ULL(0)	/* perf's driver: a counter of 64 bits */

u32 pmuhost_ver(void)
{
	return DFR0_PMUVER(keel_idreg_limit(&keel_idregs[DFR0], idregs_host(DFR0), KEEL_ID_HAVE_PMU));
}

struct arm_pmu *pmuhost_here(void)
{
	return keel_cpu_pmu(raw_smp_processor_id());
}

#ifdef CONFIG_HW_PERF_EVENTS
struct arm_pmu *pmuhost_by_type(u32 type)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct arm_pmu *pmu = keel_cpu_pmu(cpu);

		if (pmu && pmu->pmu.type == type)
			return pmu;
	}
	return NULL;
}

u32 pmuhost_type(const struct arm_pmu *pmu)
{
	return pmu->pmu.type;
}

u8 pmuhost_counters(const struct arm_pmu *pmu)
{
	return keel_arm_pmu_counters(pmu);
}

/* Common events, then those from 0x4000 on; PMCEID0_EL0 has the first 32 of each, PMCEID1_EL0 the next */
u64 pmuhost_ceid(const struct arm_pmu *pmu, u32 which)
{
	u64 common = pmu->pmceid_bitmap[0] >> 32 * which, extended = pmu->pmceid_ext_bitmap[0] >> 32 * which;

	return (u32)common | extended << 32;
}

bool pmuhost_is_here(const struct arm_pmu *pmu)
{
	return cpumask_test_cpu(raw_smp_processor_id(), &pmu->supported_cpus);
}

/*
 * Called with the event's counter programmed for another period of the old length. perf has no call for a new one from
 * here; stopping and starting is what its throttling does.
 */
static void overflow(struct perf_event *event, struct perf_sample_data *data, struct pt_regs *regs)
{
	u64 period;

	event->pmu->stop(event, PERF_EF_UPDATE);
	period = pmucount_overflow(event->overflow_handler_context, local64_read(&event->count));
	event->attr.sample_period = period;
	event->hw.sample_period = period;
	local64_set(&event->hw.period_left, 0);
	event->pmu->start(event, PERF_EF_RELOAD);
}

struct perf_event *pmuhost_event(const struct arm_pmu *pmu, const struct pmuhost_want *want, struct pvcpu_pmc *pmc)
{
	struct perf_event_attr attr = {
		.type = pmu->pmu.type,
		.size = sizeof(attr),
		.config = want->event,
		.config1 = want->wide ? CONFIG1_LONG : 0,
		.sample_period = want->period,
		.pinned = 1,
		.exclude_kernel = !want->el1,
		.exclude_user = !want->el0,
		.exclude_hv = 1,
		.exclude_host = 1,
	};
	struct perf_event *event = perf_event_create_kernel_counter(&attr, -1, current, overflow, pmc);

	if (!IS_ERR(event))
		return event;
	pr_warn_once("keel: perf gives a guest no counter (%ld)\n", PTR_ERR(event));
	return NULL;
}

void pmuhost_event_free(struct perf_event *event)
{
	perf_event_release_kernel(event);
}

void pmuhost_event_on(struct perf_event *event, bool on)
{
	if (on)
		perf_event_enable(event);
	else
		perf_event_disable(event);
}

u64 pmuhost_event_count(struct perf_event *event)
{
	u64 enabled, running;

	return perf_event_read_value(event, &enabled, &running);
}
#else
/* No kernel without perf offers a PMU (keel_cpu_pmu()): nothing here is called */
struct arm_pmu *pmuhost_by_type(u32 type)
{
	return NULL;
}

u32 pmuhost_type(const struct arm_pmu *pmu)
{
	return 0;
}

u8 pmuhost_counters(const struct arm_pmu *pmu)
{
	return 0;
}

u64 pmuhost_ceid(const struct arm_pmu *pmu, u32 which)
{
	return 0;
}

bool pmuhost_is_here(const struct arm_pmu *pmu)
{
	return false;
}

struct perf_event *pmuhost_event(const struct arm_pmu *pmu, const struct pmuhost_want *want, struct pvcpu_pmc *pmc)
{
	return NULL;
}

void pmuhost_event_free(struct perf_event *event)
{
}

void pmuhost_event_on(struct perf_event *event, bool on)
{
}

u64 pmuhost_event_count(struct perf_event *event)
{
	return 0;
}
#endif
