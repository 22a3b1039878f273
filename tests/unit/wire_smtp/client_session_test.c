/* The client from the greeting to an open session: RFC 5321 3.1-3.2, RFC 3207, RFC 4954. */
#include "talk.h"
#include "test.h"

#define HELLO      "S 220 mx.example ESMTP\nC EHLO me.example\n"
#define DONE       "C QUIT\nS 221 bye\nX\n"
#define THREE(one) one "; " one "; " one

static const struct smtp_client_conf OPPORTUNISTIC = { .name = SPAN("me.example"),
	                                               .tls = SMTP_TLS_OPPORTUNISTIC };
static const struct smtp_client_conf REQUIRED = { .name = SPAN("me.example"),
	                                          .tls = SMTP_TLS_REQUIRED };

TEST(smtp_client_session_opens_or_not)
{
	static const struct {
		const struct smtp_client_conf *conf;
		const char *script, *outcomes;
	} t[] = {
		/* RFC 5321 3.1, 4.2.4: the greeting. */
		{ &TALK_CONF, "M\nS 554 5.7.1 go away\n" DONE,
		  THREE("greeting 554 5.7.1 policy P") },
		{ &TALK_CONF, "M\nS 450 busy\n" DONE, THREE("greeting 450 remote-trouble T") },
		{ &TALK_CONF, "M\nS 421 4.3.2 closing\nX\n",
		  THREE("greeting 421 4.3.2 remote-trouble T") },
		{ &TALK_CONF, "M\nS 250 hm\nX\n", THREE("greeting 4.5.0 protocol-error T") },
		{ &TALK_CONF, "M\nS 354 hm\nX\n", THREE("greeting 4.5.0 protocol-error T") },
		{ &TALK_CONF, "M\nS HTTP/1.1 400 Bad Request\nX\n",
		  THREE("greeting 4.5.0 protocol-error T") },
		{ &TALK_CONF, "M\nS * PREAUTH hi\nX\n", THREE("greeting 4.5.0 protocol-error T") },
		/* RFC 5321 3.2: HELO where EHLO is not known. */
		{ &TALK_CONF, HELLO "S 502 what\nC HELO me.example\nS 250 mx\nI\nQ\n" DONE, "" },
		{ &TALK_CONF, "M\n" HELLO "S 500 what\nC HELO me.example\nS 550 no\n" DONE,
		  THREE("ehlo 550 unspecified-refusal P") },
		{ &TALK_CONF, "M\n" HELLO "S 500 what\nC HELO me.example\nS 354 no\nX\n",
		  THREE("ehlo 4.5.0 protocol-error T") },
		{ &TALK_CONF, "M\n" HELLO "S 451 later\n" DONE,
		  THREE("ehlo 451 remote-trouble T") },
		{ &TALK_CONF, "M\n" HELLO "S 421 later\nX\n", THREE("ehlo 421 remote-trouble T") },
		{ &TALK_CONF, "M\n" HELLO "S 220 hm\nX\n", THREE("ehlo 4.5.0 protocol-error T") },
		/* A reply that stands ready before its command was sent. */
		{ &TALK_CONF, "M\nS 220 mx\nS 250 mx\nX\n", THREE("ehlo 4.5.0 protocol-error T") },
		/* RFC 3207: not offered, refused, wrong. */
		{ &OPPORTUNISTIC, HELLO "S 250 mx\nI\n", "" },
		{ &OPPORTUNISTIC, HELLO "S 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 454 no\nI\n", "" },
		{ &REQUIRED, "M\n" HELLO "S 250 mx\n" DONE, THREE("tls 4.7.10 tls-required T") },
		{ &REQUIRED, "M\n" HELLO "S 502 what\nC HELO me.example\nS 250 mx\n" DONE,
		  THREE("tls 4.7.10 tls-required T") },
		{ &REQUIRED, "M\n" HELLO "S 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 554 no\n" DONE,
		  THREE("tls 4.7.5 tls-failed T") },
		{ &REQUIRED, "M\n" HELLO "S 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 250 hm\nX\n",
		  THREE("tls 4.5.0 protocol-error T") },
	};
	EACH_ROW(t)
		talk_check(t[row].conf, &TALK_TX, t[row].script, t[row].outcomes);
}

/* RFC 3207 4.2: after TLS nothing is left of what was said before. */
TEST(smtp_client_forgets_at_tls)
{
	struct talk t;

	talk_open(&t, &REQUIRED, 0);
	talk(&t, HELLO "S 250-mx\nS 250-STARTTLS\nS 250-PIPELINING\nS 250 SIZE 1\n"
	               "C STARTTLS\nS 220 go\nT\nC EHLO me.example\nS 250-mx\nS 250 DSN\nI\n");
	CHECK_INT(smtp_client_facts(t.c)->ehlo.ext, SMTP_EXT_DSN);
	CHECK(smtp_client_facts(t.c)->tls_used);
	CHECK(smtp_client_facts(t.c)->tls_offered);
	CHECK_STR(smtp_client_facts(t.c)->banner, "mx.example ESMTP");
	talk_close(&t);
}

/* The same where the server is no longer asked in EHLO's way. */
TEST(smtp_client_forgets_at_tls_even_with_helo)
{
	struct talk t;

	talk_open(&t, &REQUIRED, 0);
	talk(&t, HELLO "S 250-mx\nS 250-STARTTLS\nS 250 SIZE 1\n"
	               "C STARTTLS\nS 220 go\nT\nC EHLO me.example\nS 500 what\n"
	               "C HELO me.example\nS 250 mx\nI\n");
	CHECK_INT(smtp_client_facts(t.c)->ehlo.ext, 0);
	CHECK_INT(smtp_client_facts(t.c)->ehlo.size_max, 0);
	CHECK(!smtp_client_facts(t.c)->esmtp);
	talk_close(&t);
}

/* STARTTLS response injection: octets behind the 220, in the same read or before the
 * handshake, are never taken for anything. */
TEST(smtp_client_refuses_injected_replies)
{
	static const char *const t[] = {
		"S 220 go\nS 250 mx\nX\n",
		"S 220 go\nS \nX\n",
	};
	EACH_ROW(t) {
		struct talk k;

		talk_open(&k, &REQUIRED, 0);
		talk(&k, "M\n" HELLO "S 250-mx\nS 250 STARTTLS\nC STARTTLS\n");
		talk(&k, t[row]);
		CHECK_STR(talk_outcomes(&k), THREE("tls 4.5.0 protocol-error T"));
		CHECK_INT(smtp_client_output(k.c).n, 0);
		talk_close(&k);
	}
	/* In pieces it comes after the 220 was understood. */
	talk_check(&REQUIRED, &TALK_TX,
	           "M\n" HELLO "S 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 220 go\nS 250 mx\nX\n",
	           THREE("tls 4.5.0 protocol-error T"));
}

/* Not even a part of a line may stand there. */
TEST(smtp_client_refuses_one_injected_octet)
{
	static const struct span t[] = { SPAN("220 go\r\n2"), SPAN("220 go\r\n\x16") };
	EACH_ROW(t) {
		struct talk k;

		talk_open(&k, &REQUIRED, 0);
		talk(&k, "M\n" HELLO "S 250-mx\nS 250 STARTTLS\nC STARTTLS\n");
		smtp_client_recv(k.c, exact(t[row]));
		talk(&k, "X\n");
		CHECK_STR(talk_outcomes(&k), THREE("tls 4.5.0 protocol-error T"));
		talk_close(&k);
	}
}

TEST(smtp_client_handshake_fails)
{
	struct talk t;

	talk_open(&t, &OPPORTUNISTIC, 0);
	talk(&t, "M\n" HELLO "S 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 220 go\n");
	CHECK_INT(smtp_client_want(t.c), SMTP_WANT_STARTTLS);
	smtp_client_closed(t.c, SMTP_CAUSE_TLS);
	CHECK_INT(smtp_client_want(t.c), SMTP_WANT_CLOSED);
	CHECK_STR(talk_outcomes(&t), THREE("tls 4.7.5 tls-failed T"));
	talk_close(&t);
}

/* RFC 8314 3.3: the handshake stands before the greeting, and says why it failed. */
TEST(smtp_client_takes_tls_from_the_first_octet)
{
	static const struct smtp_client_conf conf = { .name = SPAN("me.example"),
		                                      .tls = SMTP_TLS_IMPLICIT };
	struct smtp_client *c = smtp_client_new(&conf);

	CHECK_INT(smtp_client_want(c), SMTP_WANT_STARTTLS);
	CHECK_INT(smtp_client_stage(c), SMTP_STAGE_TLS);
	smtp_client_tls_done(c);
	CHECK(smtp_client_facts(c)->tls_used);
	CHECK_INT(smtp_client_want(c), SMTP_WANT_READ);
	CHECK_INT(smtp_client_stage(c), SMTP_STAGE_GREETING);
	smtp_client_recv(c, SPAN("220 mx\r\n"));
	CHECK_SPAN(smtp_client_output(c), SPAN("EHLO me.example\r\n"));
	smtp_client_free(c);

	c = smtp_client_new(&conf);
	smtp_client_recv(c, SPAN("220 mx\r\n")); /* in the clear */
	CHECK_INT(smtp_client_want(c), SMTP_WANT_CLOSED);
	smtp_client_free(c);

	c = smtp_client_new(&conf);
	smtp_client_failed(c, SMTP_CAUSE_TLS, SPAN("certificate has expired"));
	CHECK_INT(smtp_client_want(c), SMTP_WANT_CLOSED);
	CHECK_INT(smtp_client_end(c)->stage, SMTP_STAGE_TLS);
	CHECK_SPAN(smtp_client_end(c)->text,
	           SPAN("the encrypted connection could not be set up: certificate has expired"));
	smtp_client_free(c);
}

/* AUTH: RFC 4954, RFC 4616.  \0user\0pass is AHVzZXIAcGFzcw==. */
TEST(smtp_client_logs_in)
{
	static const struct smtp_client_conf tls = { .name = SPAN("me.example"),
		                                     .tls = SMTP_TLS_IMPLICIT,
		                                     .user = SPAN("user"),
		                                     .password = SPAN("pass") };
	static const struct smtp_client_conf clear = { .name = SPAN("me.example"),
		                                       .user = SPAN("user"),
		                                       .password = SPAN("pass") };
	static const struct smtp_client_conf loopback = { .name = SPAN("me.example"),
		                                          .user = SPAN("user"),
		                                          .password = SPAN("pass"),
		                                          .auth_in_clear = true };
	static const struct {
		const struct smtp_client_conf *conf;
		const char *script, *outcomes;
	} t[] = {
		{ &tls,
		  HELLO "S 250-mx\nS 250 AUTH LOGIN PLAIN\nC AUTH PLAIN AHVzZXIAcGFzcw==\n"
		        "S 235 in\nI\n",
		  "" },
		{ &loopback,
		  HELLO "S 250-mx\nS 250 AUTH PLAIN\nC AUTH PLAIN AHVzZXIAcGFzcw==\n"
		        "S 235 in\nI\n",
		  "" },
		{ &tls,
		  HELLO "S 250-mx\nS 250 AUTH LOGIN\nC AUTH LOGIN\nS 334 VXNlcm5hbWU6\n"
		        "C dXNlcg==\nS 334 UGFzc3dvcmQ6\nC cGFzcw==\nS 235 in\nI\n",
		  "" },
		/* No credential in the clear, and none to a mechanism we do not speak. */
		{ &clear, "M\n" HELLO "S 250-mx\nS 250 AUTH PLAIN\n" DONE,
		  THREE("auth 4.7.10 tls-required T") },
		{ &tls, "M\n" HELLO "S 250-mx\nS 250 AUTH GSSAPI\n" DONE,
		  THREE("auth 4.7.0 login-failed T") },
		{ &tls, "M\n" HELLO "S 250 mx\n" DONE, THREE("auth 4.7.0 login-failed T") },
		{ &tls,
		  "M\n" HELLO "S 250-mx\nS 250 AUTH PLAIN\nC AUTH PLAIN AHVzZXIAcGFzcw==\n"
		  "S 535 5.7.8 no\n" DONE,
		  THREE("auth 535 5.7.8 login-failed P") },
		{ &tls,
		  "M\n" HELLO "S 250-mx\nS 250 AUTH PLAIN\nC AUTH PLAIN AHVzZXIAcGFzcw==\n"
		  "S 334 more\nX\n",
		  THREE("auth 4.5.0 protocol-error T") },
		{ &tls, "M\n" HELLO "S 250-mx\nS 250 AUTH LOGIN\nC AUTH LOGIN\nS 235 in\nX\n",
		  THREE("auth 4.5.0 protocol-error T") },
		{ &tls,
		  "M\n" HELLO "S 250-mx\nS 250 AUTH LOGIN\nC AUTH LOGIN\nS 421 4.7.0 out\nX\n",
		  THREE("auth 421 4.7.0 login-failed T") },
	};
	EACH_ROW(t)
		talk_check(t[row].conf, &TALK_TX, t[row].script, t[row].outcomes);
}

/* STARTTLS stripped: no credential leaves. */
TEST(smtp_client_keeps_its_password)
{
	static const struct smtp_client_conf conf = { .name = SPAN("me.example"),
		                                      .tls = SMTP_TLS_OPPORTUNISTIC,
		                                      .user = SPAN("user"),
		                                      .password = SPAN("pass") };

	talk_check(&conf, &TALK_TX, "M\n" HELLO "S 250-mx\nS 250 AUTH PLAIN LOGIN\n" DONE,
	           THREE("auth 4.7.10 tls-required T"));
	talk_check(&conf, &TALK_TX,
	           "M\n" HELLO "S 250-mx\nS 250-STARTTLS\nS 250 AUTH PLAIN\nC STARTTLS\n"
	           "S 454 no\n" DONE,
	           THREE("auth 4.7.10 tls-required T"));
}

static int fake_random(uint8_t *out, size_t n)
{
	memset(out, 0, n);
	return 0;
}

static int fake_sha256(struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	memset(out, 1, SMTP_SCRAM_HASH);
	return 0;
}

static int fake_hmac(struct span key, struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	memset(out, 1, SMTP_SCRAM_HASH);
	return 0;
}

static int fake_pbkdf2(struct span password, struct span salt, uint32_t n,
                       uint8_t out[SMTP_SCRAM_HASH])
{
	memset(out, 1, SMTP_SCRAM_HASH);
	return 0;
}

/* RFC 5802 5 over RFC 4954 4.  The messages themselves: scram_test.c. */
TEST(smtp_client_logs_in_by_scram)
{
	static const struct smtp_scram_crypto crypto = { fake_random, fake_sha256, fake_hmac,
		                                         fake_pbkdf2 };
	static const struct smtp_client_conf conf = { .name = SPAN("me.example"),
		                                      .tls = SMTP_TLS_IMPLICIT,
		                                      .user = SPAN("user"),
		                                      .password = SPAN("pass"),
		                                      .scram = &crypto };
/* "n,,n=user,r=" and 24 A; "r=", them, "x,s=AAAA,i=4096"; "c=biws,r=", them, "x,p=" of 32 zeros;
 * "v=" of 32 ones. */
#define BEGIN                                                                                      \
	HELLO "S 250-mx\nS 250 AUTH PLAIN SCRAM-SHA-256\n"                                         \
	      "C AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n"
#define CHALLENGE "S 334 cj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF4LHM9QUFBQSxpPTQwOTY=\n"
#define PROOF                                                                                      \
	"C Yz1iaXdzLHI9QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBeCxwPUFBQUFBQUFBQUFBQUFBQU"                 \
	"FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9\n"
	static const struct {
		const char *script, *end;
	} t[] = {
		{ BEGIN CHALLENGE PROOF
		  "S 334 dj1BUUVCQVFFQkFRRUJBUUVCQVFFQkFRRUJBUUVCQVFFQkFRRUJBUUVCQVFFPQ==\n"
		  "C \nS 235 in\nI\n",
		  "-" },
		{ BEGIN "S 535 5.7.8 no\nC QUIT\nS 221 bye\nX\n", "auth 535 5.7.8 login-failed P" },
		{ BEGIN CHALLENGE PROOF "S 535 5.7.8 no\nC QUIT\nS 221 bye\nX\n",
		  "auth 535 5.7.8 login-failed P" },
		/* It must show that it knows the password as well. */
		{ BEGIN CHALLENGE PROOF "S 235 in\nX\n", "auth 4.7.0 login-failed T" },
		{ BEGIN CHALLENGE PROOF "S 334 dj1BQUFB\nX\n", "auth 4.7.0 login-failed T" },
		{ BEGIN "S 334 cj1BQUFB\nX\n", "auth 4.5.0 protocol-error T" },
		{ BEGIN "S 334 no base64\nX\n", "auth 4.5.0 protocol-error T" },
		/* The server has it not. */
		{ HELLO "S 250-mx\nS 250 AUTH PLAIN\nC AUTH PLAIN AHVzZXIAcGFzcw==\nS 235 in\nI\n",
		  "-" },
	};
	EACH_ROW(t) {
		struct talk k;

		talk_open(&k, &conf, 0);
		talk(&k, t[row].script);
		CHECK_STR(talk_end(&k), t[row].end);
		talk_close(&k);
	}
}

/* RFC 7628 3.1, 3.2.3. */
TEST(smtp_client_logs_in_by_a_token)
{
	static const struct smtp_client_conf conf = { .name = SPAN("me.example"),
		                                      .tls = SMTP_TLS_IMPLICIT,
		                                      .user = SPAN("a=b,c@d"),
		                                      .password = SPAN("never"),
		                                      .token = SPAN("vF9dft4qmT"),
		                                      .host = SPAN("mx.test"),
		                                      .port = 587 };
	static const struct smtp_client_conf clear = { .name = SPAN("me.example"),
		                                       .user = SPAN("u"),
		                                       .token = SPAN("t") };
/* "n,a=a=3Db=2Cc@d,^Ahost=mx.test^Aport=587^Aauth=Bearer vF9dft4qmT^A^A", and
 * "user=a=b,c@d^Aauth=Bearer vF9dft4qmT^A^A". */
#define BEARER                                                                                     \
	HELLO "S 250-mx\nS 250 AUTH PLAIN SCRAM-SHA-256 XOAUTH2 OAUTHBEARER\n"                     \
	      "C AUTH OAUTHBEARER "                                                                \
	      "bixhPWE9M0RiPTJDY0BkLAFob3N0PW14LnRlc3QBcG9ydD01ODcBYXV0aD1CZWFyZXIgdkY5ZGZ0NHFt"   \
	      "VAEB\n"
#define XOAUTH2                                                                                    \
	HELLO "S 250-mx\nS 250 AUTH PLAIN XOAUTH2\n"                                               \
	      "C AUTH XOAUTH2 dXNlcj1hPWIsY0BkAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVQBAQ==\n"
	static const struct {
		const struct smtp_client_conf *conf;
		const char *script, *end;
	} t[] = {
		{ &conf, BEARER "S 235 in\nI\n", "-" },
		{ &conf, XOAUTH2 "S 235 in\nI\n", "-" },
		{ &conf, BEARER "S 334 eyJzdGF0dXMiOiI0MDEifQ==\nC AQ==\nS 535 5.7.8 no\n" DONE,
		  "auth 535 5.7.8 login-failed P" },
		{ &conf, XOAUTH2 "S 334 eyJzdGF0dXMiOiI0MDEifQ==\nC \nS 535 5.7.8 no\n" DONE,
		  "auth 535 5.7.8 login-failed P" },
		{ &conf, XOAUTH2 "S 334 e30=\nC \nS 334 e30=\nX\n", "auth 4.5.0 protocol-error T" },
		{ &conf, BEARER "S 454 4.7.0 later\n" DONE, "auth 454 4.7.0 login-failed T" },
		/* The password is for nobody, and a token for nobody in the clear. */
		{ &conf, HELLO "S 250-mx\nS 250 AUTH PLAIN LOGIN\n" DONE,
		  "auth 4.7.0 login-failed T" },
		{ &clear, HELLO "S 250-mx\nS 250 AUTH XOAUTH2\n" DONE,
		  "auth 4.7.10 tls-required T" },
	};
	EACH_ROW(t) {
		struct talk k;

		talk_open(&k, t[row].conf, 0);
		talk(&k, t[row].script);
		CHECK_STR(talk_end(&k), t[row].end);
		talk_close(&k);
	}
}

/* One that does not fit a command line waits for the 334. */
TEST(smtp_client_sends_a_long_token_on_its_own)
{
	static char token[SMTP_CLIENT_TOKEN_MAX];
	struct smtp_client_conf conf = { .name = SPAN("me.example"),
		                         .tls = SMTP_TLS_IMPLICIT,
		                         .user = SPAN("user"),
		                         .token = { token, sizeof token } };
	const size_t n = sizeof "user=user^Aauth=Bearer ^A^A" - 4 + sizeof token;
	struct talk t;

	memset(token, 't', sizeof token);
	talk_open(&t, &conf, 0);
	talk(&t, HELLO "S 250-mx\nS 250 AUTH XOAUTH2\nC AUTH XOAUTH2\nS 334 \n");
	CHECK_INT(smtp_client_output(t.c).n, (n + 2) / 3 * 4 + 2);
	smtp_client_sent(t.c, smtp_client_output(t.c).n);
	talk(&t, "S 235 in\nI\n");
	talk_close(&t);
}

/* RFC 4954 4: credentials that do not fit a command line wait for the 334. */
TEST(smtp_client_sends_long_credentials_on_their_own)
{
	static char password[SMTP_CLIENT_SECRET_MAX];
	struct smtp_client_conf conf = { .name = SPAN("me.example"),
		                         .tls = SMTP_TLS_IMPLICIT,
		                         .user = SPAN("user"),
		                         .password = { password, sizeof password } };
	struct talk t;

	memset(password, 'p', sizeof password);
	talk_open(&t, &conf, 0);
	talk(&t, HELLO "S 250-mx\nS 250 AUTH PLAIN\nC AUTH PLAIN\nS 334 \n");
	CHECK_INT(smtp_client_output(t.c).n, (sizeof password + 6 + 2) / 3 * 4 + 2);
	smtp_client_sent(t.c, smtp_client_output(t.c).n);
	talk(&t, "S 235 in\nI\n");
	talk_close(&t);
}

TEST(smtp_client_conf_is_checked)
{
	static char longer[SMTP_CLIENT_SECRET_MAX + 1];
	struct smtp_client_conf t[] = {
		{ .name = SPAN("") },
		{ .name = SPAN("me\r\nQUIT") },
		{ .name = SPAN("me you") },
		{ .name = { longer, 256 } },
		{ .name = SPAN("me"), .user = SPAN("u\0x") },
		{ .name = SPAN("me"), .user = SPAN("u"), .password = SPAN("p\n") },
		{ .name = SPAN("me"), .user = { longer, sizeof longer } },
		{ .name = SPAN("me"), .token = SPAN("a b") },
		{ .name = SPAN("me"), .token = SPAN("a\x01") },
	};
	memset(longer, 'x', sizeof longer);
	EACH_ROW(t)
		CHECK(smtp_client_new(&t[row]) == NULL);
}

/* What comes unasked between transactions: RFC 5321 3.8. */
/* A driver that counts wrongly gets no other session for it. */
TEST(smtp_client_takes_more_than_was_there_for_all)
{
	struct smtp_client *c = smtp_client_new(&TALK_CONF);

	smtp_client_recv(c, SPAN("220 mx\r\n"));
	CHECK(smtp_client_output(c).n > 0);
	smtp_client_sent(c, SIZE_MAX);
	CHECK_INT(smtp_client_output(c).n, 0);
	CHECK_INT(smtp_client_want(c), SMTP_WANT_READ);
	smtp_client_free(c);
}

TEST(smtp_client_idle)
{
	static const struct {
		const char *script, *end;
	} t[] = {
		{ "S 421 4.4.2 idle too long\nX\n", "mail 421 4.4.2 remote-trouble T" },
		{ "S 451 4.4.2 idle too long\nX\n", "mail 451 4.4.2 remote-trouble T" },
		{ "S 250 ok\nX\n", "mail 4.5.0 protocol-error T" },
		{ "S garbage\nX\n", "mail 4.5.0 protocol-error T" },
		{ "Q\nC QUIT\nS 221 bye\nX\n", "-" },
		{ "Q\nC QUIT\nS 500 what\nX\n", "-" },
		{ "Q\nS 421 out\nX\n", "-" },
		{ "Q\nQ\nC QUIT\n", "-" },
	};
	EACH_ROW(t) {
		struct talk k;

		talk_open(&k, &TALK_CONF, 0);
		k.tx.size = 2;
		talk(&k, HELLO "S 250-mx\nS 250 SIZE 1\nI\nM\nI\n");
		CHECK_STR(talk_outcomes(&k), THREE("mail 5.3.4 message-too-big P"));
		talk(&k, t[row].script);
		CHECK_STR(talk_end(&k), t[row].end);
		CHECK_STR(talk_outcomes(&k), THREE("mail 5.3.4 message-too-big P"));
		talk_close(&k);
	}
}

TEST(smtp_client_quits_before_it_is_open)
{
	struct talk t;

	talk_open(&t, &TALK_CONF, 0);
	talk(&t, "M\n");
	CHECK_INT(smtp_client_phase(t.c), SMTP_PHASE_GREETING);
	CHECK_INT(smtp_client_stage(t.c), SMTP_STAGE_GREETING);
	smtp_client_quit(t.c);
	talk(&t, "X\n");
	CHECK_STR(talk_outcomes(&t), THREE("greeting 4.3.2 local-trouble T"));
	CHECK_INT(smtp_client_begin(t.c, &TALK_TX), ERR_CLOSED);
	talk_close(&t);
}

/* LMTP: RFC 2033 4.1, LHLO and no HELO. */
TEST(smtp_client_lmtp_session)
{
	static const struct smtp_client_conf lmtp = { .name = SPAN("me.example"), .lmtp = true };

	talk_check(&lmtp, &TALK_TX, "S 220 mx LMTP\nC LHLO me.example\nS 250 mx\nI\n", "");
	talk_check(&lmtp, &TALK_TX, "M\nS 220 mx LMTP\nC LHLO me.example\nS 500 no\n" DONE,
	           THREE("ehlo 500 protocol-error P"));
}
