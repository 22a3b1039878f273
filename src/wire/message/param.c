/* wire/message/param.c - see param.h.  RFC 2045 5.1, RFC 2231 3-4. */
#include "wire/message/param.h"
#include "wire/message/address.h"
#include "wire/message/decode.h"

/* One parameter as it stands in the field. */
struct param {
	struct span name;  /* with its * and *N*                   */
	struct span value; /* a quoted string without its quotes   */
	bool quoted;
};

static bool is_token_char(char ch)
{
	unsigned char c = (unsigned char)ch;

	return c > ' ' && c != 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* RFC 2045 5.1, and octets >= 0x80, which occur. */
static struct span take_token(struct span in, size_t *at)
{
	size_t from = *at;

	while (*at < in.n && is_token_char(in.p[*at]))
		++*at;
	return span_sub(in, from, *at - from);
}

/* Passes white space, folds and comments; a comment that is not closed is all the
 * rest, so that nothing is ever scanned twice. */
static void skip(struct span in, size_t *at)
{
	if (message_skip_cfws(in, at) < 0)
		*at = in.n;
}

/* To behind the closing quote, or to the end when there is none. */
static struct span take_quoted(struct span in, size_t *at)
{
	size_t from = ++*at;

	while (*at < in.n && in.p[*at] != '"')
		*at += in.p[*at] == '\\' && *at + 1 < in.n ? 2 : 1;
	if (*at < in.n)
		++*at;
	else
		return span_sub(in, from, in.n);
	return span_sub(in, from, *at - from - 1);
}

/* To the semicolon at *at or behind it; one within quotes does not count. */
static void skip_to_semicolon(struct span in, size_t *at)
{
	while (*at < in.n && in.p[*at] != ';')
		if (in.p[*at] == '"')
			take_quoted(in, at);
		else
			++*at;
}

/* Takes the next parameter, *at on the semicolon before it.  False at the end;
 * an unreadable one gives an empty name. */
static bool take_param(struct span in, size_t *at, struct param *out)
{
	*out = (struct param){ 0 };
	if (*at >= in.n)
		return false;
	++*at;
	skip(in, at);
	out->name = take_token(in, at);
	skip(in, at);
	if (*at < in.n && in.p[*at] == '=') {
		++*at;
		skip(in, at);
		out->quoted = *at < in.n && in.p[*at] == '"';
		if (out->quoted) {
			out->value = take_quoted(in, at);
		} else {
			/* Unquoted values with spaces and tspecials are frequent. */
			size_t from = *at;

			while (*at < in.n && in.p[*at] != ';')
				++*at;
			out->value = span_trim(span_sub(in, from, *at - from));
			while (out->value.n && strchr("\r\n \t", out->value.p[out->value.n - 1]))
				out->value.n--;
		}
	} else {
		out->name.n = 0;
	}
	skip_to_semicolon(in, at);
	return true;
}

void message_params_begin(struct message_params *p, struct span field_value)
{
	size_t at = 0, end;

	skip_to_semicolon(field_value, &at);
	p->rest = span_sub(field_value, at, field_value.n);
	p->value = span_sub(field_value, 0, at);
	end = 0;
	skip(p->value, &end);
	p->value = span_sub(p->value, end, p->value.n);
	for (end = 0;
	     end < p->value.n && p->value.p[end] != '(' && (unsigned char)p->value.p[end] > ' ';)
		end++;
	p->value.n = end;
}

bool message_type_split(struct span value, struct span *type, struct span *subtype)
{
	size_t at = 0;
	struct span first = take_token(value, &at), second;

	if (!first.n || at >= value.n || value.p[at++] != '/')
		return false;
	second = take_token(value, &at);
	if (!second.n || at != value.n)
		return false;
	*type = first;
	*subtype = second;
	return true;
}

/* Where the pieces of one parameter stand.  RFC 2231 3. */
struct pieces {
	uint32_t at[MESSAGE_PARAM_PIECES_MAX]; /* the semicolon before it, plus 1; 0 is none */
	size_t n;                              /* places in use                              */
};

/* Reads what follows the name: "", "*", "*N", "*N*".  *index is -1 without N. */
static bool suffix(struct span s, int *index, bool *extended)
{
	uint64_t n;

	*index = -1;
	*extended = false;
	if (!s.n)
		return true;
	if (s.p[0] != '*')
		return false;
	s = span_sub(s, 1, s.n);
	if (!s.n) {
		*extended = true;
		return true;
	}
	if (s.p[s.n - 1] == '*') {
		*extended = true;
		s.n--;
	}
	if (span_to_u64(s, MESSAGE_PARAM_PIECES_MAX - 1, &n) < 0)
		return false;
	*index = (int)n;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Appends the octets a value means, up to the limit. */
static void put_value(struct buf *raw, const struct param *p, struct span value, bool extended)
{
	for (size_t i = 0; i < value.n && raw->n < MESSAGE_PARAM_BYTES_MAX; i++) {
		char c = value.p[i];
		int high = -1, low = -1;

		if (extended && c == '%' && i + 2 < value.n) {
			high = hex_value(value.p[i + 1]);
			low = hex_value(value.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			buf_putc(raw, (char)(high << 4 | low));
			i += 2;
		} else if (c == '\\' && p->quoted && i + 1 < value.n) {
			buf_putc(raw, value.p[++i]);
		} else if (c != '\r' && c != '\n') {
			buf_putc(raw, c);
		}
	}
}

/* Removes charset'language' from the front; *charset gets the first. */
static void take_charset(struct span *value, struct span *charset)
{
	struct span rest = *value, name, language;

	if (span_split(&rest, '\'', &name) && name.n < value->n && span_find(rest, '\'') >= 0 &&
	    span_split(&rest, '\'', &language)) {
		*charset = name;
		*value = rest;
	}
}

/* Appends one parameter's or piece's octets. */
static void put_piece(const struct message_params *p, size_t at, size_t name_n, bool first,
                      struct span *charset, struct buf *raw)
{
	struct param param;
	int index;
	bool extended;

	take_param(p->rest, &at, &param);
	suffix(span_sub(param.name, name_n, param.name.n), &index, &extended);
	if (extended && first)
		take_charset(&param.value, charset);
	put_value(raw, &param, param.value, extended);
}

/* Finds where the parameter is.  0 when it is not, 1 when it is plain, 2 when it is
 * as RFC 2231 says. */
static int find(const struct message_params *p, struct span name, struct pieces *pieces)
{
	size_t at = 0, extended_at = 0, plain_at = 0, from;
	struct param param;

	for (size_t i = 0; i < MESSAGE_PARAMS_MAX; i++) {
		int index;
		bool extended;

		from = at;
		if (!take_param(p->rest, &at, &param))
			break;
		if (!span_starts_nocase(param.name, name) ||
		    !suffix(span_sub(param.name, name.n, param.name.n), &index, &extended))
			continue;
		if (index >= 0) {
			pieces->at[index] =
			        pieces->at[index] ? pieces->at[index] : (uint32_t)from + 1;
		} else if (extended) {
			extended_at = extended_at ? extended_at : from + 1;
		} else {
			plain_at = plain_at ? plain_at : from + 1;
		}
	}
	/* RFC 2231 is there for those who can read it: it goes before the plain one. */
	if (extended_at || (!pieces->at[0] && plain_at)) {
		pieces->at[0] = (uint32_t)(extended_at ? extended_at : plain_at);
		pieces->n = 1;
		return extended_at ? 2 : 1;
	}
	while (pieces->n < MESSAGE_PARAM_PIECES_MAX && pieces->at[pieces->n])
		pieces->n++;
	return pieces->n ? 2 : 0;
}

int message_param_get(const struct message_params *p, struct span name, struct buf *out)
{
	AUTO_BUF raw = BUF(MESSAGE_PARAM_BYTES_MAX);
	struct pieces where = { 0 };
	struct span charset = SPAN("utf-8");
	size_t from = out->n;
	int form = p->rest.n < UINT32_MAX ? find(p, name, &where) : 0;

	if (!form)
		return 0;
	for (size_t i = 0; i < where.n; i++)
		put_piece(p, where.at[i] - 1, name.n, i == 0, &charset, &raw);
	if (raw.err)
		return raw.err;
	message_charset_put(out, charset, buf_span(&raw));
	for (size_t i = from; i < out->n; i++)
		if ((unsigned char)out->p[i] < ' ' || out->p[i] == 0x7f)
			out->p[i] = ' ';
	return out->err ? out->err : form;
}

bool message_param_next(struct span *rest, struct span *name, struct buf *value)
{
	struct param param;
	size_t at = 0;
	bool more;

	do
		more = take_param(*rest, &at, &param);
	while (more && !param.name.n);
	*rest = span_sub(*rest, at, rest->n);
	if (!more)
		return false;
	*name = param.name;
	put_value(value, &param, param.value, false);
	return true;
}
