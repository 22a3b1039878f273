/* imapd/fetch_section.c - BODY[...], RFC822, RFC822.HEADER, RFC822.TEXT.
 *
 * RFC 3501 and RFC 9051 6.4.5.
 */
#include "imapd/fetch.h"

#include "wire/message/structure/section.h"

static bool filters(const struct imap_section *f)
{
	return f->text == IMAP_SECTION_HEADER_FIELDS || f->text == IMAP_SECTION_HEADER_FIELDS_NOT;
}

static enum message_section which(const struct imap_section *f)
{
	switch (f->text) {
	case IMAP_SECTION_ALL: return MESSAGE_SECTION_WHOLE;
	case IMAP_SECTION_TEXT: return MESSAGE_SECTION_TEXT;
	case IMAP_SECTION_MIME: return MESSAGE_SECTION_MIME;
	default: return MESSAGE_SECTION_HEADER;
	}
}

/* The octets of a section; 0: there is none. */
static WAITS int find(struct imapd_message *m, const struct imap_section *f,
                      struct message_range *out)
{
	struct span piece;
	int r;

	if (f->n_part) {
		r = imapd_message_know(m, true); /* WAITS */
		return r < 0 ? r
		             : message_section_find(m->structure, m->prefix_n, f->part, f->n_part,
		                                    which(f), out, NULL);
	}
	r = imapd_message_read(m, 0, 1, &piece); /* WAITS */
	if (r < 0)
		return r;
	switch (which(f)) {
	case MESSAGE_SECTION_HEADER: *out = (struct message_range){ 0, m->header_bytes }; break;
	case MESSAGE_SECTION_TEXT:
		*out = (struct message_range){ m->header_bytes, m->size - m->header_bytes };
		break;
	default: *out = (struct message_range){ 0, m->size }; break;
	}
	return 1;
}

static WAITS int put_filtered(struct imapd_call *c, struct imapd_message *m,
                              const struct imap_section *f, struct message_range range)
{
	AUTO_BUF header = BUF(2 << 20);
	AUTO_BUF fields = BUF(2 << 20);
	struct span piece;
	int r = 0;

	for (uint64_t at = range.at; r >= 0 && at < range.at + range.n; at += piece.n) {
		r = imapd_message_read(m, at, range.at + range.n - at, &piece); /* WAITS */
		if (r >= 0 && !piece.n)
			return err(ERR_CORRUPT, "a message is shorter than its size");
		if (r >= 0)
			r = buf_put(&header, piece);
	}
	if (r >= 0)
		r = message_fields_filter(buf_span(&header), f->fields, f->n_fields,
		                          f->text == IMAP_SECTION_HEADER_FIELDS_NOT, &fields);
	if (r < 0)
		return r;
	struct span out = buf_span(&fields);
	if (f->partial)
		out = span_sub(out, f->first > out.n ? out.n : (size_t)f->first,
		               f->n_bytes > out.n ? out.n : (size_t)f->n_bytes);
	imap_put_literal_head(&c->out, out.n, false);
	return buf_put(&c->out, out);
}

static WAITS int put_range(struct imapd_session *s, struct imapd_call *c, struct imapd_message *m,
                           struct message_range range, size_t *begun)
{
	struct span piece = { 0 };
	int r = 0;

	if (range.n) /* before anything is promised */
		r = imapd_message_read(m, range.at, range.n, &piece); /* WAITS */
	if (r < 0)
		return r;
	imap_put_literal_head(&c->out, range.n, false);
	for (uint64_t at = range.at, end = at + range.n; at < end; at += piece.n) {
		r = imapd_message_read(m, at, end - at, &piece); /* WAITS */
		if (r >= 0 && !piece.n)
			r = err(ERR_CORRUPT, "a message is shorter than its size");
		if (r < 0)
			return r;
		*begun = SIZE_MAX;
		r = imapd_put(s, c, piece); /* WAITS */
		if (r < 0)
			return r;
	}
	return 0;
}

WAITS int imapd_put_section(struct imapd_session *s, struct imapd_call *c, struct imapd_message *m,
                            const struct imap_section *f, size_t *begun)
{
	struct message_range range;

	if (f->kind == IMAP_SECTION_BINARY || f->kind == IMAP_SECTION_BINARY_SIZE)
		return imapd_put_binary(s, c, m, f, begun); /* WAITS */
	int r = find(m, f, &range);                         /* WAITS */
	if (r < 0)
		return r;
	imap_put_section(&c->out, f);
	buf_putc(&c->out, ' ');
	if (r == 0)
		return buf_puts(&c->out, "NIL");
	if (filters(f))
		return put_filtered(c, m, f, range); /* WAITS */
	if (f->partial)
		range = message_range_partial(range, f->first, f->n_bytes);
	return put_range(s, c, m, range, begun); /* WAITS */
}
