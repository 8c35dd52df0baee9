// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/pstate: all 32 values of M[4:0] against the Arm ARM's lists of modes (SPSR_EL2).
 */
#include "core/pstate.h"
#include "harness.h"

/* Which modes are allowed, as a mask by M[4:0] */
static u32 allowed(bool a32_el0, bool a32_el1)
{
	u32 m, mask = 0;

	for (m = 0; m < 32; m++)
		mask |= (u32)keel_pstate_allowed(0xf00003c0 | m, a32_el0, a32_el1) << m;
	return mask;
}

#define AARCH64	(BIT(0) | BIT(4) | BIT(5))
#define USR	BIT(0x10)
#define OTHERS	(BIT(0x11) | BIT(0x12) | BIT(0x13) | BIT(0x17) | BIT(0x1b) | BIT(0x1f))

TEST(a_guest_has_el0_and_el1_of_its_width_only)
{
	CHECK_EQ(allowed(false, false), AARCH64);
	CHECK_EQ(allowed(true, false), AARCH64 | USR);
	CHECK_EQ(allowed(true, true), USR | OTHERS);
	CHECK_EQ(allowed(false, true), USR | OTHERS);
}
