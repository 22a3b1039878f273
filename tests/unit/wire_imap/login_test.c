/* LOGIN, AUTHENTICATE, ID, ENABLE, COMPRESS.  RFC 3501 6.2; RFC 4959 4; RFC 2971 3; RFC 5161; RFC
 * 4978. */
#include "wire/imap/args/login.h"

#include "imap_test.h"
#include "wire/imap/capability.h"

TEST(imap_login_is_read)
{
	static const struct {
		struct span in;
		int err;
		struct span user, password;
		const char *says;
	} t[] = {
		{ SPAN("a001 LOGIN SMITH SESAME"), 0, SPAN("SMITH"), SPAN("SESAME"), "" },
		{ SPAN("a LOGIN \"a b\" \"\\\"x\""), 0, SPAN("a b"), SPAN("\"x"), "" },
		{ SPAN("a LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man"), 0, SPAN("FRED FOOBAR"),
		  SPAN("fat man"), "" },
		{ SPAN("a LOGIN"), ERR_SYNTAX, .says = "LOGIN: an argument is missing" },
		{ SPAN("a LOGIN x"), ERR_SYNTAX, .says = "LOGIN: an argument is missing" },
		{ SPAN("a LOGIN x "), ERR_SYNTAX, .says = "LOGIN: a password is missing" },
		{ SPAN("a LOGIN x y z"), ERR_SYNTAX, .says = "LOGIN: there is more" },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_login got = { 0 };

		CHECK_INT(imap_login_parse(&c, &got), t[row].err);
		CHECK_SPAN(got.user, t[row].user);
		CHECK_SPAN(got.password, t[row].password);
		CHECK_SAYS(t[row].err, t[row].says);
	}
}

TEST(imap_authenticate_is_read)
{
	static const struct {
		struct span in;
		int err;
		struct span mechanism;
		bool has_initial;
		struct span initial;
	} t[] = {
		{ SPAN("A001 AUTHENTICATE GSSAPI"), 0, SPAN("GSSAPI"), false },
		{ SPAN("A AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q="), 0, SPAN("PLAIN"), true,
		  SPAN("dGVzdAB0ZXN0AHRlc3Q=") },
		{ SPAN("A AUTHENTICATE EXTERNAL ="), 0, SPAN("EXTERNAL"), true, SPAN("") },
		{ SPAN("A AUTHENTICATE SCRAM-SHA-256 ab/+"), 0, SPAN("SCRAM-SHA-256"), true,
		  SPAN("ab/+") },
		{ SPAN("A AUTHENTICATE PLAIN "), 0, SPAN("PLAIN"), false },
		{ SPAN("A AUTHENTICATE"), ERR_SYNTAX },
		{ SPAN("A AUTHENTICATE PLAIN a b"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_authenticate got = { 0 };

		CHECK_INT(imap_authenticate_parse(&c, &got), t[row].err);
		CHECK_SPAN(got.mechanism, t[row].mechanism);
		CHECK_INT(got.has_initial, t[row].has_initial);
		CHECK_SPAN(got.initial, t[row].initial);
	}
}

TEST(imap_id_is_read)
{
	AUTO_ARENA mem = { 0 };
	struct imap_cursor c =
	        args_of(SPAN("a023 ID (\"name\" \"sodr\" \"version\" \"19.34\" \"vendor\" NIL)"),
	                false, &mem);
	struct imap_id got = { 0 };

	CHECK_INT(imap_id_parse(&c, &got), 0);
	CHECK_INT(got.n_pairs, 3);
	CHECK_SPAN(got.pairs[0].field, SPAN("name"));
	CHECK_SPAN(got.pairs[1].value, SPAN("19.34"));
	CHECK_SPAN(got.pairs[2].value, SPAN(""));
	c = args_of(SPAN("a042 ID NIL"), false, &mem);
	CHECK_INT(imap_id_parse(&c, &got), 0);
	CHECK_INT(got.n_pairs, 0);
	c = args_of(SPAN("a ID ()"), false, &mem);
	CHECK_INT(imap_id_parse(&c, &got), 0);
}

TEST(imap_id_refuses)
{
	static const struct {
		struct span in;
		int err;
	} t[] = {
		{ SPAN("a ID"), ERR_SYNTAX },
		{ SPAN("a ID (name \"x\")"), ERR_SYNTAX },
		{ SPAN("a ID (\"name\")"), ERR_SYNTAX },
		{ SPAN("a ID (\"name\" \"x\""), ERR_SYNTAX },
		{ SPAN("a ID (\"0123456789012345678901234567890\" \"x\")"), ERR_TOO_LONG },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_id got;

		CHECK_INT(imap_id_parse(&c, &got), t[row].err);
	}
	AUTO_ARENA mem = { 0 };
	AUTO_BUF text = BUF(1000);
	struct imap_cursor c;
	struct imap_id got;

	buf_puts(&text, "a ID (\"f\" \"v\"");
	for (int i = 0; i < IMAP_ID_PAIRS_MAX; i++)
		buf_puts(&text, " \"f\" \"v\"");
	buf_puts(&text, ")");
	c = args_of(buf_span(&text), false, &mem);
	CHECK_INT(imap_id_parse(&c, &got), ERR_LIMIT);
}

TEST(imap_enable_and_compress_are_read)
{
	AUTO_ARENA mem = { 0 };
	uint64_t caps = 0;
	struct imap_cursor c =
	        args_of(SPAN("t1 ENABLE condstore UTF8=ACCEPT X-GOOD-IDEA "), false, &mem);

	CHECK_INT(imap_enable_parse(&c, &caps), 0);
	CHECK(caps == (IMAP_CAP(CONDSTORE) | IMAP_CAP(UTF8_ACCEPT)));
	c = args_of(SPAN("t1 ENABLE"), false, &mem);
	CHECK_INT(imap_enable_parse(&c, &caps), ERR_SYNTAX);
	c = args_of(SPAN("a COMPRESS deflate"), false, &mem);
	CHECK_INT(imap_compress_parse(&c), 0);
	c = args_of(SPAN("a COMPRESS ZSTD"), false, &mem);
	CHECK_INT(imap_compress_parse(&c), ERR_REFUSED);
	c = args_of(SPAN("a COMPRESS"), false, &mem);
	CHECK_INT(imap_compress_parse(&c), ERR_SYNTAX);
}
