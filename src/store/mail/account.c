/* store/mail/account.c - an account's mailboxes: made at its first use, entered and left. */
#include "store/mail/effect.h"
#include "store/mail/naming.h"

#include <stdio.h>

/* RFC 6154 2.  Those that an account has from the start. */
static const struct first {
	struct span path;
	enum mailbox_role role;
	bool subscribed;
} firsts[] = {
	{ { "INBOX", 5 }, MAILBOX_NO_ROLE, true },
	{ { "Drafts", 6 }, MAILBOX_DRAFTS, true },
	{ { "Sent", 4 }, MAILBOX_SENT, true },
	{ { "Junk", 4 }, MAILBOX_JUNK, true },
	{ { "Trash", 5 }, MAILBOX_TRASH, true },
	{ { "Archive", 7 }, MAILBOX_ARCHIVE, true },
	{ { "Quarantine", 10 }, MAILBOX_QUARANTINE, false },
};

enum mailbox_role account_role_of(struct span path)
{
	for (size_t i = 0; i < N_ELEMS(firsts); i++)
		if (span_eq(firsts[i].path, path))
			return firsts[i].role;
	return MAILBOX_NO_ROLE;
}

static int first_make(struct naming *x, const struct first *f)
{
	struct mailbox *m;
	int r = naming_make(x, f->path, f->role, true, &m);
	return r < 0 || !f->subscribed ? r : naming_subscribe(x, f->path, true);
}

static WAITS int complete(struct store *sp, struct account *a)
{
	struct naming x;
	int r = naming_begin(&x, sp, a);
	if (r >= 0 && !a->recorded)
		r = naming_record(
		        &x, &(struct record_mailbox){ .what = RECORD_ACCOUNT, .name = a->name });
	for (size_t i = 0; i < N_ELEMS(firsts) && r >= 0 && !a->inbox; i++)
		if (!names_path(a, firsts[i].path))
			r = first_make(&x, &firsts[i]);
	r = naming_end(&x, r);
	if (r >= 0)
		a->recorded = true;
	return r;
}

/* That which an account has from the start, or one beside what has its name now. */
static int role_make(struct naming *x, enum mailbox_role role)
{
	char path[32];
	size_t i = 0;
	struct mailbox *m;

	while (i < N_ELEMS(firsts) && firsts[i].role != role)
		i++;
	if (i == N_ELEMS(firsts))
		return err(ERR_BUG, "no mailbox is made for role %d", (int)role);
	snprintf(path, sizeof path, "%.*s", SPAN_ARG(firsts[i].path));
	for (int n = 2; names_path(x->a, span_str(path)) && n < 100; n++)
		snprintf(path, sizeof path, "%.*s-%d", SPAN_ARG(firsts[i].path), n);
	return naming_make(x, span_str(path), role, true, &m);
}

WAITS int store_account_role(struct store *sp, struct account *a, enum mailbox_role role)
{
	struct naming x;

	if (names_role(a, role))
		return 0;
	int r = naming_begin(&x, sp, a);
	if (r >= 0 && !names_role(a, role))
		r = role_make(&x, role);
	return naming_end(&x, r);
}

WAITS int store_account(struct store *sp, struct span name, struct account **out)
{
	struct account *a = names_account(&sp->names, name);
	int r = 0;
	if (!name.n)
		return err(ERR_NOT_FOUND, "no account was named");
	if (a && a->leaving)
		return names_account_gone(a);
	if (!a)
		r = names_account_add(&sp->names, sp->names.last_account + 1, name, &a);
	if (r >= 0 && !a->inbox)
		r = complete(sp, a);
	if (r < 0)
		return r;
	*out = a;
	return 0;
}

int store_account_known(struct store *sp, struct span name, struct account **out)
{
	struct account *a = names_account(&sp->names, name);
	if (!a || !a->inbox || a->leaving)
		return err(ERR_NOT_FOUND, "%.*s has no mailboxes", SPAN_ARG(name));
	*out = a;
	return 0;
}

int store_account_use(const struct store *sp, struct span name, uint64_t *messages,
                      uint64_t *octets)
{
	const struct account *a = names_account(&sp->names, name);
	if (!a)
		return err(ERR_NOT_FOUND, "%.*s has no mailboxes", SPAN_ARG(name));
	*messages = a->messages;
	*octets = a->octets;
	return 0;
}

static bool may_hold(const struct mailbox *m)
{
	struct box_numbers n;

	return m->box && !m->leaving && !m->account->leaving &&
	       (!box_numbers(m->box, &n) || n.exists);
}

/* The least ones stay, in order. */
size_t store_mailboxes_holding(const struct store *sp, uint8_t role, uint32_t after, uint32_t *out,
                               size_t max, bool *more)
{
	struct mailbox *m;
	size_t n = 0;

	*more = false;
	MAP_EACH(m, &sp->names.mailboxes) {
		size_t at = n;

		if (m->role != role || m->number <= after || !may_hold(m))
			continue;
		while (at && out[at - 1] > m->number)
			at--;
		*more |= n == max;
		if (at == max)
			continue;
		n -= n == max;
		memmove(out + at + 1, out + at, (n - at) * sizeof *out);
		out[at] = m->number;
		n++;
	}
	return n;
}

struct mailbox *store_mailbox(const struct store *sp, uint32_t number)
{
	return names_number(&sp->names, number);
}

int store_mailbox_enter(struct account *a, uint32_t number, struct mailbox **out)
{
	struct mailbox *m;
	LIST_EACH(m, &a->mailboxes, link)
		if (m->number == number && m->box && !m->leaving) {
			if (m->rebuilding)
				return err(ERR_UNAVAILABLE, "the mailbox is being rebuilt");
			m->users++;
			*out = m;
			return 0;
		}
	return err(ERR_NOT_FOUND, "there is no such mailbox");
}

void store_mailbox_leave(struct mailbox **m)
{
	if (*m && --(*m)->users <= 1)
		cond_broadcast(&(*m)->free);
}

void store_mail_follow(struct store *sp, store_mail_fn *fn, void *arg)
{
	sp->mail_fn = fn;
	sp->mail_arg = arg;
}
