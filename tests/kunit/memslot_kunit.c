// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of memslots, the dirty bitmaps and the dirty rings against a nucleus that is an array: one byte of
 * permissions a page. No guest runs; the rules that hold between table, bitmap and stage-2 are what is tested.
 */
#include <kunit/test.h>

/* Tested as part of this module: nothing is exported for them, and their links to the rest are the seam */
#include "core/stream.c"
#include "host/personality/coherence.c"
#include "host/personality/memslot.c"
#include "host/personality/dirty.c"
#include "host/personality/ring.c"

#define PAGES	4096		/* of guest: 16 MiB */
#define HVA	0x10000000UL

static u8 stage2[PAGES];	/* KEEL_PROT_* by guest frame, 0 unmapped */
static u8 cleaned[PAGES];	/* times that a frame was cleaned; guest frame n is the host's n + 7 */
static unsigned int flushes, requests;
static unsigned int splits, split_pages, supply, topups;	/* a split takes a page of supply per 2 MiB */
static bool old_nucleus;	/* knows guest_next, not guest_run */
static unsigned long *blob;
static size_t blob_size;

/* Frames follow on each other as long as they are mapped alike */
static s64 fake_run(u64 gfn, u64 n)
{
	u64 from = gfn, end = gfn + n, at;

	while (from < end && !stage2[from])
		from++;
	if (from == end)
		return -ENOENT;
	for (at = from + 1; at < end && stage2[at] && !((stage2[at] ^ stage2[from]) & KEEL_PROT_DEVICE); at++)
		;
	return (from + 7) | (at - from - 1) << KEEL_RUN_MORE_SHIFT | (from - gfn) << KEEL_RUN_SKIP_SHIFT |
	       (stage2[from] & KEEL_PROT_DEVICE ? KEEL_RUN_DEVICE : 0);
}

s64 keel_hcall(enum keel_hcall nr, u64 vm, u64 ipa, u64 n, u64 a3, u64 a4)
{
	u64 gfn = ipa >> PAGE_SHIFT, i;
	s64 changed = 0;

	if (nr == KEEL_HC_guest_flush_tlb) {
		flushes++;
		return 0;
	}
	if (nr == KEEL_HC_guest_lookup)
		return stage2[gfn] ? (s64)((gfn + 7) << PAGE_SHIFT | (u64)stage2[gfn] << 52 | 3ULL << 60) : -ENOENT;
	if (nr == KEEL_HC_guest_split) {
		if (supply < DIV_ROUND_UP(n, PTRS_PER_PTE))
			return -ENOMEM;
		supply -= DIV_ROUND_UP(n, PTRS_PER_PTE);
		splits++;
		split_pages += n;
		return n > STAGE2_CHUNK ? -EINVAL : 0;
	}
	if (gfn + n > PAGES || n > STAGE2_CHUNK)
		return -EINVAL;
	if (nr == KEEL_HC_guest_run)
		return old_nucleus ? -ENOSYS : fake_run(gfn, n);
	for (i = gfn; nr == KEEL_HC_guest_next; i++) {
		if (i == gfn + n)
			return -ENOENT;
		if (stage2[i])
			return i << PAGE_SHIFT | 3;
	}
	for (i = gfn; i < gfn + n; i++) {
		if (nr == KEEL_HC_guest_unmap && stage2[i]) {
			stage2[i] = 0;
			changed++;
		} else if (nr == KEEL_HC_guest_wrprotect && (stage2[i] & KEEL_PROT_W)) {
			stage2[i] &= ~KEEL_PROT_W;
			changed++;
		}
	}
	return changed;
}

/* After the unmapping, or the guest could still write past the cache */
bool mte_allows(unsigned long start, unsigned long end)
{
	return false;
}

void hostpage_clean(unsigned long pfn, unsigned long npages)
{
	for (; npages; npages--, pfn++)
		cleaned[pfn - 7] += stage2[pfn - 7] ? 100 : 1;
}

/* One blob is enough: one slot is logged at a time */
void *keel_vm_blob_get(struct keel_vm *vm, u64 key, size_t size)
{
	if (!blob) {
		blob = kzalloc(size, GFP_KERNEL);
		blob_size = size;
	}
	return blob_size == size ? blob : NULL;
}

void *keel_vm_blob_find(struct keel_vm *vm, u64 key, size_t *size)
{
	*size = blob_size;
	return blob;
}

void keel_vm_blob_put(struct keel_vm *vm, u64 key)
{
	kfree(blob);
	blob = NULL;
}

int keel_vm_topup(struct keel_vm *vm, unsigned int min)
{
	topups++;
	if (topups > 100)
		return -ENOMEM;
	supply += min;
	return 0;
}

int keel_vm_dirty_ring(struct keel_vm *vm, u32 bytes)
{
	return 0;
}

void keel_vcpu_request(struct keel_vcpu *vcpu, unsigned int bit)
{
	requests |= BIT(bit);
}

static struct keel_vm vm;
static struct pvm *pvm;

static int set_up(struct kunit *test)
{
	pvm = kvzalloc(sizeof(*pvm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pvm);
	vm.ipa_bits = 40;
	pvm->vm = &vm;
	pvm->mmu.pvm = pvm;
	mutex_init(&pvm->mmu.slots_lock);
	rwlock_init(&pvm->mmu.lock);
	pvm->mmu.by_gfn = RB_ROOT;
	pvm->mmu.by_hva = RB_ROOT_CACHED;
	xa_init(&pvm->mmu.by_id);
	memset(stage2, 0, sizeof(stage2));
	memset(cleaned, 0, sizeof(cleaned));
	flushes = 0;
	requests = 0;
	splits = 0;
	split_pages = 0;
	supply = 0;
	topups = 0;
	mutex_lock(&pvm->mmu.slots_lock);
	return init_srcu_struct(&pvm->mmu.copiers);
}

static void tear_down(struct kunit *test)
{
	mutex_unlock(&pvm->mmu.slots_lock);
	memslot_free_all(&pvm->mmu);
	keel_vm_blob_put(&vm, 0);
	cleanup_srcu_struct(&pvm->mmu.copiers);
	kvfree(pvm->mmu.rings);
	kvfree(pvm);
}

static int create(u32 id, u64 gfn, u64 n, unsigned long hva, u32 flags)
{
	const struct memslot want = { .id = id, .base_gfn = gfn, .npages = n, .hva = hva, .flags = flags };
	int ret = check_slot(&pvm->mmu, &want, NULL);

	return ret ? ret : memslot_create(pvm, &want);
}

static u32 slot_at(u64 gfn)
{
	struct memslot *slot;
	u32 id;

	read_lock(&pvm->mmu.lock);
	slot = memslot_find(&pvm->mmu, gfn);
	id = slot ? slot->id : ~0U;
	read_unlock(&pvm->mmu.lock);
	return id;
}

static void a_region_that_makes_no_sense_is_refused(struct kunit *test)
{
	const struct kvm_userspace_memory_region2 good = {
		.slot = 1, .guest_phys_addr = SZ_1G, .memory_size = SZ_2M, .userspace_addr = HVA,
	};
	struct kvm_userspace_memory_region2 r = good;

	KUNIT_EXPECT_EQ(test, check_region(&r), 0);
	r.memory_size++;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.guest_phys_addr += 0x800;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.userspace_addr |= 1;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.userspace_addr = -SZ_2M;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.slot = MEMSLOT_MAX;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.slot |= 1 << 16;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.flags = KVM_MEM_GUEST_MEMFD;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.guest_phys_addr = -SZ_1M;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
	r = good;
	r.memory_size = (MEMSLOT_MAX_PAGES + 1) << PAGE_SHIFT;
	KUNIT_EXPECT_EQ(test, check_region(&r), -EINVAL);
}

static void slots_do_not_overlap_and_are_found(struct kunit *test)
{
	u32 i;

	for (i = 0; i < 100; i++)
		KUNIT_ASSERT_EQ(test, create(i, 4 * ((i * 37) % 100), 3, HVA + i * SZ_1M, 0), 0);
	for (i = 0; i < 100; i++) {
		u64 gfn = 4 * ((i * 37) % 100);

		KUNIT_EXPECT_EQ(test, slot_at(gfn), i);
		KUNIT_EXPECT_EQ(test, slot_at(gfn + 2), i);
		KUNIT_EXPECT_EQ(test, slot_at(gfn + 3), ~0U);
		KUNIT_EXPECT_EQ(test, create(200, gfn + 2, 2, HVA, 0), -EEXIST);
		KUNIT_EXPECT_EQ(test, create(200, gfn + 1, 1, HVA, 0), -EEXIST);
	}
	KUNIT_EXPECT_EQ(test, create(200, 3, 1, HVA, 0), 0);
	KUNIT_EXPECT_EQ(test, create(201, BIT_ULL(40 - PAGE_SHIFT) - 1, 2, HVA, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, memslot_delete(pvm, memslot_by_id(&pvm->mmu, 0)), 0);
	KUNIT_EXPECT_EQ(test, slot_at(0), ~0U);
}

static void every_change_makes_what_was_looked_up_stale(struct kunit *test)
{
	unsigned long seq = pvm->mmu.inv_seq;
	struct memslot *slot, want;

	KUNIT_ASSERT_EQ(test, create(1, 0, 16, HVA, 0), 0);
	KUNIT_EXPECT_NE(test, pvm->mmu.inv_seq, seq);
	seq = pvm->mmu.inv_seq;
	slot = memslot_by_id(&pvm->mmu, 1);
	KUNIT_ASSERT_EQ(test, memslot_change_flags(pvm, slot, KVM_MEM_LOG_DIRTY_PAGES), 0);
	KUNIT_EXPECT_NE(test, pvm->mmu.inv_seq, seq);
	seq = pvm->mmu.inv_seq;
	want = *slot;
	want.base_gfn = 64;
	memset(stage2, KEEL_PROT_R, 32);
	KUNIT_ASSERT_EQ(test, memslot_move(pvm, slot, &want), 0);
	KUNIT_EXPECT_NE(test, pvm->mmu.inv_seq, seq);
	KUNIT_EXPECT_EQ(test, slot_at(0), ~0U);
	KUNIT_EXPECT_EQ(test, slot_at(64), 1);
	KUNIT_EXPECT_EQ(test, stage2[15], 0);
	KUNIT_EXPECT_EQ(test, stage2[16], KEEL_PROT_R);
	seq = pvm->mmu.inv_seq;
	KUNIT_ASSERT_EQ(test, memslot_delete(pvm, slot), 0);
	KUNIT_EXPECT_NE(test, pvm->mmu.inv_seq, seq);
	KUNIT_EXPECT_NULL(test, blob);
}

static bool unmap(u32 handle, u64 ipa, u64 n)
{
	return keel_hc_guest_unmap(handle, ipa, n) > 0;
}

static void all_guest_pages_of_an_address_go_with_it(struct kunit *test)
{
	/* Two slots show the same memory, a third one other memory */
	KUNIT_ASSERT_EQ(test, create(1, 0, 16, HVA, 0), 0);
	KUNIT_ASSERT_EQ(test, create(2, 100, 16, HVA + 8 * PAGE_SIZE, 0), 0);
	KUNIT_ASSERT_EQ(test, create(3, 200, 16, HVA + 64 * PAGE_SIZE, 0), 0);
	memset(stage2, KEEL_PROT_R, PAGES);
	/* Pages 9 and 10 of the first, from the middle of one to the middle of the other */
	KUNIT_EXPECT_TRUE(test, memslot_for_hva(&pvm->mmu, HVA + 9 * PAGE_SIZE + 1, HVA + 10 * PAGE_SIZE + 1, true,
						unmap));
	KUNIT_EXPECT_EQ(test, stage2[8], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[9], 0);
	KUNIT_EXPECT_EQ(test, stage2[10], 0);
	KUNIT_EXPECT_EQ(test, stage2[11], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[100], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[101], 0);
	KUNIT_EXPECT_EQ(test, stage2[102], 0);
	KUNIT_EXPECT_EQ(test, stage2[103], KEEL_PROT_R);
	KUNIT_EXPECT_TRUE(test, memslot_for_hva(&pvm->mmu, 0, ULONG_MAX, true, unmap));
	KUNIT_EXPECT_EQ(test, stage2[215], 0);
	KUNIT_EXPECT_EQ(test, stage2[216], KEEL_PROT_R);
	KUNIT_EXPECT_FALSE(test, memslot_for_hva(&pvm->mmu, 0, HVA, true, unmap));
}

static void logging_protects_and_marks(struct kunit *test)
{
	struct memslot *slot;

	KUNIT_ASSERT_EQ(test, create(1, 0, 256, HVA, 0), 0);
	slot = memslot_by_id(&pvm->mmu, 1);
	memset(stage2, KEEL_PROT_R | KEEL_PROT_W, 512);
	read_lock(&pvm->mmu.lock);
	dirty_mark(&pvm->mmu, slot, 3, NULL);
	read_unlock(&pvm->mmu.lock);
	KUNIT_ASSERT_EQ(test, memslot_change_flags(pvm, slot, KVM_MEM_LOG_DIRTY_PAGES), 0);
	KUNIT_EXPECT_EQ(test, stage2[0], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[255], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[256], KEEL_PROT_R | KEEL_PROT_W);
	KUNIT_EXPECT_NE(test, flushes, 0);
	KUNIT_EXPECT_TRUE(test, bitmap_empty(slot->bitmap, 256));
	read_lock(&pvm->mmu.lock);
	dirty_mark(&pvm->mmu, slot, 3, NULL);
	dirty_mark(&pvm->mmu, slot, 255, NULL);
	read_unlock(&pvm->mmu.lock);
	KUNIT_EXPECT_EQ(test, slot->bitmap[0], BIT(3));
	KUNIT_EXPECT_EQ(test, slot->bitmap[3], BIT(63));
}

static void with_initially_set_nothing_is_protected(struct kunit *test)
{
	struct memslot *slot;

	pvm->caps = PVM_CAP_DIRTY_MANUAL | PVM_CAP_DIRTY_INIT_SET;
	KUNIT_ASSERT_EQ(test, create(1, 0, 100, HVA, 0), 0);
	slot = memslot_by_id(&pvm->mmu, 1);
	memset(stage2, KEEL_PROT_R | KEEL_PROT_W, 100);
	KUNIT_ASSERT_EQ(test, memslot_change_flags(pvm, slot, KVM_MEM_LOG_DIRTY_PAGES), 0);
	KUNIT_EXPECT_EQ(test, stage2[50], KEEL_PROT_R | KEEL_PROT_W);
	KUNIT_EXPECT_EQ(test, slot->bitmap[0], ~0UL);
	/* Never a bit beyond the slot */
	KUNIT_EXPECT_EQ(test, slot->bitmap[1], GENMASK(35, 0));
}

static void harvested_pages_are_protected_and_no_dirty_one_is_lost(struct kunit *test)
{
	unsigned long words[8], seed = 0x9e3779b97f4a7c15UL;
	struct memslot *slot;
	unsigned int i, round;

	KUNIT_ASSERT_EQ(test, create(1, 16, 500, HVA, KVM_MEM_LOG_DIRTY_PAGES), 0);
	slot = memslot_by_id(&pvm->mmu, 1);
	for (round = 0; round < 50; round++) {
		DECLARE_BITMAP(want, 512) = { };

		for (i = 0; i < 500; i++) {
			seed = seed * 6364136223846793005UL + 1442695040888963407UL;
			if ((seed >> 60) > round % 16)
				continue;
			stage2[16 + i] = KEEL_PROT_R | KEEL_PROT_W;
			set_bit(i, slot->bitmap);
			set_bit(i, want);
		}
		KUNIT_EXPECT_EQ(test, take_words(slot->bitmap, words, 8), !bitmap_empty(want, 512));
		protect_words(pvm, slot, 0, words, 8);
		KUNIT_EXPECT_TRUE(test, bitmap_equal(want, words, 512));
		KUNIT_EXPECT_TRUE(test, bitmap_empty(slot->bitmap, 512));
		for (i = 0; i < 500; i++)
			KUNIT_ASSERT_EQ(test, stage2[16 + i] & KEEL_PROT_W, 0);
		give_words_back(slot->bitmap, words, 8);
		KUNIT_EXPECT_TRUE(test, bitmap_equal(want, slot->bitmap, 512));
		memset(slot->bitmap, 0, 64);
	}
}

static void clear_takes_whole_words_or_the_end(struct kunit *test)
{
	struct kvm_clear_dirty_log log = { .num_pages = 64 };
	struct memslot slot = { .npages = 100 };

	KUNIT_EXPECT_EQ(test, check_clear(&log, &slot), 0);
	log.num_pages = 63;
	KUNIT_EXPECT_EQ(test, check_clear(&log, &slot), -EINVAL);
	log.num_pages = 100;
	KUNIT_EXPECT_EQ(test, check_clear(&log, &slot), 0);
	log.num_pages = 101;
	KUNIT_EXPECT_EQ(test, check_clear(&log, &slot), -EINVAL);
	log.first_page = 64;
	log.num_pages = 36;
	KUNIT_EXPECT_EQ(test, check_clear(&log, &slot), 0);
	log.first_page = 128;
	log.num_pages = 0;
	KUNIT_EXPECT_EQ(test, check_clear(&log, &slot), -EINVAL);
}

static void a_ring_fills_and_is_taken_back(struct kunit *test)
{
	struct keel_vcpu *vcpu = kunit_kzalloc(test, sizeof(*vcpu), GFP_KERNEL);
	struct pvcpu *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);
	bool flush = false;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, ring_alloc(&pvm->mmu, PAGE_SIZE), 0);
	KUNIT_ASSERT_EQ(test, create(5, 0, 1024, HVA, KVM_MEM_LOG_DIRTY_PAGES), 0);
	vcpu->dirty_ring = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	vcpu->dirty_ring_size = PAGE_SIZE;
	v->vcpu = vcpu;
	v->pvm = pvm;
	for (i = 0; i < 256; i++) {
		KUNIT_EXPECT_EQ(test, ring_soft_full(v), i >= 256 - RING_RESERVED);
		KUNIT_EXPECT_FALSE(test, ring_full(v));
		stage2[3 * i] = KEEL_PROT_R | KEEL_PROT_W;
		ring_push(v, 5, 3 * i);
	}
	KUNIT_EXPECT_TRUE(test, ring_full(v));
	KUNIT_EXPECT_EQ(test, requests, BIT(PREQ_RING_FULL));
	KUNIT_EXPECT_EQ(test, vcpu->dirty_ring[7].slot, 5);
	KUNIT_EXPECT_EQ(test, vcpu->dirty_ring[7].offset, 21);
	KUNIT_EXPECT_EQ(test, ring_reset_one(v, &flush), 0);

	for (i = 0; i < 100; i++)
		vcpu->dirty_ring[i].flags = KVM_DIRTY_GFN_F_RESET;
	/* What the VMM made up is taken back and does nothing */
	vcpu->dirty_ring[50].slot = MEMSLOT_MAX + 7;
	vcpu->dirty_ring[51].offset = ~0ULL;
	KUNIT_EXPECT_EQ(test, ring_reset_one(v, &flush), 100);
	KUNIT_EXPECT_TRUE(test, flush);
	KUNIT_EXPECT_EQ(test, stage2[3 * 49], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[3 * 52], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[3 * 99], KEEL_PROT_R);
	KUNIT_EXPECT_EQ(test, stage2[3 * 100], KEEL_PROT_R | KEEL_PROT_W);
	KUNIT_EXPECT_FALSE(test, ring_full(v));
}

static void an_imported_table_is_the_exported_one(struct kunit *test)
{
	static u8 buffer[4096];
	struct keel_stream s = { .buf = buffer, .size = sizeof(buffer) };
	struct keel_rec_memslot got;
	struct keel_record rec;
	unsigned long *bits;

	KUNIT_ASSERT_EQ(test, create(1, 0, 100, HVA, KVM_MEM_LOG_DIRTY_PAGES), 0);
	KUNIT_ASSERT_EQ(test, create(7, 200, 50, HVA + SZ_1M, KVM_MEM_READONLY), 0);
	bits = memslot_by_id(&pvm->mmu, 1)->bitmap;
	keel_stream_begin(&s);
	mutex_unlock(&pvm->mmu.slots_lock);
	KUNIT_ASSERT_EQ(test, memslot_export(&pvm->mmu, &s), 0);
	keel_stream_end(&s);
	memslot_free_all(&pvm->mmu);
	s.size = s.pos;
	KUNIT_ASSERT_EQ(test, keel_stream_open(&s), 0);
	while (keel_stream_next(&s, &rec) == 1) {
		KUNIT_ASSERT_EQ(test, keel_get_memslot(&rec, &got, NULL, NULL), 0);
		KUNIT_EXPECT_EQ(test, memslot_import(&pvm->mmu, &got), 0);
		KUNIT_EXPECT_EQ(test, memslot_import(&pvm->mmu, &got), -EINVAL);
	}
	mutex_lock(&pvm->mmu.slots_lock);
	KUNIT_EXPECT_EQ(test, slot_at(99), 1);
	KUNIT_EXPECT_EQ(test, slot_at(200), 7);
	KUNIT_EXPECT_PTR_EQ(test, memslot_by_id(&pvm->mmu, 1)->bitmap, bits);
	KUNIT_EXPECT_TRUE(test, memslot_readonly(memslot_by_id(&pvm->mmu, 7)));
}

static void a_logged_slot_without_its_bitmap_is_refused(struct kunit *test)
{
	const struct keel_rec_memslot rec = {
		.slot = 3, .flags = KVM_MEM_LOG_DIRTY_PAGES, .size = SZ_1M, .hva = HVA,
	};

	mutex_unlock(&pvm->mmu.slots_lock);
	KUNIT_EXPECT_EQ(test, memslot_import(&pvm->mmu, &rec), -EINVAL);
	KUNIT_EXPECT_FALSE(test, memslot_any(pvm));
	mutex_lock(&pvm->mmu.slots_lock);
}

static void a_chunk_is_a_block_size_and_comes_before_memslots(struct kunit *test)
{
	static const u64 good[] = { SZ_4K, SZ_2M, SZ_1G, 0 }, bad[] = { 1, SZ_8K, SZ_2M + SZ_4K, SZ_512M, 1ULL << 42, ~0ULL };
	unsigned int i;

	mutex_unlock(&pvm->mmu.slots_lock);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, dirty_set_chunk(pvm, bad[i]), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		KUNIT_EXPECT_EQ(test, dirty_set_chunk(pvm, good[i]), 0);
		KUNIT_EXPECT_EQ(test, pvm->mmu.split_chunk, good[i]);
	}
	mutex_lock(&pvm->mmu.slots_lock);
	KUNIT_ASSERT_EQ(test, create(1, 0, 100, HVA, 0), 0);
	mutex_unlock(&pvm->mmu.slots_lock);
	KUNIT_EXPECT_EQ(test, dirty_set_chunk(pvm, SZ_2M), -EINVAL);
	mutex_lock(&pvm->mmu.slots_lock);
}

/* Logging begins for a slot of 4000 pages that begins in the middle of a block. Returns the number of calls to split */
static unsigned int split_by(struct kunit *test, u32 chunk, unsigned long caps)
{
	pvm->mmu.split_chunk = chunk;
	pvm->caps = caps;
	splits = 0;
	split_pages = 0;
	KUNIT_ASSERT_EQ(test, create(1, 20, 4000, HVA, 0), 0);
	KUNIT_ASSERT_EQ(test, memslot_change_flags(pvm, memslot_by_id(&pvm->mmu, 1), KVM_MEM_LOG_DIRTY_PAGES), 0);
	KUNIT_ASSERT_EQ(test, memslot_delete(pvm, memslot_by_id(&pvm->mmu, 1)), 0);
	return splits;
}

static void blocks_are_split_by_chunks_when_logging_begins(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, split_by(test, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, split_by(test, SZ_2M, 0), 8);
	KUNIT_EXPECT_EQ(test, split_pages, 4000);
	KUNIT_EXPECT_EQ(test, split_by(test, SZ_4K, 0), 8);
	KUNIT_EXPECT_EQ(test, split_by(test, SZ_1G, 0), 1);
	KUNIT_EXPECT_EQ(test, split_pages, 4000);
	/* All dirty from the start: not before the VMM has taken note of it */
	KUNIT_EXPECT_EQ(test, split_by(test, SZ_2M, PVM_CAP_DIRTY_MANUAL | PVM_CAP_DIRTY_INIT_SET), 0);
	KUNIT_EXPECT_FALSE(test, dirty_protect_again(pvm, 100, 64));
	KUNIT_EXPECT_EQ(test, splits, 1);
	pvm->caps = 0;
	KUNIT_EXPECT_FALSE(test, dirty_protect_again(pvm, 100, 64));
	KUNIT_EXPECT_EQ(test, splits, 1);
	/* Without memory logging begins all the same */
	topups = 100;
	supply = 0;
	KUNIT_EXPECT_EQ(test, split_by(test, SZ_2M, 0), 0);
}

static void unmap_and_look(struct kunit *test)
{
	u64 gfn, want;

	memset(cleaned, 0, sizeof(cleaned));
	for (gfn = 0; gfn < 200; gfn++)
		stage2[gfn] = gfn % 3 ? KEEL_PROT_R | KEEL_PROT_W : 0;
	stage2[100] |= KEEL_PROT_DEVICE;
	KUNIT_EXPECT_TRUE(test, coherence_unmap(0, 10 << PAGE_SHIFT, 150));
	KUNIT_EXPECT_FALSE(test, coherence_unmap(0, 10 << PAGE_SHIFT, 150));
	for (gfn = 0; gfn < 200; gfn++) {
		want = gfn >= 10 && gfn < 160 && gfn % 3 && gfn != 100;
		KUNIT_EXPECT_EQ_MSG(test, cleaned[gfn], want, "frame %llu", gfn);
		if (gfn >= 10 && gfn < 160)
			KUNIT_EXPECT_EQ_MSG(test, stage2[gfn], 0, "frame %llu", gfn);
	}
}

static void what_is_unmapped_is_cleaned_once_and_afterwards(struct kunit *test)
{
	unmap_and_look(test);
	old_nucleus = true;
	unmap_and_look(test);
	old_nucleus = false;
}

static struct kunit_case memslot_cases[] = {
	KUNIT_CASE(what_is_unmapped_is_cleaned_once_and_afterwards),
	KUNIT_CASE(a_chunk_is_a_block_size_and_comes_before_memslots),
	KUNIT_CASE(blocks_are_split_by_chunks_when_logging_begins),
	KUNIT_CASE(a_region_that_makes_no_sense_is_refused),
	KUNIT_CASE(slots_do_not_overlap_and_are_found),
	KUNIT_CASE(every_change_makes_what_was_looked_up_stale),
	KUNIT_CASE(all_guest_pages_of_an_address_go_with_it),
	KUNIT_CASE(logging_protects_and_marks),
	KUNIT_CASE(with_initially_set_nothing_is_protected),
	KUNIT_CASE(harvested_pages_are_protected_and_no_dirty_one_is_lost),
	KUNIT_CASE(clear_takes_whole_words_or_the_end),
	KUNIT_CASE(a_ring_fills_and_is_taken_back),
	KUNIT_CASE(an_imported_table_is_the_exported_one),
	KUNIT_CASE(a_logged_slot_without_its_bitmap_is_refused),
	{}
};

static struct kunit_suite memslot_suite = {
	.name = "keel_memslot",
	.init = set_up,
	.exit = tear_down,
	.test_cases = memslot_cases,
};

kunit_test_suites(&memslot_suite);

MODULE_DESCRIPTION("keel: KUnit tests of memslots and dirty logs");
MODULE_LICENSE("GPL");
