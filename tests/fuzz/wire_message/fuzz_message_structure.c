/* Pieces give what the whole gives; mime.h finds the same parts; sections lie within the message; a
 * damaged record reads nothing out of bounds (RFC 9051 6.4.5.1, 7.5.2). */
#include "fuzz.h"

#include "wire/message/decode.h"
#include "wire/message/mime.h"
#include "wire/message/structure/cache.h"
#include "wire/message/structure/decoder.h"
#include "wire/message/structure/section.h"
#include "wire/message/structure/structure.h"
#include "wire/message/structure/walk.h"

static void walk(struct span in, unsigned seed, struct buf *record)
{
	struct message_walk *w = message_walk_new();

	for (size_t at = 0; at < in.n;) {
		size_t n = 1 + seed % 37;
		struct span piece = span_sub(in, at, n);
		char *copy = malloc(piece.n);

		memcpy(copy, piece.p, piece.n);
		MUST(message_walk_put(w, span_make(copy, piece.n)) == 0);
		free(copy);
		at += piece.n;
		seed = seed * 1103515245 + 12345;
	}
	MUST(message_walk_end(w, record) == 0);
	message_walk_free(w);
}

/* The two walks differ in their limits alone. */
static void check_mime(struct span in, struct span record)
{
	AUTO_ARENA mem = { 0 };
	struct message_mime mime;
	struct message_structure s;
	struct message_structure_part p;

	MUST(message_mime_parse(in, &mem, &mime) == 0);
	MUST(message_structure_begin(&s, record) == 0);
	if (s.flags & MESSAGE_STRUCTURE_CUT)
		return;
	MUST(s.n_parts == mime.n_parts);
	for (size_t i = 0; message_structure_next(&s, &p) > 0; i++) {
		const struct message_part *m = &mime.parts[i];

		MUST(m->depth == p.depth && m->header_at == p.header_at);
		MUST(m->body_at == p.body_at && m->body_n == p.body_n);
		MUST(m->encoding == p.encoding);
		MUST(span_eq_nocase(m->type, p.type) && span_eq_nocase(m->subtype, p.subtype));
	}
}

static void check_sections(struct span record, uint64_t size, bool made)
{
	AUTO_BUF out = BUF(64 << 20);
	struct message_range range;

	for (uint32_t a = 0; a < 4; a++)
		for (uint32_t b = 0; b < 4; b++)
			for (size_t n = 0; n < 3; n++)
				for (int what = 0; what < 4; what++) {
					uint32_t path[] = { a, b };
					int r = message_section_find(record, 7, path, n, what,
					                             &range, NULL);

					MUST(!made || r == 0 || r == 1);
					if (made && r > 0)
						MUST(range.at + range.n <= size + 7);
				}
	MUST(message_structure_print(&out, record, true, true) == 0 || !made);
	MUST(message_structure_print(&out, record, false, false) == 0 || !made);
}

/* What passes the check can be printed; what is made passes it. */
static void check_cache(struct span in)
{
	AUTO_BUF made = BUF(MESSAGE_CACHE_MADE_BYTES), out = BUF(64 << 20);
	struct message_cache c;
	struct message_envelope e;

	MUST(message_cache_make(in, &in, &made) == 0);
	MUST(message_cache_check(buf_span(&made)) == 0);
	if (message_cache_check(in) < 0)
		return;
	message_cache_get(in, &c);
	if (c.envelope.n)
		MUST(message_envelope_unpack(c.envelope, &e) == 0 &&
		     message_envelope_print(&out, &e, true) == 0);
	if (c.structure.n)
		MUST(message_structure_print(&out, c.structure, true, true) == 0);
}

static void check_decoder(struct span in, enum message_encoding e, unsigned seed)
{
	AUTO_BUF want = BUF(3 * in.n + 16), got = BUF(3 * in.n + 16);
	struct message_decoder d;

	MUST(message_decode(in, e, &want) == 0);
	message_decoder_begin(&d, e);
	for (size_t at = 0; at < in.n; at += 1 + seed % 5) {
		MUST(message_decoder_put(&d, span_sub(in, at, 1 + seed % 5), &got) == 0);
	}
	MUST(message_decoder_end(&d, &got) == 0);
	MUST(d.octets == got.n);
	/* But for white space past MESSAGE_DECODER_SPACE_MAX. */
	MUST(in.n > MESSAGE_DECODER_SPACE_MAX || span_eq(buf_span(&got), buf_span(&want)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF whole = BUF(4 << 20), pieces = BUF(4 << 20);
	struct span in = span_make(data, size);
	unsigned seed = size ? data[size - 1] : 0;

	MUST(message_structure_pack(in, SPAN(""), &whole) == 0);
	walk(in, seed, &pieces);
	MUST(span_eq(buf_span(&whole), buf_span(&pieces)));
	check_mime(in, buf_span(&whole));
	check_sections(buf_span(&whole), size, true);
	check_sections(in, size, false);
	check_cache(in);
	check_decoder(in, MESSAGE_ENCODING_QP, seed);
	check_decoder(in, MESSAGE_ENCODING_BASE64, seed);
	return 0;
}
