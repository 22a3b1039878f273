/* What servers say, and what it means: RFC 5321 4.2, RFC 3463 3, and words as
 * large receivers send them. */
#include "wire/smtp/verdict/verdict.h"

#include "test.h"

enum { T = false, P = true };

#define CLASS(c) SMTP_CLASS_##c

static const struct {
	enum smtp_stage stage;
	int code;
	struct span text; /* with its enhanced code */
	enum smtp_class class;
	bool permanent;
} REPLIES[] = {
	/* 2xx is delivered, whatever it says. */
	{ SMTP_STAGE_BODY, 250, SPAN("2.0.0 OK spam user unknown"), CLASS(DELIVERED), T },
	/* Addresses. */
	{ SMTP_STAGE_RCPT, 550,
	  SPAN("5.1.1 The email account that you tried to reach does not exist."),
	  CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_RCPT, 550, SPAN("User unknown"), CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_RCPT, 450, SPAN("4.1.1 <x@y>: unverified address"), CLASS(NO_SUCH_USER), T },
	{ SMTP_STAGE_RCPT, 550, SPAN("<spam@relay.example>: User unknown"), CLASS(NO_SUCH_USER),
	  P },
	{ SMTP_STAGE_RCPT, 550, SPAN("5.1.10 RESOLVER.ADR.RecipientNotFound; not found by lookup"),
	  CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_RCPT, 550, SPAN("5.5.0 Requested action not taken: mailbox unavailable"),
	  CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_RCPT, 550, SPAN("5.4.1 Recipient address rejected: Access denied."),
	  CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_BODY, 554,
	  SPAN("delivery error: dd This user doesn't have a yahoo.com account"),
	  CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_RCPT, 551, SPAN("please try <other@example>"), CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_RCPT, 553, SPAN("sorry"), CLASS(NO_SUCH_USER), P },
	{ SMTP_STAGE_MAIL, 553, SPAN("sorry"), CLASS(SENDER_REFUSED), P },
	{ SMTP_STAGE_RCPT, 550, SPAN("5.1.2 host unknown"), CLASS(NO_SUCH_DOMAIN), P },
	{ SMTP_STAGE_RCPT, 556, SPAN("5.1.10 Recipient address has null MX"), CLASS(NULL_MX), P },
	{ SMTP_STAGE_GREETING, 521, SPAN("mx.example does not accept mail"), CLASS(NULL_MX), P },
	{ SMTP_STAGE_MAIL, 450, SPAN("4.1.8 <a@b>: Sender address rejected: Domain not found"),
	  CLASS(SENDER_REFUSED), T },
	{ SMTP_STAGE_RCPT, 550, SPAN("5.7.27 Sender address has null MX"), CLASS(SENDER_REFUSED),
	  P },
	/* Mailboxes. */
	{ SMTP_STAGE_RCPT, 452,
	  SPAN("4.2.2 The email account that you tried to reach is over quota"),
	  CLASS(MAILBOX_FULL), T },
	{ SMTP_STAGE_RCPT, 552, SPAN("5.2.2 over quota"), CLASS(MAILBOX_FULL), P },
	{ SMTP_STAGE_RCPT, 552, SPAN("Requested mail action aborted"), CLASS(MAILBOX_FULL), P },
	{ SMTP_STAGE_BODY, 554, SPAN("Mailbox is full"), CLASS(MAILBOX_FULL), P },
	{ SMTP_STAGE_RCPT, 550,
	  SPAN("5.2.1 The email account that you tried to reach is disabled."),
	  CLASS(MAILBOX_DISABLED), P },
	{ SMTP_STAGE_RCPT, 450, SPAN("4.2.1 receiving mail at a rate that prevents more"),
	  CLASS(RATE_LIMITED), T },
	/* Lists and reputation. */
	{ SMTP_STAGE_MAIL, 550,
	  SPAN("5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part "
	       "of their network is on our block list (S3140)."),
	  CLASS(BLOCKED), P },
	{ SMTP_STAGE_MAIL, 550, SPAN("5.7.606 Access denied, banned sending IP [192.0.2.1]"),
	  CLASS(BLOCKED), P },
	{ SMTP_STAGE_RCPT, 554,
	  SPAN("5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
	       "zen.spamhaus.org"),
	  CLASS(BLOCKED), P },
	{ SMTP_STAGE_GREETING, 554,
	  SPAN("Your access to this mail system has been rejected due to the "
	       "sending MTA's poor reputation."),
	  CLASS(BLOCKED), P },
	{ SMTP_STAGE_GREETING, 554, SPAN("No SMTP service here"), CLASS(POLICY), P },
	{ SMTP_STAGE_MAIL, 451,
	  SPAN("4.7.650 The mail server [192.0.2.1] has been temporarily rate "
	       "limited due to IP reputation."),
	  CLASS(RATE_LIMITED), T },
	{ SMTP_STAGE_GREETING, 421,
	  SPAN("4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due "
	       "to unexpected volume or user complaints"),
	  CLASS(COMPLAINTS), T },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.28 Gmail has detected an unusual rate of unsolicited mail."), CLASS(COMPLAINTS),
	  T },
	{ SMTP_STAGE_RCPT, 452, SPAN("4.5.3 Too many recipients"), CLASS(RATE_LIMITED), T },
	{ SMTP_STAGE_GREETING, 421, SPAN("Too many concurrent connections from your host"),
	  CLASS(RATE_LIMITED), T },
	/* RFC 5321 4.5.3.1.10: the one 5xx that is temporary. */
	{ SMTP_STAGE_RCPT, 552, SPAN("Too many recipients"), CLASS(RATE_LIMITED), T },
	{ SMTP_STAGE_RCPT, 552, SPAN("5.5.3 Too many recipients"), CLASS(RATE_LIMITED), T },
	{ SMTP_STAGE_BODY, 552, SPAN("Too many recipients"), CLASS(RATE_LIMITED), P },
	/* Authentication of the sender's domain. */
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.26 This mail has been blocked because the sender is "
	       "unauthenticated."),
	  CLASS(AUTH_REQUIRED), P },
	{ SMTP_STAGE_BODY, 550, SPAN("5.7.515 Access denied, required authentication level"),
	  CLASS(AUTH_REQUIRED), P },
	{ SMTP_STAGE_MAIL, 550, SPAN("SPF check failed"), CLASS(AUTH_REQUIRED), P },
	/* RFC 7372 3: one code a check. */
	{ SMTP_STAGE_BODY, 550, SPAN("5.7.20 no"), CLASS(DKIM_FAILED), P },
	{ SMTP_STAGE_BODY, 550, SPAN("5.7.22 no"), CLASS(DKIM_FAILED), P },
	{ SMTP_STAGE_MAIL, 550, SPAN("5.7.23 no"), CLASS(SPF_FAILED), P },
	{ SMTP_STAGE_MAIL, 451, SPAN("4.7.24 no"), CLASS(SPF_FAILED), T },
	{ SMTP_STAGE_MAIL, 450,
	  SPAN("4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"),
	  CLASS(NO_REVERSE_NAME), T },
	{ SMTP_STAGE_BODY, 550, SPAN("5.7.26 no"), CLASS(AUTH_REQUIRED), P },
	{ SMTP_STAGE_BODY, 550, SPAN("5.7.29 ARC validation failure"), CLASS(AUTH_REQUIRED), P },
	{ SMTP_STAGE_MAIL, 550, SPAN("5.7.30 REQUIRETLS support required"), CLASS(TLS_REQUIRED),
	  P },
	/* Gmail, as its page of errors has them. */
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.0 The IP address sending this message does not have a PTR record, or the "
	       "corresponding forward DNS entry does not point to the sending IP."),
	  CLASS(NO_REVERSE_NAME), T },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.23 The sending IP address for this message doesn't have a PTR record, or the "
	       "PTR record's forward DNS entry doesn't match the sending IP address."),
	  CLASS(NO_REVERSE_NAME), T },
	{ SMTP_STAGE_BODY, 451,
	  SPAN("4.7.24 The SPF record of the sending domain has one or more suspicious entries."),
	  CLASS(SPF_FAILED), T },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.25 The IP address sending this message does not have a PTR record setup, or "
	       "the corresponding forward DNS entry does not point to the sending IP."),
	  CLASS(NO_REVERSE_NAME), P },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.26 Your email has been rate limited because it is unauthenticated. Gmail "
	       "requires all senders to authenticate with either SPF or DKIM."),
	  CLASS(AUTH_REQUIRED), T },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail "
	       "requires all senders to authenticate with either SPF or DKIM."),
	  CLASS(AUTH_REQUIRED), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.26 The MAIL FROM domain [home.test] has an SPF record with a hard fail policy "
	       "(-all) but it fails to pass SPF checks with the ip: [192.0.2.1]."),
	  CLASS(SPF_FAILED), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.26 Unauthenticated email from home.test is not accepted due to domain's DMARC "
	       "policy."),
	  CLASS(NOT_ALIGNED), P },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.27 Your email has been rate limited because SPF authentication didn't pass "
	       "for this message."),
	  CLASS(SPF_FAILED), T },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.27 Your email has been blocked because SPF authentication didn't pass for this "
	       "message."),
	  CLASS(SPF_FAILED), P },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.28 Gmail has detected an unusual rate of mail originating from your IP "
	       "address 192.0.2.1."),
	  CLASS(RATE_LIMITED), T },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.28 There is an unusual rate of unsolicited mail originating from your IP "
	       "address."),
	  CLASS(COMPLAINTS), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.1 Our system has detected an unusual rate of unsolicited mail originating "
	       "from your IP address."),
	  CLASS(COMPLAINTS), P },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.29 Your email has been rate limited because this message wasn't sent over a "
	       "TLS connection."),
	  CLASS(TLS_REQUIRED), T },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.30 Your email has been rate limited because DKIM authentication didn't pass "
	       "for this message."),
	  CLASS(DKIM_FAILED), T },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.30 This mail has been blocked because DKIM does not pass. Gmail requires all "
	       "large senders to authenticate with DKIM."),
	  CLASS(DKIM_FAILED), P },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.31 Your email has been rate limited because the sending domain doesn't have a "
	       "DMARC record, or the DMARC record doesn't specify a DMARC policy."),
	  CLASS(DMARC_MISSING), T },
	{ SMTP_STAGE_BODY, 421,
	  SPAN("4.7.32 Your email has been rate limited because the From: header (RFC5322) in this "
	       "message isn't aligned with either the authenticated SPF or DKIM organizational "
	       "domain."),
	  CLASS(NOT_ALIGNED), T },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.40 Your email has been blocked because the sending domain doesn't have a DMARC "
	       "record."),
	  CLASS(DMARC_MISSING), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.1 This message does not meet IPv6 sending guidelines regarding PTR records and "
	       "authentication."),
	  CLASS(NO_REVERSE_NAME), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.1 Our system has detected that this message is likely suspicious due to the "
	       "very low reputation of the sending IP address."),
	  CLASS(BLOCKED), P },
	/* Microsoft */
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.515 Access denied, sending domain home.test does not meet the required "
	       "authentication level."),
	  CLASS(AUTH_REQUIRED), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.509 Access denied, sending domain home.test does not pass DMARC verification "
	       "and has a DMARC policy of reject."),
	  CLASS(NOT_ALIGNED), P },
	{ SMTP_STAGE_RCPT, 550,
	  SPAN("5.7.25 Service unavailable, sending IPv6 address [2001:db8::1] must have reverse "
	       "DNS record"),
	  CLASS(NO_REVERSE_NAME), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.23 The message was rejected because of Sender Policy Framework violation"),
	  CLASS(SPF_FAILED), P },
	{ SMTP_STAGE_MAIL, 451,
	  SPAN("4.7.500 Server busy. Please try again later from [192.0.2.1]."),
	  CLASS(RATE_LIMITED), T },
	/* Yahoo */
	{ SMTP_STAGE_MAIL, 421,
	  SPAN("4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected "
	       "volume or user complaints - 4.16.55.1; see "
	       "https://postmaster.yahooinc.com/error-codes"),
	  CLASS(COMPLAINTS), T },
	{ SMTP_STAGE_MAIL, 553,
	  SPAN("5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying "
	       "will NOT succeed. See https://postmaster.yahooinc.com/error-codes"),
	  CLASS(BLOCKED), P },
	{ SMTP_STAGE_GREETING, 553,
	  SPAN("5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in "
	       "Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html"),
	  CLASS(BLOCKED), P },
	{ SMTP_STAGE_BODY, 554,
	  SPAN("5.7.9 Message not accepted for policy reasons. See "
	       "https://postmaster.yahooinc.com/error-codes"),
	  CLASS(AUTH_REQUIRED), P },
	{ SMTP_STAGE_BODY, 550,
	  SPAN("5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo "
	       "requires all senders to authenticate with either SPF or DKIM."),
	  CLASS(AUTH_REQUIRED), P },
	/* Greylisting. */
	{ SMTP_STAGE_RCPT, 450,
	  SPAN("4.2.0 <x@y>: Recipient address rejected: Greylisted, see ..."), CLASS(GREYLISTED),
	  T },
	{ SMTP_STAGE_BODY, 451, SPAN("4.7.1 Try again later"), CLASS(GREYLISTED), T },
	/* The message. */
	{ SMTP_STAGE_BODY, 552, SPAN("5.3.4 Your message exceeded Google's message size limits."),
	  CLASS(TOO_BIG), P },
	{ SMTP_STAGE_MAIL, 552, SPAN("sorry"), CLASS(TOO_BIG), P },
	{ SMTP_STAGE_BODY, 552,
	  SPAN("5.7.0 This message was blocked because its content presents a "
	       "potential security issue."),
	  CLASS(CONTENT_REFUSED), P },
	{ SMTP_STAGE_BODY, 554, SPAN("5.6.0 bare LF"), CLASS(CONTENT_REFUSED), P },
	{ SMTP_STAGE_BODY, 554, SPAN("5.7.1 Spam message rejected"), CLASS(SPAM_CONTENT), P },
	{ SMTP_STAGE_BODY, 550, SPAN("5.7.1 this message is likely unsolicited mail"),
	  CLASS(SPAM_CONTENT), P },
	/* Routes. */
	{ SMTP_STAGE_RCPT, 554, SPAN("5.7.1 <x@y>: Relay access denied"), CLASS(RELAY_DENIED), P },
	{ SMTP_STAGE_RCPT, 550, SPAN("5.7.64 TenantAttribution; Relay Access Denied"),
	  CLASS(RELAY_DENIED), P },
	{ SMTP_STAGE_MAIL, 530, SPAN("5.7.0 Must issue a STARTTLS command first"),
	  CLASS(TLS_REQUIRED), P },
	{ SMTP_STAGE_MAIL, 530, SPAN("5.7.0 Authentication required"), CLASS(RELAY_DENIED), P },
	{ SMTP_STAGE_AUTH, 535, SPAN("5.7.8 Error: authentication failed"), CLASS(LOGIN_FAILED),
	  P },
	{ SMTP_STAGE_AUTH, 454, SPAN("4.7.0 Temporary authentication failure"), CLASS(LOGIN_FAILED),
	  T },
	{ SMTP_STAGE_TLS, 454, SPAN("TLS not available due to temporary reason"), CLASS(TLS_FAILED),
	  T },
	{ SMTP_STAGE_BODY, 554, SPAN("5.4.6 Too many hops"), CLASS(LOOP), P },
	{ SMTP_STAGE_BODY, 554, SPAN("5.4.14 Hop count exceeded - possible mail loop"), CLASS(LOOP),
	  P },
	/* What tells little. */
	{ SMTP_STAGE_RCPT, 550, SPAN("5.7.1 no"), CLASS(POLICY), P },
	{ SMTP_STAGE_RCPT, 550, SPAN("no"), CLASS(REFUSED), P },
	{ SMTP_STAGE_BODY, 554, SPAN("Transaction failed"), CLASS(REFUSED), P },
	{ SMTP_STAGE_BODY, 451, SPAN("local error in processing"), CLASS(REMOTE_TROUBLE), T },
	{ SMTP_STAGE_DATA, 452, SPAN("4.3.1 Insufficient system storage"), CLASS(REMOTE_TROUBLE),
	  T },
	{ SMTP_STAGE_MAIL, 421, SPAN("closing"), CLASS(REMOTE_TROUBLE), T },
	{ SMTP_STAGE_MAIL, 503, SPAN("bad sequence"), CLASS(PROTOCOL_ERROR), P },
	{ SMTP_STAGE_MAIL, 555, SPAN("parameters not recognized"), CLASS(PROTOCOL_ERROR), P },
	/* 4xx stays temporary, 5xx permanent, against all words (RFC 5321 4.2.1). */
	{ SMTP_STAGE_RCPT, 450, SPAN("5.1.1 user unknown, permanent failure"), CLASS(NO_SUCH_USER),
	  T },
	{ SMTP_STAGE_RCPT, 550, SPAN("4.2.2 mailbox full, try again later"), CLASS(MAILBOX_FULL),
	  P },
	/* Not a final reply at all. */
	{ SMTP_STAGE_DATA, 354, SPAN("go on"), CLASS(PROTOCOL_ERROR), T },
	{ SMTP_STAGE_DATA, 0, SPAN(""), CLASS(PROTOCOL_ERROR), T },
};

TEST(smtp_verdict_of_replies)
{
	EACH_ROW(REPLIES) {
		struct smtp_outcome o = { .stage = REPLIES[row].stage,
			                  .code = REPLIES[row].code,
			                  .text = exact(REPLIES[row].text) };
		struct smtp_verdict v;

		if (smtp_enhanced_parse(&o.text, &o.enhanced) < 0)
			o.enhanced.class = 0;
		v = smtp_verdict(&o);
		CHECK_STR(smtp_class_name(v.class), smtp_class_name(REPLIES[row].class));
		CHECK_INT(v.permanent, REPLIES[row].permanent);
	}
}

/* Every code and stage has a verdict, and its permanence is the code's. */
TEST(smtp_verdict_of_every_code)
{
	for (int stage = 0; stage < SMTP_STAGE_COUNT; stage++) {
		for (int code = 400; code <= 599; code++) {
			struct smtp_outcome o = { .stage = stage, .code = code };
			struct smtp_verdict v = smtp_verdict(&o);

			CHECK_INT(v.permanent, code >= 500);
			CHECK(v.class != SMTP_CLASS_DELIVERED);
		}
	}
}

/* RFC 3463 3, RFC 7505 4.1, RFC 6531 3.5. */
TEST(smtp_verdict_of_causes)
{
	static const struct {
		enum smtp_cause cause;
		enum smtp_class class;
		bool permanent;
		uint8_t e[3];
	} t[] = {
		{ SMTP_CAUSE_DOMAIN, CLASS(NO_SUCH_DOMAIN), P, { 5, 1, 2 } },
		{ SMTP_CAUSE_NULL_MX, CLASS(NULL_MX), P, { 5, 1, 10 } },
		{ SMTP_CAUSE_DNS, CLASS(DNS_FAILED), T, { 4, 4, 3 } },
		{ SMTP_CAUSE_CONNECT, CLASS(CONNECT_FAILED), T, { 4, 4, 1 } },
		{ SMTP_CAUSE_CLOSED, CLASS(DROPPED), T, { 4, 4, 2 } },
		{ SMTP_CAUSE_TIMEOUT, CLASS(TIMED_OUT), T, { 4, 4, 2 } },
		{ SMTP_CAUSE_TIME, CLASS(TIME_LIMIT), T, { 4, 4, 7 } },
		{ SMTP_CAUSE_TLS_REQUIRED, CLASS(TLS_REQUIRED), T, { 4, 7, 10 } },
		{ SMTP_CAUSE_TOO_BIG, CLASS(TOO_BIG), P, { 5, 3, 4 } },
		{ SMTP_CAUSE_NO_SMTPUTF8, CLASS(CONTENT_REFUSED), P, { 5, 6, 7 } },
		{ SMTP_CAUSE_NO_8BITMIME, CLASS(CONTENT_REFUSED), P, { 5, 6, 3 } },
		{ SMTP_CAUSE_EXPIRED, CLASS(EXPIRED), P, { 5, 4, 7 } },
	};
	EACH_ROW(t) {
		/* A code that stands beside a cause decides nothing. */
		struct smtp_outcome o = { .cause = t[row].cause, .code = 250 };
		struct smtp_verdict v = smtp_verdict(&o);
		struct smtp_enhanced e = smtp_cause_enhanced(t[row].cause);

		CHECK_INT(v.class, t[row].class);
		CHECK_INT(v.permanent, t[row].permanent);
		CHECK_INT(e.class, t[row].e[0]);
		CHECK_INT(e.subject, t[row].e[1]);
		CHECK_INT(e.detail, t[row].e[2]);
	}
}

/* A cause's enhanced code says the same as its permanence. */
TEST(smtp_causes_agree_with_themselves)
{
	for (int c = SMTP_CAUSE_NONE + 1; c < SMTP_CAUSE_COUNT; c++) {
		struct smtp_outcome o = { .cause = c };

		CHECK_INT(smtp_cause_enhanced(c).class, smtp_verdict(&o).permanent ? 5 : 4);
		CHECK(smtp_cause_text(c)[0] != '\0');
	}
	CHECK_INT(smtp_cause_enhanced(SMTP_CAUSE_NONE).class, 0);
}

TEST(smtp_verdict_of_what_is_no_cause)
{
	static const unsigned t[] = { SMTP_CAUSE_COUNT, 255 };

	EACH_ROW(t) {
		CHECK_STR(smtp_cause_text((enum smtp_cause)t[row]), "");
		CHECK_INT(smtp_cause_enhanced((enum smtp_cause)t[row]).class, 0);
		CHECK_STR(smtp_stage_name((enum smtp_stage)t[row]), "unknown");
	}
}

TEST(smtp_classes_have_names_and_sentences)
{
	static const enum smtp_class t[] = {
#define VERDICT(name, number, text, undecided, doing, permanent) SMTP_CLASS_##name,
#include "wire/smtp/verdict/verdicts.def"
#undef VERDICT
	};
	EACH_ROW(t) {
		enum smtp_class back = -1;

		CHECK_INT(smtp_class_from_name(span_str(smtp_class_name(t[row])), &back), 0);
		CHECK_INT(back, t[row]);
		for (int permanent = 0; permanent <= 1; permanent++) {
			struct smtp_verdict v = { t[row], permanent };
			struct span s = span_str(smtp_verdict_sentence(v));

			CHECK(s.n > 20 && s.p[s.n - 1] == '.');
		}
		struct span sentence =
		        span_str(smtp_verdict_sentence((struct smtp_verdict){ t[row] }));
		struct span fact = span_str(smtp_class_undecided(t[row]));

		CHECK(fact.n > 20 && fact.p[fact.n - 1] == '.' && span_starts(sentence, fact));
		CHECK(span_find_span(fact, SPAN("keep trying")) < 0);
	}
	CHECK_STR(smtp_class_name(12345), "unspecified-refusal");
	enum smtp_class c;
	CHECK_INT(smtp_class_from_name(SPAN("no-such-class"), &c), ERR_UNKNOWN);
	CHECK_STR(smtp_stage_name(SMTP_STAGE_BODY), "body");
	CHECK_STR(smtp_stage_name(SMTP_STAGE_END), "end");
}
