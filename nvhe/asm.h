/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Macros for the assembly files, which clang and gcc's assembler both take.
 */
#ifndef KEEL_NVHE_ASM_H
#define KEEL_NVHE_ASM_H

/* A function of the nucleus */
.macro	func name
	.global	\name
	.hidden	\name
	.type	\name, %function
	.balign	4
\name:
.endm

.macro	endfunc name
	.size	\name, . - \name
.endm

/* Address of \sym, within 4 GiB, without a relocation that remains */
.macro	adr_pc reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
.endm

/* Exception return, and nothing behind it is run speculatively with the wrong privileges */
.macro	eret_sb
	eret
	dsb	nsh
	isb
.endm

/* General registers 2 to 30, to and from the array of 31 at \base + \off */
.macro	save_x2_x30 base, off
	stp	x2, x3, [\base, #\off + 16]
	stp	x4, x5, [\base, #\off + 32]
	stp	x6, x7, [\base, #\off + 48]
	stp	x8, x9, [\base, #\off + 64]
	stp	x10, x11, [\base, #\off + 80]
	stp	x12, x13, [\base, #\off + 96]
	stp	x14, x15, [\base, #\off + 112]
	stp	x16, x17, [\base, #\off + 128]
	stp	x18, x19, [\base, #\off + 144]
	stp	x20, x21, [\base, #\off + 160]
	stp	x22, x23, [\base, #\off + 176]
	stp	x24, x25, [\base, #\off + 192]
	stp	x26, x27, [\base, #\off + 208]
	stp	x28, x29, [\base, #\off + 224]
	str	x30, [\base, #\off + 240]
.endm

.macro	load_x2_x30 base, off
	ldp	x2, x3, [\base, #\off + 16]
	ldp	x4, x5, [\base, #\off + 32]
	ldp	x6, x7, [\base, #\off + 48]
	ldp	x8, x9, [\base, #\off + 64]
	ldp	x10, x11, [\base, #\off + 80]
	ldp	x12, x13, [\base, #\off + 96]
	ldp	x14, x15, [\base, #\off + 112]
	ldp	x16, x17, [\base, #\off + 128]
	ldp	x18, x19, [\base, #\off + 144]
	ldp	x20, x21, [\base, #\off + 160]
	ldp	x22, x23, [\base, #\off + 176]
	ldp	x24, x25, [\base, #\off + 192]
	ldp	x26, x27, [\base, #\off + 208]
	ldp	x28, x29, [\base, #\off + 224]
	ldr	x30, [\base, #\off + 240]
.endm

#endif
