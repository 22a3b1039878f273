/* store/mail/remove.c - a mailbox goes, or an account with all that it has. */
#include "store/mail/expunge.h"
#include "store/mail/naming.h"

/* Entries that go at once: about a millisecond of the loop's, and some 40 of the ledger's. */
enum { STEP_ENTRIES = 5000 };

/* Nobody comes in any more, and all have left. */
static WAITS int clear(struct mailbox *m)
{
	int r = 0;
	m->leaving = true;
	while (m->users && r >= 0)
		r = cond_wait(&m->free, "users of a mailbox");
	return r;
}

/* The ledger keeps up, so that mail is not refused since it is behind. */
static WAITS int expunge_all(struct store *sp, struct mailbox *m)
{
	struct mailbox_run rest = { 1, UINT32_MAX };
	struct store_expunging e;
	int r;
	do {
		AUTO_ARENA mem = { 0 };
		e = (struct store_expunging){ .runs = &rest, .n_runs = 1, .max = STEP_ENTRIES };
		r = store_mail_expunge(sp, m, &e, &mem);
		if (r < 0 || !e.n_gone)
			break;
		rest.first = e.gone[e.n_gone - 1].first + e.gone[e.n_gone - 1].count;
		rest.count = UINT32_MAX - rest.first + 1;
		r = ledger_flush(sp->ledger) == ERR_CANCELLED ? ERR_CANCELLED : 0;
	} while (r >= 0);
	return r;
}

static WAITS int empty(struct store *sp, struct mailbox *m)
{
	int r = clear(m);
	return r >= 0 && m->box ? expunge_all(sp, m) : r;
}

/* ---- a mailbox ---- */

static WAITS int remove_from(struct naming *x, struct mailbox *m)
{
	struct mailbox *level;
	bool children = names_has_children(x->a, m->path);
	int r = clear(m);
	if (r >= 0)
		r = mail_expunge_all(&x->op, m);
	if (r >= 0)
		r = naming_remove(x, m);
	if (r >= 0 && children)
		r = naming_make(x, m->path, MAILBOX_NO_ROLE, false, &level);
	return r;
}

WAITS int store_mailbox_remove(struct store *sp, struct account *a, uint32_t number)
{
	struct naming x;
	struct mailbox *m = NULL;
	int r = naming_begin(&x, sp, a);
	if (r >= 0)
		r = naming_find(&x, number, &m);
	if (r >= 0 && (m == a->inbox || (!m->box && names_has_children(a, m->path))))
		r = err(ERR_REFUSED,
		        m->box ? "INBOX cannot be removed" : "there are mailboxes below it");
	if (r >= 0)
		r = m->box ? remove_from(&x, m) : naming_remove(&x, m);
	r = naming_end(&x, r);
	if (r < 0 && m)
		m->leaving = false;
	return r;
}

/* ---- an account ---- */

static WAITS int remove_all(struct naming *x)
{
	struct mailbox *m;
	int r = 0;
	x->a->leaving = true;
	LIST_EACH(m, &x->a->mailboxes, link) {
		r = empty(x->op.sp, m);
		if (r >= 0)
			r = naming_remove(x, m);
		if (r < 0)
			return r;
	}
	return naming_remove_account(x);
}

/* It is as before, without what went. */
static void stay(struct account *a)
{
	struct mailbox *m;
	a->leaving = false;
	LIST_EACH(m, &a->mailboxes, link)
		m->leaving = false;
}

/* By the first fold the ledger knows what went; the second one removes the files. */
static WAITS int remove_files(struct store *sp)
{
	int r = store_fold(sp);
	return r < 0 ? r : store_fold(sp);
}

WAITS int store_account_remove(struct store *sp, struct span name)
{
	struct account *a = names_account(&sp->names, name);
	struct naming x;
	if (!a || a->leaving)
		return 0;
	int r = naming_begin(&x, sp, a);
	if (r >= 0)
		r = remove_all(&x);
	r = naming_end(&x, r);
	if (r < 0 && x.begun)
		stay(a);
	return r < 0 ? r : remove_files(sp);
}
