// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty rings (KVM API 8.29): one per vCPU, in memory of the anchor's that the VMM maps and writes. An entry
 * is empty, then dirty (pushed here), then marked for reset by the VMM, then empty again (ring_reset()). Owns the
 * indices; trusts nothing in the ring: slot and offset of an entry are looked up and checked like a request.
 */
#include <linux/log2.h>

#include "memslot.h"

/* Entries kept free when the vCPU is sent out: writes that are under way still find room */
#define RING_RESERVED	64

static u32 ring_entries(const struct pvcpu *v)
{
	return v->vcpu->dirty_ring_size / sizeof(struct kvm_dirty_gfn);
}

static struct pvm_ring *ring_of(struct pvcpu *v)
{
	return v->pvm->mmu.rings && v->vcpu->dirty_ring ? &v->pvm->mmu.rings[v->vcpu->idx] : NULL;
}

static u32 ring_used(const struct pvm_ring *ring)
{
	return READ_ONCE(ring->dirty) - READ_ONCE(ring->reset);
}

bool ring_full(struct pvcpu *v)
{
	struct pvm_ring *ring = ring_of(v);

	return ring && ring_used(ring) >= ring_entries(v);
}

bool ring_soft_full(struct pvcpu *v)
{
	struct pvm_ring *ring = ring_of(v);

	return ring && ring_used(ring) >= ring_entries(v) - RING_RESERVED;
}

void ring_push(struct pvcpu *v, u32 slot, u64 offset)
{
	struct pvm_ring *ring = ring_of(v);
	struct kvm_dirty_gfn *entry;

	/* Faults are turned away before; the hypervisor's own writes are few and come with a soft-full check */
	if (!ring || WARN_ON_ONCE(ring_full(v)))
		return;
	entry = &v->vcpu->dirty_ring[ring->dirty & (ring_entries(v) - 1)];
	entry->slot = slot;
	entry->offset = offset;
	/* Partner: the VMM's acquire of flags */
	smp_store_release(&entry->flags, KVM_DIRTY_GFN_F_DIRTY);
	WRITE_ONCE(ring->dirty, ring->dirty + 1);
	if (ring_soft_full(v))
		keel_vcpu_request(v->vcpu, PREQ_RING_FULL);
}

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static int ring_check_size(u32 bytes)
{
	if (!is_power_of_2(bytes) || bytes < PAGE_SIZE || bytes < RING_RESERVED * sizeof(struct kvm_dirty_gfn))
		return -EINVAL;
	return bytes > RING_MAX_BYTES ? -E2BIG : 0;
}

static int ring_alloc(struct pvm_mmu *mmu, u32 bytes)
{
	mmu->rings = kvcalloc(KEEL_MAX_VCPUS, sizeof(*mmu->rings), GFP_KERNEL_ACCOUNT);
	if (!mmu->rings)
		return -ENOMEM;
	mmu->ring_bytes = bytes;
	return 0;
}

/**
 * ring_enable() - KVM_CAP_DIRTY_LOG_RING_ACQ_REL
 * @pvm: VM without vCPUs
 * @bytes: size of each vCPU's ring: a power of two, from one page up to RING_MAX_BYTES
 *
 * Return: 0, -EINVAL (size; a second time; vCPUs exist), -E2BIG, -ENOMEM.
 */
int ring_enable(struct pvm *pvm, u32 bytes)
{
	struct pvm_mmu *mmu = &pvm->mmu;
	int ret = ring_check_size(bytes);

	if (ret)
		return ret;
	lockdep_assert_held(&pvm->vm->lock);
	if (mmu->rings || pvm->vm->nr_vcpus)
		return -EINVAL;
	ret = keel_vm_dirty_ring(pvm->vm, bytes);
	if (ret)
		return ret;
	return ring_alloc(mmu, bytes);
}

/* ---- KVM_RESET_DIRTY_RINGS ---------------------------------------------------------------------------------- */

/* Up to 64 pages of one slot that are to be protected again: bit i is page offset + i */
struct ring_batch {
	u32 slot;
	u64 offset, mask;
};

static bool batch_protect(struct pvm *pvm, const struct ring_batch *b)
{
	struct memslot *slot;

	if (!b->mask || b->slot >= MEMSLOT_MAX)
		return false;
	slot = memslot_by_id(&pvm->mmu, b->slot);
	if (!slot || b->offset >= slot->npages || __fls(b->mask) >= slot->npages - b->offset)
		return false;
	return dirty_protect_again(pvm, slot->base_gfn + b->offset + __ffs(b->mask),
				   __fls(b->mask) - __ffs(b->mask) + 1);
}

/* Does the page fit into the batch? Guests write upwards as a rule, so the window begins at its first page */
static bool batch_add(struct ring_batch *b, u32 slot, u64 offset)
{
	if (!b->mask || slot != b->slot || offset < b->offset || offset - b->offset >= 64)
		return false;
	b->mask |= BIT_ULL(offset - b->offset);
	return true;
}

static int ring_reset_one(struct pvcpu *v, bool *flush)
{
	struct pvm_ring *ring = ring_of(v);
	struct ring_batch batch = {};
	int n;

	if (!ring)
		return 0;
	/* One round at most: the VMM may go on marking what is behind */
	for (n = 0; n < ring_entries(v); n++) {
		struct kvm_dirty_gfn *entry = &v->vcpu->dirty_ring[ring->reset & (ring_entries(v) - 1)];
		u64 offset;
		u32 slot;

		/* Partner: the VMM's release of flags */
		if (!(smp_load_acquire(&entry->flags) & KVM_DIRTY_GFN_F_RESET))
			break;
		slot = READ_ONCE(entry->slot);
		offset = READ_ONCE(entry->offset);
		/* Partner: ring_push() of the vCPU, which reads reset after it */
		smp_store_release(&entry->flags, 0);
		WRITE_ONCE(ring->reset, ring->reset + 1);
		if (batch_add(&batch, slot, offset))
			continue;
		*flush |= batch_protect(v->pvm, &batch);
		batch = (struct ring_batch){ .slot = slot, .offset = offset, .mask = 1 };
	}
	*flush |= batch_protect(v->pvm, &batch);
	return n;
}

/**
 * ring_reset() - KVM_RESET_DIRTY_RINGS
 * @pvm: VM
 *
 * Source: KVM API 8.29. Sleeps.
 *
 * Return: number of entries taken back, -EINVAL if the VM has no rings.
 */
int ring_reset(struct pvm *pvm)
{
	unsigned int i, nr = pvm_nr_vcpus(pvm);
	bool flush = false;
	int n = 0;

	if (!pvm->mmu.rings)
		return -EINVAL;
	mutex_lock(&pvm->mmu.slots_lock);
	for (i = 0; i < nr; i++)
		n += ring_reset_one(pvm->vcpu[i], &flush);
	mutex_unlock(&pvm->mmu.slots_lock);
	if (flush)
		mmu_flush_tlb(pvm);
	return n;
}

/* ---- swap --------------------------------------------------------------------------------------------------- */

int ring_export(struct pvm *pvm, struct keel_stream *s)
{
	const struct keel_rec_ring_mode mode = { .bytes = pvm->mmu.ring_bytes };
	unsigned int i;
	int ret;

	if (!pvm->mmu.rings)
		return 0;
	ret = keel_put_ring_mode(s, &mode, NULL, 0);
	for (i = 0; i < pvm->vm->nr_vcpus && !ret; i++) {
		const struct keel_rec_dirty_ring rec = {
			.vcpu = i,
			.dirty = pvm->mmu.rings[i].dirty,
			.reset = pvm->mmu.rings[i].reset,
		};

		ret = keel_put_dirty_ring(s, &rec, NULL, 0);
	}
	return ret;
}

int ring_import_mode(struct pvm *pvm, const struct keel_rec_ring_mode *rec)
{
	if (pvm->mmu.rings || ring_check_size(rec->bytes))
		return -EINVAL;
	return ring_alloc(&pvm->mmu, rec->bytes);
}

int ring_import(struct pvm *pvm, const struct keel_rec_dirty_ring *rec)
{
	u32 entries = pvm->mmu.ring_bytes / sizeof(struct kvm_dirty_gfn);

	if (!pvm->mmu.rings || rec->vcpu >= pvm->vm->nr_vcpus || rec->dirty - rec->reset > entries)
		return -EINVAL;
	pvm->mmu.rings[rec->vcpu].dirty = rec->dirty;
	pvm->mmu.rings[rec->vcpu].reset = rec->reset;
	return 0;
}
