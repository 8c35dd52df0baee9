/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The least that has everything a nucleus has: each kind of segment, a relocated place in rodata and two in
 * data, symbols for --entry. The probes of run.sh are appended to it, so "target" and the entries are theirs
 * to use.
 */
	.file	"good.c"

	.section .hyp.text, "ax", %progbits
	.global	__keel_first
__keel_first:
	adrp	x0, table
	add	x0, x0, :lo12:table
	bl	target
	ret
	.balign	16
	.global	target
target:
	ldr	x1, [x0]
	ret

	.section .hyp.init.text, "ax", %progbits
	.global	__keel_second
__keel_second:
	b	__keel_first

	.section .hyp.rodata, "a", %progbits
	.balign	16
names:
	.xword	__keel_second
	.asciz	"rodata"

	.section .hyp.data, "aw", %progbits
	.balign	16
	.global	table
table:
	.xword	target
	.xword	0x1122334455667788
	.xword	counter + 8

	.section .hyp.bss, "aw", %nobits
	.balign	16
counter:
	.skip	64
	.global	__keel_third
__keel_third:
	.skip	8192
