/* mirror/mirror.h - the ledger is copied into a database of somebody's own, as it changes.
 *
 * Floor 5, in the mirror role.  A database that is away, slow or full is a lag that grows and is
 * told; mail does not wait for it.
 */
#ifndef MIRROR_MIRROR_H
#define MIRROR_MIRROR_H

#include "config/settings.h"
#include "rt/fibre.h"

/* Before the sandbox: loads the library and the driver.  connection: borrowed for ever.  What is
 * not there is told once the mirror has started. */
void mirror_prepare(struct span connection);
/* Where the driver lies, which looks there again; "" when there is none. */
const char *mirror_driver_dir(void);
/* From now on a fibre copies.  lost: the database has not answered for minutes, by no way; ends the
 * process, to have it started anew.  NULL: goes on waiting. */
NODISCARD WAITS int mirror_start(const struct settings *set, void (*lost)(void));
/* Waits for what is being written, until the fibre's deadline. */
WAITS void mirror_stop(void);

#endif
