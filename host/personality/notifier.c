// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory manager's word about the VMM's memory, passed on to stage-2: what it takes away is unmapped, what
 * it asks the age of is aged. Owns the count of invalidations under way, by which faults know that what they
 * looked up is stale. Never sleeps where the memory manager says it must not.
 *
 * While a VM is swapped two personalities are attached to one address space. Both unmap; the one that leaves
 * last touched nothing after step 5, so what it sees last is only its own release.
 */
#include <linux/sched/mm.h>

#include "memslot.h"

static struct pvm_mmu *to_mmu(struct mmu_notifier *mn)
{
	return container_of(mn, struct pvm_mmu, mn);
}

static bool age_pages(u32 handle, u64 ipa, u64 n)
{
	return keel_hc_guest_age(handle, ipa, n, 1) > 0;
}

static bool test_pages(u32 handle, u64 ipa, u64 n)
{
	return keel_hc_guest_age(handle, ipa, n, 0) > 0;
}

/*
 * From here to the end no fault maps a page of the range: one that holds the lock is waited for, a later one
 * sees the count. So the unmapping itself needs the lock for the slots only.
 */
static int invalidate_range_start(struct mmu_notifier *mn, const struct mmu_notifier_range *range)
{
	struct pvm_mmu *mmu = to_mmu(mn);

	write_lock(&mmu->lock);
	if (!mmu->inv_count++) {
		mmu->inv_start = range->start;
		mmu->inv_end = range->end;
	} else {
		mmu->inv_start = min(mmu->inv_start, range->start);
		mmu->inv_end = max(mmu->inv_end, range->end);
	}
	write_unlock(&mmu->lock);

	memslot_for_hva(mmu, range->start, range->end, mmu_notifier_range_blockable(range), coherence_unmap);
	return 0;
}

static void invalidate_range_end(struct mmu_notifier *mn, const struct mmu_notifier_range *range)
{
	struct pvm_mmu *mmu = to_mmu(mn);

	write_lock(&mmu->lock);
	mmu->inv_seq++;
	if (!WARN_ON_ONCE(!mmu->inv_count))
		mmu->inv_count--;
	write_unlock(&mmu->lock);
}

static int clear_flush_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct pvm_mmu *mmu = to_mmu(mn);
	bool young = memslot_for_hva(mmu, start, end, false, age_pages);

	if (young)
		mmu_flush_tlb(mmu->pvm);
	return young;
}

/* A stale TLB entry only makes a page look older than it is: not worth a broadcast */
static int clear_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	return memslot_for_hva(to_mmu(mn), start, end, false, age_pages);
}

static int test_young(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long address)
{
	return memslot_for_hva(to_mmu(mn), address, address + 1, false, test_pages);
}

/* The address space goes, for good: nothing of it may be reachable when this returns */
static void release(struct mmu_notifier *mn, struct mm_struct *mm)
{
	struct pvm_mmu *mmu = to_mmu(mn);

	if (!READ_ONCE(mmu->detaching))
		memslot_for_hva(mmu, 0, ULONG_MAX, true, coherence_unmap);
}

static const struct mmu_notifier_ops notifier_ops = {
	.invalidate_range_start = invalidate_range_start,
	.invalidate_range_end = invalidate_range_end,
	.clear_flush_young = clear_flush_young,
	.clear_young = clear_young,
	.test_young = test_young,
	.release = release,
};

/**
 * notifier_attach() - watch the creator's address space
 * @mmu: guest memory, without slots: there is nothing yet that could be missed
 *
 * Sleeps; takes the mmap lock. An address space whose last user is gone has no memory left to watch.
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int notifier_attach(struct pvm_mmu *mmu)
{
	struct mm_struct *mm = mmu->pvm->vm->mm;
	int ret;

	if (!mmget_not_zero(mm))
		return 0;
	mmu->mn.ops = &notifier_ops;
	ret = mmu_notifier_register(&mmu->mn, mm);
	mmu->attached = !ret;
	mmput(mm);
	return ret;
}

/* Stage-2 stays as it is; after it no callback runs */
void notifier_detach(struct pvm_mmu *mmu)
{
	if (!mmu->attached)
		return;
	/* mmu_notifier_unregister() calls release() itself */
	WRITE_ONCE(mmu->detaching, true);
	mmu_notifier_unregister(&mmu->mn, mmu->pvm->vm->mm);
	mmu->attached = false;
}

void mmu_unmap_all(struct pvm *pvm)
{
	if (pvm->mmu.ready)
		memslot_for_hva(&pvm->mmu, 0, ULONG_MAX, true, coherence_unmap);
}
