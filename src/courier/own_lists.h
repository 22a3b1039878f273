/* courier/own_lists.h - do the blocklists that we use have our own addresses?  Asked when the role
 * starts, and each defence.own_lists from then on; the log tells when one has one, and when no
 * more.
 *
 * Our addresses: those of this machine's interfaces that are public, and what server.hostname leads
 * to.
 */
#ifndef COURIER_OWN_LISTS_H
#define COURIER_OWN_LISTS_H

#include "config/settings.h"

/* In a fibre of its own, until own_lists_close. */
void own_lists_open(const struct settings *set);
WAITS void own_lists_close(void);

#endif
