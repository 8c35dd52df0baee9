// SPDX-License-Identifier: GPL-2.0-only
/*
 * keelctl: shows what keel runs and moves VMs between personalities, by the ioctls of /dev/keel. It decides
 * nothing; what a swap did or why it failed is told as the kernel reports it.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "uapi/keel.h"

#define EXIT_USAGE	2

struct options {
	const char *command;
	const char *name;
	unsigned long vm;
	bool dry_run;
	bool json;
};

struct snapshot {
	struct keel_status st;
	struct keel_personality_info *personalities;
	struct keel_vm_info *vms;
	unsigned int nr_personalities, nr_vms;
};

const char *argp_program_version = "keelctl 0.1";

static const char doc[] =
	"Show what keel runs, and move virtual machines between personalities.\v"
	"Commands:\n"
	"  status        nucleus, mode, personalities, VMs\n"
	"  swap NAME     move every VM to NAME and make it the default; with --vm one VM\n"
	"\n"
	"Exit status: 0 done, 1 the kernel refused or the swap failed (nothing has changed), 2 usage.";

static const struct argp_option argp_options[] = {
	{ "vm", 'v', "N", 0, "swap: only the VM with this number", 0 },
	{ "dry-run", 'n', NULL, 0, "swap: try export and import, change nothing", 0 },
	{ "json", 'j', NULL, 0, "JSON on standard output", 0 },
	{ 0 }
};

static void parse_vm(struct argp_state *state, struct options *o, const char *arg)
{
	char *end;

	errno = 0;
	o->vm = strtoul(arg, &end, 10);
	if (errno || *end || end == arg || *arg == '-' || !o->vm || o->vm > UINT32_MAX)
		argp_error(state, "no VM number: %s", arg);
}

static void parse_end(struct argp_state *state, const struct options *o)
{
	bool swap;

	if (!o->command)
		argp_error(state, "no command");
	swap = !strcmp(o->command, "swap");
	if (!swap && strcmp(o->command, "status"))
		argp_error(state, "unknown command: %s", o->command);
	if (swap && !o->name)
		argp_error(state, "swap: to which personality?");
	if (!swap && (o->name || o->vm || o->dry_run))
		argp_error(state, "status takes only --json");
	if (o->name && (!*o->name || strlen(o->name) >= KEEL_NAME_LEN))
		argp_error(state, "a personality's name has 1 to %d characters", KEEL_NAME_LEN - 1);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'v':
		parse_vm(state, o, arg);
		return 0;
	case 'n':
		o->dry_run = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "too many arguments: %s", arg);
		*(state->arg_num ? &o->name : &o->command) = arg;
		return 0;
	case ARGP_KEY_END:
		parse_end(state, o);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int open_control(void)
{
	int fd = open("/dev/keel", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "keelctl: /dev/keel: %s%s\n", strerror(errno),
			errno == ENOENT ? " (is keel.ko loaded?)" : "");
		exit(EXIT_FAILURE);
	}
	return fd;
}

/* Text from the kernel, into a JSON string */
static void json_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

/* ---- status ---- */

static void *table(unsigned int n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p) {
		fprintf(stderr, "keelctl: no memory\n");
		exit(EXIT_FAILURE);
	}
	return p;
}

/* Asks until the tables hold everything: VMs may come in between */
static void take_snapshot(int fd, struct snapshot *s)
{
	unsigned int personalities = 8, vms = 64;

	for (;;) {
		s->personalities = table(personalities, sizeof(*s->personalities));
		s->vms = table(vms, sizeof(*s->vms));
		s->st = (struct keel_status){
			.size = sizeof(s->st),
			.personalities = (uintptr_t)s->personalities,
			.personality_size = sizeof(*s->personalities),
			.personality_room = personalities,
			.vms = (uintptr_t)s->vms,
			.vm_size = sizeof(*s->vms),
			.vm_room = vms,
		};
		if (ioctl(fd, KEEL_IOC_STATUS, &s->st)) {
			fprintf(stderr, "keelctl: status: %s\n", strerror(errno));
			exit(EXIT_FAILURE);
		}
		s->nr_personalities = s->st.personality_room;
		s->nr_vms = s->st.vm_room;
		if (s->nr_personalities <= personalities && s->nr_vms <= vms)
			return;
		personalities = s->nr_personalities + 8;
		vms = s->nr_vms + 64;
		free(s->personalities);
		free(s->vms);
	}
}

static const char *mode_name(const struct keel_status *st)
{
	if (st->features & 4)
		return "vhe";
	if (st->features & 2)
		return "protected";
	return st->features & 1 ? "nvhe" : "none";
}

static void status_text(const struct snapshot *s)
{
	unsigned int i;

	printf("nucleus: ABI %u.%u%s\n", s->st.abi >> 16, s->st.abi & 0xffff, s->st.features & 8 ? ", debug build" : "");
	printf("mode: %s\n", mode_name(&s->st));
	for (i = 0; i < s->nr_personalities; i++) {
		const struct keel_personality_info *p = &s->personalities[i];

		printf("personality %s: version %s, %u VM%s%s\n", p->name, p->version, p->nr_vms,
		       p->nr_vms == 1 ? "" : "s", p->flags & KEEL_PERSONALITY_DEFAULT ? ", default" : "");
	}
	for (i = 0; i < s->nr_vms; i++) {
		const struct keel_vm_info *v = &s->vms[i];

		printf("vm %u: pid %d, personality %s, %u vCPU%s, %u bits of IPA, %" PRIu64 " KiB of tables", v->serial, v->pid,
		       v->personality, v->nr_vcpus, v->nr_vcpus == 1 ? "" : "s", v->ipa_bits, (uint64_t)v->supply * 4);
		if (v->blackout_ns)
			printf(", %u swaps, last blackout %" PRIu64 " us, %" PRIu64 " bytes", v->swaps,
			       (uint64_t)v->blackout_ns / 1000, (uint64_t)v->stream_bytes);
		putchar('\n');
	}
}

static void json_personality(const struct keel_personality_info *p)
{
	printf("{\"name\":");
	json_string(p->name);
	printf(",\"version\":");
	json_string(p->version);
	printf(",\"default\":%s,\"vms\":%u,\"abi\":\"%u.%u\",\"state\":[%u,%u]}",
	       p->flags & KEEL_PERSONALITY_DEFAULT ? "true" : "false", p->nr_vms, p->abi >> 16, p->abi & 0xffff,
	       p->state_min, p->state_max);
}

static void json_vm(const struct keel_vm_info *v)
{
	printf("{\"vm\":%u,\"pid\":%d,\"personality\":", v->serial, v->pid);
	json_string(v->personality);
	printf(",\"vcpus\":%u,\"ipa_bits\":%u,\"swaps\":%u,\"blackout_ns\":%" PRIu64 ",\"stream_bytes\":%" PRIu64
	       ",\"supply_pages\":%" PRIu64 "}", v->nr_vcpus, v->ipa_bits, v->swaps, (uint64_t)v->blackout_ns,
	       (uint64_t)v->stream_bytes, (uint64_t)v->supply);
}

static void status_json(const struct snapshot *s)
{
	unsigned int i;

	printf("{\"abi\":\"%u.%u\",\"mode\":\"%s\",\"features\":%" PRIu64 ",\"personalities\":[", s->st.abi >> 16,
	       s->st.abi & 0xffff, mode_name(&s->st), (uint64_t)s->st.features);
	for (i = 0; i < s->nr_personalities; i++) {
		if (i)
			putchar(',');
		json_personality(&s->personalities[i]);
	}
	printf("],\"vms\":[");
	for (i = 0; i < s->nr_vms; i++) {
		if (i)
			putchar(',');
		json_vm(&s->vms[i]);
	}
	printf("]}\n");
}

static int status(int fd, const struct options *o)
{
	struct snapshot s;

	take_snapshot(fd, &s);
	if (o->json)
		status_json(&s);
	else
		status_text(&s);
	return EXIT_SUCCESS;
}

/* ---- swap ---- */

static const char *step_name(unsigned int step)
{
	static const char * const names[] = { "check", "close", "drain", "export", "import", "switch", "release" };

	return step < sizeof(names) / sizeof(names[0]) ? names[step] : "unknown";
}

static void swap_text(const struct options *o, const struct keel_swap *r, int err)
{
	if (!err) {
		printf("%u VM%s %s to %s", r->moved, r->moved == 1 ? "" : "s", o->dry_run ? "could move" : "moved", o->name);
		if (r->moved)
			printf(", longest blackout %" PRIu64 " us", (uint64_t)r->blackout_ns / 1000);
		putchar('\n');
		return;
	}
	if (r->failed_vm)
		fprintf(stderr, "keelctl: swap to %s: vm %u, step %u (%s), record %#x: %s; nothing has changed\n", o->name,
			r->failed_vm, r->step, step_name(r->step), r->record, strerror(err));
	else
		fprintf(stderr, "keelctl: swap to %s: %s\n", o->name, strerror(err));
}

static void swap_json(const struct options *o, const struct keel_swap *r, int err)
{
	printf("{\"to\":");
	json_string(o->name);
	printf(",\"dry_run\":%s,\"errno\":%d,\"error\":", o->dry_run ? "true" : "false", err);
	json_string(err ? strerror(err) : "");
	printf(",\"moved\":%u,\"failed_vm\":%u,\"step\":%u,\"record\":%u,\"blackout_ns\":%" PRIu64 "}\n", r->moved,
	       r->failed_vm, r->step, r->record, (uint64_t)r->blackout_ns);
}

static int swap(int fd, const struct options *o)
{
	struct keel_swap request = { .size = sizeof(request), .vm = o->vm };
	int err;

	if (o->dry_run)
		request.flags |= KEEL_SWAP_DRY_RUN;
	if (!o->vm)
		request.flags |= KEEL_SWAP_ALL;
	memcpy(request.name, o->name, strlen(o->name));	/* parse_end() has seen to it that it fits */
	err = ioctl(fd, KEEL_IOC_SWAP, &request) ? errno : 0;
	if (o->json)
		swap_json(o, &request, err);
	else
		swap_text(o, &request, err);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { argp_options, parse, "status|swap [NAME]", doc, NULL, NULL, NULL };
	struct options o = { 0 };
	int fd;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	fd = open_control();
	return strcmp(o.command, "swap") ? status(fd, &o) : swap(fd, &o);
}
