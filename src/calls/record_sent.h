/* calls/record_sent.h - what a program gives with a message, as items of its record.  Floor 2. */
#ifndef CALLS_RECORD_SENT_H
#define CALLS_RECORD_SENT_H

#include "base/coding/pack.h"

enum {
	RECORD_TAGS_BYTES_MAX = 8 << 10,
	RECORD_ONCE_KEY_MAX = 255,
	RECORD_ONCE_MS = 24 * 60 * 60 * 1000, /* for so long the same key is the same message */
};

/* RECORD_ITEM_TAGS.  tags: a JSON array of texts, metadata: a JSON object of texts; each may be
 * empty. */
#define RECORD_TAGS_FIELDS(F, L) F(span, tags) F(span, metadata)
PACK_DECLARE(record_tags, RECORD_TAGS_FIELDS)

/* RECORD_ITEM_SEND_AT: wall clock, ms since 1970. */
#define RECORD_SEND_AT_FIELDS(F, L) F(i64, time_ms)
PACK_DECLARE(record_send_at, RECORD_SEND_AT_FIELDS)
struct record_message;
/* 0: at once. */
int64_t record_send_at_get(const struct record_message *m);

/* RECORD_ITEM_IDEMPOTENCY_KEY: the account's own name of this hand-over, 1 to RECORD_ONCE_KEY_MAX
 * octets, and a digest of all that it handed over, as text. */
#define RECORD_ONCE_FIELDS(F, L) F(span, key) F(span, digest)
PACK_DECLARE(record_once, RECORD_ONCE_FIELDS)

#endif
