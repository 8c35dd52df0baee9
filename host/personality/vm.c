// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM: its creation and end, and its ioctls, one line of a const table each.
 *
 * Owns struct pvm. Arguments are copied once into kernel memory before a handler sees them; a handler either does
 * all of what was asked or returns an errno and changes nothing. It never touches stage-2 (mmu.c) or registers.
 */
#include <linux/slab.h>
#include <clocksource/arm_arch_timer.h>

#include "personality.h"
#include "device.h"
#include "iobus.h"
#include "irqchip.h"

#define IPA_BITS_DEFAULT	40	/* KVM API 4.2: type 0 */
#define IPA_BITS_MIN		32

/**
 * vm_create() - allocate a personality's VM, for vm_init() or an import
 * @vm: the anchor's VM; its priv is not touched
 *
 * Return: the VM, to be freed with vm_free(); NULL: no memory.
 */
struct pvm *vm_create(struct keel_vm *vm)
{
	struct pvm *pvm = kvzalloc(sizeof(*pvm), GFP_KERNEL_ACCOUNT);

	if (!pvm)
		return NULL;
	pvm->vm = vm;
	pvm->mmu.pvm = pvm;
	pvm->cntvoff = arch_timer_read_counter();
	timer_vm_init(pvm);
	INIT_LIST_HEAD(&pvm->kept);
	coalesced_init(pvm);
	smccc_init(pvm);
	irqfd_init(pvm);
	return pvm;
}

/**
 * vm_free() - undo vm_create(), and vcpu_create() of all that are left
 * @pvm: VM without MMU (mmu_destroy() was called), which nobody can reach any more
 */
void vm_free(struct pvm *pvm)
{
	unsigned int i;

	irqfd_free(pvm);	/* first: an eventfd may be signalled at any time */
	for (i = 0; i < KEEL_MAX_VCPUS; i++)
		vcpu_free(pvm, i);
	pmu_vm_free(pvm);
	vgic_vm_free(pvm);
	iobus_free(pvm);
	state_forget_kept(pvm);
	coalesced_destroy(pvm);
	smccc_destroy(pvm);
	kvfree(pvm);
}

static int ipa_bits_of(unsigned long type)
{
	unsigned int bits = type & KVM_VM_TYPE_ARM_IPA_SIZE_MASK;

	if (type & ~KVM_VM_TYPE_ARM_IPA_SIZE_MASK)
		return -EINVAL;
	if (!bits)
		bits = IPA_BITS_DEFAULT;
	if (bits < IPA_BITS_MIN || bits > keel_ipa_limit())
		return -EINVAL;
	return bits;
}

/**
 * vm_init() - KVM_CREATE_VM (KVM API 4.2)
 * @vm: the anchor's, without a handle yet
 * @type: bits 7..0 size of the IPA space in bits, 0 for 40; the others must be 0
 *
 * Return: 0 and vm->priv is set; -EINVAL for a type or size that cannot be had, -ENOMEM, -ENOSPC.
 */
int vm_init(struct keel_vm *vm, unsigned long type)
{
	int bits = ipa_bits_of(type);
	struct pvm *pvm;
	int r;

	if (bits < 0)
		return bits;
	pvm = vm_create(vm);
	if (!pvm)
		return -ENOMEM;
	r = keel_vm_setup(vm, bits);
	if (r)
		goto err_free;
	r = idregs_init(pvm);
	if (r)
		goto err_free;
	r = mmu_init(pvm);
	if (r)
		goto err_mmu;
	vm->priv = pvm;
	return 0;
err_mmu:
	mmu_destroy(pvm);
err_free:
	vm_free(pvm);
	return r;
}

/**
 * vm_destroy() - the last file of the VM is closed
 * @vm: VM whose vCPUs are destroyed; stage-2 is empty afterwards
 */
void vm_destroy(struct keel_vm *vm)
{
	struct pvm *pvm = to_pvm(vm);

	if (!pvm)
		return;
	mmu_unmap_all(pvm);
	mmu_destroy(pvm);
	vm->priv = NULL;
	vm_free(pvm);
}

static long create_vcpu(struct pvm *pvm, void *arg)
{
	unsigned long id = *(unsigned long *)arg;
	long r;

	if (id >= vgic_max_vcpus())
		return -EINVAL;
	mutex_lock(&pvm->vm->lock);
	/* Interrupts are routed to the vCPUs there are when the GIC is initialised */
	r = vgic_ready(pvm) ? -EBUSY : keel_vcpu_add(pvm->vm, id);
	mutex_unlock(&pvm->vm->lock);
	return r;
}

static long set_memory_region(struct pvm *pvm, void *arg)
{
	return memslot_set(pvm, arg);
}

static long get_dirty_log(struct pvm *pvm, void *arg)
{
	return dirty_get_log(pvm, arg);
}

static long clear_dirty_log(struct pvm *pvm, void *arg)
{
	return dirty_clear_log(pvm, arg);
}

static long reset_dirty_rings(struct pvm *pvm, void *arg)
{
	if (!(pvm->caps & PVM_CAP_DIRTY_RING))
		return -EINVAL;
	return ring_reset(pvm);
}

static long coalesced_ioctl(struct pvm *pvm, void *arg, bool add)
{
	long r;

	mutex_lock(&pvm->vm->lock);
	r = coalesced_zone(pvm, arg, add);
	mutex_unlock(&pvm->vm->lock);
	return r;
}

static long register_coalesced(struct pvm *pvm, void *arg)
{
	return coalesced_ioctl(pvm, arg, true);
}

static long unregister_coalesced(struct pvm *pvm, void *arg)
{
	return coalesced_ioctl(pvm, arg, false);
}

static long enable_cap(struct pvm *pvm, void *arg)
{
	return cap_enable(pvm, arg);
}

static long preferred_target(struct pvm *pvm, void *arg)
{
	struct kvm_vcpu_init *init = arg;

	init->target = KVM_ARM_TARGET_GENERIC_V8;
	return 0;
}

static long has_attr(struct pvm *pvm, void *arg)
{
	const struct kvm_device_attr *attr = arg;

	if (attr->group == KVM_ARM_VM_SMCCC_CTRL && attr->attr == KVM_ARM_VM_SMCCC_FILTER)
		return 0;
	return -ENXIO;
}

static long set_attr(struct pvm *pvm, void *arg)
{
	const struct kvm_device_attr *attr = arg;

	if (has_attr(pvm, arg))
		return -ENXIO;
	return smccc_set_filter(pvm, (const struct kvm_smccc_filter __user *)(unsigned long)attr->addr);
}

static long writable_masks(struct pvm *pvm, void *arg)
{
	return idregs_writable_masks(pvm, arg);
}

static long set_counter_offset(struct pvm *pvm, void *arg)
{
	return timer_set_offset(pvm, arg);
}

static long copy_tags(struct pvm *pvm, void *arg)
{
	return mte_copy(pvm, arg);
}

static long get_stats_fd(struct pvm *pvm, void *arg)
{
	return keel_stats_fd(pvm->vm, NULL);
}

static long create_device(struct pvm *pvm, void *arg)
{
	return device_create(pvm, arg);
}

/* A GICv2, for VMMs that know no KVM_CREATE_DEVICE: not given by a host whose GIC has none to offer */
static long create_irqchip(struct pvm *pvm, void *arg)
{
	return vgic_create_legacy(pvm);
}

/* Addresses of a GICv2 (KVM API 4.85) */
static long set_device_addr(struct pvm *pvm, void *arg)
{
	const struct kvm_arm_device_addr *addr = arg;
	u32 device = (addr->id & KVM_ARM_DEVICE_ID_MASK) >> KVM_ARM_DEVICE_ID_SHIFT;

	if (device != KVM_ARM_DEVICE_VGIC_V2)
		return -ENODEV;
	return vgic_set_legacy_addr(pvm, addr->id & KVM_ARM_DEVICE_TYPE_MASK, addr->addr);
}

/* A line of the CPU's own (KVM API 4.25): KVM_ARM_IRQ_CPU_IRQ or _FIQ */
static long cpu_line(struct pvm *pvm, u32 id, u32 num, bool level)
{
	struct keel_vcpu *vcpu = keel_vcpu_by_id(pvm->vm, id);
	struct pvcpu *v;
	unsigned long bit;
	bool was;

	if (vgic_present(pvm))
		return -ENXIO;
	if (!vcpu || num > KVM_ARM_IRQ_CPU_FIQ)
		return -EINVAL;
	v = to_pvcpu(vcpu);
	bit = num == KVM_ARM_IRQ_CPU_IRQ ? __builtin_ctzl(KEEL_VCTL_VI) : __builtin_ctzl(KEEL_VCTL_VF);
	was = level ? test_and_set_bit(bit, &v->irq_lines) : test_and_clear_bit(bit, &v->irq_lines);
	if (was != level)
		keel_vcpu_request(vcpu, PREQ_EVENTS);
	return 0;
}

/* An input of the in-kernel GIC; @vcpu: whose, of a private one */
static long gic_line(struct pvm *pvm, struct keel_vcpu *vcpu, u32 num, bool level)
{
	long r = vgic_ready(pvm) ? 0 : vgic_init_late(pvm);

	return r ? -EBUSY : vgic_set_line(pvm, vcpu ? to_pvcpu(vcpu) : NULL, num, level);
}

static long ppi_line(struct pvm *pvm, u32 id, u32 num, bool level)
{
	struct keel_vcpu *vcpu = keel_vcpu_by_id(pvm->vm, id);

	if (!vgic_present(pvm))
		return -ENXIO;
	if (!vcpu || num < 16 || num > 31)
		return -EINVAL;
	return gic_line(pvm, vcpu, num, level);
}

static long spi_line(struct pvm *pvm, u32 num, bool level)
{
	if (!vgic_present(pvm))
		return -ENXIO;
	return num < 32 ? -EINVAL : gic_line(pvm, NULL, num, level);
}

static long irq_line(struct pvm *pvm, void *arg)
{
	const struct kvm_irq_level *l = arg;
	u32 type = (l->irq >> KVM_ARM_IRQ_TYPE_SHIFT) & KVM_ARM_IRQ_TYPE_MASK;
	u32 id = (l->irq >> KVM_ARM_IRQ_VCPU_SHIFT) & KVM_ARM_IRQ_VCPU_MASK;
	u32 high = (l->irq >> KVM_ARM_IRQ_VCPU2_SHIFT) & KVM_ARM_IRQ_VCPU2_MASK;
	u32 num = (l->irq >> KVM_ARM_IRQ_NUM_SHIFT) & KVM_ARM_IRQ_NUM_MASK;

	id += high * (KVM_ARM_IRQ_VCPU_MASK + 1);
	switch (type) {
	case KVM_ARM_IRQ_TYPE_CPU:
		return cpu_line(pvm, id, num, l->level);
	case KVM_ARM_IRQ_TYPE_PPI:
		return ppi_line(pvm, id, num, l->level);
	case KVM_ARM_IRQ_TYPE_SPI:
		return spi_line(pvm, num, l->level);
	}
	return -EINVAL;
}

static long irqfd(struct pvm *pvm, void *arg)
{
	return irqfd_ioctl(pvm, arg);
}

static long ioeventfd(struct pvm *pvm, void *arg)
{
	return ioeventfd_ioctl(pvm, arg);
}

static long signal_msi(struct pvm *pvm, void *arg)
{
	return routing_signal_msi(pvm, arg);
}

/* The number of entries is in the argument: copied by the handler */
static long set_gsi_routing(struct pvm *pvm, void *arg)
{
	return routing_set(pvm, *(const struct kvm_irq_routing __user **)arg);
}

/* Bytes the largest argument has */
#define VM_ARG_MAX	sizeof(struct kvm_userspace_memory_region2)

/* IN, OUT: the argument is a pointer, copied before or after the handler; neither: the argument itself */
#define IN	BIT(0)
#define OUT	BIT(1)

static const struct vm_op {
	unsigned int cmd;
	u8 dir;
	long (*fn)(struct pvm *pvm, void *arg);
} vm_ops[] = {
	{ KVM_SET_USER_MEMORY_REGION, IN, set_memory_region },
	{ KVM_SET_USER_MEMORY_REGION2, IN, set_memory_region },
	{ KVM_GET_DIRTY_LOG, IN, get_dirty_log },
	{ KVM_CLEAR_DIRTY_LOG, IN, clear_dirty_log },
	{ KVM_RESET_DIRTY_RINGS, 0, reset_dirty_rings },
	{ KVM_REGISTER_COALESCED_MMIO, IN, register_coalesced },
	{ KVM_UNREGISTER_COALESCED_MMIO, IN, unregister_coalesced },
	{ KVM_ENABLE_CAP, IN, enable_cap },
	{ KVM_ARM_PREFERRED_TARGET, OUT, preferred_target },
	{ KVM_HAS_DEVICE_ATTR, IN, has_attr },
	{ KVM_SET_DEVICE_ATTR, IN, set_attr },
	{ KVM_CREATE_VCPU, 0, create_vcpu },
	{ KVM_ARM_GET_REG_WRITABLE_MASKS, IN, writable_masks },
	{ KVM_GET_STATS_FD, 0, get_stats_fd },
	{ KVM_ARM_SET_COUNTER_OFFSET, IN, set_counter_offset },
	{ KVM_ARM_MTE_COPY_TAGS, IN, copy_tags },
	{ KVM_CREATE_DEVICE, IN | OUT, create_device },
	{ KVM_ARM_SET_DEVICE_ADDR, IN, set_device_addr },
	{ KVM_CREATE_IRQCHIP, 0, create_irqchip },
	{ KVM_IRQ_LINE, IN, irq_line },
	{ KVM_IRQ_LINE_STATUS, IN | OUT, irq_line },
	{ KVM_IRQFD, IN, irqfd },
	{ KVM_IOEVENTFD, IN, ioeventfd },
	{ KVM_SIGNAL_MSI, IN, signal_msi },
	{ KVM_SET_GSI_ROUTING, 0, set_gsi_routing },
};

static const struct vm_op *vm_op_find(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vm_ops); i++)
		if (vm_ops[i].cmd == cmd)
			return &vm_ops[i];
	return NULL;
}

/**
 * vm_ioctl() - an ioctl on the VM's file
 * @vm: VM, inside its gate
 * @cmd: chosen by the VMM
 * @arg: value or user pointer, chosen by the VMM
 *
 * Return: what the KVM API says for @cmd; -ENOTTY for one that is not a VM's, -EFAULT.
 */
long vm_ioctl(struct keel_vm *vm, unsigned int cmd, unsigned long arg)
{
	const struct vm_op *op = vm_op_find(cmd);
	u64 buf[VM_ARG_MAX / sizeof(u64)] = { };
	long r;

	if (!op)
		return -ENOTTY;
	if (!op->dir)
		return op->fn(to_pvm(vm), &arg);
	if (op->dir & IN && copy_from_user(buf, (void __user *)arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	r = op->fn(to_pvm(vm), buf);
	if (r >= 0 && op->dir & OUT && copy_to_user((void __user *)arg, buf, _IOC_SIZE(cmd)))
		return -EFAULT;
	return r;
}
