/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for nvhe/sysreg.h in user space: one machine, whose ID register the test sets; barriers and TLB maintenance do
 * nothing (tests/unit/fake_mmu.c is about those).
 */
#ifndef KEEL_NVHE_SYSREG_H
#define KEEL_NVHE_SYSREG_H

#include "core/port.h"

extern u64 fake_id_aa64mmfr0_el1, fake_tpidr_el2;

#define sysreg_read(reg)	fake_##reg
#define nuc_isb()		do { } while (0)
#define nuc_dsb(opt)		do { } while (0)
#define nuc_tlbi(op)		do { } while (0)
#define nuc_tlbi_arg(op, arg)	((void)(arg))

#endif
