/* wire/message/write/field.h - writes one header field, folded.
 *
 * Sources: RFC 5322 2.1.1 (78 and 998), 2.2.3 (folding), 3.2.4-3.2.5 (quoted
 *          strings, phrases); RFC 2047 (words.h); RFC 2231 3-4 (parameters);
 *          RFC 6532 (addresses stay UTF-8).
 * Nothing put here can end the field: a value that holds a control octet or is
 * not UTF-8 is ERR_SYNTAX.  Pure.  Floor 1 (wire).
 *
 *   message_field_begin(&w, out, SPAN("To"));
 *   message_field_mailbox(&w, name, address);
 *   r = message_field_end(&w);
 */
#ifndef WIRE_MESSAGE_FIELD_H
#define WIRE_MESSAGE_FIELD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Errors stick in `err`; message_field_end returns it. */
struct message_field_writer {
	struct buf *out;
	size_t column; /* octets in the present line                     */
	size_t n;      /* elements put: a list puts ", " before the next */
	int err;
};

void message_field_begin(struct message_field_writer *w, struct buf *out, struct span name);
/* Text without structure (Subject): raw when ASCII, else encoded words. */
void message_field_text(struct message_field_writer *w, struct span text);
/* ASCII text as it is, folded at its white space, never encoded. */
void message_field_raw(struct message_field_writer *w, struct span text);
/* A token that is never split, e.g. a message id; a space or a fold goes before it. */
void message_field_token(struct message_field_writer *w, struct span token);
/* One more mailbox of a list: `name <address>`, or the address alone without a
 * name.  The address is printed as given: parse it before. */
void message_field_mailbox(struct message_field_writer *w, struct span name, struct span address);
/* `; name=value`: a token or quoted string when ASCII, else RFC 2231 with charset
 * and, when long, in pieces. */
void message_field_param(struct message_field_writer *w, struct span name, struct span value);
/* The CRLF.  0, ERR_SYNTAX, ERR_TOO_LONG (also: a token that cannot fit 998
 * octets), ERR_NO_MEMORY. */
NODISCARD int message_field_end(struct message_field_writer *w);

/* ERR_SYNTAX, with `what` in the detail, when s holds CR, LF, NUL, another
 * control octet (also U+0080-9F, U+2028, U+2029) or is not UTF-8; else 0. */
NODISCARD int message_field_check(struct span s, const char *what);

#endif
