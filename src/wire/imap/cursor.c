/* wire/imap/cursor.c - see cursor.h. */
#include "wire/imap/cursor.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/utf8.h"

enum { WORD_SHOWN = 30 };

void imap_fault_note(const struct imap_cursor *c, int code, const char *fmt, ...)
{
	AUTO_BUF text = BUF(ERR_DETAIL_BYTES);
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vprintf(&text, fmt, ap);
	va_end(ap);
	err_note(code, "%s: %.*s", c->verb, SPAN_ARG(buf_span(&text)));
}

bool imap_is_atom_char(char octet)
{
	return octet > 0x20 && octet < 0x7f && !strchr("(){%*\"\\]", octet);
}

bool imap_is_atom(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!imap_is_atom_char(s.p[i]))
			return false;
	return s.n > 0;
}

bool imap_at(const struct imap_cursor *c, char octet)
{
	return c->rest.n > 0 && c->rest.p[0] == octet;
}

static struct span eat(struct imap_cursor *c, size_t n)
{
	struct span taken = span_sub(c->rest, 0, n);

	c->rest = span_sub(c->rest, n, c->rest.n);
	return taken;
}

bool imap_eat(struct imap_cursor *c, char octet)
{
	if (!imap_at(c, octet))
		return false;
	eat(c, 1);
	return true;
}

static bool is_alphanumeric(char octet)
{
	return (octet >= '0' && octet <= '9') || ((octet | 0x20) >= 'a' && (octet | 0x20) <= 'z');
}

bool imap_eat_word(struct imap_cursor *c, const char *word)
{
	struct span w = span_str(word);

	if (!span_starts_nocase(c->rest, w))
		return false;
	if (is_alphanumeric(w.p[w.n - 1]) && c->rest.n > w.n && imap_is_atom_char(c->rest.p[w.n]))
		return false;
	eat(c, w.n);
	return true;
}

struct span imap_word_ahead(const struct imap_cursor *c)
{
	size_t n = 0;

	while (n < c->rest.n && n < WORD_SHOWN && span_find(SPAN(" ()"), c->rest.p[n]) < 0)
		n++;
	return span_sub(c->rest, 0, n);
}

int imap_take_sp(struct imap_cursor *c)
{
	if (!imap_eat(c, ' '))
		return c->rest.n == 0 ? imap_bad(c, "an argument is missing")
		                      : imap_bad(c, "a space is missing");
	while (imap_eat(c, ' '))
		;
	return 0;
}

int imap_take(struct imap_cursor *c, char octet, const char *what)
{
	return imap_eat(c, octet) ? 0 : imap_bad(c, "%s is missing", what);
}

int imap_take_end(struct imap_cursor *c)
{
	while (imap_eat(c, ' '))
		;
	return c->rest.n == 0 ? 0 : imap_bad(c, "there is more than the command has");
}

/* The run of octets at the front that fit. */
static struct span eat_run(struct imap_cursor *c, bool (*fits)(char))
{
	size_t n = 0;

	while (n < c->rest.n && fits(c->rest.p[n]))
		n++;
	return eat(c, n);
}

int imap_take_atom(struct imap_cursor *c, const char *what, struct span *out)
{
	struct span got = eat_run(c, imap_is_atom_char);

	if (got.n == 0)
		return imap_bad(c, "%s is missing", what);
	*out = got;
	return 0;
}

/* Behind the first quote.  Octets that the reader let in are no NUL, CR or LF. */
static int take_quoted(struct imap_cursor *c, const char *what, struct span *out)
{
	struct span in = c->rest;
	size_t n = 0, n_escapes = 0;
	char *p;

	for (; n < in.n && in.p[n] != '"'; n++) {
		if (in.p[n] != '\\')
			continue;
		if (n + 1 == in.n || (in.p[n + 1] != '"' && in.p[n + 1] != '\\'))
			return imap_bad(c, "%s: \\ stands before \" and \\ only", what);
		n++;
		n_escapes++;
	}
	if (n == in.n)
		return imap_bad(c, "%s: the closing \" is missing", what);
	in = eat(c, n);
	eat(c, 1);
	if (!utf8_valid(in))
		return imap_bad(c, "%s is no UTF-8", what);
	if (n_escapes == 0) {
		*out = in;
		return 0;
	}
	p = arena_alloc(c->mem, n - n_escapes);
	if (!p)
		return ERR_NO_MEMORY;
	*out = span_make(p, n - n_escapes);
	for (size_t i = 0; i < in.n; i++) {
		i += in.p[i] == '\\';
		*p++ = in.p[i];
	}
	return 0;
}

/* Behind the {. */
static int take_literal(struct imap_cursor *c, const char *what, struct span *out)
{
	ptrdiff_t close = span_find(c->rest, '}');
	struct span digits = span_sub(c->rest, 0, close < 0 ? 0 : (size_t)close);
	uint64_t n;

	if (digits.n > 0 && digits.p[digits.n - 1] == '+')
		digits.n--;
	if (close < 0 || span_to_u64(digits, UINT32_MAX, &n) < 0)
		return imap_bad(c, "%s: { and } hold no number of octets", what);
	eat(c, (size_t)close + 1);
	if (!span_eat(&c->rest, SPAN("\r\n")) || c->rest.n < n)
		return imap_bad(c, "%s: the literal's octets are missing", what);
	*out = eat(c, n);
	return 0;
}

static int take_string(struct imap_cursor *c, const char *what, bool binary, struct span *out)
{
	struct span got;
	int e;

	if (imap_eat(c, '"'))
		return take_quoted(c, what, out);
	if (binary && c->rest.n > 1 && c->rest.p[1] == '{')
		(void)imap_eat(c, '~');
	else
		binary = false;
	if (!imap_eat(c, '{'))
		return imap_bad(c, "%s is missing", what);
	e = take_literal(c, what, &got);
	if (e < 0)
		return e;
	if (!binary && span_find(got, '\0') >= 0)
		return imap_bad(c, "%s holds a NUL", what);
	*out = got;
	return 0;
}

int imap_take_string(struct imap_cursor *c, const char *what, struct span *out)
{
	return take_string(c, what, false, out);
}

int imap_take_string8(struct imap_cursor *c, const char *what, struct span *out)
{
	return take_string(c, what, true, out);
}

static bool is_astring_char(char octet)
{
	return imap_is_atom_char(octet) || octet == ']';
}

static bool is_list_char(char octet)
{
	return is_astring_char(octet) || octet == '%' || octet == '*';
}

static bool at_string(const struct imap_cursor *c)
{
	return imap_at(c, '"') || imap_at(c, '{');
}

static int take_run_or_string(struct imap_cursor *c, const char *what, bool (*fits)(char),
                              struct span *out)
{
	struct span got;

	if (at_string(c))
		return imap_take_string(c, what, out);
	got = eat_run(c, fits);
	if (got.n == 0)
		return imap_bad(c, "%s is missing", what);
	*out = got;
	return 0;
}

int imap_take_astring(struct imap_cursor *c, const char *what, struct span *out)
{
	return take_run_or_string(c, what, is_astring_char, out);
}

int imap_take_pattern_text(struct imap_cursor *c, struct span *out)
{
	return take_run_or_string(c, "a pattern", is_list_char, out);
}

int imap_take_nstring(struct imap_cursor *c, const char *what, struct span *out, bool *nil)
{
	if (imap_eat_word(c, "NIL")) {
		*out = span_make(NULL, 0);
		*nil = true;
		return 0;
	}
	*nil = false;
	return imap_take_string(c, what, out);
}

static bool is_digit(char octet)
{
	return octet >= '0' && octet <= '9';
}

static int take_number(struct imap_cursor *c, const char *what, uint64_t max, uint64_t *out)
{
	struct span digits = eat_run(c, is_digit);

	if (digits.n == 0)
		return imap_bad(c, "%s is missing", what);
	if (span_to_u64(digits, max, out) < 0)
		return imap_bad(c, "%s is over %ju", what, (uintmax_t)max);
	return 0;
}

int imap_take_u32(struct imap_cursor *c, const char *what, uint32_t *out)
{
	uint64_t n;
	int e = take_number(c, what, UINT32_MAX, &n);

	if (e < 0)
		return e;
	*out = (uint32_t)n;
	return 0;
}

int imap_take_nz(struct imap_cursor *c, const char *what, uint32_t *out)
{
	uint32_t n;
	int e = imap_take_u32(c, what, &n);

	if (e < 0)
		return e;
	if (n == 0)
		return imap_bad(c, "%s is 0", what);
	*out = n;
	return 0;
}

int imap_take_u64(struct imap_cursor *c, const char *what, uint64_t *out)
{
	return take_number(c, what, INT64_MAX, out);
}
