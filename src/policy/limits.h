/* policy/limits.h - how many sessions at once, in all and from one client.  Floor 4.
 *
 * A client is an IPv4 address or an IPv6 /64 (threats 3.23).
 */
#ifndef POLICY_LIMITS_H
#define POLICY_LIMITS_H

#include "config/settings.h"
#include "rt/stream/stream.h"

/* What tells sources apart: family, then 4 octets of IPv4 or the first 8 of IPv6. */
enum { LIMITS_SOURCE_BYTES = 9 };
/* False: neither IPv4 nor IPv6. */
bool limits_source(const struct address *a, char out[LIMITS_SOURCE_BYTES]);

/* 0 and counts the session; or ERR_LIMIT with the limit's name in the detail. */
NODISCARD int limits_session_begin(const struct settings *set, const struct address *client);
void limits_session_end(const struct address *client);

/* True when the address is in one of the networks, "192.0.2.0/24" or "2001:db8::/32". */
bool limits_in_networks(const struct address *a, const struct settings_list *networks);

#endif
