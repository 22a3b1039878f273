/* A segment's octets: raw, and a valid log that is damaged at one octet.
 *
 * Input: mode, damage position (u16), then octets.  Mode 0 reads the octets as they are; else
 * each piece of them (its length in its first octet) becomes a record, and the one octet is
 * changed.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "store/journal/segment.h"

enum { NUMBER = 3, FIRST = SEGMENT_HEADER_BYTES, MEMORY_MAX = 1 << 20, RECORDS_MAX = 256 };

/* Records that are read until the log ends; *end is that offset. */
static size_t read_log(struct span log, uint64_t *end)
{
	size_t n = 0, at = 0, octets, need;
	for (;;) {
		struct span window = span_sub(log, at, SIZE_MAX);
		int r = segment_group_get(window, NUMBER, FIRST + at, FIRST + log.n, &octets,
		                          &need);
		MUST(r == 0 || r == 1 || r == ERR_AGAIN);
		MUST(r != ERR_AGAIN || need > window.n);
		if (r != 1)
			break;
		MUST(octets <= window.n && octets % SEGMENT_ALIGN == 0);
		for (size_t used = 0; used < octets; n++) {
			struct segment_record record;
			struct span one = span_sub(window, used, SIZE_MAX);
			MUST(segment_record_get(one, NUMBER, FIRST + at + used, FIRST + log.n,
			                        &record, &need) == 1);
			MUST(record.payload.n < record.octets);
			used += record.octets;
		}
		at += octets;
	}
	*end = at;
	return n;
}

static void put(struct buf *log, struct span piece, bool more)
{
	static const char zeros[SEGMENT_ALIGN];
	char header[SEGMENT_RECORD_HEADER_BYTES];
	segment_record_frame(header, SEGMENT_CHANGE, more ? SEGMENT_MORE : 0, piece.n);
	segment_record_seal(header, NUMBER, FIRST + log->n, piece, NULL, 0);
	buf_put(log, span_make(header, sizeof header));
	buf_put(log, piece);
	buf_put(log, span_make(zeros, segment_record_octets(piece.n) - sizeof header - piece.n));
}

/* The log of a single-record group each: what lies before the damage is read, and no more. */
static void damaged(struct span in, size_t where)
{
	AUTO_BUF log = BUF(MEMORY_MAX);
	size_t ends[RECORDS_MAX], n = 0;
	while (in.n && n < RECORDS_MAX) {
		size_t length = (unsigned char)in.p[0];
		struct span piece = span_sub(in, 1, length);
		put(&log, piece, false);
		ends[n++] = log.n;
		in = span_sub(in, 1 + piece.n, SIZE_MAX);
	}
	uint64_t end;
	MUST(log.err == 0);
	MUST(read_log(buf_span(&log), &end) == n && end == log.n);
	if (!log.n)
		return;
	where %= log.n;
	log.p[where] ^= 0x40;
	size_t intact = 0;
	while (ends[intact] <= where)
		intact++;
	size_t got = read_log(buf_span(&log), &end);
	size_t begin = intact ? ends[intact - 1] : 0;
	bool padding = got == n; /* it is not covered, and says nothing */
	MUST(padding || (got == intact && end == begin));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	uint64_t number, bytes, end;
	if (segment_header_get(in, &number, &bytes) == 0)
		MUST(size >= SEGMENT_HEADER_BYTES);
	if (size < 3)
		return 0;
	struct span rest = span_sub(in, 3, SIZE_MAX);
	if (data[0] == 0)
		read_log(rest, &end);
	else
		damaged(rest, (size_t)(data[1] | data[2] << 8));
	return 0;
}
