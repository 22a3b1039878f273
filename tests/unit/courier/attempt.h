/* tests/unit/courier/attempt.h - a courier between two scripted servers.
 *
 * Domains of the zone: d (MX m1, then m2), single (m1), both (m6: IPv6 and m1's IPv4), null,
 * servfail, ours.
 */
#ifndef TESTS_UNIT_COURIER_ATTEMPT_H
#define TESTS_UNIT_COURIER_ATTEMPT_H

#include "harness.h"
#include "calls/queue.h"

extern struct settings set;
extern struct server one, two; /* m1 and m2 */

/* Servers with these scripts (NULL: none listens) and a courier; the times in ms. */
void set_up(const char *script1, const char *script2, int64_t time_ms);
void tear_down(void);
/* What deliver says of its message. */
extern bool said_8bit, said_smtputf8, said_signed;
/* One message to n recipients; an empty body is the big one, read in pieces. */
struct courier_outcome *deliver(struct arena *mem, const char *domain, size_t n_rcpts,
                                struct span body);

#define MESSAGE    SPAN("Subject: hello\r\n\r\n.dot\r\nend\r\n")
#define UP_TO_DATA ENVELOPE
#define UP_TO_DOT  ENVELOPE ".\n"

#endif
