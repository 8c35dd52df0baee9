// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual machines: their life from KVM_CREATE_VM to the last file descriptor, and the memory that each gives to
 * the nucleus (its own pages, the root of stage-2, table pages) and gets back.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "abi/hcall_host.h"
#include "anchor.h"
#include "load.h"

static_assert(PAGE_SHIFT == KEEL_PAGE_SHIFT);

static struct keel_vm *vm_alloc(void)
{
	struct keel_vm *vm = kvzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);

	if (!vm)
		return NULL;
	vm->anchor = kzalloc(sizeof(*vm->anchor), GFP_KERNEL_ACCOUNT);
	vm->coalesced = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vm->anchor || !vm->coalesced) {
		free_page((unsigned long)vm->coalesced);
		kfree(vm->anchor);
		kvfree(vm);
		return NULL;
	}
	mutex_init(&vm->lock);
	vm->anchor->vm = vm;
	INIT_LIST_HEAD(&vm->anchor->node);
	gate_init(&vm->anchor->gate);
	refcount_set(&vm->anchor->refs, 1);
	xa_init(&vm->anchor->blobs);
	xa_init_flags(&vm->anchor->events, XA_FLAGS_ALLOC1);
	vm->anchor->tgid = task_tgid_nr(current);
	vm->mm = current->mm;
	mmgrab(vm->mm);
	return vm;
}

/*
 * What the nucleus has of the VM comes back. A page that it does not give back is lost on purpose: it may be in
 * use by the hardware, and the nucleus has said so in the log.
 */
static void vm_teardown(struct keel_vm *vm)
{
	s64 ret;

	if (!vm->handle)
		return;
	ret = keel_hc_vm_destroy(vm->handle);
	if (WARN_ONCE(ret, "keel: vm %u: the nucleus keeps it: %lld\n", vm->serial, ret))
		return;
	__free_pages(vm->anchor->pages, get_order(KEEL_VM_PAGES * PAGE_SIZE));
	__free_pages(vm->anchor->pgd, vm->anchor->pgd_order);
	while ((ret = keel_hc_vm_reclaim(vm->handle)) >= 0) {
		__free_page(phys_to_page(ret));
		cond_resched();
	}
	WARN_ONCE(ret != -ENOENT, "keel: vm %u: table pages are lost: %lld\n", vm->serial, ret);
}

static void vm_destroy(struct keel_vm *vm)
{
	const struct keel_personality *pers = vm->pers;
	unsigned int i;

	registry_del_vm(vm);
	if (vm->anchor->ready) {
		for (i = 0; i < vm->nr_vcpus; i++)
			pers->vcpu_destroy(vm->vcpus[i]);
		pers->vm_destroy(vm);
	}
	for (i = 0; i < vm->nr_vcpus; i++)
		vcpu_free(vm->vcpus[i]);
	vm_teardown(vm);
	blobs_free(vm);
	events_free(vm);
	registry_put(pers);
	mmdrop(vm->mm);
	free_page((unsigned long)vm->coalesced);
	kfree(vm->anchor);
	kvfree(vm);
}

void vm_put(struct keel_vm *vm)
{
	if (refcount_dec_and_test(&vm->anchor->refs))
		vm_destroy(vm);
}

/**
 * vm_create() - KVM_CREATE_VM, but for the file descriptor
 * @personality: name, or "" for the default one
 * @type: KVM_CREATE_VM's argument, judged by the personality
 *
 * The VM is in the registry, inside its own gate, before the personality sees it: a swap that begins now waits
 * for it to be whole, so that no VM stays behind with the outgoing personality.
 *
 * Return: the VM with one reference, or an ERR_PTR.
 */
struct keel_vm *vm_create(const char *personality, unsigned long type)
{
	struct keel_vm *vm = vm_alloc();
	int ret;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&vm->anchor->gate.inside);
	ret = registry_add_vm(vm, personality);
	if (!ret) {
		ret = vm->pers->vm_init(vm, type);
		vm->anchor->ready = !ret;
	}
	gate_leave_vm(vm);
	if (!ret)
		return vm;
	vm_put(vm);
	return ERR_PTR(ret);
}

static int vm_alloc_pages(struct keel_vm *vm, unsigned int ipa_bits)
{
	struct keel_vm_anchor *a = vm->anchor;

	a->pgd_order = get_order(keel_pgd_pages(ipa_bits) * PAGE_SIZE);
	a->pages = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, get_order(KEEL_VM_PAGES * PAGE_SIZE));
	a->pgd = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, a->pgd_order);
	if (a->pages && a->pgd)
		return 0;
	if (a->pages)
		__free_pages(a->pages, get_order(KEEL_VM_PAGES * PAGE_SIZE));
	if (a->pgd)
		__free_pages(a->pgd, a->pgd_order);
	return -ENOMEM;
}

int keel_vm_setup(struct keel_vm *vm, unsigned int ipa_bits)
{
	struct keel_vm_anchor *a = vm->anchor;
	s64 ret;

	if (vm->handle || ipa_bits < 32 || ipa_bits > keel_ipa_limit())
		return -EINVAL;
	ret = vm_alloc_pages(vm, ipa_bits);
	if (ret)
		return ret;
	do {
		ret = keel_hc_vm_create(page_to_phys(a->pages), page_to_phys(a->pgd), ipa_bits, 0);
	} while (ret == -ENOMEM && !keel_pool_grow());
	if (ret <= 0) {
		__free_pages(a->pages, get_order(KEEL_VM_PAGES * PAGE_SIZE));
		__free_pages(a->pgd, a->pgd_order);
		return ret ? ret : -EIO;
	}
	vm->handle = ret;
	vm->ipa_bits = ipa_bits;
	return 0;
}
EXPORT_SYMBOL_GPL(keel_vm_setup);

int keel_vm_topup(struct keel_vm *vm, unsigned int min)
{
	struct page *page;
	s64 ret;

	while (min--) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!page)
			return -ENOMEM;
		do {
			ret = keel_hc_vm_topup(vm->handle, page_to_phys(page));
		} while (ret == -ENOMEM && !keel_pool_grow());
		if (ret) {
			__free_page(page);
			return ret;
		}
		vm->anchor->supply++;	/* for keelctl: an update lost to a neighbour does not matter */
	}
	return 0;
}
EXPORT_SYMBOL_GPL(keel_vm_topup);

int keel_vm_dirty_ring(struct keel_vm *vm, u32 bytes)
{
	if (vm->nr_vcpus || vm->anchor->ring_bytes || !bytes || !PAGE_ALIGNED(bytes))
		return -EINVAL;
	vm->anchor->ring_bytes = bytes;
	return 0;
}
EXPORT_SYMBOL_GPL(keel_vm_dirty_ring);
