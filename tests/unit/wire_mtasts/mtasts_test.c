/* RFC 8461 3.1, 3.2, 4.1: a row a rule. */
#include "wire/mtasts/mtasts.h"

#include "test.h"

TEST(records)
{
	static const struct {
		struct span txt;
		int r;
		struct span id;
	} t[] = {
		{ SPAN("v=STSv1; id=20160831085700Z;"), 0, SPAN("20160831085700Z") },
		{ SPAN("v=STSv1;id=1"), 0, SPAN("1") },
		{ SPAN("v=STSv1 ; later=x ; id=1"), 0, SPAN("1") },
		{ SPAN("v=STSv1; id=12345678901234567890123456789012"), 0,
		  SPAN("12345678901234567890123456789012") },
		{ SPAN("v=spf1 -all"), ERR_NOT_FOUND, SPAN("") },
		{ SPAN("v=STSv10; id=1"), ERR_NOT_FOUND, SPAN("") },
		{ SPAN("id=1; v=STSv1"), ERR_NOT_FOUND, SPAN("") },
		{ SPAN(""), ERR_NOT_FOUND, SPAN("") },
		{ SPAN("v=STSv1"), ERR_SYNTAX, SPAN("") },
		{ SPAN("v=STSv1; id="), ERR_SYNTAX, SPAN("") },
		{ SPAN("v=STSv1; id=a b"), ERR_SYNTAX, SPAN("") },
		{ SPAN("v=STSv1; id=1; id=2"), ERR_SYNTAX, SPAN("") },
		{ SPAN("v=STSv1; id=123456789012345678901234567890123"), ERR_SYNTAX, SPAN("") },
	};
	EACH_ROW(t) {
		struct span id = { 0 };

		CHECK_INT(mtasts_record_parse(exact(t[row].txt), &id), t[row].r);
		CHECK_SPAN(id, t[row].id);
	}
}

#define HEAD "version: STSv1\r\n"
#define AGE  "max_age: 604800\r\n"

TEST(policies)
{
	static const struct {
		struct span text;
		int r;
		enum mtasts_mode mode;
		uint32_t max_age;
		size_t n_hosts;
	} t[] = {
		{ SPAN(HEAD "mode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\n" AGE),
		  0, MTASTS_ENFORCE, 604800, 2 },
		{ SPAN("version:STSv1\nmode:testing\nmx:a\nmax_age:1"), 0, MTASTS_TESTING, 1, 1 },
		{ SPAN(HEAD AGE "mode: none\r\n"), 0, MTASTS_NONE, 604800, 0 },
		/* The first counts; what is not known is passed over. */
		{ SPAN(HEAD AGE "mode: testing\nmode: enforce\nmax_age: 1\nnew: x\nmx: a\n"), 0,
		  MTASTS_TESTING, 604800, 1 },
		{ SPAN(HEAD "mode: enforce\nmx: a\nmax_age: 9999999999\n"), 0, MTASTS_ENFORCE,
		  MTASTS_AGE_MAX, 1 },
		{ SPAN("  version : STSv1  \nmode: none\n\n" AGE), 0, MTASTS_NONE, 604800, 0 },
		{ SPAN(""), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN("<html>not found</html>"), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN("mode: none\n" AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: none\n"), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN("version: STSv2\nmode: none\n" AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: Enforce\nmx: a\n" AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: enforce\n" AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: none\nmax_age: -1\n"), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: none\nmax_age: 10000000000\n"), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: enforce\nmx: a b\n" AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: enforce\nmx: *\n" AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: enforce\nmx: a.*.b\n" AGE), ERR_SYNTAX, 0, 0, 0 },
		{ SPAN(HEAD "mode: enforce\nmx: a..b\n" AGE), ERR_SYNTAX, 0, 0, 0 },
	};
	EACH_ROW(t) {
		static struct mtasts_policy got;

		CHECK_INT(mtasts_policy_parse(exact(t[row].text), &got), t[row].r);
		if (t[row].r < 0)
			continue;
		CHECK_INT(got.mode, t[row].mode);
		CHECK_INT(got.max_age, t[row].max_age);
		CHECK_INT(got.n_hosts, t[row].n_hosts);
	}
}

/* What we publish is read as what it says. */
TEST(policies_of_ours)
{
	static const char *const names[] = { "none", "testing", "enforce" };

	EACH_ROW(names) {
		AUTO_BUF text = BUF(MTASTS_POLICY_MAX);
		static struct mtasts_policy got;
		enum mtasts_mode mode;

		CHECK_INT(mtasts_mode_parse(span_str(names[row]), &mode), 0);
		CHECK_INT(mtasts_policy_put(&text, mode, SPAN("mx.home.test")), 0);
		CHECK_INT(mtasts_policy_parse(buf_span(&text), &got), 0);
		CHECK(got.mode == mode && got.n_hosts == 1 &&
		      span_eq(got.hosts[0], SPAN("mx.home.test")) &&
		      got.max_age == MTASTS_AGE_OURS);
	}
	enum mtasts_mode mode;
	CHECK_INT(mtasts_mode_parse(SPAN("Enforce"), &mode), ERR_SYNTAX);
}

TEST(hosts)
{
	static const struct {
		struct span pattern, host;
		bool permitted;
	} t[] = {
		{ SPAN("mail.example.com"), SPAN("mail.example.com"), true },
		{ SPAN("mail.example.com"), SPAN("Mail.Example.COM"), true },
		{ SPAN("mail.example.com"), SPAN("mail.example.com.evil"), false },
		{ SPAN("mail.example.com"), SPAN("xmail.example.com"), false },
		{ SPAN("*.example.com"), SPAN("mail.example.com"), true },
		{ SPAN("*.example.com"), SPAN("example.com"), false },
		{ SPAN("*.example.com"), SPAN(".example.com"), false },
		{ SPAN("*.example.com"), SPAN("a.b.example.com"), false },
		{ SPAN("*.example.com"), SPAN("mailexample.com"), false },
		{ SPAN("*.example.com"), SPAN(""), false },
	};
	EACH_ROW(t) {
		static struct mtasts_policy policy;

		policy.hosts[0] = exact(t[row].pattern);
		policy.n_hosts = 1;
		CHECK_INT(mtasts_permits(&policy, exact(t[row].host)), t[row].permitted);
	}
}
