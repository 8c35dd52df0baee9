// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory that the hypervisor itself reads and writes, by way of the VMM's mapping: what the VMM may not
 * touch, this may not either. Contents are the guest's: whoever reads twice may see two things.
 */
#include <linux/uaccess.h>

#include "memslot.h"

/* The VMM's address of @gpa, 0 if there is none (or none to write) */
static unsigned long guest_hva(struct pvm_mmu *mmu, u64 gpa, bool write)
{
	struct memslot *slot;
	unsigned long hva = 0;

	read_lock(&mmu->lock);
	slot = memslot_find(mmu, gpa >> PAGE_SHIFT);
	if (slot && !(write && memslot_readonly(slot)))
		hva = memslot_hva(slot, gpa >> PAGE_SHIFT) + offset_in_page(gpa);
	read_unlock(&mmu->lock);
	return hva;
}

static void guest_dirty(struct pvm_mmu *mmu, u64 gpa, struct pvcpu *v)
{
	struct memslot *slot;

	read_lock(&mmu->lock);
	slot = memslot_find(mmu, gpa >> PAGE_SHIFT);
	if (slot)
		dirty_mark(mmu, slot, gpa >> PAGE_SHIFT, v);
	read_unlock(&mmu->lock);
}

/* One page's part; the reader section keeps a slot's memory the guest's until the copy is over */
static int copy_within_page(struct pvm_mmu *mmu, u64 gpa, void *in, const void *out, size_t n, struct pvcpu *v)
{
	int idx = srcu_read_lock(&mmu->copiers);
	unsigned long hva = guest_hva(mmu, gpa, out);
	int ret = -EFAULT;

	if (hva && out && !copy_to_user((void __user *)hva, out, n)) {
		guest_dirty(mmu, gpa, v);
		ret = 0;
	} else if (hva && in && !copy_from_user(in, (void __user *)hva, n)) {
		ret = 0;
	}
	srcu_read_unlock(&mmu->copiers, idx);
	return ret;
}

static int copy_guest(struct pvm *pvm, u64 gpa, void *in, const void *out, size_t len, struct pvcpu *v)
{
	u64 end;
	int ret = 0;

	if (current->mm != pvm->vm->mm || check_add_overflow(gpa, (u64)len, &end))
		return -EFAULT;
	while (len && !ret) {
		size_t n = min_t(size_t, len, PAGE_SIZE - offset_in_page(gpa));

		ret = copy_within_page(&pvm->mmu, gpa, in, out, n, v);
		in = in ? in + n : NULL;
		out = out ? out + n : NULL;
		gpa += n;
		len -= n;
	}
	return ret;
}

int mmu_read_guest(struct pvm *pvm, u64 gpa, void *buf, size_t len)
{
	return copy_guest(pvm, gpa, buf, NULL, len, NULL);
}

int mmu_write_guest(struct pvm *pvm, u64 gpa, const void *buf, size_t len)
{
	return copy_guest(pvm, gpa, NULL, buf, len, NULL);
}

int mmu_write_guest_vcpu(struct pvcpu *v, u64 gpa, const void *buf, size_t len)
{
	return copy_guest(v->pvm, gpa, NULL, buf, len, v);
}
