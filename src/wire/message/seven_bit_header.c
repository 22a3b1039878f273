/* wire/message/seven_bit_header.c - a part's header section: read, and put with its new encoding.
 */
#include "wire/message/seven_bit_impl.h"

#include "wire/message/header.h"
#include "wire/message/param.h"
#include "wire/message/signed.h"

#define ENCODING SPAN("Content-Transfer-Encoding")

void seven_bit_begin_header(struct message_seven_bit *s, size_t part, bool in_digest)
{
	struct seven_bit_header *h = &s->header;

	s->part = part;
	s->place = SEVEN_BIT_HEADER;
	h->n_type = h->n_encoding = h->n_lines = 0;
	h->to = NULL;
	h->typed = h->versioned = h->traced = h->dropped = false;
	h->in_digest = in_digest;
}

/* Adds to what is kept of a field.  What does not fit is not understood: nothing is changed. */
void seven_bit_gather(struct message_seven_bit *s, struct span octets)
{
	struct seven_bit_header *h = &s->header;
	size_t *n = h->to == h->type ? &h->n_type : &h->n_encoding;

	if (octets.n > SEVEN_BIT_FIELD_MAX - *n) {
		s->frozen = true;
		if (h->to == h->encoding)
			seven_bit_put(s, octets);
		return;
	}
	if (octets.n)
		memcpy(h->to + *n, octets.p, octets.n);
	*n += octets.n;
}

/* A line begins a field: where does it go? */
void seven_bit_open_field(struct message_seven_bit *s, struct span line, struct span name)
{
	struct seven_bit_header *h = &s->header;

	h->to = NULL;
	h->traced = h->traced || span_eq_nocase(name, SPAN("Received"));
	h->dropped = s->part == 0 && !h->traced &&
	             (span_eq_nocase(name, SPAN("DKIM-Signature")) ||
	              span_starts_nocase(name, SPAN("ARC-"))); /* ours, of another text */
	if (h->dropped)
		return;
	if (span_eq_nocase(name, SPAN("Content-Type")) && !h->typed) {
		h->typed = true;
		h->to = h->type;
		seven_bit_gather(s, span_sub(line, (size_t)span_find(line, ':') + 1, line.n));
	} else if (span_eq_nocase(name, ENCODING)) {
		h->to = h->encoding;
	} else if (span_eq_nocase(name, SPAN("MIME-Version"))) {
		h->versioned = true;
	} else if (s->part == 0 && message_is_signature(name)) {
		s->frozen = true;
	}
}

static enum message_encoding read_encoding(const struct seven_bit_header *h)
{
	struct message_field field;
	struct message_header fields;
	struct message_params params;

	message_header_begin(&fields, span_make(h->encoding, h->n_encoding));
	if (!message_header_next(&fields, &field))
		return MESSAGE_ENCODING_7BIT;
	message_params_begin(&params, field.value);
	for (int e = MESSAGE_ENCODING_7BIT; e < MESSAGE_ENCODING_UNKNOWN; e++)
		if (span_eq_nocase(params.value, span_str(message_encoding_name(e))))
			return e;
	return MESSAGE_ENCODING_UNKNOWN;
}

/* What the part is. */
struct kind {
	struct message_params params;
	struct span type, subtype;
	bool multipart, message;
};

static struct kind read_kind(const struct message_seven_bit *s)
{
	const struct seven_bit_header *h = &s->header;
	struct kind k = { .type = h->in_digest ? SPAN("message") : SPAN("text"),
		          .subtype = h->in_digest ? SPAN("rfc822") : SPAN("plain") };

	message_params_begin(&k.params, span_make(h->type, h->n_type));
	if (h->typed && !message_type_split(k.params.value, &k.type, &k.subtype)) {
		k.type = SPAN("text");
		k.subtype = SPAN("plain");
	}
	k.multipart = span_eq_nocase(k.type, SPAN("multipart"));
	k.message = span_eq_nocase(k.type, SPAN("message")) &&
	            span_eq_nocase(k.subtype, SPAN("rfc822"));
	return k;
}

static bool open_multipart(struct message_seven_bit *s, const struct kind *k)
{
	struct seven_bit_frame *f = &s->frames[s->n_frames];
	AUTO_BUF boundary = BUF(MESSAGE_PARAM_BYTES_MAX);

	if (s->n_frames == SEVEN_BIT_DEPTH_MAX ||
	    message_param_get(&k->params, SPAN("boundary"), &boundary) <= 0)
		return false;
	while (boundary.n && boundary.p[boundary.n - 1] == ' ')
		boundary.n--; /* RFC 2046 5.1.1: never ends with white space */
	if (!boundary.n || boundary.n > sizeof f->boundary)
		return false;
	memcpy(f->boundary, boundary.p, boundary.n);
	f->n = boundary.n;
	f->frozen = s->frozen = s->frozen || message_is_sealed(k->subtype);
	f->digest = span_eq_nocase(k->subtype, SPAN("digest"));
	s->n_frames++;
	return true;
}

static void put_encoding(struct message_seven_bit *s, enum message_encoding e)
{
	seven_bit_put(s, ENCODING);
	seven_bit_put(s, SPAN(": "));
	seven_bit_put(s, span_str(message_encoding_name(e)));
	seven_bit_put_crlf(s);
}

/* The field that says how the part is encoded, and, at the top, what MIME demands with it. */
static void put_fields(struct message_seven_bit *s, bool composite)
{
	const struct seven_bit_header *h = &s->header;
	bool encode = s->becomes != MESSAGE_ENCODING_7BIT;

	if (encode && !s->part && !h->versioned)
		seven_bit_put(s, SPAN("MIME-Version: 1.0\r\n"));
	if (encode && !s->part && !h->typed)
		seven_bit_put(s, SPAN("Content-Type: text/plain; charset=unknown-8bit\r\n"));
	if (encode)
		put_encoding(s, s->becomes);
	else if (!s->frozen && (s->encoding == MESSAGE_ENCODING_8BIT ||
	                        (composite && s->encoding == MESSAGE_ENCODING_BINARY)))
		put_encoding(s, MESSAGE_ENCODING_7BIT);
	else
		seven_bit_put(s, span_make(h->encoding, h->n_encoding));
}

/* The header is over; blank: by an empty line. */
void seven_bit_end_header(struct message_seven_bit *s, bool blank)
{
	struct kind k = read_kind(s);
	bool composite, message;

	s->encoding = read_encoding(&s->header);
	message = k.message && seven_bit_is_identity(s->encoding);
	composite = message || (k.multipart && open_multipart(s, &k));
	s->is_text = span_eq_nocase(k.type, SPAN("text"));
	s->becomes = MESSAGE_ENCODING_7BIT;
	if (!composite && s->part < SEVEN_BIT_PARTS_MAX)
		s->becomes = s->plan[s->part];
	/* A multipart that cannot be opened, and what must be 7bit by its type (RFC 2046 5.2.2;
	 * message/global and its kin may be encoded: RFC 6532 3.7, RFC 6533 3-5). */
	if (!composite && (k.multipart || (span_eq_nocase(k.type, SPAN("message")) &&
	                                   !span_starts_nocase(k.subtype, SPAN("global")))))
		s->frozen = true;
	put_fields(s, composite);
	if (blank)
		seven_bit_put_crlf(s);
	else if (s->becomes != MESSAGE_ENCODING_7BIT)
		seven_bit_put_crlf(s); /* the body's first line must not continue our field */
	s->owes_crlf = s->put_any = false;
	s->place = composite ? SEVEN_BIT_BETWEEN : SEVEN_BIT_LEAF;
	if (message)
		seven_bit_begin_header(s, s->n_parts++, false);
}
