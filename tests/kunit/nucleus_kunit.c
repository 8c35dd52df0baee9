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
#define EC_HVC		0x16
#define EC_SYS		0x18

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

static void pages_that_follow_on_each_other_are_one_run(struct kunit *test)
{
	const u64 device = 0x09000000;	/* nobody's memory on any machine of these tests */
	u64 pa = page_pa(test, 3), i;
	struct small_vm vm;
	s64 run;

	small_vm_create(test, &vm);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_run(vm.handle, 0, KEEL_RUN_MAX), -ENOENT);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_run(vm.handle, 0, KEEL_RUN_MAX + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_run(vm.handle, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_run(BAD_VM, 0, 1), -ENOENT);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, (3 + i) * PAGE_SIZE, pa + i * PAGE_SIZE, 3, KEEL_PROT_R), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, 11 * PAGE_SIZE, device, 3, KEEL_PROT_R | KEEL_PROT_DEVICE), 0);
	run = keel_hc_guest_run(vm.handle, 0, KEEL_RUN_MAX);
	KUNIT_EXPECT_EQ(test, run, (s64)(pa >> PAGE_SHIFT | 7ULL << KEEL_RUN_MORE_SHIFT | 3ULL << KEEL_RUN_SKIP_SHIFT));
	run = keel_hc_guest_run(vm.handle, 11 * PAGE_SIZE, 1);
	KUNIT_EXPECT_EQ(test, run, (s64)(device >> PAGE_SHIFT | KEEL_RUN_DEVICE));
	/* The last page of the longest range */
	KUNIT_EXPECT_EQ(test, keel_hc_guest_unmap(vm.handle, 0, 16), 9);
	KUNIT_EXPECT_EQ(test, keel_hc_guest_map(vm.handle, (KEEL_RUN_MAX - 1) * PAGE_SIZE, pa, 3, KEEL_PROT_R), 0);
	run = keel_hc_guest_run(vm.handle, 0, KEEL_RUN_MAX);
	KUNIT_EXPECT_EQ(test, run, (s64)(pa >> PAGE_SHIFT | (KEEL_RUN_MAX - 1) << KEEL_RUN_SKIP_SHIFT));
	KUNIT_EXPECT_EQ(test, keel_hc_guest_unmap(vm.handle, 0, KEEL_RUN_MAX), 1);
	small_vm_destroy(test, &vm);
	free_pa(pa, 3);
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

/* Lengths that the architecture does not have, and, where the CPU has no SVE, all others */
static void sve_that_is_not_there_is_refused(struct kunit *test)
{
	u64 pa = page_pa(test, 2), page = page_pa(test, 0);
	struct small_vm vm;

	small_vm_create(test, &vm);
	KUNIT_ASSERT_EQ(test, keel_hc_vcpu_create(vm.handle, 0, page), 0);
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_sve(vm.handle, 0, pa, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_sve(vm.handle, 0, pa, KEEL_SVE_VQ_MAX + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, keel_hcall(KEEL_HC_vcpu_sve, vm.handle, 0, pa, 256 + 1, 0), -EINVAL);
	if (!(keel_hc_features() & KEEL_FEAT_SVE)) {
		KUNIT_EXPECT_EQ(test, keel_hc_sve_info(), -ENODEV);
		KUNIT_EXPECT_EQ(test, keel_hc_vcpu_sve(vm.handle, 0, pa, 1), -ENODEV);
	}
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_destroy(vm.handle, 0), 0);
	small_vm_destroy(test, &vm);
	free_pa(page, 0);
	free_pa(pa, 2);
}

/* A vCPU with a page of code at 0x1000, MMU off, interrupts masked */
struct small_guest {
	struct small_vm vm;
	struct keel_vcpu_page *v;
	u64 page, text;
};

static void small_guest_create(struct kunit *test, struct small_guest *g, const u32 *code, size_t bytes)
{
	g->page = page_pa(test, 0);
	g->text = page_pa(test, 0);
	g->v = phys_to_virt(g->page);
	memcpy(phys_to_virt(g->text), code, bytes);
	flush_icache_range((unsigned long)phys_to_virt(g->text), (unsigned long)phys_to_virt(g->text) + bytes);
	small_vm_create(test, &g->vm);
	KUNIT_ASSERT_EQ(test, keel_hc_vcpu_create(g->vm.handle, 0, g->page), 0);
	g->v->pc = 0x1000;
	g->v->pstate = 0x3c5;	/* EL1h, DAIF masked */
	g->v->sysreg[KEEL_SR_SCTLR_EL1] = 0x30d00800;
}

static void small_guest_map_text(struct kunit *test, struct small_guest *g)
{
	KUNIT_ASSERT_EQ(test, keel_hc_guest_map(g->vm.handle, 0x1000, g->text, 3, KEEL_PROT_R | KEEL_PROT_X), 0);
}

static void small_guest_destroy(struct kunit *test, struct small_guest *g)
{
	KUNIT_EXPECT_EQ(test, keel_hc_vcpu_destroy(g->vm.handle, 0), 0);
	small_vm_destroy(test, &g->vm);
	free_pa(g->text, 0);
	free_pa(g->page, 0);
}

/*
 * Interrupts of the host end a run at any time: go on until the guest says something itself, or its CPU interface wants
 * maintenance
 */
static s64 run(struct small_guest *g)
{
	unsigned long flags;
	s64 code;

	do {
		local_irq_save(flags);
		code = keel_hc_vcpu_run(g->vm.handle, 0);
		local_irq_restore(flags);
	} while (code == KEEL_EXIT_IRQ && !g->v->vgic.misr);
	return code;
}

static void runs_until(struct kunit *test, struct small_guest *g, u64 ec)
{
	KUNIT_ASSERT_EQ(test, run(g), KEEL_EXIT_TRAP);
	KUNIT_ASSERT_EQ(test, ESR_EC(g->v->exit.esr), ec);
}

static void a_guest_runs_traps_and_faults(struct kunit *test)
{
	static const u32 code[] = {
		0xd2800aa0,	/* mov x0, #0x55 */
		0xd4000022,	/* hvc #1 */
		0xf94002a1,	/* ldr x1, [x21] */
		0x14000000,	/* b . */
	};
	struct small_guest g;

	small_guest_create(test, &g, code, sizeof(code));
	KUNIT_EXPECT_EQ(test, g.v->layout, KEEL_VCPU_LAYOUT);
	g.v->regs[21] = 0x123450;

	runs_until(test, &g, 0x20);	/* instruction abort: nothing is mapped */
	KUNIT_EXPECT_EQ(test, g.v->exit.hpfar >> 4 << 12, 0x1000);
	small_guest_map_text(test, &g);

	runs_until(test, &g, EC_HVC);
	KUNIT_EXPECT_EQ(test, g.v->regs[0], 0x55);
	KUNIT_EXPECT_EQ(test, g.v->pc, 0x1008);

	runs_until(test, &g, 0x24);	/* data abort */
	KUNIT_EXPECT_EQ(test, g.v->exit.far, 0x123450);
	KUNIT_EXPECT_EQ(test, g.v->exit.hpfar >> 4 << 12, 0x123000);

	g.v->pstate = 0x3c9;	/* EL2h: not for guests */
	KUNIT_EXPECT_EQ(test, run(&g), KEEL_EXIT_ILLEGAL);
	small_guest_destroy(test, &g);
}

/* ---- the virtual CPU interface ---- */

#define LR_PENDING	BIT_ULL(62)
#define LR_ACTIVE	BIT_ULL(63)
#define LR_HW		BIT_ULL(61)
#define LR_GROUP1	BIT_ULL(60)
#define LR_EOI		BIT_ULL(41)
#define LR_STATE	(LR_PENDING | LR_ACTIVE)
#define LR(intid, prio)	(LR_GROUP1 | (u64)(prio) << 48 | (intid))

/* Opens the CPU interface, acknowledges, ends: a call after each */
static const u32 gic_code[] = {
	0xd5184600,	/* msr ICC_PMR_EL1, x0 */
	0xd518cce1,	/* msr ICC_IGRPEN1_EL1, x1 */
	0xd5033fdf,	/* isb */
	0xd538cc02,	/* mrs x2, ICC_IAR1_EL1 */
	0xd4000002,	/* hvc #0 */
	0xd518cc22,	/* msr ICC_EOIR1_EL1, x2 */
	0xd4000002,	/* hvc #0 */
};

static void gic_guest_create(struct kunit *test, struct small_guest *g)
{
	if (!(keel_hc_features() & KEEL_FEAT_VGIC3)) {
		KUNIT_EXPECT_EQ(test, keel_hc_vgic_info(), -ENODEV);
		kunit_skip(test, "no GICv3");
	}
	small_guest_create(test, g, gic_code, sizeof(gic_code));
	small_guest_map_text(test, g);
	g->v->ctl.flags = KEEL_VCTL_VGIC;
	g->v->regs[0] = 0xf0;
	g->v->regs[1] = 1;
}

static unsigned int nr_lrs(void)
{
	return (keel_hc_vgic_info() & 0x1f) + 1;
}

static void an_interrupt_goes_through_its_list_register(struct kunit *test)
{
	struct keel_vcpu_vgic *gic;
	struct small_guest g;

	gic_guest_create(test, &g);
	gic = &g.v->vgic;
	gic->lr[0] = LR_PENDING | LR_EOI | LR(40, 0xa0);
	gic->lr[1] = ~0ULL;	/* not in use */
	gic->used = 1;

	runs_until(test, &g, EC_HVC);
	KUNIT_EXPECT_EQ(test, g.v->regs[2], 40);
	KUNIT_EXPECT_EQ(test, gic->lr[0], LR_ACTIVE | LR_EOI | LR(40, 0xa0));
	KUNIT_EXPECT_EQ(test, gic->lr[1], ~0ULL);
	KUNIT_EXPECT_EQ(test, gic->ap1r[0], BIT(0xa0 >> 3));
	KUNIT_EXPECT_EQ(test, gic->vmcr >> 24, 0xf0);	/* VPMR */
	KUNIT_EXPECT_EQ(test, gic->vmcr & 3, 2);	/* VENG1 alone */
	KUNIT_EXPECT_EQ(test, gic->misr, 0);

	/* The guest's end of interrupt is maintenance's beginning */
	KUNIT_EXPECT_EQ(test, run(&g), KEEL_EXIT_IRQ);
	KUNIT_EXPECT_EQ(test, gic->lr[0], LR_EOI | LR(40, 0xa0));
	KUNIT_EXPECT_EQ(test, gic->ap1r[0], 0);
	KUNIT_EXPECT_EQ(test, gic->misr, BIT(0));	/* LR_EOI asked for it */
	KUNIT_EXPECT_EQ(test, gic->eisr, BIT(0));
	small_guest_destroy(test, &g);
}

static void more_list_registers_than_there_are_is_all_of_them(struct kunit *test)
{
	struct keel_vcpu_vgic *gic;
	struct small_guest g;
	unsigned int i, nr = nr_lrs();

	gic_guest_create(test, &g);
	gic = &g.v->vgic;
	for (i = 0; i < ARRAY_SIZE(gic->lr); i++)
		gic->lr[i] = LR_PENDING | LR(40 + i, i == nr - 1 ? 0x20 : 0xa0);
	gic->used = U32_MAX;
	gic->hcr = U32_MAX & ~KEEL_VGIC_HCR;
	runs_until(test, &g, EC_HVC);
	KUNIT_EXPECT_EQ(test, g.v->regs[2], 40 + nr - 1);
	for (i = 0; i < ARRAY_SIZE(gic->lr); i++) {
		u64 state = i == nr - 1 ? LR_ACTIVE : LR_PENDING;

		KUNIT_EXPECT_EQ_MSG(test, gic->lr[i] & LR_STATE, state, "lr %u of %u", i, nr);
	}
	small_guest_destroy(test, &g);
}

static void a_guest_never_sees_the_list_registers_of_another(struct kunit *test)
{
	struct small_guest one, other;

	gic_guest_create(test, &one);
	one.v->vgic.lr[0] = LR_PENDING | LR(41, 0x80);
	one.v->vgic.lr[1] = LR_PENDING | LR(42, 0xa0);
	one.v->vgic.used = 2;
	gic_guest_create(test, &other);
	/* On one CPU, or there is nothing to be seen */
	preempt_disable();
	KUNIT_EXPECT_EQ(test, run(&one), KEEL_EXIT_TRAP);
	KUNIT_EXPECT_EQ(test, run(&other), KEEL_EXIT_TRAP);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, one.v->regs[2], 41);
	KUNIT_EXPECT_EQ(test, other.v->regs[2], 1023);
	small_guest_destroy(test, &other);
	small_guest_destroy(test, &one);
}

static void maintenance_that_was_asked_for_is_reported(struct kunit *test)
{
	struct small_guest g;

	gic_guest_create(test, &g);
	g.v->vgic.hcr = BIT(1);		/* UIE: at most one list register in use */
	g.v->vgic.eisr = 0x55;
	KUNIT_EXPECT_EQ(test, run(&g), KEEL_EXIT_IRQ);
	KUNIT_EXPECT_EQ(test, g.v->vgic.misr, BIT(1));
	KUNIT_EXPECT_EQ(test, g.v->vgic.eisr, 0);
	/* It has gone away with the exit, and comes back with the next entry only */
	g.v->vgic.hcr = 0;
	runs_until(test, &g, EC_HVC);
	KUNIT_EXPECT_EQ(test, g.v->regs[2], 1023);	/* nothing pending */
	KUNIT_EXPECT_EQ(test, g.v->vgic.misr, 0);
	small_guest_destroy(test, &g);
}

static void a_link_to_no_shared_or_private_interrupt_is_lost(struct kunit *test)
{
	static const struct { u32 pintid; bool stays; } links[] = {
		{ 0, false }, { 15, false }, { 16, true }, { 1019, true }, { 1020, false }, { 1023, false },
	};
	struct small_guest g;
	unsigned int i;

	gic_guest_create(test, &g);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		/* Inactive: the guest never sees it, nothing is deactivated */
		g.v->vgic.lr[0] = LR_HW | (u64)links[i].pintid << 32 | LR(40, 0xa0);
		g.v->vgic.used = 1;
		g.v->pc = 0x1000;
		runs_until(test, &g, EC_HVC);
		KUNIT_EXPECT_EQ_MSG(test, !!(g.v->vgic.lr[0] & LR_HW), links[i].stays, "%u", links[i].pintid);
	}
	small_guest_destroy(test, &g);
}

static void without_a_virtual_gic_its_registers_trap(struct kunit *test)
{
	struct small_guest g;

	gic_guest_create(test, &g);
	g.v->ctl.flags = 0;
	g.v->vgic.lr[0] = LR_PENDING | LR(40, 0xa0);
	g.v->vgic.used = 1;
	runs_until(test, &g, EC_SYS);
	KUNIT_EXPECT_EQ(test, g.v->pc, 0x1000);
	KUNIT_EXPECT_EQ(test, g.v->vgic.lr[0], LR_PENDING | LR(40, 0xa0));
	small_guest_destroy(test, &g);
}

static void the_physical_counter_traps_when_it_is_to(struct kunit *test)
{
	static const u32 code[] = {
		0xd53be023,	/* mrs x3, CNTPCT_EL0 */
		0xd4000002,	/* hvc #0 */
	};
	struct small_guest g;

	small_guest_create(test, &g, code, sizeof(code));
	small_guest_map_text(test, &g);
	g.v->ctl.flags = KEEL_VCTL_CNTPCT_TRAP;
	runs_until(test, &g, EC_SYS);
	g.v->ctl.flags = 0;
	runs_until(test, &g, EC_HVC);
	KUNIT_EXPECT_NE(test, g.v->regs[3], 0);
	small_guest_destroy(test, &g);
}

/* Where the CPU has no AArch32 at EL1 the flag itself is refused, elsewhere the PSTATE of the other width */
static void a_guest_has_the_modes_of_its_width_only(struct kunit *test)
{
	bool has = keel_hc_features() & KEEL_FEAT_A32_EL1;
	struct keel_vcpu_page *v;
	struct small_guest g;

	small_guest_create(test, &g, NULL, 0);
	v = g.v;
	v->pstate = 0x1d3;	/* SVC */
	KUNIT_EXPECT_EQ(test, run(&g), KEEL_EXIT_ILLEGAL);
	v->ctl.flags = KEEL_VCTL_A32_EL0;
	KUNIT_EXPECT_EQ(test, run(&g), KEEL_EXIT_ILLEGAL);
	v->ctl.flags |= KEEL_VCTL_A32_EL1;
	v->pstate = 0x3c5;	/* EL1h */
	KUNIT_EXPECT_EQ(test, run(&g), KEEL_EXIT_ILLEGAL);
	v->pstate = 0x1da;	/* Hyp */
	KUNIT_EXPECT_EQ(test, run(&g), KEEL_EXIT_ILLEGAL);
	v->pstate = 0x1d3;
	KUNIT_EXPECT_EQ(test, v->exit.entries, 0);
	KUNIT_EXPECT_EQ(test, v->pc, 0x1000);
	KUNIT_EXPECT_EQ(test, run(&g), has ? KEEL_EXIT_TRAP : KEEL_EXIT_ILLEGAL);
	if (has)
		KUNIT_EXPECT_EQ(test, ESR_EC(v->exit.esr), 0x20);	/* nothing is mapped */
	small_guest_destroy(test, &g);
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
	KUNIT_CASE(pages_that_follow_on_each_other_are_one_run),
	KUNIT_CASE(a_bad_mapping_is_refused),
	KUNIT_CASE(a_vm_with_a_vcpu_is_not_destroyed),
	KUNIT_CASE(sve_that_is_not_there_is_refused),
	KUNIT_CASE(a_guest_runs_traps_and_faults),
	KUNIT_CASE(a_guest_has_the_modes_of_its_width_only),
	KUNIT_CASE(an_interrupt_goes_through_its_list_register),
	KUNIT_CASE(more_list_registers_than_there_are_is_all_of_them),
	KUNIT_CASE(a_guest_never_sees_the_list_registers_of_another),
	KUNIT_CASE(maintenance_that_was_asked_for_is_reported),
	KUNIT_CASE(a_link_to_no_shared_or_private_interrupt_is_lost),
	KUNIT_CASE(without_a_virtual_gic_its_registers_trap),
	KUNIT_CASE(the_physical_counter_traps_when_it_is_to),
	{}
};

static struct kunit_suite suite = { .name = "keel_nucleus", .test_cases = cases };
kunit_test_suites(&suite);

MODULE_DESCRIPTION("KUnit: calls of the nucleus");
MODULE_LICENSE("GPL");
