/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last instructions before a guest and the first after it: general registers, SP_EL0, pointer authentication
 * keys, FP/SIMD registers. Everything else is switch.c. Built for the EL2 object and, for vhe, into the anchor.
 */
#include "nvhe/asm.inc"
#include "nvhe/offsets.h"

/* Frame of switch_enter: x19-x30, x18, host SP_EL0, page, host's key area or 0 */
#define F_SIZE		128
#define F_X18		96
#define F_SP_EL0	104
#define F_PAGE		112
#define F_KEYS		120

/* What a function has to preserve, and its return address */
.macro	x19_x30 op, base
	\op	x19, x20, [\base, #0]
	\op	x21, x22, [\base, #16]
	\op	x23, x24, [\base, #32]
	\op	x25, x26, [\base, #48]
	\op	x27, x28, [\base, #64]
	\op	x29, x30, [\base, #80]
.endm

.macro	key_save lo, hi, base, off, t1, t2
	mrs	\t1, \lo
	mrs	\t2, \hi
	stp	\t1, \t2, [\base, #\off]
.endm

.macro	key_load lo, hi, base, off, t1, t2
	ldp	\t1, \t2, [\base, #\off]
	msr	\lo, \t1
	msr	\hi, \t2
.endm

/* Pointer authentication keys by encoding, APIAKEYLO_EL1 to APGAKEYHI_EL1: ten registers. \op: key_save, key_load */
.macro	keys op, base, t1, t2
	\op	S3_0_C2_C1_0, S3_0_C2_C1_1, \base, 0, \t1, \t2
	\op	S3_0_C2_C1_2, S3_0_C2_C1_3, \base, 16, \t1, \t2
	\op	S3_0_C2_C2_0, S3_0_C2_C2_1, \base, 32, \t1, \t2
	\op	S3_0_C2_C2_2, S3_0_C2_C2_3, \base, 48, \t1, \t2
	\op	S3_0_C2_C3_0, S3_0_C2_C3_1, \base, 64, \t1, \t2
.endm

	.text

/*
 * int switch_enter(struct keel_vcpu_page *page, u64 *keys): run the guest until an exception comes to EL2.
 * @keys: where the host's keys are kept, 80 bytes; NULL if the guest has none. Everything but the general
 * registers and SP_EL0 is the guest's already, VBAR_EL2 is nuc_guest_vectors. Returns KEEL_EXIT_*.
 */
func switch_enter
	sub	sp, sp, #F_SIZE
	x19_x30	stp, sp
	mrs	x2, sp_el0
	stp	x18, x2, [sp, #F_X18]
	stp	x0, x1, [sp, #F_PAGE]
	cbz	x1, 1f
	keys	key_save, x1, x2, x3
	add	x4, x0, #PAGE_APIAKEYLO
	keys	key_load, x4, x2, x3
	isb
1:	ldr	x2, [x0, #PAGE_SP_EL0]
	msr	sp_el0, x2
	load_x2_x30 x0, PAGE_REGS
	ldp	x0, x1, [x0, #PAGE_REGS]
	eret_sb
endfunc switch_enter

func nuc_guest_sync
	stp	x0, x1, [sp, #-16]!
	mov	x1, #0
	b	guest_exit
endfunc nuc_guest_sync

func nuc_guest_irq
	stp	x0, x1, [sp, #-16]!
	mov	x1, #1
	b	guest_exit
endfunc nuc_guest_irq

func nuc_guest_serror
	stp	x0, x1, [sp, #-16]!
	mov	x1, #2
	b	guest_exit
endfunc nuc_guest_serror

guest_exit:
	ldr	x0, [sp, #16 + F_PAGE]
	save_x2_x30 x0, PAGE_REGS
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0, #PAGE_REGS]
	mrs	x2, sp_el0
	str	x2, [x0, #PAGE_SP_EL0]
	ldp	x18, x2, [sp, #F_X18]
	msr	sp_el0, x2
	ldr	x4, [sp, #F_KEYS]
	cbz	x4, 1f
	add	x5, x0, #PAGE_APIAKEYLO
	keys	key_save, x5, x2, x3
	keys	key_load, x4, x2, x3
	isb
1:	x19_x30	ldp, sp
	add	sp, sp, #F_SIZE
	mov	x0, x1
	ret

.macro	fp_regs op, base
	\op	q0, q1, [\base]
	\op	q2, q3, [\base, #32]
	\op	q4, q5, [\base, #64]
	\op	q6, q7, [\base, #96]
	\op	q8, q9, [\base, #128]
	\op	q10, q11, [\base, #160]
	\op	q12, q13, [\base, #192]
	\op	q14, q15, [\base, #224]
	\op	q16, q17, [\base, #256]
	\op	q18, q19, [\base, #288]
	\op	q20, q21, [\base, #320]
	\op	q22, q23, [\base, #352]
	\op	q24, q25, [\base, #384]
	\op	q26, q27, [\base, #416]
	\op	q28, q29, [\base, #448]
	\op	q30, q31, [\base, #480]
.endm

	.arch_extension fp
	.arch_extension simd

/* void switch_fp_load(const struct keel_vcpu_page *page): FP/SIMD of the guest into the registers */
func switch_fp_load
	add	x1, x0, #PAGE_VREGS
	fp_regs	ldp, x1
	ldr	x2, [x0, #PAGE_FPSR]
	msr	fpsr, x2
	ldr	x2, [x0, #PAGE_FPCR]
	msr	fpcr, x2
	ret
endfunc switch_fp_load

/* void switch_fp_save(struct keel_vcpu_page *page) */
func switch_fp_save
	add	x1, x0, #PAGE_VREGS
	fp_regs	stp, x1
	mrs	x2, fpsr
	str	x2, [x0, #PAGE_FPSR]
	mrs	x2, fpcr
	str	x2, [x0, #PAGE_FPCR]
	ret
endfunc switch_fp_save

#ifdef KEEL_VHE
/* The guest's vectors in a vhe host; EL2's own half ends in a panic. The EL2 object has them in entry.S */
	.balign	2048
	.global	nuc_guest_vectors
	.hidden	nuc_guest_vectors
nuc_guest_vectors:
	.rept	8
	vec	nuc_vhe_died
	.endr
	guest_vectors
#endif
