#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh SOURCES BUILD: the tests of hyp-reloc. Each probe is a few lines of assembler added to good.s,
# linked as the nucleus is, and given to the tool built with sanitizers. Prints "ok NAME" or "not ok NAME"
# with the reason below; exit status 0 only if all are ok.

set -u
src=$1
build=$2
tool=$build/hyp-reloc
work=$build/work
: "${CLANG:=clang}" "${LLD:=ld.lld}"
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99

failed=0
rm -rf "$work"
mkdir -p "$work" || exit 1

ok() { echo "ok $1"; }
not_ok() { failed=$((failed + 1)); echo "not ok $1"; sed 's/^/# /' "$work/log" 2>/dev/null; echo "# $2"; }

# What a case may vary; begin() sets them back.
begin() {
	rm -rf "$work"/in.* "$work"/out.* "$work/log"
	: >"$work/log"
	script=$src/nucleus.lds
	link_flags=--emit-relocs
	entries='-e __keel_first -e __keel_second -e __keel_third'
}

assemble() { # lines
	{ cat "$src/good.s"; printf '%b\n' "$1"; } >"$work/in.s"
	$CLANG --target=aarch64-linux-gnu -c "$work/in.s" -o "$work/in.o" >>"$work/log" 2>&1
}

link() {
	# shellcheck disable=SC2086
	$LLD $link_flags -z max-page-size=4096 -T "$script" -e 0 "$work/in.o" -o "$work/in.elf" >>"$work/log" 2>&1
}

make_elf() { assemble "$1" && link; }

run() { # [input]
	# shellcheck disable=SC2086
	$tool $entries -o "$work/out.bin" "${1:-$work/in.elf}" >>"$work/log" 2>&1
}

# nr_relocs, the tenth word of the header (include/abi/nucleus_image.h)
nr_relocs() { od -An -tu4 -j36 -N4 "$work/out.bin" | tr -d ' '; }

has_kind() { llvm-readelf -r "$work/in.elf" | grep -q "R_AARCH64_$1 "; }

expect_accepted() { # name relocs
	run
	status=$?
	if [ $status -ne 0 ]; then
		not_ok "$1" "exit status $status"
	elif [ "$(nr_relocs)" != "$2" ]; then
		not_ok "$1" "$(nr_relocs) relocations instead of $2"
	else
		ok "$1"
	fi
}

expect_refused() { # name pattern... ; each has to occur in one and the same line
	name=$1
	shift
	run
	status=$?
	grep '^hyp-reloc: ' "$work/log" >"$work/out.lines"
	for pattern in "$@"; do
		grep -e "$pattern" "$work/out.lines" >"$work/out.next"
		mv "$work/out.next" "$work/out.lines"
	done
	if [ $status -ne 1 ]; then
		not_ok "$name" "exit status $status instead of 1"
	elif [ -e "$work/out.bin" ]; then
		not_ok "$name" "left an output file"
	elif [ ! -s "$work/out.lines" ]; then
		not_ok "$name" "no message with: $*"
	else
		ok "$name"
	fi
}

in_section() { # section lines
	case $1 in
	text) printf '.section .hyp.text, "ax", %%progbits\\nprobe:\\n%s' "$2" ;;
	data) printf '.section .hyp.data, "aw", %%progbits\\n.balign 8\\nprobe:\\n%s' "$2" ;;
	rodata) printf '.section .hyp.rodata, "a", %%progbits\\n.balign 8\\nprobe:\\n%s' "$2" ;;
	esac
}

accepts() { # name relocs lines
	begin
	if make_elf "$3"; then
		expect_accepted "$1" "$2"
	else
		not_ok "$1" "cannot make the input"
	fi
}

accepts_kind() { # kind section lines
	begin
	if ! make_elf "$(in_section "$2" "$3")"; then
		not_ok "accepts_$1" "cannot make the input"
	elif ! has_kind "$1"; then
		not_ok "accepts_$1" "the input has no such relocation"
	else
		expect_accepted "accepts_$1" 3
	fi
}

refuses_kind() { # kind section lines [symbol]
	begin
	if ! make_elf "$(in_section "$2" "$3")"; then
		not_ok "refuses_$1" "cannot make the input"
	elif ! has_kind "$1"; then
		not_ok "refuses_$1" "the input has no such relocation"
	else
		expect_refused "refuses_$1" "section .hyp.$2+0x" "(good.c)" "R_AARCH64_$1 " "symbol .${4:-target}'"
	fi
}

refuses() { # name lines pattern...
	name=$1
	lines=$2
	shift 2
	if make_elf "$lines"; then
		expect_refused "$name" "$@"
	else
		not_ok "$name" "cannot make the input"
	fi
}

refuses_script() { # name sed-command pattern...
	begin
	name=$1
	sed -e "$2" "$src/nucleus.lds" >"$work/in.lds"
	script=$work/in.lds
	cmp -s "$script" "$src/nucleus.lds" && not_ok "$name" "the script is unchanged"
	shift 2
	refuses "$name" "" "$@"
}

# --- relocation kinds: every accepted one -------------------------------------------------------------

begin
accepts accepts_a_good_nucleus 3 ''
accepts accepts_ABS64_in_rodata_and_lists_it 5 "$(in_section rodata '.xword target\n.xword target + 4')"
accepts accepts_ABS64_in_data_and_lists_it 4 "$(in_section data '.xword target')"

accepts_kind PREL64 data '.xword target - .'
accepts_kind PREL32 rodata '.word target - .'
accepts_kind PREL16 data '.reloc ., R_AARCH64_PREL16, probe + 2\n.hword 0'
accepts_kind LD_PREL_LO19 text 'ldr x0, table'
accepts_kind ADR_PREL_LO21 text 'adr x0, table'
accepts_kind ADR_PREL_PG_HI21 text 'adrp x0, counter'
accepts_kind ADR_PREL_PG_HI21_NC text 'adrp x0, :pg_hi21_nc:table'
accepts_kind ADD_ABS_LO12_NC text 'add x0, x0, :lo12:counter'
accepts_kind LDST8_ABS_LO12_NC text 'ldrb w0, [x0, :lo12:table]'
accepts_kind LDST16_ABS_LO12_NC text 'ldrh w0, [x0, :lo12:table]'
accepts_kind LDST32_ABS_LO12_NC text 'ldr w0, [x0, :lo12:table]'
accepts_kind LDST64_ABS_LO12_NC text 'str x0, [x0, :lo12:table]'
accepts_kind LDST128_ABS_LO12_NC text 'ldr q0, [x0, :lo12:table]'
accepts_kind TSTBR14 text 'tbz x0, #1, target'
accepts_kind CONDBR19 text 'cbz x0, target\nb.eq target'
accepts_kind JUMP26 text 'b __keel_second'
accepts_kind CALL26 text 'bl __keel_second'
accepts_kind MOVW_PREL_G0 text 'movz x0, #:prel_g0:table'
accepts_kind MOVW_PREL_G0_NC text 'movk x0, #:prel_g0_nc:table'
accepts_kind MOVW_PREL_G1 text 'movz x0, #:prel_g1:table'
accepts_kind MOVW_PREL_G1_NC text 'movk x0, #:prel_g1_nc:table'
accepts_kind MOVW_PREL_G2 text 'movz x0, #:prel_g2:table'
accepts_kind MOVW_PREL_G2_NC text 'movk x0, #:prel_g2_nc:table'
accepts_kind MOVW_PREL_G3 text 'movz x0, #:prel_g3:table'
accepts_kind NONE text '.reloc ., R_AARCH64_NONE, target\nnop'

# --- relocation kinds: refused ------------------------------------------------------------------------

refuses_kind ABS32 data '.word target'
refuses_kind ABS16 data '.hword target'
refuses_kind MOVW_UABS_G0 text 'movz x0, #:abs_g0:target'
refuses_kind MOVW_UABS_G0_NC text 'movk x0, #:abs_g0_nc:target'
refuses_kind MOVW_UABS_G1 text 'movz x0, #:abs_g1:target'
refuses_kind MOVW_UABS_G1_NC text 'movk x0, #:abs_g1_nc:target'
refuses_kind MOVW_UABS_G2 text 'movz x0, #:abs_g2:target'
refuses_kind MOVW_UABS_G2_NC text 'movk x0, #:abs_g2_nc:target'
refuses_kind MOVW_UABS_G3 text 'movz x0, #:abs_g3:target'
refuses_kind MOVW_SABS_G0 text 'movz x0, #:abs_g0_s:target'
refuses_kind MOVW_SABS_G1 text 'movz x0, #:abs_g1_s:target'
refuses_kind MOVW_SABS_G2 text 'movz x0, #:abs_g2_s:target'

got='adrp x0, :got:target\nldr x0, [x0, :got_lo12:target]'
begin
refuses refuses_a_got_that_is_not_empty "$(in_section text "$got")" 'section .got: the global offset table is not empty'
for kind in ADR_GOT_PAGE LD64_GOT_LO12_NC; do
	begin
	sed 's/\*(.hyp.data /*(.got .hyp.data /' "$src/nucleus.lds" >"$work/in.lds"
	script=$work/in.lds
	refuses "refuses_${kind}_with_the_got_hidden_in_data" "$(in_section text "$got")" \
		'section .hyp.text+0x' '(good.c)' "R_AARCH64_$kind " 'symbol .target'
done

tls='.section .hyp.tls, "awT", %progbits\nlocal:\n.xword 0\n.type local, %tls_object\n'
begin
refuses refuses_access_to_a_thread_local_variable \
	"$tls$(in_section text 'add x0, x0, :tprel_hi12:local')" 'thread-local symbol .local. (good.c)'
begin
refuses refuses_a_TLS_section "$tls" 'section .hyp.tls: thread-local'
begin
refuses refuses_a_kind_without_a_name_by_number "$(in_section data '.reloc ., R_AARCH64_PLT32, target\n.word 0')" \
	'unknown kind 314 ' 'symbol .target' 'section .hyp.data+0x' '(good.c)'

# --- places and targets -------------------------------------------------------------------------------

begin
refuses refuses_ABS64_in_text "$(in_section text '.balign 8\n.xword target')" 'R_AARCH64_ABS64' 'absolute address in text'
begin
refuses refuses_ABS64_at_an_unaligned_place "$(in_section data '.word 0\n.xword target')" 'not aligned to 8 bytes'
begin
refuses refuses_ABS64_beyond_the_image "$(in_section data '.xword target + 0x100000')" 'value is outside the image'
begin
refuses refuses_ABS64_before_the_image "$(in_section data '.xword target - 0x100000')" 'value is outside the image'
begin
link_flags='--emit-relocs --defsym=fixed=0x100'
refuses refuses_ABS64_of_an_absolute_symbol "$(in_section data '.xword fixed')" 'symbol .fixed' 'absolute'
begin
link_flags='--emit-relocs --defsym=fixed=0x100'
refuses refuses_a_distance_to_an_absolute_symbol "$(in_section text 'adrp x0, fixed')" 'symbol .fixed' 'absolute'
begin
refuses refuses_two_relocations_for_one_place \
	"$(in_section data '.reloc probe, R_AARCH64_ABS64, target\n.xword target')" 'two relocations'

# --- symbols ------------------------------------------------------------------------------------------

begin
link_flags='--emit-relocs --unresolved-symbols=ignore-all'
refuses refuses_an_undefined_symbol "$(in_section text 'bl missing')" 'undefined symbol .missing'
begin
refuses refuses_a_weak_undefined_symbol "$(in_section text '.weak missing\nbl missing')" 'undefined symbol .missing'
begin
refuses refuses_an_indirect_function \
	"$(in_section text '.type chosen, %gnu_indirect_function\n.global chosen\nchosen: ret\n bl chosen')" \
	'indirect function .chosen'

# --- sections and segments ----------------------------------------------------------------------------

begin
refuses refuses_a_section_that_is_writable_and_executable '.section .hyp.wx, "awx", %progbits\nret' \
	'section .hyp.wx: writable and executable'
begin
link_flags='--emit-relocs --omagic'
refuses refuses_a_segment_that_is_writable_and_executable '' 'program header .*: writable and executable'
begin
refuses refuses_an_allocated_section_of_another_name '.section .extra, "a", %progbits\n.xword 1' \
	'section .extra: allocated, but not named'
begin
refuses refuses_constructors '.section .hyp.init, "aw", %init_array\n.xword target' 'section .hyp.init: '
begin
refuses refuses_an_allocated_note '.section .hyp.note, "a", %note\n.xword 1' 'neither PROGBITS nor NOBITS'
begin
refuses refuses_more_than_page_alignment '.section .hyp.data, "aw", %progbits\n.balign 8192\n.xword 1' \
	'aligned to more than a page'
begin
refuses refuses_an_image_that_is_too_large '.section .hyp.bss, "aw", %nobits\n.skip 0x1000000' 'beyond the largest image'
refuses_script refuses_a_link_at_another_address 's/\. = 0;/. = 0x10000;/' 'not at address 0'
refuses_script refuses_rodata_on_a_page_of_text '/\* rodata \*/d' 'section .hyp.rodata: shares a page'
refuses_script refuses_data_on_a_page_of_rodata '/\* data \*/d' 'section .hyp.data: shares a page'
refuses_script refuses_bss_on_a_page_of_data '/\* bss \*/d' 'section .hyp.bss: shares a page'
refuses_script refuses_sections_out_of_order '/\.hyp\.bss/d;s/\. = ALIGN(4096); \/\* rodata.*/. = ALIGN(4096); .hyp.bss : { *(.hyp.bss) } . = ALIGN(4096);/' \
	'out of order'

# --- wrong kinds of input -----------------------------------------------------------------------------

begin
link_flags=
refuses refuses_a_link_without_emit_relocs '' 'emit-relocs'
begin
link_flags='--emit-relocs -pie -z notext'
refuses refuses_a_position_independent_executable '' 'ELF type 3'
begin
make_elf '' && llvm-objcopy --strip-all "$work/in.elf" "$work/in.elf" 2>>"$work/log"
expect_refused refuses_a_stripped_file 'symbol table'
begin
assemble '' && mv "$work/in.o" "$work/in.elf"
expect_refused refuses_an_object_that_is_not_linked 'ELF type 1'
begin
echo 'int x;' | $CLANG --target=x86_64-linux-gnu -x c -c - -o "$work/in.elf"
expect_refused refuses_another_machine 'not a 64-bit little-endian AArch64'
begin
: >"$work/in.elf"
expect_refused refuses_an_empty_file 'too short'
begin
expect_refused says_when_the_input_cannot_be_read 'cannot read: No such file'
begin
mkdir "$work/in.elf"
expect_refused says_when_the_input_is_a_directory 'cannot read: Is a directory'

# --- command line and files ---------------------------------------------------------------------------

begin
make_elf ''
entries='-e __keel_first -e nowhere'
expect_refused refuses_an_entry_that_is_not_defined 'entry .nowhere. is not defined'
begin
make_elf ''
entries='-e good.c'
expect_refused does_not_take_the_name_of_a_file_for_a_symbol 'entry .good.c. is not defined'
begin
make_elf ''
printf '.section .hyp.text, "ax", %%progbits\nnames: ret\n' >"$work/in2.s"
$CLANG --target=aarch64-linux-gnu -c "$work/in2.s" -o "$work/in2.o"
$LLD --emit-relocs -T "$script" -e 0 "$work/in.o" "$work/in2.o" -o "$work/in.elf"
entries='-e names'
expect_refused refuses_an_entry_that_is_defined_twice 'entry .names. is defined more than once'

begin
make_elf ''
entries='-e __keel_third -e __keel_first -e names'
run
wanted=$(llvm-readelf -s "$work/in.elf" |
	awk '{ v[$8] = $2 } END { print v["__keel_third"], v["__keel_first"], v["names"] }')
found=$(od -An -tx4 -j88 -N12 "$work/out.bin" | awk '{ print "00000000" $1, "00000000" $2, "00000000" $3 }')
if [ "$wanted" = "$found" ]; then
	ok lists_entries_in_the_order_asked_for
else
	not_ok lists_entries_in_the_order_asked_for "found $found, wanted $wanted"
fi

begin
make_elf ''
$tool "$work/in.elf" 2>>"$work/log"
if [ $? -eq 64 ]; then ok wrong_usage_exits_with_64; else not_ok wrong_usage_exits_with_64 "exit status"; fi

begin
make_elf ''
$tool -o "$work/nowhere/out.bin" "$work/in.elf" 2>>"$work/log"
if [ $? -eq 1 ] && grep -q 'cannot write .*No such file' "$work/log"; then
	ok says_when_the_output_cannot_be_written
else
	not_ok says_when_the_output_cannot_be_written "no message"
fi

begin
make_elf "$(in_section data '.word target')"
echo precious >"$work/out.bin"
if ! run && grep -q R_AARCH64_ABS32 "$work/log" && [ "$(cat "$work/out.bin")" = precious ] && [ ! -e "$work/out.bin.partial" ]; then
	ok a_refused_input_leaves_the_old_output_alone
else
	not_ok a_refused_input_leaves_the_old_output_alone "$(ls "$work")"
fi

# --- whole files --------------------------------------------------------------------------------------

begin
make_elf ''
run && mv "$work/out.bin" "$work/out.first"
mkdir -p "$work/elsewhere" && cp "$work/in.elf" "$work/elsewhere/other-name" && sleep 1
run "$work/elsewhere/other-name"
if cmp "$work/out.first" "$work/out.bin" >>"$work/log" 2>&1; then
	ok same_input_gives_the_same_bytes
else
	not_ok same_input_gives_the_same_bytes "they differ"
fi

for level in -O0 -O2 -Os; do
	begin
	entries='-e __keel_first'
	$CLANG --target=aarch64-linux-gnu -ffreestanding -fno-pic $level -c "$src/real.c" -o "$work/in.o" \
		2>>"$work/log" && link
	# Two functions and three names in tables, and one pointer.
	expect_accepted "accepts_compiled_C_with_$level" 6
done

# The strongest statement about position independence: what the loader makes of the image at some address is,
# byte for byte, what the linker makes of the same objects there.
loads_as_if_linked_there() { # name base
	link
	run
	sed "s/\. = 0;/. = $2;/" "$src/nucleus.lds" >"$work/in.lds"
	script=$work/in.lds
	link && llvm-objcopy -O binary "$work/in.elf" "$work/out.linked" 2>>"$work/log" &&
		"$build/damage" "$work/out.bin" "$2" "$work/out.placed" 2>>"$work/log"
	size=$(stat -c %s "$work/out.linked" 2>/dev/null || echo 0)
	if [ "$size" -gt 8192 ] && cmp -n "$size" "$work/out.linked" "$work/out.placed" >>"$work/log" 2>&1; then
		ok "$1"
	else
		not_ok "$1" "the images differ ($size bytes)"
	fi
}

for base in 0x1000 0x40080000 0xffff800012345000; do
	begin
	assemble ''
	loads_as_if_linked_there "assembler_at_${base}_is_as_if_linked_there" $base
	begin
	entries=
	$CLANG --target=aarch64-linux-gnu -ffreestanding -fno-pic -O2 -c "$src/real.c" -o "$work/in.o" 2>>"$work/log"
	loads_as_if_linked_there "compiled_C_at_${base}_is_as_if_linked_there" $base
done

begin
make_elf '' && cp "$work/in.elf" "$work/good.elf"
"$build/damage" "$work/good.elf" 2>"$work/log"
status=$?
if [ $status -ne 0 ]; then
	not_ok the_damage_tests_end_well "exit status $status"
else
	ok the_damage_tests_end_well
fi

[ $failed -eq 0 ]
