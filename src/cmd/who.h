/* cmd/who.h - orders to the directory: to the running server, or to its database when none runs. */
#ifndef CMD_WHO_H
#define CMD_WHO_H

#include <jansson.h>

#include "base/arena.h"
#include "config/settings.h"

enum { WHO_FIELDS_MAX = 64 };

/* calls/directory.h, directory_order. */
struct who_order {
	const char *object, *verb, *name;
	struct {
		const char *name, *value;
	} fields[WHO_FIELDS_MAX];
	size_t n_fields;
};

/* ERR_LIMIT, printed. */
NODISCARD int who_field(struct who_order *o, const char *name, const char *value);
/* each: for each row of the answer; it borrows.  What is wrong is printed.  ERR_REFUSED and others.
 */
typedef void who_row(json_t *row, void *arg);
NODISCARD int who_ask(const struct settings *set, const struct who_order *o, who_row *each,
                      void *arg);

#endif
