/* cmd/sendmail/qualify.h: names without a domain, in lists as programs write them (RFC 5322 3.4).
 */
#include "test.h"

#include "cmd/sendmail/qualify.h"

TEST(lists)
{
	static const struct {
		const char *list, *whole;
	} t[] = {
		{ "", "" },
		{ "root", "root@d" },
		{ " root ", " root@d " },
		{ "root, bob@x.test,alice", "root@d, bob@x.test,alice@d" },
		{ "<root>", "<root@d>" },
		{ "\"(Cron Daemon)\" <root>", "\"(Cron Daemon)\" <root@d>" },
		{ "root (Cron Daemon)", "root@d (Cron Daemon)" },
		{ "Two Words", "Two Words" }, /* no address: not made one */
		{ "A B <root>, c", "A B <root@d>, c@d" },
		{ "A <a@b>", "A <a@b>" },
		{ "< root >", "< root@d >" },
		{ "<>", "<>" },
		{ "friends: a, b@c;", "friends: a@d, b@c;" },
		{ "\"a, b\"", "\"a, b\"@d" },
		{ "\"a\\\"b\" <x>", "\"a\\\"b\" <x@d>" },
		{ "a.b", "a.b@d" },
		{ "a@[127.0.0.1]", "a@[127.0.0.1]" },
		{ "a @ b", "a @ b" },
		/* what does not end */
		{ "<root", "<root" },
		{ "\"root", "\"root@d" },
		{ "(root", "(root@d" },
		{ "<(", "<(" },
		{ "a,<\"", "a@d,<\"" },
	};
	EACH_ROW(t) {
		AUTO_BUF out = BUF(1000);

		CHECK_INT(sendmail_qualify(exact(span_str(t[row].list)), SPAN("d"), &out), 0);
		CHECK_SPAN(buf_span(&out), span_str(t[row].whole));
	}
}
