// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory functions that a freestanding compiler calls for itself. Byte loops but for whole, aligned words, so
 * that they also work with the MMU off, where an unaligned access faults (Device-nGnRnE, Arm ARM B2.7.2).
 */
#include "core/port.h"

#define WORD	sizeof(u64)

static bool words(const void *a, const void *b, size_t len)
{
	return !(((uintptr_t)a | (uintptr_t)b | len) % WORD);
}

void *memcpy(void *dst, const void *src, size_t len)
{
	size_t i;

	if (words(dst, src, len)) {
		for (i = 0; i < len / WORD; i++)
			((volatile u64 *)dst)[i] = ((const u64 *)src)[i];
		return dst;
	}
	for (i = 0; i < len; i++)
		((volatile u8 *)dst)[i] = ((const u8 *)src)[i];
	return dst;
}

void *memmove(void *dst, const void *src, size_t len)
{
	size_t i;

	if ((uintptr_t)dst <= (uintptr_t)src)
		return memcpy(dst, src, len);
	for (i = len; i > 0; i--)
		((volatile u8 *)dst)[i - 1] = ((const u8 *)src)[i - 1];
	return dst;
}

void *memset(void *dst, int c, size_t len)
{
	u64 word = 0x0101010101010101ULL * (u8)c;
	size_t i;

	if (words(dst, NULL, len)) {
		for (i = 0; i < len / WORD; i++)
			((volatile u64 *)dst)[i] = word;
		return dst;
	}
	for (i = 0; i < len; i++)
		((volatile u8 *)dst)[i] = c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;
	size_t i;

	for (i = 0; i < len; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}
