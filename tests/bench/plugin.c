// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCG plugin: counts executed instructions by where they run, between markers that the guest executes.
 *
 * A marker is "movz xzr, #ID" (no effect, ID 1..65535) at a guest address; each prints a line
 *	bench-mark ID guest N user N kernel N el2 N erets N
 * with totals since the start; differences of two lines are what happened in between. Classes go by virtual
 * address: that is exact here, because the parties' addresses do not overlap (see class_of).
 *
 * With the argument profile=FILE each marker also appends to FILE what ran since the one before, a line for each
 * translation block: "ID ADDRESS INSTRUCTIONS TIMES". A block that an exception leaves early counts as a whole.
 *
 * Debian ships no qemu-plugin.h; what is used of its API (version 4, QEMU 9.2 and later) is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*insn_exec_cb)(unsigned int vcpu, void *data);

enum { QEMU_PLUGIN_CB_NO_REGS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_cb cb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t idx);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest, size_t len);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, insn_exec_cb cb, int flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, insn_exec_cb cb, int flags, void *data);
void qemu_plugin_outs(const char *string);

EXPORT int qemu_plugin_version = 4;

enum class { GUEST, USER, KERNEL, EL2, ERET, NR_CLASSES };

/*
 * Of all CPUs: under -icount they run in turn, in one thread. Not the API's inline counters, which are faster: in QEMU 10.0
 * each multiplies the CPU's index in place, which is a constant of the block there, so on any CPU but the first the
 * second counter of a block is beyond the array.
 */
static uint64_t counts[NR_CLASSES];

/*
 * Guest code runs at 0x80000000..0x8fffffff, MMU off. The VMM is a static program linked at 4 MiB. The kernel has
 * the upper half (addresses of 48 or 52 bits). What is left is the EL2 object, wherever it was placed: keel's by
 * physical address, the built-in KVM's in a half of the lower address space that no user program of this run uses.
 */
static enum class class_of(uint64_t vaddr)
{
	if (vaddr >> 52 == 0xfff)
		return KERNEL;
	if (vaddr >> 28 == 8)
		return GUEST;
	return vaddr < 0x40000000 ? USER : EL2;
}

/* A translation block; the same code translated twice is two of them */
struct block {
	struct block *next;
	uint64_t vaddr, insns, times;
};

static struct block *blocks;
static FILE *profile;

static void block_ran(unsigned int vcpu, void *data)
{
	(void)vcpu;
	((struct block *)data)->times++;
}

static void profile_block(struct qemu_plugin_tb *tb, uint64_t vaddr, size_t n)
{
	struct block *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->vaddr = vaddr;
	b->insns = n;
	b->next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_ran, QEMU_PLUGIN_CB_NO_REGS, b);
}

static void profile_dump(uintptr_t id)
{
	struct block *b;

	for (b = blocks; b; b = b->next) {
		if (b->times)
			fprintf(profile, "%" PRIuPTR " %" PRIx64 " %" PRIu64 " %" PRIu64 "\n", id, b->vaddr, b->insns,
				b->times);
		b->times = 0;
	}
	fflush(profile);
}

static void mark(unsigned int vcpu, void *data)
{
	char line[200];

	(void)vcpu;
	if (profile)
		profile_dump((uintptr_t)data);
	snprintf(line, sizeof(line), "bench-mark %" PRIuPTR " guest %" PRIu64 " user %" PRIu64 " kernel %" PRIu64
		 " el2 %" PRIu64 " erets %" PRIu64 "\n", (uintptr_t)data, counts[GUEST], counts[USER], counts[KERNEL],
		 counts[EL2], counts[ERET]);
	qemu_plugin_outs(line);
}

static void ran(unsigned int vcpu, void *data)
{
	(void)vcpu;
	++*(uint64_t *)data;
}

static void count(struct qemu_plugin_insn *insn, enum class c)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, ran, QEMU_PLUGIN_CB_NO_REGS, &counts[c]);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	if (profile && n)
		profile_block(tb, qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0)), n);
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		enum class c = class_of(qemu_plugin_insn_vaddr(insn));
		uint32_t op = 0;

		qemu_plugin_insn_data(insn, &op, sizeof(op));
		count(insn, c);
		if (op == 0xd69f03e0)				/* ERET */
			count(insn, ERET);
		if (c == GUEST && (op & 0xffe0001f) == 0xd280001f)	/* MOVZ XZR, #imm16 */
			qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, QEMU_PLUGIN_CB_NO_REGS,
							       (void *)(uintptr_t)((op >> 5) & 0xffff));
	}
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	if (argc == 1 && !strncmp(argv[0], "profile=", 8))
		profile = fopen(argv[0] + 8, "w");
	if (argc && !profile)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
