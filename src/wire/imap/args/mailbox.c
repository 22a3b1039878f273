/* wire/imap/args/mailbox.c - see mailbox.h. */
#include "wire/imap/args/mailbox.h"

#include "wire/imap/args/mailbox_impl.h"
#include "wire/imap/name.h"

int imap_take_full_mailbox(struct imap_cursor *c, struct span *out)
{
	struct span got;
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_mailbox(c, &got);
	if (e == 0 && got.n == 0)
		return imap_bad(c, "the name of a mailbox is empty");
	if (e == 0)
		*out = got;
	return e;
}

int imap_one_mailbox_parse(struct imap_cursor *c, struct span *mailbox)
{
	struct span got;
	int e = imap_take_full_mailbox(c, &got);

	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*mailbox = got;
	return 0;
}

int imap_rename_parse(struct imap_cursor *c, struct imap_rename *out)
{
	struct imap_rename got;
	int e = imap_take_full_mailbox(c, &got.from);

	e = e < 0 ? e : imap_take_full_mailbox(c, &got.to);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

static const char *const USES[IMAP_USE_COUNT] = {
#define USE(NAME, word) [IMAP_USE_AT_##NAME] = word,
#include "wire/imap/args/uses.def"
#undef USE
};

const char *imap_use_word(enum imap_use_at use)
{
	return USES[use];
}

static int take_use(struct imap_cursor *c, unsigned *uses)
{
	struct span word = imap_word_ahead(c);

	for (unsigned i = 0; i < IMAP_USE_COUNT; i++) {
		if (imap_eat_word(c, USES[i])) {
			*uses |= 1u << i;
			return 0;
		}
	}
	if (!imap_at(c, '\\'))
		return imap_bad(c, "a use is missing, as in \\Sent");
	return imap_fault(c, ERR_REFUSED, "%.*s is no use that is known here", SPAN_ARG(word));
}

/* Behind "(USE". */
static int take_uses(struct imap_cursor *c, unsigned *uses)
{
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take(c, '(', "the ( behind USE");
	if (e < 0 || imap_eat(c, ')'))
		return e;
	do
		e = take_use(c, uses);
	while (e == 0 && imap_eat(c, ' '));
	return e < 0 ? e : imap_take(c, ')', "the ) behind USE");
}

int imap_create_parse(struct imap_cursor *c, struct imap_create *out)
{
	struct imap_create got = { 0 };
	int e = imap_take_full_mailbox(c, &got.mailbox);

	if (e == 0 && c->rest.n > 1) {
		e = imap_take_sp(c);
		e = e < 0 ? e : imap_take(c, '(', "the ( of the parameters");
		if (e == 0 && !imap_eat_word(c, "USE"))
			e = imap_bad(c, "USE is the only parameter");
		e = e < 0 ? e : take_uses(c, &got.uses);
		e = e < 0 ? e : imap_take(c, ')', "the ) of the parameters");
	}
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

static const char *const STATUS_ITEMS[IMAP_STATUS_COUNT] = {
#define STATUS_ITEM(NAME, word) [IMAP_STATUS_AT_##NAME] = word,
#include "wire/imap/args/status_items.def"
#undef STATUS_ITEM
};

const char *imap_status_word(enum imap_status_at item)
{
	return STATUS_ITEMS[item];
}

static int take_status_item(struct imap_cursor *c, unsigned *items)
{
	struct span word;
	int e = imap_take_atom(c, "an item", &word);

	for (unsigned i = 0; e == 0 && i < IMAP_STATUS_COUNT; i++) {
		if (span_eq_nocase(word, span_str(STATUS_ITEMS[i]))) {
			*items |= 1u << i;
			return 0;
		}
	}
	return e < 0 ? e : imap_bad(c, "%.*s is no item", (int)(word.n < 30 ? word.n : 30), word.p);
}

int imap_take_status_items(struct imap_cursor *c, unsigned *items)
{
	unsigned got = 0;
	int e = imap_take(c, '(', "the ( of the items");

	if (e < 0)
		return e;
	do
		e = take_status_item(c, &got);
	while (e == 0 && imap_eat(c, ' '));
	e = e < 0 ? e : imap_take(c, ')', "the ) of the items");
	if (e < 0)
		return e;
	*items = got;
	return 0;
}

int imap_status_parse(struct imap_cursor *c, struct imap_status *out)
{
	struct imap_status got;
	int e = imap_take_full_mailbox(c, &got.mailbox);

	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take_status_items(c, &got.items);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}
