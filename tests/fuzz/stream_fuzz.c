// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing the record reader: any bytes are a stream until the reader says otherwise. What it hands out lies within
 * the buffer, and what it accepts is written again to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/stream.h"

static void again(struct keel_stream *out, const struct keel_record *rec)
{
	if (keel_stream_copy(out, rec))
		abort();
}

/* Every decoder looks at every record: wrong ones have to say so */
static void decode(const struct keel_record *rec)
{
	const void *tail;
	u32 len;

#define RECORD(number, name, ver, crit, doc, fields) {				\
	struct keel_rec_##name r;						\
	if (!keel_get_##name(rec, &r, &tail, &len) && len > rec->len)		\
		abort();							\
}
#include "abi/state.def"
#undef RECORD
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct keel_stream in = { .buf = malloc(size + 1), .size = size };
	struct keel_stream out = { .buf = malloc(size + 64), .size = size + 64 };
	struct keel_record rec;
	int r = -EBADMSG;

	memcpy(in.buf, data, size);
	keel_stream_begin(&out);
	if (!keel_stream_open(&in)) {
		while ((r = keel_stream_next(&in, &rec)) == 1) {
			if (rec.payload < in.buf || rec.payload + rec.len > in.buf + size)
				abort();
			decode(&rec);
			again(&out, &rec);
		}
	}
	if (!r && (keel_stream_end(&out) || memcmp(out.buf, in.buf, out.pos)))
		abort();
	free(in.buf);
	free(out.buf);
	return 0;
}
