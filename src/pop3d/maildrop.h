/* pop3d/maildrop.h - the messages of INBOX at the login, by number, and which are marked.
 *
 * RFC 1939 4, 5: numbers do not change in a session, whatever others do meanwhile.  8 octets for
 * each run of UIDs and, once a message is marked, a bit for each message.  Pure.
 */
#ifndef POP3D_MAILDROP_H
#define POP3D_MAILDROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Where a run begins: as far as to the next one, UIDs rise by one with the numbers. */
struct maildrop_run {
	uint32_t uid, number;
};

/* Zeroed: empty. */
struct maildrop {
	struct maildrop_run *runs;
	size_t n_runs, room;
	uint32_t n; /* messages: the highest number */
	uint64_t octets;
	uint8_t *marks; /* a bit each; NULL: none is marked */
	uint32_t n_marked;
	uint64_t marked_octets;
};

void maildrop_fini(struct maildrop *m);
/* Behind the last; uid is above all that are there.  ERR_NO_MEMORY, ERR_LIMIT. */
NODISCARD int maildrop_add(struct maildrop *m, uint32_t uid, uint32_t size);

uint32_t maildrop_uid(const struct maildrop *m, uint32_t number); /* 0: no such number */
uint32_t maildrop_number(const struct maildrop *m, uint32_t uid); /* 0: no such message */
uint32_t maildrop_last_uid(const struct maildrop *m);             /* 0: empty */

bool maildrop_is_marked(const struct maildrop *m, uint32_t number);
/* A message that is not marked yet.  ERR_NO_MEMORY. */
NODISCARD int maildrop_mark(struct maildrop *m, uint32_t number, uint32_t size);
void maildrop_unmark_all(struct maildrop *m);
/* The first marked number from `from` on; 0: none. */
uint32_t maildrop_next_marked(const struct maildrop *m, uint32_t from);

#endif
