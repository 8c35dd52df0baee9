// SPDX-License-Identifier: GPL-2.0-only
/* Prints and counts complaints; never exits, so that a run reports all that is wrong. */
#include <stdarg.h>

#include "diag.h"

#define SHOWN 20

/**
 * complaints_are_shown() - whether details for the next complaint are worth finding out
 * @diag: where it would go
 *
 * Return: false if it would only be counted.
 */
bool complaints_are_shown(const struct diag *diag)
{
	return diag->log && diag->errors < SHOWN;
}

/**
 * complain() - report one thing that is wrong with the input
 * @diag: where to
 * @format: printf() format, without a newline
 */
void complain(struct diag *diag, const char *format, ...)
{
	va_list args;

	diag->errors++;
	if (!diag->log || diag->errors > SHOWN + 1)
		return;
	if (diag->errors == SHOWN + 1) {
		fprintf(diag->log, "hyp-reloc: %s: more errors are not shown\n", diag->file);
		return;
	}
	fprintf(diag->log, "hyp-reloc: %s: ", diag->file);
	va_start(args, format);
	vfprintf(diag->log, format, args);
	va_end(args);
	fputc('\n', diag->log);
}
