/* segment: the octets of FORMAT.md; what does not check is the end of the log. */
#include "store/journal/segment.h"

#include <stdlib.h>

#include "base/buf.h"
#include "store/journal/journal.h"
#include "test.h"

enum { NUMBER = 7, SIZE = 4096 };

/* A record at the end of *b, whose first octet stands at offset `base`. */
static void put(struct buf *b, uint64_t number, uint64_t base, uint8_t flags, struct span payload)
{
	char header[SEGMENT_RECORD_HEADER_BYTES];
	static const char zeros[SEGMENT_ALIGN];
	segment_record_frame(header, SEGMENT_CHANGE, flags, payload.n);
	struct span back = span_sub(payload, payload.n / 2, payload.n);
	segment_record_seal(header, number, base + b->n, span_sub(payload, 0, payload.n / 2), &back,
	                    1);
	size_t pad = segment_record_octets(payload.n) - sizeof header - payload.n;
	buf_put(b, span_make(header, sizeof header));
	buf_put(b, payload);
	buf_put(b, span_make(zeros, pad));
}

TEST(header_says_number_and_size)
{
	char h[SEGMENT_HEADER_BYTES];
	uint64_t number, size;
	segment_header_put(NUMBER, SIZE, h);
	CHECK_INT(segment_header_get(exact(span_make(h, sizeof h)), &number, &size), 0);
	CHECK_INT(number, NUMBER);
	CHECK_INT(size, SIZE);
	CHECK_INT(segment_header_get(exact(span_make(h, sizeof h - 1)), &number, &size),
	          ERR_CORRUPT);
	for (size_t i = 0; i < sizeof h; i++) {
		h[i] ^= 1;
		CHECK(segment_header_get(exact(span_make(h, sizeof h)), &number, &size) < 0);
		h[i] ^= 1;
	}
}

/* FORMAT.md's example: a header, and the OPEN record behind it. */
TEST(octets_are_as_FORMAT_md_shows_them)
{
	static const char want[] = "\x50\x52\x6a\x6f\x75\x72\x6e\x6c\x02\0\0\0\0\0\0\0"
	                           "\x01\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0"
	                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	                           "\0\0\0\0\0\0\0\0\0\0\0\0\x46\x6d\xdd\xe8"
	                           "\x29\0\0\0\xd6\xf3\xe3\xc8\x01\0\0\0\0\0\0\0"
	                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	                           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	                           "\x7d\x4d\x34\x0a\xa2\x01\0\0\0\0\0\0\0\0\0";
	enum { ONE = 1, SIZE_64M = 64 << 20, PAYLOAD = 41 };
	struct journal_open_record open = { .time_ms = 1795467529597 };
	char got[sizeof want] = { 0 };
	AUTO_BUF payload = BUF(100);
	CHECK_INT(journal_open_record_pack(&open, &payload), 0);
	CHECK_INT(payload.n, PAYLOAD);
	segment_header_put(ONE, SIZE_64M, got);
	char *record = got + SEGMENT_HEADER_BYTES;
	segment_record_frame(record, SEGMENT_OPEN, 0, payload.n);
	segment_record_seal(record, ONE, SEGMENT_HEADER_BYTES, buf_span(&payload), NULL, 0);
	memcpy(record + SEGMENT_RECORD_HEADER_BYTES, payload.p, payload.n);
	CHECK_SPAN(span_make(got, sizeof got), span_make(want, sizeof want));
}

TEST(records_are_read_back)
{
	static const struct {
		struct span payload;
		size_t octets;
	} t[] = {
		{ { 0 }, 16 },
		{ SPAN("1"), 24 },
		{ SPAN("12345678"), 24 },
		{ SPAN("123456789"), 32 },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(SIZE);
		struct segment_record got;
		size_t need;
		put(&b, NUMBER, 64, 0, t[row].payload);
		CHECK_INT(b.n, t[row].octets);
		CHECK_INT(segment_record_get(exact(buf_span(&b)), NUMBER, 64, SIZE, &got, &need),
		          1);
		CHECK_SPAN(got.payload, t[row].payload);
		CHECK_INT(got.octets, t[row].octets);
		CHECK_INT(got.kind, SEGMENT_CHANGE);
		CHECK_INT(got.offset, 64);
	}
}

/* Recycled segments hold old records: another number or place makes them invalid. */
TEST(a_record_is_valid_in_its_place_only)
{
	static const struct {
		uint64_t number, offset, size;
		int want;
	} t[] = {
		{ NUMBER, 64, SIZE, 1 },       { NUMBER + 1, 64, SIZE, 0 },
		{ NUMBER, 72, SIZE, 0 },       { NUMBER, 64, 64 + 24, 1 },
		{ NUMBER, 64, 64 + 23, 0 },    { NUMBER, 64, 64 + 15, 0 },
		{ NUMBER, SIZE + 1, SIZE, 0 },
	};
	AUTO_BUF b = BUF(SIZE);
	put(&b, NUMBER, 64, 0, SPAN("payload"));
	EACH_ROW(t) {
		struct segment_record got;
		size_t need;
		CHECK_INT(segment_record_get(exact(buf_span(&b)), t[row].number, t[row].offset,
		                             t[row].size, &got, &need),
		          t[row].want);
	}
}

TEST(any_changed_bit_ends_the_log)
{
	AUTO_BUF b = BUF(SIZE);
	struct segment_record got;
	size_t need;
	put(&b, NUMBER, 64, 0, SPAN("12345678"));
	for (size_t bit = 0; bit < 8 * b.n; bit++) {
		b.p[bit / 8] ^= (char)(1 << bit % 8);
		int r = segment_record_get(exact(buf_span(&b)), NUMBER, 64, SIZE, &got, &need);
		CHECK(r == 0 || (r == ERR_AGAIN && need > b.n));
		b.p[bit / 8] ^= (char)(1 << bit % 8);
	}
}

TEST(a_short_window_asks_for_what_it_needs)
{
	AUTO_BUF b = BUF(SIZE);
	struct segment_record got;
	put(&b, NUMBER, 64, 0, SPAN("123456789"));
	for (size_t n = 0; n < b.n; n++) {
		size_t need = 0;
		struct span window = exact(span_sub(buf_span(&b), 0, n));
		CHECK_INT(segment_record_get(window, NUMBER, 64, SIZE, &got, &need), ERR_AGAIN);
		CHECK_INT(need, n < 16 ? 16 : 32);
	}
}

TEST(a_group_counts_whole)
{
	AUTO_BUF b = BUF(SIZE);
	size_t octets, need;
	put(&b, NUMBER, 64, SEGMENT_MORE, SPAN("one"));
	put(&b, NUMBER, 64, SEGMENT_MORE, SPAN("two"));
	size_t before = b.n;
	put(&b, NUMBER, 64, 0, SPAN("three"));
	CHECK_INT(segment_group_get(exact(buf_span(&b)), NUMBER, 64, SIZE, &octets, &need), 1);
	CHECK_INT(octets, b.n);
	b.p[before + 4] ^= 1;
	CHECK_INT(segment_group_get(exact(buf_span(&b)), NUMBER, 64, SIZE, &octets, &need), 0);
	for (size_t n = 0; n < before; n++) {
		struct span window = exact(span_sub(buf_span(&b), 0, n));
		CHECK_INT(segment_group_get(window, NUMBER, 64, SIZE, &octets, &need), ERR_AGAIN);
		CHECK(need > n);
	}
}
