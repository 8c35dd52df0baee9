// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls that the kernel makes to its own stub at EL2 (asm/virt.h, 0 to 3), answered on purpose. kexec, hibernation
 * and a CPU going down use them. In nvhe mode EL2 is given back: MMU off, the stub's vectors or those the kernel
 * names. In protected mode nobody gets EL2 back after finalise. x1 to x4 are the host's, and before finalise the
 * host may have what it asks for: EL2 was its own.
 */
#include "nvhe/el2.h"

#define HVC_SET_VECTORS		0
#define HVC_SOFT_RESTART	1
#define HVC_RESET_VECTORS	2
#define HVC_FINALISE_EL2	3
#define HVC_STUB_ERR		0xbadca11UL

/* EL2 of this CPU is the kernel's again; take-over may come again later */
static void give_back(struct nuc_cpu *cpu)
{
	cpu->flags &= ~(NUC_CPU_ONLINE | NUC_CPU_FINAL);
	/* With the MMU off this CPU reads memory past its cache: nothing that matters is left dirty */
	nuc_dsb(sy);
}

bool stub_call(struct nuc_frame *frame)
{
	struct nuc_cpu *cpu = nuc_cpu();

	if (frame->x[0] > HVC_FINALISE_EL2)
		return false;
	if ((nuc_protected() && nuc_finalised()) || frame->x[0] == HVC_FINALISE_EL2) {
		frame->x[0] = HVC_STUB_ERR;
		return true;
	}
	give_back(cpu);
	switch (frame->x[0]) {
	case HVC_SET_VECTORS:
		mmu_off(0, frame->x[1], cpu->stub_sctlr, frame);
	case HVC_RESET_VECTORS:
		mmu_off(0, cpu->stub_vbar, cpu->stub_sctlr, frame);
	default:
		mmu_off_jump(frame->x[1], cpu->stub_vbar, cpu->stub_sctlr, frame->x[2], frame->x[3], frame->x[4]);
	}
}
