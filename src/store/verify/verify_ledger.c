/* store/verify/verify_ledger.c - the ledger by itself, and against journal and blobs. */
#include "base/map.h"
#include "store/blob.h"
#include "store/ledger/schema.h"
#include "store/ledger/sql.h"
#include "store/verify/verify_impl.h"

/* Rows that contradict one another.  Each query gives the text of one fault a row. */
static const char *const contradictions[] = {
	"SELECT 'message ' || m.id || ' has ' || m.recipients || ' recipients and ' || "
	"count(r.message) || ' rows'"
	" FROM message AS m LEFT JOIN recipient AS r ON r.message = m.id"
	" GROUP BY m.id HAVING count(r.message) <> m.recipients",
	"SELECT 'recipient ' || r.recipient || ' belongs to no message: ' || r.message FROM "
	"recipient AS r"
	" WHERE NOT EXISTS (SELECT 1 FROM message AS m WHERE m.id = r.message)",
	"SELECT 'message ' || n.message || ' is needed by ' || n.refs || ' and counted ' || "
	"coalesce(p.refs, 0) FROM (SELECT message, count(*) AS refs FROM recipient"
	" WHERE next_try_ms IS NOT NULL GROUP BY message) AS n"
	" LEFT JOIN place AS p ON p.id = message_number(n.message) WHERE coalesce(p.refs, 0) < "
	"n.refs",
	"SELECT 'messages are needed ' || needed || ' times and counted ' || counted FROM"
	" (SELECT (SELECT count(*) FROM recipient WHERE next_try_ms IS NOT NULL) +"
	"  (SELECT coalesce(sum(messages), 0) FROM account_use) AS needed,"
	"  (SELECT coalesce(sum(refs), 0) FROM place) AS counted) WHERE needed <> counted",
	"SELECT 'place ' || id || ' is kept and its message is not there' FROM place"
	" WHERE id NOT IN (SELECT message_number(id) FROM message)",
	"SELECT 'mailbox ' || path || ' belongs to no account: ' || account FROM mailbox"
	" WHERE account NOT IN (SELECT account FROM account_use)",
	"SELECT 'segment ' || coalesce(s.number, k.number) || ' has ' || coalesce(k.octets, 0) ||"
	" ' octets alive and is counted ' || coalesce(s.alive, 0) FROM"
	" (SELECT segment AS number, sum(octets) AS octets FROM place GROUP BY segment) AS k"
	" LEFT JOIN segment AS s ON s.number = k.number WHERE coalesce(s.alive, 0) <> k.octets",
	"SELECT 'segment ' || number || ' is counted ' || alive || ' octets alive and has none' "
	"FROM "
	"segment AS s"
	" WHERE alive <> 0 AND NOT EXISTS (SELECT 1 FROM place WHERE segment = s.number)",
	"SELECT 'message ' || m.id || ' lies in segment ' || p.segment || ' and says ' || m.segment"
	" FROM message AS m JOIN place AS p ON p.id = message_number(m.id) WHERE p.segment <> "
	"m.segment",
	"SELECT 'recipient ' || recipient || ' of ' || message || ' is ' || state || ' and yet "
	"due' FROM recipient"
	" WHERE next_try_ms IS NOT NULL AND state IN ('delivered', 'refused', 'expired', "
	"'cancelled')",
};

/* Calls fn for each row; fn's error ends it. */
static int each_row(struct verify *v, const char *query,
                    int (*fn)(struct verify *v, sqlite3_stmt *st))
{
	sqlite3_stmt *st;
	int r = sql_prepare(v->db, query, &st);
	if (r < 0)
		return r;
	while ((r = sql_step(st)) == 1) {
		r = fn(v, st);
		if (r < 0)
			break;
	}
	sqlite3_finalize(st);
	return r;
}

static int tell_contradiction(struct verify *v, sqlite3_stmt *st)
{
	verify_fault(v, "ledger.db: %.*s; " VERIFY_REBUILD, SPAN_ARG(sql_column_view(st, 0)));
	return 0;
}

static int tell_integrity(struct verify *v, sqlite3_stmt *st)
{
	struct span line = sql_column_view(st, 0);
	if (!span_eq(line, SPAN("ok")))
		verify_fault(v, "ledger.db: %.*s; " VERIFY_REBUILD, SPAN_ARG(line));
	return 0;
}

/* ---- where the log of a segment ends, which nobody says of the last one ---- */

static int take_end(struct verify *v, sqlite3_stmt *st)
{
	uint64_t segment = (uint64_t)sql_column_int(st, 0), end = (uint64_t)sql_column_int(st, 1);
	struct verify_end *e = map_get(&v->ends, MAP_KEY(segment));
	if (e) {
		e->offset = end > e->offset ? end : e->offset;
		return 0;
	}
	e = arena_new(&v->mem, struct verify_end);
	if (!e)
		return err(ERR_NO_MEMORY, "no memory for the list of segments");
	*e = (struct verify_end){ segment, end };
	return map_put(&v->ends, MAP_KEY(e->segment), e, NULL);
}

static int take_applied(struct verify *v, sqlite3_stmt *st)
{
	v->applied = (struct journal_place){ (uint64_t)sql_column_int(st, 0),
		                             (uint64_t)sql_column_int(st, 1) };
	return take_end(v, st);
}

int verify_ends(struct verify *v)
{
	int r = each_row(v, "SELECT journal_segment, journal_offset FROM meta", take_applied);
	if (r >= 0)
		r = each_row(v,
		             "SELECT segment, max(position + octets) FROM place GROUP BY segment",
		             take_end);
	return r;
}

/* ---- messages ---- */

static void check_blob(struct verify *v, const char *id, uint64_t number, uint64_t octets)
{
	char name[BLOB_NAME_BYTES];
	uint64_t size = 0;
	store_blobfile_name(number, name);
	int r = store_blobfile_size(v->blob_dir, number, &size);
	if (r < 0)
		verify_fault(v,
		             "blobs/%s: the body of message %s is not there (%s); restore the file "
		             "from a backup",
		             name, id, err_str(r));
	else if (size != octets)
		verify_fault(v,
		             "blobs/%s: the body of message %s has %ju octets instead of %ju; "
		             "restore "
		             "the file from a backup",
		             name, id, (uintmax_t)size, (uintmax_t)octets);
}

/* A message that is alive: id, segment, position, octets, blob, octets of that. */
static int check_alive(struct verify *v, sqlite3_stmt *st)
{
	uint64_t number = (uint64_t)sql_column_int(st, 0);
	const struct verify_message *m = map_get(&v->messages, MAP_KEY(number));
	uint64_t segment = (uint64_t)sql_column_int(st, 1), at = (uint64_t)sql_column_int(st, 2);
	uint64_t blob = (uint64_t)sql_column_int(st, 4);
	char id[ID_TEXT_LEN + 1];
	id_print(number, id);
	bool copied =
	        m &&
	        (m->place.segment > v->applied.segment ||
	         (m->place.segment == v->applied.segment && m->place.offset >= v->applied.offset));
	if (!m)
		verify_fault(
		        v,
		        "journal/%012ju.seg: message %s is unfinished or in a mailbox, and its "
		        "record at offset %ju cannot be read; expunge it (or postrider queue "
		        "cancel %s), or restore all of data_dir from a backup",
		        (uintmax_t)segment, id, (uintmax_t)at, id);
	else if (!copied && (m->place.segment != segment || m->place.offset != at ||
	                     m->octets != (uint64_t)sql_column_int(st, 3)))
		verify_fault(v,
		             "ledger.db: message %s lies in segment %ju at %ju, not in %ju at "
		             "%ju; " VERIFY_REBUILD,
		             id, (uintmax_t)m->place.segment, (uintmax_t)m->place.offset,
		             (uintmax_t)segment, (uintmax_t)at);
	if (blob)
		check_blob(v, id, blob, (uint64_t)sql_column_int(st, 5));
	return 0;
}

/* What the journal has and the ledger should: all but what retention may have removed. */
static int check_known(struct verify *v, sqlite3_stmt *find, uint64_t oldest)
{
	const struct verify_message *m;
	struct sql_id id;
	MAP_EACH(m, &v->messages) {
		if (m->id < oldest || m->place.segment > v->applied.segment ||
		    (m->place.segment == v->applied.segment &&
		     m->place.offset >= v->applied.offset))
			continue;
		sql_bind_id(find, 1, m->id, &id);
		int r = sql_step(find);
		if (r < 0)
			return r;
		sql_reset(find);
		if (r == 0)
			verify_fault(v,
			             "ledger.db: message %s of segment %ju is not "
			             "there; " VERIFY_REBUILD,
			             id.text, (uintmax_t)m->place.segment);
	}
	return 0;
}

static int check_all_known(struct verify *v)
{
	sqlite3_stmt *st;
	uint64_t oldest = UINT64_MAX;
	int r = sql_prepare(v->db,
	                    "SELECT min(id) FROM message AS m WHERE NOT EXISTS (SELECT 1"
	                    " FROM place AS p WHERE p.id = message_number(m.id))",
	                    &st);
	if (r < 0)
		return r;
	r = sql_step(st);
	if (r == 1 && sql_column_id(st, 0))
		oldest = sql_column_id(st, 0);
	sqlite3_finalize(st);
	if (r >= 0)
		r = sql_prepare(v->db, "SELECT 1 FROM message WHERE id = ?1", &st);
	if (r < 0)
		return r;
	r = check_known(v, st, oldest);
	sqlite3_finalize(st);
	return r;
}

static int check_tables(struct verify *v)
{
	int r = 0;
	for (size_t i = 0; i < N_ELEMS(contradictions) && r >= 0; i++)
		r = each_row(v, contradictions[i], tell_contradiction);
	if (r >= 0)
		r = each_row(
		        v,
		        "SELECT p.id, p.segment, p.position, p.octets, p.blob, m.size - p.content"
		        " FROM message AS m JOIN place AS p ON p.id = message_number(m.id)",
		        check_alive);
	return r < 0 ? r : check_all_known(v);
}

int verify_ledger(struct verify *v)
{
	int version = 0;
	int r = schema_check(&schema_ledger, v->db, &version);
	if (r >= 0)
		r = each_row(v, "PRAGMA integrity_check", tell_integrity);
	if (r >= 0)
		r = check_tables(v);
	return r < 0 ? r : 0;
}
