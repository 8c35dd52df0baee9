/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest asks its hypervisor for (PSCI, SMCCC services, stolen time) and what is emulated with the VMM's help
 * (MMIO), and the statistics.
 */
#ifndef KEEL_PERSONALITY_SERVICES_H
#define KEEL_PERSONALITY_SERVICES_H

#include <linux/atomic.h>
#include <linux/kvm.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct keel_stream;
struct keel_record;
struct keel_vm;
struct keel_vcpu;
struct pvm;
struct pvcpu;

/* One range of SMCCC function numbers, both ends in it; action: enum kvm_smccc_filter_action */
struct smccc_range {
	u32 start, end;
	u8 action;
};

/**
 * struct pvm_smccc - what the guest's calls get; changes only before a vCPU has run, under vm->lock
 * @std_bmap: KVM_REG_ARM_STD_BMAP
 * @std_hyp_bmap: KVM_REG_ARM_STD_HYP_BMAP
 * @vendor_hyp_bmap: KVM_REG_ARM_VENDOR_HYP_BMAP
 * @psci_version: major << 16 | minor; 0: nobody chose, the newest that the vCPU's features allow
 * @filter: ranges by start, without overlap
 * @nr_filter: entries in @filter
 */
struct pvm_smccc {
	u64 std_bmap, std_hyp_bmap, vendor_hyp_bmap;
	u32 psci_version;
	struct smccc_range *filter;
	unsigned int nr_filter;
};

#define COALESCED_ZONES_MAX	1000	/* as many as mainline's bus takes devices */

/**
 * struct pvm_coalesced - zones of coalesced MMIO (KVM API 4.116)
 * @lock: zones and writer's end of the ring
 * @zones: what the VMM registered, in order
 * @nr: entries in @zones
 */
struct pvm_coalesced {
	spinlock_t lock;	/* zones, nr, and the ring */
	struct kvm_coalesced_mmio_zone *zones;
	unsigned int nr;
};

/**
 * struct pvcpu_power - is the vCPU on, and where does it start
 * @lock: all of it; other vCPUs write it (CPU_ON, SYSTEM_OFF)
 * @mp_state: KVM_MP_STATE_RUNNABLE, _STOPPED, _SUSPENDED
 * @reset_pending: CPU_ON was called: the registers below are due before the next entry or register access
 * @reset_be: the caller of CPU_ON was big-endian
 * @reset_pc: entry point, guest address
 * @reset_x0: context id
 */
struct pvcpu_power {
	spinlock_t lock;	/* the rest */
	u32 mp_state;
	bool reset_pending;
	bool reset_be;
	u64 reset_pc, reset_x0;
};

/* On, as every vCPU is at nearly every entry: power_check() has nothing to do */
static inline bool power_is_on(const struct pvcpu_power *w)
{
	if (READ_ONCE(w->mp_state) != KVM_MP_STATE_RUNNABLE)
		return false;
	smp_rmb();	/* pairs with smp_wmb() in cpu_on() */
	return !READ_ONCE(w->reset_pending);
}

/**
 * struct pvcpu_mmio - access that the VMM has been asked for, finished at the next KVM_RUN
 * @pending: there is one
 * @write: a store: nothing to put into a register
 * @sign: sign-extend
 * @sf: the register is 64 bits wide
 * @len: bytes, 1 2 4 8
 * @rt: general-purpose register, 31 none
 */
struct pvcpu_mmio {
	bool pending;
	bool write, sign, sf;
	u8 len, rt;
};

/* KVM_CAP_HALT_POLL: the VM's longest time to poll, ns, if the VMM chose one */
struct pvm_haltpoll {
	u32 max_ns;
	bool chosen;
};

#define STEAL_INVALID	(~0ULL)

struct pvcpu_steal {
	u64 base;		/* IPA of the structure, or STEAL_INVALID */
	u64 last;		/* run delay at the last update, ns */
};

/* Statistics, each 64 bits, in the order of stats.c's descriptors: append only */
struct pvm_stats {
	atomic64_t remote_tlb_flush;	/* by any thread */
};

struct pvcpu_stats {
	u64 exits, hvc, wfi, wfe, mmio_user, mmio_kernel, signal, blocking_ns, halt_wakeup;
	u64 poll_successful, poll_attempted, poll_success_ns, poll_fail_ns;
};

void smccc_init(struct pvm *pvm);
void smccc_destroy(struct pvm *pvm);
void smccc_probe(void);			/* module init: what the firmware mitigates */
int smccc_call(struct pvcpu *v, bool smc);	/* EC 0x16, 0x17: resume convention */
/* Result registers of a call, x0 to x3 */
void smccc_return(struct pvcpu *v, u64 x0, u64 x1, u64 x2, u64 x3);
int smccc_set_filter(struct pvm *pvm, const struct kvm_smccc_filter __user *filter);
int trng_call(struct pvcpu *v, u32 fn);
int psci_call(struct pvcpu *v, u32 fn);		/* resume convention; result in x0 */
#define PSCI_NEWEST	0x00010001U	/* 1.1 */
u32 psci_version(const struct pvcpu *v);
bool psci_valid_version(const struct pvcpu *v, u64 version);

int power_get_mp_state(struct pvcpu *v, struct kvm_mp_state *s);
int power_set_mp_state(struct pvcpu *v, const struct kvm_mp_state *s);
void power_set(struct pvcpu *v, u32 mp_state);
int power_check(struct pvcpu *v);	/* before entry: blocks while off or suspended. resume convention */

int fwreg_count(struct pvcpu *v);
int fwreg_list(struct pvcpu *v, u64 __user **ids);	/* appends */
int fwreg_get(struct pvcpu *v, u64 id, u64 *val);	/* -ENOENT: not a firmware register */
int fwreg_set(struct pvcpu *v, u64 id, u64 val);
void fwreg_freeze(struct pvm *pvm, struct pvcpu *v);	/* first run: defaults become choices. vm->lock */

int mmio_abort(struct pvcpu *v, u64 ipa);	/* from mmu_abort: resume convention */
int mmio_finish(struct pvcpu *v);		/* at the next KVM_RUN */
void mmio_cancel(struct pvcpu *v);		/* the VMM answered with an abort, or the vCPU was reset */

void coalesced_init(struct pvm *pvm);
void coalesced_destroy(struct pvm *pvm);
int coalesced_zone(struct pvm *pvm, const struct kvm_coalesced_mmio_zone *z, bool add);	/* vm->lock */
bool coalesced_write(struct pvcpu *v, u64 ipa, const void *data, u32 len);

void steal_init(struct pvcpu *v);
int steal_attr(struct pvcpu *v, unsigned int cmd, struct kvm_device_attr *attr);	/* KVM_ARM_VCPU_PVTIME_CTRL */
void steal_update(struct pvcpu *v);
u64 steal_features(struct pvcpu *v, u32 fn);
u64 steal_call(struct pvcpu *v);
bool steal_supported(void);

int haltpoll_choose(struct pvm *pvm, u64 max_ns);
u64 haltpoll_wait(struct pvcpu *v, u64 start, u64 until);
void haltpoll_learn(struct pvcpu *v, u64 waited);
int haltpoll_export(struct pvm *pvm, struct keel_stream *s);
int haltpoll_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

ssize_t stats_read(struct keel_vm *vm, struct keel_vcpu *vcpu, char __user *buf, size_t len, loff_t *pos);

int services_export(struct pvm *pvm, struct keel_stream *s);
int services_import(struct pvm *pvm, const struct keel_record *rec);	/* -ENOENT: tag is not mine */

#endif
