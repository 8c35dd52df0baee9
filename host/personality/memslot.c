// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of memslots (KVM API 4.35). Owns the slots, their order by guest frame, by address and by id, and
 * the rules for changing them. Trusts nothing the VMM says: everything is checked before anything changes.
 *
 * A change of a slot is an invalidation: it happens under mmu->lock as writer and moves inv_seq on, so a vCPU
 * that looked a page up by the old table looks again instead of mapping it. That is why vCPUs keep running.
 */
#include "memslot.h"

#include "abi/blob.h"

#define MEMSLOT_FLAGS		(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)
#define MEMSLOT_MAX_PAGES	((1UL << 31) - 1)

/* ---- finding ------------------------------------------------------------------------------------------------ */

static struct memslot *by_gfn(struct rb_node *node)
{
	return rb_entry(node, struct memslot, gfn_node);
}

static int compare_gfn(const void *key, const struct rb_node *node)
{
	const struct memslot *slot = rb_entry(node, struct memslot, gfn_node);
	u64 gfn = *(const u64 *)key;

	if (gfn < slot->base_gfn)
		return -1;
	return gfn >= slot->base_gfn + slot->npages;
}

struct memslot *memslot_find(struct pvm_mmu *mmu, u64 gfn)
{
	struct memslot *slot = READ_ONCE(mmu->last);
	struct rb_node *node;

	if (slot && !compare_gfn(&gfn, &slot->gfn_node))
		return slot;
	node = rb_find(&gfn, &mmu->by_gfn, compare_gfn);
	if (!node)
		return NULL;
	WRITE_ONCE(mmu->last, by_gfn(node));
	return by_gfn(node);
}

struct memslot *memslot_by_id(struct pvm_mmu *mmu, u32 id)
{
	lockdep_assert_held(&mmu->slots_lock);
	return xa_load(&mmu->by_id, id);
}

struct gfn_range {
	u64 first, n;
};

static int compare_range(const void *key, const struct rb_node *node)
{
	const struct memslot *slot = rb_entry(node, struct memslot, gfn_node);
	const struct gfn_range *r = key;

	if (r->first + r->n <= slot->base_gfn)
		return -1;
	return r->first >= slot->base_gfn + slot->npages;
}

/* Does a slot other than @self overlap the frames of @new? slots_lock held: the tree stands still */
static bool memslot_overlaps(struct pvm_mmu *mmu, const struct memslot *new, const struct memslot *self)
{
	struct gfn_range r = { new->base_gfn, new->npages };
	struct rb_node *node = rb_find_first(&r, &mmu->by_gfn, compare_range);

	for (; node && !compare_range(&r, node); node = rb_next(node))
		if (by_gfn(node) != self)
			return true;
	return false;
}

/* One slot's part of memslot_for_hva(); returns false if the table changed while the lock was dropped */
static bool slot_for_hva(struct pvm_mmu *mmu, struct memslot *slot, unsigned long start, unsigned long last,
			 bool may_sleep, bool (*fn)(u32 handle, u64 ipa, u64 n), bool *any)
{
	unsigned long first = max(start, slot->hva_node.start), gen = mmu->slots_gen;
	u64 gfn = slot->base_gfn + ((first - slot->hva) >> PAGE_SHIFT);
	u64 left = ((min(last, slot->hva_node.last) - (first & PAGE_MASK)) >> PAGE_SHIFT) + 1;

	while (left) {
		u64 n = min_t(u64, left, STAGE2_CHUNK);

		*any |= fn(mmu->pvm->vm->handle, gfn << PAGE_SHIFT, n);
		gfn += n;
		left -= n;
		if (!may_sleep || !(need_resched() || rwlock_is_contended(&mmu->lock)))
			continue;
		read_unlock(&mmu->lock);
		cond_resched();
		read_lock(&mmu->lock);
		if (gen != mmu->slots_gen)
			return false;
	}
	return true;
}

bool memslot_for_hva(struct pvm_mmu *mmu, unsigned long start, unsigned long end, bool may_sleep,
		     bool (*fn)(u32 handle, u64 ipa, u64 n))
{
	struct interval_tree_node *node;
	unsigned long last = end - 1;
	bool any = false;

	read_lock(&mmu->lock);
again:
	for (node = interval_tree_iter_first(&mmu->by_hva, start, last); node;
	     node = interval_tree_iter_next(node, start, last)) {
		struct memslot *slot = container_of(node, struct memslot, hva_node);

		if (!slot_for_hva(mmu, slot, start, last, may_sleep, fn, &any))
			goto again;
	}
	read_unlock(&mmu->lock);
	return any;
}

/* ---- changing ----------------------------------------------------------------------------------------------- */

static bool less_gfn(struct rb_node *a, const struct rb_node *b)
{
	return by_gfn(a)->base_gfn < rb_entry(b, struct memslot, gfn_node)->base_gfn;
}

/* Whatever was looked up by the table as it was is stale; mmu->lock held as writer */
static void table_changed(struct pvm_mmu *mmu)
{
	lockdep_assert_held_write(&mmu->lock);
	mmu->slots_gen++;
	mmu->inv_seq++;
	mmu->last = NULL;
}

static void memslot_link(struct pvm_mmu *mmu, struct memslot *slot)
{
	slot->hva_node.start = slot->hva;
	slot->hva_node.last = slot->hva + (slot->npages << PAGE_SHIFT) - 1;
	write_lock(&mmu->lock);
	rb_add(&slot->gfn_node, &mmu->by_gfn, less_gfn);
	interval_tree_insert(&slot->hva_node, &mmu->by_hva);
	table_changed(mmu);
	write_unlock(&mmu->lock);
}

/* After it the guest has no way to the slot's memory, and no copy of the hypervisor's is under way */
static void memslot_unlink(struct pvm_mmu *mmu, struct memslot *slot)
{
	u64 gfn = slot->base_gfn, left = slot->npages;

	write_lock(&mmu->lock);
	rb_erase(&slot->gfn_node, &mmu->by_gfn);
	interval_tree_remove(&slot->hva_node, &mmu->by_hva);
	table_changed(mmu);
	write_unlock(&mmu->lock);

	while (left) {
		u64 n = min_t(u64, left, STAGE2_CHUNK);

		/* No page of it goes elsewhere meanwhile: the memory manager's word waits for the lock */
		read_lock(&mmu->lock);
		coherence_unmap(mmu->pvm->vm->handle, gfn << PAGE_SHIFT, n);
		read_unlock(&mmu->lock);
		gfn += n;
		left -= n;
		cond_resched();
	}
	synchronize_srcu_expedited(&mmu->copiers);
}

static void free_bitmap(struct pvm *pvm, struct memslot *slot)
{
	if (slot->bitmap)
		keel_vm_blob_put(pvm->vm, KEEL_BLOB_DIRTY(slot->id));
	slot->bitmap = NULL;
}

/* A slot's bitmap if it needs one; all set if the VMM wants to clear first and protect later (KVM API 7.18) */
static int alloc_bitmap(struct pvm *pvm, struct memslot *slot)
{
	if (!(slot->flags & KVM_MEM_LOG_DIRTY_PAGES) || !memslot_use_bitmap(pvm))
		return 0;
	slot->bitmap = keel_vm_blob_get(pvm->vm, KEEL_BLOB_DIRTY(slot->id), memslot_bitmap_bytes(slot));
	if (!slot->bitmap)
		return -ENOMEM;
	if (pvm->caps & PVM_CAP_DIRTY_INIT_SET)
		bitmap_set(slot->bitmap, 0, slot->npages);
	return 0;
}

/* Logging begins: no page stays writable, unless all count as dirty from the start */
static void memslot_protect(struct pvm *pvm, const struct memslot *slot)
{
	if (!memslot_logging(slot) || (pvm->caps & PVM_CAP_DIRTY_INIT_SET))
		return;
	if (dirty_protect(pvm, slot->base_gfn, slot->npages))
		mmu_flush_tlb(pvm);
	dirty_split(pvm, slot->base_gfn, slot->npages);
}

static int memslot_create(struct pvm *pvm, const struct memslot *want)
{
	struct memslot *slot = kmemdup(want, sizeof(*want), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!slot)
		return -ENOMEM;
	ret = xa_err(xa_store(&pvm->mmu.by_id, slot->id, slot, GFP_KERNEL_ACCOUNT));
	if (ret)
		goto err_free;
	ret = alloc_bitmap(pvm, slot);
	if (ret)
		goto err_erase;
	memslot_link(&pvm->mmu, slot);
	return 0;

err_erase:
	xa_erase(&pvm->mmu.by_id, slot->id);
err_free:
	kfree(slot);
	return ret;
}

static int memslot_delete(struct pvm *pvm, struct memslot *slot)
{
	memslot_unlink(&pvm->mmu, slot);
	xa_erase(&pvm->mmu.by_id, slot->id);
	free_bitmap(pvm, slot);
	kfree(slot);
	return 0;
}

static int memslot_change_flags(struct pvm *pvm, struct memslot *slot, u32 flags)
{
	struct memslot new = *slot;
	unsigned long *old_bitmap = slot->bitmap;
	int ret;

	new.flags = flags;
	if (!(flags & KVM_MEM_LOG_DIRTY_PAGES)) {
		new.bitmap = NULL;
	} else if (!new.bitmap) {
		ret = alloc_bitmap(pvm, &new);
		if (ret)
			return ret;
	}
	write_lock(&pvm->mmu.lock);
	slot->flags = new.flags;
	slot->bitmap = new.bitmap;
	table_changed(&pvm->mmu);
	write_unlock(&pvm->mmu.lock);
	if (old_bitmap && !new.bitmap)
		keel_vm_blob_put(pvm->vm, KEEL_BLOB_DIRTY(slot->id));
	memslot_protect(pvm, slot);
	return 0;
}

static int memslot_move(struct pvm *pvm, struct memslot *slot, const struct memslot *want)
{
	struct memslot new = *want;
	int ret = 0;

	if (new.flags & KVM_MEM_LOG_DIRTY_PAGES) {
		new.bitmap = slot->bitmap;
		if (!new.bitmap)
			ret = alloc_bitmap(pvm, &new);
	}
	if (ret)
		return ret;
	memslot_unlink(&pvm->mmu, slot);
	if (!new.bitmap)
		free_bitmap(pvm, slot);
	slot->bitmap = new.bitmap;
	slot->flags = new.flags;
	slot->base_gfn = new.base_gfn;
	memslot_link(&pvm->mmu, slot);
	return 0;
}

/* ---- what the VMM asks for ---------------------------------------------------------------------------------- */

/* The checks that need no table */
static int check_region(const struct kvm_userspace_memory_region2 *r)
{
	u64 end;

	if (r->flags & ~MEMSLOT_FLAGS)
		return -EINVAL;
	if (!IS_ALIGNED(r->memory_size | r->guest_phys_addr | r->userspace_addr, PAGE_SIZE))
		return -EINVAL;
	if (r->userspace_addr != untagged_addr(r->userspace_addr) ||
	    !access_ok((void __user *)(unsigned long)r->userspace_addr, r->memory_size))
		return -EINVAL;
	if (r->slot >= MEMSLOT_MAX)
		return -EINVAL;
	if (check_add_overflow(r->guest_phys_addr, r->memory_size, &end))
		return -EINVAL;
	if (r->memory_size >> PAGE_SHIFT > MEMSLOT_MAX_PAGES)
		return -EINVAL;
	return 0;
}

/* Writes to what is not memory cannot be logged (KVM API 4.35) */
static bool range_has_pfnmap(unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	bool found = false;

	mmap_read_lock(current->mm);
	while (start < end && !found) {
		vma = find_vma_intersection(current->mm, start, end);
		if (!vma)
			break;
		found = vma->vm_flags & VM_PFNMAP;
		start = vma->vm_end;
	}
	mmap_read_unlock(current->mm);
	return found;
}

/* The checks that create, move and a change of flags have in common */
static int check_slot(struct pvm_mmu *mmu, const struct memslot *want, const struct memslot *old)
{
	if (memslot_overlaps(mmu, want, old))
		return -EEXIST;
	if (want->base_gfn + want->npages > BIT_ULL(mmu->pvm->vm->ipa_bits - PAGE_SHIFT))
		return -EFAULT;
	return 0;
}

static int memslot_set_locked(struct pvm *pvm, const struct kvm_userspace_memory_region2 *r)
{
	struct memslot *old = memslot_by_id(&pvm->mmu, r->slot);
	struct memslot want = {
		.id = r->slot,
		.flags = r->flags,
		.base_gfn = r->guest_phys_addr >> PAGE_SHIFT,
		.npages = r->memory_size >> PAGE_SHIFT,
		.hva = r->userspace_addr,
	};
	int ret;

	if (!want.npages)
		return old ? memslot_delete(pvm, old) : -EINVAL;
	if (old && (want.hva != old->hva || want.npages != old->npages ||
		    ((want.flags ^ old->flags) & KVM_MEM_READONLY)))
		return -EINVAL;
	if (old && want.base_gfn == old->base_gfn && want.flags == old->flags)
		return 0;
	ret = check_slot(&pvm->mmu, &want, old);
	if (ret)
		return ret;
	if ((want.flags & KVM_MEM_LOG_DIRTY_PAGES) && range_has_pfnmap(want.hva, want.hva + r->memory_size))
		return -EINVAL;
	if (pvm->caps & PVM_CAP_MTE && !mte_allows(want.hva, want.hva + r->memory_size))
		return -EINVAL;
	if (!old)
		return memslot_create(pvm, &want);
	if (want.base_gfn != old->base_gfn)
		return memslot_move(pvm, old, &want);
	return memslot_change_flags(pvm, old, want.flags);
}

/**
 * memslot_set() - create, change, move or delete a slot
 * @pvm: VM, in the context of its creator
 * @r: what the VMM wants, copied in; size 0 deletes
 *
 * Source: KVM API 4.35 and 4.140. Takes slots_lock; sleeps.
 *
 * Return: 0; -EINVAL misaligned, out of range, flag not offered (guest memory files are not), a change that is
 * not one of flags or place, or deletion of nothing; -EEXIST frames taken by another slot; -EFAULT beyond the
 * IPA space; -ENOMEM. Nothing changed if it is not 0.
 */
int memslot_set(struct pvm *pvm, const struct kvm_userspace_memory_region2 *r)
{
	int ret = check_region(r);

	if (ret)
		return ret;
	mutex_lock(&pvm->mmu.slots_lock);
	ret = memslot_set_locked(pvm, r);
	mutex_unlock(&pvm->mmu.slots_lock);
	return ret;
}

/* Is any slot logged; slots_lock held */
bool memslot_any_logging(struct pvm_mmu *mmu)
{
	struct memslot *slot;
	unsigned long id;

	xa_for_each(&mmu->by_id, id, slot) {
		if (memslot_logging(slot))
			return true;
	}
	return false;
}

bool memslot_any(struct pvm *pvm)
{
	return !xa_empty(&pvm->mmu.by_id);
}

/* ---- swap --------------------------------------------------------------------------------------------------- */

void memslot_free_all(struct pvm_mmu *mmu)
{
	struct memslot *slot;
	unsigned long id;

	xa_for_each(&mmu->by_id, id, slot)
		kfree(slot);
	xa_destroy(&mmu->by_id);
	mmu->by_gfn = RB_ROOT;
	mmu->by_hva = RB_ROOT_CACHED;
	mmu->last = NULL;
}

int memslot_export(struct pvm_mmu *mmu, struct keel_stream *s)
{
	struct memslot *slot;
	unsigned long id;
	int ret = 0;

	mutex_lock(&mmu->slots_lock);
	xa_for_each(&mmu->by_id, id, slot) {
		struct keel_rec_memslot rec = {
			.slot = slot->id,
			.flags = slot->flags,
			.gpa = slot->base_gfn << PAGE_SHIFT,
			.size = slot->npages << PAGE_SHIFT,
			.hva = slot->hva,
		};

		ret = keel_put_memslot(s, &rec, NULL, 0);
		if (ret)
			break;
	}
	mutex_unlock(&mmu->slots_lock);
	return ret;
}

/* The bitmap is where the outgoing personality left it */
static int find_bitmap(struct pvm *pvm, struct memslot *slot)
{
	size_t size;

	if (!(slot->flags & KVM_MEM_LOG_DIRTY_PAGES) || !memslot_use_bitmap(pvm))
		return 0;
	slot->bitmap = keel_vm_blob_find(pvm->vm, KEEL_BLOB_DIRTY(slot->id), &size);
	return slot->bitmap && size == memslot_bitmap_bytes(slot) ? 0 : -EINVAL;
}

int memslot_import(struct pvm_mmu *mmu, const struct keel_rec_memslot *rec)
{
	const struct kvm_userspace_memory_region2 r = {
		.slot = rec->slot,
		.flags = rec->flags,
		.guest_phys_addr = rec->gpa,
		.memory_size = rec->size,
		.userspace_addr = rec->hva,
	};
	struct memslot *slot;
	int ret = check_region(&r);

	if (ret || !rec->size)
		return -EINVAL;
	slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);
	if (!slot)
		return -ENOMEM;
	slot->id = rec->slot;
	slot->flags = rec->flags;
	slot->base_gfn = rec->gpa >> PAGE_SHIFT;
	slot->npages = rec->size >> PAGE_SHIFT;
	slot->hva = rec->hva;
	mutex_lock(&mmu->slots_lock);
	ret = memslot_by_id(mmu, slot->id) ? -EINVAL : check_slot(mmu, slot, NULL);
	if (!ret)
		ret = find_bitmap(mmu->pvm, slot);
	if (!ret)
		ret = xa_err(xa_store(&mmu->by_id, slot->id, slot, GFP_KERNEL_ACCOUNT));
	if (!ret)
		memslot_link(mmu, slot);
	else
		kfree(slot);
	mutex_unlock(&mmu->slots_lock);
	return ret;
}
