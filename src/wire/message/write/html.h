/* wire/message/write/html.h - the words of an HTML text, for its text/plain alternative.
 *
 * A tag stripper, not a renderer: tags, comments and what is in head, style,
 * script go; blocks become lines; white space runs become one space; entities
 * that occur in ordinary text are decoded.  Its output is text and never shown
 * as HTML.  Pure, one pass.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_HTML_H
#define WIRE_MESSAGE_HTML_H

#include "base/buf.h"
#include "base/span.h"

/* Appends text with CRLF line ends.  0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_html_text(struct span html, struct buf *out);

#endif
