/* resolver/resolver.c - questions: asked once however many wait, answered from memory while
 * that holds.
 */
#include "resolver/resolver.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "rt/loop.h"
#include "resolver/resolver_cache.h"
#include "resolver/resolver_unbound.h"

enum {
	QUESTIONS_MAX = 8192, /* under way at once */
	CLASS_IN = 1,
	RCODE_OK = 0,
	RCODE_NXDOMAIN = 3,
	/* When nothing at all was answered for so long, who asks waits no longer than the other,
	 * until something is. */
	SILENT_AFTER_MS = 5000,
	SILENT_WAIT_MS = 2000,
};

/* Asked, and not yet answered.  Held by libunbound and by those who wait. */
struct question {
	struct resolver_key key;
	enum resolver_type type;
	struct resolver_entry *entry; /* NULL until it is answered */
	struct list to_ask;           /* not yet handed to libunbound */
	struct cond answered;
	unsigned refs;
};

static struct {
	struct ub_ctx *ctx;
	uv_poll_t poll;
	struct resolver_cache cache;
	struct map questions;
	struct list to_ask;
	struct loop_timer asker;
	int64_t time_ms;
	int64_t heard_at; /* the latest answer */
	bool silent;
	uint64_t drawn; /* random numbers so far */
} resolver;

static struct span key_span(const struct resolver_key *k)
{
	return span_make(k->octets, k->n);
}

static int key_make(struct span name, enum resolver_type type, struct resolver_key *out)
{
	int r = resolver_name_parse(name, out->octets + 2);

	out->octets[0] = (char)(type >> 8);
	out->octets[1] = (char)type;
	out->n = r < 0 ? 0 : 2 + strlen(out->octets + 2);
	return r;
}

static void question_unref(struct question *q)
{
	if (--q->refs)
		return;
	if (q->entry)
		resolver_entry_unref(q->entry);
	free(q);
}

/* Ends a question's time in the map; entry may be NULL without memory. */
static void question_end(struct question *q, struct resolver_entry *e)
{
	map_remove(&resolver.questions, key_span(&q->key));
	list_remove(&q->to_ask);
	q->entry = e;
	cond_broadcast(&q->answered);
	question_unref(q);
}

static void on_answer(void *arg, int error, struct ub_result *res)
{
	struct question *q = arg;
	struct resolver_entry *e = resolver_entry_new(&q->key);

	if (!error && (res->rcode == RCODE_OK || res->rcode == RCODE_NXDOMAIN)) {
		resolver.heard_at = loop_now_at();
		resolver.silent = false;
	}
	if (e) {
		resolver_unbound_take(res, error, q->type, loop_now_at(), e);
		resolver_cache_put(&resolver.cache, e, loop_now_at());
	}
	ub_resolve_free(res);
	question_end(q, e);
}

static int ask_library(struct question *q)
{
	char name[RESOLVER_NAME_MAX + 2];
	int n = snprintf(name, sizeof name, "%s.", q->key.octets + 2);

	assert(n < (int)sizeof name);
	return ub_resolve_async(resolver.ctx, name, (int)q->type, CLASS_IN, q, on_answer, NULL);
}

/* On the loop's stack: libunbound wants more than a fibre's, at the first question most. */
static void ask_all(void *arg)
{
	struct question *q;

	while ((q = LIST_FIRST(&resolver.to_ask, struct question, to_ask))) {
		list_remove(&q->to_ask);
		int r = ask_library(q);
		if (r)
			on_answer(q, r, NULL);
	}
}

static void on_readable(uv_poll_t *h, int status, int events)
{
	ub_process(resolver.ctx);
	loop_turn();
}

int resolver_init(const struct settings *set)
{
	int r = resolver_unbound_new(set, &resolver.ctx);

	if (r < 0)
		return r;
	r = uv_poll_init(loop_uv(), &resolver.poll, ub_fd(resolver.ctx));
	if (r < 0) {
		ub_ctx_delete(TAKE(resolver.ctx));
		return err(ERR_IO, "resolver: %s", uv_strerror(r));
	}
	uv_poll_start(&resolver.poll, UV_READABLE, on_readable);
	uv_unref((uv_handle_t *)&resolver.poll); /* those who wait keep the loop going */
	resolver_cache_init(&resolver.cache, (size_t)set->resolver_cache, RESOLVER_CACHE_BYTES);
	list_init(&resolver.to_ask);
	resolver.time_ms = set->resolver_time;
	return 0;
}

void resolver_fini(void)
{
	struct question *q;

	if (!resolver.ctx)
		return;
	loop_timer_stop(&resolver.asker);
	uv_close((uv_handle_t *)&resolver.poll, NULL);
	ub_ctx_delete(TAKE(resolver.ctx)); /* no callback comes after this */
	MAP_EACH(q, &resolver.questions)
		question_end(q, NULL);
	map_fini(&resolver.questions);
	resolver_cache_fini(&resolver.cache);
}

/* ---- copies for those who asked -------------------------------------------------- */

static uint64_t draw(void)
{
	resolver.drawn++;
	return map_hash(MAP_KEY(resolver.drawn));
}

/* RFC 5321 5.1: equal preferences in random order; addresses of a name likewise. */
static void arrange(struct resolver_record *records, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = draw() % i;
		struct resolver_record swap = records[i - 1];

		records[i - 1] = records[j];
		records[j] = swap;
	}
	for (size_t i = 1; i < n; i++) {
		struct resolver_record moved = records[i];
		size_t at = i;

		for (; at && records[at - 1].preference > moved.preference; at--)
			records[at] = records[at - 1];
		records[at] = moved;
	}
}

static int copy_answer(const struct resolver_entry *e, struct arena *mem,
                       struct resolver_answer *out)
{
	struct resolver_answer a = e->answer;
	int64_t ms = e->expires_at - loop_now_at();
	struct resolver_record *from = a.records;

	if (e->failure)
		return err(ERR_DNS, "%.*s: %s", SPAN_ARG(span_sub(e->key, 2, SIZE_MAX)),
		           e->failure);
	a.ttl = ms > 0 ? (uint32_t)(ms / 1000) : 0;
	a.records = a.n_records ? arena_array(mem, struct resolver_record, a.n_records) : NULL;
	if ((a.n_records && !a.records) || arena_copy(mem, a.canonical, &a.canonical) < 0)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < a.n_records; i++) {
		a.records[i] = from[i];
		if (arena_copy(mem, from[i].name, &a.records[i].name) < 0 ||
		    arena_copy(mem, from[i].text, &a.records[i].text) < 0)
			return ERR_NO_MEMORY;
	}
	arrange(a.records, a.n_records);
	*out = a;
	return 0;
}

/* ---- asking ------------------------------------------------------------------------ */

/* The question under way, or a new one; with a reference for the caller. */
static int question_open(const struct resolver_key *key, enum resolver_type type,
                         struct question **out)
{
	struct question *q = map_get(&resolver.questions, key_span(key));
	int r;

	if (q) {
		q->refs++;
		*out = q;
		return 0;
	}
	if (resolver.questions.n >= QUESTIONS_MAX)
		return err(ERR_DNS, "too many questions at once");
	q = calloc(1, sizeof *q);
	if (!q)
		return ERR_NO_MEMORY;
	*q = (struct question){ .key = *key, .type = type, .refs = 2 };
	cond_init(&q->answered);
	r = map_put(&resolver.questions, key_span(&q->key), q, NULL);
	if (r < 0) {
		free(q);
		return r;
	}
	list_push_back(&resolver.to_ask, &q->to_ask);
	loop_timer_start(&resolver.asker, loop_now_at(), ask_all, NULL);
	*out = q;
	return 0;
}

static WAITS int wait_for(struct question *q, struct arena *mem, struct resolver_answer *out)
{
	int64_t since_at = loop_now_at();
	FIBRE_TIMEOUT(resolver.silent && SILENT_WAIT_MS < resolver.time_ms ? SILENT_WAIT_MS
	                                                                   : resolver.time_ms);
	int r = 0;

	if (!q->entry)
		r = cond_wait(&q->answered, "DNS"); /* WAITS */
	if (r == ERR_TIMEOUT && resolver.heard_at < since_at &&
	    loop_now_at() - since_at >= SILENT_AFTER_MS)
		resolver.silent = true;
	if (q->entry)
		return copy_answer(q->entry, mem, out);
	return r < 0 ? r : err(ERR_DNS, "there is no answer");
}

WAITS int resolver_ask(struct span name, enum resolver_type type, struct arena *mem,
                       struct resolver_answer *out)
{
	struct resolver_key key;
	struct resolver_entry *e;
	struct question *q = NULL;
	int r = key_make(name, type, &key);

	if (r < 0)
		return r;
	assert(resolver.ctx);
	e = resolver_cache_get(&resolver.cache, key_span(&key), loop_now_at());
	if (e)
		return copy_answer(e, mem, out);
	r = question_open(&key, type, &q);
	if (r < 0)
		return r;
	r = wait_for(q, mem, out); /* WAITS */
	question_unref(q);
	return r;
}

WAITS int resolver_ask_ptr(const struct address *a, struct arena *mem, struct resolver_answer *out)
{
	char name[RESOLVER_REVERSE_BYTES];
	int r = resolver_reverse_name(a, name);

	return r < 0 ? r : resolver_ask(span_str(name), RESOLVER_PTR, mem, out); /* WAITS */
}
