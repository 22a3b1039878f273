/* wire/imap/args/append.c - see append.h. */
#include "wire/imap/args/append.h"

#include "wire/imap/args/mailbox_impl.h"

/* SP [flags SP] [date SP] [UTF8 SP "("], all that is left. */
static int take_front(struct imap_cursor *c, struct imap_append *a)
{
	int e = imap_take_sp(c);

	if (e == 0 && imap_at(c, '(')) {
		e = imap_take_flag_list(c, &a->flags);
		e = e < 0 ? e : imap_take_sp(c);
	}
	if (e == 0 && imap_at(c, '"')) {
		a->has_time = true;
		e = imap_take_date_time(c, &a->time);
		e = e < 0 ? e : imap_take_sp(c);
	}
	if (e == 0 && imap_eat_word(c, "UTF8")) {
		a->utf8 = true;
		e = imap_take_sp(c);
		e = e < 0 ? e : imap_take(c, '(', "the ( behind UTF8");
	}
	if (e == 0 && c->rest.n)
		return imap_bad(c, "flags, a date and the message are what it takes");
	return e;
}

int imap_append_parse(struct imap_cursor *c, struct imap_append *out)
{
	struct imap_append got = { 0 };
	int e = imap_take_full_mailbox(c, &got.mailbox);

	e = e < 0 ? e : take_front(c, &got);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

static int close_utf8(struct imap_cursor *c, const struct imap_append *before)
{
	return before->utf8 ? imap_take(c, ')', "the ) behind UTF8's message") : 0;
}

int imap_append_next_parse(struct imap_cursor *c, const struct imap_append *before,
                           struct imap_append *out)
{
	struct imap_append got = { .mailbox = before->mailbox };
	int e = close_utf8(c, before);

	e = e < 0 ? e : take_front(c, &got);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_append_end(struct imap_cursor *c, const struct imap_append *last)
{
	int e = close_utf8(c, last);

	return e < 0 ? e : imap_take_end(c);
}
