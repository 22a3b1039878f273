/* mirror/tables.h - the tables of the copy, and statements about them.  Pure.
 *
 * docs/guide/mirror.md has them for people who make them themselves.
 */
#ifndef MIRROR_TABLES_H
#define MIRROR_TABLES_H

#include "base/buf.h"
#include "calls/mirror.h"

/* Where databases must differ: names of types, and how many rows one INSERT takes. */
enum mirror_dialect { MIRROR_POSTGRESQL, MIRROR_MARIADB, MIRROR_SQL_SERVER, MIRROR_OTHER };
/* By the name that ODBC tells of it. */
enum mirror_dialect mirror_dialect(const char *database);
size_t mirror_rows_at_once(enum mirror_dialect d, size_t n_columns);

enum mirror_type {
	MIRROR_TYPE_NUMBER,
	MIRROR_TYPE_ID,
	MIRROR_TYPE_WORD,
	MIRROR_TYPE_NAME,
	MIRROR_TYPE_LINE,
	MIRROR_TYPE_TEXT,
};
struct mirror_column {
	const char *name;
	enum mirror_type type;
};
struct mirror_form {
	const char *name;
	const struct mirror_column *columns;
	size_t n_columns, n_keys;
	int version; /* the column that tells which of two rows is newer; -1: a row never changes */
};
const struct mirror_form *mirror_form(enum mirror_table table);
/* Most characters that a column of the type takes. */
size_t mirror_room(enum mirror_dialect d, enum mirror_type type);

/* Where it stands how far the copy is. */
#define MIRROR_PLACE_TABLE "postrider_mirror"
/* What makes the tables, one statement after the other, and which; NULL: it makes an index.  False:
 * there are no more. */
bool mirror_create(enum mirror_dialect d, size_t i, const char **table, struct buf *out);
/* Of n rows: SELECT their keys and versions; INSERT them.  UPDATE one that is not newer: its values
 * are those behind the keys, then the keys, and the version. */
void mirror_select(const struct mirror_form *f, size_t n, struct buf *out);
void mirror_insert(const struct mirror_form *f, size_t n, struct buf *out);
void mirror_update(const struct mirror_form *f, struct buf *out);

#endif
