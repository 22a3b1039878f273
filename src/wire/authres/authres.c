/* wire/authres/authres.c - see authres.h. */
#include "wire/authres/authres.h"

#include "wire/message/address.h"
#include "wire/message/header.h"

enum { ID_MAX = 1024 };

/* RFC 2045 5.1: printable US-ASCII without tspecials. */
static bool is_token_char(char c)
{
	return c > ' ' && c < 0x7f && !memchr("()<>@,;:\\\"/[]?=", c, 15);
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_char(s.p[i]))
			return false;
	return s.n > 0;
}

/* pvalue: value, or [ [ local-part ] "@" ] domain-name (RFC 8601 2.2). */
static bool is_plain(struct span s)
{
	struct span local = { 0 }, domain = s;
	ptrdiff_t at = span_find(s, '@');

	if (at >= 0) {
		local = span_sub(s, 0, (size_t)at);
		domain = span_sub(s, (size_t)at + 1, s.n);
	}
	return is_token(domain) && (local.n == 0 || is_token(local));
}

static void put_value(struct buf *out, struct span s)
{
	bool plain = is_plain(s);

	if (!plain)
		(void)buf_putc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		bool control = (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f;

		if (s.p[i] == '"' || s.p[i] == '\\')
			(void)buf_putc(out, '\\');
		(void)buf_putc(out, control ? '?' : s.p[i]);
	}
	if (!plain)
		(void)buf_putc(out, '"');
}

static void put_result(struct buf *out, const struct authres_result *r)
{
	(void)buf_printf(out, ";\r\n\t%s=%s", r->method, r->result);
	if (r->reason.n) {
		(void)buf_puts(out, " reason=");
		put_value(out, r->reason);
	}
	for (size_t i = 0; i < AUTHRES_PROPERTIES_MAX && r->properties[i].type; i++) {
		(void)buf_printf(out, " %s.%s=", r->properties[i].type, r->properties[i].name);
		put_value(out, r->properties[i].value);
	}
}

int authres_put(struct buf *out, struct span id, const struct authres_result *results, size_t n)
{
	(void)buf_puts(out, "Authentication-Results: ");
	put_value(out, id);
	for (size_t i = 0; i < n; i++)
		put_result(out, &results[i]);
	if (n == 0)
		(void)buf_puts(out, "; none");
	return buf_puts(out, "\r\n");
}

/* authserv-id: a token or a quoted string, at *at.  False when it is neither. */
static bool take_id(struct span in, size_t *at, struct buf *id)
{
	bool quoted = *at < in.n && in.p[*at] == '"', closed = !quoted;

	for (*at += quoted; *at < in.n; ++*at) {
		char c = in.p[*at];

		if (quoted && c == '"') {
			++*at;
			closed = true;
			break;
		}
		if (quoted && c == '\\' && *at + 1 < in.n)
			c = in.p[++*at];
		else if (quoted && (c == '\r' || c == '\n'))
			continue;
		else if (!quoted && !is_token_char(c) && (unsigned char)c < 0x80)
			break;
		if (buf_putc(id, c) < 0)
			return false;
	}
	return closed && id->n > 0;
}

static struct span without_dot(struct span name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

/* [CFWS] authserv-id [CFWS version] [CFWS] ";": false when it is not that. */
static bool parse_id(struct span value, struct buf *id)
{
	size_t at = 0;

	if (message_skip_cfws(value, &at) < 0 || !take_id(value, &at, id))
		return false;
	if (message_skip_cfws(value, &at) < 0)
		return false;
	while (at < value.n && value.p[at] >= '0' && value.p[at] <= '9')
		at++;
	return message_skip_cfws(value, &at) == 0 && (at == value.n || value.p[at] == ';');
}

/* No id holds an encoded word, and whoever decodes the field first may read ours in one. */
static bool has_encoded_word(struct span id)
{
	return span_find_span(id, SPAN("=?")) >= 0;
}

/* What is there for a reader to whom comments, quotes, white space, controls and octets that are
 * no ASCII (no-break spaces, what takes no room) are nothing. */
static bool reads_as(struct span in, struct span word)
{
	size_t n = 0, depth = 0;

	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == '(' || (c == ')' && depth))
			depth += c == '(' ? 1 : (size_t)-1;
		else if (!depth && c == ';')
			break;
		else if (depth || c <= ' ' || c >= 0x7f || c == '"' || c == '\\')
			continue;
		else if (n == word.n || !span_eq_nocase(span_sub(in, i, 1), span_sub(word, n++, 1)))
			return false;
	}
	return n == word.n;
}

bool authres_bears(struct span value, struct span id)
{
	AUTO_BUF found = BUF(ID_MAX);

	id = without_dot(id);
	if (parse_id(value, &found))
		return reads_as(without_dot(buf_span(&found)), id) ||
		       has_encoded_word(buf_span(&found));
	return span_find_nocase(value, id) >= 0 || has_encoded_word(value) || reads_as(value, id);
}

static bool is_forged(const struct message_field *f, struct span id, struct span ours)
{
	return span_eq_nocase(f->name, ours) ||
	       (id.n && span_eq_nocase(f->name, SPAN("Authentication-Results")) &&
	        authres_bears(f->value, id));
}

int authres_strip(struct span header, struct span id, struct span ours, struct buf *out,
                  size_t *n_removed)
{
	struct message_header h;
	struct message_field f;
	size_t n = 0;

	message_header_begin(&h, header);
	while (message_header_next(&h, &f)) {
		bool forged = is_forged(&f, id, ours);

		n += forged;
		if (!forged && buf_put(out, f.whole) < 0)
			return out->err;
	}
	*n_removed = n;
	return buf_put(out, span_sub(header, h.fields_n, header.n));
}

/* A line that is no field, with those that continue it: readers that unfold first, or trim more
 * than white space, have a field in it. */
static bool is_forged_to_some(struct span body, struct span id, struct span ours)
{
	struct span rest = body, line, text, field, name;

	while (message_line_next(&rest, &line, &text))
		if (!rest.n || (rest.p[0] != ' ' && rest.p[0] != '\t'))
			break;
	field = span_sub(body, 0, body.n - rest.n);
	if (span_find(field, ':') < 0)
		return false;
	span_split(&field, ':', &name);
	return reads_as(name, ours) ||
	       (id.n && reads_as(name, SPAN("Authentication-Results")) && authres_bears(field, id));
}

bool authres_hidden(struct span body, struct span id, struct span ours)
{
	struct message_header h;
	struct message_field f;
	struct span line, text;

	do {
		message_header_begin(&h, body);
		while (message_header_next(&h, &f))
			if (is_forged(&f, id, ours))
				return true;
		body = span_sub(body, h.at, body.n);
		/* What continues a line was read with it. */
		if (body.n && h.end == MESSAGE_HEADER_MALFORMED && body.p[0] != ' ' &&
		    body.p[0] != '\t' && is_forged_to_some(body, id, ours))
			return true;
	} while (h.end == MESSAGE_HEADER_MALFORMED && message_line_next(&body, &line, &text));
	return h.end == MESSAGE_HEADER_CUT;
}
