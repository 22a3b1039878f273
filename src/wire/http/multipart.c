/* wire/http/multipart.c - see multipart.h. */
#include "wire/http/multipart.h"

#include <string.h>

#include "base/buf.h"

enum { START, DELIMITED, DATA_START, DATA, OVER };

/* ---- names and values ---- */

static int unhex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One octet of a quoted value; *n: octets that it takes. */
static char unquoted(struct span s, size_t *n)
{
	int high, low;

	*n = 1;
	if (s.n > 1 && s.p[0] == '\\' && (s.p[1] == '"' || s.p[1] == '\\'))
		return s.p[(*n)++];
	if (s.n < 3 || s.p[0] != '%')
		return s.p[0];
	high = unhex(s.p[1]);
	low = unhex(s.p[2]);
	int octet = high < 0 || low < 0 ? -1 : high << 4 | low;
	if (octet != '"' && octet != '\r' && octet != '\n')
		return s.p[0];
	*n = 3;
	return (char)octet;
}

/* Behind the opening quote; *rest is behind the closing one then. */
static int take_quoted(struct span *rest, struct buf *out)
{
	while (rest->n && rest->p[0] != '"') {
		size_t n;

		buf_putc(out, unquoted(*rest, &n));
		*rest = span_sub(*rest, n, rest->n);
	}
	if (!rest->n)
		return err(ERR_SYNTAX, "a quote of a part's field does not end");
	*rest = span_sub(*rest, 1, rest->n);
	return out->err;
}

/* `; name=value` behind a field's first word: 1; 0: there is none. */
static int take_parameter(struct span *rest, struct span *name, struct buf *value)
{
	ptrdiff_t at;

	*rest = span_trim_left(*rest);
	if (!span_eat(rest, SPAN(";")) || (*rest = span_trim_left(*rest)).n == 0)
		return 0;
	at = span_find(*rest, '=');
	if (at < 0)
		return err(ERR_SYNTAX, "a parameter of a part's field has no value");
	*name = span_trim(span_sub(*rest, 0, (size_t)at));
	*rest = span_trim_left(span_sub(*rest, (size_t)at + 1, rest->n));
	buf_reset(value);
	if (span_eat(rest, SPAN("\""))) {
		int r = take_quoted(rest, value);
		return r < 0 ? r : 1;
	}
	at = span_find(*rest, ';');
	size_t n = at < 0 ? rest->n : (size_t)at;
	int r = buf_put(value, span_trim(span_sub(*rest, 0, n)));
	*rest = span_sub(*rest, n, rest->n);
	return r < 0 ? r : 1;
}

static struct span first_word(struct span value, struct span *rest)
{
	ptrdiff_t at = span_find(value, ';');
	size_t n = at < 0 ? value.n : (size_t)at;

	*rest = span_sub(value, n, value.n);
	return span_trim(span_sub(value, 0, n));
}

int http_multipart_begin(struct http_multipart *m, struct span content_type)
{
	AUTO_BUF value = BUF(HTTP_PART_HEAD_MAX);
	struct span rest, name, boundary = { 0 };
	int r = 0;

	if (!span_eq_nocase(first_word(content_type, &rest), SPAN("multipart/form-data")))
		return ERR_NOT_FOUND;
	/* What stands behind it is of no matter, and would be read into the same octets. */
	while (!boundary.n && (r = take_parameter(&rest, &name, &value)) > 0)
		if (span_eq_nocase(name, SPAN("boundary")))
			boundary = buf_span(&value);
	if (r < 0)
		return r;
	if (!boundary.n || boundary.n > HTTP_BOUNDARY_MAX)
		return err(ERR_SYNTAX, "the form has no boundary of 1 to %d octets",
		           HTTP_BOUNDARY_MAX);
	*m = (struct http_multipart){ .delimiter = "\r\n--", .delimiter_n = 4 + boundary.n };
	memcpy(m->delimiter + 4, boundary.p, boundary.n);
	return 0;
}

/* ---- the head of a part ---- */

/* The last path segment: some browsers tell whole paths. */
static struct span base_name(struct span path)
{
	ptrdiff_t slash = span_find_last(path, '/'), back = span_find_last(path, '\\');
	ptrdiff_t at = slash > back ? slash : back;

	return span_sub(path, (size_t)(at + 1), path.n);
}

static int read_disposition(struct span value, struct arena *mem, struct http_part *out)
{
	AUTO_BUF text = BUF(HTTP_PART_HEAD_MAX);
	struct span rest, name;
	bool has_name = false;
	int r = span_eq_nocase(first_word(value, &rest), SPAN("form-data"))
	                ? 1
	                : err(ERR_SYNTAX, "a part is no form-data (RFC 7578 4.2)");

	while (r > 0 && (r = take_parameter(&rest, &name, &text)) > 0) {
		if (span_eq_nocase(name, SPAN("name"))) {
			has_name = true;
			r = arena_copy(mem, buf_span(&text), &out->name);
		} else if (span_eq_nocase(name, SPAN("filename"))) {
			r = arena_copy(mem, base_name(buf_span(&text)), &out->file_name);
		}
		r = r < 0 ? r : 1;
	}
	if (r >= 0 && !has_name)
		r = err(ERR_SYNTAX, "a part has no name (RFC 7578 4.2)");
	return r;
}

/* RFC 7578 4.7: nobody uses it, and octets are octets. */
static int check_encoding(struct span value)
{
	if (span_eq_nocase(value, SPAN("7bit")) || span_eq_nocase(value, SPAN("8bit")) ||
	    span_eq_nocase(value, SPAN("binary")))
		return 0;
	return err(ERR_SYNTAX, "a part is in %.*s: send it as it is (RFC 7578 4.7)",
	           SPAN_ARG(value));
}

static int read_line(struct span line, struct arena *mem, struct http_part *out)
{
	ptrdiff_t at = span_find(line, ':');

	if (at <= 0)
		return err(ERR_SYNTAX, "a part's head has a line that is no field");
	struct span name = span_sub(line, 0, (size_t)at);
	struct span value = span_trim(span_sub(line, (size_t)at + 1, line.n));
	if (span_eq_nocase(name, SPAN("Content-Disposition")))
		return read_disposition(value, mem, out);
	if (span_eq_nocase(name, SPAN("Content-Type")))
		return arena_copy(mem, value, &out->type);
	if (span_eq_nocase(name, SPAN("Content-Transfer-Encoding")))
		return check_encoding(value);
	return 0;
}

/* head: lines, each with its CRLF. */
static int read_head(struct span head, struct arena *mem, struct http_part *out)
{
	int r = 0;

	*out = (struct http_part){ 0 };
	while (r >= 0 && head.n) {
		size_t n = (size_t)span_find_span(head, SPAN("\r\n"));

		r = read_line(span_sub(head, 0, n), mem, out);
		head = span_sub(head, n + 2, head.n);
	}
	if (r >= 0 && !out->name.p)
		r = err(ERR_SYNTAX, "a part has no Content-Disposition (RFC 7578 4.2)");
	return r;
}

/* ---- the parts ---- */

static struct span delimiter(const struct http_multipart *m)
{
	return span_make(m->delimiter, m->delimiter_n);
}

/* Without its line's end, which at the front is not there, and of a part without an octet may be
 * the one of its head. */
static struct span bare_delimiter(const struct http_multipart *m)
{
	return span_sub(delimiter(m), 2, m->delimiter_n);
}

/* Behind a delimiter: the end, or a line's end and the head of the next part. */
static int take_head(struct http_multipart *m, struct span *in, struct arena *mem,
                     struct http_part *part)
{
	ptrdiff_t line, end;
	int r;

	if (in->n >= 2 && span_starts(*in, SPAN("--"))) {
		m->state = OVER;
		return HTTP_PARTS_OVER;
	}
	line = span_find_span(*in, SPAN("\r\n"));
	if (line >= 0 && span_trim(span_sub(*in, 0, (size_t)line)).n)
		return err(ERR_SYNTAX, "behind a boundary stands something else (RFC 2046 5.1.1)");
	struct span head = line < 0 ? SPAN("") : span_sub(*in, (size_t)line + 2, in->n);
	if (line >= 0 && span_starts(head, SPAN("\r\n")))
		return err(ERR_SYNTAX, "a part has no Content-Disposition (RFC 7578 4.2)");
	end = span_find_span(head, SPAN("\r\n\r\n"));
	size_t n = end < 0 ? in->n + 1 : (size_t)(line + 2 + end + 4);
	if (n > HTTP_PART_HEAD_MAX)
		return err(ERR_SYNTAX, "the head of a part is longer than %d octets",
		           HTTP_PART_HEAD_MAX);
	if (end < 0)
		return HTTP_PART_MORE;
	r = read_head(span_sub(head, 0, (size_t)end + 2), mem, part);
	*in = span_sub(head, (size_t)end + 4, head.n);
	m->state = DATA_START;
	return r < 0 ? r : HTTP_PART_BEGIN;
}

static int take_data(struct http_multipart *m, struct span *in, struct span *out)
{
	ptrdiff_t at = span_find_span(*in, delimiter(m));
	size_t n = at >= 0                   ? (size_t)at
	           : in->n >= m->delimiter_n ? in->n - (m->delimiter_n - 1)
	                                     : 0;

	if (at == 0) {
		*in = span_sub(*in, m->delimiter_n, in->n);
		m->state = DELIMITED;
		return HTTP_PART_END;
	}
	*out = span_sub(*in, 0, n);
	*in = span_sub(*in, n, in->n);
	return n ? HTTP_PART_DATA : HTTP_PART_MORE;
}

static int take_start(struct http_multipart *m, struct span *in, struct arena *mem,
                      struct http_part *part)
{
	if (in->n < m->delimiter_n)
		return HTTP_PART_MORE;
	(void)span_eat(in, SPAN("\r\n"));
	if (!span_eat(in, bare_delimiter(m)))
		return err(ERR_SYNTAX, "the form does not begin with its boundary");
	m->state = DELIMITED;
	return take_head(m, in, mem, part);
}

static int take_first(struct http_multipart *m, struct span *in, struct span *out)
{
	struct span bare = bare_delimiter(m);

	if (in->n < bare.n && span_starts(bare, *in))
		return HTTP_PART_MORE;
	if (span_eat(in, bare)) {
		m->state = DELIMITED;
		return HTTP_PART_END;
	}
	m->state = DATA;
	return take_data(m, in, out);
}

int http_multipart_take(struct http_multipart *m, struct span *in, struct arena *mem,
                        struct http_part *part, struct span *out)
{
	switch (m->state) {
	case START: return take_start(m, in, mem, part);
	case DELIMITED: return take_head(m, in, mem, part);
	case DATA_START: return take_first(m, in, out);
	case DATA: return take_data(m, in, out);
	default: return HTTP_PARTS_OVER;
	}
}
