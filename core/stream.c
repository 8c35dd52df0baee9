// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing and reading record streams. Owns the wire form; trusts no byte that it reads; never allocates
 * and never keeps a pointer beyond the caller's buffer.
 */
#include "core/stream.h"

/* CRC-32C (RFC 3720 appendix B.4), four bits a step: streams are a few KiB, a table of 1 KiB is not worth it */
static u32 crc32c(u32 crc, const u8 *p, size_t len)
{
	static const u32 nibble[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	while (len--) {
		crc ^= *p++;
		crc = (crc >> 4) ^ nibble[crc & 15];
		crc = (crc >> 4) ^ nibble[crc & 15];
	}
	return crc;
}

static void put_le(u8 **p, u64 val, size_t bytes)
{
	while (bytes--) {
		*(*p)++ = (u8)val;
		val >>= 8;
	}
}

static u64 get_le(const u8 **p, size_t bytes)
{
	u64 val = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		val |= (u64)*(*p)++ << (8 * i);
	return val;
}

/* The sum covers the header before it and the payload: a flipped tag or length shows as well */
static u32 record_crc(const u8 *header, const u8 *payload, u32 len)
{
	return ~crc32c(crc32c(~0U, header, KEEL_RECORD_HEADER - 4), payload, len);
}

/* Room for a record with @len bytes of payload, its header but the sum written; NULL: no room */
static u8 *record_open(struct keel_stream *s, u32 tag, u16 version, bool critical, u32 len)
{
	u8 *p;

	if (s->pos > s->size || s->size - s->pos < (size_t)KEEL_RECORD_HEADER + len)
		return NULL;
	p = s->buf + s->pos;
	put_le(&p, tag, 4);
	put_le(&p, version, 2);
	put_le(&p, critical ? KEEL_RECORD_CRITICAL : 0, 2);
	put_le(&p, len, 4);
	return s->buf + s->pos + KEEL_RECORD_HEADER;
}

/* The payload is complete: sum it and move on */
static void record_close(struct keel_stream *s, u32 len)
{
	u8 *header = s->buf + s->pos;
	u8 *sum = header + KEEL_RECORD_HEADER - 4;

	put_le(&sum, record_crc(header, header + KEEL_RECORD_HEADER, len), 4);
	s->pos += (size_t)KEEL_RECORD_HEADER + len;
	s->count++;
}

int keel_stream_begin(struct keel_stream *s)
{
	u8 *p = s->buf;

	if (s->size < KEEL_STREAM_HEADER)
		return -ENOSPC;
	put_le(&p, KEEL_STREAM_MAGIC, 4);
	put_le(&p, KEEL_STREAM_VERSION, 4);
	s->pos = KEEL_STREAM_HEADER;
	s->count = 0;
	return 0;
}

int keel_stream_end(struct keel_stream *s)
{
	struct keel_rec_end end = { .count = s->count };

	return keel_put_end(s, &end, NULL, 0);
}

int keel_stream_copy(struct keel_stream *s, const struct keel_record *rec)
{
	u8 *p = record_open(s, rec->tag, rec->version, rec->critical, rec->len);

	if (!p)
		return -ENOSPC;
	memcpy(p, rec->payload, rec->len);
	record_close(s, rec->len);
	return 0;
}

int keel_stream_open(struct keel_stream *s)
{
	const u8 *p = s->buf;

	if (s->size < KEEL_STREAM_HEADER || get_le(&p, 4) != KEEL_STREAM_MAGIC)
		return -EBADMSG;
	if (get_le(&p, 4) != KEEL_STREAM_VERSION)
		return -EPROTO;
	s->pos = KEEL_STREAM_HEADER;
	s->count = 0;
	return 0;
}

static int record_end(const struct keel_stream *s, const struct keel_record *rec)
{
	struct keel_rec_end end;

	if (keel_get_end(rec, &end, NULL, NULL) || end.count != s->count)
		return -EBADMSG;
	return 0;
}

int keel_stream_next(struct keel_stream *s, struct keel_record *rec)
{
	const u8 *header = s->buf + s->pos, *p = header;
	u16 flags;

	if (s->pos > s->size || s->size - s->pos < KEEL_RECORD_HEADER)
		return -EBADMSG;
	rec->tag = (u32)get_le(&p, 4);
	rec->version = (u16)get_le(&p, 2);
	flags = (u16)get_le(&p, 2);
	rec->len = (u32)get_le(&p, 4);
	rec->critical = flags & KEEL_RECORD_CRITICAL;
	rec->payload = header + KEEL_RECORD_HEADER;
	if (s->size - s->pos - KEEL_RECORD_HEADER < rec->len || (flags & ~KEEL_RECORD_CRITICAL))
		return -EBADMSG;
	if (get_le(&p, 4) != record_crc(header, rec->payload, rec->len))
		return -EBADMSG;
	if (rec->tag == KEEL_REC_end)
		return record_end(s, rec);
	s->pos += (size_t)KEEL_RECORD_HEADER + rec->len;
	s->count++;
	return 1;
}

const char *keel_record_name(u32 tag)
{
	switch (tag) {
#define RECORD(tag, name, version, critical, doc, fields) case tag: return #name;
#include "abi/state.def"
#undef RECORD
	default:
		return "unknown";
	}
}

/* Bytes of a record's fields on the wire */
#define F(type, field) + sizeof(type)
#define A(type, field, n) + sizeof(type) * (n)
#define RECORD(tag, name, version, critical, doc, fields) enum { WIRE_##name = 0 fields };
#include "abi/state.def"
#undef RECORD
#undef F
#undef A

#define F(type, field) put_le(&p, r->field, sizeof(type));
#define A(type, field, n)				\
	for (i = 0; i < (n); i++)			\
		put_le(&p, r->field[i], sizeof(type));
#define RECORD(tag, name, version, critical, doc, fields)					\
int keel_put_##name(struct keel_stream *s, const struct keel_rec_##name *r,			\
		    const void *tail, u32 tail_len)						\
{												\
	u8 *p = tail_len > U32_MAX - WIRE_##name ? NULL :					\
		record_open(s, tag, version, critical, WIRE_##name + tail_len);			\
	size_t i;										\
												\
	(void)i;										\
	if (!p)											\
		return -ENOSPC;									\
	fields											\
	if (tail_len)										\
		memcpy(p, tail, tail_len);							\
	record_close(s, WIRE_##name + tail_len);						\
	return 0;										\
}
#include "abi/state.def"
#undef RECORD
#undef F
#undef A

#define F(type, field) r->field = (type)get_le(&p, sizeof(type));
#define A(type, field, n)				\
	for (i = 0; i < (n); i++)			\
		r->field[i] = (type)get_le(&p, sizeof(type));
#define RECORD(tag, name, ver, critical, doc, fields)						\
int keel_get_##name(const struct keel_record *rec, struct keel_rec_##name *r,			\
		    const void **tail, u32 *tail_len)						\
{												\
	const u8 *p = rec->payload;								\
	size_t i;										\
												\
	(void)i;										\
	if (rec->version != (ver) || rec->len < WIRE_##name ||					\
	    (!tail && rec->len != WIRE_##name))							\
		return -EINVAL;									\
	fields											\
	if (tail) {										\
		*tail = p;									\
		*tail_len = rec->len - WIRE_##name;						\
	}											\
	return 0;										\
}
#include "abi/state.def"
#undef RECORD
#undef F
#undef A
