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

/* The arguments' names, and zeroes up to five */
#define KEEL_PASS0()				0, 0, 0, 0, 0
#define KEEL_PASS1(t0, n0)			n0, 0, 0, 0, 0
#define KEEL_PASS2(t0, n0, t1, n1)		n0, n1, 0, 0, 0
#define KEEL_PASS3(t0, n0, t1, n1, t2, n2)	n0, n1, n2, 0, 0
#define KEEL_PASS4(t0, n0, t1, n1, t2, n2, t3, n3)	n0, n1, n2, n3, 0
#define KEEL_PASS5(t0, n0, t1, n1, t2, n2, t3, n3, t4, n4)	n0, n1, n2, n3, n4

#define HCALL(nr, name, phase, since, doc, n, ...) \
static inline s64 keel_hc_##name(KEEL_PARAMS##n(keel_arg_, ##__VA_ARGS__)) \
{ return keel_hcall(KEEL_HC_##name, KEEL_PASS##n(__VA_ARGS__)); }
#include "abi/hcall_each.h"

#endif
