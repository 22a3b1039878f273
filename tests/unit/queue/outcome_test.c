/* queue/outcome: from what the courier says to the records of it. */
#include "queue/attempts/outcome.h"

#include <stdlib.h>

#include "test.h"
#include "wire/smtp/verdict/verdict.h"

#define NAME(text) ((struct span)SPAN(text))

enum { MIN = 60 * 1000, N = 2 };

static const struct retry_rule rule = { .waits_ms = { MIN }, .n = 1, .expiry_ms = 60 * MIN };
static const int64_t accepted = 1700000000000;

static struct entry *entry(void)
{
	static _Alignas(
	        struct entry) char room[sizeof(struct entry) + N * sizeof(struct courier_rcpt)];
	struct entry *e = (struct entry *)room;

	*e = (struct entry){
		.message = 5,
		.accepted_ms = accepted,
		.return_path = SPAN("alice@example.test"),
		.n_rcpts = N,
		.n_all = N,
	};
	e->rcpts[0] = (struct courier_rcpt){ 3, SPAN("bob@example.net") };
	e->rcpts[1] = (struct courier_rcpt){ 8, SPAN("eve@example.net") };
	return e;
}

TEST(outcome_must_be_about_the_entry)
{
	static const struct {
		const char *what;
		size_t n;
		struct courier_outcome o[3];
		int r;
	} t[] = {
		{ "as asked", 2, { { .recipient = 3 }, { .recipient = 8 } }, 0 },
		{ "too few", 1, { { .recipient = 3 } }, ERR_SYNTAX },
		{ "too many",
		  3,
		  { { .recipient = 3 }, { .recipient = 8 }, { .recipient = 9 } },
		  ERR_SYNTAX },
		{ "out of order", 2, { { .recipient = 8 }, { .recipient = 3 } }, ERR_SYNTAX },
		{ "a stage there is not",
		  2,
		  { { .recipient = 3, .stage = SMTP_STAGE_COUNT }, { .recipient = 8 } },
		  ERR_SYNTAX },
		{ "a code there is not",
		  2,
		  { { .recipient = 3 }, { .recipient = 8, .code = 600 } },
		  ERR_SYNTAX },
		{ "delivered for now",
		  2,
		  { { .recipient = 3, .delivered = true, .temporary = true }, { .recipient = 8 } },
		  ERR_SYNTAX },
	};
	EACH_ROW(t) {
		struct courier_outcome o[3];
		struct courier_outcomes got = { o, t[row].n };

		memcpy(o, t[row].o, sizeof o);
		CHECK_INT(outcome_check(entry(), &got), t[row].r);
	}
}

/* A clock that never jumped, long after the start. */
static struct outcome_time at(int64_t now_ms)
{
	return (struct outcome_time){ { now_ms, now_ms, now_ms - INT64_C(86400000) }, 1 };
}

TEST(outcome_becomes_a_record)
{
	static const struct {
		const char *what;
		struct courier_outcome o;
		int64_t age_ms;
		uint8_t state, class, said; /* said: whose sentence it is */
		bool final_words, next;
	} t[] = {
		{ "taken",
		  { .delivered = true, .code = 250 },
		  MIN,
		  RECIPIENT_DELIVERED,
		  SMTP_CLASS_DELIVERED,
		  SMTP_CLASS_DELIVERED,
		  false,
		  false },
		{ "full",
		  { .temporary = true, .code = 452, .class = SMTP_CLASS_MAILBOX_FULL },
		  MIN,
		  RECIPIENT_DEFERRED,
		  SMTP_CLASS_MAILBOX_FULL,
		  SMTP_CLASS_MAILBOX_FULL,
		  false,
		  true },
		{ "nobody",
		  { .code = 550, .class = SMTP_CLASS_NO_SUCH_USER },
		  MIN,
		  RECIPIENT_REFUSED,
		  SMTP_CLASS_NO_SUCH_USER,
		  SMTP_CLASS_NO_SUCH_USER,
		  true,
		  false },
		{ "full to the end",
		  { .temporary = true, .code = 452, .class = SMTP_CLASS_MAILBOX_FULL },
		  60 * MIN,
		  RECIPIENT_EXPIRED,
		  SMTP_CLASS_MAILBOX_FULL,
		  SMTP_CLASS_EXPIRED,
		  true,
		  false },
		{ "without an answer to the end",
		  { .temporary = true, .class = SMTP_CLASS_MAY_HAVE_ARRIVED },
		  60 * MIN,
		  RECIPIENT_EXPIRED,
		  SMTP_CLASS_MAY_HAVE_ARRIVED,
		  SMTP_CLASS_MAY_HAVE_ARRIVED,
		  true,
		  false },
		{ "refused, and called delivered",
		  { .code = 550, .class = SMTP_CLASS_DELIVERED },
		  MIN,
		  RECIPIENT_REFUSED,
		  SMTP_CLASS_REFUSED,
		  SMTP_CLASS_REFUSED,
		  true,
		  false },
		{ "taken, and called full",
		  { .delivered = true, .class = SMTP_CLASS_MAILBOX_FULL },
		  MIN,
		  RECIPIENT_DELIVERED,
		  SMTP_CLASS_DELIVERED,
		  SMTP_CLASS_DELIVERED,
		  false,
		  false },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct outcome_time time = at(accepted + t[row].age_ms);
		struct record_change f;
		struct smtp_verdict said = { t[row].said, t[row].final_words };

		outcome_record(&rule, entry(), 1, &t[row].o, 4, &time, &mem, &f);
		CHECK_INT(f.message, 5);
		CHECK_INT(f.recipient, 8);
		CHECK_SPAN(f.address, NAME("eve@example.net"));
		CHECK_SPAN(f.return_path, NAME("alice@example.test"));
		CHECK_INT(f.attempt, 4);
		CHECK_INT(f.state, t[row].state);
		CHECK_INT(f.class, t[row].class);
		CHECK_INT(f.code, t[row].o.code);
		CHECK_SPAN(f.meaning, span_str(smtp_verdict_sentence(said)));
		CHECK_INT(f.next_try_ms > time.now.wall_ms, t[row].next);
		CHECK_INT(f.next_try_ms != 0, t[row].next);
	}
}

/* The one deferral, for all of an attempt, so that they stay one. */
TEST(outcome_gives_a_message_one_next_try)
{
	AUTO_ARENA mem = { 0 };
	struct courier_outcome o = outcome_local("disk");
	struct outcome_time time = at(accepted + MIN);
	struct record_change a, b;

	outcome_record(&rule, entry(), 0, &o, 1, &time, &mem, &a);
	outcome_record(&rule, entry(), 1, &o, 1, &time, &mem, &b);
	CHECK_INT(a.state, RECIPIENT_DEFERRED);
	CHECK_INT(a.class, SMTP_CLASS_LOCAL_TROUBLE);
	CHECK_INT(a.next_try_ms, b.next_try_ms);
}

TEST(outcome_is_cleaned)
{
	static char words[2000];
	struct courier_outcome o = {
		.temporary = true,
		.code = 450,
		.enhanced = SPAN("4.2.1 and more"),
		.text = { words, sizeof words },
		.remote_host = SPAN("mx\r\n250 ok"),
		.remote_address = SPAN("192.0.2.1:25\x1b"),
		.tls_version = SPAN("TLS\0"),
		.elapsed_ms = -4,
	};
	AUTO_ARENA mem = { 0 };
	struct outcome_time time = at(accepted);
	struct record_change f;

	memset(words, 'w', sizeof words);
	words[3] = '\n';
	outcome_record(&rule, entry(), 0, &o, 1, &time, &mem, &f);
	CHECK_INT(f.enhanced.n, 0);
	CHECK(f.text.n <= 512);
	CHECK(span_find(f.text, '\n') < 0);
	CHECK(span_find(f.remote_host, '\r') < 0 && span_find(f.remote_host, '\n') < 0);
	CHECK_SPAN(f.remote_address, NAME("192.0.2.1:25?"));
	CHECK_SPAN(f.tls_version, NAME("TLS?"));
	CHECK_INT(f.elapsed_ms, 0);
	o.enhanced = NAME("4.2.1");
	outcome_record(&rule, entry(), 0, &o, 1, &time, &mem, &f);
	CHECK_SPAN(f.enhanced, NAME("4.2.1"));
}

TEST(outcome_tells_whether_the_destination_answered)
{
	static const struct {
		const char *what;
		struct courier_outcome o[N];
		bool unreached;
	} t[] = {
		{ "refused connections",
		  { { .temporary = true,
		      .stage = SMTP_STAGE_CONNECT,
		      .class = SMTP_CLASS_CONNECT_FAILED },
		    { .temporary = true,
		      .stage = SMTP_STAGE_CONNECT,
		      .class = SMTP_CLASS_CONNECT_FAILED } },
		  true },
		{ "no DNS",
		  { { .temporary = true,
		      .stage = SMTP_STAGE_RESOLVE,
		      .class = SMTP_CLASS_DNS_FAILED },
		    { .temporary = true,
		      .stage = SMTP_STAGE_RESOLVE,
		      .class = SMTP_CLASS_DNS_FAILED } },
		  true },
		{ "421 at once",
		  { { .temporary = true,
		      .stage = SMTP_STAGE_GREETING,
		      .code = 421,
		      .class = SMTP_CLASS_REMOTE_TROUBLE },
		    { .temporary = true,
		      .stage = SMTP_STAGE_GREETING,
		      .code = 421,
		      .class = SMTP_CLASS_REMOTE_TROUBLE } },
		  true },
		{ "our own trouble",
		  { { .temporary = true,
		      .stage = SMTP_STAGE_CONNECT,
		      .class = SMTP_CLASS_LOCAL_TROUBLE },
		    { .temporary = true,
		      .stage = SMTP_STAGE_CONNECT,
		      .class = SMTP_CLASS_LOCAL_TROUBLE } },
		  false },
		{ "greylisted",
		  { { .temporary = true, .stage = SMTP_STAGE_RCPT, .class = SMTP_CLASS_GREYLISTED },
		    { .temporary = true,
		      .stage = SMTP_STAGE_RCPT,
		      .class = SMTP_CLASS_GREYLISTED } },
		  false },
		{ "one was taken",
		  { { .delivered = true, .stage = SMTP_STAGE_BODY },
		    { .temporary = true,
		      .stage = SMTP_STAGE_CONNECT,
		      .class = SMTP_CLASS_CONNECT_FAILED } },
		  false },
		{ "no such domain",
		  { { .stage = SMTP_STAGE_RESOLVE, .class = SMTP_CLASS_NO_SUCH_DOMAIN },
		    { .stage = SMTP_STAGE_RESOLVE, .class = SMTP_CLASS_NO_SUCH_DOMAIN } },
		  false },
	};
	EACH_ROW(t) {
		struct courier_outcome o[N];
		struct courier_outcomes got = { o, N };

		memcpy(o, t[row].o, sizeof o);
		CHECK_INT(outcome_is_unreached(&got), t[row].unreached);
	}
}
