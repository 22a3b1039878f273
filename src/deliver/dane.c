/* deliver/dane.c - see dane.h.
 *
 * All that leads to the records must be vouched for by DNSSEC; else there is nothing that the
 * records could protect (RFC 7672 2.2.1), and some servers of unsigned zones do not even answer
 * questions about them (2.1.3).
 */
#include "deliver/dane.h"

#include "deliver/told.h"

/* RFC 7672 2.1.2: while nobody knows what the records say, the host is not to be used.  False. */
static bool lose(struct deliver_dane_search *s, enum smtp_cause cause, struct span why)
{
	if (cause == SMTP_CAUSE_DNS)
		why = span_str(arena_printf(
		        s->mem, "which certificates %.*s may have is not known (DANE): %.*s",
		        SPAN_ARG(s->host), SPAN_ARG(why)));
	s->lost = deliver_result(SMTP_STAGE_RESOLVE, cause, why);
	return false;
}

static bool ask_at(struct deliver_dane_search *s, struct span base)
{
	s->asks_alias = false;
	s->base = base;
	s->question = span_str(arena_printf(s->mem, "_%u._tcp.%.*s", s->port, SPAN_ARG(base)));
	return s->question.n || lose(s, SMTP_CAUSE_LOCAL, (struct span){ 0 });
}

bool deliver_dane_begin(struct deliver_dane_search *s)
{
	if (s->secure)
		return ask_at(s, s->canonical.n ? s->canonical : s->host);
	s->asks_alias =
	        s->canonical.n > 0; /* it may be vouched for, though where it leads is not */
	return s->asks_alias;
}

struct deliver_question deliver_dane_question(const struct deliver_dane_search *s)
{
	if (s->asks_alias)
		return (struct deliver_question){ s->host, DELIVER_CNAME };
	return (struct deliver_question){ s->question, DELIVER_TLSA };
}

static char *name_of(struct deliver_dane_search *s, struct span name)
{
	return arena_printf(s->mem, "%.*s", SPAN_ARG(name));
}

static struct deliver_dane *take_usable(struct deliver_dane_search *s,
                                        const struct deliver_answer *a)
{
	struct deliver_dane *dane = arena_new(s->mem, struct deliver_dane);
	struct tlsa *records = arena_array(s->mem, struct tlsa, a->n_records);

	if (!dane || !records)
		return NULL;
	*dane = (struct deliver_dane){ .base = name_of(s, s->base),
		                       .names = { name_of(s, s->domain) },
		                       .records = records };
	if (s->domain_canonical.n)
		dane->names[1] = name_of(s, s->domain_canonical);
	for (size_t i = 0; i < a->n_records; i++)
		if (tlsa_is_usable(&a->records[i].tlsa))
			records[dane->n_records++] = a->records[i].tlsa;
	return dane->base && dane->names[0] ? dane : NULL;
}

/* RFC 7672 2.2: records of no use still say that the server does TLS; an MTA-STS policy is stricter
 * than these, and no stricter than those of use. */
static bool use(struct deliver_dane_search *s, const struct deliver_answer *a)
{
	const struct deliver_dane *dane = take_usable(s, a);

	if (!dane)
		return lose(s, SMTP_CAUSE_LOCAL, (struct span){ 0 });
	if (dane->n_records) {
		s->tls = DELIVER_TLS_DANE;
		s->dane = dane;
	} else if (s->tls != DELIVER_TLS_STS) {
		s->tls = DELIVER_TLS_ENCRYPTED;
	}
	return false;
}

/* RFC 7672 2.2.3: of an alias, where it leads comes first. */
bool deliver_dane_answer(struct deliver_dane_search *s, const struct deliver_answer *a)
{
	bool found = a->found == DELIVER_FOUND && a->secure;

	if (a->found == DELIVER_UNANSWERED)
		return lose(s, a->cause, a->why);
	if (s->asks_alias)
		return found && ask_at(s, s->host);
	if (found)
		return use(s, a);
	return !span_eq(s->base, s->host) && ask_at(s, s->host);
}
