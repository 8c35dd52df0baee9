/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs share whose checks run a few AArch64 instructions that they write themselves.
 */
#ifndef A64_H
#define A64_H

#include "checks.h"

#define STR(rt, rn)	(0xf9000000 | (rn) << 5 | (rt))
#define NOP		0xd503201f
#define ISB		0xd5033fdf

/* Every exception of the guest stores x30 at FAULT_DOOR: the registers tell the rest */
static void vectors(void)
{
	unsigned int *v = ram + (VECTORS - RAM) / 4, i;

	for (i = 0; i < 16; i++)
		v[i * 32] = STR(30, 28);
}

/* Code at RAM, the store of x0 to the device after it; x29 points to the device, x28 to the fault door */
static void load(const unsigned int *code, unsigned int n)
{
	memcpy(ram, code, n * 4);
	ram[n] = STR(0, 29);
	must_set(CORE(regs.pc), RAM);
	must_set(CORE(regs.pstate), 0x3c5);
	must_set(CORE(regs.regs[28]), FAULT_DOOR);
	must_set(CORE(regs.regs[29]), DEVICE);
	must_set(SYS(3, 0, 12, 0, 0), VECTORS);
}

#define LOAD(...) load((const unsigned int []) { __VA_ARGS__ }, \
		       sizeof((const unsigned int []) { __VA_ARGS__ }) / 4)

/* Runs to a store to the device. True: the code's end, false: an exception */
static int finished(unsigned long *x0)
{
	enter();
	CHECK(run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write, "exit %u", run->exit_reason);
	if (x0)
		memcpy(x0, run->mmio.data, 8);
	CHECK(run->mmio.phys_addr == DEVICE || run->mmio.phys_addr == FAULT_DOOR, "%#llx", run->mmio.phys_addr);
	settle();
	return run->mmio.phys_addr == DEVICE;
}

#define VALUE(...) ({ unsigned long _x0; LOAD(__VA_ARGS__);				\
	CHECK(finished(&_x0), "exception, esr %#lx", reg(SYS(3, 0, 5, 2, 0))); _x0; })

#define UNDEFINED(...) do { LOAD(__VA_ARGS__);						\
	CHECK(!finished(NULL), "no exception");						\
	CHECK(reg(SYS(3, 0, 5, 2, 0)) == 0x02000000, "esr %#lx", reg(SYS(3, 0, 5, 2, 0))); \
} while (0)

#endif
