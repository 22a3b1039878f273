/* wire/report/report_impl.h - what these files share.  Not for other folders. */
#ifndef WIRE_REPORT_IMPL_H
#define WIRE_REPORT_IMPL_H

#include "wire/message/mime.h"
#include "wire/report/report.h"

/* A message that is being read. */
struct report_case {
	struct span text;
	struct message_mime mime;
	struct arena *mem;
	struct report *out;
};

/* One more; NULL: there are enough, or no memory. */
struct report_about *report_add(struct report_case *c, uint8_t kind);
/* The value in one line, control octets as '?', at most REPORT_TEXT_MAX of them. */
struct span report_line(struct report_case *c, struct span value);
/* What stands behind "type;", without the <> that some put around an address. */
struct span report_typed(struct span value);
/* "550 5.1.1 words": code and enhanced, where they are told, are taken into *a. */
void report_words(struct report_case *c, struct span words, struct report_about *a);
/* The class, by all that *a has. */
void report_classify(struct report_about *a);

/* Each: 1, 0, ERR_NO_MEMORY. */
NODISCARD int report_status(struct report_case *c);    /* RFC 3464 */
NODISCARD int report_feedback(struct report_case *c);  /* RFC 5965 */
NODISCARD int report_automatic(struct report_case *c); /* RFC 3834 */
NODISCARD int report_plain(struct report_case *c);     /* old servers */

#endif
