/* courier_deliver_here against scripted servers over real TCP: for each point of the
 * dialogue what the sender is told.  RFC 5321 3.3, 4.2.1, 4.5.3.2, 5.1; RFC 3207; RFC 7435. */
#include "queue/calls.h"

#include "courier/courier.h"
#include "harness.h"
#include "rt/config.h"
#include "wire/smtp/client.h"

static struct arena settings_mem;
static struct settings set;
static struct server one, two; /* m1 and m2 of domain d */

static const struct dns_row zone[] = {
	{ "d", RESOLVER_MX, "10 m1,20 m2" },  { "single", RESOLVER_MX, "10 m1" },
	{ "m1", RESOLVER_A, "127.0.0.2" },    { "m2", RESOLVER_A, "127.0.0.3" },
	{ "null", RESOLVER_MX, "0 " },        { "servfail", RESOLVER_MX, "SERVFAIL" },
	{ "ours", RESOLVER_MX, "10 us.test" }
};

/* Servers with these scripts (NULL: none listens) and a courier; times in ms. */
static void set_up(const char *script1, const char *script2, int64_t time_ms)
{
	CHECK_INT(config_defaults(&settings_mem, &set), 0);
	set.server_hostname = "us.test";
	set.delivery_private_addresses = true;
	set.delivery_greeting_time = set.delivery_command_time = set.delivery_data_time = time_ms;
	one = (struct server){ .address = "127.0.0.2", .scripts = { script1 } };
	two = (struct server){ .address = "127.0.0.3", .scripts = { script2 } };
	servers_port = 0;
	if (script1)
		server_open(&one);
	if (script2)
		server_open(&two);
	set.delivery_remote_port = servers_port;
	CHECK_INT(courier_open(&set), 0);
	dns_zone(zone, N_ELEMS(zone));
}

static void tear_down(void)
{
	courier_close();
	if (one.listener)
		server_close(&one);
	if (two.listener)
		server_close(&two);
	arena_fini(&settings_mem);
}

static struct courier_outcome *deliver(struct arena *mem, const char *domain, size_t n_rcpts,
                                       struct span body)
{
	struct courier_outcomes got = { 0 };
	struct courier_job job = {
		.message = 7,
		.sender = SPAN("alice@us.test"),
		.domain = exact(span_str(domain)),
		.size_bytes = body.n ? body.n : big.size,
		.recipients = arena_array(mem, struct courier_rcpt, n_rcpts),
		.n_recipients = n_rcpts,
		.body = body,
	};

	for (size_t i = 0; i < n_rcpts; i++)
		job.recipients[i] = (struct courier_rcpt){
			.recipient = (uint32_t)(100 + i),
			.address = span_str(arena_printf(mem, "bob%zu@d", i)),
		};
	CHECK_INT(courier_deliver_here(&job, mem, &got), 0);
	CHECK_INT(got.n_outcomes, n_rcpts);
	for (size_t i = 0; i < got.n_outcomes; i++)
		CHECK_INT(got.outcomes[i].recipient, 100 + i);
	return got.outcomes;
}

#define MESSAGE SPAN_OF("Subject: hello\r\n\r\n.dot\r\nend\r\n")

enum { STAGE = 1, T = 1, P = 0 };

struct row {
	const char *script;
	enum smtp_stage stage;
	uint8_t class;
	bool temporary;
	uint16_t code;
	const char *enhanced, *text; /* text: a part of it */
	bool slow;                   /* the server keeps silent: short times */
};

#define UP_TO_DATA ENVELOPE
#define UP_TO_DOT  ENVELOPE ".\n"

static const struct row rows[] = {
	{ HELLO UP_TO_DOT "> 250 2.6.0 taken as 42\nrest", SMTP_STAGE_BODY, SMTP_CLASS_DELIVERED, P,
	  250, "2.6.0", "taken as 42" },
	/* Refusals at each stage, RFC 5321 4.3.2: for good and for now. */
	{ "> 554 no service\nrest", SMTP_STAGE_GREETING, SMTP_CLASS_POLICY, P, 554, NULL,
	  "no service" },
	{ "> 421 come back\nrest", SMTP_STAGE_GREETING, SMTP_CLASS_REMOTE_TROUBLE, T, 421, NULL,
	  "come back" },
	{ "> 220 mx\n< EHLO\n> 550 not you\n< HELO\n> 550 not you\nrest", SMTP_STAGE_EHLO,
	  SMTP_CLASS_REFUSED, P, 550, NULL, "not you" },
	{ "> 220 mx\n< EHLO\n> 421 busy\nrest", SMTP_STAGE_EHLO, SMTP_CLASS_REMOTE_TROUBLE, T, 421,
	  NULL, "busy" },
	{ HELLO "< MAIL\n> 550 5.1.8 no sender\n< RCPT\n> 503 x\n< DATA\n> 503 x\nrest",
	  SMTP_STAGE_MAIL, SMTP_CLASS_SENDER_REFUSED, P, 550, "5.1.8", "no sender" },
	{ HELLO "< MAIL\n> 451 4.3.0 not now\n< RCPT\n> 503 x\n< DATA\n> 503 x\nrest",
	  SMTP_STAGE_MAIL, SMTP_CLASS_REMOTE_TROUBLE, T, 451, "4.3.0", "not now" },
	{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 550 5.1.1 who\n< DATA\n> 503 x\nrest", SMTP_STAGE_RCPT,
	  SMTP_CLASS_NO_SUCH_USER, P, 550, "5.1.1", "who" },
	{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 452 4.2.2 full\n< DATA\n> 503 x\nrest",
	  SMTP_STAGE_RCPT, SMTP_CLASS_MAILBOX_FULL, T, 452, "4.2.2", "full" },
	{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n> 554 5.7.1 rule\nrest",
	  SMTP_STAGE_DATA, SMTP_CLASS_POLICY, P, 554, "5.7.1", "rule" },
	{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n> 451 4.3.0 later\nrest",
	  SMTP_STAGE_DATA, SMTP_CLASS_REMOTE_TROUBLE, T, 451, "4.3.0", "later" },
	{ HELLO UP_TO_DOT "> 552 5.3.4 big\nrest", SMTP_STAGE_BODY, SMTP_CLASS_TOO_BIG, P, 552,
	  "5.3.4", "big" },
	{ HELLO UP_TO_DOT "> 451 4.3.0 later\nrest", SMTP_STAGE_BODY, SMTP_CLASS_REMOTE_TROUBLE, T,
	  451, "4.3.0", "later" },
	/* The connection is dropped at each point. */
	{ "", SMTP_STAGE_GREETING, SMTP_CLASS_DROPPED, T, 0, "4.4.2", "" },
	{ "> 220 mx\n< EHLO", SMTP_STAGE_EHLO, SMTP_CLASS_DROPPED, T, 0, "4.4.2", "" },
	{ HELLO, SMTP_STAGE_MAIL, SMTP_CLASS_DROPPED, T, 0, "4.4.2", "" },
	{ HELLO "< MAIL\n> 250 ok", SMTP_STAGE_RCPT, SMTP_CLASS_DROPPED, T, 0, "4.4.2", "" },
	{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA", SMTP_STAGE_DATA, SMTP_CLASS_DROPPED,
	  T, 0, "4.4.2", "" },
	{ HELLO UP_TO_DATA "cut 5", SMTP_STAGE_BODY, SMTP_CLASS_DROPPED, T, 0, "4.4.2", "" },
	{ HELLO UP_TO_DOT, SMTP_STAGE_BODY, SMTP_CLASS_DROPPED, T, 0, "4.4.2", "" },
	/* Silence at each point, RFC 5321 4.5.3.2. */
	{ "hang", SMTP_STAGE_GREETING, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "", true },
	{ "> 220 mx\n< EHLO\nhang", SMTP_STAGE_EHLO, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "",
	  true },
	{ HELLO "hang", SMTP_STAGE_MAIL, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "", true },
	{ HELLO "< MAIL\n> 250 ok\nhang", SMTP_STAGE_RCPT, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "",
	  true },
	{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\nhang", SMTP_STAGE_DATA, SMTP_CLASS_TIMED_OUT,
	  T, 0, "4.4.2", "", true },
	{ HELLO UP_TO_DOT "hang", SMTP_STAGE_BODY, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "", true },
	/* A trickle is no sign of life. */
	{ "trickle", SMTP_STAGE_GREETING, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "", true },
	{ HELLO UP_TO_DOT "trickle", SMTP_STAGE_BODY, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "",
	  true },
	/* What is no SMTP; replies without end (threats 3.8). */
	{ "> SSH-2.0-OpenSSH_9.2\nhang", SMTP_STAGE_GREETING, SMTP_CLASS_PROTOCOL_ERROR, T, 0,
	  "4.5.0", "" },
	{ HELLO "< MAIL\n> yes please\nhang", SMTP_STAGE_MAIL, SMTP_CLASS_PROTOCOL_ERROR, T, 0,
	  "4.5.0", "" },
	{ HELLO UP_TO_DOT "> fine\nhang", SMTP_STAGE_BODY, SMTP_CLASS_PROTOCOL_ERROR, T, 0, "4.5.0",
	  "" },
	{ "> 220-mx\nflood", SMTP_STAGE_GREETING, SMTP_CLASS_PROTOCOL_ERROR, T, 0, "4.5.0", "" },
	{ "> 220 mx\n< EHLO\nflood", SMTP_STAGE_EHLO, SMTP_CLASS_PROTOCOL_ERROR, T, 0, "4.5.0",
	  "" },
};

static void check_outcome(const struct courier_outcome *o, const struct row *t)
{
	CHECK_INT(o->stage, t->stage);
	CHECK_INT(o->class, t->class);
	CHECK_INT(o->temporary, t->temporary);
	CHECK_INT(o->delivered, t->class == SMTP_CLASS_DELIVERED);
	CHECK_INT(o->code, t->code);
	if (t->enhanced)
		CHECK_SPAN(o->enhanced, span_str(t->enhanced));
	CHECK(o->text.n > 0 && span_find_span(o->text, span_str(t->text)) >= 0);
	CHECK_SPAN(o->remote_host, SPAN_OF("m1"));
	CHECK(span_starts(o->remote_address, SPAN_OF("127.0.0.2:")));
	CHECK_SPAN(o->tls_version, SPAN_OF(""));
	CHECK_SPAN(o->tls_policy, SPAN_OF("opportunistic"));
	CHECK(o->elapsed_ms >= 0 && o->elapsed_ms < 5000);
}

static void check_rows(void)
{
	EACH_ROW (rows) {
		AUTO_ARENA
		mem = { 0 };

		set_up(rows[row].script, NULL, rows[row].slow ? 100 : 5000);
		check_outcome(deliver(&mem, "single", 1, MESSAGE), &rows[row]);
		CHECK_INT(one.n_connections, 1);
		if (rows[row].class == SMTP_CLASS_DELIVERED)
			CHECK_SPAN(buf_span(&one.body), MESSAGE);
		tear_down();
	}
}

TEST(each_point_of_the_dialogue)
{
	in_fibre(check_rows);
}

/* The first server fails so early that the second is asked; whether it is. */
static void check_second_server(void)
{
	static const char good[] = HELLO UP_TO_DOT "> 250 ok\nrest";
	static const struct {
		const char *first; /* NULL: it is not there */
		bool second_asked;
	} t[] = {
		{ NULL, true },
		{ "", true },
		{ "hang", true },
		{ "> 421 busy\nrest", true },
		{ "> 554 not here\nrest", true },
		{ "> 220 mx\n< EHLO\n> 421 busy\nrest", true },
		{ HELLO, true },
		{ HELLO "< MAIL\n> 421 closing", true },
		{ HELLO "< MAIL\n> 451 later\n< RCPT\n> 503 x\n< DATA\n> 503 x\nrest", false },
		{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 450 grey\n< DATA\n> 503 x\nrest", false },
		{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 550 who\n< DATA\n> 503 x\nrest", false },
		{ HELLO UP_TO_DATA "cut 5", false },
		{ HELLO UP_TO_DOT, false }, /* it may have been taken: a duplicate otherwise */
		{ HELLO UP_TO_DOT "> 451 later\nrest", false },
	};
	EACH_ROW (t) {
		AUTO_ARENA
		mem = { 0 };
		struct courier_outcome *o;

		set_up(t[row].first, good, 200);
		o = deliver(&mem, "d", 1, MESSAGE);
		CHECK_INT(o->delivered, t[row].second_asked);
		CHECK_INT(two.n_connections, t[row].second_asked);
		CHECK_INT(two.n_messages, t[row].second_asked);
		CHECK_SPAN(o->remote_host, span_str(t[row].second_asked ? "m2" : "m1"));
		tear_down();
	}
}

TEST(the_next_server_is_asked_before_the_transaction_only)
{
	in_fibre(check_second_server);
}

/* Both servers fail. */
static void check_both_fail(void)
{
	static const struct {
		const char *first, *second;
		const char *host;
		uint8_t class;
		uint16_t code;
		bool temporary;
	} t[] = {
		{ NULL, "> 554 no\nrest", "m2", SMTP_CLASS_POLICY, 554, true },
		{ "> 554 no\nrest", NULL, "m1", SMTP_CLASS_POLICY, 554, true },
		{ "> 554 no\nrest", "> 550 nor we\nrest", "m1", SMTP_CLASS_POLICY, 554, false },
		{ "> 421 no\nrest", "> 554 nor we\nrest", "m1", SMTP_CLASS_REMOTE_TROUBLE, 421,
		  true },
		{ "", NULL, "m1", SMTP_CLASS_DROPPED, 0, true },
		{ NULL, "", "m2", SMTP_CLASS_DROPPED, 0, true },
	};
	EACH_ROW (t) {
		AUTO_ARENA
		mem = { 0 };
		struct courier_outcome *o;

		set_up(t[row].first, t[row].second, 5000);
		o = deliver(&mem, "d", 2, MESSAGE);
		for (int i = 0; i < 2; i++) {
			CHECK_INT(o[i].class, t[row].class);
			CHECK_INT(o[i].code, t[row].code);
			CHECK_INT(o[i].temporary, t[row].temporary);
			CHECK_SPAN(o[i].remote_host, span_str(t[row].host));
		}
		tear_down();
	}
}

TEST(the_most_telling_failure_of_two_servers)
{
	in_fibre(check_both_fail);
}

static void check_nowhere(void)
{
	static const struct {
		const char *domain;
		enum smtp_stage stage;
		uint8_t class;
		bool temporary;
		const char *enhanced;
	} t[] = {
		{ "nowhere", SMTP_STAGE_RESOLVE, SMTP_CLASS_NO_SUCH_DOMAIN, P, "5.1.2" },
		{ "null", SMTP_STAGE_RESOLVE, SMTP_CLASS_NULL_MX, P, "5.1.10" },
		{ "servfail", SMTP_STAGE_RESOLVE, SMTP_CLASS_DNS_FAILED, T, "4.4.3" },
		{ "ours", SMTP_STAGE_RESOLVE, SMTP_CLASS_LOOP, P, "5.4.6" },
		{ "d", SMTP_STAGE_CONNECT, SMTP_CLASS_CONNECT_FAILED, T, "4.4.1" },
	};
	EACH_ROW (t) {
		AUTO_ARENA
		mem = { 0 };
		struct courier_outcome *o;
		bool reached = t[row].stage == SMTP_STAGE_CONNECT;

		set_up(NULL, NULL, 5000);
		set.delivery_remote_port = 1; /* nobody listens */
		o = deliver(&mem, t[row].domain, 1, MESSAGE);
		CHECK_INT(o->stage, t[row].stage);
		CHECK_INT(o->class, t[row].class);
		CHECK_INT(o->temporary, t[row].temporary);
		CHECK_INT(o->delivered, false);
		CHECK_INT(o->code, 0);
		CHECK_SPAN(o->enhanced, span_str(t[row].enhanced));
		CHECK(o->text.n > 0);
		CHECK_SPAN(o->remote_host, span_str(reached ? "m1" : ""));
		CHECK_INT(o->remote_address.n > 0, reached);
		tear_down();
	}
}

TEST(nobody_to_talk_to)
{
	in_fibre(check_nowhere);
}

/* An address literal needs no DNS. */
static void check_literal(void)
{
	AUTO_ARENA
	mem = { 0 };
	struct courier_outcome *o;

	set_up(HELLO UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
	o = deliver(&mem, "[127.0.0.2]", 1, MESSAGE);
	CHECK(o->delivered);
	CHECK_SPAN(o->remote_host, SPAN_OF("[127.0.0.2]"));
	CHECK_INT(dns_n_asked, 0);
	tear_down();
}

TEST(address_literals)
{
	in_fibre(check_literal);
}

/* RFC 5321 3.3: each recipient has its own answer. */
static void check_mixed(void)
{
	AUTO_ARENA
	mem = { 0 };
	struct courier_outcome *o;

	set_up(HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< RCPT\n> 550 5.1.1 who\n"
	             "< RCPT\n> 450 4.2.0 grey\n< RCPT\n> 250 ok\n< DATA\n> 354 go\n.\n"
	             "> 250 2.0.0 taken\nrest",
	       NULL, 5000);
	o = deliver(&mem, "d", 4, MESSAGE);
	CHECK(o[0].delivered && o[3].delivered);
	CHECK_INT(o[0].stage, SMTP_STAGE_BODY);
	CHECK_SPAN(o[3].text, SPAN_OF("taken"));
	CHECK(!o[1].delivered && !o[1].temporary);
	CHECK_INT(o[1].stage, SMTP_STAGE_RCPT);
	CHECK_INT(o[1].code, 550);
	CHECK_INT(o[1].class, SMTP_CLASS_NO_SUCH_USER);
	CHECK(!o[2].delivered && o[2].temporary);
	CHECK_INT(o[2].code, 450);
	CHECK_INT(one.n_connections, 1);
	CHECK_INT(one.n_messages, 1);
	tear_down();
}

TEST(each_recipient_has_its_own_answer)
{
	in_fibre(check_mixed);
}

/* RFC 5321 4.5.3.1.10: what is over the limit goes at once in a further transaction; one that
 * takes nobody is the last. */
static void check_rcpt_limit(void)
{
	AUTO_ARENA
	mem = { 0 };
	struct courier_outcome *o;

	set_up("> 220 mx\n< EHLO\n> 250 mx\n"
	       "< MAIL\n> 250 ok\n< RCPT TO:<bob0\n> 250 ok\n"
	       "< RCPT TO:<bob1\n> 452 4.5.3 too many\n< RCPT TO:<bob2\n> 452 4.5.3 too many\n"
	       "< RCPT TO:<bob3\n> 550 5.1.1 who\n< DATA\n> 354 go\n.\n> 250 first\n"
	       "< MAIL\n> 250 ok\n< RCPT TO:<bob1\n> 250 ok\n"
	       "< RCPT TO:<bob2\n> 452 4.5.3 too many\n< DATA\n> 354 go\n.\n> 250 second\n"
	       "< MAIL\n> 250 ok\n< RCPT TO:<bob2\n> 452 4.5.3 too many\nrest",
	       NULL, 5000);
	o = deliver(&mem, "d", 4, MESSAGE);
	CHECK(o[0].delivered && o[1].delivered);
	CHECK_SPAN(o[0].text, SPAN_OF("first"));
	CHECK_SPAN(o[1].text, SPAN_OF("second"));
	CHECK(!o[2].delivered && o[2].temporary);
	CHECK_INT(o[2].class, SMTP_CLASS_RATE_LIMITED);
	CHECK_INT(o[2].code, 452);
	CHECK(!o[3].delivered && !o[3].temporary);
	CHECK_INT(one.n_messages, 2);
	CHECK_INT(one.n_connections, 1);
	tear_down();
}

TEST(recipients_over_the_limit_go_at_once)
{
	in_fibre(check_rcpt_limit);
}

/* ---- TLS ---- */

#define OFFER "> 220 mx\n< EHLO\n> 250-mx|250-PIPELINING|250 STARTTLS\n< STARTTLS\n"
#define AGAIN "< EHLO\n> 250-mx|250 PIPELINING\n" UP_TO_DOT "> 250 ok\nrest"

static void check_tls(void)
{
	static const struct {
		const char *first, *later; /* scripts of the first and the later connections */
		bool delivered;
		const char *version, *policy;
		uint8_t class;
		unsigned n_connections;
	} t[] = {
		{ OFFER "> 220 go\ntls\n" AGAIN, NULL, true, "TLSv1.3", "opportunistic",
		  SMTP_CLASS_DELIVERED, 1 },
		/* RFC 7435: in the clear rather than not at all, and told. */
		{ OFFER "> 220 go\ncut 5\n+ no handshake\nhang", HELLO UP_TO_DOT "> 250 ok\nrest",
		  true, "", "opportunistic, failed: clear text", SMTP_CLASS_DELIVERED, 2 },
		{ OFFER "> 220 go",
		  "> 220 mx\n< EHLO\n> 250-mx|250 STARTTLS\n< MAIL\n> 250 ok\n"
		  "< RCPT\n> 250 ok\n< DATA\n> 354 go\n.\n> 250 ok\nrest",
		  true, "", "opportunistic, failed: clear text", SMTP_CLASS_DELIVERED, 2 },
		/* Refused: the same connection goes on in the clear. */
		{ OFFER "> 454 not now\n" ENVELOPE ".\n> 250 ok\nrest", NULL, true, "",
		  "opportunistic", SMTP_CLASS_DELIVERED, 1 },
		/* Threats 3.4: words in clear text that would be taken for the server's. */
		{ OFFER "> 220 go|250 injected\nhang", HELLO UP_TO_DOT "> 250 ok\nrest", false, "",
		  "opportunistic", SMTP_CLASS_PROTOCOL_ERROR, 1 },
	};
	EACH_ROW (t) {
		AUTO_ARENA
		mem = { 0 };
		struct courier_outcome *o;

		set_up(t[row].first, NULL, 5000);
		one.scripts[1] = t[row].later;
		o = deliver(&mem, "single", 1, MESSAGE);
		CHECK_INT(o->delivered, t[row].delivered);
		CHECK_INT(o->class, t[row].class);
		CHECK_SPAN(o->tls_version, span_str(t[row].version));
		CHECK_SPAN(o->tls_policy, span_str(t[row].policy));
		CHECK_INT(one.n_connections, t[row].n_connections);
		CHECK_INT(one.n_messages, t[row].delivered);
		tear_down();
	}
}

TEST(opportunistic_tls)
{
	in_fibre(check_tls);
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
		AUTO_ARENA
		mem = { 0 };

		CHECK(deliver(&mem, "d", 1, MESSAGE)->delivered);
	}
	CHECK_INT(one.n_messages, 50);
	CHECK_INT(one.n_connections, 1);
	CHECK_INT(count(buf_span(&one.heard), SPAN_OF("EHLO")), 1);
	one.n_wrong = 0;
	courier_close();
	/* RFC 5321 4.1.1.10: QUIT before closing (the script expects MAIL). */
	CHECK(span_ends_nocase(buf_span(&one.heard), SPAN_OF("QUIT\n")));
	CHECK_INT(courier_open(&set), 0);
	while (one.n_open)
		CHECK_INT(fibre_yield(), 0);
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
			set.delivery_messages_per_connection = 3;
		for (int i = 0; i < 9; i++) {
			AUTO_ARENA
			mem = { 0 };

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
	EACH_ROW (t) {
		AUTO_ARENA
		mem = { 0 };
		char *script =
		        arena_printf(&mem, "%s%s", HELLO UP_TO_DOT "> 250 ok\n", t[row].tail);

		set_up(script, NULL, 5000);
		one.scripts[1] = HELLO UP_TO_DOT "> 250 ok\nrest";
		CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
		while (t[row].wait && one.n_open)
			CHECK_INT(fibre_yield(), 0);
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
	AUTO_ARENA
	mem = { 0 };
	struct courier_outcome *o;

	set_up(HELLO UP_TO_DOT "> 250 ok\n" UP_TO_DOT, NULL, 5000);
	one.scripts[1] = HELLO UP_TO_DOT "> 250 ok\nrest";
	CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
	o = deliver(&mem, "single", 1, MESSAGE);
	CHECK(!o->delivered && o->temporary);
	CHECK_INT(o->class, SMTP_CLASS_DROPPED);
	CHECK_INT(one.n_connections, 1);
	tear_down();
}

TEST(a_message_is_not_sent_twice)
{
	in_fibre(check_dies_later);
}

static void check_idle_time(void)
{
	AUTO_ARENA
	mem = { 0 };

	set_up(HELLO UP_TO_DOT "> 250 ok\n< QUIT\n> 221 bye\n", NULL, 5000);
	courier_close();
	set.delivery_idle_time = 30;
	CHECK_INT(courier_open(&set), 0);
	CHECK(deliver(&mem, "single", 1, MESSAGE)->delivered);
	CHECK_INT(one.n_open, 1);
	while (one.n_open)
		CHECK_INT(fibre_yield(), 0);
	CHECK(span_ends_nocase(buf_span(&one.heard), SPAN_OF("QUIT\n")));
	tear_down();
}

TEST(idle_connections_end)
{
	in_fibre(check_idle_time);
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
	AUTO_ARENA
	mem = { 0 };

	set_up(HELLO UP_TO_DOT "> 250 ok\nrest", NULL, 30000);
	big = (struct big){ .size = (uint64_t)LINE * LINES, .arrived = &one.n_body };
	CHECK(deliver(&mem, "single", 1, (struct span){ 0 })->delivered);
	CHECK(is_big_body(buf_span(&one.body)));
	CHECK_INT(big.n_pieces, (big.size + QUEUE_PIECE_BYTES - 1) / QUEUE_PIECE_BYTES);
	/* Asked for as the server takes it: only the sockets' own buffers lie between. */
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
		{ .size = 1000 * 1000, .fails_at = 500 * 1000 },
		{ .size = 1000 * 1000, .cut_at = 1 },
		{ .size = 1000 * 1000, .cut_at = 999 * 1000 },
		{ .size = 1000 * 1000, .cut_at = 10 * QUEUE_PIECE_BYTES },
	};
	EACH_ROW (t) {
		AUTO_ARENA
		mem = { 0 };
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

/* ---- shutdown ---- */

static struct courier_outcome *shut_down_outcome;

static void deliver_aside(void *arg)
{
	shut_down_outcome = deliver(arg, "d", 1, MESSAGE);
}

static void check_shutdown(void)
{
	static const char *const scripts[] = { "hang", HELLO "hang", HELLO UP_TO_DOT "hang" };

	EACH_ROW (scripts) {
		AUTO_ARENA
		mem = { 0 };
		struct fibre *f;

		set_up(scripts[row], "hang", 5000);
		CHECK_INT(fibre_spawn_ref("delivery", deliver_aside, &mem, &f), 0);
		shut_down_outcome = NULL;
		while (!one.n_open || (row == 2 && !one.n_messages))
			CHECK_INT(fibre_yield(), 0);
		fibre_cancel(f);
		while (!shut_down_outcome)
			CHECK_INT(fibre_yield(), 0);
		CHECK(!shut_down_outcome->delivered && shut_down_outcome->temporary);
		CHECK_INT(shut_down_outcome->class, SMTP_CLASS_LOCAL_TROUBLE);
		CHECK_INT(two.n_connections, 0);
		tear_down();
	}
}

TEST(a_shutdown_defers)
{
	in_fibre(check_shutdown);
}
