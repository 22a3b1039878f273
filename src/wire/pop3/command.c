/* wire/pop3/command.c - see command.h. */
#include "wire/pop3/command.h"

enum states { ANY, FRESH, OPEN };
enum arguments { NONE, NUMBER, MAYBE, TWO, OWN };

static const struct {
	const char *name, *syntax;
	enum states states;
	enum arguments arguments;
} VERBS[POP3_VERB_COUNT] = {
#define VERB(NAME, handler, states, arguments, syntax, doc)                                        \
	[POP3_VERB_##NAME] = { #NAME, syntax, states, arguments },
#include "wire/pop3/verbs.def"
#undef VERB
};

static enum pop3_verb find(struct span name)
{
	for (enum pop3_verb v = POP3_VERB_UNKNOWN + 1; v < POP3_VERB_COUNT; v++)
		if (span_eq_nocase(name, span_str(VERBS[v].name)))
			return v;
	return POP3_VERB_UNKNOWN;
}

const char *pop3_verb_syntax(enum pop3_verb verb)
{
	return VERBS[verb].syntax;
}

const char *pop3_verb_refusal(enum pop3_verb verb, bool logged_in)
{
	if (VERBS[verb].states == OPEN && !logged_in)
		return "Log in first";
	if (VERBS[verb].states == FRESH && logged_in)
		return "You are logged in already";
	return NULL;
}

/* Digits; what is too large to be a number of anything is UINT32_MAX. */
static bool take_number(struct span *rest, uint32_t *out)
{
	struct span word;
	uint64_t n = 0;

	if (!span_split(rest, ' ', &word) || !word.n)
		return false;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
		n = n < UINT32_MAX ? n * 10 + (uint64_t)(word.p[i] - '0') : n;
	}
	*out = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	return true;
}

static bool take_arguments(struct pop3_command *c)
{
	struct span rest = span_trim(c->args);
	enum arguments wanted = VERBS[c->verb].arguments;

	if (wanted == OWN)
		return true;
	if (wanted == NONE || (wanted == MAYBE && !rest.n))
		return !rest.n;
	c->numbered = take_number(&rest, &c->n);
	rest = span_trim_left(rest);
	if (wanted == TWO && !take_number(&rest, &c->n_lines))
		return false;
	return c->numbered && !rest.n;
}

int pop3_command_parse(struct span line, struct pop3_command *out)
{
	struct pop3_command got = { 0 };
	struct span name = { 0 };

	got.args = line;
	if (span_find(line, '\0') >= 0 || span_find(line, '\r') >= 0 || span_find(line, '\n') >= 0)
		return err(ERR_SYNTAX, "The line holds a NUL, or a CR or LF of its own");
	if (!span_split(&got.args, ' ', &name) || !name.n)
		return err(ERR_SYNTAX, "The line holds no command");
	got.verb = find(name);
	if (line.n + 2 > (got.verb == POP3_VERB_AUTH ? POP3_AUTH_LINE_MAX : POP3_COMMAND_MAX))
		return err(ERR_TOO_LONG, "The line is too long");
	if (got.verb == POP3_VERB_UNKNOWN)
		return err(ERR_UNKNOWN, "This command is not known; CAPA tells what there is");
	if (!take_arguments(&got))
		return err(ERR_SYNTAX, "It is: %s", pop3_verb_syntax(got.verb));
	*out = got;
	return 0;
}
