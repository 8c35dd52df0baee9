/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM and its vCPUs as the nucleus sees them, in the KEEL_VM_PAGES pages that the host gave for them.
 */
#ifndef KEEL_NVHE_VM_H
#define KEEL_NVHE_VM_H

#include "core/pgtable.h"
#include "nvhe/nucleus.h"

struct nuc_vm;

/**
 * struct nuc_vcpu - one vCPU
 * @page: EL2 address of its page, NULL when there is no such vCPU (slot lock)
 * @page_pa: physical address of the page
 * @vm: the VM; constant from vcpu_create on
 * @idx: its index in the VM
 * @taken: a CPU has it, in vcpu_run or vcpu_sync (slot lock to set; who has it clears it, with release)
 * @sve_vq: largest SVE vector length, 16 bytes; 0: no SVE (this and what follows: who has taken it)
 * @sve_vqs: the lengths it can see, bit n - 1 for 16 * n bytes
 * @sve_pa: keel_sve_pages() pages of its SVE registers
 */
struct nuc_vcpu {
	struct keel_vcpu_page *page;
	u64 page_pa;
	struct nuc_vm *vm;
	u16 idx;
	bool taken;
	u8 sve_vq;
	u16 sve_vqs;
	u64 sve_pa;
};

/**
 * struct nuc_vm - one VM
 * @vttbr: VTTBR_EL2 with VMID and root
 * @vtcr: VTCR_EL2
 * @pt: stage-2 (operation lock)
 * @supply: its table pages (operation lock)
 * @vm_pa: where this struct is
 * @handle: its handle; constant
 * @slot: its slot; VMID and pgstate slot are slot + 1
 * @nr_vcpus: vCPUs that exist (slot lock)
 * @last_vcpu: index + 1 of the vCPU that last ran on each CPU, 0 none; that CPU's to change
 * @vcpus: by index
 */
struct nuc_vm {
	u64 vttbr, vtcr;
	struct pgtable pt;
	struct pagelist supply;
	u64 vm_pa;
	u32 handle;
	u32 slot;
	u32 nr_vcpus;
	u16 last_vcpu[KEEL_MAX_CPUS];
	struct nuc_vcpu vcpus[KEEL_MAX_VCPUS];
};

static_assert(sizeof(struct nuc_vm) <= KEEL_VM_PAGES * KEEL_PAGE_SIZE, "fits the pages of vm_create");

#ifndef KEEL_VHE
#pragma GCC visibility push(hidden)
#endif

/* vm.c: the VM of a live handle with its operation lock held, or NULL; vm_unlock() ends it */
struct nuc_vm *vm_lock(u32 handle);
void vm_unlock(struct nuc_vm *vm);

/* Undo vcpu_take() */
static inline void vcpu_put(struct nuc_vcpu *vcpu)
{
	__atomic_store_n(&vcpu->taken, false, __ATOMIC_RELEASE);
}

#ifndef KEEL_VHE
#pragma GCC visibility pop
#endif

#endif
