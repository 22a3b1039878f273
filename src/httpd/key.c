/* httpd/key.c - whose request it is: its key, shown with each, asked of auth once a connection. */
#include <stdlib.h>

#include "base/map.h"
#include "httpd/session.h"
#include "rt/loop.h"
#include "wire/http/bearer.h"

enum { ACCOUNT_ROOM = 512 };

void httpd_key_forget(struct httpd_key *k)
{
	login_forget(&k->login);
	free(TAKE(k->senders));
	k->digest = 0;
	k->rights = 0;
}

struct span httpd_ticket(const struct httpd_request *q)
{
	return buf_span(&q->s->key.login.ticket);
}

/* The stream is woken when the account changes: who listens for long hears of it so. */
static int keep(struct httpd_session *s, uint64_t digest, const struct login_step *done)
{
	struct httpd_key *k = &s->key;
	int r = login_keep(&k->login, done, s->stream);

	if (r < 0)
		return r;
	k->senders = strndup(done->senders.n ? done->senders.p : "", done->senders.n);
	k->digest = digest;
	k->rights = done->rights;
	if (k->senders)
		return 0;
	httpd_key_forget(k);
	return ERR_NO_MEMORY;
}

static WAITS int log_in(struct httpd_request *q, struct span authorization, uint64_t digest)
{
	struct httpd_session *s = q->s;
	const struct login_from from = { s->stream, s->set, TICKET_HTTP };
	AUTO_BUF account = BUF(ACCOUNT_ROOM);
	struct login_step done = { 0 };
	struct span secret;
	int r = http_bearer_take(authorization, &account, &secret);

	httpd_key_forget(&s->key);
	if (r >= 0)
		r = login_password(&from, buf_span(&account), secret, &q->mem, &done); /* WAITS */
	return r < 0 ? r : keep(s, digest, &done);
}

static WAITS int refuse(struct httpd_request *q, int r)
{
	switch (r) {
	case ERR_SYNTAX:
		return httpd_problem(q, 401, "no-key",
		                     "%s: send \"Authorization: Bearer KEY\"; "
		                     "postrider key new makes a key",
		                     err_str(r)); /* WAITS */
	case ERR_AUTH:
		q->closes |= ++q->s->n_wrong_keys >= LOGIN_FAILURES_MAX;
		return httpd_problem(q, 401, "wrong-key",
		                     "this key opens nothing: it was revoked, "
		                     "or mistyped"); /* WAITS */
	case ERR_TLS:
		return httpd_problem(q, 403, "no-tls",
		                     "keys are not taken in clear text: use https"); /* WAITS */
	default: return httpd_problem_of(q, r);                                      /* WAITS */
	}
}

/* Which words ask for which right. */
static const char *name_of(unsigned right)
{
	return right == TICKET_SUBMIT ? "send" : right == TICKET_REPORT ? "read" : "manage";
}

WAITS int httpd_may(struct httpd_request *q, unsigned right)
{
	struct span authorization = http_field(&q->head, "Authorization");
	uint64_t digest = map_hash(authorization);
	struct httpd_key *k = &q->s->key;
	int r = 0;

	if (http_field_count(&q->head, "Authorization") > 1)
		r = err(ERR_SYNTAX, "the request has more than one key");
	else if (!authorization.n)
		r = err(ERR_SYNTAX, "the request has no key");
	else if (!k->login.account || k->digest != digest)
		r = log_in(q, authorization, digest); /* WAITS */
	else
		r = login_renew(&k->login); /* WAITS */
	if (r == ERR_TICKET)
		httpd_key_forget(k);
	if (r >= 0 && k->rights & right)
		return 1;
	r = r < 0 ? refuse(q, r) /* WAITS */
	          : httpd_problem(q, 403, "no-right",
	                          "this key may not do this: it needs the right \"%s\" "
	                          "(postrider key new --rights)",
	                          name_of(right)); /* WAITS */
	return r < 0 ? r : 0;
}
