/* DMARC: RFC 9989 4.10, B.1, B.4; the look-ups are counted where they are answered. */
#include "wire/dmarc/dmarc.h"

#include "test.h"
#include "wire/dmarc/author.h"

struct rr {
	const char *name, *text; /* "FAIL": DNS cannot tell; of type A: "A" */
};

static enum dns_status answer(const struct rr *zone, const struct dns_question *q,
                              struct dns_record *out, size_t *n)
{
	*n = 0;
	for (; zone->name; zone++) {
		if (!span_eq_nocase(span_str(zone->name), span_str(q->name)))
			continue;
		if (strcmp(zone->text, "FAIL") == 0)
			return DNS_FAILED;
		if ((strcmp(zone->text, "A") == 0) != (q->type == DNS_A))
			continue;
		out[(*n)++] = (struct dns_record){ .text = span_str(zone->text) };
	}
	return *n ? DNS_FOUND : DNS_NO_DATA;
}

static const struct dmarc_verdict *run(const struct rr *zone, const char *author, const char *spf,
                                       const char *dkim, struct arena *mem)
{
	struct dmarc_identity ids[2];
	struct dmarc_subject subject = { .author = span_str(author), .identities = ids };
	struct dns_record records[4];
	struct dns_question q;
	struct dmarc *d;
	unsigned n = 0;

	if (spf)
		ids[subject.n++] = (struct dmarc_identity){ span_str(spf), true };
	if (dkim)
		ids[subject.n++] = (struct dmarc_identity){ span_str(dkim), false };
	CHECK_INT(dmarc_start(&subject, mem, &d), 0);
	while (dmarc_next(d, &q)) {
		struct dns_answer a = { .records = records };

		n++;
		a.status = answer(zone, &q, records, &a.n);
		dmarc_answer(d, &a);
	}
	CHECK_INT(dmarc_verdict(d)->n_questions, n);
	CHECK(n <= DMARC_QUESTIONS_MAX);
	return dmarc_verdict(d);
}

#define P_REJECT "v=DMARC1; p=reject"

static const struct rr zone[] = {
	{ "_dmarc.example.com", P_REJECT },
	{ "_dmarc.signing.example.com", "v=DMARC1; p=none" },
	{ "_dmarc.strict.test", "v=DMARC1; p=reject; aspf=s; adkim=s" },
	{ "_dmarc.own.example.com", "v=DMARC1; p=quarantine; psd=n" },
	{ "_dmarc.bank.example", "v=DMARC1; p=reject; psd=y" },
	{ "_dmarc.t.test", "v=DMARC1; p=reject; t=y; sp=quarantine; np=reject" },
	{ "here.t.test", "A" },
	{ "_dmarc.two.test", P_REJECT },
	{ "_dmarc.two.test", "v=DMARC1; p=none" },
	{ "_dmarc.slow.test", "FAIL" },
	{ "_dmarc.x.example.com", "v=DMARC1; p=nonsense" },
	{ "_dmarc.mega.bank.example", "v=DMARC1; p=none; rua=mailto:a@b" },
	{ NULL, NULL },
};

TEST(dmarc_examples)
{
	enum {
		NONE = DMARC_RESULT_NONE,
		PASS = DMARC_RESULT_PASS,
		FAIL = DMARC_RESULT_FAIL,
		TEMP = DMARC_RESULT_TEMPERROR
	};
	static const struct {
		const char *author, *spf, *dkim;
		int result, policy;
		unsigned asked;
	} t[] = {
		/* B.1.1: the same, a parent, a stranger. */
		{ "example.com", "example.com", NULL, PASS, DMARC_NONE, 1 },
		{ "child.example.com", "example.com", NULL, PASS, DMARC_NONE, 5 },
		{ "example.com", "example.net", NULL, FAIL, DMARC_REJECT, 2 },
		/* B.1.2, B.4.1: a sub-domain with a record of its own is of the same organization.
		 */
		{ "example.com", NULL, "signing.example.com", PASS, DMARC_NONE, 5 },
		{ "example.com", NULL, "sample.net", FAIL, DMARC_REJECT, 2 },
		/* psd=n cuts the tree. */
		{ "example.com", NULL, "a.own.example.com", FAIL, DMARC_REJECT, 4 },
		{ "own.example.com", NULL, "example.com", FAIL, DMARC_QUARANTINE, 1 },
		{ "a.own.example.com", NULL, "b.own.example.com", PASS, DMARC_NONE, 4 },
		/* B.4.3: below a public suffix each is an organization. */
		{ "giant.bank.example", "mail.giant.bank.example", NULL, PASS, DMARC_NONE, 5 },
		{ "giant.bank.example", NULL, "mail.mega.bank.example", FAIL, DMARC_REJECT, 2 },
		{ "a.mega.bank.example", NULL, NULL, FAIL, DMARC_NONE, 3 },
		/* 4.4: strict. */
		{ "strict.test", "a.strict.test", "b.strict.test", FAIL, DMARC_REJECT, 1 },
		{ "strict.test", NULL, "STRICT.test", PASS, DMARC_NONE, 1 },
		/* 4.7: t, sp, np. */
		{ "t.test", NULL, NULL, FAIL, DMARC_QUARANTINE, 1 },
		{ "here.t.test", NULL, NULL, FAIL, DMARC_NONE, 4 },
		{ "gone.t.test", NULL, NULL, FAIL, DMARC_QUARANTINE, 6 },
		/* 4.10: two records are none; DNS that fails is no "no". */
		{ "two.test", NULL, NULL, NONE, DMARC_NONE, 2 },
		{ "nothing.net", "nothing.net", NULL, NONE, DMARC_NONE, 2 },
		{ "slow.test", NULL, NULL, TEMP, DMARC_NONE, 1 },
		{ "x.example.com", NULL, NULL, NONE, DMARC_NONE, 1 },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		const struct dmarc_verdict *v =
		        run(zone, t[row].author, t[row].spf, t[row].dkim, &mem);

		CHECK_STR(dmarc_result_name(v->result),
		          dmarc_result_name((enum dmarc_result)t[row].result));
		CHECK_STR(dmarc_policy_name(v->policy),
		          dmarc_policy_name((enum dmarc_policy)t[row].policy));
		CHECK_INT(v->n_questions, t[row].asked);
	}
}

/* RFC 9989 4.10: eight look-ups, and no more, whatever the name. */
TEST(dmarc_walks_end)
{
	static const char *const want[] = {
		"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
		"_dmarc.g.h.i.j.mail.example.com",
		"_dmarc.h.i.j.mail.example.com",
		"_dmarc.i.j.mail.example.com",
		"_dmarc.j.mail.example.com",
		"_dmarc.mail.example.com",
		"_dmarc.example.com",
		"_dmarc.com",
	};
	struct dmarc_subject subject = { .author = SPAN("a.b.c.d.e.f.g.h.i.j.mail.example.com") };
	AUTO_ARENA mem = { 0 };
	struct dns_question q;
	struct dmarc *d;
	size_t n = 0;

	CHECK_INT(dmarc_start(&subject, &mem, &d), 0);
	for (; dmarc_next(d, &q) && n < N_ELEMS(want); n++) {
		CHECK_STR(q.name, want[n]);
		dmarc_answer(d, &(struct dns_answer){ .status = DNS_NO_NAME });
	}
	CHECK_INT(n, DMARC_WALK_MAX);
	CHECK_INT(dmarc_verdict(d)->result, DMARC_RESULT_NONE);
	CHECK_SPAN(dmarc_verdict(d)->organization, subject.author);
}

TEST(dmarc_names_that_cannot_be)
{
	static const char *const t[] = {
		"", "a..b", ".a", "a.",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test"
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };

		CHECK_INT(run(zone, t[row], NULL, NULL, &mem)->result, DMARC_RESULT_PERMERROR);
	}
}

TEST(dmarc_sentences)
{
	struct dmarc_subject subject = { .author = SPAN("example.com") };
	AUTO_ARENA mem = { 0 };
	AUTO_BUF words = BUF(500);

	CHECK_INT(dmarc_print(run(zone, "example.com", NULL, NULL, &mem), &subject, &words), 0);
	CHECK_SPAN(
	        buf_span(&words),
	        SPAN("neither SPF nor DKIM shows that the message is from example.com, and the "
	             "DMARC "
	             "policy of example.com asks for \"reject\"; send it through that domain's own "
	             "server, or sign it with DKIM for that domain"));
}

/* RFC 9989 5.3.1, 11.5 */
TEST(dmarc_authors)
{
	static const struct {
		struct span header, domain;
		enum dmarc_author author;
	} t[] = {
		{ SPAN("From: A <a@Example.COM>\r\n"), SPAN("example.com"), DMARC_AUTHOR_ONE },
		{ SPAN("To: b@c\r\nfrom : a@b.test, c@B.test\r\n"), SPAN("b.test"),
		  DMARC_AUTHOR_ONE },
		{ SPAN("From: \"x@evil.test\" <a@b.test>\r\n"), SPAN("b.test"), DMARC_AUTHOR_ONE },
		{ SPAN("From: g: a@b.test;\r\n"), SPAN("b.test"), DMARC_AUTHOR_ONE },
		{ SPAN("From: a@b.test, c@d.test\r\n"), SPAN(""), DMARC_AUTHOR_MANY },
		{ SPAN("From: a@b.test\r\nFrom: a@b.test\r\n"), SPAN(""), DMARC_AUTHOR_MANY },
		{ SPAN("From: g:;\r\n"), SPAN(""), DMARC_AUTHOR_NONE },
		{ SPAN("From: a@b.test <c@d.test>\r\n"), SPAN(""), DMARC_AUTHOR_NONE },
		{ SPAN("From:\r\n"), SPAN(""), DMARC_AUTHOR_NONE },
		{ SPAN("To: a@b.test\r\n"), SPAN(""), DMARC_AUTHOR_NONE },
		{ SPAN("Subject: x\r\n\r\nFrom: a@b.test\r\n"), SPAN(""), DMARC_AUTHOR_NONE },
	};
	EACH_ROW(t) {
		AUTO_BUF domain = BUF(300);

		CHECK_INT(dmarc_author(exact(t[row].header), &domain), t[row].author);
		CHECK_SPAN(buf_span(&domain), t[row].domain);
	}
}
