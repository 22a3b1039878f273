/* courier_attempt_here over more than one message: connections kept and lost, large
 * messages, shutdown.  RFC 5321 3.3, 4.1.1.10, 5.1; RFC 9422. */
#include "attempt.h"

#include <unistd.h>

#include "courier/courier.h"
#include "courier/state.h"
#include "test_time.h"

/* A listener whose queue is full: connections to it neither come about nor fail. */
static int open_black_hole(const char *address, int full[2])
{
	struct address at;
	int fd = listen_on(address, 0);

	CHECK_INT(address_parse(span_str(address), servers_port, &at), 0);
	for (int i = 0; i < 2; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(full[i], &at.sa, at.len);
	}
	return fd;
}

/* Its silence costs delivery.connect_time once: then it is tried last for a while. */
static void check_black_hole(void)
{
	AUTO_ARENA mem = { 0 };
	struct courier_outcome *o;
	int full[2], fd;

	set_up(NULL, HELLO UP_TO_DOT "> 250 ok\nrest", 5000);
	fd = open_black_hole("127.0.0.2", full);
	set.delivery_connect_time = 600;
	courier.rules.transactions_max = 1;
	o = deliver(&mem, "d", 1, MESSAGE);
	CHECK(o->delivered);
	CHECK_SPAN(o->remote_host, SPAN("m2"));
	CHECK_INT(o->elapsed_ms, 600);
	o = deliver(&mem, "d", 1, MESSAGE);
	CHECK(o->delivered);
	CHECK_INT(o->elapsed_ms, 0);
	CHECK_INT(two.n_connections, 2);
	o = deliver(&mem, "single", 1, MESSAGE); /* no other: it is tried */
	CHECK(!o->delivered && o->temporary);
	CHECK_INT(o->elapsed_ms, 600);
	CHECK_INT(o->class, SMTP_CLASS_CONNECT_FAILED);
	CHECK_INT(o->stage, SMTP_STAGE_CONNECT);
	close(full[0]);
	close(full[1]);
	close(fd);
	tear_down();
}

TEST(an_unreachable_address_is_tried_last)
{
	test_time_begin();
	test_time_calm(TEST_CALM_TCP);
	in_fibre(check_black_hole);
	test_time_end();
}

/* ---- connections ---- */

#define MANY HELLO "mark\n" UP_TO_DOT "> 250 ok\nagain"

static unsigned count(struct span all, struct span word)
{
	unsigned n = 0;
	ptrdiff_t at;

	while ((at = span_find_span(all, word)) >= 0) {
		n++;
		all = span_sub(all, (size_t)at + word.n, all.n);
	}
	return n;
}

static void check_reuse(void)
{
	set_up(MANY, NULL, 5000);
	for (int i = 0; i < 50; i++) {
		AUTO_ARENA mem = { 0 };

		CHECK(deliver(&mem, "d", 1, MESSAGE)->delivered);
	}
	CHECK_INT(one.n_messages, 50);
	CHECK_INT(one.n_connections, 1);
	CHECK_INT(count(buf_span(&one.heard), SPAN("EHLO")), 1);
	one.n_wrong = 0;
	courier_close();
	/* RFC 5321 4.1.1.10: QUIT before closing (the script expects MAIL). */
	CHECK(span_ends_nocase(buf_span(&one.heard), SPAN("QUIT\n")));
	CHECK_INT(courier_open(&set, NULL), 0);
	WAIT_FOR(!one.n_open);
	one.n_wrong = 0;
	tear_down();
}

TEST(fifty_messages_on_one_connection)
{
	in_fibre(check_reuse);
}

#define THREE                                                                                      \
	UP_TO_DOT "> 250 ok\n" UP_TO_DOT "> 250 ok\n" UP_TO_DOT "> 250 ok\n< QUIT\n> 221 bye\n"

static void check_messages_per_connection(void)
{
	static const char limits[] =
	        "> 220 mx\n< EHLO\n> 250-mx|250-PIPELINING|250 LIMITS MAILMAX=3\n" THREE;

	for (int told = 0; told < 2; told++) { /* by our setting; by RFC 9422's LIMITS */
		set_up(told ? limits : HELLO THREE, NULL, 5000);
		if (!told)
			courier.rules.transactions_max = 3;
		for (int i = 0; i < 9; i++) {
			AUTO_ARENA mem = { 0 };

			CHECK(deliver(&mem, "d", 1, MESSAGE)->delivered);
		}
		CHECK_INT(one.n_messages, 9);
		CHECK_INT(one.n_connections, 3);
		tear_down();
		CHECK_INT(one.n_wrong, 0);
	}
}

TEST(messages_per_connection)
{
	in_fibre(check_messages_per_connection);
}

#define ENOUGH(mail, rcpt)                                                                         \
	"< MAIL\n> " mail "\n< RCPT\n> " rcpt "\n< DATA\n> 503 x\n< QUIT\n> 221 bye\n"

/* A server that takes three messages a session, and says so in its way: nobody is put off, and the
 * session is not kept. */
static void check_spent(void)
{
	static const struct {
		const char *enough;
	} t[] = {
		{ ENOUGH("451 4.3.0 enough", "503 x") },
		{ ENOUGH("452 4.3.1 enough", "503 x") },
		{ ENOUGH("250 ok", "503 x") },
	};
	EACH_ROW(t) {
		AUTO_ARENA all = { 0 };
		unsigned n_delivered = 0;

		set_up(arena_printf(&all, "%s%s%s%s%s", HELLO, UP_TO_DOT "> 250 ok\n",
		                    UP_TO_DOT "> 250 ok\n", UP_TO_DOT "> 250 ok\n", t[row].enough),
		       NULL, 5000);
		for (int i = 0; i < 60; i++) {
			AUTO_ARENA mem = { 0 };

			n_delivered += deliver(&mem, "single", 1, MESSAGE)->delivered;
		}
		CHECK_INT(n_delivered, 60);
		CHECK_INT(one.n_messages, 60);
		CHECK_INT(one.n_connections, 20);
		courier_close(); /* the last one says QUIT where the script expects MAIL */
		CHECK_INT(courier_open(&set, NULL), 0);
		WAIT_FOR(!one.n_open);
		one.n_wrong = 0;
		tear_down();
	}
}

TEST(a_spent_connection_costs_nobody_anything)
{
	in_fibre(check_spent);
}

/* A server without RSET: the second message does not suffer for the first, which nobody got. */
static void check_no_rset(void)
{
	AUTO_ARENA mem = { 0 };

	set_up(HELLO "< MAIL\n> 250 ok\n< RCPT\n> 550 5.1.1 who\n< DATA\n> 503 x\n"
	             "< RSET\n> 502 no\nhang",
	       NULL, 5000);
	one.scripts[1] = HELLO UP_TO_DOT "> 250 ok\nrest";
	CHECK_INT(deliver(&mem, "single", 1, MESSAGE)->code, 550);
	CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
	CHECK_INT(one.n_connections, 2);
	tear_down();
}

TEST(a_server_without_rset)
{
	in_fibre(check_no_rset);
}

/* A kept connection that turns out dead is replaced unseen (before anything was accepted). */
static void check_dead(void)
{
	static const struct {
		const char *tail; /* after the first message */
		bool wait;        /* until the server has closed */
	} t[] = {
		{ "", true },
		{ "> 421 idle for too long\n", true },
		{ "< MAIL\n", false },
		{ "< MAIL\n> 421 closing\n", false },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		char *script =
		        arena_printf(&mem, "%s%s", HELLO UP_TO_DOT "> 250 ok\n", t[row].tail);

		set_up(script, NULL, 5000);
		one.scripts[1] = HELLO UP_TO_DOT "> 250 ok\nrest";
		CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
		if (t[row].wait)
			WAIT_FOR(!one.n_open);
		CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
		CHECK_INT(one.n_connections, 2);
		CHECK_INT(one.n_messages, 2);
		tear_down();
	}
}

TEST(dead_kept_connections_are_replaced)
{
	in_fibre(check_dead);
}

/* But once a recipient was accepted, nothing is repeated within the attempt. */
static void check_dies_later(void)
{
	AUTO_ARENA mem = { 0 };
	struct courier_outcome *o;

	set_up(HELLO UP_TO_DOT "> 250 ok\n" UP_TO_DOT, NULL, 5000);
	one.scripts[1] = HELLO UP_TO_DOT "> 250 ok\nrest";
	CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
	o = deliver(&mem, "single", 1, MESSAGE);
	CHECK(!o->delivered && o->temporary);
	CHECK_INT(o->class, SMTP_CLASS_MAY_HAVE_ARRIVED);
	CHECK_INT(one.n_connections, 1);
	tear_down();
}

TEST(a_message_is_not_sent_twice)
{
	in_fibre(check_dies_later);
}

static void check_idle_time(void)
{
	AUTO_ARENA mem = { 0 };

	set_up(HELLO UP_TO_DOT "> 250 ok\n< QUIT\n> 221 bye\n", NULL, 5000);
	courier_close();
	set.delivery_idle_time = 30;
	CHECK_INT(courier_open(&set, NULL), 0);
	CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
	CHECK_INT(one.n_open, 1);
	WAIT_FOR(!one.n_open);
	CHECK(span_ends_nocase(buf_span(&one.heard), SPAN("QUIT\n")));
	tear_down();
}

TEST(idle_connections_end)
{
	in_fibre(check_idle_time);
}

/* All at once, each on a connection of its own; then no more than POOL_IDLE_MAX are kept. */
enum { MORE = 5 };

static void deliver_one(void *n_delivered)
{
	AUTO_ARENA mem = { 0 };

	*(unsigned *)n_delivered += deliver(&mem, "single", 1, MESSAGE)->delivered;
}

static void check_idle_max(void)
{
	struct nursery n;
	unsigned n_delivered = 0;

	set_up(HELLO UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
	nursery_init(&n);
	for (int i = 0; i < POOL_IDLE_MAX + MORE; i++)
		CHECK_INT(nursery_spawn(&n, "delivery", deliver_one, &n_delivered), 0);
	CHECK_INT(nursery_wait(&n), 0);
	CHECK_INT(n_delivered, POOL_IDLE_MAX + MORE);
	CHECK_INT(one.n_connections, POOL_IDLE_MAX + MORE);
	CHECK_INT(courier.pool.n, POOL_IDLE_MAX);
	WAIT_FOR(one.n_open <= POOL_IDLE_MAX);
	CHECK_INT(count(buf_span(&one.heard), SPAN("QUIT")), MORE);
	tear_down();
}

TEST(idle_connections_are_bounded)
{
	in_fibre(check_idle_max);
}

/* ---- bodies ---- */

static bool is_big_body(struct span body)
{
	if (body.n != big.size)
		return false;
	for (size_t i = 0; i < body.n; i++)
		if (body.p[i] != big_octet(i))
			return false;
	return true;
}

static void check_big(void)
{
	enum { LINE = 61, LINES = 200 * 1000 };
	AUTO_ARENA mem = { 0 };

	set_up(HELLO UP_TO_DOT "> 250 ok\nrest", NULL, 30000);
	big = (struct big){ .size = (uint64_t)LINE * LINES, .arrived = &one.n_body };
	CHECK(deliver(&mem, "single", 1, (struct span){ 0 })->delivered);
	CHECK(is_big_body(buf_span(&one.body)));
	CHECK_INT(big.n_pieces, 1 + (big.size - BIG_FRONT_BYTES + SMTP_CLIENT_CHUNK_MAX - 1) /
	                                        SMTP_CLIENT_CHUNK_MAX);
	/* Read as the server takes it: only the sockets' own buffers lie between. */
	CHECK(big.ahead < 8 << 20);
	tear_down();
	big = (struct big){ 0 };
}

TEST(a_large_message_goes_in_pieces)
{
	in_fibre(check_big);
}

/* Trouble of our own in the middle: no final dot, no bounce. */
static void check_big_fails(void)
{
	static const struct big t[] = {
		{ .size = 1000 * 1000, .fails_at = 1 },
		{ .size = 1000 * 1000, .fails_at = BIG_FRONT_BYTES },
		{ .size = 1000 * 1000, .fails_at = 500 * 1000 },
		{ .size = 1000 * 1000, .cut_at = BIG_FRONT_BYTES },
		{ .size = 1000 * 1000, .cut_at = 999 * 1000 },
		{ .size = 1000 * 1000, .cut_at = BIG_FRONT_BYTES + 10 * SMTP_CLIENT_CHUNK_MAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct courier_outcome *o;

		set_up(HELLO UP_TO_DOT "> 250 ok\nrest", "hang", 5000);
		big = t[row];
		o = deliver(&mem, "d", 1, (struct span){ 0 });
		CHECK(!o->delivered && o->temporary);
		CHECK_INT(o->class, SMTP_CLASS_LOCAL_TROUBLE);
		CHECK_INT(o->stage, SMTP_STAGE_BODY);
		CHECK_INT(two.n_connections, 0);
		tear_down();
		CHECK_INT(one.n_messages, 0);
		big = (struct big){ 0 };
	}
}

TEST(a_message_that_cannot_be_read_is_not_ended)
{
	in_fibre(check_big_fails);
}

/* A refusal in the middle: the rest stays here, and the words are told though our writing fails. */
static void check_early_refusal(void)
{
	static const struct {
		const char *end;
		uint16_t code;
		uint8_t class;
		bool temporary;
	} t[] = {
		{ "> 552 5.3.4 too big\nhang", 552, SMTP_CLASS_TOO_BIG, false },
		{ "> 552 5.3.4 too big", 552, SMTP_CLASS_TOO_BIG, false }, /* and hangs up */
		{ "> 451 4.3.0 not now", 451, SMTP_CLASS_REMOTE_TROUBLE, true },
		{ "> 421 4.3.2 closing", 421, SMTP_CLASS_REMOTE_TROUBLE, true },
		/* RFC 5321 4.1.1.4: nothing was ended, so nothing can have been taken. */
		{ "> 250 2.0.0 taken\nhang", 0, SMTP_CLASS_PROTOCOL_ERROR, true },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct courier_outcome *o;

		set_up(arena_printf(&mem, "%s%s", HELLO UP_TO_DATA "cut 1000\n", t[row].end),
		       "hang", 5000);
		big = (struct big){ .size = 64 << 20 };
		o = deliver(&mem, "d", 1, (struct span){ 0 });
		CHECK(!o->delivered);
		CHECK_INT(o->stage, SMTP_STAGE_BODY);
		CHECK_INT(o->code, t[row].code);
		CHECK_INT(o->class, t[row].class);
		CHECK_INT(o->temporary, t[row].temporary);
		CHECK(big.n_pieces < 512); /* of 1024 */
		CHECK_INT(two.n_connections, 0);
		tear_down();
		big = (struct big){ 0 };
	}
}

TEST(a_refusal_while_we_send)
{
	in_fibre(check_early_refusal);
}

/* ---- shutdown ---- */

static struct courier_outcome *shut_down_outcome;

static void deliver_aside(void *arg)
{
	shut_down_outcome = deliver(arg, "d", 1, MESSAGE);
}

static void check_shutdown(void)
{
	static const char *const scripts[] = { "hang", HELLO "hang", HELLO UP_TO_DOT "hang" };

	EACH_ROW(scripts) {
		AUTO_ARENA mem = { 0 };
		struct fibre *f;

		set_up(scripts[row], "hang", 5000);
		CHECK_INT(fibre_spawn_ref("delivery", deliver_aside, &mem, &f), 0);
		shut_down_outcome = NULL;
		WAIT_FOR(one.n_open && (row != 2 || one.n_messages));
		fibre_cancel(f);
		WAIT_FOR(shut_down_outcome);
		CHECK(!shut_down_outcome->delivered && shut_down_outcome->temporary);
		CHECK_INT(shut_down_outcome->class,
		          row == 2 ? SMTP_CLASS_MAY_HAVE_ARRIVED : SMTP_CLASS_LOCAL_TROUBLE);
		CHECK_INT(two.n_connections, 0);
		tear_down();
	}
}

TEST(a_shutdown_defers)
{
	in_fibre(check_shutdown);
}
