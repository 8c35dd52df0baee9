/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest asks its hypervisor for (PSCI, SMCCC services, stolen time) and what is emulated with the VMM's help
 * (MMIO), and the statistics.
 */
#ifndef KEEL_PERSONALITY_SERVICES_H
#define KEEL_PERSONALITY_SERVICES_H

#include <linux/kvm.h>
#include <linux/types.h>

struct keel_stream;
struct keel_record;
struct pvm;
struct pvcpu;

struct pvm_smccc {
	u64 std_bmap, std_hyp_bmap, vendor_hyp_bmap, vendor_hyp_bmap2;
	u32 psci_version;
	/* the author of smccc.c adds the filter, coalesced zones */
};

struct pvcpu_power {
	u32 mp_state;		/* KVM_MP_STATE_RUNNABLE, _STOPPED, _SUSPENDED */
	bool reset_pending;
	u64 reset_pc, reset_x0;
	bool reset_be;
};

struct pvcpu_mmio {
	bool pending;		/* the VMM has been asked; finish at the next KVM_RUN */
	bool write, sign, sf;
	u8 len, rt;
};

struct pvcpu_steal {
	u64 base;		/* IPA, or INVALID (~0) */
	u64 last;		/* run delay at the last update, ns */
};

struct pvm_stats { u64 remote_tlb_flush; };
struct pvcpu_stats { u64 exits, hvc, wfi, wfe, mmio_user, mmio_kernel, signal, blocking_ns, halt_wakeup; };

int smccc_call(struct pvcpu *v, bool smc);	/* EC 0x16, 0x17: resume convention */
int smccc_set_filter(struct pvm *pvm, const struct kvm_smccc_filter __user *filter);
int psci_call(struct pvcpu *v, u32 fn);		/* resume convention; result in x0 */
int power_get_mp_state(struct pvcpu *v, struct kvm_mp_state *s);
int power_set_mp_state(struct pvcpu *v, const struct kvm_mp_state *s);
int power_check(struct pvcpu *v);	/* before entry: blocks while off or suspended. resume convention */

int fwreg_count(struct pvcpu *v);
int fwreg_list(struct pvcpu *v, u64 __user **ids);	/* appends */
int fwreg_get(struct pvcpu *v, u64 id, u64 *val);	/* -ENOENT: not a firmware register */
int fwreg_set(struct pvcpu *v, u64 id, u64 val);

int mmio_abort(struct pvcpu *v, u64 ipa);	/* from mmu_abort: resume convention */
int mmio_finish(struct pvcpu *v);		/* at the next KVM_RUN */
int coalesced_zone(struct pvm *pvm, const struct kvm_coalesced_mmio_zone *z, bool add);
bool coalesced_write(struct pvcpu *v, u64 ipa, const void *data, u32 len);

int steal_attr(struct pvcpu *v, unsigned int cmd, struct kvm_device_attr *attr);	/* KVM_ARM_VCPU_PVTIME_CTRL */
void steal_update(struct pvcpu *v);
u64 steal_features(struct pvcpu *v, u32 fn);
u64 steal_call(struct pvcpu *v);

ssize_t stats_read(struct keel_vm *vm, struct keel_vcpu *vcpu, char __user *buf, size_t len, loff_t *pos);

int services_export(struct pvm *pvm, struct keel_stream *s);
int services_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

#endif
