/* httpd/pace.h - how often something was done in the hour that runs: forms, and visitors of each.
 */
#ifndef HTTPD_PACE_H
#define HTTPD_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum { PACE_MS = 60 * 60 * 1000 };

/* Counts one more for that key, unless there were `most` already: then false, and *wait_ms says
 * when the hour ends.  A table of fixed size: when it is full, what was done least often is
 * forgotten. */
bool pace_take(struct span key, int64_t most, int64_t now_at, int64_t *wait_ms);

#endif
