/* imapd/fetch_binary.c - BINARY[...], BINARY.SIZE[...]: a part without its transfer encoding.
 *
 * RFC 3516 4.2, 4.3; RFC 9051 6.4.5.  A part is decoded once to learn its size and whether it holds
 * NULs; one that is small is sent from there, a larger one is decoded again while it is sent.
 * BINARY[] is the message as it is: its header section would lie of a body that is decoded.
 */
#include "imapd/fetch.h"
#include "wire/message/structure/decoder.h"
#include "wire/message/structure/section.h"

enum { KEPT_BYTES_MAX = 256 << 10 };

struct decoding {
	struct imapd_message *m;
	struct message_range range;
	enum message_encoding encoding;
	struct message_decoder decoder;
	uint64_t at;    /* of the message, what is to be read next */
	struct buf out; /* decoded and not yet taken */
	bool done;
};

static void rewind_to_begin(struct decoding *d)
{
	message_decoder_begin(&d->decoder, d->encoding);
	d->at = d->range.at;
	d->done = false;
	buf_reset(&d->out);
}

/* Appends the next piece to d->out. */
static WAITS int decode(struct decoding *d)
{
	uint64_t end = d->range.at + d->range.n;
	struct span piece;

	if (d->at == end) {
		d->done = true;
		return message_decoder_end(&d->decoder, &d->out);
	}
	int r = imapd_message_read(d->m, d->at, end - d->at, &piece); /* WAITS */
	if (r >= 0 && !piece.n)
		r = err(ERR_CORRUPT, "a message is shorter than its size");
	if (r < 0)
		return r;
	d->at += piece.n;
	return message_decoder_put(&d->decoder, piece, &d->out);
}

struct measure {
	uint64_t n;
	bool nul, kept; /* kept: d->out has all of it */
};

static WAITS int measure(struct decoding *d, struct measure *out)
{
	struct measure got = { .kept = true };

	rewind_to_begin(d);
	while (!d->done) {
		size_t before = d->out.n;
		int r = decode(d); /* WAITS */
		if (r < 0)
			return r;
		got.nul |= span_find(span_sub(buf_span(&d->out), before, d->out.n), '\0') >= 0;
		got.n += d->out.n - before;
		got.kept &= d->done || d->out.n <= KEPT_BYTES_MAX;
		if (!got.kept)
			buf_reset(&d->out);
	}
	*out = got;
	return 0;
}

/* Octets first .. first + n - 1 of what is decoded, of which `at` are gone already. */
static struct span part_of(struct span piece, uint64_t at, struct message_range wanted)
{
	uint64_t end = wanted.at + wanted.n;
	size_t skip = wanted.at > at
	                      ? (wanted.at - at < piece.n ? (size_t)(wanted.at - at) : piece.n)
	                      : 0;
	size_t upto = end > at ? (end - at < piece.n ? (size_t)(end - at) : piece.n) : 0;

	return upto > skip ? span_sub(piece, skip, upto - skip) : SPAN("");
}

static WAITS int send_decoded(struct imapd_session *s, struct imapd_call *c, struct decoding *d,
                              struct message_range wanted, size_t *begun)
{
	uint64_t at = 0;
	int r = 0;

	rewind_to_begin(d);
	while (r >= 0 && at < wanted.at + wanted.n) {
		r = d->done ? err(ERR_CORRUPT, "a part is shorter than it was")
		            : decode(d); /* WAITS */
		if (r < 0)
			break;
		*begun = SIZE_MAX;
		r = imapd_put(s, c, part_of(buf_span(&d->out), at, wanted)); /* WAITS */
		at += d->out.n;
		buf_reset(&d->out);
	}
	return r;
}

static WAITS int put_decoded(struct imapd_session *s, struct imapd_call *c, struct decoding *d,
                             const struct imap_section *f, size_t *begun)
{
	struct measure all;
	int r = measure(d, &all); /* WAITS */

	if (r < 0)
		return r;
	imap_put_section(&c->out, f);
	if (f->kind == IMAP_SECTION_BINARY_SIZE)
		return buf_printf(&c->out, " %ju", (uintmax_t)all.n);
	struct message_range wanted = { 0, all.n };
	if (f->partial)
		wanted = message_range_partial(wanted, f->first, f->n_bytes);
	buf_putc(&c->out, ' ');
	imap_put_literal_head(&c->out, wanted.n, all.nul);
	return all.kept ? buf_put(&c->out, part_of(buf_span(&d->out), 0, wanted))
	                : send_decoded(s, c, d, wanted, begun); /* WAITS */
}

WAITS int imapd_put_binary(struct imapd_session *s, struct imapd_call *c, struct imapd_message *m,
                           const struct imap_section *f, size_t *begun)
{
	struct message_structure_part part = { .encoding = MESSAGE_ENCODING_BINARY };
	struct decoding d = { .m = m, .out = BUF(4 << 20) };
	struct span first;
	int r = imapd_message_know(m, true); /* WAITS */

	if (r >= 0)
		r = imapd_message_read(m, 0, 1, &first); /* WAITS */
	if (r >= 0)
		r = message_section_find(m->structure, m->prefix_n, f->part, f->n_part,
		                         MESSAGE_SECTION_WHOLE, &d.range, &part);
	if (r == 0) {
		imap_put_section(&c->out, f);
		return buf_puts(&c->out, f->kind == IMAP_SECTION_BINARY_SIZE ? " 0" : " NIL");
	}
	if (r > 0 && f->n_part && part.encoding == MESSAGE_ENCODING_UNKNOWN)
		return imapd_no(c, "UNKNOWN-CTE",
		                "That part's transfer encoding is not known here");
	if (r < 0)
		return r;
	d.encoding = f->n_part ? part.encoding : MESSAGE_ENCODING_BINARY;
	r = put_decoded(s, c, &d, f, begun); /* WAITS */
	buf_fini(&d.out);
	return r;
}
