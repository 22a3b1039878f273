/* Words, strings and numbers.  RFC 3501 and RFC 9051 4, 9. */
#include "wire/imap/cursor.h"

#include "imap_test.h"

TEST(imap_cursor_takes_strings)
{
	static const struct {
		struct span in, want, rest;
	} t[] = {
		{ SPAN("atom next"), SPAN("atom"), SPAN(" next") },
		{ SPAN("a]b)"), SPAN("a]b"), SPAN(")") },
		{ SPAN("\"\" x"), SPAN(""), SPAN(" x") },
		{ SPAN("\"a b\\\"c\\\\\")"), SPAN("a b\"c\\"), SPAN(")") },
		{ SPAN("\"\xc3\xa9\""), SPAN("\xc3\xa9"), SPAN("") },
		{ SPAN("{3}\r\na\"b x"), SPAN("a\"b"), SPAN(" x") },
		{ SPAN("{0+}\r\n x"), SPAN(""), SPAN(" x") },
		{ SPAN("{2+}\r\n\r\n"), SPAN("\r\n"), SPAN("") },
		{ SPAN("NIL"), SPAN("NIL"), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = cursor_at(t[row].in, &mem);
		struct span got = { 0 };

		CHECK_INT(imap_take_astring(&c, "a thing", &got), 0);
		CHECK_SPAN(got, t[row].want);
		CHECK_SPAN(c.rest, t[row].rest);
	}
}

TEST(imap_cursor_refuses_strings)
{
	static const struct {
		struct span in;
		const char *says;
	} t[] = {
		{ SPAN(""), "TEST: a thing is missing" },
		{ SPAN(" a"), "a thing is missing" },
		{ SPAN("\"open"), "the closing \" is missing" },
		{ SPAN("\"open\\"), "\\ stands before" },
		{ SPAN("\"a\\n\""), "\\ stands before" },
		{ SPAN("\"\xff\""), "no UTF-8" },
		{ SPAN("{"), "no number" },
		{ SPAN("{}\r\n"), "no number" },
		{ SPAN("{3"), "no number" },
		{ SPAN("{4294967296}\r\nabc"), "no number" },
		{ SPAN("{3}abc"), "octets are missing" },
		{ SPAN("{3}\r\nab"), "octets are missing" },
		{ SPAN("{3}\r\na\0b"), "holds a NUL" },
		{ SPAN("~{3}\r\nabc"), NULL }, /* an atom, and then { */
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = cursor_at(t[row].in, &mem);
		struct span got;

		if (t[row].says) {
			CHECK_INT(imap_take_astring(&c, "a thing", &got), ERR_SYNTAX);
			CHECK_SAYS(ERR_SYNTAX, t[row].says);
		} else {
			CHECK_INT(imap_take_astring(&c, "a thing", &got), 0);
			CHECK_INT(imap_take_end(&c), ERR_SYNTAX);
		}
	}
}

TEST(imap_cursor_takes_nil_and_literal8)
{
	AUTO_ARENA mem = { 0 };
	struct imap_cursor c = cursor_at(SPAN("nil NILS"), &mem);
	struct span got = SPAN("x");
	bool nil = false;

	CHECK_INT(imap_take_nstring(&c, "a thing", &got, &nil), 0);
	CHECK(nil);
	CHECK_INT(got.n, 0);
	CHECK_INT(imap_take_sp(&c), 0);
	CHECK_INT(imap_take_nstring(&c, "a thing", &got, &nil), ERR_SYNTAX);
	c = cursor_at(SPAN("~{3}\r\na\0b"), &mem);
	CHECK_INT(imap_take_string8(&c, "a thing", &got), 0);
	CHECK_SPAN(got, SPAN("a\0b"));
}

TEST(imap_cursor_takes_words)
{
	AUTO_ARENA mem = { 0 };
	struct imap_cursor c = cursor_at(SPAN("fetchx FETCH  BODY[ end  "), &mem);

	CHECK(!imap_eat_word(&c, "FETCH"));
	CHECK(imap_eat_word(&c, "FETCHX"));
	CHECK_INT(imap_take_sp(&c), 0);
	CHECK(imap_eat_word(&c, "fetch"));
	CHECK_INT(imap_take_sp(&c), 0);
	CHECK(!imap_eat_word(&c, "BODY"));
	CHECK(imap_eat_word(&c, "BODY["));
	CHECK_INT(imap_take_sp(&c), 0);
	CHECK_INT(imap_take_end(&c), ERR_SYNTAX);
	CHECK(imap_eat_word(&c, "END"));
	CHECK_INT(imap_take_end(&c), 0);
	CHECK_INT(imap_take_sp(&c), ERR_SYNTAX);
}

TEST(imap_cursor_takes_numbers)
{
	static const struct {
		struct span in;
		int u32, nz, u64;
		uint64_t value;
	} t[] = {
		{ SPAN("0"), 0, ERR_SYNTAX, 0, 0 },
		{ SPAN("007"), 0, 0, 0, 7 },
		{ SPAN("4294967295)"), 0, 0, 0, UINT32_MAX },
		{ SPAN("4294967296"), ERR_SYNTAX, ERR_SYNTAX, 0, 4294967296 },
		{ SPAN("9223372036854775807"), ERR_SYNTAX, ERR_SYNTAX, 0, INT64_MAX },
		{ SPAN("9223372036854775808"), ERR_SYNTAX, ERR_SYNTAX, ERR_SYNTAX, 0 },
		{ SPAN("99999999999999999999999999"), ERR_SYNTAX, ERR_SYNTAX, ERR_SYNTAX, 0 },
		{ SPAN("-1"), ERR_SYNTAX, ERR_SYNTAX, ERR_SYNTAX, 0 },
		{ SPAN(""), ERR_SYNTAX, ERR_SYNTAX, ERR_SYNTAX, 0 },
	};
	EACH_ROW(t) {
		struct imap_cursor c = cursor_at(t[row].in, NULL);
		uint32_t u32 = 0, nz = 0;
		uint64_t u64 = 0;

		CHECK_INT(imap_take_u32(&c, "a number", &u32), t[row].u32);
		c = cursor_at(t[row].in, NULL);
		CHECK_INT(imap_take_nz(&c, "a number", &nz), t[row].nz);
		c = cursor_at(t[row].in, NULL);
		CHECK_INT(imap_take_u64(&c, "a number", &u64), t[row].u64);
		CHECK(u64 == t[row].value);
		if (t[row].u32 == 0)
			CHECK(u32 == t[row].value);
	}
}
