/* mailfile/from_line.h - the line that begins a message in an mbox: "From SENDER DATE".
 *
 * Source: RFC 4155 app. A ("Fri Jun 23 02:56:55 2000", of UTC), and what programs write besides: no
 * seconds, a zone before or behind the year, more text behind.  Pure.
 */
#ifndef MAILFILE_FROM_LINE_H
#define MAILFILE_FROM_LINE_H

#include "base/buf.h"

struct mailfile_from {
	struct span sender; /* borrowed; may be empty */
	int64_t unix_s;     /* as if UTC when has_zone is not set */
	bool has_zone;
};

/* The line without its end.  ERR_SYNTAX: it is none, since it has no date. */
NODISCARD int mailfile_from_parse(struct span line, struct mailfile_from *out);
/* "From alice@example.org Fri Jun 23 02:56:55 2000", of UTC, without a line end.  What may not
 * stand in it becomes '-'; an empty sender MAILER-DAEMON; a year outside 1-9999 1970. */
int mailfile_from_put(struct span sender, int64_t unix_s, struct buf *out);

#endif
