/* RFC 8617: chains as they stand in a header, and who vouches for an author. */
#include "wire/arc/arc.h"

#include "test.h"

#define SEAL(i, cv)      "ARC-Seal: i=" i "; a=rsa-sha256; cv=" cv "; d=example.org; s=k; b=AAAA\r\n"
#define SIGNATURE(i)     "ARC-Message-Signature: i=" i "; a=rsa-sha256; b=AAAA\r\n"
#define RESULTS(i, says) "ARC-Authentication-Results: i=" i "; " says "\r\n"
#define SET(i, cv)       SEAL(i, cv) SIGNATURE(i) RESULTS(i, "mx.example; none")

/* 5.2 (1-3) */
TEST(arc_chain_read)
{
	static const struct {
		struct span header;
		size_t n, highest;
		bool broken;
	} t[] = {
		{ SPAN("From: a\r\n"), 0, 0, false },
		{ SPAN(SET("1", "none")), 1, 1, false },
		{ SPAN(SET("2", "pass") "X: y\r\n" SET("1", "none")), 2, 2, false },
		{ SPAN(SET("1", "none") SET("2", "PASS")), 2, 2, false },
		{ SPAN(SET("1", "pass")), 0, 1, true },
		{ SPAN(SET("2", "none") SET("1", "none")), 0, 2, true },
		{ SPAN(SET("2", "fail") SET("1", "none")), 0, 2, true },
		{ SPAN(SET("2", "pass")), 0, 2, true },
		{ SPAN(SET("1", "none") SET("1", "none")), 0, 1, true },
		{ SPAN(SET("0", "none")), 0, 0, true },
		{ SPAN(SET("51", "none")), 0, 0, true },
		{ SPAN(SET("x", "none")), 0, 0, true },
		{ SPAN(SEAL("1", "none") SIGNATURE("1")), 0, 1, true },
		{ SPAN(RESULTS("1", "mx.example; none")), 0, 1, true },
		{ SPAN("ARC-Authentication-Results: mx.example; none\r\n"), 0, 0, true },
		{ SPAN("ARC-Seal: i=1; h=From; a=rsa-sha256; cv=none; d=a.b; s=k; b=A\r\n"), 0, 1,
		  true },
		{ SPAN("ARC-Seal: i=1; a=rsa-sha1; cv=none; d=a.b; s=k; b=AAAA\r\n"), 0, 1, true },
		{ SPAN("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a b; s=k; b=AAAA\r\n"), 0, 1,
		  true },
	};

	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct arc_chain c;
		CHECK_INT(arc_chain_read(exact(t[row].header), &mem, &c), 0);
		CHECK_INT(c.n, t[row].n);
		CHECK_INT(c.highest, t[row].highest);
		CHECK_INT(c.broken, t[row].broken);
	}
}

/* 5.1.2, 4.2.1 */
TEST(arc_who_may_add)
{
	static const struct {
		struct span header;
		int may;
		unsigned instance;
	} t[] = {
		{ SPAN("From: a\r\n"), true, 1 },
		{ SPAN(SET("2", "pass") SET("1", "none")), true, 3 },
		{ SPAN(SET("2", "pass")), true, 3 },
		{ SPAN(SET("2", "fail") SET("1", "none")), false, 0 },
		{ SPAN(SET("50", "pass")), false, 0 },
	};

	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct arc_sealing s = { .found = ARC_NONE };
		CHECK_INT(arc_sealing_begin(&s, exact(t[row].header), &mem), t[row].may);
		CHECK_INT(s.how.arc_instance, t[row].instance);
	}
}

static bool trusts(struct span domain, void *arg)
{
	return span_eq(domain, span_str(arg));
}

TEST(arc_vouched)
{
	static const struct {
		struct span says;
		bool vouches;
	} t[] = {
		{ SPAN(" mx; dmarc=pass header.from=a.example"), true },
		{ SPAN(" mx; spf=fail;\r\n\tdmarc=pass (p=REJECT; (a) b) action=none\r\n "
		       "header.from=A.EXAMPLE; dkim=none"),
		  true },
		{ SPAN(" mx; dmarc=fail header.from=a.example"), false },
		{ SPAN(" mx; dmarc=pass"), false },
		{ SPAN(" mx; dmarc=pass header.from=b.example"), false },
		{ SPAN(" mx; dmarc=pass header.from=b.example; spf=pass header.from=a.example"),
		  false },
		{ SPAN(" mx; spf=pass (x; dmarc=pass header.from=a.example)"), false },
		{ SPAN(" mx; spf=pass smtp.mailfrom=\";dmarc=pass header.from=a.example\""),
		  false },
		{ SPAN(""), false },
	};

	EACH_ROW(t) {
		struct arc_set sets[2] = { { .domain = SPAN("good.example"), .says = t[row].says },
			                   { .domain = SPAN("good.example"),
			                     .says = SPAN(" mx") } };
		struct arc a = { .result = ARC_PASS, .chain = { .sets = sets, .n = 2 } };
		struct span author = SPAN("a.example");

		CHECK(arc_vouched(&a, author, trusts, "good.example") ==
		      (t[row].vouches ? &sets[0] : NULL));
		CHECK(!arc_vouched(&a, SPAN(""), trusts, "good.example"));
		CHECK(!arc_vouched(&a, author, trusts, "bad.example"));
		sets[1].domain = SPAN("bad.example"); /* who sealed behind it may have written it */
		CHECK(!arc_vouched(&a, author, trusts, "good.example"));
		sets[1].domain = SPAN("good.example");
		a.result = ARC_FAIL;
		CHECK(!arc_vouched(&a, author, trusts, "good.example"));
	}
}
