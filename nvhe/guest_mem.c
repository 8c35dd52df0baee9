// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's calls on a guest's stage-2: from typed arguments to core/pgtable.c under the VM's operation lock. It owns one
 * rule: in protected mode a guest gets no page that is not the host's to lend, and lent pages are counted (mem_lock is
 * held from the check to the TLB invalidation, so none is given away while a guest can still reach it).
 */
#include "nvhe/mem.h"
#include "nvhe/vm.h"

/* An operation on the VM of a handle, under its operation lock: what @op says of @vm, or -ENOENT */
#define ON_VM(vm, handle, op) ({			\
	struct nuc_vm *vm = vm_lock(handle);		\
	s64 _ret = -ENOENT;				\
							\
	if (vm) {					\
		_ret = (op);				\
		vm_unlock(vm);				\
	}						\
	_ret;						\
})

/* And mem_lock too, where leaves that come and go are counted */
#define COUNTED(vm, op) ({				\
	bool _counted = (vm)->pt.counted;		\
	s64 _result;					\
							\
	if (_counted)					\
		nuc_lock(&mem_lock);			\
	_result = (op);					\
	if (_counted)					\
		nuc_unlock(&mem_lock);			\
	_result;					\
})

void pgtable_note_map(const struct pgtable *pt, u64 pa, u64 size)
{
	pgstate_apply(&mem_state, PGSTATE_MAP, 0, pa, size >> KEEL_PAGE_SHIFT);
}

void pgtable_note_unmap(const struct pgtable *pt, u64 pa, u64 size)
{
	pgstate_apply(&mem_state, PGSTATE_UNMAP, 0, pa, size >> KEEL_PAGE_SHIFT);
}

/* Locks held */
static int map(struct nuc_vm *vm, u64 ipa, u64 pa, u8 level, u8 prot)
{
	int err = 0;

	if (vm->pt.counted)
		err = mem_guest_may_map(pa, 1ULL << (9 * (3 - level)), prot & KEEL_PROT_DEVICE);
	return err ? err : pgtable_map(&vm->pt, ipa, pa, level, prot);
}

s64 hc_guest_map(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_page pa, nuc_arg_u8 level, nuc_arg_u8 prot)
{
	if (level < 1 || level > PGTABLE_LAST_LEVEL)
		return -EINVAL;
	return ON_VM(vm, handle, COUNTED(vm, map(vm, ipa, pa, level, prot)));
}

s64 hc_guest_unmap(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	return ON_VM(vm, handle, COUNTED(vm, pgtable_unmap(&vm->pt, ipa, n)));
}

s64 hc_guest_wrprotect(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	return ON_VM(vm, handle, pgtable_wrprotect(&vm->pt, ipa, n));
}

s64 hc_guest_age(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n, nuc_arg_u8 clear)
{
	return ON_VM(vm, handle, pgtable_age(&vm->pt, ipa, n, clear));
}

s64 hc_guest_mkyoung(nuc_arg_vm handle, nuc_arg_ipa ipa)
{
	return ON_VM(vm, handle, pgtable_mkyoung(&vm->pt, ipa));
}

s64 hc_guest_relax(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u8 prot)
{
	return ON_VM(vm, handle, pgtable_relax(&vm->pt, ipa, prot));
}

s64 hc_guest_split(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	return ON_VM(vm, handle, pgtable_split(&vm->pt, ipa, n));
}

static int flush_tlb(struct nuc_vm *vm)
{
	pgtable_hw_barrier();
	pgtable_hw_tlbi(&vm->pt, NULL, 0);
	return 0;
}

s64 hc_guest_flush_tlb(nuc_arg_vm handle)
{
	return ON_VM(vm, handle, flush_tlb(vm));
}

/* The output address is that of the leaf's first page */
s64 hc_guest_lookup(nuc_arg_vm handle, nuc_arg_ipa ipa)
{
	struct pgtable_leaf leaf;
	s64 ret = ON_VM(vm, handle, pgtable_lookup(&vm->pt, ipa, &leaf));

	if (!ret)
		ret = leaf.pa | (u64)leaf.prot << 52 | (u64)leaf.level << 60;
	return ret;
}

s64 hc_guest_next(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	struct pgtable_leaf leaf;
	s64 ret = ON_VM(vm, handle, pgtable_next(&vm->pt, ipa, n, &leaf));

	return ret ? ret : (s64)(leaf.ia | leaf.level);
}

s64 hc_guest_run(nuc_arg_vm handle, nuc_arg_ipa ipa, nuc_arg_u64 n)
{
	struct pgtable_run run;
	s64 ret;

	if (n > KEEL_RUN_MAX)
		return -EINVAL;
	ret = ON_VM(vm, handle, pgtable_run(&vm->pt, ipa, n, &run));
	if (ret)
		return ret;
	return run.pa >> KEEL_PAGE_SHIFT | (run.pages - 1) << KEEL_RUN_MORE_SHIFT |
	       (run.ia - ipa) >> KEEL_PAGE_SHIFT << KEEL_RUN_SKIP_SHIFT | (run.device ? KEEL_RUN_DEVICE : 0);
}
