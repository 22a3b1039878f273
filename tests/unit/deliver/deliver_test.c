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
		{ { { HELLO "250 ok;250 ok;354 go" } }, "m1+O close", "T:may-have-arrived@m1" },
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
		  "D250@m1|T:may-have-arrived@m1" },
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

/* RFC 5321 4.5.3.1.10 has 452, and 552 of old; 451 and 550 are in use with 5.5.3 (RFC 3463 3.6)
 * or words alone. */
TEST(too_many_recipients_by_any_name)
{
	static const char *const refusals[] = {
		"452 4.5.3 too many recipients", "452 too many recipients",
		"552 5.5.3 too many recipients", "451 4.5.3 error: too many recipients",
		"451 too many recipients",       "550 5.5.3 too many recipients",
		"550 Too many recipients",       "554 5.5.3 recipient count exceeded",
	};
	EACH_ROW(refusals) {
		AUTO_ARENA mem = { 0 };
		struct row t = { { { arena_printf(&mem,
			                          PLAIN "250;250;%s;354 go;250;250;250;354 "
			                                "go;250",
			                          refusals[row]) },
			           .n_rcpts = 2 },
			         "m1+O keep",
			         "D250@m1 D250@m1" };

		check(&t);
	}
}

TEST(a_limit_that_takes_nobody_is_for_now)
{
	static const struct row t[] = {
		{ { { HELLO "250;550 5.5.3 too many recipients;503" } }, "m1+O keep", "T550@m1" },
		/* Another limit than that of recipients is what its code says. */
		{ { { HELLO "250;550 5.7.1 rate limit;503" } }, "m1+O keep", "P550@m1" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

#define OFFER "220 mx;250-mx|250 STARTTLS;"
#define AGAIN "220 mx;250-mx|250-STARTTLS|250 PIPELINING;" GOOD

/* RFC 7435 3: in the clear rather than not at all, on a new session, whatever it is that fails
 * before MAIL is answered. */
TEST(opportunistic_tls_that_fails_is_done_without)
{
	static const char *const failing[] = {
		"HANGUP", /* at STARTTLS */
		"SILENCE",
		"421 4.7.0 TLS not available",
		"354 what",
		"220 go;TLS!",
		"454 4.7.0 not now;HANGUP",
		"454 4.7.0 not now;421 closing",
		"220 go;TLS;HANGUP", /* at EHLO within: a certificate was wanted, RFC 8446 4.4.2.4
		                      */
		"220 go;TLS;SILENCE",
		"220 go;TLS;421 certificate required",
		"220 go;TLS;550 not you;550 not you;221",
		"220 go;TLS;250 mx;HANGUP", /* at MAIL */
		"220 go;TLS;250 mx;SILENCE",
	};
	EACH_ROW(failing) {
		AUTO_ARENA mem = { 0 };
		struct row t = { { { arena_printf(&mem, OFFER "%s", failing[row]), AGAIN } },
			         "m1+O close, m1+F keep",
			         "D250@m1" };

		check(&t);
	}
}

TEST(opportunistic_tls)
{
	static const struct row t[] = {
		{ { { OFFER "220 go;TLS;250 mx;" GOOD } }, "m1+O keep", "D250@m1" },
		/* Refused: the same session goes on. */
		{ { { OFFER "454 not now;" GOOD } }, "m1+O keep", "D250@m1" },
		/* A server that greets again within TLS is understood. */
		{ { { OFFER "220 go;TLS;220 mx once more;250 mx;" GOOD } },
		  "m1+O keep",
		  "D250@m1" },
		/* RFC 3207 4.2: words behind the 220 are an attack, not a failure. */
		{ { { OFFER "220 go|250 injected" }, .to = { .domain = SPAN("one") } },
		  "m1+O close",
		  "T:protocol-error@m1" },
		/* Once MAIL is answered, it is about the mail. */
		{ { { OFFER "220 go;TLS;250 mx;451 later" } }, "m1+O quit", "T451@m1" },
		{ { { OFFER "220 go;TLS;250 mx;550 no" } }, "m1+O keep", "P550@m1" },
		{ { { OFFER "220 go;TLS;250 mx;250 ok;HANGUP" } },
		  "m1+O close",
		  "T:connection-dropped@m1" },
		/* It wants the TLS that it cannot do: not for good. */
		{ { { OFFER "220 go;TLS!",
		      PLAIN "530 5.7.0 Must issue a STARTTLS command first" } },
		  "m1+O close, m1+F keep",
		  "T530@m1" },
		{ { { OFFER "454 not now;530 5.7.0 Must issue a STARTTLS command first" } },
		  "m1+O keep",
		  "T530@m1" },
		{ { { OFFER "220 go;TLS!", PLAIN "550 5.7.10 encryption needed" } },
		  "m1+O close, m1+F keep",
		  "T550@m1" },
		/* Without TLS having failed it is for good. */
		{ { { PLAIN "530 5.7.0 Must issue a STARTTLS command first" } },
		  "m1+O keep",
		  "P530@m1" },
		/* Before TLS was tried, it did not fail. */
		{ { { "421 busy", HELLO GOOD } }, "m1+O close, m2+O keep", "D250@m2" },
		{ { { "220 mx;HANGUP", HELLO GOOD } }, "m1+O close, m2+O keep", "D250@m2" },
		/* In the clear there is nobody either: the next server, with TLS again. */
		{ { { OFFER "220 go;TLS!", "!", OFFER "220 go;TLS;250 mx;" GOOD } },
		  "m1+O close, m1+F none, m2+O keep",
		  "D250@m2" },
		/* A session that had TLS, and dies when it is used again. */
		{ { { OFFER "220 go;TLS;250 mx;" GOOD, OFFER "220 go;TLS;250 mx;" GOOD },
		    .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "D250@m1|D250@m1" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

/* A session that has had enough is not kept, and costs the message that finds out nothing. */
TEST(spent_sessions)
{
	static const struct row t[] = {
		/* New: what it says is final for the attempt; but the session ends. */
		{ { { HELLO "451 4.3.0 busy;503;503", HELLO GOOD }, .n_messages = 2 },
		  "m1+O quit|m1+O keep",
		  "T451@m1|D250@m1" },
		{ { { PLAIN "250;503 bad sequence;503 bad sequence", HELLO GOOD },
		    .n_messages = 1,
		    .n_rcpts = 2 },
		  "m1+O quit",
		  "P503@m1 P503@m1" },
		/* Kept: once more on a new one. */
		{ { { HELLO GOOD "451 4.3.0 enough;503;503", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O quit, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "452 4.3.1 enough;503;503", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O quit, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "503 nested MAIL;503;503", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O quit, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "550 too many messages in this session;503;503", HELLO GOOD },
		    .n_messages = 2 },
		  "m1+O keep|m1=O quit, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "250;503 bad sequence;503", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O quit, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "250;421 enough", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "250;HANGUP", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "D250@m1|D250@m1" },
		{ { { HELLO GOOD "SILENCE", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "D250@m1|D250@m1" },
		/* Once only; and what is about the message is not asked again. */
		{ { { HELLO GOOD "451 enough;503;503", HELLO "451 busy;503;503" },
		    .n_messages = 2 },
		  "m1+O keep|m1=O quit, m1+O quit",
		  "D250@m1|T451@m1" },
		{ { { HELLO GOOD "550 5.1.8 no such sender;503;503" }, .n_messages = 2 },
		  "m1+O keep|m1=O keep",
		  "D250@m1|P550@m1" },
		{ { { HELLO GOOD "250;450 grey;503" }, .n_messages = 2 },
		  "m1+O keep|m1=O keep",
		  "D250@m1|T450@m1" },
		/* A server without RSET: the transaction that nobody got stays open there. */
		{ { { HELLO "250;550 who;503;502 no RSET;503;503;503", HELLO GOOD },
		    .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "P550@m1|D250@m1" },
		{ { { PLAIN "250;550 who;500 no RSET", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "P550@m1|D250@m1" },
		{ { { PLAIN "250;550 who;421 no RSET", HELLO GOOD }, .n_messages = 2 },
		  "m1+O keep|m1=O close, m1+O keep",
		  "P550@m1|D250@m1" },
	};
	EACH_ROW(t)
		check(&t[row]);
}

#define HELLO8 "220 mx;250-mx|250-PIPELINING|250 8BITMIME;"
#define HEARD(mail, rcpt)                                                                          \
	"EHLO us.test MAIL FROM:<" mail " RCPT TO:<" rcpt "> DATA Subject: x  x . "

#define CONTENT_7BIT   .content = { false, false }
#define CONTENT_8BIT   .content = { true, true }
#define CONTENT_SEALED .content = { true, false }

/* RFC 6152 3: what a server without 8BITMIME gets. */
TEST(eight_bit_bodies)
{
	static const struct {
		struct script script;
		const char *sessions, *outcomes, *heard;
	} t[] = {
		{ { { HELLO8 GOOD }, .eight_bit = true },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("alice@us.test> BODY=8BITMIME", "b0@d") },
		/* The octets were in the header section alone. */
		{ { { HELLO GOOD }, .eight_bit = true, CONTENT_7BIT },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("alice@us.test>", "b0@d") },
		{ { { HELLO GOOD }, .eight_bit = true, CONTENT_8BIT },
		  "m1+O keep",
		  "D250@m1",
		  "EHLO us.test MAIL FROM:<alice@us.test> RCPT TO:<b0@d> DATA (7bit) Subject: x  x "
		  ". " },
		/* Signed: another host may take it as it is. */
		{ { { HELLO, HELLO8 GOOD }, .eight_bit = true, CONTENT_SEALED },
		  "m1+O keep, m2+O keep",
		  "D250@m2",
		  "EHLO us.test " HEARD("alice@us.test> BODY=8BITMIME", "b0@d") },
		{ { { HELLO, HELLO }, .eight_bit = true, CONTENT_SEALED },
		  "m1+O keep, m2+O keep",
		  "P:content-refused@m1",
		  "EHLO us.test EHLO us.test " },
		{ { { HELLO, "!" }, .eight_bit = true, CONTENT_SEALED },
		  "m1+O keep, m2+O none",
		  "T:content-refused@m1",
		  "EHLO us.test " },
		/* It is known to be so: nobody looks. */
		{ { { HELLO, HELLO8 GOOD },
		    .eight_bit = true,
		    .is_signed = true,
		    .unreadable = true },
		  "m1+O keep, m2+O keep",
		  "D250@m2",
		  "EHLO us.test " HEARD("alice@us.test> BODY=8BITMIME", "b0@d") },
		{ { { HELLO, HELLO }, .eight_bit = true, .is_signed = true, .unreadable = true },
		  "m1+O keep, m2+O keep",
		  "P:content-refused@m1",
		  "EHLO us.test EHLO us.test " },
		{ { { HELLO GOOD }, .is_signed = true, .unreadable = true },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("alice@us.test>", "b0@d") },
		/* Made 7bit for one, as it is for the next. */
		{ { { HELLO "421 closing", HELLO8 GOOD }, .eight_bit = true, CONTENT_8BIT },
		  "m1+O close, m2+O keep",
		  "D250@m2",
		  "EHLO us.test MAIL FROM:<alice@us.test> RCPT TO:<b0@d> DATA " HEARD(
		          "alice@us.test> BODY=8BITMIME", "b0@d") },
		/* Looking at it is no transaction. */
		{ { { "220 mx;250-mx|250 LIMITS MAILMAX=2;" GOOD GOOD },
		    .eight_bit = true,
		    CONTENT_7BIT,
		    .n_messages = 2 },
		  "m1+O keep|m1=O quit",
		  "D250@m1|D250@m1",
		  NULL },
		{ { { HELLO }, .eight_bit = true, .unreadable = true },
		  "m1+O keep",
		  "T:local-trouble@m1",
		  "EHLO us.test " },
	};
	EACH_ROW(t) {
		const char *sessions, *outcomes, *heard;

		script_run(&t[row].script, &sessions, &outcomes, &heard);
		CHECK_STR(sessions, t[row].sessions);
		CHECK_STR(outcomes, t[row].outcomes);
		if (t[row].heard)
			CHECK_STR(heard, t[row].heard);
	}
}

#define HELLO6 "220 mx;250-mx|250-PIPELINING|250-8BITMIME|250 SMTPUTF8;"

/* RFC 6531 3.2: demanded when address or header section needs it, and then of every host. */
TEST(smtputf8)
{
	static const struct {
		struct script script;
		const char *sessions, *outcomes, *heard;
	} t[] = {
		{ { { HELLO6 GOOD } }, "m1+O keep", "D250@m1", HEARD("alice@us.test>", "b0@d") },
		{ { { HELLO6 GOOD }, .smtputf8 = true },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("alice@us.test> SMTPUTF8", "b0@d") },
		{ { { HELLO6 GOOD }, .return_path = "\xc3\xbc@us.test" },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("\xc3\xbc@us.test> SMTPUTF8", "b0@d") },
		{ { { HELLO8, HELLO6 GOOD }, .smtputf8 = true },
		  "m1+O keep, m2+O keep",
		  "D250@m2",
		  "EHLO us.test " HEARD("alice@us.test> SMTPUTF8", "b0@d") },
		{ { { HELLO8, HELLO8 }, .smtputf8 = true },
		  "m1+O keep, m2+O keep",
		  "P:content-refused@m1",
		  NULL },
		{ { { HELLO8, "!" }, .smtputf8 = true },
		  "m1+O keep, m2+O none",
		  "T:content-refused@m1",
		  NULL },
		/* International in the domain alone: A-labels, for every server. */
		{ { { HELLO GOOD }, .return_path = "alice@b\xc3\xbc.test" },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("alice@xn--b-eha.test>", "b0@d") },
		{ { { HELLO GOOD }, .rcpt_domain = "b\xc3\xbc.test" },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("alice@us.test>", "b0@xn--b-eha.test") },
		/* It cannot be written so: then it needs the extension. */
		{ { { HELLO6 GOOD }, .rcpt_domain = "\xc3\xbc.test" },
		  "m1+O keep",
		  "D250@m1",
		  HEARD("alice@us.test> SMTPUTF8", "b0@\xc3\xbc.test") },
	};
	EACH_ROW(t) {
		const char *sessions, *outcomes, *heard;

		script_run(&t[row].script, &sessions, &outcomes, &heard);
		CHECK_STR(sessions, t[row].sessions);
		CHECK_STR(outcomes, t[row].outcomes);
		if (t[row].heard)
			CHECK_STR(heard, t[row].heard);
	}
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
