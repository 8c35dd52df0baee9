// SPDX-License-Identifier: GPL-2.0-only
/* core/stream for this module: nothing is exported for it */
#include "core/stream.c"
