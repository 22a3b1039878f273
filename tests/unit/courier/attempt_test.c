/* courier_attempt_here against scripted servers over real TCP: for each point of the
 * dialogue what the sender is told.  RFC 5321 3.3, 4.2.1, 4.5.3.2, 5.1; RFC 3207; RFC 7435. */
#include "attempt.h"

#include "base/utf8.h"
#include "wire/message/decode.h"
#include "wire/smtp/client/client.h"

enum { T = 1, P = 0 }; /* temporary, permanent */

struct row {
	const char *script;
	enum smtp_stage stage;
	uint8_t class;
	bool temporary;
	uint16_t code;
	const char *enhanced, *text; /* text: a part of it */
	bool slow;                   /* the server keeps silent: short times */
};

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
	/* RFC 5321 4.5.3.2.6: the message's end was on its way, and may have been read. */
	{ HELLO UP_TO_DATA "cut 5", SMTP_STAGE_END, SMTP_CLASS_MAY_HAVE_ARRIVED, T, 0, "4.4.2",
	  "" },
	{ HELLO UP_TO_DOT, SMTP_STAGE_END, SMTP_CLASS_MAY_HAVE_ARRIVED, T, 0, "4.4.2",
	  "closed the connection; the whole message was sent" },
	/* Silence at each point, RFC 5321 4.5.3.2. */
	{ "hang", SMTP_STAGE_GREETING, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "", true },
	{ "> 220 mx\n< EHLO\nhang", SMTP_STAGE_EHLO, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "",
	  true },
	{ HELLO "hang", SMTP_STAGE_MAIL, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "", true },
	{ HELLO "< MAIL\n> 250 ok\nhang", SMTP_STAGE_RCPT, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "",
	  true },
	{ HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\nhang", SMTP_STAGE_DATA, SMTP_CLASS_TIMED_OUT,
	  T, 0, "4.4.2", "", true },
	{ HELLO UP_TO_DOT "hang", SMTP_STAGE_END, SMTP_CLASS_MAY_HAVE_ARRIVED, T, 0, "4.4.2",
	  "in time; the whole message was sent", true },
	/* A trickle is no sign of life. */
	{ "trickle", SMTP_STAGE_GREETING, SMTP_CLASS_TIMED_OUT, T, 0, "4.4.2", "", true },
	{ HELLO UP_TO_DOT "trickle", SMTP_STAGE_END, SMTP_CLASS_MAY_HAVE_ARRIVED, T, 0, "4.4.2", "",
	  true },
	/* What is no SMTP; replies without end (threats 3.8). */
	{ "> SSH-2.0-OpenSSH_9.2\nhang", SMTP_STAGE_GREETING, SMTP_CLASS_PROTOCOL_ERROR, T, 0,
	  "4.5.0", "" },
	{ HELLO "< MAIL\n> yes please\nhang", SMTP_STAGE_MAIL, SMTP_CLASS_PROTOCOL_ERROR, T, 0,
	  "4.5.0", "" },
	{ HELLO UP_TO_DOT "> fine\nhang", SMTP_STAGE_END, SMTP_CLASS_MAY_HAVE_ARRIVED, T, 0,
	  "4.5.0", "" },
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
	CHECK_SPAN(o->remote_host, SPAN("m1"));
	CHECK(span_starts(o->remote_address, SPAN("127.0.0.2:")));
	CHECK_SPAN(o->tls_version, SPAN(""));
	CHECK_SPAN(o->tls_policy, SPAN("opportunistic"));
	CHECK(o->elapsed_ms >= 0 && o->elapsed_ms < 5000);
}

static void check_rows(void)
{
	EACH_ROW(rows) {
		AUTO_ARENA mem = { 0 };

		set_up(rows[row].script, NULL, rows[row].slow ? 250 : 5000);
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
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct courier_outcome *o;

		set_up(t[row].first, good, 500);
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
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
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
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
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

/* Nobody listens on IPv6: the host's other address is tried before any other host. */
static void check_both_families(void)
{
	AUTO_ARENA mem = { 0 };
	struct courier_outcome *o;

	set_up(HELLO UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
	o = deliver(&mem, "both", 1, MESSAGE);
	CHECK(o->delivered);
	CHECK(span_starts(o->remote_address, SPAN("127.0.0.2:")));
	tear_down();
}

TEST(both_families_are_tried)
{
	in_fibre(check_both_families);
}

/* An address literal needs no DNS. */
static void check_literal(void)
{
	AUTO_ARENA mem = { 0 };
	struct courier_outcome *o;

	set_up(HELLO UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
	o = deliver(&mem, "[127.0.0.2]", 1, MESSAGE);
	CHECK(o->delivered);
	CHECK_SPAN(o->remote_host, SPAN("[127.0.0.2]"));
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
	AUTO_ARENA mem = { 0 };
	struct courier_outcome *o;

	set_up(HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< RCPT\n> 550 5.1.1 who\n"
	             "< RCPT\n> 450 4.2.0 grey\n< RCPT\n> 250 ok\n< DATA\n> 354 go\n.\n"
	             "> 250 2.0.0 taken\nrest",
	       NULL, 5000);
	o = deliver(&mem, "d", 4, MESSAGE);
	CHECK(o[0].delivered && o[3].delivered);
	CHECK_INT(o[0].stage, SMTP_STAGE_BODY);
	CHECK_SPAN(o[3].text, SPAN("taken"));
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
	AUTO_ARENA mem = { 0 };
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
	CHECK_SPAN(o[0].text, SPAN("first"));
	CHECK_SPAN(o[1].text, SPAN("second"));
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

/* RFC 9422 4.2: the same when the server has told its limit. */
static void check_rcpt_limit_told(void)
{
	AUTO_ARENA mem = { 0 };
	struct courier_outcome *o;

	set_up("> 220 mx\n< EHLO\n> 250-mx|250 LIMITS RCPTMAX=2\n"
	       "< MAIL\n> 250 ok\n< RCPT TO:<bob0\n> 250 ok\n< RCPT TO:<bob1\n> 250 ok\n"
	       "< DATA\n> 354 go\n.\n> 250 first\n"
	       "< MAIL\n> 250 ok\n< RCPT TO:<bob2\n> 250 ok\n< DATA\n> 354 go\n.\n> 250 second\n"
	       "rest",
	       NULL, 5000);
	o = deliver(&mem, "d", 3, MESSAGE);
	for (int i = 0; i < 3; i++)
		CHECK(o[i].delivered);
	CHECK_SPAN(o[2].text, SPAN("second"));
	CHECK_INT(one.n_messages, 2);
	tear_down();
}

/* The same by other codes, RFC 3463 X.5.3. */
static void check_rcpt_limit_codes(void)
{
	static const char *const refusals[] = { "451 4.5.3 too many recipients",
		                                "550 5.5.3 too many recipients",
		                                "550 too many recipients" };
	EACH_ROW(refusals) {
		AUTO_ARENA mem = { 0 };
		struct courier_outcome *o;

		set_up(arena_printf(&mem,
		                    "> 220 mx\n< EHLO\n> 250 mx\n"
		                    "< MAIL\n> 250 ok\n< RCPT TO:<bob0\n> 250 ok\n< RCPT "
		                    "TO:<bob1\n> %s\n< DATA\n> 354 go\n.\n> 250 first\n"
		                    "< MAIL\n> 250 ok\n< RCPT TO:<bob1\n> 250 ok\n< DATA\n> 354 "
		                    "go\n.\n> 250 second\nrest",
		                    refusals[row]),
		       NULL, 5000);
		o = deliver(&mem, "d", 2, MESSAGE);
		CHECK(o[0].delivered && o[1].delivered);
		CHECK_INT(one.n_messages, 2);
		tear_down();
	}
}

TEST(a_limit_by_any_code)
{
	in_fibre(check_rcpt_limit_codes);
}

TEST(a_told_limit_is_kept)
{
	in_fibre(check_rcpt_limit_told);
}

/* ---- what the message needs ---- */

#define BARE    "> 220 mx\n< EHLO\n> 250 mx\n"
#define TEXT8   "Content-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n"
#define ENCODED "Content-Transfer-Encoding: quoted-printable\r\n"

/* RFC 6152 3: a server without 8BITMIME gets no 8-bit body. */
static void check_eight_bit(void)
{
	static const struct {
		const char *body, *arrives;
	} t[] = {
		{ TEXT8 "\r\nna\xc3\xafve\r\n", TEXT8 ENCODED "\r\nna=C3=AFve\r\n" },
		{ TEXT8 "Content-Transfer-Encoding: 8bit\r\n\r\nna\xc3\xafve\r\n",
		  TEXT8 ENCODED "\r\nna=C3=AFve\r\n" },
		/* In the header section alone. */
		{ "Subject: \xc3\xa4\r\n\r\nplain\r\n", "Subject: \xc3\xa4\r\n\r\nplain\r\n" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };

		set_up(BARE UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
		said_8bit = true;
		CHECK(deliver(&mem, "single", 1, span_str(t[row].body))->delivered);
		CHECK_SPAN(buf_span(&one.body), span_str(t[row].arrives));
		CHECK(span_find_span(buf_span(&one.heard), SPAN("BODY=")) < 0);
		tear_down();
	}
}

TEST(a_server_without_8bitmime)
{
	in_fibre(check_eight_bit);
}

/* Nothing is lost, however long it is. */
static void check_long_eight_bit(void)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF in = BUF(1 << 20), decoded = BUF(1 << 20);
	struct span body;

	buf_puts(&in, TEXT8 "\r\n");
	for (int i = 0; i < 5000; i++)
		buf_printf(&in, "%d na\xc3\xafve -- lines = %.*s\r\n", i, i % 60,
		           "------------------------------------------------------------");
	set_up(BARE UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
	said_8bit = true;
	CHECK(deliver(&mem, "single", 1, buf_span(&in))->delivered);
	body = buf_span(&one.body);
	CHECK(utf8_is_ascii(body));
	CHECK(span_eat(&body, SPAN(TEXT8 ENCODED "\r\n")));
	CHECK_INT(message_qp_get(body, &decoded), 0);
	CHECK(span_eq(buf_span(&decoded), span_sub(buf_span(&in), sizeof TEXT8 + 1, in.n)));
	tear_down();
}

TEST(a_long_message_is_made_7bit_whole)
{
	in_fibre(check_long_eight_bit);
}

static void check_signed(void)
{
	static const struct span body =
	        SPAN("Received: by us.test; x\r\nDKIM-Signature: v=1\r\n\r\nna\xc3\xafve\r\n");
	AUTO_ARENA mem = { 0 };
	struct courier_outcome *o;

	set_up(BARE "rest", HELLO UP_TO_DOT "> 250 ok\nrest", 5000);
	said_8bit = true;
	o = deliver(&mem, "d", 1, body);
	CHECK(o->delivered);
	CHECK_SPAN(o->remote_host, SPAN("m2"));
	CHECK_SPAN(buf_span(&two.body), body);
	tear_down();
	set_up(BARE "rest", BARE "rest", 5000);
	said_8bit = true;
	o = deliver(&mem, "d", 1, body);
	CHECK(!o->delivered && !o->temporary);
	CHECK_SPAN(o->enhanced, SPAN("5.6.3"));
	tear_down();
}

TEST(what_is_signed_goes_where_it_may_stay_as_it_is)
{
	in_fibre(check_signed);
}

/* In pieces: looked at once, and then as it is. */
static void check_big_eight_bit(void)
{
	AUTO_ARENA mem = { 0 };

	set_up(BARE UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
	said_8bit = true;
	big = (struct big){ .size = BIG_FRONT_BYTES + 3 * SMTP_CLIENT_CHUNK_MAX };
	CHECK(deliver(&mem, "single", 1, (struct span){ 0 })->delivered);
	CHECK_INT(one.n_messages, 1);
	CHECK_INT(big.n_pieces, 8);
	tear_down();
	big = (struct big){ 0 };
}

TEST(a_large_message_is_looked_at_in_pieces)
{
	in_fibre(check_big_eight_bit);
}

/* What is known to be signed is not fetched to look at it. */
static void check_big_signed(void)
{
	AUTO_ARENA mem = { 0 };

	set_up(BARE "rest", BARE "rest", 5000);
	said_8bit = said_signed = true;
	big = (struct big){ .size = BIG_FRONT_BYTES + 3 * SMTP_CLIENT_CHUNK_MAX };
	CHECK_SPAN(deliver(&mem, "d", 1, (struct span){ 0 })->enhanced, SPAN("5.6.3"));
	CHECK_INT(big.n_pieces, 0);
	tear_down();
	big = (struct big){ 0 };
}

TEST(a_large_signed_message_is_not_fetched_in_vain)
{
	in_fibre(check_big_signed);
}

/* RFC 6531 3.2: whether the header section needs it was found out when it came in. */
static void check_smtputf8(void)
{
	for (int needed = 0; needed < 2; needed++) {
		AUTO_ARENA mem = { 0 };

		set_up(needed ? HELLO "rest" : HELLO UP_TO_DOT "> 250 ok\nrest", NULL, 5000);
		said_smtputf8 = needed;
		CHECK_INT(deliver(&mem, "single", 1, MESSAGE)->delivered, !needed);
		tear_down();
	}
}

TEST(smtputf8_is_demanded_as_the_record_says)
{
	in_fibre(check_smtputf8);
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
		/* At any moment before MAIL is answered.  Within TLS 1.3 a server that wants a
		 * certificate says so by hanging up after the handshake. */
		{ OFFER, HELLO UP_TO_DOT "> 250 ok\nrest", true, "",
		  "opportunistic, failed: clear text", SMTP_CLASS_DELIVERED, 2 },
		{ OFFER "> 421 no TLS here", HELLO UP_TO_DOT "> 250 ok\nrest", true, "",
		  "opportunistic, failed: clear text", SMTP_CLASS_DELIVERED, 2 },
		{ OFFER "> 354 what\nhang", HELLO UP_TO_DOT "> 250 ok\nrest", true, "",
		  "opportunistic, failed: clear text", SMTP_CLASS_DELIVERED, 2 },
		{ OFFER "> 220 go\ntls", HELLO UP_TO_DOT "> 250 ok\nrest", true, "",
		  "opportunistic, failed: clear text", SMTP_CLASS_DELIVERED, 2 },
		{ OFFER "> 220 go\ntls\n< EHLO\n> 250 mx\n< MAIL", HELLO UP_TO_DOT "> 250 ok\nrest",
		  true, "", "opportunistic, failed: clear text", SMTP_CLASS_DELIVERED, 2 },
		/* It demands what it cannot do: not for good. */
		{ OFFER "> 220 go",
		  HELLO "< MAIL\n> 530 STARTTLS first\n< RCPT\n> 503 x\n< DATA\n"
		        "> 503 x\nrest",
		  false, "", "opportunistic, failed: clear text", SMTP_CLASS_TLS_REQUIRED, 2 },
		/* It greets again within TLS. */
		{ OFFER "> 220 go\ntls\n> 220 mx once more\n" AGAIN, NULL, true, "TLSv1.3",
		  "opportunistic", SMTP_CLASS_DELIVERED, 1 },
		/* Refused: the same connection goes on in the clear. */
		{ OFFER "> 454 not now\n" ENVELOPE ".\n> 250 ok\nrest", NULL, true, "",
		  "opportunistic", SMTP_CLASS_DELIVERED, 1 },
		/* Threats 3.4: words in clear text that would be taken for the server's. */
		{ OFFER "> 220 go|250 injected\nhang", HELLO UP_TO_DOT "> 250 ok\nrest", false, "",
		  "opportunistic", SMTP_CLASS_PROTOCOL_ERROR, 1 },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct courier_outcome *o;

		set_up(t[row].first, NULL, 5000);
		one.scripts[1] = t[row].later;
		o = deliver(&mem, "single", 1, MESSAGE);
		CHECK_INT(o->delivered, t[row].delivered);
		CHECK_INT(o->temporary, !t[row].delivered);
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
