// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts an image file together (include/abi/nucleus_image.h) from a nucleus that has been judged.
 * Holds no opinion of its own: the result is handed to the same check that the loader uses, and
 * is thrown away if that refuses it. The bytes depend on the input alone.
 */
#include <stdlib.h>

#include "core/nucleus_image.h"
#include "nucleus.h"

static void fill_header(const struct nucleus *nucleus, struct keel_image_header *header)
{
	u32 tables = 4 * (nucleus->nr_entries + nucleus->nr_relocs);

	memcpy(header->magic, KEEL_IMAGE_MAGIC, sizeof(header->magic));
	header->version = KEEL_IMAGE_VERSION;
	header->mem_size = nucleus->mem_size;
	header->image_offset = ALIGN((u32)sizeof(*header) + tables, KEEL_IMAGE_ALIGN);
	header->image_size = nucleus->image_size;
	header->file_size = header->image_offset + header->image_size;
	header->nr_segments = nucleus->nr_segments;
	header->nr_entries = nucleus->nr_entries;
	header->nr_relocs = nucleus->nr_relocs;
	memcpy(header->segments, nucleus->segments, sizeof(header->segments));
}

static void fill_tables(const struct nucleus *nucleus, u8 *at)
{
	memcpy(at, nucleus->entries, 4 * nucleus->nr_entries);
	if (nucleus->nr_relocs)
		memcpy(at + 4 * nucleus->nr_entries, nucleus->relocs, 4 * nucleus->nr_relocs);
}

/*
 * The linker has stored the offsets already, which collect_relocs() has compared; content goes
 * over as is.
 */
static void fill_image(const struct nucleus *nucleus, u8 *image)
{
	size_t i;

	for (i = 1; i < nucleus->elf.nr_sections; i++) {
		const struct elf_section *section = &nucleus->elf.sections[i];

		if (nucleus_section(section) && section->bytes && section->header.sh_size)
			memcpy(image + section->header.sh_addr, section->bytes,
			       section->header.sh_size);
	}
}

/**
 * build_image() - make the file
 * @nucleus: judged; the caller has seen to it that there were no complaints
 * @size: receives the size in bytes
 * @diag: complaints
 *
 * Return: the file, to be freed; NULL if the loader would refuse it or memory is short.
 */
void *build_image(const struct nucleus *nucleus, size_t *size, struct diag *diag)
{
	struct keel_image_header header = { 0 };
	enum keel_image_error error;
	u8 *file;

	fill_header(nucleus, &header);
	file = calloc(1, header.file_size);
	if (!file) {
		complain(diag, "out of memory");
		return NULL;
	}
	memcpy(file, &header, sizeof(header));
	fill_tables(nucleus, file + sizeof(header));
	fill_image(nucleus, file + header.image_offset);
	error = keel_image_check(file, header.file_size);
	if (error) {
		complain(diag, "the image made of it would be refused: %s",
			 keel_image_error_text(error));
		free(file);
		return NULL;
	}
	*size = header.file_size;
	return file;
}

/* All checks that can still say something run, so that one build shows all there is to mend. */
static void judge_all(struct nucleus *nucleus, const char *const *entries, size_t nr_entries,
		      struct diag *diag)
{
	check_program_headers(nucleus, diag);
	check_symbols(nucleus, diag);
	if (!lay_out_segments(nucleus, diag))
		return;
	collect_relocs(nucleus, diag);
	find_entries(nucleus, entries, nr_entries, diag);
}

/**
 * convert() - from a linked ELF file to an image file
 * @elf: content of the ELF file, any
 * @elf_size: bytes at @elf
 * @entries: names of the symbols to list, in order
 * @nr_entries: number of @entries
 * @size: receives the size of the image file in bytes
 * @diag: complaints
 *
 * Return: the image file, to be freed; NULL if there were complaints.
 */
void *convert(const void *elf, size_t elf_size, const char *const *entries, size_t nr_entries,
	      size_t *size, struct diag *diag)
{
	struct nucleus nucleus = { .nr_segments = 0 };
	void *file = NULL;

	if (elf_load(&nucleus.elf, elf, elf_size, diag))
		judge_all(&nucleus, entries, nr_entries, diag);
	if (!diag->errors)
		file = build_image(&nucleus, size, diag);
	elf_free(&nucleus.elf);
	free(nucleus.relocs);
	return file;
}
