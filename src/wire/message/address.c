/* wire/message/address.c - see address.h.  RFC 5322 3.2, 3.4, 4.4; RFC 6532 3.2.
 *
 * A token is an atom, a quoted string, a literal or one special; the parser
 * gathers words and dots until a special says what they were.
 */
#include "wire/message/address.h"
#include "base/utf8.h"

/* Kinds of token; a special is its own character. */
enum { TOKEN_END = 0, TOKEN_ATOM = 'a', TOKEN_QUOTED = '"', TOKEN_LITERAL = '[' };

/* Words and dots in a row: a phrase or a local part. */
struct words {
	struct span span; /* first token to last; p is NULL while empty     */
	bool dotted;      /* so far word *("." word): good for a local part */
	bool phrase;      /* begins with a word: good for a phrase          */
	bool want;        /* a dot came last: a word must follow            */
};

static bool is_atext(char ch)
{
	unsigned char c = (unsigned char)ch;

	if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
		return true;
	return c && strchr("!#$%&'*+-/=?^_`{|}~", c);
}

/* An octet that may stand in a comment, quoted string or literal. */
static bool is_visible(char ch)
{
	unsigned char c = (unsigned char)ch;

	return c == ' ' || c == '\t' || (c > ' ' && c != 0x7f);
}

/* Passes CRLF + white space at *at (the CRLF only), or refuses. */
static int skip_fold(struct span in, size_t *at)
{
	size_t i = *at;

	if (i + 2 >= in.n || in.p[i] != '\r' || in.p[i + 1] != '\n')
		return ERR_SYNTAX;
	if (in.p[i + 2] != ' ' && in.p[i + 2] != '\t')
		return ERR_SYNTAX;
	*at = i + 2;
	return 0;
}

/* Passes one octet, escaped pair or fold at *at, within what ends in `close`. */
static int skip_inner(struct span in, size_t *at)
{
	char c = in.p[*at];

	if (c == '\\') {
		if (*at + 1 >= in.n || !is_visible(in.p[*at + 1]))
			return ERR_SYNTAX;
		*at += 2;
		return 0;
	}
	if (!is_visible(c))
		return skip_fold(in, at);
	++*at;
	return 0;
}

static int skip_comment(struct span in, size_t *at)
{
	size_t depth = 0;

	do {
		char c;

		if (*at >= in.n)
			return ERR_SYNTAX;
		c = in.p[*at];
		if (c == '(' || c == ')') {
			depth += c == '(' ? 1 : -(size_t)1;
			if (depth > MESSAGE_COMMENT_DEPTH_MAX)
				return ERR_LIMIT;
			++*at;
		} else if (skip_inner(in, at) < 0) {
			return ERR_SYNTAX;
		}
	} while (depth);
	return 0;
}

int message_skip_cfws(struct span in, size_t *at)
{
	int r = 0;

	while (r == 0 && *at < in.n) {
		char c = in.p[*at];

		if (c == ' ' || c == '\t')
			++*at;
		else if (c == '\r' || c == '\n')
			r = skip_fold(in, at);
		else if (c == '(')
			r = skip_comment(in, at);
		else
			break;
	}
	return r;
}

/* A quoted string or a literal, *at on its first octet. */
static int skip_delimited(struct span in, size_t *at, char close)
{
	for (++*at; *at < in.n;) {
		char c = in.p[*at];

		if (c == close) {
			++*at;
			return 0;
		}
		if (close == ']' && (c == '[' || c == '\\'))
			return ERR_SYNTAX;
		if (skip_inner(in, at) < 0)
			return ERR_SYNTAX;
	}
	return ERR_SYNTAX;
}

/* Takes the next token.  Returns its kind or an error. */
static int token(struct span in, size_t *at, struct span *text)
{
	size_t from;
	int r = message_skip_cfws(in, at);

	if (r < 0)
		return r;
	from = *at;
	if (from == in.n) {
		*text = span_sub(in, from, 0);
		return TOKEN_END;
	}
	switch (in.p[from]) {
	case '"': r = skip_delimited(in, at, '"'); break;
	case '[': r = skip_delimited(in, at, ']'); break;
	case '.':
	case '<':
	case '>':
	case '@':
	case ',':
	case ';':
	case ':': ++*at; break;
	default:
		while (*at < in.n && is_atext(in.p[*at]))
			++*at;
		if (*at == from)
			return ERR_SYNTAX;
		*text = span_sub(in, from, *at - from);
		return TOKEN_ATOM;
	}
	if (r < 0)
		return r;
	*text = span_sub(in, from, *at - from);
	return in.p[from];
}

static void extend(struct span *s, struct span by)
{
	if (!s->p)
		*s = by;
	else
		s->n = (size_t)(by.p + by.n - s->p);
}

/* Gathers words and dots; returns the token behind them. */
static int gather(struct span in, size_t *at, struct words *w, struct span *text)
{
	int kind;

	*w = (struct words){ .dotted = true };
	while ((kind = token(in, at, text)) == TOKEN_ATOM || kind == TOKEN_QUOTED || kind == '.') {
		bool word = kind != '.';

		if (!w->span.p)
			w->phrase = w->want = word;
		if (w->span.p ? word != w->want : !word)
			w->dotted = false;
		w->want = !word;
		extend(&w->span, *text);
	}
	return kind;
}

static bool local_ok(const struct words *w)
{
	return w->span.p && w->dotted && !w->want;
}

/* A domain: atoms and dots, or a literal. */
static int domain(struct span in, size_t *at, struct span *out)
{
	struct span text, all = { 0 };
	size_t end = *at, peek;
	int kind = token(in, &end, &text);

	if (kind == TOKEN_LITERAL) {
		*out = text;
		*at = end;
		return 0;
	}
	for (;;) {
		if (kind != TOKEN_ATOM)
			return kind < 0 ? kind : ERR_SYNTAX;
		extend(&all, text);
		peek = end;
		kind = token(in, &peek, &text);
		if (kind != '.')
			break;
		end = peek;
		kind = token(in, &end, &text);
	}
	*out = all;
	*at = end;
	return kind < 0 ? kind : 0;
}

/* RFC 5322 4.4 obs-route, behind the <, its first @ already taken: @a,@b: and dropped. */
static int skip_route(struct span in, size_t *at)
{
	struct span text;
	int r = domain(in, at, &text);

	while (r == 0) {
		r = token(in, at, &text);
		if (r == ':')
			return 0;
		if (r == ',')
			r = 0;
		else if (r == '@')
			r = domain(in, at, &text);
		else
			return r < 0 ? r : ERR_SYNTAX;
	}
	return r;
}

/* What follows <, the > included. */
static int angle_addr(struct span in, size_t *at, struct message_mailbox *m)
{
	struct words w;
	struct span text;
	int r = gather(in, at, &w, &text);

	if (r == '@' && !w.span.p) {
		r = skip_route(in, at);
		if (r == 0)
			r = gather(in, at, &w, &text);
	}
	if (r < 0)
		return r;
	if (r != '@' || !local_ok(&w))
		return ERR_SYNTAX;
	m->local = w.span;
	r = domain(in, at, &m->domain);
	if (r < 0)
		return r;
	r = token(in, at, &text);
	if (r != '>')
		return r < 0 ? r : ERR_SYNTAX;
	extend(&m->whole, text);
	return 0;
}

static int count(const struct message_addresses *it)
{
	return it->n_mailboxes + it->n_groups >= MESSAGE_ADDRESSES_MAX ? ERR_LIMIT : 0;
}

/* Passes the comma behind an element; a semicolon or the end stays. */
static int end_element(struct message_addresses *it, bool may_close)
{
	struct span text;
	size_t peek = it->at;
	int kind = token(it->in, &peek, &text);

	if (kind < 0)
		return kind;
	if (kind == ',')
		it->at = peek;
	else if (kind != TOKEN_END && !(kind == ';' && may_close))
		return ERR_SYNTAX;
	return 0;
}

static int mailbox(struct message_addresses *it, const struct words *w, struct span text,
                   bool angle, struct message_mailbox *out)
{
	struct message_mailbox m = { .group = it->group, .whole = w->span };
	int r;

	if (angle) {
		if (w->span.p && !w->phrase)
			return ERR_SYNTAX;
		m.name = w->span;
		extend(&m.whole, text);
		r = angle_addr(it->in, &it->at, &m);
	} else {
		if (!local_ok(w))
			return ERR_SYNTAX;
		m.local = w->span;
		r = domain(it->in, &it->at, &m.domain);
		if (r == 0)
			extend(&m.whole, m.domain);
	}
	if (r == 0)
		r = end_element(it, it->in_group);
	if (r == 0)
		r = count(it);
	if (r < 0)
		return r;
	m.utf8 = !utf8_is_ascii(m.local) || !utf8_is_ascii(m.domain);
	it->n_mailboxes++;
	*out = m;
	return 1;
}

static int open_group(struct message_addresses *it, const struct words *w)
{
	if (it->in_group || !w->span.p || !w->phrase)
		return ERR_SYNTAX;
	if (count(it) < 0)
		return ERR_LIMIT;
	it->in_group = true;
	it->group = w->span;
	it->n_groups++;
	return 0;
}

static int close_group(struct message_addresses *it)
{
	if (!it->in_group)
		return ERR_SYNTAX;
	it->in_group = false;
	it->group = (struct span){ 0 };
	return end_element(it, false);
}

void message_addresses_begin(struct message_addresses *it, struct span value)
{
	*it = (struct message_addresses){ .in = value };
}

int message_addresses_next(struct message_addresses *it, struct message_mailbox *out)
{
	struct words w;
	struct span text;
	int r = it->at || utf8_valid(it->in) ? 0 : ERR_SYNTAX;

	while (r == 0) {
		int kind = gather(it->in, &it->at, &w, &text);

		if (kind == '<' || kind == '@')
			return mailbox(it, &w, text, kind == '<', out);
		if (kind == ':') {
			r = open_group(it, &w);
			continue;
		}
		if (kind < 0 || w.span.p)
			return kind < 0 ? kind : ERR_SYNTAX;
		if (kind == TOKEN_END)
			return it->in_group ? ERR_SYNTAX : 0;
		if (kind == ';')
			r = close_group(it);
		else if (kind != ',')
			r = ERR_SYNTAX;
	}
	return r;
}

int message_mailbox_parse(struct span value, struct message_mailbox *out)
{
	struct message_addresses it;
	struct message_mailbox m, other;
	int r;

	message_addresses_begin(&it, value);
	r = message_addresses_next(&it, &m);
	if (r <= 0)
		return r < 0 ? r : ERR_SYNTAX;
	r = message_addresses_next(&it, &other);
	if (r < 0)
		return r;
	if (r > 0 || it.n_groups)
		return ERR_SYNTAX;
	*out = m;
	return 0;
}
