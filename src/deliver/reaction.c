/* deliver/reaction.c - see reaction.h. */
#include "deliver/reaction.h"

/* The first result stands for all of a transaction that ended by MAIL or before. */
static const struct smtp_client_result *first(const struct smtp_client *c)
{
	static const struct smtp_client_result none;
	size_t n;
	const struct smtp_client_result *results = smtp_client_results(c, &n);

	return n ? results : &none;
}

static bool is_lost(const struct smtp_client_result *r)
{
	return r->cause == SMTP_CAUSE_CLOSED || r->cause == SMTP_CAUSE_TIMEOUT ||
	       r->cause == SMTP_CAUSE_PROTOCOL;
}

/* The server was not to be had for this message: another one may be.  What it
 * said after MAIL is about the message, save that it is closing down. */
static bool is_servers_failure(const struct smtp_client_result *r)
{
	if (r->stage < SMTP_STAGE_MAIL)
		return true;
	return r->stage == SMTP_STAGE_MAIL && (r->code == 421 || is_lost(r));
}

/* A kept session that the server had given up unnoticed: it took nothing. */
static bool died_unheard(const struct smtp_client *c)
{
	const struct smtp_client_result *end = smtp_client_end(c);

	return end->done && end->stage <= SMTP_STAGE_MAIL &&
	       (end->cause == SMTP_CAUSE_CLOSED || end->code == 421);
}

enum deliver_reaction deliver_react(const struct deliver_heard *h)
{
	const struct smtp_client_result *r = first(h->client);

	if (h->kept && died_unheard(h->client))
		return DELIVER_NEW_SESSION;
	if (h->tls == DELIVER_TLS_OPPORTUNISTIC && r->cause == SMTP_CAUSE_TLS)
		return DELIVER_IN_CLEAR;
	return is_servers_failure(r) ? DELIVER_NEXT_HOST : DELIVER_TAKE;
}

bool deliver_is_over_limit(const struct smtp_client_result *r)
{
	return r->stage == SMTP_STAGE_RCPT && r->verdict.class == SMTP_CLASS_RATE_LIMITED &&
	       (r->cause == SMTP_CAUSE_RCPT_LIMIT || r->code == 452 || r->code == 552);
}

bool deliver_is_ours_to_mend(const struct deliver_heard *h, bool relay,
                             const struct smtp_client_result *r)
{
	return relay && (r->stage < SMTP_STAGE_MAIL || r->code == 530);
}

enum deliver_release deliver_release_of(const struct deliver_heard *h, unsigned max)
{
	const struct smtp_client_facts *facts = smtp_client_facts(h->client);
	uint32_t told = facts->ehlo.mail_max; /* RFC 9422 4.1 */

	if (smtp_client_want(h->client) != SMTP_WANT_IDLE)
		return DELIVER_CLOSE;
	if ((max && facts->n_transactions >= max) || (told && facts->n_transactions >= told))
		return DELIVER_QUIT;
	return DELIVER_KEEP;
}
