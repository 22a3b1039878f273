/* store/mailbox/row.h - one entry of a mailbox, as index files and journal records have it.
 *
 * Pure.  FORMAT.md, "Index file", has the octets.
 */
#ifndef STORE_MAILBOX_ROW_H
#define STORE_MAILBOX_ROW_H

#include "base/err.h"
#include "base/span.h"

enum { BOX_ROW_BYTES = 64, BOX_CHANGE_BYTES = 24 };
#define BOX_NO_RECIPIENT UINT32_MAX

/* flags: calls/mailbox.h; with MAILBOX_GONE it was expunged, at modseq.  recipient: whose prefix
 * stands before the content, BOX_NO_RECIPIENT: none.  size: prefix included.  cache: where its
 * packed envelope and structure stand in the account's envelope files (env.h); 0: nowhere, or not
 * yet. */
struct box_row {
	uint32_t uid, size;
	uint64_t flags, modseq, message, thread;
	int64_t date_s;   /* INTERNALDATE */
	uint32_t saved_s; /* SAVEDATE (RFC 8514) */
	uint32_t recipient;
	uint64_t cache;
};

/* What became of one: its flags afterwards. */
struct box_change {
	uint32_t uid;
	uint64_t flags, modseq;
};

void box_row_put(const struct box_row *row, char out[BOX_ROW_BYTES]);
void box_row_get(const char in[BOX_ROW_BYTES], struct box_row *out);
void box_change_put(const struct box_change *c, char out[BOX_CHANGE_BYTES]);
void box_change_get(const char in[BOX_CHANGE_BYTES], struct box_change *out);

#endif
