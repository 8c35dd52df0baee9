// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the MMU is made to do: EL2's own address space, the host's stage-2 (INV-2), and the seam of core/pgtable.c. It owns
 * the two tables; it trusts mem.c for what may be mapped (mem_lock held), and never looks at contents.
 *
 * EL2 maps the image, the stacks, tables, ownership records, and pages that were given to or shared with it, all as 4 KiB
 * pages at PA + va_offset. The host's stage-2 is the identity in 1 GiB blocks, split where pages are taken out. A table
 * there stays until all of its pages are the host's again, so giving a page back needs no memory and cannot fail.
 */
#include "nvhe/mem.h"
#include "nvhe/vm.h"

#define EL2_VA_BITS		48

/* TCR_EL2 and VTCR_EL2 (Arm ARM D19): walks inner shareable, write-back write-allocate; 4 KiB granule */
#define TCR_WALK		(BIT_ULL(8) | BIT_ULL(10) | GENMASK_ULL(13, 12))
#define TCR_PS_SHIFT		16
#define TCR_EL2_RES1		(BIT_ULL(31) | BIT_ULL(23))
#define VTCR_SL0_SHIFT		6
#define VTCR_RES1		BIT_ULL(31)

#define MAIR			(0xffULL << (8 * PGTABLE_MAIR_NORMAL) | 0x04ULL << (8 * PGTABLE_MAIR_DEVICE))

#define FSC(esr)		((esr) & 0x3c)
#define FSC_TRANSLATION		0x04
#define FSC_ACCESS_FLAG		0x08
#define FSC_PERMISSION		0x0c

static struct pgtable el2_pt;		/* mem_lock */
static struct pgtable host_pt;		/* mem_lock */
static u64 host_root;
static bool host_on;			/* mem_lock: host_pt is what the host runs with, or will */

/* ---- the seam ----------------------------------------------------------------------------------------------- */

void *pgtable_hw_va(u64 pa)
{
	return nuc_va(pa);
}

void pgtable_hw_set(const struct pgtable *pt, u64 ia, unsigned int level, u64 *entry, u64 val)
{
	*(volatile u64 *)entry = val;
}

void pgtable_hw_barrier(void)
{
	nuc_dsb(ishst);
	nuc_isb();
}

static void tlbi_el2(const u64 *ia, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		nuc_tlbi_arg(vae2is, ia[i] >> 12);
	if (!n)
		nuc_tlbi(alle2is);
	nuc_dsb(ish);
	nuc_isb();
}

/*
 * By IPA only entries of stage 2 alone go; what combines both stages is not found by IPA, so after their completion all of
 * stage 1 of that VMID goes too (Arm ARM D8, "TLB maintenance instructions that apply to stage 2").
 */
static void tlbi_stage2(const u64 *ia, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		nuc_tlbi_arg(ipas2e1is, ia[i] >> 12);
	if (n) {
		nuc_dsb(ish);
		nuc_tlbi(vmalle1is);
	} else {
		nuc_tlbi(vmalls12e1is);
	}
	nuc_dsb(ish);
	nuc_isb();
}

void pgtable_hw_tlbi(const struct pgtable *pt, const u64 *ia, unsigned int n)
{
	struct nuc_tlb_ctx ctx;

	if (pt == &el2_pt) {
		tlbi_el2(ia, n);
	} else if (pt == &host_pt) {
		/* VTTBR_EL2 holds the host's VMID, 0, whenever the nucleus serves the host */
		tlbi_stage2(ia, n);
	} else {
		switch_tlb_begin(container_of(pt, struct nuc_vm, pt), &ctx);
		tlbi_stage2(ia, n);
		switch_tlb_end(&ctx);
	}
}

/* ---- register values ---------------------------------------------------------------------------------------- */

/* ID_AA64MMFR0_EL1.PARange, no more than 48 bits: 52 would need another descriptor format */
static u64 pa_range(void)
{
	return min(sysreg_read(id_aa64mmfr0_el1) & 0xf, 5ULL);
}

unsigned int mmu_pa_bits(void)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };

	return bits[pa_range()];
}

u64 mmu_vtcr(const struct pgtable *pt)
{
	u64 sl0 = pt->start ? 1 : 2;

	return VTCR_RES1 | pa_range() << TCR_PS_SHIFT | TCR_WALK | sl0 << VTCR_SL0_SHIFT | (64 - pt->ia_bits);
}

u64 mmu_vttbr(const struct pgtable *pt)
{
	return (u64)pt->vmid << 48 | pt->root;
}

u64 mmu_ttbr(void)
{
	return el2_pt.root;
}

u64 mmu_tcr(void)
{
	return TCR_EL2_RES1 | pa_range() << TCR_PS_SHIFT | TCR_WALK | (64 - EL2_VA_BITS);
}

u64 mmu_mair(void)
{
	return MAIR;
}

u64 mmu_host_vttbr(void)
{
	return mmu_vttbr(&host_pt);
}

u64 mmu_host_vtcr(void)
{
	return mmu_vtcr(&host_pt);
}

/* ---- EL2's address space ------------------------------------------------------------------------------------ */

static u64 el2_ia(u64 pa)
{
	return pa + nuc_config.va_offset;
}

static int map_own(u64 pa, u64 bytes, u32 prot)
{
	return pgtable_map_pages(&el2_pt, el2_ia(pa), pa, bytes >> KEEL_PAGE_SHIFT, prot);
}

/* All of the pool becomes the free list, but for the host's root tables, which must be contiguous and aligned */
static int link_pool(void)
{
	u64 root = keel_pgd_pages(mmu_pa_bits()) * KEEL_PAGE_SIZE;
	u64 end = nuc_config.pool_pa + nuc_config.pool_pages * KEEL_PAGE_SIZE, pa;

	if (nuc_protected()) {
		host_root = ALIGN(nuc_config.pool_pa, root);
		if (host_root + root > end)
			return -ENOMEM;
	}
	/* From the end, so that pages are taken in ascending order */
	for (pa = end; pa > nuc_config.pool_pa; pa -= KEEL_PAGE_SIZE)
		if (!nuc_protected() || pa - KEEL_PAGE_SIZE - host_root >= root)
			pagelist_give(&mem_pool, pa - KEEL_PAGE_SIZE);
	return 0;
}

static int map_image(void)
{
	const struct nuc_config *c = &nuc_config;
	int err = map_own(c->image_pa, c->rodata_offset, PGTABLE_R | PGTABLE_X);

	/* The MMU goes on and off in the first page: there both addresses must reach the same code */
	if (!err && c->va_offset)
		err = pgtable_map_pages(&el2_pt, c->image_pa, c->image_pa, 1, PGTABLE_R | PGTABLE_X);
	if (!err)
		err = map_own(c->image_pa + c->rodata_offset, c->data_offset - c->rodata_offset, PGTABLE_R);
	if (!err)
		err = map_own(c->image_pa + c->data_offset, c->image_size - c->data_offset, PGTABLE_R | PGTABLE_W);
	return err;
}

/* The guard page below each stack is never mapped: a stack that runs over faults */
static int map_cpus(void)
{
	u64 guard = KEEL_CPU_GUARD_PAGES * KEEL_PAGE_SIZE;
	u32 i;
	int err = 0;

	for (i = 0; !err && i < nuc_config.nr_cpus; i++)
		err = map_own(nuc_config.cpu_pa[i] + guard, KEEL_CPU_PAGES * KEEL_PAGE_SIZE - guard,
			      PGTABLE_R | PGTABLE_W);
	return err;
}

static int map_data(void)
{
	const struct nuc_config *c = &nuc_config;
	u32 i;
	int err = map_own(c->pool_pa, c->pool_pages * KEEL_PAGE_SIZE, PGTABLE_R | PGTABLE_W);

	if (!err)
		err = map_own(c->log_pa, c->log_size, PGTABLE_R | PGTABLE_W);
	for (i = 0; !err && i < c->nr_chunks; i++)
		err = map_own(c->chunks[i].pa, KEEL_CHUNK_SIZE, PGTABLE_R | PGTABLE_W);
	return err;
}

/**
 * mmu_init() - the pool, and EL2's tables out of it
 *
 * First CPU, MMU off, nuc_config filled in; no locks, since nobody else is there. In vhe only the pool.
 *
 * Return: 0; -ENOMEM: the pool is too small; -EINVAL: an address does not fit.
 */
int mmu_init(void)
{
	u64 root;
	int err = link_pool();

	if (err || nuc_is_vhe())
		return err;
	root = pagelist_take(&mem_pool);
	if (root == KEEL_NO_PAGE)
		return -ENOMEM;
	err = pgtable_setup(&el2_pt, PGTABLE_EL2, EL2_VA_BITS, root, 0, &mem_pool);
	if (!err)
		err = map_image();
	if (!err)
		err = map_cpus();
	if (!err)
		err = map_data();
	return err;
}

/* A pointer that mmu_init() kept is a physical address; with an offset between the two EL2 reaches it elsewhere */
void mmu_rebase(void)
{
	el2_pt.supply = &mem_pool;
}

void mmu_el2_map(u64 pa, u64 n)
{
	if (nuc_is_vhe())
		return;
	NUC_INVARIANT(!pgtable_map_pages(&el2_pt, el2_ia(pa), pa, n, PGTABLE_R | PGTABLE_W),
		      "1: tables for EL2 were counted wrong");
}

void mmu_el2_unmap(u64 pa, u64 n)
{
	if (!nuc_is_vhe())
		pgtable_unmap(&el2_pt, el2_ia(pa), n);
}

/* ---- the host's stage-2 ------------------------------------------------------------------------------------- */

u64 mmu_cost(u64 pa, u64 n, bool from_host)
{
	u64 limit = 1ULL << EL2_VA_BITS, cost;

	if (nuc_is_vhe())
		return 0;
	if (el2_ia(pa) >= limit || n > (limit - el2_ia(pa)) >> KEEL_PAGE_SHIFT)
		return limit;
	cost = pgtable_cost(&el2_pt, el2_ia(pa), n, false);
	return from_host && host_on ? cost + pgtable_cost(&host_pt, pa, n, true) : cost;
}

static int host_take(u64 pa, u64 n)
{
	int err = pgtable_split(&host_pt, pa, n);

	if (!err)
		pgtable_unmap(&host_pt, pa, n);
	return err;
}

void mmu_host_take(u64 pa, u64 n)
{
	if (host_on)
		NUC_INVARIANT(!host_take(pa, n), "2: tables for the host were counted wrong");
}

void mmu_host_give(u64 pa, u64 n)
{
	if (!host_on)
		return;
	NUC_INVARIANT(!pgtable_map_pages(&host_pt, pa, pa, n, PGTABLE_RWX), "2: tables for the host were counted wrong");
	pgtable_collapse(&host_pt, pa, n);
}

/* Normal, executable: stage 1 decides what is a device, and firmware runs from where no RAM was told of */
static int host_map_gib(u64 gib)
{
	return pgtable_map(&host_pt, gib << KEEL_CHUNK_SHIFT, gib << KEEL_CHUNK_SHIFT, 1, PGTABLE_RWX);
}

/* Take every page of the nucleus in one GiB out of the host's reach */
static int host_take_chunk(const struct pgstate_chunk *chunk)
{
	u32 first, end, nr = KEEL_CHUNK_SIZE / sizeof(u32);
	int err = 0;

	for (first = 0; !err && first < nr; first = end + 1) {
		for (end = first; end < nr && (chunk->rec[end] & PGSTATE_KIND) == PGSTATE_NUCLEUS; end++)
			;
		if (end > first)
			err = host_take((chunk->gib << KEEL_CHUNK_SHIFT) + (u64)first * KEEL_PAGE_SIZE, end - first);
	}
	return err;
}

static int host_build(void)
{
	u32 i;
	int err = pgtable_setup(&host_pt, PGTABLE_STAGE2, mmu_pa_bits(), host_root, 0, &mem_pool);

	host_pt.keep_tables = true;
	for (i = 0; !err && i < mem_state.nr; i++)
		err = host_map_gib(mem_state.chunks[i].gib);
	for (i = 0; !err && i < mem_state.nr; i++)
		err = host_take_chunk(&mem_state.chunks[i]);
	if (!err && mem_pool.count < POOL_RESERVE)
		err = -ENOMEM;
	return err;
}

/**
 * mmu_host_init() - the host's stage-2, without any page of the nucleus
 *
 * At finalise, protected mode. A GiB without RAM is mapped when it is first touched.
 *
 * Return: 0; -ENOMEM: the pool is too small: give pages and call again; -EINVAL: RAM beyond what the MMU can address.
 */
int mmu_host_init(void)
{
	int err;

	nuc_lock(&mem_lock);
	memset(nuc_va(host_root), 0, keel_pgd_pages(mmu_pa_bits()) * KEEL_PAGE_SIZE);
	err = host_build();
	if (err)
		pgtable_destroy(&host_pt);
	else
		host_on = true;
	nuc_unlock(&mem_lock);
	return err;
}

/* mem_lock held. The first access to a GiB without RAM */
static bool host_map_lazily(u64 ipa)
{
	u64 gib = ipa >> KEEL_CHUNK_SHIFT;
	u32 i;

	/* Where there is RAM everything was mapped at finalise: what is missing is not the host's */
	for (i = 0; i < mem_state.nr; i++)
		if (mem_state.chunks[i].gib == gib)
			return false;
	return !host_map_gib(gib);
}

/**
 * mmu_host_abort() - a stage-2 abort of the host
 * @esr: ESR_EL2
 * @ipa: faulting IPA, page aligned
 *
 * Return: true: try again, the page is mapped now, or another CPU was just exchanging a block for a table; false: the host
 * must not have that page, or there is nothing.
 */
bool mmu_host_abort(u64 esr, u64 ipa)
{
	struct pgtable_leaf leaf;
	bool again;

	if (FSC(esr) != FSC_TRANSLATION && FSC(esr) != FSC_ACCESS_FLAG && FSC(esr) != FSC_PERMISSION)
		return false;
	if (ipa >> mmu_pa_bits())
		return false;
	nuc_lock(&mem_lock);
	again = !pgtable_lookup(&host_pt, ipa, &leaf) || host_map_lazily(ipa);
	nuc_unlock(&mem_lock);
	return again;
}
