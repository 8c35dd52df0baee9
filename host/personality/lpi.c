// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPIs and whoever else the vGIC tells of things (vgic.h). There is no ITS and no irqfd yet: nobody makes an LPI, so
 * that GICD_TYPER.LPIS is 0 and none of this is reached but the answer for a VM without LPIs.
 */
#include "personality.h"
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

void irqfd_ended(struct pvm *pvm, u32 intid)
{
}
