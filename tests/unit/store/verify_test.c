/* store/store_verify: silent when all is well; each fault is a line that says what and where. */
#include "store/store_impl.h"
#include "store_harness.h"

#include <stdio.h>

#define TEXT SPAN("Subject: x\r\n\r\nhere is the text\r\n")

static int verify(struct buf *out)
{
	buf_reset(out);
	return store_verify(rig_settings.server_data_dir, out);
}

/* One message of each kind: undecided, in a mailbox, with a blob, finished. */
static void fill(void)
{
	struct test_message m;
	const char *to = "bob@example.net";
	uint64_t blob = 0;
	rig_open();
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	CHECK(rig_commit(TEXT, "ann@local") != 0);
	CHECK_INT(store_blob_begin(rig_spool, &blob), 0);
	CHECK_INT(store_blob_append(rig_spool, blob, TEXT), 0);
	test_message(&m, (struct span){ 0 }, &to, 1);
	m.m.prefix = SPAN("x");
	m.m.blob = blob;
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	uint64_t done = rig_commit(TEXT, "bob@example.net");
	CHECK_INT(rig_change(done, 0, RECIPIENT_DELIVERED, 0), 0);
	/* Enough that the first segment is not emptied at the next start. */
	static char much[20000];
	CHECK(rig_commit(span_make(much, sizeof much), "ann@local") != 0);
}

STORE_TEST(a_good_store_has_no_faults)
{
	AUTO_BUF out = BUF(1 << 20);
	fill();
	rig_close();
	CHECK_INT(verify(&out), 0);
	CHECK_SPAN(buf_span(&out), SPAN(""));
	rig_open();
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	CHECK_INT(rig_shell("mkdir c && cp -r journal blobs mail ledger.db* c"), 0);
	rig_close();
	/* After a crash the ledger is behind: no fault. */
	CHECK_INT(rig_shell("rm -rf journal blobs mail ledger.db* && mv c/* . && rmdir c"), 0);
	CHECK_INT(verify(&out), 0);
	CHECK_SPAN(buf_span(&out), SPAN(""));
}

STORE_TEST(a_running_server_is_mentioned)
{
	AUTO_BUF out = BUF(1 << 20);
	rig_open();
	CHECK_INT(verify(&out), 0);
	CHECK(span_starts(buf_span(&out), SPAN("note: a server uses ")));
}

#define SQL(statement) "sqlite3 ledger.db \"" statement "\""
#define AT_TEXT        "at=$(grep -abo 'here is the text' $f | head -1 | cut -d: -f1)"
#define OVERWRITE(at)  "printf X | dd of=$f bs=1 seek=" at " conv=notrunc 2>/dev/null"

STORE_TEST(each_fault_is_told)
{
	static const struct {
		const char *damage;
		struct span told;
	} t[] = {
		{ "f=journal/000000000001.seg; " AT_TEXT "; " OVERWRITE("$at"),
		  SPAN("octets at offset 128 do not check") },
		{ "f=journal/000000000001.seg; " OVERWRITE("0"),
		  SPAN("journal/000000000001.seg: the header does not check") },
		{ "rm journal/000000000001.seg", SPAN("and its record at offset ") },
		{ "rm $(find blobs -type f)", SPAN("is not there (blob ") },
		{ "truncate -s 3 $(find blobs -type f)", SPAN("has 3 octets instead of 32") },
		{ SQL("UPDATE place SET position = position + 8"), SPAN("lies in segment 1 at ") },
		{ SQL("UPDATE place SET segment = 9"), SPAN("not in 9 at") },
		{ SQL("DELETE FROM recipient WHERE uid = 1"), SPAN("has 1 recipients and 0 rows") },
		{ SQL("DELETE FROM message WHERE id IN (SELECT message FROM recipient WHERE "
		      "account "
		      "IS NOT NULL)"),
		  SPAN("is kept and its message is not there") },
		{ SQL("DELETE FROM message WHERE size = 33"),
		  SPAN("recipient 0 belongs to no message") },
		{ SQL("UPDATE account_use SET messages = 77"), SPAN("times and counted") },
		{ SQL("UPDATE mailbox SET account = 9"), SPAN("belongs to no account: 9") },
		{ SQL("DELETE FROM place"), SPAN("is needed by 1 and counted 0") },
		{ SQL("UPDATE place SET refs = refs + 1"), SPAN("times and counted") },
		{ SQL("UPDATE message SET segment = 9"), SPAN("lies in segment 1 and says 9") },
		{ SQL("UPDATE segment SET alive = alive + 1"),
		  SPAN("octets alive and is counted") },
		{ SQL("INSERT INTO segment VALUES (77, 5)"), SPAN("octets alive and has none") },
		{ SQL("UPDATE recipient SET next_try_ms = 1"), SPAN("is delivered and yet due") },
		{ SQL("DELETE FROM message WHERE id = (SELECT max(id) FROM message); DELETE FROM "
		      "recipient"
		      " WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = recipient.message)"),
		  SPAN("of segment 3 is not there") },
		{ "head -c 300 /dev/zero | dd of=ledger.db bs=1 seek=4096 conv=notrunc 2>/dev/null",
		  SPAN("ledger.db: ") },
		{ "printf garbage > ledger.db", SPAN("ledger.db: it cannot be read") },
	};
	fill();
	rig_reopen(); /* so that a later segment says where the first one ended */
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	rig_close();
	CHECK_INT(rig_shell("mkdir good && cp -r journal blobs mail ledger.db good"), 0);
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1 << 20);
		CHECK_INT(rig_shell(t[row].damage), 0);
		CHECK_INT(verify(&out), ERR_CORRUPT);
		if (span_find_span(buf_span(&out), t[row].told) < 0)
			CHECK_SPAN(buf_span(&out), t[row].told);
		CHECK_INT(rig_shell("rm -rf journal blobs mail ledger.db* && cp -r good/* ."), 0);
	}
}

/* ---- the files of mailboxes ---- */

/* Octet `at` of a file changes; again, and it is as it was. */
static void flip(const char *file, long at)
{
	FILE *f = fopen(rig_path(file), "r+b");
	CHECK(f != NULL);
	CHECK_INT(fseek(f, at, SEEK_SET), 0);
	int c = fgetc(f);
	CHECK(c != EOF);
	CHECK_INT(fseek(f, at, SEEK_SET), 0);
	CHECK_INT(fputc(c ^ 0x40, f), c ^ 0x40);
	CHECK_INT(fclose(f), 0);
}

STORE_TEST(an_octet_of_a_mailbox_that_changed_is_told)
{
	static const long idx[] = { 0, 9, 13, 21, 25, 63, 64, 69, 73, 85, 100, 127, 128, 191, 255 };
	static const long env[] = { 64, 69, 72, 90, 100 };
	AUTO_BUF out = BUF(1 << 20);
	char idx_name[64], env_name[64];
	struct account *a;
	struct record_message m = { .header = SPAN("Subject: x\r\n\r\n") };
	struct store_added added = { .m = &m,
		                     .cache = SPAN("forty octets of what is known of a text.") };
	uint32_t uid;
	uint64_t modseq;
	rig_open();
	CHECK_INT(store_account(rig_spool, SPAN("ann"), &a), 0);
	for (int i = 0; i < 2; i++) {
		m.id = 0;
		CHECK_INT(store_mail_append(rig_spool, a->inbox, &added, 1, &uid, &modseq), 0);
	}
	snprintf(idx_name, sizeof idx_name, "mail/%02u/%u/%u.idx", a->number % 100, a->number,
	         a->inbox->number);
	snprintf(env_name, sizeof env_name, "mail/%02u/%u/1.env", a->number % 100, a->number);
	CHECK_INT(store_fold(rig_spool), 0);
	rig_close();
	CHECK_INT(verify(&out), 0);
	for (size_t i = 0; i < N_ELEMS(idx) + N_ELEMS(env); i++) {
		const char *name = i < N_ELEMS(idx) ? idx_name : env_name;
		long at = i < N_ELEMS(idx) ? idx[i] : env[i - N_ELEMS(idx)];
		flip(name, at);
		CHECK_INT(verify(&out), ERR_CORRUPT);
		CHECK(span_find_span(buf_span(&out), SPAN("mailbox 1")) >= 0);
		flip(name, at);
	}
	CHECK_INT(verify(&out), 0);
}
