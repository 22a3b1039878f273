/* courier/question.c - see question.h. */
#include "courier/question.h"

#include "courier/sts.h"
#include "resolver/resolver.h"

static const enum resolver_type TYPES[] = {
	[DELIVER_MX] = RESOLVER_MX,     [DELIVER_A] = RESOLVER_A,
	[DELIVER_AAAA] = RESOLVER_AAAA, [DELIVER_CNAME] = RESOLVER_CNAME,
	[DELIVER_TLSA] = RESOLVER_TLSA,
};

static int take_records(enum deliver_type type, const struct resolver_answer *got,
                        struct arena *mem, struct deliver_answer *out)
{
	struct deliver_record *records = arena_array(mem, struct deliver_record, got->n_records);

	if (got->n_records && !records)
		return err(ERR_NO_MEMORY, "no memory for an answer of DNS");
	for (size_t i = 0; i < got->n_records; i++) {
		records[i].name = got->records[i].name;
		records[i].preference = got->records[i].preference;
		address_ip(&got->records[i].address, &records[i].ip);
		if (type == DELIVER_TLSA && tlsa_parse(got->records[i].text, &records[i].tlsa) < 0)
			return err(ERR_BUG, "a TLSA record that was none");
	}
	out->secure = got->secure;
	out->canonical = got->canonical;
	out->records = records;
	out->n_records = got->n_records;
	return 0;
}

static enum deliver_found found(enum resolver_status status)
{
	switch (status) {
	case RESOLVER_FOUND: return DELIVER_FOUND;
	case RESOLVER_NO_DATA: return DELIVER_NO_DATA;
	case RESOLVER_NO_NAME: break;
	}
	return DELIVER_NO_NAME;
}

/* There is no answer, for r. */
static void fail(struct deliver_answer *a, int r, struct span name, struct arena *mem)
{
	a->found = r == ERR_SYNTAX ? DELIVER_BAD_NAME : DELIVER_UNANSWERED;
	a->cause = r == ERR_DNS || r == ERR_TIMEOUT ? SMTP_CAUSE_DNS
	           : r == ERR_CANCELLED             ? SMTP_CAUSE_SHUTDOWN
	                                            : SMTP_CAUSE_LOCAL;
	if (r == ERR_DNS)
		a->why = span_str(arena_printf(mem, "DNS: %s", err_str(r)));
	else if (r == ERR_TIMEOUT)
		a->why =
		        span_str(arena_printf(mem, "DNS: %.*s: no answer in time", SPAN_ARG(name)));
}

static WAITS void ask_dns(const struct deliver_question *q, struct arena *mem,
                          struct deliver_answer *out)
{
	struct resolver_answer got;
	int r = resolver_ask(q->name, TYPES[q->type], mem, &got); /* WAITS */

	if (r >= 0) {
		out->found = found(got.status);
		r = take_records(q->type, &got, mem, out);
	}
	if (r < 0)
		fail(out, r, q->name, mem);
}

WAITS void question_answer(struct deliver *d, struct arena *mem)
{
	FIBRE_TIMEOUT(QUESTION_MS);
	struct deliver_question q = deliver_question(d);
	struct deliver_answer a = { 0 };

	if (q.type == DELIVER_STS)
		a.sts = sts_policy(q.name, mem); /* WAITS */
	else
		ask_dns(&q, mem, &a); /* WAITS */
	deliver_answer(d, &a);
}
