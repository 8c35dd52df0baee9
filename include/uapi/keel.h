/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ioctls on /dev/keel: what runs, and moving VMs between personalities.
 *
 * Every structure starts with the size its user knows. A newer kernel fills in what fits, an older one leaves
 * the rest zero; a larger structure whose unknown part is not zero is refused with E2BIG. Append, never change.
 */
#ifndef KEEL_UAPI_H
#define KEEL_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KEEL_IOC_MAGIC	0xe8
#define KEEL_NAME_LEN	16	/* personality name with its terminating 0 */

/**
 * struct keel_personality_info - a registered personality
 * @name: as in /dev/kvm-NAME
 * @version: free text
 * @flags: KEEL_PERSONALITY_*
 * @nr_vms: VMs it runs
 * @abi: nucleus ABI it needs, major << 16 | minor
 * @state_min: oldest version of the record stream it reads
 * @state_max: version of the record stream it writes
 */
struct keel_personality_info {
	char name[KEEL_NAME_LEN];
	char version[32];
	__u32 flags;
	__u32 nr_vms;
	__u32 abi;
	__u16 state_min, state_max;
};

#define KEEL_PERSONALITY_DEFAULT	(1 << 0)	/* new VMs of /dev/kvm are its own */

/**
 * struct keel_vm_info - a virtual machine
 * @serial: its number, never reused
 * @pid: process that created it, as seen by the first PID namespace
 * @personality: who runs it
 * @nr_vcpus: vCPUs
 * @ipa_bits: size of the guest's address space
 * @swaps: times it was moved
 * @blackout_ns: how long its gate was closed in the last swap or dry run
 * @stream_bytes: size of its records then
 * @supply: pages given to the nucleus for its stage-2 tables
 */
struct keel_vm_info {
	__u32 serial;
	__s32 pid;
	char personality[KEEL_NAME_LEN];
	__u32 nr_vcpus;
	__u32 ipa_bits;
	__u32 swaps;
	__u32 reserved;
	__u64 blackout_ns;
	__u64 stream_bytes;
	__u64 supply;
};

/**
 * struct keel_status - KEEL_IOC_STATUS
 * @size: in: sizeof(struct keel_status)
 * @abi: out: nucleus ABI, major << 16 | minor
 * @features: out: KEEL_FEAT_* of the nucleus: bit 0 nvhe, 1 protected, 2 vhe, 3 debug, 4 GICv3, 5 AArch32 EL1,
 *	6 holds registers, 7 SVE
 * @personalities: in: address of @personality_room elements of @personality_size bytes each; may be 0
 * @personality_size: in: sizeof(struct keel_personality_info)
 * @personality_room: in: elements there is room for; out: elements there are
 * @vms: as @personalities, for struct keel_vm_info
 * @vm_size: in: sizeof(struct keel_vm_info)
 * @vm_room: as @personality_room
 */
struct keel_status {
	__u32 size;
	__u32 abi;
	__u64 features;
	__u64 personalities;
	__u32 personality_size;
	__u32 personality_room;
	__u64 vms;
	__u32 vm_size;
	__u32 vm_room;
};

/* struct keel_swap.flags */
#define KEEL_SWAP_DRY_RUN	(1 << 0)	/* export and import, then drop: is it possible, how long would it take */
#define KEEL_SWAP_ALL		(1 << 1)	/* every VM, and the personality becomes the default */

/* struct keel_swap.step */
#define KEEL_STEP_NONE		0
#define KEEL_STEP_CLOSE		1
#define KEEL_STEP_DRAIN		2
#define KEEL_STEP_EXPORT	3
#define KEEL_STEP_IMPORT	4
#define KEEL_STEP_SWITCH	5
#define KEEL_STEP_RELEASE	6

/**
 * struct keel_swap - KEEL_IOC_SWAP
 * @size: in: sizeof(struct keel_swap)
 * @flags: in: KEEL_SWAP_*
 * @name: in: the incoming personality
 * @vm: in: serial of the VM, 0 with KEEL_SWAP_ALL
 * @moved: out: VMs that were moved (dry run: that could be)
 * @failed_vm: out: serial of the VM that failed, 0 none; those moved before it have been moved back
 * @step: out: KEEL_STEP_* that failed
 * @record: out: tag of the record that export wrote or import read last when it failed, 0 none
 * @reserved: 0
 * @blackout_ns: out: the longest time one of the VMs' gates was closed
 *
 * The ioctl returns the errno of what failed: ENOENT no such personality or VM, EOPNOTSUPP no common version of
 * the records, ETIMEDOUT operations did not unwind in time, anything from export or import.
 */
struct keel_swap {
	__u32 size;
	__u32 flags;
	char name[KEEL_NAME_LEN];
	__u32 vm;
	__u32 moved;
	__u32 failed_vm;
	__u32 step;
	__u32 record;
	__u32 reserved;
	__u64 blackout_ns;
};

#define KEEL_IOC_STATUS	_IOC(_IOC_READ | _IOC_WRITE, KEEL_IOC_MAGIC, 0, 0)
#define KEEL_IOC_SWAP	_IOC(_IOC_READ | _IOC_WRITE, KEEL_IOC_MAGIC, 1, 0)

#endif
