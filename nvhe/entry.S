/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways into the EL2 object: take-over from the kernel's stub, a core that PSCI starts, the way out of the MMU, and
 * the vectors while the host runs. Owns EL2's stack pointer and the switch of the MMU. It trusts the registers of
 * nobody: whatever is loaded from x0-x30 of the host is data for C code. Not part of the vhe build.
 */
#include "nvhe/asm.inc"
#include "nvhe/offsets.h"

#define HCALL_BASE	0xc6006b00	/* KEEL_HCALL_BASE, KEEL_HCALL_MAX: asserted in hcall.c */
#define HCALL_MAX	0x80
#define EC_HVC64	0x16
#define HCR_RW		(1 << 31)
#define SCTLR_OFF	0x30c50830	/* SCTLR_EL2: RES1 bits, little-endian, MMU and caches off */

	.section .init.text, "ax"

/*
 * Take-over of this CPU (abi/boot.h): x0 = struct keel_boot, x1 = CPU index, x2 = first. MMU off, on physical
 * addresses; nothing is stored before the stack is known. ELR_EL2 and SPSR_EL2 stay untouched up to the ERET.
 */
func keel_takeover
	mov	x19, x1
	mov	x21, x2
	mrs	x22, vbar_el2
	mrs	x23, sctlr_el2
	add	x9, x0, #(BOOT_CPUS & ~0xfff)
	add	x9, x9, #(BOOT_CPUS & 0xfff)
	add	x9, x9, x19, lsl #BOOT_CPU_SHIFT
	ldr	x20, [x9, #BOOT_CPU_PA]
	add	x20, x20, #CPU_DATA_OFFSET
	mov	sp, x20
	cbz	x21, 1f
	bl	init_boot
	cbnz	x0, 2f
1:	mov	x0, x20
	bl	mmu_on
	/* EL2 addresses from here on */
	stp	x22, x23, [x0, #CPU_STUB_VBAR]
	mov	x1, x19
	mov	x2, x21
	bl	init_cpu
	cbz	x0, 2f
	/* The stub gets its CPU back; nothing of the host was changed */
	mov	x1, x22
	mov	x2, x23
	mov	x3, xzr
	b	mmu_off
2:	eret_sb
endfunc keel_takeover

/* A core that the PSCI relay started or woke: x0 = its struct nuc_cpu, physical. EL2 is fresh out of reset. */
func nuc_cpu_start
	mov	x20, x0
	mov	x1, #HCR_RW
	msr	hcr_el2, x1
	movz	x1, #(SCTLR_OFF & 0xffff)
	movk	x1, #(SCTLR_OFF >> 16), lsl #16
	msr	sctlr_el2, x1
	isb
	mov	x0, x20
	bl	mmu_on
	mov	sp, x0
	bl	psci_started
	b	nuc_clear_eret
endfunc nuc_cpu_start

/*
 * x0 = this CPU's struct nuc_cpu, physical. Returns with the MMU on, at EL2 addresses: x30, SP, TPIDR_EL2 and x0
 * (struct nuc_cpu) are moved there. SP is set to the empty stack. Clobbers x1-x7.
 */
mmu_on:
	adr_pc	x1, nuc_init_params
	ldp	x2, x3, [x1, #INIT_TTBR]
	ldp	x4, x5, [x1, #INIT_MAIR]
	ldr	x6, [x1, #INIT_VA_OFFSET]
	msr	ttbr0_el2, x2
	msr	tcr_el2, x3
	msr	mair_el2, x4
	isb
	/* Nothing of who was at EL2 before may hit: TLB and instruction cache first, then the MMU */
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x5
	isb
	add	x0, x0, x6
	add	x30, x30, x6
	msr	tpidr_el2, x0
	mov	sp, x0
	ret

/*
 * x0 = result for EL1, x1 = VBAR_EL2, x2 = SCTLR_EL2 with M clear, x3 = the host's frame, or 0 if its registers are
 * in place; SP is of no more use. Turns the MMU off and returns to EL1. The page is mapped at its physical address
 * too, so that the next fetch after SCTLR is the same.
 */
func mmu_off
	cbz	x3, 1f
	ldr	x5, [x3, #40]
	x6_x17	ldp, x3, 0
	x18_x29	ldp, x3, 0
	ldr	x30, [x3, #240]
1:	msr	vbar_el2, x1
	adr_pc	x3, nuc_init_params
	ldr	x3, [x3, #INIT_VA_OFFSET]
	adr_pc	x4, 2f
	sub	x4, x4, x3
	br	x4
2:	msr	sctlr_el2, x2
	isb
	tlbi	alle2
	dsb	nsh
	isb
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, xzr
	eret_sb
endfunc mmu_off

/* x0 = where to go at EL2 with the MMU off, x1 = VBAR_EL2, x2 = SCTLR_EL2, x3-x5 = x0-x2 for it. No return. */
func mmu_off_jump
	msr	vbar_el2, x1
	adr_pc	x6, nuc_init_params
	ldr	x6, [x6, #INIT_VA_OFFSET]
	adr_pc	x7, 1f
	sub	x7, x7, x6
	br	x7
1:	msr	sctlr_el2, x2
	isb
	tlbi	alle2
	dsb	nsh
	isb
	mov	x6, x0
	mov	x0, x3
	mov	x1, x4
	mov	x2, x5
	br	x6
endfunc mmu_off_jump

	.section .vectors, "ax"

.macro	vec_died nr
	.balign	128
	/* No stack to trust: the end of struct nuc_cpu's page; TPIDRRO_EL0 is lost, and so is this CPU */
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el2
	add	x0, x0, #4096
	mov	sp, x0
	sub	sp, sp, #FRAME_SIZE
	mov	x0, #\nr
	b	died
.endm

	.balign	2048
	.global	nuc_vectors
	.hidden	nuc_vectors
nuc_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	vec_died \n
	.endr
	vec	host_sync
	vec_died 9
	vec_died 10
	vec_died 11
	vec	host_sync32
	vec_died 13
	vec_died 14
	vec_died 15

	.balign	2048
	.global	nuc_guest_vectors
	.hidden	nuc_guest_vectors
nuc_guest_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	vec_died \n
	.endr
	guest_vectors

	.text

/*
 * A keel call goes straight to C: its registers are those of a function call, x18 is nobody's at EL2 and
 * x19-x29 are C's to preserve. All else is a trap, with a frame.
 */
host_sync:
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mrs	x1, esr_el2
	lsr	x1, x1, #26
	cmp	x1, #EC_HVC64
	b.ne	1f
	movz	x1, #(HCALL_BASE >> 16), lsl #16
	movk	x1, #(HCALL_BASE & 0xffff)
	sub	x0, x0, x1
	cmp	x0, #HCALL_MAX
	b.hs	1f
	ldr	x1, [sp, #8]
	str	x30, [sp, #240]
	bl	nuc_hcall
	ldr	x30, [sp, #240]
	add	sp, sp, #FRAME_SIZE
	b	nuc_clear_eret
1:	ldr	x0, [sp]
	b	host_trap

host_sync32:
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
host_trap:
	save_x2_x30 sp, 0
	mrs	x0, elr_el2
	mrs	x1, spsr_el2
	stp	x0, x1, [sp, #FRAME_ELR]
	mov	x0, sp
	bl	nuc_trap_host
	mov	x0, sp
/* x0 = frame, on this CPU's stack: back to the host as it says */
func nuc_frame_eret
	mov	sp, x0
	ldp	x0, x1, [sp, #FRAME_ELR]
	msr	elr_el2, x0
	msr	spsr_el2, x1
	load_x2_x30 sp, 0
	ldp	x0, x1, [sp]
	add	sp, sp, #FRAME_SIZE
	eret_sb
endfunc nuc_frame_eret

/* Nothing that C left in the registers a call may clobber is for the host to see */
func nuc_clear_eret
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	mov	x\n, xzr
	.endr
	eret_sb
endfunc nuc_clear_eret

/*
 * void smc_forward(struct nuc_frame *frame): the call in x0-x17 of the frame to EL3 and its results back (SMCCC 1.2:
 * x18-x30 are preserved)
 */
func smc_forward
	stp	x29, x30, [sp, #-32]!
	str	x0, [sp, #16]
	mov	x18, x0
	ldp	x0, x1, [x18]
	x2_x17	ldp, x18, 0
	smc	#0
	ldr	x18, [sp, #16]
	stp	x0, x1, [x18]
	x2_x17	stp, x18, 0
	ldp	x29, x30, [sp], #32
	ret
endfunc smc_forward

/* An exception that EL2 itself took, or one that nothing is configured to send here. x0 = vector */
died:
	stp	x0, x1, [sp]
	save_x2_x30 sp, 0
	mov	x2, x0
	mrs	x0, tpidrro_el0
	str	x0, [sp]
	mrs	x0, elr_el2
	mrs	x1, spsr_el2
	stp	x0, x1, [sp, #FRAME_ELR]
	mov	x0, sp
	mov	x1, x2
	bl	nuc_panic_exception

/* x0 = EL1 entry, x1 = its x0, x2 = SPSR, x3 = struct nuc_cpu: leave EL2 for good on this CPU's current work */
func nuc_leave_to
	msr	elr_el2, x0
	msr	spsr_el2, x2
	mov	x0, x1
	mov	sp, x3
	b	nuc_clear_eret
endfunc nuc_leave_to
