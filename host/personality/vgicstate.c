// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel GIC as records (include/abi/state.def, tags 0x05xx). The CPU interface itself is in the vCPU's page and
 * does not move; its list registers are folded first, so that records say all there is to say of an interrupt.
 *
 * An import trusts nothing: every number is checked before it is used as an index.
 */
#include <linux/slab.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "core/gicreg.h"
#include "core/gicv2.h"
#include "personality.h"
#include "its.h"

#define NO_REGION	U32_MAX
#define SHARED		U32_MAX		/* vgic_irqs.vcpu: shared interrupts */

/* One interrupt in the tail of a vgic_irqs record: no padding, little-endian as the host */
struct entry {
	u32 intid;
	u16 flags;
	u8 priority;
	u8 zero;
	u16 phys;
	u16 home;	/* index of a vCPU */
	u16 target;	/* likewise, or NOWHERE */
	u16 zero2;
	u32 route;
};

static_assert(sizeof(struct entry) == 20);

#define NOWHERE		U16_MAX

#define F_ENABLED	BIT(0)
#define F_LATCH		BIT(1)
#define F_LINE		BIT(2)
#define F_ACTIVE	BIT(3)
#define F_EDGE		BIT(4)
#define F_GROUP1	BIT(5)
#define F_ALL		GENMASK(5, 0)

static u16 flags_of(const struct vgic_irq *irq)
{
	const struct keel_irq *s = &irq->s;

	return (s->enabled ? F_ENABLED : 0) | (s->latch ? F_LATCH : 0) | (s->line ? F_LINE : 0) |
	       (s->active ? F_ACTIVE : 0) | (s->edge ? F_EDGE : 0) | (s->group ? F_GROUP1 : 0);
}

/* Nothing to tell: as vgic_create_spis() or vgic_vcpu_create() make it */
static bool is_reset(const struct vgic_irq *irq, const struct vgic_cpu *first)
{
	struct keel_irq s;

	vgic_irq_reset(first->v->pvm->vgic, &s, irq->s.intid);
	return irq->target && irq->target == irq->home && irq->home == first && !irq->route && !irq->s.phys &&
	       s.priority == irq->s.priority && s.group == irq->s.group && s.enabled == irq->s.enabled &&
	       s.edge == irq->s.edge && !irq->s.latch && !irq->s.line && !irq->s.active;
}

static void pack(const struct vgic_irq *irq, u8 *at)
{
	struct entry e = {
		.intid = irq->s.intid,
		.flags = flags_of(irq),
		.priority = irq->s.priority,
		.phys = irq->s.phys,
		.home = irq->home->v->idx,
		.target = irq->target ? irq->target->v->idx : NOWHERE,
		.route = irq->route,
	};

	memcpy(at, &e, sizeof(e));
}

static int put_irqs(struct keel_stream *s, u32 vcpu, const struct vgic_irq *irqs, unsigned int n,
		    const struct vgic_cpu *first)
{
	struct keel_rec_vgic_irqs r = { .vcpu = vcpu };
	u8 *tail = kvmalloc_array(n, sizeof(struct entry), GFP_KERNEL);
	unsigned int i;
	int ret;

	if (!tail)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (!is_reset(&irqs[i], first))
			pack(&irqs[i], tail + sizeof(struct entry) * r.count++);
	ret = r.count ? keel_put_vgic_irqs(s, &r, tail, r.count * sizeof(struct entry)) : 0;
	kvfree(tail);
	return ret;
}

static int put_vgic(const struct vgic *g, struct keel_stream *s)
{
	struct keel_rec_vgic r = {
		.nr_irqs = g->nr_irqs,
		.revision = g->revision,
		.ready = g->ready,
		.mapped = g->mapped,
		.enabled = g->enabled,
		.has_its = g->has_its,
		.dist_base = g->dist_base,
		.propbaser = g->propbaser,
		.vtr = g->vtr,
	};

	return keel_put_vgic(s, &r, NULL, 0);
}

static int put_vgicv2(const struct vgic *g, struct keel_stream *s)
{
	struct keel_rec_vgicv2 r = {
		.nr_irqs = g->nr_irqs,
		.revision = g->revision,
		.ready = g->ready,
		.mapped = g->mapped,
		.enabled = g->enabled,
		.groups = g->groups,
		.dist_base = g->dist_base,
		.cpu_base = g->cpu_base,
		.vtr = g->vtr,
	};

	return keel_put_vgicv2(s, &r, NULL, 0);
}

static int put_sgis(const struct vgic_cpu *c, struct keel_stream *s)
{
	struct keel_rec_vgicv2_sgis r = { .vcpu = c->v->idx };
	unsigned int i, used = 0;

	for (i = 0; i < KEEL_GIC_SGIS; i++) {
		r.sources[i] = c->irqs[i].s.sources;
		r.source[i] = c->irqs[i].s.source;
		used |= r.sources[i] | c->irqs[i].s.active;
	}
	return used ? keel_put_vgicv2_sgis(s, &r, NULL, 0) : 0;
}

static int put_region(const struct vgic *g, u32 i, struct keel_stream *s)
{
	struct keel_rec_vgic_region r = {
		.index = i,
		.count = g->regions[i].count,
		.base = g->regions[i].base,
	};

	return keel_put_vgic_region(s, &r, NULL, 0);
}

static int put_place(const struct vgic_cpu *c, struct keel_stream *s)
{
	struct keel_rec_vgic_cpu r = {
		.vcpu = c->v->idx,
		.region = c->region < 0 ? NO_REGION : c->region,
		.slot = c->slot,
		.pendbaser = c->pendbaser,
		.lpis_enabled = c->lpis_enabled,
		.pri_bits = c->pri_bits,
		.id_bits = c->id_bits,
	};

	return keel_put_vgic_cpu(s, &r, NULL, 0);
}

static int put_cpu_record(const struct vgic_cpu *c, struct keel_stream *s)
{
	int r = c->v->pvm->vgic->v2 ? put_sgis(c, s) : put_place(c, s);

	return r ?: put_irqs(s, c->v->idx, c->irqs, KEEL_GIC_PRIVATE, c);
}

int vgic_export(struct pvm *pvm, struct keel_stream *s)
{
	struct vgic *g = pvm->vgic;
	unsigned int i, n = pvm_nr_vcpus(pvm);
	int r;

	if (!g)
		return 0;
	vgic_fold_all(pvm);
	r = g->v2 ? put_vgicv2(g, s) : put_vgic(g, s);
	for (i = 0; i < g->nr_regions && !r; i++)
		r = put_region(g, i, s);
	for (i = 0; i < n && !r; i++)
		r = put_cpu_record(pvm->vcpu[i]->vgic, s);
	if (!r && g->ready)
		r = put_irqs(s, SHARED, g->spis, g->nr_irqs - KEEL_GIC_PRIVATE, pvm->vcpu[0]->vgic);
	return r ?: its_export(pvm, s);
}

/* ---- import ------------------------------------------------------------------------------------------------------- */

/* What both kinds of GIC have to tell */
static int check_common(const struct pvm *pvm, u32 nr_irqs, u32 revision, bool ready, bool mapped)
{
	if (pvm->vgic || (nr_irqs && (nr_irqs <= KEEL_GIC_PRIVATE || nr_irqs >= KEEL_GIC_SPI_END || nr_irqs & 31)))
		return -EINVAL;
	if (ready && (!nr_irqs || revision < KEEL_GIC_REVISION_MIN || !pvm_nr_vcpus(pvm) || !pvm->vcpu[0]))
		return -EINVAL;
	if (revision > KEEL_GIC_REVISION_MAX)
		return -EOPNOTSUPP;
	return mapped && !ready ? -EINVAL : 0;
}

static int check_vgic(struct pvm *pvm, const struct keel_rec_vgic *r)
{
	s64 vtr = keel_hc_vgic_info();
	int ret;

	if (vtr < 0 || (u64)vtr != r->vtr)
		return -EOPNOTSUPP;
	ret = check_common(pvm, r->nr_irqs, r->revision, r->ready, r->mapped);
	if (ret || r->dist_base == VGIC_NO_ADDR)
		return ret;
	return vgic_check_frame(pvm, r->dist_base, KEEL_GIC_FRAME);
}

static int check_vgicv2(struct pvm *pvm, const struct keel_rec_vgicv2 *r)
{
	s64 vtr = vgicv2_vtr();
	int ret;

	if (vtr < 0 || vtr != r->vtr)
		return -EOPNOTSUPP;
	ret = check_common(pvm, r->nr_irqs, r->revision, r->ready, r->mapped);
	if (!ret && pvm_nr_vcpus(pvm) > KEEL_GIC2_CPUS)
		ret = -EINVAL;
	if (!ret && r->dist_base != VGIC_NO_ADDR)
		ret = vgic_check_range(pvm, r->dist_base, KEEL_GICD2_SIZE, SZ_4K);
	if (!ret && r->cpu_base != VGIC_NO_ADDR)
		ret = vgic_check_range(pvm, r->cpu_base, KEEL_GICC_SIZE, SZ_4K);
	return ret;
}

static int make_ready(struct vgic *g)
{
	int ret = vgic_create_spis(g);

	g->ready = !ret;
	return ret;
}

static int get_vgic(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vgic r;
	struct vgic *g;
	int ret = keel_get_vgic(rec, &r, NULL, NULL) ?: check_vgic(pvm, &r) ?: vgic_create(pvm, r.vtr, false);

	if (ret)
		return ret;
	g = pvm->vgic;
	g->nr_irqs = r.nr_irqs;
	g->revision = r.revision;
	g->enabled = r.enabled;
	g->has_its = r.has_its;
	g->dist_base = r.dist_base;
	g->propbaser = r.propbaser;
	g->to_map = r.mapped;
	return r.ready ? make_ready(g) : 0;
}

static int get_vgicv2(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vgicv2 r;
	struct vgic *g;
	int ret = keel_get_vgicv2(rec, &r, NULL, NULL) ?: check_vgicv2(pvm, &r) ?: vgic_create(pvm, r.vtr, true);

	if (ret)
		return ret;
	g = pvm->vgic;
	g->nr_irqs = r.nr_irqs;
	g->revision = r.revision;
	g->enabled = r.enabled;
	g->groups = r.groups;
	g->dist_base = r.dist_base;
	g->cpu_base = r.cpu_base;
	g->to_map = r.mapped;
	return r.ready ? make_ready(g) : 0;
}

static int get_region(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vgic_region r;
	struct vgic *g = pvm->vgic;
	int ret = keel_get_vgic_region(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	if (!g || g->v2 || r.index != g->nr_regions || r.index >= VGIC_REGIONS_MAX || r.count > GENMASK(11, 0))
		return -EINVAL;
	ret = vgic_check_frame(pvm, r.base, (u64)(r.count ?: 1) * KEEL_GICR_SIZE);
	if (ret)
		return ret;
	g->regions[g->nr_regions++] = (struct vgic_region) { .base = r.base, .count = r.count };
	return 0;
}

static struct vgic_cpu *cpu_at(struct pvm *pvm, u32 idx)
{
	return pvm->vgic && idx < pvm_nr_vcpus(pvm) && pvm->vcpu[idx] ? pvm->vcpu[idx]->vgic : NULL;
}

/* A place that nobody has: places are given out in order of the vCPUs, but over several regions */
static int take_place(struct vgic *g, struct vgic_cpu *c, const struct keel_rec_vgic_cpu *r)
{
	struct vgic_region *region;
	unsigned int i, n = pvm_nr_vcpus(g->pvm);

	if (r->region == NO_REGION)
		return 0;
	if (r->region >= g->nr_regions)
		return -EINVAL;
	region = &g->regions[r->region];
	if (r->slot >= (region->count ?: n))
		return -EINVAL;
	for (i = 0; i < n; i++) {
		struct vgic_cpu *other = cpu_at(g->pvm, i);

		if (other && other->region == (int)r->region && other->slot == (int)r->slot)
			return -EINVAL;
	}
	c->region = r->region;
	c->slot = r->slot;
	region->used = max_t(u32, region->used, r->slot + 1);
	return 0;
}

static int get_cpu_record(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vgic_cpu r;
	int ret = keel_get_vgic_cpu(rec, &r, NULL, NULL);
	struct vgic_cpu *c = ret ? NULL : cpu_at(pvm, r.vcpu);

	if (!c)
		return ret ?: -EINVAL;
	if (pvm->vgic->v2 || !r.pri_bits || r.pri_bits > c->pri_bits || r.id_bits > c->id_bits || c->region >= 0)
		return -EINVAL;
	ret = take_place(pvm->vgic, c, &r);
	if (ret)
		return ret;
	c->pendbaser = keel_pendbaser(r.pendbaser);
	c->lpis_enabled = r.lpis_enabled;
	c->pri_bits = r.pri_bits;
	c->id_bits = r.id_bits;
	return 0;
}

/* Private interrupts never move, and their configuration is fixed */
static bool private_ok(const struct pvcpu *owner, const struct entry *e)
{
	return e->intid < KEEL_GIC_PRIVATE && e->home == owner->idx && e->target == owner->idx && !e->route &&
	       !!(e->flags & F_EDGE) == (e->intid < KEEL_GIC_SGIS);
}

static bool entry_ok(struct pvm *pvm, struct pvcpu *owner, const struct entry *e)
{
	if (owner ? !private_ok(owner, e) : e->intid < KEEL_GIC_PRIVATE)
		return false;
	return vgic_irq_find(pvm, owner, e->intid) && cpu_at(pvm, e->home) &&
	       (e->target == NOWHERE || cpu_at(pvm, e->target)) && !(e->flags & ~F_ALL) && !e->zero && !e->zero2 &&
	       !(e->priority & ~KEEL_GIC_PRIO_MASK) && e->phys < KEEL_GIC_SPI_END && !(e->route & ~GENMASK(23, 0));
}

static void unpack(struct pvm *pvm, struct pvcpu *owner, const struct entry *e)
{
	struct vgic_irq *irq = vgic_irq_find(pvm, owner, e->intid);

	irq->s.enabled = e->flags & F_ENABLED;
	/* vgicv2_sgis knows more */
	if (!irq->s.sourced)
		irq->s.latch = e->flags & F_LATCH;
	irq->s.line = e->flags & F_LINE;
	irq->s.active = e->flags & F_ACTIVE;
	irq->s.edge = e->flags & F_EDGE;
	irq->s.group = !!(e->flags & F_GROUP1);
	irq->s.priority = e->priority;
	irq->s.phys = e->phys;
	list_del_init(&irq->node);	/* a record that came twice */
	irq->home = cpu_at(pvm, e->home);
	irq->target = e->target == NOWHERE ? NULL : cpu_at(pvm, e->target);
	irq->route = e->route;
	if (owner && e->phys)
		owner->vgic->linked = irq;
	vgic_irq_adopt(irq);
}

static int get_irqs(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vgic_irqs r;
	struct pvcpu *owner = NULL;
	const void *tail;
	struct entry e;
	u32 len, i;
	int ret = keel_get_vgic_irqs(rec, &r, &tail, &len);

	if (ret)
		return ret;
	if (!pvm->vgic || len != (u64)r.count * sizeof(struct entry))
		return -EINVAL;
	if (r.vcpu != SHARED) {
		if (!cpu_at(pvm, r.vcpu))
			return -EINVAL;
		owner = pvm->vcpu[r.vcpu];
	}
	for (i = 0; i < r.count; i++) {
		memcpy(&e, tail + i * sizeof(e), sizeof(e));
		if (!entry_ok(pvm, owner, &e))
			return -EINVAL;
		unpack(pvm, owner, &e);
	}
	return 0;
}

static int get_sgis(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vgicv2_sgis r;
	int ret = keel_get_vgicv2_sgis(rec, &r, NULL, NULL);
	struct vgic_cpu *c = ret ? NULL : cpu_at(pvm, r.vcpu);
	unsigned int i;

	if (!c || !pvm->vgic->v2)
		return ret ?: -EINVAL;
	for (i = 0; i < KEEL_GIC_SGIS; i++)
		if (r.source[i] >= KEEL_GIC2_CPUS)
			return -EINVAL;
	for (i = 0; i < KEEL_GIC_SGIS; i++) {
		list_del_init(&c->irqs[i].node);
		c->irqs[i].s.source = r.source[i];
		keel_irq_set_sources(&c->irqs[i].s, r.sources[i]);
		vgic_irq_adopt(&c->irqs[i]);
	}
	return 0;
}

int vgic_import(struct pvm *pvm, const struct keel_record *rec)
{
	switch (rec->tag) {
	case KEEL_REC_vgicv2:
		return get_vgicv2(pvm, rec);
	case KEEL_REC_vgicv2_sgis:
		return get_sgis(pvm, rec);
	case KEEL_REC_vgic:
		return get_vgic(pvm, rec);
	case KEEL_REC_vgic_region:
		return get_region(pvm, rec);
	case KEEL_REC_vgic_cpu:
		return get_cpu_record(pvm, rec);
	case KEEL_REC_vgic_irqs:
		return get_irqs(pvm, rec);
	}
	return its_import(pvm, rec);
}

int vgic_import_end(struct pvm *pvm)
{
	struct vgic *g = pvm->vgic;

	if (!g || !g->to_map)
		return 0;
	g->to_map = false;
	return vgic_first_run(pvm);
}
