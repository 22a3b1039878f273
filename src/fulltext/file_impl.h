/* fulltext/file_impl.h - a file's connection and statements. */
#ifndef FULLTEXT_FILE_IMPL_H
#define FULLTEXT_FILE_IMPL_H

#include "fulltext/file.h"
#include "store/ledger/sql.h"

enum fulltext_statement {
#define STATEMENT(name, text) FULLTEXT_##name,
#include "fulltext/statements.def"
#undef STATEMENT
	FULLTEXT_N_STATEMENTS
};

struct fulltext_file {
	sqlite3 *db;
	sqlite3_stmt *st[FULLTEXT_N_STATEMENTS];
};

NODISCARD int fulltext_statement(struct fulltext_file *f, enum fulltext_statement which,
                                 sqlite3_stmt **out);

#endif
