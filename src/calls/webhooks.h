/* calls/webhooks.h - endpoints to which an account's events are posted: kept by the store, posted
 * to by the courier.
 *
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
#ifndef WEBHOOKS_CALLS_H
#define WEBHOOKS_CALLS_H

#include "calls/call.h"

/* ---- edge, control -> store ---- */

/* An order about endpoints of the ticket's account (TICKET_MANAGE; to look, TICKET_REPORT will do;
 * or the operator's for that account).
 *   LIST    all, or the one with that id
 *   NEW     url, events, tags; the row has its secret, shown this once
 *   CHANGE  what `given` says
 *   REMOVE  with its log
 *   ROTATE  another secret, shown once; for a day the old one signs beside it
 *   TEST    posts a test now; a row of the log tells what came of it
 *   LOG     rows of its log, the latest first, up to max before that number (0: from the latest on)
 *   REPLAY  goes on from the change with that number, or from the first at that time or later
 * Rows are JSON.  events: names with commas between them, empty for all; tags: a JSON array, empty
 * or [] for all.  ERR_NOT_FOUND: it has no such one; ERR_REFUSED: a URL that is not permitted;
 * ERR_LIMIT; ERR_SYNTAX. */
enum webhook_verb {
	WEBHOOK_LIST = 1,
	WEBHOOK_NEW,
	WEBHOOK_CHANGE,
	WEBHOOK_REMOVE,
	WEBHOOK_ROTATE,
	WEBHOOK_TEST,
	WEBHOOK_LOG,
	WEBHOOK_REPLAY,
	WEBHOOK_VERBS
};
enum webhook_given {
	WEBHOOK_URL = 1 << 0,
	WEBHOOK_EVENTS = 1 << 1,
	WEBHOOK_TAGS = 1 << 2,
	WEBHOOK_ENABLED = 1 << 3,
};
enum { WEBHOOK_LOG_MAX = 100, WEBHOOK_ENDPOINTS_MAX = 50, WEBHOOK_TAGS_BYTES_MAX = 4 << 10 };
#define WEBHOOK_ORDER_ARGS(F, L)                                                                   \
	F(span, ticket)                                                                            \
	F(u8, verb)                                                                                \
	F(u64, id)                                                                                 \
	F(u8, given)                                                                               \
	F(span, url)                                                                               \
	F(span, events)                                                                            \
	F(span, tags) F(bool, enabled) F(u64, before) F(u32, max) F(u64, seq) F(i64, time_ms)
#define WEBHOOK_ROW_FIELDS(F, L)  F(span, json)
#define WEBHOOK_ORDER_REPLY(F, L) L(webhook_row, rows) F(bool, more)
PACK_DECLARE(webhook_order_args, WEBHOOK_ORDER_ARGS)
PACK_DECLARE(webhook_row, WEBHOOK_ROW_FIELDS)
PACK_DECLARE(webhook_order_reply, WEBHOOK_ORDER_REPLY)
CALL_DECLARE(webhook_order, webhook_order_args, webhook_order_reply);

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
