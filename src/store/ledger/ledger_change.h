/* store/ledger/ledger_change.h - changes as rows: statements and values by change/change_table.h.
 */
#ifndef STORE_LEDGER_CHANGE_H
#define STORE_LEDGER_CHANGE_H

#include "calls/records.h"
#include "store/ledger/sql.h"

/* "?, ?, ...": values for each column of `change`, in order. */
#define LEDGER_CHANGE_PARAMS                                         CHANGE_TABLE(LEDGER_CHANGE_PARAM_ROW)
#define LEDGER_CHANGE_PARAM_ROW(type, name, kind, home, status, ...) LEDGER_CHANGE_PARAM_##home
#define LEDGER_CHANGE_PARAM_KEY                                      "?"
#define LEDGER_CHANGE_PARAM_CHANGE                                   ", ?"
#define LEDGER_CHANGE_PARAM_REPLY                                    ", ?"
#define LEDGER_CHANGE_PARAM_MESSAGE                                  ""
#define LEDGER_CHANGE_PARAM_RECIPIENT                                ""

/* ", c.seq, ...": every member, as it was at change AS c of recipient AS r of message AS m. */
#define LEDGER_CHANGE_THEN                                           CHANGE_TABLE(LEDGER_CHANGE_THEN_ROW)
#define LEDGER_CHANGE_THEN_ROW(type, name, kind, home, status, json, column, ...)                  \
	LEDGER_CHANGE_THEN_##home(column)
#define LEDGER_CHANGE_THEN_KEY(column)       ", c." column
#define LEDGER_CHANGE_THEN_CHANGE(column)    ", c." column
#define LEDGER_CHANGE_THEN_REPLY(column)     ", c." column
#define LEDGER_CHANGE_THEN_MESSAGE(column)   ", m." column
#define LEDGER_CHANGE_THEN_RECIPIENT(column) ", r." column

/* The same as it is now: c is the latest change, and a the latest attempt. */
#define LEDGER_CHANGE_NOW                    CHANGE_TABLE(LEDGER_CHANGE_NOW_ROW)
#define LEDGER_CHANGE_NOW_ROW(type, name, kind, home, status, json, column, ...)                   \
	LEDGER_CHANGE_NOW_OF_##status(column)
#define LEDGER_CHANGE_NOW_OF_ROW(column)     ", r." column
#define LEDGER_CHANGE_NOW_OF_MESSAGE(column) ", m." column
#define LEDGER_CHANGE_NOW_OF_ATTEMPT(column) ", a." column
#define LEDGER_CHANGE_NOW_OF_LATEST(column)  ", coalesce(c." column ", a." column ")"

/* ", seq, ...": the columns of `change` alone. */
#define LEDGER_CHANGE_OWN                    CHANGE_TABLE(LEDGER_CHANGE_OWN_ROW)
#define LEDGER_CHANGE_OWN_ROW(type, name, kind, home, status, json, column, ...)                   \
	LEDGER_CHANGE_OWN_##home(column)
#define LEDGER_CHANGE_OWN_KEY(column)       LEDGER_COLUMN(column, )
#define LEDGER_CHANGE_OWN_CHANGE(column)    LEDGER_COLUMN(column, )
#define LEDGER_CHANGE_OWN_REPLY(column)     LEDGER_COLUMN(column, )
#define LEDGER_CHANGE_OWN_MESSAGE(column)   ""
#define LEDGER_CHANGE_OWN_RECIPIENT(column) ""
#define LEDGER_COLUMN(column, ...)          ", " column
#define LEDGER_CHANGE_NOW_OF_REPORT(column)                                                        \
	", (SELECT x." column " FROM change AS x INDEXED BY change_report"                         \
	" WHERE x.message = r.message AND x.recipient = r.recipient AND x." column                 \
	" IS NOT NULL ORDER BY x.seq DESC LIMIT 1)"

/* Binds values 1 and on to LEDGER_CHANGE_PARAMS.  id: memory until the statement has run. */
void ledger_change_bind(sqlite3_stmt *st, const struct record_change *f, struct sql_id *id);
/* A row of which column 1 and those behind it are LEDGER_CHANGE_THEN or _NOW.  Text is copied to
 * mem.  ERR_NO_MEMORY. */
NODISCARD int ledger_change_read(sqlite3_stmt *st, struct arena *mem, struct record_change *out);
/* The change ends an attempt, or stands for its end. */
bool ledger_change_ends_attempt(uint8_t state);

#endif
