/* config/config.h - reads the configuration file (libconfuse) into struct settings.
 *
 *   section { name = value   name = { value, value }   name += { value } }
 *
 * Values stand bare or in '...' or "..."; comments are # to the end of the line and
 * C's.  In "..." and in bare values ${NAME} is the environment's.  What may be set:
 * config/settings.def.  One thread at a time (libconfuse's scanner is global).
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"
#include "config/settings.h"

/* Defaults only; strings live in mem.  Paths are left relative, the host name empty. */
NODISCARD int config_defaults(struct arena *mem, struct settings *out);
/* Parses text (a whole file, `path` is for messages and for what relative paths
 * stand below).  Paths in the result are absolute; an empty server.hostname becomes the
 * machine's.  On ERR_CONFIG `errors` holds lines a person can act on:
 * "postrider.conf:12: unknown setting smtp.size_maxx; did you mean size_max?", all of
 * them, not just the first, in the order of the file.  Values are checked: ranges,
 * addresses, networks, host names.  ERR_NO_MEMORY. */
NODISCARD int config_parse(struct span text, const char *path, struct arena *mem,
                           struct settings *out, struct buf *errors);
/* Prints settings as a configuration file; with docs, each with its doc, unit and default.
 * What config_parse makes of the text equals s. */
int config_print(const struct settings *s, bool docs, struct buf *out);
/* One value by "section.name": plain text without quotes, a list's separated by ", ".
 * ERR_NOT_FOUND with a suggestion in the detail. */
NODISCARD int config_print_one(const struct settings *s, struct span name, struct buf *out);

#endif
