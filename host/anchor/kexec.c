// SPDX-License-Identifier: GPL-2.0-only
/*
 * No kexec in protected mode, nor a crash kernel: the next kernel would find itself under a nucleus that does not know
 * it, and EL2 is not given back. A module cannot veto kexec itself, so it sees to it that no kernel is loaded for it:
 * one that was loaded before keel.ko stops keel.ko, and after that the kernel's own one-way sysctl refuses
 * kexec_load(2) and kexec_file_load(2). It trusts that /proc and /sys are where they belong; should they not be,
 * power.c turns kexec into a reset, and a crash kernel starts at EL1, under the nucleus and its stage-2.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/fs.h>
#include <linux/kernel.h>

#include "load.h"

#define KEXEC_SWITCH "/proc/sys/kernel/kexec_load_disabled"

static int write_file(const char *path, const char *value)
{
	struct file *file = filp_open(path, O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, value, strlen(value), &pos);
	filp_close(file, NULL);
	return min_t(ssize_t, n, 0);
}

/* @path of a kernel without kexec, or without crash kernels, is not there */
static bool is_loaded(const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	char digit = '0';
	loff_t pos = 0;

	if (IS_ERR(file))
		return false;
	kernel_read(file, &digit, 1, &pos);
	filp_close(file, NULL);
	return digit == '1';
}

/**
 * keel_kexec_check() - may protected mode begin?
 *
 * Return: 0; -EBUSY with one line in the log: a kernel is loaded for kexec or for a crash.
 */
int keel_kexec_check(void)
{
	if (is_loaded("/sys/kernel/kexec_loaded"))
		pr_err("a kernel is loaded for kexec, which cannot be in protected mode: unload it first (kexec -u)\n");
	else if (is_loaded("/sys/kernel/kexec_crash_loaded"))
		pr_err("a crash kernel is loaded, which cannot be in protected mode: unload it first (kexec -p -u)\n");
	else
		return 0;
	return -EBUSY;
}

/**
 * keel_kexec_forbid() - from now on no kernel is loaded for kexec or for a crash, until the machine is reset
 */
void keel_kexec_forbid(void)
{
	int err;

	if (!IS_ENABLED(CONFIG_KEXEC_CORE))
		return;
	err = write_file(KEXEC_SWITCH, "1");
	if (err)
		pr_warn("kexec cannot be turned off (%d): it would reset the machine\n", err);
	else
		pr_info("kexec and crash kernels are refused from now on (" KEXEC_SWITCH "): EL2 is kept\n");
}
