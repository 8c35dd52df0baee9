// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is there: personalities with their device nodes, the default among them, and the VMs with their serial
 * numbers. One lock; nothing under it sleeps for long or calls a personality. A VM holds a reference on its
 * personality's module, so a personality that has VMs cannot be removed.
 */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "abi/hcall_host.h"
#include "anchor.h"

static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(personalities);
static LIST_HEAD(vms);			/* by serial, ascending */
static u32 last_serial;
static struct keel_personality *default_personality;
static struct keel_dev *default_device;	/* /dev/kvm, while there is a personality */

static struct keel_personality *find_locked(const char *name)
{
	struct keel_personality *p;

	if (!*name)
		return default_personality;
	list_for_each_entry(p, &personalities, node) {
		if (!strcmp(p->name, name))
			return p;
	}
	return NULL;
}

static struct keel_personality *get_locked(const char *name)
{
	struct keel_personality *p = find_locked(name);

	return p && try_module_get(p->owner) ? p : NULL;
}

/**
 * registry_get() - find a personality and keep its module
 * @name: name, or "" for the default one
 *
 * Return: the personality, to be given back with registry_put(); NULL if there is none.
 */
struct keel_personality *registry_get(const char *name)
{
	struct keel_personality *p;

	mutex_lock(&registry_lock);
	p = get_locked(name);
	mutex_unlock(&registry_lock);
	return p;
}

void registry_put(const struct keel_personality *p)
{
	if (p)
		module_put(p->owner);
}

/**
 * registry_add_vm() - give a VM its personality, its number and its place
 * @vm: a new VM; no other thread knows it yet
 * @name: personality, or "" for the default one
 *
 * Return: 0, -ENODEV no such personality, -ENOSPC no serial numbers are left.
 */
int registry_add_vm(struct keel_vm *vm, const char *name)
{
	int ret = 0;

	mutex_lock(&registry_lock);
	if (last_serial == U32_MAX)
		ret = -ENOSPC;
	else
		vm->pers = get_locked(name);
	if (!ret && !vm->pers)
		ret = -ENODEV;
	if (!ret) {
		vm->serial = ++last_serial;
		list_add_tail(&vm->anchor->node, &vms);
	}
	mutex_unlock(&registry_lock);
	return ret;
}

void registry_del_vm(struct keel_vm *vm)
{
	mutex_lock(&registry_lock);
	list_del_init(&vm->anchor->node);
	mutex_unlock(&registry_lock);
}

/**
 * registry_next_vm() - walk over the VMs, the list unlocked in between
 * @serial: of the last one, 0 to begin
 *
 * Return: the VM of the next higher serial number, to be given back with vm_put(); NULL at the end. One that is
 * being destroyed is passed over.
 */
struct keel_vm *registry_next_vm(u32 serial)
{
	struct keel_vm_anchor *a;
	struct keel_vm *vm = NULL;

	mutex_lock(&registry_lock);
	list_for_each_entry(a, &vms, node) {
		if (a->vm->serial > serial && refcount_inc_not_zero(&a->refs)) {
			vm = a->vm;
			break;
		}
	}
	mutex_unlock(&registry_lock);
	return vm;
}

/**
 * registry_set_default() - choose whose VMs /dev/kvm makes
 * @p: a registered personality
 *
 * Return: the one it was before.
 */
struct keel_personality *registry_set_default(struct keel_personality *p)
{
	struct keel_personality *old;

	mutex_lock(&registry_lock);
	old = default_personality;
	default_personality = p;
	mutex_unlock(&registry_lock);
	return old;
}

static unsigned int count_vms_locked(const struct keel_personality *p)
{
	struct keel_vm_anchor *a;
	unsigned int n = 0;

	list_for_each_entry(a, &vms, node)
		n += a->vm->pers == p;
	return n;
}

/* ---- registration ---- */

static bool name_valid(const char *name)
{
	size_t len = name ? strnlen(name, KEEL_NAME_LEN) : 0;
	size_t i;

	if (!len || len == KEEL_NAME_LEN)
		return false;
	for (i = 0; i < len; i++) {
		if (!islower(name[i]) && !isdigit(name[i]) && name[i] != '-')
			return false;
	}
	return true;
}

static bool operations_complete(const struct keel_personality *p)
{
	return p->check_extension && p->sys_ioctl && p->vm_init && p->vm_destroy && p->vm_ioctl &&
	       p->vcpu_init && p->vcpu_destroy && p->vcpu_ioctl && p->vcpu_run && p->stats_read &&
	       p->state_export && p->state_import && p->state_drop && p->state_adopt && p->state_release;
}

static int personality_check(const struct keel_personality *p)
{
	s64 abi = keel_hc_version();

	if (!p->owner || !name_valid(p->name) || !p->version || !operations_complete(p) || p->state_min > p->state_max)
		return -EINVAL;
	if (!p->host_api || p->host_api > KEEL_HOST_API) {
		pr_err("keel: personality %s needs host interface %u, this is %u\n", p->name, p->host_api, KEEL_HOST_API);
		return -EOPNOTSUPP;
	}
	if (abi < 0 || p->abi_major != abi >> 16 || p->abi_minor > (abi & 0xffff)) {
		pr_err("keel: personality %s needs nucleus ABI %u.%u, this is %lld.%lld\n", p->name, p->abi_major,
		       p->abi_minor, abi >> 16, abi & 0xffff);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* The first one is the default from the start, there is nobody else; later ones by takeover */
static int add_locked(struct keel_personality *p)
{
	struct keel_dev *dev;

	if (find_locked(p->name))
		return -EEXIST;
	dev = device_create_kvm(p->name);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	if (!default_device) {
		default_device = device_create_kvm("");
		if (IS_ERR(default_device)) {
			int ret = PTR_ERR(default_device);

			default_device = NULL;
			device_destroy_kvm(dev);
			return ret;
		}
	}
	p->anchor = dev;
	list_add_tail(&p->node, &personalities);
	if (!default_personality)
		default_personality = p;
	return 0;
}

/* Without the default one the latest of the others serves new VMs; without any there is no /dev/kvm */
static void remove_locked(struct keel_personality *p)
{
	list_del(&p->node);
	device_destroy_kvm(p->anchor);
	if (default_personality == p)
		default_personality = list_empty(&personalities) ? NULL :
				      list_last_entry(&personalities, struct keel_personality, node);
	if (!default_personality && default_device) {
		device_destroy_kvm(default_device);
		default_device = NULL;
	}
}

void keel_unregister(struct keel_personality *p)
{
	mutex_lock(&registry_lock);
	WARN_ON(count_vms_locked(p));
	remove_locked(p);
	mutex_unlock(&registry_lock);
	pr_info("keel: personality %s is gone\n", p->name);
}
EXPORT_SYMBOL_GPL(keel_unregister);

/*
 * A takeover that failed has been undone. Should a VM have stayed with the incoming personality all the same (it
 * could not go back either), the personality has to stay too.
 */
static int takeover(struct keel_personality *p)
{
	struct keel_swap report = { .flags = KEEL_SWAP_ALL };
	int ret = swap_all(p, &report);
	unsigned int left;

	if (!ret)
		return 0;
	mutex_lock(&registry_lock);
	left = count_vms_locked(p);
	if (!left)
		remove_locked(p);
	mutex_unlock(&registry_lock);
	if (left)
		pr_err("keel: %u VMs stay with personality %s, which therefore stays registered\n", left, p->name);
	return left ? 0 : ret;
}

int keel_register(struct keel_personality *p, bool takeover_vms)
{
	int ret = personality_check(p);

	if (ret)
		return ret;
	mutex_lock(&registry_lock);
	ret = add_locked(p);
	mutex_unlock(&registry_lock);
	if (ret)
		return ret;
	pr_info("keel: personality %s, version %s\n", p->name, p->version);
	return takeover_vms ? takeover(p) : 0;
}
EXPORT_SYMBOL_GPL(keel_register);

/* ---- status ---- */

/* An element for a user who knows @size bytes of it: no more than that, and zeros where we know less */
static int put_element(u64 array, u32 index, u32 size, const void *element, size_t known)
{
	void __user *to = u64_to_user_ptr(array) + (u64)index * size;
	size_t n = min_t(size_t, size, known);

	if (copy_to_user(to, element, n) || clear_user(to + n, size - n))
		return -EFAULT;
	return 0;
}

static int put_personality(struct keel_status *st, u32 index, const struct keel_personality *p)
{
	struct keel_personality_info info = {
		.flags = p == default_personality ? KEEL_PERSONALITY_DEFAULT : 0,
		.nr_vms = count_vms_locked(p),
		.abi = p->abi_major << 16 | p->abi_minor,
		.state_min = p->state_min,
		.state_max = p->state_max,
	};

	strscpy(info.name, p->name, sizeof(info.name));
	strscpy(info.version, p->version, sizeof(info.version));
	return put_element(st->personalities, index, st->personality_size, &info, sizeof(info));
}

static int put_vm(struct keel_status *st, u32 index, const struct keel_vm *vm)
{
	const struct keel_vm_anchor *a = vm->anchor;
	struct keel_vm_info info = {
		.serial = vm->serial,
		.pid = a->tgid,
		.nr_vcpus = READ_ONCE(vm->nr_vcpus),
		.ipa_bits = vm->ipa_bits,
		.swaps = a->swaps,
		.blackout_ns = a->blackout_ns,
		.stream_bytes = a->stream_bytes,
		.supply = a->supply,
	};

	strscpy(info.personality, vm->pers->name, sizeof(info.personality));
	return put_element(st->vms, index, st->vm_size, &info, sizeof(info));
}

/*
 * vm->pers may change while we look, but a VM that is in the list always has one, and the module of the outgoing
 * one stays until registry_lock has been taken (keel_unregister).
 */
static int status_locked(struct keel_status *st)
{
	struct keel_personality *p;
	struct keel_vm_anchor *a;
	u32 nr_personalities = 0, nr_vms = 0;
	int ret = 0;

	list_for_each_entry(p, &personalities, node) {
		if (!ret && st->personalities && nr_personalities < st->personality_room)
			ret = put_personality(st, nr_personalities, p);
		nr_personalities++;
	}
	list_for_each_entry(a, &vms, node) {
		if (!ret && st->vms && nr_vms < st->vm_room)
			ret = put_vm(st, nr_vms, a->vm);
		nr_vms++;
	}
	st->personality_room = nr_personalities;
	st->vm_room = nr_vms;
	return ret;
}

/**
 * registry_status() - KEEL_IOC_STATUS
 * @st: as in include/uapi/keel.h
 *
 * Return: 0, -EINVAL, -EFAULT.
 */
int registry_status(struct keel_status *st)
{
	s64 abi = keel_hc_version();
	int ret;

	if ((st->personalities && !st->personality_size) || (st->vms && !st->vm_size))
		return -EINVAL;
	st->abi = abi < 0 ? 0 : abi;
	st->features = keel_features();
	mutex_lock(&registry_lock);
	ret = status_locked(st);
	mutex_unlock(&registry_lock);
	return ret;
}
