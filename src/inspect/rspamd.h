/* inspect/rspamd.h - the step rspamd: one that defence.rspamd names says what it thinks of the
 * message. */
#ifndef INSPECT_RSPAMD_H
#define INSPECT_RSPAMD_H

#include "inspect/inspection.h"
#include "inspect/milter.h"
#include "rt/fibre.h"
#include "wire/rspamd/rspamd.h"

/* Before the sandbox closes. */
void rspamd_prepare(void);
void rspamd_use(milter_reach_fn *reach);

/* Whether it is there and an rspamd; out: its version, or "" where it does not tell. */
NODISCARD WAITS int rspamd_probe(const struct settings *set, char out[RSPAMD_NAME_MAX + 1]);

/* ERR_CANCELLED, ERR_NO_MEMORY. */
NODISCARD WAITS int inspect_rspamd(struct inspection *x, struct inspect_finding *found);

#endif
