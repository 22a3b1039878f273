/* wire/message/write/compose.c - see compose.h.  RFC 5322 3.6, RFC 2046 5.1, RFC 2183. */
#include "wire/message/write/compose.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "wire/message/address.h"
#include "wire/message/write/field.h"
#include "wire/message/write/filetype.h"
#include "wire/message/header.h"
#include "wire/message/write/html.h"
#include "wire/message/write/leaf.h"
#include "wire/message/param.h"

enum {
	ADDRESS_BYTES_MAX = 400,    /* RFC 5321 4.5.3.1 permits 320 */
	FILE_NAME_BYTES_MAX = 1000, /* file systems permit 255      */
	FIELD_NAME_MAX = 76,
	CONTENT_ID_MAX = 200,
	MESSAGE_ID_MAX = MESSAGE_LINE_MAX - 3, /* a space stands before it, brackets around it */
	FALLBACK_BYTES_MAX = 60,               /* of the plain name beside one of RFC 2231 */
};

/* The pieces that are encoded, made once. */
struct content {
	const struct message_draft *draft;
	struct span text, html; /* CRLF line ends, the last one too */
	bool has_html;
	size_t n_shown; /* attachments that the html shows */
};

/* RFC 5322 3.4.1, the whole span being one addr-spec; prints its simplest form. */
static int put_person(struct message_field_writer *w, const struct message_person *p,
                      struct message_composed *made)
{
	AUTO_BUF address = BUF(ADDRESS_BYTES_MAX);
	struct message_mailbox m;
	int r = message_field_check(p->address, "an address");

	if (r < 0)
		return r;
	if (message_mailbox_parse(p->address, &m) < 0 || m.name.p || m.local.p != p->address.p ||
	    m.whole.n != p->address.n)
		return err(ERR_SYNTAX, "an address is not of the form local@domain");
	if (message_address_put(&address, &m) < 0)
		return err(ERR_SYNTAX, "an address is over %d octets", ADDRESS_BYTES_MAX);
	made->smtputf8_needed = made->smtputf8_needed || m.utf8;
	message_field_mailbox(w, p->name, buf_span(&address));
	return w->err;
}

static int put_people(struct buf *out, struct span name, const struct message_person *people,
                      size_t n, struct message_composed *made)
{
	struct message_field_writer w;
	int r = 0;

	if (!n)
		return 0;
	if (n > MESSAGE_ADDRESSES_MAX)
		return err(ERR_LIMIT, "more than %d addresses", MESSAGE_ADDRESSES_MAX);
	message_field_begin(&w, out, name);
	for (size_t i = 0; i < n && r == 0; i++)
		r = put_person(&w, &people[i], made);
	return r < 0 ? r : message_field_end(&w);
}

static struct span without_brackets(struct span id)
{
	bool has = id.n > 2 && id.p[0] == '<' && id.p[id.n - 1] == '>';

	return has ? span_sub(id, 1, id.n - 2) : id;
}

int message_id_check(struct span id, bool ours)
{
	ptrdiff_t at;

	id = without_brackets(id);
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] <= ' ' || id.p[i] >= 0x7f || strchr("<>()\\,;\"", id.p[i]))
			return err(ERR_SYNTAX, "a message id holds a character it must not");
	at = span_find(id, '@');
	if (!id.n || (ours && (at <= 0 || (size_t)at == id.n - 1 || at != span_find_last(id, '@'))))
		return err(ERR_SYNTAX, "a message id is not of the form id@host");
	if (id.n > MESSAGE_ID_MAX)
		return err(ERR_SYNTAX, "a message id is over %d octets", MESSAGE_ID_MAX);
	return 0;
}

/* RFC 5322 3.6.4; brackets are put, however the id came. */
static int put_id(struct message_field_writer *w, struct span id, bool ours)
{
	AUTO_BUF whole = BUF(MESSAGE_ID_MAX + 2);
	int r;

	r = message_id_check(id, ours);
	if (r < 0)
		return r;
	id = without_brackets(id);
	buf_putc(&whole, '<');
	buf_put(&whole, id);
	buf_putc(&whole, '>');
	message_field_token(w, buf_span(&whole));
	return w->err;
}

static int put_ids(struct buf *out, struct span name, struct span ids, bool ours)
{
	struct message_field_writer w;
	int r = 0;

	ids = span_trim(ids);
	if (!ids.n && !ours)
		return 0;
	message_field_begin(&w, out, name);
	do {
		struct span id = ids;

		for (id.n = 0; id.n < ids.n && id.p[id.n] != ' ' && id.p[id.n] != '\t';)
			id.n++;
		r = put_id(&w, id, ours);
		ids = span_trim_left(span_sub(ids, id.n, ids.n));
	} while (r == 0 && ids.n);
	return r < 0 ? r : message_field_end(&w);
}

static int put_subject(struct buf *out, struct span subject)
{
	struct message_field_writer w;
	int r = message_field_check(subject, "the subject");

	if (r < 0)
		return r;
	message_field_begin(&w, out, SPAN("Subject"));
	message_field_text(&w, subject);
	return message_field_end(&w);
}

/* RFC 5322 2.2, 3.6.8. */
int message_extra_name_check(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || name.p[i] == ':')
			return err(ERR_SYNTAX,
			           "the name of a header field holds a character it must not");
	if (!name.n || name.n > FIELD_NAME_MAX)
		return err(ERR_SYNTAX, "the name of a header field is empty or over %d octets",
		           FIELD_NAME_MAX);
	return 0;
}

static int put_extra(struct buf *out, const struct message_extra *x)
{
	struct message_field_writer w;
	char what[FIELD_NAME_MAX + 16];
	int r = message_extra_name_check(x->name);

	if (r < 0)
		return r;
	snprintf(what, sizeof what, "the field %.*s", SPAN_ARG(x->name));
	r = message_field_check(x->value, what);
	if (r < 0)
		return r;
	message_field_begin(&w, out, x->name);
	message_field_text(&w, x->value);
	return message_field_end(&w);
}

static int put_header(const struct message_draft *d, struct buf *out, struct message_composed *made)
{
	int r;

	buf_puts(out, "Date: ");
	clock_put_rfc5322(out, d->time_ms);
	buf_puts(out, "\r\n");
	r = put_people(out, SPAN("From"), &d->from, 1, made);
	if (r == 0 && d->reply_to.address.n)
		r = put_people(out, SPAN("Reply-To"), &d->reply_to, 1, made);
	if (r == 0)
		r = put_people(out, SPAN("To"), d->to, d->n_to, made);
	if (r == 0)
		r = put_people(out, SPAN("Cc"), d->cc, d->n_cc, made);
	if (r == 0)
		r = put_subject(out, d->subject);
	if (r == 0)
		r = put_ids(out, SPAN("Message-ID"), d->message_id, true);
	if (r == 0)
		r = put_ids(out, SPAN("In-Reply-To"), d->in_reply_to, false);
	if (r == 0)
		r = put_ids(out, SPAN("References"), d->references, false);
	for (size_t i = 0; i < d->n_extras && r == 0; i++)
		r = put_extra(out, &d->extras[i]);
	return r < 0 ? r : buf_puts(out, "MIME-Version: 1.0\r\n");
}

/* The name as ASCII, for readers that know no RFC 2231; its end, where the extension is. */
static void put_fallback(struct buf *out, struct span name)
{
	size_t from = out->n;

	while (name.n) {
		struct span before = name;
		uint32_t c;

		utf8_next(&name, &c);
		buf_putc(out, c < 0x80 && !strchr("\"\\/?", (int)c) ? before.p[0] : '_');
	}
	if (out->n - from > FALLBACK_BYTES_MAX)
		buf_consume(out, out->n - from - FALLBACK_BYTES_MAX);
}

/* RFC 2392 2: what a URL can hold as it is. */
int message_content_id_check(struct span id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		      (c && strchr("-_.@", c))))
			return err(ERR_SYNTAX, "a content id holds a character it must not");
	}
	if (!id.n || id.n > CONTENT_ID_MAX)
		return err(ERR_SYNTAX, "a content id is empty or over %d octets", CONTENT_ID_MAX);
	return 0;
}

static int put_content_id(struct buf *out, struct span id)
{
	int r = message_content_id_check(id);

	return r < 0 ? r : buf_printf(out, "Content-ID: <%.*s>\r\n", SPAN_ARG(id));
}

/* RFC 2183 2; RFC 2046 5.2.1: message parts are never encoded, so one that needs
 * it goes as plain octets. */
static int put_attachment_header(const struct message_attachment *a, struct span type,
                                 enum message_encoding e, bool utf8_text, struct buf *out)
{
	AUTO_BUF fallback = BUF(FILE_NAME_BYTES_MAX);
	struct message_field_writer w;
	int r;

	put_fallback(&fallback, a->file_name);
	message_field_begin(&w, out, SPAN("Content-Type"));
	message_field_raw(&w, type);
	if (utf8_text)
		message_field_param(&w, SPAN("charset"), SPAN("utf-8"));
	if (a->file_name.n)
		message_field_param(&w, SPAN("name"), buf_span(&fallback));
	r = message_field_end(&w);
	if (r < 0)
		return r;
	buf_printf(out, "Content-Transfer-Encoding: %s\r\n", message_encoding_name(e));
	message_field_begin(&w, out, SPAN("Content-Disposition"));
	message_field_raw(&w, a->content_id.n ? SPAN("inline") : SPAN("attachment"));
	if (a->file_name.n)
		message_field_param(&w, SPAN("filename"), a->file_name);
	r = message_field_end(&w);
	if (r == 0 && a->content_id.n)
		r = put_content_id(out, a->content_id);
	return r < 0 ? r : buf_puts(out, "\r\n");
}

static int put_attachment(const struct message_attachment *a, struct buf *out)
{
	enum message_encoding e = MESSAGE_ENCODING_BASE64;
	struct span whole = a->type.n ? a->type : message_filetype(a->file_name), type, subtype;
	bool text, message;
	int r = message_field_check(a->file_name, "a file name");

	if (r < 0)
		return r;
	if (a->file_name.n > FILE_NAME_BYTES_MAX)
		return err(ERR_SYNTAX, "a file name is over %d octets", FILE_NAME_BYTES_MAX);
	if (!utf8_is_ascii(whole) || whole.n > ADDRESS_BYTES_MAX ||
	    !message_type_split(whole, &type, &subtype) || span_eq_nocase(type, SPAN("multipart")))
		return err(ERR_SYNTAX, "the media type of an attachment is malformed");
	text = span_eq_nocase(type, SPAN("text"));
	message = span_eq_nocase(type, SPAN("message"));
	if ((text || message) && !a->place &&
	    message_leaf_encoding(a->octets) == MESSAGE_ENCODING_7BIT)
		e = MESSAGE_ENCODING_7BIT;
	else if (message)
		whole = SPAN("application/octet-stream");
	r = put_attachment_header(a, whole, e, text && (a->place ? a->utf8 : utf8_valid(a->octets)),
	                          out);
	if (r == 0 && a->place)
		*a->place = out->n;
	return r < 0 || a->place ? r : message_encode_put(out, e, a->octets);
}

/* Those that the html shows, or those that it does not. */
static int put_attachments(const struct message_draft *d, bool shown, const char *boundary,
                           struct buf *out)
{
	int r = 0;

	for (size_t i = 0; i < d->n_attachments && r == 0; i++) {
		if (shown != (d->attachments[i].content_id.n > 0))
			continue;
		message_multipart_next(out, boundary, false);
		r = put_attachment(&d->attachments[i], out);
	}
	return r;
}

static int put_html(const struct content *c, struct buf *out)
{
	char boundary[MESSAGE_BOUNDARY_BYTES];
	int r;

	if (!c->n_shown)
		return message_leaf_put_text(out, "text/html", c->html);
	message_boundary_print('r', c->draft->seed, boundary);
	message_multipart_begin(out, "multipart/related; type=\"text/html\"", boundary);
	message_multipart_next(out, boundary, false);
	message_leaf_put_text(out, "text/html", c->html);
	r = put_attachments(c->draft, true, boundary, out);
	return r < 0 ? r : message_multipart_next(out, boundary, true);
}

static int put_texts(const struct content *c, struct buf *out)
{
	char boundary[MESSAGE_BOUNDARY_BYTES];
	int r;

	if (!c->has_html)
		return message_leaf_put_text(out, "text/plain", c->text);
	message_boundary_print('a', c->draft->seed, boundary);
	message_multipart_begin(out, "multipart/alternative", boundary);
	message_multipart_next(out, boundary, false);
	message_leaf_put_text(out, "text/plain", c->text);
	message_multipart_next(out, boundary, false);
	r = put_html(c, out);
	return r < 0 ? r : message_multipart_next(out, boundary, true);
}

static int put_body(const struct content *c, struct buf *out)
{
	const struct message_draft *d = c->draft;
	char boundary[MESSAGE_BOUNDARY_BYTES];
	int r;

	if (c->n_shown && !c->has_html)
		return err(ERR_SYNTAX,
		           "a picture is to be shown within the html, and there is none");
	if (d->n_attachments == c->n_shown)
		return put_texts(c, out);
	message_boundary_print('m', d->seed, boundary);
	message_multipart_begin(out, "multipart/mixed", boundary);
	message_multipart_next(out, boundary, false);
	r = put_texts(c, out);
	if (r == 0)
		r = put_attachments(d, false, boundary, out);
	return r < 0 ? r : message_multipart_next(out, boundary, true);
}

/* As UTF-8 lines that end in CRLF. */
static int prepare(struct span in, const char *what, struct buf *out)
{
	if (!utf8_valid(in))
		return err(ERR_SYNTAX, "%s is not UTF-8", what);
	message_normalise(in, out);
	if (out->n && out->p[out->n - 1] != '\n')
		buf_puts(out, "\r\n");
	return out->err;
}

int message_compose(const struct message_draft *draft, struct buf *out,
                    struct message_composed *composed)
{
	AUTO_BUF text = BUF(out->cap);
	AUTO_BUF html = BUF(out->cap);
	struct message_composed made = { 0 };
	struct content c = { .draft = draft, .has_html = draft->html.n > 0 };
	int r;

	r = prepare(draft->html, "the html", &html);
	if (r == 0 && c.has_html && !draft->text.n)
		r = message_html_text(draft->html, &text);
	else if (r == 0)
		r = prepare(draft->text, "the text", &text);
	if (r == 0)
		r = put_header(draft, out, &made);
	if (r < 0)
		return r;
	c.text = buf_span(&text);
	c.html = buf_span(&html);
	for (size_t i = 0; i < draft->n_attachments; i++)
		c.n_shown += draft->attachments[i].content_id.n > 0;
	r = put_body(&c, out);
	if (r < 0)
		return r;
	*composed = made;
	return 0;
}
