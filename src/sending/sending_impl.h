/* sending/sending_impl.h - what this folder's files share.  Not for other folders. */
#ifndef SENDING_SENDING_IMPL_H
#define SENDING_SENDING_IMPL_H

#include "sending/habits.h"
#include "sending/sending.h"

/* An account, as the directory has it. */
struct sender {
	char *name, *address;
	char *held; /* why; NULL: it may send */
	bool has_own;
	struct config_rates own;
	struct habits *habits; /* NULL until it sends */
};

/* senders.c; NULL: not known. */
struct sender *senders_find(struct span name);
/* A domain's own limits; NULL: it has none. */
const struct config_rates *senders_domain(struct span name);
void senders_forget(void);

/* hold.c: for a sign that it shows it is held from now on; the directory is told. */
void hold_begin(struct sender *s, const char *why);
/* It is held: so is its mail in the queue. */
void hold_queue(const struct sender *s);
/* Recipients of this message that there is no such user for, elsewhere. */
void hold_note_unknown(uint64_t message);
/* hold_letters.c */
#define HOLD_SINCE "since "
struct hold_letters {
	const struct settings *set;
	struct store *store;
	const char *name, *address; /* of the account */
	bool owner_told, operator_told;
	struct span since, why; /* its own */
};
/* What `held` says, where no operator has said it.  Negative: it is to be tried again. */
NODISCARD WAITS int hold_tell(struct hold_letters *h, const char *held);

void hold_start(const struct settings *set, struct store *sp);
WAITS void hold_stop(void);

#endif
