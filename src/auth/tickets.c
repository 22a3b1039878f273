/* auth/tickets.c - a ticket says what a login opened; see ticket/README.md. */
#include "auth/tickets.h"

#include <openssl/crypto.h>

#include "directory/directory.h"
#include "rt/loop.h"
#include "ticket/ticket.h"

static unsigned of_key(unsigned key)
{
	return (key & DIRECTORY_KEY_SEND ? TICKET_SUBMIT : 0u) |
	       (key & DIRECTORY_KEY_READ ? TICKET_REPORT : 0u) |
	       (key & DIRECTORY_KEY_MANAGE ? TICKET_MANAGE : 0u);
}

uint8_t tickets_rights(enum ticket_protocol protocol, unsigned key)
{
	switch (protocol) {
	case TICKET_SMTP: return TICKET_SUBMIT;
	case TICKET_IMAP:
	case TICKET_POP3: return TICKET_MAILBOX;
	case TICKET_CONTROL: return TICKET_MAILBOX | TICKET_OPERATOR;
	case TICKET_HTTP: return (uint8_t)of_key(key);
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
		r = arena_copy(mem, t->account, &out->account);
	if (r >= 0)
		out->renew_at = loop_now_at() + TICKET_RENEW_MS;
	return r;
}

int tickets_issue(struct span account, const char *hash, enum ticket_protocol protocol,
                  uint8_t rights, struct arena *mem, struct ticket_carried *out)
{
	unsigned char proof[TICKET_PROOF_BYTES];
	struct ticket t = { .account = account,
		            .rights = rights,
		            .protocol = (uint8_t)protocol,
		            .proof = span_make(proof, sizeof proof) };

	if (!t.rights || (t.rights & TICKET_OPERATOR))
		return err(ERR_SYNTAX, "no login by protocol %d", (int)protocol);
	int r = ticket_proof(account, hash, proof);
	return r < 0 ? r : carry(&t, mem, out);
}

static int is_proof(const struct ticket_confirm_args *a, const char *hash, bool *out)
{
	unsigned char proof[TICKET_PROOF_BYTES];
	int r = ticket_proof(a->account, hash, proof);

	if (r >= 0)
		*out = *out || (a->proof.n == sizeof proof &&
		                CRYPTO_memcmp(proof, a->proof.p, sizeof proof) == 0);
	return r;
}

/* Of the account's password, or of one of its app passwords. */
static int holds(const struct ticket_confirm_args *a, bool *out)
{
	const struct directory_entry *e = directory_named(a->account);
	int r = 0;

	*out = false;
	if (!e || !e->enabled)
		return 0;
	r = is_proof(a, e->hash.p, out);
	for (size_t i = 0; r >= 0 && i < e->n_app_passwords; i++)
		r = is_proof(a, e->app_passwords[i].hash.p, out);
	return r;
}

static WAITS int confirm(const struct ticket_confirm_args *a, struct arena *mem,
                         struct ticket_confirm_reply *out)
{
	int r = directory_wait(); /* WAITS */

	return r < 0 ? r : holds(a, &out->holds);
}

static WAITS int open_ticket(struct span octets, struct arena *mem, struct ticket *out)
{
	bool good = true;
	int r = directory_wait(); /* WAITS */

	if (r >= 0)
		r = ticket_open(octets, loop_now_at(), mem, out);
	if (r >= 0 && !(out->rights & TICKET_OPERATOR))
		r = holds(&(struct ticket_confirm_args){ out->account, out->proof }, &good);
	return r >= 0 && !good ? err(ERR_TICKET, "%.*s is closed, or has another password now",
	                             SPAN_ARG(out->account))
	                       : r;
}

WAITS int tickets_check(struct span octets, unsigned right, struct arena *mem, struct ticket *out)
{
	int r = open_ticket(octets, mem, out); /* WAITS */

	return r >= 0 && !(out->rights & right) ? err(ERR_TICKET, "the ticket does not permit this")
	                                        : r;
}

static WAITS int renew(const struct ticket_renew_args *a, struct arena *mem,
                       struct ticket_carried *out)
{
	struct ticket t;
	int r = open_ticket(a->octets, mem, &t); /* WAITS */

	return r < 0 ? r : carry(&t, mem, out);
}

static WAITS int operator(const struct ticket_operator_args *a, struct arena *mem,
                          struct ticket_carried *out)
{
	struct ticket t = { .rights = tickets_rights(a->protocol, 0), .protocol = a->protocol };
	const struct directory_entry *e = NULL;
	int r = directory_wait(); /* WAITS */

	if (r < 0)
		return r;
	if (a->account.n && !(e = directory_find(a->account)))
		return err(ERR_NOT_FOUND,
		           "there is no account %.*s; postrider account list shows those there are",
		           SPAN_ARG(a->account));
	if (!(t.rights & TICKET_OPERATOR))
		return err(ERR_SYNTAX, "no operator by protocol %u", a->protocol);
	if (e)
		t.account = e->name;
	return carry(&t, mem, out);
}

void tickets_serve(void)
{
	ticket_renew_serve(renew);
	ticket_operator_serve(operator);
	ticket_confirm_serve(confirm);
}
