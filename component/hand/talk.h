/* component/hand/talk.h - the dialogue with the control socket: octets out, lines in; never blocks.
 */
#ifndef COMPONENT_HAND_TALK_H
#define COMPONENT_HAND_TALK_H

#include "base/buf.h"
#include "component/mail/reader.h"
#include "component/net/link.h"

enum { TALK_LINE_MAX = 1 << 20 };

struct talk {
	struct link link;
	struct buf out; /* written up to put, then the message's text */
	size_t put;
	bool has_text; /* behind out */
	struct mail_reader reader;
	struct buf room;
	struct span piece; /* of the text, not yet written */
	struct buf in;
	size_t used;
};

/* Begins to connect.  What link_open returns. */
NODISCARD int talk_open(struct talk *t, struct span path);
void talk_close(struct talk *t);
/* The text goes behind what is in out. */
void talk_put_text(struct talk *t, const struct mail_made *mail);

/* Writes all that there is: 0.  ERR_AGAIN: wait for POLLOUT; ERR_CLOSED, ERR_NET; else the text
 * cannot be read. */
NODISCARD int talk_write(struct talk *t);
/* A line, borrowed until the next call.  ERR_AGAIN: wait for POLLIN; ERR_CLOSED, ERR_NET,
 * ERR_TOO_LONG, ERR_NO_MEMORY. */
NODISCARD int talk_read(struct talk *t, struct span *line);

#endif
