// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host that pokes where it must not: reads, writes, executes and maps one physical page, by each of the ways a
 * kernel has. For the end-to-end lane only; the page is the module's parameter. It protects nothing on purpose:
 * what happens is the nucleus' to decide (INV-2).
 */
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "abi/hcall_host.h"

static unsigned long pa;
module_param(pa, ulong, 0444);
MODULE_PARM_DESC(pa, "physical address of the page to poke");

static struct dentry *dir;

static void *page_va(void)
{
	return phys_to_virt(pa);
}

/* The way of copy_from_user() and its like: the fault is expected, there is an exception table entry */
static ssize_t nofault_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	u64 word;
	long err = copy_from_kernel_nofault(&word, page_va(), sizeof(word));

	return err ? err : simple_read_from_buffer(buf, len, pos, &word, sizeof(word));
}

static ssize_t memcpy_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	u64 word;

	memcpy(&word, page_va(), sizeof(word));
	return simple_read_from_buffer(buf, len, pos, &word, sizeof(word));
}

static ssize_t memcpy_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	memset(page_va(), 0, 8);
	return len;
}

/* copy_to_user() out of the page: the user's side is fine, the kernel's is not */
static ssize_t copy_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return copy_to_user(buf, page_va(), 8) ? -EFAULT : 8;
}

static int user_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, pa >> PAGE_SHIFT, PAGE_SIZE, vma->vm_page_prot);
}

static ssize_t execute_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	void (*code)(void) = (void (*)(void))page_va();

	code();
	return 0;
}

/* Debug builds of the nucleus die of it, all others answer -ENOSYS */
static ssize_t panic_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	u32 which;
	int err = kstrtou32_from_user(buf, len, 0, &which);
	s64 ret = err ?: keel_hc_debug_panic(which);

	return ret ?: len;
}

static const struct file_operations panic_fops = { .owner = THIS_MODULE, .write = panic_write };
static const struct file_operations nofault_fops = { .owner = THIS_MODULE, .read = nofault_read };
static const struct file_operations memcpy_fops = {
	.owner = THIS_MODULE, .read = memcpy_read, .write = memcpy_write,
};
static const struct file_operations copy_fops = { .owner = THIS_MODULE, .read = copy_read };
static const struct file_operations execute_fops = { .owner = THIS_MODULE, .read = execute_read };
static const struct file_operations user_fops = { .owner = THIS_MODULE, .mmap = user_mmap };

static int __init poke_init(void)
{
	dir = debugfs_create_dir("keel-poke", NULL);
	debugfs_create_file_unsafe("nofault", 0600, dir, NULL, &nofault_fops);
	debugfs_create_file_unsafe("memcpy", 0600, dir, NULL, &memcpy_fops);
	debugfs_create_file_unsafe("copy", 0600, dir, NULL, &copy_fops);
	debugfs_create_file_unsafe("execute", 0600, dir, NULL, &execute_fops);
	debugfs_create_file_unsafe("panic", 0200, dir, NULL, &panic_fops);
	debugfs_create_file_unsafe("user", 0600, dir, NULL, &user_fops);
	return 0;
}

static void __exit poke_exit(void)
{
	debugfs_remove_recursive(dir);
}

module_init(poke_init);
module_exit(poke_exit);
MODULE_DESCRIPTION("Pokes one physical page, for tests");
MODULE_LICENSE("GPL");
