/* wire/message/mime.c - see mime.h.  RFC 2045, RFC 2046 5.
 *
 * The walk looks at each line once.  The part at hand and its parents, linked by
 * `parent`, are the stack of what is open: a delimiter line is compared with the
 * boundaries from the innermost outwards.
 */
#include "wire/message/mime.h"
#include "base/buf.h"
#include "wire/message/address.h"
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/param.h"
#include "wire/message/words.h"

enum { SCRATCH_BYTES_MAX = 8 * MESSAGE_PARAM_BYTES_MAX };

struct walk {
	struct span message;
	struct arena *arena;
	struct message_part *parts;
	size_t n_parts, room;
	int at;         /* the part that lines belong to                */
	bool in_header; /* its header is not over                       */
	size_t lines;   /* lines of that header                         */
	struct buf scratch;
};

/* A multipart that was opened and not closed keeps MESSAGE_MIME_NOT_CLOSED. */
static bool awaits_boundary(const struct message_part *p)
{
	return p->boundary.n && p->faults & MESSAGE_MIME_NOT_CLOSED;
}

/* RFC 2046 5.1.3: the type of a part that names none. */
static bool in_digest(const struct walk *w, const struct message_part *p)
{
	return p->parent >= 0 && message_part_is(&w->parts[p->parent], "multipart", "digest");
}

static int new_part(struct walk *w, int parent, size_t at)
{
	struct message_part *p;

	if (w->n_parts == w->room) {
		size_t more = w->room ? w->room * 2 : 4;
		struct message_part *grow = arena_array(w->arena, struct message_part, more);

		if (!grow)
			return ERR_NO_MEMORY;
		for (size_t i = 0; i < w->n_parts; i++)
			grow[i] = w->parts[i];
		w->parts = grow;
		w->room = more;
	}
	w->at = (int)w->n_parts;
	w->in_header = true;
	w->lines = 0;
	p = &w->parts[w->n_parts++];
	*p = (struct message_part){ .parent = parent, .header_at = at };
	p->depth = parent >= 0 ? w->parts[parent].depth + 1 : 0;
	p->type = in_digest(w, p) ? SPAN("message") : SPAN("text");
	p->subtype = in_digest(w, p) ? SPAN("rfc822") : SPAN("plain");
	return 0;
}

/* A parameter into the arena; false when it is absent. */
static int param(struct walk *w, const struct message_params *params, struct span name, bool words,
                 struct span *out)
{
	AUTO_BUF plain = BUF(SCRATCH_BYTES_MAX);
	int r = message_param_get(params, name, &plain);

	if (r <= 0)
		return r;
	buf_reset(&w->scratch);
	/* RFC 2047 5 forbids encoded words in a quoted string; file names hold them. */
	r = words && r == 1 ? message_words_get(buf_span(&plain), &w->scratch)
	                    : buf_put(&w->scratch, buf_span(&plain));
	if (r < 0)
		return r;
	r = arena_copy(w->arena, buf_span(&w->scratch), out);
	return r < 0 ? r : 1;
}

static int read_type(struct walk *w, struct message_part *p, struct span value)
{
	struct message_params params;
	struct span type, subtype;
	int r;

	message_params_begin(&params, value);
	if (!message_type_split(params.value, &type, &subtype)) {
		p->faults |= MESSAGE_MIME_TYPE;
		p->type = SPAN("text");
		p->subtype = SPAN("plain");
		return 0;
	}
	p->type = type;
	p->subtype = subtype;
	r = param(w, &params, SPAN("charset"), false, &p->charset);
	if (r >= 0 && message_part_is(p, "multipart", NULL))
		r = param(w, &params, SPAN("boundary"), false, &p->boundary);
	while (p->boundary.n && p->boundary.p[p->boundary.n - 1] == ' ')
		p->boundary.n--; /* RFC 2046 5.1.1: never ends with white space */
	if (r >= 0 && !p->name.n)
		r = param(w, &params, SPAN("name"), true, &p->name);
	return r < 0 ? r : 0;
}

static int read_disposition(struct walk *w, struct message_part *p, struct span value)
{
	struct message_params params;
	int r;

	message_params_begin(&params, value);
	p->disposition = params.value;
	r = param(w, &params, SPAN("filename"), true, &p->name);
	return r < 0 ? r : 0;
}

static enum message_encoding read_encoding(struct span value)
{
	struct message_params params;

	message_params_begin(&params, value);
	return message_encoding_parse(params.value);
}

static struct span trimmed(struct span value)
{
	while (value.n && strchr(" \t\r\n", value.p[0]) && value.p[0])
		value = span_sub(value, 1, value.n);
	while (value.n && value.p[value.n - 1] && strchr(" \t\r\n", value.p[value.n - 1]))
		value.n--;
	return value;
}

/* Reads the fields; `p` is in the arena and stays where it is. */
static int read_fields(struct walk *w, struct message_part *p, size_t end)
{
	struct message_header h;
	struct message_field field;
	bool typed = false, encoded = false;
	int r = 0;

	message_header_begin(&h, span_sub(w->message, p->header_at, end - p->header_at));
	while (r == 0 && message_header_next(&h, &field)) {
		bool *once = NULL;

		if (!span_starts_nocase(field.name, SPAN("Content-")))
			continue;
		if (span_eq_nocase(field.name, SPAN("Content-Type")))
			once = &typed;
		else if (span_eq_nocase(field.name, SPAN("Content-Transfer-Encoding")))
			once = &encoded;
		if (once && *once) {
			p->faults |= MESSAGE_MIME_DUPLICATE;
			continue;
		}
		if (once)
			*once = true;
		if (once == &typed)
			r = read_type(w, p, field.value);
		else if (once == &encoded)
			p->encoding = read_encoding(field.value);
		else if (span_eq_nocase(field.name, SPAN("Content-Disposition")))
			r = read_disposition(w, p, field.value);
		else if (span_eq_nocase(field.name, SPAN("Content-ID")))
			p->content_id = trimmed(field.value);
	}
	p->body_at = p->header_at + h.at;
	if (h.end == MESSAGE_HEADER_CUT)
		p->faults |= MESSAGE_MIME_HEADER;
	return r;
}

static bool is_identity(enum message_encoding e)
{
	return e == MESSAGE_ENCODING_7BIT || e == MESSAGE_ENCODING_8BIT ||
	       e == MESSAGE_ENCODING_BINARY;
}

/* Opens what holds parts. */
static int open_part(struct walk *w, struct message_part *p, size_t at)
{
	bool deep = p->depth >= MESSAGE_MIME_DEPTH_MAX;
	bool message =
	        message_part_is(p, "message", "rfc822") || message_part_is(p, "message", "global");

	if (message_part_is(p, "multipart", NULL)) {
		if (!p->boundary.n || p->boundary.n > MESSAGE_BOUNDARY_MAX)
			p->faults |= MESSAGE_MIME_NO_BOUNDARY;
		else if (deep)
			p->faults |= MESSAGE_MIME_DEPTH;
		else
			p->faults |= MESSAGE_MIME_NOT_CLOSED |
			             (is_identity(p->encoding) ? 0 : MESSAGE_MIME_ENCODED);
		return 0;
	}
	/* A header past the limits: what follows is no message of which we know the begin. */
	if (!message || !is_identity(p->encoding) || p->body_at != at)
		return 0;
	if (deep || w->n_parts >= MESSAGE_MIME_PARTS_MAX) {
		p->faults |= deep ? MESSAGE_MIME_DEPTH : MESSAGE_MIME_PARTS;
		return 0;
	}
	return new_part(w, w->at, at);
}

/* The header of the part at hand is over; the body begins at `end`. */
static int end_header(struct walk *w, size_t end)
{
	struct message_part *p = &w->parts[w->at];
	int r;

	w->in_header = false;
	r = read_fields(w, p, end);
	return r < 0 ? r : open_part(w, p, end);
}

/* Ends the part at hand and its parents up to, not including, `until`. */
static int close_parts(struct walk *w, int until, size_t line_at, size_t end)
{
	int r = 0;

	/* A header may end here, and what it opens is empty and ends as well. */
	while (r == 0 && w->in_header)
		r = end_header(w, line_at);
	for (int i = w->at; r == 0 && i != until; i = w->parts[i].parent) {
		struct message_part *p = &w->parts[i];

		p->body_n = end > p->body_at ? end - p->body_at : 0;
	}
	w->at = until;
	return r;
}

/* The part whose boundary this line is, or -1.  RFC 2046 5.1.1: white space may
 * follow it. */
static int find_boundary(const struct walk *w, struct span line, bool *last)
{
	struct span text = line;

	if (!span_eat(&text, SPAN("--")))
		return -1;
	while (text.n && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	for (int i = w->at; i >= 0; i = w->parts[i].parent) {
		const struct message_part *p = &w->parts[i];
		struct span rest = text;

		if (!awaits_boundary(p) || !span_eat(&rest, p->boundary))
			continue;
		*last = span_eq(rest, SPAN("--"));
		if (*last || !rest.n)
			return i;
	}
	return -1;
}

static int do_boundary(struct walk *w, int i, bool last, size_t line_at, size_t next_at)
{
	bool crlf = line_at >= 2 && w->message.p[line_at - 2] == '\r' &&
	            w->message.p[line_at - 1] == '\n';
	int r = close_parts(w, i, line_at, line_at - (crlf ? 2 : 0));

	if (r < 0)
		return r;
	if (last) {
		w->parts[i].faults &= ~(unsigned)MESSAGE_MIME_NOT_CLOSED;
		return 0;
	}
	if (w->n_parts >= MESSAGE_MIME_PARTS_MAX) {
		w->parts[i].faults |= MESSAGE_MIME_PARTS;
		return 0;
	}
	return new_part(w, i, next_at);
}

static int do_line(struct walk *w, struct span text, size_t line_at, size_t next_at)
{
	enum message_line kind;
	bool last;
	int i = find_boundary(w, text, &last);

	if (i >= 0)
		return do_boundary(w, i, last, line_at, next_at);
	if (!w->in_header)
		return 0;
	kind = message_line_kind(text, NULL);
	if (kind == MESSAGE_LINE_BLANK)
		return end_header(w, next_at);
	if (kind == MESSAGE_LINE_MALFORMED || (kind == MESSAGE_LINE_CONTINUATION && !w->lines)) {
		w->parts[w->at].faults |= MESSAGE_MIME_HEADER;
		return end_header(w, line_at);
	}
	w->lines++;
	return 0;
}

static int walk(struct walk *w)
{
	struct span rest = w->message, line, text;
	int r = new_part(w, MESSAGE_MIME_NO_PARENT, 0);

	while (r == 0 && message_line_next(&rest, &line, &text)) {
		size_t at = (size_t)(line.p - w->message.p);

		r = do_line(w, text, at, at + line.n);
	}
	return r < 0 ? r : close_parts(w, MESSAGE_MIME_NO_PARENT, w->message.n, w->message.n);
}

int message_mime_parse(struct span message, struct arena *arena, struct message_mime *out)
{
	struct walk w = { .message = message, .arena = arena, .scratch = BUF(SCRATCH_BYTES_MAX) };
	unsigned all = 0;
	int r = walk(&w);

	buf_fini(&w.scratch);
	if (r < 0)
		return r;
	for (size_t i = 0; i < w.n_parts; i++)
		all |= w.parts[i].faults;
	*out = (struct message_mime){ .parts = w.parts, .n_parts = w.n_parts, .faults = all };
	return 0;
}

struct span message_part_body(struct span message, const struct message_part *part)
{
	return span_sub(message, part->body_at, part->body_n);
}

bool message_part_is(const struct message_part *part, const char *type, const char *subtype)
{
	return span_eq_nocase(part->type, span_str(type)) &&
	       (!subtype || span_eq_nocase(part->subtype, span_str(subtype)));
}
