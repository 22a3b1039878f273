/* login/news.h - sessions hear at once that their account was changed, closed or removed.
 *
 * Floor 4, in the role that listens.  Asked of the auth role once in the process.
 */
#ifndef LOGIN_NEWS_H
#define LOGIN_NEWS_H

#include "base/list.h"
#include "rt/stream/stream.h"

enum { LOGIN_WOKEN = 0x40 }; /* of stream_woken */

/* A session. */
struct login_news {
	struct list link;
	const char *account;
	struct stream *stream;
	bool changed; /* its account may have, since the session last looked; it takes this back */
	bool sleeps;  /* it is to be woken for that */
};

/* From now on, until it leaves: when the account may have changed it is told, and its stream woken
 * with LOGIN_WOKEN.  account, stream: borrowed. */
void login_news_enter(struct login_news *s, const char *account, struct stream *stream);
/* One that has not entered is no mistake. */
void login_news_leave(struct login_news *s);

#endif
