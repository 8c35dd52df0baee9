/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SVE registers of a vCPU to and from the memory that hcall.h describes, as one (KEEL_SVE_Z and what follows it). The
 * vector length is ZCR_EL2's, which sve.c has set to the vCPU's largest; no trap is on.
 */
#include "nvhe/asm.inc"

	.arch_extension sve

/* \op: ldr, str. x0 the Z registers, x1 the P registers behind them: 32 vectors on */
.macro	z_regs op
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	z\n, [x0, #\n, mul vl]
	.endr
	addvl	x1, x0, #16
	addvl	x1, x1, #16
.endm

.macro	p_regs op
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\op	p\n, [x1, #\n, mul vl]
	.endr
.endm

	.text

/* void switch_sve_load(const void *regs): FFR by way of P0, so it comes first */
func switch_sve_load
	z_regs	ldr
	ldr	p0, [x1, #16, mul vl]
	wrffr	p0.b
	p_regs	ldr
	ret
endfunc switch_sve_load

/* void switch_sve_save(void *regs): and last here */
func switch_sve_save
	z_regs	str
	p_regs	str
	rdffr	p0.b
	str	p0, [x1, #16, mul vl]
	ret
endfunc switch_sve_save

/* u64 switch_sve_bytes(void) */
func switch_sve_bytes
	rdvl	x0, #1
	ret
endfunc switch_sve_bytes
