// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nucleus' private copy of what the anchor says about the machine. It trusts the anchor up to finalise, not its
 * arithmetic: ranges and numbers are checked. Runs with the MMU off (nvhe), or as host code (vhe).
 */
#include "nvhe/nucleus.h"

struct nuc_config nuc_config;
u32 nuc_finalised_flag;

static bool pages_ok(u64 pa, u64 bytes)
{
	return pa && IS_ALIGNED(pa, 4096) && IS_ALIGNED(bytes, 4096) && bytes && pa + bytes > pa;
}

static bool image_ok(const struct keel_boot *boot)
{
	return pages_ok(boot->image_pa, boot->image_size) &&
	       IS_ALIGNED(boot->rodata_offset | boot->data_offset, 4096) &&
	       boot->rodata_offset < boot->data_offset && boot->data_offset < boot->image_size;
}

static bool boot_ok(const struct keel_boot *boot)
{
	return boot->magic == KEEL_BOOT_MAGIC && boot->version == KEEL_BOOT_VERSION &&
	       boot->size == sizeof(*boot) &&
	       (nuc_is_vhe() ? boot->mode == KEEL_FEAT_VHE :
		boot->mode == KEEL_FEAT_NVHE || boot->mode == KEEL_FEAT_PROTECTED) &&
	       boot->nr_cpus && boot->nr_cpus <= KEEL_MAX_CPUS &&
	       boot->nr_regions <= KEEL_MAX_REGIONS && boot->nr_chunks <= KEEL_MAX_CHUNKS &&
	       (nuc_is_vhe() || image_ok(boot)) && IS_ALIGNED(boot->va_offset, 4096) &&
	       pages_ok(boot->pool_pa, boot->pool_pages * 4096) && pages_ok(boot->log_pa, boot->log_size);
}

static int copy_cpus(const struct keel_boot *boot)
{
	u32 i;

	for (i = 0; i < boot->nr_cpus; i++) {
		if (!pages_ok(boot->cpus[i].pa, KEEL_CPU_PAGES * 4096))
			return -EINVAL;
		nuc_config.cpu_pa[i] = boot->cpus[i].pa;
		nuc_cpu_nr(i)->nr = i;
		nuc_cpu_nr(i)->mpidr = boot->cpus[i].mpidr;
	}
	return 0;
}

int config_copy(const struct keel_boot *boot)
{
	if (!boot_ok(boot))
		return -EINVAL;
	nuc_config.mode = boot->mode;
	nuc_config.nr_cpus = boot->nr_cpus;
	nuc_config.image_pa = boot->image_pa;
	nuc_config.image_size = boot->image_size;
	nuc_config.rodata_offset = boot->rodata_offset;
	nuc_config.data_offset = boot->data_offset;
	nuc_config.va_offset = boot->va_offset;
	nuc_config.pool_pa = boot->pool_pa;
	nuc_config.pool_pages = boot->pool_pages;
	nuc_config.log_pa = boot->log_pa;
	nuc_config.log_size = boot->log_size;
	nuc_config.panic_entry = boot->panic_entry;
	nuc_config.nr_regions = boot->nr_regions;
	nuc_config.nr_chunks = boot->nr_chunks;
	memcpy(nuc_config.regions, boot->regions, sizeof(nuc_config.regions));
	memcpy(nuc_config.chunks, boot->chunks, sizeof(nuc_config.chunks));
	return copy_cpus(boot);
}
