/* mailbox/watch.c - who watches which mailbox, and what is new to them.
 *
 * A reader that is slow finds the newest state, and `more` where it has to ask what changed.
 */
#include "mailbox/watch.h"

#include <stdlib.h>

#include "fulltext/fulltext.h"
#include "rt/loop.h"

enum { READERS_MAX = 256, WATCHES_MAX = 100000 };

struct watched {
	uint32_t mailbox;
	struct watch *first;
};

static struct {
	struct map readers;   /* struct reader */
	struct map mailboxes; /* struct watched */
	size_t n_watches;
} all;

/* ---- watches ---- */

void watch_end(struct watch *w)
{
	struct watched *at = map_get(&all.mailboxes, MAP_KEY(w->mailbox));

	for (struct watch **p = &at->first; *p; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			break;
		}
	if (!at->first) {
		map_remove(&all.mailboxes, MAP_KEY(at->mailbox));
		free(at);
	}
	list_remove(&w->link);
	all.n_watches--;
	free(w->changes);
	free(w);
}

struct watch *watch_find(const struct reader *r, uint32_t mailbox)
{
	struct watched *at = map_get(&all.mailboxes, MAP_KEY(mailbox));

	for (struct watch *w = at ? at->first : NULL; w; w = w->next)
		if (w->reader == r)
			return w;
	return NULL;
}

static int watched_get(uint32_t mailbox, struct watched **out)
{
	struct watched *at = map_get(&all.mailboxes, MAP_KEY(mailbox));

	if (!at) {
		at = malloc(sizeof *at);
		if (!at)
			return err(ERR_NO_MEMORY, "no memory for a watch");
		*at = (struct watched){ .mailbox = mailbox };
		if (map_put(&all.mailboxes, MAP_KEY(at->mailbox), at, NULL) < 0) {
			free(at);
			return err(ERR_NO_MEMORY, "no memory for a watch");
		}
	}
	*out = at;
	return 0;
}

int watch_begin(struct reader *r, const struct mailbox *m)
{
	struct watched *at;
	struct watch *w;

	if (watch_find(r, m->number))
		return 0;
	if (all.n_watches >= WATCHES_MAX)
		return err(ERR_LIMIT, "%d mailboxes are watched", WATCHES_MAX);
	w = calloc(1, sizeof *w);
	if (!w)
		return err(ERR_NO_MEMORY, "no memory for a watch");
	int e = watched_get(m->number, &at);
	if (e < 0) {
		free(w);
		return e;
	}
	w->reader = r;
	w->mailbox = m->number;
	w->since = w->modseq = m->account->done_modseq;
	w->next = at->first;
	at->first = w;
	list_push_back(&r->watches, &w->link);
	all.n_watches++;
	return 0;
}

/* ---- readers ---- */

static void reader_end(struct reader *r)
{
	struct watch *w, *tmp;

	LIST_EACH_SAFE(w, tmp, &r->watches, link)
		watch_end(w);
	map_remove(&all.readers, MAP_KEY(r->number));
	free(r);
}

/* One that has not asked for so long is gone. */
static void forget_idle(void)
{
	struct reader *r;

	MAP_EACH(r, &all.readers)
		if (!r->n_asking && loop_now_at() - r->asked_at > MAILBOX_READER_MS)
			reader_end(r);
}

int reader_get(uint64_t number, struct reader **out)
{
	struct reader *r = map_get(&all.readers, MAP_KEY(number));

	if (!number)
		return err(ERR_SYNTAX, "a reader without a number");
	if (!r) {
		forget_idle();
		if (all.readers.n >= READERS_MAX)
			return err(ERR_LIMIT, "%d readers of events", READERS_MAX);
		r = malloc(sizeof *r);
		if (!r)
			return err(ERR_NO_MEMORY, "no memory for a reader");
		*r = (struct reader){ .number = number };
		list_init(&r->watches);
		cond_init(&r->news);
		if (map_put(&all.readers, MAP_KEY(r->number), r, NULL) < 0) {
			free(r);
			return err(ERR_NO_MEMORY, "no memory for a reader");
		}
	}
	r->asked_at = loop_now_at();
	*out = r;
	return 0;
}

/* ---- news ---- */

/* A later change of the same message stands for the earlier one. */
static void change_note(struct watch *w, const struct mailbox_change *change)
{
	for (size_t i = 0; i < w->n_changes; i++)
		if (w->changes[i].uid == change->uid) {
			w->changes[i] = *change;
			return;
		}
	if (!w->changes)
		w->changes = calloc(MAILBOX_EVENT_CHANGES_MAX, sizeof *w->changes);
	if (!w->changes || w->n_changes == MAILBOX_EVENT_CHANGES_MAX)
		w->more = true;
	else
		w->changes[w->n_changes++] = *change;
}

static void watch_note(struct watch *w, const struct store_mail_event *e)
{
	struct reader *r = w->reader;

	w->removed |= e->removed;
	if (e->modseq > w->modseq)
		w->modseq = e->modseq;
	for (size_t i = 0; i < e->n_changes && !w->more; i++)
		change_note(w, &e->changes[i]);
	if (!w->has_news) {
		w->has_news = true;
		list_remove(&w->link);
		list_push_front(&r->watches, &w->link);
	}
	cond_broadcast(&r->news);
}

void watch_event(const struct store_mail_event *e, void *arg)
{
	struct watched *at = map_get(&all.mailboxes, MAP_KEY(e->mailbox->number));

	fulltext_news(e);
	for (struct watch *w = at ? at->first : NULL; w; w = w->next)
		watch_note(w, e);
}

struct watch *watch_news(const struct reader *r)
{
	struct watch *w = LIST_FIRST(&r->watches, struct watch, link);

	return w && w->has_news ? w : NULL;
}

void watch_settle(struct watch *w)
{
	free(w->changes);
	w->changes = NULL;
	w->n_changes = 0;
	w->since = w->modseq;
	w->has_news = w->more = false;
	list_remove(&w->link);
	list_push_back(&w->reader->watches, &w->link);
	if (w->removed)
		watch_end(w);
}

void watch_close(void)
{
	struct reader *r;

	MAP_EACH(r, &all.readers)
		cond_broadcast(&r->news);
}
