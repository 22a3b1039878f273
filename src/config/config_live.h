/* config/config_live.h - which settings a running server takes anew, and which from its next start.
 *
 * All of settings.def do, but for those that config_live.c names: what a role has made of them at
 * its start (ports, files, users, threads, sizes) it keeps.
 */
#ifndef CONFIG_CONFIG_LIVE_H
#define CONFIG_CONFIG_LIVE_H

#include "base/buf.h"
#include "config/settings.h"

/* What fresh says of those that can change goes to *set.  Texts and lists are borrowed from fresh,
 * so its memory stays for as long as the process: who waits may hold those of before. */
void config_live_take(struct settings *set, const struct settings *fresh);
/* Appends the names of those that differ, with ", " between: those that can change, or those that
 * cannot. */
int config_live_put(const struct settings *set, const struct settings *fresh, bool live,
                    struct buf *out);

#endif
