/* The queue obeys: hold, release, retry, cancel, reroute. */
#include "office.h"

#include "queue/serve/serve.h"
#include "queue/state/state.h"

/* An order from its first page to its last; what it did. */
static struct queue_order_reply give(enum queue_order_kind kind, struct queue_filter filter,
                                     bool dry_run, const char *route, int want)
{
	struct queue_order_args a = {
		.order = (uint8_t)kind,
		.filter = &filter,
		.n_filter = 1,
		.given_ms = clock_wall_time_ms(),
		.who = SPAN("alice (uid 1000)"),
		.why = SPAN("a test"),
		.route = span_str(route),
		.dry_run = dry_run,
		.tell = true,
	};
	struct queue_order_reply sum = { 0 }, page = { .more = true };

	while (page.more) {
		int r = queue_order_here(&a, &office.mem, &page);

		CHECK_INT(r, want);
		if (r < 0)
			break;
		CHECK_INT(page.n_rows, page.n_done);
		sum.n_done += page.n_done;
		sum.n_under_way += page.n_under_way;
		a.after = page.place;
		a.n_after = 1;
	}
	return sum;
}

static struct record_change state_of(uint64_t message)
{
	struct queue_status_args a = { .id = message };
	struct queue_status_reply got = { 0 };

	CHECK_INT(queue_status_here(&a, &office.mem, &got), 0);
	CHECK_INT(got.n_recipients, 1);
	return got.recipients[0];
}

/* An hour until the next try. */
static void open_slowly(void)
{
	static const char *waits[] = { "1h" };

	office.set.delivery_retry = (struct settings_list){ waits, 1 };
	office_open();
}

QUEUE_TEST(order_hold_and_release)
{
	open_slowly();
	uint64_t m = office_send("alice@ours.test", "once@a.test");
	uint64_t other = office_send("alice@ours.test", "once@b.test");
	office_until(m, 0, RECIPIENT_DEFERRED);
	office_until(other, 0, RECIPIENT_DEFERRED);
	struct queue_filter there = { .domain = SPAN("a.test") };

	CHECK_INT(give(QUEUE_HOLD, there, true, "", 0).n_done, 1);
	CHECK_INT(state_of(m).state, RECIPIENT_DEFERRED);
	CHECK_INT(give(QUEUE_HOLD, there, false, "", 0).n_done, 1);
	struct record_change f = state_of(m);
	CHECK_INT(f.state, RECIPIENT_HELD);
	CHECK_SPAN(f.who, SPAN("alice (uid 1000)"));
	CHECK_SPAN(f.why, SPAN("a test"));
	CHECK_INT(state_of(other).state, RECIPIENT_DEFERRED);
	CHECK_INT(give(QUEUE_HOLD, there, false, "", 0).n_done, 0);
	CHECK_INT(give(QUEUE_RETRY, there, false, "", 0).n_done, 0); /* held is held */

	office_close(1000); /* over a restart, too */
	office_open();
	CHECK_INT(state_of(m).state, RECIPIENT_HELD);
	CHECK_INT(give(QUEUE_RELEASE, (struct queue_filter){ 0 }, false, "", 0).n_done, 1);
	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_INT(office_asked("once@a.test"), 2);
	CHECK_INT(office_asked("once@b.test"), 1);
}

QUEUE_TEST(order_retry_some_of_an_entry)
{
	open_slowly();
	uint64_t m = office_send("alice@ours.test", "once1@a.test once2@a.test once3@a.test");
	for (uint32_t i = 0; i < 3; i++)
		office_until(m, i, RECIPIENT_DEFERRED);
	struct queue_filter one = { .message = m, .to = SPAN("once2@a.test") };

	CHECK_INT(give(QUEUE_RETRY, one, false, "", 0).n_done, 1);
	office_until(m, 1, RECIPIENT_DELIVERED);
	CHECK_STR(office_trail(m, 1), "queued trying/1 deferred/1 queued/1 trying/2 delivered/2");
	CHECK_STR(office_trail(m, 0), "queued trying/1 deferred/1");
	CHECK_INT(give(QUEUE_RETRY, (struct queue_filter){ 0 }, false, "", 0).n_done, 2);
	office_until(m, 0, RECIPIENT_DELIVERED);
	office_until(m, 2, RECIPIENT_DELIVERED);
	CHECK_INT(office_asked("once1@a.test"), 2);
}

QUEUE_TEST(order_cancel_tells_the_sender)
{
	open_slowly();
	uint64_t m = office_send("alice@ours.test", "full@a.test");
	office_until(m, 0, RECIPIENT_DEFERRED);

	CHECK_INT(give(QUEUE_CANCEL, (struct queue_filter){ .message = m }, false, "", 0).n_done,
	          1);
	office_until(m, 0, RECIPIENT_CANCELLED);
	struct span dsn = office_mail();
	CHECK(span_find_span(dsn, SPAN("full@a.test")) > 0);
	CHECK(span_find_span(dsn, SPAN("Action: failed")) > 0);
	CHECK_INT(office.queue->schedule.index.n, 0);
	CHECK_INT(give(QUEUE_CANCEL, (struct queue_filter){ 0 }, false, "", 0).n_done, 0);
}

/* A message is told of once, however its recipients lie among others in the order of the queue. */
QUEUE_TEST(order_cancel_tells_the_sender_once)
{
	enum { N = 250 };
	AUTO_BUF to = BUF(1 << 16);
	struct span dsn;

	open_slowly();
	for (int i = 0; i < N; i++)
		buf_printf(&to, "%sfull%d@%c.test", i ? " " : "", i, 'a' + i % 3);
	for (int i = 0; i < 30; i++)
		office_send("", "full@a.test");
	uint64_t m = office_send("alice@ours.test", buf_str(&to));
	for (int i = 0; i < 30; i++)
		office_send("", "full@b.test");
	office_until_count(RECIPIENT_DEFERRED, N + 60);

	CHECK_INT(give(QUEUE_CANCEL, (struct queue_filter){ 0 }, true, "", 0).n_done, N + 60);
	CHECK_INT(
	        give(QUEUE_CANCEL, (struct queue_filter){ .domain = SPAN("x.test") }, false, "", 0)
	                .n_done,
	        0);
	CHECK_INT(give(QUEUE_CANCEL, (struct queue_filter){ 0 }, false, "", 0).n_done, N + 60);
	CHECK_INT(office_count(RECIPIENT_CANCELLED), N + 60);
	dsn = office_mail(); /* the only one */
	for (int i = 0; i < N; i++) {
		const char *who =
		        arena_printf(&office.mem, "rfc822; full%d@%c.test\r\n", i, 'a' + i % 3);
		CHECK(span_find_span(dsn, span_str(who)) > 0);
	}
	CHECK_STR(office_trail(m, N - 1), "queued trying/1 deferred/1 cancelled/1");
	CHECK_INT(office.queue->schedule.index.n, 0);
}

/* As many as are told of together fit the smallest segment, with what they were. */
QUEUE_TEST(order_cancel_of_a_thousand)
{
	enum { N = 1000 };
	AUTO_BUF to = BUF(1 << 20);
	struct queue_mailbox_args a = { .account = SPAN("alice@ours.test"),
		                        .mailbox = SPAN("INBOX"),
		                        .max = 10 };
	struct queue_mailbox_reply box = { 0 };

	office.set.store_segment_size = 1 << 20;
	office.set.store_blob_threshold = 1 << 18;
	office.set.smtp_rcpt_max = N;
	open_slowly();
	for (int i = 0; i < N; i++)
		buf_printf(&to, "%sfull-%0150d@a.test", i ? " " : "", i);
	office_send("alice@ours.test", buf_str(&to));
	office_until_count(RECIPIENT_DEFERRED, N);
	CHECK_INT(give(QUEUE_CANCEL, (struct queue_filter){ 0 }, false, "", 0).n_done, N);
	CHECK_INT(queue_mailbox_here(&a, &office.mem, &box), 0);
	CHECK_INT(box.n_rows, 1);
}

/* An attempt under way goes on; what it leaves is dealt with then. */
QUEUE_TEST(order_waits_for_an_attempt)
{
	open_slowly();
	uint64_t m = office_send("alice@ours.test", "slow@a.test full@a.test");
	office_until_slow(1);
	struct queue_order_reply did = give(QUEUE_HOLD, (struct queue_filter){ 0 }, false, "", 0);
	CHECK_INT(did.n_done, 0);
	CHECK_INT(did.n_under_way, 2);
	office_open_gate();
	office_until(m, 0, RECIPIENT_DELIVERED);
	office_until(m, 1, RECIPIENT_HELD);
	CHECK_STR(office_trail(m, 1), "queued trying/1 deferred/1 held/1");
	CHECK(list_empty(&office.queue->orders));
}

QUEUE_TEST(order_reroute)
{
	open_slowly();
	uint64_t m = office_send("alice@ours.test", "once@a.test");
	office_until(m, 0, RECIPIENT_DEFERRED);
	struct queue_filter all = { 0 };

	give(QUEUE_REROUTE, all, false, "nonsense", ERR_SYNTAX);
	give(QUEUE_REROUTE, all, false, "hold", ERR_SYNTAX);
	CHECK_INT(give(QUEUE_HOLD, all, false, "", 0).n_done, 1);
	CHECK_INT(give(QUEUE_REROUTE, all, false, "relay mx.other.test", 0).n_done, 1);
	CHECK_INT(state_of(m).state, RECIPIENT_HELD);
	office_close(1000);
	office_open();
	CHECK(span_starts(state_of(m).route, SPAN("relay ")));
	CHECK_INT(give(QUEUE_RELEASE, all, false, "", 0).n_done, 1);
	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_SPAN(span_str(office.asked[office.n_asked - 1].domain), SPAN("mx.other.test"));
}

/* More than a page, and only some of it. */
QUEUE_TEST(order_goes_through_many)
{
	enum { N = 1000 };

	open_slowly();
	for (size_t i = 0; i < N; i++)
		office_send("alice@ours.test", i % 2 ? "full@a.test" : "full@b.test");
	office_until_count(RECIPIENT_DEFERRED, N);
	struct queue_filter a = { .domain = SPAN("a.test") }, all = { 0 };

	CHECK_INT(give(QUEUE_HOLD, a, true, "", 0).n_done, N / 2);
	CHECK_INT(give(QUEUE_HOLD, a, false, "", 0).n_done, N / 2);
	CHECK_INT(give(QUEUE_HOLD, all, false, "", 0).n_done, N / 2);
	CHECK_INT(give(QUEUE_RELEASE, a, false, "", 0).n_done, N / 2);
	office_until_count(RECIPIENT_DEFERRED, N + N / 2);
	CHECK_INT(give(QUEUE_RELEASE, all, false, "", 0).n_done, N / 2);
	office_until_count(RECIPIENT_DEFERRED, 2 * N);
}

/* delivery.hold: mail is held, and goes when the setting does; what somebody held does not. */
QUEUE_TEST(order_by_setting)
{
	struct queue_filter to_b = { .domain = SPAN("b.test") };

	open_slowly();
	uint64_t before = office_send("alice@ours.test", "once@a.test");
	office_until(before, 0, RECIPIENT_DEFERRED);
	office_close(1000);
	office.set.delivery_hold = true;
	office_open();
	office_until(before, 0, RECIPIENT_HELD);
	uint64_t m = office_send("alice@ours.test", "ok@a.test");
	uint64_t other = office_send("alice@ours.test", "ok@b.test");
	CHECK_SPAN(state_of(m).who, SPAN("delivery.hold"));
	CHECK_INT(state_of(m).state, RECIPIENT_HELD);
	CHECK_INT(give(QUEUE_RELEASE, to_b, false, "", 0).n_done, 1); /* one may go */
	office_until(other, 0, RECIPIENT_DELIVERED);
	other = office_send("alice@ours.test", "ok@b.test");
	give(QUEUE_RELEASE, to_b, true, "", 0);
	office_close(1000);

	office.set.delivery_hold = false;
	office_open();
	office_until(m, 0, RECIPIENT_DELIVERED);
	office_until(before, 0, RECIPIENT_DELIVERED);
	office_until(other, 0, RECIPIENT_DELIVERED);
}

/* The same of more than a page holds. */
QUEUE_TEST(order_by_setting_goes_through_many)
{
	enum { N = 1200 };

	open_slowly();
	for (size_t i = 0; i < N; i++)
		office_send("alice@ours.test", "once@a.test");
	office_until_count(RECIPIENT_DEFERRED, N);
	office_close(1000);
	office.set.delivery_hold = true;
	office_open();
	office_until_count(RECIPIENT_HELD, N);
	office_close(1000);
	office.set.delivery_hold = false;
	office_open();
	office_until_count(RECIPIENT_DELIVERED, N);
}

QUEUE_TEST(order_that_is_none)
{
	office_open();
	give(0, (struct queue_filter){ 0 }, false, "", ERR_SYNTAX);
	give(QUEUE_ORDER_KINDS, (struct queue_filter){ 0 }, false, "", ERR_SYNTAX);
}
