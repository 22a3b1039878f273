/* deliver/reaction.h - what a session's end, or a transaction's, asks us to do next.
 *
 * Sources: RFC 5321 4.2.1, 4.5.3.1.10, 5.1; RFC 7435; RFC 9422 4.
 * Pure functions of what was heard.  Floor 2.
 */
#ifndef DELIVER_REACTION_H
#define DELIVER_REACTION_H

#include "deliver/session.h"

struct deliver_heard {
	const struct smtp_client *client; /* idle or closed */
	enum deliver_tls tls;
	bool kept; /* the session had an earlier transaction */
};

enum deliver_reaction {
	DELIVER_TAKE,        /* the results are this attempt's; some may be over a limit    */
	DELIVER_NEXT_HOST,   /* this server was not to be had: another one may be           */
	DELIVER_NEW_SESSION, /* the kept session was at its end: the same address once more */
	DELIVER_SEVEN_BIT,   /* the server takes no 8-bit text: look at the message         */
	DELIVER_IN_CLEAR,    /* TLS does not come about: the same address without           */
};
enum deliver_reaction deliver_react(const struct deliver_heard *h);

/* RFC 5321 4.5.3.1.10: refused only because the transaction has too many recipients. */
bool deliver_is_over_limit(const struct smtp_client_result *r);
/* Not for good, whatever the code: the server wants TLS, which it could not do before, or a
 * route of ours is wrong. */
bool deliver_is_for_now(const struct deliver_heard *h, bool relay,
                        const struct smtp_client_result *r);
/* What is to be done with the session.  max: transactions of one, 0 for no limit. */
enum deliver_release deliver_release_of(const struct deliver_heard *h, unsigned max);

#endif
