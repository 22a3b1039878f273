/* courier/courier.h - carries messages to other domains' servers.  Floor 5.
 *
 * Sources: RFC 5321 5.1 (MX), 3.3 and 4.5.4 (transactions, retries), RFC 7505
 *          (null MX), RFC 3207 and 7435 (opportunistic TLS).
 * Answers five calls: courier_attempt (calls/queue.h), a message to the recipients of one
 * destination, courier_stop, policy_rdns (calls/policy.h), the name of a client's address, dns_ask
 * (calls/dns.h), and webhook_post (calls/webhooks.h).
 */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

#include "base/attr.h"
#include "calls/dns.h"
#include "calls/policy.h"
#include "calls/queue.h"
#include "calls/webhooks.h"
#include "courier/connection.h"

struct settings;

/* Before the sandbox closes and after resolver_init: reads the addresses of our
 * interfaces and prepares TLS.  Keeps set; reach is asked for a Unix socket that a route leads to.
 * ERR_NET, ERR_CONFIG, ERR_NO_MEMORY. */
NODISCARD int courier_open(const struct settings *set, connection_reach_fn *reach);
/* The settings have changed. */
void courier_reload(void);
/* Says goodbye on idle connections and closes them.  In a fibre, once no delivery runs. */
WAITS void courier_close(void);

WAITS courier_attempt_fn courier_attempt_here;
courier_stop_fn courier_stop_here;
WAITS policy_rdns_fn policy_rdns_here;
WAITS dns_ask_fn dns_ask_here;
WAITS webhook_post_fn webhook_post_here;
/* Registers them. */
void courier_serve(void);

#endif
