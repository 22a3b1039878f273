/* What comes back, as various servers write it; and what only looks like it. */
#include "wire/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "wire/smtp/verdict/verdict.h"

#define TYPE(report)                                                                               \
	"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=" report                 \
	";\r\n\tboundary=\"b\"\r\n"
#define HUMAN "\r\n--b\r\n\r\nIt did not go well.\r\n"
#define SENT                                                                                       \
	"--b\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <r@home.test>\r\n"                \
	"Message-ID: <one@home.test>\r\n\r\nhello\r\n--b--\r\n"
#define STATUS                                                                                     \
	"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.x.test\r\n"

static const char postfix[] =
        "From: MAILER-DAEMON@x.test (Mail Delivery System)\r\n" TYPE("delivery-status") HUMAN STATUS
        "X-Postfix-Queue-ID: 4\r\nOriginal-Envelope-Id: env\r\n\r\n"
        "Final-Recipient: rfc822; bob@inner.test\r\n"
        "Original-Recipient: rfc822;bob@x.test\r\nAction: failed\r\nStatus: 5.0.0\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <bob@inner.test>: Recipient address\r\n"
        "    rejected: User unknown\r\n\r\n"
        "Final-Recipient: rfc822; <carol@x.test>\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
        "Final-Recipient: rfc822; dan@x.test\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\n" SENT;
static const char full[] = "From: postmaster@x.test\r\n" TYPE("delivery-status") HUMAN
        "--b\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "UmVwb3J0aW5nLU1UQTogZG5zOyBteC54LnRlc3QNCg0KRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGJvYkB4LnRlc3"
        "QNCkFj\r\n"
        "dGlvbjogZmFpbGVkDQpTdGF0dXM6IDUuMi4yDQo=\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <two@home.test>\r\n--b--\r\n";
static const char abuse[] = "From: fbl@x.test\r\n" TYPE("feedback-report") HUMAN
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        "User-Agent: SomeGenerator/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <r@home.test>\r\n"
        "Original-Rcpt-To: <bob@x.test>\r\nReporting-MTA: dns; fbl.x.test\r\n\r\n" SENT;
static const char unnamed[] = TYPE("feedback-report") HUMAN
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: fraud\r\n"
        "Version: 1\r\n\r\n" SENT;
static const char wanted[] = TYPE("feedback-report") HUMAN
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: not-spam\r\n"
        "Version: 1\r\nOriginal-Rcpt-To: bob@x.test\r\n\r\n" SENT;
static const char dmarc[] = TYPE("feedback-report") HUMAN
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\n"
        "Version: 1\r\nOriginal-Rcpt-To: bob@x.test\r\n\r\n" SENT;
static const char away[] = "From: \"B\" <bob@x.test>\r\nSubject: I am away\r\n"
                           "In-Reply-To: <one@home.test>\r\n"
                           "Auto-Submitted: auto-replied (vacation)\r\n\r\nUntil May.\r\n";
static const char vacation[] = "From: bob@x.test\r\nSubject: away\r\nX-Autoreply: yes\r\n\r\nx\r\n";
static const char person[] = "From: bob@x.test\r\nSubject: Re: hello\r\n"
                             "Auto-Submitted: no\r\n\r\nThank you, 550 5.1.1 times.\r\n";
static const char generated[] = "From: bob@x.test\r\nSubject: news\r\n"
                                "Auto-Submitted: auto-generated\r\n\r\nx\r\n";
static const char qmail[] =
        "From: MAILER-DAEMON@x.test\r\nSubject: failure notice\r\n\r\n"
        "Hi. This is the qmail-send program at x.test.\r\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\r\n"
        "<bob@x.test>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n"
        "<full@x.test>:\r\n192.0.2.1 does not like recipient.\r\n"
        "Remote host said: 552 5.2.2 Mailbox full\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n\r\n"
        "<eve@x.test>:\r\n550 5.1.1 no such user\r\n";
static const char exim[] =
        "From: Mail Delivery System <Mailer-Daemon@x.test>\r\n"
        "Subject: Mail delivery failed: returning message to sender\r\n\r\n"
        "A message that you sent could not be delivered to one or more of its\r\n"
        "recipients. This is a permanent error. The following address(es) failed:\r\n\r\n"
        "  bob@x.test\r\n    host mx.x.test [192.0.2.1]\r\n"
        "    SMTP error from remote mail server after RCPT TO:<bob@x.test>:\r\n"
        "    550 5.1.1 unknown user\r\n";
static const char vague[] = "From: MAILER-DAEMON@x.test\r\nSubject: failure notice\r\n\r\n"
                            "<bob@x.test>:\r\nSomething went wrong.\r\n";
static const char still_tried[] = "From: MAILER-DAEMON@x.test\r\n"
                                  "Subject: Warning: delivery status delayed\r\n\r\n"
                                  "<bob@x.test>:\r\n550 5.1.1 no such user\r\n";
static const char temporary[] = "From: MAILER-DAEMON@x.test\r\nSubject: failure notice\r\n\r\n"
                                "<bob@x.test>:\r\n452 4.2.2 mailbox full\r\n";

/* The text in a block of its own, so that ASan sees an over-read. */
static int read(const char *text, bool null_sender, struct arena *mem, struct report *out)
{
	size_t n = strlen(text);
	char *block = malloc(n);

	memcpy(block, text, n);
	int r = report_read(span_make(block, n), null_sender, mem, out);
	free(block);
	return r;
}

TEST(report_about_one)
{
	static const struct {
		const char *text;
		bool null_sender;
		struct report_about is;
		const char *message_id, *reporter;
	} t[] = {
		{ full,
		  true,
		  { RECIPIENT_BOUNCED, SPAN("bob@x.test"), SPAN(""), 0, SPAN("5.2.2"), SPAN(""),
		    SMTP_CLASS_MAILBOX_FULL },
		  "<two@home.test>",
		  "mx.x.test" },
		{ abuse,
		  false,
		  { RECIPIENT_COMPLAINED, SPAN("bob@x.test"), SPAN(""), 0, SPAN(""), SPAN("abuse"),
		    0 },
		  "<one@home.test>",
		  "fbl.x.test" },
		{ unnamed,
		  false,
		  { RECIPIENT_COMPLAINED, SPAN(""), SPAN(""), 0, SPAN(""), SPAN("fraud"), 0 },
		  "<one@home.test>",
		  "" },
		{ away,
		  false,
		  { RECIPIENT_AUTO_REPLIED, SPAN("bob@x.test"), SPAN(""), 0, SPAN(""),
		    SPAN("I am away"), 0 },
		  "<one@home.test>",
		  "" },
		{ vacation,
		  true,
		  { RECIPIENT_AUTO_REPLIED, SPAN("bob@x.test"), SPAN(""), 0, SPAN(""), SPAN("away"),
		    0 },
		  "",
		  "" },
		{ exim,
		  true,
		  { RECIPIENT_BOUNCED, SPAN("bob@x.test"), SPAN(""), 550, SPAN("5.1.1"),
		    SPAN("unknown user"), SMTP_CLASS_NO_SUCH_USER },
		  "",
		  "" },
	};

	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		const struct report_about *is = &t[row].is;
		struct report got;

		CHECK_INT(read(t[row].text, t[row].null_sender, &mem, &got), 1);
		CHECK_INT(got.n_about, 1);
		CHECK_INT(got.about[0].kind, is->kind);
		CHECK_SPAN(got.about[0].address, is->address);
		CHECK_SPAN(got.about[0].enhanced, is->enhanced);
		CHECK_INT(got.about[0].code, is->code);
		CHECK_INT(got.about[0].class, is->class);
		CHECK_SPAN(got.about[0].text, is->text);
		CHECK_SPAN(got.message_id, span_str(t[row].message_id));
		CHECK_SPAN(got.reporter, span_str(t[row].reporter));
	}
}

/* RFC 3464 2.3: a group a recipient; who got it is no news. */
TEST(report_about_several)
{
	AUTO_ARENA mem = { 0 };
	struct report got;

	CHECK_INT(read(postfix, true, &mem, &got), 1);
	CHECK_INT(got.n_about, 2);
	CHECK_SPAN(got.about[0].address, SPAN("bob@inner.test"));
	CHECK_SPAN(got.about[0].original, SPAN("bob@x.test"));
	CHECK_INT(got.about[0].code, 550);
	CHECK_SPAN(got.about[0].enhanced, SPAN("5.1.1"));
	CHECK_SPAN(got.about[0].text,
	           SPAN("<bob@inner.test>: Recipient address    rejected: User unknown"));
	CHECK_INT(got.about[0].class, SMTP_CLASS_NO_SUCH_USER);
	CHECK_INT(got.about[1].kind, RECIPIENT_DELAYED);
	CHECK_SPAN(got.about[1].address, SPAN("carol@x.test"));
	CHECK_SPAN(got.envelope_id, SPAN("env"));
	CHECK_SPAN(got.mail_from, SPAN("r@home.test"));
	CHECK_INT(read(qmail, true, &mem, &got), 1);
	CHECK_INT(got.n_about, 2);
	CHECK_INT(got.about[0].class, SMTP_CLASS_NO_SUCH_USER);
	CHECK_INT(got.about[1].class, SMTP_CLASS_MAILBOX_FULL);
	CHECK_SPAN(got.about[1].address, SPAN("full@x.test"));
}

TEST(report_that_is_none)
{
	static const struct {
		const char *text;
		bool null_sender;
	} t[] = { { "", true },      { "\r\n", true },      { wanted, false },   { dmarc, false },
		  { person, false }, { person, true },      { generated, true }, { qmail, false },
		  { vague, true },   { still_tried, true }, { temporary, true } };

	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct report got;

		CHECK_INT(read(t[row].text, t[row].null_sender, &mem, &got), 0);
	}
}

/* Not more than there is room for. */
TEST(report_about_too_many)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1 << 20);
	struct report got;

	buf_puts(&text, TYPE("delivery-status") HUMAN STATUS "\r\n");
	for (int i = 0; i < 2 * REPORT_RECIPIENTS_MAX; i++)
		buf_printf(&text, "Final-Recipient: rfc822; u%d@x.test\r\nAction: failed\r\n\r\n",
		           i);
	buf_puts(&text, SENT);
	CHECK_INT(report_read(buf_span(&text), true, &mem, &got), 1);
	CHECK_INT(got.n_about, REPORT_RECIPIENTS_MAX);
}
