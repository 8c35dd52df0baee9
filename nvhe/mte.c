// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory tagging in the world switch: the four registers of EL1 and EL0 that a guest with KEEL_VCTL_MTE has of its own (Arm ARM
 * D8.10, D19.2). Tags themselves are memory's: where they belong is the host's and stage-2's business, not this file's.
 * A guest without it gets no further than HCR_EL2.ATA lets it, on a CPU that has MTE: these registers trap, and memory has
 * no tags.
 */
#include "nvhe/nucleus.h"
#include "nvhe/switch.h"

#define RGSR_EL1	S3_0_C1_C0_5
#define GCR_EL1		S3_0_C1_C0_6
#define TFSR_EL1	SWITCH_EL12(S3_5_C5_C6_0, S3_0_C5_C6_0)
#define TFSRE0_EL1	S3_0_C5_C6_1

static void mte_save(struct keel_vcpu_mte *mte)
{
	mte->rgsr_el1 = sysreg_read(RGSR_EL1);
	mte->gcr_el1 = sysreg_read(GCR_EL1);
	mte->tfsr_el1 = sysreg_read(TFSR_EL1);
	mte->tfsre0_el1 = sysreg_read(TFSRE0_EL1);
}

static void mte_load(const struct keel_vcpu_mte *mte)
{
	sysreg_write(RGSR_EL1, mte->rgsr_el1);
	sysreg_write(GCR_EL1, mte->gcr_el1);
	sysreg_write(TFSR_EL1, mte->tfsr_el1);
	sysreg_write(TFSRE0_EL1, mte->tfsre0_el1);
}

/* The DSB: faults that are only noted are noted with whom they belong to (Arm ARM D8.10, asynchronous tag check faults) */
void switch_mte_enter(struct switch_ctx *ctx)
{
	nuc_dsb(nsh);
	mte_save(&ctx->cpu->host.mte);
	mte_load(&ctx->page->mte);
}

void switch_mte_leave(struct switch_ctx *ctx)
{
	nuc_dsb(nsh);
	mte_save(&ctx->page->mte);
	mte_load(&ctx->cpu->host.mte);
}
