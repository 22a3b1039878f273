/* httpd/hub.c - see hub.h. */
#include "httpd/hub.h"

#include <stdlib.h>

#include "base/event.h"
#include "calls/queue.h"
#include "httpd/records.h"
#include "rt/loop.h"

enum {
	KEPT = 128,            /* changes */
	KEPT_BYTES = 96 << 10, /* of their texts */
	WAIT_MS = 25 * 1000,   /* one question */
	AGAIN_MS = 1000,       /* after one that failed */
	CALL_MS = WAIT_MS + 30000,
};

struct kept {
	uint64_t seq, message;
	uint8_t event;
	char *json;
	size_t n;
};

/* Of one account, for as long as somebody listens. */
struct hub {
	struct list link, listeners;
	char *account;
	struct kept ring[KEPT];
	size_t first, n, bytes;
	uint64_t from; /* every change behind this one is in the ring, */
	uint64_t to;   /* up to this one */
};

static struct list hubs = LIST_INIT(hubs);
static bool stopping;

static void wake_all(struct hub *h)
{
	struct hub_listener *l;

	LIST_EACH(l, &h->listeners, link)
		stream_wake(l->s->stream, HTTPD_NEWS);
}

static void drop_oldest(struct hub *h)
{
	struct kept *k = &h->ring[h->first];

	h->from = k->seq;
	h->bytes -= k->n;
	free(TAKE(k->json));
	h->first = (h->first + 1) % KEPT;
	h->n--;
}

/* What cannot be kept is asked for by each. */
static void keep(struct hub *h, const struct record_change *f)
{
	AUTO_BUF json = BUF(64 << 10);
	char *text = change_json(f, &json) < 0 ? NULL : malloc(json.n);

	while (h->n && (!text || h->n == KEPT || h->bytes + json.n > KEPT_BYTES))
		drop_oldest(h);
	if (!text) {
		h->from = f->seq;
		return;
	}
	memcpy(text, json.p, json.n);
	h->ring[(h->first + h->n++) % KEPT] =
	        (struct kept){ f->seq, f->message, httpd_event_of(f), text, json.n };
	h->bytes += json.n;
}

static void hub_free(struct hub *h)
{
	while (h->n)
		drop_oldest(h);
	list_remove(&h->link);
	free(h->account);
	free(h);
}

/* With the ticket of somebody who listens, as it is now. */
static WAITS int ask(struct hub *h)
{
	AUTO_ARENA mem = { 0 };
	struct hub_listener *l = LIST_FIRST(&h->listeners, struct hub_listener, link);
	struct queue_own_changes_args a = { .after = h->to, .max = KEPT, .wait_ms = WAIT_MS };
	struct queue_changes_reply got;
	int r = arena_copy(&mem, buf_span(&l->s->key.login.ticket), &a.ticket);

	fibre_deadline_set(clock_add(loop_now_at(), CALL_MS));
	if (r >= 0)
		r = queue_own_changes(&a, &mem, &got); /* WAITS */
	for (size_t i = 0; r >= 0 && i < got.n_records; i++)
		keep(h, &got.records[i]);
	if (r < 0)
		return r;
	h->to = got.seq;
	if (got.n_records)
		wake_all(h);
	return 0;
}

static WAITS void follow(void *arg)
{
	struct hub *h = arg;

	while (!list_empty(&h->listeners) && !stopping) {
		int r = ask(h); /* WAITS */

		if (r == ERR_CANCELLED)
			break;
		if (r < 0) { /* whose key has ended finds that out when it is woken */
			wake_all(h);
			fibre_deadline_set(clock_add(loop_now_at(), CALL_MS));
			(void)!fibre_sleep(AGAIN_MS); /* WAITS */
		}
	}
	if (list_empty(&h->listeners))
		hub_free(h);
}

static struct hub *find(const char *account)
{
	struct hub *h;

	LIST_EACH(h, &hubs, link)
		if (strcmp(h->account, account) == 0 && !list_empty(&h->listeners))
			return h;
	return NULL;
}

static struct hub *make(const char *account, uint64_t after)
{
	struct hub *h = calloc(1, sizeof *h);

	if (!h || !(h->account = strdup(account))) {
		free(h);
		return NULL;
	}
	list_init(&h->listeners);
	h->from = h->to = after;
	list_push_back(&hubs, &h->link);
	return h;
}

int hub_enter(struct hub_listener *l, struct httpd_session *s, uint64_t after)
{
	struct hub *h = find(s->key.login.account), *fresh = NULL;

	if (!h)
		h = fresh = make(s->key.login.account, after);
	if (!h)
		return ERR_NO_MEMORY;
	*l = (struct hub_listener){ .hub = h, .s = s, .after = after };
	list_push_back(&h->listeners, &l->link);
	if (!fresh || fibre_spawn("events", follow, h) >= 0)
		return 0;
	list_remove(&l->link);
	hub_free(h);
	return ERR_NO_MEMORY;
}

void hub_leave(struct hub_listener *l)
{
	list_remove(&l->link);
}

int hub_next(struct hub_listener *l, struct hub_event *out)
{
	struct hub *h = l->hub;

	if (l->after < h->from)
		return ERR_AGAIN;
	for (size_t i = 0; i < h->n; i++) {
		const struct kept *k = &h->ring[(h->first + i) % KEPT];

		if (k->seq <= l->after)
			continue;
		l->after = k->seq;
		*out = (struct hub_event){ k->seq, k->message, k->event, span_make(k->json, k->n) };
		return 1;
	}
	return 0;
}

void hub_stop(void)
{
	struct hub *h;

	stopping = true;
	LIST_EACH(h, &hubs, link)
		wake_all(h);
}

bool hub_stopping(void)
{
	return stopping;
}
