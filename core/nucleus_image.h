/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judging and placing a nucleus image (include/abi/nucleus_image.h). For the anchor's loader, the
 * tool that writes images and their tests. Pure: works on the bytes it is given, allocates and
 * remembers nothing.
 */
#ifndef KEEL_CORE_NUCLEUS_IMAGE_H
#define KEEL_CORE_NUCLEUS_IMAGE_H

#include "include/abi/nucleus_image.h"

enum keel_image_error {
	KEEL_IMAGE_OK = 0,
	KEEL_IMAGE_UNALIGNED,
	KEEL_IMAGE_TRUNCATED,
	KEEL_IMAGE_BAD_MAGIC,
	KEEL_IMAGE_BAD_VERSION,
	KEEL_IMAGE_BAD_SIZE,
	KEEL_IMAGE_BAD_SEGMENT,
	KEEL_IMAGE_BAD_ENTRY,
	KEEL_IMAGE_BAD_RELOC_PLACE,
	KEEL_IMAGE_BAD_RELOC_ORDER,
	KEEL_IMAGE_BAD_RELOC_VALUE,
};

enum keel_image_error keel_image_check(const void *blob, size_t size);
const char *keel_image_error_text(enum keel_image_error error);
enum keel_image_kind keel_image_kind_at(const struct keel_image_header *header, u32 offset,
					u32 size);
bool keel_image_entry(const struct keel_image_header *header, u32 index, u32 *offset);
void keel_image_place(const struct keel_image_header *header, void *dst, u64 base);

#endif /* KEEL_CORE_NUCLEUS_IMAGE_H */
