/* The client's transactions: RFC 5321 3.3 and 4.1.1, RFC 2920, RFC 2033, RFC 1870,
 * RFC 6152, RFC 6531, RFC 3461, RFC 9422. */
#include <stdio.h>

#include "talk.h"
#include "test.h"

#define OPEN(ext)  "S 220 mx\nC EHLO me.example\n" ext
#define PLAIN      OPEN("S 250 mx\n")
#define PIPE       OPEN("S 250-mx\nS 250 PIPELINING\n")
#define MAIL       "C MAIL FROM:<a@me.example>\n"
#define B          "C RCPT TO:<b@mx.example>\n"
#define C_         "C RCPT TO:<c@mx.example>\n"
#define D          "C RCPT TO:<d@mx.example>\n"
#define FLIGHT     MAIL B C_ D "C DATA\n"
#define BODY       "B hello\nB .dot\nE\nC hello\nC ..dot\nC .\n"
#define THREE(one) one "; " one "; " one

static const struct smtp_client_conf LMTP = { .name = SPAN("me.example"), .lmtp = true };

TEST(smtp_client_delivers)
{
	static const struct {
		const char *script, *outcomes;
	} t[] = {
		/* One at a time. */
		{ "M\n" PLAIN MAIL "S 250 ok\n" B "S 250 ok\n" C_ "S 251 will forward\n" D
		  "S 250 ok\nC DATA\nS 354 go\n" BODY
		  "S 250 2.0.0 queued as 1\nI\nQ\nC QUIT\nS 221 "
		  "bye\nX\n",
		  THREE("body 250 2.0.0 delivered") },
		/* RFC 2920 3.1: one flight. */
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\nS 354 go\n" BODY
		  "S 250 2.0.0 ok\nI\n",
		  THREE("body 250 2.0.0 delivered") },
		/* Mixed answers. */
		{ "M\n" PIPE FLIGHT
		  "S 250 ok\nS 550 5.1.1 no\nS 250 ok\nS 452 4.2.2 full\nS 354 go\n" BODY
		  "S 250 ok\nI\n",
		  "rcpt 550 5.1.1 no-such-user P; body 250 delivered; rcpt 452 4.2.2 mailbox-full "
		  "T" },
		{ "M\n" PLAIN MAIL "S 250 ok\n" B "S 550 5.1.1 no\n" C_ "S 250 ok\n" D
		  "S 452 4.2.2 full\nC DATA\nS 354 go\n" BODY "S 250 ok\nI\n",
		  "rcpt 550 5.1.1 no-such-user P; body 250 delivered; rcpt 452 4.2.2 mailbox-full "
		  "T" },
		/* RFC 5321 4.5.3.1.10: the rest is deferred, the others get it. */
		{ "M\n" PIPE FLIGHT
		  "S 250 ok\nS 250 ok\nS 452 4.5.3 too many\nS 552 too many recipients\n"
		  "S 354 go\n" BODY "S 250 ok\nI\n",
		  "body 250 delivered; rcpt 452 4.5.3 rate-limited T; rcpt 552 rate-limited T" },
		/* The message is refused. */
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 250 ok\nS 550 5.1.1 no\nS 250 ok\nS 354 go\n" BODY
		  "S 554 5.7.1 spam\nI\n",
		  "body 554 5.7.1 spam-content P; rcpt 550 5.1.1 no-such-user P; "
		  "body 554 5.7.1 spam-content P" },
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\nS 354 go\n" BODY
		  "S 451 4.3.0 later\nI\n",
		  THREE("body 451 4.3.0 remote-trouble T") },
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\nS 354 go\n" BODY
		  "S 354 what\nX\n",
		  THREE("end 4.5.0 may-have-arrived T") },
		{ "M\n" PIPE FLIGHT
		  "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\nS 452 4.3.1 full disk\nI\n",
		  THREE("data 452 4.3.1 remote-trouble T") },
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\nS 250 what\nX\n",
		  THREE("data 4.5.0 protocol-error T") },
		/* The sender is refused, with and without pipelining. */
		{ "M\n" PLAIN MAIL "S 550 5.1.8 no\nI\n",
		  THREE("mail 550 5.1.8 sender-refused P") },
		{ "M\n" PIPE FLIGHT "S 550 5.1.8 no\nS 503 a\nS 503 a\nS 503 a\nS 503 a\nI\n",
		  THREE("mail 550 5.1.8 sender-refused P") },
		{ "M\n" PIPE FLIGHT "S 450 4.1.8 no\nS 250 a\nS 250 a\nS 250 a\nS 554 none\nI\n",
		  THREE("mail 450 4.1.8 sender-refused T") },
		{ "M\n" PLAIN MAIL "S 354 what\nX\n", THREE("mail 4.5.0 protocol-error T") },
		{ "M\n" PLAIN MAIL "S 250 ok\n" B "S 354 what\nX\n",
		  THREE("rcpt 4.5.0 protocol-error T") },
		/* 421 ends the session wherever it comes: RFC 5321 3.8. */
		{ "M\n" PIPE FLIGHT "S 421 4.3.2 out\nX\n",
		  THREE("mail 421 4.3.2 remote-trouble T") },
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 550 5.1.1 no\nS 250 ok\nS 421 4.3.2 out\nX\n",
		  "rcpt 550 5.1.1 no-such-user P; rcpt 421 4.3.2 remote-trouble T; "
		  "rcpt 421 4.3.2 remote-trouble T" },
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\nS 421 out\nX\n",
		  THREE("data 421 remote-trouble T") },
		{ "M\n" PIPE FLIGHT "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\nS 354 go\n" BODY
		  "S 421 out\nX\n",
		  THREE("body 421 remote-trouble T") },
	};
	EACH_ROW(t)
		talk_check(&TALK_CONF, &TALK_TX, t[row].script, t[row].outcomes);
}

/* RFC 2920 3.1: everybody was refused, and DATA is already on its way. */
TEST(smtp_client_never_sends_an_empty_message)
{
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PIPE FLIGHT "S 250 a\nS 550 5.1.1 a\nS 550 5.1.1 b\nS 550 5.1.1 c\n"
	           "S 554 nobody\nI\n",
	           THREE("rcpt 550 5.1.1 no-such-user P"));
	/* A server that wants a message for nobody gets nothing more at all. */
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PIPE FLIGHT "S 250 a\nS 550 5.1.1 a\nS 550 5.1.1 b\nS 550 5.1.1 c\n"
	           "S 354 go on\nX\n",
	           THREE("rcpt 550 5.1.1 no-such-user P"));
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PIPE FLIGHT "S 550 5.1.8 no\nS 250 a\nS 250 b\nS 250 c\nS 354 go on\nX\n",
	           THREE("mail 550 5.1.8 sender-refused P"));
	/* Without pipelining DATA is not said. */
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PLAIN MAIL "S 250 a\n" B "S 550 5.1.1 a\n" C_ "S 550 5.1.1 a\n" D
	           "S 550 5.1.1 a\nI\n",
	           THREE("rcpt 550 5.1.1 no-such-user P"));
}

/* RFC 2033 4.2: a reply each. */
TEST(smtp_client_lmtp_delivers)
{
#define LOPEN "S 220 mx\nC LHLO me.example\nS 250-mx\nS 250 PIPELINING\n"
	talk_check(&LMTP, &TALK_TX,
	           "M\n" LOPEN FLIGHT "S 250 a\nS 250 a\nS 550 5.1.1 no\nS 250 a\nS 354 go\n" BODY
	           "S 250 2.0.0 ok\nS 452 4.2.2 full\nI\n",
	           "body 250 2.0.0 delivered; rcpt 550 5.1.1 no-such-user P; "
	           "body 452 4.2.2 mailbox-full T");
	talk_check(&LMTP, &TALK_TX,
	           "M\n" LOPEN FLIGHT "S 250 a\nS 250 a\nS 250 b\nS 250 a\nS 354 go\n" BODY
	           "S 250 2.0.0 ok\nS 421 4.3.2 out\nX\n",
	           "body 250 2.0.0 delivered; body 421 4.3.2 remote-trouble T; "
	           "body 421 4.3.2 remote-trouble T");
	/* One reply too many is nobody's. */
	talk_check(
	        &LMTP, &TALK_TX,
	        "M\n" LOPEN FLIGHT "S 250 a\nS 550 5.1.1 a\nS 550 5.1.1 b\nS 250 a\nS 354 go\n" BODY
	        "S 250 ok\nS 250 ok\nX\n",
	        "rcpt 550 5.1.1 no-such-user P; rcpt 550 5.1.1 no-such-user P; body 250 delivered");
}

/* A reply before the final dot is out accepts nothing. */
TEST(smtp_client_takes_no_early_acceptance)
{
	static const struct {
		const char *script, *outcomes;
	} t[] = {
		{ "S 250 2.0.0 ok\nX\n", THREE("body 4.5.0 protocol-error T") },
		{ "B hello\nE\nS 250 2.0.0 ok\nX\n", THREE("body 4.5.0 protocol-error T") },
		{ "B hello\nS 552 5.3.4 too big\nX\n", THREE("body 552 5.3.4 message-too-big P") },
		{ "B hello\nE\nS 552 5.3.4 too big\nX\n",
		  THREE("body 552 5.3.4 message-too-big P") },
		{ "S 421 4.3.2 out\nX\n", THREE("body 421 4.3.2 remote-trouble T") },
	};
	EACH_ROW(t) {
		struct talk k;

		talk_open(&k, &TALK_CONF, 0);
		talk(&k, "M\n" PIPE FLIGHT "S 250 a\nS 250 a\nS 250 a\nS 250 a\nS 354 go\n");
		talk(&k, t[row].script);
		CHECK_STR(talk_outcomes(&k), t[row].outcomes);
		CHECK_INT(smtp_client_output(k.c).n, 0);
		talk_close(&k);
	}
}

/* Two messages on a connection; a transaction that is left open is reset in the next flight. */
TEST(smtp_client_is_reused)
{
#define OK5 "S 250 a\nS 250 a\nS 250 a\nS 250 a\nS 354 go\n"
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PIPE FLIGHT OK5 BODY "S 250 ok\nI\nM\n" FLIGHT OK5 BODY "S 250 ok\nI\n",
	           THREE("body 250 delivered"));
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PIPE FLIGHT "S 250 a\nS 550 a\nS 550 a\nS 550 a\nS 503 a\nI\n"
	           "M\nC RSET\n" FLIGHT "S 250 reset\n" OK5 BODY "S 250 ok\nI\n",
	           THREE("body 250 delivered"));
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PLAIN MAIL "S 250 a\n" B "S 550 a\n" C_ "S 550 a\n" D "S 550 a\nI\n"
	           "M\nC RSET\nS 250 a\n" MAIL "S 550 5.1.8 no\nI\nM\n" MAIL "S 451 4.1.8 no\nI\n",
	           THREE("mail 451 4.1.8 sender-refused T"));
	/* A server that opened a transaction though it refused MAIL. */
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PIPE FLIGHT "S 450 4.1.8 no\nS 250 a\nS 550 a\nS 550 a\nS 554 none\nI\n"
	           "M\nC RSET\n" FLIGHT "S 250 reset\n" OK5 BODY "S 250 ok\nI\n",
	           THREE("body 250 delivered"));
	/* A refused RSET is not the message's fault. */
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" PIPE FLIGHT "S 250 a\nS 550 a\nS 550 a\nS 550 a\nS 503 a\nI\n"
	           "M\nC RSET\n" FLIGHT "S 502 what\nX\n",
	           THREE("mail 4.5.0 protocol-error T"));
	/* What remains of the connection's last breath is no new transaction's reply. */
	talk_check(&TALK_CONF, &TALK_TX, "M\n" PIPE FLIGHT OK5 BODY "S 250 ok\nS 421 bye\nX\n",
	           THREE("body 250 delivered"));
}

/* What the server cannot take is not offered to it. */
TEST(smtp_client_parameters)
{
	static const struct smtp_client_rcpt rcpts[] = {
		{ SPAN("b@mx.example"), SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_DELAY,
		  SPAN("rfc822;b+2Bx@y") },
		{ SPAN("\"c d\"@mx.example"), SMTP_NOTIFY_NEVER, SPAN("") },
	};
	static const struct smtp_client_rcpt utf8_rcpts[] = { { .address = SPAN(
		                                                        "\xc3\xa9@mx.example") } };
	static const struct smtp_client_tx all = { .return_path = SPAN(""),
		                                   .rcpts = rcpts,
		                                   .n_rcpts = 2,
		                                   .size = 1000,
		                                   .eight_bit = true,
		                                   .ret = SMTP_RET_HDRS,
		                                   .envid = SPAN("x+2By") },
	                                   plain = { .return_path = SPAN(""),
		                                     .rcpts = rcpts,
		                                     .n_rcpts = 2,
		                                     .size = 1000,
		                                     .ret = SMTP_RET_FULL,
		                                     .envid = SPAN("x+2By") },
	                                   utf8 = { .return_path = SPAN("a@b"),
		                                    .rcpts = utf8_rcpts,
		                                    .n_rcpts = 1 };
	static const struct {
		const struct smtp_client_tx *tx;
		const char *script, *outcomes;
	} t[] = {
		{ &all,
		  OPEN("S 250-mx\nS 250-SIZE 1000\nS 250-8BITMIME\nS 250 DSN\n") "M\nC MAIL "
		                                                                 "FROM:<> "
		                                                                 "SIZE=1000 "
		                                                                 "BODY=8BITMIME "
		                                                                 "RET=HDRS "
		                                                                 "ENVID=x+2By\nS "
		                                                                 "250 ok\n"
		                                                                 "C RCPT "
		                                                                 "TO:<b@mx.example>"
		                                                                 " NOTIFY=SUCCESS,"
		                                                                 "DELAY "
		                                                                 "ORCPT=rfc822;b+"
		                                                                 "2Bx@y\nS 250 ok\n"
		                                                                 "C RCPT TO:<\"c "
		                                                                 "d\"@mx.example> "
		                                                                 "NOTIFY=NEVER\n",
		  "-; -" },
		{ &plain,
		  PLAIN "M\nC MAIL FROM:<>\nS 250 ok\nC RCPT TO:<b@mx.example>\nS 250 ok\n"
		        "C RCPT TO:<\"c d\"@mx.example>\n",
		  "-; -" },
		{ &utf8,
		  OPEN("S 250-mx\nS 250 SMTPUTF8\n") "M\nC MAIL FROM:<a@b> SMTPUTF8\nS 250 ok\n"
		                                     "C RCPT TO:<\xc3\xa9@mx.example>\n",
		  "-" },
		/* RFC 1870 6.1, RFC 6152 3, RFC 6531 3.2: refused here, and the session goes on. */
		{ &all, OPEN("S 250-mx\nS 250-SIZE 999\nS 250 8BITMIME\n") "M\nI\n",
		  "mail 5.3.4 message-too-big P; mail 5.3.4 message-too-big P" },
		{ &all, PLAIN "M\nI\n",
		  "mail 5.6.3 content-refused P; mail 5.6.3 content-refused P" },
		{ &utf8, PLAIN "M\nI\n", "mail 5.6.7 content-refused P" },
		{ &utf8, "M\n" OPEN("S 500 what\nC HELO me.example\nS 250 mx\nI\n"),
		  "mail 5.6.7 content-refused P" },
	};
	EACH_ROW(t)
		talk_check(&TALK_CONF, t[row].tx, t[row].script, t[row].outcomes);
}

/* RFC 9422 4: RCPTMAX; those over it wait. */
TEST(smtp_client_respects_rcptmax)
{
	talk_check(&TALK_CONF, &TALK_TX,
	           "M\n" OPEN("S 250-mx\nS 250-PIPELINING\nS 250 LIMITS RCPTMAX=1\n") MAIL B
	           "C DATA\nS 250 a\nS 250 a\nS 354 go\n" BODY "S 250 ok\nI\n",
	           "body 250 delivered; rcpt 4.5.3 rate-limited T; rcpt 4.5.3 rate-limited T");
}

/* No octet of an address or parameter can end a command line. */
TEST(smtp_client_begin_checks)
{
	static struct smtp_client_rcpt good = { .address = SPAN("b@c") },
	                               bad = { .address = SPAN("b") },
	                               crlf = { .address = SPAN("b@c>\r\nDATA\r\n") },
	                               empty = { .address = SPAN("") },
	                               postmaster = { .address = SPAN("postmaster") },
	                               orcpt = { .address = SPAN("b@c"),
		                                 .orcpt = SPAN("rfc822;a+0Ab") },
	                               raw = { .address = SPAN("b@c"),
		                               .orcpt = SPAN("utf-8;\xc3\xa9@b") };
	static const struct {
		struct smtp_client_tx tx;
		int r;
	} t[] = {
		{ { .return_path = SPAN("a@b"), .rcpts = &postmaster, .n_rcpts = 1 }, 0 },
		{ { .return_path = SPAN("a@b"), .rcpts = &good, .n_rcpts = 0 }, ERR_SYNTAX },
		{ { .return_path = SPAN("a"), .rcpts = &good, .n_rcpts = 1 }, ERR_SYNTAX },
		{ { .return_path = SPAN("a@b\r\nRSET"), .rcpts = &good, .n_rcpts = 1 },
		  ERR_SYNTAX },
		{ { .return_path = SPAN("a@b> SIZE=1"), .rcpts = &good, .n_rcpts = 1 },
		  ERR_SYNTAX },
		{ { .return_path = SPAN("a@b"), .rcpts = &bad, .n_rcpts = 1 }, ERR_SYNTAX },
		{ { .return_path = SPAN("a@b"), .rcpts = &crlf, .n_rcpts = 1 }, ERR_SYNTAX },
		{ { .return_path = SPAN("a@b"), .rcpts = &empty, .n_rcpts = 1 }, ERR_SYNTAX },
		{ { .return_path = SPAN("a@b"), .rcpts = &orcpt, .n_rcpts = 1 }, ERR_SYNTAX },
		{ { .return_path = SPAN("a@b"), .rcpts = &raw, .n_rcpts = 1 }, ERR_SYNTAX },
		{ { .return_path = SPAN("a@b"), .rcpts = &raw, .n_rcpts = 1, .smtputf8 = true },
		  0 },
		{ { .return_path = SPAN("a@b"),
		    .rcpts = &good,
		    .n_rcpts = 1,
		    .envid = SPAN("+0D") },
		  ERR_SYNTAX },
		{ { .return_path = SPAN("a@b"),
		    .rcpts = &good,
		    .n_rcpts = SMTP_CLIENT_RCPTS_MAX + 1 },
		  ERR_TOO_LONG },
	};
	EACH_ROW(t) {
		struct talk k;

		talk_open(&k, &TALK_CONF, 0);
		CHECK_INT(smtp_client_begin(k.c, &t[row].tx), t[row].r);
		CHECK_INT(smtp_client_begin(k.c, &TALK_TX), t[row].r ? 0 : ERR_EXISTS);
		talk_close(&k);
	}
}

enum { MANY = 1000 };

static struct smtp_client_rcpt many[MANY];
static char many_text[MANY][32];

static struct smtp_client_tx many_tx(void)
{
	for (size_t i = 0; i < MANY; i++) {
		int n = snprintf(many_text[i], sizeof many_text[i], "user%zu@mx.example", i);

		many[i] = (struct smtp_client_rcpt){ .address = { many_text[i], (size_t)n } };
	}
	return (struct smtp_client_tx){ .return_path = SPAN("a@b"),
		                        .rcpts = many,
		                        .n_rcpts = MANY };
}

/* Answers the oldest line that the client sent: every third recipient is refused. */
static void answer_one(struct smtp_client *c, struct span *owed, size_t *n_rcpts)
{
	const char *reply = "250 ok\r\n";
	struct span line;

	CHECK(span_split(owed, '\n', &line));
	if (span_starts(line, SPAN("DATA")))
		reply = "354 go\r\n";
	else if (span_starts(line, SPAN("RCPT")) && (*n_rcpts)++ % 3 == 0)
		reply = "550 5.1.1 no\r\n";
	smtp_client_recv(c, span_str(reply));
}

static size_t count_lines(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

/* RFC 2920 3.1: windows are bounded, and writes are large although replies come singly. */
TEST(smtp_client_sends_many_recipients_in_windows)
{
	struct smtp_client_tx tx = many_tx();
	size_t n_rcpts = 0, n_writes = 0, n_answered = 0, n;
	const struct smtp_client_result *results;
	AUTO_BUF sent = BUF(1 << 20);
	struct talk t;

	talk_open(&t, &TALK_CONF, 0);
	talk(&t, PIPE "I\n");
	CHECK_INT(smtp_client_begin(t.c, &tx), 0);
	while (smtp_client_want(t.c) != SMTP_WANT_BODY) {
		struct span owed = span_sub(buf_span(&sent), n_answered, sent.n);

		if (smtp_client_want(t.c) == SMTP_WANT_WRITE) {
			buf_put(&sent, smtp_client_output(t.c));
			smtp_client_sent(t.c, smtp_client_output(t.c).n);
			n_writes++;
			owed = span_sub(buf_span(&sent), n_answered, sent.n);
			CHECK(count_lines(owed) <= SMTP_CLIENT_WINDOW);
		} else {
			answer_one(t.c, &owed, &n_rcpts);
			n_answered = sent.n - owed.n;
		}
	}
	CHECK_INT(n_rcpts, MANY);
	CHECK(n_writes <= 2 * MANY / SMTP_CLIENT_WINDOW + 2);
	talk(&t, BODY "S 250 ok\nI\n");
	results = smtp_client_results(t.c, &n);
	CHECK_INT(n, MANY);
	for (size_t i = 0; i < n; i++)
		CHECK_INT(results[i].verdict.class,
		          i % 3 ? SMTP_CLASS_DELIVERED : SMTP_CLASS_NO_SUCH_USER);
	talk_close(&t);
}

/* BODY is asked for only below the bound, and the output never grows past one chunk. */
TEST(smtp_client_bounds_its_output)
{
	static char chunk[SMTP_CLIENT_CHUNK_MAX + 1];
	struct talk t;

	memset(chunk, '\n', sizeof chunk); /* what grows most */
	talk_open(&t, &TALK_CONF, 0);
	talk(&t, "M\n" PIPE FLIGHT OK5);
	CHECK_INT(smtp_client_body(t.c, span_make(chunk, sizeof chunk)), ERR_TOO_LONG);
	for (int i = 0; i < 20; i++) {
		CHECK_INT(smtp_client_want(t.c), SMTP_WANT_BODY);
		CHECK_INT(smtp_client_body(t.c, span_make(chunk, SMTP_CLIENT_CHUNK_MAX)), 0);
		CHECK_INT(smtp_client_want(t.c), SMTP_WANT_WRITE);
		CHECK_INT(smtp_client_body(t.c, span_make(chunk, 1)), ERR_BUG);
		smtp_client_sent(t.c, smtp_client_output(t.c).n - SMTP_CLIENT_OUT_LOW + 1);
	}
	CHECK_INT(smtp_client_body(t.c, span_make(chunk, SMTP_CLIENT_CHUNK_MAX)), 0);
	CHECK_INT(smtp_client_body_end(t.c), 0);
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_DATA_BLOCK);
	CHECK(span_ends_nocase(smtp_client_output(t.c), SPAN("\r\n.\r\n")));
	smtp_client_sent(t.c, smtp_client_output(t.c).n);
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_DATA_END);
	CHECK_INT(smtp_client_body_end(t.c), ERR_BUG);
	talk(&t, "S 250 ok\nI\n");
	CHECK_STR(talk_outcomes(&t), THREE("body 250 delivered"));
	talk_close(&t);
}

/* A hostile text reaches the record as one bounded line. */
TEST(smtp_client_texts_are_tame)
{
	const struct smtp_client_result *r;
	struct talk t;
	size_t n;

	talk_open(&t, &TALK_CONF, 0);
	talk(&t, "M\n" PLAIN MAIL "S 550-5.7.1 a\x1b[2J\nS 550-5.7.1 \xff\nS 550 5.7.1 c\nI\n");
	r = smtp_client_results(t.c, &n);
	CHECK_SPAN(r->text, SPAN("a?[2J ? c"));
	talk(&t,
	     "M\n" MAIL "S 550 "
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "\nI\n");
	r = smtp_client_results(t.c, &n);
	CHECK_INT(r->text.n, SMTP_CLIENT_TEXT_MAX);
	talk_close(&t);
}

/* RFC 5321 4.5.3.2: which time limit holds. */
TEST(smtp_client_phases)
{
	struct talk t;

	talk_open(&t, &TALK_CONF, 0);
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_GREETING);
	talk(&t, "M\n" PIPE);
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_COMMAND);
	CHECK_INT(smtp_client_stage(t.c), SMTP_STAGE_MAIL);
	talk(&t, FLIGHT "S 250 a\n");
	CHECK_INT(smtp_client_stage(t.c), SMTP_STAGE_RCPT);
	talk(&t, "S 250 a\nS 250 a\nS 250 a\n");
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_DATA_INIT);
	CHECK_INT(smtp_client_stage(t.c), SMTP_STAGE_DATA);
	talk(&t, "S 354 go\n");
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_DATA_BLOCK);
	CHECK_INT(smtp_client_stage(t.c), SMTP_STAGE_BODY);
	talk(&t, BODY);
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_DATA_END);
	CHECK_INT(smtp_client_stage(t.c), SMTP_STAGE_BODY);
	talk(&t, "S 250 ok\nI\n");
	CHECK_INT(smtp_client_stage(t.c), SMTP_STAGE_MAIL);
	talk_close(&t);
}
