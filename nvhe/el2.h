/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only the EL2 object has, not the vhe build: set-up of EL2 registers, ways into and out of assembly.
 */
#ifndef KEEL_NVHE_EL2_H
#define KEEL_NVHE_EL2_H

#include "nvhe/nucleus.h"

#pragma GCC visibility push(hidden)

/* Read by entry.S with the MMU off */
struct nuc_init_params {
	u64 ttbr, tcr, mair, sctlr, va_offset;
};

extern struct nuc_init_params nuc_init_params;

/* MPIDR_EL1: Aff3, Aff2, Aff1, Aff0 */
#define NUC_MPIDR_AFF	0xff00ffffffULL

/* entry.S */
extern const char nuc_vectors[], keel_takeover[], nuc_cpu_start[];
_Noreturn void mmu_off(u64 result, u64 vbar, u64 sctlr, struct nuc_frame *frame);
void smc_forward(struct nuc_frame *frame);
_Noreturn void mmu_off_jump(u64 target, u64 vbar, u64 sctlr, u64 x0, u64 x1, u64 x2);
_Noreturn void nuc_leave_to(u64 entry, u64 x0, u64 spsr, struct nuc_cpu *cpu);

static inline u64 nuc_text_va(const char *symbol)
{
	return (u64)(uintptr_t)symbol;
}

/* init.c */
s64 init_boot(const struct keel_boot *boot);
s64 init_cpu(struct nuc_cpu *cpu, u32 nr, u32 first);
void init_this_cpu(struct nuc_cpu *cpu);
void init_host_stage2(struct nuc_cpu *cpu);

/* el2regs.c: EL2 registers as the kernel left them on this CPU; replayed on a core that PSCI starts */
void el2_snapshot(struct nuc_cpu *cpu);
void el2_replay(const struct nuc_cpu *cpu);

/* panic.c */
_Noreturn void nuc_panic_exception(struct nuc_frame *frame, u64 vector);

/* psci.c */
u64 psci_started(struct nuc_cpu *cpu);

#pragma GCC visibility pop

#endif
