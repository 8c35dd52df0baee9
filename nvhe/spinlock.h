/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket lock of the nucleus. Taken with interrupts masked (EL2 always runs that way; in vhe the caller of
 * keel_hcall() masks them), so that a holder is never interrupted by somebody who wants the same lock.
 * The memory must be Normal write-back: never with EL2's MMU off.
 */
#ifndef KEEL_NVHE_SPINLOCK_H
#define KEEL_NVHE_SPINLOCK_H

#include "core/port.h"

struct nuc_lock {
	u16 owner;
	u16 next;
};

static inline void nuc_lock(struct nuc_lock *lock)
{
	u16 mine = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	/* The acquire load pairs with the release store in nuc_unlock(). */
	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != mine)
		asm volatile("yield" ::: "memory");
}

static inline void nuc_unlock(struct nuc_lock *lock)
{
	u16 next = lock->owner + 1;

	__atomic_store_n(&lock->owner, next, __ATOMIC_RELEASE);
}

static inline bool nuc_is_locked(const struct nuc_lock *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&lock->next, __ATOMIC_RELAXED);
}

#endif
