// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nucleus as host code, for a host at EL2: what the EL2 object has from its own entry code, the sources in nvhe/
 * have from here. The one file of the host that may include nvhe/. There is nobody to protect from the host in this
 * mode; the calls, their checks and their ownership records are the same.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/percpu.h>

#include "nvhe/nucleus.h"
#include "load.h"

/* nuc_cpu() has this CPU's by the symbol */
DEFINE_PER_CPU(struct nuc_cpu, nucleus_cpu);

struct nuc_cpu *nuc_cpu_nr(u32 nr)
{
	return per_cpu_ptr(&nucleus_cpu, nr);
}

void *nuc_va(u64 pa)
{
	return phys_to_virt(pa);
}

u64 nuc_pa(const void *va)
{
	return virt_to_phys((void *)va);
}

void nuc_panic(const char *invariant)
{
	switch_abandon();
	panic("keel: %s", invariant);
}

/* guest.S: EL2 itself took an exception between guest entry and exit */
void nuc_vhe_died(void);
void nuc_vhe_died(void)
{
	u64 esr = sysreg_read(esr_el2), elr = sysreg_read(elr_el2), far = sysreg_read(far_el2);

	switch_abandon();
	panic("keel: exception in the world switch: esr %#llx pc %#llx far %#llx", esr, elr, far);
}

int keel_vhe_start(const struct keel_boot *boot)
{
	int err = config_copy(boot);

	err = err ?: mmu_init();
	return err ?: mem_setup();
}
