/* store/verify/verify_mail.c - the files of mailboxes, against what the ledger knows of them. */
#include <fcntl.h>

#include "store/journal/file.h"
#include "store/ledger/sql.h"
#include "store/mailbox/box.h"
#include "store/verify/verify_impl.h"

static void tell(const char *line, void *arg)
{
	verify_fault(arg, "%s", line);
}

static int known_read(sqlite3_stmt *st, struct arena *mem, struct box_known *out)
{
	int r = 0;
	*out = (struct box_known){
		.mailbox = (uint32_t)sql_column_int(st, 0),
		.account = (uint32_t)sql_column_int(st, 1),
		.uid_validity = (uint32_t)sql_column_int(st, 2),
		.numbers = { .uid_next = (uint32_t)sql_column_int(st, 3),
		             .modseq = (uint64_t)sql_column_int(st, 4),
		             .floor = (uint64_t)sql_column_int(st, 5),
		             .exists = (uint32_t)sql_column_int(st, 6),
		             .unseen = (uint32_t)sql_column_int(st, 7),
		             .deleted = (uint32_t)sql_column_int(st, 8),
		             .octets = (uint64_t)sql_column_int(st, 9),
		             .file_octets = (uint64_t)sql_column_int(st, 10),
		             .serial = (uint32_t)sql_column_int(st, 11) },
		.path = sql_column_text(st, 12, mem, &r),
		.account_name = sql_column_text(st, 13, mem, &r),
	};
	return r;
}

/* Those that a fold has written, in order. */
static int known_all(struct verify *v, struct box_known **out, size_t *n)
{
	int64_t rows = 0;
	sqlite3_stmt *st;
	int r = sql_value(v->db, "SELECT count(*) FROM mailbox WHERE uid_next IS NOT NULL", &rows);
	if (r < 0)
		return r;
	*out = arena_array(&v->mem, struct box_known, (size_t)rows);
	if (rows && !*out)
		return err(ERR_NO_MEMORY, "no memory for the mailboxes");
	r = sql_prepare(
	        v->db,
	        "SELECT b.mailbox, b.account, b.uid_validity, b.uid_next, b.modseq, b.floor,"
	        " b.messages, b.unseen, b.deleted, b.octets, b.file_octets, b.serial, b.path,"
	        " u.name FROM mailbox AS b LEFT JOIN account_use AS u ON u.account = b.account"
	        " WHERE b.uid_next IS NOT NULL ORDER BY b.mailbox",
	        &st);
	if (r < 0)
		return r;
	*n = 0;
	while ((r = sql_step(st)) == 1 && *n < (size_t)rows &&
	       (r = known_read(st, &v->mem, &(*out)[*n])) >= 0)
		++*n;
	sqlite3_finalize(st);
	return r < 0 ? r : 0;
}

int verify_mail(struct verify *v)
{
	struct box_known *known;
	uint64_t faults;
	size_t n;
	AUTO_FD int dir = openat(v->dir, "mail", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = known_all(v, &known, &n);
	if (r < 0)
		return r;
	if (dir < 0)
		return n ? err_errno(ERR_IO, "cannot open mail") : 0;
	return box_verify(dir, known, n, tell, v, &faults);
}
