/* Notifications: RFC 5321 6.1, RFC 3461 6, RFC 3464; threats 3.13, 3.14. */
#include "office.h"

static bool says(struct span text, const char *words)
{
	return span_find_span(text, span_str(words)) >= 0;
}

static bool logged(const char *words)
{
	return says(buf_span(&office.log), words);
}

QUEUE_TEST(queue_tells_the_sender)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "ok@a.test no@a.test no2@a.test");

	office_until(m, 1, RECIPIENT_REFUSED);
	struct span dsn = office_mail(); /* one for the attempt, there as soon as the state is */
	static const struct {
		const char *words;
		bool there;
	} t[] = {
		{ "To: alice@ours.test", true },
		{ "Auto-Submitted: auto-replied", true },
		{ "report-type=delivery-status", true },
		{ "Reporting-MTA: dns; mail.ours.test", true },
		{ "Final-Recipient: rfc822; no@a.test", true },
		{ "Final-Recipient: rfc822; no2@a.test", true },
		{ "Status: 5.1.1", true },
		{ "550 5.1.1 no such user", true },
		{ "There is no mailbox of this name", true },
		{ "X-Mark: 17", true },    /* the original's header */
		{ "secret words", false }, /* not its body          */
		{ "ok@a.test", false },
	};
	EACH_ROW(t)
		CHECK_INT(says(dsn, t[row].words), t[row].there);
	CHECK(logged("dsn_created"));
	CHECK_INT(office_count(RECIPIENT_REFUSED), 2);
}

QUEUE_TEST(queue_sends_a_notification_to_a_remote_sender)
{
	office_open();
	uint64_t m = office_send("ok@sender.test", "no@a.test");

	office_until(m, 0, RECIPIENT_REFUSED);
	office_until_count(RECIPIENT_DELIVERED, 1);
	CHECK_INT(office.n_asked, 2);
	CHECK_STR(office.asked[1].return_path, "");
	CHECK_STR(office.asked[1].address, "ok@sender.test");
	CHECK_STR(office.asked[1].domain, "sender.test");
	CHECK(office.asked[1].front_n > 500);
}

/* A notification that fails ends there: its state is in the ledger, and a line in the log. */
QUEUE_TEST(queue_never_answers_a_notification)
{
	office_open();
	uint64_t m = office_send("no@sender.test", "no@a.test");

	office_until(m, 0, RECIPIENT_REFUSED);
	office_until_count(RECIPIENT_REFUSED, 2);
	CHECK_INT(office.n_asked, 2);
	CHECK(logged("dsn_dropped"));
	CHECK(logged("reason=\"the sender is null\""));
}

QUEUE_TEST(queue_drops_what_nobody_can_be_told)
{
	static const struct {
		const char *return_path;
		size_t n_messages;
	} t[] = {
		{ "", 1 }, { "gone@ours.test", 1 }, /* ours, and no such user (any more) */
	};
	office_open();
	EACH_ROW(t) {
		uint64_t m = office_send(t[row].return_path, "no@a.test");

		buf_reset(&office.log);
		office_until(m, 0, RECIPIENT_REFUSED);
		CHECK(logged("dsn_dropped"));
	}
	CHECK_INT(office_count(RECIPIENT_QUEUED), 2);
	CHECK_INT(office_count(RECIPIENT_DELIVERED), 0);
}

QUEUE_TEST(queue_waits_for_the_directory)
{
	office.directory_fails = 1;
	office_open();
	uint64_t m = office_send("alice@ours.test", "no@a.test");

	office_until(m, 0, RECIPIENT_REFUSED);
	CHECK_INT(office.directory_fails, 0);
	CHECK_STR(office_trail(m, 0), "queued trying/1 refused/1");
	CHECK(says(office_mail(), "no@a.test"));
}

/* The notification and the state it tells of are there together, or neither is. */
QUEUE_TEST(queue_commits_a_notification_once)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "slow@a.test no@a.test");

	office_until_slow(1);
	office.commit_fails = 1;
	office_open_gate();
	office_until(m, 1, RECIPIENT_REFUSED);
	CHECK_INT(office.commit_fails, 0);
	CHECK_STR(office_trail(m, 0), "queued trying/1 delivered/1");
	CHECK_STR(office_trail(m, 1), "queued trying/1 refused/1");
	CHECK(says(office_mail(), "no@a.test"));
	CHECK_INT(office.n_attempts, 1);
}

/* The header of a message whose body is on disk by now. */
QUEUE_TEST(queue_quotes_the_header_after_a_restart)
{
	office_open();
	uint64_t m = office_send("alice@ours.test", "slow@a.test no@a.test");

	office_until_slow(1);
	office_close(1);
	office.gate_is_open = true;
	office_open();
	office_until(m, 1, RECIPIENT_REFUSED);
	CHECK(says(office_mail(), "X-Mark: 17"));
}
