/* wire/message/dsn.h: RFC 3464, RFC 3461 6, RFC 6522, RFC 6533, RFC 3834. */
#include "test.h"

#include "wire/message/decode.h"
#include "wire/message/write/dsn.h"
#include "wire/message/header.h"
#include "wire/message/mime.h"

#define ORIGINAL                                                                                   \
	"From: s@example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <o@example>\r\n"

static const struct message_dsn_rcpt bob = {
	.action = MESSAGE_DSN_FAILED,
	.address = SPAN("bob@example.net"),
	.orcpt = SPAN("rfc822;bob+2Bx@example.net"),
	.status = SPAN("5.1.1"),
	.remote_mta = SPAN("mx.example.net"),
	.remote_ip = SPAN("192.0.2.1"),
	.reply = SPAN("550-5.1.1 no such user\r\n550 5.1.1 sorry"),
	.meaning = SPAN("There is no mailbox of that name."),
	.advice = SPAN("Check the address for a typing mistake."),
	.last_attempt_time_ms = 1795460707000,
};

static struct message_dsn dsn(const struct message_dsn_rcpt *rcpts, size_t n)
{
	return (struct message_dsn){
		.hostname = SPAN("mx.example"),
		.to = SPAN("s@example"),
		.message_id = SPAN("d@mx.example"),
		.envid = SPAN("e+3D1"),
		.received_from = SPAN("client.example"),
		.arrival_time_ms = 1795460700000,
		.time_ms = 1795460707000,
		.seed = 1,
		.header = SPAN(ORIGINAL "\r\nthe body, which must not come back"),
		.rcpts = rcpts,
		.n_rcpts = n,
	};
}

/* The whole of it: this is what people get. */
static const char printed[] = "Date: Mon, 23 Nov 2026 19:05:07 +0000\r\n"
                              "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\n"
                              "To: s@example\r\n"
                              "Subject: Not delivered to bob@example.net\r\n"
                              "Message-ID: <d@mx.example>\r\n"
                              "In-Reply-To: <o@example>\r\n"
                              "References: <o@example>\r\n"
                              "Auto-Submitted: auto-replied\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: multipart/report; report-type=delivery-status;\r\n"
                              " boundary=\"=_d0000000000001\"\r\n"
                              "\r\n"
                              "\r\n--=_d0000000000001\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: quoted-printable\r\n"
                              "\r\n"
                              "This is the mail system at mx.example.\r\n"
                              "Subject of your message: Gr=C3=BC=C3=9Fe\r\n"
                              "\r\n"
                              "Your message was NOT delivered to:\r\n"
                              "\r\n"
                              "  bob@example.net\r\n"
                              "    mx.example.net [192.0.2.1] said:\r\n"
                              "      550-5.1.1 no such user\r\n"
                              "      550 5.1.1 sorry\r\n"
                              "    What that means:\r\n"
                              "      There is no mailbox of that name.\r\n"
                              "    What to do:\r\n"
                              "      Check the address for a typing mistake.\r\n"
                              "\r\n--=_d0000000000001\r\n"
                              "Content-Type: message/delivery-status\r\n"
                              "\r\n"
                              "Original-Envelope-Id: e=1\r\n"
                              "Reporting-MTA: dns; mx.example\r\n"
                              "Received-From-MTA: dns; client.example\r\n"
                              "Arrival-Date: Mon, 23 Nov 2026 19:05:00 +0000\r\n"
                              "\r\n"
                              "Original-Recipient: rfc822; bob+x@example.net\r\n"
                              "Final-Recipient: rfc822; bob@example.net\r\n"
                              "Action: failed\r\n"
                              "Status: 5.1.1\r\n"
                              "Remote-MTA: dns; mx.example.net\r\n"
                              "Diagnostic-Code: smtp; 550-5.1.1 no such user  550 5.1.1 sorry\r\n"
                              "Last-Attempt-Date: Mon, 23 Nov 2026 19:05:07 +0000\r\n"
                              "\r\n--=_d0000000000001\r\n"
                              "Content-Type: text/rfc822-headers\r\n"
                              "Content-Transfer-Encoding: 7bit\r\n"
                              "\r\n" ORIGINAL "\r\n--=_d0000000000001--\r\n";

TEST(dsn_prints)
{
	AUTO_BUF out = BUF(10000);
	struct message_dsn d = dsn(&bob, 1);
	struct message_dsn_made made = { .smtputf8_needed = true };

	CHECK_INT(message_dsn_compose(&d, &out, &made), 0);
	CHECK_INT(made.smtputf8_needed, false);
	CHECK_SPAN(buf_span(&out), span_str(printed));
}

/* Finds part i of a notification, decoded. */
static void part(struct span message, size_t i, struct buf *out)
{
	AUTO_ARENA arena = { 0 };
	struct message_mime mime = { 0 };

	CHECK_INT(message_mime_parse(message, &arena, &mime), 0);
	CHECK_INT(mime.n_parts, 4);
	CHECK_INT(mime.faults, 0);
	CHECK(message_part_is(&mime.parts[0], "multipart", "report"));
	CHECK(message_part_is(&mime.parts[2], "message", "delivery-status"));
	CHECK(message_part_is(&mime.parts[3], "text", "rfc822-headers"));
	if (mime.n_parts == 4)
		CHECK_INT(message_decode(message_part_body(message, &mime.parts[i]),
		                         mime.parts[i].encoding, out),
		          0);
}

TEST(dsn_says_what_happened)
{
	static const struct {
		struct message_dsn_rcpt rcpts[2];
		size_t n;
		const char *subject, *text, *status;
	} t[] = {
		{ { { .action = MESSAGE_DSN_DELAYED,
		      .address = SPAN("a@b"),
		      .retry_until_time_ms = 1795460707000 } },
		  1,
		  "Subject: Still trying to deliver to a@b\r\n",
		  "We try until Mon, 23 Nov 2026 19:05:07 +0000.\r\n",
		  "Final-Recipient: rfc822; a@b\r\nAction: delayed\r\nStatus: 4.0.0\r\n"
		  "Will-Retry-Until: Mon, 23 Nov 2026 19:05:07 +0000\r\n" },
		{ { { .action = MESSAGE_DSN_DELIVERED, .address = SPAN("a@b") },
		    { .action = MESSAGE_DSN_FAILED, .address = SPAN("c@d") } },
		  2,
		  "Subject: Not delivered to c@d\r\n",
		  "Your message was NOT delivered to:\r\n\r\n  c@d\r\n\r\n"
		  "Your message was taken by the recipient's server:\r\n\r\n  a@b\r\n",
		  "Action: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; c@d\r\n" },
		{ { { .action = MESSAGE_DSN_RELAYED, .address = SPAN("a@b") },
		    { .action = MESSAGE_DSN_RELAYED, .address = SPAN("c@d") } },
		  2,
		  "Subject: Passed on for 2 recipients\r\n",
		  "a server that will not report further:\r\n",
		  "Action: relayed\r\n" },
		{ { { .action = MESSAGE_DSN_FAILED,
		      .address = SPAN("a@b"),
		      .meaning =
		              SPAN("A sentence that is  longer than a line is broken at one of its "
		                   "spaces, so that it can be read."),
		      .advice = SPAN("Go.") } },
		  1,
		  "",
		  "    What that means:\r\n      A sentence that is longer than a line is broken "
		  "at one "
		  "of its\r\n      spaces, so that it can be read.\r\n    What to do:\r\n      "
		  "Go.\r\n",
		  "" },
		/* an odd address: its sender must hear of it all the same */
		{ { { .action = MESSAGE_DSN_FAILED, .address = SPAN("postmaster") } },
		  1,
		  "Subject: Not delivered to postmaster\r\n",
		  "  postmaster\r\n",
		  "Final-Recipient: rfc822; postmaster\r\n" },
		{ { { .action = MESSAGE_DSN_FAILED, .address = SPAN("a\r\nX: y\xff@b") } },
		  1,
		  "Subject: Not delivered to a  X: y?@b\r\n",
		  "  a  X: y?@b\r\n",
		  "Final-Recipient: utf-8; a\\x{0D}\\x{0A}X:\\x{20}y\\x{FFFD}@b\r\n" },
		/* RFC 6533 3 */
		{ { { .action = MESSAGE_DSN_FAILED, .address = SPAN("J\xc3\xb6+=@b") } },
		  1,
		  "Subject: =?UTF-8?",
		  "  J\xc3\xb6+=@b\r\n",
		  "Final-Recipient: utf-8; J\\x{F6}\\x{2B}\\x{3D}@b\r\n" },
		{ { { .action = MESSAGE_DSN_FAILED,
		      .address = SPAN("a@b"),
		      .orcpt = SPAN("utf-8;\\x{F6}@b") } },
		  1,
		  "",
		  "",
		  "Original-Recipient: utf-8; \\x{F6}@b\r\n" },
		/* what a remote said ends neither field nor part, nor reaches a terminal */
		{ { { .action = MESSAGE_DSN_FAILED,
		      .address = SPAN("a@b"),
		      .orcpt = SPAN("rfc822;x+0D+0AY:z"),
		      .status = SPAN("5.0.0\r\nX: y"),
		      .remote_mta = SPAN("m\r\nX: y"),
		      .reply = SPAN("550 \x1b[0m\r\n--=_d0000000000001--\r\nX: \xff\xc3\xa9") } },
		  1,
		  "",
		  "      550 [0m\r\n      --=_d0000000000001--\r\n      X: ?\xc3\xa9\r\n",
		  "Original-Recipient: rfc822; x  Y:z\r\nFinal-Recipient: rfc822; a@b\r\n"
		  "Action: failed\r\nStatus: 5.0.0  X: y\r\nRemote-MTA: dns; m  X: y\r\n"
		  "Diagnostic-Code: smtp; 550  [0m  --=_d0000000000001--  X: ???\r\n" },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(10000);
		AUTO_BUF text = BUF(10000);
		AUTO_BUF status = BUF(10000);
		struct message_dsn d = dsn(t[row].rcpts, t[row].n);
		struct message_dsn_made made;

		CHECK_INT(message_dsn_compose(&d, &out, &made), 0);
		CHECK(span_find_span(buf_span(&out), span_str(t[row].subject)) >= 0);
		part(buf_span(&out), 1, &text);
		CHECK(span_find_span(buf_span(&text), span_str(t[row].text)) >= 0);
		part(buf_span(&out), 2, &status);
		CHECK(span_find_span(buf_span(&status), span_str(t[row].status)) >= 0);
	}
}

TEST(dsn_returns_the_header_only)
{
	static const struct {
		struct span header, back;
	} t[] = {
		{ SPAN("A: b\r\n\r\nbody"), SPAN("A: b\r\n") },
		{ SPAN("A: \xc3\xa9\r\n\r\nbody"), SPAN("A: \xc3\xa9\r\n") },
		{ SPAN("A: b\r\nno field\r\n"), SPAN("A: b\r\n") },
		{ SPAN("A: --=_d0000000000001--\r\n\r\n"), SPAN("A: --=_d0000000000001--\r\n") },
		{ SPAN(""), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(10000);
		AUTO_BUF back = BUF(10000);
		struct message_dsn d = dsn(&bob, 1);
		struct message_dsn_made made;

		d.header = exact(t[row].header);
		CHECK_INT(message_dsn_compose(&d, &out, &made), 0);
		part(buf_span(&out), 3, &back);
		CHECK_SPAN(buf_span(&back), t[row].back);
	}
}

TEST(dsn_cuts_what_is_long)
{
	AUTO_BUF header = BUF(1 << 20);
	AUTO_BUF reply = BUF(1 << 20);
	AUTO_BUF out = BUF(1 << 20);
	AUTO_BUF back = BUF(1 << 20);
	struct message_dsn_rcpt rcpt = bob;
	struct message_dsn d = dsn(&rcpt, 1);
	struct message_dsn_made made;
	struct span rest, line, text;

	for (int i = 0; i < 20000; i++) {
		buf_printf(&header, "X-%05d: y\r\n", i);
		buf_puts(&reply, "blah");
	}
	d.header = buf_span(&header);
	rcpt.reply = buf_span(&reply);
	rcpt.meaning = rcpt.advice = rcpt.remote_mta = rcpt.remote_ip = buf_span(&reply);
	d.received_from = d.envid = buf_span(&reply);
	CHECK_INT(message_dsn_compose(&d, &out, &made), 0);
	CHECK(out.n < MESSAGE_DSN_HEADER_MAX + 20 * MESSAGE_DSN_WORDS_MAX);
	part(buf_span(&out), 3, &back);
	CHECK_INT(back.n, MESSAGE_DSN_HEADER_MAX / 12 * 12);
	for (rest = buf_span(&out); message_line_next(&rest, &line, &text);)
		CHECK(text.n <= MESSAGE_LINE_MAX);
}

TEST(dsn_refuses)
{
	static const struct message_dsn_rcpt nobody = { .status = SPAN("5.1.1") };
	static const struct {
		struct span to, hostname, message_id;
		const struct message_dsn_rcpt *rcpts;
		size_t n;
		int r;
	} t[] = {
		{ SPAN("a@b\r\nBcc: x"), SPAN("h"), SPAN("i@h"), &bob, 1, ERR_SYNTAX },
		{ SPAN(""), SPAN("h"), SPAN("i@h"), &bob, 1,
		  ERR_SYNTAX }, /* RFC 5321 6.1: none to <> */
		{ SPAN("a@b, c@d"), SPAN("h"), SPAN("i@h"), &bob, 1, ERR_SYNTAX },
		{ SPAN("a@b"), SPAN("h>\r\n"), SPAN("i@h"), &bob, 1, ERR_SYNTAX },
		{ SPAN("a@b"), SPAN(""), SPAN("i@h"), &bob, 1, ERR_SYNTAX },
		{ SPAN("a@b"), SPAN("h"), SPAN("i@h>"), &bob, 1, ERR_SYNTAX },
		{ SPAN("a@b"), SPAN("h"), SPAN("i@h"), &nobody, 1, ERR_SYNTAX },
		{ SPAN("a@b"), SPAN("h"), SPAN("i@h"), &bob, 0, ERR_LIMIT },
		{ SPAN("a@b"), SPAN("h"), SPAN("i@h"), &bob, MESSAGE_DSN_RCPTS_MAX + 1, ERR_LIMIT },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(10000);
		struct message_dsn d = dsn(t[row].rcpts, t[row].n);
		struct message_dsn_made made;

		d.to = t[row].to;
		d.hostname = t[row].hostname;
		d.message_id = t[row].message_id;
		CHECK_INT(message_dsn_compose(&d, &out, &made), t[row].r);
	}
}
