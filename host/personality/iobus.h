/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which guest addresses are devices in the kernel: a small sorted table of ranges that accesses look up without a lock.
 * Ranges come and stay until the VM goes.
 */
#ifndef KEEL_PERSONALITY_IOBUS_H
#define KEEL_PERSONALITY_IOBUS_H

#include <linux/types.h>

struct pvm;
struct pvcpu;

/**
 * typedef iobus_fn - one access of a guest
 * @v: vCPU, its thread; may sleep
 * @ctx: as given to iobus_add()
 * @offset: from the range's start, bytes; aligned to nothing in particular
 * @len: bytes, 1 2 4 8
 * @write: a store of @val, lowest @len bytes; otherwise @val is the answer
 * @val: as a little-endian device sees it
 */
typedef void iobus_fn(struct pvcpu *v, void *ctx, u64 offset, unsigned int len, bool write, u64 *val);

/**
 * iobus_add() - add a device
 * @pvm: VM; vm->lock held, or nobody else has it yet
 * @start: guest address
 * @size: bytes
 * @fn: does the accesses
 * @ctx: for @fn; lives as long as the VM
 *
 * Return: 0; -EEXIST: overlaps another device; -ENOMEM.
 */
int iobus_add(struct pvm *pvm, u64 start, u64 size, iobus_fn *fn, void *ctx);

/* Do the access if it lies wholly in a device's range. False: no device, nothing was done */
bool iobus_access(struct pvcpu *v, u64 ipa, unsigned int len, bool write, u64 *val);

/* VM's end */
void iobus_free(struct pvm *pvm);

#endif
