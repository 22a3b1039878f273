/* deliver/session.h - the session that an attempt wants, has, and gives back.  Pure.  Floor 2. */
#ifndef DELIVER_SESSION_H
#define DELIVER_SESSION_H

#include "deliver/destination.h"

struct deliver_plan {
	const struct deliver_candidate *candidates; /* equals: a kept session to any will do,  */
	size_t n_candidates;                        /* a new one goes to the first             */
	bool fresh;                                 /* a kept one will not do                  */
	struct smtp_client_conf conf;               /* of a new one                            */
};
/* A kept session of that kind will do where this kind is wanted; of DANE only when it is by the
 * same records and names besides. */
bool deliver_tls_serves(enum deliver_tls kept, enum deliver_tls wanted);

struct deliver_session {
	struct smtp_client *client; /* idle, or not yet greeted; borrowed until deliver_release */
	size_t candidate;           /* index into the plan's                         */
	enum deliver_tls tls;       /* as its candidate said when it was opened           */
};

/* What a server without 8BITMIME must know of a message that may hold 8-bit octets (RFC 6152 3). */
struct deliver_content {
	bool eight_bit;   /* behind its header section                                      */
	bool convertible; /* to 7bit, without breaking a signature                          */
};

enum deliver_release {
	DELIVER_KEEP,  /* idle, and good for another message                         */
	DELIVER_QUIT,  /* idle, but it has had enough                                */
	DELIVER_CLOSE, /* nothing more is to be said on it                           */
};

#endif
