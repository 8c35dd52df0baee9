/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record stream a VM travels in during a swap: writer, reader, and one encoder and decoder per record,
 * generated from abi/state.def. Fixed-width little-endian, no pointers; each record carries tag, version,
 * critical bit, length and a CRC-32C. The reader trusts nothing: lengths and sums are checked before use.
 */
#ifndef KEEL_CORE_STREAM_H
#define KEEL_CORE_STREAM_H

#include "core/port.h"

#define KEEL_STREAM_VERSION	1

struct keel_stream {
	u8 *buf;
	size_t size, pos;
};

struct keel_record {
	u32 tag;
	u16 version;
	bool critical;
	u32 len;
	const u8 *payload;
};

/*
 * RECORD(tag, name, version, critical, doc) in abi/state.def with FIELDS_name(F) listing F(type, field), and optionally a
 * variable tail after the fields, yields
 *   struct keel_rec_name { type field; ... };
 *   int keel_put_name(struct keel_stream *s, const struct keel_rec_name *r, const void *tail, u32 tail_len);   -ENOSPC
 *   int keel_get_name(const struct keel_record *rec, struct keel_rec_name *r, const void **tail, u32 *tail_len); -EINVAL
 * and KEEL_REC_name, the tag.
 */
int keel_stream_begin(struct keel_stream *s);				/* writer: stream header */
int keel_stream_end(struct keel_stream *s);				/* writer: end record */
int keel_stream_open(struct keel_stream *s);				/* reader: checks the header */
int keel_stream_next(struct keel_stream *s, struct keel_record *rec);	/* 1, 0 at the end, -EBADMSG */
int keel_stream_copy(struct keel_stream *s, const struct keel_record *rec);	/* writer: an unknown record, kept as it came */

#endif
