/* role/reload.h - configuration and files are read anew while the server runs: looked at whole
 * first, then all or nothing.
 *
 * For the parent and for --one-process.  What was read is shown to the edge role first, which alone
 * knows whether its certificates are good; then kept, and handed to all.
 */
#ifndef ROLE_RELOAD_H
#define ROLE_RELOAD_H

#include "base/arena.h"
#include "base/buf.h"
#include "role/role.h"

enum { RELOAD_TEXT_MAX = 64 << 10 };

struct reload {
	struct server_inputs inputs; /* of the server, with these files and settings */
	struct settings set;         /* as they will be in force */
	struct arena mem;
	struct buf
	        text; /* for people: what has changed, a line each; or each mistake with its line */
};

/* reload_drop() afterwards in any case.  ERR_CONFIG: text says what is wrong, and nothing has
 * changed. */
NODISCARD int reload_read(const struct server_inputs *now, struct reload *out);
/* From now on *now is what was read, and the log says so. */
void reload_keep(struct server_inputs *now, struct reload *r);
/* The log says why it is not. */
void reload_refuse(const struct reload *r);
void reload_drop(struct reload *r);

#endif
