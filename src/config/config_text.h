/* config/config_text.h - the configuration's text before libconfuse sees it.
 * Private to config/.  Pure. */
#ifndef CONFIG_CONFIG_TEXT_H
#define CONFIG_CONFIG_TEXT_H

#include "base/err.h"
#include "base/span.h"

/* Blanks # comments and C's in place, so that libconfuse counts lines right and takes
 * comments within lists.  0; ERR_SYNTAX, *line set and a sentence in the detail: a
 * string, comment or section that never ends, a NUL; parsing such text tells nothing. */
NODISCARD int config_text_blank(char *text, size_t n, int *line);

#endif
