/* imapd/watch.c - news of mailboxes, asked once in the process and handed to all sessions. */
#include "imapd/session.h"

#include <stdlib.h>

#include "base/event.h"
#include "base/os.h"

enum { WAIT_MS = 25000, AGAIN_MS = 1000, CALL_MS = 10000, WOKEN = 1 };

struct imapd_watch {
	struct list link;
	struct list boxes;
	uint32_t mailbox;
	char *account;
	bool known; /* to the store */
};

static struct list watches;
static uint64_t reader;
static bool asking, begun;

static void mark(struct imapd_watch *w)
{
	for (struct list *l = w->boxes.next; l != &w->boxes; l = l->next) {
		struct imapd_box *box = CONTAINER(l, struct imapd_box, link);
		box->dirty = true;
		if (box->session->idling)
			stream_wake(box->session->stream, WOKEN);
	}
}

static WAITS int tell_store(struct imapd_watch *w, struct span ticket, bool off)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_watch_args a = { ticket, reader, w->mailbox, off };
	struct mailbox_watch_reply got;
	FIBRE_TIMEOUT(CALL_MS);

	return mailbox_watch(&a, &mem, &got); /* WAITS */
}

/* The store has forgotten the reader, or was started again: everything may have changed. */
static WAITS void watch_again(void)
{
	os_random(&reader, sizeof reader);
	for (struct list *l = watches.next; l != &watches; l = l->next)
		CONTAINER(l, struct imapd_watch, link)->known = false;
	for (bool more = true; more;) {
		more = false;
		for (struct list *l = watches.next; l != &watches && !more; l = l->next) {
			struct imapd_watch *w = CONTAINER(l, struct imapd_watch, link);
			if (w->known || list_empty(&w->boxes))
				continue;
			struct imapd_box *box = CONTAINER(w->boxes.next, struct imapd_box, link);
			w->known = more = true;
			mark(w);
			(void)!tell_store(w, imapd_ticket(box->session), false); /* WAITS */
		}
	}
}

static void hand_out(const struct mailbox_events_reply *got)
{
	for (size_t i = 0; i < got->n_events; i++)
		for (struct list *l = watches.next; l != &watches; l = l->next) {
			struct imapd_watch *w = CONTAINER(l, struct imapd_watch, link);
			if (w->mailbox == got->events[i].mailbox)
				mark(w);
		}
}

static WAITS void ask(void *arg)
{
	bool lost = false;

	while (!list_empty(&watches)) {
		AUTO_ARENA mem = { 0 };
		struct mailbox_events_args a = { reader, WAIT_MS };
		struct mailbox_events_reply got;
		if (lost)
			watch_again(); /* WAITS */
		a.reader = reader;
		int r = mailbox_events(&a, &mem, &got); /* WAITS */
		lost = r < 0;
		if (r == ERR_CANCELLED || (lost && fibre_sleep(AGAIN_MS) < 0))
			break;
		if (r >= 0)
			hand_out(&got);
	}
	asking = false;
}

static struct imapd_watch *find(const struct imapd_box *box)
{
	if (!begun) {
		list_init(&watches);
		os_random(&reader, sizeof reader);
		begun = true;
	}
	for (struct list *l = watches.next; l != &watches; l = l->next) {
		struct imapd_watch *w = CONTAINER(l, struct imapd_watch, link);
		if (w->mailbox == box->mailbox &&
		    strcmp(w->account, box->session->login.account) == 0)
			return w;
	}
	struct imapd_watch *w = calloc(1, sizeof *w);
	if (!w || !(w->account = strdup(box->session->login.account))) {
		free(w);
		return NULL;
	}
	w->mailbox = box->mailbox;
	list_init(&w->boxes);
	list_push_back(&watches, &w->link);
	return w;
}

WAITS int imapd_watch(struct imapd_box *box)
{
	struct imapd_watch *w = find(box);
	int r = 0;

	if (!w)
		return ERR_NO_MEMORY;
	box->watch = w;
	list_push_back(&w->boxes, &box->link);
	if (!w->known) {
		w->known = true;
		r = tell_store(w, imapd_ticket(box->session), false); /* WAITS */
		w->known = r >= 0;
	}
	if (!asking && r >= 0) {
		asking = true;
		r = fibre_spawn("imapd news", ask, NULL);
		asking = r >= 0;
	}
	return r;
}

WAITS void imapd_unwatch(struct imapd_box *box)
{
	struct imapd_watch *w = TAKE(box->watch);

	if (!w)
		return;
	list_remove(&box->link);
	if (!list_empty(&w->boxes))
		return;
	list_remove(&w->link);
	(void)!tell_store(w, imapd_ticket(box->session), true); /* WAITS */
	free(w->account);
	free(w);
}
