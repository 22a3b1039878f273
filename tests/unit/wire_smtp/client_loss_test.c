/* The connection breaks behind each octet of the server's, in each kind of
 * conversation: nobody is left undecided, nobody is delivered who was not, and
 * what is lost is temporary (RFC 5321 4.5.4.1). */
#include <stdio.h>

#include "talk.h"
#include "test.h"

static const struct smtp_client_conf LMTP = { .name = SPAN("me.example"), .lmtp = true };
static const struct smtp_client_conf TLS = { .name = SPAN("me.example"), .tls = SMTP_TLS_REQUIRED };

#define FLIGHT                                                                                     \
	"C MAIL FROM:<a@me.example>\nC RCPT TO:<b@mx.example>\nC RCPT TO:<c@mx.example>\n"         \
	"C RCPT TO:<d@mx.example>\nC DATA\n"
#define BODY "B hello\nE\nC hello\nC .\n"

static const struct {
	const struct smtp_client_conf *conf;
	const char *script;
	const char *accepted[3]; /* the reply that decides each one as delivered, or NULL */
} TALKS[] = {
	{ &TALK_CONF,
	  "M\nS 220 mx\nC EHLO me.example\nS 250-mx\nS 250 PIPELINING\n" FLIGHT
	  "S 250 a\nS 250 b\nS 550 5.1.1 c\nS 250 d\nS 354 go\n" BODY "S 250-yes\nS 250 end\nI\n",
	  { "250 end", NULL, "250 end" } },
	{ &TALK_CONF,
	  "M\nS 220 mx\nC EHLO me.example\nS 250 mx\nC MAIL FROM:<a@me.example>\nS 250 a\n"
	  "C RCPT TO:<b@mx.example>\nS 250 b\nC RCPT TO:<c@mx.example>\nS 450 c\n"
	  "C RCPT TO:<d@mx.example>\nS 250 d\nC DATA\nS 354 go\n" BODY "S 250 end\nI\n",
	  { "250 end", NULL, "250 end" } },
	{ &LMTP,
	  "M\nS 220 mx\nC LHLO me.example\nS 250-mx\nS 250 PIPELINING\n" FLIGHT
	  "S 250 a\nS 250 b\nS 250 c\nS 250 d\nS 354 go\n" BODY
	  "S 250 end1\nS 550 5.2.2 full\nS 250 end3\nI\n",
	  { "250 end1", NULL, "250 end3" } },
	{ &TLS,
	  "M\nS 220 mx\nC EHLO me.example\nS 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 220 go\nT\n"
	  "C EHLO me.example\nS 250-mx\nS 250 PIPELINING\n" FLIGHT
	  "S 250 a\nS 250 b\nS 250 c\nS 250 d\nS 354 go\n" BODY "S 250 end\nI\n",
	  { "250 end", "250 end", "250 end" } },
};

/* Octets of the server's up to and with the line `reply`, or all of them. */
static size_t server_octets(const char *script, const char *reply)
{
	struct span rest = span_str(script), line;
	size_t n = 0;

	while (span_split(&rest, '\n', &line)) {
		if (line.p[0] != 'S')
			continue;
		n += line.n; /* "S " goes, CRLF comes */
		if (reply && span_eq(span_sub(line, 2, line.n), span_str(reply)))
			return n;
	}
	return n;
}

static void check_break(size_t k, size_t at, size_t piece)
{
	const struct smtp_client_result *results;
	struct talk t;
	size_t n;

	talk_open(&t, TALKS[k].conf, piece);
	t.budget = at;
	talk(&t, TALKS[k].script);
	CHECK_INT(smtp_client_want(t.c), SMTP_WANT_CLOSED);
	CHECK(smtp_client_results_done(t.c));
	results = smtp_client_results(t.c, &n);
	CHECK_INT(n, 3);
	for (size_t i = 0; i < n; i++) {
		const char *reply = TALKS[k].accepted[i];
		bool came = reply && at >= server_octets(TALKS[k].script, reply);

		CHECK_INT(results[i].verdict.class == SMTP_CLASS_DELIVERED, came);
		if (results[i].cause == SMTP_CAUSE_CLOSED)
			CHECK(!results[i].verdict.permanent);
		else
			CHECK(results[i].code != 0);
	}
	talk_close(&t);
}

TEST(smtp_client_survives_a_break_anywhere)
{
	EACH_ROW(TALKS)
		for (size_t at = 1; at <= server_octets(TALKS[row].script, NULL); at++) {
			check_break(row, at, 0);
			check_break(row, at, 1);
		}
}

/* RFC 5321 4.5.3.2.6, RFC 1047: behind the final dot, before its reply, whatever the cause. */
TEST(smtp_client_is_not_sure_behind_the_dot)
{
	struct talk t;

	talk_open(&t, &TALK_CONF, 0);
	talk(&t, "M\nS 220 mx\nC EHLO me.example\nS 250-mx\nS 250 PIPELINING\n" FLIGHT
	         "S 250 a\nS 250 b\nS 550 5.1.1 c\nS 250 d\nS 354 go\n" BODY);
	smtp_client_closed(t.c, SMTP_CAUSE_TIMEOUT);
	CHECK_STR(talk_outcomes(&t), "end 4.4.2 may-have-arrived T; rcpt 550 5.1.1 no-such-user P; "
	                             "end 4.4.2 may-have-arrived T");
	CHECK_STR(talk_end(&t), "end 4.4.2 may-have-arrived T");
	CHECK_SPAN(smtp_client_end(t.c)->text,
	           SPAN("the server did not answer in time" SMTP_MAY_HAVE_ARRIVED));
	smtp_client_closed(t.c, SMTP_CAUSE_CLOSED); /* no second outcome */
	CHECK_STR(talk_end(&t), "end 4.4.2 may-have-arrived T");
	CHECK_INT(smtp_client_output(t.c).n, 0);
	talk_close(&t);
}

/* In the middle of the message: the final dot is never sent. */
TEST(smtp_client_never_ends_a_partial_message)
{
	struct talk t;

	talk_open(&t, &TALK_CONF, 0);
	talk(&t, "M\nS 220 mx\nC EHLO me.example\nS 250-mx\nS 250 PIPELINING\n" FLIGHT
	         "S 250 a\nS 250 b\nS 250 c\nS 250 d\nS 354 go\nB half\n");
	smtp_client_closed(t.c, SMTP_CAUSE_LOCAL);
	CHECK_INT(smtp_client_output(t.c).n, 0);
	CHECK_INT(smtp_client_body_end(t.c), ERR_BUG);
	CHECK_INT(smtp_client_body(t.c, SPAN("more")), ERR_BUG);
	CHECK_INT(smtp_client_output(t.c).n, 0);
	talk_close(&t);
}
