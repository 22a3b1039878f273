/* wire/message/address_text.c - compares and prints what address.c parsed.
 *
 * RFC 5322 3.2.4: quotes are no part of what they quote, nor are comments, nor
 * the CRLF of a fold; so `"a"@b`, `a @ b` and `a@(x)b` are one mailbox.
 */
#include "wire/message/address.h"

/* The meaning of a local part or domain, an octet at a time. */
struct plain {
	struct span s;
	size_t at;
	bool quoted;
	bool literal;
};

static bool plain_next(struct plain *p, char *c)
{
	while (p->at < p->s.n) {
		if (!p->quoted && !p->literal &&
		    (message_skip_cfws(p->s, &p->at) < 0 || p->at == p->s.n))
			return false;
		*c = p->s.p[p->at++];
		if (*c == '"' && !p->literal) {
			p->quoted = !p->quoted;
		} else if (*c == '\r' || *c == '\n' || (p->literal && (*c == ' ' || *c == '\t'))) {
			continue;
		} else if (*c == '\\' && p->quoted && p->at < p->s.n) {
			*c = p->s.p[p->at++];
			return true;
		} else {
			if (!p->quoted && (*c == '[' || *c == ']'))
				p->literal = *c == '[';
			return true;
		}
	}
	return false;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool plain_eq(struct span a, struct span b, bool fold)
{
	struct plain x = { .s = a }, y = { .s = b };

	for (;;) {
		char c = 0, d = 0;
		bool more = plain_next(&x, &c);

		if (more != plain_next(&y, &d))
			return false;
		if (!more)
			return true;
		if (fold ? lower(c) != lower(d) : c != d)
			return false;
	}
}

bool message_address_eq(const struct message_mailbox *a, const struct message_mailbox *b)
{
	return plain_eq(a->local, b->local, false) && plain_eq(a->domain, b->domain, true);
}

/* RFC 5322 3.2.3: a dot-atom. */
static bool needs_quotes(struct span local)
{
	struct plain p = { .s = local };
	char c, last = '.';

	while (plain_next(&p, &c)) {
		if (c == '.' ? last == '.'
		             : (c == ' ' || c == '\t' || (c && strchr("()<>[]:;@\\,\"", c))))
			return true;
		last = c;
	}
	return last == '.';
}

int message_address_put(struct buf *out, const struct message_mailbox *m)
{
	bool quotes = needs_quotes(m->local);
	struct plain p = { .s = m->local };
	char c;

	if (quotes)
		buf_putc(out, '"');
	while (plain_next(&p, &c)) {
		if (quotes && (c == '"' || c == '\\'))
			buf_putc(out, '\\');
		buf_putc(out, c);
	}
	if (quotes)
		buf_putc(out, '"');
	buf_putc(out, '@');
	p = (struct plain){ .s = m->domain };
	while (plain_next(&p, &c))
		buf_putc(out, c);
	return out->err;
}

int message_name_put(struct buf *out, const struct message_mailbox *m)
{
	struct span s = m->name;
	bool quoted = false;

	for (size_t at = 0; at < s.n;) {
		size_t from = at;
		char c;

		if (!quoted && (message_skip_cfws(s, &at) < 0 || at == s.n))
			break;
		if (at > from)
			buf_putc(out, ' ');
		c = s.p[at++];
		if (c == '"')
			quoted = !quoted;
		else if (c == '\\' && quoted && at < s.n)
			buf_putc(out, s.p[at++]);
		else if (c != '\r' && c != '\n')
			buf_putc(out, c);
	}
	return out->err;
}
