/* login/kept.h - what a session keeps of its login: whose it is, and the ticket that shows that.
 *
 * Floor 4, in the role that listens.  All zero: nobody has logged in.
 */
#ifndef LOGIN_KEPT_H
#define LOGIN_KEPT_H

#include "login/login.h"
#include "login/news.h"

struct login_kept {
	char *account;     /* NULL: nobody's */
	struct buf ticket; /* what shows that to the store; empty: the login has ended */
	int64_t renew_at;  /* the ticket */
	struct login_news news;
};

/* Of a LOGIN_DONE.  wake: the session's stream, which is woken with LOGIN_WOKEN when the account
 * has changed, so that the session calls login_renew at once; NULL: it does when the client does
 * something.  ERR_NO_MEMORY: nothing is kept. */
NODISCARD int login_keep(struct login_kept *k, const struct login_step *done, struct stream *wake);
void login_forget(struct login_kept *k);

/* A fresh ticket, when it is time; one that cannot be had now is asked for again, and the present
 * one goes on.  Called with whatever the client does, so that a login lasts as long as its session.
 * ERR_TICKET: the account was closed, or has another password now. */
NODISCARD WAITS int login_renew(struct login_kept *k);

#endif
