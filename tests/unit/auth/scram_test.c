/* Logins by SCRAM: salts, proofs, and what a wrong one costs. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "auth/check.h"
#include "auth/credentials.h"
#include "auth/guesses.h"
#include "auth/scram_keys.h"
#include "base/base64.h"
#include "people.h"
#include "rt/loop.h"
#include "test.h"
#include "ticket/ticket.h"

static const char secret[AUTH_SECRET_BYTES] = "thirty-two octets, one of them 0";
static const char ticket_key[TICKET_KEY_BYTES];

static void open_all(void)
{
	AUTO_BUF scram = BUF(4096);
	struct directory_address addresses[2];
	struct directory_account all[2];

	CHECK_INT(ticket_key_set(span_make(ticket_key, sizeof ticket_key)), 0);
	CHECK_INT(auth_check_open(), 0);
	CHECK_INT(auth_scram_open(span_make(secret, sizeof secret)), 0);
	CHECK_INT(credentials_scram(SPAN("pencil"), SPAN(""), &scram), 0);
	all[0] = person(1, "alice@home.test", "x", &addresses[0]);
	all[0].scram = buf_span(&scram);
	all[1] = person(2, "bob@home.test", "x", &addresses[1]);
	people_are((struct directory_tell_args){ .accounts = all, .n_accounts = N_ELEMS(all) });
}

static void run(void (*fn)(void *))
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", fn, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

/* The client's half. */
struct client {
	struct arena mem;
	struct auth_scram_begin_reply begun;
	struct buf message;
	uint8_t proof[SCRAM_HASH_BYTES], signature[SCRAM_HASH_BYTES];
};

static int begin(struct client *c, const char *name)
{
	*c = (struct client){ .message = BUF(1024) };
	struct auth_scram_begin_args a = { exact(span_str(name)), TICKET_IMAP };
	return auth_scram_begin_here(&a, &c->mem, &c->begun);
}

static void hmac(const uint8_t *key, struct span in, uint8_t *out)
{
	HMAC(EVP_sha256(), key, SCRAM_HASH_BYTES, (const uint8_t *)in.p, in.n, out, NULL);
}

/* RFC 5802 3. */
static void prove(struct client *c, const char *password)
{
	uint8_t salted[SCRAM_HASH_BYTES], key[SCRAM_HASH_BYTES], stored[SCRAM_HASH_BYTES];

	buf_puts(&c->message, "n=x,r=abc,r=abc");
	base64_encode(&c->message, c->begun.nonce);
	buf_puts(&c->message, ",s=,i=1,c=biws,r=abc");
	base64_encode(&c->message, c->begun.nonce);
	PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (const uint8_t *)c->begun.salt.p,
	                  (int)c->begun.salt.n, (int)c->begun.iterations, EVP_sha256(),
	                  SCRAM_HASH_BYTES, salted);
	hmac(salted, SPAN("Client Key"), key);
	EVP_Digest(key, sizeof key, stored, NULL, EVP_sha256(), NULL);
	hmac(stored, buf_span(&c->message), c->proof);
	for (size_t i = 0; i < sizeof key; i++)
		c->proof[i] ^= key[i];
	hmac(salted, SPAN("Server Key"), key);
	hmac(key, buf_span(&c->message), c->signature);
}

static int show(struct client *c, const char *name, uint8_t protocol,
                struct auth_scram_proof_reply *out)
{
	struct auth_scram_proof_args a = { exact(span_str(name)), exact(buf_span(&c->message)),
		                           exact(span_make(c->proof, sizeof c->proof)),
		                           SPAN("192.0.2.1"), protocol };
	return auth_scram_proof_here(&a, &c->mem, out);
}

static void end(struct client *c)
{
	buf_fini(&c->message);
	arena_fini(&c->mem);
}

static void right_and_wrong(UNUSED void *arg)
{
	static const struct {
		const char *name, *password;
		uint8_t protocol;
		int result;
	} t[] = {
		{ "alice@home.test", "pencil", TICKET_IMAP, 0 },
		{ "ALICE@home.test", "pencil", TICKET_IMAP, 0 },
		{ "alice@home.test", "pencil", TICKET_SMTP, ERR_UNAVAILABLE },
		{ "alice@home.test", "pencils", TICKET_IMAP, ERR_AUTH },
		{ "bob@home.test", "pencil", TICKET_IMAP, ERR_AUTH },
		{ "nobody@home.test", "pencil", TICKET_IMAP, ERR_AUTH },
	};

	open_all();
	EACH_ROW(t) {
		struct auth_scram_proof_reply ok = { 0 };
		struct client c;
		CHECK_INT(begin(&c, t[row].name), 0);
		prove(&c, t[row].password);
		CHECK_INT(show(&c, t[row].name, t[row].protocol, &ok), t[row].result);
		if (t[row].result == 0) {
			CHECK_SPAN(ok.account, SPAN("alice@home.test"));
			CHECK_SPAN(ok.signature, span_make(c.signature, sizeof c.signature));
			CHECK(ok.ticket.n && ok.renew_at);
		}
		/* Not twice, whatever came of it. */
		CHECK_INT(show(&c, t[row].name, TICKET_IMAP, &ok), ERR_UNAVAILABLE);
		end(&c);
	}
	auth_check_close();
}

TEST(scram_right_and_wrong)
{
	run(right_and_wrong);
}

/* Threats 3.22: an account without keys, and none at all, are told a salt that stays, also after a
 * restart, of the length that others have. */
static void decoys(UNUSED void *arg)
{
	static const char *const names[] = { "bob@home.test", "nobody@home.test",
		                             "alice@home.test" };

	EACH_ROW(names) {
		struct client a, b;
		open_all();
		CHECK_INT(begin(&a, names[row]), 0);
		auth_check_close();
		open_all();
		CHECK_INT(begin(&b, names[row]), 0);
		CHECK_INT(a.begun.salt.n, SCRAM_SALT_BYTES);
		CHECK_INT(a.begun.iterations, SCRAM_ITERATIONS);
		if (row < 2) /* alice's password is set anew by open_all */
			CHECK_SPAN(a.begun.salt, b.begun.salt);
		CHECK(!span_eq(a.begun.nonce, b.begun.nonce));
		end(&a);
		end(&b);
		auth_check_close();
	}
}

TEST(scram_decoys)
{
	run(decoys);
}

/* Threats 3.23: a wrong proof is a wrong password. */
static void debts(UNUSED void *arg)
{
	struct auth_scram_proof_reply ok;
	struct client c;
	int n_wrong = 0, r;
	char name[32];

	open_all();
	do { /* of accounts apart, for each is checked twice a second */
		snprintf(name, sizeof name, "u%d@home.test", n_wrong);
		CHECK_INT(begin(&c, name), 0);
		buf_puts(&c.message, "r=");
		base64_encode(&c.message, c.begun.nonce);
		r = show(&c, name, TICKET_IMAP, &ok);
		end(&c);
	} while (r == ERR_AUTH && ++n_wrong < 2 * GUESSES_BURST);
	CHECK_INT(r, ERR_LIMIT);
	CHECK_INT(n_wrong, GUESSES_BURST);
	CHECK_INT(begin(&c, "alice@home.test"), 0);
	prove(&c, "pencil");
	CHECK_INT(show(&c, "alice@home.test", TICKET_IMAP, &ok), ERR_LIMIT);
	end(&c);
	auth_check_close();
}

TEST(scram_debts)
{
	run(debts);
}

TEST(scram_secret_has_its_length)
{
	CHECK_INT(auth_scram_open(SPAN("")), ERR_CONFIG);
}
