// SPDX-License-Identifier: GPL-2.0-only
/*
 * True random numbers for guests (Arm DEN0098, TRNG 1.0), from the host kernel's generator.
 *
 * Owns nothing. Random bytes given to a guest do not stay in host memory.
 */
#include <linux/arm-smccc.h>
#include <linux/random.h>
#include <linux/string.h>

#include "personality.h"

#define TRNG_1_0		0x10000
#define TRNG_SUCCESS		0L
#define TRNG_NOT_SUPPORTED	(-1L)
#define TRNG_INVALID		(-2L)

/* DEN0098 2.3: names the source, any fixed value; ec36bc6d-5a1c-4f26-9f4d-6b65656c0001 */
static const u32 trng_uuid[4] = { 0x6dbc36ec, 0x264f1c5a, 0x656b4d9f, 0x01006c65 };

static long features(u32 fn)
{
	switch (fn) {
	case ARM_SMCCC_TRNG_VERSION:
	case ARM_SMCCC_TRNG_FEATURES:
	case ARM_SMCCC_TRNG_GET_UUID:
	case ARM_SMCCC_TRNG_RND32:
	case ARM_SMCCC_TRNG_RND64:
		return TRNG_SUCCESS;
	}
	return TRNG_NOT_SUPPORTED;
}

/* DEN0098 2.4: @bits from the lowest bit of the last of three registers upwards, the rest 0; @width: of a register */
static void rnd(struct pvcpu *v, unsigned int bits, unsigned int width)
{
	u64 word[3] = { };
	unsigned int i;

	if (!bits || bits > 3 * width) {
		smccc_return(v, TRNG_INVALID, 0, 0, 0);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(word) && bits; i++) {
		unsigned int n = min(bits, width);

		word[i] = get_random_u64() & GENMASK_ULL(n - 1, 0);
		bits -= n;
	}
	smccc_return(v, TRNG_SUCCESS, word[2], word[1], word[0]);
	memzero_explicit(word, sizeof(word));
}

/**
 * trng_call() - a call of the TRNG interface
 * @v: caller
 * @fn: ARM_SMCCC_TRNG_*
 *
 * Return: resume convention, always 1.
 */
int trng_call(struct pvcpu *v, u32 fn)
{
	u32 arg = lower_32_bits(vcpu_get_reg(v, 1));

	switch (fn) {
	case ARM_SMCCC_TRNG_VERSION:
		smccc_return(v, TRNG_1_0, 0, 0, 0);
		break;
	case ARM_SMCCC_TRNG_FEATURES:
		smccc_return(v, features(arg), 0, 0, 0);
		break;
	case ARM_SMCCC_TRNG_GET_UUID:
		smccc_return(v, trng_uuid[0], trng_uuid[1], trng_uuid[2], trng_uuid[3]);
		break;
	case ARM_SMCCC_TRNG_RND32:
		rnd(v, arg, 32);
		break;
	case ARM_SMCCC_TRNG_RND64:
		rnd(v, arg, 64);
		break;
	default:
		smccc_return(v, TRNG_NOT_SUPPORTED, 0, 0, 0);
	}
	return 1;
}
