/* mailfile/mbox_reader.c - octets in, messages out: see mbox.h. */
#include "mailfile/mbox.h"

enum line { LINE_TEXT, LINE_MORE, LINE_FROM, LINE_BLANK, LINE_QUOTED };

/* What a line is, as far as it is there. */
struct look {
	size_t quotes; /* of LINE_QUOTED: '>'s before "From " */
	size_t n;      /* of LINE_FROM and LINE_BLANK: octets with its end */
	enum mailfile_eol eol;
	struct mailfile_from from;
};

static bool counts(const struct mbox_reader *r)
{
	return r->kind == MBOX_CL || r->kind == MBOX_CL2;
}

/* The line at the front without its end.  False: more is needed, or it is too long to matter. */
static bool whole_line(struct span in, bool last, struct span *out, size_t *n)
{
	struct span head = span_sub(in, 0, MBOX_LOOK_BYTES);
	ptrdiff_t at = span_find(head, '\n');

	if (at < 0 && !(last && in.n < MBOX_LOOK_BYTES))
		return false;
	*n = at < 0 ? in.n : (size_t)at + 1;
	*out = span_sub(head, 0, at < 0 ? in.n : (size_t)at);
	if (at >= 0 && out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return true;
}

static enum line look_from(struct span in, bool last, struct look *l)
{
	const struct span from = SPAN("From ");
	struct span line;

	if (in.n < from.n)
		return !last && span_starts(from, in) ? LINE_MORE : LINE_TEXT;
	if (!span_starts(in, from))
		return LINE_TEXT;
	if (!whole_line(in, last, &line, &l->n))
		return in.n < MBOX_LOOK_BYTES ? LINE_MORE : LINE_TEXT;
	return mailfile_from_parse(line, &l->from) == 0 ? LINE_FROM : LINE_TEXT;
}

static enum line look_quoted(struct span in, bool last, struct look *l)
{
	const struct span from = SPAN("From ");
	struct span head = span_sub(in, 0, MBOX_LOOK_BYTES);

	for (l->quotes = 0; l->quotes < head.n && head.p[l->quotes] == '>';)
		l->quotes++;
	struct span rest = span_sub(head, l->quotes, from.n);
	if (rest.n < from.n)
		return !last && in.n < MBOX_LOOK_BYTES && span_starts(from, rest) ? LINE_MORE
		                                                                  : LINE_TEXT;
	return span_eq(rest, from) ? LINE_QUOTED : LINE_TEXT;
}

static enum line look(struct span in, bool last, struct look *l)
{
	if (!in.n)
		return LINE_MORE;
	switch (in.p[0]) {
	case 'F': return look_from(in, last, l);
	case '>': return look_quoted(in, last, l);
	case '\r':
		if (in.n < 2)
			return last ? LINE_TEXT : LINE_MORE;
		l->n = 2;
		l->eol = MAILFILE_CRLF;
		return in.p[1] == '\n' ? LINE_BLANK : LINE_TEXT;
	case '\n':
		l->n = 1;
		l->eol = MAILFILE_LF;
		return LINE_BLANK;
	default: return LINE_TEXT;
	}
}

static void consume(struct span *in, size_t n)
{
	*in = span_sub(*in, n, in->n);
}

static enum mbox_event give(struct mbox_reader *r, struct span text, enum mailfile_eol eol)
{
	r->text = text;
	r->eol = eol;
	r->in_line = eol == MAILFILE_NO_EOL;
	return MBOX_LINE;
}

/* What is there of the line, of at most `most` octets.  A CR that ends what is there waits for what
 * follows it. */
static enum mbox_event piece(struct mbox_reader *r, struct span *in, uint64_t most, bool last)
{
	struct span s = span_sub(*in, 0, most < in->n ? (size_t)most : in->n);
	ptrdiff_t at = span_find(s, '\n');
	size_t n = at < 0 ? s.n : (size_t)at;
	bool crlf = at > 0 && s.p[at - 1] == '\r';

	if (at >= 0) {
		consume(in, n + 1);
		return give(r, span_sub(s, 0, n - crlf), crlf ? MAILFILE_CRLF : MAILFILE_LF);
	}
	if (n && s.p[n - 1] == '\r' && !last && s.n < most)
		n--;
	if (!n)
		return MBOX_MORE;
	consume(in, n);
	return give(r, span_sub(s, 0, n), MAILFILE_NO_EOL);
}

static void note_quoted(struct mbox_reader *r, size_t quotes)
{
	r->n_quoted++;
	r->n_twice += quotes > 1;
}

static bool is_quoted(const struct mbox_reader *r, size_t quotes)
{
	return r->kind == MBOX_RD || r->kind == MBOX_CL || (r->kind == MBOX_O && quotes == 1);
}

static enum mbox_event end(struct mbox_reader *r, bool last)
{
	r->n_right += r->behind;
	r->n_wrong += r->state == MBOX_COUNTED;
	r->behind = false;
	r->blank = MAILFILE_NO_EOL;
	r->state = last ? MBOX_DONE : MBOX_BETWEEN;
	r->in_line = false;
	return MBOX_END;
}

/* Before a message's first line; empty lines are passed over. */
static enum mbox_event between(struct mbox_reader *r, struct span *in, bool last)
{
	struct look l = { 0 };

	for (;;)
		switch (look(*in, last, &l)) {
		case LINE_MORE: return MBOX_MORE;
		case LINE_BLANK: consume(in, l.n); break;
		case LINE_FROM:
			r->from = l.from;
			consume(in, l.n);
			r->n_messages++;
			r->state = MBOX_HEADER;
			r->has_length = false;
			return MBOX_BEGIN;
		case LINE_TEXT:
		case LINE_QUOTED: r->state = MBOX_DONE; return MBOX_NOT;
		}
}

/* Content-Length; the last one counts.  False: more of the line is needed. */
static bool note_length(struct mbox_reader *r, struct span in, bool last)
{
	const struct span name = SPAN("Content-Length:");
	struct span line;
	size_t n;

	if (!counts(r) || !span_starts_nocase(name, span_sub(in, 0, name.n)))
		return true;
	if (!whole_line(in, last, &line, &n))
		return in.n >= MBOX_LOOK_BYTES;
	if (span_eat_nocase(&line, name) &&
	    span_to_u64(span_trim(line), INT64_MAX, &r->length) == 0)
		r->has_length = true;
	return true;
}

/* The empty line behind a header section whose body is counted. */
static enum mbox_event begin_counted(struct mbox_reader *r, struct span *in, const struct look *l)
{
	consume(in, l->n);
	r->left = r->length;
	r->behind = !r->left;
	r->state = r->left ? MBOX_COUNTED : MBOX_BODY;
	return give(r, SPAN(""), l->eol);
}

static enum mbox_event give_blank(struct mbox_reader *r)
{
	enum mailfile_eol eol = r->blank;

	r->blank = MAILFILE_NO_EOL;
	return give(r, SPAN(""), eol);
}

/* Up to the next message's first line. */
static enum mbox_event text(struct mbox_reader *r, struct span *in, bool last)
{
	struct look l = { 0 };
	enum line is = LINE_TEXT;

	if (last && !in->n)
		return end(r, true);
	for (; !r->in_line; r->blank = l.eol) {
		is = look(*in, last, &l);
		if (is == LINE_MORE)
			return last ? end(r, true) : MBOX_MORE;
		if (is == LINE_FROM)
			return end(r, false);
		if (r->behind && (is != LINE_BLANK || r->blank)) {
			r->n_wrong++;
			r->behind = false;
		}
		if (r->blank)
			return give_blank(r);
		if (is != LINE_BLANK)
			break;
		if (r->state == MBOX_HEADER && r->has_length)
			return begin_counted(r, in, &l);
		r->state = MBOX_BODY;
		consume(in, l.n);
	}
	if (!r->in_line && r->state == MBOX_HEADER && !note_length(r, *in, last))
		return MBOX_MORE;
	if (!r->in_line && is == LINE_QUOTED) {
		note_quoted(r, l.quotes);
		if (is_quoted(r, l.quotes))
			consume(in, 1);
	}
	return piece(r, in, UINT64_MAX, last);
}

static enum mbox_event counted(struct mbox_reader *r, struct span *in, bool last)
{
	struct look l = { 0 };
	bool end_here = last || r->left <= in->n;
	size_t before;

	if (last && !in->n)
		return end(r, true);
	if (!r->in_line) {
		struct span s = span_sub(*in, 0, r->left < in->n ? (size_t)r->left : in->n);
		enum line is = look(s, end_here, &l);
		if (is == LINE_MORE)
			return MBOX_MORE;
		r->n_bare += is == LINE_FROM;
		if (is == LINE_QUOTED)
			note_quoted(r, l.quotes);
		if (is == LINE_QUOTED && r->kind == MBOX_CL) {
			consume(in, 1);
			r->left--;
		}
	}
	before = in->n;
	enum mbox_event event = piece(r, in, r->left, last);
	r->left -= before - in->n;
	if (!r->left) {
		r->state = MBOX_BODY;
		r->behind = true;
		r->in_line = false;
	}
	return event;
}

enum mbox_event mbox_next(struct mbox_reader *r, struct span *in, bool last)
{
	switch (r->state) {
	case MBOX_BETWEEN: return between(r, in, last);
	case MBOX_HEADER:
	case MBOX_BODY: return text(r, in, last);
	case MBOX_COUNTED: return counted(r, in, last);
	case MBOX_DONE: break;
	}
	*in = SPAN("");
	return MBOX_MORE;
}
