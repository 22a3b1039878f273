/* queue/check: what another role, perhaps taken over, may not hand in; threats 3.7, 3.14. */
#include "queue/state/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "calls/mailbox.h"
#include "calls/mailbox_records.h"
#include "calls/record_found.h"
#include "test.h"
#include "wire/message/envelope/items.h"
#include "wire/message/structure/cache.h"

#define X10   "xxxxxxxxxx"
#define X100  X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

static const struct settings set = { .smtp_size_max = 1 << 20, .smtp_hops_max = 3 };

static struct record_message good(struct record_recipient *to)
{
	*to = (struct record_recipient){
		.address = SPAN("bob@Example.NET"),
		.domain = SPAN("example.net"),
		.uid = 9,
	};
	return (struct record_message){
		.return_path = SPAN("alice@example.test"),
		.login = SPAN("alice@example.test"),
		.client_address = SPAN("192.0.2.7"),
		.helo = SPAN("laptop"),
		.protocol = SPAN("ESMTPSA"),
		.subject = SPAN("Hello"),
		.size_bytes = 1,
		.recipients = to,
		.n_recipients = 1,
		.prefix = SPAN("Received: x\r\n"),
		.header = SPAN("Subject: Hello\r\n\r\n"),
		.body = SPAN("Hi\r\n"),
	};
}

TEST(check_accepts_a_message)
{
	static const struct {
		const char *what;
		struct span return_path, address, domain, account;
	} t[] = {
		{ "plain", SPAN("a@b.test"), SPAN("b@c.test"), SPAN("c.test"), SPAN("") },
		{ "null return_path", SPAN(""), SPAN("b@c.test"), SPAN("c.test"), SPAN("") },
		{ "ours", SPAN("a@b.test"), SPAN("b@c.test"), SPAN("c.test"), SPAN("b@c.test") },
		{ "a literal", SPAN("a@b.test"), SPAN("b@[IPv6:2001:DB8::1]"),
		  SPAN("[IPv6:2001:DB8::1]"), SPAN("") },
		{ "quoted", SPAN("\"a b\"@b.test"), SPAN("\"@ @\"@c.test"), SPAN("c.test"),
		  SPAN("") },
		{ "UTF-8", SPAN("\xc3\xa9@b.test"), SPAN("b@\xc3\xa9.test"), SPAN("xn--9ca.test"),
		  SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct record_recipient to;
		struct record_message m = good(&to);

		m.return_path = t[row].return_path;
		to.address = t[row].address;
		to.domain = t[row].domain;
		to.account = t[row].account;
		CHECK_INT(check_message(&set, &m, &mem), 0);
		CHECK_INT(m.body_bytes, m.body.n);
		CHECK_INT(m.size_bytes, m.prefix.n + m.header.n + m.body.n);
		CHECK_INT(to.uid, 0);
	}
}

TEST(check_refuses_a_message)
{
	enum field { SENDER, LOGIN, CLIENT, NAME, PROTOCOL, ADDRESS, DOMAIN, ACCOUNT };
	static const struct {
		enum field field;
		struct span value;
		int r;
	} t[] = {
		{ SENDER, SPAN("alice"), ERR_SYNTAX },
		{ SENDER, SPAN("@b.test"), ERR_SYNTAX },
		{ SENDER, SPAN("a@"), ERR_SYNTAX },
		{ SENDER, SPAN("a@b\n.test"), ERR_SYNTAX },
		{ SENDER, SPAN(X1000 X10 X10 X10 "@b.test"), ERR_TOO_LONG },
		{ ADDRESS, SPAN(""), ERR_SYNTAX },
		{ ADDRESS, SPAN("bob"), ERR_SYNTAX },
		{ ADDRESS, SPAN("b>\r\nDATA@c.test"), ERR_SYNTAX },
		{ ADDRESS, SPAN("b\0@c.test"), ERR_SYNTAX },
		{ ADDRESS, SPAN("b\x7f@c.test"), ERR_SYNTAX },
		{ DOMAIN, SPAN(""), ERR_SYNTAX },
		{ DOMAIN, SPAN("C.test"), ERR_SYNTAX },
		{ DOMAIN, SPAN("c test"), ERR_SYNTAX },
		{ DOMAIN, SPAN("\xc3\xa9.test"), ERR_SYNTAX },
		{ DOMAIN, SPAN(X100 X100 X100), ERR_SYNTAX },
		{ LOGIN, SPAN("a\x1b@b.test"), ERR_SYNTAX },
		{ LOGIN, SPAN(X1000 X100), ERR_TOO_LONG },
		{ CLIENT, SPAN("192.0.2.7\n"), ERR_SYNTAX },
		{ NAME, SPAN("a\tb"), ERR_SYNTAX },
		{ PROTOCOL, SPAN("\r"), ERR_SYNTAX },
		{ ACCOUNT, SPAN("b\0@c.test"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct record_recipient to;
		struct record_message m = good(&to);
		struct span *const at[] = { &m.return_path, &m.login,    &m.client_address,
			                    &m.helo,        &m.protocol, &to.address,
			                    &to.domain,     &to.account };

		*at[t[row].field] = exact(t[row].value);
		CHECK_INT(check_message(&set, &m, &mem), t[row].r);
	}
}

TEST(check_refuses_a_message_without_its_parts)
{
	enum {
		ID,
		TIME,
		NO_RCPT,
		MANY_RCPTS,
		NOTHING,
		BOTH,
		BIG,
		PREFIX,
		FACTS,
		MANY_FACTS,
		TAGS,
		ITEM_OF_RCPT
	};
	static const struct {
		int what, r;
	} t[] = {
		{ ID, ERR_SYNTAX },         { TIME, ERR_SYNTAX },    { NO_RCPT, ERR_SYNTAX },
		{ MANY_RCPTS, ERR_LIMIT },  { NOTHING, ERR_SYNTAX }, { BOTH, ERR_SYNTAX },
		{ BIG, ERR_TOO_BIG },       { PREFIX, ERR_SYNTAX },  { FACTS, 0 },
		{ MANY_FACTS, ERR_SYNTAX }, { TAGS, ERR_SYNTAX },    { ITEM_OF_RCPT, ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct record_recipient to;
		struct record_item item = { RECORD_ITEM_FACTS, SPAN("\1\1") };
		struct record_message m = good(&to);

		switch (t[row].what) {
		case ID: m.id = 4; break;
		case TIME: m.time_ms = 4; break;
		case NO_RCPT: m.n_recipients = 0; break;
		case MANY_RCPTS: m.n_recipients = CHECK_RCPTS_MAX + 1; break;
		case NOTHING: m.prefix.n = m.header.n = m.body.n = 0; break;
		case BOTH: m.blob = 4; break;
		case PREFIX: to.prefix = SPAN("A: b\r\n"); break;
		case TAGS:
			item.kind = RECORD_ITEM_TAGS;
			m.items = &item;
			m.n_items = 1;
			break;
		case FACTS:
			m.items = &item;
			m.n_items = 1;
			break;
		case MANY_FACTS:
			item.octets = SPAN("12345678901234567");
			m.items = &item;
			m.n_items = 1;
			break;
		case ITEM_OF_RCPT:
			to.items = &item;
			to.n_items = 1;
			break;
		case BIG: m.body.n = QUEUE_TEXT_BYTES_MAX; break;
		}
		CHECK_INT(check_message(&set, &m, &mem), t[row].r);
	}
}

TEST(check_cleans_what_the_ledger_shows)
{
	static const struct {
		struct span in;
		size_t max;
		struct span out;
	} t[] = {
		{ SPAN("Hello"), 10, SPAN("Hello") },
		{ SPAN("Hello"), 4, SPAN("Hell") },
		{ SPAN("a\0b\x1b[1m"), 10, SPAN("a?b?[1m") },
		{ SPAN("\xc3\xa9\xff"), 10, SPAN("\xc3\xa9?") },
		{ SPAN("x\xc3\xa9"), 2, SPAN("x") },
		{ SPAN(""), 2, SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };

		CHECK_SPAN(check_line(exact(t[row].in), t[row].max, &mem), t[row].out);
	}
	AUTO_ARENA mem = { 0 };
	struct record_recipient to;
	struct record_message m = good(&to);

	m.subject = (struct span)SPAN("a\r\nb" X1000);
	m.message_id = (struct span)SPAN("<\x01@x>");
	CHECK_INT(check_message(&set, &m, &mem), 0);
	CHECK_INT(m.subject.n, CHECK_TEXT_MAX);
	CHECK(span_find(m.subject, '\r') < 0 && span_find(m.subject, '\n') < 0);
	CHECK_SPAN(m.message_id, SPAN("<?@x>"));
}

TEST(check_headers)
{
	static const struct {
		struct span text;
		int r;
	} t[] = {
		{ SPAN(""), 0 },
		{ SPAN("Subject: Received: x\r\n\r\n"), 0 },
		{ SPAN("Received: a\r\n b\r\nRECEIVED : c\r\nX-Received: d\r\n\r\n"), 0 },
		{ SPAN("Received: a\r\nReceived: b\r\nReceived: c"), ERR_LOOP },
		{ SPAN("Subject: x\r\n\r\nReceived: y\r\n"), ERR_SYNTAX }, /* a body in it */
		{ SPAN("no field\r\n"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		struct record_message m = { .prefix = SPAN("Received: ours\r\n"),
			                    .header = exact(t[row].text),
			                    .body = SPAN("Received: no\r\n") };

		CHECK_INT(check_header(&set, &m), t[row].r);
	}
}

/* What shows a message in lists is taken from who received it, if it can be read to its end. */
TEST(check_takes_an_envelope)
{
	static const struct {
		struct span octets;
		int r;
	} t[] = {
		{ SPAN("\1\1\1"), 0 },
		{ SPAN("\1\1\2"), ERR_SYNTAX },          /* of no version that there is */
		{ SPAN("\1\3\1\1\1"), ERR_SYNTAX },      /* FLAGS without its octet     */
		{ SPAN("\1\1\1\3\0"), ERR_SYNTAX },      /* of no kind that there is    */
		{ SPAN("\1\5\1\20\2\1\1"), ERR_SYNTAX }, /* a list that ends early  */
	};
	struct record_recipient to;
	struct record_message m = good(&to);
	AUTO_ARENA mem = { 0 };
	AUTO_BUF large = BUF(1 << 20);
	struct record_item two[2] = { { RECORD_ITEM_ENVELOPE, SPAN("\1\1\1") },
		                      { RECORD_ITEM_FACTS, SPAN("\1\1") } };

	m.items = two;
	m.n_items = 1;
	EACH_ROW(t) {
		two[0].octets = exact(t[row].octets);
		CHECK_INT(check_message(&set, &m, &mem), t[row].r);
	}
	CHECK_INT(message_envelope_pack(
	                  SPAN("Subject: " X1000 X1000 "\r\nReferences: <" X1000 "@x>\r\n\r\n"),
	                  2 * MESSAGE_CACHE_MADE_BYTES, &large),
	          0);
	while (large.n <= MESSAGE_CACHE_MADE_BYTES)
		message_item_put(&large, 200, SPAN(X1000));
	AUTO_BUF item = BUF(1 << 20);
	message_item_put(&item, 1, buf_span(&large));
	two[0].octets = buf_span(&item);
	CHECK_INT(check_message(&set, &m, &mem), ERR_SYNTAX);
	two[0].octets = SPAN("\1\1\1");
	m.n_items = 2;
	CHECK_INT(check_message(&set, &m, &mem), 0);
	two[1] = two[0];
	CHECK_INT(check_message(&set, &m, &mem), ERR_SYNTAX);
}

/* The recipient's items: a mailbox that nobody has but who is meant, and what the defence did. */
TEST(check_takes_what_the_defence_says)
{
	enum { ELSEWHERE = 1, TWICE, LONG, NONSENSE };
	static const struct {
		struct record_delivery wish;
		int how, r;
	} t[] = {
		{ { .role = MAILBOX_JUNK }, 0, 0 },
		{ { .role = MAILBOX_QUARANTINE }, 0, 0 },
		{ { .path = SPAN("x") }, 0, 0 },
		{ { .role = MAILBOX_SENT }, 0, ERR_SYNTAX },
		{ { .account = 1, .role = MAILBOX_JUNK }, 0, ERR_SYNTAX },
		{ { .mailbox = 1 }, 0, ERR_SYNTAX },
		{ { .flags = 1 }, 0, ERR_SYNTAX },
		{ { .role = MAILBOX_JUNK }, ELSEWHERE, ERR_SYNTAX },
		{ { .role = MAILBOX_JUNK }, TWICE, ERR_SYNTAX },
		{ { .role = MAILBOX_JUNK }, LONG, ERR_SYNTAX },
		{ { .role = MAILBOX_JUNK }, NONSENSE, ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF wish = BUF(1000), followed = BUF(1000);
		struct record_recipient to;
		struct record_message m = good(&to);
		struct record_item items[2] = { { RECORD_ITEM_MAILBOX, { 0 } },
			                        { RECORD_ITEM_VERDICTS_RCPT, { 0 } } };
		struct record_followed f = { SPAN("dmarc"), SPAN("quarantine") };

		if (t[row].how == LONG)
			f.step = SPAN(X1000);
		CHECK_INT(record_delivery_pack(&t[row].wish, &wish), 0);
		followed.cap = 2000;
		CHECK_INT(record_followed_pack(&f, &followed), 0);
		items[0].octets = buf_span(&wish);
		items[1].octets =
		        t[row].how == NONSENSE ? SPAN("\377\377\377\377") : buf_span(&followed);
		if (t[row].how == TWICE)
			items[1] = items[0];
		if (t[row].how != ELSEWHERE)
			to.account = SPAN("bob@example.net");
		to.items = items;
		to.n_items = 2;
		CHECK_INT(check_message(&set, &m, &mem), t[row].r);
	}
}

/* The message's: a list that can be read, and no more than RECORD_FINDINGS_BYTES_MAX. */
TEST(check_takes_findings)
{
	static const size_t words[] = { 0, 1000, RECORD_FINDINGS_BYTES_MAX };
	static char text[RECORD_FINDINGS_BYTES_MAX];

	memset(text, 'x', sizeof text);
	EACH_ROW(words) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF packed = BUF(2 * RECORD_FINDINGS_BYTES_MAX);
		struct record_found one = { .step = SPAN("spf"),
			                    .words = span_make(text, words[row]) };
		struct record_findings all = { &one, 1 };
		struct record_item item = { .kind = RECORD_ITEM_VERDICTS };
		struct record_recipient to;
		struct record_message m = good(&to);

		CHECK_INT(record_findings_pack(&all, &packed), 0);
		item.octets = buf_span(&packed);
		m.items = &item;
		m.n_items = 1;
		CHECK_INT(check_message(&set, &m, &mem), row == 2 ? ERR_SYNTAX : 0);
		item.octets.n -= 5; /* cut within */
		CHECK_INT(check_message(&set, &m, &mem), ERR_SYNTAX);
	}
}

/* A field too many, an octet too many: refused, and nothing counts as body instead. */
TEST(check_limits_headers)
{
	AUTO_BUF many = BUF(1 << 20);

	for (int i = 0; i < 10001; i++)
		buf_puts(&many, "X:\r\n");
	struct record_message m = { .header = span_sub(buf_span(&many), 0, 40000) };
	CHECK_INT(check_header(&set, &m), 0);
	m.header = buf_span(&many);
	CHECK_INT(check_header(&set, &m), ERR_SYNTAX);
	buf_reset(&many);
	buf_puts(&many, "X: ");
	while (many.n < QUEUE_HEADER_BYTES_MAX - 2)
		buf_putc(&many, 'x');
	buf_puts(&many, "\r\n");
	m.header = buf_span(&many);
	CHECK_INT(check_header(&set, &m), 0);
	buf_puts(&many, "\r\n");
	m.header = buf_span(&many);
	CHECK_INT(check_header(&set, &m), ERR_TOO_BIG);
}
