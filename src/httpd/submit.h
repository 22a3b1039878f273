/* httpd/submit.h - a message from the members of a request (draft.h): composed, judged, committed.
 */
#ifndef HTTPD_SUBMIT_H
#define HTTPD_SUBMIT_H

#include "calls/record_sent.h"
#include "calls/records.h"
#include "httpd/session.h"

/* once: the program's own name of it; its key empty: none.  parts: its files; NULL: none. */
struct httpd_handed {
	const json_t *body;
	const struct httpd_parts *parts;
	struct record_once once;
};
/* seq: before its changes.  wait_ms: as it wants to be told.  again: it was committed before, and
 * what is behind that is not set.  about: what is known of it but its time, in mem. */
struct httpd_submitted {
	uint64_t id, seq;
	int64_t wait_ms;
	bool again;
	uint32_t n_recipients;
	struct record_message about;
	struct span tags, metadata;
};
/* 0: it is committed.  ERR_CLOSED, ERR_CANCELLED; any other: *no says why it is not. */
NODISCARD WAITS int httpd_submit(struct httpd_request *q, const struct httpd_handed *what,
                                 struct arena *mem, struct httpd_submitted *out,
                                 struct httpd_no *no);
/* Octets of a body that a message of the largest size fits into, in base64. */
size_t httpd_submit_body_max(const struct settings *set);
/* Idempotency-Key of the request, or none.  1; 0: it is no name that can be kept, and that was
 * answered. */
NODISCARD WAITS int httpd_submit_once(struct httpd_request *q, struct span *key);

#endif
