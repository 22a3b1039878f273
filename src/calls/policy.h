/* calls/policy.h - what policy asks of DNS, answered by the courier role.  Floor 4. */
#ifndef POLICY_CALLS_H
#define POLICY_CALLS_H

#include "calls/call.h"

/* What became of it, RFC 8601 2.7.3; NONE: the address has no name, which is "permerror" there. */
enum policy_iprev {
	POLICY_IPREV_UNKNOWN, /* not asked */
	POLICY_IPREV_PASS,
	POLICY_IPREV_FAIL,
	POLICY_IPREV_NONE,
	POLICY_IPREV_TEMPERROR,
};
/* The forward-confirmed name of an address ("" when there is none; RFC 8601 2.7.3: iprev).  ip:
 * text.  special: also of an address that is (ip_is_special).  iprev: enum policy_iprev. */
#define POLICY_RDNS_ARGS(F, L)  F(span, ip) F(bool, special)
#define POLICY_RDNS_REPLY(F, L) F(span, name) F(u8, iprev)
PACK_DECLARE(policy_rdns_args, POLICY_RDNS_ARGS)
PACK_DECLARE(policy_rdns_reply, POLICY_RDNS_REPLY)
CALL_DECLARE(policy_rdns, policy_rdns_args, policy_rdns_reply);

#endif
