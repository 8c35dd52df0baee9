// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty bitmaps (KVM API 4.8, 4.117). A bitmap is the anchor's memory, one bit a page; this file sets bits and
 * harvests them, and splits blocks ahead of the writes if the VMM asked for it.
 *
 * No lock joins the two, an order does: whoever lets a guest write a page makes it writable first and sets the
 * bit after; whoever harvests clears the bit first and takes write permission after. Whatever way the two
 * interleave, a page that stays writable has its bit set or about to be set by a thread that is still inside
 * KVM_RUN.
 */
#include <linux/log2.h>
#include <linux/sched/signal.h>

#include "memslot.h"

/* Bitmap words harvested at once: one page of them, 128 MiB of guest */
#define HARVEST_WORDS	512UL

void dirty_mark(struct pvm_mmu *mmu, struct memslot *slot, u64 gfn, struct pvcpu *v)
{
	u64 page = gfn - slot->base_gfn;

	if (!memslot_logging(slot))
		return;
	if (mmu->rings && v)
		ring_push(v, slot->id, page);
	else if (slot->bitmap)
		set_bit(page, slot->bitmap);
}

bool dirty_protect(struct pvm *pvm, u64 gfn, u64 npages)
{
	bool any = false;

	while (npages) {
		u64 n = min_t(u64, npages, STAGE2_CHUNK);

		any |= keel_hc_guest_wrprotect(pvm->vm->handle, gfn << PAGE_SHIFT, n) > 0;
		gfn += n;
		npages -= n;
		cond_resched();
	}
	return any;
}

/* ---- eager split (KVM API 8.40) ----------------------------------------------------------------------------- */

/* One call of the nucleus'. Blocks that are left because there was no memory are split when they are written to */
static int split_chunk(struct pvm *pvm, u64 gfn, u64 n)
{
	/* A table for each 2 MiB that is touched, and for each 1 GiB */
	unsigned int want = n / PTRS_PER_PTE + n / PTRS_PER_PTE / PTRS_PER_PMD + 4, tries;
	s64 ret = -ENOMEM;

	/* vCPUs draw from the same supply */
	for (tries = 0; tries < 4 && ret == -ENOMEM; tries++) {
		ret = keel_hc_guest_split(pvm->vm->handle, gfn << PAGE_SHIFT, n);
		if (ret == -ENOMEM && keel_vm_topup(pvm->vm, want))
			break;
	}
	return fatal_signal_pending(current) ? -EINTR : ret;
}

void dirty_split(struct pvm *pvm, u64 gfn, u64 npages)
{
	u64 chunk = pvm->mmu.split_chunk >> PAGE_SHIFT, n;

	/* A block is split whole: less than the smallest one would be the same work in more calls */
	for (chunk = chunk ? clamp_t(u64, chunk, PTRS_PER_PTE, STAGE2_CHUNK) : 0; chunk && npages; npages -= n) {
		n = min(npages, chunk - (gfn & (chunk - 1)));
		if (split_chunk(pvm, gfn, n))
			break;
		gfn += n;
		cond_resched();
	}
}

static bool chunk_ok(u64 bytes)
{
	return !bytes || (is_power_of_2(bytes) && bytes & MMU_BLOCK_SIZES);
}

/**
 * dirty_set_chunk() - KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE
 * @pvm: VM without memslots
 * @bytes: a block size, or 0: no block is split ahead; as the VMM wrote it
 *
 * Return: 0, -EINVAL.
 */
int dirty_set_chunk(struct pvm *pvm, u64 bytes)
{
	int ret = -EINVAL;

	mutex_lock(&pvm->mmu.slots_lock);
	if (chunk_ok(bytes) && !memslot_any(pvm)) {
		pvm->mmu.split_chunk = bytes;
		ret = 0;
	}
	mutex_unlock(&pvm->mmu.slots_lock);
	return ret;
}

bool dirty_protect_again(struct pvm *pvm, u64 gfn, u64 npages)
{
	bool any = dirty_protect(pvm, gfn, npages);

	if (pvm->caps & PVM_CAP_DIRTY_INIT_SET)
		dirty_split(pvm, gfn, npages);
	return any;
}

/* ---- harvesting --------------------------------------------------------------------------------------------- */

/*
 * Protect what @words say was dirty, from @first_page of the slot on. Words that follow each other go as one
 * range; clean pages between dirty ones are read-only already, or count as dirty.
 */
static bool protect_words(struct pvm *pvm, const struct memslot *slot, u64 first_page, const unsigned long *words,
			  unsigned long n)
{
	unsigned long i, j;
	bool any = false;
	u64 from, to;

	for (i = 0; i < n; i = j + 1) {
		j = i;
		if (!words[i])
			continue;
		while (j + 1 < n && words[j + 1])
			j++;
		from = first_page + i * BITS_PER_LONG + __ffs(words[i]);
		to = first_page + j * BITS_PER_LONG + __fls(words[j]) + 1;
		any |= dirty_protect_again(pvm, slot->base_gfn + from, to - from);
	}
	return any;
}

/* The slot of a request, or why there is none; slots_lock held */
static struct memslot *logged_slot(struct pvm *pvm, u32 id)
{
	struct memslot *slot;

	if (!memslot_use_bitmap(pvm))
		return ERR_PTR(-ENXIO);
	if (id >= MEMSLOT_MAX)
		return ERR_PTR(-EINVAL);
	slot = memslot_by_id(&pvm->mmu, id);
	return slot && slot->bitmap ? slot : ERR_PTR(-ENOENT);
}

/* ---- KVM_GET_DIRTY_LOG -------------------------------------------------------------------------------------- */

static bool take_words(unsigned long *bitmap, unsigned long *to, unsigned long n)
{
	bool any = false;
	unsigned long i;

	for (i = 0; i < n; i++) {
		to[i] = READ_ONCE(bitmap[i]) ? xchg(&bitmap[i], 0) : 0;
		any |= to[i];
	}
	return any;
}

/* The VMM did not get them: they are still dirty */
static void give_words_back(unsigned long *bitmap, const unsigned long *from, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		if (from[i])
			atomic_long_or(from[i], (atomic_long_t *)&bitmap[i]);
}

static int harvest(struct pvm *pvm, struct memslot *slot, unsigned long __user *to)
{
	unsigned long total = memslot_bitmap_bytes(slot) / sizeof(long), at, n;
	unsigned long *words = kmalloc_array(HARVEST_WORDS, sizeof(long), GFP_KERNEL);
	bool flush = false;
	int ret = 0;

	if (!words)
		return -ENOMEM;
	for (at = 0; at < total && !ret; at += n) {
		n = min(total - at, HARVEST_WORDS);
		if (take_words(slot->bitmap + at, words, n))
			flush |= protect_words(pvm, slot, (u64)at * BITS_PER_LONG, words, n);
		if (copy_to_user(to + at, words, n * sizeof(long))) {
			give_words_back(slot->bitmap + at, words, n);
			ret = -EFAULT;
		}
	}
	if (flush)
		mmu_flush_tlb(pvm);
	kfree(words);
	return ret;
}

/**
 * dirty_get_log() - KVM_GET_DIRTY_LOG
 * @pvm: VM
 * @log: request, copied in; the bitmap it points to gets a bit a page, rounded up to 64 pages
 *
 * Pages count as clean from here on, and writes to them are seen again; with KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2
 * only KVM_CLEAR_DIRTY_LOG does that. Source: KVM API 4.8. Sleeps.
 *
 * Return: 0, -ENXIO (the VM has rings instead), -EINVAL, -ENOENT (no such slot, or not logged), -EFAULT, -ENOMEM.
 */
int dirty_get_log(struct pvm *pvm, struct kvm_dirty_log *log)
{
	struct memslot *slot;
	int ret = 0;

	mutex_lock(&pvm->mmu.slots_lock);
	slot = logged_slot(pvm, log->slot);
	if (IS_ERR(slot))
		ret = PTR_ERR(slot);
	else if (!(pvm->caps & PVM_CAP_DIRTY_MANUAL))
		ret = harvest(pvm, slot, log->dirty_bitmap);
	else if (copy_to_user(log->dirty_bitmap, slot->bitmap, memslot_bitmap_bytes(slot)))
		ret = -EFAULT;
	mutex_unlock(&pvm->mmu.slots_lock);
	return ret;
}

/* ---- KVM_CLEAR_DIRTY_LOG ------------------------------------------------------------------------------------ */

static int check_clear(const struct kvm_clear_dirty_log *log, const struct memslot *slot)
{
	u64 left;

	if (log->first_page > slot->npages)
		return -EINVAL;
	left = slot->npages - log->first_page;
	if (log->num_pages > left || (log->num_pages < left && (log->num_pages & 63)))
		return -EINVAL;
	return 0;
}

/* Leaves in @words what was really dirty and is not any more */
static bool clear_words(unsigned long *bitmap, unsigned long *words, unsigned long n)
{
	bool any = false;
	unsigned long i;

	for (i = 0; i < n; i++) {
		if (words[i])
			words[i] &= atomic_long_fetch_andnot(words[i], (atomic_long_t *)&bitmap[i]);
		any |= words[i];
	}
	return any;
}

static int clear(struct pvm *pvm, struct memslot *slot, const struct kvm_clear_dirty_log *log)
{
	unsigned long total = DIV_ROUND_UP((u64)log->num_pages, BITS_PER_LONG), at, n;
	unsigned long first = log->first_page / BITS_PER_LONG;
	unsigned long *words = kmalloc_array(HARVEST_WORDS, sizeof(long), GFP_KERNEL);
	unsigned long __user *from = log->dirty_bitmap;
	bool flush = false;
	int ret = 0;

	if (!words)
		return -ENOMEM;
	for (at = 0; at < total; at += n) {
		n = min(total - at, HARVEST_WORDS);
		if (copy_from_user(words, from + at, n * sizeof(long))) {
			ret = -EFAULT;
			break;
		}
		if (clear_words(slot->bitmap + first + at, words, n))
			flush |= protect_words(pvm, slot, (u64)(first + at) * BITS_PER_LONG, words, n);
	}
	if (flush)
		mmu_flush_tlb(pvm);
	kfree(words);
	return ret;
}

/**
 * dirty_clear_log() - KVM_CLEAR_DIRTY_LOG
 * @pvm: VM
 * @log: request, copied in; first_page is a multiple of 64, num_pages too unless it reaches the slot's end
 *
 * Source: KVM API 4.117. Sleeps. Bits beyond the slot that the VMM sets mean nothing.
 *
 * Return: 0, -ENXIO, -EINVAL, -ENOENT as dirty_get_log(), -EFAULT (what could be read is cleared), -ENOMEM.
 */
int dirty_clear_log(struct pvm *pvm, struct kvm_clear_dirty_log *log)
{
	struct memslot *slot;
	int ret;

	if (memslot_use_bitmap(pvm) && (log->first_page & 63))
		return -EINVAL;
	mutex_lock(&pvm->mmu.slots_lock);
	slot = logged_slot(pvm, log->slot);
	ret = IS_ERR(slot) ? PTR_ERR(slot) : check_clear(log, slot);
	if (!ret)
		ret = clear(pvm, slot, log);
	mutex_unlock(&pvm->mmu.slots_lock);
	return ret;
}

/* ---- swap --------------------------------------------------------------------------------------------------- */

int dirty_export(struct pvm *pvm, struct keel_stream *s)
{
	const struct keel_rec_eager_split rec = { .chunk = pvm->mmu.split_chunk };

	return rec.chunk ? keel_put_eager_split(s, &rec, NULL, 0) : 0;
}

int dirty_import(struct pvm *pvm, const struct keel_rec_eager_split *rec)
{
	if (!chunk_ok(rec->chunk))
		return -EINVAL;
	pvm->mmu.split_chunk = rec->chunk;
	return 0;
}
