/* Bounds of what the server says: RFC 5321 4.5.3.1.5 (512 octets a line), 4.2.1 (several lines),
 * RFC 2034 3. */
#include <stdio.h>
#include <string.h>

#include "../rt/stream_harness.h"
#include "smtpd/session.h"
#include "wire/smtp/reply.h"

enum { SAID_MAX = 64 << 10 };

static struct settings set;
static struct smtpd_server server;
static struct smtpd_session session;
static int client;
static char said[SAID_MAX];

static void begin(enum smtpd_kind kind, const char *hostname)
{
	set = (struct settings){ .server_hostname = hostname,
		                 .smtp_errors_soft = 1000000,
		                 .smtp_errors_max = 1000000,
		                 .smtp_size_max = INT64_MAX };
	server = (struct smtpd_server){ .kind = kind, .set = &set };
	session = (struct smtpd_session){ .server = &server, .set = &set };
	session.stream = stream_and_fd(&client);
	fibre_deadline_set(clock_add(loop_now_at(), 60 * 1000)); /* a test that hangs fails */
}

static WAITS void end(void)
{
	smtpd_forget(&session, true);
	stream_close(session.stream);
	close(client);
}

/* What came, checked line by line: code, CRLF, at most 512 octets, and that more follows told by
 * all lines but the last. */
static WAITS struct span hear(int code)
{
	CHECK_INT(stream_flush(session.stream), 0);
	ssize_t n = read(client, said, sizeof said);
	struct span all = span_make(said, n > 0 ? (size_t)n : 0), left = all, line;
	char more[5], last[5];

	snprintf(more, sizeof more, "%d-", code);
	snprintf(last, sizeof last, "%d ", code);
	CHECK(all.n > 2 && span_eq(span_sub(all, all.n - 2, all.n), SPAN("\r\n")));
	while (left.n && span_split(&left, '\n', &line)) {
		struct span head = span_sub(line, 0, 4);
		CHECK(line.n + 1 <= 512);
		CHECK(line.n > 4 && line.p[line.n - 1] == '\r');
		CHECK_SPAN(head, span_str(left.n ? more : last));
	}
	return all;
}

/* The words, as a client puts them together. */
static struct span words(struct span all, struct smtp_reply *r)
{
	CHECK_INT(smtp_reply_feed(r, &all), 1);
	CHECK_INT(all.n, 0);
	return buf_span(&r->text);
}

FIBRE_TEST(smtpd_reply_of_any_length)
{
	static char text[3000];

	begin(SMTPD_SMTP, "mail.home.test");
	for (int n = 0; n < 3000; n += n < 400 || (n > 1000 && n < 1050) ? 1 : 7) {
		struct smtp_reply r = { 0 };

		memset(text, 'x', sizeof text);
		CHECK_INT(smtpd_reply(&session, 550, "5.1.1", "%.*s", n, text), 0);
		struct span got = words(hear(550), &r);
		CHECK_INT(got.n - (r.n_lines - 1), n < 1023 ? n : 1023); /* cut, not lost */
		CHECK_INT(r.enhanced.class * 100 + r.enhanced.subject * 10 + r.enhanced.detail,
		          511);
		smtp_reply_fini(&r);
	}
	end();
}

/* RFC 5321 4.2: printable US-ASCII only, whatever a client put into a name that is told again. */
FIBRE_TEST(smtpd_reply_of_octets_of_any_kind)
{
	char text[1024];

	begin(SMTPD_SMTP, "mail.home.test");
	for (int c = 1; c < 256; c++) {
		memset(text, c, sizeof text - 1);
		text[sizeof text - 1] = 0;
		CHECK_INT(smtpd_reply(&session, 550, "5.1.1", "%s", text), 0);
		struct span all = hear(550);
		for (size_t i = 0; i < all.n; i++)
			CHECK((all.p[i] >= ' ' && all.p[i] <= '~') || all.p[i] == '\r' ||
			      all.p[i] == '\n');
	}
	end();
}

/* RFC 1035 2.3.4: the longest name there is; RFC 1870 4: a size of 20 digits is the longest. */
FIBRE_TEST(smtpd_ehlo_and_help_are_bounded)
{
	static char name[254];
	struct smtp_reply r = { 0 };

	memset(name, 'h', sizeof name - 1);
	begin(SMTPD_SUBMISSIONS, name);
	set.smtp_plain_auth_on_loopback = true;
	CHECK_INT(smtpd_cmd_ehlo(&session, SPAN("client.test")), 0);
	struct span got = words(hear(250), &r), first;
	CHECK(span_split(&got, '\n', &first));
	CHECK_SPAN(first, span_str(name));
	CHECK(span_find_span(got, SPAN("SIZE 9223372036854775807")) >= 0);
	smtp_reply_reset(&r);
	CHECK_INT(smtpd_cmd_help(&session, SPAN("")), 0);
	words(hear(214), &r);
	CHECK_INT(r.n_lines,
	          SMTP_VERB_COUNT - 1 - 3); /* without EXPN, and STARTTLS and LHLO here */
	smtp_reply_fini(&r);
	end();
}

/* threats 2: 4xx is about us, 5xx about the client: it alone counts. */
FIBRE_TEST(smtpd_reply_counts_the_clients_errors)
{
	static const struct {
		int code;
		const char *enhanced;
		unsigned n_errors;
	} t[] = { { 250, "2.0.0", 0 }, { 354, NULL, 0 }, { 451, "4.3.0", 0 }, { 550, "5.1.1", 1 } };

	begin(SMTPD_SMTP, "mail.home.test");
	EACH_ROW(t) {
		session.n_errors = 0;
		CHECK_INT(smtpd_reply(&session, t[row].code, t[row].enhanced, "words"), 0);
		hear(t[row].code);
		CHECK_INT(session.n_errors, t[row].n_errors);
		CHECK_INT(session.code, t[row].code);
	}
	CHECK_INT(smtpd_reply_lines(&session, 503, "5.5.1", SPAN("free")), 0);
	hear(503);
	CHECK_INT(session.n_errors, 1);
	set.smtp_errors_max = 1;
	CHECK_INT(smtpd_reply(&session, 550, "5.1.1", "one too many"), ERR_REFUSED);
	hear(421);
	end();
}
