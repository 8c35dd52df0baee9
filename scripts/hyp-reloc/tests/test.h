/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the in-process tests share: results, exact-size copies for the address sanitizer, random
 * numbers.
 */
#ifndef HYP_RELOC_TEST_H
#define HYP_RELOC_TEST_H

#include "nucleus.h"

__printf(2, 3) void check_that(bool holds, const char *format, ...);
void finish_test(const char *name);

void *exact_copy(const void *bytes, size_t size);
u32 next_random(u64 *state);
void *convert_quietly(const void *elf, size_t size, size_t *image_size);
void load_and_verify(const void *image, size_t size);

void test_damaged_elf(const u8 *elf, size_t size);
void test_images(const u8 *elf, size_t size);

#endif /* HYP_RELOC_TEST_H */
