/* wire/message/words.c - see words.h.  RFC 2047. */
#include "wire/message/words.h"
#include "base/base64.h"
#include "base/utf8.h"
#include "wire/message/decode.h"
#include "wire/message/header.h"

#define PREFIX_Q "=?UTF-8?Q?"
#define PREFIX_B "=?UTF-8?B?"
enum { OVERHEAD = sizeof(PREFIX_Q) - 1 + 2, CHARSET_MAX = 64 };

/* RFC 2047 5 (3): the alphabet of Q in a phrase, less what is better seen encoded. */
static bool q_plain(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("!*+-/", c));
}

static size_t q_cost(struct span s)
{
	size_t cost = 0;

	for (size_t i = 0; i < s.n; i++)
		cost += q_plain(s.p[i]) || s.p[i] == ' ' ? 1 : 3;
	return cost;
}

static size_t b_cost(size_t n)
{
	return (n + 2) / 3 * 4;
}

bool message_word_prefers_q(struct span text)
{
	size_t plain = 0, characters = 0;

	for (size_t i = 0; i < text.n; i++) {
		plain += q_plain(text.p[i]) || text.p[i] == ' ';
		characters += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	}
	return plain * 2 >= characters;
}

static void q_put(struct buf *out, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == ' ')
			buf_putc(out, '_');
		else if (q_plain((char)c))
			buf_putc(out, (char)c);
		else
			buf_put(out, span_make((char[]){ '=', hex[c >> 4], hex[c & 15] }, 3));
	}
}

int message_word_put(struct buf *out, struct span *text, size_t room, bool q)
{
	struct span rest = *text, taken = span_sub(*text, 0, 0);
	size_t cost = 0;

	if (room > MESSAGE_WORD_MAX)
		room = MESSAGE_WORD_MAX;
	while (rest.n) {
		struct span before = rest;
		uint32_t code_point;
		size_t n;

		if (utf8_next(&rest, &code_point) < 0)
			return err(ERR_SYNTAX, "the text is not UTF-8");
		n = before.n - rest.n;
		cost = q ? cost + q_cost(span_sub(before, 0, n)) : b_cost(taken.n + n);
		if (OVERHEAD + cost > room) {
			rest = before;
			break;
		}
		taken.n += n;
	}
	if (!taken.n)
		return ERR_REFUSED;
	buf_puts(out, q ? PREFIX_Q : PREFIX_B);
	if (q)
		q_put(out, taken);
	else
		base64_encode(out, taken);
	*text = rest;
	return buf_puts(out, "?=");
}

/* One encoded word, RFC 2047 2. */
struct word {
	struct span charset; /* without the language */
	struct span text;
	bool q;
};

/* Octets until c; false when it does not come within max, or white space does. */
static bool take_until(struct span *s, char c, size_t max, struct span *out)
{
	for (size_t i = 0; i < s->n && i <= max; i++) {
		if (s->p[i] == c) {
			*out = span_sub(*s, 0, i);
			*s = span_sub(*s, i + 1, s->n);
			return true;
		}
		if ((unsigned char)s->p[i] <= ' ')
			return false;
	}
	return false;
}

static bool take_word(struct span *in, struct word *w)
{
	struct span s = *in, code, language;

	if (!span_eat(&s, SPAN("=?")) || !take_until(&s, '?', CHARSET_MAX, &w->charset) ||
	    !w->charset.n || !take_until(&s, '?', 1, &code) || code.n != 1 ||
	    !take_until(&s, '?', s.n, &w->text) || !span_eat(&s, SPAN("=")))
		return false;
	if (!strchr("qQbB", code.p[0]))
		return false;
	w->q = (code.p[0] | 0x20) == 'q';
	language = w->charset;
	span_split(&language, '*', &w->charset);
	*in = s;
	return true;
}

static void decode_word(const struct word *w, struct buf *raw)
{
	if (!w->q) {
		message_base64_get(w->text, raw);
		return;
	}
	/* RFC 2047 4.2 (2); the words hold no line ends, so QP's decoder does the rest. */
	for (size_t i = 0; i < w->text.n; i++) {
		struct span hex = span_sub(w->text, i, 3);

		if (hex.p[0] == '_') {
			buf_putc(raw, ' ');
		} else if (hex.p[0] == '=' && hex.n == 3) {
			message_qp_get(hex, raw);
			i += 2;
		} else {
			buf_putc(raw, hex.p[0]);
		}
	}
}

/* Takes a run of words of one charset and puts it: a character may be split
 * between two of them, which RFC 2047 5 forbids and some senders do. */
static void put_run(struct span *in, struct word *w, const struct message_charsets *charsets,
                    struct buf *raw, struct buf *out)
{
	struct span charset = w->charset, rest, text;
	bool again;

	buf_reset(raw);
	do {
		decode_word(w, raw);
		rest = span_trim_left(*in);
		again = take_word(&rest, w) && span_eq_nocase(w->charset, charset);
		if (again)
			*in = rest;
	} while (again);
	text = buf_span(raw);
	message_charset_take(out, charset, &text, true, true, charsets);
	/* White space between this and a word of another charset goes too. */
	rest = span_trim_left(*in);
	if (take_word(&(struct span){ rest.p, rest.n }, w))
		*in = rest;
}

static void blank_controls(struct buf *out, size_t from)
{
	for (size_t i = from; i < out->n; i++)
		if ((unsigned char)out->p[i] < ' ' || out->p[i] == 0x7f)
			out->p[i] = ' ';
}

int message_words_convert(struct span value, const struct message_charsets *charsets,
                          struct buf *out)
{
	AUTO_BUF flat = BUF(value.n);
	AUTO_BUF raw = BUF(value.n);
	size_t from = out->n;
	struct span in;

	if (message_unfold(value, &flat) < 0)
		return flat.err;
	in = buf_span(&flat);
	while (in.n && !out->err) {
		ptrdiff_t at = span_find_span(in, SPAN("=?"));
		size_t n = at < 0 ? in.n : (size_t)at;
		struct word w;

		message_charset_put(out, SPAN("utf-8"), span_sub(in, 0, n));
		in = span_sub(in, n, in.n);
		if (!in.n)
			break;
		if (take_word(&in, &w)) {
			put_run(&in, &w, charsets, &raw, out);
			if (raw.err)
				return raw.err;
		} else {
			buf_put(out, span_sub(in, 0, 2));
			in = span_sub(in, 2, in.n);
		}
	}
	blank_controls(out, from);
	return out->err;
}

int message_words_get(struct span value, struct buf *out)
{
	return message_words_convert(value, NULL, out);
}

void message_words_member(struct json *j, const char *key, struct span value)
{
	AUTO_BUF text = BUF(value.n * 4 + 16);

	json_member_span(j, key, message_words_get(value, &text) < 0 ? value : buf_span(&text));
}
