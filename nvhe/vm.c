// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs and vCPUs: which exist, in whose pages, and who has them. It owns the slots; it trusts no handle, index or address.
 *
 * A slot has two locks. The operation lock is held over anything that changes the VM (stage-2 operations can be long).
 * The slot lock is held for a few instructions: over the way from handle to vCPU, which every guest entry takes, and over
 * what makes that way lead elsewhere. Both are in the slot, not in the VM: they outlive it.
 * Order: operation lock, slot lock, slots_lock, mem_lock.
 */
#include "core/handle.h"
#include "nvhe/mem.h"
#include "nvhe/vm.h"

struct vm_slot {
	struct nuc_lock op_lock, lock;
	struct nuc_vm *vm;		/* op_lock and lock to change, either to read */
	struct pagelist left;		/* op_lock: of a dead VM, table pages that wait for vm_reclaim */
};

static struct vm_slot slots[KEEL_MAX_VMS];
static struct handle_table handles;	/* slots_lock; a live slot's entry does not change under op_lock or lock */
static struct nuc_lock slots_lock;

static_assert(HANDLE_SLOTS == KEEL_MAX_VMS, "one slot for each VMID but 0");

/* A slot that exists, whatever the handle is worth */
static struct vm_slot *slot_of(u32 handle)
{
	return handle_slot(handle) < KEEL_MAX_VMS ? &slots[handle_slot(handle)] : NULL;
}

static u32 nr_of(const struct vm_slot *s)
{
	return s - slots;
}

static bool is_state(u32 handle, enum handle_state state)
{
	int slot;

	nuc_lock(&slots_lock);
	slot = handle_find(&handles, handle, state);
	nuc_unlock(&slots_lock);
	return slot >= 0;
}

struct nuc_vm *vm_lock(u32 handle)
{
	struct vm_slot *s = slot_of(handle);

	if (!s)
		return NULL;
	nuc_lock(&s->op_lock);
	if (s->vm && handle_find(&handles, handle, HANDLE_LIVE) >= 0)
		return s->vm;
	nuc_unlock(&s->op_lock);
	return NULL;
}

void vm_unlock(struct nuc_vm *vm)
{
	nuc_unlock(&slots[vm->slot].op_lock);
}

/* ---- create and destroy ------------------------------------------------------------------------------------- */

static int take_pages(u64 vm_pa, u64 pgd_pa, u32 pgd_pages, u32 owner)
{
	int err = mem_donate(vm_pa, KEEL_VM_PAGES, owner);

	if (err)
		return err;
	err = mem_donate(pgd_pa, pgd_pages, owner);
	if (err)
		mem_reclaim(vm_pa, KEEL_VM_PAGES, owner);
	return err;
}

static struct nuc_vm *fill_in(u64 vm_pa, u64 pgd_pa, u32 ipa_bits, u32 slot)
{
	struct nuc_vm *vm = nuc_va(vm_pa);

	memset(vm, 0, KEEL_VM_PAGES * KEEL_PAGE_SIZE);
	memset(nuc_va(pgd_pa), 0, keel_pgd_pages(ipa_bits) * KEEL_PAGE_SIZE);
	NUC_INVARIANT(!pgtable_setup(&vm->pt, PGTABLE_STAGE2, ipa_bits, pgd_pa, slot + 1, &vm->supply),
		      "4: vm_create let a size through that stage 2 does not have");
	/* Only where it matters who maps what; elsewhere 512 counts for each block would be paid for nothing */
	vm->pt.counted = nuc_protected();
	vm->vttbr = mmu_vttbr(&vm->pt);
	vm->vtcr = mmu_vtcr(&vm->pt);
	vm->vm_pa = vm_pa;
	vm->slot = slot;
	return vm;
}

static s64 new_handle(void)
{
	s64 handle;

	nuc_lock(&slots_lock);
	handle = handle_take(&handles);
	nuc_unlock(&slots_lock);
	return handle;
}

static void end_handle(u32 slot, bool dead)
{
	nuc_lock(&slots_lock);
	if (dead)
		handle_kill(&handles, slot);
	else
		handle_put(&handles, slot);
	nuc_unlock(&slots_lock);
}

s64 hc_vm_create(nuc_arg_page vm_pa, nuc_arg_page pgd_pa, nuc_arg_u8 ipa_bits, nuc_arg_u32 flags)
{
	struct vm_slot *s;
	struct nuc_vm *vm;
	s64 handle;
	int err;

	if (flags || ipa_bits < 32 || ipa_bits > mmu_pa_bits() ||
	    !IS_ALIGNED(pgd_pa, keel_pgd_pages(ipa_bits) * KEEL_PAGE_SIZE))
		return -EINVAL;
	handle = new_handle();
	if (handle < 0)
		return handle;
	s = slot_of(handle);
	err = take_pages(vm_pa, pgd_pa, keel_pgd_pages(ipa_bits), nr_of(s) + 1);
	if (err) {
		end_handle(nr_of(s), false);
		return err;
	}
	vm = fill_in(vm_pa, pgd_pa, ipa_bits, nr_of(s));
	vm->handle = handle;
	nuc_lock(&s->op_lock);
	nuc_lock(&s->lock);
	s->vm = vm;
	nuc_unlock(&s->lock);
	nuc_unlock(&s->op_lock);
	return handle;
}

/* op_lock held. From here on no handle leads to the VM; -EBUSY if it has vCPUs */
static int unlink_vm(struct vm_slot *s, struct nuc_vm *vm)
{
	int err = 0;

	nuc_lock(&s->lock);
	if (vm->nr_vcpus)
		err = -EBUSY;
	else
		s->vm = NULL;
	nuc_unlock(&s->lock);
	return err;
}

s64 hc_vm_destroy(nuc_arg_vm handle)
{
	struct nuc_vm *vm = vm_lock(handle);
	u64 vm_pa, pgd_pa;
	struct vm_slot *s;
	u32 pgd_pages;
	int err;

	if (!vm)
		return -ENOENT;
	s = slot_of(handle);
	err = unlink_vm(s, vm);
	if (err)
		goto out;
	nuc_lock(&mem_lock);
	pgtable_destroy(&vm->pt);
	/* Nothing of this VMID is left for the next VM in the slot */
	pgtable_hw_tlbi(&vm->pt, NULL, 0);
	nuc_unlock(&mem_lock);
	s->left = vm->supply;
	vm_pa = vm->vm_pa;
	pgd_pa = vm->pt.root;
	pgd_pages = keel_pgd_pages(vm->pt.ia_bits);
	mem_reclaim(pgd_pa, pgd_pages, nr_of(s) + 1);
	mem_reclaim(vm_pa, KEEL_VM_PAGES, nr_of(s) + 1);
	end_handle(nr_of(s), s->left.count);
out:
	nuc_unlock(&s->op_lock);
	return err;
}

/* ---- table pages -------------------------------------------------------------------------------------------- */

s64 hc_vm_topup(nuc_arg_vm handle, nuc_arg_page pa)
{
	struct nuc_vm *vm = vm_lock(handle);
	int err;

	if (!vm)
		return -ENOENT;
	err = mem_donate(pa, 1, vm->slot + 1);
	if (!err)
		pagelist_give(&vm->supply, pa);
	vm_unlock(vm);
	return err;
}

/* op_lock held. The list that the handle is about, NULL if it is neither live nor dead */
static struct pagelist *list_of(struct vm_slot *s, u32 handle)
{
	if (is_state(handle, HANDLE_DEAD))
		return &s->left;
	return s->vm && is_state(handle, HANDLE_LIVE) ? &s->vm->supply : NULL;
}

s64 hc_vm_reclaim(nuc_arg_vm handle)
{
	struct vm_slot *s = slot_of(handle);
	struct pagelist *list;
	u64 pa = KEEL_NO_PAGE;

	if (!s)
		return -ENOENT;
	nuc_lock(&s->op_lock);
	list = list_of(s, handle);
	if (list)
		pa = pagelist_take(list);
	if (pa != KEEL_NO_PAGE)
		mem_reclaim(pa, 1, nr_of(s) + 1);
	/* With the last page of a dead VM its slot is free */
	if (list == &s->left && !list->count)
		end_handle(nr_of(s), false);
	nuc_unlock(&s->op_lock);
	return pa == KEEL_NO_PAGE ? -ENOENT : (s64)pa;
}

/* ---- vCPUs -------------------------------------------------------------------------------------------------- */

s64 hc_vcpu_create(nuc_arg_vm handle, nuc_arg_vcpu idx, nuc_arg_page page)
{
	struct nuc_vm *vm = vm_lock(handle);
	struct nuc_vcpu *vcpu;
	int err = -EBUSY;

	if (!vm)
		return -ENOENT;
	vcpu = &vm->vcpus[idx];
	if (vcpu->page)
		goto out;
	err = mem_pin(page, 1);
	if (err)
		goto out;
	vcpu->vm = vm;
	vcpu->idx = idx;
	vcpu->page_pa = page;
	((struct keel_vcpu_page *)nuc_va(page))->layout = KEEL_VCPU_LAYOUT;
	((struct keel_vcpu_page *)nuc_va(page))->size = sizeof(struct keel_vcpu_page);
	nuc_lock(&slots[vm->slot].lock);
	vcpu->page = nuc_va(page);
	vm->nr_vcpus++;
	nuc_unlock(&slots[vm->slot].lock);
out:
	vm_unlock(vm);
	return err;
}

/* Slot lock held. Pairs with the release in vcpu_put(): whoever finds it free sees what the last one did */
static bool is_taken(const struct nuc_vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->taken, __ATOMIC_ACQUIRE);
}

/* op_lock held. From here on no index leads to the vCPU; -EBUSY if a CPU has it */
static int unlink_vcpu(struct nuc_vm *vm, struct nuc_vcpu *vcpu)
{
	int err = 0;

	nuc_lock(&slots[vm->slot].lock);
	if (!vcpu->page) {
		err = -ENOENT;
	} else if (is_taken(vcpu)) {
		err = -EBUSY;
	} else {
		vcpu->page = NULL;
		vm->nr_vcpus--;
	}
	nuc_unlock(&slots[vm->slot].lock);
	return err;
}

/* A CPU's note of who ran there last must not mistake the next vCPU of that index for this one */
static void forget_vcpu(struct nuc_vm *vm, u16 idx)
{
	u32 cpu;

	for (cpu = 0; cpu < KEEL_MAX_CPUS; cpu++)
		__atomic_compare_exchange_n(&vm->last_vcpu[cpu], &(u16){ idx + 1 }, 0, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
}

/* op_lock held, nobody can reach the vCPU */
static void sve_forget(struct nuc_vcpu *vcpu)
{
	if (vcpu->sve_vq)
		mem_unpin(vcpu->sve_pa, keel_sve_pages(vcpu->sve_vq));
	vcpu->sve_vq = 0;
	vcpu->sve_vqs = 0;
	vcpu->sve_pa = 0;
}

/* The vCPU is taken: no CPU finds SVE half-way through */
static int sve_give(struct nuc_vcpu *vcpu, u64 pa, u8 vq)
{
	int err = vcpu->sve_vq ? -EBUSY : mem_pin(pa, keel_sve_pages(vq));

	if (err)
		return err;
	vcpu->sve_pa = pa;
	vcpu->sve_vqs = nuc_cpu()->sve_vqs & KEEL_SVE_UPTO(vq);
	vcpu->sve_vq = vq;
	return 0;
}

s64 hc_vcpu_sve(nuc_arg_vm handle, nuc_arg_vcpu idx, nuc_arg_page pa, nuc_arg_u8 vq)
{
	struct nuc_vcpu *vcpu;
	int err;

	if (!vq || vq > KEEL_SVE_VQ_MAX)
		return -EINVAL;
	if (!(nuc_cpu()->sve_vqs & BIT(vq - 1)))
		return -ENODEV;
	vcpu = vcpu_take(handle, idx, &err);
	if (!vcpu)
		return err;
	err = sve_give(vcpu, pa, vq);
	vcpu_put(vcpu);
	return err;
}

s64 hc_vcpu_destroy(nuc_arg_vm handle, nuc_arg_vcpu idx)
{
	struct nuc_vm *vm = vm_lock(handle);
	int err;

	if (!vm)
		return -ENOENT;
	err = unlink_vcpu(vm, &vm->vcpus[idx]);
	if (!err) {
		forget_vcpu(vm, idx);
		mem_unpin(vm->vcpus[idx].page_pa, 1);
		sve_forget(&vm->vcpus[idx]);
	}
	vm_unlock(vm);
	return err;
}

/**
 * vcpu_take() - find a vCPU and claim it for this CPU
 * @handle: VM handle as the host gave it
 * @idx: vCPU index, below KEEL_MAX_VCPUS
 * @err: why not: -ENOENT, -EBUSY: another CPU has it
 *
 * While it is taken, neither the vCPU nor its VM goes away.
 *
 * Return: the vCPU, for vcpu_put(); or NULL.
 */
struct nuc_vcpu *vcpu_take(u32 handle, u16 idx, int *err)
{
	struct vm_slot *s = slot_of(handle);
	struct nuc_vcpu *vcpu = NULL;

	*err = -ENOENT;
	if (!s)
		return NULL;
	nuc_lock(&s->lock);
	/* The VM leaves its slot before its handle ends, so that its own note of the handle is good as long as it is here */
	if (s->vm && s->vm->handle == handle)
		vcpu = &s->vm->vcpus[idx];
	if (vcpu && (!vcpu->page || is_taken(vcpu))) {
		*err = vcpu->page ? -EBUSY : -ENOENT;
		vcpu = NULL;
	}
	if (vcpu)
		vcpu->taken = true;
	nuc_unlock(&s->lock);
	return vcpu;
}
