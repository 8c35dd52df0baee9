// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kvm and /dev/kvm-NAME: one misc device each, made and removed by the registry. An opened file may outlive
 * its device and the personality behind it, so it holds a counted name and asks the registry at every use.
 */
#include <linux/compat.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>

#include "anchor.h"



/**
 * struct keel_dev - a device node and its opened files
 * @misc: as registered
 * @refs: the registration, and each opened file
 * @personality: name, "" for whichever is the default
 * @node: device name
 */
struct keel_dev {
	struct miscdevice misc;
	struct kref refs;
	char personality[KEEL_NAME_LEN];
	char node[KEEL_NAME_LEN + 4];
};

static void device_free(struct kref *refs)
{
	kfree(container_of(refs, struct keel_dev, refs));
}

/*
 * 32-bit user space gets no KVM on arm64 (as in mainline). misc_open() holds off misc_deregister() while it
 * calls this, so the device is still there to be counted.
 */
static int device_open(struct inode *inode, struct file *file)
{
	struct keel_dev *dev = container_of(file->private_data, struct keel_dev, misc);

	if (is_compat_task())
		return -ENODEV;
	kref_get(&dev->refs);
	file->private_data = dev;
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	struct keel_dev *dev = file->private_data;

	kref_put(&dev->refs, device_free);
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = no_compat_ioctl,
	.llseek = noop_llseek,
};

/**
 * device_personality() - whom an opened file is for
 * @file: a file of device_fops
 *
 * Return: name, or "" for the default personality.
 */
const char *device_personality(struct file *file)
{
	return ((struct keel_dev *)file->private_data)->personality;
}

/**
 * device_create_kvm() - make a device node
 * @personality: its name, or "" for /dev/kvm
 *
 * Return: the device, or an ERR_PTR; -EBUSY when the kernel's own KVM has /dev/kvm.
 */
struct keel_dev *device_create_kvm(const char *personality)
{
	struct keel_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int ret;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	kref_init(&dev->refs);
	strscpy(dev->personality, personality, sizeof(dev->personality));
	snprintf(dev->node, sizeof(dev->node), *personality ? "kvm-%s" : "kvm%s", personality);
	dev->misc.minor = *personality ? MISC_DYNAMIC_MINOR : KVM_MINOR;
	dev->misc.name = dev->node;
	dev->misc.fops = &device_fops;
	ret = misc_register(&dev->misc);
	if (!ret)
		return dev;
	kfree(dev);
	return ERR_PTR(ret);
}

void device_destroy_kvm(struct keel_dev *dev)
{
	misc_deregister(&dev->misc);
	kref_put(&dev->refs, device_free);
}
