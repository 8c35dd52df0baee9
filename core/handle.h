/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM handles: generation << 16 | slot. A handle that was destroyed is never valid again until 65535 others have had its
 * slot. The caller locks.
 */
#ifndef KEEL_CORE_HANDLE_H
#define KEEL_CORE_HANDLE_H

#include "core/port.h"

#define HANDLE_SLOTS	255

enum handle_state {
	HANDLE_FREE,
	HANDLE_LIVE,
	HANDLE_DEAD,	/* destroyed; the slot still holds something that its owner fetches with the old handle */
};

/* All zeroes is an empty table */
struct handle_table {
	u16 generation[HANDLE_SLOTS];
	u8 state[HANDLE_SLOTS];
};

static inline u32 handle_slot(u32 handle)
{
	return handle & 0xffff;
}

s64 handle_take(struct handle_table *table);
int handle_find(const struct handle_table *table, u32 handle, enum handle_state state);
void handle_kill(struct handle_table *table, u32 slot);
void handle_put(struct handle_table *table, u32 slot);

#endif
