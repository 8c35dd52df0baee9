/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the nucleus know of each other. Three builds see it: the EL2 object (clang, freestanding), the
 * anchor with KEEL_VHE (gcc, kernel code, host at EL2), and tests. No host header but through core/port.h.
 *
 * Everything runs with interrupts masked on the CPU it was called on; nothing sleeps.
 */
#ifndef KEEL_NVHE_NUCLEUS_H
#define KEEL_NVHE_NUCLEUS_H

#include "core/port.h"
#include "abi/boot.h"
#include "abi/hcall.h"
#include "abi/vcpu.h"
#include "nvhe/spinlock.h"
#include "nvhe/sysreg.h"

#ifndef KEEL_VHE
/* Hidden for declarations too: an extern must never go through the GOT, which no relocation entry describes. */
#pragma GCC visibility push(hidden)
#endif

struct nuc_vm;			/* nvhe/vm.h */
struct nuc_vcpu;

/*
 * Init code runs with the MMU off, at physical addresses, with the data cache off: no locks, no atomics, no
 * function pointers or other absolute addresses, no unaligned access (the build has -mstrict-align).
 */

/* ---- addresses ---------------------------------------------------------------------------------------------- */

/*
 * EL2 address of a physical address; valid only where EL2 maps it (mmu.c). With the MMU off, while tables are
 * built, nuc_va_offset is 0 and both are the same; init.c sets it as it turns the MMU on.
 */
#ifdef KEEL_VHE
void *nuc_va(u64 pa);			/* host's linear map, host/anchor/vhe.c */
u64 nuc_pa(const void *va);
#else
extern u64 nuc_va_offset;

static inline void *nuc_va(u64 pa)
{
	return (void *)(uintptr_t)(pa + nuc_va_offset);
}

static inline u64 nuc_pa(const void *va)
{
	return (u64)(uintptr_t)va - nuc_va_offset;
}
#endif

/* ---- what is fixed at boot ---------------------------------------------------------------------------------- */

/* Private copy of what the anchor told, checked by init.c; constant from the first hypercall on */
struct nuc_config {
	u32 mode;			/* KEEL_FEAT_* */
	u32 nr_cpus;
	u64 image_pa, image_size;
	u64 rodata_offset, data_offset;
	u64 va_offset;
	u64 pool_pa, pool_pages;
	u64 log_pa, log_size;
	u64 panic_entry;
	u32 nr_regions;
	u32 nr_chunks;
	struct keel_boot_region regions[KEEL_MAX_REGIONS];
	struct keel_boot_chunk chunks[KEEL_MAX_CHUNKS];
	u64 cpu_pa[KEEL_MAX_CPUS];
};

extern struct nuc_config nuc_config;
/* config.c, first CPU: check and copy; 0 or -EINVAL. @boot is not looked at again */
int config_copy(const struct keel_boot *boot);
/* 0 until finalise, then 1; in protected mode nothing of SETUP works from then on. Read with nuc_finalised() */
extern u32 nuc_finalised_flag;

static inline bool nuc_protected(void)
{
	return nuc_config.mode == KEEL_FEAT_PROTECTED;
}

static inline bool nuc_is_vhe(void)
{
#ifdef KEEL_VHE
	return true;
#else
	return false;
#endif
}

static inline bool nuc_finalised(void)
{
	return __atomic_load_n(&nuc_finalised_flag, __ATOMIC_ACQUIRE);
}

/* ---- CPUs --------------------------------------------------------------------------------------------------- */

#define NUC_SNAP_MAX	40	/* EL2 registers that the kernel programmed on this CPU, replayed by psci.c */

/* One per CPU, in its last KEEL_CPU_DATA_PAGES; TPIDR_EL2 points to it (vhe: a per-CPU variable of the host) */
struct nuc_cpu {
	u32 nr;				/* 0..nr_cpus - 1 */
	u32 flags;			/* NUC_CPU_* */
	u64 stub_vbar, stub_sctlr;	/* VBAR_EL2 and SCTLR_EL2 of the kernel's stub; entry.S */
	u64 host_keys[10];		/* pointer authentication keys while a guest runs; guest.S */
	u64 mpidr;			/* affinity bits */
	u64 host_hcr;			/* HCR_EL2 while the host runs */
	u64 host_vttbr;			/* VTTBR_EL2 while the host runs; 0 in nvhe */
	u64 host_vtcr;
	u32 caps;			/* NUC_CAP_*, switch.h; 0: switch.c has not looked at this CPU yet */
	u16 sve_vqs;			/* SVE vector lengths, bit n - 1 for 16 * n bytes; 0: none, or sve.c has not looked yet */
	u64 hcr, hcr_flags;		/* HCR_EL2 of the last guest here, and the ctl.flags it is for; hcr 0: none */
	struct nuc_vcpu *running;	/* between guest entry and exit, else NULL */
	u64 boot_entry, boot_arg;	/* CPU_ON: where the host wants to start */
	u32 nr_snap;
	u32 boot_state;			/* psci.c */
	u64 snap[NUC_SNAP_MAX];
	/* The host's registers while a guest runs: switch.c */
	struct {
		u64 sysreg[KEEL_SR_NR];
		struct keel_vcpu_dbg dbg;
		u64 elr, spsr, sp_el0;
		u64 mdscr, mdcr, cptr, vbar, vmpidr;
		u64 cnthctl, cntvoff, icc_sre, hcrx, fgt[5], hstr;
		u64 zcr_el2, zcr_el1;
		struct keel_vcpu_mte mte;
		u64 pmuserenr, pmselr;
	} host;
};

#define NUC_CPU_ONLINE	BIT(0)		/* EL2 is set up on this CPU */
#define NUC_CPU_SNAP	BIT(1)		/* snap[] is valid */
#define NUC_CPU_FINAL	BIT(2)		/* finalise was called on this CPU */

static_assert(sizeof(struct nuc_cpu) <= KEEL_CPU_DATA_PAGES * 4096, "fits its pages");

#ifdef KEEL_VHE
/* As the kernel finds it, for this header knows none of the kernel's: an offset in TPIDR_EL2 */
extern struct nuc_cpu nucleus_cpu;

static inline struct nuc_cpu *nuc_cpu(void)
{
	return (struct nuc_cpu *)((uintptr_t)&nucleus_cpu + (uintptr_t)sysreg_read(tpidr_el2));
}
#else
static inline struct nuc_cpu *nuc_cpu(void)
{
	return (struct nuc_cpu *)(uintptr_t)sysreg_read(tpidr_el2);
}
#endif

/* Any CPU's; nr < nuc_config.nr_cpus */
struct nuc_cpu *nuc_cpu_nr(u32 nr);

/* ---- exceptions --------------------------------------------------------------------------------------------- */

/* General registers of the host when it trapped; entry.S lays it out */
struct nuc_frame {
	u64 x[31];
	u64 elr;
	u64 spsr;
	u64 pad;
};

/* trap.c: every synchronous exception from the host but a keel HVC */
void nuc_trap_host(struct nuc_frame *frame);

/* trap.c: let EL1 take an exception of its own, as if the hardware had raised it: ESR_EL1, FAR_EL1, vector by PSTATE */
void nuc_inject_host(struct nuc_frame *frame, u64 esr, u64 far);

/* hcall.c: number and arguments as the host gave them */
s64 nuc_hcall(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);
#ifdef KEEL_VHE
s64 nuc_vcpu_run(u64 vm, u64 idx);
#endif

/*
 * hcall.def's calls, s64 hc_NAME(typed arguments); arguments fit their types. Called with no lock held. mem.c:
 * host_*, pool_*; vm.c: vm_*, vcpu_create, vcpu_destroy, vcpu_sve, guest_*; hcall.c: the rest.
 */
typedef u64 nuc_arg_page;
typedef u64 nuc_arg_ipa;
typedef u32 nuc_arg_vm;
typedef u16 nuc_arg_vcpu;
typedef u8 nuc_arg_u8;
typedef u16 nuc_arg_u16;
typedef u32 nuc_arg_u32;
typedef u64 nuc_arg_u64;
#define HCALL(nr, name, phase, since, doc, n, ...)	s64 hc_##name(KEEL_PARAMS##n(nuc_arg_, ##__VA_ARGS__));
#include "abi/hcall_each.h"

/* ---- mmu.c -------------------------------------------------------------------------------------------------- */

/*
 * Boot CPU, MMU off, nuc_config filled, nuc_va_offset 0 (the map is made for nuc_config.va_offset): the EL2 stage-1
 * tables out of the pool: image text RX (and its first page, which holds the init text, identity too), rodata R,
 * data RW, each CPU's stack and struct nuc_cpu RW but not the guard page, pool RW, ownership table RW, log RW.
 * Returns 0 or errno.
 */
int mmu_init(void);
/* First CPU, MMU on, before anything else of mmu.c: what mmu_init() left behind becomes EL2 addresses */
void mmu_rebase(void);
/* TTBR0_EL2, TCR_EL2, MAIR_EL2 to program on each CPU; MMU off or on */
u64 mmu_ttbr(void);
u64 mmu_tcr(void);
u64 mmu_mair(void);
/* At finalise, MMU on: the host's stage-2 (protected only). 0 or errno */
int mmu_host_init(void);
/* VTTBR_EL2 and VTCR_EL2 of the host; valid after mmu_host_init() */
u64 mmu_host_vttbr(void);
u64 mmu_host_vtcr(void);
/*
 * A stage-2 abort of the host (EC 0x20 or 0x24). true: mapped or spurious, the host tries again; false: the
 * host must not have that page, trap.c injects the fault. @ipa: page address from HPFAR, or resolved.
 */
bool mmu_host_abort(u64 esr, u64 ipa);

/* ---- mem.c -------------------------------------------------------------------------------------------------- */

/* Boot CPU, MMU on, first call after the tables: ownership of all RAM, the pool. 0 or errno */
int mem_setup(void);

/* ---- vm.c --------------------------------------------------------------------------------------------------- */

/*
 * nvhe/vm.h has struct nuc_vm with at least vttbr, vtcr (complete values), last_vcpu[KEEL_MAX_CPUS] (index + 1 of the vCPU
 * that last ran on that CPU, 0 none: switch.c's), and struct nuc_vcpu with at least vm, idx, page (EL2 address).
 */
/* Find and claim a vCPU for this CPU: NULL and *err = -ENOENT, -EBUSY (running elsewhere). Holds off its destruction */
struct nuc_vcpu *vcpu_take(u32 vm, u16 idx, int *err);
/* void vcpu_put(struct nuc_vcpu *vcpu): nvhe/vm.h */

/* ---- switch.c ----------------------------------------------------------------------------------------------- */

/* Run the guest until an exit; KEEL_EXIT_* */
s64 switch_run(struct nuc_vcpu *vcpu);
/*
 * HPFAR_EL2 of the abort that EL2 has just taken, resolved by a stage-1 walk where the hardware leaves it stale. false:
 * the walk fails now, the access is to be tried again
 */
bool switch_fault_hpfar(u64 esr, u64 far, u64 *hpfar);
/* sve.c: vector lengths of this CPU, as in struct nuc_cpu; asked for the first time its SVE registers get lost */
u16 switch_sve_look(void);
/* Put the host's registers back on this CPU, from wherever the world switch was; for panic.c */
void switch_abandon(void);
/*
 * Run a TLB operation for @vm: VTTBR and VTCR are the guest's between begin and end. Lock of the VM held.
 */
struct nuc_tlb_ctx { u64 vttbr, vtcr, hcr; };
void switch_tlb_begin(struct nuc_vm *vm, struct nuc_tlb_ctx *ctx);
void switch_tlb_end(struct nuc_tlb_ctx *ctx);

/* ---- psci.c, stub.c ----------------------------------------------------------------------------------------- */

/* An SMC of the host, protected mode. Result in frame->x[0..3] */
void psci_host_smc(struct nuc_frame *frame);
/* HVC 0..3. true if it was a stub call and has been answered */
bool stub_call(struct nuc_frame *frame);

/* ---- panic.c ------------------------------------------------------------------------------------------------ */

/*
 * A broken invariant, cited by its number: "2: host maps a nucleus page". The only way to die; never for input.
 */
_Noreturn void nuc_panic(const char *invariant);
#define NUC_INVARIANT(cond, text) do { if (__builtin_expect(!(cond), 0)) nuc_panic(text); } while (0)

#ifndef KEEL_VHE
#pragma GCC visibility pop
#endif

#endif
