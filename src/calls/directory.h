/* calls/directory.h - whose address is this?  Asked of the auth role.  Floor 3. */
#ifndef DIRECTORY_CALLS_H
#define DIRECTORY_CALLS_H

#include "calls/call.h"

/* address: local@domain.  local: its domain is one of ours.  account: the mailbox it goes
 * to; empty when local and no such user exists (answer 550 at RCPT). */
#define DIRECTORY_LOOKUP_ARGS(F, L)  F(span, address)
#define DIRECTORY_LOOKUP_REPLY(F, L) F(bool, local) F(span, account)
PACK_DECLARE(directory_lookup_args, DIRECTORY_LOOKUP_ARGS)
PACK_DECLARE(directory_lookup_reply, DIRECTORY_LOOKUP_REPLY)
CALL_DECLARE(directory_lookup, directory_lookup_args, directory_lookup_reply);

#endif
