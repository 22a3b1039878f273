/* wire/rspamd/http.c - a reply of HTTP/1.1 (RFC 9112), of one request.  See rspamd.h. */
#include "wire/rspamd/rspamd.h"

enum { HEAD_BYTES_MAX = 32 << 10, LINE_MAX = 4 << 10 };

enum framing { UNTIL_CLOSE, BY_LENGTH, BY_CHUNKS };

struct head {
	int code;
	struct span reason, server;
	enum framing framing;
	uint64_t length;
};

/* A line that ends in CRLF, from the front of *in.  1, 0: it is not there whole. */
static int take_line(struct span *in, struct span *line)
{
	ptrdiff_t at = span_find_span(*in, SPAN("\r\n"));

	if (at < 0)
		return in->n > LINE_MAX ? err(ERR_TOO_LONG, "it sends a line without end") : 0;
	*line = span_sub(*in, 0, (size_t)at);
	*in = span_sub(*in, (size_t)at + 2, in->n);
	return 1;
}

/* "HTTP/1.1 200 OK" (RFC 9112 4) */
static int read_status(struct span line, struct head *out)
{
	uint64_t code;

	if (!span_eat(&line, SPAN("HTTP/1.")) || line.n < 5 || line.p[0] < '0' || line.p[0] > '9' ||
	    line.p[1] != ' ' || span_to_u64(span_sub(line, 2, 3), 599, &code) < 0 || code < 100 ||
	    (line.n > 5 && line.p[5] != ' '))
		return err(ERR_SYNTAX, "it does not speak HTTP/1.1");
	out->code = (int)code;
	out->reason = span_sub(line, 6, line.n);
	return 0;
}

/* RFC 9112 6.1 and 6.3: which octets are the body's, where the fields agree on it; and who speaks.
 */
static int read_named(struct span name, struct span value, struct head *io)
{
	uint64_t n;

	if (span_eq_nocase(name, SPAN("Content-Length"))) {
		if (span_to_u64(value, RSPAMD_REPLY_BYTES_MAX, &n) < 0)
			return err(ERR_SYNTAX, "its Content-Length is no number up to %d",
			           RSPAMD_REPLY_BYTES_MAX);
		if (io->framing == BY_CHUNKS || (io->framing == BY_LENGTH && n != io->length))
			return err(ERR_SYNTAX, "it tells two lengths of its reply");
		io->framing = BY_LENGTH;
		io->length = n;
	} else if (span_eq_nocase(name, SPAN("Transfer-Encoding"))) {
		if (io->framing != UNTIL_CLOSE || !span_eq_nocase(value, SPAN("chunked")))
			return err(ERR_SYNTAX, "its reply is encoded in a way that is not known");
		io->framing = BY_CHUNKS;
	} else if (span_eq_nocase(name, SPAN("Server"))) {
		io->server = value;
	} else if (span_eq_nocase(name, SPAN("Content-Encoding")) &&
	           !span_eq_nocase(value, SPAN("identity"))) {
		return err(ERR_SYNTAX, "its reply is compressed, which nobody asked for");
	}
	return 0;
}

static int read_field(struct span line, struct head *io)
{
	ptrdiff_t colon = span_find(line, ':');

	/* RFC 9112 5.1, 5.2: no blank before the colon, no fold */
	if (colon <= 0 || line.p[0] == ' ' || line.p[0] == '\t' || line.p[colon - 1] == ' ')
		return err(ERR_SYNTAX, "it sends a field that is none");
	return read_named(span_sub(line, 0, (size_t)colon),
	                  span_trim(span_sub(line, (size_t)colon + 1, line.n)), io);
}

/* 1: *in is behind the head. */
static int read_head(struct span *in, struct head *out)
{
	struct span line, all = *in;
	int r = take_line(in, &line);

	if (r <= 0)
		return r;
	*out = (struct head){ 0 };
	r = read_status(line, out);
	while (r >= 0 && (r = take_line(in, &line)) == 1) {
		if (all.n - in->n > HEAD_BYTES_MAX)
			return err(ERR_TOO_LONG, "it sends fields without end");
		if (!line.n)
			return 1;
		r = read_field(line, out);
	}
	return r;
}

/* RFC 9112 7.1: "1f;extension", octets, CRLF, and so on to a chunk of none; trailers are read over.
 */
static int read_size(struct span line, size_t *n)
{
	struct span digits = { 0 };
	size_t got = 0;

	(void)span_split(&line, ';', &digits);
	digits = span_trim(digits);
	if (!digits.n || digits.n > 6)
		return err(ERR_SYNTAX, "it sends a chunk of no size that can be");
	for (size_t i = 0; i < digits.n; i++) {
		char c = digits.p[i];
		int v = c >= '0' && c <= '9'   ? c - '0'
		        : c >= 'a' && c <= 'f' ? c - 'a' + 10
		        : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                               : -1;
		if (v < 0)
			return err(ERR_SYNTAX, "it sends a chunk of no size that can be");
		got = got * 16 + (size_t)v;
	}
	*n = got;
	return 0;
}

static int read_chunks(struct span in, struct buf *room)
{
	struct span line;
	size_t n = 1;
	int r = 0;

	buf_reset(room);
	while (n && (r = take_line(&in, &line)) == 1) {
		r = read_size(line, &n);
		if (r < 0 || !n)
			break;
		if (in.n < n + 2)
			return 0;
		if (in.p[n] != '\r' || in.p[n + 1] != '\n')
			return err(ERR_SYNTAX, "it sends a chunk that does not end");
		r = buf_put(room, span_sub(in, 0, n));
		if (r < 0)
			return r;
		in = span_sub(in, n + 2, in.n);
	}
	while (r >= 0 && !n && (r = take_line(&in, &line)) == 1)
		if (!line.n)
			return 1;
	return r;
}

static int read_body(struct span in, const struct head *h, bool ended, struct buf *room,
                     struct span *body)
{
	int r;

	switch (h->framing) {
	case BY_LENGTH: *body = span_sub(in, 0, (size_t)h->length); return body->n == h->length;
	case BY_CHUNKS:
		r = read_chunks(in, room);
		*body = buf_span(room);
		return r;
	default: *body = in; return ended;
	}
}

int rspamd_http_read(struct span in, bool ended, struct buf *room, struct rspamd_http *out)
{
	struct head h = { 0 };
	struct span body = { 0 };
	int r;

	do /* RFC 9110 15.2: what is only for now is read over */
		r = read_head(&in, &h);
	while (r == 1 && h.code < 200);
	if (r == 1)
		r = read_body(in, &h, ended, room, &body);
	if (r == 0 && ended)
		return err(ERR_CLOSED, "it ended its reply before it was all");
	if (r == 1)
		*out = (struct rspamd_http){ h.code, h.reason, body, h.server };
	return r;
}
