// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVE in the world switch: vector lengths of a CPU, and the SVE registers of a vCPU that has them (Arm ARM D19.2, ZCR_ELx;
 * B1.2.2). It owns ZCR_EL2 and, while such a guest runs, ZCR_EL1.
 *
 * The vCPU's largest length is the nucleus': its memory was counted for it in vcpu_sve, and ZCR_EL2 holds it whenever
 * registers move or the guest runs. What ZCR_EL1 says, the guest's or the host's, can only be less. A host that enters in
 * streaming mode would have another length, SVCR's, so that mode is left first. What the memory holds is the host's to
 * write at any time: it is loaded into registers and no more.
 *
 * As with FP, the host has put its own away before it called, so registers are loaded at the guest's first use and stored
 * at its exit. ZCR_EL1 and ZCR_EL2 are no such registers: the kernel expects to find there what it wrote.
 */
#include "nvhe/nucleus.h"
#include "nvhe/switch.h"
#include "nvhe/vm.h"

#define ZCR_EL1		S3_0_C1_C2_0
#define ZCR_EL2		S3_4_C1_C2_0
#define ZCR_GUEST	SWITCH_EL12(S3_5_C1_C2_0, ZCR_EL1)
#define ZCR_LEN		GENMASK_ULL(3, 0)
#define SVCR		S3_3_C4_C2_2
#define SVCR_SM		BIT_ULL(0)

/* What CPTR_EL2 has to say for EL2 to get at SVE, FP and, where there is one, SVCR */
#ifdef KEEL_VHE
#define CPTR_SVE(cptr)	((cptr) | 3ULL << 16 | 3ULL << 20)
#define CPTR_SME(cptr)	((cptr) | 3ULL << 24)
#else
#define CPTR_SVE(cptr)	((cptr) & ~(BIT_ULL(8) | BIT_ULL(10)))
#define CPTR_SME(cptr)	((cptr) & ~BIT_ULL(12))
#endif

/* No FP trap is on. Leaves CPTR_EL2 as @cptr, without traps of SVE */
static void leave_streaming(u32 caps, u64 cptr)
{
	if (caps & NUC_CAP_SME) {
		sysreg_write(cptr_el2, CPTR_SME(CPTR_SVE(cptr)));
		nuc_isb();
		sysreg_write(SVCR, sysreg_read(SVCR) & ~SVCR_SM);
	}
	sysreg_write(cptr_el2, CPTR_SVE(cptr));
	nuc_isb();
}

static void set_length(u32 vq)
{
	sysreg_write(ZCR_EL2, vq - 1);
	nuc_isb();
}

/* A length that the CPU does not have gives the next shorter one that it has (Arm ARM ZCR_EL2.LEN) */
static u16 probe_lengths(void)
{
	u32 vq = KEEL_SVE_VQ_MAX;
	u16 vqs = 0;

	for (; vq; vq--) {
		set_length(vq);
		vq = switch_sve_bytes() / 16;
		vqs |= BIT(vq - 1);
	}
	return vqs;
}

u16 switch_sve_look(void)
{
	struct nuc_cpu *cpu = nuc_cpu();
	u32 caps = switch_caps();
	u64 cptr, zcr;

	if (cpu->sve_vqs || !(caps & NUC_CAP_SVE))
		return cpu->sve_vqs;
	cptr = sysreg_read(cptr_el2);
	leave_streaming(caps, cptr);
	zcr = sysreg_read(ZCR_EL2);
	cpu->sve_vqs = probe_lengths();
	sysreg_write(ZCR_EL2, zcr);
	sysreg_write(cptr_el2, cptr);
	nuc_isb();
	return cpu->sve_vqs;
}

/* CPUs differ: a guest that has seen its vector lengths goes only where they are the same */
bool switch_sve_fits(const struct switch_ctx *ctx)
{
	u16 vqs = ctx->cpu->sve_vqs ?: switch_sve_look();

	return (vqs & KEEL_SVE_UPTO(ctx->vcpu->sve_vq)) == ctx->vcpu->sve_vqs;
}

void switch_sve_enter(struct switch_ctx *ctx)
{
	struct nuc_cpu *cpu = ctx->cpu;

	leave_streaming(ctx->caps, CPTR_GUEST_SVE);
	cpu->host.zcr_el2 = sysreg_read(ZCR_EL2);
	if (!nuc_is_vhe())
		cpu->host.zcr_el1 = sysreg_read(ZCR_EL1);
	set_length(ctx->vcpu->sve_vq);
	switch_sve_load(nuc_va(ctx->vcpu->sve_pa));
	sysreg_write(fpsr, ctx->page->fpsr);
	sysreg_write(fpcr, ctx->page->fpcr);
	sysreg_write(ZCR_GUEST, ctx->page->zcr_el1 & ZCR_LEN);
}

void switch_sve_leave(struct switch_ctx *ctx)
{
	struct nuc_cpu *cpu = ctx->cpu;

	switch_sve_save(nuc_va(ctx->vcpu->sve_pa));
	ctx->page->fpsr = sysreg_read(fpsr);
	ctx->page->fpcr = sysreg_read(fpcr);
	ctx->page->zcr_el1 = sysreg_read(ZCR_GUEST);
	sysreg_write(ZCR_EL2, cpu->host.zcr_el2);
	if (!nuc_is_vhe())
		sysreg_write(ZCR_EL1, cpu->host.zcr_el1);
}
