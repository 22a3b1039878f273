/* DMARC records: RFC 9989 4.7, 4.8, 4.10.1. */
#include "wire/dmarc/record.h"

#include "test.h"

TEST(dmarc_records_are_found)
{
	static const struct {
		struct span text;
		bool is;
	} t[] = {
		{ SPAN("v=DMARC1"), true },
		{ SPAN(" V = DMARC1 ; p=none"), true },
		{ SPAN("v=DMARC1;p=none;"), true },
		{ SPAN("v=dmarc1; p=none"), false },
		{ SPAN("v=DMARC10; p=none"), false },
		{ SPAN("p=none; v=DMARC1"), false },
		{ SPAN("; v=DMARC1"), false },
		{ SPAN("v=spf1 -all"), false },
		{ SPAN(""), false },
	};
	EACH_ROW(t) {
		struct dmarc_record r;

		CHECK_INT(dmarc_record_parse(exact(t[row].text), &r), t[row].is);
	}
}

TEST(dmarc_policies)
{
	enum { N = DMARC_NONE, Q = DMARC_QUARANTINE, R = DMARC_REJECT };
	static const struct {
		struct span text;
		int p, sp, np;
		bool usable;
	} t[] = {
		{ SPAN("v=DMARC1; p=reject"), R, R, R, true },
		{ SPAN("v=DMARC1; P=Reject; SP=none"), R, N, N, true },
		{ SPAN("v=DMARC1; p=none; sp=quarantine; np=reject"), N, Q, R, true },
		{ SPAN("v=DMARC1; p=quarantine; np=reject"), Q, Q, R, true },
		{ SPAN("v=DMARC1; p=reject; pct=0; foo=bar;;; x"), R, R, R, true },
		{ SPAN("v=DMARC1; p=reject; p=none"), R, R, R, true },
		{ SPAN("v=DMARC1; p=refuse"), N, N, N, false },
		{ SPAN("v=DMARC1"), N, N, N, false },
		{ SPAN("v=DMARC1; p=reject; sp=foo"), N, N, N, false },
		{ SPAN("v=DMARC1; p=reject; np=foo; rua=mailto:a@b"), N, N, N, true },
		{ SPAN("v=DMARC1; rua=foo, mailto:a@b"), N, N, N, true },
		{ SPAN("v=DMARC1; rua=foo"), N, N, N, false },
	};
	EACH_ROW(t) {
		struct dmarc_record r = { 0 };

		CHECK(dmarc_record_parse(exact(t[row].text), &r));
		CHECK_INT(r.p, t[row].p);
		CHECK_INT(r.sp, t[row].sp);
		CHECK_INT(r.np, t[row].np);
		CHECK_INT(r.usable, t[row].usable);
	}
}

TEST(dmarc_other_tags)
{
	struct dmarc_record r;

	CHECK(dmarc_record_parse(
	        SPAN("v=DMARC1; p=none; psd=y; t=y; adkim=s; aspf=s; ruf=mailto:x@y"), &r));
	CHECK(r.psd == DMARC_PSD_YES && r.testing && r.strict_dkim && r.strict_spf);
	CHECK_SPAN(r.ruf, SPAN("mailto:x@y"));
	CHECK(dmarc_record_parse(SPAN("v=DMARC1; p=none; psd=N; t=yes; adkim=x; aspf="), &r));
	CHECK(r.psd == DMARC_PSD_NO && !r.testing && !r.strict_dkim && !r.strict_spf);
}
