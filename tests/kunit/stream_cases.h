/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core/stream: every record of state.def goes round, and a reader takes nothing that was not written. Asked in user space
 * (tests/unit) and in a kernel, where its compiler, KASAN and UBSAN ask too: whoever includes this has TEST(),
 * CHECK() and CHECK_EQ(), and STREAM_TESTS() if it needs a list.
 */
#include "core/stream.h"

static u8 buffer[8192], first[8192];

static struct keel_stream fresh(void)
{
	return (struct keel_stream){ .buf = buffer, .size = sizeof(buffer) };
}

/* A value that differs for every byte of a record; padding of the struct does not travel and does not matter */
static void fill(void *p, size_t len)
{
	u8 *b = p;

	while (len--)
		*b++ = (u8)(0x11 + 7 * len);
}

/* The tag's number would be taken for the end of the stream */
#define SKIP_END(name)	do { if (KEEL_REC_##name == KEEL_REC_end) return; } while (0)

#define RECORD(number, name, ver, crit, doc, fields)						\
TEST(record_##name##_goes_round)								\
{												\
	struct keel_rec_##name in, out;								\
	struct keel_stream s = fresh();								\
	struct keel_record rec;									\
	const void *tail;									\
	u32 tail_len;										\
	size_t len;										\
												\
	SKIP_END(name);										\
	fill(&in, sizeof(in));									\
	CHECK_EQ(keel_stream_begin(&s), 0);							\
	CHECK_EQ(keel_put_##name(&s, &in, "tail", 4), 0);					\
	CHECK_EQ(keel_stream_end(&s), 0);							\
	len = s.pos;										\
	memcpy(first, buffer, len);								\
	s.size = len;										\
	CHECK_EQ(keel_stream_open(&s), 0);							\
	CHECK_EQ(keel_stream_next(&s, &rec), 1);						\
	CHECK_EQ(rec.tag, number);								\
	CHECK_EQ(rec.critical, crit);								\
	CHECK_EQ(keel_get_##name(&rec, &out, &tail, &tail_len), 0);				\
	CHECK_EQ(tail_len, 4);									\
	CHECK(!memcmp(tail, "tail", 4));							\
	CHECK_EQ(keel_get_##name(&rec, &out, NULL, NULL), -EINVAL);				\
	rec.version++;										\
	CHECK_EQ(keel_get_##name(&rec, &out, &tail, &tail_len), -EINVAL);			\
	CHECK_EQ(keel_stream_next(&s, &rec), 0);						\
	s = fresh();										\
	keel_stream_begin(&s);									\
	CHECK_EQ(keel_put_##name(&s, &out, "tail", 4), 0);					\
	keel_stream_end(&s);									\
	CHECK_EQ(s.pos, len);									\
	CHECK(!memcmp(first, buffer, len));							\
	CHECK(!strcmp(keel_record_name(number), #name));					\
}
#include "abi/state.def"
#undef RECORD

/* Two records and the end record, as a reader finds them */
static struct keel_stream sample(void)
{
	struct keel_rec_vcpu vcpu = { .idx = 3, .id = 7, .features = 5, .initialised = 1 };
	struct keel_stream s = fresh();

	keel_stream_begin(&s);
	keel_put_vcpu(&s, &vcpu, NULL, 0);
	keel_put_vcpu(&s, &vcpu, "some more", 9);
	keel_stream_end(&s);
	s.size = s.pos;
	return s;
}

static int read_all(struct keel_stream *s)
{
	struct keel_record rec;
	int r = keel_stream_open(s);

	if (r)
		return r;
	while ((r = keel_stream_next(s, &rec)) == 1)
		CHECK(rec.payload + rec.len <= s->buf + s->size);
	return r;
}

TEST(a_flipped_bit_is_found)
{
	struct keel_stream s = sample();
	size_t bit;

	CHECK_EQ(read_all(&s), 0);
	for (bit = 0; bit < s.size * 8; bit++) {
		buffer[bit / 8] ^= 1 << bit % 8;
		CHECK(read_all(&s) < 0);
		buffer[bit / 8] ^= 1 << bit % 8;
	}
}

TEST(a_truncated_stream_is_refused)
{
	struct keel_stream s = sample();
	size_t full = s.size;

	for (s.size = 0; s.size < full; s.size++)
		CHECK(read_all(&s) < 0);
}

TEST(a_lost_record_is_found)
{
	struct keel_stream s = sample();
	struct keel_record rec;
	size_t first, second;

	CHECK_EQ(keel_stream_open(&s), 0);
	first = s.pos;
	CHECK_EQ(keel_stream_next(&s, &rec), 1);
	second = s.pos;
	memmove(buffer + first, buffer + second, s.size - second);
	s.size -= second - first;
	CHECK_EQ(read_all(&s), -EBADMSG);
}

TEST(a_full_buffer_changes_nothing)
{
	struct keel_rec_vcpu vcpu = { .idx = 1 };
	struct keel_stream s = fresh();
	size_t room, need = KEEL_STREAM_HEADER + KEEL_RECORD_HEADER + 17;

	for (room = KEEL_STREAM_HEADER; room < need; room++) {
		s.size = room;
		CHECK_EQ(keel_stream_begin(&s), 0);
		CHECK_EQ(keel_put_vcpu(&s, &vcpu, NULL, 0), -ENOSPC);
		CHECK_EQ(s.pos, KEEL_STREAM_HEADER);
		CHECK_EQ(s.count, 0);
	}
	s.size = need;
	CHECK_EQ(keel_stream_begin(&s), 0);
	CHECK_EQ(keel_put_vcpu(&s, &vcpu, NULL, 0), 0);
	CHECK_EQ(keel_stream_end(&s), -ENOSPC);
}

TEST(an_unknown_record_is_handed_on_as_it_came)
{
	struct keel_record strange = { .tag = 0xfedc, .version = 9, .len = 5, .payload = (const u8 *)"odd\0x" };
	struct keel_stream s = fresh();
	struct keel_record rec;

	keel_stream_begin(&s);
	CHECK_EQ(keel_stream_copy(&s, &strange), 0);
	CHECK_EQ(keel_stream_end(&s), 0);
	s.size = s.pos;
	CHECK_EQ(keel_stream_open(&s), 0);
	CHECK_EQ(keel_stream_next(&s, &rec), 1);
	CHECK_EQ(rec.tag, 0xfedc);
	CHECK_EQ(rec.version, 9);
	CHECK(!rec.critical && rec.len == 5 && !memcmp(rec.payload, "odd\0x", 5));
	CHECK(!strcmp(keel_record_name(rec.tag), "unknown"));
}

#define STREAM_TESTS(X)				\
	X(a_flipped_bit_is_found)		\
	X(a_truncated_stream_is_refused)	\
	X(a_lost_record_is_found)		\
	X(a_full_buffer_changes_nothing)	\
	X(an_unknown_record_is_handed_on_as_it_came)
