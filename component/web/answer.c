/* component/web/answer.c - see answer.h. */
#include "component/web/answer.h"

/* ---- octets ---------------------------------------------------------------------------- */

void web_answer_begin(struct web_answer *a)
{
	web_answer_fini(a);
	*a = (struct web_answer){ .head = BUF(WEB_HEAD_MAX), .body = BUF(WEB_BODY_MAX) };
}

void web_answer_fini(struct web_answer *a)
{
	buf_fini(&a->head);
	buf_fini(&a->body);
}

static int take_field(struct web_answer *a, struct span line)
{
	struct span name, value = line;
	uint64_t seconds;

	if (span_find(line, ':') < 1)
		return err(ERR_SYNTAX, "the web server's answer has a field without a name");
	(void)span_split(&value, ':', &name);
	value = span_trim(value);
	if (span_eq_nocase(name, SPAN("Content-Length"))) {
		a->has_length = true;
		return span_to_u64(value, WEB_BODY_MAX, &a->left);
	}
	if (span_eq_nocase(name, SPAN("Transfer-Encoding"))) {
		a->chunked = true;
		return span_eq_nocase(value, SPAN("chunked")) ? 0 : ERR_SYNTAX;
	}
	if (span_eq_nocase(name, SPAN("Connection")))
		a->closes = a->closes || span_find_nocase(value, SPAN("close")) >= 0;
	if (span_eq_nocase(name, SPAN("Retry-After")) &&
	    span_to_u64(value, 24 * 60 * 60, &seconds) >= 0)
		a->retry_after_s = (unsigned)seconds;
	return 0;
}

/* "HTTP/1.1 200 OK" */
static int take_status(struct web_answer *a, struct span line)
{
	uint64_t status;

	if (!span_starts_nocase(line, SPAN("HTTP/1.")) || line.n < 12 ||
	    span_to_u64(span_sub(line, 9, 3), 999, &status) < 0 || status < 100)
		return err(ERR_SYNTAX, "what answers there does not speak HTTP/1.1");
	a->closes = line.p[7] == '0';
	a->status = (int)status;
	return 0;
}

/* Its empty line is there, at `end`. */
static int take_head(struct web_answer *a, size_t end)
{
	struct span rest = span_sub(buf_span(&a->head), 0, end), line;
	bool first = true;
	int r = 0;

	while (r >= 0 && span_split(&rest, '\n', &line)) {
		if (span_ends_nocase(line, SPAN("\r")))
			line.n--;
		r = first ? take_status(a, line) : take_field(a, line);
		first = false;
	}
	if (r < 0 || a->status >= 200)
		return r;
	/* RFC 9110 15.2: another answer follows, of which this says nothing. */
	a->status = 0;
	a->chunked = a->closes = a->has_length = false;
	a->left = 0;
	return 0;
}

static int take_body(struct web_answer *a, struct span octets)
{
	struct span piece;
	int r = 1;

	if (a->chunked) {
		while (r == 1 && octets.n) {
			r = http_chunks_take(&a->chunks, &octets, &piece);
			if (r >= 0 && buf_put(&a->body, piece) < 0)
				return ERR_TOO_LONG;
		}
		return r;
	}
	if (a->has_length)
		octets = span_sub(octets, 0, a->left);
	a->left -= a->has_length ? octets.n : 0;
	if (buf_put(&a->body, octets) < 0)
		return ERR_TOO_LONG;
	return a->has_length && !a->left ? 0 : 1;
}

int web_answer_take(struct web_answer *a, struct span octets)
{
	int r = 0;

	if (a->status)
		return take_body(a, octets);
	if (buf_put(&a->head, octets) < 0)
		return err(ERR_TOO_LONG, "the head of the web server's answer is too long");
	while (!a->status) {
		ptrdiff_t end = span_find_span(buf_span(&a->head), SPAN("\r\n\r\n"));

		if (end < 0)
			return 1;
		r = take_head(a, (size_t)end);
		if (r < 0) {
			a->status = 0;
			return r;
		}
		buf_consume(&a->head, (size_t)end + 4);
	}
	r = take_body(a, buf_span(&a->head));
	buf_reset(&a->head);
	return r;
}

bool web_answer_is_whole(const struct web_answer *a)
{
	return a->status && !a->chunked && !a->has_length;
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void skip_space(struct span *s)
{
	while (s->n && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
		*s = span_sub(*s, 1, s->n);
}

static bool eat(struct span *s, char c)
{
	skip_space(s);
	if (!s->n || *s->p != c)
		return false;
	*s = span_sub(*s, 1, s->n);
	return true;
}

/* Octets of the string at the front, with its quotes; 0: it does not end. */
static size_t string_length(struct span s)
{
	size_t n = 1;

	while (n < s.n && s.p[n] != '"')
		n += s.p[n] == '\\' ? 2 : 1;
	return n < s.n ? n + 1 : 0;
}

/* However deep it is: without recursion. */
static int take_value(struct span *s, struct span *out)
{
	size_t n = 0, depth = 0;

	skip_space(s);
	while (n < s->n) {
		char c = s->p[n];
		size_t more = c == '"' ? string_length(span_sub(*s, n, s->n)) : 1;

		if (!more || (!depth && (c == ',' || c == '}' || c == ']')))
			break;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		n += more;
	}
	*out = span_trim(span_sub(*s, 0, n));
	*s = span_sub(*s, n, s->n);
	return depth || !out->n ? err(ERR_SYNTAX, "the server's answer is no JSON") : 0;
}

int web_member(struct span object, const char *name, struct span *out)
{
	struct span key, value;

	*out = (struct span){ 0 };
	if (!eat(&object, '{'))
		return err(ERR_SYNTAX, "the server's answer is no object");
	if (eat(&object, '}'))
		return 0;
	do {
		skip_space(&object);
		size_t n = object.n && *object.p == '"' ? string_length(object) : 0;

		key = span_sub(object, 1, n ? n - 2 : 0);
		object = span_sub(object, n, object.n);
		if (!n || !eat(&object, ':') || take_value(&object, &value) < 0)
			return err(ERR_SYNTAX, "the server's answer is no JSON");
		if (span_eq(key, span_str(name)))
			*out = value;
	} while (eat(&object, ','));
	return eat(&object, '}') ? 0 : err(ERR_SYNTAX, "the server's answer is no JSON");
}

int web_element(struct span *at, struct span *out)
{
	if (!eat(at, '[') && !eat(at, ',')) /* it begins, or goes on */
		return eat(at, ']') ? 0 : err(ERR_SYNTAX, "the server's answer is no array");
	if (eat(at, ']'))
		return 0;
	int r = take_value(at, out);
	return r < 0 ? r : 1;
}
