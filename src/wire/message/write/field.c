/* wire/message/write/field.c - see field.h.  RFC 5322 2.1.1, 2.2.3, 3.2.4-3.2.5. */
#include "wire/message/write/field.h"

#include <stdio.h>

#include "base/utf8.h"
#include "wire/message/header.h"
#include "wire/message/words.h"

enum {
	UNIT_MAX = 900,       /* octets that stay together unencoded                     */
	NAME_QUOTED_MAX = 60, /* a display name up to this is a quoted string, not words */
	WORD_LEAST = 40,      /* a shorter rest of a line is not worth an encoded word   */
};

int message_field_check(struct span s, const char *what)
{
	while (s.n) {
		uint32_t c;

		if (utf8_next(&s, &c) < 0)
			return err(ERR_SYNTAX, "%s is not UTF-8", what);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
			return err(ERR_SYNTAX, "%s holds a control character (U+%04X)", what, c);
	}
	return 0;
}

static void note(struct message_field_writer *w, int r)
{
	if (r < 0 && !w->err)
		w->err = r;
}

static void put(struct message_field_writer *w, struct span s)
{
	note(w, buf_put(w->out, s));
	w->column += s.n;
}

static void fold(struct message_field_writer *w)
{
	note(w, buf_puts(w->out, "\r\n"));
	w->column = 0;
}

/* Puts `space`, folding before it where the unit of n octets behind it would not
 * fit.  The first unit stays on the name's line if it can. */
static void put_space(struct message_field_writer *w, struct span space, size_t n, bool first)
{
	size_t limit = first ? MESSAGE_LINE_MAX : MESSAGE_LINE_SOFT;

	if (w->column && w->column + space.n + n > limit)
		fold(w);
	put(w, space);
	if (w->column + n > MESSAGE_LINE_MAX)
		note(w, err(ERR_TOO_LONG, "a header line would be over 998 octets"));
}

void message_field_begin(struct message_field_writer *w, struct buf *out, struct span name)
{
	*w = (struct message_field_writer){ .out = out };
	put(w, name);
	put(w, SPAN(":"));
}

/* Takes leading spaces and the word behind them. */
static bool take_unit(struct span *text, struct span *space, struct span *word)
{
	size_t n = 0, end;

	while (n < text->n && text->p[n] == ' ')
		n++;
	for (end = n; end < text->n && text->p[end] != ' ';)
		end++;
	if (end == n)
		return false;
	*space = span_sub(*text, 0, n);
	*word = span_sub(*text, n, end - n);
	*text = span_sub(*text, end, text->n);
	return true;
}

static void put_raw(struct message_field_writer *w, struct span text, bool first)
{
	struct span space, word;
	bool begun = false;

	while (!w->err && take_unit(&text, &space, &word)) {
		for (; word.n > UNIT_MAX; begun = true) {
			put_space(w, SPAN(" "), UNIT_MAX, false);
			put(w, span_sub(word, 0, UNIT_MAX));
			word = span_sub(word, UNIT_MAX, word.n);
		}
		if (!begun || space.n > UNIT_MAX)
			space = SPAN(" ");
		put_space(w, space, word.n, first && !begun);
		put(w, word);
		begun = true;
	}
}

void message_field_raw(struct message_field_writer *w, struct span text)
{
	note(w, message_field_check(text, "a header field"));
	put_raw(w, text, true);
}

static void put_words(struct message_field_writer *w, struct span text)
{
	bool q = message_word_prefers_q(text);

	while (text.n && !w->err) {
		size_t from;

		if (w->column + WORD_LEAST > MESSAGE_LINE_SOFT)
			fold(w);
		put(w, SPAN(" "));
		from = w->out->n;
		note(w, message_word_put(w->out, &text, MESSAGE_LINE_SOFT - w->column, q));
		w->column += w->out->n - from;
	}
}

/* May stand in a field as it is, and comes back the same. */
static bool raw_ok(struct span text)
{
	struct span space, word;

	if (!utf8_is_ascii(text) || span_find_span(text, SPAN("=?")) >= 0)
		return false;
	if (text.n && (text.p[0] == ' ' || text.p[text.n - 1] == ' '))
		return false;
	while (take_unit(&text, &space, &word))
		if (space.n + word.n > UNIT_MAX)
			return false;
	return true;
}

void message_field_text(struct message_field_writer *w, struct span text)
{
	note(w, message_field_check(text, "a header field"));
	if (w->err)
		return;
	if (raw_ok(text))
		put_raw(w, text, true);
	else
		put_words(w, text);
}

void message_field_token(struct message_field_writer *w, struct span token)
{
	note(w, message_field_check(token, "a header field"));
	if (w->err)
		return;
	put_space(w, SPAN(" "), token.n, w->n++ == 0);
	put(w, token);
}

static bool is_among(char c, const char *also)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr(also, c));
}

static bool all_among(struct span s, const char *also)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_among(s.p[i], also))
			return false;
	return true;
}

static void put_quoted(struct message_field_writer *w, struct span s)
{
	put(w, SPAN("\""));
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			put(w, SPAN("\\"));
		put(w, span_sub(s, i, 1));
	}
	put(w, SPAN("\""));
}

/* RFC 5322 3.2.5: atoms, a quoted string, or RFC 2047 5 (3). */
static void put_phrase(struct message_field_writer *w, struct span name)
{
	bool spaced = span_find_span(name, SPAN("  ")) >= 0;

	if (!raw_ok(name) || name.n > NAME_QUOTED_MAX) {
		put_words(w, name);
	} else if (!spaced && all_among(name, " !#$%&'*+-/=?^_`{|}~")) {
		put_raw(w, name, w->n == 0);
	} else {
		put_space(w, SPAN(" "), name.n + 2, false);
		put_quoted(w, name);
	}
}

void message_field_mailbox(struct message_field_writer *w, struct span name, struct span address)
{
	note(w, message_field_check(name, "a display name"));
	note(w, message_field_check(address, "an address"));
	if (w->err)
		return;
	if (w->n)
		put(w, SPAN(","));
	if (name.n)
		put_phrase(w, name);
	put_space(w, SPAN(" "), address.n + 2, w->n++ == 0 && !name.n);
	put(w, name.n ? SPAN("<") : SPAN(""));
	put(w, address);
	put(w, name.n ? SPAN(">") : SPAN(""));
}

/* RFC 2231 7 attribute-char. */
static bool is_attribute(char c)
{
	return is_among(c, "!#$&+-.^_`{|}~");
}

static void put_percent(struct message_field_writer *w, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_attribute((char)c))
			put(w, span_sub(s, i, 1));
		else
			put(w, span_make((char[]){ '%', hex[c >> 4], hex[c & 15] }, 3));
	}
}

/* Takes whole code points that cost at most `room` octets, at least one. */
static struct span take_percent(struct span *s, size_t room)
{
	struct span from = *s;
	size_t cost = 0;

	while (s->n) {
		struct span before = *s;
		uint32_t code_point;

		utf8_next(s, &code_point);
		cost += is_attribute(before.p[0]) ? 1 : 3 * (before.n - s->n);
		if (cost > room && before.n != from.n) {
			*s = before;
			break;
		}
	}
	return span_sub(from, 0, from.n - s->n);
}

/* RFC 2231 4, and 3 when it does not fit a line. */
static void put_extended(struct message_field_writer *w, struct span name, struct span value)
{
	static const char charset[] = "UTF-8''";
	struct span all = value;
	size_t fixed = name.n + sizeof(charset) + sizeof("*00*=;") + 1;
	size_t room = MESSAGE_LINE_SOFT - fixed;

	take_percent(&all, room);
	for (unsigned i = 0; value.n && !w->err; i++) {
		struct span piece = take_percent(&value, room);
		char index[16] = "*=";

		if (all.n)
			snprintf(index, sizeof(index), "*%u*=", i);
		put(w, SPAN(";"));
		fold(w);
		put(w, SPAN(" "));
		put(w, name);
		put(w, span_str(index));
		put(w, i ? SPAN("") : span_str(charset));
		put_percent(w, piece);
	}
}

void message_field_param(struct message_field_writer *w, struct span name, struct span value)
{
	enum { QUOTED_MAX = 60 };

	note(w, message_field_check(value, "a parameter"));
	if (w->err)
		return;
	if (value.n && (!utf8_is_ascii(value) || value.n > QUOTED_MAX ||
	                span_find_span(value, SPAN("=?")) >= 0)) {
		put_extended(w, name, value);
		return;
	}
	put(w, SPAN(";"));
	put_space(w, SPAN(" "), name.n + value.n + 3, false);
	put(w, name);
	put(w, SPAN("="));
	if (value.n && all_among(value, "-._+")) /* more are tokens, but some readers choke */
		put(w, value);
	else
		put_quoted(w, value);
}

int message_field_end(struct message_field_writer *w)
{
	fold(w);
	return w->err;
}
