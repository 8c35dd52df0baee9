// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_DEV_TYPE_ARM_VGIC_V3 as a VMM configures it (Documentation/virt/kvm/devices/arm-vgic-v3.rst): frames, number of
 * interrupts, initialisation, registers. It owns where the frames are and in which order things may be set; all of it
 * under vm->lock. What VMMs write is checked here, nothing prints.
 */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "core/gicicc.h"
#include "personality.h"
#include "device.h"
#include "irqchip.h"
#include "vgic.h"
#include "vgicmmio.h"

#define NR_IRQS_DEFAULT		256
#define NR_IRQS_MIN		64

#define REGION_INDEX(val)	((val) & GENMASK_ULL(11, 0))
#define REGION_FLAGS		GENMASK_ULL(15, 12)
#define REGION_BASE(val)	((val) & GENMASK_ULL(51, 16))
#define REGION_COUNT_SHIFT	52

#define ATTR_OFFSET(attr)	((attr) & KVM_DEV_ARM_VGIC_OFFSET_MASK)
#define ATTR_AFFINITY(attr)	upper_32_bits(attr)
#define ATTR_LEVEL_INTID(attr)	((attr) & KVM_DEV_ARM_VGIC_LINE_LEVEL_INTID_MASK)
#define ATTR_LEVEL_INFO(attr)	(((attr) & KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_MASK) >> KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT)

/* ---- frames ------------------------------------------------------------------------------------------------------- */

int vgic_check_range(struct pvm *pvm, u64 addr, u64 size, u64 align)
{
	u64 end;

	if (!IS_ALIGNED(addr, align) || check_add_overflow(addr, size, &end))
		return -EINVAL;
	if (addr >> pvm->vm->ipa_bits || end > BIT_ULL(pvm->vm->ipa_bits))
		return -E2BIG;
	return 0;
}

int vgic_check_frame(struct pvm *pvm, u64 addr, u64 size)
{
	return vgic_check_range(pvm, addr, size, SZ_64K);
}

static u64 region_size(const struct vgic *g, const struct vgic_region *r)
{
	return (u64)(r->count ?: pvm_nr_vcpus(g->pvm)) * KEEL_GICR_SIZE;
}

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

static bool meets_regions(const struct vgic *g, u64 addr, u64 size)
{
	u32 i;

	for (i = 0; i < g->nr_regions; i++)
		if (overlap(addr, size, g->regions[i].base, region_size(g, &g->regions[i])))
			return true;
	return false;
}

static bool meets_dist(const struct vgic *g, u64 addr, u64 size)
{
	return g->dist_base != VGIC_NO_ADDR && overlap(addr, size, g->dist_base, KEEL_GIC_FRAME);
}

bool vgic_frames_free(struct pvm *pvm, u64 addr, u64 size)
{
	return !pvm->vgic || (!meets_regions(pvm->vgic, addr, size) && !meets_dist(pvm->vgic, addr, size));
}

/* A region without a count grows with the vCPUs: it may have grown out of the IPA space or into the distributor */
static bool frames_ok(const struct vgic *g)
{
	u32 i;

	for (i = 0; i < g->nr_regions; i++)
		if (vgic_check_frame(g->pvm, g->regions[i].base, region_size(g, &g->regions[i])))
			return false;
	return g->dist_base == VGIC_NO_ADDR || !meets_regions(g, g->dist_base, KEEL_GIC_FRAME);
}

/* The next redistributor of the first region that has room, in order of creation of regions and vCPUs */
static bool place(struct vgic *g, struct vgic_cpu *c)
{
	u32 i;

	for (i = 0; i < g->nr_regions && c->region < 0; i++) {
		struct vgic_region *r = &g->regions[i];

		if (r->count && r->used >= r->count)
			continue;
		c->region = i;
		c->slot = r->used++;
		return true;
	}
	return false;
}

int vgic_vcpu_place(struct pvcpu *v)
{
	struct vgic *g = v->pvm->vgic;

	if (!g || !place(g, v->vgic) || frames_ok(g))
		return 0;
	g->regions[v->vgic->region].used--;
	v->vgic->region = -1;
	return -EINVAL;
}

/* Order of checks as VMMs know it. @count 0: KVM_VGIC_V3_ADDR_TYPE_REDIST */
static int check_region(const struct vgic *g, u32 index, const struct vgic_region *new)
{
	u64 size = region_size(g, new);
	bool mixed = g->nr_regions && !g->regions[0].count != !new->count;

	if (new->base + size < new->base || mixed)
		return -EINVAL;
	if (g->nr_regions && !new->count)
		return -EEXIST;
	if (index != g->nr_regions || index >= VGIC_REGIONS_MAX)
		return -EINVAL;
	if (meets_dist(g, new->base, size) || meets_regions(g, new->base, size))
		return -EINVAL;
	return vgic_check_frame(g->pvm, new->base, size);
}

static int add_region(struct vgic *g, u32 index, u64 base, u32 count)
{
	struct vgic_region new = { .base = base, .count = count };
	unsigned int i, n = pvm_nr_vcpus(g->pvm);
	int r = check_region(g, index, &new);

	if (r)
		return r;
	g->regions[g->nr_regions++] = new;
	for (i = 0; i < n; i++)
		place(g, g->pvm->vcpu[i]->vgic);
	return 0;
}

static int set_region(struct vgic *g, u64 val)
{
	u32 count = val >> REGION_COUNT_SHIFT;

	if (!count || val & REGION_FLAGS)
		return -EINVAL;
	return add_region(g, REGION_INDEX(val), REGION_BASE(val), count);
}

static int get_region(const struct vgic *g, u64 *val)
{
	u32 index = REGION_INDEX(*val);

	if (index >= g->nr_regions)
		return -ENOENT;
	*val = index | g->regions[index].base | (u64)g->regions[index].count << REGION_COUNT_SHIFT;
	return 0;
}

static int set_dist(struct vgic *g, u64 addr)
{
	int r = g->dist_base != VGIC_NO_ADDR ? -EEXIST : vgic_check_frame(g->pvm, addr, KEEL_GIC_FRAME);

	if (!r)
		g->dist_base = addr;
	return r;
}

static int addr_attr(struct vgic *g, u64 attr, bool write, u64 *val)
{
	switch (attr) {
	case KVM_VGIC_V3_ADDR_TYPE_DIST:
		if (write)
			return set_dist(g, *val);
		*val = g->dist_base;
		return 0;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST:
		if (write)
			return add_region(g, 0, *val, 0);
		*val = g->nr_regions ? g->regions[0].base : VGIC_NO_ADDR;
		return 0;
	case KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION:
		return write ? set_region(g, *val) : get_region(g, val);
	}
	return -ENXIO;
}

static bool addr_known(u64 attr)
{
	return attr == KVM_VGIC_V3_ADDR_TYPE_DIST || attr == KVM_VGIC_V3_ADDR_TYPE_REDIST ||
	       attr == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION;
}

static long addr_group(struct vgic *g, bool write, const struct kvm_device_attr *a)
{
	u64 __user *at = u64_to_user_ptr(a->addr);
	bool in = write || a->attr == KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION;
	u64 val = 0;
	int r;

	if (in && get_user(val, at))
		return -EFAULT;
	mutex_lock(&g->pvm->vm->lock);
	r = addr_attr(g, a->attr, write, &val);
	mutex_unlock(&g->pvm->vm->lock);
	if (!r && !write && put_user(val, at))
		return -EFAULT;
	return r;
}

/* ---- initialisation ----------------------------------------------------------------------------------------------- */

static bool machine_has_gic(void)
{
	struct keel_irq_info info;

	return keel_features() & KEEL_FEAT_VGIC3 && keel_hc_vgic_info() >= 0 && !keel_irq_info(&info);
}

int vgic_pause_all(struct pvm *pvm)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);

	for (i = 0; i < n; i++) {
		if (mutex_trylock(&pvm->vcpu[i]->running))
			continue;
		while (i--)
			mutex_unlock(&pvm->vcpu[i]->running);
		return -EBUSY;
	}
	return 0;
}

void vgic_resume_all(struct pvm *pvm)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);

	for (i = 0; i < n; i++)
		mutex_unlock(&pvm->vcpu[i]->running);
}

int vgic_device_create(struct pvm *pvm, u64 vtr, bool v2)
{
	int r;

	if (pvm->vgic)
		return -EEXIST;
	if (pvm->ran)
		return -EBUSY;
	r = vgic_pause_all(pvm);
	if (r)
		return r;
	r = vgic_create(pvm, vtr, v2);
	vgic_resume_all(pvm);
	return r;
}

static int create(struct pvm *pvm, u32 *nr)
{
	return vgic_device_create(pvm, keel_hc_vgic_info(), false);
}

int vgic_device_init(struct vgic *g)
{
	int r;

	if (g->ready)
		return 0;
	if (!pvm_nr_vcpus(g->pvm))
		return -ENODEV;
	if (!g->nr_irqs)
		g->nr_irqs = NR_IRQS_DEFAULT;
	r = vgic_create_spis(g);
	if (r)
		return r;
	r = routing_default(g->pvm, g->nr_irqs - KEEL_GIC_PRIVATE);
	if (r)
		return r;
	if (!g->revision)
		g->revision = KEEL_GIC_REVISION_MAX;
	smp_store_release(&g->ready, true);	/* pairs with vgic_ready() */
	return 0;
}

static int map_region(struct vgic *g, unsigned int index)
{
	struct vgic_region *r = &g->regions[index];
	unsigned int i, n = pvm_nr_vcpus(g->pvm);

	if (!r->used || r->vcpus)
		return 0;
	r->vcpus = kvcalloc(r->used, sizeof(*r->vcpus), GFP_KERNEL_ACCOUNT);
	if (!r->vcpus)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (g->pvm->vcpu[i]->vgic->region == (int)index)
			r->vcpus[g->pvm->vcpu[i]->vgic->slot] = g->pvm->vcpu[i];
	/* Places are given out one after the other; records could say otherwise */
	for (i = 0; i < r->used; i++)
		if (!r->vcpus[i])
			return -EINVAL;
	return iobus_add(g->pvm, r->base, (u64)r->used * KEEL_GICR_SIZE, vgicmmio_redist, r);
}

/**
 * vgic_map() - the frames become devices of the guest
 * @g: all vCPUs have their place, addresses are checked
 *
 * Return: 0; -EINVAL: one lies where another device is; -ENOMEM.
 */
int vgic_map(struct vgic *g)
{
	unsigned int i;
	int r = iobus_add(g->pvm, g->dist_base, KEEL_GIC_FRAME, vgicmmio_dist, g);

	for (i = 0; i < g->nr_regions && !r; i++)
		r = map_region(g, i);
	g->mapped = !r;
	return r == -EEXIST ? -EINVAL : r;
}

int vgic_first_run(struct pvm *pvm)
{
	struct vgic *g = pvm->vgic;
	unsigned int i, n = pvm_nr_vcpus(pvm);

	if (!g || g->mapped)
		return 0;
	if (g->v2)
		return vgicv2_first_run(g);
	for (i = 0; i < n; i++)
		if (pvm->vcpu[i]->vgic->region < 0)
			return -ENXIO;
	if (g->dist_base == VGIC_NO_ADDR)
		return -ENXIO;
	if (!frames_ok(g))
		return -EINVAL;
	return g->ready ? vgic_map(g) : -EBUSY;
}

static int set_nr_irqs(struct vgic *g, u32 val)
{
	int r = 0;

	if (val < NR_IRQS_MIN || val >= KEEL_GIC_SPI_END || val & 31)
		return -EINVAL;
	mutex_lock(&g->pvm->vm->lock);
	if (g->nr_irqs)
		r = -EBUSY;
	else
		g->nr_irqs = val;
	mutex_unlock(&g->pvm->vm->lock);
	return r;
}

long vgic_nr_irqs(struct vgic *g, bool write, const struct kvm_device_attr *a)
{
	u32 __user *at = u64_to_user_ptr(a->addr);
	u32 val = g->nr_irqs ?: KEEL_GIC_PRIVATE;

	if (!write)
		return put_user(val, at);
	return get_user(val, at) ? -EFAULT : set_nr_irqs(g, val);
}

static int save_pending(struct vgic *g)
{
	int r = vgic_pause_all(g->pvm);

	if (r)
		return r;
	vgic_fold_all(g->pvm);
	r = g->ready ? lpi_save_pending(g->pvm) : -ENXIO;
	vgic_resume_all(g->pvm);
	return r;
}

static long ctrl_group(struct vgic *g, bool write, const struct kvm_device_attr *a)
{
	long r = -ENXIO;

	if (!write)
		return r;
	mutex_lock(&g->pvm->vm->lock);
	if (a->attr == KVM_DEV_ARM_VGIC_CTRL_INIT)
		r = vgic_device_init(g);
	else if (a->attr == KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES)
		r = save_pending(g);
	mutex_unlock(&g->pvm->vm->lock);
	return r;
}

/* ---- registers ---------------------------------------------------------------------------------------------------- */

static void icc_load(struct keel_icc *icc, struct pvcpu *v)
{
	const struct keel_vcpu_vgic *hw = &v->vcpu->page->vgic;

	vcpu_sync(v);
	icc->vtr = v->pvm->vgic->vtr;
	icc->vmcr = hw->vmcr;
	icc->pri_bits = v->vgic->pri_bits;
	icc->id_bits = v->vgic->id_bits;
	memcpy(icc->ap0r, hw->ap0r, sizeof(icc->ap0r));
	memcpy(icc->ap1r, hw->ap1r, sizeof(icc->ap1r));
}

static void icc_store(const struct keel_icc *icc, struct pvcpu *v)
{
	struct keel_vcpu_vgic *hw = &v->vcpu->page->vgic;

	hw->vmcr = icc->vmcr;
	v->vgic->pri_bits = icc->pri_bits;
	v->vgic->id_bits = icc->id_bits;
	memcpy(hw->ap0r, icc->ap0r, sizeof(icc->ap0r));
	memcpy(hw->ap1r, icc->ap1r, sizeof(icc->ap1r));
}

static int icc_access(struct pvcpu *v, u32 reg, bool write, u64 *val)
{
	struct keel_icc icc;
	int r;

	icc_load(&icc, v);
	if (!write)
		return keel_icc_get(&icc, reg, val);
	r = keel_icc_set(&icc, reg, *val);
	if (!r)
		icc_store(&icc, v);
	return r;
}

/* Lines of 32 interrupts; the VMM restores them before or after what is level-sensitive */
static int level_info(struct pvm *pvm, struct pvcpu *v, u64 attr, bool write, u32 *val)
{
	u32 first = ATTR_LEVEL_INTID(attr), out = 0, i;

	if (ATTR_LEVEL_INFO(attr) != VGIC_LEVEL_INFO_LINE_LEVEL || first % 32)
		return -EINVAL;
	for (i = 0; i < 32; i++) {
		struct vgic_irq *irq = vgic_irq_find(pvm, v, first + i);
		struct vgic_reach r;

		if (!irq || first + i < KEEL_GIC_SGIS)
			continue;
		vgic_irq_reach(irq, NULL, &r);
		if (write)
			irq->s.line = *val & BIT(i);
		else if (!irq->s.edge && irq->s.line)
			out |= BIT(i);
		vgic_irq_unreach(irq, NULL, &r);
	}
	*val = write ? *val : out;
	return 0;
}

/* vm->lock held, no vCPU runs, the GIC is initialised. @v: whom the attribute names, vCPU 0 for the distributor */
static int reg_access(struct pvm *pvm, struct pvcpu *v, bool write, const struct kvm_device_attr *a, u64 *val)
{
	u32 val32 = *val;
	int r;

	switch (a->group) {
	case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS:
		return icc_access(v, a->attr & KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK, write, val);
	case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
		r = level_info(pvm, v, a->attr, write, &val32);
		break;
	default:
		r = vgicmmio_user(pvm, a->group == KVM_DEV_ARM_VGIC_GRP_REDIST_REGS ? v : NULL, ATTR_OFFSET(a->attr),
				  write, &val32);
		break;
	}
	*val = val32;
	return r;
}

static int reg_access_paused(struct pvm *pvm, struct pvcpu *v, bool write, const struct kvm_device_attr *a, u64 *val)
{
	int r;

	mutex_lock(&pvm->vm->lock);
	r = vgic_pause_all(pvm);
	if (!r) {
		r = pvm->vgic->ready ? reg_access(pvm, v, write, a, val) : -EBUSY;
		vgic_resume_all(pvm);
	}
	mutex_unlock(&pvm->vm->lock);
	return r;
}

static struct pvcpu *vcpu_of_attr(struct pvm *pvm, const struct kvm_device_attr *a)
{
	if (a->group == KVM_DEV_ARM_VGIC_GRP_DIST_REGS)
		return pvm_nr_vcpus(pvm) ? pvm->vcpu[0] : NULL;
	return vgic_vcpu_by_affinity(pvm, ATTR_AFFINITY(a->attr));
}

static long regs_group(struct vgic *g, bool write, const struct kvm_device_attr *a)
{
	size_t len = a->group == KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS ? sizeof(u64) : sizeof(u32);
	struct pvcpu *v = vcpu_of_attr(g->pvm, a);
	void __user *at = u64_to_user_ptr(a->addr);
	u64 val = 0;
	int r;

	if (!v)
		return -EINVAL;
	if (write && copy_from_user(&val, at, len))
		return -EFAULT;
	r = reg_access_paused(g->pvm, v, write, a, &val);
	if (!r && !write && copy_to_user(at, &val, len))
		return -EFAULT;
	return r;
}

static long has_reg(struct vgic *g, const struct kvm_device_attr *a)
{
	bool known;

	if (!vcpu_of_attr(g->pvm, a))
		return -EINVAL;
	if (a->group == KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS)
		known = keel_icc_known(a->attr & KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK);
	else
		known = vgicmmio_known(g->pvm, a->group == KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, ATTR_OFFSET(a->attr));
	return known ? 0 : -ENXIO;
}

/* ---- the device --------------------------------------------------------------------------------------------------- */

static long has(struct vgic *g, const struct kvm_device_attr *a)
{
	switch (a->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return addr_known(a->attr) ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS:
		return has_reg(g, a);
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return 0;
	case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
		return ATTR_LEVEL_INFO(a->attr) == VGIC_LEVEL_INFO_LINE_LEVEL ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return a->attr == KVM_DEV_ARM_VGIC_CTRL_INIT || a->attr == KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES ? 0 : -ENXIO;
	}
	return -ENXIO;
}

static long attr(struct pvm *pvm, u32 nr, unsigned int cmd, struct kvm_device_attr *a)
{
	struct vgic *g = pvm->vgic;
	bool write = cmd == KVM_SET_DEVICE_ATTR;

	if (!g || nr)
		return -ENODEV;
	if (cmd == KVM_HAS_DEVICE_ATTR)
		return has(g, a);
	switch (a->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return addr_group(g, write, a);
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return vgic_nr_irqs(g, write, a);
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return ctrl_group(g, write, a);
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS:
	case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
		return regs_group(g, write, a);
	}
	return -ENXIO;
}

const struct device_kind vgic_device_kind = {
	.type = KVM_DEV_TYPE_ARM_VGIC_V3,
	.present = machine_has_gic,
	.create = create,
	.attr = attr,
};

bool vgic_possible(void)
{
	return machine_has_gic() || vgicv2_vtr() >= 0;
}
