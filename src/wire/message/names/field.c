/* wire/message/names/field.c - names in the fields of a part; see names.h.  RFC 2183, RFC 2231. */
#include "wire/message/decode.h"
#include "wire/message/names/names_impl.h"
#include "wire/message/param.h"
#include "wire/message/words.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void put_percent(struct buf *out, struct span in)
{
	for (size_t i = 0; i < in.n; i++) {
		int high = i + 2 < in.n && in.p[i] == '%' ? hex_value(in.p[i + 1]) : -1;
		int low = high >= 0 ? hex_value(in.p[i + 2]) : -1;

		if (low >= 0) {
			buf_putc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_putc(out, in.p[i]);
		}
	}
}

static void add_words(struct name_list *list, struct span value)
{
	AUTO_BUF words = BUF(3 * value.n + 1);

	message_words_convert(value, &names_charsets, &words);
	name_list_add(list, buf_span(&words));
	if (!list->err && words.err == ERR_NO_MEMORY)
		list->err = ERR_NO_MEMORY;
}

/* A value may hold encoded words, whatever RFC 2047 5 says, and a NUL, where some stop. */
static void add_value(struct name_list *list, struct span charset, struct span value)
{
	AUTO_BUF utf8 = BUF(3 * value.n + 1);
	AUTO_BUF strict = BUF(12 * value.n + 16);
	struct span rest = value;
	ptrdiff_t nul = span_find(value, '\0');

	message_charset_take(&utf8, charset, &rest, true, true, &names_charsets);
	name_list_add(list, buf_span(&utf8));
	if (span_find_span(buf_span(&utf8), SPAN("=?")) >= 0) {
		add_words(list, buf_span(&utf8));
		names_put_strict_words(&strict, buf_span(&utf8));
		add_words(list, buf_span(&strict));
	}
	if (nul > 0)
		name_list_add(list, span_sub(value, 0, (size_t)nul));
	if (!list->err && (utf8.err == ERR_NO_MEMORY || strict.err == ERR_NO_MEMORY))
		list->err = ERR_NO_MEMORY;
}

/* A plain value: programs that are browsers, and those that hand it on to one, take it for
 * percent-encoded as RFC 2231's with a star are. */
static void add_plain(struct name_list *list, struct span value)
{
	AUTO_BUF octets = BUF(value.n + 1);

	add_value(list, SPAN("utf-8"), value);
	if (span_find(value, '%') < 0)
		return;
	put_percent(&octets, value);
	add_value(list, SPAN("utf-8"), buf_span(&octets));
}

/* Removes charset'language' from the front; empty when there is none.  RFC 2231 4. */
static struct span take_charset(struct span *value)
{
	ptrdiff_t first = span_find(*value, '\''), second;
	struct span charset = { 0 };

	if (first < 0)
		return charset;
	second = span_find(span_sub(*value, (size_t)first + 1, value->n), '\'');
	if (second < 0)
		return charset;
	charset = span_sub(*value, 0, (size_t)first);
	*value = span_sub(*value, (size_t)(first + second) + 2, value->n);
	return charset;
}

static void add_extended(struct name_list *list, struct span value)
{
	AUTO_BUF octets = BUF(value.n + 1);
	struct span charset = take_charset(&value);

	put_percent(&octets, value);
	add_value(list, charset.n ? charset : SPAN("utf-8"), buf_span(&octets));
}

/* An unquoted value ends where a comment begins (RFC 2045 5.1). */
static void add_before_comment(struct name_list *list, struct span value)
{
	ptrdiff_t at = span_find(value, '(');

	if (at > 0)
		add_value(list, SPAN("utf-8"), span_sub(value, 0, (size_t)at));
}

/* As it stands, up to the next semicolon: some read on behind a closing quote, and of a value that
 * is too long for param.h only the end is asked for. */
static void add_raw(struct name_list *list, struct span param, bool too_long)
{
	AUTO_BUF plain = BUF(param.n + 1);
	ptrdiff_t at = span_find(param, '=');
	struct span raw = span_trim(span_sub(param, at < 0 ? param.n : (size_t)at + 1, param.n));
	bool goes_on = span_find(raw, '"') >= 0 && raw.p[raw.n - 1] != '"';

	if (!goes_on && !too_long && span_find_span(raw, SPAN("\"\"")) < 0 &&
	    span_find_span(raw, SPAN("\" ")) < 0)
		return;
	if (raw.n > MESSAGE_NAME_BYTES_MAX)
		raw = span_sub(raw, raw.n - MESSAGE_NAME_BYTES_MAX, raw.n);
	for (size_t i = 0; i < raw.n; i++)
		if (!strchr("\"\r\n", raw.p[i]) || !raw.p[i])
			buf_putc(&plain, raw.p[i]);
	add_plain(list, buf_span(&plain));
}

/* RFC 2231 pieces, and where each is among them. */
struct pieces {
	struct buf written; /* in the order in which they are written        */
	uint32_t at[MESSAGE_PARAM_PIECES_MAX];
	uint32_t n[MESSAGE_PARAM_PIECES_MAX];
	bool seen[MESSAGE_PARAM_PIECES_MAX];
	bool last_counts; /* of two with one number */
	bool odd;         /* one is there twice, or has no number, or a whole one is beside them */
};

static void add_piece(struct pieces *p, struct span suffix, struct span value)
{
	size_t at = p->written.n;
	uint64_t index;

	buf_put(&p->written, value);
	suffix = span_sub(suffix, 1, suffix.n - 1);
	if (suffix.n && suffix.p[suffix.n - 1] == '*')
		suffix.n--;
	if (span_to_u64(suffix, MESSAGE_PARAM_PIECES_MAX - 1, &index) < 0) {
		p->odd = true;
		return;
	}
	p->odd = p->odd || p->seen[index];
	if (p->seen[index] && !p->last_counts)
		return;
	p->seen[index] = true;
	p->at[index] = (uint32_t)at;
	p->n[index] = (uint32_t)value.n;
}

/* By their numbers; and where those do not tell as they are written, and up to each, since some
 * readers end where they are astray. */
static void add_pieces(struct name_list *list, struct pieces *p)
{
	AUTO_BUF ordered = BUF(p->written.n + 1);

	for (size_t i = 0; i < MESSAGE_PARAM_PIECES_MAX; i++) {
		if (!p->seen[i])
			continue;
		buf_put(&ordered, span_sub(buf_span(&p->written), p->at[i], p->n[i]));
		if (p->odd && ordered.n <= MESSAGE_PARAM_BYTES_MAX)
			add_extended(list, buf_span(&ordered));
	}
	if (ordered.n)
		add_extended(list, buf_span(&ordered));
	if (p->odd && p->written.n)
		add_extended(list, buf_span(&p->written));
	buf_fini(&p->written);
}

/* All parameters with that name: each by itself, and the pieces, of which the first or the last
 * with a number counts. */
static bool add_each(struct name_list *list, struct span rest, struct span name, bool last_counts)
{
	AUTO_BUF value = BUF(rest.n + 1);
	struct pieces pieces = { .written = BUF(rest.n + 1), .last_counts = last_counts };
	struct span param, from = rest;
	bool found = false;

	for (size_t i = 0; i < MESSAGE_PARAMS_MAX; i++, from = rest, buf_reset(&value)) {
		struct span suffix;

		if (!message_param_next(&rest, &param, &value))
			break;
		suffix = span_sub(param, name.n, param.n);
		if (!span_starts_nocase(param, name) || (suffix.n && suffix.p[0] != '*'))
			continue;
		found = true;
		add_raw(list, span_sub(from, 1, from.n - rest.n - 1),
		        value.n >= MESSAGE_PARAM_BYTES_MAX);
		pieces.odd = pieces.odd || suffix.n <= 1;
		if (!suffix.n) {
			add_plain(list, buf_span(&value));
			if (span_find(span_sub(from, 0, from.n - rest.n), '"') < 0)
				add_before_comment(list, buf_span(&value));
		} else if (suffix.n == 1) {
			add_extended(list, buf_span(&value));
		} else {
			add_piece(&pieces, suffix, buf_span(&value));
		}
	}
	if (rest.n)
		list->out->cut = true;
	add_pieces(list, &pieces);
	return found;
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static void add_params(struct name_list *list, struct span value, struct span name)
{
	AUTO_BUF standard = BUF(8 * MESSAGE_PARAM_BYTES_MAX);
	struct message_params params;
	ptrdiff_t at = span_find_nocase(value, name);
	int r;

	if (at < 0)
		return;
	message_params_begin(&params, value);
	r = message_param_get(&params, name, &standard);
	if (r == ERR_NO_MEMORY)
		list->err = r;
	if (r > 0)
		add_plain(list, buf_span(&standard));
	/* Without a semicolon before it, or behind a quote that does not end, some find it. */
	if (!add_each(list, params.rest, name, false) && at > 0 && !is_letter(value.p[at - 1]))
		add_each(list, span_sub(value, (size_t)at - 1, value.n), name, false);
	add_each(list, params.rest, name, true);
}

/* With each fold and the white space behind it gone. */
static void put_joined(struct buf *out, struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r' && value.p[i] != '\n')
			buf_putc(out, value.p[i]);
		else
			while (i + 1 < value.n && strchr("\r\n\t ", value.p[i + 1]) &&
			       value.p[i + 1])
				i++;
}

/* RFC 2557 4.2.  A host without a path names no file: http://example.com */
static void add_location(struct name_list *list, struct span value)
{
	AUTO_BUF octets = BUF(value.n + 1);
	ptrdiff_t at = span_find_span(value, SPAN("://"));

	if (at >= 0) {
		value = span_sub(value, (size_t)at + 3, value.n);
		at = span_find(value, '/');
		if (at < 0)
			return;
		value = span_sub(value, (size_t)at, value.n);
	}
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '?' || value.p[i] == '#')
			value.n = i;
	put_percent(&octets, value);
	add_value(list, SPAN("utf-8"), buf_span(&octets));
}

void names_of_description(struct name_list *list, struct span value)
{
	AUTO_BUF joined = BUF(value.n + 1);

	put_joined(&joined, value);
	if (joined.err)
		list->err = joined.err;
	add_value(list, SPAN("utf-8"), span_trim(buf_span(&joined)));
}

/* The whole value in encoded words, parameters and all. */
static void add_decoded(struct name_list *list, struct span value)
{
	AUTO_BUF words = BUF(3 * value.n + 1);

	message_words_convert(value, &names_charsets, &words);
	add_params(list, buf_span(&words), SPAN("filename"));
	add_params(list, buf_span(&words), SPAN("name"));
	if (!list->err && words.err == ERR_NO_MEMORY)
		list->err = ERR_NO_MEMORY;
}

void names_of_field(struct name_list *list, struct span field, struct span value)
{
	AUTO_BUF joined = BUF(value.n + 1);

	put_joined(&joined, value);
	if (joined.err)
		list->err = joined.err;
	if (span_eq_nocase(field, SPAN("Content-Location"))) {
		add_location(list, span_trim(buf_span(&joined)));
	} else if (span_eq_nocase(field, SPAN("Content-Disposition")) ||
	           span_eq_nocase(field, SPAN("Content-Type"))) {
		add_params(list, value, SPAN("filename"));
		add_params(list, value, SPAN("name"));
		if (joined.n != value.n) {
			add_params(list, buf_span(&joined), SPAN("filename"));
			add_params(list, buf_span(&joined), SPAN("name"));
		}
		if (span_find_span(value, SPAN("=?")) >= 0)
			add_decoded(list, buf_span(&joined));
	}
}
