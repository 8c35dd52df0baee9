// SPDX-License-Identifier: GPL-2.0-only
#include "harness.h"
#include "world.h"

#define POOL		64
#define VM_PA		HOST0
#define PGD_PA		(HOST0 + 16 * PAGE)
#define VCPU_PA		(HOST0 + 40 * PAGE)
#define TABLE_PA	(HOST0 + 64 * PAGE)
#define GUEST_PA	(HOST0 + 128 * PAGE)

static void protected_world(void)
{
	world_start(KEEL_FEAT_PROTECTED, 2, POOL);
}

static u32 new_vm(u64 ipa_bits)
{
	s64 vm = hc_vm_create(VM_PA, PGD_PA, ipa_bits, 0);

	CHECK(vm > 0);
	world_check();
	return vm;
}

/* A refused call: this error, and nothing else is different */
#define CHECK_REFUSED(call, err) do {	\
	u64 _sum = world_sum();		\
	CHECK_EQ(call, err);		\
	CHECK(world_sum() == _sum);	\
} while (0)

TEST(every_size_of_physical_address_boots_in_both_modes)
{
	u64 parange;

	for (parange = 0; parange < 8; parange++) {
		world_start(KEEL_FEAT_NVHE, parange, POOL);
		world_start(KEEL_FEAT_PROTECTED, parange, POOL);
	}
}

TEST(a_pool_that_is_too_small_is_an_error_and_never_a_half_built_table)
{
	u64 pages;
	int err = -1;

	for (pages = 1; err && pages < POOL; pages++) {
		err = world_boot(KEEL_FEAT_PROTECTED, 2, pages);
		CHECK(!err || err == -ENOMEM);
	}
	CHECK_EQ(err, 0);
	world_check();
}

TEST(finalise_fails_for_want_of_pages_and_works_after_a_donation)
{
	u64 pages;
	s64 i;

	for (pages = 1; world_boot(KEEL_FEAT_NVHE, 2, pages) == -ENOMEM; pages++)
		;
	/* Enough for EL2, and the host's root besides, but not for its tables */
	CHECK_EQ(world_boot(KEEL_FEAT_PROTECTED, 2, pages + 2), -ENOMEM);
	for (i = 0; i < 16 && mmu_host_init() == -ENOMEM; i++)
		CHECK_EQ(hc_host_donate_pool(HOST0 + i * 4 * PAGE, 4), 0);
	CHECK(i > 0 && i < 16);
	world_check();
}

TEST(a_donated_page_leaves_the_host_and_comes_back_zeroed)
{
	s64 free, pa;
	int i;

	protected_world();
	free = hc_pool_free();
	CHECK(world_host_write(GUEST_PA, 0x5ec2e7));
	CHECK_EQ(hc_host_donate_pool(GUEST_PA, 16), 0);
	world_check();
	CHECK(!world_host_write(GUEST_PA, 1));
	/* It took a table to split what is around it only if no other page was taken from there before */
	CHECK(hc_pool_free() > free + 12 && hc_pool_free() <= free + 16);
	for (i = 0; i < 16; i++) {
		pa = hc_host_reclaim_pool();
		CHECK(pa > 0 && world_page_is_zero(pa));
	}
	CHECK_EQ(hc_pool_free(), free);
	while ((pa = hc_host_reclaim_pool()) > 0) {
		CHECK(world_page_is_zero(pa));
		CHECK(world_host_write(pa, 1));
		world_check();
	}
	CHECK_EQ(pa, -ENOENT);
	CHECK_EQ(hc_pool_free(), 0);
}

TEST(tables_for_what_came_and_went_are_in_the_pool_again)
{
	s64 free, pa;
	u32 vm, i;

	protected_world();
	free = hc_pool_free();
	/* In a GiB of which the nucleus has nothing: the host's block is split twice, EL2 gets tables of two levels */
	CHECK_EQ(hc_host_share_nucleus(RAM1 + 8 * PAGE, 3), 0);
	vm = hc_vm_create(RAM1, RAM1 + 16 * PAGE, 40, 0);
	CHECK_EQ(hc_vm_topup(vm, RAM1 + 32 * PAGE), 0);
	CHECK(hc_pool_free() < free);
	world_check();
	CHECK_EQ(hc_host_unshare_nucleus(RAM1 + 8 * PAGE, 3), 0);
	CHECK_EQ(hc_vm_destroy(vm), 0);
	CHECK_EQ(hc_vm_reclaim(vm), RAM1 + 32 * PAGE);
	CHECK_EQ(hc_pool_free(), free);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(hc_host_donate_pool(RAM1 + i * PAGE, 1), 0);
		pa = hc_host_reclaim_pool();
		CHECK(pa > 0);
	}
	world_check();
}

TEST(a_pool_that_ran_dry_can_be_filled_again)
{
	protected_world();
	while (hc_host_reclaim_pool() > 0)
		;
	world_check();
	CHECK_REFUSED(hc_vm_create(RAM1, RAM1 + 16 * PAGE, 40, 0), -ENOMEM);
	CHECK_REFUSED(hc_host_share_nucleus(RAM1, 1), -ENOMEM);
	CHECK_EQ(hc_host_donate_pool(RAM1 + 64 * PAGE, 8), 0);
	world_check();
	CHECK(hc_vm_create(RAM1, RAM1 + 16 * PAGE, 40, 0) > 0);
	world_check();
}

TEST(pages_come_back_while_the_pool_is_empty)
{
	u32 vm, i;

	/* 48 bits: each first access to 512 GiB without RAM takes a table */
	world_start(KEEL_FEAT_PROTECTED, 5, POOL);
	vm = new_vm(40);
	for (i = 0; i < RAM1_PAGES; i++)
		CHECK_EQ(hc_vm_topup(vm, RAM1 + i * PAGE), 0);
	while (hc_host_reclaim_pool() > 0)
		;
	for (i = 1; mem_pool.count; i++)
		CHECK(mmu_host_abort(0x24ULL << 26 | 4, (u64)i << 39));
	CHECK(!mmu_host_abort(0x24ULL << 26 | 4, (u64)i << 39));
	for (i = 0; i < RAM1_PAGES; i++)
		CHECK(hc_vm_reclaim(vm) > 0);
	world_check();
}

TEST(what_is_not_the_hosts_cannot_be_given)
{
	protected_world();
	CHECK_REFUSED(hc_host_donate_pool(nuc_config.image_pa, 1), -EFAULT);
	CHECK_REFUSED(hc_host_donate_pool(nuc_config.pool_pa + (POOL - 1) * PAGE, 2), -EFAULT);
	CHECK_REFUSED(hc_host_donate_pool(RAM0 + RAM0_PAGES * PAGE - PAGE, 2), -EFAULT);
	CHECK_REFUSED(hc_host_donate_pool(0, 1), -EFAULT);
	CHECK_REFUSED(hc_host_donate_pool(GUEST_PA, 0), -EINVAL);
	CHECK_REFUSED(hc_host_donate_pool(GUEST_PA, ~0u), -EFAULT);
	CHECK_REFUSED(hc_host_share_nucleus(nuc_config.pool_pa, 1), -EFAULT);
	CHECK_REFUSED(hc_host_unshare_nucleus(GUEST_PA, 1), -EFAULT);
	CHECK_REFUSED(hc_host_donate_pool(nuc_config.log_pa, 1), -EBUSY);
	CHECK_EQ(hc_host_share_nucleus(GUEST_PA, 2), 0);
	CHECK_REFUSED(hc_host_donate_pool(GUEST_PA - PAGE, 2), -EBUSY);
	world_check();
}

TEST(a_share_is_counted_and_the_last_unshare_ends_it)
{
	int i;

	protected_world();
	for (i = 0; i < 127; i++)
		CHECK_EQ(hc_host_share_nucleus(GUEST_PA, 1), 0);
	CHECK_REFUSED(hc_host_share_nucleus(GUEST_PA, 1), -EBUSY);
	CHECK_REFUSED(hc_host_share_nucleus(GUEST_PA - PAGE, 2), -EBUSY);
	world_check();
	for (i = 0; i < 127; i++) {
		CHECK_EQ(hc_host_unshare_nucleus(GUEST_PA, 1), 0);
		world_check();
	}
	CHECK_REFUSED(hc_host_unshare_nucleus(GUEST_PA, 1), -EFAULT);
}

TEST(the_host_cannot_take_the_page_of_a_vcpu_away)
{
	u32 vm;

	protected_world();
	vm = new_vm(40);
	CHECK_EQ(hc_host_share_nucleus(VCPU_PA, 1), 0);
	CHECK_EQ(hc_vcpu_create(vm, 3, VCPU_PA), 0);
	CHECK_EQ(hc_host_unshare_nucleus(VCPU_PA, 1), 0);
	world_check();
	CHECK_REFUSED(hc_host_unshare_nucleus(VCPU_PA, 1), -EFAULT);
	CHECK_REFUSED(hc_host_donate_pool(VCPU_PA, 1), -EBUSY);
	CHECK_REFUSED(hc_vcpu_create(vm, 4, VCPU_PA), -EBUSY);
	CHECK_EQ(hc_vcpu_destroy(vm, 3), 0);
	world_check();
	CHECK_EQ(hc_host_donate_pool(VCPU_PA, 1), 0);
}

TEST(a_vcpu_has_one_cpu_at_a_time_and_holds_off_its_destruction)
{
	struct nuc_vcpu *vcpu;
	int err;
	u32 vm;

	protected_world();
	vm = new_vm(40);
	CHECK(!vcpu_take(vm, 0, &err) && err == -ENOENT);
	CHECK_EQ(hc_vcpu_create(vm, 0, VCPU_PA), 0);
	CHECK_REFUSED(hc_vcpu_create(vm, 0, VCPU_PA + PAGE), -EBUSY);
	vcpu = vcpu_take(vm, 0, &err);
	CHECK(vcpu && vcpu->page->layout == KEEL_VCPU_LAYOUT && vcpu->page->size == sizeof(struct keel_vcpu_page));
	CHECK(!vcpu_take(vm, 0, &err) && err == -EBUSY);
	CHECK_REFUSED(hc_vcpu_destroy(vm, 0), -EBUSY);
	CHECK_REFUSED(hc_vm_destroy(vm), -EBUSY);
	vcpu_put(vcpu);
	CHECK_REFUSED(hc_vm_destroy(vm), -EBUSY);
	CHECK_EQ(hc_vcpu_destroy(vm, 0), 0);
	CHECK_REFUSED(hc_vcpu_destroy(vm, 0), -ENOENT);
	CHECK_EQ(hc_vm_destroy(vm), 0);
	CHECK(!vcpu_take(vm, 0, &err) && err == -ENOENT);
	CHECK_REFUSED(hc_vm_destroy(vm), -ENOENT);
	world_check();
}

TEST(the_memory_of_sve_registers_is_pinned_as_a_whole_and_given_once)
{
	struct nuc_vcpu *vcpu;
	int err;
	u32 vm;

	protected_world();
	vm = new_vm(40);
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA + PAGE, 16), -ENOENT);
	CHECK_EQ(hc_vcpu_create(vm, 0, VCPU_PA), 0);
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA + PAGE, 0), -EINVAL);
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA + PAGE, 17), -EINVAL);
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA + PAGE, 3), -ENODEV);
	world_on_cpu(1);
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA + PAGE, 1), -ENODEV);
	world_on_cpu(0);
	/* The last of the three pages is not the host's to share: none is pinned */
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA - 2 * PAGE, 16), -EBUSY);
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, RAM1 + (RAM1_PAGES - 2) * PAGE, 16), -EFAULT);
	vcpu = vcpu_take(vm, 0, &err);
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA + PAGE, 16), -EBUSY);
	vcpu_put(vcpu);
	CHECK_EQ(hc_vcpu_sve(vm, 0, VCPU_PA + PAGE, 16), 0);
	CHECK_EQ(vcpu->sve_vqs, 0x800b);
	world_check();
	CHECK_REFUSED(hc_vcpu_sve(vm, 0, VCPU_PA + 4 * PAGE, 16), -EBUSY);
	CHECK_REFUSED(hc_host_donate_pool(VCPU_PA + 3 * PAGE, 1), -EBUSY);
	CHECK_EQ(hc_vcpu_destroy(vm, 0), 0);
	CHECK(!vcpu->sve_vq);
	CHECK_EQ(hc_host_donate_pool(VCPU_PA + 1 * PAGE, 3), 0);
	world_check();
}

TEST(a_new_vcpu_is_not_taken_for_the_one_that_had_its_index)
{
	struct nuc_vm *v;
	u32 vm;

	protected_world();
	vm = new_vm(40);
	v = world_vm(vm);
	CHECK_EQ(hc_vcpu_create(vm, 0, VCPU_PA), 0);
	CHECK_EQ(hc_vcpu_create(vm, 1, VCPU_PA + PAGE), 0);
	v->last_vcpu[0] = 1;
	v->last_vcpu[1] = 2;
	CHECK_EQ(hc_vcpu_destroy(vm, 0), 0);
	CHECK_EQ(v->last_vcpu[0], 0);
	CHECK_EQ(v->last_vcpu[1], 2);
}

TEST(all_512_vcpus_fit)
{
	u32 vm, i;

	protected_world();
	vm = new_vm(40);
	for (i = 0; i < 511; i++)
		CHECK_EQ(hc_vcpu_create(vm, i, RAM1 + i * PAGE), 0);
	CHECK_EQ(hc_vcpu_create(vm, 511, VCPU_PA), 0);
	world_check();
	for (i = 0; i < 512; i++)
		CHECK_EQ(hc_vcpu_destroy(vm, i), 0);
	CHECK_EQ(hc_vm_destroy(vm), 0);
	world_check();
}

TEST(all_255_vms_fit_and_their_pages_come_back_zeroed)
{
	u32 vm[255], i, k;

	world_start(KEEL_FEAT_PROTECTED, 2, POOL);
	/* 9 pages each do not fit the little RAM: one VM at a time takes the slot, the others keep a table page */
	for (i = 0; i < 255; i++) {
		vm[i] = new_vm(40 - i % 8);
		CHECK_EQ(hc_vm_topup(vm[i], RAM1 + i * PAGE), 0);
		CHECK_EQ(hc_vm_destroy(vm[i]), 0);
		for (k = 0; k < KEEL_VM_PAGES; k++)
			CHECK(world_page_is_zero(VM_PA + k * PAGE));
		CHECK(world_page_is_zero(PGD_PA));
	}
	CHECK_REFUSED(hc_vm_create(VM_PA, PGD_PA, 40, 0), -ENOSPC);
	for (i = 0; i < 255; i++) {
		CHECK_EQ(hc_vm_reclaim(vm[i]), RAM1 + i * PAGE);
		CHECK_REFUSED(hc_vm_reclaim(vm[i]), -ENOENT);
	}
	new_vm(40);
}

TEST(vm_create_refuses_and_changes_nothing)
{
	protected_world();
	CHECK_REFUSED(hc_vm_create(VM_PA, PGD_PA, 31, 0), -EINVAL);
	CHECK_REFUSED(hc_vm_create(VM_PA, PGD_PA, 41, 0), -EINVAL);
	CHECK_REFUSED(hc_vm_create(VM_PA, PGD_PA, 40, 1), -EINVAL);
	CHECK_REFUSED(hc_vm_create(VM_PA, PGD_PA + PAGE, 40, 0), -EINVAL);
	CHECK_REFUSED(hc_vm_create(VM_PA, VM_PA + 2 * PAGE, 40, 0), -EFAULT);
	CHECK_REFUSED(hc_vm_create(VM_PA, nuc_config.pool_pa, 40, 0), -EFAULT);
	CHECK_REFUSED(hc_vm_create(nuc_config.image_pa, PGD_PA, 40, 0), -EFAULT);
	CHECK_EQ(hc_host_share_nucleus(PGD_PA, 1), 0);
	CHECK_REFUSED(hc_vm_create(VM_PA, PGD_PA, 40, 0), -EBUSY);
	world_check();
}

TEST(guest_calls_with_a_handle_that_is_none_are_refused)
{
	static const u32 bad[] = { 0, 1, 0xffff, 0x10000, 0x100fe, 0x100ff, 0x1ffff, ~0u };
	u32 i;

	protected_world();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_REFUSED(hc_vm_destroy(bad[i]), -ENOENT);
		CHECK_REFUSED(hc_vm_topup(bad[i], TABLE_PA), -ENOENT);
		CHECK_REFUSED(hc_vm_reclaim(bad[i]), -ENOENT);
		CHECK_REFUSED(hc_vcpu_create(bad[i], 0, VCPU_PA), -ENOENT);
		CHECK_REFUSED(hc_vcpu_destroy(bad[i], 0), -ENOENT);
		CHECK_REFUSED(hc_guest_map(bad[i], 0, GUEST_PA, 3, 1), -ENOENT);
		CHECK_REFUSED(hc_guest_unmap(bad[i], 0, 1), -ENOENT);
		CHECK_REFUSED(hc_guest_wrprotect(bad[i], 0, 1), -ENOENT);
		CHECK_REFUSED(hc_guest_age(bad[i], 0, 1, 0), -ENOENT);
		CHECK_REFUSED(hc_guest_mkyoung(bad[i], 0), -ENOENT);
		CHECK_REFUSED(hc_guest_relax(bad[i], 0, 1), -ENOENT);
		CHECK_REFUSED(hc_guest_split(bad[i], 0, 1), -ENOENT);
		CHECK_REFUSED(hc_guest_flush_tlb(bad[i]), -ENOENT);
		CHECK_REFUSED(hc_guest_lookup(bad[i], 0), -ENOENT);
	}
}

TEST(a_page_that_a_guest_maps_cannot_be_given_away)
{
	u32 vm, i;

	protected_world();
	vm = new_vm(40);
	CHECK_REFUSED(hc_guest_map(vm, 0, GUEST_PA, 3, 3), -ENOMEM);
	for (i = 0; i < 4; i++)
		CHECK_EQ(hc_vm_topup(vm, TABLE_PA + i * PAGE), 0);
	CHECK_EQ(hc_guest_map(vm, 0x1000, GUEST_PA, 3, 3), 0);
	CHECK_EQ(hc_guest_map(vm, 0x2000, GUEST_PA, 3, 1), 0);
	world_check();
	CHECK_REFUSED(hc_host_donate_pool(GUEST_PA, 1), -EBUSY);
	CHECK_EQ(hc_guest_unmap(vm, 0x1000, 1), 1);
	CHECK_REFUSED(hc_host_donate_pool(GUEST_PA, 1), -EBUSY);
	CHECK_EQ(hc_guest_map(vm, 0x2000, GUEST_PA + PAGE, 3, 1), 0);
	world_check();
	CHECK_EQ(hc_host_donate_pool(GUEST_PA, 1), 0);
	CHECK_EQ(hc_vm_destroy(vm), 0);
	world_check();
	CHECK_EQ(hc_host_donate_pool(GUEST_PA + PAGE, 1), 0);
}

TEST(a_protected_nucleus_lends_no_guest_what_is_not_the_hosts)
{
	u32 vm, i;

	protected_world();
	vm = new_vm(40);
	for (i = 0; i < 4; i++)
		CHECK_EQ(hc_vm_topup(vm, TABLE_PA + i * PAGE), 0);
	CHECK_REFUSED(hc_guest_map(vm, 0, nuc_config.image_pa, 3, 1), -EFAULT);
	CHECK_REFUSED(hc_guest_map(vm, 0, VM_PA, 3, 3), -EFAULT);
	CHECK_REFUSED(hc_guest_map(vm, 0, TABLE_PA, 3, 3), -EFAULT);
	CHECK_REFUSED(hc_guest_map(vm, 0, RAM0, 2, 1), -EFAULT);
	CHECK_REFUSED(hc_guest_map(vm, 0, RAM0, 1, 1), -EFAULT);
	CHECK_REFUSED(hc_guest_map(vm, 0, RAM0, 1, KEEL_PROT_R | KEEL_PROT_DEVICE), -EFAULT);
	CHECK_REFUSED(hc_guest_map(vm, 0, 0x9000000, 3, 1), -EFAULT);
	CHECK_EQ(hc_guest_map(vm, 0, 0x9000000, 3, KEEL_PROT_R | KEEL_PROT_DEVICE), 0);
	CHECK_EQ(hc_guest_map(vm, 0x40000000, 0, 1, KEEL_PROT_R | KEEL_PROT_DEVICE), 0);
	CHECK_EQ(hc_guest_map(vm, 0x200000, RAM1, 2, 7), 0);
	world_check();
	CHECK_EQ(hc_guest_lookup(vm, 0x200000 + 5 * PAGE), (s64)(RAM1 | 7ULL << 52 | 2ULL << 60));
	CHECK_EQ(hc_guest_unmap(vm, 0, 1ULL << 28), 1 + 512 + (1 << 18));
	world_check();
}

TEST(the_first_access_to_a_gib_without_ram_maps_it)
{
	u64 parange;

	for (parange = 2; parange < 6; parange++) {
		u64 top = (1ULL << (parange == 2 ? 40 : parange == 3 ? 42 : parange == 4 ? 44 : 48)) - PAGE;

		world_start(KEEL_FEAT_PROTECTED, parange, POOL);
		CHECK(mmu_host_abort(0x24ULL << 26 | 5, 0x9000000));
		CHECK(mmu_host_abort(0x24ULL << 26 | 5, 0x9000000));
		CHECK(mmu_host_abort(0x24ULL << 26 | 5, top));
		CHECK(!mmu_host_abort(0x24ULL << 26 | 5, top + PAGE));
		world_check();
	}
}

TEST(a_host_access_to_what_is_not_its_own_is_refused_and_a_spurious_one_is_retried)
{
	protected_world();
	CHECK(!mmu_host_abort(0x24ULL << 26 | 7, nuc_config.image_pa));
	CHECK(!mmu_host_abort(0x20ULL << 26 | 7, nuc_config.pool_pa));
	CHECK(mmu_host_abort(0x24ULL << 26 | 7, HOST0));
	CHECK(mmu_host_abort(0x24ULL << 26 | 6, RAM1));
	/* Synchronous external abort: nothing to do with tables */
	CHECK(!mmu_host_abort(0x24ULL << 26 | 0x10, HOST0));
	world_check();
}

TEST(in_nvhe_nothing_is_taken_from_the_host_and_guests_are_not_counted)
{
	u32 vm, i;

	world_start(KEEL_FEAT_NVHE, 2, POOL);
	vm = new_vm(40);
	for (i = 0; i < 4; i++)
		CHECK_EQ(hc_vm_topup(vm, TABLE_PA + i * PAGE), 0);
	CHECK_EQ(hc_guest_map(vm, 0x200000, RAM1, 2, 7), 0);
	world_check();
	CHECK(world_host_write(VM_PA + 7 * PAGE, 0));
	CHECK_EQ(hc_vm_destroy(vm), 0);
	for (i = 0; i < 4; i++)
		CHECK(hc_vm_reclaim(vm) > 0);
	CHECK_REFUSED(hc_vm_reclaim(vm), -ENOENT);
	world_check();
}
