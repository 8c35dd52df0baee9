// SPDX-License-Identifier: GPL-2.0-only
/*
 * No kexec in protected mode: the next kernel would find itself under a nucleus that does not know it, and EL2 is not
 * given back. A module cannot veto kexec itself, so it sees to it that no kernel is loaded for it: a kernel that
 * was loaded before keel.ko stops keel.ko, and after that the kernel's own sysctl refuses kexec_load(2). It trusts that
 * /proc and /sys are where they belong; should they not be, power.c turns kexec into a reset.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/fs.h>
#include <linux/kernel.h>

#include "load.h"

/* Both are one-way by themselves. The first, since 6.3, leaves the kernel for crashes alone. */
static const struct {
	const char *path, *value;
} switches[] = {
	{ "/proc/sys/kernel/kexec_load_limit_reboot", "0" },
	{ "/proc/sys/kernel/kexec_load_disabled", "1" },
};

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

/* A kernel without kexec has no such file */
static bool is_loaded(void)
{
	struct file *file = filp_open("/sys/kernel/kexec_loaded", O_RDONLY, 0);
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
 * Return: 0; -EBUSY with one line in the log: a kernel is loaded for kexec.
 */
int keel_kexec_check(void)
{
	if (!is_loaded())
		return 0;
	pr_err("a kernel is loaded for kexec, which cannot be in protected mode: unload it first (kexec -u)\n");
	return -EBUSY;
}

/**
 * keel_kexec_forbid() - from now on no kernel is loaded for kexec, until the machine is reset
 */
void keel_kexec_forbid(void)
{
	unsigned int i;
	int err = 0;

	if (!IS_ENABLED(CONFIG_KEXEC_CORE))
		return;
	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		err = write_file(switches[i].path, switches[i].value);
		if (err)
			continue;
		pr_info("kexec is refused from now on (%s): EL2 is never given back\n", switches[i].path);
		return;
	}
	pr_warn("kexec cannot be turned off (%d): it would reset the machine\n", err);
}
