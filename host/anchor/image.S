/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nucleus' flat image, carried inside keel.ko; the loader copies it to physically contiguous pages.
 */
#include <linux/linkage.h>

	.section .rodata, "a"
	.balign 4096
SYM_DATA_START(keel_nucleus_image)
#ifdef KEEL_HAVE_NUCLEUS
	.incbin KEEL_NUCLEUS_BIN
#endif
SYM_DATA_END_LABEL(keel_nucleus_image, SYM_L_GLOBAL, keel_nucleus_image_end)
