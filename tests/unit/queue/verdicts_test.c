/* States that recipients have from the commit on. */
#include "queue/serve/verdicts.h"

#include "base/arena.h"
#include "test.h"

static struct record_recipient rcpts[5];

static struct record_message message(void)
{
	static const struct record_recipient to[] = {
		{ .address = SPAN("alice@home.test"), .account = SPAN("alice@home.test") },
		{ .address = SPAN("bob@home.test"), .account = SPAN("bob@home.test") },
		{ .address = SPAN("alice+x@home.test"), .account = SPAN("alice@home.test") },
		{ .address = SPAN("u@away.test") },
		{ .address = SPAN("carol@home.test") },
	};
	memcpy(rcpts, to, sizeof to);
	return (struct record_message){ .recipients = rcpts, .n_recipients = N_ELEMS(to) };
}

TEST(verdicts_one_copy_a_mailbox)
{
	AUTO_ARENA mem = { 0 };
	struct record_message m = message();
	struct record_change *changes;
	size_t n;

	CHECK_INT(verdicts_settle(&m, NULL, 0, &mem, &changes, &n), 0);
	CHECK_INT(n, 1);
	CHECK_INT(changes[0].recipient, 2);
	CHECK_INT(changes[0].state, RECIPIENT_DELIVERED);
	CHECK_SPAN(changes[0].text,
	           SPAN("delivered into the mailbox, with the copy for alice@home.test"));
	CHECK_SPAN(m.recipients[0].account, SPAN("alice@home.test"));
	CHECK_SPAN(m.recipients[1].account, SPAN("bob@home.test"));
	CHECK_SPAN(m.recipients[2].account, SPAN(""));
}

TEST(verdicts_as_states)
{
	static const struct queue_verdict t[] = {
		{ 3, RECIPIENT_HELD, 0, SPAN(""), SPAN("as\r\nasked") },
		{ 4, RECIPIENT_REFUSED, 550, SPAN("5.1.1"), SPAN("No such user here") },
	};
	static const struct queue_verdict taken_out = { 3, RECIPIENT_CANCELLED, 0, SPAN(""),
		                                        SPAN("taken out") };
	AUTO_ARENA mem = { 0 };
	struct record_message m = message();
	struct record_change *changes;
	size_t n;

	CHECK_INT(verdicts_settle(&m, t, 2, &mem, &changes, &n), 0);
	CHECK_INT(n, 3);
	CHECK_INT(changes[0].state, RECIPIENT_HELD);
	CHECK(span_find(changes[0].text, '\n') < 0);
	CHECK_INT(changes[1].recipient, 4);
	CHECK_INT(changes[1].state, RECIPIENT_REFUSED);
	CHECK_INT(changes[1].code, 550);
	CHECK_SPAN(changes[1].enhanced, SPAN("5.1.1"));
	CHECK_STR(record_change_class(&changes[1]), "no-such-user");
	CHECK(changes[1].meaning.n > 0);
	CHECK_INT(changes[2].recipient, 2);
	m = message();
	CHECK_INT(verdicts_settle(&m, &taken_out, 1, &mem, &changes, &n), 0);
	CHECK_INT(changes[0].state, RECIPIENT_CANCELLED);
	CHECK_SPAN(changes[0].text, SPAN("taken out"));
}

/* The role that asks may have been taken over. */
TEST(verdicts_that_cannot_be)
{
	static const struct queue_verdict t[] = {
		{ 5, RECIPIENT_HELD, 0, SPAN(""), SPAN("") }, /* no such recipient */
		{ 0, RECIPIENT_HELD, 0, SPAN(""), SPAN("") }, /* delivered by the commit */
		{ 3, RECIPIENT_DELIVERED, 250, SPAN("2.0.0"),
		  SPAN("") }, /* not the asker's to say */
		{ 3, RECIPIENT_QUEUED, 0, SPAN(""), SPAN("") },
		{ 3, RECIPIENT_REFUSED, 354, SPAN("4.1.1"), SPAN("") },
		{ 3, RECIPIENT_REFUSED, 600, SPAN("5.1.1"), SPAN("") },
		{ 3, RECIPIENT_REFUSED, 550, SPAN("5.1.1\r\n"), SPAN("") },
		{ 3, RECIPIENT_REFUSED, 550, SPAN(""), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct record_message m = message();
		struct record_change *changes;
		size_t n;

		CHECK_INT(verdicts_settle(&m, &t[row], 1, &mem, &changes, &n), ERR_SYNTAX);
	}
}
