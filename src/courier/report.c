/* courier/report.c - see report.h.  The names of policies and results are those of RFC
 * 8460 4.2, 4.3. */
#include "courier/report.h"

#include <stdlib.h>

#include "base/map.h"
#include "calls/tls.h"
#include "rt/timer.h"

enum {
	ROWS_MAX = 10000, /* what is more than that in one gathering is not counted */
	FLUSH_MS = 2000,
};

struct row {
	uint32_t n;
	struct span domain, policy, host, result; /* in key, one behind the other */
	size_t n_key;
	char key[];
};

static struct {
	struct map rows;
	struct loop_timer timer;
	struct nursery flushes;
} report;

void report_open(void)
{
	nursery_init(&report.flushes);
}

/* ---- to the store ------------------------------------------------------------------------ */

static void forget(struct map *rows)
{
	struct row *row;

	MAP_EACH(row, rows)
		free(row);
	map_fini(rows);
}

static WAITS void flush(void *arg)
{
	AUTO_ARENA mem = { 0 };
	struct map rows = report.rows;
	struct tls_results_add_args args = { 0 };
	struct tls_results_add_reply reply;
	struct tls_result *list = arena_array(&mem, struct tls_result, rows.n ? rows.n : 1);
	struct row *row;

	report.rows = (struct map){ 0 };
	MAP_EACH(row, &rows)
		if (list)
			list[args.n_results++] =
			        (struct tls_result){ row->domain, row->policy, row->host,
				                     row->result, row->n };
	args.results = list;
	/* Counts alone: when the store is not there, these are lost. */
	(void)!tls_results_add(&args, &mem, &reply); /* WAITS */
	forget(&rows);
}

static void on_time(void *arg)
{
	if (report.rows.n)
		(void)!nursery_spawn(&report.flushes, "TLS results", flush, NULL);
}

WAITS void report_close(void)
{
	loop_timer_stop(&report.timer);
	(void)nursery_wait(&report.flushes); /* WAITS */
	if (report.rows.n)
		flush(NULL); /* WAITS */
}

/* ---- counting ------------------------------------------------------------------------------ */

static struct span put(struct row *row, struct span s)
{
	char *at = row->key + row->n_key;

	if (s.n)
		memcpy(at, s.p, s.n);
	at[s.n] = '\n';
	row->n_key += s.n + 1;
	return span_make(at, s.n);
}

static void count(struct span domain, struct span policy, struct span host, struct span result)
{
	struct row *row = calloc(1, sizeof *row + domain.n + policy.n + host.n + result.n + 4),
	           *old;

	if (!row)
		return;
	row->domain = put(row, domain);
	row->policy = put(row, policy);
	row->host = put(row, host);
	row->result = put(row, result);
	old = map_get(&report.rows, span_make(row->key, row->n_key));
	if (!report.rows.n)
		loop_timer_start(&report.timer, clock_add(loop_now_at(), FLUSH_MS), on_time, NULL);
	if (old) {
		old->n++;
	} else if (report.rows.n < ROWS_MAX &&
	           map_put(&report.rows, span_make(row->key, row->n_key), row, NULL) >= 0) {
		row->n = 1;
		return;
	}
	free(row);
}

static struct span policy_of(enum deliver_tls tls)
{
	switch (tls) {
	case DELIVER_TLS_DANE:
	case DELIVER_TLS_ENCRYPTED: return SPAN("tlsa");
	case DELIVER_TLS_STS:
	case DELIVER_TLS_TESTING: return SPAN("sts");
	default: return SPAN("no-policy-found");
	}
}

static struct span fault_name(enum tls_fault fault)
{
	switch (fault) {
	case TLS_FAULT_NAME: return SPAN("certificate-host-mismatch");
	case TLS_FAULT_EXPIRED: return SPAN("certificate-expired");
	case TLS_FAULT_UNKNOWN: return SPAN("certificate-not-trusted");
	case TLS_FAULT_NONE:
	case TLS_FAULT_OTHER: break;
	}
	return SPAN("validation-failure");
}

static struct span result_of(const struct connection *c)
{
	const struct smtp_client_facts *facts = smtp_client_facts(c->client);
	const struct tls_facts *tls = stream_tls(c->stream);

	if (c->tls_broke)
		return fault_name(stream_tls_fault(c->stream));
	if (!facts->tls_used)
		return SPAN("starttls-not-supported");
	if (c->tls == DELIVER_TLS_TESTING && tls && !tls->verified)
		return fault_name(stream_tls_fault(c->stream));
	return SPAN("success");
}

void report_session(struct span domain, const struct connection *c)
{
	const struct smtp_client_facts *facts = smtp_client_facts(c->client);

	/* A session that did not come as far says nothing; the fall back to clear text was told of.
	 */
	if (facts->n_transactions > 1 || c->tls == DELIVER_TLS_FAILED ||
	    (!c->tls_broke && !facts->esmtp))
		return;
	count(domain, policy_of(c->tls), span_str(c->host), result_of(c));
}

void report_fetch(struct span domain, int r)
{
	struct span result = SPAN("sts-policy-fetch-error");

	if (r == ERR_SYNTAX || r == ERR_TOO_BIG)
		result = SPAN("sts-policy-invalid");
	if (r == ERR_CERTIFICATE)
		result = SPAN("sts-webpki-invalid");
	count(domain, SPAN("sts"), (struct span){ 0 }, result);
}
