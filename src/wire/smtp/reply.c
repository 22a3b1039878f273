/* wire/smtp/reply.c - reading a reply; see reply.h. */
#include "wire/smtp/reply.h"

#include "base/utf8.h"

void smtp_reply_init(struct smtp_reply *r)
{
	*r = (struct smtp_reply){ .text = BUF(SMTP_REPLY_TEXT_KEPT) };
}

void smtp_reply_fini(struct smtp_reply *r)
{
	buf_fini(&r->text);
	*r = (struct smtp_reply){ 0 };
}

void smtp_reply_reset(struct smtp_reply *r)
{
	struct buf text = r->text;

	buf_reset(&text);
	*r = (struct smtp_reply){ .text = text };
}

/* Adds octets of the line being read, as far as the limits go. */
static int put_piece(struct smtp_reply *r, struct span piece)
{
	size_t room = SMTP_REPLY_LINE_KEPT;
	struct span kept;

	while (piece.n && r->line_seen < sizeof r->head) {
		r->head[r->line_seen++] = piece.p[0];
		piece = span_sub(piece, 1, piece.n);
	}
	room = r->line_seen < room ? room - r->line_seen : 0;
	if (room > SMTP_REPLY_TEXT_KEPT - r->text.n)
		room = SMTP_REPLY_TEXT_KEPT - r->text.n;
	if (r->n_lines >= SMTP_REPLY_LINES_KEPT)
		room = 0;
	kept = span_sub(piece, 0, room);
	r->cut |= kept.n < piece.n;
	r->line_seen += piece.n;
	return buf_put(&r->text, kept);
}

/* Takes the enhanced code and the CR off the kept part of the line. */
static void strip_line(struct smtp_reply *r)
{
	struct span line = span_sub(buf_span(&r->text), r->line_from, r->text.n), rest;
	struct smtp_enhanced e;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	rest = line;
	if (smtp_enhanced_parse(&rest, &e) < 0)
		rest = line;
	else if (r->enhanced.class == 0)
		r->enhanced = e;
	else if (e.class != r->enhanced.class || e.subject != r->enhanced.subject ||
	         e.detail != r->enhanced.detail)
		rest = line;
	if (rest.n)
		memmove(r->text.p + r->line_from, rest.p, rest.n);
	r->text.n = r->line_from + rest.n;
}

/* The code of the line's head and what follows it: ' ' (last line), '-' or 0. */
static char parse_head(const struct smtp_reply *r, int *code)
{
	const char *h = r->head;

	if (r->line_seen < 3 || h[0] < '2' || h[0] > '5' || h[1] < '0' || h[1] > '9' ||
	    h[2] < '0' || h[2] > '9')
		return 0;
	*code = (h[0] - '0') * 100 + (h[1] - '0') * 10 + (h[2] - '0');
	if (r->line_seen == 3 || (r->line_seen == 4 && h[3] == '\r'))
		return ' ';
	return h[3] == ' ' || h[3] == '-' ? h[3] : 0;
}

/* 1 when the line was the last. */
static int end_line(struct smtp_reply *r)
{
	int code = 0;
	char mark = parse_head(r, &code);

	if (!mark)
		return err(ERR_SYNTAX, "a line of the reply has no code");
	if (r->n_lines && code != r->code)
		return err(ERR_SYNTAX, "the lines of the reply have different codes");
	if (++r->n_lines > SMTP_REPLY_LINES_MAX)
		return err(ERR_TOO_LONG, "the reply is over %d lines", SMTP_REPLY_LINES_MAX);
	r->code = code;
	strip_line(r);
	if (mark == '-' && r->n_lines < SMTP_REPLY_LINES_KEPT && r->text.n < SMTP_REPLY_TEXT_KEPT)
		buf_putc(&r->text, '\n');
	r->line_from = r->text.n;
	r->line_seen = 0;
	r->complete = mark == ' ';
	return r->text.err ? r->text.err : r->complete;
}

int smtp_reply_feed(struct smtp_reply *r, struct span *in)
{
	if (r->complete || r->text.cap == 0) {
		r->text.cap = SMTP_REPLY_TEXT_KEPT;
		smtp_reply_reset(r);
	}
	while (in->n) {
		ptrdiff_t lf = span_find(*in, '\n');
		struct span piece = span_sub(*in, 0, lf < 0 ? in->n : (size_t)lf);
		int rc;

		*in = span_sub(*in, piece.n + (lf >= 0), in->n);
		r->n_bytes += piece.n + (lf >= 0);
		if (r->n_bytes > SMTP_REPLY_BYTES_MAX)
			return err(ERR_TOO_LONG, "the reply is over %d octets",
			           SMTP_REPLY_BYTES_MAX);
		if (span_find(piece, '\0') >= 0)
			return err(ERR_SYNTAX, "the reply holds a NUL");
		rc = put_piece(r, piece);
		if (rc == 0 && lf >= 0)
			rc = end_line(r);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* What would change how a line is shown, or be none. */
static bool is_plain(uint32_t c)
{
	return c >= 0x20 && (c < 0x7f || c > 0x9f) && (c < 0x2028 || c > 0x202e) &&
	       (c < 0x2066 || c > 0x2069);
}

int smtp_reply_put_flat(struct span text, size_t max, struct buf *out)
{
	size_t n = 0;

	while (text.n) {
		struct span one = text;
		uint32_t c = 0;

		if (utf8_next(&text, &c) < 0)
			one = SPAN("?");
		else if (c == '\n')
			one = SPAN(" ");
		else if (!is_plain(c))
			one = SPAN("?");
		else
			one.n -= text.n;
		n += one.n;
		if (n > max)
			break;
		buf_put(out, one);
	}
	return out->err;
}
