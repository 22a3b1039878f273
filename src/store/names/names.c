/* store/names/names.c - see names.h. */
#include "store/names/names.h"

#include <stdlib.h>

static void names_free(struct list *all)
{
	struct name *name, *tmp;
	LIST_EACH_SAFE(name, tmp, all, link)
		free(name);
}

void names_account_empty(struct account *a)
{
	names_free(&a->subscriptions);
	list_init(&a->subscriptions);
	for (size_t i = 0; i < a->n_keywords; i++)
		free((char *)a->keywords[i].p);
	a->n_keywords = 0;
	a->messages = a->octets = 0;
	a->recorded = false;
}

int names_account_gone(const struct account *a)
{
	return err(ERR_UNAVAILABLE, "the account %.*s was removed", SPAN_ARG(a->name));
}

static void account_free(struct account *a)
{
	struct mailbox *m, *tmp;
	LIST_EACH_SAFE(m, tmp, &a->mailboxes, link)
		names_mailbox_free(m);
	names_account_empty(a);
	free(a);
}

void names_fini(struct names *n)
{
	struct account *a;
	MAP_EACH(a, &n->accounts)
		account_free(a);
	map_fini(&n->accounts);
	map_fini(&n->mailboxes);
}

/* ---- accounts ---- */

struct account *names_account(const struct names *n, struct span name)
{
	return map_get(&n->accounts, name);
}

int names_account_add(struct names *n, uint32_t number, struct span name, struct account **out)
{
	struct account *a = malloc(sizeof *a + name.n);
	if (!a)
		return err(ERR_NO_MEMORY, "no memory for an account");
	*a = (struct account){ .number = number, .name = span_make(a + 1, name.n) };
	memcpy(a + 1, name.p, name.n);
	list_init(&a->mailboxes);
	list_init(&a->subscriptions);
	cond_init(&a->named);
	if (map_put(&n->accounts, a->name, a, NULL) < 0) {
		free(a);
		return err(ERR_NO_MEMORY, "no memory for an account");
	}
	if (number > n->last_account)
		n->last_account = number;
	*out = a;
	return 0;
}

/* ---- mailboxes ---- */

struct mailbox *names_number(const struct names *n, uint32_t mailbox)
{
	return map_get(&n->mailboxes, MAP_KEY(mailbox));
}

struct mailbox *names_path(const struct account *a, struct span path)
{
	struct mailbox *m;
	LIST_EACH(m, &a->mailboxes, link)
		if (span_eq(m->path, path))
			return m;
	return NULL;
}

struct mailbox *names_role(const struct account *a, enum mailbox_role role)
{
	struct mailbox *m;
	LIST_EACH(m, &a->mailboxes, link)
		if (m->role == role)
			return m;
	return NULL;
}

bool names_is_below(struct span path, struct span above)
{
	return path.n > above.n && span_starts(path, above) && path.p[above.n] == '/';
}

bool names_has_children(const struct account *a, struct span path)
{
	const struct mailbox *m;
	LIST_EACH(m, &a->mailboxes, link)
		if (names_is_below(m->path, path))
			return true;
	return false;
}

int names_mailbox_new(struct account *a, uint32_t number, uint32_t uid_validity, uint8_t role,
                      struct span path, struct mailbox **out)
{
	struct mailbox *m = calloc(1, sizeof *m);
	char *copy = malloc(path.n + 1);
	if (!m || !copy) {
		free(m);
		free(copy);
		return err(ERR_NO_MEMORY, "no memory for a mailbox");
	}
	memcpy(copy, path.p, path.n);
	*m = (struct mailbox){ .account = a,
		               .number = number,
		               .uid_validity = uid_validity,
		               .uid_next = 1,
		               .role = role,
		               .path = { copy, path.n } };
	cond_init(&m->free);
	*out = m;
	return 0;
}

void names_mailbox_free(struct mailbox *m)
{
	if (m)
		free((char *)m->path.p);
	free(m);
}

static void link_in_order(struct mailbox *m)
{
	struct mailbox *behind;
	LIST_EACH(behind, &m->account->mailboxes, link)
		if (span_cmp(behind->path, m->path) > 0) {
			list_insert_before(&behind->link, &m->link);
			return;
		}
	list_push_back(&m->account->mailboxes, &m->link);
}

int names_mailbox_reserve(struct names *n, struct mailbox *m)
{
	if (map_put(&n->mailboxes, MAP_KEY(m->number), m, NULL) < 0)
		return err(ERR_NO_MEMORY, "no memory for a mailbox");
	if (m->number > n->last_mailbox)
		n->last_mailbox = m->number;
	if (m->uid_validity > n->last_validity)
		n->last_validity = m->uid_validity;
	return 0;
}

void names_mailbox_enter(struct mailbox *m)
{
	link_in_order(m);
	if (span_eq(m->path, SPAN("INBOX")))
		m->account->inbox = m;
}

void names_mailbox_leave(struct names *n, struct mailbox *m)
{
	map_remove(&n->mailboxes, MAP_KEY(m->number));
	list_remove(&m->link);
	if (m->account->inbox == m)
		m->account->inbox = NULL;
}

int names_number_reserve(struct names *n, struct mailbox *m, const uint32_t *number)
{
	return map_put(&n->mailboxes, MAP_KEY(*number), m, NULL);
}

void names_number_take(struct names *n, struct mailbox *m, const uint32_t *number)
{
	map_remove(&n->mailboxes, MAP_KEY(m->number));
	m->number = *number;
	(void)!map_put(&n->mailboxes, MAP_KEY(m->number), m, NULL); /* in its place */
}

void names_number_drop(struct names *n, const uint32_t *number)
{
	map_remove(&n->mailboxes, MAP_KEY(*number));
}

void names_mailbox_rename(struct mailbox *m, struct span path)
{
	free((char *)m->path.p);
	m->path = path;
	list_remove(&m->link);
	link_in_order(m);
}

/* ---- subscriptions ---- */

struct name *names_name_new(struct span text)
{
	struct name *name = malloc(sizeof *name + text.n);
	if (!name)
		return NULL;
	memcpy(name + 1, text.p, text.n);
	*name = (struct name){ .text = span_make(name + 1, text.n) };
	return name;
}

/* The first that is not before it. */
static struct name *subscription_at(const struct account *a, struct span path)
{
	struct name *name;
	LIST_EACH(name, &a->subscriptions, link)
		if (span_cmp(name->text, path) >= 0)
			return name;
	return NULL;
}

bool names_is_subscribed(const struct account *a, struct span path)
{
	const struct name *at = subscription_at(a, path);
	return at && span_eq(at->text, path);
}

void names_subscribe(struct account *a, struct name *name)
{
	struct name *at = subscription_at(a, name->text);
	if (at && span_eq(at->text, name->text))
		free(name);
	else if (at)
		list_insert_before(&at->link, &name->link);
	else
		list_push_back(&a->subscriptions, &name->link);
}

void names_unsubscribe(struct account *a, struct span path)
{
	struct name *at = subscription_at(a, path);
	if (!at || !span_eq(at->text, path))
		return;
	list_remove(&at->link);
	free(at);
}
