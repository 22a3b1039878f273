/* courier/own_addresses.h - our name and where we listen, so that mail is not sent to ourselves.
 *
 * RFC 5321 5.1: a server that finds itself among a domain's MX hosts must not
 * deliver to hosts of equal or worse preference.  Floor 5.
 */
#ifndef COURIER_OWN_ADDRESSES_H
#define COURIER_OWN_ADDRESSES_H

#include "config/settings.h"
#include "deliver/destination.h"

enum { OWN_INTERFACES_MAX = 256, OWN_LISTENS_MAX = 64 };

struct own_addresses {
	char hostname[256];
	struct span socket; /* where we take LMTP; empty: nowhere */
	struct ip *interfaces;
	size_t n_interfaces;
	struct {
		struct ip ip; /* unspecified: every interface of the family */
		uint16_t port;
	} listens[OWN_LISTENS_MAX];
	size_t n_listens;
};

/* Host name and listeners from settings, interfaces from the system.  ERR_CONFIG, ERR_NET,
 * ERR_LIMIT, ERR_NO_MEMORY. */
NODISCARD int own_addresses_init(struct own_addresses *own, const struct settings *set);
void own_addresses_fini(struct own_addresses *own);
/* Also the path of our own socket. */
bool own_addresses_has_name(const struct own_addresses *own, struct span host);
/* Would a connection to this address and port reach one of our listeners? */
bool own_addresses_has(const struct own_addresses *own, const struct ip *ip, uint16_t port);

#endif
