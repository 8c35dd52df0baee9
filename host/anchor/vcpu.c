// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual CPUs: made by KVM_CREATE_VCPU, gone with their VM. Owns the pages that the VMM maps (kvm_run, dirty
 * ring) and the register page that the nucleus shares.
 */
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "abi/hcall_host.h"
#include "anchor.h"
#include "load.h"

static_assert(sizeof(struct keel_vcpu_page) <= PAGE_SIZE);

/* What vcpu_alloc() got, and not what the nucleus shares: vcpu_free() */
static void vcpu_dealloc(struct keel_vcpu *vcpu)
{
	vfree(vcpu->dirty_ring);
	free_page((unsigned long)vcpu->run);
	if (vcpu->anchor && vcpu->anchor->page)
		__free_page(vcpu->anchor->page);
	kfree(vcpu->anchor);
	kfree(vcpu);
}

static int vcpu_alloc_pages(struct keel_vcpu *vcpu)
{
	u32 ring = vcpu->vm->anchor->ring_bytes;

	vcpu->run = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vcpu->anchor->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!vcpu->run || !vcpu->anchor->page)
		return -ENOMEM;
	vcpu->page = page_address(vcpu->anchor->page);
	if (!ring)
		return 0;
	vcpu->dirty_ring = __vmalloc(ring, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	vcpu->dirty_ring_size = ring;
	return vcpu->dirty_ring ? 0 : -ENOMEM;
}

static struct keel_vcpu *vcpu_alloc(struct keel_vm *vm, u32 id)
{
	struct keel_vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	vcpu->anchor = kzalloc(sizeof(*vcpu->anchor), GFP_KERNEL_ACCOUNT);
	vcpu->vm = vm;
	vcpu->idx = vm->nr_vcpus;
	vcpu->id = id;
	vcpu->cpu = -1;
	vcpu->timer_lr = -1;
	if (!vcpu->anchor || vcpu_alloc_pages(vcpu)) {
		vcpu_dealloc(vcpu);
		return NULL;
	}
	mutex_init(&vcpu->anchor->mutex);
	rcuwait_init(&vcpu->anchor->wait);
	return vcpu;
}

/**
 * vcpu_free() - take it from the nucleus and free it
 * @vcpu: the vCPU; nobody can reach it any more, the personality has let go of it
 */
void vcpu_free(struct keel_vcpu *vcpu)
{
	s64 ret = keel_hc_vcpu_destroy(vcpu->vm->handle, vcpu->idx);

	if (WARN_ONCE(ret, "keel: vm %u: the nucleus keeps vcpu %u: %lld\n", vcpu->vm->serial, vcpu->idx, ret))
		vcpu->anchor->page = NULL;
	else
		vcpu_sve_free(vcpu);
	vcpu_dealloc(vcpu);
}

struct keel_vcpu *keel_vcpu_by_id(struct keel_vm *vm, u32 id)
{
	unsigned int i, n = smp_load_acquire(&vm->nr_vcpus);	/* pairs with vcpu_fd_install() */

	/* VMMs number from 0 in order of creation, nearly always */
	if (id < n && vm->vcpus[id]->id == id)
		return vm->vcpus[id];
	for (i = 0; i < n; i++) {
		if (vm->vcpus[i]->id == id)
			return vm->vcpus[i];
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(keel_vcpu_by_id);

static struct keel_vcpu *vcpu_create(struct keel_vm *vm, u32 id)
{
	struct keel_vcpu *vcpu = vcpu_alloc(vm, id);
	s64 ret;

	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	do {
		ret = keel_hc_vcpu_create(vm->handle, vcpu->idx, page_to_phys(vcpu->anchor->page));
	} while (ret == -ENOMEM && !keel_pool_grow());
	if (ret) {
		vcpu_dealloc(vcpu);
		return ERR_PTR(ret);
	}
	ret = vm->pers->vcpu_init(vcpu);
	if (ret) {
		vcpu_free(vcpu);
		return ERR_PTR(ret);
	}
	return vcpu;
}

int keel_vcpu_add(struct keel_vm *vm, u32 id)
{
	struct keel_vcpu *vcpu;
	int fd;

	lockdep_assert_held(&vm->lock);
	if (vm->nr_vcpus >= KEEL_MAX_VCPUS)
		return -EINVAL;
	if (keel_vcpu_by_id(vm, id))
		return -EEXIST;
	vcpu = vcpu_create(vm, id);
	if (IS_ERR(vcpu))
		return PTR_ERR(vcpu);
	fd = vcpu_fd_install(vcpu);
	if (fd < 0) {
		vm->pers->vcpu_destroy(vcpu);
		vcpu_free(vcpu);
	}
	return fd;
}
EXPORT_SYMBOL_GPL(keel_vcpu_add);
