// SPDX-License-Identifier: GPL-2.0-only
/*
 * hyp-reloc: turns the linked nucleus into the image that the anchor embeds. This file owns the
 * command line and the two files; convert() does the work on bytes in memory. The output appears
 * under its name complete or not at all.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>

#include "nucleus.h"

/* More than any nucleus with debug information; keeps a wrong file name from eating the machine. */
#define LARGEST_INPUT	(256u << 20)

struct options {
	const char *input;
	const char *output;
	const char *entries[KEEL_IMAGE_MAX_ENTRIES];
	size_t nr_entries;
};

static const struct argp_option option_list[] = {
	{ "entry", 'e', "NAME", 0,
	  "List the offset of symbol NAME in the image; repeatable, order is kept", 0 },
	{ "output", 'o', "FILE", 0, "Write the image to FILE", 0 },
	{ 0 },
};

static void add_entry(struct options *options, const char *name, struct argp_state *state)
{
	if (options->nr_entries == KEEL_IMAGE_MAX_ENTRIES)
		argp_error(state, "more than %u entries", KEEL_IMAGE_MAX_ENTRIES);
	options->entries[options->nr_entries++] = name;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'e':
		add_entry(options, arg, state);
		return 0;
	case 'o':
		options->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->input)
			argp_error(state, "more than one input");
		options->input = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->input || !options->output)
			argp_error(state, "needs an input file and --output");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
	.options = option_list,
	.parser = parse,
	.args_doc = "ELF",
	.doc = "Make a nucleus image of ELF, an AArch64 executable linked statically at address 0 "
	       "with --emit-relocs.\vExit status: 0 image written, 1 ELF refused or not readable, 64 wrong usage.",
};

/* Returns the bytes of @stream, to be freed; sets @size. NULL with errno set on failure. */
static u8 *read_stream(FILE *stream, size_t *size)
{
	size_t room = 1 << 16, used = 0;
	u8 *bytes = malloc(room), *grown;

	while (bytes) {
		used += fread(bytes + used, 1, room - used, stream);
		if (used < room)
			break;
		room *= 2;
		grown = room <= LARGEST_INPUT ? realloc(bytes, room) : NULL;
		if (!grown) {
			free(bytes);
			errno = EFBIG;
			return NULL;
		}
		bytes = grown;
	}
	if (bytes && ferror(stream)) {
		free(bytes);
		return NULL;
	}
	*size = used;
	return bytes;
}

static u8 *read_input(const char *name, size_t *size, struct diag *diag)
{
	FILE *stream = fopen(name, "rb");
	u8 *bytes = NULL;

	if (stream)
		bytes = read_stream(stream, size);
	if (!bytes)
		complain(diag, "cannot read: %s", strerror(errno));
	if (stream)
		fclose(stream);
	return bytes;
}

static bool write_file(const char *name, const void *bytes, size_t size)
{
	FILE *stream = fopen(name, "wb");
	bool good;

	if (!stream)
		return false;
	good = fwrite(bytes, 1, size, stream) == size;
	return !fclose(stream) && good;
}

/* By way of a neighbouring file, so that an interrupted build leaves no half image behind. */
static void write_output(const char *name, const void *bytes, size_t size, struct diag *diag)
{
	char *partial;

	if (asprintf(&partial, "%s.partial", name) < 0) {
		complain(diag, "out of memory");
		return;
	}
	if (!write_file(partial, bytes, size) || rename(partial, name)) {
		complain(diag, "cannot write %s: %s", name, strerror(errno));
		remove(partial);
	}
	free(partial);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	size_t elf_size, size;
	struct diag diag;
	void *image = NULL;
	u8 *elf;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	diag = (struct diag) { .log = stderr, .file = options.input };
	elf = read_input(options.input, &elf_size, &diag);
	if (elf)
		image = convert(elf, elf_size, options.entries, options.nr_entries, &size, &diag);
	if (image)
		write_output(options.output, image, size, &diag);
	free(image);
	free(elf);
	return diag.errors ? EXIT_FAILURE : EXIT_SUCCESS;
}
