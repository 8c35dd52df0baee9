// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the world switch that concerns self-hosted debug (Arm ARM D2): breakpoints, watchpoints, MDSCR_EL1. They
 * are switched only while somebody uses them: the guest itself, or the host that debugs it. Values come from the vCPU page
 * and may be anything: EL2 runs with PSTATE.D set, so nothing that is programmed here stops EL2.
 */
#include "nvhe/switch.h"
#include "nvhe/vm.h"

#define DBG_SAVE(n)							\
	case n:								\
		if (brps >= n) {					\
			dbg->bvr[n] = sysreg_read(dbgbvr##n##_el1);	\
			dbg->bcr[n] = sysreg_read(dbgbcr##n##_el1);	\
		}							\
		if (wrps >= n) {					\
			dbg->wvr[n] = sysreg_read(dbgwvr##n##_el1);	\
			dbg->wcr[n] = sysreg_read(dbgwcr##n##_el1);	\
		}							\
		break;
#define DBG_LOAD(n)							\
	case n:								\
		if (brps >= n) {					\
			sysreg_write(dbgbvr##n##_el1, dbg->bvr[n]);	\
			sysreg_write(dbgbcr##n##_el1, dbg->bcr[n]);	\
		}							\
		if (wrps >= n) {					\
			sysreg_write(dbgwvr##n##_el1, dbg->wvr[n]);	\
			sysreg_write(dbgwcr##n##_el1, dbg->wcr[n]);	\
		}							\
		break;
#define DBG_ALL(OP)	OP(0) OP(1) OP(2) OP(3) OP(4) OP(5) OP(6) OP(7) OP(8) OP(9) OP(10) OP(11) OP(12) OP(13) \
			OP(14) OP(15)

/* ID_AA64DFR0_EL1: numbers of breakpoints and watchpoints, minus one */
static int dbg_brps(void)
{
	return (sysreg_read(id_aa64dfr0_el1) >> 12) & 0xf;
}

static int dbg_wrps(void)
{
	return (sysreg_read(id_aa64dfr0_el1) >> 20) & 0xf;
}

static void dbg_save(struct keel_vcpu_dbg *dbg)
{
	int i, brps = dbg_brps(), wrps = dbg_wrps();

	for (i = 0; i <= max(brps, wrps); i++) {
		switch (i) {
		DBG_ALL(DBG_SAVE)
		}
	}
}

static void dbg_load(const struct keel_vcpu_dbg *dbg)
{
	int i, brps = dbg_brps(), wrps = dbg_wrps();

	for (i = 0; i <= max(brps, wrps); i++) {
		switch (i) {
		DBG_ALL(DBG_LOAD)
		}
	}
}

/* DBGVCR32_EL2 has no other way in than EL2 and AArch32 at EL1: outside of such a guest it can stay as it is */
static void vector_catch_enter(struct switch_ctx *ctx)
{
	sysreg_write(dbgvcr32_el2, ctx->flags & KEEL_VCTL_HOSTDEBUG ? 0 : ctx->page->dbgvcr32);
}

static void vector_catch_leave(struct switch_ctx *ctx)
{
	if ((ctx->flags & KEEL_VCTL_DEBUG) && !(ctx->flags & KEEL_VCTL_HOSTDEBUG))
		ctx->page->dbgvcr32 = sysreg_read(dbgvcr32_el2);
}

/* Debug is in use: debug_enter() of switch.c has asked. Otherwise MDSCR_EL1.MDE is 0: no vector catch either */
void switch_debug_enter(struct switch_ctx *ctx)
{
	struct keel_vcpu_page *page = ctx->page;
	u64 mdscr = page->ctl.mdscr_host;

	dbg_save(&ctx->cpu->host.dbg);
	dbg_load(&page->dbg);
	if ((ctx->flags & KEEL_VCTL_DEBUG) && !(ctx->flags & KEEL_VCTL_HOSTDEBUG)) {
		mdscr = page->sysreg[KEEL_SR_MDSCR_EL1];
		sysreg_write(mdccint_el1, page->sysreg[KEEL_SR_MDCCINT_EL1]);
	}
	if (ctx->flags & KEEL_VCTL_A32_EL1)
		vector_catch_enter(ctx);
	sysreg_write(mdscr_el1, mdscr);
}

void switch_debug_leave(struct switch_ctx *ctx)
{
	struct keel_vcpu_page *page = ctx->page;

	if ((ctx->flags & KEEL_VCTL_DEBUG) && !(ctx->flags & KEEL_VCTL_HOSTDEBUG)) {
		page->sysreg[KEEL_SR_MDSCR_EL1] = sysreg_read(mdscr_el1);
		page->sysreg[KEEL_SR_MDCCINT_EL1] = sysreg_read(mdccint_el1);
		sysreg_write(mdccint_el1, 0);
		dbg_save(&page->dbg);
	}
	if (ctx->flags & KEEL_VCTL_A32_EL1)
		vector_catch_leave(ctx);
	dbg_load(&ctx->cpu->host.dbg);
}
