/* The queue as a whole: attempts, retries, ends, restarts; RFC 5321 4.5.4.1, 6.1. */
#include "office.h"

#include "queue/attempts/attempt.h"
#include "wire/smtp/verdict/verdict.h"

QUEUE_TEST(queue_delivers_at_once)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "ok@a.test");
	const struct seen *s = office_until(m, 0, RECIPIENT_DELIVERED);

	CHECK_INT(s->code, 250);
	CHECK_STR(s->text, "taken");
	CHECK_INT(s->next_try_ms, 0);
	CHECK_STR(office_trail(m, 0), "queued trying/1 delivered/1");
	CHECK_INT(office.n_attempts, 1);
	CHECK_STR(office.asked[0].return_path, "alice@ours.test");
	CHECK_STR(office.asked[0].domain, "a.test");
	CHECK_INT(office.asked[0].front_n, 45);
}

QUEUE_TEST(queue_makes_one_job_of_a_destination)
{
	office_open();
	uint64_t m =
	        office_send("alice@ours.test", "ok1@a.test ok2@b.test ok3@a.test alice@ours.test");

	office_until(m, 0, RECIPIENT_DELIVERED);
	office_until(m, 1, RECIPIENT_DELIVERED);
	office_until(m, 2, RECIPIENT_DELIVERED);
	CHECK_STR(office_trail(m, 3), "delivered/1"); /* into the mailbox, by the commit */
	CHECK_INT(office.n_attempts, 2);
	for (size_t i = 0; i < office.n_asked; i++)
		CHECK_INT(office.asked[i].n_in_attempt, office.asked[i].recipient == 1 ? 1 : 2);
}

QUEUE_TEST(queue_defers_then_delivers)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "once@a.test");
	const struct seen *s = office_until(m, 0, RECIPIENT_DEFERRED);

	CHECK_INT(s->class, SMTP_CLASS_GREYLISTED);
	int64_t next_try_ms = s->next_try_ms;
	CHECK(next_try_ms >= office_until(m, 0, RECIPIENT_TRYING)->time_ms + 43);
	CHECK(next_try_ms <= office_until(m, 0, RECIPIENT_DEFERRED)->time_ms + 57);
	s = office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK(s->time_ms >= next_try_ms - 100);
	CHECK_STR(office_trail(m, 0), "queued trying/1 deferred/1 trying/2 delivered/2");
	CHECK_INT(office.asked[1].front_n, 45); /* read back */
}

QUEUE_TEST(queue_retries_only_who_was_deferred)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "ok@a.test no@a.test once@a.test ok2@a.test");

	office_until(m, 2, RECIPIENT_DELIVERED);
	CHECK_STR(office_trail(m, 0), "queued trying/1 delivered/1");
	CHECK_STR(office_trail(m, 1), "queued trying/1 refused/1");
	CHECK_STR(office_trail(m, 2), "queued trying/1 deferred/1 trying/2 delivered/2");
	CHECK_INT(office.n_attempts, 2);
	CHECK_INT(office.asked[4].n_in_attempt, 1);
	CHECK_INT(office.asked[4].recipient, 2);
}

QUEUE_TEST(queue_gives_up_at_the_expiry)
{
	office.set.delivery_expiry = 1000;
	office_open();
	uint64_t m = office_send("alice@ours.test", "full@a.test");
	const struct seen *s = office_until(m, 0, RECIPIENT_EXPIRED);

	CHECK(s->time_ms >= office.seen[0].time_ms + office.set.delivery_expiry);
	CHECK_INT(s->class, SMTP_CLASS_MAILBOX_FULL);
	CHECK_INT(s->next_try_ms, 0);
	CHECK(s->attempt >= 3);
	struct span dsn = office_mail();
	CHECK(span_find_span(dsn, SPAN("full@a.test")) > 0);
	CHECK(span_find_span(dsn, SPAN("452 4.2.2 mailbox full")) > 0);
	CHECK(span_find_span(dsn, SPAN("Action: failed")) > 0);
}

QUEUE_TEST(queue_does_not_count_attempts_without_a_courier)
{
	office.courier_fails = 1;
	office_open();
	uint64_t m = office_send("alice@ours.test", "ok@a.test");

	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_STR(office_trail(m, 0), "queued trying/1 queued trying/1 delivered/1");
	CHECK_INT(office.n_attempts, 1);
}

/* A message that ends the courier each time must not do so for ever, unseen. */
QUEUE_TEST(queue_counts_an_attempt_that_ends_the_courier_again_and_again)
{
	office.courier_fails = 2;
	office_open();
	uint64_t m = office_send("alice@ours.test", "ok@a.test");
	while (!office.queue->schedule.heap.n)
		CHECK_INT(fibre_sleep(1), 0);
	office.queue->schedule.heap.slots[0].entry->put_backs = ATTEMPT_PUT_BACKS_MAX;
	const struct seen *s = office_until(m, 0, RECIPIENT_DEFERRED);

	CHECK_INT(s->class, SMTP_CLASS_LOCAL_TROUBLE);
	CHECK_STR(s->text, "no courier");
	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_STR(office_trail(m, 0),
	          "queued trying/1 queued trying/1 deferred/1 trying/2 delivered/2");
}

QUEUE_TEST(queue_goes_on_after_a_restart)
{
	static const char *waits[] = { "700ms" };

	office.set.delivery_retry = (struct settings_list){ waits, 1 };
	office_open();
	uint64_t slow = office_send("alice@ours.test", "slow@a.test");
	uint64_t once = office_send("alice@ours.test", "once@b.test");

	office_until_slow(1);
	office_until(once, 0, RECIPIENT_DEFERRED);
	office_close(1); /* cuts the slow one short */
	CHECK_INT(office_count(RECIPIENT_DELIVERED), 0);

	office.gate_is_open = true;
	office_open();
	CHECK_INT(office_until(slow, 0, RECIPIENT_DELIVERED)->attempt, 1);
	CHECK_INT(office_until(once, 0, RECIPIENT_DELIVERED)->attempt, 2);
	CHECK_INT(office_asked("slow@a.test"), 2);
	CHECK_INT(office_asked("once@b.test"), 2);
	office_close(10000);

	office_open(); /* nothing is left to do */
	uint64_t last = office_send("alice@ours.test", "ok@a.test");
	office_until(last, 0, RECIPIENT_DELIVERED);
	CHECK_INT(office.n_asked, 5);
}

QUEUE_TEST(queue_expires_by_the_acceptance_over_restarts)
{
	office.set.delivery_expiry = 1500;
	office_open();
	uint64_t m = office_send("alice@ours.test", "full@a.test");
	office_until(m, 0, RECIPIENT_DEFERRED);
	int64_t accepted_ms = office.seen[0].time_ms;

	for (unsigned i = 0; i < 4 && !office_count(RECIPIENT_EXPIRED); i++) {
		office_close(1000);
		office_open();
		CHECK_INT(fibre_sleep(60), 0); /* time is what is tested */
	}
	const struct seen *s = office_until(m, 0, RECIPIENT_EXPIRED);
	CHECK(s->time_ms >= accepted_ms + office.set.delivery_expiry);
	CHECK(s->time_ms <= accepted_ms + 4 * office.set.delivery_expiry);
	CHECK_INT(office_count(RECIPIENT_EXPIRED), 1);
}

QUEUE_TEST(queue_close_lets_attempts_finish)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "slow@a.test");

	office_until_slow(1);
	office_open_gate();
	office_close(10000);
	office_open();
	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_INT(office_asked("slow@a.test"), 1);
}

/* What a courier says that was taken over moves nobody else's mail. */
QUEUE_TEST(queue_believes_no_odd_answer)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "odd@a.test");
	const struct seen *s = office_until(m, 0, RECIPIENT_DEFERRED);

	CHECK_INT(s->class, SMTP_CLASS_LOCAL_TROUBLE);
	CHECK_STR(office_trail(m, 0), "queued trying/1 deferred/1");
}

QUEUE_TEST(queue_accepts_nothing_on_a_full_disk)
{
	struct queue_submit_reply out = { 0 };

	office_open();
	office.commit_fails = 1;
	CHECK_INT(office_submit("alice@ours.test", "ok@a.test", SPAN("x"), false, &out),
	          ERR_NO_SPACE);
	uint64_t m = office_send("alice@ours.test", "ok2@a.test");
	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_INT(office.n_asked, 1);
}

/* The disk is broken when the outcome is there: it is recorded once it can be. */
QUEUE_TEST(queue_forgets_no_outcome)
{
	office_open();
	office.record_fails = 1;
	uint64_t m = office_send("alice@ours.test", "ok@a.test");
	office_until(m, 0, RECIPIENT_DELIVERED);
	CHECK_STR(office_trail(m, 0), "queued trying/1 delivered/1");
	CHECK_INT(office.record_fails, 0);
	CHECK_INT(office.n_attempts, 1);

	/* Not even by the time we must stop: then it is tried again, which may be a duplicate. */
	office.record_fails = 1000;
	m = office_send("alice@ours.test", "ok2@a.test");
	while (office.n_attempts < 2)
		CHECK_INT(fibre_sleep(1), 0);
	office_close(1);
	office.record_fails = 0;
	office_open();
	CHECK_INT(office_until(m, 0, RECIPIENT_DELIVERED)->attempt, 1);
	CHECK_INT(office_asked("ok2@a.test"), 2);
}

/* A destination without a server: a few attempts find out, the others are put off, and
 * told so; one probe finds it back. */
QUEUE_TEST(queue_leaves_a_dead_destination_alone)
{
	enum { N = 40 };
	uint64_t m[N];
	size_t n_untried = 0;

	office.set.delivery_per_destination = 2;
	office_open();
	for (size_t i = 0; i < N; i++)
		m[i] = office_send("alice@ours.test", "dead@a.test");
	for (size_t i = 0; i < N; i++) {
		const struct seen *s = office_until(m[i], 0, RECIPIENT_DEFERRED);

		CHECK_INT(s->class, SMTP_CLASS_CONNECT_FAILED);
		CHECK(s->next_try_ms > 0);
		if (s->attempt)
			continue;
		n_untried++;
		CHECK_INT(s->code, 0);
		CHECK(span_starts(span_str(s->text), SPAN("not tried: ")));
		CHECK(span_find_span(span_str(s->text), SPAN("connection refused")) > 0);
	}
	CHECK(n_untried > N / 2);
	office.revived = true;
	for (size_t i = 0; i < N; i++)
		office_until(m[i], 0, RECIPIENT_DELIVERED);
}

/* docs: "ends with one last attempt", also at a destination that is left alone. */
QUEUE_TEST(queue_expires_nothing_untried)
{
	enum { N = 40 };
	uint64_t m[N];

	office.set.delivery_per_destination = 2;
	office.set.delivery_expiry = 500;
	office_open();
	for (size_t i = 0; i < N; i++)
		m[i] = office_send("alice@ours.test", "dead@a.test");
	for (size_t i = 0; i < N; i++) {
		const struct seen *s = office_until(m[i], 0, RECIPIENT_EXPIRED);

		CHECK(s->attempt >= 1);
		CHECK(!span_starts(span_str(s->text), SPAN("not tried: ")));
	}
}
