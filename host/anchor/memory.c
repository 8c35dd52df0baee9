// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for the nucleus before it runs: what is RAM, its ownership records, the first pages of its page-table pool.
 * It finds and allocates; the nucleus checks. After the nucleus runs nothing here is freed.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/ioport.h>
#include <linux/mm.h>

#include <asm/cacheflush.h>

#include "abi/hcall.h"
#include "keel_host.h"
#include "load.h"

/*
 * First pages of the pool: tables for what is given at load, at EL2 and out of the host's stage-2, wherever it lies. All
 * else comes by keel_pool_grow() when it is needed. 1024 pages are the most that alloc_pages() gives.
 */
#define POOL_PAGES_LEAST	32
#define POOL_PAGES_PER_CPU	2	/* a last-level table each */
#define POOL_PAGES_PER_CHUNK	4	/* and the level above */
#define POOL_PAGES_MOST		1024
#define POOL_ORDER_MORE		6	/* 256 KiB at a time later on */
#define POOL_ORDER_LEAST	3

static atomic_long_t grown;	/* pages */

/* To memory, and out of the cache: it is read and written with caches off next (Arm ARM D7.5.9) */
void keel_clean_range(const void *va, size_t bytes)
{
	unsigned long line = 4UL << (read_cpuid_cachetype() >> 16 & 0xf);
	unsigned long p = (unsigned long)va & ~(line - 1);

	for (; p < (unsigned long)va + bytes; p += line)
		asm volatile("dc civac, %0" : : "r" (p) : "memory");
	dsb(sy);
}

static int add_region(struct keel_boot *boot, u64 start, u64 end)
{
	struct keel_boot_region *region;

	start = PAGE_ALIGN(start);
	end = ALIGN_DOWN(end + 1, PAGE_SIZE);
	if (end <= start)
		return 0;
	region = &boot->regions[boot->nr_regions];
	if (boot->nr_regions && region[-1].base + region[-1].size == start) {
		region[-1].size += end - start;
		return 0;
	}
	if (boot->nr_regions == KEEL_MAX_REGIONS) {
		pr_err("RAM is in more than %d pieces\n", KEEL_MAX_REGIONS);
		return -E2BIG;
	}
	region->base = start;
	region->size = end - start;
	boot->nr_regions++;
	return 0;
}

/* Top level only, ascending as the tree is. Memory hotplug after this is not the nucleus' RAM. */
int keel_memory_regions(struct keel_boot *boot)
{
	struct resource *r;
	int err = 0;

	for (r = iomem_resource.child; r && !err; r = r->sibling)
		if ((r->flags & IORESOURCE_SYSTEM_RAM) == IORESOURCE_SYSTEM_RAM)
			err = add_region(boot, r->start, r->end);
	return err;
}

static int add_chunk(struct keel_boot *boot, u64 gib)
{
	struct page *page;

	if (boot->nr_chunks && boot->chunks[boot->nr_chunks - 1].gib == gib)
		return 0;
	if (boot->nr_chunks == KEEL_MAX_CHUNKS) {
		pr_err("RAM in more than %d GiB of address space\n", KEEL_MAX_CHUNKS);
		return -E2BIG;
	}
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(KEEL_CHUNK_SIZE));
	if (!page)
		return -ENOMEM;
	boot->chunks[boot->nr_chunks].gib = gib;
	boot->chunks[boot->nr_chunks].pa = page_to_phys(page);
	boot->nr_chunks++;
	return 0;
}

int keel_memory_chunks(struct keel_boot *boot)
{
	const struct keel_boot_region *r = boot->regions;
	u64 gib;
	u32 i;
	int err = 0;

	for (i = 0; i < boot->nr_regions; i++, r++)
		for (gib = r->base >> KEEL_CHUNK_SHIFT;
		     gib <= (r->base + r->size - 1) >> KEEL_CHUNK_SHIFT && !err; gib++)
			err = add_chunk(boot, gib);
	return err;
}

static u64 first_pool_pages(const struct keel_boot *boot)
{
	u64 n = POOL_PAGES_LEAST + boot->nr_cpus * POOL_PAGES_PER_CPU + boot->nr_chunks * POOL_PAGES_PER_CHUNK;

	/* The host's root tables are aligned to their size */
	if (boot->mode == KEEL_FEAT_PROTECTED)
		n += 2 * keel_pgd_pages(keel_ipa_limit());
	return min_t(u64, n, POOL_PAGES_MOST);
}

/* After keel_memory_chunks() and the CPUs: they say how much */
int keel_memory_pool(struct keel_boot *boot)
{
	size_t bytes = first_pool_pages(boot) * PAGE_SIZE;
	void *pool = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_ZERO);

	if (!pool)
		return -ENOMEM;
	boot->pool_pa = virt_to_phys(pool);
	boot->pool_pages = bytes / PAGE_SIZE;
	keel_clean_range(pool, bytes);
	return 0;
}

/*
 * Pages of VMs and table pages come from anywhere, and EL2 (and the host's stage-2) may need tables of its own to reach
 * them. What is given here stays the nucleus'.
 */
int keel_pool_grow(void)
{
	unsigned int order = POOL_ORDER_MORE;
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, order);
	int err;

	if (!page) {
		/* Less than this could be eaten up by the tables for itself */
		order = POOL_ORDER_LEAST;
		page = alloc_pages(GFP_KERNEL, order);
	}
	if (!page)
		return -ENOMEM;
	err = keel_hc_host_donate_pool(page_to_phys(page), 1 << order);
	if (err)
		__free_pages(page, order);
	else
		atomic_long_add(1 << order, &grown);
	return err;
}

void keel_memory_free(struct keel_boot *boot)
{
	u32 i;

	for (i = 0; i < boot->nr_chunks; i++)
		free_pages((unsigned long)phys_to_virt(boot->chunks[i].pa), get_order(KEEL_CHUNK_SIZE));
	if (boot->pool_pa)
		free_pages_exact(phys_to_virt(boot->pool_pa), boot->pool_pages * PAGE_SIZE);
}

/* Bytes: ownership records, the pool as it was at load and as it has grown since */
size_t keel_memory_bytes(const struct keel_boot *boot)
{
	u64 pool = boot->pool_pages + atomic_long_read(&grown);

	return boot->nr_chunks * KEEL_CHUNK_SIZE + pool * PAGE_SIZE;
}
