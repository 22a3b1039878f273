/* controld/dkim_watch.c - looks for new DKIM records in DNS, so that new keys take the place of old
 * ones (directory/signer.h) without a word of the operator's.
 */
#include "controld/dkim_watch.h"

#include <jansson.h>

#include "base/event.h"
#include "calls/directory.h"
#include "calls/dns.h"
#include "controld/session.h"
#include "wire/dkim/signature.h"

enum { FIRST_MS = 60 * 1000, LAST_MS = 60 * 60 * 1000, LOOK_MS = 10 * 60 * 1000 };

static struct {
	struct fibre *fibre;
	struct cond kicked;
	int64_t wait_ms; /* until the next look: doubles while nothing is ordered */
} watch = { .kicked = { LIST_INIT(watch.kicked.waiters) } };

static WAITS int mark(struct span domain, struct span selector, struct arena *mem)
{
	struct directory_field field = { SPAN("published"), selector };
	struct directory_order_args a = { .object = SPAN("dkim"),
		                          .verb = SPAN("set"),
		                          .name = domain,
		                          .fields = &field,
		                          .n_fields = 1 };
	struct directory_order_reply got;
	int r = directory_order(&a, mem, &got); /* WAITS */

	if (r >= 0)
		event_log(EVENT_dkim_published, "domain=%.*s selector=%.*s", SPAN_ARG(domain),
		          SPAN_ARG(selector));
	return r;
}

static WAITS int look(struct span domain, json_t *key, struct arena *mem)
{
	struct span selector = controld_string(key, "selector");
	struct span record = controld_string(key, "record");
	struct dns_question q = { .type = DNS_TXT };
	struct dns_answer answer;

	if (json_is_true(json_object_get(key, "published")))
		return 0;
	snprintf(q.name, sizeof q.name, "%.*s._domainkey.%.*s", SPAN_ARG(selector),
	         SPAN_ARG(domain));
	int r = dns_look_up(&q, mem, &answer); /* WAITS */
	for (size_t i = 0; r >= 0 && i < answer.n; i++)
		if (dkim_key_same(record, answer.records[i].text, mem))
			return mark(domain, selector, mem); /* WAITS */
	return r;
}

static WAITS int look_at_domain(struct span json)
{
	AUTO_ARENA mem = { 0 };
	json_t *row = NULL, *key;
	size_t i;
	int r = controld_parse(json, &row);

	json_array_foreach(json_object_get(row, "keys"), i, key)
	{
		if (r >= 0)
			r = look(controld_string(row, "dkim"), key, &mem); /* WAITS */
	}
	json_decref(row);
	return r;
}

static WAITS int look_at_all(void)
{
	struct directory_field field = { SPAN("waiting"), SPAN("yes") };
	struct directory_order_args a = {
		.object = SPAN("dkim"), .verb = SPAN("list"), .fields = &field, .n_fields = 1
	};
	struct arena pages[2] = { { 0 }, { 0 } };
	struct directory_order_reply got = { .more = true };
	FIBRE_TIMEOUT(LOOK_MS);
	int r = 0;

	for (unsigned i = 0; r >= 0 && got.more; i++) {
		arena_reset(&pages[i % 2]);
		r = directory_order(&a, &pages[i % 2], &got); /* WAITS */
		for (size_t k = 0; r >= 0 && k < got.n_rows; k++)
			r = look_at_domain(got.rows[k].json); /* WAITS */
		a.after = got.after;
	}
	arena_fini(&pages[0]);
	arena_fini(&pages[1]);
	return r;
}

static WAITS int rest(void)
{
	FIBRE_TIMEOUT(watch.wait_ms);
	int r = cond_wait(&watch.kicked, "new DKIM keys");

	if (r == ERR_TIMEOUT && watch.wait_ms < LAST_MS)
		watch.wait_ms *= 2;
	return r == ERR_TIMEOUT ? 0 : r;
}

/* What fails is tried again at the next look. */
static void run(UNUSED void *arg)
{
	while (look_at_all() != ERR_CANCELLED && rest() >= 0)
		continue;
	watch.fibre = NULL;
}

int dkim_watch_start(void)
{
	watch.wait_ms = FIRST_MS;
	return fibre_spawn_ref("dkim records", run, NULL, &watch.fibre);
}

void dkim_watch_kick(void)
{
	watch.wait_ms = FIRST_MS;
	cond_broadcast(&watch.kicked);
}

void dkim_watch_stop(void)
{
	if (watch.fibre)
		fibre_cancel(watch.fibre);
}
