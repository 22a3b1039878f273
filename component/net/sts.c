/* component/net/sts.c - see sts.h. */
#include "component/net/sts.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "component/net/https.h"

enum {
	ENTRIES_MAX = 500,
	OCTETS_MAX = 4 << 20, /* of all policies */
	ADDRESSES_MAX = 6,
	FETCH_MS = 10 * 1000,
	AGAIN_MS = 5 * 60 * 1000, /* RFC 8461 3.3: not sooner after a failure */
};

/* What is known of a domain. */
struct entry {
	struct list list;    /* in sts.recent */
	unsigned n_users;    /* questions that have it */
	char *domain, *text; /* text: of the policy; NULL: none */
	size_t n_text;
	char id[MTASTS_ID_MAX + 1];
	char tried[MTASTS_ID_MAX + 1]; /* the id of the latest fetch */
	int64_t until_at, again_at;
};

struct sts {
	const struct options *options;
	struct poller *poller;
	struct map entries;
	struct list recent; /* the same, the latest asked for first */
	size_t n_octets;    /* of their policies */
	struct https *https;
};

struct sts_asked {
	struct sts *sts;
	struct dns *dns;
	struct entry *entry;
	struct arena *mem;
	struct dns_asked *asked;
	struct https_get *get;
	struct buf addresses;
	size_t n_addresses;
	const char *host, *url;
	bool in_a;
	int64_t until_at;
	dns_answered_fn *fn;
	void *arg;
	struct sts_asked **handle;
};

int sts_new(const struct options *o, struct poller *p, struct sts **out)
{
	struct sts *s = calloc(1, sizeof *s);

	if (!s)
		return err(ERR_NO_MEMORY, "no memory for MTA-STS");
	s->options = o;
	s->poller = p;
	list_init(&s->recent);
	*out = s;
	return 0;
}

static void entry_free(struct entry *e)
{
	if (!e)
		return;
	list_remove(&e->list);
	free(e->domain);
	free(e->text);
	free(e);
}

static void forget(struct sts *s, struct entry *e)
{
	map_remove(&s->entries, span_str(e->domain));
	s->n_octets -= e->n_text;
	entry_free(e);
}

static void forget_all(struct sts *s)
{
	struct entry *e;

	while ((e = LIST_FIRST(&s->recent, struct entry, list)))
		forget(s, e);
	map_fini(&s->entries);
}

/* Room for one more, of so many octets: what was not asked for the longest goes.  It is fetched
 * again when it is asked for. */
static void make_room(struct sts *s, size_t n)
{
	struct list *at = s->recent.prev;

	while (at != &s->recent && (s->entries.n >= ENTRIES_MAX || s->n_octets + n > OCTETS_MAX)) {
		struct entry *e = CONTAINER(at, struct entry, list);

		at = at->prev;
		if (!e->n_users)
			forget(s, e);
	}
}

void sts_free(struct sts *s)
{
	if (!s)
		return;
	https_free(s->https);
	forget_all(s);
	free(s);
}

static struct entry *entry_new(struct span domain)
{
	struct entry *e = calloc(1, sizeof *e);

	if (e)
		e->domain = calloc(1, domain.n + 1);
	if (e && e->domain) {
		memcpy(e->domain, domain.p, domain.n);
		return e;
	}
	entry_free(e);
	return NULL;
}

/* NULL: no memory. */
static struct entry *entry_get(struct sts *s, struct span domain)
{
	struct entry *e = map_get(&s->entries, domain);

	if (!e) {
		make_room(s, 0);
		e = entry_new(domain);
		if (e && map_put(&s->entries, span_str(e->domain), e, NULL) < 0) {
			entry_free(e);
			e = NULL;
		}
	}
	if (e) {
		list_remove(&e->list);
		list_push_front(&s->recent, &e->list);
	}
	return e;
}

static bool holds(const struct entry *e)
{
	return e->text && e->until_at > clock_now_at();
}

/* ---- the answer ------------------------------------------------------------------------- */

static const struct mtasts_policy *policy_of(const struct entry *e, struct arena *mem)
{
	struct mtasts_policy *policy = arena_new(mem, struct mtasts_policy);
	struct span text;

	if (!policy || arena_copy(mem, span_make(e->text, e->n_text), &text) < 0 ||
	    mtasts_policy_parse(text, policy) < 0)
		return NULL;
	return policy;
}

/* Nothing holds, and nothing is to be waited for: as if it had never been asked for. */
static bool is_nothing(const struct entry *e)
{
	return !e->n_users && !holds(e) && clock_now_at() >= e->again_at;
}

static void asked_free(struct sts_asked *a)
{
	a->entry->n_users--;
	if (is_nothing(a->entry))
		forget(a->sts, a->entry);
	*a->handle = NULL;
	resolve_forget(a->asked);
	https_forget(a->get);
	buf_fini(&a->addresses);
	free(a);
}

void sts_forget(struct sts_asked *a)
{
	if (a)
		asked_free(a);
}

/* RFC 8461 3.3, 5.1: where a fetch fails, the policy that is known still holds. */
static void answer(struct sts_asked *a)
{
	struct deliver_answer got = { .found = DELIVER_FOUND };
	dns_answered_fn *fn = a->fn;
	void *arg = a->arg;

	if (holds(a->entry))
		got.sts = policy_of(a->entry, a->mem);
	asked_free(a);
	fn(arg, &got);
}

/* ---- the fetch -------------------------------------------------------------------------- */

static int keep(struct sts *s, struct entry *e, struct span body)
{
	struct mtasts_policy policy;
	char *text;
	int r = mtasts_policy_parse(body, &policy);

	if (r < 0)
		return r;
	text = malloc(body.n);
	if (!text)
		return ERR_NO_MEMORY;
	memcpy(text, body.p, body.n);
	make_room(s, body.n);
	s->n_octets += body.n;
	s->n_octets -= e->n_text;
	free(e->text);
	e->text = text;
	e->n_text = body.n;
	e->until_at = clock_add(clock_now_at(), (int64_t)policy.max_age * 1000);
	return 0;
}

static void on_text(void *arg, int r, struct span body)
{
	struct sts_asked *a = arg;
	struct entry *e = a->entry;

	a->get = NULL; /* freed by who calls */
	if (r >= 0)
		r = keep(a->sts, e, body);
	if (r >= 0) {
		memcpy(e->id, e->tried, sizeof e->id);
		e->again_at = 0;
	}
	answer(a);
}

static void fetch(struct sts_asked *a)
{
	struct sts *s = a->sts;
	int64_t ms = a->until_at - clock_now_at();
	int r = s->https ? 0 : https_new(s->poller, s->options->roots, &s->https);

	struct webget_question q = { .url = a->url,
		                     .addresses = buf_str(&a->addresses),
		                     .type = "text/plain",
		                     .ms = ms < FETCH_MS ? ms : FETCH_MS };
	if (r >= 0 && a->n_addresses && q.url && q.addresses && ms > 0)
		r = https_get(s->https, &q, MTASTS_POLICY_MAX, on_text, a, &a->get);
	if (r < 0 || !a->get)
		answer(a);
}

static void ask_addresses(struct sts_asked *a);

static void on_addresses(void *arg, const struct deliver_answer *got)
{
	struct sts_asked *a = arg;
	char text[IP_TEXT_BYTES];

	for (size_t i = 0; i < got->n_records && a->n_addresses < ADDRESSES_MAX; i++) {
		const struct ip *ip = &got->records[i].ip;

		if (ip_is_special(ip) && !a->sts->options->private_addresses)
			continue;
		buf_printf(&a->addresses, a->in_a ? "%s%s" : "%s[%s]", a->n_addresses++ ? "," : "",
		           ip_text(ip, text));
	}
	if (a->in_a) {
		fetch(a);
		return;
	}
	a->in_a = true;
	ask_addresses(a);
}

static void ask_addresses(struct sts_asked *a)
{
	struct deliver_question q = { .name = span_str(a->host),
		                      .type = a->in_a ? DELIVER_A : DELIVER_AAAA };

	resolve_ask(a->dns, &q, a->until_at, a->mem, on_addresses, a, &a->asked);
}

static void begin_fetch(struct sts_asked *a, struct span id)
{
	struct entry *e = a->entry;
	unsigned port = a->sts->options->sts_port;

	memset(e->tried, 0, sizeof e->tried);
	memcpy(e->tried, id.p, id.n);
	e->again_at = clock_add(clock_now_at(), AGAIN_MS);
	a->host = arena_printf(a->mem, "mta-sts.%s", e->domain);
	a->url = arena_printf(a->mem, "https://%s:%u/.well-known/mta-sts.txt", a->host, port);
	a->addresses = BUF(1024);
	if (!a->host) {
		answer(a);
		return;
	}
	buf_printf(&a->addresses, "%s:%u:", a->host, port);
	a->in_a = !a->sts->options->ipv6;
	ask_addresses(a);
}

/* RFC 8461 3.1: exactly one record, or there is none. */
static struct span id_of(const struct deliver_answer *got)
{
	struct span id = { 0 };
	unsigned n = 0;

	for (size_t i = 0; got->found == DELIVER_FOUND && i < got->n_records; i++) {
		int r = mtasts_record_parse(got->records[i].name, &id);

		if (r == ERR_SYNTAX)
			return (struct span){ 0 };
		n += r == 0;
	}
	return n == 1 ? id : (struct span){ 0 };
}

static void on_record(void *arg, const struct deliver_answer *got)
{
	struct sts_asked *a = arg;
	struct entry *e = a->entry;
	struct span id = id_of(got);
	bool known = holds(e) && span_eq(span_str(e->id), id);
	bool failed = span_eq(span_str(e->tried), id) && clock_now_at() < e->again_at;

	if (!id.n || known || failed)
		answer(a);
	else
		begin_fetch(a, id);
}

void sts_ask(struct sts *s, struct dns *dns, struct span domain, int64_t until_at,
             struct arena *mem, dns_answered_fn *fn, void *arg, struct sts_asked **asked)
{
	struct sts_asked *a = calloc(1, sizeof *a);
	char *name = arena_printf(mem, "_mta-sts.%.*s", SPAN_ARG(domain));
	struct entry *e = entry_get(s, domain);

	*asked = NULL;
	if (!a || !name || !e) {
		free(a);
		fn(arg, &(struct deliver_answer){ .found = DELIVER_FOUND });
		return;
	}
	*a = (struct sts_asked){ .sts = s,
		                 .dns = dns,
		                 .entry = e,
		                 .mem = mem,
		                 .until_at = until_at,
		                 .fn = fn,
		                 .arg = arg,
		                 .handle = asked };
	*asked = a;
	e->n_users++;
	resolve_ask_text(dns, span_str(name), until_at, mem, on_record, a, &a->asked);
}
