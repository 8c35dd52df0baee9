/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed stubs for the host's side of hcall.def: keel_hc_NAME(args) returns the call's s64.
 */
#ifndef KEEL_ABI_HCALL_HOST_H
#define KEEL_ABI_HCALL_HOST_H

#include "abi/hcall.h"

typedef u64 keel_arg_page;
typedef u64 keel_arg_ipa;
typedef u32 keel_arg_vm;
typedef u16 keel_arg_vcpu;
typedef u8 keel_arg_u8;
typedef u16 keel_arg_u16;
typedef u32 keel_arg_u32;
typedef u64 keel_arg_u64;

s64 keel_hcall(enum keel_hcall nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);

#define HCALL0(nr, name, phase, since, doc) \
static inline s64 keel_hc_##name(void) \
{ return keel_hcall(KEEL_HC_##name, 0, 0, 0, 0, 0); }
#define HCALL1(nr, name, phase, since, doc, t0, n0) \
static inline s64 keel_hc_##name(keel_arg_##t0 n0) \
{ return keel_hcall(KEEL_HC_##name, n0, 0, 0, 0, 0); }
#define HCALL2(nr, name, phase, since, doc, t0, n0, t1, n1) \
static inline s64 keel_hc_##name(keel_arg_##t0 n0, keel_arg_##t1 n1) \
{ return keel_hcall(KEEL_HC_##name, n0, n1, 0, 0, 0); }
#define HCALL3(nr, name, phase, since, doc, t0, n0, t1, n1, t2, n2) \
static inline s64 keel_hc_##name(keel_arg_##t0 n0, keel_arg_##t1 n1, keel_arg_##t2 n2) \
{ return keel_hcall(KEEL_HC_##name, n0, n1, n2, 0, 0); }
#define HCALL4(nr, name, phase, since, doc, t0, n0, t1, n1, t2, n2, t3, n3) \
static inline s64 keel_hc_##name(keel_arg_##t0 n0, keel_arg_##t1 n1, keel_arg_##t2 n2, keel_arg_##t3 n3) \
{ return keel_hcall(KEEL_HC_##name, n0, n1, n2, n3, 0); }
#define HCALL5(nr, name, phase, since, doc, t0, n0, t1, n1, t2, n2, t3, n3, t4, n4) \
static inline s64 keel_hc_##name(keel_arg_##t0 n0, keel_arg_##t1 n1, keel_arg_##t2 n2, keel_arg_##t3 n3, \
				 keel_arg_##t4 n4) \
{ return keel_hcall(KEEL_HC_##name, n0, n1, n2, n3, n4); }
#include "abi/hcall.def"
#undef HCALL0
#undef HCALL1
#undef HCALL2
#undef HCALL3
#undef HCALL4
#undef HCALL5

#endif
