// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a guest may use with its caches off, while host and VMM use it with theirs on: one of them would read what the
 * other has not written back. Stage 2 does not force write-back (FWB is not used), so what a guest says counts.
 *
 * Three moments: a page is cleaned before it is mapped (mmu.c); it is cleaned and invalidated after it was unmapped, so that
 * lines which the host has speculatively read meanwhile do not hide what the guest wrote past them; and all mapped memory
 * is when a guest turns its caches on or off (cachereg.c). Owns nothing. mmu->lock is held: as long as it is, no page that
 * was found here is given to anybody else.
 */
#include "memslot.h"

/* Runs of pages that are dealt with at once; on the stack */
#define RUNS	32

struct run {
	unsigned long pfn, npages;
};

/* As next_run(), by a nucleus that does not know guest_run: one leaf, a block whole */
static int next_leaf(u32 handle, u64 *ipa, u64 end, struct run *run)
{
	s64 at = keel_hc_guest_next(handle, *ipa, (end - *ipa) >> PAGE_SHIFT), leaf;
	unsigned int level = at & 3;

	if (at < 0)
		return at;
	at &= PAGE_MASK;
	run->npages = 1UL << (9 * (3 - level));
	*ipa = at + (run->npages << PAGE_SHIFT);
	leaf = keel_hc_guest_lookup(handle, at);
	run->pfn = (leaf & GENMASK_ULL(51, 12)) >> PAGE_SHIFT;
	return leaf >= 0 && !((leaf >> 52) & KEEL_PROT_DEVICE);
}

/*
 * What is mapped at or after *ipa and follows on each other in memory; *ipa moves behind it. 1: memory, 0: a device, -ENOENT:
 * nothing, other errno: cannot be told
 */
static int next_run(u32 handle, u64 *ipa, u64 end, struct run *run)
{
	s64 ret = keel_hc_guest_run(handle, *ipa, (end - *ipa) >> PAGE_SHIFT);

	static_assert(STAGE2_CHUNK <= KEEL_RUN_MAX);
	if (ret == -ENOSYS)
		return next_leaf(handle, ipa, end, run);
	if (ret < 0)
		return ret;
	run->pfn = ret & KEEL_RUN_PFN;
	run->npages = (ret >> KEEL_RUN_MORE_SHIFT & (KEEL_RUN_MAX - 1)) + 1;
	*ipa += ((ret >> KEEL_RUN_SKIP_SHIFT & (KEEL_RUN_MAX - 1)) + run->npages) << PAGE_SHIFT;
	return !(ret & KEEL_RUN_DEVICE);
}

static void clean_runs(const struct run *runs, unsigned int nr)
{
	while (nr--)
		hostpage_clean(runs[nr].pfn, runs[nr].npages);
}

bool coherence_unmap(u32 handle, u64 ipa, u64 n)
{
	u64 end = ipa + (n << PAGE_SHIFT), from = ipa;
	struct run runs[RUNS];
	unsigned int nr;
	bool any = false;
	int ret = 0;

	for (; ipa < end && ret >= 0; from = ipa) {
		for (nr = 0; nr < RUNS && ipa < end; nr += ret) {
			ret = next_run(handle, &ipa, end, &runs[nr]);
			if (ret < 0)
				break;
		}
		/* A nucleus that cannot tell what is there gets one call for all */
		if (ret < 0 && ret != -ENOENT)
			ipa = end;
		if (ipa > from)
			any |= keel_hc_guest_unmap(handle, from, (min(ipa, end) - from) >> PAGE_SHIFT) > 0;
		clean_runs(runs, nr);
	}
	return any;
}

/* For memslot_for_hva() */
static bool flush_pages(u32 handle, u64 ipa, u64 n)
{
	u64 end = ipa + (n << PAGE_SHIFT);
	struct run run;
	int ret = 0;

	while (ipa < end && ret >= 0) {
		ret = next_run(handle, &ipa, end, &run);
		if (ret > 0)
			clean_runs(&run, 1);
	}
	/* Cannot be told: what is mapped again is cleaned then */
	if (ret < 0 && ret != -ENOENT)
		keel_hc_guest_unmap(handle, ipa, (end - ipa) >> PAGE_SHIFT);
	return false;
}

void mmu_flush_caches(struct pvm *pvm)
{
	if (pvm->mmu.ready)
		memslot_for_hva(&pvm->mmu, 0, ULONG_MAX, true, flush_pages);
}
