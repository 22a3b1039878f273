/* courier/report.h - how sessions with other domains' servers went as to TLS, counted (RFC 8460).
 *
 * Gathered here and added to the store's counts every few seconds (calls/tls.h).  Sending reports
 * is another matter.  Floor 5.
 */
#ifndef COURIER_REPORT_H
#define COURIER_REPORT_H

#include "courier/connection.h"

void report_open(void);
/* Hands over what there is. */
WAITS void report_close(void);

/* A session that was opened for a domain, after its first message. */
void report_session(struct span domain, const struct connection *c);
/* A policy of MTA-STS that was not to be had, for r. */
void report_fetch(struct span domain, int r);

#endif
