/* store: the parts of a message's content are written once, read apart and together, and kept by
 * every copy; records carry what this program does not know. */
#include "store_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/journal/crc32c.h"
#include "store/journal/file.h"
#include "store/journal/segfile.h"
#include "store/journal/journal.h"

#define PREFIX SPAN("Received: by us\r\n")
#define HEADER SPAN("From: a@b.test\r\nSubject: x\r\n\r\n")
#define BODY   SPAN("hello\r\n")
#define ALL    "Received: by us\r\nFrom: a@b.test\r\nSubject: x\r\n\r\nhello\r\n"
#define OWN    SPAN("Delivered-To: ann@local\r\n")

enum { UNKNOWN_KIND = 60000 };

static struct record_item item = { UNKNOWN_KIND, SPAN("what a later program wrote") };
static struct record_item own_item = { UNKNOWN_KIND + 1, SPAN("and of the recipient") };

/* To bob elsewhere and ann here, who has a prefix of her own. */
static uint64_t commit(bool blob)
{
	static const char *const to[] = { "bob@example.net", "ann@local" };
	struct test_message t;
	test_message(&t, (struct span){ 0 }, to, 2);
	t.m.prefix = PREFIX;
	t.m.header = HEADER;
	t.m.items = &item;
	t.m.n_items = 1;
	t.to[1].prefix = OWN;
	t.to[1].items = &own_item;
	t.to[1].n_items = 1;
	if (blob) {
		CHECK_INT(store_blob_begin(rig_spool, &t.m.blob), 0);
		CHECK_INT(store_blob_append(rig_spool, t.m.blob, BODY), 0);
	} else {
		t.m.body = BODY;
	}
	CHECK_INT(store_commit(rig_spool, &t.m, NULL, NULL, 0), 0);
	CHECK_INT(t.m.size_bytes, sizeof ALL - 1);
	CHECK_INT(t.m.body_bytes, BODY.n);
	return t.m.id;
}

/* Every part, and every piece across the borders between them. */
static void check_parts(uint64_t id)
{
	static const struct span all = SPAN(ALL);
	AUTO_ARENA mem = { 0 };
	struct span own = { 0 };
	for (size_t from = 0; from <= all.n; from++)
		for (size_t n = 0; n <= all.n - from + 1; n += 1 + n / 3) {
			AUTO_BUF got = BUF(1000);
			CHECK_INT(store_read(rig_spool, id, from, n, &got), 0);
			CHECK_SPAN(buf_span(&got), span_sub(all, from, n));
		}
	const size_t front = PREFIX.n + HEADER.n,
	             t[] = { 0, 1, PREFIX.n + 1, front, front + 1, 1000 };
	EACH_ROW(t) {
		AUTO_BUF got = BUF(1000);
		CHECK_INT(store_read_header(rig_spool, id, t[row], &got), 0);
		CHECK_SPAN(buf_span(&got), span_sub(all, 0, t[row] < front ? t[row] : front));
	}
	CHECK_INT(store_read_prefix(rig_spool, id, 0, &mem, &own), 0);
	CHECK_SPAN(own, SPAN(""));
	CHECK_INT(store_read_prefix(rig_spool, id, 1, &mem, &own), 0);
	CHECK_SPAN(own, OWN);
	CHECK_INT(store_read_prefix(rig_spool, id, 2, &mem, &own), ERR_NOT_FOUND);
}

static void check_entry(uint64_t id, uint32_t uid)
{
	AUTO_ARENA mem = { 0 };
	struct rig_entry one;
	struct record_message m;
	CHECK_INT(rig_mailbox_get(SPAN("ann"), SPAN("INBOX"), uid, &mem, &one), 0);
	CHECK_INT(one.message, id);
	CHECK_INT(one.size_bytes, OWN.n + sizeof ALL - 1);
	CHECK_INT(store_message(rig_spool, id, &mem, &m), 0);
	CHECK_INT(m.size_bytes, sizeof ALL - 1);
}

/* The items as the newest record of the message has them. */
static void check_items(uint64_t id)
{
	struct segfile *files = NULL;
	size_t n = 0, found = 0;
	AUTO_FD int dir = open(rig_path("journal"), O_RDONLY | O_DIRECTORY);
	CHECK_INT(segfile_list(dir, &files, &n), 0);
	for (size_t i = 0; i < n; i++) {
		AUTO_ARENA mem = { 0 };
		struct segfile_reader reader;
		struct segment_record record;
		if (files[i].spare)
			continue;
		CHECK_INT(segfile_reader_open(&reader, dir, files[i].number, 0, UINT64_MAX), 0);
		while (segfile_reader_next(&reader, &record) == 1) {
			struct span rest = record.payload, packed;
			struct journal_head head;
			struct record_message m;
			if (record.kind != SEGMENT_MESSAGE && record.kind != SEGMENT_COPY)
				continue;
			CHECK_INT(pack_get_span(&rest, &packed), 0);
			CHECK_INT(journal_head_unpack(packed, &mem, &head), 0);
			CHECK_INT(record_message_unpack(head.message, &mem, &m), 0);
			if (m.id != id)
				continue;
			found++;
			CHECK_INT(m.n_items, 2);
			CHECK_INT(m.items[1].kind, RECORD_ITEM_THREAD);
			CHECK_INT(m.items[0].kind, UNKNOWN_KIND);
			CHECK_SPAN(m.items[0].octets, item.octets);
			CHECK_INT(m.recipients[1].n_items, 2);
			CHECK_INT(m.recipients[1].items[0].kind, UNKNOWN_KIND + 1);
			CHECK_SPAN(m.recipients[1].items[0].octets, own_item.octets);
			CHECK_INT(m.recipients[1].items[1].kind, RECORD_ITEM_MAILBOX);
		}
		segfile_reader_close(&reader);
	}
	CHECK_INT(found, 1);
	free(files);
}

STORE_TEST(parts_are_read_apart_and_together)
{
	rig_open();
	for (uint32_t blob = 0; blob < 2; blob++) {
		uint64_t id = commit(blob);
		check_parts(id);
		check_entry(id, blob + 1);
		rig_reopen();
		check_parts(id);
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
		check_parts(id); /* for ann */
		check_entry(id, blob + 1);
	}
}

STORE_TEST(the_header_needs_no_blob)
{
	AUTO_BUF got = BUF(1000);
	rig_open();
	uint64_t id = commit(true);
	CHECK_INT(rig_shell("rm $(find blobs -type f)"), 0);
	CHECK_INT(store_read_header(rig_spool, id, 1000, &got), 0);
	CHECK_INT(got.n, PREFIX.n + HEADER.n);
	CHECK_INT(store_read(rig_spool, id, 0, PREFIX.n + HEADER.n, &got), 0);
	CHECK_INT(store_read(rig_spool, id, 0, 1000, &got), ERR_NOT_FOUND);
}

STORE_TEST(a_copy_keeps_all_parts)
{
	uint64_t all[2];
	rig_open();
	for (int blob = 0; blob < 2; blob++)
		all[blob] = commit(blob);
	rig_reopen(); /* the first segment is thin by now, and emptied */
	for (int i = 0; i < 2000 && rig_shell("test -e journal/000000000001.seg") == 0; i++)
		CHECK_INT(fibre_sleep(1), 0);
	CHECK_INT(rig_shell("! test -e journal/000000000001.seg"), 0);
	for (int i = 0; i < 2; i++) {
		check_parts(all[i]);
		check_items(all[i]);
		check_entry(all[i], (uint32_t)i + 1);
	}
}

STORE_TEST(a_message_may_lack_any_part)
{
	static const struct {
		struct span prefix, header, body;
	} t[] = {
		{ SPAN(""), SPAN(""), SPAN("x") },
		{ SPAN(""), SPAN("A: b\r\n"), SPAN("") },
		{ SPAN("A: b\r\n"), SPAN(""), SPAN("") },
		{ SPAN(""), SPAN(""), SPAN("") },
	};
	rig_open();
	EACH_ROW(t) {
		AUTO_BUF got = BUF(100);
		const char *to = "bob@example.net";
		struct test_message m;
		test_message(&m, t[row].body, &to, 1);
		m.m.prefix = t[row].prefix;
		m.m.header = t[row].header;
		CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
		CHECK_INT(store_read(rig_spool, m.m.id, 0, 100, &got), 0);
		CHECK_INT(got.n, t[row].prefix.n + t[row].header.n + t[row].body.n);
		buf_reset(&got);
		CHECK_INT(store_read_header(rig_spool, m.m.id, 100, &got), 0);
		CHECK_INT(got.n, t[row].prefix.n + t[row].header.n);
	}
}

/* ---- what other programs wrote ---- */

static void set_version(uint64_t segment, uint8_t version)
{
	char header[SEGMENT_HEADER_BYTES], name[64];
	segment_header_put(segment, TEST_SEGMENT, header);
	header[8] = (char)version;
	uint32_t crc = crc32c(0, span_make(header, sizeof header - 4));
	for (int i = 0; i < 4; i++)
		header[SEGMENT_HEADER_BYTES - 4 + i] = (char)(crc >> 8 * i);
	snprintf(name, sizeof name, "journal/%012ju.seg", (uintmax_t)segment);
	AUTO_FD int fd = open(rig_path(name), O_RDWR);
	CHECK_INT(file_write_at(fd, span_make(header, sizeof header), 0), 0);
}

static void check_refused(const char *what_to_do)
{
	struct store *sp = NULL;
	CHECK_INT(store_open(&rig_settings, &sp), ERR_CONFIG);
	CHECK(sp == NULL);
	CHECK(strstr(err_str(ERR_CONFIG), what_to_do) != NULL);
}

STORE_TEST(another_format_is_refused_with_what_to_do)
{
	static const struct {
		uint8_t version;
		const char *told;
	} t[] = { { 1, "begin with an empty data_dir" }, { 3, "a newer program wrote it" } };
	rig_open();
	CHECK(rig_commit(BODY, "bob@example.net") != 0);
	rig_close();
	EACH_ROW(t) {
		set_version(1, t[row].version);
		check_refused(t[row].told);
		/* Without its ledger no new one is made beside it. */
		CHECK_INT(rig_shell("mkdir -p keep && mv ledger.db* keep/"), 0);
		check_refused(t[row].told);
		CHECK_INT(rig_shell("test ! -e ledger.db && mv keep/ledger.db* ."), 0);
	}
	set_version(1, SEGMENT_VERSION);
	rig_open();
	CHECK_INT(rig_pending(), 1);
}

STORE_TEST(another_schema_is_refused_with_what_to_do)
{
	static const struct {
		const char *version, *told;
	} t[] = { { "1", "begin with an empty data_dir" },
		  { "2", "begin with an empty data_dir" },
		  { "3", "begin with an empty data_dir" },
		  { "4", "begin with an empty data_dir" },
		  { "8", "a newer program wrote it" } };
	rig_open();
	CHECK(rig_commit(BODY, "bob@example.net") != 0);
	rig_close();
	EACH_ROW(t) {
		AUTO_BUF line = BUF(200);
		buf_printf(&line, "sqlite3 ledger.db 'PRAGMA user_version = %s'", t[row].version);
		CHECK_INT(rig_shell(buf_str(&line)), 0);
		check_refused(t[row].told);
	}
	CHECK_INT(rig_shell("sqlite3 ledger.db 'PRAGMA user_version = 7'"), 0);
	rig_open();
	CHECK_INT(rig_pending(), 1);
}

STORE_TEST(a_ledger_of_before_the_defence_becomes_one_of_today)
{
	rig_open();
	CHECK(rig_commit(BODY, "bob@example.net") != 0);
	rig_close();
	CHECK_INT(rig_shell("sqlite3 ledger.db 'DROP VIEW report' 'DROP VIEW delivery' "
	                    "'DROP VIEW attempt' 'DROP INDEX change_report' "
	                    "'ALTER TABLE change DROP COLUMN report' "
	                    "'CREATE VIEW attempt AS SELECT seq FROM change' "
	                    "'DROP INDEX message_login' 'DROP TABLE handed_in' "
	                    "'ALTER TABLE message DROP COLUMN tags' "
	                    "'ALTER TABLE message DROP COLUMN metadata' "
	                    "'ALTER TABLE message DROP COLUMN send_at_ms' "
	                    "'ALTER TABLE message DROP COLUMN defence' "
	                    "'ALTER TABLE recipient DROP COLUMN defence_step' "
	                    "'ALTER TABLE recipient DROP COLUMN defence_action' "
	                    "'UPDATE meta SET schema_version = 5' 'PRAGMA user_version = 5'"),
	          0);
	rig_open();
	CHECK_INT(rig_pending(), 1);
	CHECK(rig_commit(BODY, "bob@example.net") != 0);
	CHECK_INT(rig_pending(), 2);
	rig_close();
	CHECK_INT(rig_shell("test 7 = $(sqlite3 ledger.db 'SELECT schema_version FROM meta')"), 0);
}
