/* cmd/directory/who.h - orders to the directory: to the running server, or to its database when
 * none runs. */
#ifndef CMD_DIRECTORY_WHO_H
#define CMD_DIRECTORY_WHO_H

#include <jansson.h>

#include "base/arena.h"
#include "calls/directory.h"
#include "config/settings.h"

/* calls/directory.h, directory_order.  What it points to is borrowed. */
struct who_order {
	const char *object, *verb, *name;
	struct arena mem;
	struct directory_field *fields;
	size_t n_fields;
};
void who_fini(struct who_order *o);

/* ERR_LIMIT, printed. */
NODISCARD int who_field(struct who_order *o, const char *name, const char *value);
/* each: for each row of the answer; it borrows.  What is wrong is printed.  ERR_REFUSED and others.
 */
typedef void who_row(json_t *row, void *arg);
/* For who needs none. */
who_row who_ignore;
NODISCARD int who_ask(const struct settings *set, const struct who_order *o, who_row *each,
                      void *arg);

#endif
