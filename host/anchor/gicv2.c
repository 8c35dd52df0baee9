// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual CPU interface of a host's GICv2 (GIC architecture specification, IHI 0048B, chapter 5): what the nucleus does
 * with a GICv3's system registers is done here by loads and stores of the host, around each entry of a vCPU with
 * KEEL_VCTL_VGIC. It owns the control interface's frame (GICH); the other one (GICV) is mapped into guests, by whom the
 * personality says, and only named here.
 *
 * In protected mode, too: both frames are devices, and so the host's. Whatever is in a list register reaches no memory;
 * what a host could do with it is what nvhe/vgic.c says of a GICv3's.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/cpu_pm.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "core/gicv2.h"
#include "anchor.h"
#include "load.h"

#define GICH_HCR	0x00
#define GICH_VTR	0x04
#define GICH_VMCR	0x08
#define GICH_MISR	0x10
#define GICH_EISR0	0x20
#define GICH_APR	0xf0
#define GICH_LR(n)	(0x100 + 4 * (n))
#define GICH_SIZE	0x200

#define HCR_EN		BIT(0)
#define HCR_HOST	GENMASK(7, 1)	/* UIE to VGrp1DIE: for the personality to ask for */

DEFINE_STATIC_KEY_FALSE(gicv2_used);

static void __iomem *gich;
static struct keel_gicv2_info gic;
static unsigned int nr_lrs;

static u32 gich_read(unsigned int offset)
{
	return readl_relaxed(gich + offset);
}

static void gich_write(unsigned int offset, u32 val)
{
	writel_relaxed(val, gich + offset);
}

/* ---- around the guest, interrupts masked ------------------------------------------------------------------------ */

static unsigned int lrs_of(const struct keel_vcpu_vgic *vgic)
{
	return min_t(unsigned int, vgic->used, nr_lrs);
}

/* Nothing is signalled yet: the host has no virtual interrupts enabled (HCR_EL2) */
void gicv2_load(const struct keel_vcpu_page *page)
{
	const struct keel_vcpu_vgic *vgic = &page->vgic;
	unsigned int i, n = lrs_of(vgic);

	if (!(page->ctl.flags & KEEL_VCTL_VGIC))
		return;
	gich_write(GICH_VMCR, vgic->vmcr);
	gich_write(GICH_APR, vgic->ap1r[0]);
	for (i = 0; i < n; i++)
		gich_write(GICH_LR(i), keel_gich_lr(vgic->lr[i]));
	gich_write(GICH_HCR, HCR_EN | (vgic->hcr & HCR_HOST));
}

/* GICH_MISR before GICH_HCR.En goes: without it there is no maintenance to be read */
void gicv2_save(struct keel_vcpu_page *page)
{
	struct keel_vcpu_vgic *vgic = &page->vgic;
	unsigned int i, n = lrs_of(vgic);

	if (!(page->ctl.flags & KEEL_VCTL_VGIC))
		return;
	vgic->misr = gich_read(GICH_MISR);
	if (vgic->misr)
		vgic->eisr = gich_read(GICH_EISR0);
	gich_write(GICH_HCR, 0);
	vgic->vmcr = gich_read(GICH_VMCR);
	vgic->ap1r[0] = gich_read(GICH_APR);
	/* Out of the hardware too: one that the next guest does not use is its guest's all the same */
	for (i = 0; i < n; i++) {
		vgic->lr[i] = keel_gich_lr_back(vgic->lr[i], gich_read(GICH_LR(i)));
		gich_write(GICH_LR(i), 0);
	}
}

/* ---- having it -------------------------------------------------------------------------------------------------- */

/* A CPU that was off, or slept, has anything in its banked registers */
void gicv2_reset_cpu(void)
{
	unsigned int i;

	if (!gich)
		return;
	gich_write(GICH_HCR, 0);
	for (i = 0; i < nr_lrs; i++)
		gich_write(GICH_LR(i), 0);
}

static int cpu_pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event == CPU_PM_EXIT)
		gicv2_reset_cpu();
	return NOTIFY_OK;
}

static struct notifier_block cpu_pm_block = {
	.notifier_call = cpu_pm_event,
};

/**
 * gicv2_init() - take the virtual CPU interface, before CPUs call gicv2_reset_cpu()
 * @ctrl: physical address of the control interface (GICH)
 * @cpu: of the virtual CPU interface (GICV)
 * @cpu_size: bytes of that
 *
 * Return: 0; -EINVAL: guests cannot be given the frame, for it is not made of pages; -ENOMEM.
 */
int gicv2_init(phys_addr_t ctrl, phys_addr_t cpu, u64 cpu_size)
{
	if (!PAGE_ALIGNED(cpu) || !PAGE_ALIGNED(cpu_size) || cpu_size < KEEL_GICC_SIZE)
		return -EINVAL;
	gich = ioremap(ctrl, GICH_SIZE);
	if (!gich)
		return -ENOMEM;
	gic.cpu_frame = cpu;
	gic.vtr = gich_read(GICH_VTR);
	nr_lrs = KEEL_GICH_LRS(gic.vtr);
	cpu_pm_register_notifier(&cpu_pm_block);
	static_branch_enable(&gicv2_used);
	return 0;
}

void gicv2_exit(void)
{
	if (!gich)
		return;
	static_branch_disable(&gicv2_used);
	cpu_pm_unregister_notifier(&cpu_pm_block);
	iounmap(gich);
	gich = NULL;
}

bool gicv2_there(void)
{
	return gich;
}

int keel_gicv2_info(struct keel_gicv2_info *info)
{
	struct keel_irq_info irqs;
	int err = gich ? keel_irq_info(&irqs) : -ENODEV;

	if (!err)
		*info = gic;
	return err;
}
EXPORT_SYMBOL_GPL(keel_gicv2_info);
