/* mailbox/names.c - what mailboxes an account has, and what they are called. */
#include "mailbox/mailbox_impl.h"

WAITS int info_of(struct mailbox *m, struct mailbox_info *out)
{
	struct box_numbers n = { .uid_next = 1 };
	int r = 0;

	if (m->box && !box_numbers(m->box, &n)) {
		m->users++;           /* it stays meanwhile */
		r = box_load(m->box); /* WAITS */
		store_mailbox_leave(&(struct mailbox *){ m });
		if (r >= 0)
			(void)box_numbers(m->box, &n);
	}
	if (r < 0)
		return r;
	*out = (struct mailbox_info){
		.mailbox = m->number,
		.path = m->path,
		.role = m->role,
		.selectable = m->box != NULL,
		.subscribed = names_is_subscribed(m->account, m->path),
		.uid_validity = m->uid_validity,
		.uid_next = n.uid_next,
		.messages = n.exists,
		.unseen = n.unseen,
		.deleted = n.deleted,
		.modseq = n.modseq,
		.floor = n.floor,
		.octets = n.octets,
	};
	return 0;
}

static WAITS int info_copy(struct mailbox *m, struct arena *mem, struct mailbox_info *out)
{
	struct span path;
	int r = info_of(m, out); /* WAITS */

	if (r >= 0)
		r = arena_copy(mem, out->path, &path);
	if (r >= 0)
		out->path = path;
	return r;
}

/* ---- list ---- */

/* While one is looked at others may come and go: numbers first, then each that is still there. */
static int numbers_of(const struct account *a, struct arena *mem, uint32_t **out, size_t *n)
{
	const struct mailbox *m;
	size_t all = 0;

	LIST_EACH(m, &a->mailboxes, link)
		all++;
	*out = arena_array(mem, uint32_t, all);
	if (all && !*out)
		return err(ERR_NO_MEMORY, "no memory for the list of mailboxes");
	*n = 0;
	LIST_EACH(m, &a->mailboxes, link)
		(*out)[(*n)++] = m->number;
	return 0;
}

static struct mailbox *still_there(const struct account *a, uint32_t number)
{
	struct mailbox *m;

	LIST_EACH(m, &a->mailboxes, link)
		if (m->number == number)
			return m;
	return NULL;
}

WAITS int answer_list(const struct mailbox_list_args *a, struct arena *mem,
                      struct mailbox_list_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox_list_reply got = { 0 };
	uint32_t *numbers;
	size_t n;
	int r = visit(&v, a->ticket, mem); /* WAITS */

	if (r >= 0)
		r = numbers_of(v.account, mem, &numbers, &n);
	if (r < 0)
		return r;
	got.mailboxes = arena_array(mem, struct mailbox_info, n);
	if (n && !got.mailboxes)
		return err(ERR_NO_MEMORY, "no memory for the list of mailboxes");
	for (size_t i = 0; i < n && r >= 0; i++) {
		struct mailbox *m = still_there(v.account, numbers[i]);
		if (m)
			r = info_copy(m, mem, &got.mailboxes[got.n_mailboxes++]); /* WAITS */
	}
	got.modseq = v.account->done_modseq;
	got.used_octets = v.account->octets;
	got.used_messages = v.account->messages;
	store_quota(office.store, v.account, &got.quota_octets, &got.quota_messages);
	if (r >= 0)
		*out = got;
	return r;
}

/* ---- one ---- */

static int find(const struct account *account, uint32_t number, struct span path, struct arena *mem,
                struct mailbox **out)
{
	struct mailbox *m = NULL;

	if (number)
		m = still_there(account, number);
	else if (names_check(path, mem, &path) >= 0)
		m = names_path(account, path);
	if (!m || m->leaving)
		return err(ERR_NOT_FOUND, "there is no such mailbox");
	*out = m;
	return 0;
}

WAITS int answer_get(const struct mailbox_get_args *a, struct arena *mem, struct mailbox_info *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox *m;
	int r = visit(&v, a->ticket, mem); /* WAITS */

	if (r >= 0)
		r = find(v.account, a->mailbox, a->path, mem, &m);
	return r < 0 ? r : info_copy(m, mem, out);
}

/* ---- names ---- */

/* A path that need not be a mailbox. */
static int subscribed(const struct account *account, struct span path, struct mailbox_info *out)
{
	*out = (struct mailbox_info){ .path = path,
		                      .subscribed = names_is_subscribed(account, path) };
	return 0;
}

static WAITS int subscribe(struct account *account, struct span path, bool on, struct arena *mem,
                           struct mailbox_info *out)
{
	int r = store_mailbox_subscribe(office.store, account, path, on); /* WAITS */
	struct mailbox *m = names_path(account, path);

	if (r < 0)
		return r;
	return m ? info_copy(m, mem, out) : subscribed(account, path, out);
}

static WAITS int remove_box(struct account *account, uint32_t number, struct arena *mem,
                            struct mailbox_info *out)
{
	struct mailbox *m;
	struct mailbox_info was;
	int r = find(account, number, SPAN(""), mem, &m);

	if (r >= 0)
		r = info_copy(m, mem, &was);
	if (r >= 0)
		r = store_mailbox_remove(office.store, account, number); /* WAITS */
	if (r < 0)
		return r;
	m = names_path(account, was.path);
	*out = was;
	out->selectable = false;
	return m ? info_copy(m, mem, out) : 0;
}

WAITS int answer_name(const struct mailbox_name_args *a, struct arena *mem,
                      struct mailbox_info *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox *m;
	struct span path;
	int r = visit(&v, a->ticket, mem); /* WAITS */

	if (r >= 0 && a->what != MAILBOX_REMOVE)
		r = names_check(a->path, mem, &path);
	if (r < 0)
		return r;
	switch (a->what) {
	case MAILBOX_MAKE:
		if (a->role > MAILBOX_QUARANTINE)
			return err(ERR_SYNTAX, "a use that is not known");
		r = store_mailbox_make(office.store, v.account, path, (enum mailbox_role)a->role,
		                       &m);
		break;
	case MAILBOX_RENAME:
		r = store_mailbox_rename(office.store, v.account, a->mailbox, path, &m);
		break;
	case MAILBOX_REMOVE: return remove_box(v.account, a->mailbox, mem, out);
	case MAILBOX_SUBSCRIBE:
	case MAILBOX_UNSUBSCRIBE:
		return subscribe(v.account, path, a->what == MAILBOX_SUBSCRIBE, mem, out);
	default: return err(ERR_SYNTAX, "a change of names that is not known");
	}
	return r < 0 ? r : info_copy(m, mem, out);
}

/* ---- keywords ---- */

static bool is_keyword(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || strchr("(){%*\"\\]", name.p[i]))
			return false;
	return true;
}

WAITS int answer_keywords(const struct mailbox_keywords_args *a, struct arena *mem,
                          struct mailbox_keywords_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox_keywords_reply got = { 0 };
	int r = visit(&v, a->ticket, mem); /* WAITS */

	if (r >= 0 && a->name.n > MAILBOX_KEYWORD_BYTES_MAX)
		r = err(ERR_TOO_LONG, "a keyword of more than %d octets",
		        MAILBOX_KEYWORD_BYTES_MAX);
	if (r >= 0 && !is_keyword(a->name))
		r = err(ERR_SYNTAX, "a keyword is an atom (RFC 9051 9)");
	if (r >= 0 && a->name.n)
		r = store_keyword(office.store, v.account, a->name, &got.number); /* WAITS */
	if (r < 0)
		return r;
	got.keywords = arena_array(mem, struct mailbox_keyword, v.account->n_keywords);
	if (v.account->n_keywords && !got.keywords)
		return err(ERR_NO_MEMORY, "no memory for keywords");
	for (; got.n_keywords < v.account->n_keywords; got.n_keywords++)
		got.keywords[got.n_keywords].name = v.account->keywords[got.n_keywords];
	*out = got;
	return 0;
}
