/* controld/keywords.c - see keywords.h. */
#include "controld/keywords.h"

static const struct {
	struct span word;
	uint64_t flag;
} system_flags[] = { { SPAN("\\Seen"), MAILBOX_SEEN },
	             { SPAN("\\Answered"), MAILBOX_ANSWERED },
	             { SPAN("\\Flagged"), MAILBOX_FLAGGED },
	             { SPAN("\\Deleted"), MAILBOX_DELETED },
	             { SPAN("\\Draft"), MAILBOX_DRAFT } };

static WAITS int ask(struct controld_session *s, struct controld_keywords *k, struct span name)
{
	struct mailbox_keywords_args a = { .ticket = k->ticket, .name = name };

	return mailbox_keywords(&a, &s->mem, &k->known); /* WAITS */
}

WAITS int controld_keywords_get(struct controld_session *s, struct controld_keywords *k)
{
	return ask(s, k, SPAN("")); /* WAITS */
}

static uint64_t system_flag(struct span word)
{
	for (size_t i = 0; i < N_ELEMS(system_flags); i++)
		if (span_eq_nocase(word, system_flags[i].word))
			return system_flags[i].flag;
	return 0;
}

static uint64_t keyword(const struct controld_keywords *k, struct span word)
{
	for (size_t i = 0; i < k->known.n_keywords; i++)
		if (span_eq_nocase(word, k->known.keywords[i].name))
			return UINT64_C(1) << (MAILBOX_KEYWORD_FIRST + i);
	return 0;
}

static WAITS int flag_of(struct controld_session *s, struct controld_keywords *k, struct span word,
                         uint64_t *out)
{
	bool is_system = word.p[0] == '\\';
	int r = 0;

	*out = is_system ? system_flag(word) : keyword(k, word);
	if (*out)
		return 0;
	if (!is_system)
		r = ask(s, k, word); /* WAITS */
	bool cannot = is_system || r == ERR_QUOTA || r == ERR_TOO_LONG || r == ERR_SYNTAX;
	k->n_lost += cannot;
	if (r >= 0 && !is_system)
		*out = UINT64_C(1) << (MAILBOX_KEYWORD_FIRST + k->known.number);
	return cannot ? 0 : r;
}

WAITS int controld_flags_parse(struct controld_session *s, struct controld_keywords *k,
                               struct span words, uint64_t *out)
{
	uint64_t all = 0, one;
	struct span word;
	int r = 0;

	while (r >= 0 && span_split(&words, ' ', &word))
		if (word.n) {
			r = flag_of(s, k, word, &one); /* WAITS */
			if (r >= 0)
				all |= one;
		}
	if (r >= 0)
		*out = all;
	return r;
}

static void put_word(struct buf *out, struct span word, bool *any)
{
	if (*any)
		buf_putc(out, ' ');
	buf_put(out, word);
	*any = true;
}

int controld_flags_put(const struct controld_keywords *k, uint64_t flags, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < N_ELEMS(system_flags); i++)
		if (flags & system_flags[i].flag)
			put_word(out, system_flags[i].word, &any);
	for (size_t i = 0; i < k->known.n_keywords && i < MAILBOX_KEYWORDS_MAX; i++)
		if (flags >> (MAILBOX_KEYWORD_FIRST + i) & 1)
			put_word(out, k->known.keywords[i].name, &any);
	return out->err;
}
