/* component/mail/reader.c - see reader.h. */
#include "component/mail/reader.h"

#include "wire/message/encode.h"

enum { LINE_RAW = MESSAGE_ENCODED_LINE / 4 * 3, LINE_ENCODED = MESSAGE_ENCODED_LINE + 2 };
enum { PIECE_BYTES = 64 << 10, ROOM_BYTES = 1 << 20 };

void mail_reader_init(struct mail_reader *r, const struct mail_made *made)
{
	*r = (struct mail_reader){ .made = made, .source = { .fd = -1 } };
}

void mail_reader_fini(struct mail_reader *r)
{
	source_end(&r->source);
}

bool mail_reader_is_at_end(const struct mail_reader *r)
{
	return r->offset == r->made->text.n && r->piece == r->made->n_pieces;
}

/* Whole lines of base64; none at the source's end. */
static int encode_some(struct mail_reader *r, size_t max, struct buf *room)
{
	AUTO_BUF raw = BUF(SIZE_MAX / 2);
	size_t lines = max / LINE_ENCODED, want = (lines ? lines : 1) * LINE_RAW;
	int n = buf_reserve(&raw, want);

	if (n >= 0)
		n = source_read(&r->source, raw.p, want);
	if (n < 0)
		return n;
	if ((size_t)n < want) { /* the end, and all is as it should be */
		source_end(&r->source);
		r->piece++;
	}
	return message_base64_put(room, span_make(raw.p, (size_t)n));
}

int mail_reader_next(struct mail_reader *r, size_t max, struct buf *room, struct span *out)
{
	const struct mail_made *made = r->made;

	*out = (struct span){ 0 };
	while (!out->n && !mail_reader_is_at_end(r)) {
		size_t until = made->text.n;
		int e = 0;

		if (r->piece < made->n_pieces)
			until = made->pieces[r->piece].at;
		if (r->offset < until) {
			size_t n = until - r->offset;

			*out = span_sub(made->text, r->offset, n < max ? n : max);
			r->offset += out->n;
			return 0;
		}
		if (!r->source.source)
			e = source_begin(made->pieces[r->piece].source, &r->source);
		buf_reset(room);
		if (e >= 0)
			e = encode_some(r, max, room);
		if (e < 0)
			return e;
		*out = buf_span(room);
	}
	return 0;
}

int mail_reader_size(const struct mail_made *mail, uint64_t *out)
{
	struct mail_reader reader;
	AUTO_BUF room = BUF(ROOM_BYTES);
	struct span piece;
	int r = 0;

	*out = mail->size;
	if (mail->size)
		return 0;
	mail_reader_init(&reader, mail);
	while (r >= 0 && !mail_reader_is_at_end(&reader)) {
		r = mail_reader_next(&reader, PIECE_BYTES, &room, &piece);
		if (r >= 0)
			*out += piece.n;
	}
	mail_reader_fini(&reader);
	return r;
}
