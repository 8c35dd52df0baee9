// SPDX-License-Identifier: GPL-2.0-only
/*
 * A GICv2 as a VMM sees it on a host that has one: errors, both ways to make it, what it restores is what it reads, and what is
 * pending without a guest that runs. With "swap" the VM goes to the other personality between one step and the next.
 *
 * Output, one line each: "ok NAME" or "not ok NAME # why"; exit status 1 if any failed.
 */
#include "gic.h"

#define CPUIF		0x08010000UL
#define ADDR		KVM_DEV_ARM_VGIC_GRP_ADDR
#define DIST_REGS	KVM_DEV_ARM_VGIC_GRP_DIST_REGS
#define CPU_REGS	KVM_DEV_ARM_VGIC_GRP_CPU_REGS
#define NR_IRQS		KVM_DEV_ARM_VGIC_GRP_NR_IRQS
#define INIT_GROUP		KVM_DEV_ARM_VGIC_GRP_CTRL
#define TYPE_DIST	KVM_VGIC_V2_ADDR_TYPE_DIST
#define TYPE_CPU	KVM_VGIC_V2_ADDR_TYPE_CPU
#define OF(cpu, offset)	((unsigned long)(cpu) << 32 | (offset))

static int set_attr(unsigned int group, unsigned long which, unsigned long val)
{
	return attr(gic, KVM_SET_DEVICE_ATTR, group, which, &val);
}

static int has_attr(unsigned int group, unsigned long which)
{
	return attr(gic, KVM_HAS_DEVICE_ATTR, group, which, NULL);
}

static void reg_set(unsigned int group, unsigned long which, unsigned int val)
{
	int err = attr(gic, KVM_SET_DEVICE_ATTR, group, which, &val);

	CHECK(!err, "%#lx: %s", which, strerror(err));
}

static unsigned int reg_of(unsigned int group, unsigned long which)
{
	unsigned int val = 0x5a5a5a5a;
	int err = attr(gic, KVM_GET_DEVICE_ATTR, group, which, &val);

	CHECK(!err, "%#lx: %s", which, strerror(err));
	return val;
}

static void make(void)
{
	gic = device(KVM_DEV_TYPE_ARM_VGIC_V2);
	must_attr(gic, ADDR, TYPE_DIST, GIC_DIST);
	must_attr(gic, ADDR, TYPE_CPU, CPUIF);
	must_attr(gic, INIT_GROUP, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
}

static int refused(unsigned int type, unsigned int flags)
{
	struct kvm_create_device cd = { .type = type, .flags = flags };

	return ioctl(vm, KVM_CREATE_DEVICE, &cd) ? errno : 0;
}

static int place(unsigned long device, unsigned long type, unsigned long addr)
{
	struct kvm_arm_device_addr a = { .id = device << KVM_ARM_DEVICE_ID_SHIFT | type, .addr = addr };

	return ioctl(vm, KVM_ARM_SET_DEVICE_ADDR, &a) ? errno : 0;
}

static int line(unsigned int type, unsigned int cpu, unsigned int num, int level)
{
	struct kvm_irq_level l = {
		.irq = type << KVM_ARM_IRQ_TYPE_SHIFT | cpu << KVM_ARM_IRQ_VCPU_SHIFT | num, .level = level,
	};

	return ioctl(vm, KVM_IRQ_LINE, &l) ? errno : 0;
}

static void another_gic_is_refused(void)
{
	CHECK(refused(KVM_DEV_TYPE_ARM_VGIC_V3, 0) == ENODEV);
	CHECK(refused(KVM_DEV_TYPE_ARM_VGIC_V3, KVM_CREATE_DEVICE_TEST) == ENODEV);
	CHECK(refused(KVM_DEV_TYPE_ARM_VGIC_ITS, 0) == ENODEV);
	CHECK(!refused(KVM_DEV_TYPE_ARM_VGIC_V2, KVM_CREATE_DEVICE_TEST));
	make();
	CHECK(refused(KVM_DEV_TYPE_ARM_VGIC_V2, 0) == EEXIST);
	CHECK(ioctl(vm, KVM_CREATE_IRQCHIP) && errno == EEXIST);
	step();
	CHECK(refused(KVM_DEV_TYPE_ARM_VGIC_V2, 0) == EEXIST);
}

static void a_vm_has_eight_vcpus_at_most(void)
{
	int i, fd;

	CHECK(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS) == 8);
	CHECK(ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPU_ID) == 8);
	CHECK(ioctl(vm, KVM_CREATE_VCPU, 8) < 0 && errno == EINVAL);
	for (i = 1; i < 7; i++) {
		fd = ioctl(vm, KVM_CREATE_VCPU, i);
		CHECK(fd >= 0, "%d: %m", i);
		close(fd);
	}
	make();
	step();
	CHECK(dist(4) == (6U << 5 | 7), "%#x", dist(4));
	CHECK(ioctl(vm, KVM_CREATE_VCPU, 7) < 0 && errno == EBUSY);
}

static void frames_have_to_be_where_they_can_be(void)
{
	unsigned long addr = 0;

	gic = device(KVM_DEV_TYPE_ARM_VGIC_V2);
	CHECK(!attr(gic, KVM_GET_DEVICE_ATTR, ADDR, TYPE_DIST, &addr) && addr == ~0UL);
	CHECK(set_attr(ADDR, TYPE_DIST, GIC_DIST + 0x800) == EINVAL);
	CHECK(set_attr(ADDR, TYPE_CPU, 1UL << 40) == E2BIG);
	CHECK(set_attr(ADDR, TYPE_CPU, (1UL << 40) - 0x1000) == E2BIG);
	CHECK(set_attr(ADDR, TYPE_CPU, -0x1000UL) == EINVAL);
	CHECK(set_attr(ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, GIC_DIST) == ENXIO);
	CHECK(set_attr(ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, GIC_DIST) == ENXIO);
	CHECK(set_attr(ADDR, 77, GIC_DIST) == ENXIO);
	CHECK(attr(gic, KVM_SET_DEVICE_ATTR, ADDR, TYPE_DIST, NULL) == EFAULT);
	CHECK(!set_attr(ADDR, TYPE_DIST, GIC_DIST + 0x1000));
	CHECK(set_attr(ADDR, TYPE_DIST, GIC_DIST) == EEXIST);
	step();
	CHECK(!attr(gic, KVM_GET_DEVICE_ATTR, ADDR, TYPE_DIST, &addr) && addr == GIC_DIST + 0x1000);
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == ENXIO, "%m");
}

static void frames_must_not_overlap(void)
{
	gic = device(KVM_DEV_TYPE_ARM_VGIC_V2);
	CHECK(!set_attr(ADDR, TYPE_DIST, CPUIF + 0x1000));
	CHECK(!set_attr(ADDR, TYPE_CPU, CPUIF));
	step();
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EINVAL, "%m");
}

static void the_old_way_makes_the_same(void)
{
	unsigned int v2 = KVM_ARM_DEVICE_VGIC_V2;

	CHECK(place(v2, TYPE_DIST, GIC_DIST) == ENODEV);
	CHECK(!ioctl(vm, KVM_CREATE_IRQCHIP), "%m");
	CHECK(ioctl(vm, KVM_CREATE_IRQCHIP) && errno == EEXIST);
	CHECK(refused(KVM_DEV_TYPE_ARM_VGIC_V2, 0) == EEXIST);
	CHECK(place(1, TYPE_DIST, GIC_DIST) == ENODEV);
	CHECK(place(v2, 2, GIC_DIST) == ENODEV);
	CHECK(place(v2, TYPE_DIST, 8) == EINVAL);
	CHECK(place(v2, TYPE_CPU, 1UL << 40) == E2BIG);
	CHECK(!place(v2, TYPE_DIST, GIC_DIST));
	CHECK(place(v2, TYPE_DIST, GIC_DIST) == EEXIST);
	step();
	CHECK(!place(v2, TYPE_CPU, CPUIF));
	run->immediate_exit = 1;
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EINTR, "%m");
	step();
	CHECK(ioctl(vcpu, KVM_RUN, 0) && errno == EINTR, "%m");
	run->immediate_exit = 0;
	CHECK(!line(KVM_ARM_IRQ_TYPE_SPI, 0, SPI, 1));
}

static void a_number_of_interrupts_is_chosen_once(void)
{
	unsigned int i, val;
	static const unsigned int no[] = { 0, 32, 63, 65, 1000, 1024, ~0U };

	gic = device(KVM_DEV_TYPE_ARM_VGIC_V2);
	for (i = 0; i < ARRAY_SIZE(no); i++)
		CHECK(set_attr(NR_IRQS, 0, no[i]) == EINVAL, "%u", no[i]);
	CHECK(!set_attr(NR_IRQS, 0, 96));
	CHECK(set_attr(NR_IRQS, 0, 96) == EBUSY);
	step();
	CHECK(!attr(gic, KVM_GET_DEVICE_ATTR, NR_IRQS, 0, &val) && val == 96);
	CHECK(!set_attr(INIT_GROUP, KVM_DEV_ARM_VGIC_CTRL_INIT, 0));
	CHECK((dist(4) & 31) == 2);
	CHECK(line(KVM_ARM_IRQ_TYPE_SPI, 0, 96, 1) == EINVAL);
	CHECK(!line(KVM_ARM_IRQ_TYPE_SPI, 0, 95, 1));
}

static void what_there_is_not_is_refused(void)
{
	unsigned int val = 0;

	make();
	CHECK(has_attr(INIT_GROUP, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES) == ENXIO);
	CHECK(set_attr(INIT_GROUP, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, 0) == ENXIO);
	CHECK(has_attr(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0) == ENXIO);
	CHECK(set_attr(KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, 0, 0) == ENXIO);
	CHECK(set_attr(KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, 0, 0) == ENXIO);
	CHECK(set_attr(KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, 0, 0) == ENXIO);
	CHECK(has_attr(DIST_REGS, OF(1, 0)) == EINVAL);
	CHECK(attr(gic, KVM_GET_DEVICE_ATTR, DIST_REGS, OF(1, 0), &val) == EINVAL);
	CHECK(attr(gic, KVM_GET_DEVICE_ATTR, CPU_REGS, OF(255, 0), &val) == EINVAL);
	CHECK(attr(gic, KVM_SET_DEVICE_ATTR, DIST_REGS, 0, NULL) == EFAULT);
	CHECK(attr(gic, KVM_GET_DEVICE_ATTR, CPU_REGS, 0, NULL) == EFAULT);
	CHECK(has_attr(DIST_REGS, 0x6100) == ENXIO);
	CHECK(has_attr(DIST_REGS, 0x101) == ENXIO);
	CHECK(has_attr(DIST_REGS, 0x11c) == 0 && has_attr(DIST_REGS, 0x120) == ENXIO);
	CHECK(has_attr(CPU_REGS, 0x0c) == ENXIO && has_attr(CPU_REGS, 0x1000) == ENXIO);
	CHECK(!has_attr(CPU_REGS, 0xd0) && !has_attr(CPU_REGS, 0xfc) && !has_attr(DIST_REGS, 0xf20));
	step();
	CHECK(!reg_of(DIST_REGS, 0x6100) && !reg_of(CPU_REGS, 0x1000));
	CHECK(reg_of(CPU_REGS, 0xfc) == 0x04b2043b);
}

static void groups_are_the_vmms_once_it_knows_of_them(void)
{
	unsigned int iidr;

	make();
	iidr = dist(8);
	reg_set(DIST_REGS, 0x80 + 4, 0xff00);
	CHECK(dist(0x80 + 4) == 0);
	CHECK(set_attr(DIST_REGS, 8, iidr ^ 1) == EINVAL);
	CHECK(set_attr(DIST_REGS, 8, (iidr & ~0xf000U) | 0x1000) == EINVAL);
	CHECK(!set_attr(DIST_REGS, 8, (iidr & ~0xf000U) | 0x2000));
	step();
	CHECK(dist(8) == ((iidr & ~0xf000U) | 0x2000));
	reg_set(DIST_REGS, 0x80 + 4, 0xff00);
	step();
	CHECK(dist(0x80 + 4) == 0xff00);
}

/* By each vCPU: SGIs with several sources, private interrupts, the CPU interface */
static void what_is_restored_is_read(void)
{
	static const struct {
		unsigned int group, offset, val[2];
	} regs[] = {
		{ DIST_REGS, 0x000, { 1, 1 } },
		{ DIST_REGS, 0x100, { 0x0800ffff, 0x4000ffff } },
		{ DIST_REGS, 0x104, { 0x10, 0x10 } },
		{ DIST_REGS, 0x204, { 0x300, 0x300 } },
		{ DIST_REGS, 0x300, { 0x08000100, 0x40000000 } },
		{ DIST_REGS, 0x304, { 0x1000, 0x1000 } },
		{ DIST_REGS, 0x400, { 0xa0b0c0d0, 0x10203040 } },
		{ DIST_REGS, 0x828, { 0x01020301, 0x01020301 } },
		{ DIST_REGS, 0xc08, { 0x00020000, 0x00020000 } },
		{ DIST_REGS, 0xf20, { 0x00010203, 0x01000302 } },
		{ DIST_REGS, 0xf28, { 0x02000000, 0 } },
		{ CPU_REGS, 0x00, { 0x201, 0x1f } },
		{ CPU_REGS, 0x04, { 0x1e, 0x0f } },
		{ CPU_REGS, 0x08, { 3, 4 } },
		{ CPU_REGS, 0x1c, { 5, 6 } },
		{ CPU_REGS, 0xd0, { 0x00100000, 2 } },
	};
	unsigned int i, cpu, val;

	vcpu1 = new_vcpu(1);
	make();
	for (i = 0; i < 2 * ARRAY_SIZE(regs); i++)
		reg_set(regs[i / 2].group, OF(i & 1, regs[i / 2].offset), regs[i / 2].val[i & 1]);
	for (i = 0; i < 4; i++)
		step();
	for (i = 0; i < 2 * ARRAY_SIZE(regs); i++) {
		cpu = i & 1;
		val = reg_of(regs[i / 2].group, OF(cpu, regs[i / 2].offset));
		CHECK(val == regs[i / 2].val[cpu], "%#x of vCPU %u: %#x", regs[i / 2].offset, cpu, val);
	}
	CHECK(reg_of(DIST_REGS, OF(0, 0x800)) == 0x01010101 && reg_of(DIST_REGS, OF(1, 0x81c)) == 0x02020202);
	CHECK((reg_of(DIST_REGS, OF(0, 0x200)) & 0xffff) == 0x0807, "%#x", reg_of(DIST_REGS, OF(0, 0x200)));
	reg_set(DIST_REGS, OF(1, 0xf10), 0xff);
	step();
	CHECK(reg_of(DIST_REGS, OF(1, 0xf20)) == 0x01000300);
}

static void an_sgi_goes_to_its_targets(void)
{
	vcpu1 = new_vcpu(1);
	make();
	reg_set(DIST_REGS, OF(0, 0xf00), 0x00030002);
	step();
	reg_set(DIST_REGS, OF(1, 0xf00), 0x01000002);
	step();
	CHECK(reg_of(DIST_REGS, OF(0, 0xf20)) == 0x00030000 && reg_of(DIST_REGS, OF(1, 0xf20)) == 0x00010000);
	reg_set(DIST_REGS, OF(1, 0xf00), 0x02000002);
	reg_set(DIST_REGS, OF(1, 0xf00), 0x03ff0002);
	CHECK(reg_of(DIST_REGS, OF(1, 0xf20)) == 0x00030000);
}

static void lines_and_eventfds_need_no_more_than_a_device(void)
{
	struct kvm_msi msi = { .address_lo = GIC_DIST + 0x40, .data = SPI };
	int fd = eventfd_new();

	CHECK(line(KVM_ARM_IRQ_TYPE_SPI, 0, SPI, 1) == ENXIO);
	gic = device(KVM_DEV_TYPE_ARM_VGIC_V2);
	CHECK(!line(KVM_ARM_IRQ_TYPE_PPI, 0, 20, 1));
	step();
	CHECK(line(KVM_ARM_IRQ_TYPE_PPI, 0, 2, 1) == EINVAL);
	CHECK(line(KVM_ARM_IRQ_TYPE_PPI, 1, 20, 1) == EINVAL);
	CHECK(line(KVM_ARM_IRQ_TYPE_CPU, 0, 0, 1) == ENXIO);
	dist_set(0xc00 + SPI / 16 * 4, 2U << SPI % 16 * 2);
	CHECK(!line(KVM_ARM_IRQ_TYPE_SPI, 0, SPI + 1, 1));
	CHECK(!irqfd(fd, GSI, 0, 0));
	signal_fd(fd);
	step();
	CHECK(dist(0x204) == 3U << SPI % 32, "%#x", dist(0x204));
	CHECK(dist(0x200) == 1U << 20, "%#x", dist(0x200));
	CHECK(!line(KVM_ARM_IRQ_TYPE_SPI, 0, SPI + 1, 0));
	step();
	CHECK(dist(0x204) == 1U << SPI % 32, "%#x", dist(0x204));
	dist_set(0x284, 1U << SPI % 32);
	CHECK(!dist(0x204));
	CHECK(ioctl(vm, KVM_SIGNAL_MSI, &msi) < 0);
}

static const struct test tests[] = {
	TEST(another_gic_is_refused),
	TEST(a_vm_has_eight_vcpus_at_most),
	TEST(frames_have_to_be_where_they_can_be),
	TEST(frames_must_not_overlap),
	TEST(the_old_way_makes_the_same),
	TEST(a_number_of_interrupts_is_chosen_once),
	TEST(what_there_is_not_is_refused),
	TEST(groups_are_the_vmms_once_it_knows_of_them),
	TEST(what_is_restored_is_read),
	TEST(an_sgi_goes_to_its_targets),
	TEST(lines_and_eventfds_need_no_more_than_a_device),
};

int main(int argc, char **argv)
{
	return run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
