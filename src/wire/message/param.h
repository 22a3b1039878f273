/* wire/message/param.h - reads `value; name=value; ...` (Content-Type, Content-Disposition).
 *
 * Sources: RFC 2045 5.1 (grammar), RFC 2183 2, RFC 2231 3-4 (pieces, charsets);
 * Tolerant: what cannot be read is skipped to the next semicolon; of a parameter
 * given twice the first counts.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_PARAM_H
#define WIRE_MESSAGE_PARAM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	MESSAGE_PARAMS_MAX = 200,       /* parameters of one field; the rest is not seen     */
	MESSAGE_PARAM_PIECES_MAX = 100, /* RFC 2231 pieces of one parameter; likewise        */
	MESSAGE_PARAM_BYTES_MAX = 4096, /* octets of one decoded value; the rest is cut       */
};

/* A field as written; the spans borrow from it. */
struct message_params {
	struct span value; /* before the first semicolon, trimmed: "text/plain" */
	struct span rest;  /* from that semicolon on                            */
};

/* Splits a field's raw value. */
void message_params_begin(struct message_params *p, struct span field_value);
/* Splits "type/subtype", two tokens.  False, and both untouched, when it is not of that form. */
bool message_type_split(struct span value, struct span *type, struct span *subtype);
/* Appends the parameter's decoded value, UTF-8 without control octets, and returns
 * 1, or 2 when it was written as RFC 2231 says: then it holds no encoded words.
 * 0 when there is none; ERR_NO_MEMORY, ERR_TOO_LONG (the buf's cap). */
NODISCARD int message_param_get(const struct message_params *p, struct span name, struct buf *out);

/* Takes the next parameter as it is written from the front of *rest, which begins as p->rest: its
 * name with what RFC 2231 puts behind it, and, appended, its value without quotes; it may hold
 * control octets.  False at the end; what cannot be read is passed over. */
bool message_param_next(struct span *rest, struct span *name, struct buf *value);

#endif
