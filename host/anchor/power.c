// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs that come and go, with the nucleus on each that runs. nvhe: a core that was off comes back with the kernel's
 * stub at EL2, and is taken again before it runs user code; the same after an idle state that lost EL2. protected: the
 * nucleus' PSCI relay sees to it, here only kexec is stopped. kexec in nvhe needs nothing: the
 * nucleus answers the stub's calls and hands EL2 over.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/cpuhotplug.h>
#include <linux/cpu_pm.h>
#include <linux/irqflags.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "load.h"

/* On the CPU itself, before it takes user threads (CPUHP_AP_ACTIVE comes later). An error keeps it off. */
static int cpu_came(unsigned int cpu)
{
	unsigned long flags;
	int err;

	local_irq_save(flags);
	err = keel_take_this_cpu();
	local_irq_restore(flags);
	if (err)
		pr_err("CPU %u: EL2 cannot be taken (%d), it stays off\n", cpu, err);
	return err;
}

/* Interrupts are masked. The state may have been kept (shallow idle): then the nucleus answers and nothing is done. */
static int cpu_pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	int err;

	if (event != CPU_PM_EXIT && event != CPU_PM_ENTER_FAILED)
		return NOTIFY_DONE;
	err = keel_take_this_cpu();
	if (err)
		panic("keel: CPU %u came back from idle without EL2 (%d)", smp_processor_id(), err);
	return NOTIFY_OK;
}

static struct notifier_block cpu_pm_block = {
	.notifier_call = cpu_pm_event,
};

/*
 * A kernel that was loaded in spite of kexec.c. Nothing here can veto, so the machine is reset instead: that is what a
 * reboot means.
 */
static int reboot_event(struct notifier_block *nb, unsigned long event, void *command)
{
	if (event != SYS_RESTART || !command || strcmp(command, "kexec reboot"))
		return NOTIFY_DONE;
	pr_emerg("kexec is refused in protected mode: EL2 is never given back; resetting the machine instead\n");
	emergency_restart();
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = {
	.notifier_call = reboot_event,
	.priority = INT_MAX,
};

static int hotplug_state;

int keel_power_init(void)
{
	hotplug_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "virt/keel:online", cpu_came, NULL);
	if (hotplug_state < 0)
		return hotplug_state;
	if (keel_mode == KEEL_FEAT_NVHE)
		return cpu_pm_register_notifier(&cpu_pm_block);
	if (keel_mode != KEEL_FEAT_PROTECTED)
		return 0;
	keel_kexec_forbid();
	return register_reboot_notifier(&reboot_block);
}

/* What was not registered is not found, and that is all */
void keel_power_exit(void)
{
	if (hotplug_state > 0)
		cpuhp_remove_state_nocalls(hotplug_state);
	if (keel_mode == KEEL_FEAT_NVHE)
		cpu_pm_unregister_notifier(&cpu_pm_block);
	if (keel_mode == KEEL_FEAT_PROTECTED)
		unregister_reboot_notifier(&reboot_block);
}
