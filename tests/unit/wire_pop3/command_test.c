/* POP3 command lines (wire/pop3/command.h). */
#include "wire/pop3/command.h"

#include <string.h>

#include "test.h"

static const struct {
	const char *line;
	int r;
	enum pop3_verb verb;
	const char *args;
	bool numbered;
	uint32_t n, n_lines;
} LINES[] = {
	/* RFC 1939 3: in any case of letters, one space between. */
	{ "STAT", 0, POP3_VERB_STAT, "", false, 0, 0 },
	{ "stat", 0, POP3_VERB_STAT, "", false, 0, 0 },
	{ "STAT ", 0, POP3_VERB_STAT, "", false, 0, 0 },
	{ "STAT 1", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "LIST", 0, POP3_VERB_LIST, "", false, 0, 0 },
	{ "LIST 12", 0, POP3_VERB_LIST, "12", true, 12, 0 },
	{ "LIST  12 ", 0, POP3_VERB_LIST, " 12 ", true, 12, 0 },
	{ "LIST x", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "LIST -1", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "LIST 1 2", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "RETR 007", 0, POP3_VERB_RETR, "007", true, 7, 0 },
	{ "RETR", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "RETR +1", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "DELE 4294967294", 0, POP3_VERB_DELE, "4294967294", true, UINT32_MAX - 1, 0 },
	{ "DELE 4294967296", 0, POP3_VERB_DELE, "4294967296", true, UINT32_MAX, 0 },
	{ "DELE 18446744073709551617", 0, POP3_VERB_DELE, "18446744073709551617", true, UINT32_MAX,
	  0 },
	{ "TOP 1 0", 0, POP3_VERB_TOP, "1 0", true, 1, 0 },
	{ "TOP 3 10", 0, POP3_VERB_TOP, "3 10", true, 3, 10 },
	{ "TOP 3", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "TOP 3 1 1", ERR_SYNTAX, 0, "", false, 0, 0 },
	/* RFC 1939 7: spaces may be part of a password. */
	{ "PASS  a b ", 0, POP3_VERB_PASS, " a b ", false, 0, 0 },
	{ "USER", 0, POP3_VERB_USER, "", false, 0, 0 },
	{ "AUTH PLAIN AGEAYg==", 0, POP3_VERB_AUTH, "PLAIN AGEAYg==", false, 0, 0 },
	{ "APOP mrose c4c9334bac560ecc979e58001b3e22fb", ERR_UNKNOWN, 0, "", false, 0, 0 },
	{ "?", ERR_UNKNOWN, 0, "", false, 0, 0 },
	{ "", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ " STAT", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "NOOP\rNOOP", ERR_SYNTAX, 0, "", false, 0, 0 },
	{ "NOOP\nNOOP", ERR_SYNTAX, 0, "", false, 0, 0 },
};

TEST(lines)
{
	EACH_ROW(LINES) {
		struct pop3_command c = { 0 };
		CHECK_INT(pop3_command_parse(exact(span_str(LINES[row].line)), &c), LINES[row].r);
		if (LINES[row].r < 0)
			continue;
		CHECK_INT(c.verb, LINES[row].verb);
		CHECK_SPAN(c.args, span_str(LINES[row].args));
		CHECK_INT(c.numbered, LINES[row].numbered);
		CHECK_INT(c.n, LINES[row].n);
		CHECK_INT(c.n_lines, LINES[row].n_lines);
	}
}

TEST(nul_is_refused)
{
	struct pop3_command c;

	CHECK_INT(pop3_command_parse(SPAN("NOOP\0"), &c), ERR_SYNTAX);
}

/* RFC 2449 4: 255 octets with CRLF; RFC 5034 4: more for SASL. */
TEST(line_length)
{
	static char line[POP3_AUTH_LINE_MAX];
	struct pop3_command c;

	memset(line, 'x', sizeof line);
	memcpy(line, "USER ", 5);
	CHECK_INT(pop3_command_parse(span_make(line, 253), &c), 0);
	CHECK_INT(pop3_command_parse(span_make(line, 254), &c), ERR_TOO_LONG);
	memcpy(line, "AUTH ", 5);
	CHECK_INT(pop3_command_parse(span_make(line, POP3_AUTH_LINE_MAX - 2), &c), 0);
	CHECK_INT(pop3_command_parse(span_make(line, POP3_AUTH_LINE_MAX - 1), &c), ERR_TOO_LONG);
}

/* RFC 1939 4, 5; RFC 2449 5; RFC 6856 2, 3. */
TEST(states)
{
	CHECK(pop3_verb_refusal(POP3_VERB_STAT, false));
	CHECK(!pop3_verb_refusal(POP3_VERB_STAT, true));
	CHECK(!pop3_verb_refusal(POP3_VERB_STLS, false));
	CHECK(pop3_verb_refusal(POP3_VERB_STLS, true));
	CHECK(pop3_verb_refusal(POP3_VERB_UTF8, true));
	for (int in = 0; in < 2; in++) {
		CHECK(!pop3_verb_refusal(POP3_VERB_CAPA, in));
		CHECK(!pop3_verb_refusal(POP3_VERB_LANG, in));
		CHECK(!pop3_verb_refusal(POP3_VERB_QUIT, in));
	}
}
