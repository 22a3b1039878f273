/* auth/check_impl.h - one check of who somebody is, whatever shows it: for check.c and scram.c. */
#ifndef AUTH_CHECK_IMPL_H
#define AUTH_CHECK_IMPL_H

#include "auth/check.h"
#include "auth/network.h"
#include "auth/turns.h"

struct check {
	struct span name; /* as directory_login gives it */
	uint8_t protocol; /* enum ticket_protocol */
	/* Its turn has come.  0: that is the account's, and hash is set.  ERR_AUTH: it is a wrong
	 * guess. */
	WAITS int (*compare)(struct check *c, struct arena *mem);
	const char *hash; /* of the password that was compared with; set by compare */
	struct turn turn;
	unsigned char network[NETWORK_BYTES];
};

/* compare begins, or what was known is taken as right: hash is the account's. */
NODISCARD int check_begin(struct check *c, struct arena *mem);
/* From where: client is address text.  c has name and compare. */
NODISCARD int check_place(struct check *c, struct span client);
/* Waits for its turn, and compares.  ERR_AUTH; ERR_LIMIT: nothing was compared. */
NODISCARD WAITS int check_take_turn(struct check *c, struct arena *mem);
/* It was right: the account is at home there, and gets a ticket.  ERR_AUTH: that password is not in
 * force any more. */
NODISCARD WAITS int check_welcome(struct check *c, struct arena *mem, struct auth_check_reply *out);
/* ERR_AUTH, in the same words for all. */
int check_wrong(void);

#endif
