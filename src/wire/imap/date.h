/* wire/imap/date.h - date and date-time (RFC 3501 9, RFC 9051 9).  Pure.  Floor 1 (wire). */
#ifndef WIRE_IMAP_DATE_H
#define WIRE_IMAP_DATE_H

#include "base/buf.h"
#include "wire/imap/cursor.h"

/* Years 1-9999; no leap seconds but 60, which is the next second. */
struct imap_time {
	int64_t unix_s;       /* seconds since 1970 UTC                  */
	int16_t zone_minutes; /* east of Greenwich, -1439 to 1439        */
};

/* 1-Feb-1994 or "1-Feb-1994", as SEARCH has it: days since 1970-01-01. */
NODISCARD int imap_take_date(struct imap_cursor *c, int32_t *day);
/* "17-Jul-1996 02:44:25 -0700", quotes and all: APPEND. */
NODISCARD int imap_take_date_time(struct imap_cursor *c, struct imap_time *out);
/* INTERNALDATE's form, in quotes, in its own zone.  Years outside 1-9999 print as 1-Jan-1970 UTC.
 */
int imap_put_date_time(struct buf *out, struct imap_time t);
/* The day in its own zone, days since 1970-01-01: what BEFORE, ON, SINCE compare (RFC 3501 6.4.4).
 */
int32_t imap_time_day(struct imap_time t);

#endif
