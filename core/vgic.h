/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A GICv3 as a guest sees it, as pure state: what one interrupt is, when it is pending, how it goes into a list register
 * and comes back (GIC architecture specification, IHI 0069, chapters 4 and 6), and which interrupts get the list registers.
 * A GICv2 (IHI 0048B) is the same but for its SGIs, which are pending once for each CPU that sent one.
 *
 * An interrupt's pending and active states are in two places by turns. In struct keel_irq while it is in no list
 * register; in the list register from keel_irq_list() to keel_irq_fold(), where the CPU changes them. What happens to
 * an interrupt meanwhile (its line, another edge) is noted in struct keel_irq and put together at the fold.
 */
#ifndef KEEL_CORE_VGIC_H
#define KEEL_CORE_VGIC_H

#include "core/port.h"

/* INTIDs (IHI 0069, 2.2) */
#define KEEL_GIC_SGIS		16U
#define KEEL_GIC_PRIVATE	32U	/* SGIs and PPIs: one set per vCPU */
#define KEEL_GIC_SPI_END	1020U	/* 1020 to 1023 mean something else */
#define KEEL_GIC_LPI_FIRST	8192U

#define KEEL_GIC_LRS		16U	/* list registers, at most */
#define KEEL_GIC_PRIO_MASK	0xf8U	/* 5 bits of priority are kept */
#define KEEL_GIC_PRIO_IDLE	0x100U	/* below any priority */

/* ICH_LR<n>_EL2 (IHI 0069, 12.4.5) */
#define KEEL_LR_INTID		GENMASK_ULL(31, 0)
#define KEEL_LR_SOURCE_SHIFT	10	/* of a GICv2's SGI, above its number: the CPU that sent it */
#define KEEL_LR_PHYS_SHIFT	32	/* pINTID, with HW */
#define KEEL_LR_EOI		BIT_ULL(41)	/* without HW: maintenance when it is deactivated */
#define KEEL_LR_PRIO_SHIFT	48
#define KEEL_LR_GROUP1		BIT_ULL(60)
#define KEEL_LR_HW		BIT_ULL(61)
#define KEEL_LR_PENDING		BIT_ULL(62)
#define KEEL_LR_ACTIVE		BIT_ULL(63)
#define KEEL_LR_STATE		(KEEL_LR_PENDING | KEEL_LR_ACTIVE)

/* ICH_HCR_EL2: maintenance interrupts that are asked for (IHI 0069, 12.4.4) */
#define KEEL_HCR_UIE		BIT(1)	/* at most one list register holds an interrupt */
#define KEEL_HCR_NPIE		BIT(3)	/* none holds a pending one */

/**
 * struct keel_irq - one interrupt
 * @intid: its number
 * @phys: physical INTID that the guest's deactivation goes to, 0: none. Its line counts only until the guest has
 *	acknowledged it: from there on the physical interrupt says when it is asserted again
 * @priority: 0 highest, KEEL_GIC_PRIO_MASK
 * @group: 0 or 1
 * @enabled: forwarded when pending
 * @edge: edge-triggered; otherwise level-sensitive
 * @latch: pending by an edge or by a write to ISPENDR; while listed: by one that came since
 * @line: level of the input; meaningless for edge-triggered ones
 * @active: acknowledged, not deactivated; while listed the list register knows
 * @lr: list register it is in, -1: none
 * @lr_latch: the pending state that went into the list register was a latched one
 * @sourced: an SGI of a GICv2: @latch says that @sources is not 0
 * @sources: CPUs that have sent it, a bit for each; while listed: since, or whose turn it is not yet
 * @source: CPU that sent the one that is in the list register, or active
 */
struct keel_irq {
	u32 intid;
	u16 phys;
	u8 priority;
	u8 group;
	bool enabled, edge;
	bool latch, line, active;
	s8 lr;
	bool lr_latch;
	bool sourced;
	u8 sources, source;
};

/**
 * keel_irq_init() - an interrupt as out of reset, group 1
 * @irq: the interrupt
 * @intid: SGIs are enabled and edge-triggered, LPIs edge-triggered, others level-sensitive
 */
void keel_irq_init(struct keel_irq *irq, u32 intid);

static inline bool keel_irq_listed(const struct keel_irq *irq)
{
	return irq->lr >= 0;
}

/* Not listed: pending, whether enabled or not */
static inline bool keel_irq_pending(const struct keel_irq *irq)
{
	return irq->latch || (!irq->edge && irq->line);
}

/* Not listed: there is something in it for a CPU interface */
static inline bool keel_irq_wants_lr(const struct keel_irq *irq)
{
	return irq->active || (irq->enabled && keel_irq_pending(irq));
}

/**
 * keel_irq_set_line() - the input changes
 * @irq: the interrupt, listed or not
 * @level: new level; for an edge-triggered interrupt high is an edge
 *
 * Return: true: there may be more to deliver than before.
 */
bool keel_irq_set_line(struct keel_irq *irq, bool level);

/**
 * keel_irq_list() - put an interrupt into a list register
 * @irq: not listed
 * @lr: number of the list register, below KEEL_GIC_LRS
 * @forward: pending interrupts are forwarded (GICD_CTLR); otherwise it goes in for being active only
 *
 * A level-sensitive interrupt never goes in pending and active: its line may change until it is deactivated, which
 * maintenance, or the linked physical interrupt, will tell. Nor does an SGI of a GICv2: a list register has one source, and
 * maintenance tells when it is the next one's turn.
 *
 * Return: ICH_LR<n>_EL2.
 */
u64 keel_irq_list(struct keel_irq *irq, unsigned int lr, bool forward);

/**
 * keel_irq_fold() - take an interrupt out of its list register
 * @irq: listed
 * @lr: the list register's contents; the CPU has stopped changing it
 */
void keel_irq_fold(struct keel_irq *irq, u64 lr);

/* An SGI of a GICv2: CPUs that have sent it, and those alone */
static inline void keel_irq_set_sources(struct keel_irq *irq, u8 sources)
{
	irq->sources = sources;
	irq->latch = sources;
}

/* A list register that was given out with EOI maintenance, and was used up: the guest has done with a level */
static inline bool keel_lr_ended(u64 lr)
{
	return (lr & KEEL_LR_EOI) && !(lr & (KEEL_LR_STATE | KEEL_LR_HW));
}

/**
 * struct keel_lr_choice - which interrupts get the list registers
 * @nr: list registers there are, 1 to KEEL_GIC_LRS
 * @used: chosen so far
 * @left: interrupts that would have wanted one
 * @pending: of the chosen ones, how many are pending and not active
 * @irq: the chosen ones; active ones first, then by priority
 */
struct keel_lr_choice {
	unsigned int nr, used, left, pending;
	struct keel_irq *irq[KEEL_GIC_LRS];
};

/**
 * keel_lr_offer() - an interrupt that wants a list register
 * @c: @nr is set, the rest began as 0
 * @irq: not listed, keel_irq_wants_lr(); whoever was chosen before may have to go for it
 *
 * Active interrupts go first: without its list register the guest could not deactivate one.
 */
void keel_lr_offer(struct keel_lr_choice *c, struct keel_irq *irq);

/**
 * keel_lr_maintenance() - bits of ICH_HCR_EL2 that say when to choose again
 * @c: after the last offer
 */
u32 keel_lr_maintenance(const struct keel_lr_choice *c);

/**
 * keel_irq_signals() - would the CPU interface signal it, running nothing else (a WFI would end)
 * @irq: not listed
 * @vmcr: ICH_VMCR_EL2
 */
bool keel_irq_signals(const struct keel_irq *irq, u64 vmcr);

#endif
