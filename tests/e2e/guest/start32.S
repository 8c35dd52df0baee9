/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checking guest as AArch32: each round fills the banked registers of every mode, lets time pass and looks whether
 * they stayed; then a trapped coprocessor register, an undefined instruction that the hypervisor injects, a device, a
 * call. r0 at the start: vCPU number. SVC mode, MMU off, interrupts masked. The first error stays in the shared page.
 */
#include "shared.h"

#define P_ITERATIONS	24	/* struct guest_cpu */
#define P_FREQ		40
#define P_ERROR		48
#define P_DETAIL	56
#define SPINS		2000

	.syntax unified
	.text
	.arm
	.global _start
_start:
	mov	r11, r0, lsl #12
	add	r11, r11, #(GUEST_CPUS & 0xff000000)
	add	r11, r11, #(GUEST_CPUS & 0x00ff0000)	@ r11: shared page
	mov	r10, r0, lsl #3
	add	r10, r10, #GUEST_ECHO		@ r10: the echo device
	adr	r1, vectors
	mcr	p15, 0, r1, c12, c0, 0		@ VBAR
	mrc	p15, 0, r1, c14, c0, 0		@ CNTFRQ
	str	r1, [r11, #P_FREQ]
	isb
	mov	r9, #0				@ r9: round
round:
	add	r9, r9, #1

	/* Seed: round * 256; each mode adds its number */
	lsl	r8, r9, #8
	.macro	fill mode
	cps	#\mode
	add	sp, r8, #\mode
	add	lr, r8, #(\mode + 0x20)
	.endm
	.macro	check mode, number
	cps	#\mode
	add	r1, r8, #\mode
	cmp	sp, r1
	movne	r0, #\number
	add	r1, r8, #(\mode + 0x20)
	cmp	lr, r1
	movne	r0, #\number
	.endm
	/* r8 to r12 of FIQ are its own: not there */
	fill	0x12
	fill	0x13
	fill	0x17
	fill	0x1b
	fill	0x1f
	cps	#0x13
	mov	r0, #SPINS
1:	subs	r0, r0, #1
	bne	1b
	mov	r0, #0
	check	0x12, 1
	check	0x13, 2
	check	0x17, 3
	check	0x1b, 4
	check	0x1f, 5
	cps	#0x13
	mov	r7, #GUEST_ERR_REGS
	cmp	r0, #0
	bne	failed

	/* CNTP_CVAL traps, and holds what was written */
	mvn	r2, r9
	mcrr	p15, 2, r9, r2, c14
	mrrc	p15, 2, r0, r3, c14
	cmp	r0, r9
	cmpeq	r2, r3
	bne	failed

	/* PMCR: there is no PMU, so the hypervisor makes it undefined; the vector adds to r4 and goes on */
	mov	r4, #0
	mov	r7, #GUEST_ERR_EXCEPTION
	mrc	p15, 0, r0, c9, c12, 0
	mov	r0, r4
	cmp	r4, #1
	bne	failed

	/* The echo device gives three times what it got, and one */
	mov	r7, #GUEST_ERR_MMIO
	str	r9, [r10]
	ldr	r0, [r10]
	add	r1, r9, r9, lsl #1
	add	r1, r1, #1
	cmp	r0, r1
	bne	failed

	/* PSCI_VERSION */
	mov	r7, #GUEST_ERR_HVC
	mov	r0, #0x84000000
	.inst	0xe1400070			@ hvc #0
	movw	r1, #1
	movt	r1, #1
	cmp	r0, r1
	bne	failed

	str	r9, [r11, #P_ITERATIONS]
	b	round

/* r7: which error; r0, r1: what and what should have been */
failed:
	ldr	r2, [r11, #P_ERROR]
	cmp	r2, #0
	bne	2f
	str	r0, [r11, #P_DETAIL]
	str	r1, [r11, #(P_DETAIL + 8)]
	str	r9, [r11, #(P_DETAIL + 16)]
	str	r7, [r11, #P_ERROR]
2:	b	2b

unexpected:
	mov	r7, #GUEST_ERR_EXCEPTION
	mov	r0, lr
	mov	r1, #0
	b	failed

/*
 * LR_und is the next instruction. Not by SPSR_und: QEMU does not let the guest see what EL2 has written to the SPSR of the
 * mode that it enters, so nothing here relies on SPSRs
 */
undefined:
	add	r4, r4, #1
	mov	r3, lr
	cps	#0x13
	bx	r3

	.balign	32
vectors:
	b	unexpected
	b	undefined
	b	unexpected
	b	unexpected
	b	unexpected
	b	unexpected
	b	unexpected
	b	unexpected
