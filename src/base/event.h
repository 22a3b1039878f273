/* base/event.h - the log: events from one table, one line each.
 *
 * Floor 0.  events.def: EVENT(name, level, "what it means").  Names are API.
 * A line goes to the sink (stderr unless set): `2026-11-23T19:05:07.123Z role
 * level name key=value ...`; values are escaped (threats 3.21: control octets
 * never reach the log raw), quoted when empty and when they hold a space, a quote,
 * a backslash or what is escaped; within quotes \", \\ and \xNN are the escapes.
 * With JSON on, one object a line.  A line has at most EVENT_LINE_BYTES: long
 * values are cut and end in an ellipsis, pairs that do not fit at all are left out.  Sessions and
 * roles log, libraries do not.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdint.h>

#include "base/span.h"

enum event {
#define EVENT(name, level, doc) EVENT_##name,
#include "base/events.def"
#undef EVENT
	EVENT_COUNT
};

enum { EVENT_LINE_BYTES = 4096 }; /* with its newline: PIPE_BUF, so a write is not torn */

enum event_level { EVENT_DEBUG, EVENT_INFO, EVENT_NOTICE, EVENT_WARNING, EVENT_ERROR };

/* fmt gives `key=%s` pairs separated by one space, in the order of the
 * arguments; only %s (const char *, NULL is "-"), %.*s, %d, %u, %zu, %jd, %ju, %x
 * are used.  Each key is written literally in fmt. */
void event_log(enum event e, const char *fmt, ...) PRINTF(2, 3);

/* Role name that each line carries; default "-".  Borrowed for ever. */
void event_set_role(const char *role);
void event_set_level(enum event_level least);
void event_set_json(bool on);
/* Where lines go, without their newline; NULL restores stderr. */
void event_set_sink(void (*sink)(struct span line, void *arg), void *arg);
/* How often it came since the start, whatever the level of the log. */
uint64_t event_count(enum event e);
const char *event_name(enum event e);
const char *event_doc(enum event e);

#endif
