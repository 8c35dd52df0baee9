/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Interrupt Translation Service's formats, as pure functions (GIC architecture specification, IHI 0069, chapters 5
 * and 12.19): commands, GITS_* registers, and the tables that a VMM saves into guest memory (revision 0 of the kernel's
 * Documentation/virt/kvm/devices/arm-vgic-its.rst). All numbers that come in are a guest's: nothing is assumed of them.
 */
#ifndef KEEL_CORE_ITS_H
#define KEEL_CORE_ITS_H

#include "core/port.h"

#define KEEL_ITS_FRAME		0x20000U	/* control and translation pages, bytes */
#define KEEL_ITS_ID_BITS	16U		/* of EventIDs, DeviceIDs and ICIDs */
#define KEEL_ITS_ENTRY		8U		/* bytes of every table entry */
#define KEEL_ITS_COMMAND	32U		/* bytes */
#define KEEL_ITS_UNMAPPED	0xffffffffU	/* RDbase of a collection that is known and not mapped */

/* Registers, by offset in the control frame (IHI 0069, 12.18) */
#define KEEL_GITS_CTLR		0x0000U
#define KEEL_GITS_IIDR		0x0004U
#define KEEL_GITS_TYPER		0x0008U
#define KEEL_GITS_CBASER	0x0080U
#define KEEL_GITS_CWRITER	0x0088U
#define KEEL_GITS_CREADR	0x0090U
#define KEEL_GITS_BASER		0x0100U		/* 8 of them */
#define KEEL_GITS_BASER_END	0x0140U
#define KEEL_GITS_ID		0xffd0U		/* to the end of the page */
#define KEEL_GITS_ID_END	0x10000U

#define KEEL_GITS_CTLR_ENABLED	BIT(0)
#define KEEL_GITS_CTLR_QUIET	BIT(31)
/* Physical LPIs; 8 byte entries; 16 bits of EventID and DeviceID; RDbase is a processor number */
#define KEEL_GITS_TYPER_VALUE	(BIT_ULL(0) | (KEEL_ITS_ENTRY - 1) << 4 | (KEEL_ITS_ID_BITS - 1) << 8 | \
				 (KEEL_ITS_ID_BITS - 1) << 13)
/* As the built-in KVM says, so that a VM can move there and back; the revision, bits 15 to 12, is the table format's */
#define KEEL_GITS_IIDR_VALUE	0x4b00043bU
#define KEEL_GITS_IIDR_REV(v)	((v) >> 12 & 0xf)
#define KEEL_GITS_VALID		BIT_ULL(63)	/* of GITS_CBASER and GITS_BASER<n> */
#define KEEL_GITS_BASER_INDIRECT BIT_ULL(62)

/* What GITS_BASER<n> points to */
enum keel_its_table { KEEL_ITS_DEVICES, KEEL_ITS_COLLECTIONS, KEEL_ITS_TABLES };

enum keel_its_op {
	KEEL_ITS_MOVI = 0x01, KEEL_ITS_INT = 0x03, KEEL_ITS_CLEAR = 0x04, KEEL_ITS_SYNC = 0x05, KEEL_ITS_MAPD = 0x08,
	KEEL_ITS_MAPC = 0x09, KEEL_ITS_MAPTI = 0x0a, KEEL_ITS_MAPI = 0x0b, KEEL_ITS_INV = 0x0c, KEEL_ITS_INVALL = 0x0d,
	KEEL_ITS_MOVALL = 0x0e, KEEL_ITS_DISCARD = 0x0f,
};

/**
 * struct keel_its_cmd - a command, every field as if the command had it
 * @op: enum keel_its_op, or what else the guest wrote
 * @valid: V
 * @device: DeviceID, all 32 bits
 * @event: EventID, all 32 bits
 * @intid: pINTID; for MAPI the EventID
 * @icid: collection
 * @rdbase: of MAPC, and the first of MOVALL
 * @rdbase2: the second of MOVALL
 * @itt: address of the interrupt translation table, bytes
 * @bits: EventID bits of a device, 1 to 32
 */
struct keel_its_cmd {
	u8 op, bits;
	bool valid;
	u16 icid;
	u32 device, event, intid, rdbase, rdbase2;
	u64 itt;
};

/* @w: 4 words of the command queue */
void keel_its_decode(const u64 *w, struct keel_its_cmd *c);

/* Command queue: its address and size in bytes by GITS_CBASER, and a position in it by GITS_CREADR or GITS_CWRITER */
u64 keel_its_queue(u64 cbaser);
u32 keel_its_queue_size(u64 cbaser);
u32 keel_its_position(u64 reg);

/* The value that a register has after @val was written: what is fixed or cannot be had replaced */
u64 keel_its_baser(enum keel_its_table table, u64 val);
u64 keel_its_cbaser(u64 val);
/* GITS_* identification registers, @offset from KEEL_GITS_ID on */
u32 keel_its_id_reg(u32 offset);

/**
 * keel_its_locate() - where a table has the entry of an ID
 * @baser: GITS_BASER<n>
 * @id: DeviceID or place in the collection table
 * @addr: out: guest address of the entry, or with KEEL_GITS_BASER_INDIRECT of the first level's
 *
 * Return: 0; -ERANGE: the table is too small for it, or the table is not valid.
 */
int keel_its_locate(u64 baser, u32 id, u64 *addr);
/* Second level: @l1 is the first level's entry. -ERANGE: there is no second level */
int keel_its_locate_l2(u64 l1, u32 id, u64 *addr);
/* Bytes of the (first level's) table, and where it is */
u64 keel_its_table_size(u64 baser);
u64 keel_its_table_addr(u64 baser);
/* IDs that one page of the second level has */
#define KEEL_ITS_L2_IDS		(0x10000U / KEEL_ITS_ENTRY)

/* Device table entry. @next: distance to the next device, 0 none */
struct keel_its_dte {
	bool valid;
	u8 bits;	/* of EventIDs */
	u32 next;
	u64 itt;
};

/* Interrupt translation entry; intid 0: none */
struct keel_its_ite {
	u32 next, intid;
	u16 icid;
};

/* Collection table entry */
struct keel_its_cte {
	bool valid;
	u32 rdbase;
	u16 icid;
};

/* @next is cut to what an entry can say: whoever reads scans on from there */
u64 keel_its_put_dte(const struct keel_its_dte *e);
u64 keel_its_put_ite(const struct keel_its_ite *e);
u64 keel_its_put_cte(const struct keel_its_cte *e);
void keel_its_get_dte(u64 entry, struct keel_its_dte *e);
void keel_its_get_ite(u64 entry, struct keel_its_ite *e);
void keel_its_get_cte(u64 entry, struct keel_its_cte *e);

#endif
