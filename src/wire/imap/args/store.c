/* wire/imap/args/store.c - see store.h. */
#include "wire/imap/args/store.h"

#include "wire/imap/args/mailbox_impl.h"

/* "(UNCHANGEDSINCE n)" and SP, behind the "(". */
static int take_modifier(struct imap_cursor *c, struct imap_store *s)
{
	int e;

	if (!imap_eat_word(c, "UNCHANGEDSINCE"))
		return imap_bad(c, "UNCHANGEDSINCE is the only modifier");
	s->has_unchanged_since = true;
	e = imap_take_sp(c);
	e = e < 0 ? e : imap_take_u64(c, "a mod-sequence", &s->unchanged_since);
	e = e < 0 ? e : imap_take(c, ')', "the ) of the modifier");
	return e < 0 ? e : imap_take_sp(c);
}

static int take_how(struct imap_cursor *c, struct imap_store *s)
{
	s->how = imap_eat(c, '+')   ? IMAP_STORE_ADD
	         : imap_eat(c, '-') ? IMAP_STORE_REMOVE
	                            : IMAP_STORE_REPLACE;
	s->silent = imap_eat_word(c, "FLAGS.SILENT");
	if (!s->silent && !imap_eat_word(c, "FLAGS"))
		return imap_bad(c, "FLAGS is missing, as in +FLAGS.SILENT (\\Seen)");
	return imap_take_sp(c);
}

int imap_store_parse(struct imap_cursor *c, struct imap_store *out)
{
	struct imap_store got = { 0 };
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_set(c, &got.set);
	e = e < 0 ? e : imap_take_sp(c);
	if (e == 0 && imap_eat(c, '('))
		e = take_modifier(c, &got);
	e = e < 0 ? e : take_how(c, &got);
	e = e < 0 ? e : imap_take_flags(c, &got.flags);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_copy_parse(struct imap_cursor *c, struct imap_copy *out)
{
	struct imap_copy got = { 0 };
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_set(c, &got.set);
	e = e < 0 ? e : imap_take_full_mailbox(c, &got.mailbox);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_uid_expunge_parse(struct imap_cursor *c, struct imap_set *out)
{
	struct imap_set got;
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_set(c, &got);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}
