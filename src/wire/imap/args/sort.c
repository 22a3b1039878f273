/* wire/imap/args/sort.c - SORT and THREAD (RFC 5256); see search.h. */
#include "wire/imap/args/search_impl.h"

static int take_sort_key(struct imap_cursor *c, struct imap_sort_key *key)
{
	static const char *const words[IMAP_SORT_COUNT] = {
		[IMAP_SORT_ARRIVAL] = "ARRIVAL", [IMAP_SORT_CC] = "CC",
		[IMAP_SORT_DATE] = "DATE",       [IMAP_SORT_FROM] = "FROM",
		[IMAP_SORT_SIZE] = "SIZE",       [IMAP_SORT_SUBJECT] = "SUBJECT",
		[IMAP_SORT_TO] = "TO",
	};
	bool reverse = imap_eat_word(c, "REVERSE");
	int e = reverse ? imap_take_sp(c) : 0;

	for (unsigned i = 0; e == 0 && i < IMAP_SORT_COUNT; i++) {
		if (imap_eat_word(c, words[i])) {
			*key = (struct imap_sort_key){ .by = (uint8_t)i, .reverse = reverse };
			return 0;
		}
	}
	return e < 0 ? e
	             : imap_bad(c,
	                        "what to sort by is ARRIVAL, CC, DATE, FROM, SIZE, SUBJECT or TO");
}

static int take_sort_keys(struct imap_cursor *c, struct imap_sort *s)
{
	int e = imap_take(c, '(', "the ( of what to sort by");

	if (e < 0)
		return e;
	do {
		if (s->n_keys == IMAP_SORT_KEYS_MAX)
			return imap_fault(c, ERR_LIMIT, "over %d things to sort by",
			                  IMAP_SORT_KEYS_MAX);
		e = take_sort_key(c, &s->keys[s->n_keys++]);
	} while (e == 0 && imap_eat(c, ' '));
	return e < 0 ? e : imap_take(c, ')', "the ) of what to sort by");
}

int imap_sort_parse(struct imap_cursor *c, struct imap_sort *out)
{
	struct imap_sort got = { 0 };
	bool ascii = false;
	int e = imap_take_sp(c);

	e = e < 0 ? e : take_sort_keys(c, &got);
	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take_charset(c, &ascii);
	e = e < 0 ? e : imap_take_keys(c, ascii, &got.search);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_thread_parse(struct imap_cursor *c, struct imap_thread *out)
{
	struct imap_thread got = { 0 };
	bool ascii = false;
	int e = imap_take_sp(c);

	if (e == 0 && imap_eat_word(c, "REFERENCES"))
		got.by = IMAP_THREAD_REFERENCES;
	else if (e == 0 && !imap_eat_word(c, "ORDEREDSUBJECT"))
		e = imap_bad(c, "the algorithms are ORDEREDSUBJECT and REFERENCES");
	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take_charset(c, &ascii);
	e = e < 0 ? e : imap_take_keys(c, ascii, &got.search);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}
