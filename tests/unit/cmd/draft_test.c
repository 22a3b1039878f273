/* The message that `send` makes from its options. */
#include "cmd/draft.h"

#include "base/err.h"
#include "capture.h"

enum { ROOM = 64 << 10 };

TEST(draft_addresses)
{
	static const struct {
		const char *text;
		int result;
		size_t n;
		const char *last, *name;
	} t[] = {
		{ "bob@b.test", 0, 1, "bob@b.test", "" },
		{ "Bob <bob@b.test>, c@d.test", 0, 2, "c@d.test", "" },
		{ "\"Bob, B.\" <bob@b.test>", 0, 1, "bob@b.test", "Bob, B." },
		{ "nonsense", ERR_SYNTAX, 0, NULL, NULL },
		{ "a@b.test, nonsense", ERR_SYNTAX, 1, "a@b.test", "" },
	};
	EACH_ROW(t) {
		struct draft d = { 0 };
		AUTO_BUF words = BUF(1024);
		struct capture c = capture_begin(STDERR_FILENO);
		int r = draft_add(&d, &d.to, t[row].text);
		capture_end(&c, &words);
		CHECK_INT(r, t[row].result);
		CHECK_INT(words.n > 0, r < 0);
		CHECK_INT(d.to.n, t[row].n);
		if (d.to.n) {
			CHECK_SPAN(d.to.v[d.to.n - 1].address, span_str(t[row].last));
			CHECK_SPAN(d.to.v[d.to.n - 1].name, span_str(t[row].name));
		}
		draft_fini(&d);
	}
}

/* Many lists on one option: the array grows, nobody is lost. */
TEST(draft_many_recipients)
{
	struct draft d = { 0 };
	char text[64];

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "u%d@b.test", i);
		CHECK_INT(draft_add(&d, &d.cc, text), 0);
	}
	CHECK_INT(d.cc.n, 100);
	CHECK_SPAN(d.cc.v[0].address, SPAN("u0@b.test"));
	CHECK_SPAN(d.cc.v[99].address, SPAN("u99@b.test"));
	draft_fini(&d);
}

static bool has(const struct buf *message, struct span words)
{
	for (struct span rest = buf_span(message); rest.n; rest = span_sub(rest, 1, rest.n))
		if (span_starts(rest, words))
			return true;
	return false;
}

/* Each recipient once; who is in bcc is in the envelope and nowhere in the message. */
TEST(draft_finished)
{
	struct draft d = { 0 };
	struct settings set = { .server_hostname = "mail.home.test", .smtp_size_max = ROOM };
	AUTO_BUF out = BUF(ROOM);
	bool smtputf8 = true;

	CHECK_INT(draft_set_from(&d, "Alice <alice@home.test>"), 0);
	CHECK_INT(draft_add(&d, &d.to, "bob@b.test, carol@c.test"), 0);
	CHECK_INT(draft_add(&d, &d.cc, "bob@b.test"), 0);
	CHECK_INT(draft_add(&d, &d.bcc, "secret@d.test, carol@c.test"), 0);
	d.message.subject = SPAN("words");
	d.message.text = SPAN("hello\n");
	CHECK_INT(draft_finish(&d, &set, &out, &smtputf8), 0);
	CHECK_INT(d.n_recipients, 3);
	CHECK_SPAN(d.recipients[2], SPAN("secret@d.test"));
	CHECK(!smtputf8);
	CHECK(has(&out, SPAN("Subject: words\r\n")) && has(&out, SPAN("@mail.home.test>\r\n")));
	CHECK(has(&out, SPAN("\r\n\r\nhello\r\n")) && !has(&out, SPAN("secret")));
	draft_fini(&d);
}

TEST(draft_too_big)
{
	struct draft d = { 0 };
	static const struct settings set = { .server_hostname = "mail.home.test",
		                             .smtp_size_max = 100 };
	AUTO_BUF out = BUF(100);
	bool smtputf8 = false;
	int r = 0;

	CHECK_INT(draft_set_from(&d, "alice@home.test"), 0);
	CHECK_INT(draft_add(&d, &d.to, "bob@b.test"), 0);
	d.message.text = SPAN("hello\n");
	CHECK_PRINTS(STDERR_FILENO,
	             "postrider: the message is bigger than smtp.size_max (100 octets) permits\n",
	             r = draft_finish(&d, &set, &out, &smtputf8));
	CHECK_INT(r, ERR_TOO_LONG);
	draft_fini(&d);
}
