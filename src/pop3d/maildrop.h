/* pop3d/maildrop.h - the messages of INBOX at the login, by number, and which are marked.
 *
 * RFC 1939 4, 5: numbers do not change in a session, whatever others do meanwhile.  Once a message
 * is marked, a bit for each message.  Pure.
 */
#ifndef POP3D_MAILDROP_H
#define POP3D_MAILDROP_H

#include <stdbool.h>

#include "base/view.h"

/* Zeroed: empty. */
struct maildrop {
	struct view view;
	uint64_t octets;
	uint8_t *marks; /* a bit each; NULL: none is marked */
	uint32_t n_marked;
	uint64_t marked_octets;
};

void maildrop_fini(struct maildrop *m);
/* Behind the last; uid is above all that are there.  ERR_NO_MEMORY, ERR_LIMIT. */
NODISCARD int maildrop_add(struct maildrop *m, uint32_t uid, uint32_t size);

bool maildrop_is_marked(const struct maildrop *m, uint32_t number);
/* A message that is not marked yet.  ERR_NO_MEMORY. */
NODISCARD int maildrop_mark(struct maildrop *m, uint32_t number, uint32_t size);
void maildrop_unmark_all(struct maildrop *m);
/* The first marked number from `from` on; 0: none. */
uint32_t maildrop_next_marked(const struct maildrop *m, uint32_t from);

#endif
