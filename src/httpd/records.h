/* httpd/records.h - a message and what became of it, as an answer. */
#ifndef HTTPD_RECORDS_H
#define HTTPD_RECORDS_H

#include "calls/queue.h"
#include "httpd/session.h"

/* Which, and for how long to wait until all its recipients are decided.  seq: before its changes.
 */
struct httpd_wanted {
	uint64_t id, seq;
	int64_t wait_ms;
};
/* 200 when all are decided, else 202. */
NODISCARD WAITS int httpd_answer_message(struct httpd_request *q, const struct httpd_wanted *w);

/* Of one that was committed just now: what the store has in memory is enough, mostly. */
struct httpd_submitted;
NODISCARD WAITS int httpd_answer_submitted(struct httpd_request *q,
                                           const struct httpd_submitted *done);
/* What a change is called as an event: its state's number, or HTTPD_EVENT_REPORT and its report's.
 */
enum { HTTPD_EVENT_REPORT = 16 };
uint8_t httpd_event_of(const struct record_change *f);
const char *httpd_event_name(uint8_t event);
/* "deferred,refused": a bit (1 << enum recipient_state) each; with `reports`, "bounced" and the
 * others as well, by the numbers of events.  ERR_SYNTAX. */
NODISCARD int httpd_states(struct span text, bool reports, uint32_t *out);

#endif
