/* wire/pop3/command.h - a POP3 command line: verb and arguments.
 *
 * Sources: RFC 1939 3 (commands), RFC 2449 3 and 4 (grammar, 255 octets), RFC 5034 4 (lines of
 *          SASL may be longer).  The verbs: verbs.def.
 * Pure: no I/O, no allocation, no globals.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_POP3_COMMAND_H
#define WIRE_POP3_COMMAND_H

#include "base/err.h"
#include "base/span.h"

/* Octets of a line with its CRLF: of a command, and of AUTH with what it is answered. */
enum { POP3_COMMAND_MAX = 255, POP3_AUTH_LINE_MAX = 12288 };

enum pop3_verb {
	POP3_VERB_UNKNOWN,
#define VERB(NAME, ...) POP3_VERB_##NAME,
#include "wire/pop3/verbs.def"
#undef VERB
	POP3_VERB_COUNT
};

/* The spans borrow from the line. */
struct pop3_command {
	enum pop3_verb verb;
	struct span args;    /* behind the verb and one space, as it came */
	bool numbered;       /* a message was named */
	uint32_t n, n_lines; /* its number; lines of TOP.  UINT32_MAX: that or more */
};

/* Splits a line, its CRLF removed.  The detail is a sentence for the client.
 *   ERR_SYNTAX    NUL, CR or LF; no verb; arguments that the verb does not take
 *   ERR_UNKNOWN   no such verb
 *   ERR_TOO_LONG  over the verb's limit */
NODISCARD int pop3_command_parse(struct span line, struct pop3_command *out);

/* Why a verb is not allowed now; NULL: it is. */
const char *pop3_verb_refusal(enum pop3_verb verb, bool logged_in);

/* "RETR message". */
const char *pop3_verb_syntax(enum pop3_verb verb);

#endif
