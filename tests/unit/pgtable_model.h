/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a translation table must say, as a flat array of pages over a window of 2 GiB: the oracle of unit tests and fuzzing.
 * It knows leaves, not tables.
 */
#ifndef KEEL_TESTS_UNIT_PGTABLE_MODEL_H
#define KEEL_TESTS_UNIT_PGTABLE_MODEL_H

#include "core/pgtable.h"

#define MODEL_PAGES	0x80000U

/* A page: output address | level << 1 | young << 3 | prot << 4; 0 when unmapped */
struct model {
	u64 base;		/* input address of page[0], multiple of 1 GiB */
	u64 page[MODEL_PAGES];
};

void model_start(struct model *m, u64 base);
int model_map(struct model *m, u64 ia, u64 pa, unsigned int level, u32 prot);
s64 model_unmap(struct model *m, u64 ia, u64 n);
s64 model_wrprotect(struct model *m, u64 ia, u64 n);
int model_age(struct model *m, u64 ia, u64 n, bool clear);
int model_mkyoung(struct model *m, u64 ia);
int model_relax(struct model *m, u64 ia, u32 prot);
void model_split(struct model *m, u64 ia, u64 n);
void model_collapse(struct model *m, u64 ia, u64 n);
/* Ends the test unless @pt translates the window exactly as @m says */
void model_compare(const struct model *m, const struct pgtable *pt);
u64 model_mapped(const struct model *m);	/* 4 KiB pages */
u64 model_tables(const struct pgtable *pt);	/* table pages that can be reached, root not counted */

/* An operation, to be done to both */
enum model_op_kind { OP_MAP, OP_UNMAP, OP_WRPROTECT, OP_AGE, OP_MKYOUNG, OP_RELAX, OP_SPLIT, OP_COLLAPSE, OP_KINDS };

struct model_op {
	enum model_op_kind kind;
	u64 ia, n, pa;
	unsigned int level;
	u32 prot;
	bool clear;
};

s64 model_do(struct model *m, const struct model_op *op);
s64 model_do_real(struct pgtable *pt, const struct model_op *op);

#endif
