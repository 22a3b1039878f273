/* auth/check.c - checks passwords in the offload pool, each when its turn comes, at even cost.
 *
 * Turns, debts and homes are the same for a proof by SCRAM (scram.c).
 *
 * A wrong account costs the same turn and the same hash as a wrong password (threats 3.22: no user
 * enumeration by time).  A password that was right stays known for a few minutes as a keyed digest,
 * so that a client which logs in for each message does not cost tens of ms each time: at home it is
 * let in at once, among strangers when its turn has come, else that would answer guesses beyond the
 * limit.
 */
#include "auth/check_impl.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "auth/app_password.h"
#include "auth/credentials.h"
#include "auth/guesses.h"
#include "auth/homes.h"
#include "auth/tickets.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/map.h"
#include "base/os.h"
#include "directory/directory.h"
#include "rt/loop.h"

enum { KNOWN_MS = 5 * 60 * 1000, DAY_MS = 24 * 3600 * 1000 };

static struct {
	unsigned char key[DIRECTORY_KNOWN_BYTES];
	struct turns turns;
	struct loop_timer timer; /* the next turn of strangers */
} checks;

/* One password, while it is being checked. */
struct password_check {
	struct check c;
	struct span password;
	unsigned char digest[DIRECTORY_KNOWN_BYTES];
};

WAITS int auth_check_open(void)
{
	turns_init(&checks.turns);
	os_random(checks.key, sizeof checks.key);
	return credentials_open();
}

void auth_check_close(void)
{
	loop_timer_stop(&checks.timer);
	auth_scram_close();
	guesses_close();
	homes_close();
	credentials_close();
}

/* Whose wrong passwords these are counted as. */
static uint64_t debtor(const struct turn *t)
{
	const uint64_t pair[] = { t->account, t->item.network };

	return t->at_home ? map_hash(span_make(pair, sizeof pair)) : t->item.network;
}

static const char *hash_of(struct span name)
{
	const struct directory_entry *e = directory_named(name);

	return e ? e->hash.p : credentials_decoy();
}

static int64_t today(void)
{
	return clock_wall_time_ms() / DAY_MS;
}

/* A home with too many wrong passwords is a strange place for the time being. */
int check_place(struct check *c, struct span client)
{
	struct home home;
	int r;

	network_of(client, c->network);
	r = homes_find(span_str(hash_of(c->name)), c->network, &home);
	if (r < 0)
		return r;
	c->turn.item.network = map_hash(span_make(c->network, sizeof c->network));
	c->turn.account = map_hash(c->name);
	c->turn.who = fibre_self();
	c->turn.at_home = homes_has(&home, today());
	if (c->turn.at_home && guesses_exhausted(debtor(&c->turn), loop_now_at()))
		c->turn.at_home = false;
	return 0;
}

static int check_debt(const struct check *c)
{
	return guesses_exhausted(debtor(&c->turn), loop_now_at())
	               ? err(ERR_LIMIT, "Too many wrong passwords from your network; wait a "
	                                "minute, then try again")
	               : 0;
}

static int too_many(void)
{
	return err(ERR_LIMIT, "Too many others are trying passwords of this account; try again in "
	                      "a minute, or from where you logged in lately");
}

/* Wakes those whose turn has come, and sees to it that the next are woken. */
static void turn_over(UNUSED void *arg)
{
	struct turn *next;

	while ((next = turns_next(&checks.turns, loop_now_at())))
		fibre_wake(next->who, 0);
	loop_timer_start(&checks.timer, turns_next_at(&checks.turns), turn_over, NULL);
}

static WAITS int wait_turn(struct check *c)
{
	struct turn *t = &c->turn;
	int r = 0;

	FIBRE_TIMEOUT(TURNS_WAIT_MS);
	turns_ask(&checks.turns, t, loop_now_at());
	turn_over(NULL);
	while (r >= 0 && t->state == TURN_WAITS)
		r = fibre_wait("a turn to check a password");
	if (t->state == TURN_CHECKS)
		return t->at_home ? 0 : check_debt(c);
	return r == ERR_CANCELLED ? r : too_many();
}

static void end_turn(struct check *c)
{
	turns_end(&checks.turns, &c->turn);
	turn_over(NULL);
}

static bool is_known(const struct password_check *p)
{
	const struct directory_entry *a = directory_named(p->c.name);

	return a && a->enabled && p->c.protocol != TICKET_HTTP &&
	       loop_now_at() < a->known_until_at &&
	       CRYPTO_memcmp(p->digest, a->known, sizeof a->known) == 0;
}

/* One password against one hash, on a pool thread. */
struct trial {
	char password[CREDENTIALS_PASSWORD_MAX + 1];
	const char *hash;
};

static int trial_run(void *arg)
{
	struct trial *t = arg;
	struct crypt_data *data = calloc(1, sizeof *data);

	if (!data)
		return ERR_NO_MEMORY;
	const char *got = crypt_rn(t->password, t->hash, data, sizeof *data);
	size_t n = strlen(t->hash);
	bool same = got && strlen(got) == n && CRYPTO_memcmp(got, t->hash, n) == 0;
	OPENSSL_cleanse(data, sizeof *data);
	free(data);
	return same ? 0 : ERR_AUTH;
}

static WAITS int try_password(const char *hash, struct span password)
{
	struct trial *t = calloc(1, sizeof *t);
	if (!t)
		return ERR_NO_MEMORY;
	memcpy(t->password, password.p, password.n);
	t->hash = hash;
	int r = offload(trial_run, t, "password hash");
	OPENSSL_cleanse(t, sizeof *t);
	free(t);
	return r;
}

int check_wrong(void)
{
	return err(ERR_AUTH, "wrong name or password");
}

int check_begin(struct check *c, struct arena *mem)
{
	c->hash = arena_str(mem, span_str(hash_of(c->name)));
	return c->hash ? 0 : ERR_NO_MEMORY;
}

static WAITS int compare(struct check *c, struct arena *mem)
{
	struct password_check *p = CONTAINER(c, struct password_check, c);
	const struct directory_entry *e = directory_named(c->name);
	const struct directory_app_password *app =
	        e && e->enabled ? app_password_find(e, p->password, c->protocol) : NULL;

	if (app) {
		c->hash = arena_str(mem, app->hash);
		return c->hash ? 0 : ERR_NO_MEMORY;
	}
	if (c->protocol == TICKET_HTTP) /* a program has a key, and no password */
		return check_wrong();
	int r = check_begin(c, mem);
	if (r < 0 || is_known(p)) /* meanwhile */
		return r;
	r = try_password(c->hash, p->password);
	/* Meanwhile the account may have changed. */
	struct directory_entry *a = directory_named(c->name);
	if (r < 0 || !a || !a->enabled || !span_eq(a->hash, span_str(c->hash)))
		return r < 0 && r != ERR_AUTH ? r : check_wrong();
	memcpy(a->known, p->digest, sizeof a->known);
	a->known_until_at = clock_add(loop_now_at(), KNOWN_MS);
	return 0;
}

static int write_run(void *arg)
{
	return homes_write(arg);
}

/* The account is at home here from now on; that it may be forgotten at a restart is no reason to
 * refuse. */
static WAITS void welcome(struct check *c)
{
	struct home home;
	struct home_write due;

	if (homes_find(span_str(hash_of(c->name)), c->network, &home) < 0 ||
	    !homes_put(&home, today(), &due))
		return;
	if (offload(write_run, &due, "homes") < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "where an account was logged in is not kept over a restart",
		          err_str(ERR_IO));
}

/* Only what was compared is a guess. */
WAITS int check_take_turn(struct check *c, struct arena *mem)
{
	int r = c->turn.at_home ? 0 : check_debt(c);

	if (r < 0)
		return r;
	r = wait_turn(c);
	if (r >= 0) {
		r = c->compare(c, mem);
		if (r == ERR_AUTH)
			guesses_wrong(debtor(&c->turn), loop_now_at());
		else if (r >= 0)
			turns_welcome(&checks.turns, c->turn.account, c->turn.item.network);
	}
	end_turn(c);
	return r;
}

WAITS int check_welcome(struct check *c, struct arena *mem, struct auth_check_reply *out)
{
	struct ticket_carried ticket = { 0 };

	welcome(c);
	const struct directory_entry *found = directory_named(c->name);
	if (!found || !found->enabled || !app_password_in_force(found, span_str(c->hash)))
		return check_wrong();
	const struct directory_app_password *key = app_password_of_hash(found, span_str(c->hash));
	int r = arena_copy(mem, found->name, &out->account);
	if (r >= 0 && key)
		r = arena_copy(mem, key->senders, &out->senders);
	out->rights = tickets_rights(c->protocol, key ? key->protocols : 0);
	if (r >= 0)
		r = tickets_issue(out->account, c->hash, c->protocol, out->rights, mem, &ticket);
	out->ticket = ticket.octets;
	out->renew_at = ticket.renew_at;
	return r;
}

WAITS int auth_check_here(const struct auth_check_args *a, struct arena *mem,
                          struct auth_check_reply *out)
{
	struct password_check p = { .c = { .protocol = a->protocol, .compare = compare },
		                    .password = a->password };
	unsigned n = 0;

	if (!a->password.n || a->password.n > CREDENTIALS_PASSWORD_MAX ||
	    memchr(a->password.p, 0, a->password.n))
		return check_wrong();
	if (!HMAC(EVP_sha256(), checks.key, sizeof checks.key, (const unsigned char *)a->password.p,
	          a->password.n, p.digest, &n))
		return err(ERR_BUG, "HMAC failed");
	int r = directory_login(a->name, mem, &p.c.name); /* WAITS */
	if (r >= 0)
		r = check_place(&p.c, a->client);
	if (r >= 0)
		r = p.c.turn.at_home && is_known(&p) ? check_begin(&p.c, mem)
		                                     : check_take_turn(&p.c, mem);
	return r < 0 ? r : check_welcome(&p.c, mem, out);
}

void auth_serve(void)
{
	auth_check_serve(auth_check_here);
	auth_scram_begin_serve(auth_scram_begin_here);
	auth_scram_proof_serve(auth_scram_proof_here);
	directory_own_serve(directory_own_here);
}
