// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory tagging for guests (Documentation/virt/kvm/api.rst 7.28, 4.130): whose memory may have tags, tags that are
 * initialised before a guest can see a page, and KVM_ARM_MTE_COPY_TAGS. Registers are in the vCPU page, tags are
 * memory's, so that a swap moves neither.
 *
 * PG_mte_tagged says that a page's tags are somebody's; who finds it clear takes PG_mte_lock, makes them 0, and sets it, as the
 * host kernel does for its own programs. A host kernel that has no such lock (6.1) cannot be agreed with: no MTE there.
 */
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/mte.h>

#include "memslot.h"
#include "personality.h"

#define GRANULE			16
#define GRANULES_PER_PAGE	(PAGE_SIZE / GRANULE)
#define PFR1_MTE(v)		(((v) >> 8) & 15)
#define MTE_WITH_TAGS		2	/* FEAT_MTE2 */

/**
 * regs_has_mte() - can a guest have memory tagging
 */
bool regs_has_mte(void)
{
#if defined(CONFIG_ARM64_MTE) && defined(PG_mte_lock)
	return keel_features() & KEEL_FEAT_MTE && PFR1_MTE(idregs_host(KEEL_IDREG_IDX(4, 1))) >= MTE_WITH_TAGS;
#else
	return false;
#endif
}

#if defined(CONFIG_ARM64_MTE) && defined(PG_mte_lock)

/* A tag is in bits 59:56 of the address that stands for it (Arm ARM, STG, LDG) */
static u8 tag_get(const void *granule)
{
	u64 tag = 0;

	asm(".arch armv8.5-a\n\t.arch_extension memtag\n\tldg %0, [%1]" : "+r" (tag) : "r" (granule) : "memory");
	return tag >> 56 & 15;
}

static void tag_set(void *granule, u8 tag)
{
	asm volatile(".arch armv8.5-a\n\t.arch_extension memtag\n\tstg %0, [%1]" : : "r" ((u64)(tag & 15) << 56), "r" (granule) : "memory");
}

static void clear_tags(struct page *page)
{
	void *va = page_address(page), *end = va + PAGE_SIZE;

	for (; va < end; va += GRANULE)
		tag_set(va, 0);
}

void mte_make_tags(unsigned long pfn, unsigned long n)
{
	for (; n; n--, pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!try_page_mte_tagging(page))
			continue;
		clear_tags(page);
		set_page_mte_tagged(page);
	}
}

static int tags_to_vmm(u8 __user *to, struct page *page)
{
	u8 tags[GRANULES_PER_PAGE] = { };
	unsigned int i;

	for (i = 0; page_mte_tagged(page) && i < GRANULES_PER_PAGE; i++)
		tags[i] = tag_get(page_address(page) + i * GRANULE);
	return copy_to_user(to, tags, sizeof(tags)) ? -EFAULT : 0;
}

/* All of a page's or none: what the VMM can read is read before the first one is set */
static int tags_from_vmm(const u8 __user *from, struct page *page)
{
	u8 tags[GRANULES_PER_PAGE];
	unsigned int i;

	if (copy_from_user(tags, from, sizeof(tags)))
		return -EFAULT;
	/* Against somebody who makes them 0 at the same time */
	try_page_mte_tagging(page);
	for (i = 0; i < GRANULES_PER_PAGE; i++)
		tag_set(page_address(page) + i * GRANULE, tags[i]);
	set_page_mte_tagged(page);
	return 0;
}

#else

void mte_make_tags(unsigned long pfn, unsigned long n)
{
}

static int tags_to_vmm(u8 __user *to, struct page *page)
{
	return -EINVAL;
}

static int tags_from_vmm(const u8 __user *from, struct page *page)
{
	return -EINVAL;
}

#endif

/**
 * mte_allows() - may all memory of a range of the VMM's have tags
 * @start: VMM's address, bytes
 * @end: behind it
 *
 * What is not mapped yet is looked at when the guest faults on it. Takes the mmap lock.
 */
bool mte_allows(unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	bool ok = true;

	mmap_read_lock(current->mm);
	while (start < end && ok) {
		vma = find_vma_intersection(current->mm, start, end);
		if (!vma)
			break;
		ok = vma->vm_flags & VM_MTE_ALLOWED;
		start = vma->vm_end;
	}
	mmap_read_unlock(current->mm);
	return ok;
}

/* slots_lock held. One page of the guest's */
static int copy_tags_of(struct pvm *pvm, u64 ipa, u8 __user *tags, bool to_guest)
{
	struct pvm_mmu *mmu = &pvm->mmu;
	unsigned long hva = 0;
	struct memslot *slot;
	struct page *page;
	int r = -EFAULT;

	read_lock(&mmu->lock);
	slot = memslot_find(mmu, ipa >> PAGE_SHIFT);
	if (slot && !(to_guest && memslot_readonly(slot)))
		hva = memslot_hva(slot, ipa >> PAGE_SHIFT);
	read_unlock(&mmu->lock);
	if (!hva || get_user_pages_unlocked(hva, 1, &page, to_guest ? FOLL_WRITE : 0) != 1)
		return -EFAULT;
	if (pfn_is_map_memory(page_to_pfn(page)) && mte_allows(hva, hva + PAGE_SIZE))
		r = to_guest ? tags_from_vmm(tags, page) : tags_to_vmm(tags, page);
	if (!r && to_guest)
		set_page_dirty_lock(page);
	put_page(page);
	return r;
}

/* slots_lock held */
static long copy_tags(struct pvm *pvm, const struct kvm_arm_copy_mte_tags *c, bool to_guest)
{
	u8 __user *tags = c->addr;
	u64 done;
	int r = 0;

	/* Tags that are written are not logged */
	if (to_guest && memslot_any_logging(&pvm->mmu))
		return -EBUSY;
	for (done = 0; done < c->length && !r; done += r ? 0 : PAGE_SIZE) {
		r = fatal_signal_pending(current) ? -EINTR : copy_tags_of(pvm, c->guest_ipa + done, tags, to_guest);
		tags += GRANULES_PER_PAGE;
	}
	return done ?: r;
}

/**
 * mte_copy() - KVM_ARM_MTE_COPY_TAGS
 * @pvm: VM; takes slots_lock
 * @c: as the VMM wrote it, copied once
 *
 * Return: bytes of guest memory whose tags were copied; -EINVAL: arguments, or no MTE; -EFAULT: no memory; -EBUSY: a slot is
 * logged and tags would change.
 */
long mte_copy(struct pvm *pvm, const struct kvm_arm_copy_mte_tags *c)
{
	long r;

	if (!(pvm->caps & PVM_CAP_MTE) || c->reserved[0] || c->reserved[1] || c->flags & ~KVM_ARM_TAGS_FROM_GUEST)
		return -EINVAL;
	if (!IS_ALIGNED(c->length | c->guest_ipa, PAGE_SIZE) || c->length > INT_MAX)
		return -EINVAL;
	mutex_lock(&pvm->mmu.slots_lock);
	r = copy_tags(pvm, c, !(c->flags & KVM_ARM_TAGS_FROM_GUEST));
	mutex_unlock(&pvm->mmu.slots_lock);
	return r;
}

/**
 * mte_reg() - where a register of the feature is in the page
 * @v: vCPU
 * @reg: encoding
 *
 * Return: the place; NULL: none of these, or the VM has no MTE.
 */
u64 *mte_reg(struct pvcpu *v, u32 reg)
{
	struct keel_vcpu_mte *mte = &v->vcpu->page->mte;

	if (!(v->pvm->caps & PVM_CAP_MTE))
		return NULL;
	switch (reg) {
	case SYS_RGSR_EL1:
		return &mte->rgsr_el1;
	case SYS_GCR_EL1:
		return &mte->gcr_el1;
	case SYS_TFSR_EL1:
		return &mte->tfsr_el1;
	case SYS_TFSRE0_EL1:
		return &mte->tfsre0_el1;
	}
	return NULL;
}

/**
 * mte_nth() - registers for KVM_GET_REG_LIST
 * @v: vCPU
 * @n: from 0
 *
 * Return: encoding, or 0 past the last one.
 */
u32 mte_nth(const struct pvcpu *v, unsigned int n)
{
	static const u32 regs[] = { SYS_RGSR_EL1, SYS_GCR_EL1, SYS_TFSR_EL1, SYS_TFSRE0_EL1 };

	return v->pvm->caps & PVM_CAP_MTE && n < ARRAY_SIZE(regs) ? regs[n] : 0;
}
