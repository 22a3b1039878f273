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

/* It answered MAIL so that it is about the session rather than the sender. */
static bool refuses_more_mail(const struct smtp_client_result *r)
{
	return (r->code >= 400 && r->code <= 499) || r->code == 503 ||
	       (r->code && r->verdict.class == SMTP_CLASS_RATE_LIMITED);
}

static bool is_lost(const struct smtp_client_result *r)
{
	return r->cause == SMTP_CAUSE_CLOSED || r->cause == SMTP_CAUSE_TIMEOUT ||
	       r->cause == SMTP_CAUSE_PROTOCOL;
}

/* The server was not to be had for this message: another one may be.  What it
 * said after MAIL is about the message, save that it is closing down, or never
 * learned what the message needs. */
static bool is_servers_failure(const struct smtp_client_result *r)
{
	if (r->stage < SMTP_STAGE_MAIL)
		return true;
	return r->stage == SMTP_STAGE_MAIL &&
	       (r->code == 421 || is_lost(r) || r->cause == SMTP_CAUSE_NO_SMTPUTF8);
}

/* A session that carried a message before has had enough: this one is not to suffer for it.
 * Nothing was taken: the message's first octet was not sent. */
static bool is_at_its_end(const struct smtp_client *c)
{
	size_t n;
	const struct smtp_client_result *r = smtp_client_results(c, &n);

	if (r->stage <= SMTP_STAGE_MAIL)
		return is_lost(r) || refuses_more_mail(r);
	for (size_t i = 0; i < n; i++)
		if (r[i].stage != SMTP_STAGE_RCPT ||
		    (r[i].cause != SMTP_CAUSE_CLOSED && r[i].code != 421 && r[i].code != 503))
			return false;
	return true;
}

/* RFC 7435 3: opportunistic TLS that does not come about is done without, whatever the moment.
 * The first answer to MAIL ends it: that is about the mail.  Words that somebody put into the
 * dialogue (RFC 3207 4.2) are an attack and no failure. */
static bool did_tls_fail(const struct deliver_heard *h, const struct smtp_client_result *r)
{
	const struct smtp_client_facts *facts = smtp_client_facts(h->client);

	if ((h->tls != DELIVER_TLS_OPPORTUNISTIC && h->tls != DELIVER_TLS_TESTING) || h->kept ||
	    !facts->tls_tried)
		return false;
	if (r->cause != SMTP_CAUSE_NONE && r->cause != SMTP_CAUSE_TLS && !is_lost(r))
		return false;
	if (r->stage == SMTP_STAGE_MAIL)
		return is_lost(r) || (r->code == 421 && !facts->tls_used);
	return r->stage < SMTP_STAGE_MAIL;
}

enum deliver_reaction deliver_react(const struct deliver_heard *h)
{
	const struct smtp_client_result *r = first(h->client);

	if (h->kept && is_at_its_end(h->client))
		return DELIVER_NEW_SESSION;
	if (did_tls_fail(h, r))
		return DELIVER_IN_CLEAR;
	if (r->cause == SMTP_CAUSE_NO_8BITMIME)
		return DELIVER_SEVEN_BIT;
	return is_servers_failure(r) ? DELIVER_NEXT_HOST : DELIVER_TAKE;
}

bool deliver_is_over_limit(const struct smtp_client_result *r)
{
	return r->stage == SMTP_STAGE_RCPT && r->verdict.too_many_rcpts;
}

static bool wants_tls(const struct smtp_client_result *r)
{
	return r->code == 530 || r->verdict.class == SMTP_CLASS_TLS_REQUIRED;
}

bool deliver_is_for_now(const struct deliver_heard *h, bool relay,
                        const struct smtp_client_result *r)
{
	const struct smtp_client_facts *facts = h->client ? smtp_client_facts(h->client) : NULL;
	bool without =
	        h->tls == DELIVER_TLS_FAILED || (facts && facts->tls_tried && !facts->tls_used);

	if (without && wants_tls(r))
		return true;
	return relay && (r->stage < SMTP_STAGE_MAIL || r->code == 530);
}

/* The server takes no further message here, or has lost its place. */
static bool is_spent(const struct smtp_client *c)
{
	size_t n;
	const struct smtp_client_result *r = smtp_client_results(c, &n);

	if (n && r->stage == SMTP_STAGE_MAIL)
		return refuses_more_mail(r);
	for (size_t i = 0; i < n; i++)
		if (r[i].stage != SMTP_STAGE_RCPT || r[i].code != 503)
			return false;
	return n > 0;
}

enum deliver_release deliver_release_of(const struct deliver_heard *h, unsigned max)
{
	const struct smtp_client_facts *facts = smtp_client_facts(h->client);
	uint32_t told = facts->ehlo.mail_max; /* RFC 9422 4.1 */

	if (smtp_client_want(h->client) != SMTP_WANT_IDLE)
		return DELIVER_CLOSE;
	if (is_spent(h->client) || (max && facts->n_transactions >= max) ||
	    (told && facts->n_transactions >= told))
		return DELIVER_QUIT;
	return DELIVER_KEEP;
}
