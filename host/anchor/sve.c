// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVE for guests, the machine's side: which vector lengths every CPU has, and the memory that a vCPU's SVE registers live
 * in, which the nucleus shares and which outlives the personality. The nucleus checks again on the CPU that a vCPU enters on.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include <asm/neon.h>

#include "anchor.h"
#include "load.h"

/* Bitmaps of lengths, bit n - 1 for 16 * n bytes: what all CPUs have, what at least one has, what guests are offered */
static struct {
	struct mutex lock;	/* CPUs may come at the same time */
	bool looked, offered;
	u16 all, any, guests;
} lengths = { .lock = __MUTEX_INITIALIZER(lengths.lock) };

/*
 * A guest cannot be kept from a length below its largest one (ZCR_EL1 selects what the CPU has), so that up to the largest
 * that is offered no CPU may have one that another lacks.
 */
static u16 common(u16 all, u16 any)
{
	u16 odd = any & ~all;

	return odd ? all & (BIT(__ffs(odd)) - 1) : all;
}

/* Thread of the CPU. The nucleus may use FP and SVE registers as it likes, as for an entry (run.c) */
static u16 look(void)
{
	s64 vqs;

	preempt_disable();
	kernel_neon_begin();
	vqs = keel_hc_sve_info();
	kernel_neon_end();
	preempt_enable();
	return vqs < 0 ? 0 : vqs;
}

/* On the CPU itself. Guests may have seen what they were offered: a CPU that lacks it, or has more, stays off */
static int cpu_came(unsigned int cpu)
{
	u16 vqs = look(), seen;
	int err = 0;

	mutex_lock(&lengths.lock);
	/* What a guest could see of this one */
	seen = lengths.guests ? vqs & KEEL_SVE_UPTO(fls(lengths.guests)) : 0;
	if (lengths.offered && seen != lengths.guests) {
		err = -ENXIO;
	} else if (!lengths.offered) {
		lengths.all = lengths.looked ? lengths.all & vqs : vqs;
		lengths.any |= vqs;
		lengths.looked = true;
	}
	mutex_unlock(&lengths.lock);
	if (err)
		pr_err("CPU %u: its SVE vector lengths are not those of the others, it stays off\n", cpu);
	return err;
}

static int hotplug_state;

/**
 * keel_sve_init() - look at all CPUs, and at each that comes
 *
 * Return: 0 or errno.
 */
int keel_sve_init(void)
{
	if (!IS_ENABLED(CONFIG_ARM64_SVE) || !(keel_features() & KEEL_FEAT_SVE))
		return 0;
	hotplug_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "virt/keel:sve", cpu_came, NULL);
	if (hotplug_state < 0)
		return hotplug_state;
	mutex_lock(&lengths.lock);
	lengths.guests = common(lengths.all, lengths.any);
	lengths.offered = true;
	mutex_unlock(&lengths.lock);
	return 0;
}

void keel_sve_exit(void)
{
	if (hotplug_state > 0)
		cpuhp_remove_state_nocalls(hotplug_state);
}

u16 keel_sve_lengths(void)
{
	return lengths.guests;
}
EXPORT_SYMBOL_GPL(keel_sve_lengths);

int keel_vcpu_sve(struct keel_vcpu *vcpu, u8 vq)
{
	size_t size = keel_sve_pages(vq) * PAGE_SIZE;
	void *regs;
	s64 ret;

	if (vcpu->sve)
		return -EBUSY;
	regs = alloc_pages_exact(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!regs)
		return -ENOMEM;
	do {
		ret = keel_hc_vcpu_sve(vcpu->vm->handle, vcpu->idx, virt_to_phys(regs), vq);
	} while (ret == -ENOMEM && !keel_pool_grow());
	if (ret) {
		free_pages_exact(regs, size);
		return ret;
	}
	vcpu->sve = regs;
	vcpu->sve_vq = vq;
	return 0;
}
EXPORT_SYMBOL_GPL(keel_vcpu_sve);

/**
 * vcpu_sve_free() - undo keel_vcpu_sve()
 * @vcpu: the vCPU, which the nucleus does not know any more
 */
void vcpu_sve_free(struct keel_vcpu *vcpu)
{
	if (vcpu->sve)
		free_pages_exact(vcpu->sve, keel_sve_pages(vcpu->sve_vq) * PAGE_SIZE);
}
