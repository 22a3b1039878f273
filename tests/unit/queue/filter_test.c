/* Which undecided recipients a filter means. */
#include "test.h"

#include "queue/orders/filter.h"
#include "wire/smtp/verdict/verdict.h"

static const struct store_pending row_of_bob = {
	.message = 7,
	.recipient = 1,
	.return_path = SPAN("Alice@Ours.test"),
	.address = SPAN("bob@Far.test"),
	.domain = SPAN("far.test"),
	.accepted_ms = 1000,
	.state = RECIPIENT_DEFERRED,
	.class = SMTP_CLASS_GREYLISTED,
	.who = SPAN("root (uid 0)"),
};

TEST(filter_means)
{
	static const struct {
		const char *what;
		struct queue_filter filter;
		bool wanted;
	} t[] = {
		{ "all", { 0 }, true },
		{ "its message", { .message = 7 }, true },
		{ "another message", { .message = 8 }, false },
		{ "the sender", { .from = SPAN("alice@ours.test") }, true },
		{ "the sender's domain", { .from = SPAN("@ours.test") }, true },
		{ "part of a sender's domain", { .from = SPAN("@rs.test") }, false },
		{ "another sender", { .from = SPAN("lice@ours.test") }, false },
		{ "the null sender", { .from = SPAN("<>") }, false },
		{ "the recipient", { .to = SPAN("BOB@far.test") }, true },
		{ "the recipient's domain", { .to = SPAN("@far.test") }, true },
		{ "another recipient", { .to = SPAN("eve@far.test") }, false },
		{ "the domain", { .domain = SPAN("far.test") }, true },
		{ "another domain", { .domain = SPAN("ar.test") }, false },
		{ "its state",
		  { .states = 1u << RECIPIENT_DEFERRED | 1u << RECIPIENT_HELD },
		  true },
		{ "another state", { .states = 1u << RECIPIENT_QUEUED }, false },
		{ "its class", { .class = SMTP_CLASS_GREYLISTED }, true },
		{ "another class", { .class = SMTP_CLASS_MAILBOX_FULL }, false },
		{ "since then", { .accepted_from_ms = 1000 }, true },
		{ "younger", { .accepted_from_ms = 1001 }, false },
		{ "before", { .accepted_to_ms = 1001 }, true },
		{ "older", { .accepted_to_ms = 1000 }, false },
		{ "held by", { .who = SPAN("root (uid 0)") }, true },
		{ "held by another", { .who = SPAN("root") }, false },
		{ "all of it",
		  { .message = 7, .from = SPAN("@ours.test"), .to = SPAN("@x.test") },
		  false },
	};

	EACH_ROW(t)
		CHECK_INT(filter_wants(&row_of_bob, &t[row].filter), t[row].wanted);
}

TEST(filter_null_sender)
{
	struct store_pending notification = { .address = SPAN("x@far.test") };
	struct queue_filter filter = { .from = SPAN("<>") };

	CHECK(filter_wants(&notification, &filter));
	filter.from = SPAN("@ours.test");
	CHECK(!filter_wants(&notification, &filter));
}

TEST(filter_takes_domains_as_people_write_them)
{
	AUTO_ARENA mem = { 0 };
	struct queue_filter filter = { .domain = SPAN("B\xc3\xbc"
		                                      "cher.example") },
	                    two[2] = { 0 }, out;

	CHECK_INT(filter_take(&filter, 1, &mem, &out), 0);
	CHECK_SPAN(out.domain, SPAN("xn--bcher-kva.example"));
	filter.domain = SPAN("\xff");
	CHECK_INT(filter_take(&filter, 1, &mem, &out), ERR_SYNTAX);
	CHECK_INT(filter_take(two, 2, &mem, &out), ERR_SYNTAX);
	CHECK_INT(filter_take(NULL, 0, &mem, &out), 0);
	CHECK_INT(out.message, 0);
}
