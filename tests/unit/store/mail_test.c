/* store/mail: names, entries, numbers and what an account uses, over restarts. */
#include "calls/mailbox_records.h"
#include "store/store_impl.h"
#include "store_harness.h"

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

static uint32_t append(struct mailbox *m, struct span text, uint64_t flags)
{
	struct record_message message = { .header = SPAN("Subject: x\r\n\r\n"), .body = text };
	struct store_added added = { .m = &message, .flags = flags, .date_s = 1000 };
	uint32_t uid = 0;
	uint64_t modseq = 0;
	CHECK_INT(store_mail_append(rig_spool, m, &added, 1, &uid, &modseq), 0);
	return uid;
}

static struct box_row row_of(struct mailbox *m, uint32_t uid)
{
	struct box_row row = { 0 };
	CHECK_INT(box_find(m->box, uid, &row), 0);
	return row;
}

static size_t count(struct mailbox *m)
{
	AUTO_ARENA mem = { 0 };
	struct box_want want = { .first = 1, .last = UINT32_MAX, .max = 100000 };
	struct box_entry *rows;
	size_t n = 0;
	bool done;
	CHECK_INT(box_page(m->box, &want, &mem, &rows, &n, &done), 0);
	CHECK(done);
	return n;
}

static void check_text(struct mailbox *m, uint32_t uid, struct span text)
{
	AUTO_BUF out = BUF(1 << 20);
	struct box_row row = row_of(m, uid);
	struct store_entry_read e = {
		.message = row.message, .recipient = row.recipient, .max = 1 << 20, .out = &out
	};
	CHECK_INT(store_mail_read(rig_spool, &e), 0);
	CHECK_SPAN(buf_span(&out), text);
	CHECK_INT(row.size, text.n);
}

/* RFC 6154 2: what an account has from the start. */
STORE_TEST(an_account_has_its_mailboxes_at_its_first_use)
{
	rig_open();
	for (int round = 0; round < 3; round++) {
		struct account *a = account("ann");
		CHECK_INT(box("ann", "Junk")->role, MAILBOX_JUNK);
		CHECK_INT(box("ann", "Quarantine")->role, MAILBOX_QUARANTINE);
		CHECK(a->inbox == box("ann", "INBOX"));
		CHECK(names_is_subscribed(a, SPAN("Sent")));
		CHECK(!names_is_subscribed(a, SPAN("Quarantine")));
		if (round == 0)
			CHECK_INT(store_fold(rig_spool), 0);
		rig_reopen();
	}
	struct account *nobody;
	CHECK_INT(store_account_known(rig_spool, SPAN("ben"), &nobody), ERR_NOT_FOUND);
}

STORE_TEST(a_message_is_appended_flagged_copied_moved_and_expunged)
{
	AUTO_ARENA mem = { 0 };
	rig_open();
	struct mailbox *inbox = box("ann", "INBOX"), *sent = box("ann", "Sent");
	CHECK(rig_commit(TEXT, "ann@local") != 0);
	CHECK_INT(append(inbox, SPAN("text\r\n"), MAILBOX_SEEN), 2);
	check_text(inbox, 1, TEXT);
	check_text(inbox, 2, SPAN("Subject: x\r\n\r\ntext\r\n"));

	struct mailbox_run both = { 1, 2 }, second = { 2, 1 };
	struct store_flagging f = { .runs = &both,
		                    .n_runs = 1,
		                    .how = MAILBOX_ADD,
		                    .flags = MAILBOX_FLAGGED,
		                    .unchanged_since = UINT64_MAX };
	CHECK_INT(store_mail_flags(rig_spool, inbox, &f, &mem), 0);
	CHECK_INT(f.n_changed, 2);
	CHECK_INT(row_of(inbox, 1).flags, MAILBOX_FLAGGED);
	CHECK_INT(row_of(inbox, 2).flags, MAILBOX_SEEN | MAILBOX_FLAGGED);
	CHECK_INT(row_of(inbox, 1).modseq, f.modseq);

	struct store_copying c = { .runs = &both, .n_runs = 1 };
	CHECK_INT(store_mail_copy(rig_spool, inbox, sent, &c, &mem), 0);
	CHECK_INT(c.n_to, 1);
	CHECK_INT(c.to->first, 1);
	CHECK_INT(c.to->count, 2);
	c = (struct store_copying){ .runs = &second, .n_runs = 1, .move = true };
	CHECK_INT(store_mail_copy(rig_spool, inbox, sent, &c, &mem), 0);
	CHECK_INT(count(inbox), 1);
	CHECK_INT(count(sent), 3);
	CHECK_INT(account("ann")->messages, 4);

	struct store_expunging e = { .runs = &both, .n_runs = 1 };
	CHECK_INT(store_mail_expunge(rig_spool, inbox, &e, &mem), 0);
	CHECK_INT(count(inbox), 0);
	for (int round = 0; round < 3; round++) {
		rig_reopen();
		inbox = box("ann", "INBOX");
		sent = box("ann", "Sent");
		CHECK_INT(count(inbox), 0);
		CHECK_INT(count(sent), 3);
		check_text(sent, 1, TEXT);
		check_text(sent, 3, SPAN("Subject: x\r\n\r\ntext\r\n"));
		CHECK_INT(inbox->uid_next, 3);
		CHECK_INT(account("ann")->messages, 3);
		CHECK_INT(account("ann")->octets,
		          TEXT.n + 2 * SPAN("Subject: x\r\n\r\ntext\r\n").n);
		if (round == 1)
			CHECK_INT(store_fold(rig_spool), 0);
	}
}

/* RFC 7162 3.1.3. */
STORE_TEST(flags_that_changed_since_are_left)
{
	AUTO_ARENA mem = { 0 };
	rig_open();
	struct mailbox *inbox = box("ann", "INBOX");
	append(inbox, TEXT, 0);
	append(inbox, TEXT, 0);
	struct mailbox_run one = { 1, 1 }, both = { 1, 2 };
	uint64_t before = row_of(inbox, 2).modseq;
	struct store_flagging f = { .runs = &one,
		                    .n_runs = 1,
		                    .how = MAILBOX_SET,
		                    .flags = MAILBOX_SEEN,
		                    .unchanged_since = before };
	CHECK_INT(store_mail_flags(rig_spool, inbox, &f, &mem), 0);
	f = (struct store_flagging){ .runs = &both,
		                     .n_runs = 1,
		                     .how = MAILBOX_TAKE,
		                     .flags = MAILBOX_SEEN,
		                     .unchanged_since = before };
	CHECK_INT(store_mail_flags(rig_spool, inbox, &f, &mem), 0);
	CHECK_INT(f.n_failed, 1);
	CHECK_INT(f.failed->first, 1);
	CHECK_INT(f.n_changed, 1);
	CHECK_INT(f.changed->uid, 2);
	CHECK_INT(f.changed->modseq, before); /* it had these flags */
}

STORE_TEST(names_change_and_stay_changed)
{
	struct mailbox *m;
	rig_open();
	struct account *a = account("ann");
	uint32_t inbox = a->inbox->number, validity = a->inbox->uid_validity;
	CHECK_INT(store_mailbox_make(rig_spool, a, SPAN("a/b/c"), MAILBOX_NO_ROLE, &m), 0);
	CHECK(box("ann", "a/b")->box == NULL);
	uint32_t c = m->number;
	append(m, TEXT, 0);
	CHECK_INT(store_mailbox_make(rig_spool, a, SPAN("a/b/c"), MAILBOX_NO_ROLE, &m), ERR_EXISTS);
	CHECK_INT(store_mailbox_make(rig_spool, a, SPAN("a/b"), MAILBOX_NO_ROLE, &m), 0);
	CHECK_INT(store_mailbox_make(rig_spool, a, SPAN("x"), MAILBOX_JUNK, &m), ERR_LIMIT);
	CHECK_INT(store_mailbox_rename(rig_spool, a, box("ann", "a")->number, SPAN("z/y"), &m), 0);
	CHECK_INT(store_mailbox_remove(rig_spool, a, box("ann", "z/y")->number), ERR_REFUSED);
	CHECK_INT(store_mailbox_remove(rig_spool, a, box("ann", "z/y/b")->number), 0);
	CHECK_INT(store_mailbox_remove(rig_spool, a, inbox), ERR_REFUSED);
	append(a->inbox, TEXT, 0);
	CHECK_INT(store_mailbox_rename(rig_spool, a, inbox, SPAN("old"), &m), 0);
	CHECK_INT(store_mailbox_subscribe(rig_spool, a, SPAN("nowhere"), true), 0);
	uint8_t bit = 77;
	CHECK_INT(store_keyword(rig_spool, a, SPAN("$Forwarded"), &bit), 0);
	CHECK_INT(bit, 0);
	CHECK_INT(store_keyword(rig_spool, a, SPAN("$forwarded"), &bit), 0);
	CHECK_INT(bit, 0);
	for (int round = 0; round < 3; round++) {
		a = account("ann");
		CHECK_INT(box("ann", "z/y/b/c")->number, c);
		CHECK_INT(count(box("ann", "z/y/b/c")), 1);
		CHECK(box("ann", "z/y/b")->box == NULL);
		CHECK(names_path(a, SPAN("a")) == NULL);
		CHECK_INT(box("ann", "old")->number, inbox);
		CHECK_INT(count(box("ann", "old")), 1);
		CHECK(a->inbox->number > c);
		CHECK(a->inbox->uid_validity > validity);
		CHECK_INT(count(a->inbox), 0);
		CHECK(names_is_subscribed(a, SPAN("nowhere")));
		CHECK_INT(a->n_keywords, 1);
		if (round == 1)
			CHECK_INT(store_fold(rig_spool), 0);
		rig_reopen();
	}
}

STORE_TEST(subscriptions_have_a_limit)
{
	char path[MAILBOX_NAME_BYTES_MAX];
	int r = 0, n = 0;
	rig_open();
	struct account *a = account("ann");
	memset(path, 'x', sizeof path);
	for (; r >= 0 && n < 2000; n++) {
		path[0] = (char)('a' + n % 26);
		path[1] = (char)('a' + n / 26 % 26);
		path[2] = (char)('a' + n / 26 / 26);
		r = store_mailbox_subscribe(rig_spool, a, span_make(path, sizeof path), true);
	}
	CHECK_INT(r, ERR_LIMIT);
	CHECK(n > 500);
	CHECK_INT(store_mailbox_subscribe(rig_spool, a, SPAN("y"), true), 0);
}

/* RFC 9051 2.3.1.1: a name that is made anew is another mailbox. */
STORE_TEST(numbers_are_never_used_again)
{
	struct mailbox *m;
	uint32_t number = 0, validity = 0;
	rig_open();
	for (int round = 0; round < 4; round++) {
		struct account *a = account("ann");
		CHECK_INT(store_mailbox_make(rig_spool, a, SPAN("x"), MAILBOX_NO_ROLE, &m), 0);
		CHECK(m->number > number);
		CHECK(m->uid_validity > validity);
		number = m->number;
		validity = m->uid_validity;
		append(m, TEXT, 0);
		CHECK_INT(store_mailbox_remove(rig_spool, a, number), 0);
		CHECK_INT(a->messages, 0);
		rig_reopen();
	}
}

STORE_TEST(what_an_account_may_use_is_exact)
{
	AUTO_ARENA mem = { 0 };
	rig_open();
	struct mailbox *inbox = box("ann", "INBOX");
	append(inbox, TEXT, 0);
	rig_spool->quota_octets = inbox->account->octets;
	struct record_message m = { .header = SPAN("A: b\r\n\r\n") };
	struct store_added added = { .m = &m };
	uint32_t uid;
	uint64_t modseq;
	CHECK_INT(store_mail_append(rig_spool, inbox, &added, 1, &uid, &modseq), ERR_QUOTA);
	struct mailbox_run all = { 1, 1 };
	struct store_copying c = { .runs = &all, .n_runs = 1 };
	CHECK_INT(store_mail_copy(rig_spool, inbox, box("ann", "Sent"), &c, &mem), ERR_QUOTA);
	c.move = true;
	CHECK_INT(store_mail_copy(rig_spool, inbox, box("ann", "Sent"), &c, &mem), 0);
	struct store_expunging e = { 0 };
	CHECK_INT(store_mail_expunge(rig_spool, box("ann", "Sent"), &e, &mem), 0);
	CHECK_INT(inbox->account->octets, 0);
	CHECK_INT(store_mail_append(rig_spool, inbox, &added, 1, &uid, &modseq), 0);
	c.move = false;
	all.first = uid;
	CHECK_INT(store_mail_copy(rig_spool, inbox, box("ann", "Sent"), &c, &mem), 0);
	CHECK(rig_commit(TEXT, "ann@local") != 0);
	const uint64_t used = account("ann")->octets;
	CHECK_INT(used, 2 * m.size_bytes + TEXT.n);
	rig_settings.mailbox_quota = (int64_t)used + 5;
	rig_settings.mailbox_quota_messages = 4;
	for (int round = 0; round < 3; round++) {
		rig_reopen();
		CHECK_INT(account("ann")->octets, used);
		CHECK_INT(account("ann")->messages, 3);
		CHECK_INT(store_room(rig_spool, SPAN("ann"), 5), 0);
		CHECK_INT(store_room(rig_spool, SPAN("ann"), 6), ERR_QUOTA);
		CHECK_INT(store_room(rig_spool, SPAN("nobody yet"), used + 5), 0);
		CHECK_INT(store_room(rig_spool, SPAN("nobody yet"), used + 6), ERR_QUOTA);
		if (round == 0)
			CHECK_INT(store_fold(rig_spool), 0);
	}
	CHECK(rig_commit(TEXT, "ann@local") != 0); /* who commits asked before */
	CHECK_INT(store_room(rig_spool, SPAN("ann"), 0), ERR_QUOTA);
}

/* What is used up is told, and nothing is given out twice. */
STORE_TEST(uids_end)
{
	AUTO_ARENA mem = { 0 };
	rig_open();
	struct mailbox *inbox = box("ann", "INBOX"), *sent = box("ann", "Sent");
	struct mailbox_run all = { 1, 1 };
	struct store_copying c = { .runs = &all, .n_runs = 1 };
	CHECK_INT(append(sent, TEXT, 0), 1);
	inbox->uid_next = UINT32_MAX - 1;
	CHECK_INT(append(inbox, TEXT, 0), UINT32_MAX - 1);
	struct record_message m = { .header = SPAN("A: b\r\n\r\n") };
	struct store_added added = { .m = &m };
	uint32_t uid;
	uint64_t modseq;
	CHECK_INT(store_mail_append(rig_spool, inbox, &added, 1, &uid, &modseq), ERR_LIMIT);
	CHECK_INT(store_mail_copy(rig_spool, sent, inbox, &c, &mem), ERR_LIMIT);
	CHECK_INT(rig_commit(TEXT, "ann@local"), 0);
	CHECK_INT(store_room(rig_spool, SPAN("ann"), 1), ERR_QUOTA); /* who asked is told before */
	CHECK_INT(store_room(rig_spool, SPAN("ben"), 1), 0);
	CHECK_INT(store_fold(rig_spool), 0);
	rig_reopen();
	CHECK_INT(row_of(box("ann", "INBOX"), UINT32_MAX - 1).size,
	          SPAN("Subject: x\r\n\r\n").n + TEXT.n);
}

/* Where it was to go has none left: INBOX gets it. */
STORE_TEST(uids_end_where_a_tag_leads)
{
	rig_open();
	struct mailbox *lists;
	CHECK_INT(store_mailbox_make(rig_spool, account("ann"), SPAN("lists"), MAILBOX_NO_ROLE,
	                             &lists),
	          0);
	for (int round = 0; round < 2; round++) {
		AUTO_BUF packed = BUF(64);
		CHECK_INT(record_delivery_pack(&(struct record_delivery){ .path = SPAN("lists") },
		                               &packed),
		          0);
		struct record_item item = { RECORD_ITEM_MAILBOX, buf_span(&packed) };
		struct test_message t;
		test_message(&t, TEXT, (const char *const[]){ "ann@local" }, 1);
		t.to[0].items = &item;
		t.to[0].n_items = 1;
		CHECK_INT(store_commit(rig_spool, &t.m, NULL, NULL, 0), 0);
		CHECK_INT(count(lists), 1);
		CHECK_INT(count(box("ann", "INBOX")), round);
		lists->uid_next = UINT32_MAX;
	}
}

/* ---- RFC 8474 5.2: one thread, in every mailbox, for ever ---- */

static uint64_t deliver(const char *to, const char *header)
{
	const char *const all[] = { to };
	struct test_message t;
	test_message(&t, SPAN("x\r\n"), all, 1);
	t.m.header = span_str(header);
	CHECK_INT(store_commit(rig_spool, &t.m, NULL, NULL, 0), 0);
	return t.m.id;
}

STORE_TEST(a_conversation_keeps_its_thread)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_run second = { 2, 1 };
	struct store_copying c = { .runs = &second, .n_runs = 1 };
	rig_open();
	deliver("ann@local", "Message-ID: <1@x>\r\n\r\n");
	deliver("ann@local", "Message-ID: <2@x>\r\nReferences: <1@x>\r\n\r\n");
	uint64_t alone = deliver("ann@local", "Subject: no id\r\n\r\n");
	deliver("ben@local", "Message-ID: <2@x>\r\nReferences: <1@x>\r\n\r\n");
	struct record_message m = { .header = SPAN("Message-ID: <3@x>\r\nReferences:\r\n <1@x>\r\n"
		                                   " <2@x>\r\n\r\n") };
	struct store_added added = { .m = &m };
	uint32_t uid;
	uint64_t modseq;
	CHECK_INT(store_mail_append(rig_spool, box("ann", "Sent"), &added, 1, &uid, &modseq), 0);
	CHECK_INT(store_mail_copy(rig_spool, box("ann", "INBOX"), box("ann", "Archive"), &c, &mem),
	          0);
	for (int round = 0; round < 4; round++) {
		struct mailbox *inbox = box("ann", "INBOX");
		uint64_t thread = row_of(inbox, 1).thread;
		CHECK(thread != 0);
		CHECK(row_of(inbox, 2).thread == thread);
		CHECK(row_of(inbox, 3).thread == alone);
		CHECK(row_of(box("ben", "INBOX"), 1).thread == thread);
		CHECK(row_of(box("ann", "Sent"), 1).thread == thread);
		CHECK(row_of(box("ann", "Archive"), 1).thread == thread);
		if (round == 1)
			CHECK_INT(store_fold(rig_spool), 0);
		rig_reopen();
	}
}

/* A message goes with the last mailbox that has it. */
STORE_TEST(space_comes_back_after_the_last_reference)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF out = BUF(1 << 16);
	rig_open();
	struct mailbox *inbox = box("ann", "INBOX"), *sent = box("ann", "Sent");
	uint64_t id = rig_commit(TEXT, "ann@local");
	struct mailbox_run all = { 1, 1 };
	struct store_copying c = { .runs = &all, .n_runs = 1 };
	CHECK_INT(store_mail_copy(rig_spool, inbox, sent, &c, &mem), 0);
	struct store_expunging e = { 0 };
	CHECK_INT(store_mail_expunge(rig_spool, inbox, &e, &mem), 0);
	rig_check_text(id, TEXT);
	CHECK_INT(store_mail_expunge(rig_spool, sent, &e, &mem), 0);
	CHECK_INT(ledger_flush(rig_spool->ledger), 0);
	CHECK_INT(store_read(rig_spool, id, 0, 100, &out), ERR_NOT_FOUND);
	rig_close();
	CHECK_INT(store_verify(rig_path(""), &out), 0);
}

/* The names stand in the ledger alone once a segment was used again. */
STORE_TEST(a_lost_ledger_is_refused_where_mailboxes_would_be_lost)
{
	static char much[20000];
	rig_open();
	append(box("ann", "INBOX"), span_make(much, sizeof much), 0);
	for (int i = 0; i < 2000; i++) {
		uint64_t id = rig_commit(span_make(much, 1000), "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
		if (i > 200 && rig_shell("test -e journal/000000000002.seg") != 0)
			break;
	}
	rig_close();
	CHECK_INT(rig_shell("mkdir keep && mv ledger.db* keep/"), 0);
	CHECK_INT(store_open(&rig_settings, &rig_spool), ERR_CORRUPT);
	rig_spool = NULL;
	CHECK_INT(rig_shell("rm -f ledger.db*; mv keep/* ."), 0);
	rig_open();
	CHECK_INT(count(box("ann", "INBOX")), 1);
}

static void check_verified(void)
{
	AUTO_BUF faults = BUF(1 << 20);
	rig_close();
	CHECK_INT(store_verify(rig_settings.server_data_dir, &faults), 0);
	CHECK_SPAN(buf_span(&faults), SPAN(""));
	rig_open();
}

static uint64_t commit_to_both(struct span body)
{
	static const char *const to[] = { "ben@local", "ann@local" };
	struct test_message t;
	test_message(&t, body, to, N_ELEMS(to));
	CHECK_INT(store_commit(rig_spool, &t.m, NULL, NULL, 0), 0);
	return t.m.id;
}

/* Messages that nobody else has go with it, and the others stay with who has them. */
STORE_TEST(an_account_goes_with_all_that_it_has)
{
	AUTO_ARENA mem = { 0 };
	static char large[20000];
	struct mailbox *m;
	uint8_t bit;
	rig_open();
	memset(large, 'x', sizeof large);
	struct account *ben = account("ben"), *ann = account("ann"); /* hers is the last number */
	for (int i = 0; i < 10; i++)
		append(ann->inbox, span_make(large, sizeof large), 0);
	uint64_t shared = commit_to_both(TEXT);
	CHECK_INT(store_mailbox_make(rig_spool, ann, SPAN("a/b"), MAILBOX_NO_ROLE, &m), 0);
	struct mailbox_run first = { 1, 1 };
	struct store_copying c = { .runs = &first, .n_runs = 1 };
	CHECK_INT(store_mail_copy(rig_spool, ann->inbox, m, &c, &mem), 0);
	CHECK_INT(store_keyword(rig_spool, ann, SPAN("$Work"), &bit), 0);
	CHECK_INT(store_fold(rig_spool), 0);
	CHECK_INT(rig_shell("test $(ls -d mail/*/* | wc -l) = 2"), 0);
	uint64_t messages, octets;
	CHECK_INT(store_account_use(rig_spool, SPAN("ann"), &messages, &octets), 0);
	CHECK_INT(messages, 12);
	CHECK(octets > 11 * sizeof large);

	CHECK_INT(store_account_remove(rig_spool, SPAN("ann")), 0);
	CHECK_INT(store_account_remove(rig_spool, SPAN("ann")), 0);
	CHECK_INT(store_account_remove(rig_spool, SPAN("nobody")), 0);
	CHECK_INT(rig_shell("test $(ls -d mail/*/* | wc -l) = 1"), 0);
	CHECK_INT(store_account(rig_spool, SPAN("ann"), &ann), ERR_UNAVAILABLE);
	CHECK_INT(rig_commit(TEXT, "ann@local"), 0);
	struct store_space s;
	for (int i = 0; i < 2000; i++) {
		CHECK(rig_pending() != SIZE_MAX);
		store_space(rig_spool, &s);
		if (s.needed < sizeof large)
			break;
		CHECK_INT(fibre_sleep(5), 0);
	}
	CHECK(s.needed < sizeof large);
	for (int round = 0; round < 2; round++) {
		CHECK_INT(count(box("ben", "INBOX")), 1);
		check_text(box("ben", "INBOX"), 1, TEXT);
		rig_check_text(shared, TEXT);
		CHECK_INT(store_account_known(rig_spool, SPAN("ann"), &ann), ERR_NOT_FOUND);
		check_verified();
	}
	ben = account("ben");
	ann = account(
	        "ann"); /* somebody else's: a name of it is not used again, so this is nobody's */
	CHECK(ann->number > ben->number + 1);
	CHECK_INT(count(ann->inbox), 0);
	CHECK_INT(ann->n_keywords, 0);
}

/* What it did stays done, and the rest is done by the next call. */
STORE_TEST(the_removal_of_an_account_that_was_cut_goes_on)
{
	rig_open();
	struct account *ann = account("ann");
	uint32_t last = 0;
	for (int i = 0; i < 20; i++)
		last = append(ann->inbox, TEXT, 0);
	CHECK_INT(last, 20);
	struct mailbox *held;
	CHECK_INT(store_mailbox_enter(ann, box("ann", "Trash")->number, &held), 0);
	{
		FIBRE_TIMEOUT(20);
		CHECK_INT(store_account_remove(rig_spool, SPAN("ann")), ERR_TIMEOUT);
	}
	store_mailbox_leave(&held);
	CHECK_INT(ann->messages, 0); /* INBOX comes before Trash */
	CHECK_INT(append(ann->inbox, TEXT, 0), 21);
	rig_reopen();
	CHECK_INT(count(box("ann", "INBOX")), 1);
	CHECK_INT(store_account_remove(rig_spool, SPAN("ann")), 0);
	CHECK_INT(rig_shell("test -z \"$(ls -d mail/*/*)\""), 0);
	check_verified();
	CHECK_INT(store_account_known(rig_spool, SPAN("ann"), &ann), ERR_NOT_FOUND);
}
