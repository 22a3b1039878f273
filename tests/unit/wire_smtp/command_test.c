/* RFC 5321 4.1.1 (commands), 2.3.8 (lines), 4.5.3.1.4; RFC 4954 4 (AUTH lines). */
#include "wire/smtp/command.h"

#include "base/buf.h"
#include "test.h"

TEST(smtp_commands_split)
{
	static const struct {
		struct span in;
		int r;
		enum smtp_verb verb;
		struct span name, args;
	} t[] = {
		{ SPAN("EHLO me"), 0, SMTP_VERB_EHLO, SPAN("EHLO"), SPAN("me") },
		{ SPAN("helo me"), 0, SMTP_VERB_HELO, SPAN("helo"), SPAN("me") },
		{ SPAN("MaiL FROM:<a@b> SIZE=1"), 0, SMTP_VERB_MAIL, SPAN("MaiL"),
		  SPAN("FROM:<a@b> SIZE=1") },
		{ SPAN("RCPT TO:<a@b>"), 0, SMTP_VERB_RCPT, SPAN("RCPT"), SPAN("TO:<a@b>") },
		{ SPAN("DATA"), 0, SMTP_VERB_DATA, SPAN("DATA"), SPAN("") },
		{ SPAN("DATA "), 0, SMTP_VERB_DATA, SPAN("DATA"), SPAN("") },
		{ SPAN("RSET"), 0, SMTP_VERB_RSET, SPAN("RSET"), SPAN("") },
		{ SPAN("NOOP  a \t"), 0, SMTP_VERB_NOOP, SPAN("NOOP"), SPAN("a") },
		{ SPAN("QUIT"), 0, SMTP_VERB_QUIT, SPAN("QUIT"), SPAN("") },
		{ SPAN("VRFY x"), 0, SMTP_VERB_VRFY, SPAN("VRFY"), SPAN("x") },
		{ SPAN("EXPN x"), 0, SMTP_VERB_EXPN, SPAN("EXPN"), SPAN("x") },
		{ SPAN("HELP"), 0, SMTP_VERB_HELP, SPAN("HELP"), SPAN("") },
		{ SPAN("STARTTLS"), 0, SMTP_VERB_STARTTLS, SPAN("STARTTLS"), SPAN("") },
		{ SPAN("AUTH PLAIN AA=="), 0, SMTP_VERB_AUTH, SPAN("AUTH"), SPAN("PLAIN AA==") },
		{ SPAN("BDAT 5 LAST"), 0, SMTP_VERB_UNKNOWN, SPAN("BDAT"), SPAN("5 LAST") },
		{ SPAN("GET / HTTP/1.1"), 0, SMTP_VERB_UNKNOWN, SPAN("GET"), SPAN("/ HTTP/1.1") },
		{ SPAN("MAILFROM:<a@b>"), 0, SMTP_VERB_UNKNOWN, SPAN("MAILFROM:<a@b>"), SPAN("") },
		{ SPAN(""), ERR_SYNTAX, 0, SPAN(""), SPAN("") },
		{ SPAN(" NOOP"), ERR_SYNTAX, 0, SPAN(""), SPAN("") },
		{ SPAN("NOOP\0"), ERR_SYNTAX, 0, SPAN(""), SPAN("") },
		{ SPAN("NOOP\nQUIT"), ERR_SYNTAX, 0, SPAN(""), SPAN("") },
		{ SPAN("NOOP\rQUIT"), ERR_SYNTAX, 0, SPAN(""), SPAN("") },
		{ SPAN("NOOP\r"), ERR_SYNTAX, 0, SPAN(""), SPAN("") },
	};
	EACH_ROW(t) {
		struct smtp_command got = { 0 };

		CHECK_INT(smtp_command_parse(exact(t[row].in), &got), t[row].r);
		CHECK_INT(got.verb, t[row].verb);
		CHECK_SPAN(got.name, t[row].name);
		CHECK_SPAN(got.args, t[row].args);
		if (got.verb != SMTP_VERB_UNKNOWN)
			CHECK(span_eq_nocase(got.name, span_str(smtp_verb_name(got.verb))));
	}
	CHECK_STR(smtp_verb_name(SMTP_VERB_UNKNOWN), "?");
}

/* n octets: the verb, a space, then x. */
static struct span long_line(struct buf *b, const char *verb, size_t n)
{
	buf_puts(b, verb);
	buf_putc(b, ' ');
	while (b->n < n)
		buf_putc(b, 'x');
	return exact(buf_span(b));
}

TEST(smtp_command_lengths)
{
	static const struct {
		const char *verb;
		size_t n; /* without CRLF */
		int r;
	} t[] = {
		{ "NOOP", SMTP_COMMAND_MAX - 2, 0 },
		{ "NOOP", SMTP_COMMAND_MAX - 1, ERR_TOO_LONG },
		{ "AUTH", SMTP_COMMAND_MAX - 1, 0 },
		{ "AUTH", SMTP_AUTH_LINE_MAX - 2, 0 },
		{ "AUTH", SMTP_AUTH_LINE_MAX - 1, ERR_TOO_LONG },
	};
	EACH_ROW(t) {
		AUTO_BUF b = BUF(SMTP_AUTH_LINE_MAX);
		struct smtp_command got;

		CHECK_INT(smtp_command_parse(long_line(&b, t[row].verb, t[row].n), &got), t[row].r);
	}
}

/* RFC 5321 2.3.8: CRLF and nothing else ends a line. */
TEST(smtp_lines_are_taken)
{
	static const struct {
		struct span in;
		int r;
		struct span line, rest;
	} t[] = {
		{ SPAN("NOOP\r\nQUIT\r\n"), 0, SPAN("NOOP"), SPAN("QUIT\r\n") },
		{ SPAN("\r\n"), 0, SPAN(""), SPAN("") },
		{ SPAN("A\nB\r\n"), 0, SPAN("A\nB"), SPAN("") },
		{ SPAN("A\rB\r\n"), 0, SPAN("A\rB"), SPAN("") },
		{ SPAN("A\r\r\n"), 0, SPAN("A\r"), SPAN("") },
		{ SPAN("NOOP"), ERR_AGAIN, SPAN(""), SPAN("NOOP") },
		{ SPAN("NOOP\n"), ERR_AGAIN, SPAN(""), SPAN("NOOP\n") },
		{ SPAN("NOOP\r"), ERR_AGAIN, SPAN(""), SPAN("NOOP\r") },
		{ SPAN(""), ERR_AGAIN, SPAN(""), SPAN("") },
		{ SPAN("12345678\r\n"), 0, SPAN("12345678"), SPAN("") },
		{ SPAN("123456789\r\n"), ERR_TOO_LONG, SPAN(""), SPAN("123456789\r\n") },
		{ SPAN("123456789\r"), ERR_TOO_LONG, SPAN(""), SPAN("123456789\r") },
	};
	EACH_ROW(t) {
		struct span in = exact(t[row].in), line = { 0 };

		CHECK_INT(smtp_line_take(&in, 10, &line), t[row].r);
		CHECK_SPAN(line, t[row].line);
		CHECK_SPAN(in, t[row].rest);
	}
}
