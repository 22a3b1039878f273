/* resolver/resolver_unbound.h - libunbound as we want it.  Floor 1.  Private to resolver/. */
#ifndef RT_RESOLVER_UNBOUND_H
#define RT_RESOLVER_UNBOUND_H

#include <unbound.h>

#include "config/settings.h"
#include "resolver/resolver_cache.h"

/* A context whose files are read, and whose thread is not yet started.  ERR_CONFIG with
 * libunbound's words, ERR_NO_MEMORY. */
NODISCARD int resolver_unbound_new(const struct settings *set, struct ub_ctx **out);
/* What libunbound found, as an entry of ours; res may be NULL when error is not 0. */
void resolver_unbound_take(const struct ub_result *res, int error, enum resolver_type type,
                           int64_t now_at, struct resolver_entry *e);

#endif
