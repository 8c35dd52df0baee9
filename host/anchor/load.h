/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that bring up the nucleus and keep it on every CPU know of each other: mode.c, loader.c, memory.c,
 * power.c, sve.c, irq.c, pmu.c, kexec.c, call.c, vhe.c.
 */
#ifndef KEEL_ANCHOR_LOAD_H
#define KEEL_ANCHOR_LOAD_H

#include <linux/types.h>

struct dentry;

#include "abi/boot.h"
#include "abi/hcall_host.h"

/* mode.c: KEEL_FEAT_NVHE, _PROTECTED or _VHE, or a negative errno with one line in the log */
int keel_mode_choose(void);
/* The mode that runs; 0 before the nucleus does */
extern u32 keel_mode;

/* mode.c: who is at EL2 */
#define KEEL_EL2_STUB		0	/* the kernel's stub: nobody */
#define KEEL_EL2_NUCLEUS	1
#define KEEL_EL2_OTHER		2	/* the built-in KVM, or a hypervisor that answers HVCs */
int keel_el2_probe(void);

/* loader.c: bring the nucleus up on all CPUs; 0 or errno, nothing left behind */
int keel_load(void);
/* This module goes, by force, with nothing registered any more: the nucleus stays, but for vhe */
void keel_abandon(void);
/* This CPU, interrupts masked: take EL2 if the stub has it; end set-up for this CPU. 0 or errno */
int keel_take_this_cpu(void);
/* File "nucleus" in the anchor's debugfs directory */
void keel_load_debugfs(struct dentry *dir);

/* memory.c */
int keel_memory_regions(struct keel_boot *boot);
int keel_memory_chunks(struct keel_boot *boot);
int keel_memory_pool(struct keel_boot *boot);
void keel_memory_free(struct keel_boot *boot);
/* More for the running nucleus' pool, after a call that said -ENOMEM: 0, then the call is to be made again; or errno */
int keel_pool_grow(void);
size_t keel_memory_bytes(const struct keel_boot *boot);
void keel_clean_range(const void *va, size_t bytes);

/* power.c: CPUs that come and go; after keel_load() */
int keel_power_init(void);
void keel_power_exit(void);

/* sve.c: vector lengths of all CPUs; after keel_power_init(), whose callback comes first on a CPU */
int keel_sve_init(void);
void keel_sve_exit(void);

/* irq.c: the PPIs behind guests' interrupts; after keel_load(). What is not there is told in the log */
void keel_irqs_init(void);
void keel_irqs_exit(void);

/* gicv2.c: the host's GICv2, found by irq.c */
int gicv2_init(phys_addr_t ctrl, phys_addr_t cpu, u64 cpu_size);
void gicv2_exit(void);
bool gicv2_there(void);
void gicv2_reset_cpu(void);

/* pmu.c: after keel_load() */
void keel_pmu_init(void);
void keel_pmu_exit(void);

/* kexec.c, protected mode */
int keel_kexec_check(void);
void keel_kexec_forbid(void);

/* vhe.c; nuc_hcall() is the nucleus' dispatcher, built into the anchor, and nuc_vcpu_run() one of its calls */
s64 nuc_hcall(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);
s64 nuc_vcpu_run(u64 vm, u64 idx);
int keel_vhe_start(const struct keel_boot *boot);

/* panic: EL1 entry of a nucleus that died */
void keel_nucleus_panic(u64 length);

#endif
