// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/keel: status and swap for the administrator (include/uapi/keel.h). It checks and copies; the registry and
 * the swap do the work.
 */
#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/miscdevice.h>
#include <linux/uaccess.h>

#include "anchor.h"
#include "load.h"

/* Both structures start with the size that their user knows */
static int copy_in(void *to, size_t known, void __user *from, u32 *size)
{
	if (get_user(*size, (u32 __user *)from))
		return -EFAULT;
	if (*size < sizeof(u32) || *size > PAGE_SIZE)
		return -EINVAL;
	return copy_struct_from_user(to, known, from, *size);
}

static int copy_out(void __user *to, const void *from, size_t known, u32 size)
{
	return copy_to_user(to, from, min_t(size_t, size, known)) ? -EFAULT : 0;
}

static long control_status(void __user *arg)
{
	struct keel_status st;
	u32 size;
	int ret = copy_in(&st, sizeof(st), arg, &size);

	if (ret)
		return ret;
	ret = registry_status(&st);
	return ret ? ret : copy_out(arg, &st, sizeof(st), size);
}

/* The report goes out on failure too: it says what failed */
static long control_swap(void __user *arg)
{
	struct keel_swap swap;
	u32 size;
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = copy_in(&swap, sizeof(swap), arg, &size);
	if (ret)
		return ret;
	ret = swap_request(&swap);
	return copy_out(arg, &swap, sizeof(swap), size) ?: ret;
}

static long control_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KEEL_IOC_STATUS:
		return control_status((void __user *)arg);
	case KEEL_IOC_SWAP:
		return control_swap((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice control_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keel",
	.mode = 0600,
	.fops = &control_fops,
};

static struct dentry *debug_dir;
static bool registered;

/**
 * control_init() - make /dev/keel and the debugfs directory
 *
 * Return: 0, or misc_register()'s errno.
 */
int control_init(void)
{
	int err;

	debug_dir = debugfs_create_dir("keel", NULL);
	swap_init(debug_dir);
	keel_load_debugfs(debug_dir);
	err = misc_register(&control_device);
	registered = !err;
	return err;
}

/* Files that are open stay; nobody can open one after this */
void control_exit(void)
{
	if (registered)
		misc_deregister(&control_device);
	debugfs_remove(debug_dir);
}
