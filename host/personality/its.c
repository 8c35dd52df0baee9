// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ITS as a device: made and configured by the VMM (KVM_DEV_TYPE_ARM_VGIC_ITS,
 * Documentation/virt/kvm/devices/arm-vgic-its.rst), and its registers, which guest and VMM reach (IHI 0069, 12.18).
 *
 * Owns struct its but for what commands make. Every access goes through one lock of the VM's; an access that a register
 * does not have reads as zero and writes nothing.
 */
#include <linux/slab.h>

#include "personality.h"
#include "device.h"
#include "iobus.h"
#include "its.h"

/* Inner shareable, inner write-back, outer as inner: what a table's register says before it is written */
#define BASER_RESET	(BIT_ULL(10) | 7ULL << 59)
#define PROPBASER_RESET	(BIT_ULL(10) | 7ULL << 7)

static bool is_wide(u32 offset)
{
	return offset - KEEL_GITS_TYPER < 8 || offset - KEEL_GITS_CBASER < 24 ||
	       offset - KEEL_GITS_BASER < KEEL_GITS_BASER_END - KEEL_GITS_BASER;
}

static bool is_narrow(u32 offset)
{
	return offset < KEEL_GITS_TYPER || (offset >= KEEL_GITS_ID && offset < KEEL_GITS_ID_END);
}

/* ---- registers, vgic_lpi->lock held; 64 bits wide ones by their first byte ---- */

static u64 read_ctlr(const struct its *its)
{
	return (its->enabled ? KEEL_GITS_CTLR_ENABLED : 0) | (its->creadr == its->cwriter ? KEEL_GITS_CTLR_QUIET : 0);
}

static u64 reg_read(const struct its *its, u32 offset)
{
	switch (offset) {
	case KEEL_GITS_CTLR:
		return read_ctlr(its);
	case KEEL_GITS_IIDR:
		return KEEL_GITS_IIDR_VALUE;
	case KEEL_GITS_TYPER:
		return KEEL_GITS_TYPER_VALUE;
	case KEEL_GITS_CBASER:
		return its->cbaser;
	case KEEL_GITS_CWRITER:
		return its->cwriter;
	case KEEL_GITS_CREADR:
		return its->creadr;
	case KEEL_GITS_BASER:
	case KEEL_GITS_BASER + 8:
		return its->baser[(offset - KEEL_GITS_BASER) / 8];
	}
	return is_narrow(offset) ? keel_its_id_reg(offset) : 0;
}

static bool can_be_enabled(const struct its *its)
{
	return its->cbaser & its->baser[KEEL_ITS_DEVICES] & its->baser[KEEL_ITS_COLLECTIONS] & KEEL_GITS_VALID;
}

static void write_ctlr(struct its *its, u64 val, struct pvcpu *self)
{
	bool enable = val & KEEL_GITS_CTLR_ENABLED;

	/* Without a table or a queue it is UNPREDICTABLE: it stays off */
	if (enable && !its->enabled && !can_be_enabled(its))
		return;
	WRITE_ONCE(its->enabled, enable);
	its_process(its, self);
}

static void write_cbaser(struct its *its, u64 val)
{
	if (its->enabled)
		return;
	its->cbaser = keel_its_cbaser(val);
	its->creadr = 0;
	its->cwriter = 0;
}

static void write_cwriter(struct its *its, u64 val, struct pvcpu *self)
{
	u32 pos = keel_its_position(val);

	if (pos >= keel_its_queue_size(its->cbaser))
		return;
	its->cwriter = pos;
	its_process(its, self);
}

static void write_baser(struct its *its, enum keel_its_table table, u64 val)
{
	if (its->enabled)
		return;
	its->baser[table] = keel_its_baser(table, val);
	if (its->baser[table] & KEEL_GITS_VALID)
		return;
	if (table == KEEL_ITS_DEVICES)
		its_unmap_devices(its);
	else
		its_unmap_collections(its);
}

static void reg_write(struct its *its, u32 offset, u64 val, struct pvcpu *self)
{
	switch (offset) {
	case KEEL_GITS_CTLR:
		write_ctlr(its, val, self);
		break;
	case KEEL_GITS_CBASER:
		write_cbaser(its, val);
		break;
	case KEEL_GITS_CWRITER:
		write_cwriter(its, val, self);
		break;
	case KEEL_GITS_BASER:
	case KEEL_GITS_BASER + 8:
		write_baser(its, (offset - KEEL_GITS_BASER) / 8, val);
		break;
	}
}

/* What the VMM may restore and a guest only reads */
static int reg_write_user(struct its *its, u32 offset, u64 val)
{
	switch (offset) {
	case KEEL_GITS_IIDR:
		return KEEL_GITS_IIDR_REV(val) ? -EINVAL : 0;
	case KEEL_GITS_CREADR:
		if (its->enabled)
			return -EBUSY;
		if (keel_its_position(val) >= keel_its_queue_size(its->cbaser))
			return -EINVAL;
		its->creadr = keel_its_position(val);
		return 0;
	}
	reg_write(its, offset, val, NULL);
	return 0;
}

/* Half of a wide register keeps the other half */
static u64 merge(u64 old, u32 offset, unsigned int len, u64 val)
{
	unsigned int shift = offset % 8 * 8;
	u64 mask;

	if (len == 8)
		return val;
	mask = GENMASK_ULL(31, 0) << shift;
	return (old & ~mask) | (val << shift & mask);
}

/* The guest's. What a swap had to leave of the commands is done first */
static void its_access(struct pvcpu *v, void *ctx, u64 offset, unsigned int len, bool write, u64 *val)
{
	struct its *its = ctx;
	bool wide = offset < KEEL_GITS_ID_END && is_wide(offset), ok;
	u32 reg = wide ? ALIGN_DOWN(offset, 8) : offset;

	ok = offset % len == 0 && (wide ? len >= 4 : len == 4 && offset < KEEL_GITS_ID_END && is_narrow(offset));
	if (!ok) {
		if (!write)
			*val = 0;
		return;
	}
	mutex_lock(&its->all->lock);
	its_process(its, v);
	if (write)
		reg_write(its, reg, wide ? merge(reg_read(its, reg), offset, len, *val) : *val, v);
	else
		*val = reg_read(its, reg) >> (wide ? offset % 8 * 8 : 0);
	mutex_unlock(&its->all->lock);
	if (!write && len == 4)
		*val = lower_32_bits(*val);
}

/* ---- life ---- */

static struct vgic_lpi *lpis_create(struct vgic *g)
{
	struct vgic_lpi *all = kzalloc(sizeof(*all), GFP_KERNEL_ACCOUNT);

	if (!all)
		return NULL;
	mutex_init(&all->lock);
	xa_init(&all->lpis);
	if (!g->propbaser)	/* an import has it already */
		g->propbaser = PROPBASER_RESET;
	smp_store_release(&g->lpi, all);	/* pairs with all_of() */
	return all;
}

static void its_reset(struct its *its)
{
	WRITE_ONCE(its->enabled, false);
	its->cbaser = 0;
	its->creadr = 0;
	its->cwriter = 0;
	its_unmap_devices(its);
	its_unmap_collections(its);
	its->baser[KEEL_ITS_DEVICES] &= ~KEEL_GITS_VALID;
	its->baser[KEEL_ITS_COLLECTIONS] &= ~KEEL_GITS_VALID;
}

/**
 * its_create() - KVM_CREATE_DEVICE of an ITS
 * @pvm: VM; vm->lock held, or nobody else has it yet
 * @nr: out: its number
 *
 * Return: 0; -ENODEV: the VM has no GIC; -ENOSPC: too many; -ENOMEM.
 */
int its_create(struct pvm *pvm, u32 *nr)
{
	struct vgic_lpi *all;
	struct its *its;

	if (!vgic_present(pvm))
		return -ENODEV;
	all = pvm->vgic->lpi ?: lpis_create(pvm->vgic);
	if (!all)
		return -ENOMEM;
	if (all->nr_its == ITS_MAX)
		return -ENOSPC;
	its = kzalloc(sizeof(*its), GFP_KERNEL_ACCOUNT);
	if (!its)
		return -ENOMEM;
	its->all = all;
	its->pvm = pvm;
	its->base = VGIC_NO_ADDR;
	its->baser[KEEL_ITS_DEVICES] = keel_its_baser(KEEL_ITS_DEVICES, BASER_RESET);
	its->baser[KEEL_ITS_COLLECTIONS] = keel_its_baser(KEEL_ITS_COLLECTIONS, BASER_RESET);
	xa_init(&its->devices);
	xa_init(&its->collections);
	xa_init(&its->events);
	*nr = all->nr_its;
	all->its[*nr] = its;
	pvm->vgic->has_its = true;
	smp_store_release(&all->nr_its, *nr + 1);	/* pairs with its_at() */
	return 0;
}

int its_place(struct its *its, u64 addr)
{
	int r;

	if (its->base != VGIC_NO_ADDR)
		return -EEXIST;
	if (!IS_ALIGNED(addr, SZ_64K))
		return -EINVAL;
	r = vgic_check_frame(its->pvm, addr, KEEL_ITS_FRAME);
	if (!r)
		r = iobus_add(its->pvm, addr, KEEL_ITS_FRAME, its_access, its);
	if (!r)
		WRITE_ONCE(its->base, addr);
	return r;
}

/* ---- attributes ---- */

static int check_reg(u64 offset)
{
	bool narrow = offset < KEEL_GITS_TYPER || offset >= KEEL_GITS_ID;

	if (offset % (narrow ? 4 : 8))
		return -EINVAL;
	return offset < KEEL_GITS_ID_END && (is_wide(offset) || is_narrow(offset)) ? 0 : -ENXIO;
}

/* vm->lock held, all vCPUs are kept out of KVM_RUN */
static int access_reg(struct its *its, u64 offset, bool write, u64 *val)
{
	int r = its->base == VGIC_NO_ADDR ? -ENXIO : check_reg(offset);

	if (r)
		return r;
	mutex_lock(&its->all->lock);
	if (write)
		r = reg_write_user(its, offset, *val);
	else
		*val = reg_read(its, offset);
	mutex_unlock(&its->all->lock);
	return r;
}

static int attr_reg(struct its *its, bool write, struct kvm_device_attr *attr)
{
	u64 __user *user = u64_to_user_ptr(attr->addr);
	u64 val = 0;
	int r = check_reg(attr->attr);

	if (r == -EINVAL)
		return r;
	if (write && get_user(val, user))
		return -EFAULT;
	mutex_lock(&its->pvm->vm->lock);
	r = vgic_pause_all(its->pvm);
	if (!r) {
		r = access_reg(its, attr->attr, write, &val);
		vgic_resume_all(its->pvm);
	}
	mutex_unlock(&its->pvm->vm->lock);
	return r || write ? r : put_user(val, user);
}

static int attr_addr(struct its *its, bool write, struct kvm_device_attr *attr)
{
	u64 __user *user = u64_to_user_ptr(attr->addr);
	u64 addr = READ_ONCE(its->base);
	int r;

	if (attr->attr != KVM_VGIC_ITS_ADDR_TYPE)
		return -ENODEV;
	if (!write)
		return put_user(addr, user);
	if (get_user(addr, user))
		return -EFAULT;
	mutex_lock(&its->pvm->vm->lock);
	r = its_place(its, addr);
	mutex_unlock(&its->pvm->vm->lock);
	return r;
}

static int control(struct its *its, u64 attr)
{
	int r = 0;

	mutex_lock(&its->all->lock);
	switch (attr) {
	case KVM_DEV_ARM_ITS_CTRL_RESET:
		its_reset(its);
		break;
	case KVM_DEV_ARM_ITS_SAVE_TABLES:
		r = its_save_tables(its);
		break;
	case KVM_DEV_ARM_ITS_RESTORE_TABLES:
		r = its_restore_tables(its);
		break;
	}
	mutex_unlock(&its->all->lock);
	return r;
}

static bool is_control(u64 attr)
{
	return attr == KVM_DEV_ARM_VGIC_CTRL_INIT || attr == KVM_DEV_ARM_ITS_CTRL_RESET ||
	       attr == KVM_DEV_ARM_ITS_SAVE_TABLES || attr == KVM_DEV_ARM_ITS_RESTORE_TABLES;
}

static int attr_control(struct its *its, struct kvm_device_attr *attr)
{
	int r;

	if (!is_control(attr->attr))
		return -ENXIO;
	if (attr->attr == KVM_DEV_ARM_VGIC_CTRL_INIT)
		return 0;
	mutex_lock(&its->pvm->vm->lock);
	r = vgic_pause_all(its->pvm);
	if (!r) {
		r = control(its, attr->attr);
		vgic_resume_all(its->pvm);
	}
	mutex_unlock(&its->pvm->vm->lock);
	return r;
}

static int has_attr(const struct kvm_device_attr *attr)
{
	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return attr->attr == KVM_VGIC_ITS_ADDR_TYPE ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return is_control(attr->attr) ? 0 : -ENXIO;
	case KVM_DEV_ARM_VGIC_GRP_ITS_REGS:
		return check_reg(attr->attr);
	}
	return -ENXIO;
}

static long its_attr(struct pvm *pvm, u32 nr, unsigned int cmd, struct kvm_device_attr *attr)
{
	bool write = cmd == KVM_SET_DEVICE_ATTR;
	struct its *its = pvm->vgic->lpi->its[nr];	/* as its_create() said */

	if (cmd == KVM_HAS_DEVICE_ATTR)
		return has_attr(attr);
	switch (attr->group) {
	case KVM_DEV_ARM_VGIC_GRP_ADDR:
		return attr_addr(its, write, attr);
	case KVM_DEV_ARM_VGIC_GRP_ITS_REGS:
		return attr_reg(its, write, attr);
	case KVM_DEV_ARM_VGIC_GRP_CTRL:
		return write ? attr_control(its, attr) : -ENXIO;
	}
	return -ENXIO;
}

/* Where there is a GIC for guests there can be an ITS: it needs nothing of the host's */
static bool its_possible(void)
{
	return !vgic_device_kind.present || vgic_device_kind.present();
}

const struct device_kind its_device_kind = {
	.type = KVM_DEV_TYPE_ARM_VGIC_ITS,
	.present = its_possible,
	.create = its_create,
	.attr = its_attr,
};
