/* store/ledger/ledger_rows.h - the recipients of one batch: many changes, one row each.
 *
 * Each change is a row of `change`, written at once; rows of `recipient` are written at the end,
 * with what became of them last.  Part of a transaction of ledger_write.c.  Floor 2.
 */
#ifndef STORE_LEDGER_ROWS_H
#define STORE_LEDGER_ROWS_H

#include "base/map.h"
#include "store/ledger/ledger_places.h"

struct row;

struct ledger_rows {
	struct ledger *l;
	struct ledger_places *places;
	struct arena *mem; /* what is handed in lives as long */
	struct map map;
	struct row *first, **end;
};

void ledger_rows_init(struct ledger_rows *rows, struct ledger *l, struct ledger_places *places,
                      struct arena *mem);
void ledger_rows_fini(struct ledger_rows *rows);
/* The table does not have this recipient yet. */
NODISCARD int ledger_rows_fresh(struct ledger_rows *rows, uint64_t message, uint32_t recipient,
                                const struct record_recipient *fresh);
/* In the order of f->seq. */
NODISCARD int ledger_rows_change(struct ledger_rows *rows, const struct record_change *f);
/* One that is a row of `change` already. */
NODISCARD int ledger_rows_recall(struct ledger_rows *rows, const struct record_change *f);
NODISCARD int ledger_rows_write(struct ledger_rows *rows);

#endif
