/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An ELF file as plain arrays. Whatever is in them has been checked against the file's bounds
 * once, when it was loaded, so their users need no further care: names are strings, contents lie
 * in the file, the section index of a symbol is a section.
 */
#ifndef HYP_RELOC_ELF_FILE_H
#define HYP_RELOC_ELF_FILE_H

#include <elf.h>

#include "core/port.h"
#include "diag.h"

/**
 * struct elf_section - one section header
 * @header: as in the file
 * @name: never NULL
 * @bytes: sh_size bytes of content; NULL for SHT_NOBITS and SHT_NULL
 */
struct elf_section {
	Elf64_Shdr header;
	const char *name;
	const u8 *bytes;
};

/**
 * struct elf_symbol - one symbol
 * @name: never NULL; the section's name for a section symbol
 * @source: name of the source file, NULL if not known (global symbols)
 * @value: address
 * @section: section index; SHN_UNDEF, SHN_ABS or SHN_COMMON
 * @type: STT_*
 */
struct elf_symbol {
	const char *name;
	const char *source;
	u64 value;
	u16 section;
	u8 type;
};

struct elf_file {
	const u8 *bytes;
	size_t size;
	Elf64_Ehdr header;
	struct elf_section *sections;
	size_t nr_sections;
	struct elf_symbol *symbols;
	size_t nr_symbols;
	size_t symtab;
};

bool elf_load(struct elf_file *elf, const void *bytes, size_t size, struct diag *diag);
void elf_free(struct elf_file *elf);
void elf_program_header(const struct elf_file *elf, size_t index, Elf64_Phdr *out);
const char *elf_source_at(const struct elf_file *elf, size_t section, u64 address);

#endif /* HYP_RELOC_ELF_FILE_H */
