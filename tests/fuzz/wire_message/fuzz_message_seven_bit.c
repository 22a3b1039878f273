/* A message made 7bit: no octet of a body is left above 0x7f, and a reader finds the same parts
 * with the same content.  The first octet of an input is the size of the pieces. */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/decode.h"
#include "wire/message/mime.h"
#include "wire/message/seven_bit.h"

static void scan(struct message_seven_bit *s, struct span in, size_t piece)
{
	message_seven_bit_init(s);
	for (; in.n; in = span_sub(in, piece, in.n))
		message_seven_bit_scan(s, span_sub(in, 0, piece));
	message_seven_bit_scanned(s);
}

static void convert(struct message_seven_bit *s, struct span in, size_t piece, struct buf *out)
{
	message_seven_bit_begin(s);
	for (; in.n; in = span_sub(in, piece, in.n))
		MUST(message_seven_bit_put(s, span_sub(in, 0, piece), out) == 0);
	MUST(message_seven_bit_end(s, out) == 0);
}

static bool is_leaf(const struct message_mime *m, size_t i)
{
	return i + 1 == m->n_parts || m->parts[i + 1].parent != (int)i;
}

/* Deeper or larger than one of the two reads; or read differently by design. */
static bool is_beyond(const struct message_mime *m)
{
	for (size_t i = 0; i < m->n_parts; i++)
		if (m->parts[i].depth > SEVEN_BIT_DEPTH_MAX ||
		    message_part_is(&m->parts[i], "message", "global"))
			return true;
	return m->n_parts > SEVEN_BIT_PARTS_MAX || m->faults & MESSAGE_MIME_HEADER;
}

static void compare(struct span a, const struct message_mime *ma, struct span b,
                    const struct message_mime *mb)
{
	MUST(ma->n_parts == mb->n_parts);
	for (size_t i = 0; i < ma->n_parts; i++) {
		struct span body_a = message_part_body(a, &ma->parts[i]);
		struct span body_b = message_part_body(b, &mb->parts[i]);
		AUTO_BUF da = BUF(2 * body_a.n + 2), db = BUF(2 * body_b.n + 2);

		MUST(ma->parts[i].parent == mb->parts[i].parent);
		MUST(span_eq_nocase(ma->parts[i].type, mb->parts[i].type));
		if (!is_leaf(ma, i))
			continue;
		MUST(utf8_is_ascii(body_b));
		MUST(message_decode(body_a, ma->parts[i].encoding, &da) == 0);
		MUST(message_decode(body_b, mb->parts[i].encoding, &db) == 0);
		MUST(span_eq(buf_span(&da), buf_span(&db)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message_seven_bit s, other;
	AUTO_ARENA arena = { 0 };
	AUTO_BUF out = BUF(64 * size + 4096), again = BUF(64 * size + 4096);
	struct message_mime before, after;
	struct span in;
	size_t piece;

	if (size < 2)
		return 0;
	piece = 1 + data[0];
	in = span_make(data + 1, size - 1);
	scan(&s, in, piece);
	scan(&other, in, SIZE_MAX);
	MUST(s.eight_bit == other.eight_bit && s.stuck == other.stuck);
	MUST(memcmp(s.plan, other.plan, sizeof s.plan) == 0);
	if (!s.eight_bit || s.stuck)
		return 0;
	convert(&s, in, piece, &out);
	convert(&other, in, SIZE_MAX, &again);
	MUST(span_eq(buf_span(&out), buf_span(&again)));
	MUST(message_mime_parse(in, &arena, &before) == 0);
	MUST(message_mime_parse(buf_span(&out), &arena, &after) == 0);
	if (!is_beyond(&before))
		compare(in, &before, buf_span(&out), &after);
	return 0;
}
