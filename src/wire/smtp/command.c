/* wire/smtp/command.c - see command.h. */
#include "wire/smtp/command.h"

static const struct {
	const char *name;
	enum smtp_verb verb;
} VERBS[] = {
	{ "HELO", SMTP_VERB_HELO }, { "EHLO", SMTP_VERB_EHLO },         { "LHLO", SMTP_VERB_LHLO },
	{ "MAIL", SMTP_VERB_MAIL }, { "RCPT", SMTP_VERB_RCPT },         { "DATA", SMTP_VERB_DATA },
	{ "RSET", SMTP_VERB_RSET }, { "NOOP", SMTP_VERB_NOOP },         { "QUIT", SMTP_VERB_QUIT },
	{ "VRFY", SMTP_VERB_VRFY }, { "EXPN", SMTP_VERB_EXPN },         { "HELP", SMTP_VERB_HELP },
	{ "AUTH", SMTP_VERB_AUTH }, { "STARTTLS", SMTP_VERB_STARTTLS }, { "BDAT", SMTP_VERB_BDAT },
	{ "ETRN", SMTP_VERB_ETRN },
};

int smtp_line_take(struct span *in, size_t max, struct span *line)
{
	struct span window = span_sub(*in, 0, max);
	ptrdiff_t at = span_find_span(window, SPAN("\r\n"));

	if (at < 0 && in->n < max)
		return ERR_AGAIN;
	if (at < 0)
		return err(ERR_TOO_LONG, "the line is over %zu octets", max);
	*line = span_sub(*in, 0, (size_t)at);
	*in = span_sub(*in, (size_t)at + 2, in->n);
	return 0;
}

static enum smtp_verb find_verb(struct span name)
{
	for (size_t i = 0; i < N_ELEMS(VERBS); i++)
		if (span_eq_nocase(name, span_str(VERBS[i].name)))
			return VERBS[i].verb;
	return SMTP_VERB_UNKNOWN;
}

int smtp_command_parse(struct span line, struct smtp_command *out)
{
	struct smtp_command got = { 0 };
	struct span rest = line;
	size_t max;

	if (line.n + 2 > SMTP_AUTH_LINE_MAX)
		return err(ERR_TOO_LONG, "the line is over %d octets", SMTP_AUTH_LINE_MAX);
	if (span_find(line, '\0') >= 0 || span_find(line, '\r') >= 0 || span_find(line, '\n') >= 0)
		return err(ERR_SYNTAX, "the line holds a NUL, or a CR or LF of its own");
	if (!span_split(&rest, ' ', &got.name) || got.name.n == 0)
		return err(ERR_SYNTAX, "the line holds no command");
	got.verb = find_verb(got.name);
	max = got.verb == SMTP_VERB_AUTH ? SMTP_AUTH_LINE_MAX : SMTP_COMMAND_MAX;
	if (line.n + 2 > max)
		return err(ERR_TOO_LONG, "the line is over %zu octets", max);
	got.args = span_trim(rest);
	*out = got;
	return 0;
}

const char *smtp_verb_name(enum smtp_verb v)
{
	for (size_t i = 0; i < N_ELEMS(VERBS); i++)
		if (VERBS[i].verb == v)
			return VERBS[i].name;
	return "?";
}
