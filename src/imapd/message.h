/* imapd/message.h - one message, read just as far as an answer needs it. */
#ifndef IMAPD_MESSAGE_H
#define IMAPD_MESSAGE_H

#include "imapd/session.h"
#include "wire/message/envelope/envelope.h"

/* Zeroed but for entry and session; message_fini. */
struct imapd_message {
	struct imapd_session *session;
	const struct mailbox_entry *entry;
	struct arena mem; /* of the block */
	struct span block;
	uint64_t block_at, size, header_bytes;
	bool known;                      /* size and header_bytes are */
	struct span envelope, structure; /* records, borrowed; empty: not found yet */
	struct buf found[2], whole;      /* where they are when the entry did not have them */
	uint64_t prefix_n;               /* octets before the structure's header section */
};

void imapd_message_fini(struct imapd_message *m);
/* It is read up to there already; the octets are borrowed. */
void imapd_message_begin(struct imapd_message *m, const struct mailbox_front *front);
/* Octets from `at`, at most n and at least one, borrowed until the next call; empty at the end. */
NODISCARD WAITS int imapd_message_read(struct imapd_message *m, uint64_t at, uint64_t n,
                                       struct span *out);
/* The header section, with what stands before it; appended. */
NODISCARD WAITS int imapd_message_header(struct imapd_message *m, struct buf *out);
/* Sees to it that m->envelope and, when wanted, m->structure are there: from the store's cache, or
 * from the message, and then the store is told. */
NODISCARD WAITS int imapd_message_know(struct imapd_message *m, bool structure);
/* The envelope, all of it: where the index has a part of a long one, from the header section. */
NODISCARD WAITS int imapd_message_envelope(struct imapd_message *m, struct message_envelope *out);

#endif
