/* calls/bans.h - who is shut out: asked of the edge role by the operator's door, and remembered by
 * the store.  Floor of the calls. */
#ifndef CALLS_BANS_H
#define CALLS_BANS_H

#include "calls/call.h"

/* LIST: who is now, some 1,000 at most.  ADD: the address's source (IPv6: its /64), for ms from now
 * on, for the reason `why`.  REMOVE: lets it in, and forgives all of its debt.
 * LOOK: what is known of that one source, if anything; until_ms 0: it is not shut out.  ERR_SYNTAX:
 * no address; ERR_NOT_FOUND: it is not shut out. */
enum ban_order_kind { BAN_LIST, BAN_ADD, BAN_REMOVE, BAN_LOOK };
#define BAN_ROW_FIELDS(F, L)                                                                       \
	F(span, address) F(span, why) F(i64, until_ms) F(u32, debt) F(u32, n_turned_away)
#define BAN_ORDER_ARGS(F, L)  F(u8, order) F(span, address) F(i64, ms) F(span, why)
#define BAN_ORDER_REPLY(F, L) L(ban_row, rows)
PACK_DECLARE(ban_row, BAN_ROW_FIELDS)
PACK_DECLARE(ban_order_args, BAN_ORDER_ARGS)
PACK_DECLARE(ban_order_reply, BAN_ORDER_REPLY)
CALL_DECLARE(ban_order, ban_order_args, ban_order_reply);

/* What sources owe and who is shut out, remembered by the store so that no restart forgets it.  The
 * edge writes a row and reads it; the store knows whose it is, and when it may be forgotten.
 *   source    limits_source's octets
 *   until_ms  by the wall; it is forgotten then, or at once where that is over
 *   octets    a ban_kept, packed: its fields are only added to
 * Times of a ban_kept are of the wall, so that what is forgiven by the time is so while no server
 * runs.  counts: in the order of enum bans_harm. */
enum { BAN_MEMORY_ROWS_MAX = 512, BAN_SOURCE_BYTES_MAX = 16, BAN_OCTETS_MAX = 512 };
#define BAN_COUNT_FIELDS(F, L) F(u32, n)
#define BAN_KEPT_FIELDS(F, L)                                                                      \
	F(span, address)                                                                           \
	F(u32, debt)                                                                               \
	F(i64, debt_ms)                                                                            \
	F(i64, good_until_ms)                                                                      \
	F(i64, shut_until_ms) F(u32, n_turned_away) F(span, why) L(ban_count, counts)
#define BAN_MEMORY_FIELDS(F, L) F(span, source) F(i64, until_ms) F(span, octets)
#define BAN_KEEP_ARGS(F, L)     L(ban_memory, rows)
#define BAN_KEEP_REPLY(F, L)    F(bool, kept)
PACK_DECLARE(ban_count, BAN_COUNT_FIELDS)
PACK_DECLARE(ban_kept, BAN_KEPT_FIELDS)
PACK_DECLARE(ban_memory, BAN_MEMORY_FIELDS)
PACK_DECLARE(ban_keep_args, BAN_KEEP_ARGS)
PACK_DECLARE(ban_keep_reply, BAN_KEEP_REPLY)
CALL_DECLARE(ban_keep, ban_keep_args, ban_keep_reply);

/* All that is kept: a page of those behind `after`. */
#define BAN_RECALL_ARGS(F, L)  F(span, after)
#define BAN_RECALL_REPLY(F, L) L(ban_memory, rows) F(bool, more)
PACK_DECLARE(ban_recall_args, BAN_RECALL_ARGS)
PACK_DECLARE(ban_recall_reply, BAN_RECALL_REPLY)
CALL_DECLARE(ban_recall, ban_recall_args, ban_recall_reply);

#endif
