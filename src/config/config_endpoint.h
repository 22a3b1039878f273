/* config/config_endpoint.h - where another program is reached that works for this server: "/PATH"
 * or "unix:/PATH", a Unix socket; "192.0.2.1:PORT" or "[2001:db8::1]:PORT".
 *
 * Pure.  No names: who connects asks no DNS.
 */
#ifndef CONFIG_CONFIG_ENDPOINT_H
#define CONFIG_CONFIG_ENDPOINT_H

#include "base/err.h"
#include "base/span.h"
#include "config/settings.h"
#include "rt/stream/stream.h"

enum { CONFIG_SOCKET_MAX = 107 }; /* sun_path of unix(7), without its end */

struct config_endpoint {
	struct span path; /* borrows; empty: `address` counts */
	struct address address;
};

/* ERR_SYNTAX with a sentence in the detail. */
NODISCARD int config_endpoint_parse(struct span text, struct config_endpoint *out);
/* A whole path without blanks, as lines of settings have them, that fits a socket's address. */
bool config_is_socket_path(struct span text);

/* Debian's clamd listens there. */
#define CONFIG_CLAMD_USUAL "/run/clamav/clamd.ctl"
/* The endpoint that defence.clamd means; empty: none. */
struct span config_clamd(const struct settings *set);
/* The endpoint of defence.rspamd, "http://127.0.0.1:11333" or "http://unix:/PATH"; empty: none. */
struct span config_rspamd(const struct settings *set);

#endif
