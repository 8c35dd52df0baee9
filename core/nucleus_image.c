// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides whether a file is a nucleus image that can be loaded, and lays an accepted one out in
 * memory. It trusts no byte of the file before keel_image_check() has said yes: every offset is
 * compared with the bounds it will be used with, in arithmetic that cannot wrap (64-bit sums of
 * 32-bit fields). It never writes to the file and never touches memory outside the two buffers it
 * is given.
 */
#include "core/nucleus_image.h"

static u32 segment_end(const struct keel_image_segment *segment)
{
	return segment->offset + segment->size;
}

static u32 page_align(u32 bytes)
{
	return ALIGN(bytes, KEEL_IMAGE_PAGE_SIZE);
}

static const u32 *entry_table(const struct keel_image_header *header)
{
	return (const u32 *)(header + 1);
}

static const u32 *reloc_table(const struct keel_image_header *header)
{
	return entry_table(header) + header->nr_entries;
}

static const u8 *image_bytes(const struct keel_image_header *header)
{
	return (const u8 *)header + header->image_offset;
}

static enum keel_image_error check_identity(const struct keel_image_header *header)
{
	if (memcmp(header->magic, KEEL_IMAGE_MAGIC, sizeof(header->magic)))
		return KEEL_IMAGE_BAD_MAGIC;
	if (header->version != KEEL_IMAGE_VERSION)
		return KEEL_IMAGE_BAD_VERSION;
	return KEEL_IMAGE_OK;
}

/* There is one right answer for every size, so nothing is left for a file to choose. */
static enum keel_image_error check_sizes(const struct keel_image_header *header, size_t size)
{
	u64 tables = sizeof(*header) + 4ULL * header->nr_entries + 4ULL * header->nr_relocs;

	if (header->file_size != size)
		return KEEL_IMAGE_TRUNCATED;
	if (header->nr_entries > KEEL_IMAGE_MAX_ENTRIES)
		return KEEL_IMAGE_BAD_ENTRY;
	if (header->image_offset != ALIGN(tables, KEEL_IMAGE_ALIGN) ||
	    (u64)header->image_offset + header->image_size != header->file_size)
		return KEEL_IMAGE_BAD_SIZE;
	if (header->mem_size > KEEL_IMAGE_MAX_SIZE)
		return KEEL_IMAGE_BAD_SIZE;
	return KEEL_IMAGE_OK;
}

/*
 * Kinds ascend and segments start on pages of their own: no page is both writable and executable,
 * and none is in two segments. @floor is where the previous segment's last page ends.
 */
static bool segment_fits(const struct keel_image_segment *segment, u32 floor, u32 ceiling)
{
	if (!IS_ALIGNED(segment->offset, KEEL_IMAGE_PAGE_SIZE) || segment->offset < floor)
		return false;
	return segment->size && (u64)segment->offset + segment->size <= ceiling;
}

static bool unused_segments_are_zero(const struct keel_image_header *header)
{
	u32 i;

	for (i = header->nr_segments; i < KEEL_IMAGE_MAX_SEGMENTS; i++) {
		const struct keel_image_segment *segment = &header->segments[i];

		if (segment->kind || segment->offset || segment->size)
			return false;
	}
	return true;
}

/*
 * image_size and mem_size have to follow from the segments, as the loader allocates and copies by
 * them.
 */
static bool sizes_match_segments(const struct keel_image_header *header)
{
	u32 last = header->nr_segments - 1;
	u32 in_file = segment_end(&header->segments[last]);

	if (header->mem_size != page_align(in_file))
		return false;
	/* last cannot be 0 here: the first segment is text. */
	if (header->segments[last].kind == KEEL_IMAGE_BSS)
		in_file = segment_end(&header->segments[last - 1]);
	return header->image_size == in_file;
}

static enum keel_image_error check_segments(const struct keel_image_header *header)
{
	u32 i, floor = 0, kind = KEEL_IMAGE_NONE;

	if (!header->nr_segments || header->nr_segments > KEEL_IMAGE_MAX_SEGMENTS)
		return KEEL_IMAGE_BAD_SEGMENT;
	if (header->segments[0].kind != KEEL_IMAGE_TEXT || header->segments[0].offset)
		return KEEL_IMAGE_BAD_SEGMENT;
	for (i = 0; i < header->nr_segments; i++) {
		const struct keel_image_segment *segment = &header->segments[i];

		if (segment->kind <= kind || segment->kind > KEEL_IMAGE_BSS ||
		    !segment_fits(segment, floor, header->mem_size))
			return KEEL_IMAGE_BAD_SEGMENT;
		kind = segment->kind;
		floor = page_align(segment_end(segment));
	}
	if (!unused_segments_are_zero(header))
		return KEEL_IMAGE_BAD_SEGMENT;
	return sizes_match_segments(header) ? KEEL_IMAGE_OK : KEEL_IMAGE_BAD_SIZE;
}

static enum keel_image_error check_entries(const struct keel_image_header *header)
{
	const u32 *entries = entry_table(header);
	u32 i;

	for (i = 0; i < header->nr_entries; i++)
		if (entries[i] > header->mem_size)
			return KEEL_IMAGE_BAD_ENTRY;
	return KEEL_IMAGE_OK;
}

static enum keel_image_error check_reloc(const struct keel_image_header *header, u32 place)
{
	u64 value;

	switch (keel_image_kind_at(header, place, sizeof(value))) {
	case KEEL_IMAGE_RODATA:
	case KEEL_IMAGE_DATA:
		break;
	default:
		return KEEL_IMAGE_BAD_RELOC_PLACE;
	}
	if (!IS_ALIGNED(place, sizeof(value)))
		return KEEL_IMAGE_BAD_RELOC_PLACE;
	memcpy(&value, image_bytes(header) + place, sizeof(value));
	return value <= header->mem_size ? KEEL_IMAGE_OK : KEEL_IMAGE_BAD_RELOC_VALUE;
}

/* Strictly ascending multiples of 8: no place is relocated twice and no two overlap. */
static enum keel_image_error check_relocs(const struct keel_image_header *header)
{
	const u32 *relocs = reloc_table(header);
	u32 i;

	for (i = 0; i < header->nr_relocs; i++) {
		enum keel_image_error error = check_reloc(header, relocs[i]);

		if (error)
			return error;
		if (i && relocs[i] <= relocs[i - 1])
			return KEEL_IMAGE_BAD_RELOC_ORDER;
	}
	return KEEL_IMAGE_OK;
}

/**
 * keel_image_check() - decide whether a file is an image that can be placed
 * @blob: the file, aligned to 8 bytes; any content
 * @size: bytes at @blob
 *
 * The caller must not let the bytes change between this and keel_image_place().
 *
 * Return: KEEL_IMAGE_OK, or the first reason against it.
 */
enum keel_image_error keel_image_check(const void *blob, size_t size)
{
	const struct keel_image_header *header = blob;
	enum keel_image_error error;

	if (!IS_ALIGNED((uintptr_t)blob, 8))
		return KEEL_IMAGE_UNALIGNED;
	if (size < sizeof(*header))
		return KEEL_IMAGE_TRUNCATED;
	/* The order matters: each check may rely on those before it. */
	error = check_identity(header);
	if (!error)
		error = check_sizes(header, size);
	if (!error)
		error = check_segments(header);
	if (!error)
		error = check_entries(header);
	if (!error)
		error = check_relocs(header);
	return error;
}

/**
 * keel_image_error_text() - words for a log line
 * @error: what keel_image_check() returned
 *
 * Return: a constant string, never NULL.
 */
const char *keel_image_error_text(enum keel_image_error error)
{
	switch (error) {
	case KEEL_IMAGE_OK:
		return "good";
	case KEEL_IMAGE_UNALIGNED:
		return "not aligned to 8 bytes in memory";
	case KEEL_IMAGE_TRUNCATED:
		return "file size does not match its header";
	case KEEL_IMAGE_BAD_MAGIC:
		return "not a nucleus image";
	case KEEL_IMAGE_BAD_VERSION:
		return "unknown version of the image format";
	case KEEL_IMAGE_BAD_SIZE:
		return "sizes contradict each other or are too large";
	case KEEL_IMAGE_BAD_SEGMENT:
		return "segment out of order, out of bounds, unaligned or of unknown kind";
	case KEEL_IMAGE_BAD_ENTRY:
		return "too many entry points or one outside the image";
	case KEEL_IMAGE_BAD_RELOC_PLACE:
		return "relocated place outside rodata and data, or unaligned";
	case KEEL_IMAGE_BAD_RELOC_ORDER:
		return "relocations not in ascending order";
	case KEEL_IMAGE_BAD_RELOC_VALUE:
		return "relocated value outside the image";
	}
	return "unknown reason";
}

/**
 * keel_image_kind_at() - the kind of segment that a range of bytes lies in
 * @header: header whose segments have been checked
 * @offset: first byte, from the start of the image
 * @size: bytes
 *
 * Return: the kind; KEEL_IMAGE_NONE if no single segment holds all of the range.
 */
enum keel_image_kind keel_image_kind_at(const struct keel_image_header *header, u32 offset,
					u32 size)
{
	u32 i;

	for (i = 0; i < header->nr_segments; i++) {
		const struct keel_image_segment *segment = &header->segments[i];

		if (offset >= segment->offset && (u64)offset + size <= segment_end(segment))
			return segment->kind;
	}
	return KEEL_IMAGE_NONE;
}

/**
 * keel_image_entry() - where an entry point is
 * @header: accepted image
 * @index: position of its --entry on hyp-reloc's command line, from 0
 * @offset: receives the offset from the start of the image, at most mem_size
 *
 * Return: false if the image has no such entry; @offset is then unchanged.
 */
bool keel_image_entry(const struct keel_image_header *header, u32 index, u32 *offset)
{
	if (index >= header->nr_entries)
		return false;
	*offset = entry_table(header)[index];
	return true;
}

/**
 * keel_image_place() - lay an accepted image out in memory
 * @header: accepted image
 * @dst: mem_size bytes to write, KEEL_IMAGE_PAGE_SIZE aligned
 * @base: address the nucleus will see @dst at, KEEL_IMAGE_PAGE_SIZE aligned
 *
 * Clears bss. Cache maintenance is the caller's.
 */
void keel_image_place(const struct keel_image_header *header, void *dst, u64 base)
{
	const u32 *relocs = reloc_table(header);
	u32 i;

	memcpy(dst, image_bytes(header), header->image_size);
	memset((u8 *)dst + header->image_size, 0, header->mem_size - header->image_size);
	for (i = 0; i < header->nr_relocs; i++) {
		u8 *place = (u8 *)dst + relocs[i];
		u64 value;

		memcpy(&value, place, sizeof(value));
		value += base;
		memcpy(place, &value, sizeof(value));
	}
}
