/* store/mail/name.c - mailboxes are made, renamed, subscribed to; keywords. */
#include "store/mail/naming.h"

/* What an account's names may take, and its subscriptions. */
enum { LIST_BYTES_MAX = 900 << 10, LISTED_BYTES = 80 };

static int check_room(const struct account *a, size_t more)
{
	const struct mailbox *m;
	LIST_EACH(m, &a->mailboxes, link)
		more += LISTED_BYTES + m->path.n;
	return more > LIST_BYTES_MAX ? err(ERR_LIMIT, "the account has too many mailboxes") : 0;
}

/* ---- make ---- */

static int make_levels(struct naming *x, struct span path)
{
	struct mailbox *m;
	int r = 0;
	for (size_t i = 1; i < path.n && r >= 0; i++) {
		struct span level = { path.p, i };
		if (path.p[i] == '/' && !names_path(x->a, level))
			r = naming_make(x, level, MAILBOX_NO_ROLE, false, &m);
	}
	return r;
}

static int make(struct naming *x, struct span path, enum mailbox_role role, struct mailbox **out)
{
	struct mailbox *there = names_path(x->a, path);
	if (there && there->box)
		return err(ERR_EXISTS, "there is a mailbox of that name");
	if (role && names_role(x->a, role))
		return err(ERR_LIMIT, "another mailbox has that use");
	if (!role && !names_role(x->a, account_role_of(path)))
		role = account_role_of(path); /* who deletes Trash and makes it again has one */
	int r = check_room(x->a, MAILBOX_LEVELS_MAX * (LISTED_BYTES + path.n));
	if (r >= 0)
		r = there ? naming_remove(x, there) : make_levels(x, path);
	return r < 0 ? r : naming_make(x, path, role, true, out);
}

WAITS int store_mailbox_make(struct store *sp, struct account *a, struct span path,
                             enum mailbox_role role, struct mailbox **out)
{
	struct naming x;
	int r = naming_begin(&x, sp, a);
	if (r >= 0)
		r = make(&x, path, role, out);
	return naming_end(&x, r);
}

/* ---- rename ---- */

static int rename_below(struct naming *x, struct mailbox *m, struct span path)
{
	struct mailbox *below;
	int r = 0;
	LIST_EACH(below, &x->a->mailboxes, link) {
		if (!names_is_below(below->path, m->path))
			continue;
		AUTO_BUF moved = BUF(2 * MAILBOX_NAME_BYTES_MAX);
		buf_put(&moved, path);
		r = buf_put(&moved, span_sub(below->path, m->path.n, below->path.n));
		if (moved.n > MAILBOX_NAME_BYTES_MAX)
			r = err(ERR_TOO_LONG, "the name of a mailbox below it would be too long");
		if (r >= 0)
			r = naming_rename(x, below, buf_span(&moved));
		if (r < 0)
			return r;
	}
	return naming_rename(x, m, path);
}

/* RFC 9051 6.3.6. */
static int rename_inbox(struct naming *x, struct mailbox *inbox, struct span path)
{
	struct mailbox *fresh;
	int r = naming_rename(x, inbox, path);
	return r < 0 ? r : naming_make(x, SPAN("INBOX"), MAILBOX_NO_ROLE, true, &fresh);
}

static int rename_to(struct naming *x, uint32_t number, struct span path, struct mailbox **out)
{
	struct mailbox *m;
	int r = naming_find(x, number, &m);
	if (r < 0)
		return r;
	if (names_path(x->a, path))
		return err(ERR_EXISTS, "there is a mailbox of that name");
	if (names_is_below(path, m->path) && m != x->a->inbox)
		return err(ERR_SYNTAX, "a mailbox cannot be put below itself");
	r = check_room(x->a, MAILBOX_LEVELS_MAX * (LISTED_BYTES + path.n));
	if (r >= 0)
		r = make_levels(x, path);
	if (r >= 0)
		r = m == x->a->inbox ? rename_inbox(x, m, path) : rename_below(x, m, path);
	*out = m;
	return r;
}

WAITS int store_mailbox_rename(struct store *sp, struct account *a, uint32_t number,
                               struct span path, struct mailbox **out)
{
	struct naming x;
	int r = naming_begin(&x, sp, a);
	if (r >= 0)
		r = rename_to(&x, number, path, out);
	return naming_end(&x, r);
}

/* ---- subscriptions, keywords ---- */

static int check_subscriptions(const struct account *a, struct span path)
{
	const struct name *name;
	size_t octets = LISTED_BYTES + path.n;
	LIST_EACH(name, &a->subscriptions, link)
		octets += LISTED_BYTES + name->text.n;
	return octets > LIST_BYTES_MAX ? err(ERR_LIMIT, "the account has too many subscriptions")
	                               : 0;
}

WAITS int store_mailbox_subscribe(struct store *sp, struct account *a, struct span path, bool on)
{
	struct naming x;
	int r = naming_begin(&x, sp, a);
	if (r >= 0 && names_is_subscribed(a, path) != on) {
		r = on ? check_subscriptions(a, path) : 0;
		r = r < 0 ? r : naming_subscribe(&x, path, on);
	}
	return naming_end(&x, r);
}

static int keyword_find(const struct account *a, struct span name)
{
	for (size_t i = 0; i < a->n_keywords; i++)
		if (span_eq_nocase(a->keywords[i], name))
			return (int)i;
	return ERR_NOT_FOUND;
}

WAITS int store_keyword(struct store *sp, struct account *a, struct span name, uint8_t *number)
{
	struct naming x;
	int at = keyword_find(a, name);
	int r = 0;
	if (at < 0) {
		r = naming_begin(&x, sp, a);
		if (r >= 0 && keyword_find(a, name) < 0) /* nobody was quicker */
			r = a->n_keywords < MAILBOX_KEYWORDS_MAX
			            ? naming_keyword(&x, name)
			            : err(ERR_QUOTA, "the account has %d keywords already",
			                  MAILBOX_KEYWORDS_MAX);
		r = naming_end(&x, r);
	}
	if (r >= 0)
		*number = (uint8_t)keyword_find(a, name);
	return r;
}
