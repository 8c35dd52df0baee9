// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which mode the nucleus is to run: what was asked for, what this boot can give, and a line for the log that says
 * what to put on the kernel command line when the two differ. It changes nothing.
 */
#define pr_fmt(fmt) "keel: " fmt

#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/cpufeature.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "load.h"

static char *mode;
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "nvhe, protected or vhe; default: as kvm-arm.mode= on the kernel command line says");

u32 keel_mode;

#define SMCCC_NOT_SUPPORTED	(-1L)
#define STUB_ERR		0xbadca11UL
#define CMDLINE_MAX		4096

/* The last kvm-arm.mode= but "none", and whether the very last one is "none" */
struct asked {
	u32 mode;
	bool any;
	bool none;
};

static u32 mode_by_name(const char *name, size_t len)
{
	static const struct { const char *name; u32 mode; } modes[] = {
		{ "nvhe", KEEL_FEAT_NVHE },
		{ "protected", KEEL_FEAT_PROTECTED },
		{ "vhe", KEEL_FEAT_VHE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (strlen(modes[i].name) == len && !memcmp(name, modes[i].name, len))
			return modes[i].mode;
	return 0;
}

static const char *mode_name(u32 m)
{
	return m == KEEL_FEAT_PROTECTED ? "protected" : m == KEEL_FEAT_VHE ? "vhe" : "nvhe";
}

/* The kernel takes - and _ in parameter names for the same */
static const char *parameter_value(const char *word)
{
	static const char name[] = "kvm_arm.mode=";
	size_t i;

	for (i = 0; name[i]; i++)
		if (word[i] != name[i] && !(name[i] == '_' && word[i] == '-'))
			return NULL;
	return word + i;
}

static void parse_cmdline(const char *line, struct asked *asked)
{
	const char *word, *value;
	size_t len;
	u32 m;

	for (word = skip_spaces(line); *word; word = skip_spaces(word)) {
		len = strcspn(word, " \t\n");
		value = parameter_value(word);
		if (value) {
			m = mode_by_name(value, word + len - value);
			asked->none = !m && word + len - value == 4 && !memcmp(value, "none", 4);
			asked->any = true;
			asked->mode = m ?: asked->mode;
		}
		word += len;
	}
}

/* ACPI, or a command line that the kernel has built in: read it as a program would */
static int read_proc_cmdline(char *line, size_t size)
{
	struct file *file = filp_open("/proc/cmdline", O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, line, size - 1, &pos);
	filp_close(file, NULL);
	line[max_t(ssize_t, n, 0)] = '\0';
	return n < 0 ? n : 0;
}

static int what_was_asked(struct asked *asked)
{
	const char *bootargs;
	char *line;
	int err;

	if (of_chosen && !of_property_read_string(of_chosen, "bootargs", &bootargs)) {
		parse_cmdline(bootargs, asked);
		return 0;
	}
	line = kzalloc(CMDLINE_MAX, GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	err = read_proc_cmdline(line, CMDLINE_MAX);
	if (!err)
		parse_cmdline(line, asked);
	kfree(line);
	return err;
}

int keel_el2_probe(void)
{
	register u64 x0 asm("x0") = KEEL_HCALL_BASE + KEEL_HC_version;

	/* The nucleus may clobber up to x17; the stub and KVM leave more alone */
	asm volatile("hvc #0" : "+r" (x0) : : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		     "x12", "x13", "x14", "x15", "x16", "x17", "cc", "memory");
	if (x0 == STUB_ERR)
		return KEEL_EL2_STUB;
	return (s64)x0 >= 0 ? KEEL_EL2_NUCLEUS : KEEL_EL2_OTHER;
}

static void probe_cpu(void *info)
{
	int *found = info;

	*found = max(*found, keel_el2_probe());
}

/* One CPU with a nucleus is enough: another one may have been off and on since its keel.ko was removed by force */
static int probe_all(void)
{
	unsigned int cpu;
	int found = KEEL_EL2_STUB;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, probe_cpu, &found, true);
	cpus_read_unlock();
	return found;
}

/* An HVC without EL2 is undefined: look before it is made. A hypervisor above takes PSCI by HVC. */
static bool have_el2(void)
{
	u64 pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);

	return (pfr0 >> 8 & 0xf) && arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_HVC;
}

static int check_el1(u32 wanted)
{
	if (!have_el2()) {
		pr_err("no EL2: the kernel was not started at EL2, nothing on its command line can change that\n");
		return -ENODEV;
	}
	if (wanted == KEEL_FEAT_VHE) {
		pr_err("mode vhe needs a CPU with VHE and a kernel at EL2: boot with kvm-arm.mode=none alone\n");
		return -EOPNOTSUPP;
	}
	switch (probe_all()) {
	case KEEL_EL2_STUB:
		return wanted ?: KEEL_FEAT_NVHE;
	case KEEL_EL2_NUCLEUS:
		pr_err("a nucleus is at EL2 already, from an earlier keel.ko; it stays until the machine is reset\n");
		return -EEXIST;
	default:
		pr_err("EL2 is taken by the built-in KVM: boot with kvm-arm.mode=%s kvm-arm.mode=none\n",
		       mode_name(wanted));
		return -EBUSY;
	}
}

static int check_el2(u32 wanted, const struct asked *asked)
{
	if (wanted && wanted != KEEL_FEAT_VHE) {
		pr_err("mode %s needs a kernel at EL1: boot with kvm-arm.mode=%s kvm-arm.mode=none\n",
		       mode_name(wanted), mode_name(wanted));
		return -EOPNOTSUPP;
	}
	if (IS_ENABLED(CONFIG_KVM) && !asked->none) {
		pr_err("the built-in KVM is active: boot with kvm-arm.mode=none\n");
		return -EBUSY;
	}
	return KEEL_FEAT_VHE;
}

int keel_mode_choose(void)
{
	struct asked asked = { };
	u32 wanted;
	int err = what_was_asked(&asked);

	if (err) {
		pr_err("cannot read the kernel command line (%d)\n", err);
		return err;
	}
	wanted = asked.mode;
	if (mode) {
		wanted = mode_by_name(mode, strlen(mode));
		if (!wanted) {
			pr_err("mode=%s: not one of nvhe, protected, vhe\n", mode);
			return -EINVAL;
		}
	}
	return is_kernel_in_hyp_mode() ? check_el2(wanted, &asked) : check_el1(wanted);
}
