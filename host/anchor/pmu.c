// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's PMU and guests: which PMU a CPU has, and at each entry which of its counters are for guests only and which
 * for the host only. It programs nothing: counters are those of perf's driver, the nucleus switches them.
 *
 * The kernel keeps such masks for its built-in KVM and tells nobody. In nvhe its driver leaves a counter that does not
 * count the host disabled, and expects whoever enters the guest to enable it. So the masks are made here from what the
 * driver has on this CPU, with interrupts masked: the driver's work is done by interrupts and by threads on this CPU.
 * This serves guests' PMUs and perf's own users (cycles:G, cycles:H) alike.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/cpuhotplug.h>
#include <linux/perf_event.h>
#include <linux/perf/arm_pmu.h>
#include <linux/percpu.h>

#include "anchor.h"
#include "compat.h"
#include "load.h"

#ifdef CONFIG_HW_PERF_EVENTS
static DEFINE_PER_CPU(struct arm_pmu *, cpu_pmu);
DEFINE_PER_CPU(const unsigned long *, pmu_used);
static int hotplug_state;

#define PMUVER_IMPDEF	15

/* perf_hw_context is for the PMUs of CPUs, and on arm64 those are struct arm_pmu */
static struct arm_pmu *arm_pmu_of(const struct perf_event *event, unsigned int cpu)
{
	struct arm_pmu *pmu = to_arm_pmu(event->pmu);

	if (event->pmu->task_ctx_nr != perf_hw_context || !cpumask_test_cpu(cpu, &pmu->supported_cpus))
		return NULL;
	return pmu->pmuver > 0 && pmu->pmuver != PMUVER_IMPDEF ? pmu : NULL;
}

/* Nothing lists the PMUs to a module: the one that would count this CPU's cycles is it */
static struct arm_pmu *find(unsigned int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.disabled = 1,
	};
	struct perf_event *event = perf_event_create_kernel_counter(&attr, cpu, NULL, NULL, NULL);
	struct arm_pmu *pmu;

	if (IS_ERR(event))
		return NULL;
	pmu = arm_pmu_of(event, cpu);
	perf_event_release_kernel(event);
	return pmu;
}

/* Once found it stays: the driver cannot be unbound */
static int cpu_up(unsigned int cpu)
{
	struct arm_pmu *pmu = per_cpu(cpu_pmu, cpu) ?: find(cpu);

	if (!pmu)
		return 0;
	WRITE_ONCE(per_cpu(cpu_pmu, cpu), pmu);
	per_cpu(pmu_used, cpu) = per_cpu_ptr(pmu->hw_events, cpu)->used_mask;
	return 0;
}

/* Without a PMU guests have none; all else works */
void keel_pmu_init(void)
{
	if (keel_features() & KEEL_FEAT_PMU)
		hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "virt/keel:pmu", cpu_up, NULL);
}

void keel_pmu_exit(void)
{
	if (hotplug_state > 0)
		cpuhp_remove_state_nocalls(hotplug_state);
}

struct arm_pmu *keel_cpu_pmu(unsigned int cpu)
{
	return READ_ONCE(per_cpu(cpu_pmu, cpu));
}
EXPORT_SYMBOL_GPL(keel_cpu_pmu);

/* An event over two counters is known by the upper one only; the lower one is taken, and nobody's */
static u64 counters_of(const struct pmu_hw_events *hw, unsigned int idx)
{
	u64 mask = BIT_ULL(keel_arm_pmu_counter(idx));

	if (idx && test_bit(idx - 1, hw->used_mask) && !hw->events[idx - 1])
		mask |= BIT_ULL(keel_arm_pmu_counter(idx - 1));
	return mask;
}

/* Counts, and not the same in host and guest. vhe: the difference is EL0, which such an event may not count anyhow */
static bool is_switched(const struct perf_event *event)
{
	if (!event || event->hw.state & PERF_HES_STOPPED || event->attr.exclude_host == event->attr.exclude_guest)
		return false;
	return keel_mode != KEEL_FEAT_VHE || !event->attr.exclude_user;
}

/**
 * pmu_pick() - counters to be switched at the next entry, into the vCPU's page
 * @page: vCPU's; interrupts are masked from here until it has been entered
 */
void pmu_pick(struct keel_vcpu_page *page)
{
	const struct pmu_hw_events *hw = this_cpu_ptr(__this_cpu_read(cpu_pmu)->hw_events);
	u64 guest = 0, host = 0;
	unsigned int i;

	for_each_set_bit(i, hw->used_mask, ARMPMU_MAX_HWEVENTS) {
		const struct perf_event *event = hw->events[i];

		if (!is_switched(event))
			continue;
		if (event->attr.exclude_host)
			guest |= counters_of(hw, i);
		else
			host |= counters_of(hw, i);
	}
	page->pmu.guest = guest;
	page->pmu.host = host;
}
#else
DEFINE_PER_CPU(const unsigned long *, pmu_used);

void keel_pmu_init(void)
{
}

void keel_pmu_exit(void)
{
}

struct arm_pmu *keel_cpu_pmu(unsigned int cpu)
{
	return NULL;
}
EXPORT_SYMBOL_GPL(keel_cpu_pmu);

void pmu_pick(struct keel_vcpu_page *page)
{
}
#endif
