// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that pass between host and nucleus, and the pool that page tables come from. It owns the ownership records and
 * the one lock over them; core/pgstate.c says what may be, mmu.c makes it so. It trusts no address or count of the host.
 *
 * Every transition: lock, decide, count the tables it will take (may fail), then change mappings and records (cannot).
 * So INV-1 and INV-2 hold whenever the lock is free, and a refused call changes nothing (INV-4).
 */
#include "nvhe/mem.h"

struct nuc_lock mem_lock;
struct pagelist mem_pool;
struct pgstate mem_state;

static struct pgstate_chunk chunks[KEEL_MAX_CHUNKS];

static u32 owned_for(u32 slot)
{
	return PGSTATE_OWNED_BY(PGSTATE_NUCLEUS, slot);
}

/* Boot: what init mapped at EL2. The anchor's arithmetic is not trusted to have no overlaps. vhe has no image or log */
static int claim(enum pgstate_op op, u64 pa, u64 bytes)
{
	u64 n = bytes >> KEEL_PAGE_SHIFT;
	int err;

	if (!n)
		return 0;
	err = pgstate_decide(&mem_state, op, owned_for(0), pa, n);
	if (!err)
		pgstate_apply(&mem_state, op, owned_for(0), pa, n);
	return err;
}

static int claim_own(void)
{
	u32 i;
	int err = claim(PGSTATE_DONATE, nuc_config.pool_pa, nuc_config.pool_pages * KEEL_PAGE_SIZE);

	if (!err)
		err = claim(PGSTATE_DONATE, nuc_config.image_pa, nuc_config.image_size);
	if (!err)
		err = claim(PGSTATE_PIN, nuc_config.log_pa, nuc_config.log_size);
	for (i = 0; !err && i < nuc_config.nr_cpus; i++)
		err = claim(PGSTATE_DONATE, nuc_config.cpu_pa[i],
			    nuc_config.cpu_pa[i] ? KEEL_CPU_PAGES * KEEL_PAGE_SIZE : 0);
	for (i = 0; !err && i < nuc_config.nr_chunks; i++)
		err = claim(PGSTATE_DONATE, nuc_config.chunks[i].pa, KEEL_CHUNK_SIZE);
	return err;
}

static int add_chunks(void)
{
	u32 i;

	for (i = 0; i < nuc_config.nr_chunks; i++) {
		if (i && nuc_config.chunks[i].gib <= nuc_config.chunks[i - 1].gib)
			return -EINVAL;
		chunks[i].gib = nuc_config.chunks[i].gib;
		chunks[i].rec = nuc_va(nuc_config.chunks[i].pa);
		memset(chunks[i].rec, 0, KEEL_CHUNK_SIZE);
	}
	mem_state.chunks = chunks;
	mem_state.nr = nuc_config.nr_chunks;
	return 0;
}

static int add_ram(void)
{
	const struct keel_boot_region *r = nuc_config.regions;
	u32 i;

	for (i = 0; i < nuc_config.nr_regions; i++, r++) {
		u64 n = r->size >> KEEL_PAGE_SHIFT;
		int err = pgstate_decide(&mem_state, PGSTATE_ADD, 0, r->base, n);

		if (err)
			return err;
		pgstate_apply(&mem_state, PGSTATE_ADD, 0, r->base, n);
	}
	return 0;
}

/**
 * mem_setup() - ownership of all RAM: the nucleus' pages its own, the rest the host's
 *
 * Return: 0; -EINVAL, -EFAULT, -EBUSY: regions, chunks or the nucleus' own pages overlap or are not RAM.
 */
int mem_setup(void)
{
	int err = add_chunks();

	if (!err)
		err = add_ram();
	if (!err)
		err = claim_own();
	return err;
}

/* mem_lock held. Can the pool pay for these tables and keep its reserve? What costs nothing is always possible */
static bool pool_has(u64 cost, u64 reserve)
{
	return !cost || cost + reserve <= mem_pool.count;
}

/* mem_lock held. The pages pass to owner; reserve: what must stay in the pool */
static int take_from_host(u64 pa, u64 n, u32 owner, u64 reserve)
{
	int err = pgstate_decide(&mem_state, PGSTATE_DONATE, owner, pa, n);

	if (err)
		return err;
	if (!pool_has(mmu_cost(pa, n, true), reserve))
		return -ENOMEM;
	/* The host loses them before anything secret can be in them */
	mmu_host_take(pa, n);
	mmu_el2_map(pa, n);
	pgstate_apply(&mem_state, PGSTATE_DONATE, owner, pa, n);
	return 0;
}

/* mem_lock held. What the pages held must not reach the host; EL2's mapping goes first, the host's comes last */
static void return_to_host(u64 pa, u64 n, u32 owner)
{
	NUC_INVARIANT(!pgstate_decide(&mem_state, PGSTATE_RECLAIM, owner, pa, n),
		      "1: a page goes back to the host that was not the nucleus'");
	memset(nuc_va(pa), 0, n * KEEL_PAGE_SIZE);
	mmu_el2_unmap(pa, n);
	pgstate_apply(&mem_state, PGSTATE_RECLAIM, owner, pa, n);
	mmu_host_give(pa, n);
}

/**
 * mem_donate() - the host's pages become the nucleus', for a VM
 * @pa: physical address, page aligned
 * @n: 4 KiB pages
 * @slot: 1..255, or 0 for the nucleus itself
 *
 * Return: 0; -EINVAL, -EFAULT, -EBUSY as pgstate_decide(); -ENOMEM: the pool cannot pay for the tables. The contents
 * are what the host left there.
 */
int mem_donate(u64 pa, u64 n, u32 slot)
{
	int err;

	nuc_lock(&mem_lock);
	err = take_from_host(pa, n, owned_for(slot), POOL_RESERVE);
	nuc_unlock(&mem_lock);
	return err;
}

/**
 * mem_reclaim() - undo mem_donate(); the pages are zeroed
 * @pa: physical address, page aligned
 * @n: 4 KiB pages
 * @slot: as it was for mem_donate()
 */
void mem_reclaim(u64 pa, u64 n, u32 slot)
{
	nuc_lock(&mem_lock);
	return_to_host(pa, n, owned_for(slot));
	nuc_unlock(&mem_lock);
}

/* mem_lock held. EL2 maps pages that stay the host's */
static int let_in(enum pgstate_op op, u64 pa, u64 n)
{
	int err = pgstate_decide(&mem_state, op, 0, pa, n);

	if (err)
		return err;
	if (!pool_has(mmu_cost(pa, n, false), POOL_RESERVE))
		return -ENOMEM;
	mmu_el2_map(pa, n);
	pgstate_apply(&mem_state, op, 0, pa, n);
	return 0;
}

/* mem_lock held. Undoes one let_in(); the last one takes EL2's mapping away */
static int let_go(enum pgstate_op op, u64 pa, u64 n)
{
	int err = pgstate_decide(&mem_state, op, 0, pa, n);

	if (err)
		return err;
	pgstate_apply(&mem_state, op, 0, pa, n);
	for (; n; n--, pa += KEEL_PAGE_SIZE)
		if (!pgstate_at_el2(pgstate_get(&mem_state, pa)))
			mmu_el2_unmap(pa, 1);
	return 0;
}

/**
 * mem_pin() - use pages of the host
 * @pa: physical address, page aligned
 * @n: 4 KiB pages
 *
 * Return: 0; -EFAULT; -EBUSY: used already; -ENOMEM: the pool cannot pay for the tables.
 */
int mem_pin(u64 pa, u64 n)
{
	int err;

	nuc_lock(&mem_lock);
	err = let_in(PGSTATE_PIN, pa, n);
	nuc_unlock(&mem_lock);
	return err;
}

/**
 * mem_unpin() - undo mem_pin()
 * @pa: physical address, page aligned
 * @n: 4 KiB pages
 */
void mem_unpin(u64 pa, u64 n)
{
	nuc_lock(&mem_lock);
	NUC_INVARIANT(!let_go(PGSTATE_UNPIN, pa, n), "1: the page of a vCPU was not the host's");
	nuc_unlock(&mem_lock);
}

/**
 * mem_guest_may_map() - may an ordinary guest map these pages of the host
 * @pa: physical address, page aligned
 * @n: 4 KiB pages
 * @device: as device memory: what is not RAM is allowed too
 *
 * mem_lock held until the guest's mapping is made and counted.
 *
 * Return: 0, -EINVAL, -EFAULT.
 */
int mem_guest_may_map(u64 pa, u64 n, bool device)
{
	int err = pgstate_decide(&mem_state, PGSTATE_MAP, 0, pa, n);

	if (err != -EFAULT || !device)
		return err;
	for (; n; n--, pa += KEEL_PAGE_SIZE)
		if (pgstate_get(&mem_state, pa) != PGSTATE_NONE)
			return -EFAULT;
	return 0;
}

s64 hc_host_share_nucleus(nuc_arg_page pa, nuc_arg_u32 n)
{
	int err;

	nuc_lock(&mem_lock);
	err = let_in(PGSTATE_SHARE, pa, n);
	nuc_unlock(&mem_lock);
	return err;
}

s64 hc_host_unshare_nucleus(nuc_arg_page pa, nuc_arg_u32 n)
{
	int err;

	nuc_lock(&mem_lock);
	err = let_go(PGSTATE_UNSHARE, pa, n);
	nuc_unlock(&mem_lock);
	return err;
}

s64 hc_host_donate_pool(nuc_arg_page pa, nuc_arg_u32 n)
{
	u32 i;
	int err;

	nuc_lock(&mem_lock);
	/* The reserve is for this: a pool that ran dry can be filled again */
	err = take_from_host(pa, n, owned_for(0), 0);
	for (i = 0; !err && i < n; i++)
		pagelist_give(&mem_pool, pa + i * KEEL_PAGE_SIZE);
	nuc_unlock(&mem_lock);
	return err;
}

/* mem_lock held. The reserve is not free */
static u64 pool_free(void)
{
	return mem_pool.count > POOL_RESERVE ? mem_pool.count - POOL_RESERVE : 0;
}

s64 hc_host_reclaim_pool(void)
{
	u64 pa = KEEL_NO_PAGE;

	nuc_lock(&mem_lock);
	if (pool_free())
		pa = pagelist_take(&mem_pool);
	if (pa != KEEL_NO_PAGE)
		return_to_host(pa, 1, owned_for(0));
	nuc_unlock(&mem_lock);
	return pa == KEEL_NO_PAGE ? -ENOENT : (s64)pa;
}

s64 hc_pool_free(void)
{
	s64 n;

	nuc_lock(&mem_lock);
	n = pool_free();
	nuc_unlock(&mem_lock);
	return n;
}
