/* calls/mirror.h - the ledger's rows for a copy of it in another database (docs/guide/mirror.md).
 *
 * Answered in queue/ for the store role, and in mirror/ for the mirror role.  Tables and columns
 * stand here once: the store selects them, and the mirror makes and fills tables of the same names.
 *
 * COLUMN("name", TYPE): NUMBER; ID, 13 characters; WORD, NAME, LINE, texts of MIRROR_*_MAX
 * characters at most; TEXT, longer ones.  Those of `change` are in change/change_table.h.  New
 * columns go to the end, and raise MIRROR_VERSION.
 */
#ifndef MIRROR_CALLS_H
#define MIRROR_CALLS_H

#include "calls/call.h"
#include "change/change_table.h"

enum { MIRROR_VERSION = 1, MIRROR_TEXT_BYTES_MAX = 16 << 10 };
enum { MIRROR_WORD_MAX = 64, MIRROR_NAME_MAX = 320, MIRROR_LINE_MAX = 1000 };

/* Their keys stand first: one column, two, and (behind the node, which the mirror adds) one. */
/* clang-format off */
#define MIRROR_MESSAGE_COLUMNS(COLUMN) \
	COLUMN("id", ID) COLUMN("accepted_ms", NUMBER) COLUMN("return_path", NAME) COLUMN("login", NAME) \
	COLUMN("client_address", WORD) COLUMN("helo", NAME) COLUMN("protocol", WORD) COLUMN("message_id", LINE) \
	COLUMN("subject", LINE) COLUMN("body_8bit", NUMBER) COLUMN("smtputf8", NUMBER) COLUMN("size", NUMBER) \
	COLUMN("recipients", NUMBER) COLUMN("defence", TEXT) COLUMN("tags", TEXT) COLUMN("metadata", TEXT) \
	COLUMN("send_at_ms", NUMBER)
#define MIRROR_RECIPIENT_COLUMNS(COLUMN) \
	COLUMN("message", ID) COLUMN("recipient", NUMBER) COLUMN("address", NAME) COLUMN("domain", NAME) \
	COLUMN("account", NAME) COLUMN("uid", NUMBER) COLUMN("state", WORD) COLUMN("seq", NUMBER) \
	COLUMN("changed_ms", NUMBER) COLUMN("attempts", NUMBER) COLUMN("next_try_ms", NUMBER) \
	COLUMN("last_attempt", NUMBER) COLUMN("defence_step", WORD) COLUMN("defence_action", WORD) \
	COLUMN("route", NAME) COLUMN("route_seq", NUMBER)
/* clang-format on */

enum mirror_table { MIRROR_MESSAGE, MIRROR_RECIPIENT, MIRROR_CHANGE, MIRROR_TABLES };

/* One value, by the column's type: null, or a number, or a text. */
enum mirror_kind { MIRROR_NULL, MIRROR_IS_NUMBER, MIRROR_IS_TEXT };
#define MIRROR_CELL_FIELDS(F, L) F(u8, kind) F(i64, number) F(span, text)
#define MIRROR_ROW_FIELDS(F, L)  F(u8, table) L(mirror_cell, cells)
/* Of changes with a number above `after` the first, and of the recipients and messages that they
 * are of the rows as they are now; waits up to wait_ms for the first.  run: what a reply before
 * said, or 0.  The numbers of changes that were never synced are given out again after a crash, so
 * of another run they count only as far as the server had come when this one began: the reply says
 * behind which number its rows begin, and up to which they go.  last: the latest number given out;
 * since_ms: when the first of the changes was, or 0. */
#define MIRROR_ROWS_ARGS(F, L)   F(u64, after) F(u64, run) F(u32, wait_ms)
#define MIRROR_ROWS_REPLY(F, L)                                                                    \
	L(mirror_row, rows) F(u64, after) F(u64, upto) F(u64, last) F(u64, run) F(i64, since_ms)
PACK_DECLARE(mirror_cell, MIRROR_CELL_FIELDS)
PACK_DECLARE(mirror_row, MIRROR_ROW_FIELDS)
PACK_DECLARE(mirror_rows_args, MIRROR_ROWS_ARGS)
PACK_DECLARE(mirror_rows_reply, MIRROR_ROWS_REPLY)
CALL_DECLARE(mirror_rows, mirror_rows_args, mirror_rows_reply);

/* Asked of the mirror by the operator: how far it is.  rebuild: from now on all that the ledger
 * has is written again.  database: what it is by its own name, or empty; words: what is wrong, or
 * empty; behind: changes that are not written yet, the oldest of them since_ms; written_ms: when it
 * last wrote, by the wall clock. */
#define MIRROR_STATE_ARGS(F, L) F(bool, rebuild)
#define MIRROR_STATE_REPLY(F, L)                                                                   \
	F(bool, connected)                                                                         \
	F(span, database)                                                                          \
	F(span, words)                                                                             \
	F(u64, seq) F(u64, behind) F(i64, since_ms) F(i64, written_ms) F(u64, n_written)
PACK_DECLARE(mirror_state_args, MIRROR_STATE_ARGS)
PACK_DECLARE(mirror_state_reply, MIRROR_STATE_REPLY)
CALL_DECLARE(mirror_state, mirror_state_args, mirror_state_reply);

#endif
