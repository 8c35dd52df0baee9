// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brings the nucleus to EL2: places the image in contiguous memory, tells it about the machine, takes every CPU from
 * the kernel's stub, ends set-up. Everything before the first CPU is taken can be undone and is; the stub gets CPUs
 * back when a later one fails. It trusts the image no more than keel_image_check() does.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/smp.h>

#include <asm/cputype.h>

#include "core/nucleus_image.h"
#include "load.h"

extern const u8 keel_nucleus_image[], keel_nucleus_image_end[];

static unsigned int skip;
module_param(skip, uint, 0444);
MODULE_PARM_DESC(skip, "MiB of free memory to step over before the nucleus is placed (to test other places)");

static unsigned long va_offset;
module_param(va_offset, ulong, 0444);
MODULE_PARM_DESC(va_offset, "distance of EL2's addresses from physical ones, a multiple of 4096 (default 0)");

#define HVC_SOFT_RESTART	1
#define HVC_RESET_VECTORS	2
#define LOG_ORDER		1
#define SKIP_ORDER		10	/* 4 MiB steps */

/* Kept for CPUs that come later; loader only */
static struct {
	struct keel_boot *boot;
	u64 entry_pa;
	void *image;
	unsigned int image_order;
	char *log;
} nucleus;

/* ---- one CPU ------------------------------------------------------------------------------------------------ */

/*
 * The stub's SOFT_RESTART jumps to x1 at EL2 with x2 to x4 as x0 to x2 (hyp-stub.S); the nucleus comes back by
 * ERET. What it may clobber is in abi/boot.h.
 */
static s64 hvc_takeover(u64 entry, u64 boot, u64 cpu, u64 first)
{
	register u64 x0 asm("x0") = HVC_SOFT_RESTART;
	register u64 x1 asm("x1") = entry;
	register u64 x2 asm("x2") = boot;
	register u64 x3 asm("x3") = cpu;
	register u64 x4 asm("x4") = first;

	asm volatile("hvc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3), "+r" (x4) : :
		     "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x19",
		     "x20", "x21", "x22", "x23", "x30", "cc", "memory");
	return x0;
}

static void hvc_give_back(void *unused)
{
	register u64 x0 asm("x0") = HVC_RESET_VECTORS;

	asm volatile("hvc #0" : "+r" (x0) : : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		     "x12", "x13", "x14", "x15", "x16", "x17", "cc", "memory");
}

static s64 take(bool first)
{
	return hvc_takeover(nucleus.entry_pa, virt_to_phys(nucleus.boot), smp_processor_id(), first);
}

int keel_take_this_cpu(void)
{
	s64 err = 0;

	if (keel_mode != KEEL_FEAT_VHE && keel_el2_probe() == KEEL_EL2_STUB)
		err = take(false);
	if (!err)
		err = keel_hc_finalise(0);
	/* Was finalised before: it kept its state */
	return err == -EPERM ? 0 : err;
}

/* ---- all CPUs ----------------------------------------------------------------------------------------------- */

struct on_cpu {
	bool first;
	s64 err;
};

static void take_on_cpu(void *info)
{
	struct on_cpu *on = info;

	on->err = take(on->first);
}

static void finalise_on_cpu(void *info)
{
	struct on_cpu *on = info;

	on->err = keel_hc_finalise(0);
}

static int give_all_back(unsigned int until)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (cpu == until)
			break;
		smp_call_function_single(cpu, hvc_give_back, NULL, true);
	}
	return 0;
}

static int take_all(void)
{
	struct on_cpu on = { .first = true };
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		smp_call_function_single(cpu, take_on_cpu, &on, true);
		if (on.err) {
			pr_err("CPU %u: EL2 cannot be taken (%lld)\n", cpu, on.err);
			give_all_back(cpu);
			return on.err;
		}
		on.first = false;
	}
	return 0;
}

/* The nucleus' pool may be too small for the host's tables, where memory is in many pieces: it gets more */
static s64 finalise_cpu(unsigned int cpu)
{
	struct on_cpu on = { };

	do {
		smp_call_function_single(cpu, finalise_on_cpu, &on, true);
	} while (on.err == -ENOMEM && !keel_pool_grow());
	return on.err;
}

/* After the first CPU has succeeded there is no way back */
static int finalise_all(void)
{
	unsigned int cpu;
	bool first = true;
	s64 err;

	for_each_online_cpu(cpu) {
		err = finalise_cpu(cpu);
		if (err) {
			pr_err("CPU %u: set-up cannot be ended (%lld)\n", cpu, err);
			if (first)
				give_all_back(nr_cpu_ids);
			return first ? err : 0;
		}
		first = false;
	}
	return 0;
}

/* ---- image and boot information ----------------------------------------------------------------------------- */

/* alloc_pages() after @skip MiB of other allocations, which are freed again: memory from elsewhere */
static struct page *alloc_elsewhere(unsigned int order)
{
	struct page *page, *next, *held = NULL;
	unsigned int mib;

	for (mib = 0; mib < skip; mib += 4) {
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, SKIP_ORDER);
		if (!page)
			break;
		page->private = (unsigned long)held;
		held = page;
	}
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	for (; held; held = next) {
		next = (struct page *)held->private;
		held->private = 0;
		__free_pages(held, SKIP_ORDER);
	}
	return page;
}

static void describe_image(struct keel_boot *boot, const struct keel_image_header *header)
{
	u32 i;

	boot->image_size = header->mem_size;
	boot->data_offset = header->mem_size;
	for (i = header->nr_segments; i-- > 0;) {
		if (header->segments[i].kind >= KEEL_IMAGE_DATA)
			boot->data_offset = header->segments[i].offset;
		else if (header->segments[i].kind == KEEL_IMAGE_RODATA)
			boot->rodata_offset = header->segments[i].offset;
	}
}

static int place_image(struct keel_boot *boot)
{
	const struct keel_image_header *header = (const void *)keel_nucleus_image;
	enum keel_image_error bad = keel_image_check(header, keel_nucleus_image_end - keel_nucleus_image);
	struct page *page;
	u32 entry;

	if (bad || !keel_image_entry(header, KEEL_ENTRY_TAKEOVER, &entry)) {
		pr_err("this keel.ko has no usable nucleus: %s\n", keel_image_error_text(bad));
		return -ENOEXEC;
	}
	nucleus.image_order = get_order(header->mem_size);
	page = alloc_elsewhere(nucleus.image_order);
	if (!page)
		return -ENOMEM;
	nucleus.image = page_address(page);
	boot->image_pa = page_to_phys(page);
	describe_image(boot, header);
	keel_image_place(header, nucleus.image, boot->image_pa + boot->va_offset);
	keel_clean_range(nucleus.image, PAGE_SIZE << nucleus.image_order);
	nucleus.entry_pa = boot->image_pa + entry;
	return 0;
}

static void read_mpidr(void *info)
{
	struct keel_boot *boot = info;

	boot->cpus[smp_processor_id()].mpidr = read_cpuid_mpidr() & MPIDR_HWID_BITMASK;
}

static int add_cpus(struct keel_boot *boot)
{
	struct page *page;
	unsigned int i;

	if (nr_cpu_ids > KEEL_MAX_CPUS) {
		pr_err("%u CPUs, and the nucleus can do %d\n", nr_cpu_ids, KEEL_MAX_CPUS);
		return -E2BIG;
	}
	for (i = 0; i < nr_cpu_ids; i++) {
		page = alloc_pages(GFP_KERNEL | __GFP_ZERO, ilog2(KEEL_CPU_PAGES));
		if (!page)
			return -ENOMEM;
		boot->cpus[i].mpidr = ~0ULL;
		boot->cpus[i].pa = page_to_phys(page);
		boot->nr_cpus = i + 1;
		keel_clean_range(page_address(page), KEEL_CPU_PAGES * PAGE_SIZE);
	}
	on_each_cpu(read_mpidr, boot, true);
	return 0;
}

static int add_log(struct keel_boot *boot)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, LOG_ORDER);

	if (!page)
		return -ENOMEM;
	nucleus.log = page_address(page);
	boot->log_pa = page_to_phys(page);
	boot->log_size = PAGE_SIZE << LOG_ORDER;
	boot->panic_entry = (u64)keel_nucleus_panic;
	return 0;
}

static int describe(struct keel_boot *boot, u32 mode)
{
	int err;

	boot->magic = KEEL_BOOT_MAGIC;
	boot->version = KEEL_BOOT_VERSION;
	boot->size = sizeof(*boot);
	boot->mode = mode;
	boot->va_offset = va_offset;
	err = add_cpus(boot);
	err = err ?: add_log(boot);
	err = err ?: keel_memory_regions(boot);
	err = err ?: keel_memory_chunks(boot);
	err = err ?: keel_memory_pool(boot);
	if (!err && mode != KEEL_FEAT_VHE)
		err = place_image(boot);
	return err;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void free_all(struct keel_boot *boot)
{
	u32 i;

	for (i = 0; i < boot->nr_cpus; i++)
		free_pages((unsigned long)phys_to_virt(boot->cpus[i].pa), ilog2(KEEL_CPU_PAGES));
	if (nucleus.log)
		free_pages((unsigned long)nucleus.log, LOG_ORDER);
	if (nucleus.image)
		free_pages((unsigned long)nucleus.image, nucleus.image_order);
	keel_memory_free(boot);
	free_pages((unsigned long)boot, get_order(sizeof(*boot)));
	keel_mode = 0;
}

static int start(struct keel_boot *boot, u32 mode)
{
	int err;

	/* Hotplug waits: each CPU is either taken here or by power.c's callback */
	if (mode == KEEL_FEAT_VHE) {
		err = keel_vhe_start(boot);
		if (err) {
			pr_err("the nucleus refuses this machine (%d)\n", err);
			return err;
		}
		keel_mode = mode;
		return finalise_all();
	}
	keel_clean_range(boot, sizeof(*boot));
	/* Instructions that were written as data: gone from every instruction cache */
	asm volatile("ic ialluis\n\tdsb ish\n\tisb" ::: "memory");
	err = take_all();
	keel_mode = mode;
	return err ?: finalise_all();
}

int keel_load(void)
{
	struct keel_boot *boot;
	int mode, err;

	mode = keel_mode_choose();
	if (mode < 0)
		return mode;
	err = mode == KEEL_FEAT_PROTECTED ? keel_kexec_check() : 0;
	if (err)
		return err;
	boot = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, get_order(sizeof(*boot)));
	if (!boot)
		return -ENOMEM;
	nucleus.boot = boot;
	cpus_read_lock();
	err = describe(boot, mode);
	err = err ?: start(boot, mode);
	cpus_read_unlock();
	if (err) {
		free_all(boot);
		return err;
	}
	pr_info("nucleus %lld.%lld, mode %s, image at %#llx\n", keel_hc_version() >> 16, keel_hc_version() & 0xffff,
		mode == KEEL_FEAT_PROTECTED ? "protected" : mode == KEEL_FEAT_VHE ? "vhe" : "nvhe", boot->image_pa);
	return 0;
}

void keel_abandon(void)
{
	if (keel_mode == KEEL_FEAT_VHE)
		free_all(nucleus.boot);
	else
		pr_warn("removed by force: the nucleus stays at EL2, and there are no VMs until the machine is reset\n");
}

/* Bytes that the nucleus has from the host, but for what VMs bring along; what allocation rounds up to included */
static size_t memory_bytes(const struct keel_boot *boot)
{
	size_t bytes = keel_memory_bytes(boot) + boot->nr_cpus * KEEL_CPU_PAGES * PAGE_SIZE;

	if (nucleus.image)
		bytes += PAGE_SIZE << nucleus.image_order;
	return bytes + (PAGE_SIZE << LOG_ORDER) + (PAGE_SIZE << get_order(sizeof(*boot)));
}

/* For tests and for whoever looks for the cause of a death: offsets in its report are from nucleus_pa */
static int nucleus_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "version    %lld.%lld\n", keel_hc_version() >> 16, keel_hc_version() & 0xffff);
	seq_printf(m, "features   %#llx\n", keel_hc_features());
	seq_printf(m, "nucleus_pa %#llx\n", nucleus.boot->image_pa);
	seq_printf(m, "size       %#llx\n", nucleus.boot->image_size);
	seq_printf(m, "va_offset  %#llx\n", nucleus.boot->va_offset);
	seq_printf(m, "memory     %zu\n", memory_bytes(nucleus.boot));
	seq_printf(m, "pool_free  %lld\n", keel_hc_pool_free());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(nucleus);

void keel_load_debugfs(struct dentry *dir)
{
	debugfs_create_file("nucleus", 0400, dir, NULL, &nucleus_fops);
}

/*
 * EL2 comes here when an invariant of the nucleus is broken: EL1, interrupts masked, on the stack of whoever made the
 * call. The text is the nucleus' and ends inside its pages.
 */
void keel_nucleus_panic(u64 length)
{
	u64 size = PAGE_SIZE << LOG_ORDER;
	char *line = nucleus.log, *end;

	line[min(length, size - 1)] = '\0';
	for (; *line; line = end + 1) {
		end = strchrnul(line, '\n');
		pr_emerg("%.*s\n", (int)(end - line), line);
		if (!*end)
			break;
	}
	panic("keel: the nucleus has died");
}
