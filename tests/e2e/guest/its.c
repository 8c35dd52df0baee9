// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ITS as a VMM sees it: errors, what a message leads to, tables in guest memory as arm-vgic-its.rst describes them. The
 * commands are written by the VMM, and what is pending is read from the pending table, so no guest runs. With "swap" the
 * VM goes to the other personality between one step and the next, with "garbage SEED" it is fed with random commands.
 *
 * Output, one line each: "ok NAME" or "not ok NAME # why"; exit status 1 if any failed.
 */
#include "gic.h"

#define LPI		8192U

/* Guest memory of the ITS */
#define QUEUE		(RAM + 0x100000)
#define DEVICES		(RAM + 0x110000)
#define COLLECTIONS	(RAM + 0x120000)
#define PROPERTIES	(RAM + 0x130000)
#define PENDING		(RAM + 0x140000)
#define ITT		(RAM + 0x160000)
#define VALID		0x8000000000000000ULL
#define DEV_ID		5

#define GITS_CTLR	0
#define GITS_CBASER	0x80
#define GITS_CWRITER	0x88
#define GITS_CREADR	0x90
#define GITS_BASER0	0x100

static int its;
static unsigned int queued;	/* bytes written to the command queue */

/* ---- ITS ---- */

static void its_set(unsigned int offset, unsigned long val)
{
	int err = attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, &val);

	CHECK(!err, "%#x: %s", offset, strerror(err));
}

static unsigned long its_reg(unsigned int offset)
{
	unsigned long val = 0;
	int err = attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, &val);

	CHECK(!err, "%#x: %s", offset, strerror(err));
	return val;
}

static void *at(unsigned long gpa)
{
	return (char *)ram + (gpa - RAM);
}

static void command(unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	unsigned long *to = at(QUEUE + queued);

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	queued = (queued + 32) % 0x10000;
	its_set(GITS_CWRITER, queued);
	CHECK(its_reg(GITS_CREADR) == queued);
}

static void mapd(unsigned long dev, unsigned int bits, unsigned long itt, unsigned long valid)
{
	command(dev << 32 | 8, bits - 1, itt | valid, 0);
}

static void mapc(unsigned int icid, unsigned long vcpu_id, unsigned long valid)
{
	command(9, 0, vcpu_id << 16 | icid | valid, 0);
}

static void mapti(unsigned long dev, unsigned int event, unsigned long lpi, unsigned int icid)
{
	command(dev << 32 | 0xa, lpi << 32 | event, icid, 0);
}

/* 1: delivered, 0: not mapped, or -errno */
static int msi(unsigned int dev, unsigned int event)
{
	struct kvm_msi m = {
		.address_lo = GIC_ITS + 0x10040, .data = event, .flags = KVM_MSI_VALID_DEVID, .devid = dev,
	};
	int r = ioctl(vm, KVM_SIGNAL_MSI, &m);

	return r < 0 ? -errno : r;
}

static void redist_set(unsigned int offset, unsigned long val, unsigned int bytes)
{
	unsigned int half;

	for (; bytes; bytes -= 4, offset += 4, val >>= 32) {
		half = val;
		CHECK(!attr(gic, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, offset, &half), "%#x: %m", offset);
	}
}

/* By way of the pending table: the LPI stays pending */
static int lpi_pending(unsigned int lpi)
{
	must_attr(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, 0);
	return ((unsigned char *)at(PENDING))[lpi / 8] >> lpi % 8 & 1;
}

static void its_regs(void)
{
	its_set(GITS_CBASER, VALID | QUEUE | 15);
	its_set(GITS_BASER0, VALID | DEVICES);
	its_set(GITS_BASER0 + 8, VALID | COLLECTIONS);
}

static void make_its(void)
{
	queued = 0;
	make_gic();
	its = device(KVM_DEV_TYPE_ARM_VGIC_ITS);
	must_attr(its, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, GIC_ITS);
	must_attr(its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0);
	memset(at(PROPERTIES), 0xa1, 0x10000);	/* enabled, priority 0xa0 */
	redist_set(0x70, PROPERTIES | 15, 8);
	redist_set(0x78, PENDING, 8);
	redist_set(0, 1, 4);	/* GICR_CTLR.EnableLPIs */
	its_regs();
	its_set(GITS_CTLR, 1);
	CHECK(its_reg(GITS_CTLR) == 0x80000001, "%#lx", its_reg(GITS_CTLR));
}

static void map_one(void)
{
	mapd(DEV_ID, 4, ITT, VALID);
	mapc(3, 0, VALID);
	mapti(DEV_ID, 2, LPI + 9, 3);
}

static void a_message_is_an_lpi(void)
{
	make_its();
	CHECK(msi(DEV_ID, 2) == 0);
	map_one();
	step();
	CHECK(msi(DEV_ID, 2) == 1);
	step();
	CHECK(lpi_pending(LPI + 9) && !lpi_pending(LPI + 8));
	command((unsigned long)DEV_ID << 32 | 4, 2, 0, 0);	/* CLEAR */
	CHECK(!lpi_pending(LPI + 9));
	command((unsigned long)DEV_ID << 32 | 3, 2, 0, 0);	/* INT */
	CHECK(lpi_pending(LPI + 9));
	CHECK(msi(DEV_ID, 3) == 0 && msi(DEV_ID + 1, 2) == 0 && msi(0x10005, 2) == 0);
	mapc(3, 0, 0);
	step();
	CHECK(msi(DEV_ID, 2) == 0, "collection not mapped");
	mapc(3, 0, VALID);
	command((unsigned long)DEV_ID << 32 | 0xf, 2, 0, 0);	/* DISCARD */
	CHECK(msi(DEV_ID, 2) == 0, "discarded");
	its_set(GITS_CTLR, 0);
	CHECK(msi(DEV_ID, 2) == -EBUSY);
}

/* UNPREDICTABLE, but a guest that makes a mistake once is not to lose the interrupt for good */
static void an_lpi_of_two_events_goes_where_one_of_them_says(void)
{
	make_its();
	mapd(DEV_ID, 4, ITT, VALID);
	mapti(DEV_ID, 2, LPI + 9, 3);
	CHECK(msi(DEV_ID, 2) == 0, "collection not mapped");
	mapc(2, 0, VALID);
	mapti(DEV_ID, 3, LPI + 9, 2);
	CHECK(msi(DEV_ID, 3) == 1);
	step();
	CHECK(msi(DEV_ID, 3) == 1);
	mapc(3, 0, VALID);
	mapc(3, 0, 0);
	step();
	CHECK(msi(DEV_ID, 3) == 1, "the other collection is not mapped any more");
	CHECK(lpi_pending(LPI + 9));
}

static void a_message_to_nowhere_is_refused(void)
{
	struct kvm_msi m = { .address_lo = GIC_ITS + 0x10040, .flags = KVM_MSI_VALID_DEVID };

	CHECK(ioctl(vm, KVM_SIGNAL_MSI, &m) == -1 && errno == EINVAL, "no GIC");
	make_gic();
	CHECK(ioctl(vm, KVM_SIGNAL_MSI, &m) == -1 && errno == ENODEV, "no ITS");
	m.flags = 2;
	CHECK(ioctl(vm, KVM_SIGNAL_MSI, &m) == -1 && errno == EINVAL);
	its = device(KVM_DEV_TYPE_ARM_VGIC_ITS);
	must_attr(its, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, GIC_ITS);
	m.flags = 0;
	CHECK(ioctl(vm, KVM_SIGNAL_MSI, &m) == -1 && errno == EINVAL, "nobody's");
	m.flags = KVM_MSI_VALID_DEVID;
	m.address_lo = RAM;
	CHECK(ioctl(vm, KVM_SIGNAL_MSI, &m) == -1 && errno == EINVAL, "not the doorbell");
}

static void an_irqfd_can_be_a_message(void)
{
	struct kvm_irq_routing_entry e = { .gsi = 1, .type = KVM_IRQ_ROUTING_MSI, .flags = KVM_MSI_VALID_DEVID };
	int fd = eventfd_new(), i;

	make_its();
	map_one();
	e.u.msi.address_lo = GIC_ITS + 0x10040;
	e.u.msi.data = 2;
	e.u.msi.devid = DEV_ID;
	CHECK(!route(1, &e) && !irqfd(fd, 1, 0, 0));
	step();
	CHECK(!lpi_pending(LPI + 9));
	signal_fd(fd);
	/* The built-in KVM leaves the first one to a worker */
	for (i = 0; i < 1000 && !lpi_pending(LPI + 9); i++)
		usleep(1000);
	CHECK(lpi_pending(LPI + 9));
}

/* As arm-vgic-its.rst describes them */
static void tables_are_saved_and_restored(void)
{
	const unsigned long *dte = at(DEVICES), *ite = at(ITT), *cte = at(COLLECTIONS);

	make_its();
	map_one();
	mapd(DEV_ID + 4, 5, ITT + 0x1000, VALID);
	mapti(DEV_ID, 7, LPI + 1, 3);
	step();
	must_attr(its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_SAVE_TABLES, 0);
	CHECK(dte[DEV_ID] == (VALID | 4UL << 49 | (ITT >> 8) << 5 | 3), "%#lx", dte[DEV_ID]);
	CHECK(dte[DEV_ID + 4] == (VALID | ((ITT + 0x1000) >> 8) << 5 | 4), "%#lx", dte[DEV_ID + 4]);
	CHECK(ite[2] == (5UL << 48 | (LPI + 9UL) << 16 | 3), "%#lx", ite[2]);
	CHECK(ite[7] == ((LPI + 1UL) << 16 | 3), "%#lx", ite[7]);
	CHECK(cte[0] == (VALID | 3) && !(cte[1] & VALID));
	must_attr(its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_CTRL_RESET, 0);
	CHECK(its_reg(GITS_CTLR) == 0x80000000 && !(its_reg(GITS_BASER0) & VALID) && !its_reg(GITS_CBASER));
	CHECK(msi(DEV_ID, 2) == -EBUSY);
	its_regs();
	step();
	must_attr(its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES, 0);
	its_set(GITS_CTLR, 1);
	step();
	CHECK(msi(DEV_ID, 2) == 1 && msi(DEV_ID, 7) == 1 && msi(DEV_ID, 3) == 0);
	CHECK(lpi_pending(LPI + 9) && lpi_pending(LPI + 1));
}

static void tables_that_make_no_sense_are_refused(void)
{
	unsigned long *dte = at(DEVICES), *ite = at(ITT), *cte = at(COLLECTIONS);
	unsigned long none = 0;

	make_its();
	its_set(GITS_CTLR, 0);
	cte[0] = VALID | 77 << 16;
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES, &none) == EINVAL);
	cte[0] = VALID;
	dte[0] = VALID | (ITT >> 8) << 5 | 31;
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES, &none) == EINVAL);
	dte[0] = VALID | (ITT >> 8) << 5 | 3;
	ite[0] = 5UL << 16;
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES, &none) == EINVAL);
	ite[0] = 200UL << 48 | (unsigned long)LPI << 16;
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES, &none) == EINVAL);
	dte[0] = VALID | (0x7f000000UL >> 8) << 5 | 3;
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_RESTORE_TABLES, &none) == EFAULT);
	its_set(GITS_CTLR, 1);
	step();
	map_one();
	CHECK(msi(DEV_ID, 2) == 1);
}

static void attributes_that_make_no_sense_are_refused(void)
{
	unsigned long val = GIC_ITS + 4096;

	make_gic();
	its = device(KVM_DEV_TYPE_ARM_VGIC_ITS);
	CHECK(attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CTLR, &val) == ENXIO, "no address");
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val) == EINVAL);
	val = 1UL << 40;
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val) == E2BIG);
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, 0, &val) == ENODEV);
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, NULL) == EFAULT);
	val = GIC_ITS;
	CHECK(!attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val));
	step();
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, &val) == EEXIST);
	CHECK(attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CBASER + 4, &val) == EINVAL);
	CHECK(attr(its, KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0x98, &val) == ENXIO);
	CHECK(attr(its, KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 0x1000000, &val) == ENXIO);
	CHECK(attr(its, KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, 55, &val) == ENXIO);
	val = 0x1000;
	CHECK(attr(its, KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, 4, &val) == EINVAL, "IIDR");
	its_set(GITS_CTLR, 1);
	CHECK(its_reg(GITS_CTLR) == 0x80000000, "without tables it stays off");
}

static const struct test tests[] = {
	TEST(a_message_is_an_lpi),
	TEST(an_lpi_of_two_events_goes_where_one_of_them_says),
	TEST(a_message_to_nowhere_is_refused),
	TEST(an_irqfd_can_be_a_message),
	TEST(tables_are_saved_and_restored),
	TEST(tables_that_make_no_sense_are_refused),
	TEST(attributes_that_make_no_sense_are_refused),
};

/* ---- garbage ---- */

static unsigned long seed;

static unsigned long next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* Every second one a real command with numbers of which some exist */
static void garbage_is_passed_over(void)
{
	unsigned long *q = at(QUEUE);
	unsigned int i, round;

	make_its();
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 0x10000 / 8; i++)
			q[i] = next_random();
		for (i = 0; i < 0x10000 / 8; i += 8) {
			q[i] = (next_random() & 15) | (next_random() & 7) << 32;
			q[i + 1] = (next_random() & 15) | (LPI + (next_random() & 63)) << 32;
			q[i + 2] = (next_random() & 3) | (next_random() & (VALID | 1UL << 16)) | ITT;
		}
		queued = next_random() & 0xffe0;
		its_set(GITS_CWRITER, queued);
		msi(next_random() & 7, next_random() & 15);
		if (!(round % 5))
			step();
	}
	must_attr(its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_SAVE_TABLES, 0);
	map_one();
	command((unsigned long)DEV_ID << 32 | 4, 2, 0, 0);
	CHECK(msi(DEV_ID, 2) == 1);
}

static const struct test garbage[] = { TEST(garbage_is_passed_over) };

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "garbage")) {
		seed = strtoul(argv[2], NULL, 0) | 1;
		printf("# seed %lu\n", seed);
		return run_tests(garbage, 1, argc - 2, argv + 2);
	}
	return run_tests(tests, ARRAY_SIZE(tests), argc, argv);
}
