/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for nvhe/spinlock.h in user space: one CPU, so a lock that is taken when it should be free ends the test.
 */
#ifndef KEEL_NVHE_SPINLOCK_H
#define KEEL_NVHE_SPINLOCK_H

#include "core/port.h"

struct nuc_lock {
	bool held;
};

extern int fake_locks_held;
void fake_deadlock(void) __attribute__((__noreturn__));

static inline void nuc_lock(struct nuc_lock *lock)
{
	if (lock->held)
		fake_deadlock();
	lock->held = true;
	fake_locks_held++;
}

static inline void nuc_unlock(struct nuc_lock *lock)
{
	if (!lock->held)
		fake_deadlock();
	lock->held = false;
	fake_locks_held--;
}

#endif
