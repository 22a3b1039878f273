/* base/clock.h - time.  Floor 0.
 *
 * Names: _at is an absolute time on the monotonic clock in ms (for deadlines);
 * _time_ms is wall-clock ms since 1970 (for records); _ms is a length.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/buf.h"

#define CLOCK_NEVER INT64_MAX

/* As base/os.h gives them: the system's, or those of a test.  Code on the loop asks
 * loop_now_at() where the beginning of the turn will do. */
int64_t clock_now_at(void);       /* monotonic, ms */
int64_t clock_wall_time_ms(void); /* since 1970-01-01T00:00:00Z */

/* at + ms, saturating to CLOCK_NEVER. */
int64_t clock_add(int64_t at, int64_t ms);

/* "2026-11-23T19:05:07.123Z"; RFC 3339. */
int clock_put_rfc3339(struct buf *b, int64_t time_ms);
/* "2026-11-23T20:55:54.407Z", or with an offset (RFC 3339 5.6); years 1970 to 9999.  ERR_SYNTAX. */
NODISCARD int clock_parse_rfc3339(struct span s, int64_t *time_ms);
/* "Mon, 23 Nov 2026 19:05:07 +0000"; RFC 5322 3.3, always UTC. */
int clock_put_rfc5322(struct buf *b, int64_t time_ms);
/* "Mon, 23 Nov 2026 19:05:07 GMT"; RFC 9110 5.6.7. */
int clock_put_http(struct buf *b, int64_t time_ms);
/* "300", "300s", "5m", "1h30m", "5d", "250ms"; a bare number is seconds.  ERR_SYNTAX. */
NODISCARD int clock_parse_length(struct span s, int64_t *ms);

#endif
