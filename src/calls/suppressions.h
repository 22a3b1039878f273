/* calls/suppressions.h - whom an account does not send to any more.  Answered by the store. */
#ifndef CALLS_SUPPRESSIONS_H
#define CALLS_SUPPRESSIONS_H

#include "base/json.h"
#include "calls/directory.h"

/* Numbers are kept: never reuse one. */
enum suppression_why {
	SUPPRESSION_HARD_BOUNCE = 1, /* the address is not there any more */
	SUPPRESSION_COMPLAINT = 2,   /* its owner calls our mail unwanted */
	SUPPRESSION_UNSUBSCRIBE = 3, /* its owner wants none of the list */
	SUPPRESSION_MANUAL = 4,      /* somebody of the account, or the operator, said so */
	SUPPRESSION_WHYS,
};

enum {
	SUPPRESSION_ROWS_MAX = 500,  /* in one reply */
	SUPPRESSION_WORDS_MAX = 500, /* octets */
	SUPPRESSION_LIST_MAX = 100,
};

/* address: in its one form, in lower case.  list: of which list alone it wants nothing; empty: of
 * anything.  until_ms: 0: for ever.  message: the one that it followed from; 0: none.  words: what
 * was said. */
#define SUPPRESSION_FIELDS(F, L)                                                                   \
	F(span, address)                                                                           \
	F(span, list)                                                                              \
	F(u8, why) F(i64, since_ms) F(i64, until_ms) F(u64, message) F(span, words)
PACK_DECLARE(suppression, SUPPRESSION_FIELDS)

/* Which of these addresses does the account of the ticket not send to, in mail of that list (empty:
 * of none)?  ticket: with TICKET_SUBMIT, or the operator's for that account. */
#define SUPPRESSIONS_ASK_ARGS(F, L)  F(span, ticket) F(span, list) L(directory_address, addresses)
#define SUPPRESSIONS_ASK_REPLY(F, L) L(suppression, found)
PACK_DECLARE(suppressions_ask_args, SUPPRESSIONS_ASK_ARGS)
PACK_DECLARE(suppressions_ask_reply, SUPPRESSIONS_ASK_REPLY)
CALL_DECLARE(suppressions_ask, suppressions_ask_args, suppressions_ask_reply);

/* Those of the account, by address and list, up to max behind that one (all of it empty: from the
 * first on); or of one address.  ticket: with TICKET_REPORT, or the operator's. */
#define SUPPRESSIONS_LIST_ARGS(F, L)                                                               \
	F(span, ticket) F(span, address) F(span, after) F(span, after_list) F(u32, max)
#define SUPPRESSIONS_LIST_REPLY(F, L) L(suppression, rows) F(bool, more)
PACK_DECLARE(suppressions_list_args, SUPPRESSIONS_LIST_ARGS)
PACK_DECLARE(suppressions_list_reply, SUPPRESSIONS_LIST_REPLY)
CALL_DECLARE(suppressions_list, suppressions_list_args, suppressions_list_reply);

/* Puts `row` (since_ms means nothing), or takes out what is there of its address and list; row:
 * as it is now, or was.  Durable once it is answered.  ticket: with TICKET_MANAGE, or the
 * operator's.  ERR_SYNTAX; ERR_NOT_FOUND: nothing is there to take out. */
#define SUPPRESSIONS_ORDER_ARGS(F, L)  F(span, ticket) F(bool, remove) L(suppression, row)
#define SUPPRESSIONS_ORDER_REPLY(F, L) L(suppression, row)
PACK_DECLARE(suppressions_order_args, SUPPRESSIONS_ORDER_ARGS)
PACK_DECLARE(suppressions_order_reply, SUPPRESSIONS_ORDER_REPLY)
CALL_DECLARE(suppressions_order, suppressions_order_args, suppressions_order_reply);

/* ---- links to unsubscribe (RFC 8058) ---- */

/* Asked of the auth role, which signs them: what names this recipient of the ticket's account, and
 * the list (empty: any mail); and what it names.  ticket: with TICKET_SUBMIT.  ERR_TOO_LONG;
 * ERR_NOT_FOUND: it was not made here. */
#define UNSUBSCRIBE_MAKE_ARGS(F, L)  F(span, ticket) F(span, address) F(span, list)
#define UNSUBSCRIBE_MAKE_REPLY(F, L) F(span, token)
#define UNSUBSCRIBE_READ_ARGS(F, L)  F(span, token)
#define UNSUBSCRIBE_READ_REPLY(F, L) F(span, account) F(span, address) F(span, list)
PACK_DECLARE(unsubscribe_make_args, UNSUBSCRIBE_MAKE_ARGS)
PACK_DECLARE(unsubscribe_make_reply, UNSUBSCRIBE_MAKE_REPLY)
PACK_DECLARE(unsubscribe_read_args, UNSUBSCRIBE_READ_ARGS)
PACK_DECLARE(unsubscribe_read_reply, UNSUBSCRIBE_READ_REPLY)
CALL_DECLARE(unsubscribe_make, unsubscribe_make_args, unsubscribe_make_reply);
CALL_DECLARE(unsubscribe_read, unsubscribe_read_args, unsubscribe_read_reply);

/* Asked of the store by whoever got the token: suppresses whom it names; looks: says who that is,
 * and no more.  ERR_NOT_FOUND: it was not made here. */
#define SUPPRESSIONS_UNSUBSCRIBE_ARGS(F, L)  F(span, token) F(bool, looks)
#define SUPPRESSIONS_UNSUBSCRIBE_REPLY(F, L) F(span, address) F(span, list)
PACK_DECLARE(suppressions_unsubscribe_args, SUPPRESSIONS_UNSUBSCRIBE_ARGS)
PACK_DECLARE(suppressions_unsubscribe_reply, SUPPRESSIONS_UNSUBSCRIBE_REPLY)
CALL_DECLARE(suppressions_unsubscribe, suppressions_unsubscribe_args,
             suppressions_unsubscribe_reply);

/* "hard-bounce"; "unknown". */
const char *suppression_why_name(uint8_t why);
/* The JSON object: address, list, why, since, until, message, words; null for what there is not. */
void suppression_json(const struct suppression *s, struct json *j);

#endif
