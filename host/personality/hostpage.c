// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's side of a stage-2 fault: which page backs an address of the VMM, how large it is mapped there,
 * and the cache maintenance it needs before a guest uses it. Owns nothing; a page found here is only as good
 * as the invalidation count that the caller read before.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/swap.h>
#include <asm/cacheflush.h>
#include <asm/cputype.h>

#include "memslot.h"

/* ---- finding ------------------------------------------------------------------------------------------------ */

/* Present and writable: no need to sleep, and a read gets write permission with it */
static bool get_fast(unsigned long hva, struct hostpage *hp)
{
	if (get_user_pages_fast_only(hva, 1, FOLL_WRITE, &hp->page) != 1)
		return false;
	hp->writable = true;
	return true;
}

/* Faults the page in. 1, or an errno */
static long get_slow(unsigned long hva, bool write, bool may_write, struct hostpage *hp)
{
	unsigned int flags = FOLL_HWPOISON | KEEL_FOLL_HONOR_NUMA_FAULT | (write ? FOLL_WRITE : 0);
	struct page *page, *writable;
	long ret;

	ret = get_user_pages_unlocked(hva, 1, &page, flags);
	if (ret != 1)
		return ret ? ret : -EFAULT;
	hp->writable = write;
	hp->page = page;
	if (!write && may_write && get_user_pages_fast_only(hva, 1, FOLL_WRITE, &writable) == 1) {
		hp->writable = true;
		hp->page = writable;
		put_page(page);
	}
	return 1;
}

/* What a driver mapped without pages to refer to; mmap lock held. -EAGAIN: it was dropped, look again */
static int get_pfnmap(struct vm_area_struct *vma, unsigned long hva, bool write, struct hostpage *hp)
{
	bool unlocked = false;
	int ret;

	ret = keel_follow_pfn(vma, hva, &hp->pfn, &hp->writable);
	if (ret) {
		ret = fixup_user_fault(current->mm, hva, write ? FAULT_FLAG_WRITE : 0, &unlocked);
		if (ret)
			return ret;
		return -EAGAIN;
	}
	hp->page = NULL;
	hp->device = !pfn_is_map_memory(hp->pfn);
	return write && !hp->writable ? -EFAULT : 0;
}

static int get_remapped(unsigned long hva, bool write, struct hostpage *hp)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int ret = -EFAULT;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = vma_lookup(mm, hva);
	if (vma && (vma->vm_flags & (VM_IO | VM_PFNMAP)))
		ret = get_pfnmap(vma, hva, write, hp);
	mmap_read_unlock(mm);
	return ret;
}

int hostpage_get(unsigned long hva, bool write, bool may_write, struct hostpage *hp)
{
	long ret;

	memset(hp, 0, sizeof(*hp));
	if (!((write || may_write) && get_fast(hva, hp))) {
		ret = get_slow(hva, write, may_write, hp);
		if (ret == -EHWPOISON || ret == -EINTR || ret == -EAGAIN)
			return ret;
		if (ret < 0)
			return get_remapped(hva, write, hp);
	}
	hp->pfn = page_to_pfn(hp->page);
	hp->device = !pfn_is_map_memory(hp->pfn);
	return 0;
}

void hostpage_put(const struct hostpage *hp, bool dirty)
{
	if (!hp->page)
		return;
	/* The guest writes through stage-2, which leaves no dirty bit in the VMM's page tables */
	if (!PageReserved(hp->page)) {
		if (dirty)
			SetPageDirty(hp->page);
		mark_page_accessed(hp->page);
	}
	put_page(hp->page);
}

/*
 * Without locks, as get_user_pages_fast() does: tables are freed by way of an interrupt to every CPU that may
 * be in here, so interrupts are off.
 */
static unsigned int walk_level(struct mm_struct *mm, unsigned long hva, unsigned long pfn)
{
	pgd_t *pgdp = pgd_offset(mm, hva), pgd = READ_ONCE(*pgdp);
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t pmd;

	if (pgd_none(pgd))
		return 3;
	p4dp = p4d_offset_lockless(pgdp, pgd, hva);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d))
		return 3;
	pudp = pud_offset_lockless(p4dp, p4d, hva);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud) || !pud_present(pud))
		return 3;
	if (pud_leaf(pud))
		return pud_pfn(pud) + ((hva & ~PUD_MASK) >> PAGE_SHIFT) == pfn ? 1 : 3;
	pmd = READ_ONCE(*pmd_offset_lockless(pudp, pud, hva));
	if (!pmd_present(pmd) || !pmd_leaf(pmd))
		return 3;
	return pmd_pfn(pmd) + ((hva & ~PMD_MASK) >> PAGE_SHIFT) == pfn ? 2 : 3;
}

unsigned int hostpage_level(unsigned long hva, unsigned long pfn)
{
	unsigned long flags;
	unsigned int level;

	BUILD_BUG_ON(PAGE_SHIFT != KEEL_PAGE_SHIFT);
	local_irq_save(flags);
	level = walk_level(current->mm, hva, pfn);
	local_irq_restore(flags);
	return level;
}

/* ---- caches ------------------------------------------------------------------------------------------------- */

/* CTR_EL0.DminLine: log2 of the number of words in the smallest data cache line */
static unsigned long dcache_line(void)
{
	return 4UL << ((read_cpuid_cachetype() >> 16) & 0xf);
}

void hostpage_clean(unsigned long pfn, unsigned long npages)
{
	unsigned long addr = (unsigned long)pfn_to_kaddr(pfn), end = addr + npages * PAGE_SIZE;
	unsigned long line = dcache_line();

	for (; addr < end; addr += line)
		asm volatile("dc civac, %0" : : "r" (addr) : "memory");
	dsb(sy);
}

/* CTR_EL0.L1Ip: anything but physically indexed, physically tagged has aliases by other addresses */
static bool icache_aliases(void)
{
	return ((read_cpuid_cachetype() >> 14) & 3) != 3;
}

void hostpage_sync_icache(unsigned long pfn, unsigned long npages)
{
	unsigned long addr = (unsigned long)pfn_to_kaddr(pfn);

	if (npages <= PTRS_PER_PTE && !icache_aliases()) {
		caches_clean_inval_pou(addr, addr + npages * PAGE_SIZE);
		return;
	}
	hostpage_clean(pfn, npages);
	asm volatile("ic ialluis" : : : "memory");
	dsb(ish);
	isb();
}

bool hostpage_icache_coherent(void)
{
	return read_sanitised_ftr_reg(SYS_CTR_EL0) & BIT(29);
}
