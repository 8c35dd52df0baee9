// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a VM that outlives the personality: found by key, zeroed when made, freed with the VM at the latest.
 * It holds what is too large to travel as records, dirty bitmaps for example. The keys are the personalities'.
 */
#include <linux/slab.h>

#include "anchor.h"

struct blob {
	size_t size;
	void *data;
};

static struct blob *blob_new(size_t size)
{
	struct blob *blob = kzalloc(sizeof(*blob), GFP_KERNEL_ACCOUNT);

	if (!blob)
		return NULL;
	blob->size = size;
	blob->data = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (blob->data)
		return blob;
	kfree(blob);
	return NULL;
}

static void blob_delete(struct blob *blob)
{
	if (!blob)
		return;
	kvfree(blob->data);
	kfree(blob);
}

/**
 * keel_vm_blob_find() - memory made earlier, maybe by another personality
 * @vm: the VM
 * @key: as given to keel_vm_blob_get()
 * @size: out: bytes; may be NULL
 *
 * Return: the memory, or NULL if there is none of that key.
 */
void *keel_vm_blob_find(struct keel_vm *vm, u64 key, size_t *size)
{
	struct blob *blob = xa_load(&vm->anchor->blobs, key);

	if (!blob)
		return NULL;
	if (size)
		*size = blob->size;
	return blob->data;
}
EXPORT_SYMBOL_GPL(keel_vm_blob_find);

/**
 * keel_vm_blob_get() - find memory of that size, or make it
 * @vm: the VM; the caller serialises calls with the same key
 * @key: unique in the VM
 * @size: bytes
 *
 * Return: the memory, zeroed if new; NULL if there is no memory or the key's has another size.
 */
void *keel_vm_blob_get(struct keel_vm *vm, u64 key, size_t size)
{
	struct blob *blob = xa_load(&vm->anchor->blobs, key);

	if (blob)
		return blob->size == size ? blob->data : NULL;
	blob = blob_new(size);
	if (!blob)
		return NULL;
	if (!xa_err(xa_store(&vm->anchor->blobs, key, blob, GFP_KERNEL_ACCOUNT)))
		return blob->data;
	blob_delete(blob);
	return NULL;
}
EXPORT_SYMBOL_GPL(keel_vm_blob_get);

/**
 * keel_vm_blob_put() - free it; nothing happens if there is none
 * @vm: the VM
 * @key: as given to keel_vm_blob_get()
 */
void keel_vm_blob_put(struct keel_vm *vm, u64 key)
{
	blob_delete(xa_erase(&vm->anchor->blobs, key));
}
EXPORT_SYMBOL_GPL(keel_vm_blob_put);

/* The VM goes: all of them */
void blobs_free(struct keel_vm *vm)
{
	struct blob *blob;
	unsigned long key;

	xa_for_each(&vm->anchor->blobs, key, blob)
		blob_delete(blob);
	xa_destroy(&vm->anchor->blobs);
}
