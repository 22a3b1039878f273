/* cmd/import/imap.c - mailboxes and subscriptions of an IMAP server: see imap.h. */
#include "cmd/import/imap.h"

#include <openssl/crypto.h>

#include "cmd/cli.h"
#include "cmd/directory/password.h"
#include "wire/imap/client/listed.h"

enum { NAME_BYTES = 4096, PASSWORD_BYTES = 1024, ANSWER_ROOM = 2 << 20 };

struct source_box {
	struct source_box *next;
	struct span name, path; /* the server's; as a path here */
};

struct listing {
	struct import *m;
	struct imap_namespaces namespaces;
	struct arena mem;
	struct source_box *boxes, **last;
	struct source_box *subscribed, **last_subscribed;
};

static int note_namespaces(const struct imap_answer *a, void *arg)
{
	struct listing *x = arg;
	struct imap_cursor c = a->args;
	struct imap_namespaces got;

	if (a->status != IMAP_ANSWER_DATA || !span_eq_nocase(a->name, SPAN("NAMESPACE")) ||
	    imap_namespaces_parse(&c, &got) < 0)
		return 0;
	int r = arena_copy(&x->mem, got.personal, &x->namespaces.personal);
	for (size_t i = 0; i < got.n_others && r >= 0; i++)
		r = arena_copy(&x->mem, got.others[i],
		               &x->namespaces.others[x->namespaces.n_others++]);
	return r;
}

static int add(struct listing *x, const struct imap_listed *l, struct source_box ***last)
{
	AUTO_BUF path = BUF(NAME_BYTES);
	struct source_box *box = arena_new(&x->mem, struct source_box);
	int r = box ? imap_listed_path(l, &x->namespaces, &path) : ERR_NO_MEMORY;

	if (r == ERR_REFUSED)
		return 0; /* other people's */
	if (r == ERR_SYNTAX || r == ERR_TOO_LONG) {
		import_refuse(x->m, "a mailbox of the other server", "%.*s cannot be named here",
		              SPAN_ARG(l->name));
		return 0;
	}
	if (r >= 0)
		r = arena_copy(&x->mem, l->name, &box->name);
	if (r >= 0)
		r = arena_copy(&x->mem, buf_span(&path), &box->path);
	if (r < 0)
		return cli_fail("no memory for names"), r;
	**last = box;
	*last = &box->next;
	return 0;
}

static int note_listed(const struct imap_answer *a, void *arg)
{
	struct listing *x = arg;
	struct imap_cursor c = a->args;
	struct imap_listed got;
	bool list = span_eq_nocase(a->name, SPAN("LIST"));
	bool lsub = span_eq_nocase(a->name, SPAN("LSUB"));

	if (a->status != IMAP_ANSWER_DATA || (!list && !lsub))
		return 0;
	if (imap_listed_parse(&c, &got) < 0) {
		import_refuse(x->m, "a mailbox of the other server", "its name cannot be read: %s",
		              err_str(ERR_SYNTAX));
		return 0;
	}
	if (lsub)
		return got.selectable ? add(x, &got, &x->last_subscribed) : 0;
	return got.selectable ? add(x, &got, &x->last) : 0;
}

static int list(struct listing *x, struct imap_link *l)
{
	int r = 0;

	x->last = &x->boxes;
	x->last_subscribed = &x->subscribed;
	if (l->has_namespace)
		r = imap_link_run(l, SPAN("NAMESPACE"), note_namespaces, x);
	if (r >= 0)
		r = imap_link_run(l, SPAN("LIST \"\" \"*\""), note_listed, x);
	if (r >= 0)
		r = imap_link_run(l, SPAN("LSUB \"\" \"*\""), note_listed, x);
	if (r == ERR_REFUSED)
		cli_fail("the other server does not list its mailboxes: %s", l->said);
	return r;
}

static int box(struct import *m, struct imap_link *l, const struct source_box *from)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF shown = BUF(4 * NAME_BYTES);
	struct import_count before = import_count(m);
	struct span to = import_path(m, from->path, &mem);
	int r = import_open(m, to);

	if (r >= 0)
		r = import_imap_messages(m, l, from->name);
	if (r >= 0)
		r = import_close(m);
	buf_put_escaped(&shown, from->name);
	if (r >= 0 && buf_str(&shown))
		import_say(m, to, buf_str(&shown), &before);
	return r;
}

static int bring(struct import *m, struct imap_link *l)
{
	AUTO_ARENA mem = { 0 };
	struct listing x = { .m = m };
	int r = list(&x, l);

	m->subscribe = false;
	for (const struct source_box *b = x.boxes; b && r >= 0; b = b->next)
		r = box(m, l, b);
	for (const struct source_box *b = x.subscribed; b && r >= 0; b = b->next)
		r = import_subscribe(m, import_path(m, b->path, &mem));
	arena_fini(&x.mem);
	return r;
}

int import_imap(struct import *m, const struct imap_link_how *how, const char *password_file)
{
	AUTO_BUF password = BUF(PASSWORD_BYTES);
	struct imap_link l = { 0 };
	bool in_url = how->url.password && !password_file;
	int r = in_url ? buf_puts(&password, how->url.password)
	               : password_given(password_file, &password);

	if (r >= 0)
		r = imap_link_open(&l, how, buf_span(&password), (size_t)m->size_max + ANSWER_ROOM);
	if (password.p)
		OPENSSL_cleanse(password.p, password.room);
	if (r >= 0)
		r = bring(m, &l);
	imap_link_close(&l);
	return r;
}
