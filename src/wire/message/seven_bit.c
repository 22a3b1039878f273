/* wire/message/seven_bit.c - see seven_bit.h.
 *
 * One walk serves both passes: lines in, each to its part.  The boundary's own CRLF is not
 * content (RFC 2046 5.1.1), so a line's CRLF is owed until the next line shows what it was.
 */
#include "wire/message/seven_bit.h"

#include "base/utf8.h"
#include "wire/message/header.h"
#include "wire/message/param.h"

#define ENCODING SPAN("Content-Transfer-Encoding")

/* ---- output: nothing while scanning -------------------------------------------------- */

static void put(struct message_seven_bit *s, struct span octets)
{
	if (s->out)
		buf_put(s->out, octets);
}

static void put_crlf(struct message_seven_bit *s)
{
	put(s, SPAN("\r\n"));
}

static void put_base64(struct message_seven_bit *s, struct span in)
{
	while (s->out && in.n) {
		struct span take = span_sub(in, 0, sizeof s->carry - s->n_carry);

		memcpy(s->carry + s->n_carry, take.p, take.n);
		s->n_carry += take.n;
		in = span_sub(in, take.n, in.n);
		if (s->n_carry < sizeof s->carry)
			continue;
		message_base64_put(s->out, span_make(s->carry, s->n_carry));
		s->n_carry = 0;
		s->put_any = true;
	}
}

static void pay_crlf(struct message_seven_bit *s)
{
	if (!s->owes_crlf)
		return;
	if (s->becomes == MESSAGE_ENCODING_BASE64)
		put_base64(s, SPAN("\r\n"));
	else
		put_crlf(s);
	s->owes_crlf = false;
}

/* A line of content, or a piece of a long one. */
static void put_content(struct message_seven_bit *s, struct span text, bool first)
{
	if (s->becomes == MESSAGE_ENCODING_BASE64) {
		put_base64(s, text);
	} else if (s->becomes == MESSAGE_ENCODING_QP) {
		/* RFC 2045 6.7 (5): a soft break, and nothing behind it like a boundary. */
		if (!first && text.n)
			put(s, SPAN("=\r\n"));
		while (!first && span_eat(&text, SPAN("-")))
			put(s, SPAN("=2D=\r\n"));
		if (s->out)
			message_qp_put(s->out, text);
	} else {
		put(s, text);
	}
}

/* ---- the end of a leaf ---------------------------------------------------------------- */

static bool is_high(struct span text)
{
	return !utf8_is_ascii(text);
}

/* RFC 2045 6.8: text stays readable where it is. */
static enum message_encoding choose(const struct message_seven_bit *s)
{
	if (s->is_text && s->encoding != MESSAGE_ENCODING_BINARY && s->n_high <= s->n_octets / 2)
		return MESSAGE_ENCODING_QP;
	return MESSAGE_ENCODING_BASE64;
}

static bool is_identity(enum message_encoding e)
{
	return e == MESSAGE_ENCODING_7BIT || e == MESSAGE_ENCODING_8BIT ||
	       e == MESSAGE_ENCODING_BINARY;
}

static void end_leaf(struct message_seven_bit *s)
{
	bool binary = s->encoding == MESSAGE_ENCODING_BINARY;

	if (!s->out && (s->n_high || binary) && !s->frozen && s->part < SEVEN_BIT_PARTS_MAX &&
	    is_identity(s->encoding))
		s->plan[s->part] = (uint8_t)choose(s);
	else if (!s->out && s->n_high)
		s->stuck = true;
	if (s->n_carry)
		message_base64_put(s->out, span_make(s->carry, s->n_carry));
	s->put_any |= s->n_carry > 0;
	s->n_carry = 0;
	/* The encoder ended its last line itself. */
	if (s->becomes == MESSAGE_ENCODING_BASE64 && s->put_any)
		s->owes_crlf = false;
	s->becomes = MESSAGE_ENCODING_7BIT;
	pay_crlf(s);
	s->n_octets = s->n_high = 0;
	s->place = SEVEN_BIT_BETWEEN;
}

/* ---- headers ---------------------------------------------------------------------------- */

static void begin_header(struct message_seven_bit *s, size_t part, bool in_digest)
{
	struct seven_bit_header *h = &s->header;

	s->part = part;
	s->place = SEVEN_BIT_HEADER;
	h->n_type = h->n_encoding = h->n_lines = 0;
	h->to = NULL;
	h->typed = h->versioned = false;
	h->in_digest = in_digest;
}

/* RFC 6376, RFC 8617: a signature over the body. */
static bool is_signature(struct span name)
{
	return span_eq_nocase(name, SPAN("DKIM-Signature")) ||
	       span_eq_nocase(name, SPAN("ARC-Message-Signature")) ||
	       span_eq_nocase(name, SPAN("DomainKey-Signature"));
}

/* Adds to what is kept of a field.  What does not fit is not understood: nothing is changed. */
static void gather(struct message_seven_bit *s, struct span octets)
{
	struct seven_bit_header *h = &s->header;
	size_t *n = h->to == h->type ? &h->n_type : &h->n_encoding;

	if (octets.n > SEVEN_BIT_FIELD_MAX - *n) {
		s->frozen = true;
		if (h->to == h->encoding)
			put(s, octets);
		return;
	}
	if (octets.n)
		memcpy(h->to + *n, octets.p, octets.n);
	*n += octets.n;
}

/* A line begins a field: where does it go? */
static void open_field(struct message_seven_bit *s, struct span line, struct span name)
{
	struct seven_bit_header *h = &s->header;

	h->to = NULL;
	if (span_eq_nocase(name, SPAN("Content-Type")) && !h->typed) {
		h->typed = true;
		h->to = h->type;
		gather(s, span_sub(line, (size_t)span_find(line, ':') + 1, line.n));
	} else if (span_eq_nocase(name, ENCODING)) {
		h->to = h->encoding;
	} else if (span_eq_nocase(name, SPAN("MIME-Version"))) {
		h->versioned = true;
	} else if (s->part == 0 && is_signature(name)) {
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

/* RFC 1847 2: what a signature or a cipher covers stays. */
static bool is_sealed(const struct kind *k)
{
	return span_eq_nocase(k->subtype, SPAN("signed")) ||
	       span_eq_nocase(k->subtype, SPAN("encrypted"));
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
	f->frozen = s->frozen = s->frozen || is_sealed(k);
	f->digest = span_eq_nocase(k->subtype, SPAN("digest"));
	s->n_frames++;
	return true;
}

static void put_encoding(struct message_seven_bit *s, enum message_encoding e)
{
	put(s, ENCODING);
	put(s, SPAN(": "));
	put(s, span_str(message_encoding_name(e)));
	put_crlf(s);
}

/* The field that says how the part is encoded, and, at the top, what MIME demands with it. */
static void put_fields(struct message_seven_bit *s, bool composite)
{
	const struct seven_bit_header *h = &s->header;
	bool encode = s->becomes != MESSAGE_ENCODING_7BIT;

	if (encode && !s->part && !h->versioned)
		put(s, SPAN("MIME-Version: 1.0\r\n"));
	if (encode && !s->part && !h->typed)
		put(s, SPAN("Content-Type: text/plain; charset=unknown-8bit\r\n"));
	if (encode)
		put_encoding(s, s->becomes);
	else if (!s->frozen && (s->encoding == MESSAGE_ENCODING_8BIT ||
	                        (composite && s->encoding == MESSAGE_ENCODING_BINARY)))
		put_encoding(s, MESSAGE_ENCODING_7BIT);
	else
		put(s, span_make(h->encoding, h->n_encoding));
}

/* The header is over; blank: by an empty line. */
static void end_header(struct message_seven_bit *s, bool blank)
{
	struct kind k = read_kind(s);
	bool composite, message;

	s->encoding = read_encoding(&s->header);
	message = k.message && is_identity(s->encoding);
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
		put_crlf(s);
	else if (s->becomes != MESSAGE_ENCODING_7BIT)
		put_crlf(s); /* the body's first line must not continue our field */
	s->owes_crlf = s->put_any = false;
	s->place = composite ? SEVEN_BIT_BETWEEN : SEVEN_BIT_LEAF;
	if (message)
		begin_header(s, s->n_parts++, false);
}

/* ---- lines ------------------------------------------------------------------------------ */

/* The open multipart whose boundary this line is, from the innermost outwards; or -1. */
static int find_boundary(const struct message_seven_bit *s, struct span line, bool *last)
{
	if (!span_eat(&line, SPAN("--")))
		return -1;
	while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--; /* RFC 2046 5.1.1 */
	for (size_t i = s->n_frames; i--;) {
		struct span rest = line;

		if (!span_eat(&rest, span_make(s->frames[i].boundary, s->frames[i].n)))
			continue;
		*last = span_eq(rest, SPAN("--"));
		if (*last || !rest.n)
			return (int)i;
	}
	return -1;
}

static void do_boundary(struct message_seven_bit *s, size_t i, bool last, struct span line,
                        bool crlf)
{
	/* A header may end here, and what it opens is empty and ends as well. */
	while (s->place == SEVEN_BIT_HEADER)
		end_header(s, false);
	if (s->place == SEVEN_BIT_LEAF)
		end_leaf(s);
	pay_crlf(s);
	put(s, line);
	s->owes_crlf = crlf;
	s->n_frames = last ? i : i + 1;
	s->frozen = s->frames[i].frozen;
	s->place = SEVEN_BIT_BETWEEN;
	if (last)
		return;
	pay_crlf(s);
	begin_header(s, s->n_parts++, s->frames[i].digest);
}

static void do_header_line(struct message_seven_bit *s, struct span line, bool first, bool crlf)
{
	struct seven_bit_header *h = &s->header;
	struct span name;
	enum message_line kind = MESSAGE_LINE_CONTINUATION;

	if (first)
		kind = message_line_kind(line, &name);
	if (kind == MESSAGE_LINE_BLANK) {
		end_header(s, true);
		return;
	}
	h->n_lines++;
	if (kind == MESSAGE_LINE_FIELD)
		open_field(s, line, name);
	else if (h->to == h->type)
		gather(s, line);
	if (h->to == h->encoding) {
		gather(s, line);
		if (crlf)
			gather(s, SPAN("\r\n"));
		return;
	}
	if (h->to && crlf)
		gather(s, SPAN("\r\n"));
	put(s, line);
	if (crlf)
		put_crlf(s);
}

static bool ends_header(const struct message_seven_bit *s, struct span line)
{
	enum message_line kind = message_line_kind(line, NULL);

	return kind == MESSAGE_LINE_MALFORMED ||
	       (kind == MESSAGE_LINE_CONTINUATION && !s->header.n_lines);
}

static void do_body_line(struct message_seven_bit *s, struct span line, bool first, bool crlf)
{
	bool high = is_high(line);

	pay_crlf(s);
	s->eight_bit |= high;
	s->stuck |= high && s->place == SEVEN_BIT_BETWEEN;
	for (size_t i = 0; high && i < line.n; i++)
		s->n_high += (unsigned char)line.p[i] >= 0x80;
	s->n_octets += line.n;
	put_content(s, line, first);
	s->owes_crlf = crlf;
}

/* A line, or a piece of one: the first, or one that the CRLF ends. */
static void do_line(struct message_seven_bit *s, struct span line, bool first, bool crlf)
{
	bool last = false;
	int i = first ? find_boundary(s, line, &last) : -1;

	if (i >= 0) {
		do_boundary(s, (size_t)i, last, line, crlf);
		return;
	}
	/* A header that ends at once may open a message, whose header ends at once. */
	while (s->place == SEVEN_BIT_HEADER && first && ends_header(s, line))
		end_header(s, false);
	if (s->place == SEVEN_BIT_HEADER)
		do_header_line(s, line, first, crlf);
	else
		do_body_line(s, line, first, crlf);
}

/* What is in s->line goes on its way; what may be the first half of a CRLF stays. */
static void take_line(struct message_seven_bit *s, bool crlf)
{
	size_t n = s->n_line;
	bool half = !crlf && n && s->line[n - 1] == '\r' && n > 1;

	do_line(s, span_make(s->line, n - half), !s->in_line, crlf);
	s->in_line = !crlf;
	s->n_line = half;
	s->line[0] = '\r';
}

static void walk(struct message_seven_bit *s, struct span in)
{
	while (in.n) {
		ptrdiff_t lf = span_find(in, '\n');
		struct span take = span_sub(in, 0, lf < 0 ? in.n : (size_t)lf + 1);

		take = span_sub(take, 0, sizeof s->line - s->n_line);
		memcpy(s->line + s->n_line, take.p, take.n);
		s->n_line += take.n;
		in = span_sub(in, take.n, in.n);
		if (s->n_line > 1 && s->line[s->n_line - 1] == '\n' &&
		    s->line[s->n_line - 2] == '\r') {
			s->n_line -= 2;
			take_line(s, true);
		} else if (s->n_line == sizeof s->line) {
			take_line(s, false);
		}
	}
}

static void walk_end(struct message_seven_bit *s)
{
	if (s->n_line || s->in_line)
		do_line(s, span_make(s->line, s->n_line), !s->in_line, false);
	while (s->place == SEVEN_BIT_HEADER)
		end_header(s, false);
	/* Nothing follows: the last CRLF is the content's own. */
	pay_crlf(s);
	if (s->place == SEVEN_BIT_LEAF)
		end_leaf(s);
}

/* ---- both passes ------------------------------------------------------------------------ */

static void walk_begin(struct message_seven_bit *s, struct buf *out)
{
	s->out = out;
	s->n_frames = 0;
	s->n_parts = 1;
	s->frozen = s->owes_crlf = s->put_any = s->in_line = false;
	s->n_octets = s->n_high = 0;
	s->n_line = s->n_carry = 0;
	s->becomes = MESSAGE_ENCODING_7BIT;
	begin_header(s, 0, false);
}

void message_seven_bit_init(struct message_seven_bit *s)
{
	s->eight_bit = s->stuck = false;
	memset(s->plan, 0, sizeof s->plan);
	walk_begin(s, NULL);
}

void message_seven_bit_scan(struct message_seven_bit *s, struct span piece)
{
	s->out = NULL;
	walk(s, piece);
}

void message_seven_bit_scanned(struct message_seven_bit *s)
{
	s->out = NULL;
	walk_end(s);
}

void message_seven_bit_begin(struct message_seven_bit *s)
{
	walk_begin(s, NULL);
}

int message_seven_bit_put(struct message_seven_bit *s, struct span piece, struct buf *out)
{
	s->out = out;
	walk(s, piece);
	return out->err;
}

int message_seven_bit_end(struct message_seven_bit *s, struct buf *out)
{
	s->out = out;
	walk_end(s);
	return out->err;
}
