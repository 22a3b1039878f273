/* mirror/odbc.h - a database by unixODBC, with our errors.  All of it blocks.
 *
 * libodbc is loaded by who calls odbc_load, before its sandbox closes, and so is the driver of the
 * connection string: behind it nothing can be.  The words of an error are those of the driver.
 * https://learn.microsoft.com/en-us/sql/odbc/reference/syntax/odbc-api-reference
 */
#ifndef MIRROR_ODBC_H
#define MIRROR_ODBC_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum { ODBC_NAME_BYTES = 64 };

/* ERR_UNAVAILABLE: the library or the driver is not there; ERR_CONFIG: none is named. */
NODISCARD int odbc_load(struct span connection);
/* Where the driver lies; "" before. */
const char *odbc_driver_dir(void);

struct odbc {
	void *env, *dbc, *stmt;
	char database[ODBC_NAME_BYTES]; /* what it is by its own name */
};

/* Each statement commits by itself until odbc_transactions. */
NODISCARD int odbc_connect(struct odbc *c, struct span connection);
NODISCARD int odbc_transactions(struct odbc *c);
void odbc_close(struct odbc *c);

/* A value of a statement: null, a number, or a text of at most `room` characters. */
struct odbc_value {
	enum { ODBC_NULL_NUMBER, ODBC_NULL_TEXT, ODBC_NUMBER, ODBC_TEXT } kind;
	int64_t number;
	const uint16_t *text; /* UTF-16, n units */
	size_t n, room;
	long octets; /* odbc.c's */
};

/* Runs it; its rows are read by odbc_next, and are gone with the next statement. */
NODISCARD int odbc_run(struct odbc *c, const char *statement, struct odbc_value *values, size_t n);
/* 1: a row; 0: there are no more. */
NODISCARD int odbc_next(struct odbc *c);
/* Columns are counted from 1, and read in their order.  Null is 0, and "". */
NODISCARD int odbc_number(struct odbc *c, int column, int64_t *out);
NODISCARD int odbc_ascii(struct odbc *c, int column, char *out, size_t room);
NODISCARD int odbc_commit(struct odbc *c);
void odbc_rollback(struct odbc *c);

#endif
