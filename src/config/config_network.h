/* config/config_network.h - a range of addresses, as smtp.relay_networks lists them. */
#ifndef CONFIG_CONFIG_NETWORK_H
#define CONFIG_CONFIG_NETWORK_H

#include "rt/stream/stream.h"

struct config_network {
	struct address address;
	unsigned bits; /* of the prefix: 0-32, IPv6 0-128 */
};

/* "10.0.0.0/8", "2001:db8::/32", or a single address.  ERR_SYNTAX; ERR_REFUSED
 * when bits right of the prefix are set, which is a typing mistake. */
NODISCARD int config_network_parse(struct span text, struct config_network *out);
/* An IPv4-mapped IPv6 address is looked at as IPv4. */
bool config_network_has(const struct config_network *n, const struct address *a);

#endif
