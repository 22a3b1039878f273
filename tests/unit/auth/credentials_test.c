/* Passwords: what is right, what is wrong, and that both cost a hash. */
#include "auth/credentials.h"

#include <stdio.h>

#include "auth/guesses.h"
#include "base/clock.h"
#include "rt/fibre.h"
#include "rt/loop.h"
#include "test.h"

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
	struct auth_check_args a = { exact(name), exact(password), span_str(client) };
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
	CHECK_INT(credentials_open(), 0);
	load();
	EACH_ROW(t) {
		char account[64] = "";
		CHECK_INT(check(t[row].name, t[row].password, account), t[row].result);
		CHECK_STR(account, t[row].result ? "" : "alice@home.test");
	}
	credentials_close();
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
	CHECK_INT(credentials_open(), 0);
	EACH_ROW(files) {
		load();
		CHECK_INT(fibre_spawn("reader", read_anew, &files[row]), 0);
		CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), ERR_AUTH);
	}
	load();
	CHECK_INT(credentials_load(SPAN("carol@home.test:x\noops\n"), added), ERR_CONFIG);
	CHECK_INT(check(SPAN("alice@home.test"), SPAN("open sesame"), account), 0);
	CHECK_STR(account, "alice@home.test");
	credentials_close();
}

TEST(credentials_changed_meanwhile)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", changed_meanwhile, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

static void during_an_attack(void *arg)
{
	static const struct {
		const char *client;
		struct span name, password;
		int result;
	} t[] = {
		{ "192.0.2.1", SPAN("alice@home.test"), SPAN("open sesame"), 0 },
		{ "192.0.2.1", SPAN("ALICE@home.test"), SPAN("open sesame"), 0 },
		{ "192.0.2.1", SPAN("alice@home.test"), SPAN("open sesamE"), ERR_AUTH },
		{ "192.0.2.2", SPAN("alice@home.test"), SPAN("open sesamE"), ERR_LIMIT },
		{ "192.0.2.2", SPAN("ALICE@home.test"), SPAN("open sesamE"), ERR_LIMIT },
		{ "192.0.2.2", SPAN("nobody@home.test"), SPAN("open sesamE"), ERR_LIMIT },
		{ "192.0.2.2", SPAN("bob@home.test"), SPAN("open sesamE"), ERR_AUTH },
		/* That it is known by now must not tell: nobody would have to wait for the next. */
		{ "192.0.2.2", SPAN("alice@home.test"), SPAN("open sesame"), ERR_LIMIT },
		{ "10.0.0.1", SPAN("bob@home.test"), SPAN("open sesamE"), ERR_LIMIT },
	};
	/* Ahead of the clock, so that the debts last however slow the test is. */
	int64_t attacked_at = clock_now_at() + 3600 * 1000;
	struct span alice = SPAN("alice@home.test"), nobody = SPAN("nobody@home.test");
	char account[64], client[32];
	struct guess g;

	CHECK_INT(credentials_open(), 0);
	load();
	CHECK_INT(check(alice, SPAN("open sesame"), account), 0);
	for (int i = 0; i < GUESSES_BURST; i++) {
		snprintf(client, sizeof client, "203.0.113.%d", i);
		CHECK_INT(guesses_begin(span_str(client), alice, attacked_at, &g), 0);
		CHECK_INT(guesses_begin(SPAN("10.0.0.1"), nobody, attacked_at, &g), 0);
	}
	load(); /* as at SIGHUP: nothing is forgiven, nor are homes forgotten */
	EACH_ROW(t)
		CHECK_INT(check_from(t[row].client, t[row].name, t[row].password, account),
		          t[row].result);
	credentials_close();
}

/* threats 3.23, through the check. */
TEST(credentials_during_an_attack)
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", during_an_attack, NULL), 0);
	CHECK_INT(loop_run(), 0);
	loop_fini();
}

TEST(credentials_file_mistakes)
{
	static const struct span t[] = { SPAN("alice\n"), SPAN(":hash\n"),
		                         SPAN("alice@home.test:\n"), SPAN("a@b:x\nA@b:y\n") };
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
