// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's SMCs in protected mode. Calls that would start a core outside of the nucleus (PSCI, DEN0022) get the
 * nucleus' own entry point instead of the host's; calls that hand memory to the secure world (FF-A, DEN0077) are
 * refused; the rest goes to EL3 as it came. All of it is the host's and may be anything. Invariant 3: no CPU
 * runs the host without its stage-2, from power-on to power-off.
 */
#include "nvhe/el2.h"

#define PSCI_64			0x40000000U
#define PSCI_CPU_SUSPEND	0x84000001U
#define PSCI_CPU_OFF		0x84000002U
#define PSCI_CPU_ON		0x84000003U
#define PSCI_CPU_DEFAULT_SUSPEND 0x8400000cU
#define PSCI_SYSTEM_SUSPEND	0x8400000eU

#define PSCI_INVALID_PARAMS	-2
#define PSCI_ON_PENDING		-5
#define SMCCC_NOT_SUPPORTED	-1

/* FF-A: function numbers 0x60-0xef of the standard secure service range, both widths */
#define FFA_FIRST		0x84000060U
#define FFA_LAST		0x840000efU

/* nuc_cpu.boot_state */
#define BOOT_IDLE		0
#define BOOT_PENDING		1

#define SPSR_EL1H_MASKED	0x3c5
/* SCTLR_EL1 of a core fresh from power-on: RES1 of Armv8.0, MMU off */
#define SCTLR_EL1_OFF		0x30d00800

static u64 cpu_pa(const struct nuc_cpu *cpu)
{
	return nuc_pa(cpu);
}

static u64 start_pa(void)
{
	return nuc_pa(nuc_cpu_start);
}

/* A core that was not online at load has no number yet: it gets the first free one, for good */
static struct nuc_cpu *find_cpu(u64 mpidr)
{
	u64 unknown;
	u32 i;

	for (i = 0; i < nuc_config.nr_cpus; i++)
		if (nuc_cpu_nr(i)->mpidr == mpidr)
			return nuc_cpu_nr(i);
	for (i = 0; i < nuc_config.nr_cpus; i++) {
		unknown = ~0ULL;
		if (__atomic_compare_exchange_n(&nuc_cpu_nr(i)->mpidr, &unknown, mpidr, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return nuc_cpu_nr(i);
	}
	return NULL;
}

/* The core reads its struct nuc_cpu through its cache, after the MMU is on; nothing has to be cleaned for it */
static void psci_cpu_on(struct nuc_frame *frame)
{
	struct nuc_cpu *cpu;
	u32 idle = BOOT_IDLE;

	/* Reserved bits in the target: only EL3 knows a CPU of that name, and it knows none */
	if (frame->x[1] & ~NUC_MPIDR_AFF) {
		frame->x[0] = PSCI_INVALID_PARAMS;
		return;
	}
	cpu = find_cpu(frame->x[1]);
	if (!cpu) {
		frame->x[0] = PSCI_INVALID_PARAMS;
		return;
	}
	if (!__atomic_compare_exchange_n(&cpu->boot_state, &idle, BOOT_PENDING, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		frame->x[0] = PSCI_ON_PENDING;
		return;
	}
	cpu->boot_entry = frame->x[2];
	cpu->boot_arg = frame->x[3];
	nuc_dsb(ish);
	frame->x[0] = PSCI_CPU_ON | PSCI_64;
	frame->x[2] = start_pa();
	frame->x[3] = cpu_pa(cpu);
	smc_forward(frame);
	/* Refused, or already on: no core will come and set it back. Pairs with the acquire above */
	if (frame->x[0])
		__atomic_store_n(&cpu->boot_state, BOOT_IDLE, __ATOMIC_RELEASE);
}

/* @n: where entry point and context stand among the arguments. Returns only if the CPU stayed on. */
static void psci_suspend(struct nuc_frame *frame, u32 n)
{
	struct nuc_cpu *cpu = nuc_cpu();

	cpu->boot_entry = frame->x[n];
	cpu->boot_arg = frame->x[n + 1];
	frame->x[0] |= PSCI_64;
	frame->x[n] = start_pa();
	frame->x[n + 1] = cpu_pa(cpu);
	nuc_dsb(sy);
	smc_forward(frame);
}

static bool is_ffa(u32 fn)
{
	return (fn & ~PSCI_64) >= FFA_FIRST && (fn & ~PSCI_64) <= FFA_LAST;
}

void psci_host_smc(struct nuc_frame *frame)
{
	/* SMCCC: only bits 31:0 count */
	u32 fn = frame->x[0];

	frame->x[0] = fn;
	if (is_ffa(fn)) {
		frame->x[0] = SMCCC_NOT_SUPPORTED;
		return;
	}
	switch (fn & ~PSCI_64) {
	case PSCI_CPU_ON:
		psci_cpu_on(frame);
		break;
	case PSCI_CPU_SUSPEND:
		psci_suspend(frame, 2);
		break;
	case PSCI_CPU_DEFAULT_SUSPEND:
	case PSCI_SYSTEM_SUSPEND:
		psci_suspend(frame, 1);
		break;
	default:
		smc_forward(frame);
		break;
	}
}

/* A core that was never online has nothing remembered: another one's will do, ID registers are its own */
static const struct nuc_cpu *snapshot_of(const struct nuc_cpu *cpu)
{
	u32 i;

	if (cpu->flags & NUC_CPU_SNAP)
		return cpu;
	for (i = 0; i < nuc_config.nr_cpus; i++)
		if (nuc_cpu_nr(i)->flags & NUC_CPU_SNAP)
			return nuc_cpu_nr(i);
	nuc_panic("3: no CPU remembers how the host's EL2 looked");
}

/* nuc_cpu_start: MMU on, this CPU's stack. Returns x0 for the host's entry point; ELR_EL2 and SPSR_EL2 are set */
u64 psci_started(struct nuc_cpu *cpu)
{
	const struct nuc_cpu *from = snapshot_of(cpu);
	u64 entry = cpu->boot_entry, arg = cpu->boot_arg;

	init_this_cpu(cpu);
	el2_replay(from);
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	sysreg_write(vmpidr_el2, sysreg_read(mpidr_el1));
	/* Stage-2 before anything of the host's runs: invariant 3 */
	cpu->host_hcr = from->host_hcr;
	init_host_stage2(cpu);
	cpu->flags |= NUC_CPU_ONLINE | NUC_CPU_FINAL;
	sysreg_write(sctlr_el1, SCTLR_EL1_OFF);
	sysreg_write(elr_el2, entry);
	sysreg_write(spsr_el2, SPSR_EL1H_MASKED);
	/* From here CPU_ON may be told a new entry point. Pairs with the acquire in psci_cpu_on() */
	__atomic_store_n(&cpu->boot_state, BOOT_IDLE, __ATOMIC_RELEASE);
	nuc_isb();
	return arg;
}
