/* wire/smtp/path.c - see path.h. */
#include "wire/smtp/path.h"

#include "base/utf8.h"

/* RFC 5322 3.2.3: atext; RFC 6531 3.3 adds UTF-8. */
static bool is_atext(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Octets of the Dot-string at the front: atoms with one dot between; 0 if none. */
static size_t dot_string_len(struct span in)
{
	size_t i = 0;

	for (; i < in.n; i++) {
		bool after_atom = i > 0 && in.p[i - 1] != '.';

		if (!is_atext((unsigned char)in.p[i]) && !(in.p[i] == '.' && after_atom))
			break;
	}
	return i > 0 && in.p[i - 1] == '.' ? 0 : i;
}

/* Octets of the Quoted-string at the front, quotes included; 0 if it does not
 * end or holds a control octet (RFC 5321 4.1.2: qtextSMTP, quoted-pairSMTP). */
static size_t quoted_string_len(struct span in)
{
	for (size_t i = 1; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == '"')
			return i + 1;
		if (c == '\\') {
			if (++i == in.n)
				return 0;
			c = (unsigned char)in.p[i];
			if (c >= 0x80)
				return 0;
		}
		if (c < 0x20 || c == 0x7f)
			return 0;
	}
	return 0;
}

static int take_local(struct span *in, struct smtp_path *path)
{
	bool quoted = in->n && in->p[0] == '"';
	size_t n = quoted ? quoted_string_len(*in) : dot_string_len(*in);
	struct span local = span_sub(*in, 0, n);

	if (n == 0)
		return err(ERR_SYNTAX, "the local part is not well-formed");
	if (n > SMTP_LOCAL_MAX)
		return err(ERR_TOO_LONG, "the local part is over %d octets", SMTP_LOCAL_MAX);
	if (!utf8_valid(local))
		return err(ERR_SYNTAX, "the local part is not valid UTF-8");
	path->local = local;
	path->utf8 = !utf8_is_ascii(local);
	*in = span_sub(*in, n, in->n);
	return 0;
}

static int check_domain(struct smtp_path *path)
{
	struct smtp_literal literal;
	bool utf8;
	int r;

	if (path->domain.n && path->domain.p[0] == '[')
		return smtp_literal_parse(path->domain, &literal);
	r = smtp_domain_check(path->domain, &utf8);
	if (r < 0)
		return r;
	path->utf8 |= utf8;
	return 0;
}

/* All of `in`: "local@domain", "Postmaster" or nothing. */
static int parse_mailbox(struct span in, unsigned forms, struct smtp_path *out)
{
	struct smtp_path path = { 0 };
	int r;

	if (in.n == 0) {
		if (!(forms & SMTP_PATH_NULL))
			return err(ERR_REFUSED, "the null address is not for here");
		*out = path;
		return 0;
	}
	r = take_local(&in, &path);
	if (r < 0)
		return r;
	if (in.n == 0 && span_eq_nocase(path.local, SPAN("Postmaster"))) {
		if (!(forms & SMTP_PATH_POSTMASTER))
			return err(ERR_REFUSED, "Postmaster needs a domain here");
		*out = path;
		return 0;
	}
	if (in.n == 0 || in.p[0] != '@')
		return err(ERR_SYNTAX, "the address has no domain or a bad local part");
	path.domain = span_sub(in, 1, in.n);
	r = check_domain(&path);
	if (r < 0)
		return r;
	*out = path;
	return 0;
}

/* RFC 5321 4.1.2: A-d-l ":", which app. C has us ignore. */
static int drop_source_route(struct span *in)
{
	struct span rest = *in;

	while (rest.n && rest.p[0] == '@') {
		size_t n = 1;
		int r;

		while (n < rest.n && rest.p[n] != ',' && rest.p[n] != ':')
			n++;
		r = smtp_domain_check(span_sub(rest, 1, n - 1), NULL);
		if (r < 0)
			return r;
		if (n == rest.n)
			break;
		if (rest.p[n] == ':') {
			*in = span_sub(rest, n + 1, rest.n);
			return in->n ? 0 : err(ERR_SYNTAX, "a route without an address");
		}
		rest = span_sub(rest, n + 1, rest.n);
	}
	return err(ERR_SYNTAX, "the source route does not end");
}

/* Octets before the > that ends the path; a > inside quotes does not. */
static ptrdiff_t find_end(struct span in)
{
	bool quoted = false;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '>' && !quoted)
			return (ptrdiff_t)i;
		if (in.p[i] == '"')
			quoted = !quoted;
		else if (in.p[i] == '\\' && quoted)
			i++;
	}
	return -1;
}

int smtp_path_parse(struct span in, unsigned forms, struct smtp_path *out, struct span *rest)
{
	struct span inner;
	ptrdiff_t end;
	int r;

	if (!span_eat(&in, SPAN("<")))
		return err(ERR_SYNTAX, "the address needs its <");
	end = find_end(in);
	if (end < 0)
		return err(ERR_SYNTAX, "the address needs its >");
	if ((size_t)end + 2 > SMTP_PATH_MAX)
		return err(ERR_TOO_LONG, "the address is over %d octets", SMTP_PATH_MAX);
	inner = span_sub(in, 0, (size_t)end);
	if (inner.n && inner.p[0] == '@') {
		r = drop_source_route(&inner);
		if (r < 0)
			return r;
	}
	r = parse_mailbox(inner, forms, out);
	if (r < 0)
		return r;
	*rest = span_sub(in, (size_t)end + 1, in.n);
	return 0;
}

int smtp_path_print(const struct smtp_path *path, struct buf *out)
{
	buf_putc(out, '<');
	buf_put(out, path->local);
	if (path->domain.n) {
		buf_putc(out, '@');
		buf_put(out, path->domain);
	}
	return buf_putc(out, '>');
}

int smtp_address_split(struct span address, unsigned forms, struct smtp_path *out)
{
	if (address.n + 2 > SMTP_PATH_MAX)
		return err(ERR_TOO_LONG, "the address is over %d octets", SMTP_PATH_MAX - 2);
	return parse_mailbox(address, forms, out);
}

/* One octet of the local part as it is meant: quotes are not of it, nor are backslashes. */
static bool meant_next(struct span *local, bool quoted, char *c)
{
	if (quoted && local->n > 1 && local->p[0] == '\\')
		*local = span_sub(*local, 1, local->n);
	if (!local->n)
		return false;
	*c = local->p[0];
	*local = span_sub(*local, 1, local->n);
	return true;
}

static bool is_quoted(struct span *local)
{
	bool quoted = local->n >= 2 && local->p[0] == '"';

	if (quoted)
		*local = span_sub(*local, 1, local->n - 2);
	return quoted;
}

static bool needs_quotes(struct span local, bool quoted)
{
	char c, last = '.';

	while (meant_next(&local, quoted, &c)) {
		if (c == '.' ? last == '.' : !is_atext((unsigned char)c))
			return true;
		last = c;
	}
	return last == '.';
}

int smtp_path_canonical(const struct smtp_path *path, struct buf *out)
{
	struct span local = path->local;
	bool quoted = is_quoted(&local), quotes = quoted && needs_quotes(local, quoted);
	char c;

	if (quotes)
		buf_putc(out, '"');
	while (meant_next(&local, quoted, &c)) {
		if (quotes && (c == '"' || c == '\\'))
			buf_putc(out, '\\');
		buf_putc(out, c);
	}
	if (quotes)
		buf_putc(out, '"');
	if (path->domain.n)
		buf_putc(out, '@');
	for (size_t i = 0; i < path->domain.n; i++) {
		c = path->domain.p[i];
		buf_putc(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
	return out->err;
}
