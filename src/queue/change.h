/* queue/change.h - the changes's faces.  Floor 4.
 *
 * One record (store/records.h), one JSON shape, through every door.
 */
#ifndef QUEUE_CHANGES_H
#define QUEUE_CHANGES_H

#include "base/buf.h"
#include "calls/records.h"

/* The JSON object, one line without its end:
 * {"seq":7,"time":"2026-11-23T19:05:07.123Z","message":"0G3…","recipient":0,"address":"bob@example.net",
 *  "return_path":"alice@example.test","state":"delivered","attempt":1,"remote_host":"mx.example.net",
 *  "remote_address":"192.0.2.1:25","tls_version":"TLSv1.3","tls_policy":"opportunistic","code":250,
 *  "enhanced":"2.0.0","text":"ok","class":"delivered","meaning":"…","elapsed_ms":41,"next_try":null}
 * Empty spans, code 0, next_try 0, and the class before there was an outcome are null. */
int change_json(const struct record_change *f, struct buf *out);
/* One plain line for a person or a log. */
int change_line(const struct record_change *f, struct buf *out);

#endif
