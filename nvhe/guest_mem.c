// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's calls on a guest's stage-2: from typed arguments to core/pgtable.c under the VM's operation lock. It owns one
 * rule: in protected mode a guest gets no page that is not the host's to lend, and lent pages are counted (mem_lock is
 * held from the check to the TLB invalidation, so none is given away while a guest can still reach it).
 */
#include "nvhe/mem.h"
#include "nvhe/vm.h"

static void lock_counted(const struct nuc_vm *vm)
{
	if (vm->pt.counted)
		nuc_lock(&mem_lock);
}

static void unlock_counted(const struct nuc_vm *vm)
{
	if (vm->pt.counted)
		nuc_unlock(&mem_lock);
}

void pgtable_note_map(const struct pgtable *pt, u64 pa, u64 size)
{
	pgstate_apply(&mem_state, PGSTATE_MAP, 0, pa, size >> KEEL_PAGE_SHIFT);
}

void pgtable_note_unmap(const struct pgtable *pt, u64 pa, u64 size)
{
	pgstate_apply(&mem_state, PGSTATE_UNMAP, 0, pa, size >> KEEL_PAGE_SHIFT);
}

s64 hc_guest_map(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_page pa, nuc_arg_u8 level, nuc_arg_u8 prot)
{
	struct nuc_vm *vm;
	int err = 0;

	if (level < 1 || level > PGTABLE_LAST_LEVEL)
		return -EINVAL;
	vm = vm_lock(handle);
	if (!vm)
		return -ENOENT;
	lock_counted(vm);
	if (vm->pt.counted)
		err = mem_guest_may_map(pa, 1ULL << (9 * (3 - level)), prot & KEEL_PROT_DEVICE);
	if (!err)
		err = pgtable_map(&vm->pt, ipa, pa, level, prot);
	unlock_counted(vm);
	vm_unlock(vm);
	return err;
}

s64 hc_guest_unmap(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	struct nuc_vm *vm = vm_lock(handle);
	s64 ret;

	if (!vm)
		return -ENOENT;
	lock_counted(vm);
	ret = pgtable_unmap(&vm->pt, ipa, n);
	unlock_counted(vm);
	vm_unlock(vm);
	return ret;
}

s64 hc_guest_wrprotect(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	struct nuc_vm *vm = vm_lock(handle);
	s64 ret;

	if (!vm)
		return -ENOENT;
	ret = pgtable_wrprotect(&vm->pt, ipa, n);
	vm_unlock(vm);
	return ret;
}

s64 hc_guest_age(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n, nuc_arg_u8 clear)
{
	struct nuc_vm *vm = vm_lock(handle);
	s64 ret;

	if (!vm)
		return -ENOENT;
	ret = pgtable_age(&vm->pt, ipa, n, clear);
	vm_unlock(vm);
	return ret;
}

s64 hc_guest_mkyoung(nuc_arg_vm handle, nuc_arg_ipa ipa)
{
	struct nuc_vm *vm = vm_lock(handle);
	s64 ret;

	if (!vm)
		return -ENOENT;
	ret = pgtable_mkyoung(&vm->pt, ipa);
	vm_unlock(vm);
	return ret;
}

s64 hc_guest_relax(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u8 prot)
{
	struct nuc_vm *vm = vm_lock(handle);
	s64 ret;

	if (!vm)
		return -ENOENT;
	ret = pgtable_relax(&vm->pt, ipa, prot);
	vm_unlock(vm);
	return ret;
}

s64 hc_guest_split(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	struct nuc_vm *vm = vm_lock(handle);
	s64 ret;

	if (!vm)
		return -ENOENT;
	ret = pgtable_split(&vm->pt, ipa, n);
	vm_unlock(vm);
	return ret;
}

s64 hc_guest_flush_tlb(nuc_arg_vm handle)
{
	struct nuc_vm *vm = vm_lock(handle);

	if (!vm)
		return -ENOENT;
	pgtable_hw_barrier();
	pgtable_hw_tlbi(&vm->pt, NULL, 0);
	vm_unlock(vm);
	return 0;
}

/* The output address is that of the leaf's first page */
s64 hc_guest_lookup(nuc_arg_vm handle, nuc_arg_ipa ipa)
{
	struct nuc_vm *vm = vm_lock(handle);
	struct pgtable_leaf leaf;
	s64 ret;

	if (!vm)
		return -ENOENT;
	ret = pgtable_lookup(&vm->pt, ipa, &leaf);
	vm_unlock(vm);
	if (!ret)
		ret = leaf.pa | (u64)leaf.prot << 52 | (u64)leaf.level << 60;
	return ret;
}
