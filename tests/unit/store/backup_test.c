/* A backup of a store that goes on, and what a restore must never tell again.  RFC 9051 2.3.1.1. */
#include "store/backup/backup.h"
#include "store/store_impl.h"
#include "store_harness.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT SPAN("Subject: x\r\n\r\nhello\r\n")

static struct account *account(const char *name)
{
	struct account *a = NULL;
	CHECK_INT(store_account(rig_spool, span_str(name), &a), 0);
	return a;
}

static struct mailbox *box(const char *name, const char *path)
{
	struct mailbox *m = names_path(account(name), span_str(path));
	CHECK(m != NULL);
	return m;
}

static uint32_t append(struct mailbox *m, size_t n)
{
	static char text[100000];
	struct record_message message = { .header = SPAN("Subject: x\r\n\r\n"),
		                          .body = span_make(text, n) };
	struct store_added added = { .m = &message, .flags = MAILBOX_SEEN };
	uint32_t uid = 0;
	uint64_t modseq;
	CHECK_INT(store_mail_append(rig_spool, m, &added, 1, &uid, &modseq), 0);
	return uid;
}

static int count_turns(const struct store_copy *c, void *arg)
{
	CHECK(c->n_files > *(uint64_t *)arg);
	*(uint64_t *)arg = c->n_files;
	return 0;
}

static void check_verified(const char *dir)
{
	AUTO_BUF out = BUF(1 << 16);
	int r = store_verify(dir, &out);
	CHECK_SPAN(buf_span(&out), SPAN(""));
	CHECK_INT(r, 0);
}

/* The data directory's path, and what is put behind it: "" or "-backup". */
static char *path(const char *end)
{
	char *made = NULL;
	const char *dir = rig_path("");
	CHECK(asprintf(&made, "%.*s%s", (int)strlen(dir) - 1, dir, end) > 0);
	return made;
}

STORE_TEST(a_backup_comes_back_and_numbers_go_on_above)
{
	uint64_t turns = 0;
	rig_open();
	struct mailbox *inbox = box("ann", "INBOX");
	for (int i = 0; i < 40; i++)
		append(inbox, 3000);
	CHECK_INT(store_fold(rig_spool), 0);
	for (int i = 0; i < 3; i++)
		append(inbox, 100);
	CHECK(rig_commit(TEXT, "ben@local") != 0);
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	struct store_copy c = {
		.from = path(""), .to = path("-backup"), .turn = count_turns, .arg = &turns
	};
	CHECK_INT(store_hold(rig_spool, 60000), 0);
	CHECK_INT(store_backup(&c), 0);
	CHECK(turns >= 3);
	CHECK_INT(store_backup(&c), ERR_EXISTS);
	check_verified(c.to);
	/* told after the backup, and lost by the restore */
	uint32_t last_uid = append(inbox, 100), validity = inbox->uid_validity;
	uint64_t last_modseq = account("ann")->done_modseq, last_seq = store_seq(rig_spool);
	struct mailbox *m;
	CHECK_INT(store_mailbox_make(rig_spool, account("ann"), SPAN("new"), MAILBOX_NO_ROLE, &m),
	          0);
	uint32_t last_number = m->number, last_validity = m->uid_validity;
	rig_close();

	free((char *)c.from);
	CHECK_INT(rig_shell("rm -rf journal blobs mail ledger.db* lock"), 0);
	c = (struct store_copy){ .from = c.to, .to = path("") };
	CHECK_INT(store_restore(&c), 0);
	CHECK_INT(rig_shell("rm -rf \"$PWD-backup\""), 0);
	check_verified(c.to);
	for (int round = 0; round < 3; round++) {
		rig_open();
		inbox = box("ann", "INBOX");
		CHECK_INT(inbox->uid_validity, validity);
		CHECK_INT(account("ann")->messages, 43 + (unsigned)round);
		uint32_t uid = append(inbox, 100);
		CHECK(uid > last_uid + 900000 && uid < last_uid + 2000000);
		CHECK(account("ann")->done_modseq > last_modseq + UINT32_MAX);
		CHECK(account("ann")->done_modseq < last_modseq + 2 * (uint64_t)UINT32_MAX);
		CHECK(store_seq(rig_spool) > last_seq + UINT32_MAX);
		CHECK(box("ben", "INBOX")->uid_next > 1000000);
		CHECK(box("ann", "Sent")->uid_next > 1000000);
		CHECK_INT(rig_pending(), 1);
		rig_close();
		check_verified(c.to);
	}
	rig_open();
	CHECK_INT(store_mailbox_make(rig_spool, account("ann"), SPAN("new"), MAILBOX_NO_ROLE, &m),
	          0);
	CHECK(m->number > last_number && m->uid_validity > last_validity);
	free((char *)c.to);
	free((char *)c.from);
}

/* What would be reused meanwhile waits. */
STORE_TEST(a_hold_keeps_segments)
{
	static char much[20000];
	rig_open();
	CHECK_INT(store_hold(rig_spool, 60000), 0);
	for (int i = 0; i < 60; i++) {
		uint64_t id = rig_commit(span_make(much, sizeof much), "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	}
	CHECK_INT(fibre_sleep(200), 0);
	CHECK_INT(rig_shell("test -e journal/000000000001.seg"), 0);
	CHECK_INT(store_hold(rig_spool, 0), 0);
	for (int i = 0; i < 500 && rig_shell("test -e journal/000000000001.seg") == 0; i++)
		CHECK_INT(fibre_sleep(10), 0);
	CHECK(rig_shell("test -e journal/000000000001.seg") != 0);
}
