// SPDX-License-Identifier: GPL-2.0-only
/*
 * In-kernel devices by guest address, see iobus.h. A table is never changed once it can be seen: adding a range makes a new
 * one, and the old ones are kept for those who still look until the VM goes. There are a handful of ranges in a VM's life.
 */
#include <linux/slab.h>

#include "personality.h"
#include "iobus.h"

struct iobus_range {
	u64 start, end;		/* end: exclusive */
	iobus_fn *fn;
	void *ctx;
};

struct iobus_table {
	struct iobus_table *older;
	unsigned int nr;
	struct iobus_range range[];	/* by start, without overlap */
};

static const struct iobus_range *find(const struct iobus_table *t, u64 ipa)
{
	unsigned int i;

	for (i = 0; t && i < t->nr && ipa >= t->range[i].start; i++)
		if (ipa < t->range[i].end)
			return &t->range[i];
	return NULL;
}

bool iobus_access(struct pvcpu *v, u64 ipa, unsigned int len, bool write, u64 *val)
{
	/* Pairs with the release in iobus_add() */
	const struct iobus_range *r = find(smp_load_acquire(&v->pvm->iobus), ipa);

	if (!r || len > r->end - ipa)
		return false;
	r->fn(v, r->ctx, ipa - r->start, len, write, val);
	return true;
}

/* Where the range goes, or -EEXIST */
static int place_of(const struct iobus_table *t, u64 start, u64 end)
{
	unsigned int i;

	for (i = 0; t && i < t->nr && t->range[i].start < end; i++)
		if (t->range[i].end > start)
			return -EEXIST;
	return i;
}

int iobus_add(struct pvm *pvm, u64 start, u64 size, iobus_fn *fn, void *ctx)
{
	struct iobus_table *old = pvm->iobus, *new;
	unsigned int nr = old ? old->nr : 0;
	int at = place_of(old, start, start + size);

	if (at < 0)
		return at;
	new = kzalloc(struct_size(new, range, nr + 1), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	if (old) {
		memcpy(new->range, old->range, at * sizeof(new->range[0]));
		memcpy(new->range + at + 1, old->range + at, (nr - at) * sizeof(new->range[0]));
	}
	new->range[at] = (struct iobus_range) { start, start + size, fn, ctx };
	new->nr = nr + 1;
	new->older = old;
	smp_store_release(&pvm->iobus, new);	/* pairs with iobus_access() */
	return 0;
}

void iobus_free(struct pvm *pvm)
{
	while (pvm->iobus) {
		struct iobus_table *t = pvm->iobus;

		pvm->iobus = t->older;
		kfree(t);
	}
}
