/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of the memory that outlives a personality (keel_vm_blob_get()). Incoming and outgoing find the same
 * bytes under the same key, so a key never changes its meaning.
 */
#ifndef KEEL_ABI_BLOB_H
#define KEEL_ABI_BLOB_H

#include "core/port.h"

/* Dirty bitmap of a memslot: bit i of little-endian u64 words is page i of the slot; size is a multiple of 8 */
#define KEEL_BLOB_DIRTY(slot)	(0x64697274ULL << 32 | (u32)(slot))

#endif
