/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record stream a VM travels in during a swap: writer, reader, and one encoder and decoder per record,
 * generated from abi/state.def. Fixed-width little-endian, no pointers; each record carries tag, version,
 * critical bit, length and a CRC-32C. The reader trusts nothing: lengths and sums are checked before use, and
 * a stream without its end record is a truncated one.
 */
#ifndef KEEL_CORE_STREAM_H
#define KEEL_CORE_STREAM_H

#include "core/port.h"

#define KEEL_STREAM_MAGIC	0x4c45454bU	/* "KEEL" */
#define KEEL_STREAM_VERSION	1
#define KEEL_STREAM_HEADER	8U		/* magic u32, version u32 */
#define KEEL_RECORD_HEADER	16U		/* tag u32, version u16, flags u16, len u32, crc u32 */
#define KEEL_RECORD_CRITICAL	1U

/**
 * struct keel_stream - a buffer being written or read
 * @buf: the bytes
 * @size: bytes at @buf: room for a writer, length of the stream for a reader
 * @pos: next byte
 * @count: records written or read so far, the end record not included
 */
struct keel_stream {
	u8 *buf;
	size_t size, pos;
	u32 count;
};

/**
 * struct keel_record - a record found by keel_stream_next(); @payload points into the stream
 */
struct keel_record {
	u32 tag;
	u16 version;
	bool critical;
	u32 len;
	const u8 *payload;
};

/* Tags */
enum keel_rec_tag {
#define RECORD(tag, name, version, critical, doc, fields) KEEL_REC_##name = (tag),
#include "abi/state.def"
#undef RECORD
};

/* struct keel_rec_NAME */
#define F(type, field) type field;
#define A(type, field, n) type field[n];
#define RECORD(tag, name, version, critical, doc, fields) struct keel_rec_##name { fields };
#include "abi/state.def"
#undef RECORD
#undef F
#undef A

/**
 * keel_put_NAME() - append a record
 * @s: stream being written
 * @r: its fields
 * @tail: bytes after the fields, or NULL
 * @tail_len: bytes at @tail
 *
 * Return: 0, or -ENOSPC: the stream is as before, a larger buffer is needed.
 *
 * keel_get_NAME() - decode a record
 * @rec: as found by keel_stream_next(), tag already matched
 * @r: where its fields go
 * @tail: where a pointer to the bytes after the fields goes; NULL: a tail is an error
 * @tail_len: where their number goes
 *
 * Return: 0, or -EINVAL: version or length is not the record's.
 */
#define RECORD(tag, name, version, critical, doc, fields)					\
int keel_put_##name(struct keel_stream *s, const struct keel_rec_##name *r,			\
		    const void *tail, u32 tail_len);						\
int keel_get_##name(const struct keel_record *rec, struct keel_rec_##name *r,			\
		    const void **tail, u32 *tail_len);
#include "abi/state.def"
#undef RECORD

/* Writer: 0 or -ENOSPC */
int keel_stream_begin(struct keel_stream *s);
int keel_stream_end(struct keel_stream *s);
/* Writer: a record that was not understood, handed on as it came */
int keel_stream_copy(struct keel_stream *s, const struct keel_record *rec);

/* Reader: 0, -EBADMSG (not a stream), -EPROTO (a version of it that is not spoken) */
int keel_stream_open(struct keel_stream *s);
/* Reader: 1 and the next record, 0 after the end record, -EBADMSG (truncated, corrupt, count wrong) */
int keel_stream_next(struct keel_stream *s, struct keel_record *rec);

/* Name of a tag for log lines; "unknown" if it is not in state.def */
const char *keel_record_name(u32 tag);

#endif
