/* base/json.c - see json.h. */
#include "base/json.h"

#include "base/base64.h"
#include "base/clock.h"

#include "base/utf8.h"

/* What stands before a value: a comma unless it is the first, or has a key. */
static void put_comma(struct json *j)
{
	if (j->comma)
		buf_putc(j->out, ',');
	j->comma = true;
}

static void begin(struct json *j, char c)
{
	put_comma(j);
	buf_putc(j->out, c);
	j->comma = false;
}

static void end(struct json *j, char c)
{
	buf_putc(j->out, c);
	j->comma = true;
}

void json_begin_object(struct json *j)
{
	begin(j, '{');
}

void json_end_object(struct json *j)
{
	end(j, '}');
}

void json_begin_array(struct json *j)
{
	begin(j, '[');
}

void json_end_array(struct json *j)
{
	end(j, ']');
}

static bool must_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

static void put_char(struct buf *out, uint32_t c)
{
	char octets[4];

	if (c == '"' || c == '\\')
		buf_putc(out, '\\');
	if (must_escape(c))
		buf_printf(out, "\\u%04x", c);
	else
		buf_put(out, span_make(octets, utf8_encode(c, octets)));
}

static void put_string(struct buf *out, struct span s)
{
	buf_putc(out, '"');
	while (s.n && !out->err) {
		uint32_t c;

		if (utf8_next(&s, &c) < 0)
			c = 0xfffd;
		put_char(out, c);
	}
	buf_putc(out, '"');
}

void json_key(struct json *j, const char *key)
{
	put_comma(j);
	put_string(j->out, span_str(key));
	buf_putc(j->out, ':');
	j->comma = false;
}

void json_span(struct json *j, struct span s)
{
	put_comma(j);
	put_string(j->out, s);
}

void json_str(struct json *j, const char *z)
{
	if (z) {
		json_span(j, span_str(z));
		return;
	}
	put_comma(j);
	buf_puts(j->out, "null");
}

void json_int(struct json *j, int64_t v)
{
	put_comma(j);
	buf_printf(j->out, "%jd", (intmax_t)v);
}

void json_bool(struct json *j, bool v)
{
	put_comma(j);
	buf_puts(j->out, v ? "true" : "false");
}

void json_value(struct json *j, struct span text)
{
	put_comma(j);
	buf_put(j->out, text);
}

void json_member_span(struct json *j, const char *key, struct span s)
{
	json_key(j, key);
	if (s.n)
		json_span(j, s);
	else
		json_str(j, NULL);
}

void json_member_int(struct json *j, const char *key, int64_t v)
{
	json_key(j, key);
	json_int(j, v);
}

void json_member_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}

void json_member_time(struct json *j, const char *key, int64_t time_ms)
{
	AUTO_BUF text = BUF(64);

	if (time_ms)
		clock_put_rfc3339(&text, time_ms);
	json_member_span(j, key, buf_span(&text));
}

void json_member_id(struct json *j, const char *key, uint64_t id)
{
	char text[ID_TEXT_LEN + 1];

	id_print(id, text);
	json_member_span(j, key, span_str(text));
}

int json_check_depth(struct span text, size_t max)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string)
			i += c == '\\'; /* what it escapes is no end */
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth)
			depth--;
		if (depth > max)
			return ERR_TOO_LONG;
	}
	return 0;
}

size_t json_count(struct span text)
{
	size_t n = 1;
	bool in_string = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string)
			i += c == '\\';
		else
			n += c == '[' || c == '{' || c == ',' || c == ':';
	}
	return n;
}
