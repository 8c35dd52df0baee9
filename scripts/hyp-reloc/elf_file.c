// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a 64-bit little-endian AArch64 executable into arrays (elf_file.h). It trusts nothing:
 * the file may be cut off anywhere or hold any numbers. Every range is checked by in_file()
 * before it is read, headers are copied out since the file need not align them. It judges form
 * only; what a nucleus may contain is for check.c and reloc.c.
 */
#include <stdlib.h>

#include "elf_file.h"

static bool in_file(const struct elf_file *elf, u64 offset, u64 size)
{
	return offset <= elf->size && size <= elf->size - offset;
}

static bool table_in_file(const struct elf_file *elf, u64 offset, u64 count, u64 entry_size)
{
	u64 size;

	return !check_mul_overflow(count, entry_size, &size) && in_file(elf, offset, size);
}

static bool is_our_machine(const Elf64_Ehdr *header)
{
	return header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       header->e_ident[EI_VERSION] == EV_CURRENT &&
	       header->e_machine == EM_AARCH64;
}

static bool check_kind_of_file(const Elf64_Ehdr *header, struct diag *diag)
{
	if (memcmp(header->e_ident, ELFMAG, SELFMAG)) {
		complain(diag, "not an ELF file");
		return false;
	}
	if (!is_our_machine(header)) {
		complain(diag, "not a 64-bit little-endian AArch64 ELF file");
		return false;
	}
	if (header->e_type != ET_EXEC) {
		complain(diag, "ELF type %u: needs ET_EXEC, a static link with --emit-relocs",
			 header->e_type);
		return false;
	}
	return true;
}

static bool check_tables(const struct elf_file *elf, struct diag *diag)
{
	const Elf64_Ehdr *header = &elf->header;

	if (!header->e_shnum || header->e_shentsize != sizeof(Elf64_Shdr) ||
	    !table_in_file(elf, header->e_shoff, header->e_shnum, sizeof(Elf64_Shdr))) {
		complain(diag, "section headers missing or outside the file");
		return false;
	}
	if (!header->e_phnum || header->e_phentsize != sizeof(Elf64_Phdr) ||
	    !table_in_file(elf, header->e_phoff, header->e_phnum, sizeof(Elf64_Phdr))) {
		complain(diag, "program headers missing or outside the file");
		return false;
	}
	return true;
}

static bool load_header(struct elf_file *elf, struct diag *diag)
{
	if (!in_file(elf, 0, sizeof(elf->header))) {
		complain(diag, "too short for an ELF header");
		return false;
	}
	memcpy(&elf->header, elf->bytes, sizeof(elf->header));
	return check_kind_of_file(&elf->header, diag) && check_tables(elf, diag);
}

static bool load_section(struct elf_file *elf, size_t index, struct diag *diag)
{
	struct elf_section *section = &elf->sections[index];
	Elf64_Shdr *header = &section->header;

	memcpy(header, elf->bytes + elf->header.e_shoff + index * sizeof(*header), sizeof(*header));
	section->name = "";
	if (header->sh_type == SHT_NULL || header->sh_type == SHT_NOBITS)
		return true;
	if (!in_file(elf, header->sh_offset, header->sh_size)) {
		complain(diag, "section %zu: content outside the file", index);
		return false;
	}
	section->bytes = elf->bytes + header->sh_offset;
	return true;
}

/* A string of a string table, or NULL if it does not end inside the table. */
static const char *string_at(const struct elf_section *table, u64 offset)
{
	if (table->header.sh_type != SHT_STRTAB || offset >= table->header.sh_size)
		return NULL;
	if (!memchr(table->bytes + offset, 0, table->header.sh_size - offset))
		return NULL;
	return (const char *)table->bytes + offset;
}

static bool name_sections(struct elf_file *elf, struct diag *diag)
{
	size_t names = elf->header.e_shstrndx, i;

	if (names >= elf->nr_sections) {
		complain(diag, "no section name table");
		return false;
	}
	for (i = 1; i < elf->nr_sections; i++) {
		struct elf_section *section = &elf->sections[i];

		section->name = string_at(&elf->sections[names], section->header.sh_name);
		if (!section->name) {
			complain(diag, "section %zu: name outside the section name table", i);
			return false;
		}
	}
	return true;
}

static bool load_sections(struct elf_file *elf, struct diag *diag)
{
	size_t i;

	elf->nr_sections = elf->header.e_shnum;
	elf->sections = calloc(elf->nr_sections, sizeof(*elf->sections));
	if (!elf->sections) {
		complain(diag, "out of memory");
		return false;
	}
	for (i = 0; i < elf->nr_sections; i++)
		if (!load_section(elf, i, diag))
			return false;
	return name_sections(elf, diag);
}

static bool find_symtab(struct elf_file *elf, struct diag *diag)
{
	size_t i;

	for (i = 1; i < elf->nr_sections; i++) {
		if (elf->sections[i].header.sh_type != SHT_SYMTAB)
			continue;
		if (elf->symtab) {
			complain(diag, "more than one symbol table");
			return false;
		}
		elf->symtab = i;
	}
	if (!elf->symtab)
		complain(diag, "no symbol table (stripped?)");
	return elf->symtab != 0;
}

static bool load_symbol(struct elf_file *elf, size_t index, const Elf64_Sym *raw,
			const struct elf_section *names, struct diag *diag)
{
	struct elf_symbol *symbol = &elf->symbols[index];

	*symbol = (struct elf_symbol) {
		.name = string_at(names, raw->st_name),
		.value = raw->st_value,
		.section = raw->st_shndx,
		.type = ELF64_ST_TYPE(raw->st_info),
	};
	if (!symbol->name) {
		complain(diag, "symbol %zu: name outside the string table", index);
		return false;
	}
	if (raw->st_shndx >= elf->nr_sections && raw->st_shndx != SHN_ABS &&
	    raw->st_shndx != SHN_COMMON) {
		complain(diag, "symbol %zu (%s): section %u does not exist", index, symbol->name,
			 raw->st_shndx);
		return false;
	}
	if (symbol->type == STT_SECTION && !*symbol->name && raw->st_shndx < elf->nr_sections)
		symbol->name = elf->sections[raw->st_shndx].name;
	return true;
}

/*
 * Local symbols follow the STT_FILE symbol of their source, up to the next one (gABI, symbol
 * table).
 */
static bool load_symbol_array(struct elf_file *elf, const struct elf_section *table,
			      const struct elf_section *names, struct diag *diag)
{
	const char *source = NULL;
	size_t i;

	for (i = 0; i < elf->nr_symbols; i++) {
		Elf64_Sym raw;

		memcpy(&raw, table->bytes + i * sizeof(raw), sizeof(raw));
		if (!load_symbol(elf, i, &raw, names, diag))
			return false;
		if (elf->symbols[i].type == STT_FILE)
			source = elf->symbols[i].name;
		else if (ELF64_ST_BIND(raw.st_info) == STB_LOCAL)
			elf->symbols[i].source = source;
	}
	return true;
}

static bool load_symbols(struct elf_file *elf, struct diag *diag)
{
	const struct elf_section *table;
	u64 size;

	if (!find_symtab(elf, diag))
		return false;
	table = &elf->sections[elf->symtab];
	size = table->header.sh_size;
	if (table->header.sh_entsize != sizeof(Elf64_Sym) || size % sizeof(Elf64_Sym) || !size ||
	    table->header.sh_link >= elf->nr_sections) {
		complain(diag, "%s: malformed symbol table", table->name);
		return false;
	}
	elf->nr_symbols = size / sizeof(Elf64_Sym);
	elf->symbols = calloc(elf->nr_symbols, sizeof(*elf->symbols));
	if (!elf->symbols) {
		complain(diag, "out of memory");
		return false;
	}
	return load_symbol_array(elf, table, &elf->sections[table->header.sh_link], diag);
}

/**
 * elf_load() - read an executable
 * @elf: receives the arrays; elf_free() it, also after a failure
 * @bytes: content of the file, any; has to outlive @elf
 * @size: bytes at @bytes
 * @diag: complaints
 *
 * Return: false if the file is malformed; the reason has gone to @diag.
 */
bool elf_load(struct elf_file *elf, const void *bytes, size_t size, struct diag *diag)
{
	*elf = (struct elf_file) { .bytes = bytes, .size = size };
	return load_header(elf, diag) && load_sections(elf, diag) && load_symbols(elf, diag);
}

/**
 * elf_free() - give back what elf_load() allocated
 * @elf: loaded file
 */
void elf_free(struct elf_file *elf)
{
	free(elf->sections);
	free(elf->symbols);
}

/**
 * elf_program_header() - copy a program header out
 * @elf: loaded file
 * @index: below e_phnum
 * @out: receives it
 */
void elf_program_header(const struct elf_file *elf, size_t index, Elf64_Phdr *out)
{
	memcpy(out, elf->bytes + elf->header.e_phoff + index * sizeof(*out), sizeof(*out));
}

/**
 * elf_source_at() - the source file that a place comes from, for messages
 * @elf: loaded file
 * @section: section of the place
 * @address: address of the place
 *
 * Goes by the nearest local symbol at or before the place: the mapping symbols ($x, $d) that
 * start each input section are local (ELF for the Arm 64-bit Architecture, mapping symbols).
 *
 * Return: name, or "unknown file".
 */
const char *elf_source_at(const struct elf_file *elf, size_t section, u64 address)
{
	const struct elf_symbol *best = NULL;
	size_t i;

	for (i = 0; i < elf->nr_symbols; i++) {
		const struct elf_symbol *symbol = &elf->symbols[i];

		if (!symbol->source || symbol->section != section || symbol->value > address)
			continue;
		if (!best || symbol->value >= best->value)
			best = symbol;
	}
	return best ? best->source : "unknown file";
}
