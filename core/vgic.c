// SPDX-License-Identifier: GPL-2.0-only
/*
 * One interrupt of a virtual GICv3 and its way through a list register, and the choice among many. It owns no state;
 * who calls it sees to it that one interrupt is looked at by one CPU at a time.
 */
#include "core/vgic.h"

#define VMCR_ENG0	BIT_ULL(0)
#define VMCR_ENG1	BIT_ULL(1)
#define VMCR_PMR_SHIFT	24

void keel_irq_init(struct keel_irq *irq, u32 intid)
{
	*irq = (struct keel_irq) {
		.intid = intid,
		.group = 1,
		.enabled = intid < KEEL_GIC_SGIS,
		.edge = intid < KEEL_GIC_SGIS || intid >= KEEL_GIC_LPI_FIRST,
		.lr = -1,
	};
}

bool keel_irq_set_line(struct keel_irq *irq, bool level)
{
	bool news = level;

	if (irq->edge) {
		news = level && !irq->latch;
		irq->latch |= level;
		return news;
	}
	news = level && !irq->line;
	irq->line = level;
	return news;
}

/*
 * Made pending by software while it is active, it has to be looked at when it is deactivated, and a linked list register
 * does not tell: this once the deactivation is not the physical one's.
 */
static bool is_linked(const struct keel_irq *irq)
{
	return irq->phys && !(irq->active && irq->latch);
}

/* The lowest one is as good as any (IHI 0048B, 3.3.2) */
static void next_source(struct keel_irq *irq)
{
	if (!irq->sources)
		return;
	irq->source = __builtin_ctz(irq->sources);
	keel_irq_set_sources(irq, irq->sources & (irq->sources - 1));
}

static u64 source_bits(const struct keel_irq *irq)
{
	if (!irq->sourced)
		return 0;
	return (u64)irq->source << KEEL_LR_SOURCE_SHIFT | (irq->latch ? KEEL_LR_EOI : 0);
}

u64 keel_irq_list(struct keel_irq *irq, unsigned int lr, bool forward)
{
	bool pending = forward && irq->enabled && keel_irq_pending(irq);
	u64 val = irq->intid | (u64)irq->priority << KEEL_LR_PRIO_SHIFT;

	if (irq->group)
		val |= KEEL_LR_GROUP1;
	if (irq->active)
		val |= KEEL_LR_ACTIVE;
	if (is_linked(irq))
		val |= KEEL_LR_HW | (u64)irq->phys << KEEL_LR_PHYS_SHIFT;
	else if (!irq->edge)
		val |= KEEL_LR_EOI;
	/* Pending and active with HW is not allowed (IHI 0069, ICH_LR<n>_EL2.State) */
	if (irq->active && (irq->phys || !irq->edge || irq->sourced))
		pending = false;
	if (pending) {
		val |= KEEL_LR_PENDING;
		irq->lr_latch = irq->latch;
		irq->latch = false;
		next_source(irq);
	}
	val |= source_bits(irq);
	irq->lr = lr;
	return val;
}

/*
 * What the list register still has pending was not acknowledged: it is as pending as before, by its latch if it was
 * latched, by its line if that is still high. What was acknowledged is gone, but for edges that came since.
 */
void keel_irq_fold(struct keel_irq *irq, u64 lr)
{
	bool pending = lr & KEEL_LR_PENDING;

	irq->active = lr & KEEL_LR_ACTIVE;
	irq->latch |= pending && irq->lr_latch;
	if (irq->sourced && pending && irq->lr_latch)
		irq->sources |= BIT(irq->source);
	irq->lr_latch = false;
	if (irq->phys && !pending)
		irq->line = false;
	irq->lr = -1;
}

/* Smaller is more urgent */
static unsigned int urgency(const struct keel_irq *irq)
{
	return irq->active ? 0 : 1 + irq->priority;
}

void keel_lr_offer(struct keel_lr_choice *c, struct keel_irq *irq)
{
	unsigned int i = c->used, u = urgency(irq);

	if (c->used < c->nr) {
		c->used++;
	} else {
		c->left++;
		i--;
		if (urgency(c->irq[i]) <= u)
			return;
		c->pending -= !c->irq[i]->active;
	}
	c->pending += !irq->active;
	for (; i && urgency(c->irq[i - 1]) > u; i--)
		c->irq[i] = c->irq[i - 1];
	c->irq[i] = irq;
}

/*
 * More are waiting: as soon as none of the list registers is pending, or, where none is now, when they run empty.
 */
u32 keel_lr_maintenance(const struct keel_lr_choice *c)
{
	if (!c->left)
		return 0;
	return c->pending ? KEEL_HCR_NPIE : KEEL_HCR_UIE;
}

bool keel_irq_signals(const struct keel_irq *irq, u64 vmcr)
{
	u64 group = irq->group ? VMCR_ENG1 : VMCR_ENG0;

	return irq->enabled && !irq->active && keel_irq_pending(irq) && vmcr & group &&
	       irq->priority < (vmcr >> VMCR_PMR_SHIFT & 0xff);
}
