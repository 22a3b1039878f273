/* ticket/gate.c - what the auth role has confirmed, for as long as nothing can have changed. */
#include "ticket/gate.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/map.h"
#include "rt/loop.h"
#include "ticket/ticket.h"

enum { CONFIRMED_MAX = 10000 }; /* accounts; past it all are asked for again */

struct confirmed {
	unsigned char proof[TICKET_PROOF_BYTES];
};

static struct {
	struct arena mem;
	struct map by_account;
	uint64_t n_forgotten; /* times */
} gate;

void gate_forget(void)
{
	map_fini(&gate.by_account);
	arena_fini(&gate.mem);
	gate.by_account = (struct map){ 0 };
	gate.mem = (struct arena){ 0 };
	gate.n_forgotten++;
}

/* No memory: it is asked for again next time. */
static void keep(const struct ticket *t)
{
	if (gate.by_account.n >= CONFIRMED_MAX)
		gate_forget();
	struct confirmed *c = arena_new(&gate.mem, struct confirmed);
	struct span account;
	if (!c || arena_copy(&gate.mem, t->account, &account) < 0)
		return;
	memcpy(c->proof, t->proof.p, sizeof c->proof);
	(void)!map_put(&gate.by_account, account, c, NULL);
}

static bool is_confirmed(const struct ticket *t)
{
	const struct confirmed *c = map_get(&gate.by_account, t->account);

	return c && CRYPTO_memcmp(c->proof, t->proof.p, sizeof c->proof) == 0;
}

static WAITS int confirm(const struct ticket *t, struct arena *mem)
{
	struct ticket_confirm_args a = { .account = t->account, .proof = t->proof };
	struct ticket_confirm_reply got;

	if (t->proof.n != TICKET_PROOF_BYTES)
		return err(ERR_TICKET, "a ticket without proof");
	while (!is_confirmed(t)) {
		uint64_t before = gate.n_forgotten;
		int r = ticket_confirm(&a, mem, &got); /* WAITS */
		if (r < 0)
			return r;
		if (before != gate.n_forgotten)
			continue; /* the answer may be older than the change */
		if (!got.holds)
			return err(ERR_TICKET, "%.*s is closed, or has another password now",
			           SPAN_ARG(t->account));
		keep(t);
		return 0;
	}
	return 0;
}

static int open_for(struct span octets, enum ticket_right right, struct arena *mem,
                    struct ticket *out)
{
	int r = ticket_open(octets, loop_now_at(), mem, out);

	if (r >= 0 && !(out->rights & right))
		return err(ERR_TICKET, "a ticket for something else");
	return r;
}

WAITS int gate_check(struct span octets, enum ticket_right right, struct span account)
{
	AUTO_ARENA mem = { 0 };
	struct ticket t;
	int r = open_for(octets, right, &mem, &t);

	if (r < 0)
		return r;
	if (t.rights & TICKET_OPERATOR && (!t.account.n || span_eq(t.account, account)))
		return 0;
	if (!span_eq(t.account, account))
		return err(ERR_TICKET, "a ticket for another account");
	return confirm(&t, &mem);
}

WAITS int gate_account(struct span octets, enum ticket_right right, struct arena *mem,
                       struct span *account)
{
	struct ticket t;
	int r = open_for(octets, right, mem, &t);

	if (r >= 0 && !t.account.n)
		return err(ERR_TICKET, "a ticket for no account");
	if (r >= 0 && !(t.rights & TICKET_OPERATOR))
		r = confirm(&t, mem);
	if (r >= 0)
		*account = t.account;
	return r;
}
