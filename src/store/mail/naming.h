/* store/mail/naming.h - a change of an account's names: one at a time, one group, all or nothing.
 *
 *	struct naming x;
 *	int r = naming_begin(&x, sp, a);
 *	if (r >= 0)
 *		r = naming_...(&x, ...);
 *	return naming_end(&x, r);
 */
#ifndef STORE_MAIL_NAMING_H
#define STORE_MAIL_NAMING_H

#include "store/mail/effect.h"

struct naming_step;

struct naming {
	struct account *a;
	struct store_op op;
	struct naming_step *steps;
	bool begun;
};

/* Waits for who changes them now.  ERR_UNAVAILABLE: the account is being removed. */
NODISCARD WAITS int naming_begin(struct naming *x, struct store *sp, struct account *a);
/* r < 0: nothing is done.  Else commits, and then all see it. */
NODISCARD WAITS int naming_end(struct naming *x, int r);

/* A UIDVALIDITY that was never given out. */
uint32_t naming_validity(struct store *sp);
/* Unless it is being removed. */
NODISCARD int naming_find(const struct naming *x, uint32_t number, struct mailbox **out);
NODISCARD int naming_record(struct naming *x, const struct record_mailbox *b);
/* The use that a mailbox of that name has in a new account (account.c). */
enum mailbox_role account_role_of(struct span path);
/* holds: messages; else it is a level. */
NODISCARD int naming_make(struct naming *x, struct span path, enum mailbox_role role, bool holds,
                          struct mailbox **out);
NODISCARD int naming_rename(struct naming *x, struct mailbox *m, struct span path);
/* It is empty, and nobody uses it. */
NODISCARD int naming_remove(struct naming *x, struct mailbox *m);
/* All its mailboxes are removed with the same change. */
NODISCARD int naming_remove_account(struct naming *x);
NODISCARD int naming_subscribe(struct naming *x, struct span path, bool on);
/* Its number is that of the last one and one more. */
NODISCARD int naming_keyword(struct naming *x, struct span name);

#endif
