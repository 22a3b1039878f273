/* wire/message/structure/section.h - which octets of a message answer BODY[1.2.HEADER].
 *
 * Sources: RFC 9051 6.4.5 (BODY[], partial), 6.4.5.1 (sections), BINARY (also RFC 3516).
 * Every section but HEADER.FIELDS is one run of the message's octets; that one is a filter over
 * HEADER's.  So a server reads just what it sends.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_STRUCTURE_SECTION_H
#define WIRE_MESSAGE_STRUCTURE_SECTION_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/message/structure/structure.h"

enum message_section {
	MESSAGE_SECTION_WHOLE,  /* BODY[], BODY[1], BINARY[1] */
	MESSAGE_SECTION_HEADER, /* HEADER, and what HEADER.FIELDS and .NOT filter */
	MESSAGE_SECTION_TEXT,
	MESSAGE_SECTION_MIME, /* with a path only */
};

/* Offsets into the message as a client sees it: prefix, header section, body. */
struct message_range {
	uint64_t at, n;
};

/* Finds a section.
 *   record    the message's structure
 *   prefix_n  octets that this mailbox's copy has before the header section: [] and HEADER have
 * them path      part numbers, from 1; n_path 0 is the message itself part      what it is (of the
 * message itself, too); may be NULL Returns 1; 0 when the message has no such section (answer NIL):
 * HEADER and TEXT below a path are those of a message/rfc822 only; ERR_CORRUPT. */
NODISCARD int message_section_find(struct span record, uint64_t prefix_n, const uint32_t *path,
                                   size_t n_path, enum message_section what,
                                   struct message_range *range,
                                   struct message_structure_part *part);

/* <at.n> of it: empty past its end. */
struct message_range message_range_partial(struct message_range r, uint64_t at, uint64_t n);

/* Appends the fields of `header` whose names are (HEADER.FIELDS) or are not (HEADER.FIELDS.NOT)
 * among `names`, case-insensitive, in their order and with their folds, and an empty line. 0,
 * ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_fields_filter(struct span header, const struct span *names, size_t n_names, bool not_,
                          struct buf *out);

#endif
