/* calls/kit.h - what accounts keep here for their programs: templates, forms.  Answered by the
 * store. */
#ifndef CALLS_KIT_H
#define CALLS_KIT_H

#include "calls/call.h"

/* Numbers are kept: never reuse one. */
enum kit_kind {
	KIT_TEMPLATE = 1, /* named by the account; for itself alone */
	KIT_FORM = 2,     /* named at random; whoever has the name may fill it in */
	KIT_KINDS,
};

enum {
	KIT_NAME_MAX = 100,         /* octets */
	KIT_OCTETS_MAX = 256 << 10, /* of one */
	KIT_OF_ACCOUNT_MAX = 1000,  /* of one kind */
	KIT_ROWS_MAX = 100,         /* in one reply */
};

/* octets: JSON, whose meaning is the asker's. */
#define KIT_ROW_FIELDS(F, L) F(span, name) F(span, octets) F(i64, changed_ms)
PACK_DECLARE(kit_row, KIT_ROW_FIELDS)

/* One of the ticket's account (with TICKET_SUBMIT, TICKET_REPORT or TICKET_MANAGE).  ERR_NOT_FOUND.
 */
#define KIT_GET_ARGS(F, L)  F(span, ticket) F(u8, kind) F(span, name)
#define KIT_GET_REPLY(F, L) F(span, octets) F(i64, changed_ms)
PACK_DECLARE(kit_get_args, KIT_GET_ARGS)
PACK_DECLARE(kit_get_reply, KIT_GET_REPLY)
CALL_DECLARE(kit_get, kit_get_args, kit_get_reply);

/* Those behind that name (empty: from the first on), in order of their names, as many as there is
 * room for: KIT_ROWS_MAX, and no more octets than KIT_OCTETS_MAX.  ticket: TICKET_REPORT. */
#define KIT_LIST_ARGS(F, L)  F(span, ticket) F(u8, kind) F(span, after)
#define KIT_LIST_REPLY(F, L) L(kit_row, rows) F(bool, more)
PACK_DECLARE(kit_list_args, KIT_LIST_ARGS)
PACK_DECLARE(kit_list_reply, KIT_LIST_REPLY)
CALL_DECLARE(kit_list, kit_list_args, kit_list_reply);

/* Puts it in place of what has that name, or takes that out (`remove`; ERR_NOT_FOUND).  A form
 * without a name gets one.  Durable once it is answered.  made: there was none.  ticket:
 * TICKET_MANAGE.  ERR_SYNTAX, ERR_LIMIT. */
#define KIT_ORDER_ARGS(F, L)                                                                       \
	F(span, ticket) F(u8, kind) F(span, name) F(span, octets) F(bool, remove)
#define KIT_ORDER_REPLY(F, L) F(span, name) F(bool, made)
PACK_DECLARE(kit_order_args, KIT_ORDER_ARGS)
PACK_DECLARE(kit_order_reply, KIT_ORDER_REPLY)
CALL_DECLARE(kit_order, kit_order_args, kit_order_reply);

/* A form, for whoever has its name.  ERR_NOT_FOUND. */
#define KIT_FORM_ARGS(F, L)  F(span, name)
#define KIT_FORM_REPLY(F, L) F(span, account) F(span, octets)
PACK_DECLARE(kit_form_args, KIT_FORM_ARGS)
PACK_DECLARE(kit_form_reply, KIT_FORM_REPLY)
CALL_DECLARE(kit_form, kit_form_args, kit_form_reply);

#endif
