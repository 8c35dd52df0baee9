/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic timer of a guest: timer.c has its registers, timerirq.c its interrupts.
 */
#ifndef KEEL_PERSONALITY_TIMER_H
#define KEEL_PERSONALITY_TIMER_H

#include <linux/hrtimer.h>
#include <linux/kvm.h>
#include <linux/types.h>

struct keel_stream;
struct keel_record;
struct pvm;
struct pvcpu;

/**
 * struct pvm_clock - beside pvm->cntvoff: the VM's counters and timers
 * @poff: CNTPCT_EL0 is the host's count less this, ticks; where it is not 0 reads of it trap
 * @fixed: KVM_ARM_SET_COUNTER_OFFSET was used: counts written by KVM_SET_ONE_REG are ignored
 * @vppi, @pppi: the guest's INTIDs of virtual and physical timer; vm->lock, fixed once a vCPU has run
 */
struct pvm_clock {
	u64 poff;
	bool fixed;
	u8 vppi, pppi;
};

/**
 * struct pvcpu_timer - the EL1 physical timer, which is emulated
 * @hr: fires at its deadline; armed while it is enabled, unmasked and has not expired
 * @look: its registers or the count were changed, or it has fired: see what that means before entry. Any context
 * @pline: level of its line, as last told to the interrupt controller
 */
struct pvcpu_timer {
	struct hrtimer hr;
	bool look;
	bool pline;
};

/* timer.c */
u64 timer_virtual_count(const struct pvm *pvm);
u64 timer_physical_count(const struct pvm *pvm);
/* CNTx_CTL_EL0 as a read returns it at count @now */
u64 timer_ctl_read(u64 ctl, u64 cval, u64 now);
/* CLOCK_MONOTONIC when a count that is @now is @count, at least now; 0 for a time that does not come */
u64 timer_count_to_ns(u64 now, u64 count);
/* KVM_ARM_SET_COUNTER_OFFSET (KVM API 4.138) */
int timer_set_offset(struct pvm *pvm, const struct kvm_arm_counter_offset *offset);

/* timerirq.c: life */
void timer_probe(void);			/* module init: what the host has */
bool timer_has_user_irq(void);		/* KVM_CAP_ARM_USER_IRQ (KVM API 8.7) */
void timer_vm_init(struct pvm *pvm);
void timer_vcpu_init(struct pvcpu *v);
void timer_vcpu_free(struct pvcpu *v);	/* nothing of the anchor's vCPU is touched */
/* vm->lock, before a vCPU of the VM runs for the first time: 0; -EINVAL: both timers have the same INTID */
int timer_first_run(const struct pvm *pvm);

/* A timer register or an offset was written by trap or ioctl: any thread */
static inline void timer_look(struct pvcpu_timer *t)
{
	WRITE_ONCE(t->look, true);
}

/* vCPU's thread, outside the guest. @gic: vgic_ready(). Resume convention; -EINTR: the VMM has to be told of a line first */
int timer_before_entry(struct pvcpu *v, bool gic);
/* As of now, before a wait: true: the VMM has to be told first */
bool timer_sample(struct pvcpu *v);
/* Until when a wait may last for the virtual timer's sake, CLOCK_MONOTONIC; 0: for ever */
u64 timer_deadline(const struct pvcpu *v);
/* KVM_RUN returns: run->s.regs.device_irq_level */
void timer_tell(struct pvcpu *v);

/* KVM_ARM_VCPU_TIMER_CTRL (Documentation/virt/kvm/devices/vcpu.rst) */
int timer_attr(struct pvcpu *v, unsigned int cmd, const struct kvm_device_attr *attr);

int timer_export(const struct pvm *pvm, struct keel_stream *s);
int timer_import(struct pvm *pvm, const struct keel_record *rec);	/* tag KEEL_REC_timers */

#endif
