/* wire/imap/args/list.c - see list.h. */
#include "wire/imap/args/list.h"

#include "wire/imap/args/args_impl.h"
#include "wire/imap/args/mailbox.h"
#include "wire/imap/name.h"

struct option {
	const char *word;
	unsigned bit;
};

static const struct option SELECTS[] = {
	{ "SUBSCRIBED", IMAP_LIST_SELECT_SUBSCRIBED },
	{ "REMOTE", IMAP_LIST_SELECT_REMOTE },
	{ "RECURSIVEMATCH", IMAP_LIST_SELECT_RECURSIVEMATCH },
	{ "SPECIAL-USE", IMAP_LIST_SELECT_SPECIAL_USE },
};

static const struct option RETURNS[] = {
	{ "SUBSCRIBED", IMAP_LIST_RETURN_SUBSCRIBED },
	{ "CHILDREN", IMAP_LIST_RETURN_CHILDREN },
	{ "SPECIAL-USE", IMAP_LIST_RETURN_SPECIAL_USE },
	{ "STATUS", IMAP_LIST_RETURN_STATUS },
};

static int take_option(struct imap_cursor *c, const struct option *options, size_t n, unsigned *bit)
{
	struct span word;
	int e = imap_take_atom(c, "an option", &word);

	for (size_t i = 0; e == 0 && i < n; i++) {
		if (span_eq_nocase(word, span_str(options[i].word))) {
			*bit = options[i].bit;
			return 0;
		}
	}
	return e < 0 ? e
	             : imap_bad(c, "%.*s is no option here", (int)(word.n < 30 ? word.n : 30),
	                        word.p);
}

/* Behind the "(". */
static int take_selects(struct imap_cursor *c, struct imap_list *l)
{
	const unsigned weak = IMAP_LIST_SELECT_REMOTE | IMAP_LIST_SELECT_RECURSIVEMATCH;
	int e = 0;

	if (imap_eat(c, ')'))
		return 0;
	do {
		unsigned bit = 0;

		e = take_option(c, SELECTS, N_ELEMS(SELECTS), &bit);
		l->select |= bit;
	} while (e == 0 && imap_eat(c, ' '));
	e = e < 0 ? e : imap_take(c, ')', "the ) of the selection options");
	if (e < 0)
		return e;
	if ((l->select & IMAP_LIST_SELECT_RECURSIVEMATCH) && !(l->select & ~weak))
		return imap_bad(c, "RECURSIVEMATCH needs another option (RFC 5258 3.1)");
	if (l->select & IMAP_LIST_SELECT_SUBSCRIBED)
		l->returns |= IMAP_LIST_RETURN_SUBSCRIBED;
	return 0;
}

static int take_returns(struct imap_cursor *c, struct imap_list *l)
{
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take(c, '(', "the ( behind RETURN");
	if (e < 0 || imap_eat(c, ')'))
		return e;
	do {
		unsigned bit = 0;

		e = take_option(c, RETURNS, N_ELEMS(RETURNS), &bit);
		l->returns |= bit;
		if (e == 0 && bit == IMAP_LIST_RETURN_STATUS) {
			e = imap_take_sp(c);
			e = e < 0 ? e : imap_take_status_items(c, &l->status_items);
		}
	} while (e == 0 && imap_eat(c, ' '));
	return e < 0 ? e : imap_take(c, ')', "the ) behind RETURN");
}

static int take_patterns(struct imap_cursor *c, struct imap_list *l)
{
	bool several = imap_eat(c, '(');
	struct span *patterns = NULL;
	size_t n = 0;
	int e;

	do {
		if (n == IMAP_PATTERNS_MAX)
			return imap_fault(c, ERR_LIMIT, "over %d patterns", IMAP_PATTERNS_MAX);
		patterns = imap_room_for_one(c->mem, patterns, n, sizeof *patterns);
		if (!patterns)
			return ERR_NO_MEMORY;
		e = imap_take_pattern(c, &patterns[n++]);
	} while (e == 0 && several && imap_eat(c, ' '));
	if (several && e == 0)
		e = imap_take(c, ')', "the ) of the patterns");
	l->extended |= several;
	l->patterns = patterns;
	l->n_patterns = n;
	return e;
}

static int take_reference_and_patterns(struct imap_cursor *c, struct imap_list *l)
{
	int e = imap_take_mailbox(c, &l->reference);

	e = e < 0 ? e : imap_take_sp(c);
	return e < 0 ? e : take_patterns(c, l);
}

int imap_list_parse(struct imap_cursor *c, struct imap_list *out)
{
	struct imap_list got = { 0 };
	int e = imap_take_sp(c);

	if (e == 0 && imap_eat(c, '(')) {
		got.extended = true;
		e = take_selects(c, &got);
		e = e < 0 ? e : imap_take_sp(c);
	}
	e = e < 0 ? e : take_reference_and_patterns(c, &got);
	if (e == 0 && c->rest.n > 1) {
		got.extended = true;
		e = imap_take_sp(c);
		if (e == 0 && !imap_eat_word(c, "RETURN"))
			e = imap_bad(c, "RETURN is missing");
		e = e < 0 ? e : take_returns(c, &got);
	}
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_lsub_parse(struct imap_cursor *c, struct imap_list *out)
{
	struct imap_list got = { 0 };
	int e = imap_take_sp(c);

	e = e < 0 ? e : take_reference_and_patterns(c, &got);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	if (got.extended)
		return imap_bad(c, "it takes one pattern");
	*out = got;
	return 0;
}
