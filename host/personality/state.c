// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM as records (docs/design.md section 6): written by the outgoing personality, built again by the incoming one.
 *
 * Owns the order of records, the two of VM and vCPU, and what an import did not know and keeps for the next export.
 * The outgoing VM stays whole until it is released. An import touches neither nucleus nor vcpu->priv, so dropping it
 * leaves nothing behind.
 */
#include <linux/list.h>
#include <linux/slab.h>

#include "irqchip.h"
#include "personality.h"

/* Capabilities this personality serves: a VM that enabled another one is not ours to run */
#define CAPS_KNOWN	(PVM_CAP_NISV_TO_USER | PVM_CAP_DIRTY_MANUAL | PVM_CAP_DIRTY_INIT_SET | PVM_CAP_DIRTY_RING | \
			 PVM_CAP_SYSTEM_SUSPEND | PVM_CAP_DIRTY_RING_BITMAP | PVM_CAP_MTE)

/* A record of a newer personality's, on its way back to one that knows it */
struct kept_record {
	struct list_head node;
	struct keel_record rec;
	u8 payload[];
};

void state_forget_kept(struct pvm *pvm)
{
	struct kept_record *k, *next;

	list_for_each_entry_safe(k, next, &pvm->kept, node) {
		list_del(&k->node);
		kfree(k);
	}
}

static int keep(struct pvm *pvm, const struct keel_record *rec)
{
	struct kept_record *k = kmalloc(struct_size(k, payload, rec->len), GFP_KERNEL_ACCOUNT);

	if (!k)
		return -ENOMEM;
	k->rec = *rec;
	k->rec.payload = k->payload;
	memcpy(k->payload, rec->payload, rec->len);
	list_add_tail(&k->node, &pvm->kept);
	return 0;
}

static int put_vm(struct pvm *pvm, struct keel_stream *s)
{
	struct keel_rec_vm r = {
		.caps = pvm->caps,
		.nr_vcpus = pvm_nr_vcpus(pvm),
		.ran = pvm->ran,
	};

	return keel_put_vm(s, &r, NULL, 0);
}

static int put_vcpu(struct pvcpu *v, struct keel_stream *s)
{
	struct keel_rec_vcpu r = {
		.idx = v->idx,
		.id = v->vcpu->id,
		.features = v->features,
		.initialised = v->initialised,
	};

	return keel_put_vcpu(s, &r, NULL, 0);
}

static int put_kept(struct pvm *pvm, struct keel_stream *s)
{
	struct kept_record *k;
	int r = 0;

	list_for_each_entry(k, &pvm->kept, node) {
		r = keel_stream_copy(s, &k->rec);
		if (r)
			break;
	}
	return r;
}

/**
 * state_export() - write the VM as records
 * @vm: VM, its gate closed, no vCPU inside
 * @s: empty stream
 *
 * From here on eventfds are left alone, until state_thaw() or for ever.
 *
 * Return: 0; -ENOSPC: call again with a larger buffer.
 */
int state_export(struct keel_vm *vm, struct keel_stream *s)
{
	struct pvm *pvm = to_pvm(vm);
	unsigned int i, n = pvm_nr_vcpus(pvm);
	int r;

	irqfd_freeze(pvm);
	r = keel_stream_begin(s) ?: put_vm(pvm, s);
	for (i = 0; i < n && !r; i++) {
		vcpu_sync(pvm->vcpu[i]);
		r = put_vcpu(pvm->vcpu[i], s);
	}
	return r ?: mmu_export(pvm, s) ?: regs_export(pvm, s) ?: pmu_export(pvm, s) ?: services_export(pvm, s) ?: vgic_export(pvm, s) ?:
	       irqfd_export(pvm, s) ?: put_kept(pvm, s) ?: keel_stream_end(s);
}

static int get_vm(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vm r;
	int ret = keel_get_vm(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	if (r.nr_vcpus != pvm_nr_vcpus(pvm))
		return -EINVAL;
	if (r.caps & ~CAPS_KNOWN || (r.caps & PVM_CAP_MTE && !regs_has_mte()))
		return -EOPNOTSUPP;
	pvm->caps = r.caps;
	pvm->ran = r.ran;
	return 0;
}

static int get_vcpu(struct pvm *pvm, const struct keel_record *rec)
{
	struct keel_rec_vcpu r;
	struct pvcpu *v;
	int ret = keel_get_vcpu(rec, &r, NULL, NULL);

	if (ret)
		return ret;
	if (r.idx >= pvm_nr_vcpus(pvm) || pvm->vcpu[r.idx] || pvm->vm->vcpus[r.idx]->id != r.id)
		return -EINVAL;
	if (r.features & ~vcpu_features_supported())
		return -EOPNOTSUPP;
	v = vcpu_create(pvm, pvm->vm->vcpus[r.idx]);
	if (!v)
		return -ENOMEM;
	v->features = r.features;
	v->initialised = r.initialised;
	if (v->initialised) {
		pvm->features = v->features;
		pvm->features_set = true;
	}
	return 0;
}

static int get_other(struct pvm *pvm, const struct keel_record *rec)
{
	int r = mmu_import(pvm, rec);

	if (r == -ENOENT)
		r = regs_import(pvm, rec);
	if (r == -ENOENT)
		r = pmu_import(pvm, rec);
	if (r == -ENOENT)
		r = services_import(pvm, rec);
	if (r == -ENOENT)
		r = vgic_import(pvm, rec);
	if (r == -ENOENT)
		r = irqfd_import(pvm, rec);
	if (r != -ENOENT)
		return r;
	return rec->critical ? -EOPNOTSUPP : keep(pvm, rec);
}

static int get_record(struct pvm *pvm, const struct keel_record *rec, bool first)
{
	bool is_vm = rec->tag == KEEL_REC_vm;

	if (first != is_vm)
		return -EINVAL;
	switch (rec->tag) {
	case KEEL_REC_vm:
		return get_vm(pvm, rec);
	case KEEL_REC_vcpu:
		return get_vcpu(pvm, rec);
	}
	return get_other(pvm, rec);
}

/* All vCPUs the anchor has are there, and with their SVE */
static int check_complete(const struct pvm *pvm)
{
	unsigned int i, n = pvm_nr_vcpus(pvm);

	for (i = 0; i < n; i++) {
		const struct pvcpu *v = pvm->vcpu[i];

		if (!v || (v->initialised && pvcpu_has(v, KVM_ARM_VCPU_SVE) && !v->sve_vq))
			return -EINVAL;
	}
	return 0;
}

static int get_all(struct pvm *pvm, struct keel_stream *s)
{
	struct keel_record rec;
	bool first = true;
	int r = keel_stream_open(s);

	if (r)
		return r;
	for (;;) {
		r = keel_stream_next(s, &rec);
		if (r <= 0)
			break;
		r = get_record(pvm, &rec, first);
		if (r) {
			pr_warn("keel: vm %u: record %s (%#x) version %u: %d\n", pvm->vm->serial,
				keel_record_name(rec.tag), rec.tag, rec.version, r);
			return r;
		}
		first = false;
	}
	return r ?: first ? -EINVAL : check_complete(pvm) ?: vgic_import_end(pvm);
}

/**
 * state_prepare() - begin to build a VM that another personality runs
 * @vm: VM; its gate is open
 * @priv: where the VM goes, for state_import() or state_drop()
 *
 * Watching an address space takes longer than all of the records, and the guest does not have to wait for it.
 *
 * Return: 0, -ENOMEM, -EINTR; nothing is left behind on failure.
 */
int state_prepare(struct keel_vm *vm, void **priv)
{
	struct pvm *pvm = vm_create(vm);
	int r;

	if (!pvm)
		return -ENOMEM;
	irqfd_freeze(pvm);
	r = mmu_init(pvm) ?: idregs_init(pvm);
	if (r)
		state_drop(vm, pvm);
	else
		*priv = pvm;
	return r;
}

/**
 * state_import() - build a VM from records, beside the one that runs it now
 * @vm: VM, its gate closed; vm->priv is the outgoing personality's
 * @s: what the outgoing personality wrote
 * @priv: where the VM goes; NULL, or what state_prepare() put there
 *
 * Return: 0; -EOPNOTSUPP: the guest has what this personality lacks; -EINVAL, -EBADMSG, -EPROTO: not a stream that
 * makes sense; -ENOMEM. Nothing is left behind on failure, also of what was prepared.
 */
int state_import(struct keel_vm *vm, struct keel_stream *s, void **priv)
{
	int r = *priv ? 0 : state_prepare(vm, priv);

	if (r)
		return r;
	r = get_all(*priv, s);
	if (r) {
		state_drop(vm, *priv);
		*priv = NULL;
	}
	return r;
}

/* Undo state_prepare() and state_import() */
void state_drop(struct keel_vm *vm, void *priv)
{
	mmu_destroy(priv);
	vm_free(priv);
}

/* vm->priv is ours now: so are the vCPUs. What was asked of them before is looked at before they enter */
void state_adopt(struct keel_vm *vm)
{
	struct pvm *pvm = to_pvm(vm);
	unsigned int i, n = pvm_nr_vcpus(pvm);

	for (i = 0; i < n; i++)
		vm->vcpus[i]->priv = pvm->vcpu[i];
	irqfd_thaw(pvm);
}

/* The VM stays ours after its export: what was signalled since is taken now */
void state_thaw(struct keel_vm *vm)
{
	irqfd_thaw(to_pvm(vm));
}

/* The VM is another personality's: let go of our copy, without a word to the nucleus */
void state_release(struct keel_vm *vm, void *priv)
{
	mmu_destroy(priv);
	vm_free(priv);
}
