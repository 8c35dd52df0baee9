/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the anchor's files know of each other. No personality may include it.
 */
#ifndef KEEL_ANCHOR_H
#define KEEL_ANCHOR_H

#include "keel_host.h"

#endif
