/* calls/greylist.h - may this one come in yet?  What the store remembers for greylisting (RFC
 *6647). Floor 4.
 *
 *	client   the network that connects, as text
 *	sender, recipient  of the envelope, each in its one form
 *	looks    nothing is remembered of this question
 *	wait_ms  how long it is to wait still; 0: it may come in */
#ifndef GREYLIST_CALLS_H
#define GREYLIST_CALLS_H

#include "calls/call.h"

#define GREYLIST_ASK_ARGS(F, L)  F(span, client) F(span, sender) F(span, recipient) F(bool, looks)
#define GREYLIST_ASK_REPLY(F, L) F(i64, wait_ms)
PACK_DECLARE(greylist_ask_args, GREYLIST_ASK_ARGS)
PACK_DECLARE(greylist_ask_reply, GREYLIST_ASK_REPLY)
CALL_DECLARE(greylist_ask, greylist_ask_args, greylist_ask_reply);

#endif
