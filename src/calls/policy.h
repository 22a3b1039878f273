/* calls/policy.h - what policy asks of DNS, answered by the courier role.  Floor 4. */
#ifndef POLICY_CALLS_H
#define POLICY_CALLS_H

#include "calls/call.h"

/* The forward-confirmed name of an address ("" when there is none; RFC 8601 2.7.3: iprev).  ip:
 * text. */
#define POLICY_RDNS_ARGS(F, L)  F(span, ip)
#define POLICY_RDNS_REPLY(F, L) F(span, name)
PACK_DECLARE(policy_rdns_args, POLICY_RDNS_ARGS)
PACK_DECLARE(policy_rdns_reply, POLICY_RDNS_REPLY)
CALL_DECLARE(policy_rdns, policy_rdns_args, policy_rdns_reply);

#endif
