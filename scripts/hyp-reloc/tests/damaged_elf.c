// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damages a good ELF file in every way that a loop can: cut off, bits flipped, every number in
 * its headers and tables replaced by an extreme one, relocation kinds renumbered. The tool must
 * not crash; where the right answer is known it must give it, and what it accepts must load.
 */
#include <stdlib.h>

#include "test.h"

static void a_truncated_elf_is_refused_at_every_length(const u8 *elf, size_t size)
{
	size_t length, image_size;

	for (length = 0; length < size; length++) {
		void *image = convert_quietly(elf, length, &image_size);

		check_that(!image, "accepted the first %zu of %zu bytes", length, size);
		free(image);
	}
	finish_test(__func__);
}

/* Some flips hit bytes that do not matter (code, names): then the image has to be loadable. */
static bool survives(const u8 *elf, size_t size)
{
	size_t image_size;
	void *image = convert_quietly(elf, size, &image_size);
	bool accepted = image;

	if (image)
		load_and_verify(image, image_size);
	free(image);
	return accepted;
}

static void flipped_bits_never_crash_it(const u8 *elf, size_t size)
{
	u64 seed = 0x6b65656c;
	unsigned int round, flip, accepted = 0;

	for (round = 0; round < 20000; round++) {
		u8 *damaged = exact_copy(elf, size);

		for (flip = 0; flip <= round % 4; flip++)
			damaged[next_random(&seed) % size] ^= 1 << next_random(&seed) % 8;
		accepted += survives(damaged, size);
		free(damaged);
	}
	check_that(accepted && accepted < round, "accepted %u of %u", accepted, round);
	finish_test(__func__);
}

static void put_extremes(u8 *elf, size_t size, size_t at, size_t width)
{
	const u64 extremes[] = {
		0, 1, 7, 0x7f, 0x80, 0xff, 0xff00, 0xfff1, 0xffff,
		size - 1, size, size + 1, KEEL_IMAGE_MAX_SIZE,
		0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffffffffff, 0x8000000000000000,
		0xfffffffffffff000, 0xffffffffffffffe8, 0xffffffffffffffff,
	};
	u8 saved[8];
	size_t i;

	memcpy(saved, elf + at, width);
	for (i = 0; i < ARRAY_SIZE(extremes); i++) {
		memcpy(elf + at, &extremes[i], width);
		survives(elf, size);
	}
	memcpy(elf + at, saved, width);
}

static void put_extremes_in_range(u8 *elf, size_t size, size_t from, size_t length)
{
	size_t at, width;

	for (width = 1; width <= 8; width *= 2)
		for (at = from; at + width <= from + length; at += width)
			put_extremes(elf, size, at, width);
}

static void extreme_numbers_in_headers_never_crash_it(const u8 *elf, size_t size)
{
	u8 *damaged = exact_copy(elf, size);
	Elf64_Ehdr header;

	memcpy(&header, elf, sizeof(header));
	put_extremes_in_range(damaged, size, 0, sizeof(header));
	put_extremes_in_range(damaged, size, header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr));
	put_extremes_in_range(damaged, size, header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr));
	free(damaged);
	finish_test(__func__);
}

static Elf64_Shdr *headers_of(u8 *elf, size_t *count)
{
	Elf64_Ehdr header;

	memcpy(&header, elf, sizeof(header));
	*count = header.e_shnum;
	return (Elf64_Shdr *)(elf + header.e_shoff);
}

static void extreme_numbers_in_tables_never_crash_it(const u8 *elf, size_t size)
{
	u8 *damaged = exact_copy(elf, size);
	size_t count, i, tables = 0;
	Elf64_Shdr *headers = headers_of(damaged, &count);

	for (i = 0; i < count; i++) {
		if (headers[i].sh_type != SHT_SYMTAB && headers[i].sh_type != SHT_RELA)
			continue;
		put_extremes_in_range(damaged, size, headers[i].sh_offset, headers[i].sh_size);
		tables++;
	}
	check_that(tables >= 4, "only %zu tables", tables);
	free(damaged);
	finish_test(__func__);
}

static void a_truncated_relocation_table_is_refused(const u8 *elf, size_t size)
{
	u8 *damaged = exact_copy(elf, size);
	size_t count, i, cut, image_size, tables = 0;
	Elf64_Shdr *headers = headers_of(damaged, &count);

	for (i = 0; i < count; i++) {
		u64 whole = headers[i].sh_size;

		if (headers[i].sh_type != SHT_RELA)
			continue;
		tables++;
		for (cut = 1; cut < sizeof(Elf64_Rela); cut++) {
			void *image;

			headers[i].sh_size = whole - cut;
			image = convert_quietly(damaged, size, &image_size);
			check_that(!image, "accepted a table that is %zu bytes short", cut);
			free(image);
		}
		headers[i].sh_size = whole;
	}
	check_that(tables >= 3, "only %zu tables", tables);
	free(damaged);
	finish_test(__func__);
}

static Elf64_Rela *first_reloc_of_kind(u8 *elf, u32 kind)
{
	size_t count, i;
	Elf64_Shdr *headers = headers_of(elf, &count);

	for (i = 0; i < count; i++) {
		Elf64_Rela *relocs = (Elf64_Rela *)(elf + headers[i].sh_offset);
		size_t j;

		if (headers[i].sh_type != SHT_RELA)
			continue;
		for (j = 0; j < headers[i].sh_size / sizeof(*relocs); j++)
			if (ELF64_R_TYPE(relocs[j].r_info) == kind)
				return &relocs[j];
	}
	return NULL;
}

/*
 * Numbers from AAELF64, not from the tool's table. ABS64 (257) is refused here: the place is in
 * text.
 */
static bool is_position_independent(u32 number)
{
	return number == 0 || (number >= 260 && number <= 262) ||
	       (number >= 273 && number <= 280) || (number >= 282 && number <= 293) ||
	       number == 299;
}

static void only_the_listed_kinds_are_accepted(const u8 *elf, size_t size)
{
	u8 *damaged = exact_copy(elf, size);
	Elf64_Rela *call = first_reloc_of_kind(damaged, R_AARCH64_CALL26);
	size_t image_size;
	u32 number;

	check_that(call, "no call to renumber");
	for (number = 0; call && number < 4096; number++) {
		void *image;

		call->r_info = ELF64_R_INFO(ELF64_R_SYM(call->r_info), number);
		image = convert_quietly(damaged, size, &image_size);
		check_that(!image != is_position_independent(number), "kind %u: %s", number,
			   image ? "accepted" : "refused");
		free(image);
	}
	free(damaged);
	finish_test(__func__);
}

static void a_stored_value_that_differs_from_its_relocation_is_refused(const u8 *elf, size_t size)
{
	u8 *damaged = exact_copy(elf, size);
	Elf64_Rela *pointer = first_reloc_of_kind(damaged, R_AARCH64_ABS64);
	size_t image_size;
	void *image;

	check_that(pointer, "no pointer to damage");
	if (pointer) {
		pointer->r_addend += 4;
		image = convert_quietly(damaged, size, &image_size);
		check_that(!image, "accepted");
		free(image);
	}
	free(damaged);
	finish_test(__func__);
}

static void a_relocation_that_leaves_its_section_is_refused(const u8 *elf, size_t size)
{
	/* The text section of good.s, which the call is in, is 24 bytes long; another one follows. */
	static const u64 places[] = { 0x15, 0x17, 0x18, 0xfff, 0x1000000, ~0ULL - 7, ~0ULL };
	u8 *damaged = exact_copy(elf, size);
	Elf64_Rela *call = first_reloc_of_kind(damaged, R_AARCH64_CALL26);
	size_t i, image_size;

	check_that(call, "no call to move");
	for (i = 0; call && i < ARRAY_SIZE(places); i++) {
		void *image;

		call->r_offset = places[i];
		image = convert_quietly(damaged, size, &image_size);
		check_that(!image, "accepted at 0x%llx", places[i]);
		free(image);
	}
	free(damaged);
	finish_test(__func__);
}

void test_damaged_elf(const u8 *elf, size_t size)
{
	a_truncated_elf_is_refused_at_every_length(elf, size);
	flipped_bits_never_crash_it(elf, size);
	extreme_numbers_in_headers_never_crash_it(elf, size);
	extreme_numbers_in_tables_never_crash_it(elf, size);
	a_truncated_relocation_table_is_refused(elf, size);
	only_the_listed_kinds_are_accepted(elf, size);
	a_stored_value_that_differs_from_its_relocation_is_refused(elf, size);
	a_relocation_that_leaves_its_section_is_refused(elf, size);
}
