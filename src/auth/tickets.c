/* auth/tickets.c - a ticket says what a login opened; see ticket/README.md. */
#include "auth/tickets.h"

#include <openssl/crypto.h>

#include "auth/credentials.h"
#include "base/event.h"
#include "rt/loop.h"
#include "ticket/ticket.h"

enum { TELL_MS = 60 * 1000, TELL_AGAIN_MS = 1000 };

static uint32_t n_loads;

static uint8_t rights_of(enum ticket_protocol protocol)
{
	switch (protocol) {
	case TICKET_SMTP: return TICKET_SUBMIT;
	case TICKET_IMAP:
	case TICKET_POP3: return TICKET_MAILBOX;
	case TICKET_CONTROL: return TICKET_MAILBOX | TICKET_OPERATOR;
	}
	return 0;
}

/* Sealed, with its end. */
static int carry(struct ticket *t, struct arena *mem, struct ticket_carried *out)
{
	AUTO_BUF octets = BUF(TICKET_OCTETS_MAX);

	t->until_at = loop_now_at() + TICKET_MS;
	int r = ticket_seal(t, &octets);
	if (r >= 0)
		r = arena_copy(mem, buf_span(&octets), &out->octets);
	if (r >= 0)
		out->renew_at = loop_now_at() + TICKET_RENEW_MS;
	return r;
}

int tickets_issue(struct span account, const char *hash, enum ticket_protocol protocol,
                  struct arena *mem, struct ticket_carried *out)
{
	unsigned char proof[TICKET_PROOF_BYTES];
	struct ticket t = { .account = account,
		            .rights = rights_of(protocol),
		            .protocol = (uint8_t)protocol,
		            .proof = span_make(proof, sizeof proof) };

	if (!t.rights || (t.rights & TICKET_OPERATOR))
		return err(ERR_SYNTAX, "no login by protocol %d", (int)protocol);
	int r = ticket_proof(account, hash, proof);
	return r < 0 ? r : carry(&t, mem, out);
}

static int holds(const struct ticket_confirm_args *a, bool *out)
{
	unsigned char proof[TICKET_PROOF_BYTES];
	const struct credential *c = credentials_find(a->account);
	int r = c ? ticket_proof(a->account, c->hash, proof) : 0;

	if (r >= 0)
		*out = c && a->proof.n == sizeof proof &&
		       CRYPTO_memcmp(proof, a->proof.p, sizeof proof) == 0;
	return r;
}

static int confirm(const struct ticket_confirm_args *a, struct arena *mem,
                   struct ticket_confirm_reply *out)
{
	return holds(a, &out->holds);
}

static int renew(const struct ticket_renew_args *a, struct arena *mem, struct ticket_carried *out)
{
	struct ticket t;
	bool good = true;
	int r = ticket_open(a->octets, loop_now_at(), mem, &t);

	if (r >= 0 && !(t.rights & TICKET_OPERATOR))
		r = holds(&(struct ticket_confirm_args){ t.account, t.proof }, &good);
	if (r >= 0 && !good)
		r = err(ERR_TICKET, "%.*s is closed, or has another password now",
		        SPAN_ARG(t.account));
	return r < 0 ? r : carry(&t, mem, out);
}

static int operator(const struct ticket_operator_args *a, struct arena *mem,
                    struct ticket_carried *out)
{
	struct ticket t = { .account = a->account,
		            .rights = rights_of(a->protocol),
		            .protocol = a->protocol };

	if (a->account.n && !credentials_find(a->account))
		return err(ERR_NOT_FOUND, "there is no account %.*s", SPAN_ARG(a->account));
	if (!(t.rights & TICKET_OPERATOR))
		return err(ERR_SYNTAX, "no operator by protocol %u", a->protocol);
	return carry(&t, mem, out);
}

void tickets_serve(void)
{
	ticket_renew_serve(renew);
	ticket_operator_serve(operator);
	ticket_confirm_serve(confirm);
}

/* A store that is not there has confirmed nothing, and forgets when its link to us breaks. */
static WAITS void tell(void *arg)
{
	AUTO_ARENA mem = { 0 };
	struct ticket_recheck_args a = { .loads = n_loads };
	struct ticket_recheck_reply got;
	int r;

	fibre_deadline_set(clock_add(loop_now_at(), TELL_MS));
	do
		r = ticket_recheck(&a, &mem, &got);
	while (r == ERR_LIMIT && fibre_sleep(TELL_AGAIN_MS) == 0);
	if (r < 0 && r != ERR_UNAVAILABLE)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "the store was not told of changed accounts", err_str(r));
}

void tickets_recheck(void)
{
	n_loads++;
	int r = fibre_spawn("tickets", tell, NULL);
	if (r < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "the store was not told of changed accounts", err_str(r));
}
