/* component/net/https.h - one small text from a web server, by libcurl on a poller.
 *
 * libcurl is loaded when the first text is wanted, and need not be there.  What is asked of it and
 * what counts as an answer: webget/webget.h.
 */
#ifndef COMPONENT_NET_HTTPS_H
#define COMPONENT_NET_HTTPS_H

#include "base/buf.h"
#include "base/err.h"
#include "component/net/poller.h"
#include "webget/question.h"

struct https;
struct https_get;

/* roots: file of certificates to trust; NULL: the system's.  Both are borrowed.  ERR_UNAVAILABLE:
 * there is no libcurl; ERR_NO_MEMORY. */
NODISCARD int https_new(struct poller *p, const char *roots, struct https **out);
void https_free(struct https *h); /* nothing is asked for; NULL is nothing */

/* r: webget_judge's. */
typedef void https_answered_fn(void *arg, int r, struct span body);
/* q's texts are borrowed until the end; max: octets.  fn is called once, later.  ERR_NO_MEMORY. */
NODISCARD int https_get(struct https *h, const struct webget_question *q, size_t max,
                        https_answered_fn *fn, void *arg, struct https_get **out);
/* Nobody waits any more; NULL is nothing. */
void https_forget(struct https_get *g);

#endif
