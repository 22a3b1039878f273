/* imapd/fronts.h - what messages begin with, asked of the store for many at once.
 *
 * One that is asked for alone costs a turn of four threads, whatever its size.
 */
#ifndef IMAPD_FRONTS_H
#define IMAPD_FRONTS_H

#include "imapd/session.h"

/* Zeroed but for session, max and header (only header sections); fronts_fini. */
struct imapd_fronts {
	struct imapd_session *session;
	uint32_t max; /* octets of each */
	bool header;
	struct arena mem; /* of what was got */
	struct mailbox_fronts_reply got;
	size_t taken;      /* of got.fronts */
	uint32_t asked_to; /* the last UID that got tells of; 0: none */
};

void imapd_fronts_fini(struct imapd_fronts *f);
/* The front of uids[0], borrowed until the next call; those behind it, which rise, are what will be
 * asked for next.  NULL: it cannot be had this way, read the message. */
NODISCARD WAITS int imapd_fronts_get(struct imapd_fronts *f, const uint32_t *uids, size_t n,
                                     const struct mailbox_front **out);

#endif
