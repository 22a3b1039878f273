/* controld/certificates.h - certificates by ACME (tls.acme): for which names, when they are looked
 * at, and who is told when none is to be had.  Floor 5.
 *
 * Looked at at the start, and each hour; whether one is due is known where they are kept, by the
 * process that the parent starts for it.
 */
#ifndef CONTROLD_CERTIFICATES_H
#define CONTROLD_CERTIFICATES_H

#include "base/buf.h"
#include "config/settings.h"
#include "rt/fibre.h"

/* names: a line for each certificate; now: due or not.  status: a line each,
 * NAMES TAB until TAB renewed at (seconds since 1970, 0: none) TAB why not. */
typedef int certificates_renew_fn(struct span names, bool now, struct buf *status);

/* Does nothing without tls.acme. */
NODISCARD int certificates_start(const struct settings *set, certificates_renew_fn *renew);
void certificates_stop(void);

#endif
