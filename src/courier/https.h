/* courier/https.h - one small text from a web server, or for one, by libcurl on our loop.  Floor 5.
 *
 * As webget/webget.h says; the roots are the system's.
 */
#ifndef COURIER_HTTPS_H
#define COURIER_HTTPS_H

#include "base/buf.h"
#include "rt/fibre.h"
#include "rt/stream/tls.h"
#include "webget/question.h"

struct webget_answer;

/* Before the sandbox closes.  roots: of tls_client_new(true); borrowed; NULL: nothing will be
 * had.  ERR_NO_MEMORY. */
NODISCARD int https_open(struct tls_context *roots);
/* Nobody waits any more. */
void https_close(void);

/* 200 and its body, up to body's cap.  ERR_NET with words that say what happened, ERR_CERTIFICATE,
 * ERR_TOO_BIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_NO_MEMORY. */
NODISCARD WAITS int https_get(const struct webget_question *q, struct buf *body);
/* q->post is posted.  0: there was an answer (webget_answered), and as much of what it says as fits
 * body. */
NODISCARD WAITS int https_post(const struct webget_question *q, struct buf *body,
                               struct webget_answer *out);

#endif
