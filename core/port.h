/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What core/ and include/abi/ may take for granted, whatever they are compiled into: fixed-width
 * types, bit and range helpers, errno values and the three memory functions. Kernel modules get
 * them from the kernel's own headers; the nucleus (freestanding, KEEL_NUCLEUS or no __KERNEL__)
 * and user space builds get the same names from here. It never brings in anything that allocates,
 * locks, prints or sleeps.
 *
 * u64 is unsigned long long everywhere, as in the kernel, so that %llx is right in every build.
 */
#ifndef KEEL_CORE_PORT_H
#define KEEL_CORE_PORT_H

#if defined(__KERNEL__) && !defined(KEEL_NUCLEUS)

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__STDC_HOSTED__) && __STDC_HOSTED__
#include <errno.h>
#include <string.h>
#else
#include <asm-generic/errno.h>
void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);
#endif

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#ifndef U32_MAX
#define U32_MAX			0xffffffffU
#endif
#ifndef BIT
#define BIT(n)			(1UL << (n))
#endif
#ifndef BIT_ULL
#define BIT_ULL(n)		(1ULL << (n))
#endif
#ifndef GENMASK_ULL
#define GENMASK_ULL(high, low)	((~0ULL << (low)) & (~0ULL >> (63 - (high))))
#endif
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#endif
#ifndef ALIGN
#define ALIGN(x, a)		(((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))
#endif
#ifndef ALIGN_DOWN
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#endif
#ifndef IS_ALIGNED
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)
#endif
#ifndef min
#define min(a, b) ({				\
	__typeof__(a) _min_a = (a);		\
	__typeof__(b) _min_b = (b);		\
	_min_a < _min_b ? _min_a : _min_b;	\
})
#endif
#ifndef max
#define max(a, b) ({				\
	__typeof__(a) _max_a = (a);		\
	__typeof__(b) _max_b = (b);		\
	_max_a > _max_b ? _max_a : _max_b;	\
})
#endif
#ifndef static_assert
#define static_assert		_Static_assert
#endif
#ifndef fallthrough
#define fallthrough		__attribute__((__fallthrough__))
#endif
#ifndef check_add_overflow
#define check_add_overflow(a, b, sum)	__builtin_add_overflow(a, b, sum)
#endif
#ifndef check_mul_overflow
#define check_mul_overflow(a, b, product) __builtin_mul_overflow(a, b, product)
#endif
#ifndef container_of
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#endif

#endif /* __KERNEL__ && !KEEL_NUCLEUS */

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the wire formats are little-endian and read in place: little-endian builds only"
#endif

#endif /* KEEL_CORE_PORT_H */
