/* inspect/rspamd.h - the step rspamd: one that defence.rspamd names says what it thinks of the
 * message. */
#ifndef INSPECT_RSPAMD_H
#define INSPECT_RSPAMD_H

#include "inspect/inspection.h"
#include "inspect/milter.h"
#include "rt/fibre.h"

/* Before the sandbox closes. */
void rspamd_prepare(void);
void rspamd_use(milter_reach_fn *reach);

/* ERR_CANCELLED, ERR_NO_MEMORY. */
NODISCARD WAITS int inspect_rspamd(struct inspection *x, struct inspect_finding *found);

#endif
