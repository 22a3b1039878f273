/* wire/message/seven_bit.c - see seven_bit.h.
 *
 * One walk serves both passes: lines in, each to its part.  The boundary's own CRLF is not
 * content (RFC 2046 5.1.1), so a line's CRLF is owed until the next line shows what it was.
 */
#include "wire/message/header.h"
#include "wire/message/seven_bit_impl.h"

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
		seven_bit_end_header(s, false);
	if (s->place == SEVEN_BIT_LEAF)
		seven_bit_end_leaf(s);
	seven_bit_pay_crlf(s);
	seven_bit_put(s, line);
	s->owes_crlf = crlf;
	s->n_frames = last ? i : i + 1;
	s->frozen = s->frames[i].frozen;
	s->place = SEVEN_BIT_BETWEEN;
	if (last)
		return;
	seven_bit_pay_crlf(s);
	seven_bit_begin_header(s, s->n_parts++, s->frames[i].digest);
}

static void do_header_line(struct message_seven_bit *s, struct span line, bool first, bool crlf)
{
	struct seven_bit_header *h = &s->header;
	struct span name;
	enum message_line kind = MESSAGE_LINE_CONTINUATION;

	if (first)
		kind = message_line_kind(line, &name);
	if (kind == MESSAGE_LINE_BLANK) {
		seven_bit_end_header(s, true);
		return;
	}
	h->n_lines++;
	if (kind == MESSAGE_LINE_FIELD)
		seven_bit_open_field(s, line, name);
	if (h->dropped)
		return;
	if (kind != MESSAGE_LINE_FIELD && h->to == h->type)
		seven_bit_gather(s, line);
	if (h->to == h->encoding) {
		seven_bit_gather(s, line);
		if (crlf)
			seven_bit_gather(s, SPAN("\r\n"));
		return;
	}
	if (h->to && crlf)
		seven_bit_gather(s, SPAN("\r\n"));
	seven_bit_put(s, line);
	if (crlf)
		seven_bit_put_crlf(s);
}

static bool ends_header(const struct message_seven_bit *s, struct span line)
{
	enum message_line kind = message_line_kind(line, NULL);

	return kind == MESSAGE_LINE_MALFORMED ||
	       (kind == MESSAGE_LINE_CONTINUATION && !s->header.n_lines);
}

static void do_body_line(struct message_seven_bit *s, struct span line, bool first, bool crlf)
{
	bool high = seven_bit_is_high(line);

	seven_bit_pay_crlf(s);
	s->eight_bit |= high;
	s->stuck |= high && s->place == SEVEN_BIT_BETWEEN;
	for (size_t i = 0; high && i < line.n; i++)
		s->n_high += (unsigned char)line.p[i] >= 0x80;
	s->n_octets += line.n;
	seven_bit_put_content(s, line, first);
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
		seven_bit_end_header(s, false);
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
		seven_bit_end_header(s, false);
	/* Nothing follows: the last CRLF is the content's own. */
	seven_bit_pay_crlf(s);
	if (s->place == SEVEN_BIT_LEAF)
		seven_bit_end_leaf(s);
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
	seven_bit_begin_header(s, 0, false);
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
