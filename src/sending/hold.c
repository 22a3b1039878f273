/* sending/hold.c - an account is held: the directory keeps it, the queue obeys.
 *
 * One fibre does what waits, when there is something to do.
 */
#include "sending/sending_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/event.h"
#include "base/map.h"
#include "calls/queue.h"
#include "rt/loop.h"
#include "store/store.h"

enum { UNKNOWN_MAX = 256, AGAIN_MS = 2000, TRIES_MAX = 30 };

static struct {
	const struct settings *set;
	struct store *store;
	bool runs, stopping;
	struct cond done;
	struct unknown {
		uint64_t message;
		uint32_t n;
	} unknown[UNKNOWN_MAX]; /* a message each; what does not fit is not counted */
	size_t n_unknown;
	struct map due; /* names of accounts that were held a moment ago */
} self;

static WAITS int tell_directory(const char *address, const char *why)
{
	AUTO_ARENA mem = { 0 };
	struct directory_field held = { SPAN("held"), span_str(why) };
	struct directory_order_args a = { .object = SPAN("account"),
		                          .verb = SPAN("set"),
		                          .name = span_str(address),
		                          .fields = &held,
		                          .n_fields = 1 };
	struct directory_order_reply got;

	return directory_order(&a, &mem, &got); /* WAITS */
}

static WAITS int hold_queued(const char *login, const char *why)
{
	struct queue_filter filter = { .login = span_str(login) };
	struct queue_place place;
	struct queue_order_args a = { .order = QUEUE_HOLD,
		                      .filter = &filter,
		                      .n_filter = 1,
		                      .given_ms = clock_wall_time_ms(),
		                      .who = SPAN(QUEUE_BY_ACCOUNT),
		                      .why = span_str(why) };
	struct queue_order_reply got = { .more = true };
	int r = 0;

	while (r >= 0 && got.more) {
		AUTO_ARENA mem = { 0 };

		r = queue_order(&a, &mem, &got); /* WAITS */
		if (r >= 0 && got.n_place) {
			place = got.place[0];
			a.after = &place;
			a.n_after = 1;
		}
	}
	return r;
}

/* The account may change, or go, while this waits. */
static WAITS int carry_out(struct span name, struct hold_letters *letters)
{
	AUTO_ARENA mem = { 0 };
	const struct sender *s = senders_find(name);

	if (!s || !s->held || !s->address)
		return 0;
	const char *login = arena_str(&mem, name), *why = arena_str(&mem, span_str(s->held)),
	           *address = arena_str(&mem, span_str(s->address));
	if (!login || !why || !address)
		return ERR_NO_MEMORY;
	int r = tell_directory(address, why); /* WAITS */
	if (r >= 0)
		r = hold_queued(login, why); /* WAITS */
	letters->name = login;
	letters->address = address;
	return r < 0 ? r : hold_tell(letters, why); /* WAITS */
}

static WAITS void carry_out_until_done(char *name)
{
	struct hold_letters letters = { .set = self.set, .store = self.store };
	int r = ERR_UNAVAILABLE;

	for (unsigned i = 0; r < 0 && r != ERR_CANCELLED && i < TRIES_MAX && !self.stopping; i++) {
		r = carry_out(span_str(name), &letters); /* WAITS */
		if (r < 0)
			event_log(EVENT_internal_error, "what=%s reason=%s",
			          "an account is held, and the directory, the queue or people do "
			          "not know that yet",
			          err_str(r));
		if (r < 0 && fibre_sleep(AGAIN_MS) < 0)
			break;
	}
	free(name);
}

/* Whose message it was the ledger knows. */
static WAITS void count_unknown(struct unknown u)
{
	AUTO_ARENA mem = { 0 };
	struct record_message m;
	char why[HABITS_WHY_BYTES];

	if (store_message(self.store, u.message, &mem, &m) < 0) /* WAITS */
		return;
	struct sender *s = senders_find(m.login);
	if (!s || s->held)
		return;
	if (!s->habits)
		s->habits = calloc(1, sizeof *s->habits);
	if (s->habits && habits_unknown(s->habits, self.set, u.n, loop_now_at(), why))
		hold_begin(s, why);
}

static WAITS void work(UNUSED void *arg)
{
	while (!self.stopping && (self.n_unknown || self.due.n)) {
		size_t at = 0;
		char *name = map_next(&self.due, &at);

		if (name)
			carry_out_until_done(map_remove(&self.due, span_str(name))); /* WAITS */
		else
			count_unknown(self.unknown[--self.n_unknown]); /* WAITS */
	}
	self.runs = false;
	cond_broadcast(&self.done);
}

static void wake(void)
{
	if (self.runs || self.stopping)
		return;
	self.runs = fibre_spawn("held accounts", work, NULL) >= 0;
}

void hold_begin(struct sender *s, const char *why)
{
	AUTO_BUF text = BUF(DIRECTORY_HELD_BYTES_MAX);

	buf_puts(&text, HOLD_SINCE);
	clock_put_rfc3339(&text, clock_wall_time_ms());
	buf_printf(&text, ": %s", why);
	s->held = strdup(buf_str(&text));
	event_log(EVENT_account_held, "account=%s reason=%s", s->name, s->held);
	hold_queue(s);
}

void hold_queue(const struct sender *s)
{
	char *name = strdup(s->name);

	if (!name || map_put(&self.due, span_str(name), name, NULL) < 0)
		free(name);
	wake();
}

void hold_note_unknown(uint64_t message)
{
	size_t i = 0;

	while (i < self.n_unknown && self.unknown[i].message != message)
		i++;
	if (i == UNKNOWN_MAX)
		return;
	if (i == self.n_unknown)
		self.unknown[self.n_unknown++] = (struct unknown){ .message = message };
	self.unknown[i].n++;
	wake();
}

void hold_start(const struct settings *set, struct store *sp)
{
	self.set = set;
	self.store = sp;
	self.stopping = false;
	cond_init(&self.done);
}

WAITS void hold_stop(void)
{
	char *name;

	self.stopping = true;
	while (self.runs && cond_wait(&self.done, "held accounts") >= 0) /* WAITS */
		;
	MAP_EACH(name, &self.due)
		free(name);
	map_fini(&self.due);
	self.due = (struct map){ 0 };
	self.n_unknown = 0;
}
