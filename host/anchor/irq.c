// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's two interrupts behind guests' interrupt controllers: the virtual timer's PPI and the GIC's maintenance
 * PPI. It finds them in the device tree or in ACPI's tables, and a GICv2's frames with them (gicv2.c), has them enabled on
 * each CPU, and keeps the timer's active state on each CPU as the vCPU that enters there needs it.
 *
 * Both only serve to end a guest. They are level-sensitive, and the nucleus turns the virtual timer and the virtual CPU
 * interface off before it returns, so they have gone away when the host unmasks interrupts: what made the guest
 * leave is read from the vCPU page instead, and no interrupt is taken. The handler is for hardware where the level
 * takes longer than that. It never decides what a guest gets; that is the personality's.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/acpi.h>
#include <linux/cpuhotplug.h>
#include <linux/interrupt.h>
#include <linux/ioport.h>
#include <linux/irq.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/percpu.h>
#include <linux/sizes.h>

#include <asm/sysreg.h>
#include <asm/virt.h>

#include "anchor.h"
#include "load.h"

#define CNTV_CTL_LINE	7	/* ENABLE, IMASK, ISTATUS (Arm ARM D19, CNTV_CTL_EL0) */
#define CNTV_CTL_FIRES	5
#define LR_STATE(lr)	((lr) >> 62)
#define LR_INVALID	0
#define LR_PENDING	1
#define TIMER_VIRT	2	/* index in the timer's node, where the node has no names */

static struct ppi {
	const char *name;
	unsigned int irq;	/* 0: not there */
	u32 intid;
} vtimer = { .name = "keel virtual timer" }, maintenance = { .name = "keel maintenance" };

/* The virtual timer's PPI is active at the redistributor of this CPU: it does not signal */
DEFINE_PER_CPU(bool, irq_timer_active);
static DEFINE_PER_CPU(u8, irq_cookie);
static int hotplug_state;

/* ---- finding them --------------------------------------------------------------------------------------------- */

/* A GICv2 that cannot be had is no GIC: there is no maintenance interrupt without it */
static void take_gicv2(phys_addr_t ctrl, phys_addr_t cpu, u64 cpu_size)
{
	int err = gicv2_init(ctrl, cpu, cpu_size);

	if (!err)
		return;
	pr_warn("guests cannot use the GICv2: virtual CPU interface at %pa, %llu bytes (%d)\n", &cpu, cpu_size, err);
	maintenance.irq = 0;
}

/*
 * Frames of the node: distributor, CPU interface, and those for guests. A CPU interface of one page has no GICC_DIR, so the
 * host's driver deactivates what it ends, and no guest can.
 */
static void find_gicv2(void)
{
	static const struct of_device_id gics[] = {
		{ .compatible = "arm,gic-400" },
		{ .compatible = "arm,cortex-a15-gic" },
		{ .compatible = "arm,cortex-a7-gic" },
		{}
	};
	struct device_node *node = of_find_matching_node(NULL, gics);
	struct resource host, ctrl, cpu;

	if (node && !of_address_to_resource(node, 1, &host) && resource_size(&host) > SZ_4K &&
	    !of_address_to_resource(node, 2, &ctrl) && !of_address_to_resource(node, 3, &cpu)) {
		maintenance.irq = irq_of_parse_and_map(node, 0);
		if (maintenance.irq)
			take_gicv2(ctrl.start, cpu.start, resource_size(&cpu));
	}
	of_node_put(node);
}

static void find_dt(void)
{
	static const struct of_device_id timers[] = {
		{ .compatible = "arm,armv8-timer" },
		{ .compatible = "arm,armv7-timer" },
		{}
	};
	struct device_node *node = of_find_matching_node(NULL, timers);
	int index = of_property_match_string(node, "interrupt-names", "virt");

	if (node)
		vtimer.irq = irq_of_parse_and_map(node, index < 0 ? TIMER_VIRT : index);
	of_node_put(node);
	node = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	if (node)
		maintenance.irq = irq_of_parse_and_map(node, 0);
	else if (!(keel_features() & KEEL_FEAT_VGIC3))
		find_gicv2();
	of_node_put(node);
}

#ifdef CONFIG_ACPI
static unsigned int map_gsi(u32 gsi, bool edge, bool low)
{
	int irq;

	if (!gsi)
		return 0;
	irq = acpi_register_gsi(NULL, gsi, edge ? ACPI_EDGE_SENSITIVE : ACPI_LEVEL_SENSITIVE,
				low ? ACPI_ACTIVE_LOW : ACPI_ACTIVE_HIGH);
	return irq > 0 ? irq : 0;
}

static void find_gtdt(void)
{
	struct acpi_table_header *table;
	struct acpi_table_gtdt *gtdt;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_GTDT, 0, &table)))
		return;
	gtdt = container_of(table, struct acpi_table_gtdt, header);
	vtimer.irq = map_gsi(gtdt->virtual_timer_interrupt, gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_MODE,
			     gtdt->virtual_timer_flags & ACPI_GTDT_INTERRUPT_POLARITY);
	acpi_put_table(table);
}

/* One entry for each CPU; a PPI is the same one on all (Linux refuses others) */
static void find_madt(void)
{
	struct acpi_madt_generic_interrupt *gicc;
	struct acpi_subtable_header *entry;
	struct acpi_table_header *table;
	void *end;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MADT, 0, &table)))
		return;
	end = (void *)table + table->length;
	entry = (void *)table + sizeof(struct acpi_table_madt);
	for (; (void *)(entry + 1) <= end && entry->length; entry = (void *)entry + entry->length) {
		gicc = (void *)entry;
		if (entry->type != ACPI_MADT_TYPE_GENERIC_INTERRUPT ||
		    entry->length < offsetofend(struct acpi_madt_generic_interrupt, vgic_interrupt))
			continue;
		maintenance.irq = map_gsi(gicc->vgic_interrupt, gicc->flags & ACPI_MADT_VGIC_IRQ_MODE, false);
		/* The table has no sizes: those of the specification */
		if (maintenance.irq && gicc->gich_base_address && !(keel_features() & KEEL_FEAT_VGIC3))
			take_gicv2(gicc->gich_base_address, gicc->gicv_base_address, SZ_8K);
		break;
	}
	acpi_put_table(table);
}

static void find_acpi(void)
{
	if (acpi_disabled)
		return;
	find_gtdt();
	find_madt();
}
#else
static void find_acpi(void)
{
}
#endif

/* ---- having them ---------------------------------------------------------------------------------------------- */

static void vtimer_off(void)
{
	if (is_kernel_in_hyp_mode())
		write_sysreg_s(0, SYS_CNTV_CTL_EL02);
	else
		write_sysreg(0, cntv_ctl_el0);
	isb();
}

/* The interrupt was on its way when the guest was left: by now nothing asserts it */
static irqreturn_t late(int irq, void *cookie)
{
	vtimer_off();
	return IRQ_HANDLED;
}

static void ppi_request(struct ppi *ppi)
{
	struct irq_data *data = irq_get_irq_data(ppi->irq);
	int err;

	if (!ppi->irq || !data)
		return;
	ppi->intid = irqd_to_hwirq(data);
	err = ppi->intid < 16 || ppi->intid > 31 ? -EINVAL :
	      request_percpu_irq(ppi->irq, late, ppi->name, &irq_cookie);
	if (!err)
		return;
	pr_warn("%s: interrupt %u (INTID %u) cannot be had (%d)\n", ppi->name, ppi->irq, ppi->intid, err);
	ppi->irq = 0;
	ppi->intid = 0;
}

static void ppi_free(struct ppi *ppi)
{
	if (ppi->irq)
		free_percpu_irq(ppi->irq, &irq_cookie);
	ppi->irq = 0;
}

static void ppi_enable(const struct ppi *ppi)
{
	if (ppi->irq)
		enable_percpu_irq(ppi->irq, irq_get_trigger_type(ppi->irq));
}

static void ppi_disable(const struct ppi *ppi)
{
	if (ppi->irq)
		disable_percpu_irq(ppi->irq);
}

/* On the CPU itself, in its hotplug thread: no guest is there. Whoever had the timer before may have left it on */
static int cpu_up(unsigned int cpu)
{
	vtimer_off();
	gicv2_reset_cpu();
	irq_set_timer_active(false);
	ppi_enable(&vtimer);
	ppi_enable(&maintenance);
	return 0;
}

static int cpu_down(unsigned int cpu)
{
	ppi_disable(&maintenance);
	ppi_disable(&vtimer);
	irq_set_timer_active(false);
	return 0;
}

/* Without them guests cannot have an in-kernel interrupt controller; all else works */
void keel_irqs_init(void)
{
	find_dt();
	if (!vtimer.irq && !maintenance.irq)
		find_acpi();
	ppi_request(&vtimer);
	ppi_request(&maintenance);
	hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "virt/keel:irq", cpu_up, cpu_down);
	if (hotplug_state < 0)
		keel_irqs_exit();
	pr_info("guests' interrupts: virtual timer PPI %u, maintenance PPI %u (0: none)%s\n", vtimer.intid, maintenance.intid,
		gicv2_there() ? ", GICv2" : "");
}

void keel_irqs_exit(void)
{
	if (hotplug_state > 0)
		cpuhp_remove_state(hotplug_state);
	ppi_free(&vtimer);
	ppi_free(&maintenance);
	gicv2_exit();
	vtimer.intid = 0;
	maintenance.intid = 0;
}

int keel_irq_info(struct keel_irq_info *info)
{
	info->vtimer = vtimer.intid;
	info->maintenance = maintenance.intid;
	return vtimer.intid && maintenance.intid && (gicv2_there() || keel_features() & KEEL_FEAT_VGIC3) ? 0 : -ENODEV;
}
EXPORT_SYMBOL_GPL(keel_irq_info);

/* ---- around the guest ----------------------------------------------------------------------------------------- */

/**
 * irq_set_timer_active() - write the active state of this CPU's virtual timer PPI
 * @active: active: its line does not end the guest
 *
 * The thread stays on this CPU. The write has taken effect on return: the GIC driver reads it back.
 */
void irq_set_timer_active(bool active)
{
	__this_cpu_write(irq_timer_active, active);
	if (vtimer.irq)
		irq_set_irqchip_state(vtimer.irq, IRQCHIP_STATE_ACTIVE, active);
}

static u64 timer_lr_state(const struct keel_vcpu *vcpu)
{
	return LR_STATE(vcpu->page->vgic.lr[vcpu->timer_lr & 15]);
}

/* The guest has ended the timer's interrupt; with HW set the CPU interface has ended the physical one with it */
void irq_timer_from_guest(struct keel_vcpu *vcpu)
{
	if (vcpu->timer_lr < 0 || timer_lr_state(vcpu) != LR_INVALID)
		return;
	__this_cpu_write(irq_timer_active, false);
	vcpu->timer_held = false;
	vcpu->timer_lr = -1;
}

/**
 * irq_why() - what a guest that was left for an interrupt needs of its personality
 * @vcpu: vCPU, outside the guest; its page is as the nucleus left it
 *
 * Return: 0: nothing, the interrupt was the host's own; KEEL_ENTER_TIMER; KEEL_ENTER_VGIC.
 */
int irq_why(const struct keel_vcpu *vcpu)
{
	const struct keel_vcpu_page *page = vcpu->page;
	bool line = (page->sysreg[KEEL_SR_CNTV_CTL_EL0] & CNTV_CTL_LINE) == CNTV_CTL_FIRES;

	if (line && !vcpu->timer_held)
		return KEEL_ENTER_TIMER;
	/* Listed, not taken yet, and the guest has turned the timer back: it must not be taken any more */
	if (!line && vcpu->timer_held && vcpu->timer_lr >= 0 && timer_lr_state(vcpu) == LR_PENDING)
		return KEEL_ENTER_TIMER;
	return page->ctl.flags & KEEL_VCTL_VGIC && page->vgic.misr ? KEEL_ENTER_VGIC : 0;
}
