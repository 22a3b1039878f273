/* SEARCH in text.  RFC 9051 6.4.4, RFC 5051, RFC 2047. */
#include "wire/message/search/search.h"
#include "base/buf.h"
#include "wire/message/search/fold.h"
#include "wire/message/structure/walk.h"
#include "test.h"

TEST(search_fold)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		{ "ABC xyz[`", "abc xyz[`" },
		{ "\xc3\x89\xc3\x9f\xc3\x97",
		  "\xc3\xa9\xc3\x9f\xc3\x97" }, /* E acute, sharp s, times */
		{ "\xce\xa3\xcf\x82\xcf\x83", "\xcf\x83\xcf\x83\xcf\x83" }, /* all sigmas */
		{ "\xd0\x96\xd1\x91\xd0\x81", "\xd0\xb6\xd1\x91\xd1\x91" }, /* Cyrillic */
		{ "\xc4\xb0\xe2\x84\xaa", "\xc4\xb0k" }, /* I with a dot, Kelvin */
		{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac" }, /* no case */
		{ "\xf0\x90\x90\x80", "\xf0\x90\x90\xa8" },                 /* Deseret */
		{ "a\xffz\xc3", "a\xef\xbf\xbdz\xef\xbf\xbd" },
	};

	EACH_ROW(t) {
		AUTO_BUF out = BUF(100);

		CHECK_INT(message_fold_put(&out, exact(span_str(t[row].in))), 0);
		CHECK_SPAN(buf_span(&out), span_str(t[row].want));
		CHECK_INT(message_fold_cmp(span_str(t[row].in), span_str(t[row].want)), 0);
	}
	CHECK(message_fold_cmp(SPAN("abc"), SPAN("ABD")) < 0);
	CHECK(message_fold_cmp(SPAN("ab"), SPAN("A")) > 0);
	/* Folding twice is folding once. */
	for (uint32_t c = 0; c < 0x20000; c++)
		if (message_fold(message_fold(c)) != message_fold(c))
			CHECK_INT(c, -1);
}

TEST(search_match_in_pieces)
{
	static const struct {
		const char *text, *needle;
		bool found;
	} t[] = {
		{ "xaabaabaaabx", "aabaaab", true },
		{ "aaaaaaaab", "aaaab", true },
		{ "abababac", "ababac", true },
		{ "ababab", "ababac", false },
		{ "one", "one", true },
		{ "on", "one", false },
		{ "\xc3\xa9t\xc3\xa9", "T\xc3\x89", true },
		{ "", "", true },
	};
	AUTO_ARENA mem = { 0 };

	EACH_ROW(t) {
		struct message_needle needle = { 0 };
		struct span text = span_str(t[row].text);

		CHECK_INT(message_needle_make(exact(span_str(t[row].needle)), &mem, &needle), 0);
		for (size_t cut = 0; cut <= text.n; cut++) {
			struct message_match m;

			message_match_begin(&m, &needle);
			message_match_put(&m, exact(span_sub(text, 0, cut)));
			CHECK_INT(message_match_put(&m, exact(span_sub(text, cut, text.n))),
			          t[row].found);
		}
	}
}

TEST(search_needle_limits)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF in = BUF(2000);
	struct message_needle needle;

	while (in.n < MESSAGE_NEEDLE_BYTES_MAX)
		buf_putc(&in, 'a');
	CHECK_INT(message_needle_make(buf_span(&in), &mem, &needle), 0);
	buf_putc(&in, 'a');
	CHECK_INT(message_needle_make(buf_span(&in), &mem, &needle), ERR_TOO_LONG);
	CHECK_INT(message_needle_make(SPAN("\xff"), &mem, &needle), ERR_SYNTAX);
}

/* A charset "x-shift" whose characters are two octets, the second of which is meant. */
static int convert(void *arg, struct span charset, bool begin, struct span *in, struct buf *out)
{
	if (!span_eq_nocase(charset, SPAN("x-shift")))
		return ERR_UNKNOWN;
	while (in->n >= 2) {
		buf_putc(out, in->p[1]);
		*in = span_sub(*in, 2, in->n);
	}
	*(int *)arg += begin;
	return out->err;
}

#define MESSAGE                                                                                    \
	"Subject: =?utf-8?q?Caf=C3=A9?= =?iso-8859-1?q?_noir?=\r\n"                                \
	"From: \"Ann O.\" <Ann@Example.org>\r\n"                                                   \
	"X-Twice: one\r\n"                                                                         \
	"X-Twice: two\r\n"                                                                         \
	"X-Empty:\r\n"                                                                             \
	"X-Shift: =?x-shift?q?.O.k?=\r\n"                                                          \
	"Content-Type: multipart/mixed; boundary=b\r\n"                                            \
	"\r\n"                                                                                     \
	"preamble\r\n"                                                                             \
	"--b\r\n"                                                                                  \
	"Content-Type: text/plain; charset=utf-8\r\n"                                              \
	"Content-Transfer-Encoding: quoted-printable\r\n"                                          \
	"\r\n"                                                                                     \
	"a soft=\r\n"                                                                              \
	"break, na=C3=AFve, =E6=97=A5=E6=9C=AC=E8=AA=9E\r\n"                                       \
	"--b\r\n"                                                                                  \
	"Content-Type: text/html; charset=\"iso-8859-1\"\r\n"                                      \
	"Content-Transfer-Encoding: base64\r\n"                                                    \
	"\r\n"                                                                                     \
	"U2No9m4g\r\nZ3Jv3w==\r\n"                                                                 \
	"--b\r\n"                                                                                  \
	"Content-Type: application/octet-stream; name=secret.bin\r\n"                              \
	"\r\n"                                                                                     \
	"binary words\r\n"                                                                         \
	"--b\r\n"                                                                                  \
	"Content-Type: message/rfc822\r\n"                                                         \
	"\r\n"                                                                                     \
	"Subject: =?utf-8?b?aW5uZXIgw4k=?=\r\n"                                                    \
	"Content-Type: text/plain; charset=x-shift\r\n"                                            \
	"\r\n"                                                                                     \
	".s.h.i.f.t.e.d\r\n"                                                                       \
	"--b--\r\n"

/* Searches with one key, feeding pieces of n octets; also counts the octets read. */
static bool search(struct span message, size_t n, enum message_search_where where,
                   const char *field, const char *text, size_t *n_read)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF record = BUF(10000);
	int begins = 0, r;
	struct message_charsets charsets = { convert, &begins };
	struct message_search_key key = { .where = where, .field = span_str(field) };
	struct span prefix = SPAN("Delivered-To: me\r\n"), all;
	AUTO_BUF joined = BUF(10000);
	struct message_search s;
	struct message_range range;

	buf_put(&joined, prefix);
	buf_put(&joined, message);
	all = buf_span(&joined);
	CHECK_INT(message_structure_pack(message, SPAN(""), &record), 0);
	CHECK_INT(message_needle_make(span_str(text), &mem, &key.needle), 0);
	CHECK_INT(message_search_begin(&s, buf_span(&record), prefix.n, &key, 1, &charsets), 0);
	*n_read = 0;
	while ((r = message_search_next(&s, &range)) > 0) {
		CHECK(range.at + range.n <= all.n);
		*n_read += range.n;
		for (size_t at = 0; at < range.n && r != 0; at += n) {
			size_t some = range.n - at < n ? range.n - at : n;

			if (message_search_put(&s, exact(span_sub(all, range.at + at, some))) != 0)
				break;
		}
	}
	CHECK_INT(r, 0);
	message_search_fini(&s);
	return key.found;
}

#define H MESSAGE_SEARCH_HEADER
#define B MESSAGE_SEARCH_BODY
#define T MESSAGE_SEARCH_TEXT

TEST(search_in_a_message)
{
	static const struct {
		enum message_search_where where;
		const char *field, *text;
		bool found;
	} t[] = {
		{ H, "subject", "CAF\xc3\x89 N", true }, /* over two encoded words */
		{ H, "Subject", "utf-8", false },
		{ H, "Subject", "Subject", false },
		{ H, "From", "ann@example", true },
		{ H, "from", "\"ann o.\"", true },
		{ H, "X-Twice", "TWO", true },
		{ H, "X-Twice", "one\r\n", false },
		{ H, "X-Empty", "", true },
		{ H, "X-Absent", "", false },
		{ H, "X-Shift", "ok", true },
		{ H, "Delivered-To", "me", true },
		{ B, "", "soft=", false },
		{ B, "", "A SOFTBREAK, NA\xc3\x8fVE", true },
		{ B, "", "\xe6\x9c\xac\xe8\xaa\x9e", true },
		{ B, "", "sch\xc3\x96n gro\xc3\x9f", true },
		{ B, "", "caf\xc3\xa9", false },
		{ B, "", "preamble", false },
		{ B, "", "binary words", false },
		{ B, "", "secret.BIN", true }, /* the fields of parts are in the body */
		{ B, "", "inner \xc3\xa9", true },
		{ B, "", "shifted", true },
		{ B, "", "", true },
		{ T, "", "caf\xc3\xa9 noir", true },
		{ T, "", "x-twice: one", true },
		{ T, "", "Delivered-To: ME", true },
		{ T, "", "shifted", true },
		{ T, "", "nowhere", false },
		{ T, "", "german\xe6\x9c\xac", false },
	};

	EACH_ROW(t) {
		for (size_t n = 1; n < 700; n = n < 9 ? n + 1 : n * 3) {
			size_t n_read;

			CHECK_INT(search(SPAN(MESSAGE), n, t[row].where, t[row].field, t[row].text,
			                 &n_read),
			          t[row].found);
			CHECK(t[row].where != H || n_read < 400);
			CHECK(t[row].text[0] || t[row].where == H || !n_read);
		}
	}
}

/* Half a character at the end of a part, charsets nobody knows: ASCII is found all the same. */
TEST(search_odd_text)
{
	size_t n;

	CHECK(search(SPAN("\r\nabc\xc3"), 1, MESSAGE_SEARCH_BODY, "", "abc\xef\xbf\xbd", &n));
	CHECK(search(SPAN("\r\nabc\xe6\x97 def"), 2, MESSAGE_SEARCH_BODY, "", " def", &n));
	CHECK(search(SPAN("Content-Type: text/plain; charset=klingon\r\n\r\nabc\x80 def"), 3,
	             MESSAGE_SEARCH_BODY, "", "abc\xef\xbf\xbd def", &n));
	CHECK(search(SPAN("Content-Type: text/plain; charset=x-shift\r\n\r\n.a.b."), 3,
	             MESSAGE_SEARCH_BODY, "", "ab.", &n));
	CHECK(search(SPAN("Content-Type: text/plain; charset=windows-1252\r\n\r\n\x80 1"), 3,
	             MESSAGE_SEARCH_BODY, "", "\xe2\x82\xac 1", &n));
}

/* Several keys at once, and headers alone. */
TEST(search_headers_alone)
{
	AUTO_ARENA mem = { 0 };
	struct message_search_key keys[3] = {
		{ .where = MESSAGE_SEARCH_HEADER, .field = SPAN("SUBJECT") },
		{ .where = MESSAGE_SEARCH_HEADER, .field = SPAN("Subject") },
		{ .where = MESSAGE_SEARCH_BODY },
	};

	CHECK_INT(message_needle_make(SPAN("noir"), &mem, &keys[0].needle), 0);
	CHECK_INT(message_needle_make(SPAN("rouge"), &mem, &keys[1].needle), 0);
	CHECK_INT(message_needle_make(SPAN("a"), &mem, &keys[2].needle), 0);
	CHECK_INT(message_search_header(exact(SPAN(MESSAGE)), keys, 3, NULL), 0);
	CHECK(keys[0].found && !keys[1].found && !keys[2].found);
}
