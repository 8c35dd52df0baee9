// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the kernel's stub at EL2 to the nucleus at EL2. The first CPU takes over what the anchor says (config.c) and has
 * the tables built, all with the MMU off; then each CPU turns its MMU on (entry.S) and finishes here. Up to
 * finalise the anchor is trusted. Not part of the vhe build.
 */
#include "nvhe/nucleus.h"
#include "nvhe/el2.h"
#include "nvhe/offsets.h"

static_assert(offsetof(struct keel_boot, cpus) == BOOT_CPUS, "entry.S");
static_assert(offsetof(struct keel_boot_cpu, pa) == BOOT_CPU_PA, "entry.S");
static_assert(sizeof(struct keel_boot_cpu) == 1 << BOOT_CPU_SHIFT, "entry.S");
static_assert(offsetof(struct nuc_cpu, stub_vbar) == CPU_STUB_VBAR, "entry.S");
static_assert(offsetof(struct nuc_cpu, stub_sctlr) == CPU_STUB_SCTLR, "entry.S");
static_assert((KEEL_CPU_GUARD_PAGES + KEEL_CPU_STACK_PAGES) * 4096 == CPU_DATA_OFFSET, "entry.S");

/*
 * SCTLR_EL2 of the nucleus: RES1 bits, M, C, I, SA (stack alignment), WXN (what is writable is never executable).
 * Not A: alignment faults are of no use where all memory is Normal.
 */
#define SCTLR_EL2_ON	(0x30c50830UL | BIT(0) | BIT(2) | BIT(3) | BIT(12) | BIT(19))

struct nuc_init_params nuc_init_params;
u64 nuc_va_offset;

struct nuc_cpu *nuc_cpu_nr(u32 nr)
{
	return nuc_va(nuc_config.cpu_pa[nr] + CPU_DATA_OFFSET);
}

/*
 * What was written with the cache off is in memory; a line that some speculative read of the host brought into the
 * cache meanwhile is older and must go before anybody reads through the cache.
 */
static void drop_stale_lines(u64 pa, u64 bytes)
{
	u64 line = 4UL << ((sysreg_read(ctr_el0) >> 16) & 0xf);
	u64 end = pa + bytes;

	for (pa &= ~(line - 1); pa < end; pa += line)
		asm volatile("dc civac, %0" : : "r" (pa) : "memory");
	nuc_dsb(sy);
}

/*
 * First CPU, MMU off, called by keel_takeover. Returns 0 or an errno, 64 bits wide as the anchor reads x0; on an error
 * nothing of this CPU was changed and the memory can be given back.
 */
s64 init_boot(const struct keel_boot *boot)
{
	u32 i;
	int err = config_copy(boot);

	if (err)
		return err;
	err = mmu_init();
	if (err)
		return err;
	nuc_init_params.ttbr = mmu_ttbr();
	nuc_init_params.tcr = mmu_tcr();
	nuc_init_params.mair = mmu_mair();
	nuc_init_params.sctlr = SCTLR_EL2_ON;
	nuc_init_params.va_offset = nuc_config.va_offset;
	nuc_va_offset = nuc_config.va_offset;
	drop_stale_lines(nuc_config.image_pa + nuc_config.data_offset,
			 nuc_config.image_size - nuc_config.data_offset);
	drop_stale_lines(nuc_config.pool_pa, nuc_config.pool_pages * 4096);
	for (i = 0; i < nuc_config.nr_cpus; i++)
		drop_stale_lines(nuc_config.cpu_pa[i], KEEL_CPU_PAGES * 4096);
	return 0;
}

/* What a CPU needs each time it comes to EL2, by take-over or by PSCI. Host registers follow in el2.c, psci.c. */
void init_this_cpu(struct nuc_cpu *cpu)
{
	cpu->mpidr = sysreg_read(mpidr_el1) & NUC_MPIDR_AFF;
	cpu->running = NULL;
	cpu->caps = 0;
	sysreg_write(vbar_el2, nuc_text_va(nuc_vectors));
	nuc_isb();
}

/*
 * MMU on, called by keel_takeover on each CPU with its number. The EL2 registers the kernel set up stay as they are
 * and are remembered; in protected mode the host's stage-2 comes with finalise, or now if that was before.
 */
s64 init_cpu(struct nuc_cpu *cpu, u32 nr, u32 first)
{
	u64 hcr = sysreg_read(hcr_el2);
	int err;

	if (hcr & (HCR_E2H | HCR_TGE))
		return -EOPNOTSUPP;
	/* Set-up is closed: a core that the relay did not start has no business here */
	if (nuc_protected() && nuc_finalised())
		return -EPERM;
	cpu->nr = nr;
	cpu->host_hcr = hcr;
	init_this_cpu(cpu);
	if (first) {
		mmu_rebase();
		err = mem_setup();
		if (err)
			return err;
	}
	el2_snapshot(cpu);
	cpu->flags |= NUC_CPU_ONLINE | NUC_CPU_SNAP;
	return 0;
}

/*
 * hc_finalise(), protected: from the first call on, every CPU gets the host's stage-2 with its next keel call
 * of that name; the anchor makes it on each online CPU, and a CPU that comes later comes by the relay.
 */
void init_host_stage2(struct nuc_cpu *cpu)
{
	cpu->host_vttbr = mmu_host_vttbr();
	cpu->host_vtcr = mmu_host_vtcr();
	cpu->host_hcr |= HCR_VM | HCR_TSC;
	sysreg_write(vtcr_el2, cpu->host_vtcr);
	sysreg_write(vttbr_el2, cpu->host_vttbr);
	nuc_isb();
	/* VMID 0 had no meaning while VM was 0; leave nothing of it, stage 1 included */
	asm volatile("tlbi vmalls12e1" ::: "memory");
	nuc_dsb(nsh);
	sysreg_write(hcr_el2, cpu->host_hcr);
	nuc_isb();
}
