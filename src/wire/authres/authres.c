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

bool authres_bears(struct span value, struct span id)
{
	AUTO_BUF found = BUF(ID_MAX);

	if (parse_id(value, &found))
		return span_eq_nocase(without_dot(buf_span(&found)), without_dot(id)) ||
		       has_encoded_word(buf_span(&found));
	return span_find_nocase(value, without_dot(id)) >= 0 || has_encoded_word(value);
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
	} while (h.end == MESSAGE_HEADER_MALFORMED && message_line_next(&body, &line, &text));
	return h.end == MESSAGE_HEADER_CUT;
}
