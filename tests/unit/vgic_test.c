// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/vgic: every short sequence of events on one interrupt, with a list register that behaves as hardware's does
 * (IHI 0069, 4.8 and ICH_LR<n>_EL2), against an interrupt of a GIC without any list register; and the choice among many.
 */
#include <stdlib.h>

#include "core/vgic.h"
#include "harness.h"

enum kind { EDGE, LEVEL, LINKED, KINDS };

enum event { UP, DOWN, ACK, DEACTIVATE, ENABLE, DISABLE, SET_PENDING, CLEAR_PENDING, SYNC, EVENTS };

#define DEPTH	7
#define PHYS	27

/**
 * struct world - one interrupt twice
 * @irq, @lr: core's, and its list register
 * @line, @latch, @active, @enabled: the same without list registers
 * @fell: a level went down since the list register was made: it may be acknowledged for nothing, once
 * @told: linked: level that core was told last
 */
struct world {
	struct keel_irq irq;
	u64 lr;
	enum kind kind;
	bool line, latch, active, enabled;
	bool fell;
};

static const char *const event_names[] = {
	"up", "down", "ack", "deactivate", "enable", "disable", "set-pending", "clear-pending", "sync",
};

static enum event path[DEPTH];

static void die(const struct world *w, int depth, const char *what)
{
	int i;

	printf("# kind %d:", w->kind);
	for (i = 0; i <= depth; i++)
		printf(" %s", event_names[path[i]]);
	printf(": %s\n", what);
	unit_fail(__FILE__, __LINE__, "an interrupt is what it would be without list registers");
}

static bool is_pending(const struct world *w)
{
	return w->latch || (w->kind != EDGE && w->line);
}

static void unlist(struct world *w)
{
	if (keel_irq_listed(&w->irq))
		keel_irq_fold(&w->irq, w->lr);
	w->lr = 0;
}

static void list(struct world *w)
{
	if (keel_irq_wants_lr(&w->irq))
		w->lr = keel_irq_list(&w->irq, 0, true);
	w->fell = false;
}

/* The anchor tells of the timer's line before each entry, unless it was noted and the guest has not finished with it */
static void tell(struct world *w)
{
	if (keel_irq_listed(&w->irq) && !(w->lr & KEEL_LR_STATE))
		unlist(w);
	w->irq.line = w->line;
}

static void sync(struct world *w)
{
	if (w->kind == LINKED)
		tell(w);
	unlist(w);
	list(w);
}

static void set_line(struct world *w, bool level)
{
	if (w->kind == EDGE && level && !w->line)
		w->latch = true;
	if (w->kind != EDGE && w->line && !level)
		w->fell = true;
	if (w->kind == EDGE && level == w->line)
		return;
	w->line = level;
	/* The timer's line ends the guest when it rises; that it falls is seen at the next exit */
	if (w->kind == LINKED)
		return level ? sync(w) : (void)0;
	if (keel_irq_set_line(&w->irq, level))
		sync(w);
}

/* The guest reads ICC_IAR1_EL1: what the list register holds pending becomes active. False: there is nothing to read */
static bool acknowledge(struct world *w, int depth)
{
	if ((w->lr & KEEL_LR_STATE) != KEEL_LR_PENDING)
		return false;
	if (!w->enabled || w->active)
		die(w, depth, "acknowledged, but disabled or active");
	if (!is_pending(w) && !w->fell)
		die(w, depth, "acknowledged, but never pending");
	w->lr ^= KEEL_LR_STATE;
	w->latch = false;
	w->active = true;
	return true;
}

/* Maintenance, where it was asked for, or the physical interrupt that was linked: the line is looked at again */
static bool deactivate(struct world *w, int depth)
{
	if (!(w->lr & KEEL_LR_ACTIVE))
		return false;
	if (!w->active)
		die(w, depth, "active, but never acknowledged");
	w->lr &= ~KEEL_LR_ACTIVE;
	w->active = false;
	if (keel_lr_ended(w->lr) || (w->kind == LINKED && w->line))
		sync(w);
	return true;
}

/* A write that has to see what is in the list register */
static void write_bit(struct world *w, bool *irq_bit, bool *bit, bool val)
{
	unlist(w);
	*irq_bit = val;
	*bit = val;
	if (w->kind == LINKED)
		w->irq.line = w->line && !w->active;
	sync(w);
}

static bool step(struct world *w, enum event e, int depth)
{
	switch (e) {
	case UP:
	case DOWN:
		set_line(w, e == UP);
		return true;
	case ACK:
		return acknowledge(w, depth);
	case DEACTIVATE:
		return deactivate(w, depth);
	case ENABLE:
	case DISABLE:
		write_bit(w, &w->irq.enabled, &w->enabled, e == ENABLE);
		return true;
	case SET_PENDING:
	case CLEAR_PENDING:
		write_bit(w, &w->irq.latch, &w->latch, e == SET_PENDING);
		return true;
	default:
		sync(w);
		return true;
	}
}

/* What the CPU interface has is what there is to have */
static void check(const struct world *w, int depth)
{
	bool due = is_pending(w) && w->enabled && (!w->active || w->kind == EDGE);
	bool pending = w->lr & KEEL_LR_PENDING;

	if (!!(w->lr & KEEL_LR_ACTIVE) != w->active)
		die(w, depth, "active in one world only");
	if (due && !pending)
		die(w, depth, "lost");
	if (pending && !due && !w->fell)
		die(w, depth, "invented");
	if (pending && w->lr & KEEL_LR_HW && w->lr & KEEL_LR_ACTIVE)
		die(w, depth, "pending and active with HW");
}

static unsigned long explore(const struct world *w, int depth)
{
	unsigned long n = 1;
	enum event e;

	if (depth == DEPTH)
		return n;
	for (e = 0; e < EVENTS; e++) {
		struct world next = *w;

		path[depth] = e;
		if (!step(&next, e, depth))
			continue;
		check(&next, depth);
		n += explore(&next, depth + 1);
	}
	return n;
}

static struct world fresh(enum kind kind)
{
	struct world w = { .kind = kind };

	keel_irq_init(&w.irq, kind == LINKED ? PHYS : 40);
	w.irq.edge = kind == EDGE;
	w.irq.phys = kind == LINKED ? PHYS : 0;
	return w;
}

TEST(no_interrupt_is_lost_and_none_invented_by_list_registers)
{
	enum kind k;

	for (k = 0; k < KINDS; k++) {
		struct world w = fresh(k);

		CHECK(explore(&w, 0) > 100000);
	}
}

TEST(a_fold_and_a_list_change_nothing)
{
	unsigned int bits;

	for (bits = 0; bits < 128; bits++) {
		struct keel_irq irq, again;
		u64 lr;

		keel_irq_init(&irq, 40);
		irq.edge = bits & 1;
		irq.enabled = bits & 2;
		irq.latch = bits & 4;
		irq.line = bits & 8;
		irq.active = bits & 16;
		irq.group = !!(bits & 32);
		irq.phys = bits & 64 && !irq.edge ? PHYS : 0;
		if (!keel_irq_wants_lr(&irq))
			continue;
		again = irq;
		lr = keel_irq_list(&again, 3, true);
		CHECK_EQ(again.lr, 3);
		keel_irq_fold(&again, lr);
		CHECK_EQ(again.lr, -1);
		CHECK_EQ(again.latch, irq.latch);
		CHECK_EQ(again.active, irq.active);
		/* Acknowledged, a linked line has done what it can: the physical interrupt will tell */
		CHECK_EQ(again.line, irq.phys && irq.active ? false : irq.line && !(irq.phys && !(lr & KEEL_LR_PENDING)));
	}
}

TEST(a_list_register_says_what_the_interrupt_is)
{
	struct keel_irq irq;
	u64 lr;

	keel_irq_init(&irq, 0x2345);
	irq.priority = 0xa8;
	irq.enabled = true;
	irq.latch = true;
	lr = keel_irq_list(&irq, 0, true);
	CHECK_EQ(lr, 0x2345 | 0xa8ULL << 48 | KEEL_LR_GROUP1 | KEEL_LR_PENDING);

	keel_irq_init(&irq, 27);
	irq.phys = 30;
	irq.group = 0;
	irq.enabled = true;
	irq.line = true;
	lr = keel_irq_list(&irq, 0, true);
	CHECK_EQ(lr, 27 | 30ULL << 32 | KEEL_LR_HW | KEEL_LR_PENDING);

	keel_irq_init(&irq, 40);
	irq.active = true;
	irq.line = true;
	irq.enabled = true;
	CHECK_EQ(keel_irq_list(&irq, 0, true), 40 | KEEL_LR_GROUP1 | KEEL_LR_EOI | KEEL_LR_ACTIVE);
}

TEST(what_is_not_forwarded_is_listed_for_being_active_only)
{
	struct keel_irq irq;

	keel_irq_init(&irq, 3);
	irq.latch = true;
	irq.active = true;
	CHECK_EQ(keel_irq_list(&irq, 0, false) & KEEL_LR_STATE, KEEL_LR_ACTIVE);
	CHECK(irq.latch);
}

TEST(two_edges_before_the_first_is_acknowledged_are_one)
{
	struct keel_irq irq;
	u64 lr;

	keel_irq_init(&irq, 3);
	CHECK(keel_irq_set_line(&irq, true));
	CHECK(!keel_irq_set_line(&irq, true));
	lr = keel_irq_list(&irq, 0, true);
	CHECK(keel_irq_set_line(&irq, true));
	keel_irq_fold(&irq, lr);
	lr = keel_irq_list(&irq, 0, true);
	keel_irq_fold(&irq, lr & ~KEEL_LR_STATE);
	CHECK(!keel_irq_pending(&irq));
}

/* ---- the choice ----------------------------------------------------------------------------------------------- */

#define MANY	24

static int cmp(const void *a, const void *b)
{
	const struct keel_irq *x = a, *y = b;

	if (x->active != y->active)
		return y->active - x->active;
	return x->active ? 0 : x->priority - y->priority;
}

static void check_choice(unsigned int seed, unsigned int n, unsigned int nr)
{
	struct keel_lr_choice c = { .nr = nr };
	struct keel_irq irqs[MANY], sorted[MANY];
	unsigned int i, pending = 0;

	srand(seed);
	for (i = 0; i < n; i++) {
		keel_irq_init(&irqs[i], 32 + i);
		irqs[i].priority = rand() & 0x38;
		irqs[i].active = rand() % 5 == 0;
		sorted[i] = irqs[i];
		keel_lr_offer(&c, &irqs[i]);
	}
	qsort(sorted, n, sizeof(sorted[0]), cmp);
	CHECK_EQ(c.used, n < nr ? n : nr);
	CHECK_EQ(c.left, n - c.used);
	for (i = 0; i < c.used; i++) {
		CHECK_EQ(cmp(c.irq[i], &sorted[i]), 0);
		pending += !c.irq[i]->active;
	}
	CHECK_EQ(c.pending, pending);
	CHECK_EQ(keel_lr_maintenance(&c), !c.left ? 0 : pending ? KEEL_HCR_NPIE : KEEL_HCR_UIE);
}

TEST(the_most_urgent_get_the_list_registers)
{
	unsigned int n, nr, seed;

	for (n = 0; n <= MANY; n++)
		for (nr = 1; nr <= KEEL_GIC_LRS; nr++)
			for (seed = 0; seed < 20; seed++)
				check_choice(seed, n, nr);
}

TEST(the_first_of_equals_stays_first)
{
	struct keel_lr_choice c = { .nr = 2 };
	struct keel_irq irqs[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		keel_irq_init(&irqs[i], i);
		keel_lr_offer(&c, &irqs[i]);
	}
	CHECK(c.irq[0] == &irqs[0] && c.irq[1] == &irqs[1]);
}

TEST(what_signals_is_enabled_pending_and_above_the_mask)
{
	u64 vmcr = BIT_ULL(1) | 0xa0ULL << 24;
	struct keel_irq irq;

	keel_irq_init(&irq, 3);
	irq.latch = true;
	irq.priority = 0x98;
	CHECK(keel_irq_signals(&irq, vmcr));
	CHECK(!keel_irq_signals(&irq, vmcr & ~BIT_ULL(1)));
	irq.priority = 0xa0;
	CHECK(!keel_irq_signals(&irq, vmcr));
	irq.priority = 0;
	irq.group = 0;
	CHECK(!keel_irq_signals(&irq, vmcr));
	CHECK(keel_irq_signals(&irq, vmcr | BIT_ULL(0)));
	irq.active = true;
	CHECK(!keel_irq_signals(&irq, vmcr | BIT_ULL(0)));
}
