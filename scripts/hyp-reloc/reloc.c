// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judges every relocation that the linker kept (--emit-relocs) and collects the places that
 * depend on the load address. The list of accepted kinds is short and complete; whatever is not
 * on it is refused, known or not. Relies on elf_file.c for the form of the file and on
 * lay_out_segments() for the sections; does not believe that the linker stored what the
 * relocation says, but compares.
 *
 * Names and numbers of kinds: ELF for the Arm 64-bit Architecture (AAELF64), relocation codes.
 */
#include <stdlib.h>

#include "nucleus.h"

enum treatment {
	REFUSED,	/* absolute or by way of a table: wrong after loading */
	FIXED,		/* a distance inside the image: right wherever it is loaded */
	NOTHING,	/* no bits are changed */
	RELOCATED,	/* an address: the loader adds the base */
};

/**
 * struct reloc_kind - what to do about one kind of relocation
 * @number: R_AARCH64_*
 * @treatment: enum treatment
 * @width: bytes changed at the place
 * @name: for messages
 */
struct reloc_kind {
	u32 number;
	enum treatment treatment;
	u32 width;
	const char *name;
};

#define KIND(name, treatment, width) { R_AARCH64_##name, treatment, width, "R_AARCH64_" #name }

/*
 * FIXED has two forms: a difference to the place, or the low 12 bits of an address, which the
 * load address does not change as it is a multiple of the page size. The refused ones stand here
 * only for their names.
 */
static const struct reloc_kind kinds[] = {
	KIND(NONE, NOTHING, 0),
	KIND(ABS64, RELOCATED, 8),
	KIND(PREL64, FIXED, 8),
	KIND(PREL32, FIXED, 4),
	KIND(PREL16, FIXED, 2),
	KIND(LD_PREL_LO19, FIXED, 4),
	KIND(ADR_PREL_LO21, FIXED, 4),
	KIND(ADR_PREL_PG_HI21, FIXED, 4),
	KIND(ADR_PREL_PG_HI21_NC, FIXED, 4),
	KIND(ADD_ABS_LO12_NC, FIXED, 4),
	KIND(LDST8_ABS_LO12_NC, FIXED, 4),
	KIND(LDST16_ABS_LO12_NC, FIXED, 4),
	KIND(LDST32_ABS_LO12_NC, FIXED, 4),
	KIND(LDST64_ABS_LO12_NC, FIXED, 4),
	KIND(LDST128_ABS_LO12_NC, FIXED, 4),
	KIND(TSTBR14, FIXED, 4),
	KIND(CONDBR19, FIXED, 4),
	KIND(JUMP26, FIXED, 4),
	KIND(CALL26, FIXED, 4),
	KIND(MOVW_PREL_G0, FIXED, 4),
	KIND(MOVW_PREL_G0_NC, FIXED, 4),
	KIND(MOVW_PREL_G1, FIXED, 4),
	KIND(MOVW_PREL_G1_NC, FIXED, 4),
	KIND(MOVW_PREL_G2, FIXED, 4),
	KIND(MOVW_PREL_G2_NC, FIXED, 4),
	KIND(MOVW_PREL_G3, FIXED, 4),
	KIND(ABS32, REFUSED, 0),
	KIND(ABS16, REFUSED, 0),
	KIND(MOVW_UABS_G0, REFUSED, 0),
	KIND(MOVW_UABS_G0_NC, REFUSED, 0),
	KIND(MOVW_UABS_G1, REFUSED, 0),
	KIND(MOVW_UABS_G1_NC, REFUSED, 0),
	KIND(MOVW_UABS_G2, REFUSED, 0),
	KIND(MOVW_UABS_G2_NC, REFUSED, 0),
	KIND(MOVW_UABS_G3, REFUSED, 0),
	KIND(MOVW_SABS_G0, REFUSED, 0),
	KIND(MOVW_SABS_G1, REFUSED, 0),
	KIND(MOVW_SABS_G2, REFUSED, 0),
	KIND(GOT_LD_PREL19, REFUSED, 0),
	KIND(ADR_GOT_PAGE, REFUSED, 0),
	KIND(LD64_GOT_LO12_NC, REFUSED, 0),
	KIND(LD64_GOTPAGE_LO15, REFUSED, 0),
	KIND(TLSLE_ADD_TPREL_HI12, REFUSED, 0),
	KIND(TLSLE_ADD_TPREL_LO12, REFUSED, 0),
	KIND(TLSLE_ADD_TPREL_LO12_NC, REFUSED, 0),
	KIND(RELATIVE, REFUSED, 0),
	KIND(GLOB_DAT, REFUSED, 0),
	KIND(JUMP_SLOT, REFUSED, 0),
};

/**
 * struct reloc - one relocation, with what it refers to
 * @place: section that it changes
 * @place_index: its index
 * @raw: as in the file
 * @symbol: target
 */
struct reloc {
	const struct elf_section *place;
	size_t place_index;
	Elf64_Rela raw;
	const struct elf_symbol *symbol;
};

static const struct reloc_kind *kind_of_reloc(u32 number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].number == number)
			return &kinds[i];
	return NULL;
}

static const char *kind_name(u32 number, char *buffer, size_t size)
{
	const struct reloc_kind *kind = kind_of_reloc(number);

	if (kind)
		return kind->name;
	snprintf(buffer, size, "unknown kind %u", number);
	return buffer;
}

static void refuse(const struct nucleus *nucleus, const struct reloc *reloc, const char *reason,
		   struct diag *diag)
{
	u64 address = reloc->raw.r_offset;
	const char *source = NULL;
	char number[32];

	/* Finding the source walks all symbols: too slow for a file full of bad relocations. */
	if (complaints_are_shown(diag))
		source = elf_source_at(&nucleus->elf, reloc->place_index, address);
	complain(diag, "section %s+0x%llx (%s): relocation %s against symbol `%s': %s",
		 reloc->place->name, address - reloc->place->header.sh_addr,
		 source ? source : "",
		 kind_name(ELF64_R_TYPE(reloc->raw.r_info), number, sizeof(number)),
		 reloc->symbol->name, reason);
}

static const char *reason_against_target(const struct nucleus *nucleus,
					 const struct elf_symbol *symbol)
{
	if (symbol->section == SHN_ABS)
		return "the symbol is absolute and does not move with the image";
	if (symbol->section >= nucleus->elf.nr_sections ||
	    !nucleus_section(&nucleus->elf.sections[symbol->section]))
		return "the symbol is not in the image";
	return NULL;
}

static const char *reason_against_place(const struct reloc *reloc, u32 width)
{
	const Elf64_Shdr *header = &reloc->place->header;
	u64 offset = reloc->raw.r_offset - header->sh_addr;

	if (reloc->raw.r_offset < header->sh_addr || offset > header->sh_size ||
	    width > header->sh_size - offset)
		return "the place is outside its section";
	if (header->sh_type != SHT_PROGBITS)
		return "the place has no content";
	return NULL;
}

/* Only for places that reason_against_place() has nothing against. */
static const char *reason_against_relocating(const struct nucleus *nucleus,
					     const struct reloc *reloc)
{
	u64 value = reloc->symbol->value + (u64)reloc->raw.r_addend, stored;

	if (reloc->place->header.sh_flags & SHF_EXECINSTR)
		return "an absolute address in text, which is never written";
	if (!IS_ALIGNED(reloc->raw.r_offset, sizeof(value)))
		return "the place is not aligned to 8 bytes";
	if (value > nucleus->mem_size)
		return "the value is outside the image";
	memcpy(&stored, reloc->place->bytes + (reloc->raw.r_offset - reloc->place->header.sh_addr),
	       sizeof(stored));
	if (stored != value)
		return "the place does not hold the value that the relocation stands for";
	return NULL;
}

static bool remember_place(struct nucleus *nucleus, u64 place)
{
	if (nucleus->nr_relocs == nucleus->max_relocs) {
		size_t wanted = nucleus->max_relocs ? 2 * nucleus->max_relocs : 64;
		u32 *grown = realloc(nucleus->relocs, wanted * sizeof(*grown));

		if (!grown)
			return false;
		nucleus->relocs = grown;
		nucleus->max_relocs = wanted;
	}
	nucleus->relocs[nucleus->nr_relocs++] = place;
	return true;
}

static void judge(struct nucleus *nucleus, const struct reloc *reloc, struct diag *diag)
{
	const struct reloc_kind *kind = kind_of_reloc(ELF64_R_TYPE(reloc->raw.r_info));
	const char *reason;

	if (kind && kind->treatment == NOTHING)
		return;
	if (!kind || kind->treatment == REFUSED) {
		refuse(nucleus, reloc, "not position independent, or not known to be", diag);
		return;
	}
	reason = reason_against_target(nucleus, reloc->symbol);
	if (!reason)
		reason = reason_against_place(reloc, kind->width);
	if (!reason && kind->treatment == RELOCATED)
		reason = reason_against_relocating(nucleus, reloc);
	if (!reason && kind->treatment == RELOCATED &&
	    !remember_place(nucleus, reloc->raw.r_offset))
		reason = "out of memory";
	if (reason)
		refuse(nucleus, reloc, reason, diag);
}

static void judge_table(struct nucleus *nucleus, const struct elf_section *table, struct diag *diag)
{
	size_t i, count = table->header.sh_size / sizeof(Elf64_Rela);
	struct reloc reloc = {
		.place = &nucleus->elf.sections[table->header.sh_info],
		.place_index = table->header.sh_info,
	};

	for (i = 0; i < count; i++) {
		u64 symbol;

		memcpy(&reloc.raw, table->bytes + i * sizeof(reloc.raw), sizeof(reloc.raw));
		symbol = ELF64_R_SYM(reloc.raw.r_info);
		if (symbol >= nucleus->elf.nr_symbols) {
			complain(diag, "%s: relocation %zu: symbol %llu does not exist",
				 table->name, i, symbol);
			continue;
		}
		reloc.symbol = &nucleus->elf.symbols[symbol];
		judge(nucleus, &reloc, diag);
	}
}

static bool well_formed(const struct nucleus *nucleus, const struct elf_section *table,
			struct diag *diag)
{
	const Elf64_Shdr *header = &table->header;

	if (header->sh_entsize == sizeof(Elf64_Rela) && header->sh_size % sizeof(Elf64_Rela) == 0 &&
	    header->sh_link == nucleus->elf.symtab && header->sh_info < nucleus->elf.nr_sections)
		return true;
	complain(diag, "section %s: malformed or truncated relocation table", table->name);
	return false;
}

static int by_offset(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void sort_places(struct nucleus *nucleus, struct diag *diag)
{
	size_t i;

	if (!nucleus->nr_relocs)
		return;
	qsort(nucleus->relocs, nucleus->nr_relocs, sizeof(*nucleus->relocs), by_offset);
	for (i = 1; i < nucleus->nr_relocs; i++)
		if (nucleus->relocs[i] == nucleus->relocs[i - 1])
			complain(diag, "two relocations for the place at 0x%x", nucleus->relocs[i]);
}

/**
 * collect_relocs() - judge all relocations and list the places to relocate
 * @nucleus: with its segments laid out; receives the places
 * @diag: complaints
 *
 * Relocations of sections that are not loaded (debug information) do not matter.
 */
void collect_relocs(struct nucleus *nucleus, struct diag *diag)
{
	bool any = false;
	size_t i;

	for (i = 1; i < nucleus->elf.nr_sections; i++) {
		const struct elf_section *table = &nucleus->elf.sections[i];

		if (table->header.sh_type != SHT_RELA || !well_formed(nucleus, table, diag))
			continue;
		if (!nucleus_section(&nucleus->elf.sections[table->header.sh_info]))
			continue;
		any = true;
		judge_table(nucleus, table, diag);
	}
	/* A link without --emit-relocs looks like code without absolute addresses, and is none. */
	if (!any)
		complain(diag,
			 "no relocations of the nucleus' sections: linked without --emit-relocs?");
	sort_places(nucleus, diag);
}
