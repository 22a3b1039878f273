/* STORE, COPY, MOVE, UID EXPUNGE.  RFC 3501 6.4.6, 6.4.7; RFC 7162 3.1.3; RFC 6851; RFC 4315 2.1.
 */
#include "wire/imap/args/store.h"

#include "imap_test.h"

TEST(imap_store_is_read)
{
	static const struct {
		struct span in;
		enum imap_store_how how;
		bool silent;
		int64_t unchanged_since; /* -1: none */
		struct span flags;
	} t[] = {
		{ SPAN("A003 STORE 2:4 +FLAGS (\\Deleted)"), IMAP_STORE_ADD, false, -1,
		  SPAN("(\\Deleted)") },
		{ SPAN("A STORE 2:4 -flags.silent \\Seen x"), IMAP_STORE_REMOVE, true, -1,
		  SPAN("(\\Seen x)") },
		{ SPAN("A STORE 2:4 FLAGS ()"), IMAP_STORE_REPLACE, false, -1, SPAN("()") },
		/* RFC 7162 3.1.3 */
		{ SPAN("a103 UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT "
		       "(\\Deleted)"),
		  IMAP_STORE_ADD, true, 12121230045, SPAN("(\\Deleted)") },
		{ SPAN("b STORE $ (UNCHANGEDSINCE 0) FLAGS $MDNSent"), IMAP_STORE_REPLACE, false, 0,
		  SPAN("($MDNSent)") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF flags = BUF(100);
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_store got = { 0 };

		CHECK_INT(imap_store_parse(&c, &got), 0);
		CHECK_INT(got.how, t[row].how);
		CHECK_INT(got.silent, t[row].silent);
		CHECK_INT(got.has_unchanged_since ? (int64_t)got.unchanged_since : -1,
		          t[row].unchanged_since);
		imap_put_flags(&flags, &got.flags, NULL);
		CHECK_SPAN(buf_span(&flags), t[row].flags);
	}
}

TEST(imap_store_refuses)
{
	static const struct {
		struct span in;
		const char *says;
	} t[] = {
		{ SPAN("A STORE"), "STORE: an argument is missing" },
		{ SPAN("A STORE 1"), "an argument is missing" },
		{ SPAN("A STORE 1 FLAGS"), "an argument is missing" },
		{ SPAN("A STORE 1 FLAGS "), "a flag is missing" },
		{ SPAN("A STORE 1 +-FLAGS (x)"), "FLAGS is missing" },
		{ SPAN("A STORE 1 FLAGSX (x)"), "FLAGS is missing" },
		{ SPAN("A STORE 1 FLAGS (x) y"), "there is more" },
		{ SPAN("A STORE 1 (CHANGEDSINCE 1) FLAGS (x)"), "UNCHANGEDSINCE is the only" },
		{ SPAN("A STORE 1 (UNCHANGEDSINCE 1 FLAGS (x)"),
		  "the ) of the modifier is missing" },
		{ SPAN("A STORE 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS (x)"), "is over" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_store got;

		CHECK_INT(imap_store_parse(&c, &got), ERR_SYNTAX);
		CHECK_SAYS(ERR_SYNTAX, t[row].says);
	}
}

TEST(imap_copy_and_expunge_are_read)
{
	AUTO_ARENA mem = { 0 };
	struct imap_copy copy = { 0 };
	struct imap_set set = { 0 };
	struct imap_cursor c = args_of(SPAN("A003 COPY 2:4 MEETING"), false, &mem);

	CHECK_INT(imap_copy_parse(&c, &copy), 0);
	CHECK_SPAN(copy.mailbox, SPAN("MEETING"));
	CHECK_INT(imap_set_count(&copy.set), 3);
	c = args_of(SPAN("a UID MOVE 42:69 foo"), false, &mem); /* RFC 6851 3.3 */
	CHECK_INT(imap_copy_parse(&c, &copy), 0);
	c = args_of(SPAN("a COPY 1"), false, &mem);
	CHECK_INT(imap_copy_parse(&c, &copy), ERR_SYNTAX);
	c = args_of(SPAN("A003 UID EXPUNGE 3000:3002"), false, &mem);
	CHECK_INT(imap_uid_expunge_parse(&c, &set), 0);
	CHECK_INT(set.runs[0].last, 3002);
	c = args_of(SPAN("A003 UID EXPUNGE"), false, &mem);
	CHECK_INT(imap_uid_expunge_parse(&c, &set), ERR_SYNTAX);
}
