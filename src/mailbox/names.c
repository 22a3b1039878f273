/* mailbox/names.c - what mailboxes an account has, and what they are called. */
#include "mailbox/mailbox_impl.h"

/* All but whether it is subscribed. */
static WAITS int numbers_of(struct mailbox *m, struct mailbox_info *out)
{
	struct box_numbers n = { .uid_next = 1 };
	int r = 0;

	if (m->box && !box_numbers(m->box, &n)) {
		m->users++;           /* it stays meanwhile */
		r = box_load(m->box); /* WAITS */
		store_mailbox_leave(&(struct mailbox *){ m });
		if (r == ERR_DAMAGED) /* a list goes on: what was known last is told */
			r = 0;
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

WAITS int info_of(struct mailbox *m, struct mailbox_info *out)
{
	int r = numbers_of(m, out); /* WAITS */

	if (r >= 0)
		out->subscribed = names_is_subscribed(m->account, m->path);
	return r;
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

/* While one is looked at others may come and go: those that are listed stay meanwhile. */
struct listing {
	struct mailbox *m; /* NULL: a name that is subscribed only */
	struct span name;
	bool subscribed;
};

static struct name *next_name(const struct account *a, struct name *after)
{
	struct list *next = after ? after->link.next : a->subscriptions.next;

	return next == &a->subscriptions ? NULL : CONTAINER(next, struct name, link);
}

static struct mailbox *next_mailbox(const struct account *a, struct mailbox *after)
{
	struct list *next = after ? after->link.next : a->mailboxes.next;

	return next == &a->mailboxes ? NULL : CONTAINER(next, struct mailbox, link);
}

/* Both in order of path, as one.  How many. */
static size_t list_behind(const struct account *a, struct span after, struct listing *out)
{
	struct mailbox *m = next_mailbox(a, NULL);
	struct name *s = next_name(a, NULL);
	size_t n = 0;

	while (m && after.n && span_cmp(m->path, after) <= 0)
		m = next_mailbox(a, m);
	while (s && after.n && span_cmp(s->text, after) <= 0)
		s = next_name(a, s);
	while ((m || s) && n <= MAILBOX_LIST_MAX) {
		int order = !s ? -1 : !m ? 1 : span_cmp(m->path, s->text);
		out[n++] = (struct listing){ order <= 0 ? m : NULL, order > 0 ? s->text : m->path,
			                     order >= 0 };
		s = order >= 0 ? next_name(a, s) : s;
		m = order <= 0 ? next_mailbox(a, m) : m;
	}
	return n;
}

static WAITS int list_one(const struct listing *l, struct mailbox_list_reply *got)
{
	struct mailbox_info *out = &got->mailboxes[got->n_mailboxes];
	int r = 0;

	if (l->m && l->m->leaving)
		return 0;
	*out = (struct mailbox_info){ 0 };
	if (l->m)
		r = numbers_of(l->m, out); /* WAITS */
	out->path = l->name;
	out->subscribed = l->subscribed;
	if (r >= 0)
		got->n_mailboxes++;
	return r;
}

/* Names stand in memory of their own: they are copied before anything is waited for. */
static WAITS int list_all(struct listing *l, size_t n, struct arena *mem,
                          struct mailbox_list_reply *got)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = arena_copy(mem, l[i].name, &l[i].name);
	for (size_t i = 0; i < n; i++)
		if (l[i].m)
			l[i].m->users++;
	for (size_t i = 0; i < n && r >= 0; i++)
		r = list_one(&l[i], got); /* WAITS */
	for (size_t i = 0; i < n; i++)
		if (l[i].m)
			store_mailbox_leave(&l[i].m);
	return r;
}

WAITS int answer_list(const struct mailbox_list_args *a, struct arena *mem,
                      struct mailbox_list_reply *out)
{
	AUTO(visit_end) struct visit v = { 0 };
	struct mailbox_list_reply got = { .done = true };
	struct listing *l = arena_array(mem, struct listing, MAILBOX_LIST_MAX + 1);
	size_t n = 0;
	int r = visit(&v, a->ticket, mem); /* WAITS */

	got.mailboxes = arena_array(mem, struct mailbox_info, MAILBOX_LIST_MAX);
	if (r >= 0 && (!l || !got.mailboxes))
		r = err(ERR_NO_MEMORY, "no memory for the list of mailboxes");
	if (r >= 0)
		n = list_behind(v.account, a->after, l);
	if (n > MAILBOX_LIST_MAX) {
		got.done = false;
		n--;
	}
	if (r >= 0)
		r = list_all(l, n, mem, &got); /* WAITS */
	if (r < 0)
		return r;
	got.modseq = v.account->done_modseq;
	got.used_octets = v.account->octets;
	got.used_messages = v.account->messages;
	store_quota(office.store, v.account->name, &got.quota_octets, &got.quota_messages);
	*out = got;
	return 0;
}

/* ---- one ---- */

static struct mailbox *by_number(const struct account *a, uint32_t number)
{
	struct mailbox *m;

	LIST_EACH(m, &a->mailboxes, link)
		if (m->number == number)
			return m;
	return NULL;
}

static int find(const struct account *account, uint32_t number, struct span path, struct arena *mem,
                struct mailbox **out)
{
	struct mailbox *m = NULL;

	if (number)
		m = by_number(account, number);
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
