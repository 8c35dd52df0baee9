// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM handles. It owns slots and generations; it trusts the caller for the lock, and never knows what a slot stands for.
 */
#include "core/handle.h"

/**
 * handle_take() - make a free slot live
 * @table: the table
 *
 * Return: the handle, greater than 0 and below 2^32; -ENOSPC when all slots are live or dead.
 */
s64 handle_take(struct handle_table *table)
{
	u32 slot;

	for (slot = 0; slot < HANDLE_SLOTS; slot++)
		if (table->state[slot] == HANDLE_FREE)
			break;
	if (slot == HANDLE_SLOTS)
		return -ENOSPC;
	table->state[slot] = HANDLE_LIVE;
	/* Generation 0 is skipped, so that no handle is 0 */
	if (!++table->generation[slot])
		table->generation[slot] = 1;
	return (s64)table->generation[slot] << 16 | slot;
}

/**
 * handle_find() - the slot of a handle
 * @table: the table
 * @handle: as the caller of the nucleus gave it
 * @state: HANDLE_LIVE or HANDLE_DEAD: which is asked for
 *
 * Return: slot, -ENOENT.
 */
int handle_find(const struct handle_table *table, u32 handle, enum handle_state state)
{
	u32 slot = handle_slot(handle);

	if (slot >= HANDLE_SLOTS || table->state[slot] != state || table->generation[slot] != handle >> 16)
		return -ENOENT;
	return slot;
}

/**
 * handle_kill() - a live slot becomes dead
 * @table: the table
 * @slot: a slot that is live
 */
void handle_kill(struct handle_table *table, u32 slot)
{
	table->state[slot] = HANDLE_DEAD;
}

/**
 * handle_put() - a slot becomes free again; handles to it are void
 * @table: the table
 * @slot: a slot that is live or dead
 */
void handle_put(struct handle_table *table, u32 slot)
{
	table->state[slot] = HANDLE_FREE;
}
