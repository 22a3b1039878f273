/* inspect/steps/steps.h - the steps of the defence by name, and what may follow from one.
 *
 * Pure: the configuration, rows of domains and accounts, and whoever takes the steps read the same
 * words.  "attachments=junk, spf=observe": what is said later wins, so that an account's words
 * stand behind its domain's, and those behind the server's.
 */
#ifndef INSPECT_STEPS_STEPS_H
#define INSPECT_STEPS_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum step {
#define STEP(name, action, traits, enhanced, doc) STEP_##name,
#include "inspect/steps/steps.def"
#undef STEP
	STEP_COUNT
};

/* Which mail: what comes to us, what is sent by those who logged in. */
enum step_direction { STEP_IN = 1 << 0, STEP_OUT = 1 << 1 };

/* More traits of a step: a message of which it cannot be said is put off, or whoever made it so
 * would have passed; it asks about who connects, which says nothing where another server of ours
 * stands in front; another program is asked, and defence.scan_failure says what follows when it
 * does not know; who listens to strangers finds it, before there is a message; it is taken at RCPT;
 * whatever it finds, no more than `tag`, or `quarantine`, can follow.
 */
enum {
	STEP_MUST_KNOW = 1 << 2,
	STEP_OF_CLIENT = 1 << 3,
	STEP_OF_SCANNER = 1 << 4,
	STEP_OF_EDGE = 1 << 5,
	STEP_AT_RCPT = 1 << 6,
	STEP_TAGS = 1 << 7,
	STEP_REFUSES_NOT = 1 << 8,
};

/* What follows when a step does not pass; of several the strictest, which is the greatest.
 *   OFF      the step is not taken
 *   OBSERVE  what would have followed is told, and nothing does
 *   TAG      a field in front of the message says so */
enum step_action {
	STEP_OFF,
	STEP_OBSERVE,
	STEP_TAG,
	STEP_JUNK,
	STEP_QUARANTINE,
	STEP_REJECT,
	STEP_ACTIONS
};

const char *step_name(enum step s);
const char *step_doc(enum step s);
bool step_has(enum step s, unsigned traits);
const char *step_enhanced(enum step s); /* of its refusal */
const char *step_action_name(enum step_action a);
/* 0, or ERR_SYNTAX, with the right ones: there is none of that name. */
NODISCARD int step_parse(struct span name, enum step *out);
NODISCARD int step_action_parse(struct span name, enum step_action *out);

/* An action for each step. */
struct step_actions {
	uint8_t of[STEP_COUNT]; /* enum step_action */
};

/* Those of steps.def; a step that is not for this direction is off. */
void step_actions_default(enum step_direction d, struct step_actions *out);
/* Changes those that are named; a step that is off for its direction stays so.  "" changes none.
 * ERR_SYNTAX, with words: nothing was changed. */
NODISCARD int step_actions_parse(struct span text, enum step_direction d, struct step_actions *io);
/* For who sets them anew: each step once, and with what can follow from it.  *named: a bit
 * (1 << enum step) for each.  ERR_SYNTAX, with what is wrong and what is meant, to go on behind the
 * text. */
NODISCARD int step_actions_check(struct span text, uint32_t *named);
/* The same words in their one form, "attachments=junk,spf=observe": each step that is named once,
 * in the order of steps.def; never longer than they were.  ERR_SYNTAX as above, or buf.h's errors.
 */
NODISCARD int step_actions_form(struct span text, struct buf *out);

#endif
