/* calls/webhooks.h - endpoints to which an account's events are posted: kept by the store, posted to
 * by the courier.
 *
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
#ifndef WEBHOOKS_CALLS_H
#define WEBHOOKS_CALLS_H

#include "calls/call.h"

/* ---- store -> courier ---- */

/* Posts body (JSON) to the URL, with the three fields of a webhook.  status: of what was answered,
 * of any kind, redirects too, which nobody follows; 0: nothing was, for the reason in `words`.
 * answer: the first WEBHOOK_ANSWER_MAX octets of what it said.  retry_after_s: what it asks for, 0:
 * nothing.  ERR_CANCELLED: we are about to end. */
enum { WEBHOOK_ANSWER_MAX = 512, WEBHOOK_BODY_MAX = 64 << 10 };
#define WEBHOOK_POST_ARGS(F, L)                                                                    \
	F(span, url) F(span, id) F(i64, time_s) F(span, signature) F(span, body)
#define WEBHOOK_POST_REPLY(F, L)                                                                   \
	F(u16, status) F(span, words) F(span, answer) F(i64, elapsed_ms) F(i64, retry_after_s)
PACK_DECLARE(webhook_post_args, WEBHOOK_POST_ARGS)
PACK_DECLARE(webhook_post_reply, WEBHOOK_POST_REPLY)
CALL_DECLARE(webhook_post, webhook_post_args, webhook_post_reply);

#endif
