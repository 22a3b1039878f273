/* Parts, sections and decoding.  RFC 9051 6.4.5, 7.5.2; RFC 2045, RFC 2046. */
#include "wire/message/structure/structure.h"
#include "base/buf.h"
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/structure/decoder.h"
#include "wire/message/structure/section.h"
#include "wire/message/structure/walk.h"
#include "test.h"

#define EMPTY_PART "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 0 0)"

/* Feeds the message in pieces of n octets; 0 is all at once. */
static void walk(struct span message, size_t n, struct buf *record)
{
	struct message_walk *w = message_walk_new();

	buf_reset(record);
	for (struct span rest = message; rest.n;) {
		struct span piece = span_sub(rest, 0, n ? n : rest.n);

		CHECK_INT(message_walk_put(w, exact(piece)), 0);
		rest = span_sub(rest, piece.n, rest.n);
	}
	CHECK_INT(message_walk_end(w, record), 0);
	message_walk_free(w);
}

static void check_printed(struct span message, bool extended, struct span want)
{
	AUTO_BUF record = BUF(1 << 20), again = BUF(1 << 20), out = BUF(1 << 20);

	walk(message, 0, &record);
	for (size_t n = 1; n < 5; n++) {
		walk(message, n, &again);
		CHECK_SPAN(buf_span(&again), buf_span(&record));
	}
	CHECK_INT(message_structure_print(&out, exact(buf_span(&record)), extended, false), 0);
	CHECK_SPAN(buf_span(&out), want);
}

TEST(structure_of_plain_messages)
{
	static const struct {
		const char *message, *body, *bodystructure;
	} t[] = {
		/* RFC 2045 5.2 */
		{ "Subject: x\r\n\r\none\r\ntwo\r\n",
		  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 10 2)",
		  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 10 2 NIL NIL "
		  "NIL "
		  "NIL)" },
		{ "", "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0)",
		  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0 NIL NIL NIL "
		  "NIL)" },
		{ "Content-Type: what is this\r\n\r\nx",
		  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 1 0)",
		  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 1 0 NIL NIL NIL "
		  "NIL)" },
		/* RFC 9051 7.5.2: the order of the fields; no lines but for text. */
		{ "Content-Type: Image/Gif; name=\"a \\\"b\\\".gif\"; x*0*=us-ascii''a;\r\n "
		  "x*1=b\r\n"
		  "Content-Transfer-Encoding: BASE64 (yes)\r\nContent-ID: <1@x>\r\n"
		  "Content-Description: a\r\n picture\r\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n"
		  "Content-Disposition: attachment; filename=a.gif; size=3\r\n"
		  "Content-Language: en, de-CH\r\nContent-Location: http://x/\r\n\r\nAAAA\r\n",
		  "(\"Image\" \"Gif\" (\"name\" \"a \\\"b\\\".gif\" \"x*0*\" \"us-ascii''a\" "
		  "\"x*1\" "
		  "\"b\") \"<1@x>\" \"a picture\" \"BASE64\" 6)",
		  "(\"Image\" \"Gif\" (\"name\" \"a \\\"b\\\".gif\" \"x*0*\" \"us-ascii''a\" "
		  "\"x*1\" "
		  "\"b\") \"<1@x>\" \"a picture\" \"BASE64\" 6 \"Q2hlY2sgSW50ZWdyaXR5IQ==\" "
		  "(\"attachment\" (\"filename\" \"a.gif\" \"size\" \"3\")) (\"en\" \"de-CH\") "
		  "\"http://x/\")" },
		/* A header that ends without an empty line, and one that is not one. */
		{ "Content-Type: text/html\r\nno field\r\n\r\n",
		  "(\"text\" \"html\" NIL NIL NIL \"7BIT\" 12 2)",
		  "(\"text\" \"html\" NIL NIL NIL \"7BIT\" 12 2 NIL NIL NIL NIL)" },
		{ "\r\nContent-Type: text/html\r\n",
		  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 25 1)",
		  "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 25 1 NIL NIL "
		  "NIL "
		  "NIL)" },
	};

	EACH_ROW(t) {
		check_printed(span_str(t[row].message), false, span_str(t[row].body));
		check_printed(span_str(t[row].message), true, span_str(t[row].bodystructure));
	}
}

/* RFC 2046 5.1.1, its example: a preamble, two parts, an epilogue. */
TEST(structure_multipart)
{
	struct span message = SPAN("From: Nathaniel Borenstein <nsb@bellcore.com>\r\n"
	                           "MIME-Version: 1.0\r\n"
	                           "Content-type: multipart/mixed; boundary=\"simple boundary\"\r\n"
	                           "\r\n"
	                           "This is the preamble.\r\n"
	                           "\r\n"
	                           "--simple boundary\r\n"
	                           "\r\n"
	                           "This is implicitly typed plain US-ASCII text.\r\n"
	                           "It does NOT end with a linebreak.\r\n"
	                           "--simple boundary  \t\r\n"
	                           "Content-type: text/plain; charset=us-ascii\r\n"
	                           "\r\n"
	                           "It DOES end with a linebreak.\r\n"
	                           "\r\n"
	                           "--simple boundary--\r\n"
	                           "\r\n"
	                           "This is the epilogue.\r\n");

	check_printed(message, true,
	              SPAN("((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 80 1 "
	                   "NIL NIL NIL NIL)(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	                   "\"7BIT\" 31 1 NIL NIL NIL NIL) \"mixed\" (\"boundary\" "
	                   "\"simple boundary\") NIL NIL NIL)"));
}

#define NESTED                                                                                     \
	"Subject: outer\r\n"                                                                       \
	"Content-Type: multipart/mixed; boundary=a\r\n"                                            \
	"\r\n"                                                                                     \
	"--a\r\n"                                                                                  \
	"Content-Type: text/plain\r\n"                                                             \
	"\r\n"                                                                                     \
	"one\r\n"                                                                                  \
	"--a\r\n"                                                                                  \
	"Content-Type: message/rfc822\r\n"                                                         \
	"\r\n"                                                                                     \
	"Subject: inner\r\n"                                                                       \
	"X-A: 1\r\n"                                                                               \
	"x-b: 2\r\n"                                                                               \
	" 3\r\n"                                                                                   \
	"Content-Type: multipart/alternative; boundary=b\r\n"                                      \
	"\r\n"                                                                                     \
	"--b\r\n"                                                                                  \
	"Content-ID: <2.1>\r\n"                                                                    \
	"\r\n"                                                                                     \
	"two\r\n"                                                                                  \
	"--b\r\n"                                                                                  \
	"Content-Type: message/rfc822\r\n"                                                         \
	"\r\n"                                                                                     \
	"Subject: innermost\r\n"                                                                   \
	"\r\n"                                                                                     \
	"three\r\n"                                                                                \
	"--b--\r\n"                                                                                \
	"--a--\r\n"

TEST(structure_message_in_message)
{
	check_printed(
	        SPAN(NESTED), false,
	        SPAN("((\"text\" \"plain\" NIL NIL NIL \"7BIT\" 3 0)"
	             "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 189 "
	             "(NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	             "((\"text\" \"plain\" (\"charset\" \"us-ascii\") \"<2.1>\" NIL \"7BIT\" 3 0)"
	             "(\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 27 "
	             "(NIL \"innermost\" NIL NIL NIL NIL NIL NIL NIL NIL) "
	             "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 5 0) 2) "
	             "\"alternative\") 16) \"mixed\")"));
}

/* RFC 2046 5.1.5; a message/rfc822 in base64 is not opened (RFC 2046 5.2.1). */
TEST(structure_digest_and_encoded)
{
	check_printed(
	        SPAN("Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\n"
	             "Subject: m\r\n\r\nx\r\n--d--"),
	        false,
	        SPAN("((\"message\" \"rfc822\" NIL NIL NIL \"7BIT\" 15 (NIL \"m\" NIL NIL "
	             "NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") "
	             "NIL NIL \"7BIT\" 1 0) 2) \"digest\")"));
	check_printed(
	        SPAN("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	             "AAAA\r\n"),
	        false,
	        SPAN("(\"message\" \"rfc822\" NIL NIL NIL \"base64\" 6 (NIL NIL NIL NIL NIL "
	             "NIL NIL NIL NIL NIL) " EMPTY_PART " 1)"));
	check_printed(SPAN("Content-Type: multipart/mixed\r\n\r\nno boundary\r\n"), false,
	              SPAN("(" EMPTY_PART " \"mixed\")"));
}

TEST(structure_odd_ends)
{
	/* No empty line before a boundary, a boundary at once, an end within a header. */
	check_printed(
	        SPAN("Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n"
	             "Content-ID: <x>\r\n--d\r\n--d\r\nContent-ID: <y>"),
	        false,
	        SPAN("((\"text\" \"plain\" (\"charset\" \"us-ascii\") \"<x>\" NIL \"7BIT\" 0 0)"
	             "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 0 0)"
	             "(\"text\" \"plain\" (\"charset\" \"us-ascii\") \"<y>\" NIL \"7BIT\" 0 0)"
	             " \"mixed\")"));
	/* An inner multipart that is not closed; a bare LF and a bare CR are no line ends. */
	check_printed(
	        SPAN("Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n"
	             "Content-Type: multipart/x; boundary=dd\r\n\r\n--dd\r\n\r\nx\n--d\r--d\r\n"
	             "--d--\r\n"),
	        false,
	        SPAN("(((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 9 0) "
	             "\"x\") \"mixed\")"));
}

static void put_deep(struct buf *out, int depth)
{
	for (int i = 0; i < depth; i++)
		buf_printf(out, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i,
		           i);
	buf_puts(out, "\r\nx\r\n");
}

TEST(structure_limits)
{
	AUTO_BUF in = BUF(1 << 20), record = BUF(1 << 20), out = BUF(1 << 20);
	struct message_structure s;
	struct message_structure_part p;
	int r;

	put_deep(&in, 2 * MESSAGE_WALK_DEPTH_MAX);
	walk(buf_span(&in), 7, &record);
	CHECK_INT(message_structure_begin(&s, buf_span(&record)), 0);
	CHECK(s.flags & MESSAGE_STRUCTURE_CUT);
	CHECK_INT(s.n_parts, MESSAGE_WALK_DEPTH_MAX + 1);
	while ((r = message_structure_next(&s, &p)) > 0)
		CHECK_INT(p.body_at + p.body_n, in.n);
	CHECK_INT(r, 0);
	CHECK_INT(message_structure_print(&out, buf_span(&record), true, true), 0);

	buf_reset(&in);
	buf_puts(&in, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (int i = 0; i < 3 * MESSAGE_WALK_PARTS_MAX; i++)
		buf_puts(&in, "--b\r\n\r\nx\r\n");
	walk(buf_span(&in), 100, &record);
	CHECK_INT(message_structure_begin(&s, buf_span(&record)), 0);
	CHECK(s.flags & MESSAGE_STRUCTURE_CUT);
	CHECK_INT(s.n_parts, MESSAGE_WALK_PARTS_MAX);

	/* 8 KiB of fields a part: the long parameters go, the type stays. */
	buf_reset(&in);
	buf_puts(&in, "Content-Type: text/plain");
	for (int i = 0; i < 100; i++)
		buf_printf(&in, ";\r\n p%d=%0200d", i, i);
	buf_puts(&in, "\r\nContent-ID: <x>\r\n\r\n");
	walk(buf_span(&in), 0, &record);
	CHECK(record.n < MESSAGE_WALK_FIELDS_BYTES_MAX);
	CHECK_INT(message_structure_begin(&s, buf_span(&record)), 0);
	CHECK(s.flags & MESSAGE_STRUCTURE_CUT);
	CHECK_INT(message_structure_next(&s, &p), 1);
	CHECK_SPAN(p.type, SPAN("text"));
	CHECK_SPAN(p.id, SPAN("<x>"));
	CHECK(!p.params.p);
}

/* A part's header over its maximum: the body begins with the line that goes over it. */
TEST(structure_long_header)
{
	AUTO_BUF in = BUF(2 << 20), record = BUF(1 << 20), again = BUF(1 << 20);
	struct message_structure s;
	struct message_structure_part p;

	buf_puts(&in, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n");
	while (in.n < MESSAGE_WALK_HEADER_BYTES_MAX + 1000)
		buf_puts(&in, "X-Long: 0123456789012345678901234567890123456789\r\n");
	buf_puts(&in, "\r\nx\r\n--b--\r\n");
	walk(buf_span(&in), 0, &record);
	walk(buf_span(&in), 1000, &again);
	CHECK_SPAN(buf_span(&again), buf_span(&record));
	CHECK_INT(message_structure_begin(&s, buf_span(&record)), 0);
	CHECK(s.flags & MESSAGE_STRUCTURE_CUT);
	CHECK_INT(s.n_parts, 2);
	CHECK_INT(message_structure_next(&s, &p), 1);
	CHECK_INT(message_structure_next(&s, &p), 1);
	CHECK(p.body_at - p.header_at <= MESSAGE_WALK_HEADER_BYTES_MAX);
	CHECK(p.body_at - p.header_at > MESSAGE_WALK_HEADER_BYTES_MAX - 100);
	CHECK_INT(p.body_at + p.body_n, in.n - 9);
}

TEST(structure_attachment)
{
	static const struct {
		const char *fields;
		bool attachment;
	} t[] = {
		{ "Content-Type: text/plain", false },
		{ "Content-Disposition: inline", false },
		{ "Content-Disposition: attachment", true },
		{ "Content-Disposition: inline; filename*=utf-8''a", true },
		{ "Content-Type: image/png; name=a.png", true },
		{ "Content-Type: multipart/mixed; boundary=x; name=a", false },
	};

	EACH_ROW(t) {
		AUTO_BUF in = BUF(1000), record = BUF(1000);
		struct message_structure s;

		buf_printf(&in, "%s\r\n\r\n", t[row].fields);
		walk(buf_span(&in), 0, &record);
		CHECK_INT(message_structure_begin(&s, buf_span(&record)), 0);
		CHECK_INT(!!(s.flags & MESSAGE_STRUCTURE_ATTACHMENT), t[row].attachment);
	}
}

/* RFC 9051 6.4.5.1. */
TEST(structure_sections)
{
	static const struct {
		uint32_t path[5];
		enum message_section what;
		int found;
		const char *begin; /* of the section */
		const char *end;   /* what follows it */
	} t[] = {
		{ { 0 }, MESSAGE_SECTION_WHOLE, 1, "Received: us\r\nSubject: outer", "" },
		{ { 0 }, MESSAGE_SECTION_HEADER, 1, "Received: us\r\nSubject: outer", "--a\r\n" },
		{ { 0 }, MESSAGE_SECTION_TEXT, 1, "--a\r\nContent-Type: text/plain", "" },
		{ { 0 }, MESSAGE_SECTION_MIME, 0, NULL, NULL },
		{ { 1 }, MESSAGE_SECTION_WHOLE, 1, "one", "\r\n--a\r\nContent-Type: message" },
		{ { 1 }, MESSAGE_SECTION_MIME, 1, "Content-Type: text/plain\r\n\r\n", "one" },
		{ { 1 }, MESSAGE_SECTION_HEADER, 0, NULL, NULL },
		{ { 1 }, MESSAGE_SECTION_TEXT, 0, NULL, NULL },
		{ { 1, 1 }, MESSAGE_SECTION_WHOLE, 0, NULL, NULL },
		{ { 2 }, MESSAGE_SECTION_WHOLE, 1, "Subject: inner\r\n", "\r\n--a--" },
		{ { 2 },
		  MESSAGE_SECTION_MIME,
		  1,
		  "Content-Type: message/rfc822",
		  "Subject: inner\r\n" },
		{ { 2 }, MESSAGE_SECTION_HEADER, 1, "Subject: inner\r\n", "--b\r\nContent-ID" },
		{ { 2 }, MESSAGE_SECTION_TEXT, 1, "--b\r\nContent-ID", "\r\n--a--" },
		{ { 2, 1 }, MESSAGE_SECTION_WHOLE, 1, "two", "\r\n--b\r\nContent-Type" },
		{ { 2, 1 }, MESSAGE_SECTION_MIME, 1, "Content-ID: <2.1>\r\n\r\n", "two" },
		{ { 2, 2 }, MESSAGE_SECTION_HEADER, 1, "Subject: innermost\r\n\r\n", "three" },
		{ { 2, 2 }, MESSAGE_SECTION_TEXT, 1, "three", "\r\n--b--" },
		{ { 2, 2, 1 }, MESSAGE_SECTION_WHOLE, 1, "three", "\r\n--b--" },
		{ { 2, 2, 2 }, MESSAGE_SECTION_WHOLE, 0, NULL, NULL },
		{ { 2, 2, 1, 1 }, MESSAGE_SECTION_WHOLE, 0, NULL, NULL },
		{ { 2, 3 }, MESSAGE_SECTION_WHOLE, 0, NULL, NULL },
		{ { 3 }, MESSAGE_SECTION_WHOLE, 0, NULL, NULL },
		{ { UINT32_MAX }, MESSAGE_SECTION_WHOLE, 0, NULL, NULL },
	};
	struct span prefix = SPAN("Received: us\r\n");
	struct span message = SPAN("Received: us\r\n" NESTED);
	AUTO_BUF record = BUF(10000);

	walk(SPAN(NESTED), 0, &record);
	EACH_ROW(t) {
		struct message_range range = { 0 };
		size_t n = 0;

		while (t[row].path[n])
			n++;
		CHECK_INT(message_section_find(buf_span(&record), prefix.n, t[row].path, n,
		                               t[row].what, &range, NULL),
		          t[row].found);
		if (!t[row].found)
			continue;
		CHECK(range.at + range.n <= message.n);
		CHECK(span_starts(span_sub(message, range.at, range.n), span_str(t[row].begin)));
		CHECK(span_starts(span_sub(message, range.at + range.n, message.n),
		                  span_str(t[row].end)));
		CHECK(*t[row].end || range.at + range.n == message.n);
	}
}

/* A message of one part: BODY[1] is its body. */
TEST(structure_section_of_a_single_part)
{
	struct span message = SPAN("Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n");
	AUTO_BUF record = BUF(10000);
	struct message_structure_part part;
	struct message_range range;

	walk(message, 0, &record);
	CHECK_INT(message_section_find(buf_span(&record), 10, (uint32_t[]){ 1 }, 1,
	                               MESSAGE_SECTION_WHOLE, &range, &part),
	          1);
	CHECK_INT(range.at, 10 + message.n - 6);
	CHECK_INT(range.n, 6);
	CHECK_INT(part.encoding, MESSAGE_ENCODING_BASE64);
	CHECK_INT(message_section_find(buf_span(&record), 0, (uint32_t[]){ 2 }, 1,
	                               MESSAGE_SECTION_WHOLE, &range, &part),
	          0);
	range = message_range_partial((struct message_range){ 10, 6 }, 2, 3);
	CHECK(range.at == 12 && range.n == 3);
	range = message_range_partial((struct message_range){ 10, 6 }, 2, UINT64_MAX);
	CHECK(range.at == 12 && range.n == 4);
	range = message_range_partial((struct message_range){ 10, 6 }, UINT64_MAX, 1);
	CHECK(range.n == 0);
}

/* RFC 9051 6.4.5.1: HEADER.FIELDS, HEADER.FIELDS.NOT. */
TEST(structure_fields_filter)
{
	static const struct span names[] = { SPAN("SUBJECT"), SPAN("x-b"), SPAN("absent") };
	AUTO_BUF out = BUF(1000);
	struct span header =
	        SPAN("A: 1\r\nX-B: 2\r\n 3\r\nSubject: s\r\nx-b : 4\r\n\r\nX-B: no\r\n");

	CHECK_INT(message_fields_filter(exact(header), names, 3, false, &out), 0);
	CHECK_SPAN(buf_span(&out), SPAN("X-B: 2\r\n 3\r\nSubject: s\r\nx-b : 4\r\n\r\n"));
	buf_reset(&out);
	CHECK_INT(message_fields_filter(exact(header), names, 3, true, &out), 0);
	CHECK_SPAN(buf_span(&out), SPAN("A: 1\r\n\r\n"));
	buf_reset(&out);
	CHECK_INT(message_fields_filter(SPAN(""), names, 3, false, &out), 0);
	CHECK_SPAN(buf_span(&out), SPAN("\r\n"));
}

/* However it is cut, as decode.h: RFC 2045 6.7, 6.8. */
TEST(structure_decoder)
{
	static const struct {
		enum message_encoding e;
		const char *in;
	} t[] = {
		{ MESSAGE_ENCODING_BASE64, "QUJD\r\nREVG RzE=\r\n" },
		{ MESSAGE_ENCODING_BASE64, "QQ==QUI=QUJD!Q" },
		{ MESSAGE_ENCODING_QP, "a=3D=3d b \t\r\nc=\r\nd= \r\n=4\r\n==41=4G=\r" },
		{ MESSAGE_ENCODING_QP, "x \r\r\n=\t=\r\n \r \n\t" },
		{ MESSAGE_ENCODING_QP, "trailing =" },
		{ MESSAGE_ENCODING_8BIT, "=41 \r\n" },
	};

	EACH_ROW(t) {
		struct span in = span_str(t[row].in);
		AUTO_BUF want = BUF(1000);

		CHECK_INT(message_decode(in, t[row].e, &want), 0);
		for (size_t cut = 1; cut <= in.n; cut++) {
			struct message_decoder d;
			AUTO_BUF out = BUF(1000);

			message_decoder_begin(&d, t[row].e);
			for (size_t at = 0; at < in.n; at += cut)
				CHECK_INT(
				        message_decoder_put(&d, exact(span_sub(in, at, cut)), &out),
				        0);
			CHECK_INT(message_decoder_end(&d, &out), 0);
			CHECK_SPAN(buf_span(&out), buf_span(&want));
			CHECK_INT(d.octets, want.n);
		}
	}
}

TEST(structure_refuses_damage)
{
	AUTO_BUF record = BUF(10000), out = BUF(100000);

	walk(SPAN(NESTED), 0, &record);
	for (size_t n = 0; n < record.n; n++) {
		buf_reset(&out);
		CHECK_INT(message_structure_print(&out, exact(span_sub(buf_span(&record), 0, n)),
		                                  true, false),
		          ERR_CORRUPT);
	}
}
