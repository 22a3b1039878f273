/* sending/sending.h - how much accounts, addresses, domains and networks send, and who may not.
 *
 * In the store role, through which every submission of every edge goes: counted in memory, in
 * recipients.  Settings limits.*; an account's and a domain's own limits, and that an account is
 * held, stand in the directory.  An account that shows a sign of habits.h is held: what it hands in
 * is put off, and what of it is in the queue is held, until the operator lets it go.
 */
#ifndef SENDING_SENDING_H
#define SENDING_SENDING_H

#include "calls/directory.h"
#include "calls/queue.h"
#include "calls/records.h"
#include "config/settings.h"

struct store;

void sending_start(const struct settings *set, struct store *sp);
/* Waits for what it has under way. */
WAITS void sending_stop(void);

/* What the directory says. */
void sending_account(const struct directory_account *a);
void sending_domain(const struct directory_domain *d);

/* A message that is handed in. */
struct sending_case {
	const struct record_message *message;
	bool sends; /* for somebody who may send to anywhere */
};
/* Counts it.  ERR_LIMIT: a limit is reached, and the words say which, and when that ends; or the
 * account is held. */
NODISCARD int sending_begin(const struct sending_case *c);
/* The same without counting it, before its text comes: *room is how many recipients fit now, at
 * most.  tells: what is past a limit is a message that was. */
NODISCARD int sending_look(const struct sending_case *c, bool tells, uint32_t *room);
/* Whether it counts for any limit; and those for which it does (calls/queue.h). */
bool sending_is_limited(const struct sending_case *c);
NODISCARD int sending_limits(const struct sending_case *c, struct arena *mem,
                             struct queue_limits_reply *out);
/* Counts a recipient that it has named and there is no such user for here.  ERR_LIMIT: the account
 * is held. */
NODISCARD int sending_note_unknown(struct span login);
/* It was not taken in the end. */
void sending_take_back(const struct sending_case *c);

#endif
