/* wire/message/header.h - the header fields of a message, one after another.
 *
 * Sources: RFC 5322 2.1-2.2 (lines, fields, folding), 3.6.8 (names), 4.5 (white
 *          space before the colon); RFC 6532 3.2 (UTF-8 in values).
 * Pure: no I/O, no allocation but into the buf given, no globals.
 * Floor 1 (wire): may include base/ only.
 *
 * A line ends in CRLF; a CR or LF alone is an ordinary octet here.  Everything
 * from the store has only CRLF; message_normalise() makes it so for a file.
 */
#ifndef WIRE_MESSAGE_HEADER_H
#define WIRE_MESSAGE_HEADER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* Parsing is capped, storage is not: what lies past a limit counts as body. */
enum {
	MESSAGE_FIELDS_MAX = 10000,         /* fields of one header                */
	MESSAGE_HEADER_BYTES_MAX = 1 << 20, /* octets of one header                */
	MESSAGE_LINE_SOFT = 78,             /* RFC 5322 2.1.1: should, without CRLF */
	MESSAGE_LINE_MAX = 998,             /* RFC 5322 2.1.1: must, without CRLF   */
};

/* One field.  The spans borrow from the iterated octets. */
struct message_field {
	struct span name;  /* as written, without the white space before the colon */
	struct span value; /* raw: all after the colon, folds kept, last CRLF not  */
	struct span whole; /* the name to the last CRLF, that one included         */
};

enum message_header_end {
	MESSAGE_HEADER_OPEN,      /* not there yet: fields may follow                    */
	MESSAGE_HEADER_BLANK,     /* the empty line, RFC 5322 2.1: the usual end          */
	MESSAGE_HEADER_ALL,       /* the octets are used up without an empty line         */
	MESSAGE_HEADER_MALFORMED, /* a line that is no field and continues none: the body
	                             begins with it                                      */
	MESSAGE_HEADER_CUT,       /* a limit above is reached: the body begins there      */
};

/* An iterator; everything in it may be read, nothing written, by a caller. */
struct message_header {
	struct span in;
	size_t at;       /* octets done; at the end: where the body begins */
	size_t fields_n; /* octets of the fields alone, without the empty line */
	size_t n_fields; /* fields seen */
	enum message_header_end end;
};

/* `in` is a message, a MIME part, or the front of one. */
void message_header_begin(struct message_header *h, struct span in);
/* True with the next field in *out, or false at the end: see h->end, h->at. */
bool message_header_next(struct message_header *h, struct message_field *out);

/* The first field of that name (case-insensitive).  False when there is none. */
bool message_header_find(struct span message, struct span name, struct message_field *out);
/* Where the body begins: 0..message.n, past the empty line. */
size_t message_header_body(struct span message);

/* What one line (its CRLF removed) is, read in a header. */
enum message_line {
	MESSAGE_LINE_BLANK,
	MESSAGE_LINE_FIELD,
	MESSAGE_LINE_CONTINUATION, /* begins with white space */
	MESSAGE_LINE_MALFORMED,
};
/* *name gets a field's name; NULL when not wanted. */
enum message_line message_line_kind(struct span line, struct span *name);

/* Takes the next line, its CRLF included, from the front of *rest.  False when
 * *rest is empty.  *text gets the line without its CRLF. */
bool message_line_next(struct span *rest, struct span *line, struct span *text);

/* Appends the value with its folds undone (RFC 5322 2.2.3: the CRLF goes, the
 * white space stays), white space at both ends removed.  0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_unfold(struct span value, struct buf *out);

/* The value unfolded into the arena, for records and people: one line, cut at max octets; empty
 * without memory. */
struct span message_value_text(struct span value, size_t max, struct arena *mem);

/* Appends `in` with each CRLF, bare LF and bare CR as CRLF.  As above. */
int message_normalise(struct span in, struct buf *out);

#endif
