/* mirror/tables.c - see tables.h. */
#include "mirror/tables.h"

enum {
	ID_ROOM = 16,
	TEXT_ROOM = MIRROR_TEXT_BYTES_MAX,
	OTHER_TEXT_ROOM = 4000,
	VALUES_MAX = 1000, /* SQL Server takes 2100 in a statement */
	ROWS_MAX = 50,
};

#define COLUMN(name, type)                                     { name, MIRROR_TYPE_##type },
#define TYPE_OF_NUMBER                                         MIRROR_TYPE_NUMBER
#define TYPE_OF_CODE                                           MIRROR_TYPE_NUMBER
#define TYPE_OF_TIME                                           MIRROR_TYPE_NUMBER
#define TYPE_OF_NEXT                                           MIRROR_TYPE_NUMBER
#define TYPE_OF_ID                                             MIRROR_TYPE_ID
#define TYPE_OF_STATE                                          MIRROR_TYPE_WORD
#define TYPE_OF_CLASS                                          MIRROR_TYPE_WORD
#define TYPE_OF_REPORT                                         MIRROR_TYPE_WORD
#define TYPE_OF_TEXT                                           MIRROR_TYPE_TEXT
#define COLUMN_AT_KEY(name, kind)                              { name, TYPE_OF_##kind },
#define COLUMN_AT_CHANGE(name, kind)                           { name, TYPE_OF_##kind },
#define COLUMN_AT_REPLY(name, kind)                            { name, TYPE_OF_##kind },
#define COLUMN_AT_MESSAGE(name, kind)                          /* it is there */
#define COLUMN_AT_RECIPIENT(name, kind)                        /* it is there */
#define OWN(type, name, kind, home, status, json, column, ...) COLUMN_AT_##home(column, kind)

static const struct mirror_column message[] = { MIRROR_MESSAGE_COLUMNS(COLUMN) };
static const struct mirror_column recipient[] = { MIRROR_RECIPIENT_COLUMNS(COLUMN) };
/* The numbers of changes are each server's own. */
static const struct mirror_column change[] = { { "node", MIRROR_TYPE_NUMBER }, CHANGE_TABLE(OWN) };

enum { RECIPIENT_SEQ = 7, CHANGE_SEQ = 1 };

static const struct mirror_form forms[MIRROR_TABLES] = {
	[MIRROR_MESSAGE] = { "postrider_message", message, N_ELEMS(message), 1, -1 },
	[MIRROR_RECIPIENT] = { "postrider_recipient", recipient, N_ELEMS(recipient), 2,
	                       RECIPIENT_SEQ },
	[MIRROR_CHANGE] = { "postrider_change", change, N_ELEMS(change), 2, CHANGE_SEQ },
};

const struct mirror_form *mirror_form(enum mirror_table table)
{
	return &forms[table];
}

/* ---- dialects ---- */

static const struct {
	const char *varchar, *text; /* text NULL: a varchar */
	const char *behind;         /* a table's columns */
	bool many;                  /* rows in one INSERT */
} dialects[] = {
	[MIRROR_POSTGRESQL] = { "VARCHAR", "TEXT", "", true },
	[MIRROR_MARIADB] = { "VARCHAR", "MEDIUMTEXT", " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
	                     true },
	[MIRROR_SQL_SERVER] = { "NVARCHAR", "NVARCHAR(MAX)", "", true },
	[MIRROR_OTHER] = { "VARCHAR", NULL, "", false },
};

enum mirror_dialect mirror_dialect(const char *database)
{
	static const struct {
		const char *name;
		enum mirror_dialect is;
	} known[] = { { "PostgreSQL", MIRROR_POSTGRESQL },
		      { "MariaDB", MIRROR_MARIADB },
		      { "MySQL", MIRROR_MARIADB },
		      { "Microsoft SQL Server", MIRROR_SQL_SERVER } };

	for (size_t i = 0; i < N_ELEMS(known); i++)
		if (span_starts_nocase(span_str(database), span_str(known[i].name)))
			return known[i].is;
	return MIRROR_OTHER;
}

size_t mirror_rows_at_once(enum mirror_dialect d, size_t n_columns)
{
	size_t n = VALUES_MAX / n_columns;

	if (!dialects[d].many)
		return 1;
	return n < ROWS_MAX ? n : ROWS_MAX;
}

size_t mirror_room(enum mirror_dialect d, enum mirror_type type)
{
	switch (type) {
	case MIRROR_TYPE_NUMBER: return 0;
	case MIRROR_TYPE_ID: return ID_ROOM;
	case MIRROR_TYPE_WORD: return MIRROR_WORD_MAX;
	case MIRROR_TYPE_NAME: return MIRROR_NAME_MAX;
	case MIRROR_TYPE_LINE: return MIRROR_LINE_MAX;
	case MIRROR_TYPE_TEXT: break;
	}
	return dialects[d].text ? TEXT_ROOM : OTHER_TEXT_ROOM;
}

static void put_type(enum mirror_dialect d, enum mirror_type type, struct buf *out)
{
	if (type == MIRROR_TYPE_NUMBER)
		buf_puts(out, "BIGINT");
	else if (type == MIRROR_TYPE_TEXT && dialects[d].text)
		buf_puts(out, dialects[d].text);
	else
		buf_printf(out, "%s(%zu)", dialects[d].varchar, mirror_room(d, type));
}

/* ---- statements ---- */

static void put_keys(const struct mirror_form *f, struct buf *out)
{
	for (size_t i = 0; i < f->n_keys; i++)
		buf_printf(out, "%s%s", i ? ", " : "", f->columns[i].name);
}

static void put_table(enum mirror_dialect d, const struct mirror_form *f, struct buf *out)
{
	buf_puts(out, "CREATE TABLE ");
	buf_puts(out, f->name);
	buf_puts(out, " (");
	for (size_t i = 0; i < f->n_columns; i++) {
		buf_printf(out, "%s ", f->columns[i].name);
		put_type(d, f->columns[i].type, out);
		buf_puts(out, i < f->n_keys ? " NOT NULL, " : ", ");
	}
	buf_puts(out, "PRIMARY KEY (");
	put_keys(f, out);
	buf_printf(out, "))%s", dialects[d].behind);
}

bool mirror_create(enum mirror_dialect d, size_t i, const char **table, struct buf *out)
{
	*table = i < MIRROR_TABLES ? forms[i].name : i > MIRROR_TABLES ? MIRROR_PLACE_TABLE : NULL;
	if (i < MIRROR_TABLES)
		put_table(d, &forms[i], out);
	else if (i == MIRROR_TABLES)
		buf_puts(out,
		         "CREATE INDEX postrider_change_message ON postrider_change (message)");
	else if (i == MIRROR_TABLES + 1) {
		buf_puts(out, "CREATE TABLE " MIRROR_PLACE_TABLE
		              " (node BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL, "
		              "seq BIGINT NOT NULL, run BIGINT NOT NULL, "
		              "written_ms BIGINT NOT NULL)");
		buf_puts(out, dialects[d].behind);
	} else
		return false;
	return true;
}

static void put_keys_are(const struct mirror_form *f, struct buf *out)
{
	for (size_t i = 0; i < f->n_keys; i++)
		buf_printf(out, "%s%s = ?", i ? " AND " : "", f->columns[i].name);
}

void mirror_select(const struct mirror_form *f, size_t n, struct buf *out)
{
	buf_puts(out, "SELECT ");
	put_keys(f, out);
	if (f->version >= 0)
		buf_printf(out, ", %s", f->columns[f->version].name);
	buf_puts(out, " FROM ");
	buf_puts(out, f->name);
	buf_puts(out, " WHERE ");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i ? " OR (" : "(");
		put_keys_are(f, out);
		buf_puts(out, ")");
	}
}

void mirror_insert(const struct mirror_form *f, size_t n, struct buf *out)
{
	buf_puts(out, "INSERT INTO ");
	buf_puts(out, f->name);
	buf_puts(out, " (");
	for (size_t i = 0; i < f->n_columns; i++)
		buf_printf(out, "%s%s", i ? ", " : "", f->columns[i].name);
	buf_puts(out, ") VALUES ");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i ? ", (" : "(");
		for (size_t k = 0; k < f->n_columns; k++)
			buf_puts(out, k ? ", ?" : "?");
		buf_puts(out, ")");
	}
}

void mirror_update(const struct mirror_form *f, struct buf *out)
{
	buf_puts(out, "UPDATE ");
	buf_puts(out, f->name);
	buf_puts(out, " SET ");
	for (size_t i = f->n_keys; i < f->n_columns; i++)
		buf_printf(out, "%s%s = ?", i > f->n_keys ? ", " : "", f->columns[i].name);
	buf_puts(out, " WHERE ");
	put_keys_are(f, out);
	buf_printf(out, " AND %s <= ?", f->columns[f->version].name);
}
