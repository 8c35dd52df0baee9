/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry and exception vectors of the checking guest, and the check that needs every register.
 * x0: vCPU number. Runs at EL1 with the MMU off; interrupts are masked unless there is a GIC.
 */
#include "shared.h"

	.text
	.global _start
_start:
	mov	x20, x0
	adr	x1, vectors
	msr	vbar_el1, x1
	mov	x1, #(3 << 20 | 3 << 16)	// CPACR_EL1.FPEN, ZEN: no trap
	msr	cpacr_el1, x1
	isb
	mov	x1, #GUEST_CPUS
	sub	x1, x1, x20, lsl #12		// stacks grow down below the shared pages, 4 KiB each
	mov	sp, x1
	bl	guest_main
1:	b	1b

/* An exception taken at EL1 is an error of the hypervisor's: tell what it was */
.macro	unexpected
	.balign	128
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	bl	guest_exception
1:	b	1b
.endm

	.balign 2048
vectors:
	.rept	5
	unexpected
	.endr
	.balign	128
	b	irq
	.rept	10
	unexpected
	.endr

/* Only with a GIC are interrupts unmasked. C code uses no FP registers and keeps x19 to x29 */
irq:
	sub	sp, sp, #160
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	bl	guest_irq
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	add	sp, sp, #160
	eret

/*
 * unsigned long check_registers(seed, spins): fills x3-x17, x19-x28, TPIDR_EL0, SP_EL0 and v0-v31 from
 * the seed, lets time pass, returns how many of them have changed.
 */
	.global check_registers
check_registers:
	stp	x29, x30, [sp, #-16]!
	stp	x19, x20, [sp, #-16]!
	stp	x21, x22, [sp, #-16]!
	stp	x23, x24, [sp, #-16]!
	stp	x25, x26, [sp, #-16]!
	stp	x27, x28, [sp, #-16]!
	.irp	n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,19,20,21,22,23,24,25,26,27,28
	add	x\n, x0, #\n
	.endr
	msr	tpidr_el0, x3
	msr	sp_el0, x4
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	add	x2, x0, #(64 + \n)
	dup	v\n\().2d, x2
	.endr
1:	subs	x1, x1, #1
	b.ne	1b
	mov	x1, xzr				// mismatches
	mrs	x2, tpidr_el0
	cmp	x2, x3
	cinc	x1, x1, ne
	mrs	x2, sp_el0
	cmp	x2, x4
	cinc	x1, x1, ne
	.irp	n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,19,20,21,22,23,24,25,26,27,28
	add	x2, x0, #\n
	cmp	x\n, x2
	cinc	x1, x1, ne
	.endr
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	add	x2, x0, #(64 + \n)
	mov	x3, v\n\().d[0]
	mov	x4, v\n\().d[1]
	cmp	x3, x2
	ccmp	x4, x2, #0, eq
	cinc	x1, x1, ne
	.endr
	mov	x0, x1
	ldp	x27, x28, [sp], #16
	ldp	x25, x26, [sp], #16
	ldp	x23, x24, [sp], #16
	ldp	x21, x22, [sp], #16
	ldp	x19, x20, [sp], #16
	ldp	x29, x30, [sp], #16
	ret

/*
 * void hold_sve(seed, spins, held): fills the SVE registers from the seed, lets time pass, stores them at held: Z0 to
 * Z31, P0 to P15, FFR as vectors of the length that ZCR_EL1 gives now. Z[n], 64-bit element e: seed + n + e; P[n]: the first
 * (seed + n) % 8 * VL / 16 bits; FFR as P[16] would be.
 */
	.arch_extension sve
	.global hold_sve
hold_sve:
	rdvl	x5, #1
	lsr	x5, x5, #4
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	add	x3, x0, #\n
	index	z\n\().d, x3, #1
	.endr
	and	x3, x0, #7			// 16 is 0, modulo 8
	mul	x3, x3, x5
	whilelo	p0.b, xzr, x3
	wrffr	p0.b
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	add	x3, x0, #\n
	and	x3, x3, #7
	mul	x3, x3, x5
	whilelo	p\n\().b, xzr, x3
	.endr
1:	subs	x1, x1, #1
	b.ne	1b
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	str	z\n, [x2, #\n, mul vl]
	.endr
	addvl	x2, x2, #16
	addvl	x2, x2, #16
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	str	p\n, [x2, #\n, mul vl]
	.endr
	rdffr	p0.b
	str	p0, [x2, #16, mul vl]
	ret
