// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "harness.h"
#include "tests/kunit/stream_cases.h"
