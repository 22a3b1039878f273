/* calls/dns.h - a question to DNS, answered by the courier role, the only one that has a network
 * to ask.
 */
#ifndef DNS_CALLS_H
#define DNS_CALLS_H

#include "calls/call.h"
#include "wire/dns/dns.h"

/* type, status: enum dns_type, dns_status.  ip: 4 or 16 octets, or none.  For the rest
 * wire/dns/dns.h. */
#define DNS_ASK_ARGS(F, L)      F(span, name) F(u16, type)
#define DNS_RECORD_FIELDS(F, L) F(span, ip) F(span, name) F(span, text) F(u16, preference)
#define DNS_ASK_REPLY(F, L)     F(u8, status) F(bool, secure) F(u32, ttl) L(dns_ask_record, records)
PACK_DECLARE(dns_ask_args, DNS_ASK_ARGS)
PACK_DECLARE(dns_ask_record, DNS_RECORD_FIELDS)
PACK_DECLARE(dns_ask_reply, DNS_ASK_REPLY)
CALL_DECLARE(dns_ask, dns_ask_args, dns_ask_reply);

/* The same, for an engine: a fault of ours, of the link or of time is DNS_FAILED, for nothing is
 * known then.  What it gives lives in mem.  ERR_CANCELLED, ERR_NO_MEMORY. */
NODISCARD WAITS int dns_look_up(const struct dns_question *q, struct arena *mem,
                                struct dns_answer *out);

#endif
