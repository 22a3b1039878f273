/* store/rebuild: what comes back of mailboxes whose files are damaged or lost. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "store/store_impl.h"
#include "store_harness.h"

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

/* ---- what is in them ---- */

static void append(const char *path, const char *text, uint64_t flags)
{
	struct record_message message = { .header = SPAN("Subject: x\r\n\r\n"),
		                          .body = span_str(text) };
	struct store_added added = { .m = &message, .flags = flags, .date_s = 1000 };
	uint32_t uid = 0;
	uint64_t modseq = 0;
	CHECK_INT(store_mail_append(rig_spool, box("ann", path), &added, 1, &uid, &modseq), 0);
}

static void copy(uint32_t uid, bool move)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_run run = { uid, 1 };
	struct store_copying c = { .runs = &run, .n_runs = 1, .move = move };
	CHECK_INT(store_mail_copy(rig_spool, box("ann", "INBOX"), box("ann", "Sent"), &c, &mem), 0);
}

static void flag(const char *path, uint32_t uid, uint64_t flags)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_run run = { uid, 1 };
	struct store_flagging f = { .runs = &run,
		                    .n_runs = 1,
		                    .how = MAILBOX_ADD,
		                    .flags = flags,
		                    .unchanged_since = UINT64_MAX };
	CHECK_INT(store_mail_flags(rig_spool, box("ann", path), &f, &mem), 0);
}

static void expunge(const char *name, const char *path, uint32_t uid)
{
	AUTO_ARENA mem = { 0 };
	struct mailbox_run run = { uid, 1 };
	struct store_expunging e = { .runs = &run, .n_runs = 1 };
	CHECK_INT(store_mail_expunge(rig_spool, box(name, path), &e, &mem), 0);
}

static void keep(void)
{
	CHECK_INT(store_fold(rig_spool), 0);
	rig_close();
	CHECK_INT(rig_shell("mkdir kept && cp -a $(ls | grep -v kept) kept/"), 0);
}

/* ann has one, shared, five in INBOX and three, four, one, two in Sent; ben has shared. */
static void begin(void)
{
	static const char *const both[] = { "ann@local", "ben@local" };
	struct test_message t;
	rig_open();
	CHECK(rig_commit(SPAN("one"), "ann@local") != 0);
	CHECK(rig_commit(SPAN("two"), "ann@local") != 0);
	test_message(&t, SPAN("shared"), both, 2);
	CHECK_INT(store_commit(rig_spool, &t.m, NULL, NULL, 0), 0);
	append("Sent", "three", MAILBOX_SEEN);
	append("Sent", "four", 0);
	append("Sent", "gone", 0);
	copy(1, false);
	copy(2, true);
	append("INBOX", "five", 0);
	CHECK_INT(store_fold(rig_spool), 0);
	flag("Sent", 2, MAILBOX_FLAGGED | MAILBOX_DELETED);
	expunge("ann", "Sent", 3);
	keep();
}

/* As it was kept, and open. */
static void again(const char *damage)
{
	if (rig_spool)
		rig_close();
	CHECK_INT(rig_shell("ls | grep -v kept | xargs rm -rf; cp -a kept/. ."), 0);
	CHECK_INT(rig_shell(damage), 0);
	rig_open();
}

static const char *idx(const char *name, const char *path)
{
	static char line[2][128];
	static unsigned at;
	unsigned number = account(name)->number;
	snprintf(line[at ^= 1], sizeof *line, "mail/%02u/%u/%u.idx", number % 100, number,
	         box(name, path)->number);
	return line[at];
}

/* ---- what is seen ---- */

static struct store_rebuilding rebuild(const char *name)
{
	static struct store_rebuilt told[8];
	AUTO_ARENA mem = { 0 };
	struct store_rebuilding x = { 0 };
	CHECK_INT(store_mail_rebuild(rig_spool, account(name), &mem, &x), 0);
	CHECK(x.n <= N_ELEMS(told));
	if (x.n)
		memcpy(told, x.boxes, x.n * sizeof *told);
	x.boxes = told;
	return x;
}

static size_t rows(const char *name, const char *path, struct arena *mem, struct box_entry **out)
{
	struct box_want want = { .first = 1, .last = UINT32_MAX, .max = 100000 };
	size_t n = 0;
	bool done;
	CHECK_INT(box_page(box(name, path)->box, &want, mem, out, &n, &done), 0);
	return n;
}

static void put_text(const struct box_row *row, struct buf *out)
{
	AUTO_BUF text = BUF(1 << 20);
	struct store_entry_read e = {
		.message = row->message, .recipient = row->recipient, .max = 1 << 20, .out = &text
	};
	CHECK_INT(store_mail_read(rig_spool, &e), 0);
	CHECK_INT(text.n, row->size);
	struct span body = span_sub(buf_span(&text), (size_t)e.header_bytes, SIZE_MAX);
	buf_put(out, body);
	buf_putc(out, ' ');
}

/* The same words, in any order. */
static bool same_words(struct span a, struct span b)
{
	struct span word;
	bool same = a.n == b.n;
	while (span_split(&a, ' ', &word))
		same &= memmem(b.p, b.n, word.p, word.n + 1) != NULL;
	return same;
}

/* The texts; the flags of `four`, if it is among them, into *four. */
static void check(const char *name, const char *path, const char *texts, uint64_t *four)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF got = BUF(1000);
	struct box_entry *e;
	size_t n = rows(name, path, &mem, &e);
	for (size_t i = 0; i < n; i++) {
		size_t at = got.n;
		put_text(&e[i].row, &got);
		if (four && span_eq(span_sub(buf_span(&got), at, 5), SPAN("four ")))
			*four = e[i].row.flags;
	}
	if (!same_words(span_str(texts), buf_span(&got)))
		CHECK_SPAN(buf_span(&got), span_str(texts));
}

static void check_use(const char *name)
{
	const struct account *a = account(name);
	const struct mailbox *m;
	uint64_t messages = 0, octets = 0;
	LIST_EACH(m, &a->mailboxes, link) {
		struct box_numbers n;
		if (!m->box)
			continue;
		CHECK_INT(box_load(m->box), 0);
		(void)box_numbers(m->box, &n);
		messages += n.exists;
		octets += n.octets;
	}
	CHECK_INT(a->messages, messages);
	CHECK_INT(a->octets, octets);
}

static void check_store(void)
{
	AUTO_BUF faults = BUF(1 << 20);
	check_use("ann");
	check_use("ben");
	rig_close();
	int r = store_verify(rig_settings.server_data_dir, &faults);
	if (r < 0)
		fprintf(stderr, "%.*s", (int)faults.n, faults.p);
	CHECK_INT(r, 0);
	rig_open();
}

static void check_ann(void)
{
	check("ann", "INBOX", "one shared five ", NULL);
	check("ann", "Sent", "three four one two ", NULL);
	check_store();
}

/* ---- tests ---- */

STORE_TEST(a_lost_mailbox_comes_back_with_what_the_messages_tell)
{
	char damage[300];
	begin();
	rig_open();
	uint32_t validity = box("ann", "Sent")->uid_validity;
	snprintf(damage, sizeof damage, "rm %s", idx("ann", "Sent"));
	again(damage);
	CHECK_INT(box_load(box("ann", "Sent")->box), ERR_DAMAGED);
	append("Sent", "six", 0); /* goes on */
	struct store_rebuilding x = rebuild("ann");
	CHECK_INT(x.n, 1);
	CHECK_INT(x.missing, 0);
	CHECK_INT(x.boxes[0].messages, 5);
	CHECK_INT(x.boxes[0].plain, 4);
	CHECK(box("ann", "Sent")->uid_validity > validity);
	CHECK_INT(x.boxes[0].uid_validity, box("ann", "Sent")->uid_validity);
	check("ann", "INBOX", "one shared five ", NULL);
	check_store();
	CHECK_INT(rebuild("ann").n, 0);
	append("Sent", "seven", 0);
	expunge("ann", "Sent", 1);
	check_store();
}

STORE_TEST(all_of_an_account_is_lost)
{
	char damage[300];
	AUTO_ARENA mem = { 0 };
	struct box_entry *e;
	begin();
	rig_open();
	snprintf(damage, sizeof damage, "rm %s %s", idx("ann", "Sent"), idx("ann", "INBOX"));
	again(damage);
	struct store_rebuilding x = rebuild("ann");
	CHECK_INT(x.n, 2);
	CHECK_INT(x.missing, 0);
	CHECK_INT(x.boxes[0].messages + x.boxes[1].messages, 7);
	check_store();
	CHECK(rows("ann", "Sent", &mem, &e) >= 3); /* what was appended there, and the copy */
}

STORE_TEST(what_checks_of_a_file_keeps_its_flags)
{
	char damage[300], path[128], all[300];
	struct stat st;
	begin();
	rig_open();
	snprintf(path, sizeof path, "%s", idx("ann", "Sent"));
	CHECK_INT(stat(rig_path(path), &st), 0);
	for (int at = 0; at < st.st_size; at += 7) {
		uint64_t four = 0;
		snprintf(damage, sizeof damage,
		         "printf '\\125' | dd of=%s bs=1 seek=%d conv=notrunc status=none", path,
		         at);
		again(damage);
		if (box_load(box("ann", "Sent")->box) == 0)
			continue; /* it was that already */
		struct store_rebuilding x = rebuild("ann");
		CHECK_INT(x.n, 1);
		CHECK_INT(x.missing, 0);
		check("ann", "Sent", "three four one two ", &four);
		CHECK(!(four & MAILBOX_DELETED));
		if (x.boxes[0].doubtful + x.boxes[0].plain == 0)
			CHECK(four & MAILBOX_FLAGGED);
		check_ann();
	}
	snprintf(all, sizeof all, "truncate -s -20 %s", path);
	again(all);
	CHECK_INT(rebuild("ann").n, 1);
	check_ann();
}

/* A message that two accounts got is whose references say. */
STORE_TEST(what_was_expunged_stays_so_while_others_have_it)
{
	char damage[300], both[300];
	begin();
	rig_open();
	expunge("ann", "INBOX", 3);
	CHECK_INT(store_fold(rig_spool), 0);
	rig_close();
	CHECK_INT(rig_shell("rm -rf kept"), 0);
	rig_open();
	keep();
	rig_open();
	snprintf(damage, sizeof damage, "rm %s", idx("ann", "INBOX"));
	snprintf(both, sizeof both, "rm %s %s", idx("ann", "INBOX"), idx("ben", "INBOX"));
	again(damage);
	CHECK_INT(rebuild("ann").n, 1);
	check("ann", "INBOX", "one five ", NULL);
	check_store();
	again(both);
	CHECK_INT(rebuild("ann").n, 1); /* nobody knows that it was expunged here */
	check("ann", "INBOX", "one shared five ", NULL);
	CHECK_INT(rebuild("ben").n, 1);
	check("ben", "INBOX", "shared ", NULL);
	check_store();
}

static void damage_one(const char *path, int at, char *to, size_t room)
{
	snprintf(to, room, "printf '\\125\\252' | dd of=%s bs=1 seek=%d conv=notrunc status=none",
	         path, at);
}

/* The texts of ann's mailboxes together. */
static void check_both(const char *texts)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF got = BUF(1000);
	static const char *const paths[] = { "INBOX", "Sent" };
	EACH_ROW(paths) {
		struct box_entry *e;
		size_t n = rows("ann", paths[row], &mem, &e);
		for (size_t i = 0; i < n; i++)
			put_text(&e[i].row, &got);
	}
	if (!same_words(span_str(texts), buf_span(&got)))
		CHECK_SPAN(buf_span(&got), span_str(texts));
}

/* Of a message that was moved a row stands in both files: it comes back once. */
STORE_TEST(what_was_moved_between_damaged_mailboxes_is_there_once)
{
	char damage[500], one[200], other[200], inbox[128], sent[128];
	struct stat st;
	begin();
	rig_open();
	snprintf(inbox, sizeof inbox, "%s", idx("ann", "INBOX"));
	snprintf(sent, sizeof sent, "%s", idx("ann", "Sent"));
	CHECK_INT(stat(rig_path(inbox), &st), 0);
	for (int at = 68; at < st.st_size; at += 61) {
		damage_one(inbox, at, one, sizeof one);
		damage_one(sent, at, other, sizeof other);
		snprintf(damage, sizeof damage, "%s; %s", one, other);
		again(damage);
		CHECK_INT(rebuild("ann").missing, 0);
		check_both("one one two three four five shared ");
		check_store();
	}
}

/* Whose the references to such a message are that another account got too, whose mailbox is lost
 * as well, nobody knows: it is not there twice, and the other account has it. */
STORE_TEST(what_was_moved_is_there_once_though_another_lost_it_too)
{
	char damage[700], one[200], other[200], ben[200], inbox[128];
	struct stat st;
	begin();
	rig_open();
	copy(3, true); /* shared */
	CHECK_INT(store_fold(rig_spool), 0);
	rig_close();
	CHECK_INT(rig_shell("rm -rf kept"), 0);
	rig_open();
	keep();
	rig_open();
	snprintf(inbox, sizeof inbox, "%s", idx("ann", "INBOX"));
	damage_one(idx("ann", "Sent"), 68, other, sizeof other);
	snprintf(ben, sizeof ben, "truncate -s 65 %s", idx("ben", "INBOX"));
	CHECK_INT(stat(rig_path(inbox), &st), 0);
	for (int at = 68; at < st.st_size; at += 31) {
		damage_one(inbox, at, one, sizeof one);
		snprintf(damage, sizeof damage, "%s; %s; %s", one, other, ben);
		again(damage);
		CHECK_INT(rebuild("ann").n, 2);
		check_both("one one two three four five shared ");
		CHECK_INT(rebuild("ben").n, 1);
		check("ben", "INBOX", "shared ", NULL);
		check_store();
	}
}

STORE_TEST(rows_in_memory_are_all_there_are)
{
	char damage[300];
	uint64_t four = 0;
	begin();
	rig_open();
	CHECK_INT(box_load(box("ann", "Sent")->box), 0);
	snprintf(damage, sizeof damage, "truncate -s 100 %s", idx("ann", "Sent"));
	CHECK_INT(rig_shell(damage), 0);
	struct store_rebuilding x = rebuild("ann");
	CHECK_INT(x.n, 1);
	CHECK_INT(x.boxes[0].doubtful + x.boxes[0].plain, 0);
	check("ann", "Sent", "three four one two ", &four);
	CHECK_INT(four, MAILBOX_FLAGGED | MAILBOX_DELETED);
	check_ann();
}

STORE_TEST(a_file_of_another_mailbox_tells_nothing)
{
	char damage[300];
	begin();
	rig_open();
	snprintf(damage, sizeof damage, "cp %s %s", idx("ann", "Sent"), idx("ann", "INBOX"));
	again(damage);
	struct store_rebuilding x = rebuild("ann");
	CHECK_INT(x.n, 1);
	CHECK_INT(x.boxes[0].plain, 3);
	check_ann();
}

static unsigned busy;
static bool rebuilt;
static struct cond ended;

/* Until the mailbox is rebuilt, and once more; *n: how often. */
static void go_on(void (*fn)(void), size_t *n)
{
	bool last = false;
	for (; !last; ++*n) {
		last = rebuilt;
		fn();
	}
	busy--;
	cond_broadcast(&ended);
}

static void deliver_one(void)
{
	CHECK(rig_commit(SPAN("more"), "ann@local") != 0);
}

static void append_one(void)
{
	append("Sent", "more", 0);
}

static void copy_one(void)
{
	copy(1, false);
}

static void deliver_more(void *arg)
{
	go_on(deliver_one, arg);
}

static void append_more(void *arg)
{
	go_on(append_one, arg);
}

static void copy_more(void *arg)
{
	go_on(copy_one, arg);
}

static void wait_all(void)
{
	while (busy)
		CHECK_INT(cond_wait(&ended, "what comes meanwhile"), 0);
}

/* Mail comes, and goes into the mailbox that is rebuilt. */
STORE_TEST(what_comes_meanwhile_is_there)
{
	char damage[300];
	size_t delivered = 0, appended = 0, copied = 0;
	AUTO_ARENA mem = { 0 };
	struct box_entry *e;
	begin();
	rig_open();
	snprintf(damage, sizeof damage, "truncate -s -20 %s", idx("ann", "Sent"));
	again(damage);
	cond_init(&ended);
	busy = 3;
	rebuilt = false;
	CHECK_INT(fibre_spawn("deliver", deliver_more, &delivered), 0);
	CHECK_INT(fibre_spawn("append", append_more, &appended), 0);
	CHECK_INT(fibre_spawn("copy", copy_more, &copied), 0);
	CHECK_INT(rebuild("ann").n, 1);
	rebuilt = true;
	wait_all();
	CHECK_INT(rows("ann", "INBOX", &mem, &e), 3 + delivered);
	CHECK_INT(rows("ann", "Sent", &mem, &e), 4 + appended + copied);
	check_store();
	CHECK_INT(rows("ann", "Sent", &mem, &e), 4 + appended + copied);
}

/* A crash, or a call that fails, anywhere: the old mailbox, or the new one. */
STORE_TEST(a_rebuild_that_is_cut_is_all_or_nothing)
{
	char damage[300];
	AUTO_ARENA mem = { 0 };
	bool hit = true;
	begin();
	rig_open();
	snprintf(damage, sizeof damage, "truncate -s -20 %s", idx("ann", "Sent"));
	for (size_t n = 1; hit; n += 1 + n / 8) {
		struct store_rebuilding x;
		again(damage);
		fault_arm(n, FAULT_EIO, true);
		int r = store_mail_rebuild(rig_spool, account("ann"), &mem, &x);
		hit = fault_hit();
		fault_disarm();
		rig_reopen();
		int loaded = box_load(box("ann", "Sent")->box);
		CHECK(r >= 0 ? loaded == 0 : loaded == 0 || loaded == ERR_DAMAGED);
		if (loaded < 0)
			CHECK_INT(rebuild("ann").n, 1);
		check_ann();
	}
}
