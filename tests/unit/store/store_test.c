/* store/store: committed, read back, brought to an end; the same after a restart. */
#include "store_harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "calls/record_id.h"

#define TEXT SPAN("Subject: x\r\n\r\nhello\r\n")

STORE_TEST(a_message_is_committed_and_read_back)
{
	rig_open();
	uint64_t id = rig_commit(TEXT, "bob@example.net");
	CHECK(id != 0);
	rig_check_text(id, TEXT);
	CHECK_INT(rig_pending(), 1);
	CHECK_INT(rig_state(id, 0), RECIPIENT_QUEUED);
	rig_reopen();
	rig_check_text(id, TEXT);
	CHECK_INT(rig_pending(), 1);
	CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	CHECK_INT(rig_pending(), 0);
	CHECK_INT(rig_state(id, 0), RECIPIENT_DELIVERED);
	AUTO_BUF got = BUF(1000);
	CHECK_INT(store_read(rig_spool, id, 0, 100, &got), ERR_NOT_FOUND);
	rig_reopen();
	CHECK_INT(rig_state(id, 0), RECIPIENT_DELIVERED);
	CHECK_INT(store_read(rig_spool, id, 0, 100, &got), ERR_NOT_FOUND);
}

STORE_TEST(parts_of_a_text_are_read)
{
	static const struct {
		uint64_t offset;
		size_t max;
		struct span want;
	} t[] = {
		{ 0, 5, SPAN("01234") }, { 3, 4, SPAN("3456") }, { 0, 10, SPAN("0123456789") },
		{ 8, 100, SPAN("89") },  { 10, 1, SPAN("") },    { 1000, 1, SPAN("") },
		{ 9, 1, SPAN("9") },     { 0, 0, SPAN("") },
	};
	rig_open();
	uint64_t remote = rig_commit(SPAN("0123456789"), "bob@example.net");
	uint64_t local = rig_commit(SPAN("0123456789"), "ann@local");
	EACH_ROW(t) {
		AUTO_BUF got = BUF(1000);
		CHECK_INT(store_read(rig_spool, remote, t[row].offset, t[row].max, &got), 0);
		CHECK_SPAN(buf_span(&got), t[row].want);
		buf_reset(&got);
		CHECK_INT(store_read(rig_spool, local, t[row].offset, t[row].max, &got), 0);
		CHECK_SPAN(buf_span(&got), t[row].want);
	}
}

/* ---- group commit ---- */

enum { MANY = 1000 };
static uint64_t ids[MANY];
static size_t n_done;

static void commit_one(void *arg)
{
	uint64_t *id = arg;
	char text[32];
	int n = snprintf(text, sizeof text, "text %zu", (size_t)(id - ids));
	*id = rig_commit(span_make(text, (size_t)n), "bob@example.net");
	n_done++;
}

STORE_TEST(concurrent_commits_share_syncs)
{
	rig_settings.store_segment_size = 1 << 20;
	rig_open();
	n_done = 0;
	for (size_t i = 0; i < MANY; i++)
		CHECK_INT(fibre_spawn("commit", commit_one, &ids[i]), 0);
	while (n_done < MANY)
		CHECK_INT(fibre_yield(), 0);
	struct store_counts counts;
	store_counts(rig_spool, &counts);
	CHECK_INT(counts.messages, MANY);
	CHECK(counts.syncs < 20);
	for (size_t i = 0; i < MANY; i++) {
		char text[32];
		int n = snprintf(text, sizeof text, "text %zu", i);
		CHECK(i == 0 || ids[i] > ids[i - 1]);
		rig_check_text(ids[i], span_make(text, (size_t)n));
	}
	CHECK_INT(rig_pending(), MANY);
}

/* ---- changes ---- */

struct seen {
	uint64_t seq;
	uint8_t state;
	uint32_t recipient;
};
static struct seen seen[64];
static size_t n_seen;

static void see(const struct record_change *f, void *arg)
{
	CHECK(arg == seen);
	if (n_seen < N_ELEMS(seen))
		seen[n_seen++] = (struct seen){ f->seq, f->state, f->recipient };
}

static size_t n_once;
static struct store_follower follower = { .fn = see, .arg = seen };

static void see_one(const struct record_change *f, void *arg)
{
	n_once++;
	store_unfollow(arg);
}

STORE_TEST(every_change_is_told_in_order)
{
	struct store_follower once = { .fn = see_one, .arg = &once };
	static const char *const to[] = { "bob@example.net", "ann@local", "eve@example.org" };
	static const struct {
		uint8_t state;
		uint32_t recipient;
	} t[] = {
		{ RECIPIENT_QUEUED, 0 }, { RECIPIENT_DELIVERED, 1 }, { RECIPIENT_QUEUED, 2 },
		{ RECIPIENT_HELD, 2 },   { RECIPIENT_TRYING, 0 },    { RECIPIENT_DEFERRED, 0 },
	};
	struct test_message m;
	struct record_change held = { .recipient = 2, .state = RECIPIENT_HELD };
	rig_open();
	n_seen = 0;
	store_follow(rig_spool, &once);
	store_follow(rig_spool, &follower);
	test_message(&m, TEXT, to, 3);
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, &held, 1), 0);
	CHECK_INT(held.message, m.m.id);
	CHECK_INT(m.to[1].uid, 1);
	struct record_change trying = { .message = m.m.id,
		                        .state = RECIPIENT_TRYING,
		                        .attempt = 1 };
	store_note(rig_spool, &trying);
	CHECK_INT(rig_change(m.m.id, 0, RECIPIENT_DEFERRED, 5000), 0);
	store_unfollow(&follower);
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	CHECK_INT(n_once, 1);
	CHECK_INT(n_seen, N_ELEMS(t));
	EACH_ROW(t) {
		CHECK_INT(seen[row].state, t[row].state);
		CHECK_INT(seen[row].recipient, t[row].recipient);
		CHECK(row == 0 || seen[row].seq == seen[row - 1].seq + 1);
	}
	CHECK_INT(store_seq(rig_spool), seen[n_seen - 1].seq + 1);
	rig_reopen();
	CHECK_INT(rig_state(m.m.id, 0), RECIPIENT_DEFERRED);
	CHECK_INT(rig_state(m.m.id, 1), RECIPIENT_DELIVERED);
	CHECK_INT(rig_state(m.m.id, 2), RECIPIENT_HELD);
	CHECK(store_seq(rig_spool) > seen[n_seen - 1].seq);
}

STORE_TEST(a_message_and_the_changes_it_tells_of_are_one_group)
{
	rig_open();
	uint64_t first = rig_commit(TEXT, "bob@example.net");
	const char *to = "ann@local";
	struct test_message dsn;
	test_message(&dsn, TEXT, &to, 1);
	struct record_change refused = { .message = first,
		                         .state = RECIPIENT_REFUSED,
		                         .attempt = 1 };
	CHECK_INT(store_commit(rig_spool, &dsn.m, NULL, &refused, 1), 0);
	CHECK(refused.seq > 0 && refused.time_ms > 0);
	CHECK_INT(rig_state(first, 0), RECIPIENT_REFUSED);
	CHECK_INT(rig_pending(), 0);
	CHECK_INT(rig_shell("rm ledger.db*"), 0);
	rig_reopen();
	CHECK_INT(rig_state(first, 0), RECIPIENT_REFUSED);
	CHECK_INT(rig_state(dsn.m.id, 0), RECIPIENT_DELIVERED);
	rig_check_text(dsn.m.id, TEXT);
}

STORE_TEST(trying_counts_as_queued_after_a_restart)
{
	rig_open();
	uint64_t id = rig_commit(TEXT, "bob@example.net");
	CHECK_INT(rig_change(id, 0, RECIPIENT_DEFERRED, 7777), 0);
	struct record_change trying = { .message = id, .state = RECIPIENT_TRYING, .attempt = 2 };
	store_note(rig_spool, &trying);
	CHECK_INT(rig_state(id, 0), RECIPIENT_TRYING);
	rig_reopen();
	AUTO_ARENA mem = { 0 };
	struct store_pending *rows;
	size_t n;
	CHECK_INT(store_pending(rig_spool, (struct store_place){ -1, 0, 0 }, 10, &mem, &rows, &n),
	          0);
	CHECK_INT(n, 1);
	CHECK_INT(rows[0].state, RECIPIENT_QUEUED);
	CHECK_INT(rows[0].next_try_ms, 7777);
	CHECK_INT(rows[0].attempt, 1);
	CHECK_SPAN(rows[0].return_path, SPAN("sender@example.test"));
	CHECK_SPAN(rows[0].login, SPAN("return_path"));
	CHECK_SPAN(rows[0].domain, SPAN("example.net"));
	CHECK_INT(rows[0].size_bytes, TEXT.n);
}

STORE_TEST(pending_is_paged_in_order_of_next_try)
{
	enum { N = 50, PAGE = 7 };
	rig_open();
	for (size_t i = 0; i < N; i++) {
		uint64_t id = rig_commit(TEXT, "bob@example.net");
		CHECK_INT(rig_change(id, 0, RECIPIENT_DEFERRED, (int64_t)(1000 + i * 7 % 10)), 0);
	}
	struct store_pending last = { .next_try_ms = -1 };
	size_t total = 0, n = PAGE;
	while (n == PAGE) {
		AUTO_ARENA mem = { 0 };
		struct store_pending *rows;
		CHECK_INT(store_pending(rig_spool,
		                        (struct store_place){ last.next_try_ms, last.message,
		                                              last.recipient },
		                        PAGE, &mem, &rows, &n),
		          0);
		for (size_t i = 0; i < n; i++) {
			CHECK(rows[i].next_try_ms > last.next_try_ms ||
			      (rows[i].next_try_ms == last.next_try_ms &&
			       rows[i].message > last.message));
			last = rows[i];
		}
		total += n;
	}
	CHECK_INT(total, N);
}

STORE_TEST(each_change_is_a_row_of_history)
{
	rig_open();
	uint64_t other = rig_commit(TEXT, "eve@example.org");
	uint64_t id = rig_commit(TEXT, "bob@example.net");
	struct record_change trying = {
		.message = id, .state = RECIPIENT_TRYING, .attempt = 1, .text = SPAN("words")
	};
	store_note(rig_spool, &trying);
	uint64_t before = store_seq(rig_spool);
	CHECK_INT(rig_change(id, 0, RECIPIENT_DEFERRED, 5), 0);
	CHECK_INT(rig_change(other, 0, RECIPIENT_REFUSED, 0), 0);
	CHECK_INT(rig_change(id, 0, RECIPIENT_DEFERRED, 6), 0);
	CHECK_INT(rig_change(id, 0, RECIPIENT_DELIVERED, 0), 0);
	const struct {
		uint64_t after, message;
		size_t max, want;
		uint8_t first;
	} t[] = {
		{ 0, 0, 100, 7, RECIPIENT_QUEUED },
		{ before - 1, 0, 100, 5, RECIPIENT_TRYING },
		{ before, 0, 100, 4, RECIPIENT_DEFERRED },
		{ before + 1, 0, 1, 1, RECIPIENT_REFUSED },
		{ 0, id, 100, 5, RECIPIENT_QUEUED },
		{ before + 3, id, 9, 1, RECIPIENT_DELIVERED },
		{ UINT64_MAX, 0, 9, 0, 0 },
		{ 0, id + 999, 9, 0, 0 },
	};
	for (int round = 0; round < 2; round++, rig_reopen())
		EACH_ROW(t) {
			AUTO_ARENA mem = { 0 };
			struct record_change *rows;
			size_t n;
			CHECK_INT(store_history(rig_spool, t[row].after, t[row].message, t[row].max,
			                        &mem, &rows, &n),
			          0);
			CHECK_INT(n, t[row].want);
			if (n)
				CHECK_INT(rows[0].state, t[row].first);
			if (n && rows[0].state > RECIPIENT_TRYING)
				CHECK_SPAN(rows[0].text, SPAN("words"));
		}
}

/* ---- messages ---- */

STORE_TEST(a_message_is_found_by_number_and_message_id)
{
	const char *to[] = { "bob@example.net", "ann@local" };
	struct test_message m;
	rig_open();
	uint64_t id = 0;
	for (int i = 0; i < 2; i++) {
		test_message(&m, TEXT, to, 2);
		m.m.message_id = SPAN("<same@example.test>");
		CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	}
	for (int i = 0; i < 2; i++) {
		CHECK_INT(store_find(rig_spool, SPAN("<same@example.test>"), &id), 0);
		CHECK_INT(id, m.m.id);
		CHECK_INT(store_find(rig_spool, SPAN("<other@example.test>"), &id), ERR_NOT_FOUND);
		rig_reopen();
	}
	AUTO_ARENA mem = { 0 };
	struct record_message got;
	CHECK_INT(store_message(rig_spool, m.m.id, &mem, &got), 0);
	CHECK_SPAN(got.subject, SPAN("a subject"));
	CHECK_SPAN(got.helo, SPAN("client.example.test"));
	CHECK_INT(got.n_recipients, 2);
	CHECK_SPAN(got.recipients[1].account, SPAN("ann"));
	CHECK_INT(got.recipients[1].uid, 2);
	CHECK_INT(got.size_bytes, TEXT.n);
	CHECK_INT(store_message(rig_spool, 1, &mem, &got), ERR_NOT_FOUND);
}

/* Beyond what is kept in memory before it is entered into the table. */
enum { KEYED = 20000 };
static size_t n_keyed;

static void commit_keyed(void *arg)
{
	const char *to = "bob@example.net";
	while (n_keyed < KEYED) {
		char key[32];
		struct test_message m;
		test_message(&m, SPAN("x"), &to, 1);
		int n = snprintf(key, sizeof key, "<%zu@example.test>", n_keyed++ % (KEYED - 1));
		m.m.message_id = span_make(key, (size_t)n);
		CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
		*(uint64_t *)arg = m.m.id;
	}
	n_done++;
}

STORE_TEST(message_ids_are_found_among_many)
{
	static const char *const t[] = { "<0@example.test>", "<1@example.test>",
		                         "<16384@example.test>", "<19998@example.test>" };
	uint64_t last = 0, id = 0;
	rig_settings.store_segment_size = 4 << 20;
	rig_open();
	n_done = n_keyed = 0;
	for (size_t i = 0; i < MANY; i++)
		CHECK_INT(fibre_spawn("commit", commit_keyed, &last), 0);
	while (n_done < MANY)
		CHECK_INT(fibre_yield(), 0);
	for (int i = 0; i < 2; i++) {
		EACH_ROW(t) {
			AUTO_ARENA mem = { 0 };
			struct record_message got;
			CHECK_INT(store_find(rig_spool, span_str(t[row]), &id), 0);
			CHECK(row != 0 || id == last); /* the newest of two */
			CHECK_INT(store_message(rig_spool, id, &mem, &got), 0);
			CHECK_SPAN(got.message_id, span_str(t[row]));
		}
		CHECK_INT(store_find(rig_spool, SPAN("<19999@example.test>"), &id), ERR_NOT_FOUND);
		rig_reopen();
	}
	CHECK_INT(
	        rig_shell("test $(sqlite3 ledger.db 'SELECT count(*) FROM message_key') -ge 16384"),
	        0);
}

STORE_TEST(what_a_peer_wrote_is_kept_as_it_is)
{
	static const struct span t[] = {
		SPAN("x' OR '1'='1"),       SPAN("\");DROP TABLE message;--"), SPAN("nul\0inside"),
		SPAN("\xff\xfe not UTF-8"), SPAN("%s%n ${x} {{y}}"),
	};
	rig_open();
	EACH_ROW(t) {
		const char *to = "bob@example.net";
		struct test_message m;
		test_message(&m, TEXT, &to, 1);
		m.m.return_path = m.m.message_id = m.m.subject = m.to[0].address = t[row];
		CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
		AUTO_ARENA mem = { 0 };
		struct record_message got;
		uint64_t id = 0;
		CHECK_INT(store_message(rig_spool, m.m.id, &mem, &got), 0);
		CHECK_SPAN(got.return_path, t[row]);
		CHECK_SPAN(got.recipients[0].address, t[row]);
		CHECK_INT(store_find(rig_spool, t[row], &id), 0);
		CHECK_INT(id, m.m.id);
	}
}

STORE_TEST(numbers_rise_when_the_clock_goes_back)
{
	const char *to = "bob@example.net";
	uint64_t future = record_id_at(clock_wall_time_ms() + 3600000);
	struct test_message m;
	rig_open();
	test_message(&m, TEXT, &to, 1);
	m.m.id = future;
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	CHECK_INT(m.m.id, future);
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), ERR_EXISTS);
	uint64_t next = rig_commit(TEXT, to);
	CHECK(next > future);
	rig_reopen();
	uint64_t third = rig_commit(TEXT, to);
	CHECK(third > next);
	rig_close();
	CHECK_INT(rig_shell("rm ledger.db*"), 0);
	rig_open();
	CHECK(rig_commit(TEXT, to) > third);
}

STORE_TEST(numbers_say_their_node)
{
	static const unsigned t[] = { 0, 1, RECORD_NODE_MAX, 5 };
	uint64_t last = 0;
	EACH_ROW(t) {
		rig_settings.server_node = t[row];
		rig_open();
		for (int i = 0; i < 3; i++) {
			uint64_t id = rig_commit(TEXT, "bob@example.net"), blob = 0;
			CHECK_INT(id & RECORD_NODE_MAX, t[row]);
			CHECK(id > last);
			CHECK_INT(store_blob_begin(rig_spool, &blob), 0);
			CHECK_INT(blob & RECORD_NODE_MAX, t[row]);
			CHECK(blob > id);
			last = blob;
		}
		rig_close();
	}
	struct store *sp = NULL;
	rig_settings.server_node = RECORD_NODE_MAX + 1;
	CHECK_INT(store_open(&rig_settings, &sp), ERR_CONFIG);
}

STORE_TEST(many_recipients_end_one_by_one)
{
	enum { N = 100 };
	static struct record_recipient list[N];
	struct test_message m;
	test_message(&m, TEXT, NULL, 0);
	for (size_t i = 0; i < N; i++)
		list[i] = (struct record_recipient){ .address = SPAN("a@example.net"),
			                             .domain = SPAN("example.net") };
	m.m.recipients = list;
	m.m.n_recipients = N;
	rig_open();
	CHECK_INT(store_commit(rig_spool, &m.m, NULL, NULL, 0), 0);
	for (uint32_t i = 0; i < N; i++) {
		rig_check_text(m.m.id, TEXT);
		uint32_t which = i * 37 % N;
		CHECK_INT(rig_change(m.m.id, which, RECIPIENT_DELIVERED, 0), 0);
		CHECK_INT(rig_change(m.m.id, which, RECIPIENT_DELIVERED, 0), 0);
		if (i == N / 2)
			rig_reopen();
	}
	AUTO_BUF got = BUF(1000);
	CHECK_INT(rig_pending(), 0);
	CHECK_INT(store_read(rig_spool, m.m.id, 0, 100, &got), ERR_NOT_FOUND);
}

STORE_TEST(what_no_segment_holds_is_refused)
{
	rig_open();
	static char big[TEST_SEGMENT];
	memset(big, 'x', sizeof big);
	CHECK_INT(rig_commit(span_make(big, sizeof big), "bob@example.net"), 0);
	uint64_t most = rig_commit(span_make(big, sizeof big - 1000), "bob@example.net");
	CHECK(most != 0);
	rig_check_text(most, span_make(big, sizeof big - 1000));
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	CHECK_INT(rig_pending(), 2);
}

/* ---- refusals at start ---- */

STORE_TEST(a_missing_directory_is_made)
{
	static char path[300];
	snprintf(path, sizeof path, "%s", rig_path("deeper"));
	const char *outer = rig_settings.server_data_dir;
	rig_settings.server_data_dir = path;
	rig_open();
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
	rig_close();
	rig_settings.server_data_dir = outer;
	CHECK_INT(rig_shell("test -f deeper/ledger.db"), 0);
}

STORE_TEST(a_directory_has_one_user)
{
	rig_open();
	struct store *sp = NULL;
	CHECK_INT(store_open(&rig_settings, &sp), ERR_EXISTS);
	CHECK(rig_commit(TEXT, "bob@example.net") != 0);
}

STORE_TEST(settings_that_cannot_work_are_refused)
{
	static const struct {
		int64_t segment, threshold;
	} t[] = { { 63 << 10, 1000 }, { (1 << 30) + 1, 1000 }, { 64 << 10, (16 << 10) + 1 } };
	EACH_ROW(t) {
		struct store *sp = NULL;
		rig_settings.store_segment_size = t[row].segment;
		rig_settings.store_blob_threshold = t[row].threshold;
		CHECK_INT(store_open(&rig_settings, &sp), ERR_CONFIG);
	}
}
