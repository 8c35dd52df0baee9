// SPDX-License-Identifier: GPL-2.0-only
#include "load.h"
int keel_vhe_start(const struct keel_boot *boot) { return -EOPNOTSUPP; }
s64 nuc_hcall(u64 nr, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4) { return -ENOSYS; }
