// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real calls against the real nucleus, as a host makes them that means no good or knows no better. Needs
 * keel.ko loaded and no VM running: figures of the pool are compared before and after.
 */
#include <kunit/test.h>
#include <linux/cacheflush.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "abi/hcall_host.h"
#include "abi/vcpu.h"

#define NOT_RAM		0x09000000ULL	/* the console's registers on this machine */
#define BAD_VM		0x00ff00ffU
#define ESR_EC(esr)	((esr) >> 26 & 0x3f)

static u64 page_pa(struct kunit *test, unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page_to_phys(page);
}

static void free_pa(u64 pa, unsigned int order)
{
	__free_pages(pfn_to_page(pa >> PAGE_SHIFT), order);
}

static void version_is_the_one_built_against(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, keel_hc_version(), (s64)(KEEL_ABI_MAJOR << 16 | KEEL_ABI_MINOR));
}

static void features_name_exactly_one_mode(struct kunit *test)
{
	s64 modes = keel_hc_features() & (KEEL_FEAT_NVHE | KEEL_FEAT_PROTECTED | KEEL_FEAT_VHE);

	KUNIT_EXPECT_EQ(test, hweight64(modes), 1);
}

static void unknown_numbers_are_refused(struct kunit *test)
{
	static const u8 known[KEEL_HCALL_MAX] = {
#define HCALL(nr, ...)	[nr] = 1,
#include "abi/hcall_each.h"
	};
	unsigned int nr;

	for (nr = 0; nr < KEEL_HCALL_MAX; nr++)
		if (!known[nr])
			KUNIT_EXPECT_EQ_MSG(test, keel_hcall(nr, 0, 0, 0, 0, 0), -ENOSYS, "call %#x", nr);
}

static void setup_is_over_after_finalise(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, keel_hc_finalise(0), -EPERM);
}

static void arguments_out_of_type_are_refused_not_cut(struct kunit *test)
{
	u64 pa = page_pa(test, 0);

	KUNIT_EXPECT_EQ(test, keel_hcall(KEEL_HC_host_share_nucleus, pa + 1, 1, 0, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hcall(KEEL_HC_host_share_nucleus, pa, 1ULL << 32 | 1, 0, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hcall(KEEL_HC_vm_create, pa, pa, 256 + 40, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hcall(KEEL_HC_vcpu_run, 1, KEEL_MAX_VCPUS, 0, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hcall(KEEL_HC_vm_destroy, 1ULL << 32, 0, 0, 0, 0), -EINVAL);
	free_pa(pa, 0);
}

static void a_handle_nobody_gave_is_refused(struct kunit *test)
{
	u64 pa = page_pa(test, 0);

	KUNIT_EXPECT_EQ(test, keel_hc_vm_destroy(BAD_VM), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_vm_topup(BAD_VM, pa), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_create(BAD_VM, 0, pa), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_destroy(BAD_VM, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(BAD_VM, 0, pa, 3, KEEL_PROT_R), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_unmap(BAD_VM, 0, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_lookup(BAD_VM, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_flush_tlb(BAD_VM), -ENOENT);
	free_pa(pa, 0);
}

static void a_shared_page_is_counted(struct kunit *test)
{
	u64 pa = page_pa(test, 0);

	KUNIT_EXPECT_LT(test, keel_hc_host_unshare_nucleus(pa, 1), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_host_share_nucleus(pa, 1), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_host_share_nucleus(pa, 1), 0);
	KUNIT_EXPECT_LT(test, keel_hc_host_donate_pool(pa, 1), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_host_unshare_nucleus(pa, 1), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_host_unshare_nucleus(pa, 1), 0);
	KUNIT_EXPECT_LT(test, keel_hc_host_unshare_nucleus(pa, 1), 0);
	free_pa(pa, 0);
}

static void what_is_not_ram_cannot_be_given(struct kunit *test)
{
	s64 before = keel_hc_pool_free();

	KUNIT_EXPECT_EQ(test, keel_hc_host_donate_pool(NOT_RAM, 1), -EFAULT);
	KUNIT_EXPECT_EQ(test, keel_hc_host_share_nucleus(NOT_RAM, 1), -EFAULT);
	KUNIT_EXPECT_EQ(test, keel_hc_pool_free(), before);
}

static void a_donated_page_comes_back_zeroed(struct kunit *test)
{
	s64 before = keel_hc_pool_free(), got;
	u64 pa = page_pa(test, 0);

	memset(phys_to_virt(pa), 0x5a, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, keel_hc_host_donate_pool(pa, 1), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_host_donate_pool(pa, 1), -EFAULT);
	got = keel_hc_host_reclaim_pool();
	KUNIT_ASSERT_GT(test, got, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(phys_to_virt(got), 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, keel_hc_pool_free(), before);
	free_pa(got, 0);
}

/* ---- a VM of our own ---- */

struct small_vm {
	s64 handle;
	u64 vm_pa, pgd_pa;
};

static void small_vm_create(struct kunit *test, struct small_vm *vm)
{
	unsigned int i;

	vm->vm_pa = page_pa(test, get_order(KEEL_VM_PAGES * PAGE_SIZE));
	vm->pgd_pa = page_pa(test, get_order(keel_pgd_pages(40) * PAGE_SIZE));
	vm->handle = keel_hc_vm_create(vm->vm_pa, vm->pgd_pa, 40, 0);
	KUNIT_ASSERT_GT(test, vm->handle, 0);
	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_EQ(test, keel_hc_vm_topup(vm->handle, page_pa(test, 0)), 0);
}

static void small_vm_destroy(struct kunit *test, struct small_vm *vm)
{
	unsigned int n = 0;
	s64 pa;

	KUNIT_EXPECT_EQ(test, keel_hc_vm_destroy(vm->handle), 0);
	while ((pa = keel_hc_vm_reclaim(vm->handle)) > 0) {
		free_pa(pa, 0);
		n++;
	}
	KUNIT_EXPECT_EQ(test, pa, -ENOENT);
	KUNIT_EXPECT_EQ(test, n, 4);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_lookup(vm->handle, 0), -ENOENT);
	free_pa(vm->vm_pa, get_order(KEEL_VM_PAGES * PAGE_SIZE));
	free_pa(vm->pgd_pa, get_order(keel_pgd_pages(40) * PAGE_SIZE));
}

static void vms_come_and_go_without_a_trace(struct kunit *test)
{
	s64 before = keel_hc_pool_free();
	struct small_vm vm;
	unsigned int i;

	for (i = 0; i < 600; i++) {
		small_vm_create(test, &vm);
		small_vm_destroy(test, &vm);
	}
	KUNIT_EXPECT_EQ(test, keel_hc_pool_free(), before);
}

static void a_mapping_is_found_changed_and_gone(struct kunit *test)
{
	u64 pa = page_pa(test, 0);
	struct small_vm vm;
	s64 leaf;

	small_vm_create(test, &vm);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_lookup(vm.handle, 0x1000), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, 0x1000, pa, 3, KEEL_PROT_R | KEEL_PROT_W), 0);
	leaf = keel_hc_guest_lookup(vm.handle, 0x1000);
	KUNIT_EXPECT_EQ(test, leaf & 0xffffffffff000ULL, pa);
	KUNIT_EXPECT_EQ(test, leaf >> 52 & 0xf, (s64)(KEEL_PROT_R | KEEL_PROT_W));
	KUNIT_EXPECT_EQ(test, keel_hc_guest_wrprotect(vm.handle, 0x1000, 1), 1);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_lookup(vm.handle, 0x1000) >> 52 & 0xf, (s64)KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_relax(vm.handle, 0x2000, KEEL_PROT_W), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_relax(vm.handle, 0x1000, KEEL_PROT_W), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_age(vm.handle, 0x1000, 1, 1), 1);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_age(vm.handle, 0x1000, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_unmap(vm.handle, 0, 16), 1);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_lookup(vm.handle, 0x1000), -ENOENT);
	small_vm_destroy(test, &vm);
	free_pa(pa, 0);
}

static void a_bad_mapping_is_refused(struct kunit *test)
{
	/* A whole block of the host's, so that only what is meant to be bad is */
	u64 pa = page_pa(test, 9);
	struct small_vm vm;

	small_vm_create(test, &vm);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, 1ULL << 40, pa, 3, KEEL_PROT_R), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, 0, pa, 4, KEEL_PROT_R), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, 0, pa, 0, KEEL_PROT_R), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, 0, pa, 3, 0x80), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, 0x1000, pa, 2, KEEL_PROT_R), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_unmap(vm.handle, 0, 1ULL << 60), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_lookup(vm.handle, 0), -ENOENT);
	small_vm_destroy(test, &vm);
	free_pa(pa, 9);
}

static void a_vm_with_a_vcpu_is_not_destroyed(struct kunit *test)
{
	u64 page = page_pa(test, 0);
	struct small_vm vm;

	small_vm_create(test, &vm);
	KUNIT_ASSERT_EQ(test, keel_hc_vcpu_create(vm.handle, 5, page), 0);
	KUNIT_EXPECT_LT(test, keel_hc_vcpu_create(vm.handle, 5, page), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_vm_destroy(vm.handle), -EBUSY);
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_destroy(vm.handle, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_destroy(vm.handle, 5), 0);
	small_vm_destroy(test, &vm);
	free_pa(page, 0);
}

/* Interrupts of the host end a run at any time: go on until the guest says something itself */
static s64 run(struct small_vm *vm)
{
	unsigned long flags;
	s64 code;

	do {
		local_irq_save(flags);
		code = keel_hc_vcpu_run(vm->handle, 0);
		local_irq_restore(flags);
	} while (code == KEEL_EXIT_IRQ);
	return code;
}

static void a_guest_runs_traps_and_faults(struct kunit *test)
{
	static const u32 code[] = {
		0xd2800aa0,	/* mov x0, #0x55 */
		0xd4000022,	/* hvc #1 */
		0xf94002a1,	/* ldr x1, [x21] */
		0x14000000,	/* b . */
	};
	u64 page = page_pa(test, 0), text = page_pa(test, 0);
	struct keel_vcpu_page *v = phys_to_virt(page);
	struct small_vm vm;

	memcpy(phys_to_virt(text), code, sizeof(code));
	flush_icache_range((unsigned long)phys_to_virt(text), (unsigned long)phys_to_virt(text) + sizeof(code));
	small_vm_create(test, &vm);
	KUNIT_ASSERT_EQ(test, keel_hc_vcpu_create(vm.handle, 0, page), 0);
	KUNIT_EXPECT_EQ(test, v->layout, KEEL_VCPU_LAYOUT);
	v->pc = 0x1000;
	v->pstate = 0x3c5;	/* EL1h, DAIF masked */
	v->regs[21] = 0x123450;
	v->sysreg[KEEL_SR_SCTLR_EL1] = 0x30d00800;

	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_TRAP);
	KUNIT_EXPECT_EQ(test, ESR_EC(v->exit.esr), 0x20);	/* instruction abort: nothing is mapped */
	KUNIT_EXPECT_EQ(test, v->exit.hpfar >> 4 << 12, 0x1000);
	KUNIT_ASSERT_EQ(test, keel_hc_guest_map(vm.handle, 0x1000, text, 3, KEEL_PROT_R | KEEL_PROT_X), 0);

	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_TRAP);
	KUNIT_EXPECT_EQ(test, ESR_EC(v->exit.esr), 0x16);	/* HVC */
	KUNIT_EXPECT_EQ(test, v->regs[0], 0x55);
	KUNIT_EXPECT_EQ(test, v->pc, 0x1008);

	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_TRAP);
	KUNIT_EXPECT_EQ(test, ESR_EC(v->exit.esr), 0x24);	/* data abort */
	KUNIT_EXPECT_EQ(test, v->exit.far, 0x123450);
	KUNIT_EXPECT_EQ(test, v->exit.hpfar >> 4 << 12, 0x123000);

	v->pstate = 0x3c9;	/* EL2h: not for guests */
	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_ILLEGAL);
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_destroy(vm.handle, 0), 0);
	small_vm_destroy(test, &vm);
	free_pa(text, 0);
	free_pa(page, 0);
}

/* Where the CPU has no AArch32 at EL1 the flag itself is refused, elsewhere the PSTATE of the other width */
static void a_guest_has_the_modes_of_its_width_only(struct kunit *test)
{
	bool has = keel_hc_features() & KEEL_FEAT_A32_EL1;
	u64 page = page_pa(test, 0);
	struct keel_vcpu_page *v = phys_to_virt(page);
	struct small_vm vm;

	small_vm_create(test, &vm);
	KUNIT_ASSERT_EQ(test, keel_hc_vcpu_create(vm.handle, 0, page), 0);
	v->pc = 0x1000;
	v->pstate = 0x1d3;	/* SVC */
	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_ILLEGAL);
	v->ctl.flags = KEEL_VCTL_A32_EL0;
	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_ILLEGAL);
	v->ctl.flags |= KEEL_VCTL_A32_EL1;
	v->pstate = 0x3c5;	/* EL1h */
	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_ILLEGAL);
	v->pstate = 0x1da;	/* Hyp */
	KUNIT_EXPECT_EQ(test, run(&vm), KEEL_EXIT_ILLEGAL);
	v->pstate = 0x1d3;
	KUNIT_EXPECT_EQ(test, v->exit.entries, 0);
	KUNIT_EXPECT_EQ(test, v->pc, 0x1000);
	KUNIT_EXPECT_EQ(test, run(&vm), has ? KEEL_EXIT_TRAP : KEEL_EXIT_ILLEGAL);
	if (has)
		KUNIT_EXPECT_EQ(test, ESR_EC(v->exit.esr), 0x20);	/* nothing is mapped */
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_destroy(vm.handle, 0), 0);
	small_vm_destroy(test, &vm);
	free_pa(page, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(version_is_the_one_built_against),
	KUNIT_CASE(features_name_exactly_one_mode),
	KUNIT_CASE(unknown_numbers_are_refused),
	KUNIT_CASE(setup_is_over_after_finalise),
	KUNIT_CASE(arguments_out_of_type_are_refused_not_cut),
	KUNIT_CASE(a_handle_nobody_gave_is_refused),
	KUNIT_CASE(a_shared_page_is_counted),
	KUNIT_CASE(what_is_not_ram_cannot_be_given),
	KUNIT_CASE(a_donated_page_comes_back_zeroed),
	KUNIT_CASE(vms_come_and_go_without_a_trace),
	KUNIT_CASE(a_mapping_is_found_changed_and_gone),
	KUNIT_CASE(a_bad_mapping_is_refused),
	KUNIT_CASE(a_vm_with_a_vcpu_is_not_destroyed),
	KUNIT_CASE(a_guest_runs_traps_and_faults),
	KUNIT_CASE(a_guest_has_the_modes_of_its_width_only),
	{}
};

static struct kunit_suite suite = { .name = "keel_nucleus", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("KUnit: calls of the nucleus");
MODULE_LICENSE("GPL");
