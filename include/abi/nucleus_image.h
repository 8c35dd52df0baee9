/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nucleus as a file: what scripts/hyp-reloc writes and the anchor embeds and loads. It owns
 * the byte layout and nothing else; core/nucleus_image.c says which files are acceptable. Whoever
 * builds the anchor controls every byte. All fields are little-endian, there are no pointers and
 * no bit-fields. A change of meaning or layout takes a new KEEL_IMAGE_VERSION.
 *
 *	struct keel_image_header
 *	u32 entries[nr_entries]		offsets of the named symbols, in the order asked for
 *	u32 relocs[nr_relocs]		offsets of the places to add the load address to, ascending
 *	zeroes				up to a multiple of KEEL_IMAGE_ALIGN: image_offset
 *	u8 image[image_size]		memory image from offset 0 up to the start of bss
 *
 * "Offset" without further words is a distance in bytes from the first byte of the image in
 * memory.
 */
#ifndef KEEL_ABI_NUCLEUS_IMAGE_H
#define KEEL_ABI_NUCLEUS_IMAGE_H

#include "core/port.h"

#define KEEL_IMAGE_MAGIC	"KEELNUC1"
#define KEEL_IMAGE_VERSION	1

/*
 * Unit of permissions and of position independence: ADRP works in 4 KiB pages whatever the MMU's
 * granule.
 */
#define KEEL_IMAGE_PAGE_SIZE	4096u
/* Alignment of the image in the file, and the least alignment for embedding the file. */
#define KEEL_IMAGE_ALIGN	16u
/*
 * Upper bound of the size in memory. Far below the reach of B and BL (128 MiB, Arm ARM C6.2), so
 * that a linker never makes a long-branch veneer: those hold absolute addresses without a
 * relocation.
 */
#define KEEL_IMAGE_MAX_SIZE	(16u << 20)
#define KEEL_IMAGE_MAX_ENTRIES	64u
#define KEEL_IMAGE_MAX_SEGMENTS	4u

/**
 * enum keel_image_kind - what a segment holds, and so how EL2 maps it
 * @KEEL_IMAGE_NONE: no segment; the kind of unused slots and of gaps
 * @KEEL_IMAGE_TEXT: instructions: read, execute
 * @KEEL_IMAGE_RODATA: constants: read (the loader still writes relocated values, before it
 *	maps them)
 * @KEEL_IMAGE_DATA: initialised data: read, write
 * @KEEL_IMAGE_BSS: zeroed data, not in the file: read, write
 */
enum keel_image_kind {
	KEEL_IMAGE_NONE		= 0,
	KEEL_IMAGE_TEXT		= 1,
	KEEL_IMAGE_RODATA	= 2,
	KEEL_IMAGE_DATA		= 3,
	KEEL_IMAGE_BSS		= 4,
};

/**
 * struct keel_image_segment - one range of pages with one kind
 * @kind: enum keel_image_kind; ascending from segment to segment, so each kind occurs at most once
 * @offset: start, a multiple of KEEL_IMAGE_PAGE_SIZE
 * @size: bytes in use, not rounded, never 0; the rest of the last page is zero
 */
struct keel_image_segment {
	u32 kind;
	u32 offset;
	u32 size;
};

/**
 * struct keel_image_header - first bytes of the file
 * @magic: KEEL_IMAGE_MAGIC without its terminator
 * @version: KEEL_IMAGE_VERSION
 * @file_size: bytes of the whole file, this header included
 * @mem_size: bytes to allocate, bss included, a multiple of KEEL_IMAGE_PAGE_SIZE
 * @image_offset: position of the image in the file, a multiple of KEEL_IMAGE_ALIGN
 * @image_size: bytes of the image in the file; memory from there to @mem_size is zero
 * @nr_segments: used slots of @segments, 1 to KEEL_IMAGE_MAX_SEGMENTS
 * @nr_entries: entry offsets behind the header, 0 to KEEL_IMAGE_MAX_ENTRIES
 * @nr_relocs: relocation offsets behind the entries. Each place is 8-byte aligned, in
 *	rodata or data, and holds an offset as a 64-bit number (at most @mem_size: one past the
 *	end is a valid address)
 * @segments: by address; the first is text at offset 0; unused slots are zero
 */
struct keel_image_header {
	u8 magic[8];
	u32 version;
	u32 file_size;
	u32 mem_size;
	u32 image_offset;
	u32 image_size;
	u32 nr_segments;
	u32 nr_entries;
	u32 nr_relocs;
	struct keel_image_segment segments[KEEL_IMAGE_MAX_SEGMENTS];
};

static_assert(sizeof(struct keel_image_segment) == 12, "fixed file layout");
static_assert(sizeof(struct keel_image_header) == 88, "fixed file layout");

#endif /* KEEL_ABI_NUCLEUS_IMAGE_H */
