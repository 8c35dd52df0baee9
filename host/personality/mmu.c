// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage-2 aborts of ordinary VMs: from the syndrome to a mapping, an emulated access or an exception for the
 * guest. Owns no memory: pages are the VMM's, tables the nucleus'. The guest chooses the address and the kind
 * of access, the VMM may change slots and mappings at any moment; both are looked up here and checked again
 * under mmu->lock before a page is mapped. The reference to the page is dropped after that: from then on the
 * MMU notifier keeps the mapping honest.
 */
#include <linux/sched/signal.h>
#include <asm/esr.h>

#include "irqchip.h"
#include "memslot.h"

/* HPFAR_EL2.FIPA: bits 43:4 are IPA bits 51:12 (Arm ARM D19.2.66) */
#define HPFAR_FIPA		GENMASK_ULL(43, 4)
/* Fault status code without the level (Arm ARM D19.2.40, ISS of data and instruction aborts) */
#define FSC_KIND		0x3c
#define FSC_LEVEL		0x03
#define FSC_KIND_TRANSLATION	0x04
#define FSC_KIND_ACCESS		0x08
#define FSC_KIND_PERMISSION	0x0c

/* Table pages asked for at once; a block of 1 GiB that is split needs 513 */
#define TOPUP_MIN		8
#define TOPUP_MAX		1024

struct fault {
	struct pvcpu *v;
	u64 esr, ipa;		/* ipa: of the page */
	u8 kind;		/* FSC_KIND_* */
	u8 level;		/* of the faulting entry */
	bool instruction, write, exec;

	/* by fault_lookup(), under mmu->lock; valid as long as seq is */
	struct memslot *slot;
	unsigned long hva, seq;
	bool readonly, logging;
};

/* ---- decode ------------------------------------------------------------------------------------------------- */

/*
 * A walk of the guest's own tables counts as a write only if it met a permission fault, which is hardware
 * updating a descriptor; a guest may well keep tables in a read-only slot.
 */
static bool fault_is_write(const struct fault *f)
{
	if (f->esr & ESR_ELx_S1PTW)
		return f->kind == FSC_KIND_PERMISSION;
	return !f->instruction && (f->esr & ESR_ELx_WNR);
}

static void fault_decode(struct fault *f, struct pvcpu *v)
{
	const struct keel_vcpu_page *page = v->vcpu->page;

	f->v = v;
	f->esr = page->exit.esr;
	f->ipa = (page->exit.hpfar & HPFAR_FIPA) << 8;
	f->kind = f->esr & FSC_KIND;
	f->level = f->esr & FSC_LEVEL;
	f->instruction = ESR_ELx_EC(f->esr) == ESR_ELx_EC_IABT_LOW;
	f->exec = f->instruction && !(f->esr & ESR_ELx_S1PTW);
	f->write = fault_is_write(f);
}

/* Synchronous external abort, or one on a table walk (FSC 0x10, 0x13 to 0x17) or a parity error (0x18, 0x1b to 0x1f) */
static bool fault_is_external(const struct fault *f)
{
	return (f->esr & ESR_ELx_FSC) >= 0x10 && (f->esr & ESR_ELx_FSC) <= 0x1f;
}

/* ---- no memory there ---------------------------------------------------------------------------------------- */

/* No slot, or a write to a read-only one: resume convention; -ENOMEM as fault_map() */
static int fault_no_memory(struct fault *f)
{
	struct pvcpu *v = f->v;
	u64 far = v->vcpu->page->exit.far;
	int ret;

	/* Instructions and translation tables cannot be emulated: the guest put them where nothing is */
	if (f->instruction || (f->esr & ESR_ELx_S1PTW)) {
		inject_abort(v, f->instruction, far);
		return 1;
	}
	/* Cache maintenance of what is not memory: nothing of it can be in a cache */
	if (!f->slot && (f->esr & ESR_ELx_CM)) {
		vcpu_skip(v);
		return 1;
	}
	ret = f->slot ? -ENOENT : vgic_map_cpu_frame(v->pvm, f->ipa);
	if (ret != -ENOENT)
		return ret && ret != -EAGAIN ? ret : 1;
	return mmio_abort(v, f->ipa | (far & ~PAGE_MASK));
}

/* ---- mapping ------------------------------------------------------------------------------------------------ */

static void fault_lookup(struct fault *f)
{
	struct pvm_mmu *mmu = &f->v->pvm->mmu;
	u64 gfn = f->ipa >> PAGE_SHIFT;

	read_lock(&mmu->lock);
	f->seq = mmu->inv_seq;
	f->slot = memslot_find(mmu, gfn);
	if (f->slot) {
		f->hva = memslot_hva(f->slot, gfn);
		f->readonly = memslot_readonly(f->slot);
		f->logging = memslot_logging(f->slot);
	}
	read_unlock(&mmu->lock);
}

/* What was looked up may not be true any more; mmu->lock held */
static bool fault_is_stale(const struct fault *f)
{
	const struct pvm_mmu *mmu = &f->v->pvm->mmu;

	if (f->seq != mmu->inv_seq)
		return true;
	return mmu->inv_count && f->hva >= mmu->inv_start && f->hva < mmu->inv_end;
}

/* Does the block of @level around the fault lie in the slot, aligned alike in IPA and address space? */
static bool block_fits(const struct fault *f, unsigned int level)
{
	u64 size = 1ULL << (PAGE_SHIFT + 9 * (3 - level)), start = f->hva & ~(size - 1);
	const struct memslot *slot = f->slot;

	if ((f->hva ^ f->ipa) & (size - 1))
		return false;
	return start >= slot->hva && start + size <= slot->hva + (slot->npages << PAGE_SHIFT);
}

/* Level to map at; mmu->lock held, fault not stale */
static unsigned int fault_level(const struct fault *f, const struct hostpage *hp)
{
	unsigned int level;

	if (f->logging || !hp->page)
		return 3;
	level = hostpage_level(f->hva, hp->pfn);
	while (level < 3 && !block_fits(f, level))
		level++;
	return level;
}

static u8 fault_prot(const struct fault *f, const struct hostpage *hp)
{
	u8 prot = KEEL_PROT_R;

	if (hp->writable)
		prot |= KEEL_PROT_W;
	if (hp->device)
		prot |= KEEL_PROT_DEVICE;
	else if (f->exec || hostpage_icache_coherent())
		prot |= KEEL_PROT_X;
	return prot;
}

/*
 * The entry is there and allows less than wanted. A block larger than what may be mapped now (pages are being
 * logged) is split first, so that the rest of it stays as it is.
 */
static s64 fault_relax(struct fault *f, const struct hostpage *hp, unsigned int level, u8 prot)
{
	u32 handle = f->v->pvm->vm->handle;
	s64 ret = 0;

	if (f->level < level && f->write)
		ret = keel_hc_guest_split(handle, ALIGN_DOWN(f->ipa, PMD_SIZE), PTRS_PER_PMD);
	if (ret < 0)
		return ret;
	if (f->exec && !hostpage_icache_coherent()) {
		unsigned long n = 1UL << (9 * (3 - f->level));

		hostpage_sync_icache(hp->pfn & ~(n - 1), n);
	}
	return keel_hc_guest_relax(handle, f->ipa, prot & ~KEEL_PROT_DEVICE);
}

static s64 fault_map_at(struct fault *f, const struct hostpage *hp, unsigned int level, u8 prot)
{
	unsigned long n = 1UL << (9 * (3 - level)), pfn = hp->pfn & ~(n - 1);
	u64 ipa = f->ipa & ~((u64)n * PAGE_SIZE - 1);

	if (!hp->device) {
		/* Whatever was there before: a guest that has tags sees its own or 0 */
		if (f->v->pvm->caps & PVM_CAP_MTE)
			mte_make_tags(pfn, n);
		hostpage_clean(pfn, n);
		if (f->exec && !hostpage_icache_coherent())
			hostpage_sync_icache(pfn, n);
	}
	return keel_hc_guest_map(f->v->pvm->vm->handle, ipa, (u64)pfn << PAGE_SHIFT, level, prot);
}

/* Make the mapping; mmu->lock held. 0, -EAGAIN (let the guest try again), -ENOMEM (table pages), other errno */
static s64 fault_map_locked(struct fault *f, struct hostpage *hp)
{
	unsigned int level;
	s64 ret;

	if (fault_is_stale(f))
		return -EAGAIN;
	if (f->logging && !f->write)
		hp->writable = false;
	level = fault_level(f, hp);
	if (f->kind == FSC_KIND_PERMISSION && f->level >= 1 && f->level <= level)
		ret = fault_relax(f, hp, level, fault_prot(f, hp));
	else
		ret = fault_map_at(f, hp, level, fault_prot(f, hp));
	if (ret == -ENOENT)
		return -EAGAIN;
	if (!ret && hp->writable)
		dirty_mark(&f->v->pvm->mmu, f->slot, f->ipa >> PAGE_SHIFT, f->v);
	return ret;
}

/* The page is gone for good: tell the VMM, as an access of its own would (sigaction(2), BUS_MCEERR_AR) */
static int fault_poisoned(const struct fault *f)
{
	send_sig_mceerr(BUS_MCEERR_AR, (void __user *)f->hva, PAGE_SHIFT, current);
	return 1;
}

/* Resume convention; -ENOMEM: table pages are wanted; -EBUSY: no more guest pages can be this page */
static int fault_map(struct fault *f)
{
	struct pvm_mmu *mmu = &f->v->pvm->mmu;
	struct hostpage hp;
	s64 ret;

	ret = hostpage_get(f->hva, f->write, !f->readonly, &hp);
	if (ret == -EHWPOISON)
		return fault_poisoned(f);
	if (ret)
		return ret == -EAGAIN ? 1 : ret;
	if (f->exec && hp.device) {
		hostpage_put(&hp, false);
		inject_abort(f->v, true, f->v->vcpu->page->exit.far);
		return 1;
	}
	/* A slot's range was looked at when it was made; what the VMM mapped there since may be another matter */
	if (f->v->pvm->caps & PVM_CAP_MTE && !hp.device && !mte_allows(f->hva, f->hva + 1)) {
		hostpage_put(&hp, false);
		return -EFAULT;
	}
	if (f->readonly)
		hp.writable = false;

	read_lock(&mmu->lock);
	ret = fault_map_locked(f, &hp);
	read_unlock(&mmu->lock);
	hostpage_put(&hp, hp.writable && !ret);
	if (ret == -EAGAIN)
		return 1;
	return ret ? (int)ret : 1;
}

static int fault_handle(struct fault *f)
{
	fault_lookup(f);
	if (!f->slot || (f->write && f->readonly))
		return fault_no_memory(f);
	if (f->kind == FSC_KIND_ACCESS) {
		keel_hc_guest_mkyoung(f->v->pvm->vm->handle, f->ipa);
		return 1;
	}
	/* A write that could not be recorded must not happen */
	if (f->write && f->logging && ring_full(f->v)) {
		f->v->vcpu->run->exit_reason = KVM_EXIT_DIRTY_RING_FULL;
		return 0;
	}
	return fault_map(f);
}

/*
 * The nucleus ran out of table pages: give it some, more each time it asks again, and start over. Millions of guest pages
 * may be one host page as long as nobody writes them (the page of zeroes), and the nucleus counts only so far: then
 * this one gets a page of its own, as if it was written.
 */
static int fault_handle_topup(struct fault *f)
{
	unsigned int min = TOPUP_MIN;
	int ret;

	for (;;) {
		ret = fault_handle(f);
		if (ret == -EBUSY && !f->write && !f->readonly) {
			f->write = true;
			continue;
		}
		if (ret != -ENOMEM || min > TOPUP_MAX)
			return ret == -EBUSY ? -EFAULT : ret;
		ret = keel_vm_topup(f->v->pvm->vm, min);
		if (ret)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
		min *= 2;
	}
}

/**
 * mmu_abort() - handle a data or instruction abort taken to EL2
 * @v: vCPU, its exit report in the page; called by its own thread in the VMM's context
 *
 * Source: Arm ARM D19.2.40 (ISS of aborts). Sleeps. No lock held.
 *
 * Return: resume convention; -EFAULT where the VMM's memory cannot be had, -ENOMEM, -EINTR (fatal signal).
 */
int mmu_abort(struct pvcpu *v)
{
	struct fault f = {};

	fault_decode(&f, v);
	if (fault_is_external(&f)) {
		inject_serror(v, false, 0);
		return 1;
	}
	/* Beyond the guest's physical address space: no device, no memory */
	if (f.ipa >= BIT_ULL(v->pvm->vm->ipa_bits)) {
		inject_abort(v, f.instruction, v->vcpu->page->exit.far);
		return 1;
	}
	if (f.kind != FSC_KIND_TRANSLATION && f.kind != FSC_KIND_ACCESS && f.kind != FSC_KIND_PERMISSION)
		return -EFAULT;
	return fault_handle_topup(&f);
}

/* ---- life --------------------------------------------------------------------------------------------------- */

/**
 * mmu_init() - prepare guest memory of a VM and watch its creator's address space
 * @pvm: VM with ->vm set, its other parts may be blank
 *
 * Sleeps; no lock of the memory manager held. Call mmu_destroy() whatever it returns.
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int mmu_init(struct pvm *pvm)
{
	struct pvm_mmu *mmu = &pvm->mmu;
	int ret;

	mmu->pvm = pvm;
	mutex_init(&mmu->slots_lock);
	rwlock_init(&mmu->lock);
	mmu->by_gfn = RB_ROOT;
	mmu->by_hva = RB_ROOT_CACHED;
	xa_init(&mmu->by_id);
	ret = init_srcu_struct(&mmu->copiers);
	if (ret)
		return ret;
	mmu->ready = true;
	return notifier_attach(mmu);
}

void mmu_destroy(struct pvm *pvm)
{
	struct pvm_mmu *mmu = &pvm->mmu;

	if (!mmu->ready)
		return;
	notifier_detach(mmu);
	memslot_free_all(mmu);
	cleanup_srcu_struct(&mmu->copiers);
	kvfree(mmu->rings);
	mmu->rings = NULL;
	mmu->ready = false;
}

/* ---- swap --------------------------------------------------------------------------------------------------- */

int mmu_export(struct pvm *pvm, struct keel_stream *s)
{
	int ret = memslot_export(&pvm->mmu, s);

	return ret ?: ring_export(pvm, s) ?: dirty_export(pvm, s);
}

int mmu_import(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_memslot slot;
	struct keel_rec_ring_mode mode;
	struct keel_rec_dirty_ring ring;
	struct keel_rec_eager_split split;

	switch (rec->tag) {
	case KEEL_REC_memslot:
		return keel_get_memslot(rec, &slot, NULL, NULL) ?: memslot_import(&pvm->mmu, &slot);
	case KEEL_REC_ring_mode:
		return keel_get_ring_mode(rec, &mode, NULL, NULL) ?: ring_import_mode(pvm, &mode);
	case KEEL_REC_dirty_ring:
		return keel_get_dirty_ring(rec, &ring, NULL, NULL) ?: ring_import(pvm, &ring);
	case KEEL_REC_eager_split:
		return keel_get_eager_split(rec, &split, NULL, NULL) ?: dirty_import(pvm, &split);
	default:
		return -ENOENT;
	}
}
