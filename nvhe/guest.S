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

/* Pointer authentication keys by encoding, APIAKEYLO_EL1 to APGAKEYHI_EL1: ten registers */
.macro	keys_save base, off, t1, t2
	mrs	\t1, S3_0_C2_C1_0
	mrs	\t2, S3_0_C2_C1_1
	stp	\t1, \t2, [\base, #\off]
	mrs	\t1, S3_0_C2_C1_2
	mrs	\t2, S3_0_C2_C1_3
	stp	\t1, \t2, [\base, #\off + 16]
	mrs	\t1, S3_0_C2_C2_0
	mrs	\t2, S3_0_C2_C2_1
	stp	\t1, \t2, [\base, #\off + 32]
	mrs	\t1, S3_0_C2_C2_2
	mrs	\t2, S3_0_C2_C2_3
	stp	\t1, \t2, [\base, #\off + 48]
	mrs	\t1, S3_0_C2_C3_0
	mrs	\t2, S3_0_C2_C3_1
	stp	\t1, \t2, [\base, #\off + 64]
.endm

.macro	keys_load base, off, t1, t2
	ldp	\t1, \t2, [\base, #\off]
	msr	S3_0_C2_C1_0, \t1
	msr	S3_0_C2_C1_1, \t2
	ldp	\t1, \t2, [\base, #\off + 16]
	msr	S3_0_C2_C1_2, \t1
	msr	S3_0_C2_C1_3, \t2
	ldp	\t1, \t2, [\base, #\off + 32]
	msr	S3_0_C2_C2_0, \t1
	msr	S3_0_C2_C2_1, \t2
	ldp	\t1, \t2, [\base, #\off + 48]
	msr	S3_0_C2_C2_2, \t1
	msr	S3_0_C2_C2_3, \t2
	ldp	\t1, \t2, [\base, #\off + 64]
	msr	S3_0_C2_C3_0, \t1
	msr	S3_0_C2_C3_1, \t2
.endm

	.text

/*
 * int switch_enter(struct keel_vcpu_page *page, u64 *keys): run the guest until an exception comes to EL2.
 * @keys: where the host's keys are kept, 80 bytes; NULL if the guest has none. Everything but the general
 * registers and SP_EL0 is the guest's already, VBAR_EL2 is nuc_guest_vectors. Returns KEEL_EXIT_*.
 */
func switch_enter
	sub	sp, sp, #F_SIZE
	stp	x19, x20, [sp]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	mrs	x2, sp_el0
	stp	x18, x2, [sp, #F_X18]
	stp	x0, x1, [sp, #F_PAGE]
	cbz	x1, 1f
	keys_save x1, 0, x2, x3
	add	x4, x0, #PAGE_APIAKEYLO
	keys_load x4, 0, x2, x3
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
	keys_save x5, 0, x2, x3
	keys_load x4, 0, x2, x3
	isb
1:	ldp	x19, x20, [sp]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
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
.macro	vec target
	.balign	128
	b	\target
.endm

	.balign	2048
	.global	nuc_guest_vectors
	.hidden	nuc_guest_vectors
nuc_guest_vectors:
	.rept	8
	vec	nuc_vhe_died
	.endr
	vec	nuc_guest_sync
	vec	nuc_guest_irq
	vec	nuc_guest_irq
	vec	nuc_guest_serror
	vec	nuc_guest_sync
	vec	nuc_guest_irq
	vec	nuc_guest_irq
	vec	nuc_guest_serror
#endif
