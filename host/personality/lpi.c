// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPIs (vgic.h). There is no ITS yet: nobody makes an LPI, so
 * that GICD_TYPER.LPIS is 0 and none of this is reached but the answer for a VM without LPIs.
 */
#include "personality.h"
#include "irqchip.h"
#include "vgic.h"

void lpi_enable(struct pvcpu *v, bool on)
{
}

void lpi_invalidate(struct pvcpu *v, u32 intid)
{
}

void lpi_invalidate_all(struct pvcpu *v)
{
}

int lpi_save_pending(struct pvm *pvm)
{
	return 0;
}

void lpi_free(struct pvm *pvm)
{
}

int its_msi(struct pvm *pvm, const struct kvm_msi *msi)
{
	return -ENODEV;
}
