// SPDX-License-Identifier: GPL-2.0-only
/*
 * See calls.h. The host is hostile: it writes to every page it can reach before it gives it.
 */
#include <string.h>

#include "calls.h"
#include "harness.h"

enum phase { PHASE_ANY, PHASE_SETUP, PHASE_RUN };
enum type { TYPE_u8, TYPE_u16, TYPE_u32, TYPE_u64, TYPE_page, TYPE_ipa, TYPE_vm, TYPE_vcpu };

struct arg {
	u8 type;
	const char *name;
};

struct line {
	const char *name;
	u8 phase, n;
	struct arg arg[5];
};

#define ARGS0()
#define ARGS1(t, n)		{ TYPE_##t, #n }
#define ARGS2(t, n, ...)	ARGS1(t, n), ARGS1(__VA_ARGS__)
#define ARGS3(t, n, ...)	ARGS1(t, n), ARGS2(__VA_ARGS__)
#define ARGS4(t, n, ...)	ARGS1(t, n), ARGS3(__VA_ARGS__)
#define ARGS5(t, n, ...)	ARGS1(t, n), ARGS4(__VA_ARGS__)

static const struct line lines[KEEL_HCALL_MAX] = {
#define HCALL(nr, name, phase, since, doc, n, ...)	[nr] = { #name, PHASE_##phase, n, { ARGS##n(__VA_ARGS__) } },
#include "abi/hcall_each.h"
};

const char *calls_name(u32 nr)
{
	return nr < KEEL_HCALL_MAX ? lines[nr].name : NULL;
}

/* ---- values of each type: most mean something, so that calls collide ---------------------------------------- */

static u64 odd_page(u8 b)
{
	static const u64 odd[] = { RAM0, RAM1, 0, 1ULL << 30, RAM0 + (RAM0_PAGES - 1) * PAGE, RAM1 + (RAM1_PAGES - 1) * PAGE,
				   (1ULL << 40) - PAGE, (1ULL << 48) - PAGE, (1ULL << 52) - PAGE, 1ULL << 52, ~0ULL << 12,
				   HOST0 + 1, HOST0 + PAGE - 1, ~0ULL };

	return odd[b % ARRAY_SIZE(odd)];
}

static u64 page_of(const struct calls *c, u8 a, u8 b)
{
	switch (a & 15) {
	case 0 ... 3:
		return HOST0 + b % HOST0_PAGES * PAGE;
	case 4:
		return RAM1 + b % 4 * PAGE;
	case 5 ... 6:
		return RAM1 + b * 2 * PAGE;
	case 7 ... 9:
		return RAM1 + b % (RAM1_PAGES / 16) * 16 * PAGE;
	case 10:
		return RAM0 + (512 + b % 128) * PAGE;
	case 11:
		return RAM0 + b * PAGE;
	case 12:
		return (u64)b << 12;
	case 13 ... 14:
		return c->page[b % CALL_KEPT];
	default:
		return odd_page(b);
	}
}

static u64 ipa_of(u8 a, u8 b)
{
	static const u64 base[] = { 0, 0x200000, 0x40000000, 0x3fe00000, 0, 0x200000, 1ULL << 32, 1ULL << 39, 1ULL << 40,
				    1ULL << 48, 1ULL << 52, ~0ULL << 12 };
	u64 ipa = base[a % ARRAY_SIZE(base)];

	if ((b & 0xe0) == 0x40)
		ipa -= PAGE;
	if (b & 128 && b & 64)
		ipa += (u64)(b & 7) * PAGE + (b & 32 ? 0x1f8000 : 0);
	return b == 0xa5 ? ipa + 1 : ipa;
}

static u64 vm_of(const struct calls *c, u8 a, u8 b)
{
	static const u64 odd[] = { 0, 1, 0xff, 0xffff, 0x10000, 0x100fe, 0x100ff, 0xffffffff, 1ULL << 32, ~0ULL };
	u64 vm = c->vm[b % CALL_KEPT];

	switch (a & 15) {
	case 0:
		return odd[b % ARRAY_SIZE(odd)];
	case 1:
		return vm + (b & 128 ? 0x10000 : -0x10000);
	case 2:
		return b & 128 ? vm | 1ULL << 32 : vm + 1;
	default:
		return vm;
	}
}

static u64 number_of(u8 a, u8 b)
{
	switch (a & 7) {
	case 0:
		return 0;
	case 1 ... 3:
		return b & 15;
	case 4:
		return b;
	case 5:
		return 1ULL << (b & 63);
	case 6:
		return (1ULL << (b & 63)) - 1 - (b >> 6);
	default:
		return ~0ULL - (b & 15);
	}
}

/* Some names say more than their types; a name that is not here is as good */
static bool named(const char *name, u8 b, u64 *val)
{
	static const struct { const char *name; u64 first, n; } known[] = {
		{ "level", 3, 1 }, { "prot", 1, 15 }, { "ipa_bits", 32, 17 }, { "flags", 0, 1 }, { "n", 1, 20 },
		{ "vq", 0, 18 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(name, known[i].name)) {
			*val = known[i].first + b % known[i].n;
			return true;
		}
	return false;
}

static u64 value_of(const struct calls *c, const struct arg *arg, u8 a, u8 b)
{
	u64 val;

	switch (arg->type) {
	case TYPE_page:
		return page_of(c, a, b);
	case TYPE_ipa:
		return ipa_of(a, b);
	case TYPE_vm:
		return vm_of(c, a, b);
	case TYPE_vcpu:
		return a & 0xc0 ? b & 3U : a & 1 ? 508U + (b & 7) : number_of(a, b);
	default:
		return a & 0xc0 && named(arg->name, b, &val) ? val : number_of(a, b);
	}
}

/* ---- what can be said of any call --------------------------------------------------------------------------- */

/* hcall.def's types again, and not as hcall.c has them */
static bool fits(enum type type, u64 v)
{
	switch (type) {
	case TYPE_u8:
		return !(v >> 8);
	case TYPE_u16:
		return !(v >> 16);
	case TYPE_u32:
	case TYPE_vm:
		return !(v >> 32);
	case TYPE_vcpu:
		return v <= 511;
	case TYPE_page:
	case TYPE_ipa:
		return !(v >> 52) && !(v & 4095);
	default:
		return true;
	}
}

/* What has to come back before the call itself is asked; 0: it is asked */
static s64 refusal(u64 nr, const u64 *arg)
{
	u32 i;

	if (nr >= KEEL_HCALL_MAX || !lines[nr].name)
		return -ENOSYS;
	if (lines[nr].phase == PHASE_SETUP ? world_cpu_final() : lines[nr].phase == PHASE_RUN && !world_cpu_final())
		return -EPERM;
	for (i = 0; i < lines[nr].n; i++)
		if (!fits(lines[nr].arg[i].type, arg[i]))
			return -EINVAL;
	return 0;
}

static bool is_listed(s64 err)
{
	static const s64 listed[] = { -ENOSYS, -EPERM, -EINVAL, -ENOENT, -EFAULT, -ENODEV, -EBUSY, -ENOMEM, -ENOSPC,
				      -EAGAIN };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(listed); i++)
		if (err == listed[i])
			return true;
	return false;
}

#define PAGES	(RAM0_PAGES + RAM1_PAGES)

static u64 nth_page(u32 i)
{
	return i < RAM0_PAGES ? RAM0 + i * PAGE : RAM1 + (i - RAM0_PAGES) * PAGE;
}

static void note_owners(bool *host)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		host[i] = (pgstate_get(&mem_state, nth_page(i)) & PGSTATE_KIND) == PGSTATE_HOST;
}

/* Pages that the call gave back to the host hold nothing any more, and are candidates for the next calls */
static void check_given_back(struct calls *c, const bool *was_host)
{
	bool is_host[PAGES];
	u32 i;

	note_owners(is_host);
	for (i = 0; i < PAGES; i++)
		if (is_host[i] && !was_host[i]) {
			CHECK(world_page_is_zero(nth_page(i)));
			c->page[c->nr_page++ % CALL_KEPT] = nth_page(i);
		}
}

/* The first one takes all places: most calls want a VM that is there */
static void note_handle(struct calls *c, s64 ret)
{
	bool known = false;
	u32 i;

	if (ret <= 0 || ret >> 32 || !world_vm(ret))
		return;
	for (i = 0; i < CALL_KEPT; i++)
		known |= c->vm[i] == ret;
	for (i = 0; i < CALL_KEPT && !known; i++)
		if (!c->vm[i] || i == c->nr_vm % CALL_KEPT)
			c->vm[i] = ret;
	c->nr_vm += !known;
}

static void checked_call(struct calls *c, u64 nr, const u64 *arg)
{
	bool was_host[PAGES];
	u32 made = c->made;
	u64 sum = world_sum();
	s64 ret, want = refusal(nr, arg);

	note_owners(was_host);
	ret = nuc_hcall(nr, arg[0], arg[1], arg[2], arg[3], arg[4]);
	CHECK(ret >= 0 || is_listed(ret));
	if (ret < 0)
		CHECK(world_sum() == sum);
	if (want)
		CHECK_EQ(ret, want);
	if (want)
		return;
	c->reached[nr]++;
	c->accepted[nr] += ret >= 0;
	/* Calls in the middle of this one were looked at by themselves */
	if (made == c->made)
		check_given_back(c, was_host);
	note_handle(c, ret);
}

/* ---- the calls ---------------------------------------------------------------------------------------------- */

static struct calls *in_guest;

/* Another CPU calls while this one is in a guest */
static void while_in_guest(void)
{
	u32 cpu = world_on_cpu(0);

	world_on_cpu(!cpu);
	if (in_guest->depth < 3)
		calls_next(in_guest);
	world_on_cpu(cpu);
}

/* Numbers that exist are what they are whatever comes later: the corpus is good for longer. Bit 7: others too */
static u64 number_from(u8 b)
{
	u32 nr = b & 0x7f, i;

	if (b & 0x80 || lines[nr].name)
		return b == 0xff ? ~0ULL : nr;
	for (i = nr; ; nr = (nr + 1) % KEEL_HCALL_MAX)
		if (lines[nr].name && !i--)
			return nr;
}

bool calls_next(struct calls *c)
{
	const u8 *in = c->in;
	u64 arg[5], nr;
	u32 i;

	if (c->end - in < CALL_BYTES)
		return false;
	c->in += CALL_BYTES;
	c->made++;
	c->depth++;
	in_guest = c;
	world_in_guest = while_in_guest;
	if (c->depth == 1)
		world_on_cpu(in[1] & 1);
	nr = number_from(in[0]);
	for (i = 0; i < 5; i++) {
		arg[i] = value_of(c, nr < KEEL_HCALL_MAX && i < lines[nr].n ? &lines[nr].arg[i] : &(struct arg){ TYPE_u64, "" },
				  in[2 + 2 * i], in[3 + 2 * i]);
		if (pgstate_get(&mem_state, arg[i] & ~4095ULL) == PGSTATE_HOST)
			CHECK(world_host_write(arg[i] & ~4095ULL, 0xbad0bad0bad0bad0ULL));
	}
	/* A host access, not a call: a page of RAM that is the host's stays reachable */
	if (in[1] >= 0xf0 && nuc_protected() && nuc_finalised())
		mmu_host_abort(0x24ULL << 26 | 7, page_of(c, in[2], in[3]) & ~4095ULL);
	checked_call(c, nr, arg);
	c->depth--;
	return true;
}

void calls_settle(struct calls *c)
{
	s64 vm;
	u32 i;

	for (i = 2; i--;) {
		world_on_cpu(i);
		CHECK_EQ(nuc_hcall(KEEL_HC_finalise, 0, 0, 0, 0, 0), 0);
	}
	vm = nuc_hcall(KEEL_HC_vm_create, RAM1, RAM1 + 8 * PAGE, 39, 0, 0);
	CHECK(vm > 0);
	note_handle(c, vm);
	for (i = 0; i < 24; i++)
		CHECK_EQ(nuc_hcall(KEEL_HC_vm_topup, vm, HOST0 + i * PAGE, 0, 0, 0), 0);
	CHECK_EQ(nuc_hcall(KEEL_HC_vcpu_create, vm, 0, RAM1 + 9 * PAGE, 0, 0), 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(nuc_hcall(KEEL_HC_guest_map, vm, i * PAGE, RAM1 + (16 + i) * PAGE, 3, KEEL_PROT_R), 0);
	CHECK_EQ(nuc_hcall(KEEL_HC_guest_map, vm, 0x40000000, 0, 1, KEEL_PROT_R | KEEL_PROT_DEVICE), 0);
}
