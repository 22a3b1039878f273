/* wire/smtp/command.c - see command.h. */
#include "wire/smtp/command.h"

static const struct {
	const char *name;
	size_t line_max; /* octets, with CRLF */
} VERBS[SMTP_VERB_COUNT] = {
	[SMTP_VERB_UNKNOWN] = { "?", SMTP_COMMAND_MAX },
#define VERB(NAME, handler, octets, ...) [SMTP_VERB_##NAME] = { #NAME, octets },
#define NO_VERB(NAME)                    [SMTP_VERB_##NAME] = { #NAME, SMTP_COMMAND_MAX },
#include "wire/smtp/verbs.def"
#undef VERB
#undef NO_VERB
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

enum smtp_verb smtp_verb_find(struct span name)
{
	for (enum smtp_verb v = SMTP_VERB_UNKNOWN + 1; v < SMTP_VERB_COUNT; v++)
		if (span_eq_nocase(name, span_str(VERBS[v].name)))
			return v;
	return SMTP_VERB_UNKNOWN;
}

int smtp_command_parse(struct span line, struct smtp_command *out)
{
	struct smtp_command got = { 0 };
	struct span rest = line;

	if (line.n + 2 > SMTP_AUTH_LINE_MAX)
		return err(ERR_TOO_LONG, "the line is over %d octets", SMTP_AUTH_LINE_MAX);
	if (span_find(line, '\0') >= 0 || span_find(line, '\r') >= 0 || span_find(line, '\n') >= 0)
		return err(ERR_SYNTAX, "the line holds a NUL, or a CR or LF of its own");
	if (!span_split(&rest, ' ', &got.name) || got.name.n == 0)
		return err(ERR_SYNTAX, "the line holds no command");
	got.verb = smtp_verb_find(got.name);
	if (line.n + 2 > VERBS[got.verb].line_max)
		return err(ERR_TOO_LONG, "the line is over %zu octets", VERBS[got.verb].line_max);
	got.args = span_trim(rest);
	*out = got;
	return 0;
}

const char *smtp_verb_name(enum smtp_verb v)
{
	return VERBS[v].name;
}
