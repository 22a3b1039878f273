/* component/net/dns.c - see dns.h. */
#include "component/net/dns.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "component/net/dns_answer.h"
#include "component/net/dns_events.h"
#include "wire/dns/rdata.h"
#include "resolver/unbound_setup.h"

enum { CLASS_IN = 1, BOGUS = 1, SECURE = 2 };
enum { FAILED = 2, NO_NAME = 3 }; /* RFC 1035 4.1.1: rcodes */

struct dns {
	struct poller *poller;
	struct dns_events events;
	struct ub_ctx *ctx;
	struct list asked; /* of libunbound, and not yet answered */
};

struct dns_asked {
	struct list link;
	struct dns *dns;
	struct poller_wait wait; /* for the time */
	struct dns_question question;
	struct arena *mem;
	dns_answered_fn *fn; /* NULL: nobody waits any more */
	void *arg;
	struct dns_asked **handle;
};

static int open_context(struct dns *d, const struct options *o)
{
	struct unbound_rules rules = {
		.forwarder = o->dns,
		.port = o->dns_port,
		.system = !o->dns.n,
		.dnssec = o->dnssec,
		.anchors = o->anchors,
		.n_anchors = o->n_anchors,
	};
	/* libunbound sets up its log for the process, and no lock keeps two threads apart there. */
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	int r;

	dns_events_init(&d->events, d->poller);
	pthread_mutex_lock(&one_at_a_time);
	d->ctx = ub_ctx_create_ub_event(&d->events.base);
	pthread_mutex_unlock(&one_at_a_time);
	if (!d->ctx)
		return err(ERR_NO_MEMORY, "no memory for libunbound");
	r = unbound_set_up(d->ctx, &rules);
	return r < 0 ? r : unbound_open_zones(d->ctx, &rules);
}

bool resolve_validates(void)
{
	return true;
}

int resolve_new(const struct options *o, struct poller *p, struct dns **out)
{
	struct dns *d = calloc(1, sizeof *d);
	int r;

	if (!d)
		return err(ERR_NO_MEMORY, "no memory for DNS");
	d->poller = p;
	list_init(&d->asked);
	r = open_context(d, o);
	if (r < 0)
		resolve_free(d);
	else
		*out = d;
	return r;
}

void resolve_free(struct dns *d)
{
	struct dns_asked *a, *next;

	if (!d)
		return;
	if (d->ctx)
		ub_ctx_delete(d->ctx); /* no callback comes after this */
	LIST_EACH_SAFE(a, next, &d->asked, link) {
		poller_forget(&a->wait);
		list_remove(&a->link);
		free(a);
	}
	free(d);
}

/* ---- answers ------------------------------------------------------------------------- */

static void answer(struct dns_asked *a, const struct deliver_answer *answer)
{
	dns_answered_fn *fn = TAKE(a->fn);

	poller_forget(&a->wait);
	*a->handle = NULL;
	fn(a->arg, answer);
}

void resolve_forget(struct dns_asked *a)
{
	if (!a)
		return;
	poller_forget(&a->wait);
	*a->handle = NULL;
	a->fn = NULL;
}

static void on_reply(void *arg, int rcode, void *packet, int n, int security, char *why_bogus,
                     int was_limited)
{
	struct dns_asked *a = arg;
	struct deliver_answer got = { .secure = security == SECURE };
	int r = ERR_DNS;

	(void)was_limited;
	if (!a->fn) {
		list_remove(&a->link);
		free(a);
		return;
	}
	/* Of a failure of its own libunbound gives the code here alone, and its question for a
	 * reply. */
	if (packet && n > 0 && security != BOGUS && (!rcode || rcode == NO_NAME))
		r = dns_answer_read(&a->question, span_make(packet, (size_t)n), a->mem, &got);
	if (r == ERR_NO_MEMORY)
		got = (struct deliver_answer){ .found = DELIVER_UNANSWERED,
			                       .cause = SMTP_CAUSE_LOCAL };
	else if (r < 0)
		dns_answer_none(&a->question,
		                security == BOGUS
		                        ? why_bogus ? why_bogus : "the answer is forged (DNSSEC)"
		                : r == ERR_SYNTAX ? "the answer is malformed"
		                : rcode == FAILED ? "no name server gave an answer (SERVFAIL)"
		                                  : "the name server refused",
		                a->mem, &got);
	list_remove(&a->link);
	answer(a, &got);
	free(a);
}

/* libunbound still has it: it is freed when that answers. */
static void on_time(void *arg, short happened)
{
	struct dns_asked *a = arg;
	struct deliver_answer got;

	(void)happened;
	dns_answer_none(&a->question, "no answer in time", a->mem, &got);
	answer(a, &got);
}

static struct dns_asked *asked_new(struct dns *d, struct arena *mem, dns_answered_fn *fn, void *arg)
{
	struct dns_asked *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->dns = d;
	a->mem = mem;
	a->fn = fn;
	a->arg = arg;
	a->wait.fn = on_time;
	a->wait.arg = a;
	return a;
}

/* r below 0: it is no question. */
static void ask(struct dns *d, const struct dns_question *q, int r, int64_t until_at,
                struct arena *mem, dns_answered_fn *fn, void *arg, struct dns_asked **asked)
{
	struct dns_asked *a = asked_new(d, mem, fn, arg);
	struct deliver_answer got = { .found = DELIVER_UNANSWERED, .cause = SMTP_CAUSE_LOCAL };

	*asked = NULL;
	if (!a || r < 0) {
		free(a);
		if (r == ERR_SYNTAX)
			got.found = DELIVER_BAD_NAME;
		fn(arg, &got);
		return;
	}
	a->question = *q;
	a->handle = asked;
	*asked = a;
	list_push_back(&d->asked, &a->link);
	poller_wait(d->poller, &a->wait, -1, 0, until_at);
	r = ub_resolve_event(d->ctx, a->question.name, (int)a->question.type, CLASS_IN, a, on_reply,
	                     NULL);
	if (r)
		on_reply(a, 2, NULL, 0, 0, NULL, 0);
}

void resolve_ask(struct dns *d, const struct deliver_question *q, int64_t until_at,
                 struct arena *mem, dns_answered_fn *fn, void *arg, struct dns_asked **asked)
{
	struct dns_question question = { 0 };
	int r = dns_answer_question(q, &question);

	ask(d, &question, r, until_at, mem, fn, arg, asked);
}

void resolve_ask_text(struct dns *d, struct span name, int64_t until_at, struct arena *mem,
                      dns_answered_fn *fn, void *arg, struct dns_asked **asked)
{
	struct dns_question question = { .type = DNS_TXT };
	int r = dns_name_parse(name, question.name);

	ask(d, &question, r, until_at, mem, fn, arg, asked);
}
