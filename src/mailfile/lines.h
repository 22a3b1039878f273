/* mailfile/lines.h - line ends: CRLF in a message, LF in most files of mail.
 *
 * Sources: RFC 5322 2.1 (CRLF); RFC 4155 (mbox: LF).  Pure.
 *
 * A file's message is taken as its first line ends.  In LF: each LF becomes CRLF, and a CRLF within
 * it stays one.  In CRLF: every octet stays as it is.  So a message that LF could not bring back (a
 * bare LF, a CR before CRLF) is written with its own line ends.  What is lost: bare LFs of a
 * message whose first line ends in one.
 */
#ifndef MAILFILE_LINES_H
#define MAILFILE_LINES_H

#include "base/buf.h"

enum mailfile_eol { MAILFILE_NO_EOL, MAILFILE_LF, MAILFILE_CRLF };

/* Zeroed at a message's begin. */
struct mailfile_lines {
	enum mailfile_eol first;
};
/* A line, or a piece of one, as a message has it; returns what buf_put does. */
int mailfile_line_get(struct mailfile_lines *l, struct span text, enum mailfile_eol eol,
                      struct buf *out);
/* A whole file as a message. */
int mailfile_text_get(struct span file, struct buf *out);

/* What ends the lines of the file of that message. */
enum mailfile_eol mailfile_eol_of(struct span message);
/* All of it, or a part that does not begin within a CRLF, with those line ends. */
int mailfile_text_put(struct span message, enum mailfile_eol eol, struct buf *out);

#endif
