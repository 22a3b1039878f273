/* A server's answers.  RFC 3501 7; RFC 2342 5. */
#include "base/arena.h"
#include "test.h"
#include "wire/imap/client/answers.h"
#include "wire/imap/client/fetched.h"
#include "wire/imap/client/listed.h"

static void read_answers(struct span in, size_t step, struct buf *out)
{
	struct imap_answers a = { .gathered = BUF(1 << 20) };
	struct span answer;

	while (in.n) {
		struct span piece = exact(span_sub(in, 0, step)), rest = piece;
		in = span_sub(in, piece.n, in.n);
		while (imap_answers_next(&a, &rest, &answer) > 0) {
			buf_put(out, answer);
			buf_puts(out, "|");
		}
	}
	buf_fini(&a.gathered);
}

TEST(imap_answers_are_gathered)
{
	static const struct span in = SPAN("* OK ready {3}\r\n"
	                                   "* 1 FETCH (BODY[] {5}\r\na\r\n\0b UID 3)\r\n"
	                                   "* LIST () \".\" {1}\r\nx\n"
	                                   "a1 NO no {9}\r\n+ go\r\n");
	static const struct span want = SPAN("* OK ready {3}|"
	                                     "* 1 FETCH (BODY[] {5}\r\na\r\n\0b UID 3)|"
	                                     "* LIST () \".\" {1}\r\nx|"
	                                     "a1 NO no {9}|+ go|");
	static const size_t steps[] = { 1, 3, 1000 };

	for (size_t i = 0; i < N_ELEMS(steps); i++) {
		AUTO_BUF out = BUF(1000);
		read_answers(in, steps[i], &out);
		CHECK_SPAN(buf_span(&out), want);
	}
}

TEST(imap_answers_have_a_bound)
{
	struct imap_answers a = { .gathered = BUF(100) };
	struct span in = exact(SPAN("* 1 FETCH (BODY[] {4294967295}\r\n")), answer;
	struct span more =
	        exact(SPAN("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	                   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));

	CHECK_INT(imap_answers_next(&a, &in, &answer), 0);
	CHECK_INT(imap_answers_next(&a, &more, &answer), ERR_TOO_LONG);
	buf_fini(&a.gathered);
}

TEST(imap_answers_say)
{
	static const struct {
		struct span in;
		int err;
		enum imap_answer_status status;
		struct span tag, code, text, name, args;
		uint32_t number;
	} t[] = {
		{ SPAN("* OK [UIDVALIDITY 3] fine"), 0, IMAP_ANSWER_OK, SPAN(""),
		  SPAN("UIDVALIDITY 3"), SPAN("fine"), SPAN(""), SPAN(""), 0 },
		{ SPAN("a1 NO gone"), 0, IMAP_ANSWER_NO, SPAN("a1"), SPAN(""), SPAN("gone"),
		  SPAN(""), SPAN(""), 0 },
		{ SPAN("a1 OK"), 0, IMAP_ANSWER_OK, SPAN("a1"), SPAN(""), SPAN(""), SPAN(""),
		  SPAN(""), 0 },
		{ SPAN("+ "), 0, IMAP_ANSWER_GO_ON, SPAN(""), SPAN(""), SPAN(""), SPAN(""),
		  SPAN(""), 0 },
		{ SPAN("+"), 0, IMAP_ANSWER_GO_ON, SPAN(""), SPAN(""), SPAN(""), SPAN(""), SPAN(""),
		  0 },
		{ SPAN("* BYE [x"), 0, IMAP_ANSWER_BYE, SPAN(""), SPAN("x"), SPAN(""), SPAN(""),
		  SPAN(""), 0 },
		{ SPAN("* 12 EXISTS"), 0, IMAP_ANSWER_DATA, SPAN(""), SPAN(""), SPAN(""),
		  SPAN("EXISTS"), SPAN(""), 12 },
		{ SPAN("* FLAGS (a b)"), 0, IMAP_ANSWER_DATA, SPAN(""), SPAN(""), SPAN(""),
		  SPAN("FLAGS"), SPAN("(a b)"), 0 },
		{ SPAN("* 4294967296 EXISTS"), ERR_SYNTAX },
		{ SPAN("* 3"), ERR_SYNTAX },
		{ SPAN("* "), ERR_SYNTAX },
		{ SPAN("a1 MAYBE"), ERR_SYNTAX },
		{ SPAN(""), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_answer got = { 0 };
		CHECK_INT(imap_answer_parse(exact(t[row].in), &mem, &got), t[row].err);
		if (t[row].err)
			continue;
		CHECK_INT(got.status, t[row].status);
		CHECK_SPAN(got.tag, t[row].tag);
		CHECK_SPAN(got.code, t[row].code);
		CHECK_SPAN(got.text, t[row].text);
		CHECK_SPAN(got.name, t[row].name);
		CHECK_SPAN(got.args.rest, t[row].args);
		CHECK_INT(got.number, t[row].number);
	}
}

TEST(imap_fetched)
{
	static const struct {
		struct span in;
		int err;
		uint32_t uid;
		uint64_t size;
		int64_t unix_s;
		struct span flags, body;
	} t[] = {
		{ SPAN("(UID 7 FLAGS (\\Seen $x) RFC822.SIZE 9 INTERNALDATE \"17-Jul-1996 02:44:25 "
		       "-0700\")"),
		  0, 7, 9, 837596665, SPAN("\\Seen $x"), SPAN("") },
		{ SPAN("(BODY[] {4}\r\n\0)\r\n UID 7)"), 0, 7, 0, 0, SPAN(""), SPAN("\0)\r\n") },
		{ SPAN("(BODY[HEADER.FIELDS (A B)]<0> \"x\" UID 1)"), 0, 1, 0, 0, SPAN(""),
		  SPAN("x") },
		{ SPAN("(BODY[] NIL)"), 0, 0, 0, 0, SPAN(""), SPAN("") },
		{ SPAN("(MODSEQ (12) ENVELOPE (\"a)\\\"\" (NIL) {1}\r\n)) UID 3)"), 0, 3, 0, 0,
		  SPAN(""), SPAN("") },
		{ SPAN("()"), 0, 0, 0, 0, SPAN(""), SPAN("") },
		{ SPAN("(BODY[] {9}\r\nabc)"), ERR_SYNTAX },
		{ SPAN("(UID 0)"), ERR_SYNTAX },
		{ SPAN("(UID"), ERR_SYNTAX },
		{ SPAN("(X ((("), ERR_SYNTAX },
		{ SPAN("(X \"abc"), ERR_SYNTAX },
		{ SPAN("(FLAGS x)"), ERR_SYNTAX },
		{ SPAN("UID 3"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = { .rest = exact(t[row].in), .mem = &mem, .verb = "test" };
		struct imap_fetched got = { 0 };
		CHECK_INT(imap_fetched_parse(&c, &got), t[row].err);
		CHECK_INT(got.uid, t[row].uid);
		CHECK_INT(got.size, t[row].size);
		CHECK_INT(got.date.unix_s, t[row].unix_s);
		CHECK_SPAN(got.flags, t[row].flags);
		CHECK_SPAN(got.body, t[row].body);
	}
}

TEST(imap_listed)
{
	static const struct {
		struct span in;
		int err;
		struct span path;
		bool selectable;
		int path_err;
	} t[] = {
		{ SPAN("(\\HasNoChildren) \"/\" INBOX"), 0, SPAN("INBOX"), true, 0 },
		{ SPAN("() \".\" INBOX.A.B"), 0, SPAN("A/B"), true, 0 },
		{ SPAN("() \".\" \"INBOX.Gr&APwA3w-e\""), 0,
		  SPAN("Gr\xc3\xbc\xc3\x9f"
		       "e"),
		  true, 0 },
		{ SPAN("() \".\" {3}\r\na/b"), 0, SPAN("a_b"), true, 0 },
		{ SPAN("(\\Marked \\Noselect) \"/\" x"), 0, SPAN("x"), false, 0 },
		{ SPAN("(\\NonExistent) NIL a.b/c"), 0, SPAN("a.b_c"), false, 0 },
		{ SPAN("() \".\" shared.x"), 0, SPAN(""), true, ERR_REFUSED },
		{ SPAN("() \".\" shared"), 0, SPAN(""), true, ERR_REFUSED },
		{ SPAN("() \".\" a..b"), 0, SPAN(""), true, ERR_SYNTAX },
		{ SPAN("() \"..\" a"), ERR_SYNTAX },
		{ SPAN("\".\" a"), ERR_SYNTAX },
		{ SPAN("() \".\""), ERR_SYNTAX },
	};
	static const struct imap_namespaces spaces = { .personal = SPAN("INBOX."),
		                                       .others = { SPAN("shared.") },
		                                       .n_others = 1 };
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF path = BUF(1000);
		struct imap_cursor c = { .rest = exact(t[row].in), .mem = &mem, .verb = "test" };
		struct imap_listed got = { 0 };
		CHECK_INT(imap_listed_parse(&c, &got), t[row].err);
		if (t[row].err)
			continue;
		CHECK_INT(got.selectable, t[row].selectable);
		CHECK_INT(imap_listed_path(&got, &spaces, &path), t[row].path_err);
		if (!t[row].path_err)
			CHECK_SPAN(buf_span(&path), t[row].path);
	}
}

/* RFC 2342 5. */
TEST(imap_namespaces)
{
	static const struct {
		struct span in;
		int err;
		struct span personal;
		size_t n_others;
	} t[] = {
		{ SPAN("((\"\" \"/\")) NIL NIL"), 0, SPAN(""), 0 },
		{ SPAN("((\"INBOX.\" \".\")) ((\"~\" \"/\")) ((\"#shared/\" \"/\")(\"#public/\" "
		       "\"/\"))"),
		  0, SPAN("INBOX."), 3 },
		{ SPAN("((\"\" \"/\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\"))) NIL NIL"), ERR_SYNTAX },
		{ SPAN("NIL NIL NIL"), 0, SPAN(""), 0 },
		{ SPAN("((\"\" \"/\""), ERR_SYNTAX },
		{ SPAN(""), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = { .rest = exact(t[row].in), .mem = &mem, .verb = "test" };
		struct imap_namespaces got = { 0 };
		CHECK_INT(imap_namespaces_parse(&c, &got), t[row].err);
		CHECK_SPAN(got.personal, t[row].personal);
		CHECK_INT(got.n_others, t[row].n_others);
	}
}
