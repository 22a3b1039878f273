/* courier/https.h - one small text from a web server, by libcurl on our loop.  Floor 5.
 *
 * Nothing is followed, kept or guessed: no redirect, no proxy, no cookie, no name that libcurl
 * would look up itself.  The certificate must be good for the host, by the system's roots.
 */
#ifndef COURIER_HTTPS_H
#define COURIER_HTTPS_H

#include "base/buf.h"
#include "rt/fibre.h"
#include "rt/stream/tls.h"

/* Before the sandbox closes.  roots: of tls_client_new(true); borrowed; NULL: nothing will be
 * had.  ERR_NO_MEMORY. */
NODISCARD int https_open(struct tls_context *roots);
/* Nobody waits any more. */
void https_close(void);

struct https_question {
	const char *url;       /* https://HOST:PORT/PATH                        */
	const char *addresses; /* "HOST:PORT:192.0.2.1,[2001:db8::1]"           */
	const char *type;      /* of the content, in front of any parameters    */
	int64_t ms;            /* all of it                                     */
};
/* 200 and its body, up to body's cap.  ERR_NET with words that say what happened, ERR_CERTIFICATE,
 * ERR_TOO_BIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_NO_MEMORY. */
NODISCARD WAITS int https_get(const struct https_question *q, struct buf *body);

#endif
