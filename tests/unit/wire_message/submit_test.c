/* wire/message/submit.h: RFC 6409 8, RFC 5322 3.6. */
#include "test.h"

#include "wire/message/submit.h"

#define DATE "Date: Mon, 23 Nov 2026 19:05:07 +0000\r\n"
#define ID   "Message-ID: <i1@mx.example>\r\n"

static const struct message_submit_facts facts = { .time_ms = 1795460707000,
	                                           .hostname = SPAN("mx.example"),
	                                           .id = SPAN("i1") };

TEST(submit_edits)
{
	static const struct {
		struct span in, out;
		size_t header_n;
		unsigned edits;
	} t[] = {
		/* complete: nothing changes */
		{ SPAN("From: a@b\r\nDate: x\r\nMessage-ID: <y>\r\n\r\nbody"),
		  SPAN("From: a@b\r\nDate: x\r\nMessage-ID: <y>\r\n\r\n"), 39, 0 },
		/* 8.2, 8.3 */
		{ SPAN("From: a@b\r\n\r\nbody"), SPAN("From: a@b\r\n" DATE ID "\r\n"), 13,
		  MESSAGE_EDIT_ADDED_DATE | MESSAGE_EDIT_ADDED_MESSAGE_ID },
		{ SPAN("From: a@b\r\nDATE : x\r\nmessage-id: <y>\r\n\r\n"),
		  SPAN("From: a@b\r\nDATE : x\r\nmessage-id: <y>\r\n\r\n"), 40, 0 },
		/* 3.6.3: Bcc goes, folds, spelling and all */
		{ SPAN("From: a@b\r\nbCC : c@d,\r\n e@f\r\n" DATE "Resent-Bcc: g@h\r\n" ID "\r\n"),
		  SPAN("From: a@b\r\n" DATE ID "\r\n"), 116, MESSAGE_EDIT_REMOVED_BCC },
		{ SPAN("Return-Path: <x@y>\r\nFrom: a@b\r\n" DATE ID "\r\n"),
		  SPAN("From: a@b\r\n" DATE ID "\r\n"), 101, MESSAGE_EDIT_REMOVED_RETURN_PATH },
		{ SPAN("From: a@b\r\nX-Bcc: c@d\r\n" DATE ID "\r\n"),
		  SPAN("From: a@b\r\nX-Bcc: c@d\r\n" DATE ID "\r\n"), 93, 0 },
		/* no empty line, no last CRLF */
		{ SPAN("From: a@b"), SPAN("From: a@b\r\n" DATE ID "\r\n"), 9,
		  MESSAGE_EDIT_ADDED_DATE | MESSAGE_EDIT_ADDED_MESSAGE_ID },
		{ SPAN(""), SPAN(DATE ID "\r\n"), 0,
		  MESSAGE_EDIT_ADDED_DATE | MESSAGE_EDIT_ADDED_MESSAGE_ID },
		/* the body begins with the line that is no field */
		{ SPAN("From: a@b\r\nbad line\r\nBcc: c@d\r\n\r\n"),
		  SPAN("From: a@b\r\n" DATE ID "\r\n"), 11,
		  MESSAGE_EDIT_ADDED_DATE | MESSAGE_EDIT_ADDED_MESSAGE_ID },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF header = BUF(2000);
		struct message_submit s = { 0 };

		CHECK_INT(message_submit(exact(t[row].in), &facts, &arena, &header, &s), 0);
		CHECK_SPAN(buf_span(&header), t[row].out);
		CHECK_INT(s.header_n, t[row].header_n);
		CHECK_INT(s.edits, t[row].edits);
	}
}

/* threats: a login that sends as another. */
TEST(submit_reports)
{
	enum {
		MISSING = MESSAGE_FAULT_SENDER_MISSING,
		SYNTAX = MESSAGE_FAULT_FROM_SYNTAX,
		GROUP = MESSAGE_FAULT_FROM_GROUP,
		TWICE = MESSAGE_FAULT_FROM_TWICE | MESSAGE_FAULT_DUPLICATE,
	};
	static const struct {
		struct span in;
		unsigned faults;
		size_t n_from, n_sender;
		struct span last_from, duplicate; /* local part of the last From mailbox */
	} t[] = {
		{ SPAN("From: a@b\r\n\r\n"), 0, 1, 0, SPAN("a"), SPAN("") },
		{ SPAN("From: \"victim@x y\"@evil\r\n\r\n"), 0, 1, 0, SPAN("\"victim@x y\""),
		  SPAN("") },
		{ SPAN("From: victim@x y <a@b>\r\n\r\n"), SYNTAX, 0, 0, SPAN(""), SPAN("") },
		{ SPAN("From: a@b\r\nfrom : c@d\r\n\r\n"), TWICE | MISSING, 2, 0, SPAN("c"),
		  SPAN("from") },
		{ SPAN("From: a@b, c@d\r\n\r\n"), MISSING, 2, 0, SPAN("c"), SPAN("") },
		{ SPAN("From: a@b, c@d\r\nSender: c@d\r\n\r\n"), 0, 2, 1, SPAN("c"), SPAN("") },
		{ SPAN("From: a@b\r\nSender: c@d, e@f\r\n\r\n"), MESSAGE_FAULT_SENDER_SYNTAX, 1, 0,
		  SPAN("a"), SPAN("") },
		{ SPAN("From: a@b\r\nSender: c@d\r\nSender: e@f\r\n\r\n"), MESSAGE_FAULT_DUPLICATE,
		  1, 2, SPAN("a"), SPAN("Sender") },
		{ SPAN("From: g: a@b;\r\n\r\n"), GROUP, 1, 0, SPAN("a"), SPAN("") },
		{ SPAN("From: g:;\r\n\r\n"), GROUP, 0, 0, SPAN(""), SPAN("") },
		{ SPAN("From:\r\n\r\n"), SYNTAX, 0, 0, SPAN(""), SPAN("") },
		{ SPAN("From: ,\r\n\r\n"), SYNTAX, 0, 0, SPAN(""), SPAN("") },
		{ SPAN("From: a@b,\r\n nonsense\r\n\r\n"), SYNTAX, 1, 0, SPAN("a"), SPAN("") },
		{ SPAN("To: a@b\r\n\r\n"), MESSAGE_FAULT_NO_FROM, 0, 0, SPAN(""), SPAN("") },
		{ SPAN("From: a@b\r\nSubject: x\r\nTo: c@d\r\nSUBJECT: y\r\n\r\n"),
		  MESSAGE_FAULT_DUPLICATE, 1, 0, SPAN("a"), SPAN("SUBJECT") },
		{ SPAN("From: a@b\r\nReceived: x\r\nReceived: y\r\nComments: x\r\nComments: "
		       "y\r\n\r\n"),
		  0, 1, 0, SPAN("a"), SPAN("") },
		{ SPAN("From: a@b\r\nContent-Type: x/y\r\nContent-type: x/z\r\n\r\n"),
		  MESSAGE_FAULT_DUPLICATE, 1, 0, SPAN("a"), SPAN("Content-type") },
		{ SPAN("From: a@b\r\nno field\r\n\r\n"), MESSAGE_FAULT_MALFORMED, 1, 0, SPAN("a"),
		  SPAN("") },
		{ SPAN("From: =?utf-8?q?ceo=40bank?= <a@b>\r\n\r\n"), 0, 1, 0, SPAN("a"),
		  SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF header = BUF(2000);
		struct message_submit s = { 0 };

		CHECK_INT(message_submit(exact(t[row].in), &facts, &arena, &header, &s), 0);
		CHECK_INT(s.faults, t[row].faults);
		CHECK_INT(s.n_from, t[row].n_from);
		CHECK_INT(s.n_sender, t[row].n_sender);
		if (s.n_from)
			CHECK_SPAN(s.from[s.n_from - 1].local, t[row].last_from);
		CHECK_SPAN(s.duplicate, t[row].duplicate);
		CHECK_INT(message_submit_fault_str(s.faults) != NULL, t[row].faults != 0);
	}
}

TEST(submit_counts)
{
	AUTO_ARENA arena = { 0 };
	AUTO_BUF header = BUF(4000);
	AUTO_BUF in = BUF(4000);
	struct message_submit s = { 0 };

	for (int i = 0; i < 51; i++)
		buf_puts(&in, "received: x\r\n");
	buf_puts(&in, "From: \xc3\xa9@b\r\nMessage-ID:  <x@y> \r\n\r\n");
	CHECK_INT(message_submit(exact(buf_span(&in)), &facts, &arena, &header, &s), 0);
	CHECK_INT(s.n_received, 51);
	CHECK_INT(s.utf8, true);
	CHECK_SPAN(s.message_id, SPAN("<x@y>"));
}

TEST(submit_sees_long_lines)
{
	static const struct {
		int n;
		unsigned faults;
	} t[] = { { MESSAGE_LINE_MAX, 0 }, { MESSAGE_LINE_MAX + 1, MESSAGE_FAULT_LINE_LENGTH } };
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF header = BUF(4000);
		AUTO_BUF in = BUF(4000);
		struct message_submit s = { 0 };

		buf_printf(&in, "From: a@b\r\nX: y\r\n %0*d\r\n\r\n", t[row].n - 1, 0);
		CHECK_INT(message_submit(exact(buf_span(&in)), &facts, &arena, &header, &s), 0);
		CHECK_INT(s.faults, t[row].faults);
	}
}

TEST(submit_refuses)
{
	static const struct {
		struct span in;
		struct message_submit_facts facts;
		int r;
	} t[] = {
		{ SPAN("From: a@b\nBcc: c@d\r\n\r\n"),
		  { .hostname = SPAN("h"), .id = SPAN("i") },
		  ERR_SYNTAX },
		{ SPAN("From: a@b\rX\r\n\r\n"),
		  { .hostname = SPAN("h"), .id = SPAN("i") },
		  ERR_SYNTAX },
		{ SPAN("From: a\0@b\r\n\r\n"),
		  { .hostname = SPAN("h"), .id = SPAN("i") },
		  ERR_SYNTAX },
		{ SPAN("From: a@b\r\n\r\n"),
		  { .hostname = SPAN("h\r\n"), .id = SPAN("i") },
		  ERR_SYNTAX },
		{ SPAN("From: a@b\r\n\r\n"),
		  { .hostname = SPAN("h"), .id = SPAN("") },
		  ERR_SYNTAX },
		{ SPAN("From: a@b\r\n\r\n"),
		  { .hostname = SPAN("h"), .id = SPAN("i>") },
		  ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF header = BUF(2000);
		struct message_submit s;

		CHECK_INT(message_submit(exact(t[row].in), &t[row].facts, &arena, &header, &s),
		          t[row].r);
	}
}

/* Past the cap a Bcc would be body: refuse it, do not leak it. */
TEST(submit_refuses_a_header_past_the_caps)
{
	static const struct {
		const char *field;
		size_t n;
		int r;
	} t[] = {
		{ "X: y\r\n", MESSAGE_FIELDS_MAX - 1, 0 },
		{ "X: y\r\n", MESSAGE_FIELDS_MAX, ERR_TOO_BIG },
		{ "X: "
		  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
		  "yyyy"
		  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n",
		  9000, ERR_TOO_BIG },
		{ "From: a@b,a@b,a@b,a@b,a@b,a@b,a@b,a@b,a@b,a@b\r\n", 1000, 0 },
		{ "From: a@b,a@b,a@b,a@b,a@b,a@b,a@b,a@b,a@b,a@b\r\n", 1001, ERR_LIMIT },
	};
	EACH_ROW(t) {
		AUTO_ARENA arena = { 0 };
		AUTO_BUF header = BUF(4 << 20);
		AUTO_BUF in = BUF(4 << 20);
		struct message_submit s;

		for (size_t i = 0; i < t[row].n; i++)
			buf_puts(&in, t[row].field);
		buf_puts(&in, "Bcc: c@d\r\n\r\n");
		CHECK_INT(message_submit(exact(buf_span(&in)), &facts, &arena, &header, &s),
		          t[row].r);
		if (t[row].r == 0)
			CHECK(span_find_span(buf_span(&header), SPAN("Bcc")) < 0);
	}
}

TEST(submit_keeps_the_cap_of_its_output)
{
	AUTO_ARENA arena = { 0 };
	AUTO_BUF header = BUF(20);
	struct message_submit s;

	CHECK_INT(message_submit(SPAN("From: a@b\r\n\r\n"), &facts, &arena, &header, &s),
	          ERR_TOO_LONG);
}
