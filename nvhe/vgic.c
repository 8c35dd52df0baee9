// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the world switch that is the GIC's virtual CPU interface (GIC architecture specification, IHI 0069), for
 * guests with KEEL_VCTL_VGIC. All values come from the host's half of the vCPU page, each read once; it trusts none of
 * them and interprets none: priorities and states are the host's to decide.
 *
 * What a hostile host can do with a list register, in protected mode: give its guest any interrupt (it may, as the owner
 * of all devices), withhold one (it need not run the guest at all), and by HW = 1 have the guest's deactivation deactivate
 * a physical interrupt. Distributor and redistributors are the host's, so that is nothing it could not do by a store of
 * its own; and it reaches no memory. A list register holds no address. What is left is UNPREDICTABLE: a link to an INTID
 * that is no PPI or SPI (IHI 0069 12.4.8), which EL2 must not program whoever asks: it loses its link here. Two list
 * registers with one vINTID, or active priorities that nobody wrote before, are as UNPREDICTABLE, but all inside the
 * virtual CPU interface, which signals to this guest and to nobody else; they are not looked for.
 */
#include "nvhe/switch.h"

#define ICH_VTR_EL2	S3_4_C12_C11_1
#define ICH_MISR_EL2	S3_4_C12_C11_2
#define ICH_EISR_EL2	S3_4_C12_C11_3
#define ICH_ELRSR_EL2	S3_4_C12_C11_5
#define ICH_VMCR_EL2	S3_4_C12_C11_7
#define ICH_AP0R(n)	S3_4_C12_C8_##n
#define ICH_AP1R(n)	S3_4_C12_C9_##n
#define ICH_HCR_EN	BIT_ULL(0)
#define ICH_LR_HW	BIT_ULL(61)
#define ICH_LR_PINTID	GENMASK_ULL(44, 32)	/* without HW, bit 41 asks for maintenance */

/* ICH_LR<n>_EL2 by number, the highest first: a switch enters at the number in use and goes on down to 0 */
#define ALL_LRS(R)	R(15, C13_7) R(14, C13_6) R(13, C13_5) R(12, C13_4) R(11, C13_3) R(10, C13_2) R(9, C13_1) \
			R(8, C13_0) R(7, C12_7) R(6, C12_6) R(5, C12_5) R(4, C12_4) R(3, C12_3) R(2, C12_2) \
			R(1, C12_1) R(0, C12_0)
#define LR_LOAD(n, reg)	case (n) + 1: sysreg_write(S3_4_C12_##reg, lr_linked(READ_ONCE_U64(lr[n]))); \
			fallthrough;
#define LR_SAVE(n, reg)	case (n) + 1: lr[n] = sysreg_read(S3_4_C12_##reg); sysreg_write(S3_4_C12_##reg, 0); \
			fallthrough;
#define LR_CLEAR(n, reg) case (n) + 1: sysreg_write(S3_4_C12_##reg, 0); fallthrough;

static u64 lr_linked(u64 lr)
{
	u32 pintid = lr >> 32 & 0x1fff;

	if ((lr & ICH_LR_HW) && (pintid < 16 || (pintid >= 1020 && pintid < 1024)))
		return lr & ~(ICH_LR_HW | ICH_LR_PINTID);
	return lr;
}

static void lrs_load(const u64 *lr, u32 used)
{
	switch (used) {
	ALL_LRS(LR_LOAD)
	case 0:
		break;
	}
}

/* Out of the hardware too: a list register that the next guest does not use is its guest's all the same */
static void lrs_save(u64 *lr, u32 used)
{
	switch (used) {
	ALL_LRS(LR_SAVE)
	case 0:
		break;
	}
}

/* A core that was off has anything in them */
static void lrs_clear(u32 have)
{
	switch (have) {
	ALL_LRS(LR_CLEAR)
	case 0:
		break;
	}
}

/* Active priorities: as many registers of each group as there are preemption bits for, 1, 2 or 4 */
static void aprs_load(const struct keel_vcpu_vgic *vgic, u32 nr)
{
	sysreg_write(ICH_AP0R(0), vgic->ap0r[0]);
	sysreg_write(ICH_AP1R(0), vgic->ap1r[0]);
	if (nr < 2)
		return;
	sysreg_write(ICH_AP0R(1), vgic->ap0r[1]);
	sysreg_write(ICH_AP1R(1), vgic->ap1r[1]);
	if (nr < 4)
		return;
	sysreg_write(ICH_AP0R(2), vgic->ap0r[2]);
	sysreg_write(ICH_AP0R(3), vgic->ap0r[3]);
	sysreg_write(ICH_AP1R(2), vgic->ap1r[2]);
	sysreg_write(ICH_AP1R(3), vgic->ap1r[3]);
}

static void aprs_save(struct keel_vcpu_vgic *vgic, u32 nr)
{
	vgic->ap0r[0] = sysreg_read(ICH_AP0R(0));
	vgic->ap1r[0] = sysreg_read(ICH_AP1R(0));
	if (nr < 2)
		return;
	vgic->ap0r[1] = sysreg_read(ICH_AP0R(1));
	vgic->ap1r[1] = sysreg_read(ICH_AP1R(1));
	if (nr < 4)
		return;
	vgic->ap0r[2] = sysreg_read(ICH_AP0R(2));
	vgic->ap0r[3] = sysreg_read(ICH_AP0R(3));
	vgic->ap1r[2] = sysreg_read(ICH_AP1R(2));
	vgic->ap1r[3] = sysreg_read(ICH_AP1R(3));
}

void switch_vgic_load(struct switch_ctx *ctx)
{
	struct keel_vcpu_vgic *vgic = &ctx->page->vgic;

	u32 used = READ_ONCE_U32(vgic->used), have = NUC_CAP_LRS(ctx->caps);

	ctx->lrs = min(used, have);
	if (__builtin_expect(sysreg_read(ICH_ELRSR_EL2) != BIT_ULL(have) - 1, 0))
		lrs_clear(have);
	if (ctx->lrs)
		lrs_load(vgic->lr, ctx->lrs);
	sysreg_write(ICH_VMCR_EL2, vgic->vmcr);
	aprs_load(vgic, NUC_CAP_APRS(ctx->caps));
	sysreg_write(ICH_HCR_EL2, ICH_HCR_EN | (vgic->hcr & KEEL_VGIC_HCR));
}

/* MISR_EL2 before ICH_HCR_EL2.En goes: without it there is no maintenance to be read */
void switch_vgic_save(struct switch_ctx *ctx)
{
	struct keel_vcpu_vgic *vgic = &ctx->page->vgic;
	u32 misr = sysreg_read(ICH_MISR_EL2);

	vgic->misr = misr;
	if (misr)
		vgic->eisr = sysreg_read(ICH_EISR_EL2);
	vgic->vmcr = sysreg_read(ICH_VMCR_EL2);
	aprs_save(vgic, NUC_CAP_APRS(ctx->caps));
	if (ctx->lrs)
		lrs_save(vgic->lr, ctx->lrs);
}

/* ICH_VTR_EL2: ListRegs 4:0 is the number less one, PREbits 28:26 likewise, 5 to 7 */
u32 switch_gic_caps(void)
{
	u64 vtr = sysreg_read(ICH_VTR_EL2);
	u32 bits = (vtr >> 26 & 7) + 1;
	u32 lrs = min((u32)(vtr & 0x1f) + 1, 16U), aprs = bits > 6 ? 4 : bits > 5 ? 2 : 1;

	return NUC_CAP_GIC | lrs << NUC_CAP_LRS_SHIFT | aprs << NUC_CAP_APRS_SHIFT;
}
