/* base/err.h: the table, the latest detail, and replies (RFC 5321 4.2, RFC 3463 2). */
#include "test.h"

#include <ctype.h>
#include <errno.h>

#include "base/err.h"

/* They are counted from 1 without a gap. */
#define ERR(...) +1
enum {
	N_ERRS =
#include "base/errs.def"
};
#undef ERR

TEST(err_numbers_are_for_ever)
{
	/* They travel between roles and stand in journals. */
	static const struct {
		int code, number;
		const char *name;
	} t[] = {
		{ ERR_SYNTAX, -1, "SYNTAX" },    { ERR_TIMEOUT, -7, "TIMEOUT" },
		{ ERR_IO, -13, "IO" },           { ERR_BUG, -21, "BUG" },
		{ ERR_TOO_BIG, -26, "TOO_BIG" }, { -1000, -1000, "UNKNOWN_ERROR" },
		{ 1, 1, "UNKNOWN_ERROR" },       { INT32_MIN, INT32_MIN, "UNKNOWN_ERROR" },
	};
	EACH_ROW(t) {
		CHECK_INT(t[row].code, t[row].number);
		CHECK_STR(err_name(t[row].code), t[row].name);
	}
}

TEST(err_every_row_is_a_reply)
{
	for (int code = -1; code >= -N_ERRS; code--) {
		const char *enhanced, *text;
		int smtp, first;

		err_reply(code, &smtp, &enhanced, &text);
		first = smtp / 100;
		CHECK(first == 4 || first == 5);
		CHECK(isdigit(enhanced[0]) && enhanced[1] == '.');
		CHECK(strlen(text) > 0);
		/* RFC 5321 4.2.1: our own troubles never are 5yz; RFC 3463 2: the classes agree. */
		if (err_class(code) == ERR_CLASS_TEMP || err_class(code) == ERR_CLASS_BUG)
			CHECK_INT(first, 4);
		if (err_class(code) == ERR_CLASS_TEMP || err_class(code) == ERR_CLASS_BUG)
			CHECK_INT(enhanced[0], '4');
	}
}

TEST(err_foreign_numbers_are_bugs)
{
	static const int t[] = { -N_ERRS - 1, -1000, INT32_MIN };

	EACH_ROW(t) {
		const char *enhanced, *text;
		int smtp;

		err_reply(t[row], &smtp, &enhanced, &text);
		CHECK_INT(smtp, 451);
		CHECK_STR(enhanced, "4.3.0");
		CHECK_INT(err_class(t[row]), ERR_CLASS_BUG);
		CHECK_STR(err_str(t[row]), "unknown error");
	}
	CHECK_INT(err_class(0), ERR_CLASS_NONE);
	CHECK_STR(err_str(0), "no error");
}

TEST(err_detail_is_of_the_latest)
{
	CHECK_INT(err(ERR_QUOTA, "mailbox %s holds %d", "anna", 7), ERR_QUOTA);
	CHECK_STR(err_str(ERR_QUOTA), "mailbox anna holds 7");
	CHECK_STR(err_str(ERR_IO), "input/output failed");
	CHECK_INT(err(ERR_IO, "later"), ERR_IO);
	CHECK_STR(err_str(ERR_QUOTA), "mailbox is full");
}

TEST(err_detail_may_quote_itself)
{
	int r = err(ERR_IO, "inner");

	r = err(r, "outer: %s", err_str(r));
	CHECK_STR(err_str(r), "outer: inner");
}

TEST(err_detail_is_cut_at_its_size)
{
	char long_text[1000];

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	CHECK_INT(err(ERR_IO, "%s", long_text), ERR_IO);
	CHECK_INT(strlen(err_str(ERR_IO)), ERR_DETAIL_BYTES - 1);
	errno = ENOENT;
	CHECK_INT(err_errno(ERR_IO, "%s", long_text), ERR_IO);
	CHECK_INT(strlen(err_str(ERR_IO)), ERR_DETAIL_BYTES - 1);
}

TEST(err_goes_to_the_fibre_at_hand)
{
	struct err_detail fibre = { 0 };
	int r;

	r = err(ERR_DNS, "of the thread");
	err_here = &fibre;
	CHECK_STR(err_str(r), "the name could not be looked up now");
	r = err(ERR_TLS, "of the fibre");
	CHECK_STR(fibre.text, "of the fibre");
	CHECK_INT(fibre.code, ERR_TLS);
	err_here = NULL;
	CHECK_STR(err_str(ERR_DNS), "of the thread");
	CHECK_STR(err_str(r), "TLS failed");
}

TEST(err_errno_chooses_the_code)
{
	static const struct {
		int e, want;
		const char *text;
	} t[] = {
		{ ENOENT, ERR_IO, "open x: No such file or directory" },
		{ ENOSPC, ERR_NO_SPACE, "open x: No space left on device" },
		{ EDQUOT, ERR_NO_SPACE, "open x: Disk quota exceeded" },
		{ ENOMEM, ERR_NO_MEMORY, "open x: Cannot allocate memory" },
		{ EMFILE, ERR_LIMIT, "open x: Too many open files" },
		{ ENFILE, ERR_LIMIT, "open x: Too many open files in system" },
	};
	EACH_ROW(t) {
		errno = t[row].e;
		CHECK_INT(err_errno(ERR_IO, "open %s", "x"), t[row].want);
		CHECK_INT(errno, t[row].e);
		CHECK_STR(err_str(t[row].want), t[row].text);
	}
}
