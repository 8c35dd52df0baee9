// SPDX-License-Identifier: GPL-2.0-only
/*
 * See calls.h. The host is hostile: it writes to every page it can reach before it gives it.
 */
#include "calls.h"
#include "harness.h"

enum call { SHARE, UNSHARE, DONATE, RECLAIM, CREATE, DESTROY, TOPUP, VM_RECLAIM, VCPU, VCPU_END, MAP, MAP_MORE, UNMAP,
	    WRPROTECT, AGE, RELAX, SPLIT, ABORT, CALLS };

/* Pages that calls are about: some of the host, some of the nucleus, some that are no RAM */
static u64 page_of(u8 a, u8 b)
{
	switch (a & 7) {
	case 0:
		return RAM0 + (512 + b % 128) * PAGE;
	case 1:
		return RAM1 + b % 4 * PAGE;
	case 2:
		return (u64)b << 12;
	default:
		return HOST0 + b % HOST0_PAGES * PAGE;
	}
}

static u64 ipa_of(u8 a)
{
	static const u64 base[] = { 0, 0x200000, 0x40000000, 0x3fe00000 };

	return base[a & 3] + (u64)(a >> 2 & 7) * PAGE + (a & 32 ? 0x1f8000 : 0);
}

static s64 map(u32 vm, const u8 *in, u8 level)
{
	static const u64 blocks[] = { RAM1, RAM1, RAM0, 0 };
	u64 size = 1ULL << (39 - 9 * level), pa = level == 3 ? page_of(in[2], in[3]) : blocks[in[3] & 3];

	return hc_guest_map(vm, ipa_of(in[4]) & ~(size - 1), pa & ~(size - 1), level, in[5] & 15);
}

static s64 dispatch(struct calls *c, const u8 *in)
{
	u32 *slot = &c->vm[in[1] & 3], vm = *slot;
	u64 pa = page_of(in[2], in[3]), ipa = ipa_of(in[4]), n = 1 + in[5] % 20;
	s64 ret;

	switch (in[0] % CALLS) {
	case SHARE:
		return hc_host_share_nucleus(pa, in[5] % 5);
	case UNSHARE:
		return hc_host_unshare_nucleus(pa, in[5] % 5);
	case DONATE:
		return hc_host_donate_pool(pa, in[5] % 9);
	case RECLAIM:
		ret = hc_host_reclaim_pool();
		CHECK(ret < 0 || world_page_is_zero(ret));
		return ret;
	case CREATE:
		ret = hc_vm_create(pa, page_of(in[4], in[5]), 32 + in[6] % 18, in[7] == 255);
		if (ret > 0)
			*slot = ret;
		return ret;
	case DESTROY:
		return hc_vm_destroy(vm);
	case TOPUP:
		return hc_vm_topup(vm, pa);
	case VM_RECLAIM:
		ret = hc_vm_reclaim(vm);
		CHECK(ret < 0 || world_page_is_zero(ret));
		return ret;
	case VCPU:
		return hc_vcpu_create(vm, in[5] & 3, pa);
	case VCPU_END:
		return hc_vcpu_destroy(vm, in[5] & 3);
	case MAP:
		return map(vm, in, in[6] % 4 ? 3 : in[6] >> 2 & 3);
	case MAP_MORE:
		return map(vm, in, 3);
	case UNMAP:
		return hc_guest_unmap(vm, ipa, in[6] & 1 ? 1 << 19 : n);
	case WRPROTECT:
		return hc_guest_wrprotect(vm, ipa, n);
	case AGE:
		return in[6] & 1 ? hc_guest_mkyoung(vm, ipa) : hc_guest_age(vm, ipa, n, in[6] & 2);
	case RELAX:
		return hc_guest_relax(vm, ipa, in[6] & 15);
	case SPLIT:
		return hc_guest_split(vm, ipa, n);
	default:
		/* A host access, not a call: a page of RAM that is the host's stays reachable */
		if (nuc_protected())
			mmu_host_abort(0x24ULL << 26 | 7, pa);
		return 0;
	}
}

s64 calls_make(struct calls *c, const u8 *in)
{
	u64 pa = page_of(in[2], in[3]), sum;
	s64 ret;

	if (pgstate_get(&mem_state, pa) == PGSTATE_HOST)
		CHECK(world_host_write(pa, 0xbad0bad0bad0bad0ULL));
	sum = world_sum();
	ret = dispatch(c, in);
	if (ret < 0)
		CHECK(world_sum() == sum);
	return ret;
}
