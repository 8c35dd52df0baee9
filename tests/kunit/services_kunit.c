// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM as records, and the services whose state travels in them: SMCCC filter, coalesced zones, accesses the VMM was
 * asked for. Memory, registers and the nucleus are fakes that do nothing; what is tested is that the incoming side has
 * what the outgoing one had, and refuses what it cannot run.
 */
#include <kunit/test.h>

/* Tested as part of this module: nothing is exported for them, and their links to the rest are the seam */
#include "core/stream.c"
#include "host/personality/state.c"
#include "host/personality/services.c"
#include "host/personality/smccc.c"
#include "host/personality/coalesced.c"
#include "host/personality/mmio.c"
#include "host/personality/haltpoll.c"

#define STREAM_BYTES	65536
#define NR_VCPUS	2
#define TAG_UNKNOWN	0x7777U

static struct keel_vm *vm;
static unsigned int alive;	/* VMs created and not freed */
static unsigned int skipped, aborts;
static bool wake;		/* something ends a wait */

/* ---- the rest of the personality ---- */

struct pvm *vm_create(struct keel_vm *v)
{
	struct pvm *p = kvzalloc(sizeof(*p), GFP_KERNEL);

	p->vm = v;
	INIT_LIST_HEAD(&p->kept);
	coalesced_init(p);
	smccc_init(p);
	alive++;
	return p;
}

void vm_free(struct pvm *p)
{
	unsigned int i;

	for (i = 0; i < KEEL_MAX_VCPUS; i++)
		kfree(p->vcpu[i]);
	state_forget_kept(p);
	coalesced_destroy(p);
	smccc_destroy(p);
	kvfree(p);
	alive--;
}

struct pvcpu *vcpu_create(struct pvm *p, struct keel_vcpu *vcpu)
{
	struct pvcpu *v = kzalloc(sizeof(*v), GFP_KERNEL);

	v->vcpu = vcpu;
	v->pvm = p;
	v->idx = vcpu->idx;
	spin_lock_init(&v->power.lock);
	v->steal.base = STEAL_INVALID;
	p->vcpu[v->idx] = v;
	return v;
}

bool vcpu_is_be(const struct pvcpu *v)
{
	return v->vcpu->page->pstate & BIT(9);
}

void vcpu_skip(struct pvcpu *v)
{
	skipped++;
}

void inject_abort(struct pvcpu *v, bool instruction, u64 far)
{
	aborts++;
}

bool regs_has_mte(void)
{
	return false;
}

u64 vcpu_features_supported(void)
{
	return BIT_ULL(KVM_ARM_VCPU_PSCI_0_2);
}

void vcpu_sync(struct pvcpu *v) {}
int mmu_init(struct pvm *p) { return 0; }
void mmu_destroy(struct pvm *p) {}
int mmu_export(struct pvm *p, struct keel_stream *s) { return 0; }
int mmu_import(struct pvm *p, const struct keel_record *rec) { return -ENOENT; }
int idregs_init(struct pvm *p) { return 0; }
int regs_export(struct pvm *p, struct keel_stream *s) { return 0; }
int pmu_export(struct pvm *p, struct keel_stream *s) { return 0; }
int pmu_import(struct pvm *p, const struct keel_record *rec) { return -ENOENT; }
int vgic_export(struct pvm *p, struct keel_stream *s) { return 0; }
int vgic_import(struct pvm *p, const struct keel_record *rec) { return -ENOENT; }
int regs_import(struct pvm *p, const struct keel_record *rec) { return -ENOENT; }
int irqfd_export(struct pvm *p, struct keel_stream *s) { return 0; }
int irqfd_import(struct pvm *p, const struct keel_record *rec) { return -ENOENT; }
void irqfd_freeze(struct pvm *p) { p->irqfd.frozen = true; }
void irqfd_thaw(struct pvm *p) { p->irqfd.frozen = false; }
bool ioeventfd_write(struct pvm *p, u64 ipa, u32 len, u64 data) { return false; }
u64 fwreg_workaround_answer(u32 fn) { return 0; }
u64 fwreg_workaround_call(u32 fn) { return 0; }
int vgic_import_end(struct pvm *p) { return 0; }
bool iobus_access(struct pvcpu *v, u64 ipa, unsigned int len, bool write, u64 *val) { return false; }
bool exit_wake_pending(struct keel_vcpu *vcpu) { return wake; }
bool keel_vm_should_park(struct keel_vm *v) { return false; }
int trng_call(struct pvcpu *v, u32 fn) { return 1; }
int psci_call(struct pvcpu *v, u32 fn) { return 1; }
u64 steal_features(struct pvcpu *v, u32 fn) { return 0; }
u64 steal_call(struct pvcpu *v) { return 0; }

/* ---- set-up ---- */

static int set_up(struct kunit *test)
{
	unsigned int i;

	vm = kunit_kzalloc(test, sizeof(*vm), GFP_KERNEL);
	vm->coalesced = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	for (i = 0; i < NR_VCPUS; i++) {
		struct keel_vcpu *vcpu = kunit_kzalloc(test, sizeof(*vcpu), GFP_KERNEL);

		vcpu->vm = vm;
		vcpu->idx = i;
		vcpu->id = i + 10;
		vcpu->page = kunit_kzalloc(test, sizeof(*vcpu->page), GFP_KERNEL);
		vcpu->run = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
		vm->vcpus[i] = vcpu;
	}
	vm->nr_vcpus = NR_VCPUS;
	vm->priv = vm_create(vm);
	for (i = 0; i < NR_VCPUS; i++) {
		vm->vcpus[i]->priv = vcpu_create(vm->priv, vm->vcpus[i]);
		to_pvcpu(vm->vcpus[i])->features = BIT_ULL(KVM_ARM_VCPU_PSCI_0_2);
		to_pvcpu(vm->vcpus[i])->initialised = true;
	}
	skipped = 0;
	aborts = 0;
	return 0;
}

static void tear_down(struct kunit *test)
{
	vm_free(vm->priv);
	KUNIT_EXPECT_EQ(test, alive, 0);
}

static struct pvcpu *cpu(unsigned int i)
{
	return to_pvm(vm)->vcpu[i];
}

static struct keel_stream exported(struct kunit *test)
{
	struct keel_stream s = { .buf = kunit_kzalloc(test, STREAM_BYTES, GFP_KERNEL), .size = STREAM_BYTES };

	KUNIT_ASSERT_EQ(test, state_export(vm, &s), 0);
	s.size = s.pos;
	s.pos = 0;
	return s;
}

/* The VM goes over to a new personality's; what was there before is gone */
static void move_over(struct kunit *test, struct keel_stream *s)
{
	void *old = vm->priv, *priv = NULL;

	KUNIT_ASSERT_EQ(test, state_import(vm, s, &priv), 0);
	vm->priv = priv;
	state_adopt(vm);
	state_release(vm, old);
}

/* vm and vcpu records, then what @more puts there */
static struct keel_stream made(struct kunit *test, int (*more)(struct keel_stream *s))
{
	struct keel_stream s = { .buf = kunit_kzalloc(test, STREAM_BYTES, GFP_KERNEL), .size = STREAM_BYTES };
	unsigned int i;

	KUNIT_ASSERT_EQ(test, keel_stream_begin(&s) ?: put_vm(vm->priv, &s), 0);
	for (i = 0; i < NR_VCPUS; i++)
		KUNIT_ASSERT_EQ(test, put_vcpu(cpu(i), &s), 0);
	KUNIT_ASSERT_EQ(test, more(&s) ?: keel_stream_end(&s), 0);
	s.size = s.pos;
	s.pos = 0;
	return s;
}

static int import_of(struct kunit *test, int (*more)(struct keel_stream *s))
{
	struct keel_stream s = made(test, more);
	void *priv = NULL;
	int r = state_import(vm, &s, &priv);

	if (!r)
		state_drop(vm, priv);
	KUNIT_EXPECT_EQ(test, alive, 1);
	return r;
}

static void fill(struct kunit *test)
{
	static const struct smccc_range ranges[] = {
		{ 0x84000010, 0x84000013, KVM_SMCCC_FILTER_DENY },
		{ 0x84000000, 0x84000000, KVM_SMCCC_FILTER_FWD_TO_USER },
	};
	static const struct kvm_coalesced_mmio_zone zone = { .addr = 0x1000, .size = 16 };
	struct pvm *pvm = vm->priv;
	unsigned int i;

	pvm->caps = PVM_CAP_NISV_TO_USER | PVM_CAP_SYSTEM_SUSPEND;
	pvm->ran = true;
	pvm->smccc.std_bmap = 0;
	pvm->smccc.psci_version = 0x10000;
	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		KUNIT_ASSERT_EQ(test, smccc_add_range(pvm, &ranges[i]), 0);
	KUNIT_ASSERT_EQ(test, coalesced_zone(pvm, &zone, true), 0);
	atomic64_set(&pvm->stats.remote_tlb_flush, 5);
	cpu(0)->mmio = (struct pvcpu_mmio){ .pending = true, .sign = true, .len = 2, .rt = 7 };
	cpu(0)->irq_lines = KEEL_VCTL_VF;
	cpu(1)->power.mp_state = KVM_MP_STATE_STOPPED;
	cpu(1)->power.reset_pending = true;
	cpu(1)->power.reset_pc = 0x4000;
	cpu(1)->power.reset_x0 = 42;
	cpu(1)->steal = (struct pvcpu_steal){ .base = 0x8000, .last = 99 };
	cpu(1)->stats.exits = 123;
	cpu(1)->stats.poll_fail_ns = 77;
	cpu(1)->poll_window = 20000;
	KUNIT_ASSERT_EQ(test, haltpoll_choose(pvm, 30000), 0);
}

/* ---- tests ---- */

static void a_swapped_vm_is_what_it_was(struct kunit *test)
{
	struct keel_stream before, after;
	struct pvm *pvm;

	fill(test);
	before = exported(test);
	move_over(test, &before);
	pvm = vm->priv;
	KUNIT_EXPECT_EQ(test, pvm->caps, PVM_CAP_NISV_TO_USER | PVM_CAP_SYSTEM_SUSPEND);
	KUNIT_EXPECT_TRUE(test, pvm->ran && pvm->features_set);
	KUNIT_EXPECT_EQ(test, pvm->smccc.std_bmap, 0);
	KUNIT_EXPECT_EQ(test, pvm->smccc.nr_filter, 2);
	KUNIT_EXPECT_EQ(test, pvm->coalesced.nr, 1);
	KUNIT_EXPECT_EQ(test, cpu(1)->power.reset_pc, 0x4000);
	KUNIT_EXPECT_EQ(test, cpu(1)->steal.last, 99);
	KUNIT_EXPECT_EQ(test, cpu(1)->stats.exits, 123);
	KUNIT_EXPECT_EQ(test, cpu(1)->stats.poll_fail_ns, 77);
	KUNIT_EXPECT_EQ(test, cpu(1)->poll_window, 20000);
	KUNIT_EXPECT_EQ(test, haltpoll_max(pvm), 30000);
	KUNIT_EXPECT_PTR_EQ(test, to_pvcpu(vm->vcpus[1]), cpu(1));
	after = exported(test);
	KUNIT_ASSERT_EQ(test, after.size, before.size);
	KUNIT_EXPECT_EQ(test, memcmp(after.buf, before.buf, before.size), 0);
}

static void eventfds_are_left_alone_from_the_export_on(struct kunit *test)
{
	struct keel_stream s = exported(test);
	struct pvm *outgoing = vm->priv, *incoming;
	void *priv = NULL;

	KUNIT_EXPECT_TRUE(test, outgoing->irqfd.frozen);
	state_thaw(vm);
	KUNIT_EXPECT_FALSE(test, outgoing->irqfd.frozen);
	KUNIT_ASSERT_EQ(test, state_import(vm, &s, &priv), 0);
	incoming = priv;
	KUNIT_EXPECT_TRUE(test, incoming->irqfd.frozen);
	vm->priv = priv;
	state_adopt(vm);
	KUNIT_EXPECT_FALSE(test, incoming->irqfd.frozen);
	state_release(vm, outgoing);
}

static void an_access_begun_before_a_swap_is_finished_after_it(struct kunit *test)
{
	struct keel_stream s;

	fill(test);
	s = exported(test);
	move_over(test, &s);
	KUNIT_ASSERT_TRUE(test, cpu(0)->mmio.pending);
	vm->vcpus[0]->run->mmio.data[0] = 0xfe;
	vm->vcpus[0]->run->mmio.data[1] = 0xff;
	KUNIT_EXPECT_EQ(test, mmio_finish(cpu(0)), 1);
	KUNIT_EXPECT_EQ(test, vcpu_get_reg(cpu(0), 7), 0xfffffffe);
	KUNIT_EXPECT_FALSE(test, cpu(0)->mmio.pending);
	KUNIT_EXPECT_EQ(test, skipped, 1);
}

/* What the VMM or the guest has in the other bytes of the register and of run->mmio.data is nobody's business */
static void an_access_moves_as_many_bytes_as_it_has(struct kunit *test)
{
	const u64 all = 0x8877665544332211;
	u64 low, *data;

	fill(test);
	data = (u64 *)vm->vcpus[0]->run->mmio.data;
	for (unsigned int len = 1; len <= 8; len *= 2) {
		low = all & GENMASK_ULL(len * 8 - 1, 0);
		cpu(0)->mmio = (struct pvcpu_mmio){ .write = true, .len = len, .rt = 7 };
		*data = ~0ULL;
		KUNIT_EXPECT_EQ(test, ask_vmm(cpu(0), 0x1000, all), 0);
		KUNIT_EXPECT_EQ_MSG(test, *data, low, "%u bytes written", len);
		cpu(0)->mmio = (struct pvcpu_mmio){ .sf = true, .len = len, .rt = 7 };
		*data = all;
		KUNIT_EXPECT_EQ(test, mmio_finish(cpu(0)), 1);
		KUNIT_EXPECT_EQ_MSG(test, vcpu_get_reg(cpu(0), 7), low, "%u bytes read", len);
	}
}

static int unknown(struct keel_stream *s, bool critical)
{
	const struct keel_record rec = {
		.tag = TAG_UNKNOWN, .version = 3, .critical = critical, .len = 5, .payload = "plank",
	};

	return keel_stream_copy(s, &rec);
}

static int unknown_record(struct keel_stream *s)
{
	return unknown(s, false);
}

static int unknown_critical_record(struct keel_stream *s)
{
	return unknown(s, true);
}

static void an_unknown_record_is_kept_and_handed_on(struct kunit *test)
{
	struct keel_stream s = made(test, unknown_record);
	struct keel_record rec;
	bool found = false;

	move_over(test, &s);
	s = exported(test);
	KUNIT_ASSERT_EQ(test, keel_stream_open(&s), 0);
	while (keel_stream_next(&s, &rec) == 1)
		if (rec.tag == TAG_UNKNOWN)
			found = rec.version == 3 && !rec.critical && rec.len == 5 && !memcmp(rec.payload, "plank", 5);
	KUNIT_EXPECT_TRUE(test, found);
}

static int unknown_service(struct keel_stream *s)
{
	const struct keel_rec_smccc r = { .std_bmap = BIT(40) };

	return keel_put_smccc(s, &r, NULL, 0);
}

static int newer_psci(struct keel_stream *s)
{
	const struct keel_rec_smccc r = { .psci_version = PSCI_NEWEST + 1 };

	return keel_put_smccc(s, &r, NULL, 0);
}

static int vcpu_twice(struct keel_stream *s)
{
	return put_vcpu(cpu(0), s);
}

static int no_such_vcpu(struct keel_stream *s)
{
	const struct keel_rec_steal r = { .idx = NR_VCPUS, .base = 0 };

	return keel_put_steal(s, &r, NULL, 0);
}

static int no_such_vcpu_far_off(struct keel_stream *s)
{
	const struct keel_rec_power r = { .idx = 0xffffffff };

	return keel_put_power(s, &r, NULL, 0);
}

static int access_of_three_bytes(struct keel_stream *s)
{
	const struct keel_rec_mmio r = { .len = 3 };

	return keel_put_mmio(s, &r, NULL, 0);
}

static int reserved_range(struct keel_stream *s)
{
	const struct keel_rec_smccc_range r = { .start = 0x80000000, .end = 0x80000001 };

	return keel_put_smccc_range(s, &r, NULL, 0);
}

static int poll_of_no_vcpu(struct keel_stream *s)
{
	const struct keel_rec_vcpu_poll r = { .idx = NR_VCPUS };

	return keel_put_vcpu_poll(s, &r, NULL, 0);
}

static int nothing(struct keel_stream *s)
{
	return 0;
}

static void what_cannot_be_run_is_refused_and_leaves_nothing(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, import_of(test, nothing), 0);
	KUNIT_EXPECT_EQ(test, import_of(test, unknown_critical_record), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, import_of(test, unknown_service), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, import_of(test, newer_psci), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, import_of(test, vcpu_twice), -EINVAL);
	KUNIT_EXPECT_EQ(test, import_of(test, no_such_vcpu), -EINVAL);
	KUNIT_EXPECT_EQ(test, import_of(test, no_such_vcpu_far_off), -EINVAL);
	KUNIT_EXPECT_EQ(test, import_of(test, poll_of_no_vcpu), -EINVAL);
	KUNIT_EXPECT_EQ(test, import_of(test, access_of_three_bytes), -EINVAL);
	KUNIT_EXPECT_EQ(test, import_of(test, reserved_range), -EEXIST);
	to_pvm(vm)->caps = BIT(31);
	KUNIT_EXPECT_EQ(test, import_of(test, nothing), -EOPNOTSUPP);
}

static void a_truncated_stream_is_refused_at_every_length(struct kunit *test)
{
	struct keel_stream whole, s;
	void *priv = NULL;
	size_t len;

	fill(test);
	whole = exported(test);
	for (len = 0; len < whole.size; len++) {
		s = (struct keel_stream){ .buf = whole.buf, .size = len };
		KUNIT_ASSERT_LT(test, state_import(vm, &s, &priv), 0);
	}
	KUNIT_EXPECT_EQ(test, alive, 1);
}

static void an_export_that_does_not_fit_says_so_at_every_length(struct kunit *test)
{
	struct keel_stream whole, s;
	size_t len;

	fill(test);
	whole = exported(test);
	for (len = 0; len < whole.size; len++) {
		s = (struct keel_stream){ .buf = whole.buf, .size = len };
		KUNIT_ASSERT_EQ(test, state_export(vm, &s), -ENOSPC);
	}
}

static void filter_ranges_do_not_overlap_and_are_found(struct kunit *test)
{
	static const struct smccc_range over = { 0x84000013, 0x84000020, KVM_SMCCC_FILTER_DENY };
	static const struct smccc_range next = { 0x84000014, 0x84000020, KVM_SMCCC_FILTER_DENY };
	struct pvm *pvm = vm->priv;

	fill(test);
	KUNIT_EXPECT_EQ(test, smccc_add_range(pvm, &over), -EEXIST);
	KUNIT_EXPECT_EQ(test, smccc_add_range(pvm, &next), 0);
	KUNIT_EXPECT_EQ(test, filter_action(&pvm->smccc, 0x84000000), KVM_SMCCC_FILTER_FWD_TO_USER);
	KUNIT_EXPECT_EQ(test, filter_action(&pvm->smccc, 0x84000001), KVM_SMCCC_FILTER_HANDLE);
	KUNIT_EXPECT_EQ(test, filter_action(&pvm->smccc, 0x84000010), KVM_SMCCC_FILTER_DENY);
	KUNIT_EXPECT_EQ(test, filter_action(&pvm->smccc, 0x84000020), KVM_SMCCC_FILTER_DENY);
	KUNIT_EXPECT_EQ(test, filter_action(&pvm->smccc, 0x84000021), KVM_SMCCC_FILTER_HANDLE);
}

static void the_vmm_cannot_lead_the_ring_astray(struct kunit *test)
{
	struct kvm_coalesced_mmio_ring *ring = vm->coalesced;
	u64 data = 0x1122334455667788;

	fill(test);
	KUNIT_EXPECT_TRUE(test, coalesced_write(cpu(0), 0x1008, &data, 8));
	KUNIT_EXPECT_EQ(test, ring->last, 1);
	KUNIT_EXPECT_FALSE(test, coalesced_write(cpu(0), 0x100c, &data, 8));
	KUNIT_EXPECT_FALSE(test, coalesced_write(cpu(0), ~0ULL - 3, &data, 8));
	ring->last = RING_ENTRIES;
	KUNIT_EXPECT_FALSE(test, coalesced_write(cpu(0), 0x1000, &data, 4));
	ring->last = RING_ENTRIES - 1;
	ring->first = 0;
	KUNIT_EXPECT_FALSE(test, coalesced_write(cpu(0), 0x1000, &data, 4));
	ring->first = 1;
	KUNIT_EXPECT_TRUE(test, coalesced_write(cpu(0), 0x1000, &data, 4));
	KUNIT_EXPECT_EQ(test, ring->last, 0);
}

static void set_abort(unsigned int ec, u64 iss)
{
	vm->vcpus[0]->page->exit.esr = (u64)ec << ESR_ELx_EC_SHIFT | iss;
}

static void an_access_is_decoded_as_the_cpu_says(struct kunit *test)
{
	struct kvm_run *run = vm->vcpus[0]->run;
	struct keel_vcpu_page *page = vm->vcpus[0]->page;

	page->regs[3] = 0x1122334455667788;
	/* A store of 4 bytes from X3, big-endian guest */
	page->pstate = BIT(9);
	set_abort(ESR_ELx_EC_DABT_LOW, ESR_ELx_ISV | 2UL << ESR_ELx_SAS_SHIFT | 3UL << ESR_ELx_SRT_SHIFT | ESR_ELx_WNR);
	KUNIT_EXPECT_EQ(test, mmio_abort(cpu(0), 0x9004), 0);
	KUNIT_EXPECT_EQ(test, run->exit_reason, KVM_EXIT_MMIO);
	KUNIT_EXPECT_EQ(test, run->mmio.phys_addr, 0x9004);
	KUNIT_EXPECT_EQ(test, run->mmio.len, 4);
	KUNIT_EXPECT_EQ(test, run->mmio.data[0], 0x55);
	mmio_finish(cpu(0));
	KUNIT_EXPECT_EQ(test, page->regs[3], 0x1122334455667788);
	/* Without a syndrome: an errno, or the VMM if it volunteered */
	set_abort(ESR_ELx_EC_DABT_LOW, ESR_ELx_WNR);
	KUNIT_EXPECT_EQ(test, mmio_abort(cpu(0), 0x9004), -ENOSYS);
	to_pvm(vm)->caps = PVM_CAP_NISV_TO_USER;
	KUNIT_EXPECT_EQ(test, mmio_abort(cpu(0), 0x9004), 0);
	KUNIT_EXPECT_EQ(test, run->exit_reason, KVM_EXIT_ARM_NISV);
	KUNIT_EXPECT_FALSE(test, cpu(0)->mmio.pending);
	/* Instructions cannot come from a device */
	set_abort(ESR_ELx_EC_IABT_LOW, 0);
	KUNIT_EXPECT_EQ(test, mmio_abort(cpu(0), 0x9004), 1);
	KUNIT_EXPECT_EQ(test, aborts, 1);
}

static void a_window_follows_the_waits(struct kunit *test)
{
	static const struct {
		u32 waited, window;
	} steps[] = {
		{ 5000, 10000 }, { 9000, 10000 }, { 15000, 20000 }, { 25000, 30000 }, { 31000, 15000 }, { 40000, 0 }, { 40000, 0 },
		{ 1, 10000 },
	};
	struct pvcpu *v = cpu(0);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, haltpoll_choose(v->pvm, 1ULL << 32), -EINVAL);
	KUNIT_EXPECT_EQ(test, haltpoll_max(v->pvm), halt_poll_ns);
	KUNIT_ASSERT_EQ(test, haltpoll_choose(v->pvm, 30000), 0);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		haltpoll_learn(v, steps[i].waited);
		KUNIT_EXPECT_EQ_MSG(test, v->poll_window, steps[i].window, "step %u", i);
	}
	haltpoll_choose(v->pvm, 0);
	haltpoll_learn(v, 1);
	KUNIT_EXPECT_EQ(test, v->poll_window, 0);
}

static void polling_ends_when_something_comes_or_time_is_up(struct kunit *test)
{
	struct pvcpu *v = cpu(0);
	u64 now = ktime_get_ns();

	v->poll_window = 50000;
	haltpoll_choose(v->pvm, 0);
	KUNIT_EXPECT_EQ(test, haltpoll_wait(v, now, 0), now);
	KUNIT_EXPECT_EQ(test, v->stats.poll_attempted, 0);
	haltpoll_choose(v->pvm, 100000);
	v->poll_window = 50000;
	wake = true;
	haltpoll_wait(v, now, 0);
	wake = false;
	KUNIT_EXPECT_EQ(test, v->stats.poll_attempted, 1);
	KUNIT_EXPECT_EQ(test, v->stats.poll_successful, 1);
	/* Its timer expires first */
	now = ktime_get_ns();
	KUNIT_EXPECT_GT(test, haltpoll_wait(v, now, now + 1), now);
	KUNIT_EXPECT_EQ(test, v->stats.poll_attempted, 2);
	KUNIT_EXPECT_EQ(test, v->stats.poll_successful, 1);
	KUNIT_EXPECT_GT(test, v->stats.poll_fail_ns, 0);
}

static struct kunit_case services_cases[] = {
	KUNIT_CASE(a_swapped_vm_is_what_it_was),
	KUNIT_CASE(an_access_moves_as_many_bytes_as_it_has),
	KUNIT_CASE(an_access_begun_before_a_swap_is_finished_after_it),
	KUNIT_CASE(eventfds_are_left_alone_from_the_export_on),
	KUNIT_CASE(an_unknown_record_is_kept_and_handed_on),
	KUNIT_CASE(what_cannot_be_run_is_refused_and_leaves_nothing),
	KUNIT_CASE(a_truncated_stream_is_refused_at_every_length),
	KUNIT_CASE(an_export_that_does_not_fit_says_so_at_every_length),
	KUNIT_CASE(filter_ranges_do_not_overlap_and_are_found),
	KUNIT_CASE(the_vmm_cannot_lead_the_ring_astray),
	KUNIT_CASE(an_access_is_decoded_as_the_cpu_says),
	KUNIT_CASE(a_window_follows_the_waits),
	KUNIT_CASE(polling_ends_when_something_comes_or_time_is_up),
	{}
};

static struct kunit_suite services_suite = {
	.name = "keel_services",
	.init = set_up,
	.exit = tear_down,
	.test_cases = services_cases,
};

kunit_test_suites(&services_suite);

MODULE_DESCRIPTION("keel: KUnit tests of a VM as records and of the services");
MODULE_LICENSE("GPL");
