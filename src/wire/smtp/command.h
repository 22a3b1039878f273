/* wire/smtp/command.h - a command line: verb and arguments.
 *
 * Sources: RFC 5321 4.1.1 (commands), 2.3.8 (lines), 4.5.3.1.4 (512 octets and
 *          what extensions add); RFC 4954 4 (AUTH lines).  The verbs: verbs.def.
 * Pure: no I/O, no allocation, no globals.  Floor 1 (wire): may include base/ only.
 */
#ifndef WIRE_SMTP_COMMAND_H
#define WIRE_SMTP_COMMAND_H

#include "base/err.h"
#include "base/span.h"

/* Octets of a line with its CRLF. */
enum {
	SMTP_COMMAND_MAX = 2048,
	SMTP_AUTH_LINE_MAX = 12288, /* AUTH with its initial response, and SASL answers */
};

enum smtp_verb {
	SMTP_VERB_UNKNOWN,
#define VERB(NAME, ...) SMTP_VERB_##NAME,
#define NO_VERB(NAME)   SMTP_VERB_##NAME,
#include "wire/smtp/verbs.def"
#undef VERB
#undef NO_VERB
	SMTP_VERB_COUNT
};

/* The spans borrow from the line. */
struct smtp_command {
	enum smtp_verb verb;
	struct span name; /* as sent */
	struct span args; /* behind the verb, white space on both sides removed */
};

/* Takes one line from the front of *in and gives it without its CRLF, which
 * alone ends it: a line may hold a bare CR or LF, which the parsers refuse.
 *   max  SMTP_COMMAND_MAX or SMTP_AUTH_LINE_MAX
 * Returns 0, or, taking nothing,
 *   ERR_AGAIN     no end of line yet
 *   ERR_TOO_LONG  no end of line within max octets: answer 500 once, then
 *                 drop octets up to and including the next CRLF */
NODISCARD int smtp_line_take(struct span *in, size_t max, struct span *line);

/* Splits a line, CRLF removed.  A verb that is not known is no error.
 *   ERR_SYNTAX    NUL, bare CR or LF, or no verb
 *   ERR_TOO_LONG  over the limit that holds for the verb */
NODISCARD int smtp_command_parse(struct span line, struct smtp_command *out);

/* In any case of letters; SMTP_VERB_UNKNOWN. */
enum smtp_verb smtp_verb_find(struct span name);
/* "MAIL"; "?" for SMTP_VERB_UNKNOWN. */
const char *smtp_verb_name(enum smtp_verb v);

#endif
