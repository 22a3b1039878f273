/* wire/message/date.h - reads the date-time of Date and Received.
 *
 * Sources: RFC 5322 3.3 (form), 4.3 (obsolete: two and three digit years, zone
 *          names, comments anywhere); RFC 5256 2.2.  To print one: clock_put_rfc5322().
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_DATE_H
#define WIRE_MESSAGE_DATE_H

#include "base/err.h"
#include "base/span.h"

/* Parses a whole field value.
 *   time_ms       ms since 1970, years 1900-9999; a leap second is the next second
 *   zone_minutes  east of Greenwich; may be NULL.  An unknown or military zone is
 *                 0, as RFC 5322 4.3 says
 * The name of the day is read and not compared.  0, or ERR_SYNTAX. */
NODISCARD int message_date_parse(struct span value, int64_t *time_ms, int *zone_minutes);

/* As above, of what RFC 5256 2.2 calls the sent date: a time that is missing or invalid is 00:00:00
 * UTC, such a zone is UTC, and what follows is passed over.  0, or ERR_SYNTAX: no date. */
NODISCARD int message_date_sent(struct span value, int64_t *time_ms, int *zone_minutes);

#endif
