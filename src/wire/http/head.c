/* wire/http/head.c - see head.h. */
#include "wire/http/head.h"

#include <string.h>

static const char *const methods[HTTP_METHODS] = {
	[HTTP_OTHER] = "?",       [HTTP_GET] = "GET",         [HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",     [HTTP_PUT] = "PUT",         [HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
};

const char *http_method_name(enum http_method m)
{
	return methods[m < HTTP_METHODS ? m : HTTP_OTHER];
}

static int refuse(struct http_refusal *no, int status, const char *why)
{
	no->status = status;
	return err(status == 431 || status == 414 ? ERR_TOO_LONG : ERR_SYNTAX, "%s", why);
}

/* ---- where it ends ---- */

static bool is_text(char c)
{
	return (unsigned char)c >= 0x20 ? c != 0x7f : c == '\t';
}

int http_head_end(struct span octets, size_t *out, struct http_refusal *no)
{
	size_t start = span_starts(octets, SPAN("\r\n")) ? 2 : 0, line = start;
	size_t most = octets.n < HTTP_HEAD_MAX ? octets.n : HTTP_HEAD_MAX;

	*out = 0;
	for (size_t i = start; i < most; i++) {
		char c = octets.p[i];
		if (c == '\n' || (c == '\r' && i + 1 < octets.n && octets.p[i + 1] != '\n'))
			return refuse(no, 400, "a line of a request ends in CRLF, nothing else");
		if (c != '\r' && !is_text(c))
			return refuse(no, 400, "a control octet in the head of a request");
		if (c != '\r' || i + 1 == octets.n)
			continue;
		if (i == line && i == start)
			return refuse(no, 400, "a request line is missing");
		if (i == line) {
			*out = i + 2;
			return 0;
		}
		line = ++i + 1;
	}
	return octets.n < HTTP_HEAD_MAX
	               ? 0
	               : refuse(no, 431, "the head of the request is longer than 16 KiB");
}

/* ---- the request line: RFC 9112 3 ---- */

/* RFC 9110 5.6.2 */
static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && !strchr("!#$%&'*+-.^_`|~", s.p[i]))
			return false;
	return s.n && !memchr(s.p, 0, s.n);
}

static enum http_method method_of(struct span name)
{
	for (enum http_method m = HTTP_GET; m < HTTP_METHODS; m++)
		if (span_eq(name, span_str(methods[m])))
			return m;
	return HTTP_OTHER;
}

static int take_version(struct span text, struct http_head *h, struct http_refusal *no)
{
	if (!span_starts(text, SPAN("HTTP/")) || text.n != 8 || text.p[6] != '.')
		return refuse(no, 400, "a request line is METHOD TARGET HTTP/1.1");
	if (text.p[5] != '1' || (text.p[7] != '0' && text.p[7] != '1'))
		return refuse(no, 505, "HTTP/1.1 and HTTP/1.0 are spoken here");
	h->minor = (unsigned)(text.p[7] - '0');
	return 0;
}

/* RFC 3986 3.2: what may stand in a host and its port. */
static bool is_host(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && (!s.p[i] || !strchr("-._~:[]%", s.p[i])))
			return false;
	return true;
}

/* Absolute-form (3.2.2): the target's host counts, not Host's. */
static int take_absolute(struct span *target, struct http_head *h, struct http_refusal *no)
{
	if (!span_eat_nocase(target, SPAN("https://")) && !span_eat_nocase(target, SPAN("http://")))
		return refuse(no, 400, "the target of a request begins with /");
	size_t n = 0;
	while (n < target->n && target->p[n] != '/' && target->p[n] != '?')
		n++;
	h->host = span_sub(*target, 0, n);
	*target = span_sub(*target, n, target->n);
	if (!h->host.n || !is_host(h->host))
		return refuse(no, 400, "the target of a request names no host");
	if (!span_starts(*target, SPAN("/")))
		return refuse(no, 400, "the target of a request has no path");
	return 0;
}

static int take_target(struct span target, struct http_head *h, struct http_refusal *no)
{
	int r = 0;

	if (target.n > HTTP_TARGET_MAX)
		return refuse(no, 414, "the target of the request is longer than 8 KiB");
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] <= ' ' || (unsigned char)target.p[i] >= 0x7f || target.p[i] == '#')
			return refuse(no, 400,
			              "the target of a request has an octet that cannot be in it");
	if (!span_eq(target, SPAN("*")) && !span_starts(target, SPAN("/")))
		r = take_absolute(&target, h, no);
	if (r >= 0 && span_eq(target, SPAN("*")) && h->method != HTTP_OPTIONS)
		r = refuse(no, 400, "* is a target of OPTIONS alone");
	ptrdiff_t mark = span_find(target, '?');
	h->path = mark < 0 ? target : span_sub(target, 0, (size_t)mark);
	h->query = mark < 0 ? SPAN("") : span_sub(target, (size_t)mark + 1, target.n);
	return r;
}

static int take_request_line(struct span line, struct http_head *h, struct http_refusal *no)
{
	struct span method, target;

	if (!span_split(&line, ' ', &method) || !span_split(&line, ' ', &target) ||
	    !is_token(method) || !target.n)
		return refuse(no, 400, "a request line is METHOD TARGET HTTP/1.1");
	h->method = method_of(method);
	int r = take_version(line, h, no);
	return r < 0 ? r : take_target(target, h, no);
}

/* ---- fields: RFC 9112 5 ---- */

static int take_field(struct span line, struct http_head *h, struct http_refusal *no)
{
	struct http_field *f = &h->fields[h->n_fields];

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return refuse(no, 400, "a field of a request is one line");
	if (h->n_fields == HTTP_FIELDS_MAX)
		return refuse(no, 431, "a request has at most 100 fields");
	if (span_find(line, ':') < 0 || !span_split(&line, ':', &f->name) || !is_token(f->name))
		return refuse(no, 400, "a field of a request is NAME: VALUE");
	f->value = span_trim(line);
	h->n_fields++;
	return 0;
}

struct span http_field(const struct http_head *h, const char *name)
{
	for (size_t i = 0; i < h->n_fields; i++)
		if (span_eq_nocase(h->fields[i].name, span_str(name)))
			return h->fields[i].value;
	return SPAN("");
}

size_t http_field_count(const struct http_head *h, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_fields; i++)
		n += span_eq_nocase(h->fields[i].name, span_str(name));
	return n;
}

/* ---- what they say of the connection ---- */

/* Whether one of the elements of all fields of that name is that word (RFC 9110 5.6.1). */
static bool lists(const struct http_head *h, const char *name, struct span word)
{
	for (size_t i = 0; i < h->n_fields; i++) {
		struct span rest = h->fields[i].value, one;
		if (!span_eq_nocase(h->fields[i].name, span_str(name)))
			continue;
		while (span_split(&rest, ',', &one))
			if (span_eq_nocase(span_trim(one), word))
				return true;
	}
	return false;
}

static int take_length(struct span text, struct http_head *h, struct http_refusal *no)
{
	if (!text.n || text.n > 18)
		return refuse(no, text.n ? 413 : 400, "Content-Length is no number that can be");
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return refuse(no, 400, "Content-Length is one number");
		else
			h->length = h->length * 10 + (uint64_t)(text.p[i] - '0');
	h->framing = HTTP_LENGTH;
	return 0;
}

/* RFC 9112 6.3: what two readers may take differently is refused (11.2). */
static int take_framing(struct http_head *h, struct http_refusal *no)
{
	size_t n_lengths = http_field_count(h, "Content-Length"),
	       n_codings = http_field_count(h, "Transfer-Encoding");

	if (n_lengths + n_codings > 1)
		return refuse(no, 400, "a request has one Content-Length or one Transfer-Encoding");
	if (n_lengths)
		return take_length(http_field(h, "Content-Length"), h, no);
	if (!n_codings)
		return 0;
	if (!h->minor)
		return refuse(no, 400, "HTTP/1.0 has no Transfer-Encoding");
	if (!span_eq_nocase(http_field(h, "Transfer-Encoding"), SPAN("chunked")))
		return refuse(no, 501, "of transfer codings chunked alone is known here");
	h->framing = HTTP_CHUNKED;
	return 0;
}

/* RFC 9112 3.2 */
static int take_host(struct http_head *h, struct http_refusal *no)
{
	size_t n = http_field_count(h, "Host");
	struct span host = http_field(h, "Host");

	if (n > 1 || (!n && h->minor) || !is_host(host))
		return refuse(no, 400, "a request has one Host, which is a name or an address");
	if (!h->host.n)
		h->host = host;
	return 0;
}

static int take_connection(struct http_head *h, struct http_refusal *no)
{
	struct span expect = http_field(h, "Expect");

	h->keeps_alive = h->minor ? !lists(h, "Connection", SPAN("close"))
	                          : lists(h, "Connection", SPAN("keep-alive"));
	h->awaits_continue = h->minor && span_eq_nocase(expect, SPAN("100-continue"));
	if (expect.n && !h->awaits_continue && h->minor)
		return refuse(no, 417, "of Expect 100-continue alone is known here");
	return 0;
}

/* ---- all of it ---- */

static bool next_line(struct span *rest, struct span *line)
{
	ptrdiff_t n = span_find_span(*rest, SPAN("\r\n"));

	if (n <= 0)
		return false;
	*line = span_sub(*rest, 0, (size_t)n);
	*rest = span_sub(*rest, (size_t)n + 2, rest->n);
	return true;
}

int http_head_parse(struct span octets, struct http_head *out, struct http_refusal *no)
{
	struct span line;
	int r;

	memset(out, 0, sizeof *out);
	(void)span_eat(&octets, SPAN("\r\n"));
	if (!next_line(&octets, &line))
		return refuse(no, 400, "a request line is missing");
	r = take_request_line(line, out, no);
	while (r >= 0 && next_line(&octets, &line))
		r = take_field(line, out, no);
	if (r >= 0)
		r = take_host(out, no);
	if (r >= 0)
		r = take_framing(out, no);
	return r < 0 ? r : take_connection(out, no);
}
