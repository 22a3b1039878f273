/* wire/imap/command.c - see command.h. */
#include "wire/imap/command.h"

#include "wire/imap/tag.h"

enum { UID = 1 << 0 };

static const struct {
	const char *name;
	unsigned states, traits;
} VERBS[IMAP_VERB_COUNT] = {
	[IMAP_VERB_NONE] = { "?", 0, 0 },
#define FRESH                                       IMAP_NOT_AUTHENTICATED
#define LOGGED_IN                                   (IMAP_AUTHENTICATED | IMAP_SELECTED)
#define SELECTED                                    IMAP_SELECTED
#define ANY                                         (FRESH | LOGGED_IN)
#define COMMAND(NAME, handler, states, traits, ...) [IMAP_VERB_##NAME] = { #NAME, states, traits },
#include "wire/imap/commands.def"
#undef COMMAND
#undef ANY
#undef SELECTED
#undef LOGGED_IN
#undef FRESH
};

const char *imap_verb_name(enum imap_verb verb)
{
	return VERBS[verb].name;
}

const char *imap_verb_refusal(enum imap_verb verb, enum imap_state state)
{
	if (VERBS[verb].states & state)
		return NULL;
	if (state != IMAP_NOT_AUTHENTICATED && (VERBS[verb].states & IMAP_NOT_AUTHENTICATED))
		return "You are logged in already";
	if (state == IMAP_NOT_AUTHENTICATED)
		return "Log in first";
	return "Select a mailbox first";
}

static enum imap_verb verb_find(struct span name)
{
	for (enum imap_verb v = IMAP_VERB_NONE + 1; v < IMAP_VERB_COUNT; v++)
		if (span_eq_nocase(name, span_str(VERBS[v].name)))
			return v;
	return IMAP_VERB_NONE;
}

static int take_verb(struct imap_cursor *c, struct imap_command *out)
{
	struct span name;
	int e = imap_take_atom(c, "a command", &name);

	if (e < 0)
		return e;
	out->uid = span_eq_nocase(name, SPAN("UID"));
	if (out->uid) {
		e = imap_take_sp(c);
		e = e < 0 ? e : imap_take_atom(c, "a command behind UID", &name);
		if (e < 0)
			return e;
	}
	out->verb = verb_find(name);
	if (out->verb == IMAP_VERB_NONE)
		return err(ERR_UNKNOWN, "%.*s is no command that is known here",
		           (int)(name.n < 40 ? name.n : 40), name.p);
	if (out->uid && !(VERBS[out->verb].traits & UID))
		return err(ERR_SYNTAX, "UID does not go with %s", VERBS[out->verb].name);
	return 0;
}

int imap_command_parse(struct span text, struct arena *mem, bool utf8, struct imap_command *out,
                       struct imap_cursor *args)
{
	struct imap_command got = { .tag = imap_tag_of(text) };
	struct imap_cursor c = { .mem = mem, .verb = "Command", .utf8 = utf8 };
	int e;

	if (got.tag.n == 0)
		return err(ERR_SYNTAX, "A line begins with a tag and a space, as in A1 NOOP");
	c.rest = span_sub(text, got.tag.n, text.n);
	e = imap_take_sp(&c);
	e = e < 0 ? e : take_verb(&c, &got);
	if (e < 0)
		return e;
	c.verb = VERBS[got.verb].name;
	*out = got;
	*args = c;
	return 0;
}
