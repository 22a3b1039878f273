/* wire/http/reply.h - the head of a response (RFC 9112 4).  Pure. */
#ifndef WIRE_HTTP_REPLY_H
#define WIRE_HTTP_REPLY_H

#include "base/buf.h"

/* "Not Found"; "" for a status that is not in the table. */
const char *http_status_text(int status);

/* Appends the status line, Date (RFC 9110 6.6.1) and Server; fields and http_reply_end follow. */
void http_reply_begin(struct buf *out, int status, int64_t now_ms);
/* One field.  Its value is one line, whatever is given: control octets become spaces; over 1 KiB it
 * is cut. */
void http_reply_field(struct buf *out, const char *name, const char *fmt, ...) PRINTF(3, 4);
void http_reply_end(struct buf *out);

#endif
