/* component/net/dns_stub.c - dns.h where there is no libunbound: name servers are asked over the
 * poller, one after the other, and their word is taken for it.
 *
 * RFC 1035 4.2.1 (datagrams), 4.2.2 and RFC 7766 5 (TCP when a reply is cut), RFC 5452 9.2 (numbers
 * and ports that nobody guesses), RFC 6761 6.3 (localhost).  It keeps nothing: a mail asks little.
 */
#include "component/net/dns.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/os.h"
#include "component/net/dns_answer.h"
#include "component/net/dns_servers.h"
#include "wire/dns/query.h"
#include "wire/dns/rdata.h"

enum {
	SERVERS_MAX = 4,
	TRIES_MAX = 12,
	TRY_MS = 2000,
	STREAM_MS = 5000,
	DATAGRAM_BYTES = 1500,
	STREAM_BYTES = 2 + UINT16_MAX,
	SERVFAIL = 2,
};

struct dns {
	struct poller *poller;
	struct ip servers[SERVERS_MAX];
	size_t n_servers;
	uint16_t port;
	struct list asked;
};

struct dns_asked {
	struct list link;
	struct dns *dns;
	struct poller_wait wait;
	struct dns_question question;
	struct dns_query query;
	int fd;
	unsigned n_tries, n_failed; /* failed: a server answered that it has no answer */
	const struct ip *server;    /* of this try */
	struct buf stream;          /* what came over TCP */
	bool connecting, by_stream;
	int64_t until_at, try_until_at;
	const char *why;
	struct arena *mem;
	dns_answered_fn *fn;
	void *arg;
	struct dns_asked **handle;
};

bool resolve_validates(void)
{
	return false;
}

int resolve_new(const struct options *o, struct poller *p, struct dns **out)
{
	struct dns *d = calloc(1, sizeof *d);

	if (!d)
		return err(ERR_NO_MEMORY, "no memory for DNS");
	d->poller = p;
	d->port = o->dns_port;
	list_init(&d->asked);
	d->servers[0] = o->dns;
	d->n_servers = 1;
	if (!o->dns.n) {
		d->port = 53;
		d->n_servers = dns_servers(d->servers, SERVERS_MAX);
	}
	if (!d->n_servers) {
		free(d);
		return err(ERR_CONFIG, "the system has no name server");
	}
	*out = d;
	return 0;
}

static void asked_free(struct dns_asked *a)
{
	poller_forget(&a->wait);
	socket_close(a->fd);
	buf_fini(&a->stream);
	list_remove(&a->link);
	free(a);
}

void resolve_free(struct dns *d)
{
	struct dns_asked *a, *next;

	if (!d)
		return;
	LIST_EACH_SAFE(a, next, &d->asked, link)
		asked_free(a);
	free(d);
}

void resolve_forget(struct dns_asked *a)
{
	if (!a)
		return;
	*a->handle = NULL;
	asked_free(a);
}

/* ---- answers ------------------------------------------------------------------------- */

static void answer(struct dns_asked *a, const struct deliver_answer *got)
{
	dns_answered_fn *fn = a->fn;
	void *arg = a->arg;

	*a->handle = NULL;
	asked_free(a);
	fn(arg, got);
}

static void give_up(struct dns_asked *a)
{
	struct deliver_answer got;

	dns_answer_none(&a->question, a->why, a->mem, &got);
	answer(a, &got);
}

static void try_next(struct dns_asked *a);

static void take(struct dns_asked *a, struct span packet)
{
	struct deliver_answer got = { 0 };
	int r = dns_answer_read(&a->question, packet, a->mem, &got);

	if (r >= 0) {
		answer(a, &got);
	} else if (r == ERR_NO_MEMORY) {
		got = (struct deliver_answer){ .found = DELIVER_UNANSWERED,
			                       .cause = SMTP_CAUSE_LOCAL };
		answer(a, &got);
	} else {
		a->why = r == ERR_SYNTAX ? "the answer is malformed"
		         : (packet.p[3] & 15) == SERVFAIL
		                 ? "no name server gave an answer (SERVFAIL)"
		                 : "the name server refused";
		a->n_failed++;
		try_next(a);
	}
}

/* ---- TCP ----------------------------------------------------------------------------- */

static void await(struct dns_asked *a, short events)
{
	int64_t until_at = a->try_until_at < a->until_at ? a->try_until_at : a->until_at;

	poller_wait(a->dns->poller, &a->wait, a->fd, events, until_at);
}

static void begin_stream(struct dns_asked *a)
{
	socket_close(a->fd);
	a->fd = -1;
	if (socket_connect(a->server, a->dns->port, &a->fd) < 0) {
		try_next(a);
		return;
	}
	buf_reset(&a->stream);
	a->by_stream = a->connecting = true;
	a->try_until_at = clock_add(clock_now_at(), STREAM_MS);
	await(a, POLLOUT);
}

/* So few octets that a fresh socket takes them whole. */
static int send_by_stream(struct dns_asked *a)
{
	char octets[2 + DNS_QUERY_MAX];
	size_t n = a->query.n;
	int r = socket_connected(a->fd);

	octets[0] = (char)(n >> 8);
	octets[1] = (char)n;
	memcpy(octets + 2, a->query.octets, n);
	if (r >= 0)
		r = socket_write(a->fd, span_make(octets, n + 2));
	a->connecting = false;
	return r < 0 ? r : (size_t)r == n + 2 ? 0 : ERR_NET;
}

/* 0: the reply is there; ERR_AGAIN: more is to come. */
static int read_stream(struct dns_asked *a)
{
	struct buf *in = &a->stream;

	for (;;) {
		size_t whole =
		        in->n < 2 ? 2 : 2 + ((size_t)(uint8_t)in->p[0] << 8 | (uint8_t)in->p[1]);
		int r;
		if (in->n >= 2 && in->n == whole)
			return 0;
		r = buf_reserve(in, whole - in->n);
		if (r >= 0)
			r = socket_read(a->fd, in->p + in->n, whole - in->n);
		if (r < 0)
			return r;
		in->n += (size_t)r;
	}
}

static void on_stream(struct dns_asked *a)
{
	int r = a->connecting ? send_by_stream(a) : 0;

	if (r >= 0)
		r = read_stream(a);
	if (r == ERR_AGAIN) {
		await(a, POLLIN);
		return;
	}
	struct span packet = span_sub(buf_span(&a->stream), 2, SIZE_MAX);
	if (r >= 0 && dns_query_is_answered_by(&a->query, packet))
		take(a, packet);
	else
		try_next(a);
}

/* ---- datagrams ----------------------------------------------------------------------- */

/* What is no reply to our question is not looked at: the wait goes on (RFC 5452 9.1). */
static void on_datagram(struct dns_asked *a)
{
	char octets[DATAGRAM_BYTES];
	struct span packet;
	int n;

	do {
		n = socket_read(a->fd, octets, sizeof octets);
		packet = span_make(octets, (size_t)(n > 0 ? n : 0));
	} while (n == ERR_CLOSED /* it was empty */ ||
	         (n > 0 && !dns_query_is_answered_by(&a->query, packet)));
	if (n == ERR_AGAIN)
		await(a, POLLIN);
	else if (n < 0)
		try_next(a);
	else if (dns_query_is_cut(packet))
		begin_stream(a);
	else
		take(a, packet);
}

static void on_wait(void *arg, short happened)
{
	struct dns_asked *a = arg;

	if (clock_now_at() >= a->until_at)
		give_up(a);
	else if (!happened)
		try_next(a);
	else if (a->by_stream)
		on_stream(a);
	else
		on_datagram(a);
}

/* A port and a number of its own. */
static int ask(struct dns_asked *a)
{
	uint16_t id;
	int r;

	os_random(&id, sizeof id);
	dns_query_print(&a->question, id, &a->query);
	r = socket_open_datagrams(a->server, a->dns->port, &a->fd);
	if (r >= 0)
		r = socket_write(a->fd, span_make(a->query.octets, a->query.n));
	return r;
}

static void try_next(struct dns_asked *a)
{
	const struct dns *d = a->dns;

	while (a->n_tries < TRIES_MAX && a->n_failed < d->n_servers) {
		a->server = &d->servers[a->n_tries++ % d->n_servers];
		a->by_stream = a->connecting = false;
		socket_close(a->fd);
		a->fd = -1;
		a->try_until_at = clock_add(clock_now_at(), TRY_MS);
		if (ask(a) < 0)
			continue;
		await(a, POLLIN);
		return;
	}
	give_up(a);
}

/* ---- questions ----------------------------------------------------------------------- */

/* RFC 6761 6.3: no name server is asked. */
static bool answer_localhost(const struct dns_question *q, struct deliver_answer *out,
                             struct deliver_record *record)
{
	struct span name = span_str(q->name);

	if (!span_eq(name, SPAN("localhost")) && !span_ends_nocase(name, SPAN(".localhost")))
		return false;
	*record = (struct deliver_record){ 0 };
	*out = (struct deliver_answer){ .found = DELIVER_NO_DATA };
	if (ip_parse(q->type == DNS_A ? SPAN("127.0.0.1") : SPAN("::1"), &record->ip) < 0 ||
	    (q->type != DNS_A && q->type != DNS_AAAA))
		return true;
	out->found = DELIVER_FOUND;
	out->records = record;
	out->n_records = 1;
	return true;
}

static int asked_new(struct dns *d, const struct dns_question *q, struct dns_asked **out)
{
	struct dns_asked *a = calloc(1, sizeof *a);

	if (!a)
		return ERR_NO_MEMORY;
	a->question = *q;
	a->dns = d;
	a->fd = -1;
	a->stream = BUF(STREAM_BYTES);
	a->why = "no name server answers";
	a->wait.fn = on_wait;
	a->wait.arg = a;
	*out = a;
	return 0;
}

/* r below 0: it is no question. */
static void ask_one(struct dns *d, const struct dns_question *q, int r, int64_t until_at,
                    struct arena *mem, dns_answered_fn *fn, void *arg, struct dns_asked **asked)
{
	struct deliver_answer got = { .found = DELIVER_UNANSWERED, .cause = SMTP_CAUSE_LOCAL };
	struct deliver_record *record = arena_new(mem, struct deliver_record);
	struct dns_asked *a;

	if (r >= 0)
		r = record ? asked_new(d, q, &a) : ERR_NO_MEMORY;
	*asked = NULL;
	if (r < 0) {
		if (r == ERR_SYNTAX)
			got.found = DELIVER_BAD_NAME;
		fn(arg, &got);
		return;
	}
	a->mem = mem;
	a->fn = fn;
	a->arg = arg;
	a->handle = asked;
	a->until_at = until_at;
	*asked = a;
	list_push_back(&d->asked, &a->link);
	if (answer_localhost(&a->question, &got, record))
		answer(a, &got);
	else
		try_next(a);
}

void resolve_ask(struct dns *d, const struct deliver_question *q, int64_t until_at,
                 struct arena *mem, dns_answered_fn *fn, void *arg, struct dns_asked **asked)
{
	struct dns_question question = { 0 };
	int r = dns_answer_question(q, &question);

	ask_one(d, &question, r, until_at, mem, fn, arg, asked);
}

void resolve_ask_text(struct dns *d, struct span name, int64_t until_at, struct arena *mem,
                      dns_answered_fn *fn, void *arg, struct dns_asked **asked)
{
	struct dns_question question = { .type = DNS_TXT };
	int r = dns_name_parse(name, question.name);

	ask_one(d, &question, r, until_at, mem, fn, arg, asked);
}
