/* What opens an account: the account's ticket, whole, in time, while the password stays. */
#include "ticket/gate.h"

#include <stdio.h>

#include "auth/tickets.h"
#include "fibre_harness.h"
#include "people.h"
#include "ticket/ticket.h"

static const char *hash; /* of alice; NULL: there is no such account */
static int n_confirmed;

static void set_hash(const char *h)
{
	struct directory_address address;
	struct directory_account alice = person(1, "alice@home.test", h ? h : "", &address);

	hash = h;
	people_are((struct directory_tell_args){ .accounts = &alice, .n_accounts = h != NULL });
}

static int confirm_counted(const struct ticket_confirm_args *a, struct arena *mem,
                           struct ticket_confirm_reply *out)
{
	n_confirmed++;
	out->holds = true;
	return 0;
}

static void begin(void)
{
	char key[TICKET_KEY_BYTES];

	memset(key, 'k', sizeof key);
	CHECK_INT(ticket_key_set(span_make(key, sizeof key)), 0);
	set_hash("$y$first");
	n_confirmed = 0;
	tickets_serve();
	gate_forget();
}

static struct span issue(struct arena *mem)
{
	struct ticket_carried got = { 0 };

	CHECK_INT(tickets_issue(SPAN("alice@home.test"), hash, TICKET_SMTP,
	                        tickets_rights(TICKET_SMTP, 0), mem, &got),
	          0);
	CHECK_INT(got.renew_at, loop_now_at() + TICKET_RENEW_MS);
	return got.octets;
}

static WAITS int submit(struct span octets)
{
	return gate_check(exact(octets), TICKET_SUBMIT, SPAN("alice@home.test"));
}

FIBRE_TEST(ticket_opens_what_it_says)
{
	AUTO_ARENA mem = { 0 };

	begin();
	ticket_confirm_serve(confirm_counted);
	struct span octets = issue(&mem);
	CHECK_INT(submit(octets), 0);
	CHECK_INT(submit(octets), 0);
	CHECK_INT(n_confirmed, 1); /* asked once */
	CHECK_INT(gate_check(octets, TICKET_MAILBOX, SPAN("alice@home.test")), ERR_TICKET);
	CHECK_INT(gate_check(octets, TICKET_OPERATOR, SPAN("")), ERR_TICKET);
	CHECK_INT(gate_check(octets, TICKET_SUBMIT, SPAN("bob@home.test")), ERR_TICKET);
	CHECK_INT(gate_check(octets, TICKET_SUBMIT, SPAN("")), ERR_TICKET);
	CHECK_INT(submit(SPAN("")), ERR_TICKET);
}

FIBRE_TEST(ticket_forged)
{
	AUTO_ARENA mem = { 0 };
	char other[TICKET_KEY_BYTES] = { 1 };

	begin();
	ticket_confirm_serve(confirm_counted);
	struct span octets = issue(&mem);
	for (size_t i = 0; i < octets.n; i++) {
		struct span bad = exact(octets);
		((char *)(uintptr_t)bad.p)[i] ^= 1;
		CHECK_INT(submit(bad), ERR_TICKET);
		CHECK_INT(submit(span_sub(octets, 0, i)), ERR_TICKET);
	}
	CHECK_INT(n_confirmed, 0);
	CHECK_INT(ticket_key_set(span_make(other, sizeof other)), 0);
	octets = issue(&mem);
	begin();
	CHECK_INT(submit(octets), ERR_TICKET);
	CHECK_INT(ticket_key_set(SPAN("short")), ERR_CONFIG);
}

/* A seal over other fields than those there: a proof is no seal, an account's end is no other's. */
FIBRE_TEST(ticket_fields_do_not_run_together)
{
	unsigned char a[TICKET_PROOF_BYTES], b[TICKET_PROOF_BYTES];

	begin();
	CHECK_INT(ticket_proof(SPAN("ab"), "c", a), 0);
	CHECK_INT(ticket_proof(SPAN("a"), "bc", b), 0);
	CHECK(memcmp(a, b, sizeof a) != 0);
}

FIBRE_TEST(ticket_past_its_time)
{
	AUTO_ARENA mem = { 0 };
	struct ticket t;

	begin();
	struct span octets = issue(&mem);
	int64_t until_at = loop_now_at() + TICKET_MS;
	CHECK_INT(ticket_open(octets, until_at - 1, &mem, &t), 0);
	CHECK_INT(ticket_open(octets, until_at, &mem, &t), ERR_TICKET);
}

FIBRE_TEST(ticket_ends_with_the_password)
{
	static const struct {
		const char *hash;
	} t[] = { { "$y$second" }, { NULL } };

	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct ticket_carried fresh;
		begin();
		struct span octets = issue(&mem);
		CHECK_INT(submit(octets), 0);
		set_hash(t[row].hash);
		gate_forget(); /* as accounts/ does behind an order */
		CHECK_INT(submit(octets), ERR_TICKET);
		CHECK_INT(ticket_renew(&(struct ticket_renew_args){ octets }, &mem, &fresh),
		          ERR_TICKET);
		if (hash)
			CHECK_INT(submit(issue(&mem)), 0);
		CHECK_INT(submit(octets), ERR_TICKET);
	}
}

FIBRE_TEST(ticket_is_renewed)
{
	AUTO_ARENA mem = { 0 };
	struct ticket_carried fresh;
	struct ticket t;

	begin();
	struct span octets = issue(&mem);
	CHECK_INT(ticket_open(octets, loop_now_at(), &mem, &t), 0);
	int64_t before_at = t.until_at;
	CHECK_INT(fibre_sleep(2), 0);
	CHECK_INT(ticket_renew(&(struct ticket_renew_args){ octets }, &mem, &fresh), 0);
	CHECK_INT(ticket_open(fresh.octets, loop_now_at(), &mem, &t), 0);
	CHECK(t.until_at > before_at);
	CHECK_INT(t.rights, TICKET_SUBMIT);
	CHECK_INT(submit(fresh.octets), 0);
	CHECK_INT(ticket_renew(&(struct ticket_renew_args){ SPAN("no") }, &mem, &fresh),
	          ERR_TICKET);
}

FIBRE_TEST(ticket_of_the_operator)
{
	AUTO_ARENA mem = { 0 };
	struct ticket_carried got;

	begin();
	CHECK_INT(ticket_operator(&(struct ticket_operator_args){ TICKET_SMTP }, &mem, &got),
	          ERR_SYNTAX);
	CHECK_INT(ticket_operator(&(struct ticket_operator_args){ TICKET_CONTROL }, &mem, &got), 0);
	CHECK_INT(gate_check(got.octets, TICKET_MAILBOX, SPAN("alice@home.test")), 0);
	CHECK_INT(gate_check(got.octets, TICKET_OPERATOR, SPAN("")), 0);
	CHECK_INT(submit(got.octets), ERR_TICKET);
	CHECK_INT(ticket_renew(&(struct ticket_renew_args){ got.octets }, &mem, &got), 0);
	CHECK_INT(gate_check(got.octets, TICKET_OPERATOR, SPAN("")), 0);
	CHECK_INT(tickets_issue(SPAN("alice@home.test"), hash, TICKET_CONTROL,
	                        tickets_rights(TICKET_CONTROL, 0), &mem, &got),
	          ERR_SYNTAX);
}

/* ---- a change while the question is under way ---- */

static WAITS int confirm_late(const struct ticket_confirm_args *a, struct arena *mem,
                              struct ticket_confirm_reply *out)
{
	out->holds = n_confirmed++ == 0; /* true of what was; false of what is */
	if (n_confirmed == 1)
		gate_forget();
	return 0;
}

FIBRE_TEST(ticket_confirmed_of_what_was_is_not_confirmed)
{
	AUTO_ARENA mem = { 0 };

	begin();
	struct span octets = issue(&mem);
	ticket_confirm_serve(confirm_late);
	CHECK_INT(submit(octets), ERR_TICKET);
	CHECK_INT(n_confirmed, 2);
}

static int confirm_not(const struct ticket_confirm_args *a, struct arena *mem,
                       struct ticket_confirm_reply *out)
{
	return err(ERR_UNAVAILABLE, "the auth role is down");
}

FIBRE_TEST(ticket_that_cannot_be_confirmed_opens_nothing)
{
	AUTO_ARENA mem = { 0 };

	begin();
	struct span octets = issue(&mem);
	ticket_confirm_serve(confirm_not);
	CHECK_INT(submit(octets), ERR_UNAVAILABLE);
}
