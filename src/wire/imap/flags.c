/* wire/imap/flags.c - see flags.h. */
#include "wire/imap/flags.h"

static const char *const WORDS[IMAP_FLAG_COUNT] = {
#define FLAG(NAME, word) [IMAP_FLAG_AT_##NAME] = word,
#include "wire/imap/flags.def"
#undef FLAG
};

/* What is read; room for IMAP_KEYWORDS_MAX is got with the first keyword. */
struct reading {
	struct imap_cursor *c;
	unsigned system;
	struct span *keywords;
	size_t n;
};

static int take_system(struct reading *r)
{
	struct span word = imap_word_ahead(r->c);

	for (unsigned i = 0; i < IMAP_FLAG_COUNT; i++) {
		if (imap_eat_word(r->c, WORDS[i])) {
			r->system |= 1u << i;
			return 0;
		}
	}
	if (imap_eat_word(r->c, "\\Recent"))
		return imap_bad(r->c, "\\Recent cannot be set by a client");
	return imap_bad(r->c, "%.*s is no flag that can be set", SPAN_ARG(word));
}

int imap_take_keyword(struct imap_cursor *c, struct span *out)
{
	struct span got;
	int e = imap_take_atom(c, "a flag", &got);

	if (e < 0)
		return e;
	if (got.n > IMAP_KEYWORD_MAX)
		return imap_fault(c, ERR_TOO_LONG, "a keyword is over %d octets", IMAP_KEYWORD_MAX);
	*out = got;
	return 0;
}

static int take_flag(struct reading *r)
{
	struct span got;
	int e;

	if (imap_at(r->c, '\\'))
		return take_system(r);
	e = imap_take_keyword(r->c, &got);
	if (e < 0)
		return e;
	for (size_t i = 0; i < r->n; i++)
		if (span_eq_nocase(r->keywords[i], got))
			return 0;
	if (r->n == IMAP_KEYWORDS_MAX)
		return imap_fault(r->c, ERR_LIMIT, "over %d keywords", IMAP_KEYWORDS_MAX);
	if (!r->keywords)
		r->keywords = arena_array(r->c->mem, struct span, IMAP_KEYWORDS_MAX);
	if (!r->keywords)
		return ERR_NO_MEMORY;
	r->keywords[r->n++] = got;
	return 0;
}

static int take_some(struct reading *r)
{
	int e;

	do
		e = take_flag(r);
	while (e == 0 && r->c->rest.n > 1 && r->c->rest.p[1] != ' ' && imap_eat(r->c, ' '));
	return e;
}

static void give(const struct reading *r, struct imap_flags *out)
{
	*out = (struct imap_flags){ .system = r->system,
		                    .keywords = r->keywords,
		                    .n_keywords = r->n };
}

int imap_take_flag_list(struct imap_cursor *c, struct imap_flags *out)
{
	struct reading r = { .c = c };
	int e = imap_take(c, '(', "the ( of the flags");

	if (e == 0 && !imap_eat(c, ')')) {
		e = take_some(&r);
		e = e < 0 ? e : imap_take(c, ')', "the ) of the flags");
	}
	if (e < 0)
		return e;
	give(&r, out);
	return 0;
}

int imap_take_flags(struct imap_cursor *c, struct imap_flags *out)
{
	struct reading r = { .c = c };
	int e;

	if (imap_at(c, '('))
		return imap_take_flag_list(c, out);
	e = take_some(&r);
	if (e < 0)
		return e;
	give(&r, out);
	return 0;
}

int imap_put_flags(struct buf *out, const struct imap_flags *flags, const char *extra)
{
	const char *between = "(";

	for (unsigned i = 0; i < IMAP_FLAG_COUNT; i++) {
		if (flags->system & 1u << i) {
			(void)buf_printf(out, "%s%s", between, WORDS[i]);
			between = " ";
		}
	}
	for (size_t i = 0; i < flags->n_keywords; i++) {
		(void)buf_printf(out, "%s%.*s", between, SPAN_ARG(flags->keywords[i]));
		between = " ";
	}
	if (extra)
		(void)buf_printf(out, "%s%s", between, extra);
	else if (*between == '(')
		(void)buf_putc(out, '(');
	return buf_putc(out, ')');
}
