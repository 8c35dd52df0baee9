// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coalesced MMIO (KVM API 4.116): writes to zones the VMM registered are queued in a ring it maps, without an exit.
 *
 * Owns the zones and the writer's end of the ring; the page is the anchor's. The VMM can write anything into the ring
 * at any time: both indices are read once and checked, entries are only written.
 */
#include <linux/slab.h>

#include "personality.h"

#define RING_ENTRIES	((PAGE_SIZE - sizeof(struct kvm_coalesced_mmio_ring)) / sizeof(struct kvm_coalesced_mmio))

void coalesced_init(struct pvm *pvm)
{
	spin_lock_init(&pvm->coalesced.lock);
}

void coalesced_destroy(struct pvm *pvm)
{
	kfree(pvm->coalesced.zones);
	pvm->coalesced.zones = NULL;
	pvm->coalesced.nr = 0;
}

static bool is_inside(const struct kvm_coalesced_mmio_zone *z, u64 addr, u64 len)
{
	return addr >= z->addr && addr + len >= addr && addr + len <= z->addr + z->size;
}

/* The new array takes the old one's place under the lock that writers hold */
static void publish(struct pvm_coalesced *c, struct kvm_coalesced_mmio_zone *zones, unsigned int nr)
{
	struct kvm_coalesced_mmio_zone *old;

	spin_lock(&c->lock);
	old = c->zones;
	c->zones = zones;
	c->nr = nr;
	spin_unlock(&c->lock);
	kfree(old);
}

static int add_zone(struct pvm_coalesced *c, const struct kvm_coalesced_mmio_zone *z)
{
	struct kvm_coalesced_mmio_zone *zones;

	if (c->nr >= COALESCED_ZONES_MAX)
		return -ENOSPC;
	zones = kmalloc_array(c->nr + 1, sizeof(*zones), GFP_KERNEL_ACCOUNT);
	if (!zones)
		return -ENOMEM;
	if (c->nr)
		memcpy(zones, c->zones, c->nr * sizeof(*zones));
	zones[c->nr] = *z;
	publish(c, zones, c->nr + 1);
	return 0;
}

/* Every zone that holds all of @z goes; that there was none is no error (KVM API 4.116) */
static void remove_zone(struct pvm_coalesced *c, const struct kvm_coalesced_mmio_zone *z)
{
	unsigned int i, n = 0;

	spin_lock(&c->lock);
	for (i = 0; i < c->nr; i++)
		if (c->zones[i].pio != z->pio || !is_inside(&c->zones[i], z->addr, z->size))
			c->zones[n++] = c->zones[i];
	c->nr = n;
	spin_unlock(&c->lock);
}

/**
 * coalesced_zone() - KVM_REGISTER_COALESCED_MMIO, KVM_UNREGISTER_COALESCED_MMIO
 * @pvm: VM; vm->lock is held, or nobody else can reach it
 * @z: zone, chosen by the VMM
 * @add: register
 *
 * Return: 0; -EINVAL: pio is neither 0 nor 1; -ENOSPC: too many; -ENOMEM.
 */
int coalesced_zone(struct pvm *pvm, const struct kvm_coalesced_mmio_zone *z, bool add)
{
	if (z->pio > 1)
		return -EINVAL;
	if (add)
		return add_zone(&pvm->coalesced, z);
	remove_zone(&pvm->coalesced, z);
	return 0;
}

static bool has_zone(const struct pvm_coalesced *c, u64 ipa, u32 len)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		if (!c->zones[i].pio && is_inside(&c->zones[i], ipa, len))
			return true;
	return false;
}

/* One entry stays free, so that full and empty differ */
static bool queue(struct kvm_coalesced_mmio_ring *ring, u64 ipa, const void *data, u32 len)
{
	u32 last = READ_ONCE(ring->last), next;
	struct kvm_coalesced_mmio *e;

	if (last >= RING_ENTRIES)
		return false;
	next = (last + 1) % RING_ENTRIES;
	if (next == READ_ONCE(ring->first))
		return false;
	e = &ring->coalesced_mmio[last];
	e->phys_addr = ipa;
	e->len = len;
	e->pio = 0;
	memcpy(e->data, data, len);
	/* The entry before the index; the VMM reads the index first */
	smp_store_release(&ring->last, next);
	return true;
}

/**
 * coalesced_write() - queue a guest's write if it falls into a zone
 * @v: writer
 * @ipa: guest physical address
 * @data: bytes in the guest's memory order
 * @len: 1 to 8
 *
 * Return: true: done; false: no zone, or the ring is full: the VMM has to be asked.
 */
bool coalesced_write(struct pvcpu *v, u64 ipa, const void *data, u32 len)
{
	struct pvm_coalesced *c = &v->pvm->coalesced;
	bool done;

	if (!READ_ONCE(c->nr))
		return false;
	spin_lock(&c->lock);
	done = has_zone(c, ipa, len) && queue(v->pvm->vm->coalesced, ipa, data, len);
	spin_unlock(&c->lock);
	return done;
}
