/* mirror/put.c - see put.h. */
#include "mirror/put.h"

#include "mirror/text.h"

enum { STATEMENT_BYTES = 64 << 10, KEY_BYTES = 32 };

/* Rows of one table that are written together. */
struct piece {
	struct odbc *db;
	enum mirror_dialect dialect;
	const struct mirror_form *form;
	struct odbc_value *values; /* form->n_columns of each */
	struct piece_row {
		const struct mirror_row *from;
		bool there; /* in the database, */
		bool newer; /* and newer than this */
	} * rows;
	size_t n;
	struct arena mem;
};

static struct odbc_value *values_of(const struct piece *p, size_t row)
{
	return p->values + row * p->form->n_columns;
}

static size_t version_of(const struct piece *p)
{
	return (size_t)p->form->version;
}

/* ---- values ---- */

static int take_text(struct piece *p, struct span text, struct odbc_value *v)
{
	size_t most = text.n < v->room ? text.n : v->room;
	uint16_t *units = arena_array(&p->mem, uint16_t, most + 1);

	if (!units)
		return err(ERR_NO_MEMORY, "no memory for a text");
	v->kind = ODBC_TEXT;
	v->text = units;
	v->n = mirror_text(text, v->room, units);
	return 0;
}

static int take_cell(struct piece *p, const struct mirror_column *column,
                     const struct mirror_cell *cell, struct odbc_value *v)
{
	bool text = column->type != MIRROR_TYPE_NUMBER;

	*v = (struct odbc_value){ .kind = text ? ODBC_NULL_TEXT : ODBC_NULL_NUMBER,
		                  .room = mirror_room(p->dialect, column->type) };
	if (cell->kind == MIRROR_NULL)
		return 0;
	if (text != (cell->kind == MIRROR_IS_TEXT))
		return err(ERR_SYNTAX, "%s.%s has a value of another type", p->form->name,
		           column->name);
	if (text)
		return take_text(p, cell->text, v);
	v->kind = ODBC_NUMBER;
	v->number = cell->number;
	return 0;
}

/* The node stands before what the store knows of a change. */
static int take_row(struct piece *p, const struct mirror_row *row, int64_t node, size_t at)
{
	struct odbc_value *v = values_of(p, at);
	size_t first = row->table == MIRROR_CHANGE, n = p->form->n_columns;
	int r = 0;

	if (row->n_cells + first != n)
		return err(ERR_SYNTAX, "a row of %s with %zu values", p->form->name, row->n_cells);
	if (first)
		v[0] = (struct odbc_value){ .kind = ODBC_NUMBER, .number = node };
	for (size_t i = first; r >= 0 && i < n; i++)
		r = take_cell(p, &p->form->columns[i], &row->cells[i - first], &v[i]);
	p->rows[at] = (struct piece_row){ .from = row };
	return r;
}

/* ---- what is there ---- */

static bool is_key(const struct odbc_value *v, const char *ascii)
{
	size_t i = 0;

	while (i < v->n && ascii[i] && v->text[i] == (unsigned char)ascii[i])
		i++;
	return i == v->n && !ascii[i];
}

/* The row where the database's answer stands; its keys are read in their order. */
static int take_there(struct piece *p)
{
	int64_t numbers[2] = { 0 }, version = 0;
	char ids[2][KEY_BYTES] = { "" };
	const struct mirror_form *f = p->form;
	int r = 0;

	for (size_t k = 0; r >= 0 && k < f->n_keys; k++)
		r = f->columns[k].type == MIRROR_TYPE_NUMBER
		            ? odbc_number(p->db, (int)k + 1, &numbers[k])
		            : odbc_ascii(p->db, (int)k + 1, ids[k], sizeof ids[k]);
	if (r >= 0 && f->version >= 0)
		r = odbc_number(p->db, (int)f->n_keys + 1, &version);
	for (size_t i = 0; r >= 0 && i < p->n; i++) {
		const struct odbc_value *v = values_of(p, i);
		bool same = true;

		for (size_t k = 0; k < f->n_keys; k++)
			same = same &&
			       (f->columns[k].type == MIRROR_TYPE_NUMBER ? v[k].number == numbers[k]
			                                                 : is_key(&v[k], ids[k]));
		if (same) {
			p->rows[i].there = true;
			p->rows[i].newer = f->version < 0 || version > v[version_of(p)].number;
		}
	}
	return r;
}

static int find_there(struct piece *p)
{
	AUTO_BUF statement = BUF(STATEMENT_BYTES);
	size_t n_keys = p->form->n_keys;
	struct odbc_value *keys = arena_array(&p->mem, struct odbc_value, p->n * n_keys);
	int r;

	if (!keys)
		return err(ERR_NO_MEMORY, "no memory for keys");
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < n_keys; k++)
			keys[i * n_keys + k] = values_of(p, i)[k];
	mirror_select(p->form, p->n, &statement);
	r = statement.err ? statement.err
	                  : odbc_run(p->db, buf_str(&statement), keys, p->n * n_keys);
	while (r >= 0 && (r = odbc_next(p->db)) == 1)
		r = take_there(p);
	return r;
}

/* ---- writing ---- */

static int update(struct piece *p, size_t row)
{
	AUTO_BUF statement = BUF(STATEMENT_BYTES);
	const struct mirror_form *f = p->form;
	struct odbc_value *v = values_of(p, row);
	struct odbc_value *all = arena_array(&p->mem, struct odbc_value, f->n_columns + 1);
	size_t behind = f->n_columns - f->n_keys;

	if (!all)
		return err(ERR_NO_MEMORY, "no memory for values");
	memcpy(all, v + f->n_keys, behind * sizeof *v);
	memcpy(all + behind, v, f->n_keys * sizeof *v);
	all[f->n_columns] = v[version_of(p)];
	mirror_update(f, &statement);
	return statement.err ? statement.err
	                     : odbc_run(p->db, buf_str(&statement), all, f->n_columns + 1);
}

/* Values of those that are not there, moved together. */
static int insert(struct piece *p)
{
	AUTO_BUF statement = BUF(STATEMENT_BYTES);
	size_t n = 0, width = p->form->n_columns;

	for (size_t i = 0; i < p->n; i++)
		if (!p->rows[i].there)
			memmove(values_of(p, n++), values_of(p, i), width * sizeof *p->values);
	if (!n)
		return 0;
	mirror_insert(p->form, n, &statement);
	return statement.err ? statement.err
	                     : odbc_run(p->db, buf_str(&statement), p->values, n * width);
}

static int put_piece(struct piece *p)
{
	int r = find_there(p);

	for (size_t i = 0; r >= 0 && i < p->n; i++)
		if (p->rows[i].there && !p->rows[i].newer)
			r = update(p, i);
	return r < 0 ? r : insert(p);
}

/* As many rows of the table, from *at on, as one statement takes. */
static int next_piece(struct piece *p, int64_t node, enum mirror_table table,
                      const struct mirror_row *rows, size_t n, size_t *at)
{
	size_t most = mirror_rows_at_once(p->dialect, p->form->n_columns);
	int r = 0;

	arena_reset(&p->mem);
	p->n = 0;
	p->rows = arena_array(&p->mem, struct piece_row, most);
	p->values = arena_array(&p->mem, struct odbc_value, most * p->form->n_columns);
	if (!p->rows || !p->values)
		return err(ERR_NO_MEMORY, "no memory for rows");
	for (; r >= 0 && *at < n && p->n < most; ++*at)
		if (rows[*at].table == table)
			r = take_row(p, &rows[*at], node, p->n++);
	return r;
}

int mirror_put(struct odbc *db, enum mirror_dialect d, int64_t node, const struct mirror_row *rows,
               size_t n)
{
	struct piece p = { .db = db, .dialect = d };
	int r = 0;

	for (enum mirror_table t = 0; r >= 0 && t < MIRROR_TABLES; t++) {
		p.form = mirror_form(t);
		for (size_t at = 0; r >= 0 && at < n;) {
			r = next_piece(&p, node, t, rows, n, &at);
			if (r >= 0 && p.n)
				r = put_piece(&p);
		}
	}
	arena_fini(&p.mem);
	return r;
}
