/* courier/self.h - who we are, so that mail is not sent to ourselves.  Floor 5.
 *
 * RFC 5321 5.1: a server that finds itself among a domain's MX hosts must not
 * deliver to hosts of equal or worse preference.
 */
#ifndef COURIER_SELF_H
#define COURIER_SELF_H

#include "config/settings.h"
#include "rt/stream.h"

enum { SELF_INTERFACES_MAX = 256, SELF_LISTENS_MAX = 64 };

struct self {
	char hostname[256];
	struct address *interfaces; /* ports mean nothing */
	size_t n_interfaces;
	struct address listens[SELF_LISTENS_MAX]; /* unspecified: every interface of the family */
	size_t n_listens;
};

/* Host name and listeners from settings, interfaces from the system. */
NODISCARD int self_init(struct self *me, const struct settings *set);
void self_fini(struct self *me);
bool self_is_name(const struct self *me, struct span host);
/* Would a connection to this address and port reach one of our listeners? */
bool self_is_address(const struct self *me, const struct address *a);

#endif
