/* mailfile/flags.h - flags and keywords as files of mail have them, and as words.
 *
 * Sources: RFC 3501 2.3.2; the Status, X-Status and X-Keywords fields that mail programs write into
 * mboxes.  Pure.
 */
#ifndef MAILFILE_FLAGS_H
#define MAILFILE_FLAGS_H

#include "base/arena.h"
#include "base/buf.h"

enum mailfile_flag {
	MAILFILE_SEEN = 1 << 0,
	MAILFILE_ANSWERED = 1 << 1,
	MAILFILE_FLAGGED = 1 << 2,
	MAILFILE_DELETED = 1 << 3,
	MAILFILE_DRAFT = 1 << 4,
};

struct mailfile_flags {
	unsigned system;      /* OR of the above */
	struct span keywords; /* words with one SP between; borrowed */
};

/* "\Seen \Flagged $Forwarded work", and back.  A backslash word that is not known is dropped. */
int mailfile_flags_put(const struct mailfile_flags *flags, struct buf *out);
NODISCARD int mailfile_flags_parse(struct span words, struct arena *mem,
                                   struct mailfile_flags *out);

/* Of each field of fields.def in the message's header section the last is the file's, not the
 * message's: takes those out, and what they say into *out.  length: Content-Length is one of them.
 * ERR_NO_MEMORY. */
NODISCARD int mailfile_fields_take(struct buf *message, bool length, struct arena *mem,
                                   struct mailfile_flags *out);
/* The fields to be written at the end of the message's header section, each with CRLF: those that
 * say something, and those of which the message has one of its own.  length: the value of
 * Content-Length; below 0: there is none. */
int mailfile_fields_put(const struct mailfile_flags *flags, struct span message, int64_t length,
                        struct buf *out);

#endif
