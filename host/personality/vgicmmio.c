// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frames of distributor and redistributors, for guests (iobus.c) and VMMs (vgicdev.c): core/gicreg.c says what an
 * offset means, here it is done to the interrupts. What is not there, misaligned or of the wrong width reads as zero and
 * ignores writes (IHI 0069, 12.1.3).
 */
#include "core/gicv2.h"
#include "personality.h"
#include "irqchip.h"
#include "vgic.h"
#include "vgicmmio.h"

/**
 * struct access - one access to a register
 * @pvm: VM
 * @owner: whose redistributor; NULL: the distributor. GICv2: whose private interrupts the distributor has
 * @self: the vCPU that does it; NULL: the VMM, and no vCPU is in the guest
 */
struct access {
	struct pvm *pvm;
	struct pvcpu *owner, *self;
	u32 offset;
	unsigned int len;
	bool write;
	u64 *val;
};

/* To whom ISPENDR and ICPENDR mean something else: a GICv3's (arm-vgic-v3.rst) */
static bool by_user(const struct access *a)
{
	return !a->self && !a->pvm->vgic->v2;
}

/* ---- fields of interrupts ----------------------------------------------------------------------------------------- */

/* What is in a list register is looked up there */
static u32 read_state(struct vgic_irq *irq, enum keel_gic_bank bank, const struct access *a)
{
	struct vgic_cpu *home;
	struct vgic_reach r;
	unsigned long flags;
	u32 val;

	home = vgic_irq_lock(irq, &flags);
	if (!keel_irq_listed(&irq->s)) {
		val = keel_irq_read(&irq->s, bank, by_user(a));
		vgic_irq_unlock(home, flags);
		return val;
	}
	vgic_irq_unlock(home, flags);
	vgic_irq_reach(irq, a->self, &r);
	val = keel_irq_read(&irq->s, bank, by_user(a));
	vgic_irq_unreach(irq, a->self, &r);
	return val;
}

/* 32 at once, and what guests read most: without asking for each what is to be read */
static u32 read_enabled(const struct vgic_irq *irq, unsigned int nr)
{
	unsigned int i;
	u32 val = 0;

	for (i = 0; i < nr; i++)
		val |= (u32)irq[i].s.enabled << i;
	return val;
}

/* Those of one access lie side by side: private and shared ones meet at, and there are, a multiple of 32 */
static void read_fields(const struct access *a, const struct keel_gic_fields *f)
{
	struct vgic_irq *irq = vgic_irq_find(a->pvm, a->owner, f->first);
	bool state = keel_bank_needs_fold(f->bank, false), user = by_user(a);
	unsigned int shift, end = irq ? f->nr * f->bits : 0;
	u64 val = 0;

	if (state) {
		for (shift = 0; shift < end; shift += f->bits)
			val |= (u64)read_state(irq++, f->bank, a) << shift;
	} else if (f->bank == KEEL_BANK_SENABLE || f->bank == KEEL_BANK_CENABLE) {
		val = read_enabled(irq, end);
	} else {
		for (shift = 0; shift < end; shift += f->bits)
			val |= (u64)keel_irq_read(&irq++->s, f->bank, user) << shift;
	}
	*a->val = val;
}

static void write_field(struct vgic_irq *irq, enum keel_gic_bank bank, u32 val, const struct access *a)
{
	struct vgic_cpu *home;
	struct vgic_reach r;
	unsigned long flags;

	if (keel_bank_needs_fold(bank, true)) {
		vgic_irq_reach(irq, a->self, &r);
		keel_irq_write(&irq->s, bank, val, by_user(a));
		vgic_irq_unreach(irq, a->self, &r);
		return;
	}
	home = vgic_irq_lock(irq, &flags);
	if (keel_irq_write(&irq->s, bank, val, by_user(a)))
		vgic_irq_commit(irq, a->self, flags);
	else
		vgic_irq_unlock(home, flags);
}

/* A bit that is 0 does nothing, but where the VMM restores what is pending, and in IGROUPR; and in a field of several bits */
static bool zero_counts(const struct keel_gic_fields *f, const struct access *a)
{
	return f->bits > 1 || f->bank == KEEL_BANK_GROUP || (f->bank == KEEL_BANK_SPEND && by_user(a));
}

static void write_fields(const struct access *a, const struct keel_gic_fields *f)
{
	struct vgic_irq *irq = vgic_irq_find(a->pvm, a->owner, f->first);
	unsigned int i, end = irq ? f->nr * f->bits : 0;
	unsigned long val = *a->val;

	if (zero_counts(f, a)) {
		for (i = 0; i < end; i += f->bits)
			write_field(irq++, f->bank, val >> i & (BIT(f->bits) - 1), a);
		return;
	}
	/* All others have one bit each */
	for_each_set_bit(i, &val, end)
		write_field(irq + i, f->bank, 1, a);
}

/* Aff3 is not implemented: the upper half is zero */
static void access_router(const struct access *a, u32 intid)
{
	struct vgic_irq *irq = vgic_irq_find(a->pvm, NULL, intid);

	if (!a->write)
		*a->val = irq && !(a->offset & 4) ? READ_ONCE(irq->route) : 0;
	else if (irq && !(a->offset & 4))
		vgic_irq_route(irq, a->self, *a->val & GENMASK(23, 0));
}

/* Private interrupts are for whoever looks (IHI 0048B, 4.3.12) */
static void access_targets(const struct access *a, const struct keel_gic_fields *f)
{
	unsigned int i, shift = 0, all = BIT(pvm_nr_vcpus(a->pvm)) - 1;
	u64 val = 0;

	for (i = f->first; i < f->first + f->nr; i++, shift += f->bits) {
		struct vgic_irq *irq = vgic_irq_find(a->pvm, a->owner, i);

		if (i < KEEL_GIC_PRIVATE)
			val |= (u64)BIT(a->owner->idx) << shift;
		else if (a->write && irq)
			vgic_irq_target(irq, a->self, *a->val >> shift & all);
		else if (irq)
			val |= (u64)READ_ONCE(irq->route) << shift;
	}
	if (!a->write)
		*a->val = val;
}

static void access_fields(const struct access *a, const struct keel_gic_fields *f)
{
	if (f->bank == KEEL_BANK_ROUTER)
		access_router(a, f->first);
	else if (f->bank == KEEL_BANK_TARGET)
		access_targets(a, f);
	else if (f->bank <= KEEL_BANK_ZERO)
		*a->val = a->write ? *a->val : 0;
	else if (a->write)
		write_fields(a, f);
	else
		read_fields(a, f);
}

/* ---- distributor -------------------------------------------------------------------------------------------------- */

/* Every vCPU has to make its list registers anew */
static void set_forwarding(struct vgic *g, bool on, struct pvcpu *self)
{
	unsigned int i, n = pvm_nr_vcpus(g->pvm);

	if (xchg(&g->enabled, on) == on)
		return;
	for (i = 0; i < n; i++)
		vgic_look(g->pvm->vcpu[i], self);
}

static u32 dist_read(struct vgic *g, u32 offset)
{
	switch (offset) {
	case KEEL_GICD_CTLR:
		return KEEL_GICD_CTLR_FIXED | (READ_ONCE(g->enabled) ? KEEL_GICD_CTLR_G1 : 0);
	case KEEL_GICD_TYPER:
		return keel_gicd_typer(g->nr_irqs, g->has_its);
	case KEEL_GICD_IIDR:
		return keel_gicd_iidr(g->revision);
	}
	return offset >= KEEL_GIC_IDREGS ? keel_gic_idreg(offset) : 0;
}

/* What a VMM restores has to be what this GIC can be (KVM, arm-vgic-v3.rst, GICD_IIDR) */
static int dist_restore(struct vgic *g, u32 offset, u32 val)
{
	unsigned int revision = val >> 12 & 15;

	switch (offset) {
	case KEEL_GICD_TYPER2:
		return val ? -EINVAL : 0;
	case KEEL_GICD_IIDR:
		if (val != keel_gicd_iidr(revision) || revision < KEEL_GIC_REVISION_MIN || revision > KEEL_GIC_REVISION_MAX)
			return -EINVAL;
		g->revision = revision;
	}
	return 0;
}

static int dist_access(const struct access *a)
{
	struct vgic *g = a->pvm->vgic;
	struct keel_gic_fields f;

	if (a->offset >= 0x80 && a->offset < KEEL_GIC_IDREGS) {
		f = keel_gicd_fields(a->offset, a->len, g->nr_irqs);
		access_fields(a, &f);
		return 0;
	}
	if (a->len != 4 || a->offset & 3) {
		*a->val = a->write ? *a->val : 0;
		return 0;
	}
	if (!a->write)
		*a->val = dist_read(g, a->offset);
	else if (a->offset == KEEL_GICD_CTLR)
		set_forwarding(g, *a->val & KEEL_GICD_CTLR_G1, a->self);
	else if (by_user(a))
		return dist_restore(g, a->offset, *a->val);
	return 0;
}

static bool dist_known(const struct vgic *g, u32 offset)
{
	if (offset >= 0x80 && offset < KEEL_GIC_IDREGS)
		return keel_gicd_fields(offset, 4, g->nr_irqs).bank != KEEL_BANK_NONE;
	return offset <= KEEL_GICD_STATUSR || (offset >= KEEL_GIC_IDREGS && offset < KEEL_GIC_FRAME);
}

/* ---- a GICv2's distributor ---------------------------------------------------------------------------------------- */

static void send_sgi(const struct access *a)
{
	unsigned int i, intid = *a->val & 15;
	unsigned long targets = keel_sgir_targets(*a->val, a->owner->idx, pvm_nr_vcpus(a->pvm));

	for_each_set_bit(i, &targets, KEEL_GIC2_CPUS)
		write_field(&a->pvm->vcpu[i]->vgic->irqs[intid], KEEL_BANK_SPENDSGI, BIT(a->owner->idx), a);
}

static u32 dist2_read(const struct access *a)
{
	struct vgic *g = a->pvm->vgic;

	switch (a->offset) {
	case KEEL_GICD_CTLR:
		return READ_ONCE(g->enabled);
	case KEEL_GICD_TYPER:
		return keel_gicd2_typer(g->nr_irqs, pvm_nr_vcpus(a->pvm));
	case KEEL_GICD_IIDR:
		return keel_gicd_iidr(g->revision);
	}
	return 0;
}

/* Who writes GICD_IIDR knows that interrupts have groups, and restores them (arm-vgic.rst) */
static int dist2_restore(struct vgic *g, u32 val)
{
	int r = dist_restore(g, KEEL_GICD_IIDR, val);

	g->groups |= !r;
	return r;
}

static int dist2_write(const struct access *a)
{
	switch (a->offset) {
	case KEEL_GICD_CTLR:
		set_forwarding(a->pvm->vgic, *a->val & 1, a->self);
		break;
	case KEEL_GICD_IIDR:
		return a->self ? 0 : dist2_restore(a->pvm->vgic, *a->val);
	case KEEL_GICD_SGIR:
		send_sgi(a);
	}
	return 0;
}

static int dist2_access(const struct access *a)
{
	struct keel_gic_fields f = keel_gicd2_fields(a->offset, a->len, a->pvm->vgic->nr_irqs);
	bool word = a->len == 4 && !(a->offset & 3);

	if (f.bank == KEEL_BANK_GROUP && a->write && !a->self && !a->pvm->vgic->groups)
		return 0;
	if (f.bank) {
		access_fields(a, &f);
		return 0;
	}
	if (a->write)
		return word ? dist2_write(a) : 0;
	*a->val = word ? dist2_read(a) : 0;
	return 0;
}

/* ---- redistributor ------------------------------------------------------------------------------------------------ */

/* GICR_TYPER.Last: no redistributor follows this one's frames */
static bool is_last(const struct vgic *g, const struct vgic_cpu *c)
{
	const struct vgic_region *r;
	u32 i;

	if (c->region < 0)
		return false;
	r = &g->regions[c->region];
	if (c->slot + 1 < r->used)
		return false;
	for (i = 0; i < g->nr_regions && r->count && c->slot + 1 == r->count; i++)
		if (g->regions[i].used && g->regions[i].base == r->base + (u64)r->count * KEEL_GICR_SIZE)
			return false;
	return true;
}

static u64 typer(const struct access *a)
{
	struct vgic *g = a->pvm->vgic;

	return keel_gicr_typer(vgic_affinity(a->owner), a->owner->vcpu->id, g->has_its, is_last(g, a->owner->vgic));
}

static void write_ctlr(const struct access *a)
{
	bool on = *a->val & KEEL_GICR_CTLR_LPIS;

	if (a->pvm->vgic->has_its && xchg(&a->owner->vgic->lpis_enabled, on) != on)
		lpi_enable(a->owner, on);
}

static u32 read_ctlr(const struct access *a)
{
	u32 val = READ_ONCE(a->owner->vgic->lpis_enabled) ? KEEL_GICR_CTLR_LPIS : 0;

	return a->pvm->vgic->revision >= 3 ? val | KEEL_GICR_CTLR_FIXED : val;
}

/* Changing a table's address while it is in use is unpredictable (IHI 0069, GICR_PROPBASER): nothing happens */
static void access_baser(const struct access *a, u64 *reg, u64 (*sane)(u64), u64 hidden)
{
	if (!a->write)
		*a->val = keel_reg64_read(READ_ONCE(*reg) & ~hidden, a->offset, a->len);
	else if (!READ_ONCE(a->owner->vgic->lpis_enabled))
		WRITE_ONCE(*reg, sane(keel_reg64_write(*reg, a->offset, a->len, *a->val)));
}

/* The upper half is for virtual PEs */
static void write_inv(const struct access *a, bool all)
{
	if (a->offset & 4 || !READ_ONCE(a->owner->vgic->lpis_enabled))
		return;
	if (all)
		lpi_invalidate_all(a->owner);
	else if (lower_32_bits(*a->val) >= KEEL_GIC_LPI_FIRST)
		lpi_invalidate(a->owner, lower_32_bits(*a->val));
}

static void redist_access64(const struct access *a)
{
	u64 val = 0;

	switch (a->offset & ~7U) {
	case KEEL_GICR_TYPER:
		val = keel_reg64_read(typer(a), a->offset, a->len);
		break;
	case KEEL_GICR_PROPBASER:
		return access_baser(a, &a->pvm->vgic->propbaser, keel_propbaser, 0);
	case KEEL_GICR_PENDBASER:
		return access_baser(a, &a->owner->vgic->pendbaser, keel_pendbaser, KEEL_PENDBASER_PTZ);
	case KEEL_GICR_INVLPIR:
	case KEEL_GICR_INVALLR:
		if (a->write)
			write_inv(a, (a->offset & ~7U) == KEEL_GICR_INVALLR);
	}
	if (!a->write)
		*a->val = val;
}

static bool is_reg64(u32 offset)
{
	switch (offset & ~7U) {
	case KEEL_GICR_TYPER:
	case KEEL_GICR_PROPBASER:
	case KEEL_GICR_PENDBASER:
	case KEEL_GICR_INVLPIR:
	case KEEL_GICR_INVALLR:
		return true;
	}
	return false;
}

static void redist_access32(const struct access *a)
{
	u32 val = 0;

	if (a->write) {
		if (a->offset == KEEL_GICR_CTLR)
			write_ctlr(a);
		return;
	}
	if (a->offset == KEEL_GICR_CTLR)
		val = read_ctlr(a);
	else if (a->offset == KEEL_GICR_IIDR)
		val = keel_gicr_iidr();
	else if (a->offset >= KEEL_GIC_IDREGS)
		val = keel_gic_idreg(a->offset);
	*a->val = val;
}

static void redist_access(struct access *a)
{
	struct keel_gic_fields f;

	if (a->offset >= KEEL_GIC_FRAME) {
		a->offset -= KEEL_GIC_FRAME;
		f = keel_gicr_fields(a->offset, a->len);
		access_fields(a, &f);
	} else if (!IS_ALIGNED(a->offset, a->len) || a->len < 4) {
		*a->val = a->write ? *a->val : 0;
	} else if (is_reg64(a->offset)) {
		redist_access64(a);
	} else if (a->len == 4) {
		redist_access32(a);
	} else if (!a->write) {
		*a->val = 0;
	}
}

static bool redist_known(u32 offset)
{
	if (offset >= KEEL_GIC_FRAME)
		return keel_gicr_fields(offset - KEEL_GIC_FRAME, 4).bank != KEEL_BANK_NONE;
	switch (offset) {
	case KEEL_GICR_CTLR:
	case KEEL_GICR_IIDR:
	case KEEL_GICR_STATUSR:
	case KEEL_GICR_WAKER:
	case KEEL_GICR_SYNCR:
		return true;
	}
	return is_reg64(offset) || offset >= KEEL_GIC_IDREGS;
}

/* ---- entries ------------------------------------------------------------------------------------------------------ */

void vgicmmio_dist(struct pvcpu *v, void *ctx, u64 offset, unsigned int len, bool write, u64 *val)
{
	struct access a = { v->pvm, NULL, v, offset, len, write, val };

	dist_access(&a);
}

void vgicmmio_redist(struct pvcpu *v, void *ctx, u64 offset, unsigned int len, bool write, u64 *val)
{
	const struct vgic_region *r = ctx;
	struct access a = { v->pvm, r->vcpus[offset / KEEL_GICR_SIZE], v, offset % KEEL_GICR_SIZE, len, write, val };

	redist_access(&a);
}

void vgicmmio_dist2(struct pvcpu *v, void *ctx, u64 offset, unsigned int len, bool write, u64 *val)
{
	struct access a = { v->pvm, v, v, offset, len, write, val };

	dist2_access(&a);
}

bool vgicmmio_known2(struct pvm *pvm, u32 offset)
{
	switch (offset) {
	case KEEL_GICD_CTLR:
	case KEEL_GICD_TYPER:
	case KEEL_GICD_IIDR:
	case KEEL_GICD_SGIR:
		return true;
	}
	return !(offset & 3) && keel_gicd2_fields(offset, 4, pvm->vgic->nr_irqs ?: KEEL_GIC_PRIVATE).bank;
}

int vgicmmio_user2(struct pvcpu *owner, u32 offset, bool write, u32 *val)
{
	u64 buf = write ? *val : 0;
	struct access a = { owner->pvm, owner, NULL, offset, sizeof(*val), write, &buf };
	int r = vgicmmio_known2(owner->pvm, offset) ? dist2_access(&a) : 0;

	*val = buf;
	return r;
}

bool vgicmmio_known(struct pvm *pvm, bool redist, u32 offset)
{
	if (offset & 3)
		return false;
	return redist ? offset < KEEL_GICR_SIZE && redist_known(offset) : dist_known(pvm->vgic, offset);
}

int vgicmmio_user(struct pvm *pvm, struct pvcpu *owner, u32 offset, bool write, u32 *val)
{
	u64 buf = write ? *val : 0;
	struct access a = { pvm, owner, NULL, offset, sizeof(*val), write, &buf };
	int r = 0;

	if (owner && vgicmmio_known(pvm, true, offset))
		redist_access(&a);
	else if (!owner && vgicmmio_known(pvm, false, offset))
		r = dist_access(&a);
	*val = buf;
	return r;
}
