// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the world switch that is the PMU (Arm ARM D13). Guests never touch it: MDCR_EL2 traps them, and their PMU
 * is emulated by the host over the host's own counters. What is switched is which of those count, so that what an event
 * asks for (in guests only, in the host only) is exact to the instruction; and PMUSERENR_EL0, which would else send
 * a guest's accesses from EL0 to its EL1 instead of here.
 *
 * Masks come from the host's half of the vCPU page and may be anything. They reach nothing but the enable bits of counters
 * that the host programs itself, and with which it could observe any ordinary guest anyhow. Not for guests that are
 * to be protected from the host.
 */
#include "nvhe/switch.h"

/* EN: nothing goes to EL1, so MDCR_EL2.TPM has it. Without CR, ER and SW, which add nothing and which QEMU lets past TPM */
#define USERENR_EN	1
#define PMICFILTR_EL0	S3_3_C9_C6_0
#define PMICNTR_IDX	32	/* FEAT_PMUv3_ICNTR: not by PMSELR_EL0 */
#define EVTYPER_U	BIT_ULL(30)

#ifdef KEEL_VHE
/* Arm ARM, PMEVTYPER<n>_EL0.U and PMCCFILTR_EL0.U: EL0 is not counted */
static u64 with_el0(u64 type, bool counted)
{
	return counted ? type & ~EVTYPER_U : type | EVTYPER_U;
}

static void count_el0(u64 counters, bool counted)
{
	int n;

	for (; counters; counters &= counters - 1) {
		n = __builtin_ctzll(counters);
		if (n == PMICNTR_IDX) {
			sysreg_write(PMICFILTR_EL0, with_el0(sysreg_read(PMICFILTR_EL0), counted));
			continue;
		}
		sysreg_write(pmselr_el0, n);
		nuc_isb();
		sysreg_write(pmxevtyper_el0, with_el0(sysreg_read(pmxevtyper_el0), counted));
	}
}

static void counters_to_guest(struct switch_ctx *ctx)
{
	count_el0(ctx->pmu_host, false);
	count_el0(ctx->pmu_guest, true);
}

static void counters_to_host(struct switch_ctx *ctx)
{
	count_el0(ctx->pmu_guest, false);
	count_el0(ctx->pmu_host, true);
}
#else
/* The host may have disabled one of its own meanwhile, to have the overflow looked at first: it stays so */
static void counters_to_guest(struct switch_ctx *ctx)
{
	ctx->pmu_host &= sysreg_read(pmcntenset_el0);
	sysreg_write(pmcntenclr_el0, ctx->pmu_host);
	sysreg_write(pmcntenset_el0, ctx->pmu_guest);
}

static void counters_to_host(struct switch_ctx *ctx)
{
	sysreg_write(pmcntenclr_el0, ctx->pmu_guest);
	sysreg_write(pmcntenset_el0, ctx->pmu_host);
}
#endif

/*
 * PMSELR_EL0 is 0 in the guest: with a counter selected that there is not, PMXEVCNTR_EL0 would be UNDEFINED at EL1
 * before it traps (Arm ARM, PMXEVCNTR_EL0).
 */
void switch_pmu_enter(struct switch_ctx *ctx)
{
	ctx->cpu->host.pmselr = sysreg_read(pmselr_el0);
	counters_to_guest(ctx);
	sysreg_write(pmselr_el0, 0);
	if (ctx->flags & KEEL_VCTL_PMU) {
		ctx->cpu->host.pmuserenr = sysreg_read(pmuserenr_el0);
		sysreg_write(pmuserenr_el0, USERENR_EN);
	}
}

void switch_pmu_leave(struct switch_ctx *ctx)
{
	counters_to_host(ctx);
	sysreg_write(pmselr_el0, ctx->cpu->host.pmselr);
	if (ctx->flags & KEEL_VCTL_PMU)
		sysreg_write(pmuserenr_el0, ctx->cpu->host.pmuserenr);
}
