/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every line of hcall.def as HCALL(nr, name, phase, since, doc, n, type0, name0, ...), n being the number of arguments.
 * Define HCALL and include this, as often as needed: it takes the definition away again. No include guard on purpose.
 */
#define HCALL0(nr, name, phase, since, doc)		HCALL(nr, name, phase, since, doc, 0)
#define HCALL1(nr, name, phase, since, doc, ...)	HCALL(nr, name, phase, since, doc, 1, __VA_ARGS__)
#define HCALL2(nr, name, phase, since, doc, ...)	HCALL(nr, name, phase, since, doc, 2, __VA_ARGS__)
#define HCALL3(nr, name, phase, since, doc, ...)	HCALL(nr, name, phase, since, doc, 3, __VA_ARGS__)
#define HCALL4(nr, name, phase, since, doc, ...)	HCALL(nr, name, phase, since, doc, 4, __VA_ARGS__)
#define HCALL5(nr, name, phase, since, doc, ...)	HCALL(nr, name, phase, since, doc, 5, __VA_ARGS__)
#include "abi/hcall.def"
#undef HCALL0
#undef HCALL1
#undef HCALL2
#undef HCALL3
#undef HCALL4
#undef HCALL5
#undef HCALL
