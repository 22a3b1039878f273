/* courier/sts.c - see sts.h.
 *
 * A domain without the TXT record costs one question to DNS and nothing else.  A fetch has a fibre
 * of its own, so that it goes on when the attempt that asked gives up, and one serves all who wait.
 */
#include "courier/sts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/event.h"
#include "base/list.h"
#include "base/map.h"
#include "calls/tls.h"
#include "courier/https.h"
#include "courier/report.h"
#include "courier/web_host.h"
#include "resolver/resolver.h"

enum {
	ENTRIES_MAX = 2000,
	AGAIN_MS = 5 * 60 * 1000,       /* RFC 8461 3.3: not sooner after a failure       */
	RENEW_MS = 24 * 60 * 60 * 1000, /* a policy older than this is fetched anew        */
	URL_MAX = 253 + 64,
};

/* What is known of a domain.  Held by the table, by who asks, and by a fetch. */
struct entry {
	struct list used; /* the latest used first */
	unsigned refs;
	char *domain, *text; /* of the policy; NULL: none                             */
	size_t n_text;
	char id[MTASTS_ID_MAX + 1];
	int64_t fetched_time_ms, until_time_ms; /* on the wall: they outlive a restart */
	char tried[MTASTS_ID_MAX + 1];          /* the id of the latest fetch          */
	int64_t again_at;                       /* before this it is not tried again   */
	bool asked_store, fetching;
	struct cond changed;
};

static struct {
	const struct settings *set;
	struct map entries;
	struct list used;
	struct nursery fetches;
} sts;

void sts_open(const struct settings *set)
{
	sts.set = set;
	list_init(&sts.used);
	nursery_init(&sts.fetches);
}

static void unref(struct entry *e)
{
	if (--e->refs)
		return;
	free(e->domain);
	free(e->text);
	free(e);
}

static void drop(struct entry *e)
{
	map_remove(&sts.entries, span_str(e->domain));
	list_remove(&e->used);
	unref(e);
}

WAITS void sts_close(void)
{
	struct entry *e;

	nursery_cancel(&sts.fetches);
	(void)nursery_wait(&sts.fetches); /* WAITS */
	while ((e = LIST_FIRST(&sts.used, struct entry, used)))
		drop(e);
	map_fini(&sts.entries);
}

/* With a reference for the caller; NULL without memory. */
static struct entry *entry_get(struct span domain)
{
	struct entry *e = map_get(&sts.entries, domain);

	if (e) {
		list_remove(&e->used);
	} else {
		if (sts.entries.n >= ENTRIES_MAX)
			drop(CONTAINER(sts.used.prev, struct entry, used));
		e = calloc(1, sizeof *e);
		if (!e || !(e->domain = strndup(domain.p, domain.n)) ||
		    map_put(&sts.entries, span_str(e->domain), e, NULL) < 0) {
			if (e)
				free(e->domain);
			free(e);
			return NULL;
		}
		cond_init(&e->changed);
		e->refs = 1;
	}
	list_push_front(&sts.used, &e->used);
	e->refs++;
	return e;
}

static bool holds(const struct entry *e)
{
	return e->text && e->until_time_ms > clock_wall_time_ms();
}

static void set_text(struct entry *e, struct span id, struct span text)
{
	char *copy = text.n ? malloc(text.n) : NULL;

	if (!copy || id.n > MTASTS_ID_MAX) {
		free(copy);
		return;
	}
	memcpy(copy, text.p, text.n);
	free(e->text);
	e->text = copy;
	e->n_text = text.n;
	snprintf(e->id, sizeof e->id, "%.*s", SPAN_ARG(id));
}

/* What the last process knew. */
static WAITS void ask_store(struct entry *e)
{
	AUTO_ARENA mem = { 0 };
	struct tls_policy_get_args args = { .domain = span_str(e->domain) };
	struct tls_policy_get_reply kept;

	if (e->asked_store || tls_policy_get(&args, &mem, &kept) < 0) /* WAITS */
		return;
	if (!e->asked_store && !e->text && kept.text.n) {
		set_text(e, kept.id, kept.text);
		e->fetched_time_ms = kept.fetched_ms;
		e->until_time_ms = kept.until_ms;
	}
	e->asked_store = true;
}

/* ---- fetching --------------------------------------------------------------------------- */

static bool may_go_to(const struct address *a, UNUSED void *arg)
{
	return sts.set->delivery_private_addresses || !address_is_special(a);
}

static WAITS int fetch_text(const struct entry *e, struct arena *mem, struct buf *text)
{
	AUTO_BUF addresses = BUF(1024);
	char host[URL_MAX], url[URL_MAX * 2];
	int r;

	snprintf(host, sizeof host, "mta-sts.%s", e->domain);
	snprintf(url, sizeof url, "https://%s:%u/.well-known/mta-sts.txt", host,
	         (unsigned)sts.set->delivery_mta_sts_port);
	const struct web_host where = { .name = host,
		                        .port = (uint16_t)sts.set->delivery_mta_sts_port,
		                        .ipv6 = sts.set->delivery_ipv6,
		                        .what = "mail",
		                        .may = may_go_to };
	r = web_host_find(&where, mem, &addresses); /* WAITS */
	if (r < 0)
		return r;
	return https_get(&(struct webget_question){ .url = url,
	                                            .addresses = buf_str(&addresses),
	                                            .type = "text/plain",
	                                            .ms = sts.set->delivery_mta_sts_time },
	                 text); /* WAITS */
}

static WAITS void keep(const struct entry *e)
{
	AUTO_ARENA mem = { 0 };
	struct tls_policy_put_args args = { .domain = span_str(e->domain),
		                            .id = span_str(e->id),
		                            .text = span_make(e->text, e->n_text),
		                            .fetched_ms = e->fetched_time_ms,
		                            .until_ms = e->until_time_ms };
	struct tls_policy_put_reply reply;

	if (tls_policy_put(&args, &mem, &reply) < 0) /* WAITS */
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "an MTA-STS policy is not kept for a restart", err_str(ERR_UNAVAILABLE));
}

/* RFC 8461 3.3, 5.1: where it fails, the policy that is known still holds. */
static WAITS int fetch(struct entry *e)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(MTASTS_POLICY_MAX);
	struct mtasts_policy *policy = arena_new(&mem, struct mtasts_policy);
	int r = policy ? fetch_text(e, &mem, &text) : ERR_NO_MEMORY; /* WAITS */

	if (r >= 0)
		r = mtasts_policy_parse(buf_span(&text), policy);
	if (r < 0)
		return r;
	set_text(e, span_str(e->tried), buf_span(&text));
	e->fetched_time_ms = clock_wall_time_ms();
	e->until_time_ms = e->fetched_time_ms + (int64_t)policy->max_age * 1000;
	e->again_at = 0;
	keep(e); /* WAITS */
	return 0;
}

static void run_fetch(void *arg)
{
	struct entry *e = arg;
	int r = fetch(e); /* WAITS */

	if (r < 0 && r != ERR_CANCELLED) {
		report_fetch(span_str(e->domain), r);
		event_log(EVENT_sts_failed, "domain=%s reason=%s", e->domain, err_str(r));
	}
	e->fetching = false;
	cond_broadcast(&e->changed);
	unref(e);
}

static void start_fetch(struct entry *e, struct span id)
{
	bool same = span_eq(span_str(e->tried), id);

	if (e->fetching || (same && clock_now_at() < e->again_at))
		return;
	snprintf(e->tried, sizeof e->tried, "%.*s", SPAN_ARG(id));
	e->again_at = clock_add(clock_now_at(), AGAIN_MS);
	if (nursery_spawn(&sts.fetches, "MTA-STS", run_fetch, e) < 0)
		return;
	e->fetching = true;
	e->refs++;
}

/* ---- asking ------------------------------------------------------------------------------- */

/* RFC 8461 3.1: exactly one record, or there is none. */
static WAITS struct span ask_id(struct span domain, struct arena *mem)
{
	struct span id = { 0 }, none = { 0 };
	char *name = arena_printf(mem, "_mta-sts.%.*s", SPAN_ARG(domain));
	struct resolver_answer got;
	unsigned n = 0;

	if (!name || resolver_ask(span_str(name), RESOLVER_TXT, mem, &got) < 0) /* WAITS */
		return none;
	for (size_t i = 0; i < got.n_records; i++) {
		int r = mtasts_record_parse(got.records[i].text, &id);

		if (r == ERR_SYNTAX)
			return none;
		n += r == 0;
	}
	return n == 1 ? id : none;
}

static struct mtasts_policy *take_policy(const struct entry *e, struct arena *mem)
{
	struct mtasts_policy *policy = arena_new(mem, struct mtasts_policy);
	struct span text;

	if (!policy || arena_copy(mem, span_make(e->text, e->n_text), &text) < 0 ||
	    mtasts_policy_parse(text, policy) < 0)
		return NULL;
	return policy;
}

/* A new id is waited for; a policy that grows old is fetched beside. */
static WAITS void look(struct entry *e, struct span id)
{
	int64_t age_ms = clock_wall_time_ms() - e->fetched_time_ms;

	if (holds(e) && span_eq(span_str(e->id), id)) {
		if (age_ms > RENEW_MS || e->until_time_ms - clock_wall_time_ms() < age_ms)
			start_fetch(e, id);
		return;
	}
	start_fetch(e, id);
	while (e->fetching && cond_wait(&e->changed, "an MTA-STS policy") >= 0) /* WAITS */
		continue;
}

WAITS const struct mtasts_policy *sts_policy(struct span domain, struct arena *mem)
{
	const struct mtasts_policy *policy = NULL;
	struct span id;
	struct entry *e;

	if (!sts.set->delivery_mta_sts || !(e = entry_get(domain)))
		return NULL;
	ask_store(e);             /* WAITS */
	id = ask_id(domain, mem); /* WAITS */
	if (id.n)
		look(e, id); /* WAITS */
	if (holds(e))
		policy = take_policy(e, mem);
	unref(e);
	return policy;
}
