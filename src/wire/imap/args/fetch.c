/* wire/imap/args/fetch.c - see fetch.h.  Sections: section.c. */
#include "wire/imap/args/fetch.h"

#include "wire/imap/args/args_impl.h"
#include "wire/imap/args/fetch_impl.h"

struct word {
	const char *word;
	unsigned items;
};

enum {
	FAST = IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_RFC822_SIZE,
	ALL = FAST | IMAP_FETCH_ENVELOPE,
	FULL = ALL | IMAP_FETCH_BODY,
};

static const struct word MACROS[] = { { "ALL", ALL }, { "FAST", FAST }, { "FULL", FULL } };

static const struct word ITEMS[] = {
	{ "UID", IMAP_FETCH_UID },
	{ "FLAGS", IMAP_FETCH_FLAGS },
	{ "INTERNALDATE", IMAP_FETCH_INTERNALDATE },
	{ "RFC822.SIZE", IMAP_FETCH_RFC822_SIZE },
	{ "ENVELOPE", IMAP_FETCH_ENVELOPE },
	{ "BODY", IMAP_FETCH_BODY },
	{ "BODYSTRUCTURE", IMAP_FETCH_BODYSTRUCTURE },
	{ "MODSEQ", IMAP_FETCH_MODSEQ },
	{ "EMAILID", IMAP_FETCH_EMAILID },
	{ "THREADID", IMAP_FETCH_THREADID },
	{ "SAVEDATE", IMAP_FETCH_SAVEDATE },
};

/* What is read; f->sections is sections. */
struct reading {
	struct imap_cursor *c;
	struct imap_fetch f;
	struct imap_section *sections;
};

static bool eat_words(struct reading *r, const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (imap_eat_word(r->c, words[i].word)) {
			r->f.items |= words[i].items;
			return true;
		}
	}
	return false;
}

static int add_section(struct reading *r, struct imap_section s)
{
	int e;

	if (r->f.n_sections == IMAP_SECTIONS_MAX)
		return imap_fault(r->c, ERR_LIMIT, "over %d sections", IMAP_SECTIONS_MAX);
	e = imap_take_section(r->c, &s);
	if (e < 0)
		return e;
	r->sections =
	        imap_room_for_one(r->c->mem, r->sections, r->f.n_sections, sizeof *r->sections);
	if (!r->sections)
		return ERR_NO_MEMORY;
	r->sections[r->f.n_sections++] = s;
	r->f.sets_seen |= !s.peek;
	return 0;
}

static int take_item(struct reading *r)
{
	struct span word = imap_word_ahead(r->c);
	struct imap_section s;

	if (eat_words(r, ITEMS, N_ELEMS(ITEMS)))
		return 0;
	if (imap_eat_section_word(r->c, &s))
		return add_section(r, s);
	if (!word.n)
		return imap_bad(r->c, "an item to fetch is missing");
	return imap_bad(r->c, "%.*s is no item to fetch", SPAN_ARG(word));
}

static int take_items(struct reading *r)
{
	int e;

	if (eat_words(r, MACROS, N_ELEMS(MACROS)))
		return 0;
	if (!imap_eat(r->c, '('))
		return take_item(r);
	do
		e = take_item(r);
	while (e == 0 && imap_eat(r->c, ' '));
	return e < 0 ? e : imap_take(r->c, ')', "the ) of the items");
}

static int take_modifier(struct reading *r)
{
	int e;

	if (imap_eat_word(r->c, "VANISHED")) {
		r->f.vanished = true;
		return 0;
	}
	if (!imap_eat_word(r->c, "CHANGEDSINCE"))
		return imap_bad(r->c, "the modifiers are CHANGEDSINCE and VANISHED");
	r->f.has_changed_since = true;
	r->f.items |= IMAP_FETCH_MODSEQ;
	e = imap_take_sp(r->c);
	return e < 0 ? e : imap_take_u64(r->c, "a mod-sequence", &r->f.changed_since);
}

static int take_modifiers(struct reading *r, bool uid)
{
	int e = imap_take_sp(r->c);

	e = e < 0 ? e : imap_take(r->c, '(', "the ( of the modifiers");
	if (e < 0)
		return e;
	do
		e = take_modifier(r);
	while (e == 0 && imap_eat(r->c, ' '));
	e = e < 0 ? e : imap_take(r->c, ')', "the ) of the modifiers");
	if (e == 0 && r->f.vanished && !(uid && r->f.has_changed_since))
		return imap_bad(r->c, "VANISHED goes with UID FETCH and CHANGEDSINCE only");
	return e;
}

int imap_fetch_parse(struct imap_cursor *c, bool uid, struct imap_fetch *out)
{
	struct reading r = { .c = c };
	int e = imap_take_sp(c);

	if (uid)
		r.f.items = IMAP_FETCH_UID;
	e = e < 0 ? e : imap_take_set(c, &r.f.set);
	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : take_items(&r);
	if (e == 0 && c->rest.n > 1)
		e = take_modifiers(&r, uid);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	r.f.sections = r.sections;
	*out = r.f;
	return 0;
}
