/* The four kinds of mbox.  RFC 4155; mbox(5). */
#include "mailfile_test.h"

#define DATE "Fri Jun 23 02:56:55 2000" /* 961729015 */
#define A    "From a@x " DATE "\n"
#define B    "From b@y " DATE "\n"

TEST(mbox_kinds_are_read)
{
	static const struct {
		enum mbox_kind kind;
		struct span file, want;
	} t[] = {
		{ MBOX_RD, SPAN(""), SPAN("") },
		{ MBOX_RD, SPAN("\n\n"), SPAN("") },
		{ MBOX_RD, SPAN("Subject: a\n\nb\n"), SPAN("not an mbox") },
		{ MBOX_RD, SPAN("From now on\n"), SPAN("not an mbox") },
		{ MBOX_RD, SPAN(A "S: 1\n\none\n\n" B "S: 2\n\ntwo\n"),
		  SPAN("[a@x @ 961729015]S: 1\r\n\r\none\r\n()[b@y @ 961729015]S: "
		       "2\r\n\r\ntwo\r\n()") },
		/* no empty line before the next; one at the end; text that says From */
		{ MBOX_RD, SPAN(A "S: 1\n\nFrom now on\n" B "S: 2\n\n\n"),
		  SPAN("[a@x @ 961729015]S: 1\r\n\r\nFrom now on\r\n()[b@y @ 961729015]S: "
		       "2\r\n\r\n()") },
		{ MBOX_O, SPAN(A "\n>From x\n>>From y\n> From z\n"),
		  SPAN("[a@x @ 961729015]\r\nFrom x\r\n>>From y\r\n> From z\r\n()") },
		{ MBOX_RD, SPAN(A "\n>From x\n>>From y\n> From z\n"),
		  SPAN("[a@x @ 961729015]\r\nFrom x\r\n>From y\r\n> From z\r\n()") },
		{ MBOX_CL, SPAN(A "Content-Length: 8\n\n>From x\n\n" B "S: 2\n\ntwo\n"),
		  SPAN("[a@x @ 961729015]\r\nFrom x\r\n()[b@y @ 961729015]S: 2\r\n\r\ntwo\r\n()") },
		{ MBOX_CL2,
		  SPAN(A "Content-Length: 40\n\n" A ">From x"
		         "\n\n" B "\n\n"),
		  SPAN("[a@x @ 961729015]\r\n"
		       "From a@x " DATE "\r\n>From x\r\n()[b@y @ 961729015]\r\n()") },
		/* a length that lies: nothing is lost */
		{ MBOX_CL2, SPAN(A "Content-Length: 2\n\none\n\n" B "\n\n"),
		  SPAN("[a@x @ 961729015]\r\none\r\n()[b@y @ 961729015]\r\n()") },
		{ MBOX_CL2, SPAN(A "Content-Length: 0\n\n\n" B "\n\n"),
		  SPAN("[a@x @ 961729015]\r\n()[b@y @ 961729015]\r\n()") },
		{ MBOX_CL2, SPAN(A "Content-Length: 3\n\none\n" B "\n\n"),
		  SPAN("[a@x @ 961729015]\r\none()[b@y @ 961729015]\r\n()") },
		{ MBOX_CL2, SPAN(A "Content-Length: 99\n\none\n"),
		  SPAN("[a@x @ 961729015]\r\none\r\n()") },
		/* in CRLF each octet stays */
		{ MBOX_RD, SPAN(A "S: 1\r\n\r\na\nb\r\r\n\r\n" B "\n\n"),
		  SPAN("[a@x @ 961729015]S: 1\r\n\r\na\nb\r\r\n()[b@y @ 961729015]\r\n()") },
		{ MBOX_RD, SPAN(A "S: 1\n\na\rb\0\xff\n\n"),
		  SPAN("[a@x @ 961729015]S: 1\r\n\r\na\rb\0\xff\r\n()") },
	};
	static const size_t steps[] = { 1, 2, 7, 64, 4096 };
	EACH_ROW(t) {
		for (size_t i = 0; i < N_ELEMS(steps); i++) {
			AUTO_BUF out = BUF(1 << 20);
			read_mbox(t[row].kind, t[row].file, steps[i], &out);
			CHECK_SPAN(buf_span(&out), t[row].want);
		}
	}
}

/* The last of each field is the file's; what the message has of its own stays. */
TEST(mbox_fields_become_flags)
{
	static const struct {
		struct span file, want;
	} t[] = {
		{ SPAN(A "Status: RO\nX-Status: AF\nX-Keywords: $Forwarded work\nS: 1\n\n"),
		  SPAN("[a@x @ 961729015]S: 1\r\n(\\Seen \\Answered \\Flagged $Forwarded work)") },
		{ SPAN(A "Status: genuine\nS: 1\nStatus: O\n\n1\n"),
		  SPAN("[a@x @ 961729015]Status: genuine\r\nS: 1\r\n\r\n1\r\n()") },
		{ SPAN(A "X-UID: 7\nX-Status: DT\nContent-Length: 9\n\n1\n"),
		  SPAN("[a@x @ 961729015]Content-Length: 9\r\n\r\n1\r\n(\\Deleted \\Draft)") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1 << 20);
		read_mbox(MBOX_RD, t[row].file, 4096, &out);
		CHECK_SPAN(buf_span(&out), t[row].want);
	}
}

TEST(mbox_kind_is_found)
{
	static const struct {
		struct span file;
		enum mbox_kind kind;
	} t[] = {
		{ SPAN(A "\n1\n\n"), MBOX_O },
		{ SPAN(A "\n>From 1\n\n"), MBOX_O },
		{ SPAN(A "\n>>From 1\n\n"), MBOX_RD },
		{ SPAN(A "Content-Length: 2\n\n1\n\n" B "Content-Length: 2\n\n2\n\n"), MBOX_CL2 },
		{ SPAN(A "Content-Length: 8\n\n>From 1\n\n"), MBOX_CL },
		{ SPAN(A "Content-Length: 34\n\n" A "\n"), MBOX_CL2 },
		{ SPAN(A "Content-Length: 2\n\n1\n\n" B "Content-Length: 9\n\n2\n\n"), MBOX_O },
	};
	EACH_ROW(t) {
		struct mbox_reader r = { .kind = MBOX_CL2 };
		struct span in = exact(t[row].file);
		while (mbox_next(&r, &in, true) != MBOX_MORE)
			continue;
		CHECK_INT(mbox_kind_of(&r), t[row].kind);
	}
}

/* What is written comes back equal, in each kind that can be undone. */
TEST(mbox_round_trips)
{
	static const struct span messages[] = {
		SPAN("S: 1\r\n\r\none\r\n"),
		SPAN("S: 1\r\n\r\n\r\n\r\n"),
		SPAN("S: 1\r\n"),
		SPAN("\r\n"),
		SPAN("\r\nFrom a@x " DATE "\r\n>From b\r\n>>From c\r\n"),
		SPAN("From a@x " DATE "\r\nS: 1\r\n\r\nx\r\n"),
		SPAN("no header at all\r\n\r\nx\r\n"),
		SPAN("Status: genuine\r\nX-Keywords: mine\r\nContent-Length: 7\r\n\r\nx\r\n"),
		SPAN("S: 1\r\n\r\nbare\rCR, NUL \0, 8-bit \xff\r\n\r\n"),
		SPAN("S: 1\r\n\r\nbare\nLF, twice\r\r\n"),
	};
	static const struct mailfile_from from = { .sender = SPAN("a@x"), .unix_s = 961729015 };
	struct mailfile_flags flags = { MAILFILE_SEEN | MAILFILE_DRAFT, SPAN("one $Two") };

	for (int kind = MBOX_RD; kind <= MBOX_CL2; kind++) {
		AUTO_BUF file = BUF(1 << 20), want = BUF(1 << 20), got = BUF(1 << 20);
		EACH_ROW(messages) {
			if (row == 5 && kind == MBOX_CL2)
				continue; /* a header section with such a line: its kind cannot */
			CHECK_INT(
			        mbox_put((enum mbox_kind)kind, &from, &flags, messages[row], &file),
			        0);
			buf_puts(&want, "[a@x @ 961729015]");
			buf_put(&want, messages[row]);
			buf_puts(&want, "(\\Seen \\Draft one $Two)");
		}
		read_mbox((enum mbox_kind)kind, buf_span(&file), 100, &got);
		CHECK_SPAN(buf_span(&got), buf_span(&want));
	}
}

TEST(mbox_first_lines)
{
	static const struct {
		struct span line;
		int err;
		struct span sender;
		int64_t unix_s;
		bool has_zone;
	} t[] = {
		{ SPAN("From a@x " DATE), 0, SPAN("a@x"), 961729015, false },
		{ SPAN("From a@x  Fri Jun  3 02:56:55 2000"), 0, SPAN("a@x"), 960001015, false },
		{ SPAN("From a@x Fri Jun 23 02:56 2000"), 0, SPAN("a@x"), 961728960, false },
		{ SPAN("From a@x Fri Jun 23 02:56:55 +0200 2000"), 0, SPAN("a@x"), 961721815,
		  true },
		{ SPAN("From a@x Fri Jun 23 02:56:55 2000 -0800"), 0, SPAN("a@x"), 961757815,
		  true },
		{ SPAN("From a@x Fri Jun 23 02:56:55 PDT 2000"), 0, SPAN("a@x"), 961754215, true },
		{ SPAN("From a@x Fri Jun 23 02:56:55 XYZ 2000 remote from y"), 0, SPAN("a@x"),
		  961729015, false },
		{ SPAN("From \"a b\"@x " DATE), 0, SPAN("\"a b\"@x"), 961729015, false },
		{ SPAN("From " DATE), 0, SPAN(""), 961729015, false },
		{ SPAN("From - Sat Jan  1 00:00:00 0001"), 0, SPAN("-"), -62135596800, false },
		{ SPAN("From Fri Jun"), ERR_SYNTAX },
		{ SPAN("From a@x Fri Jun 23 25:56:55 2000"), ERR_SYNTAX },
		{ SPAN("From a@x Fri Jun 23 02:56:55 200"), ERR_SYNTAX },
		{ SPAN("From a@x Fri Jun 00 02:56:55 2000"), ERR_SYNTAX },
		{ SPAN("From: a@x " DATE), ERR_SYNTAX },
		{ SPAN("From "), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		struct mailfile_from got = { 0 };
		CHECK_INT(mailfile_from_parse(exact(t[row].line), &got), t[row].err);
		CHECK_SPAN(got.sender, t[row].sender);
		CHECK_INT(got.unix_s, t[row].unix_s);
		CHECK_INT(got.has_zone, t[row].has_zone);
	}
}

TEST(mbox_first_lines_are_written)
{
	static const struct {
		struct span sender;
		int64_t unix_s;
		struct span want;
	} t[] = {
		{ SPAN("a@x"), 961729015, SPAN("From a@x " DATE) },
		{ SPAN(""), 0, SPAN("From MAILER-DAEMON Thu Jan  1 00:00:00 1970") },
		{ SPAN("a b\n@x"), -1, SPAN("From a-b-@x Wed Dec 31 23:59:59 1969") },
		{ SPAN("a"), 951782400, SPAN("From a Tue Feb 29 00:00:00 2000") },
		{ SPAN("a"), INT64_MAX, SPAN("From a Thu Jan  1 00:00:00 1970") },
		{ SPAN("a"), INT64_MIN, SPAN("From a Thu Jan  1 00:00:00 1970") },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);
		CHECK_INT(mailfile_from_put(t[row].sender, t[row].unix_s, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].want);
	}
}
