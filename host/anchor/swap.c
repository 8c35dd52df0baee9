// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving a VM from one personality to another: six steps, of which the first four can fail and are undone
 * (docs/design.md section 6). It owns the records while they travel and does not look into them, but for
 * saying which one was last when a step failed. One swap at a time, machine-wide.
 */
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "core/stream.h"

#include "anchor.h"

#define STREAM_FIRST	(64UL << 10)	/* bytes */
#define STREAM_LIMIT	(64UL << 20)

static unsigned int deadline_ms = 2000;
module_param_named(swap_deadline_ms, deadline_ms, uint, 0644);
MODULE_PARM_DESC(swap_deadline_ms, "How long a swap waits for a VM's operations to unwind, ms (2000)");

static DEFINE_MUTEX(swap_lock);
static u32 fail_step;	/* debugfs keel/fail_step: KEEL_STEP_* that fails, though it has done its work */

/**
 * struct swap - one VM on its way
 * @vm: the VM, a reference held
 * @from: the outgoing personality
 * @to: the incoming one
 * @stream: the records
 * @len: bytes of them after the export
 * @priv: the incoming personality's VM
 * @left: the outgoing one's, after the switch
 * @step: KEEL_STEP_* being done
 * @drained: when nobody was inside any more, ns since the gate closed
 * @exported: when the records were written, likewise
 */
struct swap {
	struct keel_vm *vm;
	const struct keel_personality *from, *to;
	struct keel_stream stream;
	size_t len;
	void *priv, *left;
	u32 step;
	u64 drained, exported;
};

static const char * const step_names[] = {
	[KEEL_STEP_NONE] = "check",
	[KEEL_STEP_CLOSE] = "close",
	[KEEL_STEP_DRAIN] = "drain",
	[KEEL_STEP_EXPORT] = "export",
	[KEEL_STEP_IMPORT] = "import",
};

static bool fault_wanted(const struct swap *s)
{
	return READ_ONCE(fail_step) == s->step;
}

static int stream_alloc(struct swap *s, size_t size)
{
	kvfree(s->stream.buf);
	s->stream = (struct keel_stream){ .buf = kvmalloc(size, GFP_KERNEL), .size = size };
	return s->stream.buf ? 0 : -ENOMEM;
}

/* Before step 1: what needs neither the gate nor the records. What memory has to be had is had now */
static int prepare(struct swap *s)
{
	int ret = stream_alloc(s, STREAM_FIRST);

	if (!ret && s->to->host_api >= HOST_API_PREPARE && s->to->state_prepare)
		ret = s->to->state_prepare(s->vm, &s->priv);
	return ret;
}

/* Step 2 */
static int step_drain(struct swap *s)
{
	int ret;

	s->step = KEEL_STEP_DRAIN;
	ret = gate_drain(s->vm, READ_ONCE(deadline_ms));
	if (!ret && fault_wanted(s))
		ret = -EIO;
	/* KVM_CREATE_VM had begun and failed while we waited */
	return ret ? ret : s->vm->anchor->ready ? 0 : -ESRCH;
}

/* Step 3: the buffer grows until everything fits */
static int step_export(struct swap *s)
{
	int ret;

	s->step = KEEL_STEP_EXPORT;
	for (;;) {
		ret = s->from->state_export(s->vm, &s->stream);
		s->len = s->stream.pos;
		if (ret != -ENOSPC || s->stream.size >= STREAM_LIMIT)
			break;
		ret = stream_alloc(s, 2 * s->stream.size);
		if (ret)
			break;
	}
	if (!ret && fault_wanted(s))
		ret = -EIO;
	return ret;
}

/* Step 4 */
static int step_import(struct swap *s)
{
	int ret;

	s->step = KEEL_STEP_IMPORT;
	s->stream.size = s->len;
	s->stream.pos = 0;
	ret = s->to->state_import(s->vm, &s->stream, &s->priv);
	if (ret)
		s->priv = NULL;
	else if (fault_wanted(s))
		ret = -EIO;
	return ret;
}

/* Step 5: from here the VM is the incoming one's, and holds its module */
static void step_switch(struct swap *s)
{
	__module_get(s->to->owner);	/* the caller holds one, so this cannot fail */
	s->left = s->vm->priv;
	s->vm->priv = s->priv;
	WRITE_ONCE(s->vm->pers, s->to);
	s->to->state_adopt(s->vm);
	s->vm->anchor->swaps++;
}

/* Undo of step 3, also where the export has failed half-way */
static void step_thaw(const struct swap *s)
{
	if (s->step >= KEEL_STEP_EXPORT && s->from->host_api >= HOST_API_DEVICES && s->from->state_thaw)
		s->from->state_thaw(s->vm);
}

/*
 * Step 6: the gate is open first. Letting go waits for the memory manager's readers, which takes longer than all
 * the rest, and nobody but a memory notifier, which is harmless twice, looks at the copy any more.
 */
static void step_release(struct swap *s, bool switched)
{
	if (switched) {
		s->from->state_release(s->vm, s->left);
		registry_put(s->from);
	} else if (s->priv) {
		s->to->state_drop(s->vm, s->priv);
	}
}

/* Tag of the last record that was written or read, 0 if there is none */
static u32 last_record(const struct swap *s)
{
	struct keel_stream r = { .buf = s->stream.buf, .size = s->len };
	struct keel_record rec = {};
	u32 tag = 0;

	if (s->step < KEEL_STEP_EXPORT || !r.buf || keel_stream_open(&r))
		return 0;
	while (keel_stream_next(&r, &rec) == 1) {
		tag = rec.tag;
		if (s->step == KEEL_STEP_IMPORT && r.pos >= s->stream.pos)
			break;
	}
	return tag;
}

static void note_failure(const struct swap *s, int err, struct keel_swap *report)
{
	report->failed_vm = s->vm->serial;
	report->step = s->step;
	report->record = last_record(s);
	pr_warn("keel: vm %u: %s to %s failed in step %u (%s) at record %s (%#x): %d; it stays with %s\n", s->vm->serial,
		s->from->name, s->to->name, s->step, step_names[s->step],
		report->record ? keel_record_name(report->record) : "-", report->record, err, s->from->name);
}

static void note_success(const struct swap *s, bool dry_run, struct keel_swap *report)
{
	struct keel_vm_anchor *a = s->vm->anchor;

	a->stream_bytes = s->len;
	report->moved++;
	report->blackout_ns = max_t(u64, report->blackout_ns, a->blackout_ns);
	pr_info("keel: vm %u: %s to %s%s, closed for %llu ns (empty after %llu, exported after %llu), %zu bytes of records\n",
		s->vm->serial, s->from->name, s->to->name, dry_run ? " (dry run)" : "", a->blackout_ns, s->drained,
		s->exported, s->len);
}

/* Steps 1 to 6 */
static int swap_steps(struct swap *s, bool dry_run)
{
	struct keel_vm_anchor *a = s->vm->anchor;
	u64 start = ktime_get_ns();
	int ret;

	s->step = KEEL_STEP_CLOSE;
	gate_close(s->vm);
	ret = fault_wanted(s) ? -EIO : step_drain(s);
	s->drained = ktime_get_ns() - start;
	if (!ret)
		ret = step_export(s);
	s->exported = ktime_get_ns() - start;
	if (!ret)
		ret = step_import(s);
	if (!ret && !dry_run)
		step_switch(s);
	else
		step_thaw(s);
	a->blackout_ns = gate_open(s->vm) - start;
	step_release(s, !ret && !dry_run);
	return ret;
}

static bool versions_meet(const struct keel_personality *from, const struct keel_personality *to)
{
	return from->state_max >= to->state_min && from->state_max <= to->state_max;
}

/*
 * One VM. The incoming side registers with the VM's address space, which therefore has to be alive; a VM whose
 * process is gone is about to go too (-ESRCH).
 */
static int swap_one(struct keel_vm *vm, const struct keel_personality *to, struct keel_swap *report)
{
	bool dry_run = report->flags & KEEL_SWAP_DRY_RUN;
	struct swap s = { .vm = vm, .from = vm->pers, .to = to };
	int ret = -EOPNOTSUPP;

	if (!mmget_not_zero(vm->mm))
		return -ESRCH;
	if (versions_meet(s.from, to))
		ret = prepare(&s) ?: swap_steps(&s, dry_run);
	mmput(vm->mm);
	if (!ret)
		note_success(&s, dry_run, report);
	else if (ret != -ESRCH)
		note_failure(&s, ret, report);
	kvfree(s.stream.buf);
	return ret;
}

/* ---- all VMs, or none ---- */

struct moved {
	struct list_head node;
	struct keel_vm *vm;
	const struct keel_personality *from;	/* its module held */
};

/* Moves the VM and remembers where it was, so that it can go back */
static int move_one(struct keel_vm *vm, struct keel_personality *to, struct keel_swap *report, struct list_head *list)
{
	struct moved *m = kmalloc(sizeof(*m), GFP_KERNEL);
	int ret;

	if (!m)
		return -ENOMEM;
	m->from = vm->pers;
	m->vm = vm;
	__module_get(m->from->owner);	/* the VM holds it */
	ret = swap_one(vm, to, report);
	if (ret) {
		registry_put(m->from);
		kfree(m);
		return ret;
	}
	vm_get(vm);
	list_add(&m->node, list);
	return 0;
}

static int move_all(struct keel_personality *to, struct keel_swap *report, struct list_head *list)
{
	struct keel_vm *vm;
	u32 serial = 0;
	int ret = 0;

	while (!ret && (vm = registry_next_vm(serial))) {
		serial = vm->serial;
		if (vm->pers != to)
			ret = move_one(vm, to, report, list);
		vm_put(vm);
		if (ret == -ESRCH)
			ret = 0;
	}
	return ret;
}

/* In the order opposite to the moves. What cannot go back has its line in the log and stays. */
static void finish_moves(struct list_head *list, bool undo)
{
	struct keel_swap report = {};
	struct moved *m, *next;

	list_for_each_entry_safe(m, next, list, node) {
		if (undo && m->vm->pers != m->from)
			swap_one(m->vm, m->from, &report);
		vm_put(m->vm);
		registry_put(m->from);
		kfree(m);
	}
}

static int swap_all_locked(struct keel_personality *to, struct keel_swap *report)
{
	bool dry_run = report->flags & KEEL_SWAP_DRY_RUN;
	struct keel_personality *old = NULL;
	LIST_HEAD(list);
	int ret;

	/* First, so that a VM made meanwhile is not missed */
	if (!dry_run)
		old = registry_set_default(to);
	ret = move_all(to, report, &list);
	if (ret && !dry_run)
		registry_set_default(old);
	finish_moves(&list, ret && !dry_run);
	if (ret && !dry_run)
		report->moved = 0;
	return ret;
}

/**
 * swap_all() - move every VM, and make the personality the default
 * @to: registered, its module held by the caller or being initialised
 * @report: flags in, the rest out
 *
 * Return: 0, or the errno of the VM that failed; then the VMs moved before are where they were, and so is the
 * default.
 */
int swap_all(struct keel_personality *to, struct keel_swap *report)
{
	int ret = mutex_lock_killable(&swap_lock);

	if (ret)
		return ret;
	ret = swap_all_locked(to, report);
	mutex_unlock(&swap_lock);
	return ret;
}

static int swap_serial(u32 serial, struct keel_personality *to, struct keel_swap *report)
{
	struct keel_vm *vm = registry_next_vm(serial - 1);
	int ret = -ENOENT;

	if (!vm)
		return ret;
	if (vm->serial == serial && !mutex_lock_killable(&swap_lock)) {
		ret = vm->pers == to ? 0 : swap_one(vm, to, report);
		mutex_unlock(&swap_lock);
	}
	vm_put(vm);
	return ret;
}

/**
 * swap_request() - KEEL_IOC_SWAP
 * @report: request in, report out
 *
 * Return: 0 or an errno, see include/uapi/keel.h.
 */
int swap_request(struct keel_swap *report)
{
	bool all = report->flags & KEEL_SWAP_ALL;
	struct keel_personality *to;
	int ret;

	if ((report->flags & ~(KEEL_SWAP_ALL | KEEL_SWAP_DRY_RUN)) || all == !!report->vm || report->reserved ||
	    strnlen(report->name, KEEL_NAME_LEN) == KEEL_NAME_LEN || !*report->name)
		return -EINVAL;
	report->moved = 0;
	report->failed_vm = 0;
	report->step = KEEL_STEP_NONE;
	report->record = 0;
	report->blackout_ns = 0;
	to = registry_get(report->name);
	if (!to)
		return -ENOENT;
	ret = all ? swap_all(to, report) : swap_serial(report->vm, to, report);
	registry_put(to);
	return ret;
}

static int fail_step_set(void *data, u64 step)
{
	if (step > KEEL_STEP_IMPORT)
		return -EINVAL;	/* steps 5 and 6 cannot fail */
	WRITE_ONCE(fail_step, step);
	return 0;
}

static int fail_step_get(void *data, u64 *step)
{
	*step = READ_ONCE(fail_step);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(fail_step_fops, fail_step_get, fail_step_set, "%llu\n");

/**
 * swap_init() - debugfs file for tests
 * @dir: keel's directory
 */
void swap_init(struct dentry *dir)
{
	debugfs_create_file_unsafe("fail_step", 0600, dir, NULL, &fail_step_fops);
}
