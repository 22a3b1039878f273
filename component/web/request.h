/* component/web/request.h - the octets of a request, made as they are wanted: the message stands in
 * its JSON in base64, and is read meanwhile. */
#ifndef COMPONENT_WEB_REQUEST_H
#define COMPONENT_WEB_REQUEST_H

#include "base/buf.h"
#include "component/mail/reader.h"

struct web_request {
	struct buf out; /* octets from `put` on are to be written; the first hold the key */
	size_t put;
	struct buf behind;            /* the message */
	const struct mail_made *mail; /* NULL: there is none left to read */
	struct mail_reader reader;
	bool reads;
	struct buf room;
	char carried[3];
	size_t n_carried;
};

/* What a head holds. */
struct web_target {
	struct span host, key;
	uint16_t port;
	const char *once; /* Idempotency-Key */
};

void web_request_fini(struct web_request *q);
/* POST /v1/messages: for n recipients, to be answered within wait_ms.  As mail_reader_next;
 * ERR_NO_MEMORY. */
NODISCARD int web_request_post(struct web_request *q, const struct web_target *to,
                               const struct mail_made *mail, const struct span *addresses,
                               const uint32_t *rows, size_t n, int64_t wait_ms);
/* GET /v1/messages/ID */
NODISCARD int web_request_get(struct web_request *q, const struct web_target *to, struct span id,
                              int64_t wait_ms);
/* What is next, at least one octet; empty: that was all.  As mail_reader_next. */
NODISCARD int web_request_next(struct web_request *q, struct span *out);
void web_request_wrote(struct web_request *q, size_t n);

#endif
