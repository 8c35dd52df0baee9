// SPDX-License-Identifier: GPL-2.0-only
/*
 * damage GOOD.ELF: tests that need thousands of inputs, so they call the tool's parts in one
 * process. Every input is a heap copy of exactly its size: reading one byte too far is a report of
 * the address sanitizer, which ends the program. Prints one "ok" or "not ok" line per test.
 *
 * damage IMAGE BASE OUT: places an image as the loader does and writes the memory, for run.sh to
 * compare.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "core/nucleus_image.h"
#include "test.h"

static unsigned int failures_in_test, failed_tests;

/*
 * Notes a failure of the running test unless @holds; details go to standard error, the first few
 * only.
 */
void check_that(bool holds, const char *format, ...)
{
	va_list args;

	if (holds || ++failures_in_test > 5)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void finish_test(const char *name)
{
	printf("%s %s\n", failures_in_test ? "not ok" : "ok", name);
	fflush(stdout);
	failed_tests += failures_in_test != 0;
	failures_in_test = 0;
}

static void *must(void *pointer)
{
	if (!pointer) {
		fprintf(stderr, "out of memory\n");
		exit(EXIT_FAILURE);
	}
	return pointer;
}

void *exact_copy(const void *bytes, size_t size)
{
	return memcpy(must(malloc(size ? size : 1)), bytes, size);
}

/* xorshift64*: the same sequence everywhere for the same start. */
u32 next_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1dULL) >> 32;
}

/* NULL exactly if there were complaints. */
void *convert_quietly(const void *elf, size_t size, size_t *image_size)
{
	static const char *const entries[] = { "__keel_first", "__keel_second", "__keel_third" };
	struct diag diag = { .log = NULL, .file = "test" };
	void *copy = exact_copy(elf, size);
	void *image = convert(copy, size, entries, ARRAY_SIZE(entries), image_size, &diag);

	check_that(!image == (diag.errors != 0), "complaints %u, but image %p", diag.errors, image);
	free(copy);
	return image;
}

/*
 * What is not relocated has to be as in the file, and what is, has to be inside the memory it was
 * given.
 */
static void verify_placed(const struct keel_image_header *header, const u8 *at, u64 base)
{
	const u8 *image = (const u8 *)header + header->image_offset;
	const u32 *relocs = (const u32 *)(header + 1) + header->nr_entries;
	u32 i, next = 0, wrong = 0;

	for (i = 0; i < header->mem_size; i++) {
		u64 value;

		if (next < header->nr_relocs && i == relocs[next]) {
			memcpy(&value, at + i, sizeof(value));
			wrong += value < base || value > base + header->mem_size;
			i += sizeof(value) - 1;
			next++;
			continue;
		}
		wrong += at[i] != (i < header->image_size ? image[i] : 0);
	}
	check_that(!wrong, "%u bytes or places are wrong after loading", wrong);
	check_that(next == header->nr_relocs, "only %u of %u relocations found", next,
		   header->nr_relocs);
}

/* Does with an accepted image what the loader does, in memory of exactly the size it asks for. */
void load_and_verify(const void *image, size_t size)
{
	const u64 base = 0xffff000012345000ULL;
	const struct keel_image_header *header = image;
	u8 *at;

	check_that(!keel_image_check(image, size), "the image is refused");
	at = must(malloc(header->mem_size));
	memset(at, 0xa5, header->mem_size);
	keel_image_place(header, at, base);
	verify_placed(header, at, base);
	free(at);
}

static u8 *read_file(const char *name, size_t *size)
{
	FILE *stream = must(fopen(name, "rb"));
	u8 *bytes = must(malloc(1 << 20));

	*size = fread(bytes, 1, 1 << 20, stream);
	fclose(stream);
	return bytes;
}

static int place_file(const char *name, const char *base, const char *out)
{
	size_t size;
	u8 *image = read_file(name, &size);
	const struct keel_image_header *header = (const void *)image;
	FILE *stream = must(fopen(out, "wb"));
	bool good = !keel_image_check(image, size);

	if (good) {
		u8 *memory = must(malloc(header->mem_size));

		keel_image_place(header, memory, strtoull(base, NULL, 0));
		good = fwrite(memory, header->mem_size, 1, stream) == 1;
		free(memory);
	}
	free(image);
	return fclose(stream) || !good ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	size_t size;
	u8 *elf;

	if (argc == 4)
		return place_file(argv[1], argv[2], argv[3]);
	if (argc != 2)
		return EXIT_FAILURE;
	elf = read_file(argv[1], &size);
	test_damaged_elf(elf, size);
	test_images(elf, size);
	free(elf);
	return failed_tests ? EXIT_FAILURE : EXIT_SUCCESS;
}
