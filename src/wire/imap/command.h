/* wire/imap/command.h - the commands: tag, verb, and when each is allowed.
 *
 * Sources: RFC 3501 and RFC 9051 2.2.1, 3, 6.  Rows: commands.def.  What follows the verb is parsed
 * by args/.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_IMAP_COMMAND_H
#define WIRE_IMAP_COMMAND_H

#include "wire/imap/cursor.h"

/* RFC 3501 3; a session is in one of them. */
enum imap_state {
	IMAP_NOT_AUTHENTICATED = 1 << 0,
	IMAP_AUTHENTICATED = 1 << 1,
	IMAP_SELECTED = 1 << 2,
};

enum imap_verb {
	IMAP_VERB_NONE,
#define COMMAND(NAME, ...) IMAP_VERB_##NAME,
#include "wire/imap/commands.def"
#undef COMMAND
	IMAP_VERB_COUNT
};

struct imap_command {
	struct span tag; /* valid: no +, at most IMAP_TAG_MAX octets */
	enum imap_verb verb;
	bool uid; /* UID was in front */
};

/* Tag and verb of a command as the reader gives it; args is set up at what follows the verb, its SP
 * included, for the parsers of args/.
 *   mem   for what they parse
 *   utf8  see struct imap_cursor
 * ERR_SYNTAX: no tag, no verb, UID before what has no such form.  ERR_UNKNOWN: no such verb.  The
 * tag to answer with is then the reader's. */
NODISCARD int imap_command_parse(struct span text, struct arena *mem, bool utf8,
                                 struct imap_command *out, struct imap_cursor *args);

/* NULL when the verb is allowed in the state, else a sentence for BAD: "Log in first". */
const char *imap_verb_refusal(enum imap_verb verb, enum imap_state state);
const char *imap_verb_name(enum imap_verb verb); /* "FETCH"; "?" */

#endif
