/* 8-bit messages made 7bit: RFC 6152 3, RFC 2045 6, RFC 1847 2.1, RFC 1428. */
#include "wire/message/seven_bit.h"

#include "test.h"

static struct message_seven_bit s;

static void scan(struct span in, size_t piece)
{
	message_seven_bit_init(&s);
	while (in.n) {
		struct span part = span_sub(in, 0, piece);

		message_seven_bit_scan(&s, exact(part));
		in = span_sub(in, part.n, in.n);
	}
	message_seven_bit_scanned(&s);
}

static void convert(struct span in, size_t piece, struct buf *out)
{
	message_seven_bit_begin(&s);
	while (in.n) {
		struct span part = span_sub(in, 0, piece);

		CHECK_INT(message_seven_bit_put(&s, exact(part), out), 0);
		in = span_sub(in, part.n, in.n);
	}
	CHECK_INT(message_seven_bit_end(&s, out), 0);
}

#define MIXED "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
#define UTF8  "Content-Type: text/plain; charset=utf-8\r\n"
#define CTE   "Content-Transfer-Encoding: "

TEST(what_is_converted)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		/* A text, and what it says of itself. */
		{ "MIME-Version: 1.0\r\n" UTF8 CTE
		  "8bit\r\nX: y\r\n\r\nna\xc3\xafve = 1 \r\nok\r\n",
		  "MIME-Version: 1.0\r\n" UTF8 "X: y\r\n" CTE "quoted-printable\r\n\r\n"
		  "na=C3=AFve =3D 1=20\r\nok\r\n" },
		/* It said nothing, or 7bit. */
		{ UTF8 "\r\nab\xc3\xaf",
		  UTF8 "MIME-Version: 1.0\r\n" CTE "quoted-printable\r\n\r\nab=C3=AF" },
		{ "MIME-Version: 1.0\r\n" UTF8 CTE "7bit\r\n\r\n\xc3\xaf\r\n",
		  "MIME-Version: 1.0\r\n" UTF8 CTE "base64\r\n\r\nw68NCg==\r\n" },
		/* RFC 1428: no MIME at all. */
		{ "Subject: x\r\n\r\nabc\xe9\r\n",
		  "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
		  "charset=unknown-8bit\r\n" CTE "quoted-printable\r\n\r\nabc=E9\r\n" },
		/* Parts: each its own, the composite 7bit; the boundary's CRLF is no content. */
		{ MIXED CTE "8bit\r\n\r\nhi\r\n--b\r\n" UTF8 CTE "8bit\r\n\r\nab\xc3\xaf\r\n--b\r\n"
		            "Content-Type: image/png\r\n" CTE "8bit\r\n\r\n\x89PNG\r\n--b\r\n" CTE
		            "8bit\r\n\r\nplain\r\n--b\r\n" CTE
		            "base64\r\n\r\nAAAA\r\n--b--\r\nbye\r\n",
		  MIXED CTE "7bit\r\n\r\nhi\r\n--b\r\n" UTF8 CTE
		            "quoted-printable\r\n\r\nab=C3=AF\r\n--b\r\nContent-Type: "
		            "image/png\r\n" CTE "base64\r\n\r\niVBORw==\r\n--b\r\n" CTE
		            "7bit\r\n\r\nplain\r\n--b\r\n" CTE
		            "base64\r\n\r\nAAAA\r\n--b--\r\nbye\r\n" },
		/* A message within. */
		{ MIXED "\r\n--b\r\nContent-Type: message/rfc822\r\n" CTE "8bit\r\n\r\n"
		        "Subject: \xc3\xa4\r\n" UTF8 CTE "8bit\r\n\r\nab\xc3\xaf\r\n--b--\r\n",
		  MIXED "\r\n--b\r\nContent-Type: message/rfc822\r\n" CTE "7bit\r\n\r\n"
		        "Subject: \xc3\xa4\r\n" UTF8 CTE
		        "quoted-printable\r\n\r\nab=C3=AF\r\n--b--\r\n" },
		/* RFC 6376 5.3: our own signature, above the first Received, was of another text.
		 */
		{ "ARC-Seal: i=1\r\nARC-Message-Signature: i=1\r\nDKIM-Signature: "
		  "v=1;\r\n\tb=x\r\nReceived: x\r\n"
		  "MIME-Version: 1.0\r\n" UTF8 CTE "8bit\r\n\r\nab\xc3\xaf\r\n",
		  "Received: x\r\n"
		  "MIME-Version: 1.0\r\n" UTF8 CTE "quoted-printable\r\n\r\nab=C3=AF\r\n" },
		/* RFC 1847: what is signed stays, what stands beside it does not. */
		{ MIXED "\r\n--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n" CTE
		        "8bit\r\n\r\nx\r\n--s--\r\n--b\r\n" UTF8 CTE
		        "8bit\r\n\r\nab\xc3\xaf\r\n--b--\r\n",
		  MIXED "\r\n--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n" CTE
		        "8bit\r\n\r\nx\r\n--s--\r\n--b\r\n" UTF8 CTE
		        "quoted-printable\r\n\r\nab=C3=AF\r\n--b--\r\n" },
	};
	static const size_t pieces[] = { SIZE_MAX, 1, 3 };
	EACH_ROW(t)
		for (size_t i = 0; i < N_ELEMS(pieces); i++) {
			AUTO_BUF out = BUF(1 << 16);

			scan(span_str(t[row].in), pieces[i]);
			CHECK(s.eight_bit && !s.stuck);
			convert(span_str(t[row].in), pieces[i], &out);
			CHECK_SPAN(buf_span(&out), span_str(t[row].out));
		}
}

TEST(what_needs_no_conversion)
{
	static const char *const t[] = {
		"Subject: x\r\n\r\nplain\r\n",
		"Subject: \xc3\xa4\r\n\r\nplain\r\n", /* the header alone */
		"Subject: \xc3\xa4\r\nX: \xe9",
		MIXED "\r\n--b\r\nContent-Disposition: x; filename=\xe9\r\n\r\nx\r\n--b--\r\n",
		"",
	};
	EACH_ROW(t) {
		scan(span_str(t[row]), 7);
		CHECK(!s.eight_bit && !s.stuck);
	}
}

TEST(what_cannot_be_converted)
{
	static const char *const t[] = {
		"Received: x\r\nDKIM-Signature: v=1\r\n" UTF8 "\r\n\xc3\xaf\r\n",
		"Received: x\r\nARC-Message-Signature: i=1\r\n" MIXED "\r\n--b\r\n" UTF8
		"\r\n\xc3\xaf\r\n--b--\r\n",
		"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n" UTF8
		"\r\n\xc3\xaf\r\n--b--\r\n",
		"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n\xc3\xaf\r\n--c--\r\n"
		"--b--\r\n",
		/* Nobody sees it, but it is there. */
		MIXED "\r\n\xc3\xaf\r\n--b\r\n\r\nx\r\n--b--\r\n",
		MIXED "\r\n--b\r\n\r\nx\r\n--b--\r\n\xc3\xaf\r\n",
		/* Malformed. */
		UTF8 CTE "base64\r\n\r\nAAAA\xc3\xaf\r\n",
		UTF8 CTE "x-strange\r\n\r\n\xc3\xaf\r\n",
		"Content-Type: multipart/mixed\r\n\r\n\xc3\xaf\r\n",
		/* RFC 2046 5.2.2.1: 7bit by its type. */
		"Content-Type: message/partial; id=x; number=1\r\n\r\n\xc3\xaf\r\n",
	};
	EACH_ROW(t) {
		scan(span_str(t[row]), 5);
		CHECK(s.eight_bit && s.stuck);
	}
}

/* RFC 2045 6.7 (5): 76 characters, however long the line was; and no boundary comes about. */
TEST(long_lines)
{
	AUTO_BUF in = BUF(1 << 16), out = BUF(1 << 18);
	struct span rest, line;

	buf_puts(&in, MIXED "\r\n--b\r\n" UTF8 "\r\n\xc3\xaf");
	for (int i = 0; i < 5000; i++)
		buf_puts(&in, i % 3 ? "-" : "b--");
	buf_puts(&in, "\r\n--b--\r\n");
	for (size_t piece = 1; piece < 3000; piece += 997) {
		unsigned n_boundaries = 0;

		buf_reset(&out);
		scan(buf_span(&in), piece);
		CHECK(s.eight_bit && !s.stuck);
		convert(buf_span(&in), piece, &out);
		rest = buf_span(&out);
		while (span_split(&rest, '\n', &line)) {
			CHECK(line.n <= MESSAGE_ENCODED_LINE + 1);
			n_boundaries += span_starts(line, SPAN("--"));
		}
		CHECK_INT(n_boundaries, 2);
	}
}

/* Limits: what lies behind them is not converted, and not sent either. */
TEST(limits)
{
	AUTO_BUF in = BUF(1 << 20);

	buf_puts(&in, MIXED "\r\n");
	for (int i = 0; i < SEVEN_BIT_PARTS_MAX; i++)
		buf_puts(&in, "--b\r\n\r\nx\r\n");
	buf_puts(&in, "--b\r\n\r\n\xe9\r\n--b--\r\n");
	scan(buf_span(&in), 1000);
	CHECK(s.eight_bit && s.stuck);

	buf_reset(&in);
	for (int i = 0; i <= SEVEN_BIT_DEPTH_MAX; i++)
		buf_printf(&in, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i,
		           i);
	buf_puts(&in, "\r\n\xe9\r\n");
	scan(buf_span(&in), 1000);
	CHECK(s.eight_bit && s.stuck);

	buf_reset(&in);
	buf_puts(&in, "Content-Type: text/plain; x=");
	for (int i = 0; i < SEVEN_BIT_FIELD_MAX; i++)
		buf_putc(&in, 'x');
	buf_puts(&in, "\r\n\r\n\xe9\r\n");
	scan(buf_span(&in), 1000);
	CHECK(s.eight_bit && s.stuck);
}
