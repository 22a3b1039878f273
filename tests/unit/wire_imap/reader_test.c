/* What a reader makes of octets, whole, in threes and one by one.  RFC 3501 and RFC
 * 9051 2.2.1, 4.3. */
#include "wire/imap/reader.h"

#include "test.h"

static const struct imap_reader_limits LIMITS = {
	.line = 100, .literal = 50, .command = 200, .nonsync = UINT64_MAX, .swallow = 1000
};
static const struct imap_reader_limits MINUS = {
	.line = 100, .literal = 5000, .command = 9000, .nonsync = 10, .swallow = 1000
};

enum { REFUSE_MESSAGES = 1 << 0, PLAIN = 1 << 1 };

static void tell(struct imap_reader *r, enum imap_read event, unsigned how, struct buf *out)
{
	static const char *const names[] = { "?", "+", "C", "M", "P", "A", "R", "X" };
	struct span tag = imap_reader_tag(r);

	if (event == IMAP_READ_MORE)
		return;
	if (event == IMAP_READ_PIECE) { /* how they are cut is not told */
		buf_put(out, r->text);
		return;
	}
	buf_printf(out, "%s", names[event]);
	if (event == IMAP_READ_MESSAGE)
		buf_printf(out, "%s%ju", r->literal8 ? "~" : "", (uintmax_t)r->size);
	if (event != IMAP_READ_GO_ON)
		buf_printf(out, "<%.*s>", SPAN_ARG(tag));
	if (event == IMAP_READ_COMMAND || event == IMAP_READ_MESSAGE || event == IMAP_READ_APPENDED)
		buf_put(out, r->text);
	if ((event == IMAP_READ_REFUSED || event == IMAP_READ_CLOSE) && r->why)
		buf_printf(out, "%s", r->why);
	buf_puts(out, "|");
	if (event == IMAP_READ_MESSAGE && !(how & REFUSE_MESSAGES))
		imap_reader_accept(r);
}

/* What happens, as a text, when the input comes in pieces of n octets. */
static void run(struct span input, size_t n, unsigned how, const struct imap_reader_limits *limits,
                struct buf *out)
{
	struct imap_reader r;

	imap_reader_init(&r, limits);
	while (input.n) {
		struct span in = exact(span_sub(input, 0, n));
		enum imap_read event = IMAP_READ_GO_ON;

		input = span_sub(input, n, input.n);
		while (event != IMAP_READ_MORE && event != IMAP_READ_CLOSE) {
			event = how & PLAIN ? imap_reader_line(&r, &in) : imap_reader_next(&r, &in);
			tell(&r, event, how, out);
			if (event == IMAP_READ_MORE)
				CHECK_INT(in.n, 0);
		}
		if (event == IMAP_READ_CLOSE)
			break;
	}
	imap_reader_fini(&r);
	buf_puts(out, ".");
}

static void check(struct span input, unsigned how, const struct imap_reader_limits *limits,
                  struct span want)
{
	static const size_t sizes[] = { SIZE_MAX, 1, 2, 3, 7, 8, 64 };

	for (size_t i = 0; i < N_ELEMS(sizes); i++) {
		AUTO_BUF got = BUF(1 << 20);

		run(input, sizes[i], how, limits, &got);
		CHECK_SPAN(buf_span(&got), want);
	}
}

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10

TEST(imap_reader_gathers_commands)
{
	static const struct {
		struct span in, want;
	} t[] = {
		{ SPAN("a1 NOOP\r\na2 CAPABILITY\r\n"), SPAN("C<a1>a1 NOOP|C<a2>a2 CAPABILITY|.") },
		/* RFC 3501 6.2.3, 7.5 */
		{ SPAN("A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man\r\n"),
		  SPAN("+|+|C<A001>A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man|.") },
		/* RFC 7888 4 */
		{ SPAN("A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man\r\n"),
		  SPAN("C<A001>A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man|.") },
		{ SPAN("a ID {0+}\r\n {0}\r\n\r\n"), SPAN("+|C<a>a ID {0+}\r\n {0}\r\n|.") },
		/* A literal's octets are not looked at. */
		{ SPAN("a X {9+}\r\n\r\nb {9}\r\n\r\nc Y\r\n"),
		  SPAN("C<a>a X {9+}\r\n\r\nb {9}\r\n|C<c>c Y|.") },
		{ SPAN("a X \"{5}\"\r\n"), SPAN("C<a>a X \"{5}\"|.") },
		{ SPAN("a X {-5}\r\nb {5x}\r\n"), SPAN("C<a>a X {-5}|C<b>b {5x}|.") },
		{ SPAN("\r\n"), SPAN("C<*>|.") },
		{ SPAN("a1\r\n"), SPAN("C<a1>a1|.") },
		{ SPAN("a1 half"), SPAN(".") },
	};
	EACH_ROW(t)
		check(t[row].in, 0, &LIMITS, t[row].want);
}

TEST(imap_reader_hands_out_messages)
{
	static const struct {
		unsigned how;
		struct span in, want;
	} t[] = {
		/* RFC 3501 6.3.11 */
		{ 0, SPAN("A003 APPEND saved (\\Seen) {5}\r\nhello\r\nb NOOP\r\n"),
		  SPAN("M5<A003>A003 APPEND saved (\\Seen) |+|helloA<A003>|C<b>b NOOP|.") },
		{ 0, SPAN("a append {3+}\r\nbox {2+}\r\nhi\r\n"),
		  SPAN("M2<a>a append {3+}\r\nbox |hiA<a>|.") },
		/* RFC 3502 6.3.11 */
		{ 0, SPAN("A003 APPEND s (\\Seen) {2}\r\nab (\\Seen) \"date\" {1+}\r\nc\r\n"),
		  SPAN("M2<A003>A003 APPEND s (\\Seen) |+|abM1<A003> (\\Seen) \"date\" "
		       "|cA<A003>|.") },
		{ 0, SPAN("a APPEND s {0}\r\n\r\n"), SPAN("M0<a>a APPEND s |+|A<a>|.") },
		/* RFC 6855 4, RFC 3516 4.4 */
		{ 0, SPAN("a APPEND s UTF8 (~{2}\r\nab)\r\n"),
		  SPAN("M~2<a>a APPEND s UTF8 (|+|abA<a>)|.") },
		/* Longer than everything that is gathered may be. */
		{ 0, SPAN("a APPEND s {300+}\r\n" X50 X50 X50 X50 X50 X50 "\r\n"),
		  SPAN("M300<a>a APPEND s |" X50 X50 X50 X50 X50 X50 "A<a>|.") },
		{ REFUSE_MESSAGES, SPAN("a APPEND s {5000}\r\nb NOOP\r\n"),
		  SPAN("M5000<a>a APPEND s |R<a>|C<b>b NOOP|.") },
		{ REFUSE_MESSAGES, SPAN("a APPEND s {5+}\r\nhello {3+}\r\n\nb\n\r\nb NOOP\r\n"),
		  SPAN("M5<a>a APPEND s |R<a>|C<b>b NOOP|.") },
		{ REFUSE_MESSAGES, SPAN("a APPEND s {5+}\r\nhello {3}\r\nb NOOP\r\n"),
		  SPAN("M5<a>a APPEND s |R<a>|C<b>b NOOP|.") },
		{ REFUSE_MESSAGES, SPAN("a APPEND s {5000+}\r\nb NOOP\r\n"),
		  SPAN("M5000<a>a APPEND s |X<a>|.") },
		/* 2^64 and more: never taken for a small number. */
		{ REFUSE_MESSAGES, SPAN("a APPEND s {18446744073709551621+}\r\nhello\r\n"),
		  SPAN("M18446744073709551615<a>a APPEND s |X<a>|.") },
	};
	EACH_ROW(t)
		check(t[row].in, t[row].how, &LIMITS, t[row].want);
}

TEST(imap_reader_refuses_and_goes_on)
{
	static const struct {
		struct span in, want;
	} t[] = {
		{ SPAN("a1 " X50 X50 "\r\nb NOOP\r\n"),
		  SPAN("R<a1>The command is too long|C<b>b NOOP|.") },
		{ SPAN(X50 X50 X50 "\r\nb NOOP\r\n"),
		  SPAN("R<*>The command is too long|C<b>b NOOP|.") },
		/* What follows the long line is its literal, and no command. */
		{ SPAN("a1 " X50 X50 " {9+}\r\nz NOOP\r\n\r\nb NOOP\r\n"),
		  SPAN("R<a1>The command is too long|C<b>b NOOP|.") },
		{ SPAN("a1 " X50 X50 " {9}\r\nb NOOP\r\n"),
		  SPAN("R<a1>The command is too long|C<b>b NOOP|.") },
		/* The line is what all its parts are. */
		{ SPAN("a1 " X50 " {1+}\r\nx" X50 "\r\nb NOOP\r\n"),
		  SPAN("R<a1>The command is too long|C<b>b NOOP|.") },
		{ SPAN("a LOGIN {51}\r\nb NOOP\r\n"),
		  SPAN("R<a>The literal is too big|C<b>b NOOP|.") },
		{ SPAN("a LOGIN {51+}\r\n" X50 "x {2+}\r\nyy\r\nb NOOP\r\n"),
		  SPAN("R<a>The literal is too big|C<b>b NOOP|.") },
		{ SPAN("a LOGIN {4294967296}\r\nb NOOP\r\n"),
		  SPAN("R<a>The literal is too big|C<b>b NOOP|.") },
		{ SPAN("a LOGIN {4294967296+}\r\nb NOOP\r\n"),
		  SPAN("X<a>The literal is too big|.") },
		/* 1,000 octets are swallowed in all. */
		{ SPAN("a LOGIN {900+}\r\n" X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50
		               X50 X50 X50 X50 " {101+}\r\n"),
		  SPAN("X<a>The literal is too big|.") },
		/* The whole is 200. */
		{ SPAN("a X {50+}\r\n" X50 " {50+}\r\n" X50 " {50+}\r\n" X50 " {50+}\r\n" X50
		       "\r\nb N\r\n"),
		  SPAN("R<a>The literal is too big|C<b>b N|.") },
		{ SPAN("a NOOP\nb NOOP\r\n"),
		  SPAN("R<a>A line ends in CRLF, not in LF alone|C<b>b NOOP|.") },
		{ SPAN("a NO\rOP\r\nb NOOP\r\n"),
		  SPAN("R<a>A line holds a NUL, or a CR that ends no line|C<b>b NOOP|.") },
		{ SPAN("a NO\0OP\r\nb NOOP\r\n"),
		  SPAN("R<a>A line holds a NUL, or a CR that ends no line|C<b>b NOOP|.") },
		{ SPAN("a \0 {3+}\r\nabc\r\nb NOOP\r\n"),
		  SPAN("R<a>A line holds a NUL, or a CR that ends no line|C<b>b NOOP|.") },
	};
	EACH_ROW(t)
		check(t[row].in, 0, &LIMITS, t[row].want);
}

/* RFC 7888 5 */
TEST(imap_reader_keeps_to_literal_minus)
{
	check(SPAN("a LOGIN {11+}\r\nhello world x\r\nb NOOP\r\n"), 0, &MINUS,
	      SPAN("R<a>The literal is too big to be sent without waiting|C<b>b NOOP|."));
	check(SPAN("a APPEND b {11+}\r\nhello world\r\nb NOOP\r\n"), 0, &MINUS,
	      SPAN("R<a>The literal is too big to be sent without waiting|C<b>b NOOP|."));
	check(SPAN("a LOGIN {10+}\r\nhelloworld x\r\n"), 0, &MINUS,
	      SPAN("C<a>a LOGIN {10+}\r\nhelloworld x|."));
}

TEST(imap_reader_takes_plain_lines)
{
	check(SPAN("DONE\r\n*\r\nAGZyZWQ= {5}\r\n"), PLAIN, &LIMITS,
	      SPAN("C<*>DONE|C<*>*|C<*>AGZyZWQ= {5}|."));
	check(SPAN("DONE\n" X50 X50 "{3+}\r\nDONE\r\n"), PLAIN, &LIMITS,
	      SPAN("R<*>A line ends in CRLF, not in LF alone|R<*>The command is too "
	           "long|C<*>DONE|."));
}

TEST(imap_reader_is_small_at_rest)
{
	struct imap_reader r;
	struct span in = exact(SPAN("a IDLE {3+}\r\nabc\r\nDO")), rest = exact(SPAN("NE\r\n"));

	CHECK(sizeof r <= 256);
	imap_reader_init(&r, &LIMITS);
	CHECK(imap_reader_rest(&r));
	CHECK_INT(imap_reader_next(&r, &in), IMAP_READ_COMMAND);
	CHECK(r.gathered.p != NULL);
	CHECK(imap_reader_rest(&r));
	CHECK(r.gathered.p == NULL);
	/* The tag stays while IDLE waits for DONE. */
	CHECK_INT(imap_reader_line(&r, &in), IMAP_READ_MORE);
	CHECK(!imap_reader_rest(&r));
	CHECK_INT(imap_reader_line(&r, &rest), IMAP_READ_COMMAND);
	CHECK_SPAN(r.text, SPAN("DONE"));
	CHECK_SPAN(imap_reader_tag(&r), SPAN("a"));
	imap_reader_fini(&r);
}
