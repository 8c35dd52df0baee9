// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judges what a nucleus may consist of: sections, segments and symbols, and derives the image's
 * segments from the sections. Relies on elf_file.c for the form of the file and on nothing else.
 * Relocations are judged in reloc.c. Nothing is mended here: an input that is not closed,
 * writable and executable at once or not linked at 0 is refused.
 */
#include <stdlib.h>

#include "nucleus.h"

/**
 * nucleus_section() - whether a section is part of the nucleus in memory
 * @section: any section
 *
 * Return: true for allocated sections with a name of the nucleus, empty ones included.
 */
bool nucleus_section(const struct elf_section *section)
{
	return (section->header.sh_flags & SHF_ALLOC) &&
	       !strncmp(section->name, NUCLEUS_SECTION_PREFIX, strlen(NUCLEUS_SECTION_PREFIX));
}

/**
 * check_program_headers() - refuse writable and executable segments and dynamic linking
 * @nucleus: with its ELF file loaded
 * @diag: complaints
 */
void check_program_headers(const struct nucleus *nucleus, struct diag *diag)
{
	size_t i;

	for (i = 0; i < nucleus->elf.header.e_phnum; i++) {
		Elf64_Phdr header;

		elf_program_header(&nucleus->elf, i, &header);
		if ((header.p_flags & PF_W) && (header.p_flags & PF_X))
			complain(diag, "program header %zu: writable and executable", i);
		if (header.p_type == PT_DYNAMIC || header.p_type == PT_INTERP ||
		    header.p_type == PT_TLS)
			complain(diag, "program header %zu: dynamic linking or TLS", i);
	}
}

static void check_symbol(const struct elf_symbol *symbol, struct diag *diag)
{
	const char *source = symbol->source ? symbol->source : "unknown file";

	if (symbol->section == SHN_UNDEF)
		complain(diag, "undefined symbol `%s' (%s)", symbol->name, source);
	if (symbol->section == SHN_COMMON)
		complain(diag, "common symbol `%s' (%s) has no place", symbol->name, source);
	/* Called through a GOT slot that only a dynamic linker or start-up code fills. */
	if (symbol->type == STT_GNU_IFUNC)
		complain(diag, "indirect function `%s' (%s)", symbol->name, source);
	if (symbol->type == STT_TLS)
		complain(diag, "thread-local symbol `%s' (%s)", symbol->name, source);
}

/**
 * check_symbols() - refuse what another object or a run-time linker would have to provide
 * @nucleus: with its ELF file loaded
 * @diag: complaints
 *
 * Weak undefined symbols are refused too: the linker resolves them to address 0, which is the
 * start of the image.
 */
void check_symbols(const struct nucleus *nucleus, struct diag *diag)
{
	size_t i;

	/* Symbol 0 is the null symbol. */
	for (i = 1; i < nucleus->elf.nr_symbols; i++)
		check_symbol(&nucleus->elf.symbols[i], diag);
}

/* Types that only a run-time linker, or start-up code the nucleus does not have, would act upon. */
static bool needs_runtime_linker(u32 type)
{
	return type == SHT_DYNAMIC || type == SHT_DYNSYM || type == SHT_REL || type == SHT_RELR ||
	       type == SHT_INIT_ARRAY || type == SHT_FINI_ARRAY || type == SHT_PREINIT_ARRAY;
}

static bool is_got(const struct elf_section *section)
{
	return !strncmp(section->name, ".got", 4);
}

static const char *reason_against(const struct elf_section *section)
{
	const Elf64_Shdr *header = &section->header;

	if (needs_runtime_linker(header->sh_type))
		return "needs a run-time linker";
	/* A static link fills it with link-time addresses and leaves no relocation for them. */
	if (is_got(section))
		return header->sh_size ? "the global offset table is not empty" : NULL;
	if (!(header->sh_flags & SHF_ALLOC))
		return NULL;
	if (!nucleus_section(section))
		return "allocated, but not named " NUCLEUS_SECTION_PREFIX "*";
	if (header->sh_type != SHT_PROGBITS && header->sh_type != SHT_NOBITS)
		return "allocated, but neither PROGBITS nor NOBITS";
	if (header->sh_flags & (SHF_TLS | SHF_COMPRESSED))
		return "thread-local or compressed";
	if ((header->sh_flags & SHF_WRITE) && (header->sh_flags & SHF_EXECINSTR))
		return "writable and executable";
	if (header->sh_type == SHT_NOBITS && !(header->sh_flags & SHF_WRITE))
		return "without content, but not writable";
	/* The image is loaded at a page boundary, so nothing inside can rely on more. */
	if (header->sh_addralign > KEEL_IMAGE_PAGE_SIZE)
		return "aligned to more than a page";
	if (header->sh_addr > KEEL_IMAGE_MAX_SIZE ||
	    header->sh_size > KEEL_IMAGE_MAX_SIZE - header->sh_addr)
		return "beyond the largest image, or not linked at address 0";
	return NULL;
}

static bool check_sections(const struct elf_file *elf, struct diag *diag)
{
	unsigned int before = diag->errors;
	size_t i;

	for (i = 1; i < elf->nr_sections; i++) {
		const char *reason = reason_against(&elf->sections[i]);

		if (reason)
			complain(diag, "section %s: %s", elf->sections[i].name, reason);
	}
	return diag->errors == before;
}

static enum keel_image_kind kind_of(const struct elf_section *section)
{
	if (section->header.sh_flags & SHF_EXECINSTR)
		return KEEL_IMAGE_TEXT;
	if (!(section->header.sh_flags & SHF_WRITE))
		return KEEL_IMAGE_RODATA;
	return section->header.sh_type == SHT_NOBITS ? KEEL_IMAGE_BSS : KEEL_IMAGE_DATA;
}

static int by_address(const void *a, const void *b)
{
	const struct elf_section *const *x = a, *const *y = b;

	if ((*x)->header.sh_addr != (*y)->header.sh_addr)
		return (*x)->header.sh_addr < (*y)->header.sh_addr ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static const struct elf_section **sections_by_address(const struct elf_file *elf, size_t *count)
{
	const struct elf_section **sorted = calloc(elf->nr_sections, sizeof(*sorted));
	size_t i;

	*count = 0;
	if (!sorted)
		return NULL;
	for (i = 1; i < elf->nr_sections; i++)
		if (nucleus_section(&elf->sections[i]) && elf->sections[i].header.sh_size)
			sorted[(*count)++] = &elf->sections[i];
	qsort(sorted, *count, sizeof(*sorted), by_address);
	return sorted;
}

/* Begins the segment of @kind with @section, or says why it cannot. */
static bool start_segment(struct nucleus *nucleus, enum keel_image_kind kind,
			  const struct elf_section *section, struct diag *diag)
{
	struct keel_image_segment *previous = NULL;

	if (nucleus->nr_segments)
		previous = &nucleus->segments[nucleus->nr_segments - 1];
	if (previous ? kind < previous->kind : kind != KEEL_IMAGE_TEXT) {
		complain(diag, "section %s: out of order: text, rodata, data, bss", section->name);
		return false;
	}
	if (!previous && section->header.sh_addr) {
		complain(diag, "section %s: the first one, but not at address 0", section->name);
		return false;
	}
	if (!IS_ALIGNED(section->header.sh_addr, KEEL_IMAGE_PAGE_SIZE)) {
		complain(diag, "section %s: shares a page with sections of another permission",
			 section->name);
		return false;
	}
	nucleus->segments[nucleus->nr_segments++] = (struct keel_image_segment) {
		.kind = kind,
		.offset = section->header.sh_addr,
	};
	return true;
}

static bool add_to_segments(struct nucleus *nucleus, const struct elf_section *section, u32 *end,
			    struct diag *diag)
{
	enum keel_image_kind kind = kind_of(section);
	struct keel_image_segment *segment;

	if (section->header.sh_addr < *end) {
		complain(diag, "section %s: overlaps the one before it", section->name);
		return false;
	}
	if (!nucleus->nr_segments || nucleus->segments[nucleus->nr_segments - 1].kind != kind)
		if (!start_segment(nucleus, kind, section, diag))
			return false;
	segment = &nucleus->segments[nucleus->nr_segments - 1];
	*end = section->header.sh_addr + section->header.sh_size;
	segment->size = *end - segment->offset;
	if (kind != KEEL_IMAGE_BSS)
		nucleus->image_size = *end;
	nucleus->mem_size = ALIGN(*end, KEEL_IMAGE_PAGE_SIZE);
	return true;
}

/**
 * lay_out_segments() - check the sections and make the image's segments of them
 * @nucleus: with its ELF file loaded; receives segments and sizes
 * @diag: complaints
 *
 * Addresses become offsets unchanged, since the link is at 0 and pages stay pages: that is what
 * keeps the linker's ADRP and :lo12: results right wherever the image is loaded (Arm ARM C6.2,
 * ADRP).
 *
 * Return: false if there is no layout.
 */
bool lay_out_segments(struct nucleus *nucleus, struct diag *diag)
{
	const struct elf_section **sorted;
	size_t count, i;
	bool good = true;
	u32 end = 0;

	if (!check_sections(&nucleus->elf, diag))
		return false;
	sorted = sections_by_address(&nucleus->elf, &count);
	if (!sorted || !count) {
		complain(diag, "%s",
			 sorted ? "no section " NUCLEUS_SECTION_PREFIX "*" : "out of memory");
		free(sorted);
		return false;
	}
	for (i = 0; i < count && good; i++)
		good = add_to_segments(nucleus, sorted[i], &end, diag);
	free(sorted);
	return good;
}

static const struct elf_symbol *find_entry(const struct elf_file *elf, const char *name,
					   struct diag *diag)
{
	const struct elf_symbol *found = NULL;
	size_t i;

	for (i = 1; i < elf->nr_symbols; i++) {
		const struct elf_symbol *symbol = &elf->symbols[i];

		if (symbol->type == STT_FILE || symbol->type == STT_SECTION ||
		    strcmp(symbol->name, name))
			continue;
		if (found) {
			complain(diag, "entry `%s' is defined more than once", name);
			return NULL;
		}
		found = symbol;
	}
	if (!found)
		complain(diag, "entry `%s' is not defined", name);
	return found;
}

/**
 * find_entries() - look up the symbols that the loader has to know
 * @nucleus: with its segments laid out; receives the entries
 * @names: symbol names, in the order of the image's table; local ones too, as hidden
 *	symbols become local
 * @count: number of @names
 * @diag: complaints
 */
void find_entries(struct nucleus *nucleus, const char *const *names, size_t count,
		  struct diag *diag)
{
	size_t i;

	if (count > KEEL_IMAGE_MAX_ENTRIES) {
		complain(diag, "more than %u entries", KEEL_IMAGE_MAX_ENTRIES);
		return;
	}
	for (i = 0; i < count; i++) {
		const struct elf_symbol *symbol = find_entry(&nucleus->elf, names[i], diag);

		if (!symbol)
			continue;
		if (symbol->section >= nucleus->elf.nr_sections ||
		    !nucleus_section(&nucleus->elf.sections[symbol->section]) ||
		    symbol->value > nucleus->mem_size) {
			complain(diag, "entry `%s' is outside the image", names[i]);
			continue;
		}
		nucleus->entries[nucleus->nr_entries++] = symbol->value;
	}
}
