/* Statements about the tables of the copy: mirror/tables.h. */
#include "mirror/tables.h"

#include "test.h"

TEST(tables_know_their_databases)
{
	static const struct {
		const char *name;
		enum mirror_dialect is;
	} t[] = {
		{ "PostgreSQL", MIRROR_POSTGRESQL }, { "MariaDB", MIRROR_MARIADB },
		{ "MySQL", MIRROR_MARIADB },         { "Microsoft SQL Server", MIRROR_SQL_SERVER },
		{ "SQLite", MIRROR_OTHER },          { "", MIRROR_OTHER }
	};

	EACH_ROW(t)
		CHECK_INT(mirror_dialect(t[row].name), t[row].is);
	CHECK_INT(mirror_rows_at_once(MIRROR_OTHER, 20), 1);
	CHECK(mirror_rows_at_once(MIRROR_SQL_SERVER, 21) * 21 < 2100);
}

/* Who is asked for two rows, and writes over one. */
TEST(tables_have_statements)
{
	AUTO_BUF out = BUF(64 << 10);
	const struct mirror_form *f = mirror_form(MIRROR_RECIPIENT);

	mirror_select(f, 2, &out);
	CHECK_SPAN(
	        buf_span(&out),
	        SPAN("SELECT message, recipient, seq FROM postrider_recipient WHERE (message = ? "
	             "AND recipient = ?) OR (message = ? AND recipient = ?)"));
	buf_reset(&out);
	mirror_update(f, &out);
	CHECK(span_starts_nocase(buf_span(&out),
	                         SPAN("UPDATE postrider_recipient SET address = ?, ")));
	CHECK(span_ends_nocase(buf_span(&out),
	                       SPAN(" WHERE message = ? AND recipient = ? AND seq <= ?")));
	CHECK_STR(mirror_form(MIRROR_CHANGE)->columns[0].name, "node");
	for (enum mirror_table t = 0; t < MIRROR_TABLES; t++)
		if (mirror_form(t)->version >= 0)
			CHECK_STR(mirror_form(t)->columns[mirror_form(t)->version].name, "seq");
}

/* The last of what is made says that all is there. */
TEST(tables_are_made)
{
	for (enum mirror_dialect d = 0; d <= MIRROR_OTHER; d++) {
		const char *table = NULL, *last = NULL;
		size_t n = 0;
		AUTO_BUF out = BUF(64 << 10);

		for (; mirror_create(d, n, &table, &out); n++) {
			CHECK_INT(out.err, 0);
			last = table;
			buf_reset(&out);
		}
		CHECK_INT(n, MIRROR_TABLES + 2);
		CHECK_STR(last, MIRROR_PLACE_TABLE);
	}
}
