/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for nvhe/sysreg.h in user space: registers that the test sets, and something for any other; barriers and TLB
 * maintenance do nothing (tests/unit/fake_mmu.c is about those).
 */
#ifndef KEEL_NVHE_SYSREG_H
#define KEEL_NVHE_SYSREG_H

#include "core/port.h"

extern u64 fake_id_aa64mmfr0_el1, fake_tpidr_el2;
u64 fake_sysreg(const char *name);

#define sysreg_read(reg)	fake_sysreg(#reg)
#define nuc_isb()		do { } while (0)
#define nuc_dsb(opt)		do { } while (0)
#define nuc_tlbi(op)		do { } while (0)
#define nuc_tlbi_arg(op, arg)	((void)(arg))

#endif
