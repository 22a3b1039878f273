/* Every verb said in every state of a real session: what it answers is what the table says, and a
 * refused verb changes nothing. RFC 5321 4.1.4.  The directory and the auth role are scripted. */
#include <stdio.h>
#include <string.h>

#include "../rt/stream_harness.h"
#include "calls/auth.h"
#include "calls/directory.h"
#include "smtpd/session.h"
#include "smtpd/verbs.h"

enum { COMMAND_MS = 300 * 1000, LOGIN_MS = 60 * 1000, HANG_MS = 3600 * 1000 };

static const char *network;
static struct settings set;
static struct smtpd_server server;
static struct listener *listener;
static struct address at;
static struct stream *client;

static WAITS int lookup(const struct directory_lookup_args *a, UNUSED struct arena *mem,
                        struct directory_lookup_reply *out)
{
	*out = (struct directory_lookup_reply){ .local = true, .account = a->address };
	return 0;
}

static WAITS int check(const struct auth_check_args *a, UNUSED struct arena *mem,
                       struct auth_check_reply *out)
{
	*out = (struct auth_check_reply){ .account = a->name,
		                          .ticket = SPAN("a ticket"),
		                          .renew_at = CLOCK_NEVER };
	return 0;
}

static WAITS void begin(enum smtpd_kind kind)
{
	set = (struct settings){ .server_hostname = "mail.home.test",
		                 .smtp_size_max = 1 << 20,
		                 .smtp_rcpt_max = 10,
		                 .smtp_memory = 1 << 20,
		                 .smtp_sessions_max = 100,
		                 .smtp_sessions_per_client = 100,
		                 .smtp_errors_soft = 100,
		                 .smtp_errors_max = 100,
		                 .smtp_command_time = COMMAND_MS,
		                 .smtp_login_time = LOGIN_MS,
		                 .smtp_data_time = 60 * 1000,
		                 .smtp_plain_auth_on_loopback = true,
		                 .listen_lmtp_networks = { &network, 1 } };
	network = "127.0.0.0/8";
	server = (struct smtpd_server){ .kind = kind, .set = &set };
	directory_lookup_serve(lookup);
	auth_check_serve(check);
	CHECK_INT(listener_open(listening(&at, 8), smtpd_accept, &server, &listener), 0);
	fibre_deadline_set(clock_add(loop_now_at(), HANG_MS)); /* a test that hangs fails */
}

/* The code of the next reply; 0 at the end. */
static WAITS int hear(void)
{
	struct span line;
	int r;

	do {
		r = stream_read_line(client, 600, &line);
	} while (r >= 0 && line.n > 3 && line.p[3] == '-');
	uint64_t code = 0;
	CHECK(r < 0 || span_to_u64(span_sub(line, 0, 3), 599, &code) == 0);
	return (int)code;
}

static WAITS int ask(const char *line)
{
	CHECK_INT(stream_printf(client, "%s\r\n", line), 0);
	CHECK_INT(stream_flush(client), 0);
	return hear();
}

/* A session that has come so far; what it needs is said in order. */
static WAITS void come_to(const char *const *said)
{
	CHECK_INT(stream_connect(&at, &client), 0);
	CHECK_INT(hear(), 220);
	for (; *said; said++)
		CHECK(ask(*said) < 400);
}

#define LOGIN "AUTH PLAIN AGFsaWNlQGhvbWUudGVzdABzZWNyZXQ="
#define MAIL  "MAIL FROM:<alice@home.test>"
#define RCPT  "RCPT TO:<bob@home.test>"

enum {
	ANY = SMTPD_CLEAR | SMTPD_SAFE | SMTPD_ANONYMOUS | SMTPD_NO_TRANSACTION,
	BEGUN = ANY | SMTPD_SPEAKS_SMTP,
	GREETED = BEGUN | SMTPD_HELLO,
	LMTP = ANY | SMTPD_SPEAKS_LMTP | SMTPD_LOGIN,
	IN_TX = SMTPD_TRANSACTION,
};

static const struct {
	enum smtpd_kind kind;
	const char *said[5];
	unsigned facts;
} states[] = {
	{ SMTPD_SMTP, { NULL }, BEGUN | SMTPD_LOGIN },
	{ SMTPD_SMTP, { "HELO c.test" }, GREETED | SMTPD_LOGIN },
	{ SMTPD_SMTP, { "EHLO c.test" }, GREETED | SMTPD_EHLO | SMTPD_LOGIN },
	{ SMTPD_SMTP,
	  { "EHLO c.test", MAIL },
	  ((GREETED | SMTPD_EHLO | SMTPD_LOGIN) & ~SMTPD_NO_TRANSACTION) | IN_TX },
	{ SMTPD_SMTP,
	  { "EHLO c.test", MAIL, RCPT },
	  ((GREETED | SMTPD_EHLO | SMTPD_LOGIN) & ~SMTPD_NO_TRANSACTION) | IN_TX |
	          SMTPD_RECIPIENT },
	{ SMTPD_SMTP, { "EHLO c.test", MAIL, RCPT, "RSET" }, GREETED | SMTPD_EHLO | SMTPD_LOGIN },
	{ SMTPD_SMTP, { "EHLO c.test", MAIL, RCPT, "HELO c.test" }, GREETED | SMTPD_LOGIN },
	{ SMTPD_SUBMISSION, { NULL }, BEGUN | SMTPD_AUTH_SERVED },
	{ SMTPD_SUBMISSION, { "EHLO c.test" }, GREETED | SMTPD_EHLO | SMTPD_AUTH_SERVED },
	{ SMTPD_SUBMISSION,
	  { "EHLO c.test", LOGIN },
	  ((GREETED | SMTPD_EHLO | SMTPD_AUTH_SERVED) & ~SMTPD_ANONYMOUS) | SMTPD_LOGIN },
	{ SMTPD_SUBMISSION,
	  { "EHLO c.test", LOGIN, MAIL, RCPT },
	  ((GREETED | SMTPD_EHLO | SMTPD_AUTH_SERVED) & ~SMTPD_ANONYMOUS & ~SMTPD_NO_TRANSACTION) |
	          SMTPD_LOGIN | IN_TX | SMTPD_RECIPIENT },
	{ SMTPD_LMTP, { NULL }, LMTP },
	{ SMTPD_LMTP, { "LHLO c.test" }, LMTP | SMTPD_HELLO | SMTPD_EHLO },
	{ SMTPD_LMTP,
	  { "LHLO c.test", MAIL, RCPT },
	  ((LMTP | SMTPD_HELLO | SMTPD_EHLO) & ~SMTPD_NO_TRANSACTION) | IN_TX | SMTPD_RECIPIENT },
};

/* A verb, and its answer where it is allowed. */
static const struct {
	enum smtp_verb verb;
	const char *line;
	int code;
} said[] = {
	{ SMTP_VERB_HELO, "HELO c.test", 250 },  { SMTP_VERB_EHLO, "EHLO c.test", 250 },
	{ SMTP_VERB_MAIL, MAIL, 250 },           { SMTP_VERB_RCPT, RCPT, 250 },
	{ SMTP_VERB_DATA, "DATA", 354 },         { SMTP_VERB_RSET, "RSET", 250 },
	{ SMTP_VERB_NOOP, "NOOP", 250 },         { SMTP_VERB_HELP, "HELP", 214 },
	{ SMTP_VERB_VRFY, "VRFY bob", 252 },     { SMTP_VERB_EXPN, "EXPN staff", 0 },
	{ SMTP_VERB_QUIT, "QUIT", 221 },         { SMTP_VERB_AUTH, LOGIN, 235 },
	{ SMTP_VERB_STARTTLS, "STARTTLS", 220 }, { SMTP_VERB_LHLO, "LHLO c.test", 250 },
};
_Static_assert(N_ELEMS(said) == SMTP_VERB_COUNT - 1, "a verb is not said");

FIBRE_TEST(smtpd_session_says_what_the_table_says)
{
	EACH_ROW(states) {
		begin(states[row].kind);
		for (size_t i = 0; i < N_ELEMS(said); i++) {
			const struct smtpd_no *no = smtpd_verb_no(said[i].verb, states[row].facts);
			int want = no ? no->code : said[i].code;

			come_to(states[row].said);
			int got = ask(said[i].line);
			test_check(got == want, __FILE__, __LINE__, "%s: %d, want %d", said[i].line,
			           got, want);
			stream_close(client);
		}
		listener_close(listener);
	}
}

/* What was refused changed nothing: each refused verb is said, and then the next allowed step goes
 * on. */
FIBRE_TEST(smtpd_session_goes_on_after_a_refusal)
{
	static const char *const none[] = { NULL };
	static const struct {
		const char *line;
		int code;
	} t[] = {
		{ MAIL, 503 },     { RCPT, 503 },       { "DATA", 503 },   { "EHLO c.test", 250 },
		{ RCPT, 503 },     { "DATA", 503 },     { MAIL, 250 },     { MAIL, 503 },
		{ "DATA", 554 },   { LOGIN, 502 },      { RCPT, 250 },     { MAIL, 503 },
		{ "EXPN x", 502 }, { "STARTTLS", 502 }, { "RSET x", 501 }, { "QUIT x", 501 },
		{ "DATA x", 501 }, { "XYZZY", 500 },    { "", 500 },       { "DATA", 354 },
	};
	begin(SMTPD_SMTP);
	come_to(none);
	EACH_ROW(t)
		CHECK_INT(ask(t[row].line), t[row].code);
	stream_close(client);
	listener_close(listener);
}

/* RFC 2920 3.1: commands sent at once are answered in order, and a line that is too long is one of
 * them (RFC 5321 4.5.3.1.4). */
FIBRE_TEST(smtpd_session_answers_in_order)
{
	static const char *const none[] = { NULL };
	static const int codes[] = { 250, 250, 250, 500, 250, 250, 221, 0 };
	static char longest[SMTP_COMMAND_MAX + 1];

	begin(SMTPD_SMTP);
	memset(longest, 'x', sizeof longest - 1);
	come_to(none);
	CHECK_INT(stream_printf(client,
	                        "EHLO c.test\r\n" MAIL "\r\n" RCPT
	                        "\r\nNOOP %s\r\nRCPT TO:<x@y.test>\r\nRSET\r\nQUIT\r\nNOOP\r\n",
	                        longest),
	          0);
	CHECK_INT(stream_flush(client), 0);
	EACH_ROW(codes)
		CHECK_INT(hear(), codes[row]);
	stream_close(client);
	listener_close(listener);
}

/* RFC 2033 5: for servers of ours; a stranger is told and let go. */
FIBRE_TEST(smtpd_lmtp_is_not_for_everybody)
{
	begin(SMTPD_LMTP);
	network = "192.0.2.0/24";
	CHECK_INT(stream_connect(&at, &client), 0);
	CHECK_INT(hear(), 554);
	CHECK_INT(hear(), 0);
	CHECK_INT(smtpd_sessions(), 0);
	stream_close(client);
	listener_close(listener);
}

/* RFC 2920 3.1: what was pipelined behind a refused MAIL costs nothing, but not without end. */
FIBRE_TEST(smtpd_session_behind_a_refused_mail_comes_to_its_end)
{
	static const char *const hello[] = { "EHLO c.test", NULL };
	enum { FREE = 10000, ERRORS = 5 };

	begin(SMTPD_SMTP);
	set.smtp_errors_max = 1 + ERRORS;
	come_to(hello);
	CHECK_INT(ask(MAIL " SIZE=99999999"), 552);
	for (int i = 0; i < FREE + ERRORS; i++) {
		int got = ask(i % 2 ? "DATA" : RCPT);
		test_check(got == 503, __FILE__, __LINE__, "command %d: %d", i, got);
		if (got != 503)
			break;
	}
	CHECK_INT(ask(RCPT), 421);
	CHECK_INT(hear(), 0);
	stream_close(client);
	listener_close(listener);
}

/* All are counted out again, however they end. */
FIBRE_TEST(smtpd_sessions_are_counted)
{
	static const char *const none[] = { NULL };

	begin(SMTPD_SMTP);
	set.smtp_sessions_per_client = 1;
	come_to(none);
	struct stream *first = client;
	CHECK_INT(smtpd_sessions(), 1);
	CHECK_INT(stream_connect(&at, &client), 0);
	CHECK_INT(hear(), 421);
	CHECK_INT(hear(), 0);
	stream_close(client);
	CHECK_INT(smtpd_sessions(), 1);
	client = first;
	CHECK_INT(ask("QUIT"), 221);
	CHECK_INT(hear(), 0);
	CHECK_INT(smtpd_sessions(), 0);
	stream_close(client);
	come_to(none); /* its place is free */
	stream_close(client);
	listener_close(listener);
}

/* RFC 5321 4.5.3.2.7, 3.8 (421): a wait for a command is for a whole line, not for each octet of
 * it. */
FIBRE_TEST(smtpd_session_waits_for_whole_lines)
{
	static const char *const none[] = { NULL };

	begin(SMTPD_SMTP);
	come_to(none);
	int64_t from_at = loop_now_at();
	CHECK_INT(fibre_sleep(COMMAND_MS - 1), 0);
	CHECK_INT(ask("NOOP"), 250); /* its time begins anew */
	CHECK_INT(stream_put(client, SPAN("NOO")), 0);
	CHECK_INT(stream_flush(client), 0);
	CHECK_INT(fibre_sleep(COMMAND_MS - 1), 0);
	CHECK_INT(stream_put(client, SPAN("P")), 0);
	CHECK_INT(stream_flush(client), 0);
	CHECK_INT(hear(), 421);
	CHECK_INT(loop_now_at() - from_at, 2 * COMMAND_MS - 1);
	CHECK_INT(hear(), 0);
	stream_close(client);
	listener_close(listener);
}

/* threats 2: a place on the submission port is for who logs in; who did is waited for as anybody.
 */
FIBRE_TEST(smtpd_session_without_a_login)
{
	static const char *const none[] = { NULL }, *const in[] = { "EHLO c.test", LOGIN, NULL };

	begin(SMTPD_SUBMISSION);
	come_to(none);
	int64_t from_at = loop_now_at();
	CHECK_INT(fibre_sleep(LOGIN_MS - 1), 0);
	CHECK_INT(ask("NOOP"), 250);
	CHECK_INT(hear(), 421);
	CHECK_INT(loop_now_at() - from_at, LOGIN_MS);
	stream_close(client);
	come_to(in);
	from_at = loop_now_at();
	CHECK_INT(hear(), 421);
	CHECK_INT(loop_now_at() - from_at, COMMAND_MS);
	stream_close(client);
	listener_close(listener);
}
