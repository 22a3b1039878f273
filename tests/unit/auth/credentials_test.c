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
#include "rt/loop.h"
#include "test.h"

#define HASH /* of "open sesame" */                                                                \
	"$6$rounds=1000$saltsalt$/IiX/CoEcxCZ9SksEXnbjfCT1LGvD4z"                                  \
	"5OpJkaFYl/T37OAwuKZ8I8BixDhruhPLkw6lS7dw/6wQWgQnGo7lLg/"

static int n_added;

static int added(struct span account)
{
	n_added++;
	return account.n ? 0 : ERR_BUG;
}

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

static void load(void)
{
	AUTO_BUF file = BUF(4096);
	buf_puts(&file, "# accounts\r\n\nAlice@home.test:");
	CHECK_INT(credentials_hash(SPAN("open sesame"), &file), 0);
	buf_puts(&file, "\n  bob@home.test:$6$saltsalt$");
	buf_puts(&file, "XXXXXXXXXXXXXXXX\n");
	n_added = 0;
	CHECK_INT(credentials_load(buf_span(&file), added), 0);
	CHECK_INT(n_added, 2);
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

static void read_anew(void *arg)
{
	CHECK_INT(credentials_load(*(struct span *)arg, added), 0);
}

/* The file is read again while a password is being hashed. */
static void changed_meanwhile(void *arg)
{
	static struct span files[] = { SPAN("alice@home.test:$6$saltsalt$none\n"),
		                       SPAN("bob@home.test:$6$saltsalt$none\n"), SPAN("") };
	char account[64] = "";
	CHECK_INT(auth_check_open(), 0);
	EACH_ROW(files) {
		load();
		CHECK_INT(fibre_spawn("reader", read_anew, &files[row]), 0);
		CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), ERR_AUTH);
	}
	load();
	CHECK_INT(credentials_load(SPAN("carol@home.test:x\noops\n"), added), ERR_CONFIG);
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
	load(); /* as at SIGHUP: nothing is forgiven, nor are homes forgotten */
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
		CHECK_INT(credentials_load(SPAN("alice@home.test:" HASH "\n"), added), 0);
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

TEST(credentials_file_mistakes)
{
	static const struct span t[] = {
		SPAN("alice\n"),        SPAN(":hash\n"),  SPAN("alice@home.test:\n"),
		SPAN("a@b:x\nA@b:y\n"), SPAN("a@b::y\n"), SPAN("a@b:x:y\n")
	};
	EACH_ROW(t)
		CHECK_INT(credentials_load(exact(t[row]), added), ERR_CONFIG);
	credentials_close();
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
