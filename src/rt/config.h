/* rt/config.h - reads the configuration file (libconfuse) into struct settings.  Floor 1. */
#ifndef RT_CONFIG_H
#define RT_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/settings.h"

/* Defaults only; strings live in mem. */
NODISCARD int config_defaults(struct arena *mem, struct settings *out);
/* Parses text (a whole file, `path` is for messages and for what relative paths
 * stand below).  Paths in the result are absolute.  On ERR_CONFIG `errors` holds
 * lines a person can act on: "postrider.conf:12: unknown setting smtp.size_maxx; did you
 * mean size_max?", all of them, not just the first.  Values are checked: ranges,
 * addresses, networks, host names. */
NODISCARD int config_parse(struct span text, const char *path, struct arena *mem, struct settings *out,
                           struct buf *errors);
/* Prints settings as a configuration file; with docs, each with its doc, unit and default. */
int config_print(const struct settings *s, bool docs, struct buf *out);
/* One value by "section.name"; ERR_NOT_FOUND with a suggestion in the detail. */
NODISCARD int config_print_one(const struct settings *s, struct span name, struct buf *out);

#endif
