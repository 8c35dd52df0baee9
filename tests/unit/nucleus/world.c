// SPDX-License-Identifier: GPL-2.0-only
/*
 * See world.h. Physical memory is one sparse mapping, so that PA + nuc_va_offset is an address; hardware's view of the
 * tables is decoded here, not by core/pgtable.c.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"
#include "world.h"

/* The files under test, one translation unit: the test resets their variables between machines */
#include "../../../nvhe/mem.c"
#include "../../../nvhe/mmu.c"
#include "../../../nvhe/vm.c"
#include "../../../nvhe/guest_mem.c"
#include "../../../nvhe/hcall.c"

#define SPACE	(4ULL << 30)
#define OUTPUT	0x0000fffffffff000ULL

struct nuc_config nuc_config;
u64 nuc_va_offset;
u32 nuc_finalised_flag;
u64 fake_id_aa64mmfr0_el1, fake_tpidr_el2;
int fake_locks_held;
void (*world_in_guest)(void);

static struct nuc_cpu cpus[2];

void fake_deadlock(void)
{
	unit_fail(__FILE__, __LINE__, "a lock is taken twice, or released by who has not got it");
}

void nuc_panic(const char *invariant)
{
	unit_fail(__FILE__, __LINE__, invariant);
}

void switch_tlb_begin(struct nuc_vm *vm, struct nuc_tlb_ctx *ctx)
{
	CHECK_EQ(vm->vttbr >> 48, vm->slot + 1);
}

void switch_tlb_end(struct nuc_tlb_ctx *ctx)
{
}

u64 fake_sysreg(const char *name)
{
	u32 val = 0;

	if (!strcmp(name, "tpidr_el2"))
		return fake_tpidr_el2;
	if (!strcmp(name, "id_aa64mmfr0_el1"))
		return fake_id_aa64mmfr0_el1;
	while (*name)
		val = (val + *name++) * 0x9e3779b1;
	return val;
}

/* CPU 0 has everything, CPU 1 nothing */
u32 switch_caps(void)
{
	return nuc_cpu() == &cpus[0] ? ~0u : 0;
}

u16 switch_sve_look(void)
{
	return nuc_cpu()->sve_vqs;
}

void init_host_stage2(struct nuc_cpu *cpu)
{
	CHECK(host_on && cpu == nuc_cpu());
}

/* All that a world switch at that vector length writes to is there */
static void check_sve(const struct nuc_vcpu *vcpu)
{
	u64 at;

	for (at = 0; vcpu->sve_vq && at < 34U * 16 * vcpu->sve_vq; at += 16)
		CHECK(pgstate_get(&mem_state, (vcpu->sve_pa + at) & ~4095ULL) & PGSTATE_PINNED);
}

/* Whatever else happens meanwhile, vCPU, VM and page stay */
s64 switch_run(struct nuc_vcpu *vcpu)
{
	struct nuc_vm *vm = vcpu->vm;
	struct keel_vcpu_page *page = vcpu->page;

	CHECK_EQ(fake_locks_held, 0);
	CHECK(page && nuc_va(vcpu->page_pa) == page && pgstate_get(&mem_state, vcpu->page_pa) & PGSTATE_PINNED);
	if (world_in_guest)
		world_in_guest();
	CHECK(vcpu->taken && vcpu->page == page && vcpu->vm == vm && slots[vm->slot].vm == vm);
	CHECK(pgstate_get(&mem_state, vcpu->page_pa) & PGSTATE_PINNED);
	check_sve(vcpu);
	return KEEL_EXIT_TRAP;
}

u32 world_on_cpu(u32 cpu)
{
	u32 before = fake_tpidr_el2 == (u64)&cpus[1];

	fake_tpidr_el2 = (u64)&cpus[cpu];
	return before;
}

bool world_cpu_final(void)
{
	return nuc_cpu()->flags & NUC_CPU_FINAL;
}

/* ---- the machine -------------------------------------------------------------------------------------------- */

static void fill_config(u32 mode, u64 pool_pages)
{
	struct nuc_config *c = &nuc_config;

	*c = (struct nuc_config){
		.mode = mode, .nr_cpus = 2, .va_offset = 1ULL << 40,
		.image_pa = RAM0 + (2 << 20), .image_size = 16 * PAGE, .rodata_offset = 4 * PAGE, .data_offset = 8 * PAGE,
		.cpu_pa = { RAM0 + (2 << 20) + 16 * PAGE, RAM0 + (2 << 20) + 20 * PAGE },
		.log_pa = RAM0 + (2 << 20) + 24 * PAGE, .log_size = PAGE,
		.pool_pa = RAM0 + (2 << 20) + 32 * PAGE, .pool_pages = pool_pages,
		.nr_regions = 2, .regions = { { RAM0, RAM0_PAGES * PAGE }, { RAM1, RAM1_PAGES * PAGE } },
		.nr_chunks = 2, .chunks = { { 1, RAM0 }, { 3, RAM0 + (1 << 20) } },
	};
}

static void reset_variables(void)
{
	static u64 arena;

	if (!arena)
		arena = (u64)mmap(NULL, SPACE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK((void *)arena != MAP_FAILED);
	nuc_va_offset = arena;
	mem_lock = (struct nuc_lock){ };
	mem_pool = (struct pagelist){ };
	mem_state = (struct pgstate){ };
	el2_pt = (struct pgtable){ };
	host_pt = (struct pgtable){ };
	host_root = 0;
	host_on = false;
	memset(slots, 0, sizeof(slots));
	memset(&handles, 0, sizeof(handles));
	slots_lock = (struct nuc_lock){ };
	fake_locks_held = 0;
	memset(cpus, 0, sizeof(cpus));
	cpus[0].sve_vqs = 0x800b;	/* 16, 32, 64 and 256 bytes */
	world_on_cpu(0);
	world_in_guest = NULL;
	nuc_finalised_flag = 0;
}

int world_boot_setup(u32 mode, u64 parange, u64 pool_pages)
{
	int err;

	reset_variables();
	fill_config(mode, pool_pages);
	fake_id_aa64mmfr0_el1 = 0xabcdef0 | parange;
	/* What the last machine left there is what a real one would find: not zero */
	memset(nuc_va(RAM0), 0xa5, RAM0_PAGES * PAGE);
	memset(nuc_va(RAM1), 0xa5, RAM1_PAGES * PAGE);
	err = mmu_init();
	if (!err)
		err = mem_setup();
	return err;
}

int world_boot(u32 mode, u64 parange, u64 pool_pages)
{
	int err = world_boot_setup(mode, parange, pool_pages);
	u32 cpu;

	for (cpu = 2; !err && cpu--;) {
		world_on_cpu(cpu);
		err = hc_finalise(0);
	}
	return err;
}

void world_start(u32 mode, u64 parange, u64 pool_pages)
{
	CHECK_EQ(world_boot(mode, parange, pool_pages), 0);
	world_check();
}

/* ---- what hardware sees ------------------------------------------------------------------------------------- */

/* The descriptor of the leaf that translates ia, or 0; Arm ARM D8 with a 4 KiB granule */
static u64 walk(u64 root, u32 start, u64 ia, u32 *level)
{
	u64 table = root, d;
	u32 l;

	for (l = start; ; l++, table = d & OUTPUT) {
		u64 index = ia >> (39 - 9 * l);

		d = ((u64 *)nuc_va(table))[l == start ? index : index & 511];
		if (!(d & 1) || l == 3 || !(d & 2))
			break;
	}
	*level = l;
	return d & 1 ? d : 0;
}

/* Does EL2 map the page at PA + va_offset to itself; anything else there ends the test */
static bool el2_maps(u64 pa)
{
	u32 level;
	u64 d = walk(el2_pt.root, 0, pa + nuc_config.va_offset, &level);

	if (d)
		CHECK_EQ(d & OUTPUT, pa);
	CHECK(!d || level == 3);
	/* AP[2] clear and XN clear together: writable and executable */
	CHECK(!d || d >> 7 & 1 || d >> 54 & 1);
	return d;
}

static bool host_maps(u64 pa)
{
	u32 level;
	u64 d = walk(host_root, mmu_pa_bits() > 43 ? 0 : 1, pa, &level);

	if (d)
		CHECK_EQ(d & OUTPUT, pa & ~((1ULL << (39 - 9 * level)) - 1));
	return d;
}

static bool is_guard(u64 pa)
{
	return pa == nuc_config.cpu_pa[0] || pa == nuc_config.cpu_pa[1];
}

/* ---- guests ------------------------------------------------------------------------------------------------- */

struct nuc_vm *world_vm(u32 handle)
{
	struct vm_slot *s = slot_of(handle);

	return s && handle_find(&handles, handle, HANDLE_LIVE) >= 0 ? s->vm : NULL;
}

/* Leaves of a table that reach RAM page pa */
static u32 leaves_to(u64 table, u32 level, u32 entries, u64 pa)
{
	u32 i, n = 0;

	for (i = 0; i < entries; i++) {
		u64 d = ((u64 *)nuc_va(table))[i], size = 1ULL << (39 - 9 * level);

		if (!(d & 1))
			continue;
		if (level < 3 && d & 2)
			n += leaves_to(d & OUTPUT, level + 1, 512, pa);
		else
			n += pa - (d & OUTPUT) < size;
	}
	return n;
}

static u32 guest_leaves_to(u64 pa)
{
	u32 n = 0, i;

	for (i = 0; i < KEEL_MAX_VMS; i++)
		if (slots[i].vm) {
			struct pgtable *pt = &slots[i].vm->pt;

			n += leaves_to(pt->root, pt->start, keel_pgd_pages(pt->ia_bits) * 512, pa);
		}
	return n;
}

/* ---- invariants --------------------------------------------------------------------------------------------- */

static void check_page(u64 pa, bool count)
{
	u32 rec = pgstate_get(&mem_state, pa), kind = rec & PGSTATE_KIND;
	bool at_el2 = kind == PGSTATE_NUCLEUS ? !is_guard(pa) : pgstate_at_el2(rec);

	CHECK(kind == PGSTATE_HOST || kind == PGSTATE_NUCLEUS);
	CHECK_EQ(el2_maps(pa), at_el2);
	if (host_on)
		CHECK_EQ(host_maps(pa), kind == PGSTATE_HOST);
	/* Counting leaves is dear: where the record says anything about guests, and on a sample */
	if (nuc_protected() && (kind == PGSTATE_HOST ? count || pgstate_mapped(rec) : count))
		CHECK_EQ(guest_leaves_to(pa), kind == PGSTATE_HOST ? pgstate_mapped(rec) : 0);
}

/* Tables below one; each is one page */
static u64 tables_below(u64 table, u32 level, u32 entries)
{
	u64 n = 0;
	u32 i;

	for (i = 0; level < 3 && i < entries; i++) {
		u64 d = ((u64 *)nuc_va(table))[i];

		if ((d & 3) == 3)
			n += 1 + tables_below(d & OUTPUT, level + 1, 512);
	}
	return n;
}

static u64 tables_of(const struct pgtable *pt)
{
	u32 pages = keel_pgd_pages(pt->ia_bits);

	return pages + tables_below(pt->root, pt->start, pages * 512);
}

/* Free pages of a list, all of them its owner's */
static u64 list_pages(const struct pagelist *list, u32 slot)
{
	u64 pa = list->head, i;

	for (i = 0; i < list->count; i++, pa = *(u64 *)nuc_va(pa))
		CHECK_EQ(pgstate_get(&mem_state, pa), PGSTATE_OWNED_BY(PGSTATE_NUCLEUS, slot));
	return i;
}

/* What the nucleus has from boot on and never gives, and the pool with all that came out of it */
static u64 own_pages(void)
{
	u64 n = nuc_config.image_size / PAGE + 2 * KEEL_CPU_PAGES + 2 * KEEL_CHUNK_SIZE / PAGE;

	n += list_pages(&mem_pool, 0) + tables_of(&el2_pt);
	if (host_on)
		n += tables_of(&host_pt);
	else if (nuc_protected())
		n += keel_pgd_pages(mmu_pa_bits());
	return n;
}

static u64 slot_pages(u32 slot)
{
	const struct vm_slot *s = &slots[slot];
	u8 state = handles.state[slot];

	CHECK_EQ(!!s->vm, state == HANDLE_LIVE);
	CHECK(!s->left.count || state == HANDLE_DEAD);
	if (!s->vm)
		return list_pages(&s->left, slot + 1);
	CHECK(s->vm->slot == slot && handle_slot(s->vm->handle) == slot);
	return KEEL_VM_PAGES + tables_of(&s->vm->pt) + list_pages(&s->vm->supply, slot + 1);
}

/* The pages that the vCPUs of a VM are on */
static u64 vcpu_pages(const struct nuc_vm *vm)
{
	u64 n = 0, sve = 0, i;

	for (i = 0; vm && i < KEEL_MAX_VCPUS; i++)
		if (vm->vcpus[i].page) {
			CHECK(pgstate_get(&mem_state, vm->vcpus[i].page_pa) & PGSTATE_PINNED);
			check_sve(&vm->vcpus[i]);
			n++;
			sve += (34U * 16 * vm->vcpus[i].sve_vq + PAGE - 1) / PAGE;
		}
	CHECK(!vm || n == vm->nr_vcpus);
	return n + sve;
}

static u64 pinned(u64 pa, u64 pages)
{
	u64 n = 0;

	for (; pages; pages--, pa += PAGE)
		n += !!(pgstate_get(&mem_state, pa) & PGSTATE_PINNED);
	return n;
}

static void count_owned(u64 pa, u64 n, u64 *owned)
{
	for (; n; n--, pa += PAGE) {
		u32 rec = pgstate_get(&mem_state, pa);

		if ((rec & PGSTATE_KIND) == PGSTATE_NUCLEUS)
			owned[(rec & PGSTATE_SLOT) >> PGSTATE_SLOT_SHIFT]++;
	}
}

/* Every page that the nucleus has or uses is in exactly one of the places where it keeps pages */
static void check_counts(void)
{
	u64 owned[KEEL_MAX_VMS + 1] = { }, vcpus = 0;
	u32 i;

	count_owned(RAM0, RAM0_PAGES, owned);
	count_owned(RAM1, RAM1_PAGES, owned);
	CHECK_EQ(owned[0], own_pages());
	for (i = 0; i < KEEL_MAX_VMS; i++)
		CHECK_EQ(owned[i + 1], slot_pages(i));
	for (i = 0; i < KEEL_MAX_VMS; i++)
		vcpus += vcpu_pages(slots[i].vm);
	CHECK_EQ(pinned(RAM0, RAM0_PAGES) + pinned(RAM1, RAM1_PAGES), vcpus + nuc_config.log_size / PAGE);
}

void world_check(void)
{
	static u32 turn;
	u64 i;

	turn++;
	CHECK_EQ(fake_locks_held, 0);
	for (i = 0; i < RAM0_PAGES; i++)
		check_page(RAM0 + i * PAGE, i % 128 == turn % 128);
	for (i = 0; i < RAM1_PAGES; i++)
		check_page(RAM1 + i * PAGE, i % 128 == turn % 128);
	CHECK(!(nuc_protected() && nuc_finalised() && !host_on));
	check_counts();
}

static u64 mix(u64 sum, u64 v)
{
	return (sum ^ v) * 0x9e3779b97f4a7c15ULL + (sum >> 29);
}

static u64 sum_table(u64 table, u32 level, u32 entries, u64 sum)
{
	u32 i;

	for (i = 0; i < entries; i++) {
		u64 d = ((u64 *)nuc_va(table))[i];

		if (!(d & 1))
			continue;
		sum = mix(mix(sum, d), i);
		if (level < 3 && d & 2)
			sum = sum_table(d & OUTPUT, level + 1, 512, sum);
	}
	return sum;
}

static u64 sum_vm(const struct nuc_vm *vm, u64 sum)
{
	u32 i;

	sum = mix(mix(mix(sum, vm->supply.count), vm->supply.head), vm->nr_vcpus);
	for (i = 0; i < KEEL_MAX_CPUS; i++)
		sum = mix(sum, vm->last_vcpu[i]);
	for (i = 0; i < KEEL_MAX_VCPUS; i++)
		sum = mix(mix(sum, vm->vcpus[i].page_pa), (u64)!!vm->vcpus[i].page << 1 | vm->vcpus[i].taken) +
		      vm->vcpus[i].sve_vq;
	return sum_table(vm->pt.root, vm->pt.start, keel_pgd_pages(vm->pt.ia_bits) * 512, sum);
}

/* Which pages are free, in whatever order: tables that were made and unmade come back the other way round */
static u64 sum_pool(void)
{
	u64 pa = mem_pool.head, set = 0, i;

	for (i = 0; i < mem_pool.count; i++, pa = *(u64 *)nuc_va(pa))
		set += mix(pa, 0);
	return set;
}

u64 world_sum(void)
{
	u64 sum = mix(mem_pool.count, sum_pool()), i;

	sum = mix(sum, nuc_finalised_flag << 16 | cpus[0].flags << 8 | cpus[1].flags);
	for (i = 0; i < RAM0_PAGES; i++)
		sum = mix(sum, pgstate_get(&mem_state, RAM0 + i * PAGE));
	for (i = 0; i < RAM1_PAGES; i++)
		sum = mix(sum, pgstate_get(&mem_state, RAM1 + i * PAGE));
	if (host_on)
		sum = sum_table(host_root, host_pt.start, keel_pgd_pages(mmu_pa_bits()) * 512, sum);
	sum = sum_table(el2_pt.root, 0, 512, sum);
	for (i = 0; i < KEEL_MAX_VMS; i++) {
		sum = mix(mix(sum, slots[i].left.count), handles.state[i]);
		if (slots[i].vm)
			sum = sum_vm(slots[i].vm, sum);
	}
	return sum;
}

bool world_host_write(u64 pa, u64 value)
{
	u64 i;

	if (host_on && !host_maps(pa))
		return false;
	for (i = 0; i < PAGE / 8; i++)
		((u64 *)nuc_va(pa))[i] = value;
	return true;
}

bool world_page_is_zero(u64 pa)
{
	const u64 *word = nuc_va(pa);
	u64 i, any = 0;

	for (i = 0; i < PAGE / 8; i++)
		any |= word[i];
	return !any;
}
