// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_DEV_TYPE_ARM_VGIC_V2 as a VMM configures it (Documentation/virt/kvm/devices/arm-vgic.rst), and the ioctls of VMMs that
 * know no devices (KVM API 4.24, 4.85), where the host has a GICv2. It owns where the frames are, under vm->lock. The
 * distributor is emulated (vgicmmio.c); the guest's CPU interface is the host's virtual one, whose frame comes into stage-2
 * when the guest first touches it. What VMMs write is checked here, nothing prints.
 */
#include <linux/mm.h>
#include <linux/sizes.h>

#include "core/gicv2.h"
#include "personality.h"
#include "device.h"
#include "irqchip.h"
#include "vgic.h"
#include "vgicmmio.h"

#define ATTR_OFFSET(attr)	((attr) & KVM_DEV_ARM_VGIC_OFFSET_MASK)
#define ATTR_CPU(attr)		(((attr) & KVM_DEV_ARM_VGIC_CPUID_MASK) >> KVM_DEV_ARM_VGIC_CPUID_SHIFT)

s64 vgicv2_vtr(void)
{
	struct keel_gicv2_info info;
	int r = keel_gicv2_info(&info);

	return r ? r : (s64)info.vtr;
}

static bool possible(void)
{
	return vgicv2_vtr() >= 0;
}

/* A host's GICv2 has no other kind beside it, so that this holds for each of its VMs */
unsigned int vgic_max_vcpus(void)
{
	return possible() ? KEEL_GIC2_CPUS : KEEL_MAX_VCPUS;
}

static int create(struct pvm *pvm, u32 *nr)
{
	return vgic_device_create(pvm, vgicv2_vtr(), true);
}

/* ---- frames ------------------------------------------------------------------------------------------------------- */

static u64 *place_of(struct vgic *g, u64 attr, u64 *size)
{
	switch (attr) {
	case KVM_VGIC_V2_ADDR_TYPE_DIST:
		*size = KEEL_GICD2_SIZE;
		return &g->dist_base;
	case KVM_VGIC_V2_ADDR_TYPE_CPU:
		*size = KEEL_GICC_SIZE;
		return &g->cpu_base;
	}
	return NULL;
}

/* vm->lock held */
static int set_addr(struct vgic *g, u64 attr, u64 addr)
{
	u64 size, *place = place_of(g, attr, &size);
	int r;

	if (!place)
		return -ENXIO;
	if (*place != VGIC_NO_ADDR)
		return -EEXIST;
	r = vgic_check_range(g->pvm, addr, size, SZ_4K);
	if (!r)
		*place = addr;
	return r;
}

static int get_addr(struct vgic *g, u64 attr, u64 *val)
{
	u64 size, *place = place_of(g, attr, &size);

	if (!place)
		return -ENXIO;
	*val = *place;
	return 0;
}

static long addr_group(struct vgic *g, bool write, const struct kvm_device_attr *a)
{
	u64 __user *at = u64_to_user_ptr(a->addr);
	u64 val = 0;
	int r;

	if (write && get_user(val, at))
		return -EFAULT;
	mutex_lock(&g->pvm->vm->lock);
	r = write ? set_addr(g, a->attr, val) : get_addr(g, a->attr, &val);
	mutex_unlock(&g->pvm->vm->lock);
	return !r && !write && put_user(val, at) ? -EFAULT : r;
}

static bool frames_meet(const struct vgic *g)
{
	return g->dist_base < g->cpu_base + KEEL_GICC_SIZE && g->cpu_base < g->dist_base + KEEL_GICD2_SIZE;
}

int vgicv2_first_run(struct vgic *g)
{
	int r;

	if (g->dist_base == VGIC_NO_ADDR || g->cpu_base == VGIC_NO_ADDR)
		return -ENXIO;
	if (frames_meet(g))
		return -EINVAL;
	r = vgic_device_init(g);
	if (!r)
		r = iobus_add(g->pvm, g->dist_base, KEEL_GICD2_SIZE, vgicmmio_dist2, g);
	g->mapped = !r;
	return r == -EEXIST ? -EINVAL : r;
}

static noinline int map_cpu_frame(struct pvm *pvm, u64 ipa, u64 offset)
{
	struct keel_gicv2_info info;

	if (keel_gicv2_info(&info))
		return -ENOENT;
	return keel_hc_guest_map(pvm->vm->handle, ipa, info.cpu_frame + offset, 3,
				 KEEL_PROT_R | KEEL_PROT_W | KEEL_PROT_DEVICE);
}

/* Asked at every access to a device, nearly always of a VM without a GICv2: no stack frame until it is one */
int vgic_map_cpu_frame(struct pvm *pvm, u64 ipa)
{
	struct vgic *g = pvm->vgic;

	if (!g || !g->v2 || !g->mapped || ipa - g->cpu_base >= KEEL_GICC_SIZE)
		return -ENOENT;
	return map_cpu_frame(pvm, ipa, ipa - g->cpu_base);
}

/* ---- without a device --------------------------------------------------------------------------------------------- */

int vgic_create_legacy(struct pvm *pvm)
{
	int r;

	if (!possible())
		return vgic_possible() ? -ENODEV : -ENXIO;
	mutex_lock(&pvm->vm->lock);
	r = create(pvm, NULL);
	mutex_unlock(&pvm->vm->lock);
	return r;
}

int vgic_set_legacy_addr(struct pvm *pvm, u64 type, u64 addr)
{
	int r;

	if (!vgic_possible())
		return -ENXIO;
	mutex_lock(&pvm->vm->lock);
	r = pvm->vgic && pvm->vgic->v2 ? set_addr(pvm->vgic, type, addr) : -ENODEV;
	mutex_unlock(&pvm->vm->lock);
	return r == -ENXIO ? -ENODEV : r;
}

int vgic_init_late(struct pvm *pvm)
{
	int r = -EBUSY;

	mutex_lock(&pvm->vm->lock);
	if (pvm->vgic->v2)
		r = vgic_device_init(pvm->vgic);
	mutex_unlock(&pvm->vm->lock);
	return r;
}

/* ---- registers ---------------------------------------------------------------------------------------------------- */

static struct pvcpu *vcpu_of_attr(struct pvm *pvm, const struct kvm_device_attr *a)
{
	struct keel_vcpu *vcpu = keel_vcpu_by_id(pvm->vm, ATTR_CPU(a->attr));

	return vcpu ? to_pvcpu(vcpu) : NULL;
}

/* What is no register is zero and ignored, as in the distributor */
static void cpu_access(struct pvcpu *v, u32 offset, bool write, u32 *val)
{
	struct keel_vcpu_vgic *hw = &v->vcpu->page->vgic;

	if (write)
		keel_gicc_set(&hw->vmcr, &hw->ap1r[0], offset, *val);
	else if (keel_gicc_get(hw->vmcr, hw->ap1r[0], offset, val))
		*val = 0;
}

/* vm->lock held, no vCPU runs */
static int reg_access(struct pvcpu *v, bool write, const struct kvm_device_attr *a, u32 *val)
{
	int r = vgic_device_init(v->pvm->vgic);

	if (r)
		return r;
	if (a->group == KVM_DEV_ARM_VGIC_GRP_DIST_REGS)
		return vgicmmio_user2(v, ATTR_OFFSET(a->attr), write, val);
	cpu_access(v, ATTR_OFFSET(a->attr), write, val);
	return 0;
}

static long regs_group(struct vgic *g, bool write, const struct kvm_device_attr *a)
{
	struct pvcpu *v = vcpu_of_attr(g->pvm, a);
	u32 __user *at = u64_to_user_ptr(a->addr);
	u32 val = 0;
	int r;

	if (!v)
		return -EINVAL;
	if (write && get_user(val, at))
		return -EFAULT;
	mutex_lock(&g->pvm->vm->lock);
	r = vgic_pause_all(g->pvm);
	if (!r) {
		r = reg_access(v, write, a, &val);
		vgic_resume_all(g->pvm);
	}
	mutex_unlock(&g->pvm->vm->lock);
	return !r && !write && put_user(val, at) ? -EFAULT : r;
}

static long has_reg(struct vgic *g, const struct kvm_device_attr *a)
{
	u32 offset = ATTR_OFFSET(a->attr), val;

	if (!vcpu_of_attr(g->pvm, a))
		return -EINVAL;
	if (a->group == KVM_DEV_ARM_VGIC_GRP_CPU_REGS)
		return keel_gicc_get(0, 0, offset, &val);
	return vgicmmio_known2(g->pvm, offset) ? 0 : -ENXIO;
}

/* ---- the device --------------------------------------------------------------------------------------------------- */

static long has(struct vgic *g, const struct kvm_device_attr *a)
{
	u64 size;

	switch (a->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return place_of(g, a->attr, &size) ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
	case KVM_DEV_ARM_VGIC_GRP_CPU_REGS:
		return has_reg(g, a);
	case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
		return 0;
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return a->attr == KVM_DEV_ARM_VGIC_CTRL_INIT ? 0 : -ENXIO;
	}
	return -ENXIO;
}

static long ctrl_group(struct vgic *g, bool write, const struct kvm_device_attr *a)
{
	int r;

	if (!write || a->attr != KVM_DEV_ARM_VGIC_CTRL_INIT)
		return -ENXIO;
	mutex_lock(&g->pvm->vm->lock);
	r = vgic_device_init(g);
	mutex_unlock(&g->pvm->vm->lock);
	return r;
}

static long attr(struct pvm *pvm, u32 nr, unsigned int cmd, struct kvm_device_attr *a)
{
	struct vgic *g = pvm->vgic;
	bool write = cmd == KVM_SET_DEVICE_ATTR;

	if (!g || !g->v2 || nr)
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
	case KVM_DEV_ARM_VGIC_GRP_CPU_REGS:
		return regs_group(g, write, a);
	}
	return -ENXIO;
}

const struct device_kind vgicv2_device_kind = {
	.type = KVM_DEV_TYPE_ARM_VGIC_V2,
	.present = possible,
	.create = create,
	.attr = attr,
};
