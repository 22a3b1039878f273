/* mirror/copy.c - see copy.h. */
#include "mirror/copy.h"

#include "mirror/put.h"

enum { PLACE_BYTES = 512, CREATE_BYTES = 8 << 10 };

static struct odbc_value number(uint64_t n)
{
	return (struct odbc_value){ .kind = ODBC_NUMBER, .number = (int64_t)n };
}

/* ---- its place ---- */

/* In a transaction, or before there are any. */
static int read_place(struct mirror_copy *c)
{
	struct odbc_value node = number((uint64_t)c->node);
	int64_t version = MIRROR_VERSION, seq = 0, run = 0;
	int r = odbc_run(&c->db, "SELECT version, seq, run FROM postrider_mirror WHERE node = ?",
	                 &node, 1);

	if (r >= 0)
		r = odbc_next(&c->db);
	c->begun = r == 1;
	if (r == 1)
		r = odbc_number(&c->db, 1, &version);
	if (r >= 0 && c->begun)
		r = odbc_number(&c->db, 2, &seq);
	if (r >= 0 && c->begun)
		r = odbc_number(&c->db, 3, &run);
	if (r < 0)
		return r;
	if (version > MIRROR_VERSION)
		return err(ERR_CONFIG,
		           "its tables have version %jd, and this program knows %d: use the newer "
		           "program, or drop the tables postrider_*",
		           (intmax_t)version, MIRROR_VERSION);
	c->seq = (uint64_t)seq;
	c->run = (uint64_t)run;
	return 0;
}

static int write_place(struct mirror_copy *c, uint64_t seq, uint64_t run, int64_t now_ms)
{
	struct odbc_value v[] = { number(MIRROR_VERSION), number(seq), number(run),
		                  number((uint64_t)now_ms), number((uint64_t)c->node) };

	return odbc_run(&c->db,
	                c->begun ? "UPDATE postrider_mirror SET version = ?, seq = ?, run = ?, "
	                           "written_ms = ? WHERE node = ?"
	                         : "INSERT INTO postrider_mirror (version, seq, run, written_ms, "
	                           "node) VALUES (?, ?, ?, ?, ?)",
	                v, N_ELEMS(v));
}

/* ---- opening ---- */

static bool is_there(struct mirror_copy *c, const char *table)
{
	AUTO_BUF statement = BUF(PLACE_BYTES);

	buf_puts(&statement, "SELECT COUNT(*) FROM ");
	buf_puts(&statement, table);
	buf_puts(&statement, " WHERE 1 = 0");
	return !statement.err && odbc_run(&c->db, buf_str(&statement), NULL, 0) >= 0;
}

/* An index that cannot be made, or is there, makes nothing wrong. */
static int create(struct mirror_copy *c)
{
	AUTO_BUF statement = BUF(CREATE_BYTES);
	const char *table;
	int r = 0;

	for (size_t i = 0; r >= 0 && mirror_create(c->dialect, i, &table, &statement); i++) {
		if (statement.err)
			r = statement.err;
		else if (!table)
			(void)!odbc_run(&c->db, buf_str(&statement), NULL, 0);
		else if (!is_there(c, table))
			r = odbc_run(&c->db, buf_str(&statement), NULL, 0);
		buf_reset(&statement);
	}
	return r < 0 ? err(r, "the tables cannot be made (docs/guide/mirror.md has them): %s",
	                   err_str(r))
	             : 0;
}

/* postrider_mirror is made last: where it is, all are. */
static int open_tables(struct mirror_copy *c)
{
	int r = is_there(c, MIRROR_PLACE_TABLE) ? 0 : create(c);

	if (r >= 0)
		r = odbc_transactions(&c->db);
	return r < 0 ? r : mirror_copy_look(c);
}

int mirror_copy_open(struct mirror_copy *c, struct span connection, int64_t node)
{
	*c = (struct mirror_copy){ .node = node };
	int r = odbc_connect(&c->db, connection);
	if (r < 0)
		return r;
	c->dialect = mirror_dialect(c->db.database);
	r = open_tables(c);
	if (r < 0)
		mirror_copy_close(c);
	return r;
}

void mirror_copy_close(struct mirror_copy *c)
{
	odbc_close(&c->db);
}

int mirror_copy_look(struct mirror_copy *c)
{
	int r = read_place(c);

	odbc_rollback(&c->db);
	return r;
}

int mirror_copy_again(struct mirror_copy *c)
{
	int r = read_place(c);

	if (r >= 0 && c->begun)
		r = write_place(c, 0, 0, 0);
	if (r >= 0)
		r = odbc_commit(&c->db);
	if (r >= 0)
		c->seq = c->run = 0;
	return r;
}

int mirror_copy_write(struct mirror_copy *c, const struct mirror_rows_reply *rows, int64_t now_ms)
{
	uint64_t before = c->seq;
	int r = read_place(c);

	if (r >= 0 && c->seq != before) {
		odbc_rollback(&c->db);
		return 1;
	}
	if (r >= 0)
		r = mirror_put(&c->db, c->dialect, c->node, rows->rows, rows->n_rows);
	if (r >= 0)
		r = write_place(c, rows->upto, rows->run, now_ms);
	if (r >= 0)
		r = odbc_commit(&c->db);
	if (r < 0)
		return r;
	c->begun = true;
	c->seq = rows->upto;
	c->run = rows->run;
	return 0;
}
