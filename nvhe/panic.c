// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nucleus' death: for a broken invariant or an exception of its own, never for input. It writes what it knows
 * into the log pages that it shares with the host and goes to the host's keel_nucleus_panic(), which prints them and
 * dies. It trusts nothing of the nucleus but the log and this CPU's struct nuc_cpu. Addresses are printed as
 * offsets into the image, which is what the symbol table of nucleus.elf has.
 */
#include "nvhe/el2.h"

#define SPSR_EL1H_MASKED	0x3c5

/* The first CPU that dies tells why; others stop */
static u32 panicked;
static u64 log_pos;

static void put(char c)
{
	char *log = nuc_va(nuc_config.log_pa);

	if (log_pos + 1 >= nuc_config.log_size)
		return;
	log[log_pos++] = c;
	log[log_pos] = '\0';
}

static void puts(const char *s)
{
	while (*s)
		put(*s++);
}

static void put_hex(u64 v, u32 digits)
{
	while (digits--)
		put("0123456789abcdef"[(v >> (digits * 4)) & 0xf]);
}

static void put_reg(const char *name, u64 v)
{
	puts(name);
	put_hex(v, 16);
}

/* Address of code as an offset into the image */
static void put_text(const char *name, u64 address)
{
	u64 start = nuc_config.image_pa + nuc_va_offset;

	puts(name);
	if (address - start < nuc_config.rodata_offset) {
		puts("nucleus+0x");
		put_hex(address - start, 5);
	} else {
		put_hex(address, 16);
	}
	put('\n');
}

/* Frame records (AAPCS64): only what lies on this CPU's stack is followed, upwards only */
static void put_trace(u64 fp)
{
	struct nuc_cpu *cpu = nuc_cpu();
	u64 top = (u64)(uintptr_t)cpu + 4096;
	u64 bottom = (u64)(uintptr_t)cpu - KEEL_CPU_STACK_PAGES * 4096;
	const u64 *record;
	u32 depth;

	for (depth = 0; depth < 32; depth++) {
		if (fp < bottom || fp > top - 16 || fp % 8)
			return;
		record = (const u64 *)(uintptr_t)fp;
		put_text("  ", record[1]);
		if (record[0] <= fp)
			return;
		fp = record[0];
	}
}

static void put_syndrome(void)
{
	put_reg("esr ", sysreg_read(esr_el2));
	put_reg(" far ", sysreg_read(far_el2));
	put_reg(" hpfar ", sysreg_read(hpfar_el2));
	put_reg(" hcr ", sysreg_read(hcr_el2));
	put('\n');
}

static void put_frame(const struct nuc_frame *frame)
{
	u32 i;

	put_text("pc ", frame->elr);
	put_reg("spsr ", frame->spsr);
	put('\n');
	for (i = 0; i < 31; i++) {
		put('x');
		put('0' + i / 10);
		put('0' + i % 10);
		put_reg(" ", frame->x[i]);
		put(i % 4 == 3 ? '\n' : ' ');
	}
	put('\n');
}

static _Noreturn void stop(void)
{
	for (;;)
		asm volatile("wfi");
}

static void begin(const char *why)
{
	if (__atomic_exchange_n(&panicked, 1, __ATOMIC_ACQ_REL))
		stop();
	puts("nucleus panic on CPU ");
	put_hex(nuc_cpu()->nr, 2);
	puts(": ");
	puts(why);
	put('\n');
}

/* To the host, in its own EL1 context, as if this CPU had called the function there */
static _Noreturn void finish(void)
{
	switch_abandon();
	if (!nuc_config.panic_entry)
		stop();
	nuc_leave_to(nuc_config.panic_entry, log_pos, SPSR_EL1H_MASKED, nuc_cpu());
}

_Noreturn void nuc_panic(const char *invariant)
{
	begin(invariant);
	put_syndrome();
	put_trace((u64)(uintptr_t)__builtin_frame_address(0));
	finish();
}

/* entry.S: an exception that EL2 took itself (vectors 0 to 7), or one that is not routed here (the others) */
_Noreturn void nuc_panic_exception(struct nuc_frame *frame, u64 vector)
{
	begin(vector < 8 ? "exception at EL2" : "unexpected exception from EL1");
	put_reg("vector ", vector);
	put('\n');
	put_syndrome();
	put_frame(frame);
	put_trace(frame->x[29]);
	finish();
}
