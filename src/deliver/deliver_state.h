/* deliver/deliver_state.h - an attempt's inside; see deliver.h.
 *
 * deliver.c   what is wanted, and what follows what is given
 * outcomes.c  what is told of each recipient
 * ascii.c     addresses that need no SMTPUTF8
 */
#ifndef DELIVER_STATE_H
#define DELIVER_STATE_H

#include "deliver/deliver.h"
#include "deliver/hosts.h"
#include "deliver/reaction.h"
#include "deliver/told.h"

/* After the session is the caller's again. */
enum deliver_after {
	AFTER_DONE,
	AFTER_NEXT, /* the next address                    */
	AFTER_SAME, /* the same address, on a new session  */
};

struct deliver {
	const struct deliver_rules *rules;
	const struct deliver_to *to;
	struct arena *mem;
	enum deliver_want want;

	struct smtp_client_tx tx;           /* the recipients that are not decided */
	struct smtp_client_rcpt *own_rcpts; /* room for those of a further transaction */
	size_t *index;                      /* of the message's recipient, for each of them */
	struct deliver_outcome *outcomes;
	size_t n_outcomes;
	bool may_be_8bit; /* as far as is known                                   */
	bool content_known, convertible;
	uint64_t size;
	bool converts; /* on this session */
	bool split;    /* some were decided by an earlier transaction */

	struct deliver_hosts hosts;
	struct deliver_candidate *group; /* equals; the first is being tried */
	size_t n_group;
	bool fresh; /* a kept session will not do                      */
	struct deliver_session session;
	struct span tls_version; /* of the session, while the message is looked at; borrowed */
	bool kept;
	enum deliver_after after;

	bool search_over;
	enum smtp_cause stopped;
	struct deliver_told told;
};

/* Takes the transaction's results. */
void deliver_settle(struct deliver *d, struct span tls_version);
/* The same result for whoever is not decided. */
void deliver_settle_all(struct deliver *d, const struct smtp_client_result *r,
                        const struct deliver_where *w);
/* Notes a failure that is told if nobody takes the message. */
void deliver_fail(struct deliver *d, const struct smtp_client_result *r, struct deliver_where w);
/* Of the session; borrowed. */
struct deliver_where deliver_where(struct deliver *d, struct span tls_version);
/* Of the address being tried, before there is a session. */
struct deliver_where deliver_where_to(struct deliver *d);
/* Addresses that are international in their domain alone, in A-labels.  ERR_NO_MEMORY. */
NODISCARD int deliver_put_in_ascii(struct deliver *d);
struct deliver_heard deliver_heard(const struct deliver *d);

#endif
