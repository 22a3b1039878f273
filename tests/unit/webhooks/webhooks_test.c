/* Endpoints over days: when they are tried, when they are given up, what a restart forgets.
 *
 * Queue, store and webhooks are the real ones; the courier is a double (queue/office.h).
 */
#include "../queue/office.h"
#include "test_time.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/clock.h"
#include "calls/webhooks.h"
#include "ticket/ticket.h"
#include "webhooks/webhooks.h"

#define ACCOUNT "alice@ours.test"
#define MINUTES *INT64_C(60000)
#define HOURS   *INT64_C(3600000)
#define DAYS    *INT64_C(86400000)

enum { POSTS_MAX = 64 };

static struct {
	struct posted {
		int64_t at_ms;
		char id[40];
	} posts[POSTS_MAX];
	size_t n;
	uint16_t status;
	int64_t retry_after_s;
	unsigned away; /* so many calls find no courier */
	struct cond more;
	struct buf ticket;
} hook;

static int post(const struct webhook_post_args *a, UNUSED struct arena *mem,
                struct webhook_post_reply *out)
{
	if (hook.away) {
		hook.away--;
		return err(ERR_UNAVAILABLE, "no courier");
	}
	CHECK(hook.n < POSTS_MAX);
	struct posted *p = &hook.posts[hook.n++];
	p->at_ms = clock_wall_time_ms();
	snprintf(p->id, sizeof p->id, "%.*s", SPAN_ARG(a->id));
	*out = (struct webhook_post_reply){ .status = hook.status,
		                            .retry_after_s = hook.retry_after_s };
	cond_broadcast(&hook.more);
	return 0;
}

static WAITS void until_posts(size_t n)
{
	while (hook.n < n && cond_wait(&hook.more, "a webhook") >= 0)
		continue;
	CHECK_INT(hook.n, n);
}

/* The row of an order, or that it was refused. */
static WAITS int ask(struct webhook_order_args a, struct arena *mem, struct span *row)
{
	struct webhook_order_reply got;

	a.ticket = buf_span(&hook.ticket);
	int r = webhook_order(&a, mem, &got); /* WAITS */
	*row = r >= 0 && got.n_rows ? got.rows[0].json : SPAN("");
	return r;
}

static WAITS uint64_t add(const char *events)
{
	AUTO_ARENA mem = { 0 };
	struct span row;
	uint64_t id = 0;

	CHECK_INT(ask((struct webhook_order_args){ .verb = WEBHOOK_NEW,
	                                           .given = WEBHOOK_URL,
	                                           .url = SPAN("https://hook.test/"),
	                                           .events = span_str(events) },
	              &mem, &row),
	          0);
	CHECK(span_eat(&row, SPAN("{\"id\":\"")));
	CHECK_INT(id_parse(span_sub(row, 0, 13), &id), 0);
	return id;
}

static WAITS bool shows(uint64_t id, enum webhook_verb verb, const char *words)
{
	AUTO_ARENA mem = { 0 };
	struct webhook_order_args a = { .ticket = buf_span(&hook.ticket),
		                        .verb = (uint8_t)verb,
		                        .id = id };
	struct webhook_order_reply got = { 0 };
	bool found = false;

	CHECK_INT(webhook_order(&a, &mem, &got), 0);
	for (size_t i = 0; i < got.n_rows; i++)
		found = found || span_find_span(got.rows[i].json, span_str(words)) >= 0;
	return found;
}

static WAITS void enable(uint64_t id, bool enabled)
{
	AUTO_ARENA mem = { 0 };
	struct span row;

	CHECK_INT(ask((struct webhook_order_args){ .verb = WEBHOOK_CHANGE,
	                                           .id = id,
	                                           .given = WEBHOOK_ENABLED,
	                                           .enabled = enabled },
	              &mem, &row),
	          0);
}

/* One that alice hands in, to herself. */
static WAITS uint64_t send(void)
{
	AUTO_ARENA mem = { 0 };
	struct record_recipient to = { .address = SPAN(ACCOUNT),
		                       .domain = SPAN("ours.test"),
		                       .account = SPAN(ACCOUNT) };
	struct record_message m = { .return_path = SPAN(ACCOUNT),
		                    .login = SPAN(ACCOUNT),
		                    .recipients = &to,
		                    .n_recipients = 1,
		                    .header = SPAN("Subject: x\r\n\r\n"),
		                    .body = SPAN("x\r\n") };
	struct queue_submit_args a = { .message = &m, .n_message = 1 };
	struct queue_submit_reply out = { 0 };

	CHECK_INT(queue_submit_here(&a, &mem, &out), 0);
	return out.id;
}

static WAITS void open_all(void)
{
	office_open();
	CHECK_INT(webhooks_start(&office.set, office.store), 0);
}

static WAITS void close_all(void)
{
	webhooks_stop();
	office_close(10000);
}

static WAITS void begin(uint16_t status)
{
	static const unsigned char key[TICKET_KEY_BYTES] = { 1 };
	struct ticket t = { .account = SPAN(ACCOUNT),
		            .rights = TICKET_OPERATOR,
		            .protocol = TICKET_CONTROL,
		            .until_at = INT64_MAX };

	fibre_deadline_set(CLOCK_NEVER);
	buf_fini(&hook.ticket);
	memset(&hook, 0, sizeof hook);
	hook.status = status;
	hook.ticket = BUF(TICKET_OCTETS_MAX);
	cond_init(&hook.more);
	CHECK_INT(ticket_key_set(span_make(key, sizeof key)), 0);
	CHECK_INT(ticket_seal(&t, &hook.ticket), 0);
	webhook_post_serve(post);
	open_all();
}

static bool is_about(int64_t got_ms, int64_t wait_ms)
{
	return got_ms >= wait_ms - wait_ms / 8 && got_ms <= wait_ms + wait_ms / 8 + 1;
}

QUEUE_TEST(waits_grow_and_end_after_three_days)
{
	static const int64_t waits_ms[] = { 5000,    1 MINUTES, 5 MINUTES, 30 MINUTES,
		                            2 HOURS, 5 HOURS,   10 HOURS,  10 HOURS };

	begin(500);
	uint64_t id = add("delivered");
	send();
	until_posts(N_ELEMS(waits_ms) + 1);
	for (size_t i = 0; i < N_ELEMS(waits_ms); i++) {
		CHECK(is_about(hook.posts[i + 1].at_ms - hook.posts[i].at_ms, waits_ms[i]));
		CHECK_STR(hook.posts[i + 1].id, hook.posts[0].id);
	}
	while (shows(id, WEBHOOK_LIST, "\"enabled\":true"))
		CHECK_INT(fibre_sleep(1 HOURS), 0);
	int64_t took_ms = hook.posts[hook.n - 1].at_ms - hook.posts[0].at_ms;
	CHECK(took_ms >= 3 DAYS && took_ms <= 3 DAYS + 12 HOURS);
	CHECK(shows(id, WEBHOOK_LIST, "it has failed since "));
	size_t n = hook.n;
	CHECK_INT(fibre_sleep(30 DAYS), 0);
	CHECK_INT(hook.n, n);
	CHECK(span_find_span(buf_span(&office.log), SPAN("webhook_disabled")) >= 0);
	close_all();
}

QUEUE_TEST(what_it_asks_for_is_honoured)
{
	begin(503);
	hook.retry_after_s = 7200;
	add("delivered");
	send();
	until_posts(2);
	CHECK_INT(hook.posts[1].at_ms - hook.posts[0].at_ms, 7200 * 1000);
	hook.retry_after_s = 20 * 3600; /* more than any wait of ours */
	until_posts(3);
	close_all();
	open_all();
	until_posts(4);
	CHECK_INT(hook.posts[3].at_ms - hook.posts[2].at_ms, 20 HOURS);
	hook.retry_after_s = 1 << 30; /* a day is the most */
	until_posts(6);
	CHECK_INT(hook.posts[5].at_ms - hook.posts[4].at_ms, 1 DAYS);
	close_all();
}

QUEUE_TEST(a_restart_forgets_no_wait)
{
	begin(500);
	uint64_t id = add("delivered");
	send();
	until_posts(5); /* the next is in half an hour */
	close_all();
	test_time_pass(10 MINUTES);
	open_all();
	CHECK(shows(id, WEBHOOK_LIST, "\"failures\":5"));
	hook.status = 204;
	until_posts(6);
	CHECK(is_about(hook.posts[5].at_ms - hook.posts[4].at_ms, 2 HOURS));
	CHECK_STR(hook.posts[5].id, hook.posts[0].id);
	close_all();
	open_all();
	CHECK_INT(fibre_sleep(1 DAYS), 0);
	CHECK_INT(hook.n, 6); /* it was taken */
	send();
	until_posts(7);
	close_all();
}

QUEUE_TEST(without_a_courier_nothing_counts)
{
	begin(204);
	hook.away = 3;
	uint64_t id = add("delivered");
	int64_t sent_ms = clock_wall_time_ms();
	send();
	until_posts(1);
	CHECK_INT(hook.posts[0].at_ms - sent_ms, 3 * 2000);
	CHECK(shows(id, WEBHOOK_LIST, "\"failures\":0"));
	close_all();
}

/* The ledger keeps a message for ledger_kept, and this one was not sent in that time. */
QUEUE_TEST(what_is_too_old_is_noted)
{
	begin(204);
	office.set.store_ledger_kept = 5 DAYS;
	uint64_t id = add("delivered");
	send();
	until_posts(1);
	enable(id, false);
	send();
	CHECK_INT(fibre_sleep(9 DAYS), 0);
	CHECK_INT(hook.n, 1);
	enable(id, true);
	uint64_t last = send();
	char text[14];
	id_print(last, text);
	while (!strstr(hook.posts[hook.n - 1].id, text))
		CHECK_INT(cond_wait(&hook.more, "the last"), 0);
	CHECK(shows(id, WEBHOOK_LOG, "may be missing"));
	close_all();
}

/* Of a wall clock that was set back by hand, or forth. */
QUEUE_TEST(a_clock_that_jumps_gives_nothing_up)
{
	begin(500);
	uint64_t id = add("delivered");
	send();
	until_posts(2);
	test_time_set_wall(clock_wall_time_ms() + 100 DAYS);
	until_posts(4);
	CHECK(shows(id, WEBHOOK_LIST, "\"enabled\":true"));
	test_time_set_wall(clock_wall_time_ms() - 50 DAYS);
	until_posts(6);
	CHECK(shows(id, WEBHOOK_LIST, "\"enabled\":true"));
	close_all();
}
