// SPDX-License-Identifier: GPL-2.0-only
/*
 * The in-kernel GIC's interrupts: locked, on the list of the vCPU that has to take them, in and out of its list
 * registers. It owns struct vgic_irq, struct vgic_cpu and the virtual CPU interface in the vCPU's page (with the nucleus,
 * in turns); core/vgic.c decides what an interrupt becomes.
 *
 * While an interrupt is in a list register, the page has the truth, and nothing is copied back for an exit that changes
 * nothing: the list registers are folded and made anew only when VGIC_DIRTY says so, or maintenance is due.
 */
#include <linux/delay.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "core/gicreg.h"
#include "core/gicv2.h"
#include "personality.h"
#include "irqchip.h"
#include "vgic.h"

/* TC, TALL0, TALL1 of ICH_HCR_EL2: every register of the CPU interface traps */
#define HCR_TRAP_ALL	GENMASK(12, 10)

static struct keel_vcpu_vgic *hw_of(const struct vgic_cpu *c)
{
	return &c->v->vcpu->page->vgic;
}

bool vgic_present(const struct pvm *pvm)
{
	return READ_ONCE(pvm->vgic);
}

bool vgic_has_sysregs(const struct pvm *pvm)
{
	struct vgic *g = READ_ONCE(pvm->vgic);

	return g && !g->v2;
}

bool vgic_ready(const struct pvm *pvm)
{
	struct vgic *g = READ_ONCE(pvm->vgic);

	return g && smp_load_acquire(&g->ready);	/* pairs with vgic_device_init() */
}

struct vgic_irq *vgic_irq_find(struct pvm *pvm, struct pvcpu *v, u32 intid)
{
	struct vgic *g = pvm->vgic;

	if (intid < KEEL_GIC_PRIVATE)
		return v ? &v->vgic->irqs[array_index_nospec(intid, KEEL_GIC_PRIVATE)] : NULL;
	if (intid >= g->nr_irqs || !g->spis)
		return NULL;
	return &g->spis[array_index_nospec(intid - KEEL_GIC_PRIVATE, g->nr_irqs - KEEL_GIC_PRIVATE)];
}

/* MPIDR_EL1 to Aff3.Aff2.Aff1.Aff0 */
u32 vgic_affinity(const struct pvcpu *v)
{
	u64 mpidr = v->vcpu->page->sysreg[KEEL_SR_MPIDR_EL1];

	return (mpidr & GENMASK_ULL(23, 0)) | (mpidr >> 8 & GENMASK_ULL(31, 24));
}

struct pvcpu *vgic_vcpu_by_affinity(struct pvm *pvm, u32 affinity)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);

	/* As regs_reset() numbers them, unless the VMM chose otherwise */
	i = (affinity & 15) | (affinity >> 8 & 0xff) << 4 | (affinity >> 16 & 0xff) << 12;
	if (i < n && vgic_affinity(pvm->vcpu[i]) == affinity)
		return pvm->vcpu[i];
	for (i = 0; i < n; i++)
		if (vgic_affinity(pvm->vcpu[i]) == affinity)
			return pvm->vcpu[i];
	return NULL;
}

/* ---- one interrupt ---------------------------------------------------------------------------------------------- */

struct vgic_cpu *vgic_irq_lock(struct vgic_irq *irq, unsigned long *flags)
{
	for (;;) {
		struct vgic_cpu *home = READ_ONCE(irq->home);

		raw_spin_lock_irqsave(&home->lock, *flags);
		if (likely(home == irq->home))
			return home;
		raw_spin_unlock_irqrestore(&home->lock, *flags);
	}
}

void vgic_irq_unlock(struct vgic_cpu *home, unsigned long flags)
{
	raw_spin_unlock_irqrestore(&home->lock, flags);
}

/* c->lock held, the vCPU is out of the guest */
static void fold_one(struct vgic_cpu *c, struct vgic_irq *irq)
{
	unsigned int n = irq->s.lr;
	u64 *lr = &hw_of(c)->lr[n];

	if (keel_lr_ended(*lr) && irq->s.intid >= KEEL_GIC_PRIVATE)
		c->ended[c->nr_ended++] = irq->s.intid;
	keel_irq_fold(&irq->s, *lr);
	*lr = 0;
	c->in_lr[n] = NULL;
	c->todo |= VGIC_DIRTY;
}

static void fold_listed(struct vgic_cpu *c)
{
	unsigned int i;

	for (i = 0; i < c->nr_lr; i++)
		if (c->in_lr[i])
			fold_one(c, c->in_lr[i]);
	c->nr_lr = 0;
}

/*
 * c->lock held. Are the list registers in the page right, and stay so until the lock is dropped? Either we see that the
 * vCPU is going in, or it sees VGIC_DIRTY and waits for the lock.
 */
static bool is_out(struct vgic_cpu *c, struct pvcpu *self)
{
	if (c->v == self)
		return true;
	WRITE_ONCE(c->todo, c->todo | VGIC_DIRTY);
	smp_mb();	/* pairs with vgic_before_entry() */
	return !smp_load_acquire(&c->in_guest);	/* pairs with vgic_after_exit() */
}

static bool strayed(const struct vgic_irq *irq)
{
	return irq->target != irq->home && irq->target && !irq->s.active && !keel_irq_listed(&irq->s);
}

/* Home's lock held. On the list if it has to be. True: its vCPU has to look */
static bool queue(struct vgic_irq *irq)
{
	struct vgic_cpu *c = irq->home;
	bool listed = keel_irq_listed(&irq->s);

	if (!listed && !keel_irq_wants_lr(&irq->s))
		return false;
	if (list_empty(&irq->node))
		list_add_tail(&irq->node, &c->list);
	WRITE_ONCE(c->todo, c->todo | VGIC_DIRTY);
	return irq->target || irq->s.active;
}

static void lock_two(struct vgic_cpu *a, struct vgic_cpu *b, unsigned long *flags)
{
	if (a->v->idx > b->v->idx)
		swap(a, b);
	raw_spin_lock_irqsave(&a->lock, *flags);
	raw_spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

/* No lock held, RCU read side: take @irq from @c to where it is routed, if that is still to be done */
static void move(struct vgic_irq *irq, struct vgic_cpu *c, struct pvcpu *self)
{
	struct vgic_cpu *t = READ_ONCE(irq->target);
	unsigned long flags;
	bool look = false;

	if (!t || t == c)
		return;
	lock_two(c, t, &flags);
	if (irq->home == c && irq->target == t && strayed(irq)) {
		list_del_init(&irq->node);
		WRITE_ONCE(irq->home, t);
		look = queue(irq);
	}
	raw_spin_unlock(&c->lock);
	raw_spin_unlock_irqrestore(&t->lock, flags);
	if (look && t->v != self)
		keel_vcpu_request(t->v->vcpu, PREQ_EVENTS);
}

void vgic_irq_commit(struct vgic_irq *irq, struct pvcpu *self, unsigned long flags)
{
	struct vgic_cpu *c = irq->home;
	bool look = queue(irq);

	/* It has to go elsewhere, and nobody may come by here for long: the vCPU may be off */
	if (irq->target != c && keel_irq_listed(&irq->s) && is_out(c, self))
		fold_one(c, irq);
	if (strayed(irq)) {
		rcu_read_lock();
		vgic_irq_unlock(c, flags);
		move(irq, c, self);
		rcu_read_unlock();
		return;
	}
	vgic_irq_unlock(c, flags);
	if (look && c->v != self)
		keel_vcpu_request(c->v->vcpu, PREQ_EVENTS);
}

void vgic_look(struct pvcpu *v, struct pvcpu *self)
{
	struct vgic_cpu *c = v->vgic;
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	WRITE_ONCE(c->todo, c->todo | VGIC_DIRTY);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	if (v != self)
		keel_vcpu_request(v->vcpu, PREQ_EVENTS);
}

/* Sleeps until the vCPU is out of the guest; it stays out until let_in() */
static void keep_out(struct vgic_cpu *c)
{
	unsigned long flags;

	mutex_lock(&c->v->pvm->vgic->reach);
	raw_spin_lock_irqsave(&c->lock, flags);
	WRITE_ONCE(c->todo, c->todo | VGIC_DIRTY | VGIC_KEEP_OUT);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	keel_vcpu_request(c->v->vcpu, PREQ_EVENTS);
	while (READ_ONCE(c->in_guest))
		usleep_range(5, 20);
}

static void let_in(struct vgic_cpu *c)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	c->todo &= ~VGIC_KEEP_OUT;
	raw_spin_unlock_irqrestore(&c->lock, flags);
	mutex_unlock(&c->v->pvm->vgic->reach);
}

void vgic_irq_reach(struct vgic_irq *irq, struct pvcpu *self, struct vgic_reach *r)
{
	r->kept_out = NULL;
	for (;;) {
		struct vgic_cpu *home = vgic_irq_lock(irq, &r->flags);

		if (!keel_irq_listed(&irq->s))
			return;
		if (is_out(home, self)) {
			fold_one(home, irq);
			return;
		}
		vgic_irq_unlock(home, r->flags);
		if (r->kept_out)
			let_in(r->kept_out);
		keep_out(home);
		r->kept_out = home;
	}
}

void vgic_irq_unreach(struct vgic_irq *irq, struct pvcpu *self, struct vgic_reach *r)
{
	vgic_irq_commit(irq, self, r->flags);
	if (r->kept_out)
		let_in(r->kept_out);
}

static void route_to(struct vgic_irq *irq, struct pvcpu *self, u32 route, struct pvcpu *to)
{
	unsigned long flags;

	vgic_irq_lock(irq, &flags);
	irq->route = route;
	irq->target = to ? to->vgic : NULL;
	vgic_irq_commit(irq, self, flags);
}

void vgic_irq_route(struct vgic_irq *irq, struct pvcpu *self, u32 route)
{
	route_to(irq, self, route, vgic_vcpu_by_affinity(self ? self->pvm : irq->home->v->pvm, route));
}

void vgic_irq_target(struct vgic_irq *irq, struct pvcpu *self, u8 targets)
{
	route_to(irq, self, targets, irq->home->v->pvm->vcpu[targets ? __ffs(targets) : 0]);
}

void vgic_irq_adopt(struct vgic_irq *irq)
{
	queue(irq);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

int vgic_set_line(struct pvm *pvm, struct pvcpu *v, u32 intid, bool level)
{
	struct vgic_cpu *home;
	struct vgic_irq *irq;
	unsigned long flags;

	if (!vgic_ready(pvm))
		return -ENODEV;
	irq = vgic_irq_find(pvm, v, intid);
	if (!irq || intid < KEEL_GIC_SGIS)
		return -EINVAL;
	home = vgic_irq_lock(irq, &flags);
	if (keel_irq_set_line(&irq->s, level)) {
		vgic_irq_commit(irq, NULL, flags);
		return 0;
	}
	/* It may be pending in a list register still: no hurry, but not for ever */
	if (!level && keel_irq_listed(&irq->s))
		home->todo |= VGIC_DIRTY;
	vgic_irq_unlock(home, flags);
	return 0;
}

int vgic_set_timer_line(struct pvcpu *v, u32 intid, u32 phys, bool level)
{
	struct vgic_cpu *c = v->vgic;
	struct vgic_irq *irq;
	unsigned long flags;

	if (!vgic_ready(v->pvm))
		return -ENODEV;
	if (intid < KEEL_GIC_SGIS || intid >= KEEL_GIC_PRIVATE || phys >= KEEL_GIC_SPI_END)
		return -EINVAL;
	irq = &c->irqs[intid];
	raw_spin_lock_irqsave(&c->lock, flags);
	/* Done with it since: the line that was high then is not the one we are told of now */
	if (keel_irq_listed(&irq->s) && (irq->s.phys != phys || !(hw_of(c)->lr[irq->s.lr] & KEEL_LR_STATE)))
		fold_one(c, irq);
	irq->s.phys = phys;
	if (phys)
		c->linked = irq;
	if (irq->s.line != level)
		c->todo |= VGIC_DIRTY;
	irq->s.line = level;
	queue(irq);
	if (phys)
		v->vcpu->timer_held = level || keel_irq_listed(&irq->s);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return 0;
}

/* ---- LPIs -------------------------------------------------------------------------------------------------------- */

void vgic_lpi_init(struct pvm *pvm, struct vgic_irq *irq, u32 intid)
{
	keel_irq_init(&irq->s, intid);
	irq->route = 0;
	irq->home = pvm->vcpu[0]->vgic;
	irq->target = NULL;
	INIT_LIST_HEAD(&irq->node);
}

void vgic_lpi_set_pending(struct vgic_irq *irq, bool pending)
{
	struct vgic_cpu *home;
	unsigned long flags;

	home = vgic_irq_lock(irq, &flags);
	if (pending && !irq->s.latch) {
		irq->s.latch = true;
		vgic_irq_commit(irq, NULL, flags);
		return;
	}
	if (!pending) {
		irq->s.latch = false;
		irq->s.lr_latch = false;
		if (keel_irq_listed(&irq->s))
			home->todo |= VGIC_DIRTY;
	}
	vgic_irq_unlock(home, flags);
}

bool vgic_lpi_is_pending(struct vgic_irq *irq)
{
	struct vgic_cpu *home;
	unsigned long flags;
	bool pending;

	home = vgic_irq_lock(irq, &flags);
	pending = irq->s.latch || irq->s.lr_latch;
	vgic_irq_unlock(home, flags);
	return pending;
}

void vgic_lpi_configure(struct vgic_irq *irq, u8 priority, bool enabled)
{
	unsigned long flags;

	vgic_irq_lock(irq, &flags);
	irq->s.priority = priority & KEEL_GIC_PRIO_MASK;
	irq->s.enabled = enabled;
	vgic_irq_commit(irq, NULL, flags);
}

void vgic_lpi_route(struct vgic_irq *irq, struct pvcpu *to)
{
	unsigned long flags;

	vgic_irq_lock(irq, &flags);
	irq->target = to ? to->vgic : NULL;
	vgic_irq_commit(irq, NULL, flags);
}

void vgic_lpi_remove(struct vgic_irq *irq)
{
	struct vgic_cpu *home;
	unsigned long flags;

	home = vgic_irq_lock(irq, &flags);
	list_del_init(&irq->node);
	irq->target = NULL;
	irq->s.enabled = false;
	irq->s.latch = false;
	if (keel_irq_listed(&irq->s)) {
		home->in_lr[irq->s.lr] = NULL;
		home->todo |= VGIC_DIRTY;
		irq->s.lr = -1;
	}
	vgic_irq_unlock(home, flags);
}

/* ---- list registers ---------------------------------------------------------------------------------------------- */

/*
 * c->lock held, nothing is listed. Whoever has nothing more to deliver leaves the list. Returns one that belongs
 * elsewhere, or NULL.
 */
static struct vgic_irq *gather(struct vgic_cpu *c, struct keel_lr_choice *choice, bool forward)
{
	struct vgic_irq *irq, *next, *stray = NULL;

	list_for_each_entry_safe(irq, next, &c->list, node) {
		if (!keel_irq_wants_lr(&irq->s))
			list_del_init(&irq->node);
		else if (irq->s.active || (forward && irq->target == c))
			keel_lr_offer(choice, &irq->s);
		else if (strayed(irq))
			stray = irq;
	}
	return stray;
}

static void fill(struct vgic_cpu *c, const struct keel_lr_choice *choice, bool forward)
{
	struct keel_vcpu_vgic *hw = hw_of(c);
	unsigned int i;

	for (i = 0; i < choice->used; i++) {
		hw->lr[i] = keel_irq_list(choice->irq[i], i, forward);
		c->in_lr[i] = container_of(choice->irq[i], struct vgic_irq, s);
	}
	c->nr_lr = choice->used;
	hw->used = choice->used;
	hw->hcr = keel_lr_maintenance(choice) | (vgic_shown(c->v->pvm) ? 0 : HCR_TRAP_ALL);
	hw->misr = 0;
}

/* The vCPU's thread: what the anchor has to know of the timer */
static void note_timer(struct vgic_cpu *c)
{
	const struct keel_irq *s = &c->linked->s;
	bool hw = keel_irq_listed(s) && hw_of(c)->lr[s->lr] & KEEL_LR_HW;

	c->v->vcpu->timer_lr = hw ? s->lr : -1;
	c->v->vcpu->timer_held = s->line || keel_irq_listed(s);
}

static struct vgic_irq *make_anew(struct vgic_cpu *c)
{
	struct vgic *g = c->v->pvm->vgic;
	struct keel_lr_choice choice;
	bool forward = READ_ONCE(g->enabled);
	struct vgic_irq *stray;
	unsigned long flags;

	choice.nr = g->nr_lrs;
	choice.used = 0;
	choice.left = 0;
	choice.pending = 0;
	raw_spin_lock_irqsave(&c->lock, flags);
	fold_listed(c);
	c->todo &= ~VGIC_DIRTY;
	stray = gather(c, &choice, forward);
	fill(c, &choice, forward);
	if (c->linked)
		note_timer(c);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return stray;
}

static void tell_ended(struct vgic_cpu *c)
{
	u16 ended[KEEL_GIC_LRS];
	unsigned long flags;
	unsigned int i, n;

	raw_spin_lock_irqsave(&c->lock, flags);
	n = c->nr_ended;
	memcpy(ended, c->ended, sizeof(ended));
	c->nr_ended = 0;
	raw_spin_unlock_irqrestore(&c->lock, flags);
	for (i = 0; i < n; i++)
		irqfd_ended(c->v->pvm, ended[i]);
}

static void refresh(struct vgic_cpu *c)
{
	struct vgic_irq *stray;

	/* Cleared by a reset; without it the guest has no CPU interface */
	c->v->vcpu->page->ctl.flags |= KEEL_VCTL_VGIC;
	do {
		rcu_read_lock();
		stray = make_anew(c);
		if (stray)
			move(stray, c, c->v);
		rcu_read_unlock();
	} while (stray);
	if (unlikely(c->nr_ended))
		tell_ended(c);
}

/* Somebody wants to look at the list registers while the guest does not run */
static void wait_outside(struct vgic_cpu *c)
{
	smp_store_release(&c->in_guest, false);	/* pairs with is_out() */
	mutex_lock(&c->v->pvm->vgic->reach);
	mutex_unlock(&c->v->pvm->vgic->reach);
}

/* About to enter: true if there is nothing to be done */
static bool nothing_to_do(struct vgic_cpu *c)
{
	WRITE_ONCE(c->in_guest, true);
	smp_mb();	/* pairs with is_out() */
	return !READ_ONCE(c->todo) && !hw_of(c)->misr;
}

static noinline void do_what_is_to_do(struct vgic_cpu *c)
{
	while (READ_ONCE(c->todo) & VGIC_KEEP_OUT) {
		wait_outside(c);
		if (nothing_to_do(c))
			return;
	}
	refresh(c);
}

void vgic_before_entry(struct pvcpu *v)
{
	struct vgic_cpu *c = v->vgic;

	if (c && unlikely(!nothing_to_do(c)))
		do_what_is_to_do(c);
}

void vgic_after_exit(struct pvcpu *v)
{
	if (v->vgic)
		smp_store_release(&v->vgic->in_guest, false);	/* pairs with is_out() */
}

void vgic_fold_all(struct pvm *pvm)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);
	unsigned long flags;

	for (i = 0; i < n; i++) {
		struct vgic_cpu *c = pvm->vcpu[i]->vgic;

		raw_spin_lock_irqsave(&c->lock, flags);
		fold_listed(c);
		c->todo |= VGIC_DIRTY;
		raw_spin_unlock_irqrestore(&c->lock, flags);
	}
}

/* c->lock held. As it would be if it were folded now */
static bool signals(struct vgic_cpu *c, const struct vgic_irq *irq)
{
	const struct keel_vcpu_vgic *hw = hw_of(c);
	struct keel_irq s = irq->s;

	if (keel_irq_listed(&s))
		keel_irq_fold(&s, hw->lr[s.lr]);
	return keel_irq_signals(&s, hw->vmcr);
}

bool vgic_wakes(struct pvcpu *v)
{
	struct vgic_cpu *c = v->vgic;
	struct vgic_irq *irq;
	unsigned long flags;
	bool wakes = false;

	if (!c || !READ_ONCE(v->pvm->vgic->enabled))
		return false;
	raw_spin_lock_irqsave(&c->lock, flags);
	list_for_each_entry(irq, &c->list, node) {
		/* One for somebody else wakes too: this vCPU has to send it there */
		wakes = signals(c, irq) && irq->target;
		if (wakes)
			break;
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return wakes;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/*
 * The CPU interface is reset with its CPU, the redistributor is not (IHI 0069, 12.2): what is pending stays. ICH_VMCR_EL2
 * 0 is the reset value; the CPU corrects the binary points, whose smallest value is its own.
 */
void vgic_reset_vcpu(struct pvcpu *v)
{
	struct vgic_cpu *c = v->vgic;
	unsigned long flags;

	if (!c)
		return;
	raw_spin_lock_irqsave(&c->lock, flags);
	fold_listed(c);
	c->todo |= VGIC_DIRTY;
	hw_of(c)->vmcr = 0;
	memset(hw_of(c)->ap0r, 0, sizeof(hw_of(c)->ap0r));
	memset(hw_of(c)->ap1r, 0, sizeof(hw_of(c)->ap1r));
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

void vgic_irq_reset(const struct vgic *g, struct keel_irq *s, u32 intid)
{
	keel_irq_init(s, intid);
	if (!g->v2)
		return;
	s->group = 0;
	s->sourced = intid < KEEL_GIC_SGIS;
}

int vgic_vcpu_create(struct pvcpu *v)
{
	struct vgic *g = v->pvm->vgic;
	struct vgic_cpu *c;
	unsigned int i;

	if (!g)
		return 0;
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	raw_spin_lock_init(&c->lock);
	c->v = v;
	INIT_LIST_HEAD(&c->list);
	c->todo = VGIC_DIRTY;
	c->region = -1;
	c->pri_bits = KEEL_VTR_PRI_BITS(g->vtr);
	c->id_bits = KEEL_VTR_ID_BITS(g->vtr);
	c->pendbaser = KEEL_PENDBASER_RESET;
	for (i = 0; i < KEEL_GIC_PRIVATE; i++) {
		vgic_irq_reset(g, &c->irqs[i].s, i);
		c->irqs[i].home = c;
		c->irqs[i].target = c;
		INIT_LIST_HEAD(&c->irqs[i].node);
	}
	v->vgic = c;
	return 0;
}

void vgic_vcpu_free(struct pvcpu *v)
{
	kfree(v->vgic);
	v->vgic = NULL;
}

/**
 * vgic_create() - a GIC without frames, interrupts and vCPUs, for KVM_CREATE_DEVICE or an import
 * @pvm: VM without one
 * @vtr: ICH_VTR_EL2 or GICH_VTR
 * @v2: a GICv2
 *
 * Return: 0, -ENOMEM.
 */
int vgic_create(struct pvm *pvm, u64 vtr, bool v2)
{
	struct vgic *g = kzalloc(sizeof(*g), GFP_KERNEL_ACCOUNT);
	unsigned int i, n = pvm_nr_vcpus(pvm);
	int r = 0;

	if (!g)
		return -ENOMEM;
	mutex_init(&g->reach);
	g->pvm = pvm;
	g->vtr = vtr;
	g->v2 = v2;
	g->nr_lrs = v2 ? KEEL_GICH_LRS(vtr) : KEEL_VTR_LRS(vtr);
	g->dist_base = VGIC_NO_ADDR;
	g->cpu_base = VGIC_NO_ADDR;
	WRITE_ONCE(pvm->vgic, g);
	for (i = 0; i < n && !r; i++)
		if (pvm->vcpu[i])
			r = vgic_vcpu_create(pvm->vcpu[i]);
	if (!r)
		return 0;
	for (i = 0; i < n; i++)
		if (pvm->vcpu[i])
			vgic_vcpu_free(pvm->vcpu[i]);
	WRITE_ONCE(pvm->vgic, NULL);
	kfree(g);
	return r;
}

/**
 * vgic_create_spis() - the shared interrupts, as out of reset
 * @g: g->nr_irqs is set; there is a vCPU
 */
int vgic_create_spis(struct vgic *g)
{
	unsigned int i, n = g->nr_irqs - KEEL_GIC_PRIVATE;
	struct vgic_cpu *first = g->pvm->vcpu[0]->vgic;

	g->spis = kvcalloc(n, sizeof(*g->spis), GFP_KERNEL_ACCOUNT);
	if (!g->spis)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		vgic_irq_reset(g, &g->spis[i].s, i + KEEL_GIC_PRIVATE);
		g->spis[i].home = first;
		g->spis[i].target = first;
		INIT_LIST_HEAD(&g->spis[i].node);
	}
	return 0;
}

void vgic_vm_free(struct pvm *pvm)
{
	struct vgic *g = pvm->vgic;
	unsigned int i;

	if (!g)
		return;
	lpi_free(pvm);
	for (i = 0; i < g->nr_regions; i++)
		kvfree(g->regions[i].vcpus);
	kvfree(g->spis);
	kfree(g);
	pvm->vgic = NULL;
}
