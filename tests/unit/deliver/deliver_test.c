/* What an attempt does next, and what it tells: a row a rule.  RFC 5321 3.3, 4.2.1, 5.1;
 * RFC 7435; RFC 9422. */
#include "script.h"
#include "test.h"

#define HELLO "220 mx;250-mx|250 PIPELINING;"
#define PLAIN "220 mx;250 mx;"
#define GOOD  "250 ok;250 ok;354 go;250 taken;"

struct row {
	struct script script;
	const char *sessions, *outcomes;
};

static void check(const struct row *t)
{
	const char *sessions, *outcomes, *heard;

	script_run(&t->script, &sessions, &outcomes, &heard);
	CHECK_STR(sessions, t->sessions);
	CHECK_STR(outcomes, t->outcomes);
}

TEST(servers_are_tried_in_order)
{
	static const struct row t[] = {
		{ { { HELLO GOOD } }, "m1+O keep", "D250@m1" },
		{ { { "!", HELLO GOOD } }, "m1+O none, m2+O keep", "D250@m2" },
		{ { { "", HELLO GOOD } }, "m1+O close, m2+O keep", "D250@m2" },
		{ { { "SILENCE", HELLO GOOD } }, "m1+O close, m2+O keep", "D250@m2" },
		{ { { "554 no;221 bye", HELLO GOOD } }, "m1+O close, m2+O keep", "D250@m2" },
		{ { { HELLO "421 closing", HELLO GOOD } }, "m1+O close, m2+O keep", "D250@m2" },
		{ { { HELLO, HELLO GOOD } }, "m1+O close, m2+O keep", "D250@m2" },
		/* What is said about the message or a recipient is final. */
		{ { { HELLO "550 no;503 x;503 x" } }, "m1+O keep", "P550@m1" },
		{ { { HELLO "250 ok;450 grey;503 x" } }, "m1+O keep", "T450@m1" },
		{ { { HELLO "250 ok;550 who;503 x" } }, "m1+O keep", "P550@m1" },
		{ { { HELLO "250 ok;250 ok;354 go;451 later" } }, "m1+O keep", "T451@m1" },
		/* It may have been taken. */
		{ { { HELLO "250 ok;250 ok;354 go" } }, "m1+O close", "T:connection-dropped@m1" },
		/* Nobody takes it: the most telling failure, for good when all are. */
		{ { { "!", "!" } }, "m1+O none, m2+O none", "T:connect-failed@m1" },
		{ { { "!", "554 no;221" } }, "m1+O none, m2+O close", "T554@m2" },
		{ { { "554 no;221", "550 nor;221" } }, "m1+O close, m2+O close", "P554@m1" },
		{ { { HELLO GOOD }, .to = { .domain = SPAN("nothing") } }, "", "P:no-such-domain" },
		{ { .to = { .domain = SPAN("null") } }, "", "P:null-mx" },
		{ { .to = { .domain = SPAN("lost") } }, "", "T:dns-failed" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

TEST(sessions_are_kept)
{
	static const struct row t[] = {
		{ { { HELLO GOOD GOOD GOOD }, .n_messages = 3 },
		  "m1+O keep|m1=O keep|m1=O keep",
		  "D250@m1|D250@m1|D250@m1" },
		{ { { HELLO GOOD GOOD, HELLO GOOD }, .n_messages = 3, .transactions_max = 2 },
		  "m1+O keep|m1=O quit|m1+O keep",
		  "D250@m1|D250@m1|D250@m1" },
		{ { { "220 mx;250-mx|250 LIMITS MAILMAX=1;" GOOD, HELLO GOOD }, .n_messages = 2 },
		  "m1+O quit|m1+O keep",
		  "D250@m1|D250@m1" },
		/* One of equals that has a kept session comes first. */
		{ { { "!", HELLO GOOD GOOD }, .n_messages = 2, .to = { .domain = SPAN("e") } },
		  "m1+O none, m2+O keep|m2=O keep",
		  "D250@m2|D250@m2" },
		/* It died unheard: nothing was taken, nobody is told. */
		{ { { HELLO GOOD, HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "421 idle", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "D250@m1|D250@m1" },
		/* Past the dot nothing is repeated. */
		{ { { HELLO GOOD "250 ok;250 ok;354 go" }, .n_messages = 2 },
		  "m1+O keep|m1=O close",
		  "D250@m1|T:connection-dropped@m1" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

TEST(recipients_over_a_limit_go_at_once)
{
	static const struct row t[] = {
		/* RFC 5321 4.5.3.1.10. */
		{ { { PLAIN
		      "250;250;452 4.5.3 too many;452 4.5.3 too many;550 5.1.1 who;354 go;250 ok;"
		      "250;250;452 4.5.3 too many;354 go;250 ok;250;452 4.5.3 too many" },
		    .n_rcpts = 4 },
		  "m1+O keep",
		  "D250@m1 D250@m1 T452@m1 P550@m1" },
		/* RFC 9422 4.2. */
		{ { { "220 mx;250-mx|250 LIMITS RCPTMAX=2;250;250;250;354 go;250;250;250;354 "
		      "go;250" },
		    .n_rcpts = 3 },
		  "m1+O keep",
		  "D250@m1 D250@m1 D250@m1" },
		/* On a new session, when this one has had its share. */
		{ { { "220 mx;250-mx|250 LIMITS RCPTMAX=1 MAILMAX=1;250;250;354 go;250",
		      PLAIN "250;250;354 go;250" },
		    .n_rcpts = 2 },
		  "m1+O quit, m1+O keep",
		  "D250@m1 D250@m1" },
		/* That fails: one too many they were. */
		{ { { "220 mx;250-mx|250 LIMITS RCPTMAX=1 MAILMAX=1;250;250;354 go;250", "!" },
		    .n_rcpts = 2 },
		  "m1+O quit, m1+O none",
		  "D250@m1 T:rate-limited@m1" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

#define RELAY(tls_) .to = { .relay = SPAN("relay"), .port = 587, .tls = (tls_) }

TEST(relays)
{
	static const struct row t[] = {
		{ { { HELLO GOOD }, RELAY(DELIVER_TLS_NONE) }, "relay+N keep", "D250@relay" },
		{ { { "220 mx;250-mx|250 STARTTLS;220 go;TLS;250 mx;" GOOD },
		    RELAY(DELIVER_TLS_REQUIRED) },
		  "relay+R keep",
		  "D250@relay" },
		{ { { "TLS;" HELLO GOOD }, RELAY(DELIVER_TLS_IMPLICIT) },
		  "relay+I keep",
		  "D250@relay" },
		/* Demanded TLS is never done without. */
		{ { { HELLO "221 bye" }, RELAY(DELIVER_TLS_REQUIRED) },
		  "relay+R close",
		  "T:tls-required@relay" },
		{ { { "220 mx;250-mx|250 STARTTLS;220 go;TLS!" }, RELAY(DELIVER_TLS_REQUIRED) },
		  "relay+R close",
		  "T:tls-failed@relay" },
		{ { { "TLS!" }, RELAY(DELIVER_TLS_IMPLICIT) },
		  "relay+I close",
		  "T:tls-failed@relay" },
		/* What is wrong with the route is for now; what the relay says of the mail counts.
		 */
		{ { { "554 not you;221" }, RELAY(DELIVER_TLS_NONE) },
		  "relay+N close",
		  "T554@relay" },
		{ { { HELLO "530 5.7.0 authentication required;503;503" },
		    RELAY(DELIVER_TLS_NONE) },
		  "relay+N keep",
		  "T530@relay" },
		{ { { HELLO "250;550 5.1.1 who;503" }, RELAY(DELIVER_TLS_NONE) },
		  "relay+N keep",
		  "P550@relay" },
		{ { .to = { .relay = SPAN("nowhere") } }, "", "T:local-trouble" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

/* RFC 4954: the login goes within TLS alone; a wrong password is not the message's fault. */
TEST(relays_with_a_login)
{
	static const struct {
		const char *session;
		enum deliver_tls tls;
		const char *outcome, *heard;
	} t[] = {
		{ "TLS;220 mx;250-mx|250 AUTH PLAIN;235 in;" GOOD, DELIVER_TLS_IMPLICIT,
		  "D250@relay",
		  "EHLO us.test AUTH PLAIN AHUAcA== MAIL FROM:<alice@us.test> RCPT TO:<b0@d> DATA "
		  "Subject: x  x . " },
		{ "TLS;220 mx;250-mx|250 AUTH PLAIN;535 5.7.8 no;221", DELIVER_TLS_IMPLICIT,
		  "T535@relay", "EHLO us.test AUTH PLAIN AHUAcA== QUIT " },
		{ "220 mx;250-mx|250 AUTH PLAIN;221", DELIVER_TLS_NONE, "T:tls-required@relay",
		  "EHLO us.test QUIT " },
	};
	EACH_ROW(t) {
		struct script s = { .sessions = { t[row].session },
			            .to = { .relay = SPAN("relay"),
			                    .port = 465,
			                    .tls = t[row].tls,
			                    .user = SPAN("u"),
			                    .password = SPAN("p") } };
		const char *sessions, *outcomes, *heard;

		script_run(&s, &sessions, &outcomes, &heard);
		CHECK_STR(outcomes, t[row].outcome);
		CHECK_STR(heard, t[row].heard);
	}
}

/* RFC 2033 4.2: a reply a recipient. */
TEST(lmtp)
{
	struct script s = { .sessions = { "220 mx;250-mx|250 PIPELINING;250;250;250;354 go;250 "
		                          "taken;552 5.2.2 full" },
		            .n_rcpts = 2,
		            .to = { .relay = SPAN("[127.0.0.1]"),
		                    .port = 24,
		                    .lmtp = true,
		                    .tls = DELIVER_TLS_NONE } };
	const char *sessions, *outcomes, *heard;

	script_run(&s, &sessions, &outcomes, &heard);
	CHECK_STR(sessions, "[127.0.0.1]+N keep");
	CHECK_STR(outcomes, "D250@[127.0.0.1] P552@[127.0.0.1]");
	CHECK(span_starts(span_str(heard), SPAN("LHLO us.test ")));
}

TEST(a_stop_ends_it)
{
	static const struct row t[] = {
		{ { { "554 no;221" }, .stop = SMTP_CAUSE_SHUTDOWN },
		  "m1+O close",
		  "T:local-trouble@m1" },
		{ { { "!" }, .stop = SMTP_CAUSE_CANCELLED }, "m1+O none", "T:cancelled@m1" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

TEST(arguments_are_checked)
{
	static struct smtp_client_rcpt many[SMTP_CLIENT_RCPTS_MAX + 1];
	AUTO_ARENA mem = { 0 };
	struct deliver_rules rules = { .port = 25 };
	struct deliver_to to = { .domain = SPAN("d") };
	struct smtp_client_tx tx = { .rcpts = many };
	struct deliver *d;
	size_t n;

	CHECK_INT(deliver_new(&rules, &to, &tx, &mem, &d), ERR_SYNTAX);
	tx.n_rcpts = N_ELEMS(many);
	CHECK_INT(deliver_new(&rules, &to, &tx, &mem, &d), ERR_TOO_LONG);
	tx.n_rcpts = 1;
	CHECK_INT(deliver_new(&rules, &to, &tx, &mem, &d), 0);
	/* What is not wanted is ignored. */
	deliver_no_session(d, SMTP_CAUSE_CONNECT, SPAN("x"));
	deliver_ran(d, SPAN(""));
	CHECK_INT(deliver_release(d), DELIVER_CLOSE);
	deliver_outcomes(d, &n);
	CHECK_INT(n, 0);
	CHECK_INT(deliver_want(d), DELIVER_WANT_DNS);
	deliver_end_search(d);
	CHECK_INT(deliver_want(d), DELIVER_DONE);
	CHECK_INT(deliver_outcomes(d, &n)->temporary, true);
	CHECK_INT(n, 1);
}
