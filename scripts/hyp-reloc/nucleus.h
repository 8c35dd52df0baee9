/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps from a linked ELF file to an image file, and what they pass on. Each step complains
 * to a struct diag about everything it refuses; the image is written only if nobody has
 * complained.
 */
#ifndef HYP_RELOC_NUCLEUS_H
#define HYP_RELOC_NUCLEUS_H

#include "elf_file.h"
#include "include/abi/nucleus_image.h"

#define NUCLEUS_SECTION_PREFIX ".hyp."

/**
 * struct nucleus - what is to become the image
 * @elf: where it comes from
 * @segments: ranges by kind, in order
 * @nr_segments: used slots of @segments
 * @mem_size: bytes in memory, whole pages
 * @image_size: bytes up to the start of bss
 * @relocs: places of 64-bit offsets, ascending
 * @nr_relocs: number of @relocs
 * @max_relocs: allocated slots of @relocs
 * @entries: offsets of the named symbols
 * @nr_entries: number of @entries
 */
struct nucleus {
	struct elf_file elf;
	struct keel_image_segment segments[KEEL_IMAGE_MAX_SEGMENTS];
	u32 nr_segments;
	u32 mem_size;
	u32 image_size;
	u32 *relocs;
	size_t nr_relocs;
	size_t max_relocs;
	u32 entries[KEEL_IMAGE_MAX_ENTRIES];
	u32 nr_entries;
};

bool nucleus_section(const struct elf_section *section);

void check_program_headers(const struct nucleus *nucleus, struct diag *diag);
void check_symbols(const struct nucleus *nucleus, struct diag *diag);
bool lay_out_segments(struct nucleus *nucleus, struct diag *diag);
void collect_relocs(struct nucleus *nucleus, struct diag *diag);
void find_entries(struct nucleus *nucleus, const char *const *names, size_t count,
		  struct diag *diag);
void *build_image(const struct nucleus *nucleus, size_t *size, struct diag *diag);

void *convert(const void *elf, size_t elf_size, const char *const *entries, size_t nr_entries,
	      size_t *size, struct diag *diag);

#endif /* HYP_RELOC_NUCLEUS_H */
