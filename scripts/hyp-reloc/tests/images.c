// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of core/nucleus_image.c: what the loader will believe. The image under test is made from
 * the good ELF file; damage that is accepted has to load into exactly the memory that the header
 * asks for.
 */
#include <stdlib.h>

#include "core/nucleus_image.h"
#include "test.h"

static void a_good_image_is_accepted_and_loads(const u8 *image, size_t size)
{
	load_and_verify(image, size);
	finish_test(__func__);
}

static u64 word_at(const u8 *memory, u32 offset)
{
	u64 value;

	memcpy(&value, memory + offset, sizeof(value));
	return value;
}

/* The addresses of good.s, by hand: target is 16 bytes into text, bss starts at the fourth page. */
static void places_hold_base_plus_offset(const u8 *image, size_t size)
{
	static const u64 bases[] = { 0, 0x40000000, 0xffffffffff000000ULL };
	const struct keel_image_header *header = (const void *)image;
	u8 *memory = malloc(header->mem_size);
	u32 second = 0;
	size_t i;

	check_that(size && memory && keel_image_entry(header, 1, &second), "no second entry");
	for (i = 0; memory && i < ARRAY_SIZE(bases); i++) {
		keel_image_place(header, memory, bases[i]);
		check_that(word_at(memory, 0x1000) == bases[i] + second, "pointer in rodata");
		check_that(word_at(memory, 0x2000) == bases[i] + 0x10, "pointer in data");
		check_that(word_at(memory, 0x2008) == 0x1122334455667788ULL, "number in data");
		check_that(word_at(memory, 0x2010) == bases[i] + 0x3008, "pointer to bss");
	}
	free(memory);
	finish_test(__func__);
}

static void kinds_and_entries_are_found(const u8 *image, size_t size)
{
	const struct keel_image_header *header = (const void *)image;
	u32 offset = 77;

	check_that(size && keel_image_kind_at(header, 0, 4) == KEEL_IMAGE_TEXT, "text");
	check_that(keel_image_kind_at(header, 0x1000, 8) == KEEL_IMAGE_RODATA, "rodata");
	check_that(keel_image_kind_at(header, 0x2010, 8) == KEEL_IMAGE_DATA, "data");
	check_that(keel_image_kind_at(header, 0x2018, 1) == KEEL_IMAGE_NONE, "behind data");
	check_that(keel_image_kind_at(header, 0x2014, 8) == KEEL_IMAGE_NONE,
		   "across the end of data");
	check_that(keel_image_kind_at(header, 0x3000, 8) == KEEL_IMAGE_BSS, "bss");
	check_that(keel_image_kind_at(header, ~0u, ~0u) == KEEL_IMAGE_NONE, "nowhere");
	check_that(!keel_image_entry(header, 3, &offset) && offset == 77,
		   "there is no fourth entry");
	check_that(keel_image_entry(header, 2, &offset) && offset == 0x3040, "third entry");
	finish_test(__func__);
}

static void a_cut_or_longer_image_is_refused(const u8 *image, size_t size)
{
	u8 *longer = calloc(1, size + 1);
	size_t length;

	for (length = 0; length < size; length++) {
		void *copy = exact_copy(image, length);

		check_that(keel_image_check(copy, length), "accepted %zu of %zu bytes", length,
			   size);
		free(copy);
	}
	if (longer)
		memcpy(longer, image, size);
	check_that(longer && keel_image_check(longer, size + 1), "accepted one byte too many");
	free(longer);
	finish_test(__func__);
}

static bool survives(const u8 *image, size_t size)
{
	if (keel_image_check(image, size))
		return false;
	load_and_verify(image, size);
	return true;
}

static size_t table_bytes(const u8 *image)
{
	return ((const struct keel_image_header *)image)->image_offset;
}

static void every_flipped_bit_of_the_header_is_refused_or_harmless(const u8 *image, size_t size)
{
	u8 *damaged = exact_copy(image, size);
	size_t bit, accepted = 0;

	for (bit = 0; bit < table_bytes(image) * 8; bit++) {
		damaged[bit / 8] ^= 1 << bit % 8;
		accepted += survives(damaged, size);
		damaged[bit / 8] ^= 1 << bit % 8;
	}
	check_that(accepted && accepted < bit / 4, "accepted %zu of %zu", accepted, bit);
	free(damaged);
	finish_test(__func__);
}

static void many_flipped_bits_of_the_header_are_refused_or_harmless(const u8 *image, size_t size)
{
	unsigned int round, flip;
	u64 seed = 0x6e7563;

	for (round = 0; round < 50000; round++) {
		u8 *damaged = exact_copy(image, size);

		for (flip = 0; flip < 2 + round % 4; flip++)
			damaged[next_random(&seed) % table_bytes(image)] ^=
				1 << next_random(&seed) % 8;
		survives(damaged, size);
		free(damaged);
	}
	finish_test(__func__);
}

/**
 * struct wrong - one thing wrong with a header
 * @what: for the message
 * @at: offset of the 32-bit field
 * @value: what to put there
 * @error: what the check has to say
 */
struct wrong {
	const char *what;
	size_t at;
	u32 value;
	enum keel_image_error error;
};

#define FIELD(member)		offsetof(struct keel_image_header, member)
#define ENTRY(index)		(sizeof(struct keel_image_header) + 4 * (index))
#define RELOC(index)		ENTRY(3 + (index))

/*
 * good.s: text 0x0, rodata 0x1000 (15 bytes), data 0x2000 (24 bytes), bss 0x3000 (0x2040), 3 + 3
 * words.
 */
static const struct wrong wrongs[] = {
	{ "magic", FIELD(magic), 0, KEEL_IMAGE_BAD_MAGIC },
	{ "version 0", FIELD(version), 0, KEEL_IMAGE_BAD_VERSION },
	{ "next version", FIELD(version), KEEL_IMAGE_VERSION + 1, KEEL_IMAGE_BAD_VERSION },
	{ "file size", FIELD(file_size), 0, KEEL_IMAGE_TRUNCATED },
	{ "memory too small", FIELD(mem_size), 0x5000, KEEL_IMAGE_BAD_SEGMENT },
	{ "memory not what segments need", FIELD(mem_size), 0x7000, KEEL_IMAGE_BAD_SIZE },
	{ "memory too large", FIELD(mem_size), KEEL_IMAGE_MAX_SIZE + 0x1000, KEEL_IMAGE_BAD_SIZE },
	{ "image offset", FIELD(image_offset), 96, KEEL_IMAGE_BAD_SIZE },
	{ "image size", FIELD(image_size), 0, KEEL_IMAGE_BAD_SIZE },
	{ "no segments", FIELD(nr_segments), 0, KEEL_IMAGE_BAD_SEGMENT },
	{ "too many segments", FIELD(nr_segments), 5, KEEL_IMAGE_BAD_SEGMENT },
	{ "unused slot in use", FIELD(nr_segments), 3, KEEL_IMAGE_BAD_SEGMENT },
	{ "too many entries", FIELD(nr_entries), 65, KEEL_IMAGE_BAD_ENTRY },
	{ "relocations without end", FIELD(nr_relocs), ~0u, KEEL_IMAGE_BAD_SIZE },
	{ "first segment not text", FIELD(segments[0].kind), KEEL_IMAGE_RODATA,
	  KEEL_IMAGE_BAD_SEGMENT },
	{ "first segment not at 0", FIELD(segments[0].offset), 0x1000, KEEL_IMAGE_BAD_SEGMENT },
	{ "text over rodata", FIELD(segments[0].size), 0x1001, KEEL_IMAGE_BAD_SEGMENT },
	{ "text twice", FIELD(segments[1].kind), KEEL_IMAGE_TEXT, KEEL_IMAGE_BAD_SEGMENT },
	{ "data twice", FIELD(segments[1].kind), KEEL_IMAGE_DATA, KEEL_IMAGE_BAD_SEGMENT },
	{ "kind of no segment", FIELD(segments[1].kind), KEEL_IMAGE_NONE, KEEL_IMAGE_BAD_SEGMENT },
	{ "unknown kind", FIELD(segments[3].kind), 5, KEEL_IMAGE_BAD_SEGMENT },
	{ "rodata on a page of text", FIELD(segments[1].offset), 0, KEEL_IMAGE_BAD_SEGMENT },
	{ "unaligned segment", FIELD(segments[1].offset), 0x1008, KEEL_IMAGE_BAD_SEGMENT },
	{ "empty segment", FIELD(segments[1].size), 0, KEEL_IMAGE_BAD_SEGMENT },
	{ "segment that wraps", FIELD(segments[3].size), 0xffffd001, KEEL_IMAGE_BAD_SEGMENT },
	{ "segment beyond memory", FIELD(segments[3].offset), 0xfffff000, KEEL_IMAGE_BAD_SEGMENT },
	{ "data not all in the file", FIELD(segments[2].size), 0x100, KEEL_IMAGE_BAD_SIZE },
	{ "entry outside", ENTRY(0), 0x6001, KEEL_IMAGE_BAD_ENTRY },
	{ "entry far outside", ENTRY(2), ~0u, KEEL_IMAGE_BAD_ENTRY },
	{ "relocation in text", RELOC(0), 0, KEEL_IMAGE_BAD_RELOC_PLACE },
	{ "relocation in bss", RELOC(2), 0x3000, KEEL_IMAGE_BAD_RELOC_PLACE },
	{ "relocation in a gap", RELOC(2), 0x2800, KEEL_IMAGE_BAD_RELOC_PLACE },
	{ "relocation across the end", RELOC(0), 0x1008, KEEL_IMAGE_BAD_RELOC_PLACE },
	{ "relocation unaligned", RELOC(1), 0x2004, KEEL_IMAGE_BAD_RELOC_PLACE },
	{ "relocation that wraps", RELOC(2), 0xfffffff8, KEEL_IMAGE_BAD_RELOC_PLACE },
	{ "relocation of a number", RELOC(1), 0x2008, KEEL_IMAGE_BAD_RELOC_VALUE },
	{ "relocation twice", RELOC(1), 0x1000, KEEL_IMAGE_BAD_RELOC_ORDER },
	{ "relocations descending", RELOC(0), 0x2010, KEEL_IMAGE_BAD_RELOC_ORDER },
};

static void each_wrong_field_is_refused_for_what_it_is(const u8 *image, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		const struct wrong *wrong = &wrongs[i];
		u8 *damaged = exact_copy(image, size);
		enum keel_image_error error;

		memcpy(damaged + wrong->at, &wrong->value, sizeof(wrong->value));
		error = keel_image_check(damaged, size);
		check_that(error == wrong->error, "%s: \"%s\" instead of \"%s\"", wrong->what,
			   keel_image_error_text(error), keel_image_error_text(wrong->error));
		free(damaged);
	}
	finish_test(__func__);
}

static void an_unaligned_image_is_refused(const u8 *image, size_t size)
{
	u8 *copy = malloc(size + 1);

	if (copy)
		memcpy(copy + 1, image, size);
	check_that(copy && keel_image_check(copy + 1, size) == KEEL_IMAGE_UNALIGNED, "accepted");
	free(copy);
	finish_test(__func__);
}

void test_images(const u8 *elf, size_t size)
{
	size_t image_size;
	u8 *image = convert_quietly(elf, size, &image_size);

	check_that(image, "the good input is refused");
	finish_test("there_is_an_image_to_test");
	if (!image)
		return;
	a_good_image_is_accepted_and_loads(image, image_size);
	places_hold_base_plus_offset(image, image_size);
	kinds_and_entries_are_found(image, image_size);
	a_cut_or_longer_image_is_refused(image, image_size);
	every_flipped_bit_of_the_header_is_refused_or_harmless(image, image_size);
	many_flipped_bits_of_the_header_are_refused_or_harmless(image, image_size);
	each_wrong_field_is_refused_for_what_it_is(image, image_size);
	an_unaligned_image_is_refused(image, image_size);
	free(image);
}
