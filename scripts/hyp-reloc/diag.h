/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Complaints about the input: counted, prefixed with the file's name, and cut off after a
 * screenful, as a corrupt file can be wrong in a hundred thousand places.
 */
#ifndef HYP_RELOC_DIAG_H
#define HYP_RELOC_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#define __printf(a, b)	__attribute__((__format__(printf, a, b)))

/**
 * struct diag - where complaints go
 * @log: stream, or NULL to count only
 * @file: name of the input
 * @errors: complaints so far; anything but 0 means no output
 */
struct diag {
	FILE *log;
	const char *file;
	unsigned int errors;
};

bool complaints_are_shown(const struct diag *diag);
__printf(2, 3) void complain(struct diag *diag, const char *format, ...);

#endif /* HYP_RELOC_DIAG_H */
