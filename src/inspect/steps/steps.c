/* inspect/steps/steps.c - see steps.h. */
#include "inspect/steps/steps.h"

enum { SHOWN_MAX = 40 };

static const struct {
	const char *name, *enhanced, *doc;
	enum step_action action;
	unsigned traits;
} steps[STEP_COUNT] = {
#define STEP(name, action, traits, enhanced, doc) { #name, enhanced, doc, STEP_##action, traits },
#include "inspect/steps/steps.def"
#undef STEP
};

static const char names[] =
#define STEP(name, action, traits, enhanced, doc) ", " #name
#include "inspect/steps/steps.def"
#undef STEP
        ;

static const char *const actions[STEP_ACTIONS] = { "off",  "observe",    "tag",
	                                           "junk", "quarantine", "reject" };

/* As much of a wrong word as leaves room for the right ones. */
static struct span shown(struct span word)
{
	return span_sub(word, 0, SHOWN_MAX);
}

const char *step_name(enum step s)
{
	return steps[s].name;
}

const char *step_doc(enum step s)
{
	return steps[s].doc;
}

const char *step_enhanced(enum step s)
{
	return steps[s].enhanced;
}

bool step_has(enum step s, unsigned traits)
{
	return (steps[s].traits & traits) == traits;
}

const char *step_action_name(enum step_action a)
{
	return actions[a];
}

int step_parse(struct span name, enum step *out)
{
	for (size_t i = 0; i < STEP_COUNT; i++)
		if (span_eq(name, span_str(steps[i].name))) {
			*out = (enum step)i;
			return 0;
		}
	return err(ERR_SYNTAX, "\"%.*s\" is no step of the defence; there are: %s",
	           SPAN_ARG(shown(name)), names + 2);
}

int step_action_parse(struct span name, enum step_action *out)
{
	for (size_t i = 0; i < STEP_ACTIONS; i++)
		if (span_eq(name, span_str(actions[i]))) {
			*out = (enum step_action)i;
			return 0;
		}
	return err(ERR_SYNTAX, "\"%.*s\" is none of off, observe, tag, junk, quarantine, reject",
	           SPAN_ARG(shown(name)));
}

void step_actions_default(enum step_direction d, struct step_actions *out)
{
	for (size_t i = 0; i < STEP_COUNT; i++)
		out->of[i] = steps[i].traits & d ? (uint8_t)steps[i].action : STEP_OFF;
}

/* One "step=action". */
static int parse_one(struct span word, enum step *s, enum step_action *a)
{
	ptrdiff_t at = span_find(word, '=');

	if (at < 0)
		return err(ERR_SYNTAX, "\"%.*s\" is not of the form step=action, such as %s=junk",
		           SPAN_ARG(shown(word)), step_name(STEP_attachments));
	int r = step_parse(span_trim(span_sub(word, 0, (size_t)at)), s);
	return r < 0 ? r : step_action_parse(span_trim(span_sub(word, (size_t)at + 1, word.n)), a);
}

static int take(struct span word, enum step_direction d, struct step_actions *io)
{
	enum step_action a;
	enum step s;
	int r = parse_one(word, &s, &a);

	if (r >= 0 && (steps[s].traits & d))
		io->of[s] = (uint8_t)a;
	return r < 0 ? r : 0;
}

static int check_one(enum step s, enum step_action a)
{
	enum step_action most = step_has(s, STEP_TAGS)          ? STEP_TAG
	                        : step_has(s, STEP_REFUSES_NOT) ? STEP_QUARANTINE
	                                                        : STEP_REJECT;

	if (a > most)
		return err(
		        ERR_SYNTAX,
		        "asks for what cannot follow from the step %s: %s is the most, say %s=%s",
		        steps[s].name, actions[most], steps[s].name, actions[most]);
	if (step_has(s, STEP_AT_RCPT) && a > STEP_OBSERVE && a < STEP_REJECT)
		return err(
		        ERR_SYNTAX,
		        "asks for what cannot follow from the step %s, which is taken before there "
		        "is a message: say %s=reject (450 to who is new), observe or off",
		        steps[s].name, steps[s].name);
	return 0;
}

int step_actions_check(struct span text, uint32_t *named)
{
	uint32_t seen = 0;
	struct span word;
	int r = 0;

	text = span_trim(text);
	while (r >= 0 && span_split(&text, ',', &word)) {
		enum step_action a;
		enum step s;
		r = parse_one(span_trim(word), &s, &a);
		if (r < 0)
			return err(r, "is not understood: %s", err_str(r));
		r = check_one(s, a);
		if (r >= 0 && (seen & 1u << s))
			r = err(ERR_SYNTAX, "names the step %s twice: leave the one that is meant",
			        steps[s].name);
		seen |= 1u << s;
	}
	if (r >= 0)
		*named = seen;
	return r;
}

int step_actions_parse(struct span text, enum step_direction d, struct step_actions *io)
{
	struct step_actions got = *io;
	struct span word;
	int r = 0;

	text = span_trim(text);
	while (r >= 0 && span_split(&text, ',', &word))
		r = take(span_trim(word), d, &got);
	if (r >= 0)
		*io = got;
	return r;
}

int step_actions_form(struct span text, struct buf *out)
{
	struct step_actions named;

	memset(named.of, STEP_ACTIONS, sizeof named.of);
	int r = step_actions_parse(text, STEP_IN | STEP_OUT, &named);
	for (size_t i = 0; r >= 0 && i < STEP_COUNT; i++)
		if (named.of[i] < STEP_ACTIONS)
			r = buf_printf(out, "%s%s=%s", out->n ? "," : "", steps[i].name,
			               actions[named.of[i]]);
	return r;
}
