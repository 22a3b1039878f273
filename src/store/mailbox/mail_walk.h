/* store/mailbox/mail_walk.h - every file below `mail`.  Blocks. */
#ifndef STORE_MAILBOX_MAIL_WALK_H
#define STORE_MAILBOX_MAIL_WALK_H

#include "base/err.h"
#include "base/span.h"

struct mail_name {
	int dir; /* of the account, open */
	uint32_t account;
	uint32_t number;    /* NUMBER.suffix; */
	struct span suffix; /* empty: the account's directory itself, after what is in it */
	const char *name;   /* in dir; of the account: below `mail` */
};
/* Names of another form are passed over.  Until fn returns other than 0. */
NODISCARD int mail_walk(int dir, int (*fn)(const struct mail_name *n, void *arg), void *arg);

#endif
