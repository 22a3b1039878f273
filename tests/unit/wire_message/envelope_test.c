/* The envelope's record: packed, read, printed.  RFC 9051 7.5.2, RFC 5256 2.1, RFC 5322 3.4. */
#include "wire/message/envelope/envelope.h"
#include "base/buf.h"
#include "wire/message/envelope/ids.h"
#include "wire/message/envelope/items.h"
#include "wire/message/envelope/subject.h"
#include "test.h"

#define PRINTED_MAX 100000

/* Packs a header section and reads it back; the record is in *record. */
static struct message_envelope made(struct span header, size_t max, struct buf *record)
{
	struct message_envelope e = { 0 };

	buf_reset(record);
	CHECK_INT(message_envelope_pack(exact(header), max, record), 0);
	CHECK_INT(message_envelope_unpack(exact(buf_span(record)), &e), 0);
	return e;
}

static void check_printed(struct span header, bool utf8, struct span want)
{
	AUTO_BUF record = BUF(MESSAGE_ENVELOPE_BYTES), out = BUF(PRINTED_MAX);
	struct message_envelope e = made(header, MESSAGE_ENVELOPE_BYTES, &record);

	CHECK_INT(message_envelope_print(&out, &e, utf8), 0);
	CHECK_SPAN(buf_span(&out), want);
}

/* RFC 9051 7.5.2, and the FETCH of 8. */
TEST(envelope_of_the_rfc)
{
	check_printed(SPAN("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
	                   "From: Terry Gray <gray@cac.washington.edu>\r\n"
	                   "Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
	                   "To: imap@cac.washington.edu\r\n"
	                   "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
	                   "Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
	                   "MIME-Version: 1.0\r\n\r\n"),
	              false,
	              SPAN("(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" "
	                   "\"IMAP4rev1 WG mtg summary and minutes\" "
	                   "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
	                   "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
	                   "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
	                   "((NIL NIL \"imap\" \"cac.washington.edu\")) "
	                   "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
	                   "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
	                   "\"<B27397-0100000@cac.washington.edu>\")"));
}

TEST(envelope_as_header_fields)
{
	AUTO_BUF record = BUF(MESSAGE_ENVELOPE_BYTES), out = BUF(PRINTED_MAX);
	struct message_envelope e = made(
	        SPAN("Subject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\nFrom: \"A, B\" <a@x.test>\r\n"
	             "To: team: c@x.test, <d@y.test>;, e\r\nCc:\r\n\r\n"),
	        MESSAGE_ENVELOPE_BYTES, &record);

	CHECK_INT(message_envelope_fields(&e, MESSAGE_ENVELOPE_SUBJECT | 1 << MESSAGE_ENVELOPE_FROM,
	                                  &out),
	          0);
	CHECK_SPAN(buf_span(&out), SPAN("Subject: =?utf-8?q?a?= =?utf-8?q?b?=\r\n"
	                                "From: A, B <a@x.test>\r\n\r\n"));
	buf_reset(&out);
	CHECK_INT(message_envelope_fields(&e, 1 << MESSAGE_ENVELOPE_TO | 1 << MESSAGE_ENVELOPE_BCC,
	                                  &out),
	          0);
	CHECK_SPAN(buf_span(&out),
	           SPAN("To:  <team>,  <c@x.test>,  <d@y.test>,  <>,  <e>\r\n\r\n"));
}

TEST(envelope_nil_and_empty)
{
	check_printed(SPAN(""), false, SPAN("(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"));
	check_printed(SPAN("Subject:\r\nTo: \r\nMessage-ID: \r\n\r\nSubject: no\r\n"), false,
	              SPAN("(NIL \"\" NIL NIL NIL NIL NIL NIL NIL \"\")"));
	/* Quotes, a fold, a literal for octets >= 0x80, no line of its own for a control octet. */
	check_printed(SPAN("Subject: a \"b\"\\\r\n c\r\nIn-Reply-To: x\ry\r\n\r\n"), false,
	              SPAN("(NIL \"a \\\"b\\\"\\\\ c\" NIL NIL NIL NIL NIL NIL \"x y\" NIL)"));
	check_printed(SPAN("Subject: \xc3\xa9\r\n\r\n"), false,
	              SPAN("(NIL {2}\r\n\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)"));
	check_printed(SPAN("Subject: \xc3\xa9\r\n\r\n"), true,
	              SPAN("(NIL \"\xc3\xa9\" NIL NIL NIL NIL NIL NIL NIL NIL)"));
	check_printed(SPAN("Subject: \xe9\r\n\r\n"), true,
	              SPAN("(NIL {1}\r\n\xe9 NIL NIL NIL NIL NIL NIL NIL NIL)"));
}

/* RFC 5322 3.4, 4.4, A.1; and what is none. */
TEST(envelope_addresses)
{
	static const struct {
		const char *value, *want;
	} t[] = {
		{ "a@b", "((NIL NIL \"a\" \"b\"))" },
		{ "\"Joe Q. Public\" <john.q.public@example.com>",
		  "((\"Joe Q. Public\" NIL \"john.q.public\" \"example.com\"))" },
		{ "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
		  "((\"Mary Smith\" NIL \"mary\" \"x.test\")(NIL NIL \"jdoe\" \"example.org\")"
		  "(\"Who?\" NIL \"one\" \"y.test\"))" },
		{ "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
		  "((NIL NIL \"boss\" \"nil.test\")"
		  "(\"Giant; \\\"Big\\\" Box\" NIL \"sysservices\" \"example.net\"))" },
		{ "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
		  "((NIL NIL \"A Group\" NIL)(\"Ed Jones\" NIL \"c\" \"a.test\")"
		  "(NIL NIL \"joe\" \"where.test\")(\"John\" NIL \"jdoe\" \"one.test\")"
		  "(NIL NIL NIL NIL))" },
		{ "Undisclosed recipients:;",
		  "((NIL NIL \"Undisclosed recipients\" NIL)(NIL NIL NIL NIL))" },
		{ "g:", "((NIL NIL \"g\" NIL)(NIL NIL NIL NIL))" },
		{ "g:a@b", "((NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL))" },
		{ "g:a@b;, c@d", "((NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL)(NIL "
		                 "NIL \"c\" \"d\"))" },
		{ "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
		  "((\"Pete\" NIL \"pete\" \"silly.test\"))" },
		{ "pete@silly.test (Pete, of Silly)",
		  "((\"Pete, of Silly\" NIL \"pete\" \"silly.test\"))" },
		{ "Joe <@node.test,@x:a . b @ c>", "((\"Joe\" NIL \"a.b\" \"c\"))" },
		{ "\"a b\"@[10.0.0.1]", "((NIL NIL \"a b\" \"[10.0.0.1]\"))" },
		{ ",,a@b,,", "((NIL NIL \"a\" \"b\"))" },
		{ "root", "((NIL NIL \"root\" \"\"))" },
		{ "Big Boss", "((NIL NIL \"Big Boss\" \"\"))" },
		{ "<>", "((NIL NIL \"\" \"\"))" },
		{ "\"a\" <b", "((\"a\" NIL \"b\" \"\"))" },
		{ "\"a@b", "((NIL NIL \"a@b\" \"\"))" },
		{ "(((", "NIL" },
	};

	EACH_ROW(t) {
		AUTO_BUF in = BUF(1000), want = BUF(1000);

		buf_printf(&in, "Bcc: %s\r\n\r\n", t[row].value);
		buf_printf(&want, "(NIL NIL NIL NIL NIL NIL NIL %s NIL NIL)", t[row].want);
		check_printed(buf_span(&in), false, buf_span(&want));
	}
}

/* RFC 5256 2.1, 5. */
TEST(envelope_base_subject)
{
	static const struct {
		const char *subject, *base;
		bool reply;
	} t[] = {
		{ "hello", "hello", false },
		{ "Re: hello", "hello", true },
		{ "re : RE:fwd: FW: hello", "hello", true },
		{ "Re[2]: hello", "hello", true },
		{ "re [list] : hello", "hello", true },
		{ "[list] Re: hello", "hello", true },
		{ "[a] [b] Re: [c] hello", "hello", true },
		{ "[list] hello", "hello", false },
		{ "[list]", "[list]", false },
		{ "[a] [list]", "[list]", false },
		{ "hello (fwd)", "hello", true },
		{ "Re: hello (FWD) (fwd) ", "hello", true },
		{ "[Fwd: hello]", "hello", true },
		{ "[fwd: Re: [fwd: [x] hello] (fwd)]", "hello", true },
		{ "[Fwd: hello] there", "there", false },
		{ "real: hello", "real: hello", false },
		{ "Re:", "", true },
		{ "", "", false },
		{ "a  \t b", "a b", false },
		{ "=?utf-8?q?Re:_h=C3=A9?=", "h\xc3\xa9", true },
		{ "Re: [unclosed hello", "[unclosed hello", true },
	};

	EACH_ROW(t) {
		AUTO_BUF header = BUF(1000), record = BUF(MESSAGE_ENVELOPE_BYTES), out = BUF(1000);
		struct message_envelope e;
		bool reply = !t[row].reply;

		buf_printf(&header, "Subject: %s\r\n\r\n", t[row].subject);
		e = made(buf_span(&header), MESSAGE_ENVELOPE_BYTES, &record);
		CHECK_SPAN(e.base_subject, span_str(t[row].base));
		CHECK_INT(e.reply, t[row].reply);
		CHECK_INT(message_subject_base(exact(span_str(t[row].subject)), &out, &reply), 0);
		CHECK_SPAN(buf_span(&out), span_str(t[row].base));
		CHECK_INT(reply, t[row].reply);
	}
}

/* RFC 5256 3: References, or the first id of In-Reply-To. */
TEST(envelope_references)
{
	static const struct {
		const char *header, *want;
	} t[] = {
		{ "References: <a@b>\r\n <c@d> (x)<e@f>\r\nIn-Reply-To: <g@h>\r\n",
		  "<a@b><c@d><e@f>" },
		{ "In-Reply-To: Your message of today <g@h> <i@j>\r\n", "<g@h>" },
		{ "References: none\r\nIn-Reply-To: <g@h>\r\n", "<g@h>" },
		{ "References: <<a@b> <no> <@x> <y@> <\"c\"@d>\r\n", "<a@b><c@d>" },
		{ "References: <a@\r\n b>\r\n", "<a@b>" },
		{ "Subject: x\r\n", "" },
	};

	EACH_ROW(t) {
		AUTO_BUF record = BUF(MESSAGE_ENVELOPE_BYTES);
		struct message_envelope e =
		        made(span_str(t[row].header), MESSAGE_ENVELOPE_BYTES, &record);

		CHECK_SPAN(e.references, span_str(t[row].want));
	}
}

/* RFC 5256 2.2. */
TEST(envelope_sent)
{
	AUTO_BUF record = BUF(MESSAGE_ENVELOPE_BYTES);
	struct message_envelope e = made(SPAN("Date: Wed, 31 Dec 1969 16:00:01 -0800\r\n\r\n"),
	                                 MESSAGE_ENVELOPE_BYTES, &record);

	CHECK(e.dated);
	CHECK_INT(e.sent_s, 1);
	CHECK_INT(e.zone_minutes, -480);
	e = made(SPAN("Date: Wed, 31 Dec 1969 16:00:01 +0800\r\n\r\n"), MESSAGE_ENVELOPE_BYTES,
	         &record);
	CHECK_INT(e.sent_s, 1 - 16 * 3600);
	CHECK_INT(e.zone_minutes, 480);
	e = made(SPAN("Date: yesterday\r\n\r\n"), MESSAGE_ENVELOPE_BYTES, &record);
	CHECK(!e.dated);
	CHECK_SPAN(e.date, SPAN("yesterday"));
}

/* Past the cap the addressees go first; threads and lists of messages keep what they need. */
TEST(envelope_is_cut)
{
	AUTO_BUF header = BUF(1 << 20), record = BUF(1 << 20);
	struct message_envelope_address a;
	struct message_envelope e;
	struct span to;
	size_t n = 0;

	buf_printf(&header, "To: first@x");
	for (int i = 0; i < 5000; i++)
		buf_printf(&header, ",\r\n u%d@example.org", i);
	buf_printf(&header, "\r\nCc: c@d\r\nReferences: <first@x>");
	for (int i = 0; i < 5000; i++)
		buf_printf(&header, "\r\n <r%d@example.org>", i);
	buf_printf(&header, "\r\nMessage-ID: <m@x>\r\nSubject: Re: it\r\nFrom: f@x\r\n\r\n");
	e = made(buf_span(&header), MESSAGE_ENVELOPE_BYTES, &record);
	CHECK(e.cut);
	CHECK(record.n <= MESSAGE_ENVELOPE_BYTES && record.n > MESSAGE_ENVELOPE_BYTES - 64);
	CHECK_SPAN(e.message_id, SPAN("<m@x>"));
	CHECK_SPAN(e.base_subject, SPAN("it"));
	CHECK(e.references.n && e.references.n <= MESSAGE_ENVELOPE_BYTES / 4);
	CHECK(e.references.p[0] == '<' &&
	      span_ends_nocase(e.references, SPAN("<r4999@example.org>")));
	to = e.lists[MESSAGE_ENVELOPE_TO];
	while (message_envelope_address(&to, &a) > 0)
		CHECK_SPAN(a.host, n++ ? SPAN("example.org") : SPAN("x"));
	CHECK(n > 100);

	e = made(buf_span(&header), MESSAGE_ENVELOPE_BYTES_MAX, &record);
	CHECK(!e.cut);
	to = e.lists[MESSAGE_ENVELOPE_TO];
	for (n = 0; message_envelope_address(&to, &a) > 0; n++)
		;
	CHECK_INT(n, 5001);
	CHECK_SPAN(e.lists[MESSAGE_ENVELOPE_CC], SPAN("\0\2c\2d"));
	e = made(buf_span(&header), 0, &record);
	CHECK(e.cut && record.n <= 64);
}

/* A record of a later version has kinds that are passed over; a damaged one is refused. */
TEST(envelope_grows)
{
	AUTO_BUF record = BUF(1000);
	struct message_envelope e;

	CHECK_INT(message_envelope_pack(SPAN("Subject: x\r\n\r\n"), 1000, &record), 0);
	message_item_put(&record, 200, SPAN("a later thought"));
	CHECK_INT(message_envelope_unpack(exact(buf_span(&record)), &e), 0);
	CHECK_SPAN(e.subject, SPAN("x"));
	for (size_t n = 1; n < record.n; n++) {
		int r = message_envelope_unpack(exact(span_sub(buf_span(&record), 0, n)), &e);

		CHECK(r == 0 || r == ERR_CORRUPT);
	}
	CHECK_INT(message_envelope_unpack(SPAN(""), &e), ERR_CORRUPT);
	CHECK_INT(message_envelope_unpack(SPAN("\2"), &e), ERR_CORRUPT);
	CHECK_INT(message_envelope_unpack(SPAN("\1\3\377\377\377\377\377\377\377\377\377\1"), &e),
	          ERR_CORRUPT);
	CHECK_INT(message_envelope_unpack(SPAN("\1\5\2\0\1"), &e), ERR_CORRUPT);
}

TEST(envelope_numbers)
{
	static const uint64_t t[] = { 0, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX };

	EACH_ROW(t) {
		AUTO_BUF out = BUF(20);
		struct span in;
		uint64_t n = 1;

		CHECK_INT(message_number_put(&out, t[row]), 0);
		in = exact(buf_span(&out));
		CHECK_INT(message_number_get(&in, &n), 0);
		CHECK(n == t[row] && in.n == 0);
		in = exact(span_sub(buf_span(&out), 0, out.n - 1));
		CHECK_INT(message_number_get(&in, &n), ERR_CORRUPT);
	}
}
