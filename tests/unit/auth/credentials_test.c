/* Passwords: what is right, what is wrong, and that both cost a hash. */
#include "auth/credentials.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth/check.h"
#include "auth/guesses.h"
#include "auth/homes.h"
#include "auth/network.h"
#include "base/clock.h"
#include "base/map.h"
#include "rt/fibre.h"
#include "people.h"
#include "rt/loop.h"
#include "test.h"

#define HASH /* of "open sesame" */                                                                \
	"$6$rounds=1000$saltsalt$/IiX/CoEcxCZ9SksEXnbjfCT1LGvD4z"                                  \
	"5OpJkaFYl/T37OAwuKZ8I8BixDhruhPLkw6lS7dw/6wQWgQnGo7lLg/"

static int check_from(const char *client, struct span name, struct span password, char account[64])
{
	AUTO_ARENA mem = { 0 };
	struct auth_check_reply ok = { 0 };
	struct auth_check_args a = { exact(name), exact(password), span_str(client), TICKET_SMTP };
	int r = auth_check_here(&a, &mem, &ok);
	if (r >= 0) {
		memcpy(account, ok.account.p, ok.account.n);
		account[ok.account.n] = 0;
	}
	return r;
}

static int check(struct span name, struct span password, char account[64])
{
	return check_from("192.0.2.1", name, password, account);
}

static void know(const char *alice, const char *bob)
{
	struct directory_address addresses[2];
	struct directory_account all[] = { person(1, "alice@home.test", alice, &addresses[0]),
		                           person(2, "bob@home.test", bob, &addresses[1]) };

	people_are((struct directory_tell_args){ .accounts = all, .n_accounts = N_ELEMS(all) });
}

static void load(void)
{
	AUTO_BUF hash = BUF(4096);

	CHECK_INT(credentials_hash(SPAN("open sesame"), &hash), 0);
	know(buf_str(&hash), "$6$saltsalt$XXXXXXXXXXXXXXXX");
}

static void right_and_wrong(void *arg)
{
	static const struct {
		struct span name, password;
		int result;
	} t[] = {
		{ SPAN("alice@home.test"), SPAN("open sesame"), 0 },
		{ SPAN("ALICE@home.test"), SPAN("open sesame"), 0 }, /* known by now */
		{ SPAN("alice@home.test"), SPAN("open sesamE"), ERR_AUTH },
		{ SPAN("alice@home.test"), SPAN("open sesame\0x"), ERR_AUTH },
		{ SPAN("alice@home.test"), SPAN(""), ERR_AUTH },
		{ SPAN("bob@home.test"), SPAN("open sesame"), ERR_AUTH },
		{ SPAN("nobody@home.test"), SPAN("open sesame"), ERR_AUTH },
		{ SPAN(""), SPAN("open sesame"), ERR_AUTH },
	};
	CHECK_INT(auth_check_open(), 0);
	load();
	EACH_ROW(t) {
		char account[64] = "";
		CHECK_INT(check(t[row].name, t[row].password, account), t[row].result);
		CHECK_STR(account, t[row].result ? "" : "alice@home.test");
	}
	auth_check_close();
}

TEST(credentials_right_and_wrong)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", right_and_wrong, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

enum change { ANOTHER_PASSWORD, DISABLED, REMOVED, CHANGES };

static void change(void *arg)
{
	const enum change *what = arg;
	struct directory_address address;
	struct directory_account alice = person(1, "alice@home.test", "$6$saltsalt$none", &address);

	if (*what == DISABLED) {
		alice = person(1, "alice@home.test", HASH, &address);
		alice.enabled = false;
	}
	alice.gone = *what == REMOVED;
	people_told((struct directory_tell_args){ .accounts = &alice, .n_accounts = 1 },
	            DIRECTORY_CHANGE);
}

/* What is told while a password is being hashed counts. */
static void changed_meanwhile(UNUSED void *arg)
{
	char account[64] = "";
	CHECK_INT(auth_check_open(), 0);
	for (enum change what = 0; what < CHANGES; what++) {
		know(HASH, "$6$saltsalt$none");
		CHECK_INT(fibre_spawn("change", change, &what), 0);
		CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), ERR_AUTH);
		CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), ERR_AUTH);
	}
	know(HASH, "$6$saltsalt$none");
	CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), 0);
	CHECK_STR(account, "alice@home.test");
	auth_check_close();
}

TEST(credentials_changed_meanwhile)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", changed_meanwhile, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

static void change_when_right(UNUSED void *arg)
{
	while (!directory_find(SPAN("alice@home.test"))->known_until_at)
		CHECK_INT(fibre_yield(), 0);
	know("$6$saltsalt$none", HASH);
}

/* The password was right, and is another one before the ticket is made: where the account is at
 * home is written first. */
static void changed_when_right(UNUSED void *arg)
{
	int file = memfd_create("homes", 0);
	char account[64] = "";

	CHECK_INT(homes_open(file), 0);
	CHECK_INT(auth_check_open(), 0);
	know(HASH, "$6$saltsalt$none");
	CHECK_INT(fibre_spawn("change", change_when_right, NULL), 0);
	CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), ERR_AUTH);
	auth_check_close();
	close(file);
}

TEST(credentials_changed_when_right)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", changed_when_right, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

/* The debts of guesses that were compared: the right password is not tried beyond them, known or
 * not, and those of one network are not another's. */
static void wrong_guesses(UNUSED void *arg)
{
	static const struct {
		const char *client;
		struct span name, password;
		int result;
	} t[] = {
		{ "192.0.2.1", SPAN("alice@home.test"), SPAN("open sesame"), 0 },
		{ "198.51.100.1", SPAN("alice@home.test"), SPAN("open sesame"), ERR_LIMIT },
		{ "198.51.100.2", SPAN("nobody@home.test"), SPAN("open sesame"), ERR_LIMIT },
		{ "203.0.113.1", SPAN("alice@home.test"), SPAN("open sesame"), 0 },
		/* At home one answers for oneself only. */
		{ "203.0.113.2", SPAN("bob@home.test"), SPAN("open sesamE"), ERR_AUTH },
	};
	/* Ahead of the clock, so that the debt lasts however slow the test is. */
	int64_t at = clock_now_at() + 3600 * 1000;
	unsigned char network[NETWORK_BYTES];
	char account[64];

	CHECK_INT(auth_check_open(), 0);
	load();
	CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), 0);
	network_of(SPAN("198.51.100.77"), network);
	for (int i = 0; i < GUESSES_BURST; i++)
		guesses_wrong(map_hash(span_make(network, sizeof network)), at);
	load(); /* told anew: nothing is forgiven, nor are homes forgotten */
	EACH_ROW(t)
		CHECK_INT(check_from(t[row].client, t[row].name, t[row].password, account),
		          t[row].result);
	auth_check_close();
}

TEST(credentials_wrong_guesses)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", wrong_guesses, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

/* What the parent hands down: where alice was logged in is known after a restart. */
static void homes_after_a_restart(UNUSED void *arg)
{
	int64_t at = clock_now_at() + 3600 * 1000;
	int file = memfd_create("homes", 0);
	unsigned char network[NETWORK_BYTES];
	char account[64];

	network_of(SPAN("192.0.2.1"), network);
	for (int restart = 0; restart < 2; restart++) {
		CHECK_INT(homes_open(file), 0);
		CHECK_INT(auth_check_open(), 0);
		know(HASH, "$6$saltsalt$none");
		for (int i = 0; restart && i < GUESSES_BURST; i++)
			guesses_wrong(map_hash(span_make(network, sizeof network)), at);
		CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), 0);
		if (restart)
			CHECK_INT(check(SPAN("bob@home.test"), SPAN("x"), account), ERR_LIMIT);
		auth_check_close();
	}
	close(file);
}

TEST(credentials_homes_after_a_restart)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", homes_after_a_restart, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

static struct {
	struct nursery all;
	int right;
} forty;

static void one_of_forty(UNUSED void *arg)
{
	char account[64];

	forty.right += check_from("2001:db8::1", SPAN("alice@home.test"), SPAN("open sesame"),
	                          account) == 0;
}

/* As after a restart that forgot everything: attempts under way are no failures. */
static void forty_at_once(UNUSED void *arg)
{
	CHECK_INT(auth_check_open(), 0);
	load();
	forty.right = 0;
	nursery_init(&forty.all);
	for (int i = 0; i < 40; i++)
		CHECK_INT(nursery_spawn(&forty.all, "login", one_of_forty, NULL), 0);
	CHECK_INT(nursery_wait(&forty.all), 0);
	CHECK_INT(forty.right, 40);
	auth_check_close();
}

TEST(credentials_forty_at_once)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", forty_at_once, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

TEST(credentials_hash_refuses)
{
	static char longest[512];
	AUTO_BUF out = BUF(1024);
	memset(longest, 'a', sizeof longest);
	CHECK_INT(credentials_hash(SPAN(""), &out), ERR_SYNTAX);
	CHECK_INT(credentials_hash(SPAN("a\0b"), &out), ERR_SYNTAX);
	CHECK_INT(credentials_hash(span_make(longest, sizeof longest), &out), ERR_SYNTAX);
	CHECK_INT(credentials_hash(span_make(longest, sizeof longest - 1), &out), 0);
}
