/* What a policy can make us ask, counted where the answers are given (RFC 7208 4.6.4), and what
 * people are told.  The zone is a function of the question, so that it can be as bad as can be. */
#include <stdio.h>

#include "test.h"
#include "wire/spf/spf.h"

enum { RECORDS_MAX = 100 };

/* The answer to one question; *out has room for RECORDS_MAX. */
typedef enum dns_status teller(const struct dns_question *q, struct dns_record *out, size_t *n);

struct run {
	const struct spf_verdict *verdict;
	unsigned asked, ptrs;
};

static struct run run(teller *tell, const char *ip, struct span sender, struct arena *mem)
{
	struct spf_subject subject = { .sender = sender, .helo = SPAN("helo.test") };
	static struct dns_record records[RECORDS_MAX];
	struct dns_question q;
	struct run got = { 0 };
	struct spf *spf;

	CHECK_INT(ip_parse(span_str(ip), &subject.ip), 0);
	CHECK_INT(spf_start(&subject, mem, &spf), 0);
	while (spf_next(spf, &q)) {
		struct dns_answer a = { .records = records };

		got.asked++;
		got.ptrs += q.type == DNS_PTR;
		a.status = tell(&q, records, &a.n);
		spf_answer(spf, &a);
	}
	got.verdict = spf_verdict(spf);
	CHECK_INT(got.verdict->n_questions, got.asked);
	CHECK(got.asked <= SPF_QUESTIONS_MAX);
	return got;
}

static enum dns_status txt(const char *text, struct dns_record *out, size_t *n)
{
	out[0] = (struct dns_record){ .text = span_str(text) };
	*n = 1;
	return DNS_FOUND;
}

static enum dns_status names(size_t n_names, const char *stem, struct dns_record *out, size_t *n)
{
	static char name[RECORDS_MAX][DNS_NAME_BYTES + 8];

	for (size_t i = 0; i < n_names; i++) {
		(void)snprintf(name[i], sizeof name[i], "n%zu.%s", i, stem);
		out[i] = (struct dns_record){ .name = span_str(name[i]) };
	}
	*n = n_names;
	return DNS_FOUND;
}

static enum dns_status elsewhere(struct dns_record *out, size_t *n)
{
	out[0] = (struct dns_record){ .ip = { 4, { 203, 0, 113, 1 } } };
	*n = 1;
	return DNS_FOUND;
}

/* Ten terms of ten servers each, the client's ten names, and an explanation with %{p} in it. */
static enum dns_status worst(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	switch (q->type) {
	case DNS_TXT:
		if (strcmp(q->name, "explain.test") == 0)
			return txt("%{p} is not known", out, n);
		return txt("v=spf1 mx mx mx mx mx mx mx mx mx mx:%{p}.test exp=explain.test -all",
		           out, n);
	case DNS_MX: return names(10, q->name, out, n);
	case DNS_PTR: return names(RECORDS_MAX, "client.test", out, n);
	default: return elsewhere(out, n);
	}
}

TEST(spf_asks_no_more_than_the_worst)
{
	AUTO_ARENA mem = { 0 };
	struct run got = run(worst, "192.0.2.1", SPAN("a@x.test"), &mem);

	CHECK_INT(got.verdict->result, SPF_FAIL);
	CHECK_INT(got.asked, SPF_QUESTIONS_MAX);
	CHECK_INT(got.ptrs, 1);
	CHECK_INT(got.verdict->n_terms, SPF_TERMS_MAX);
	CHECK_SPAN(got.verdict->explanation, SPAN("unknown is not known"));
}

static enum dns_status loop(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	return txt(strcmp(q->name, "r.test") == 0 ? "v=spf1 redirect=r.test"
	                                          : "v=spf1 include:%{d} include:r.test",
	           out, n);
}

TEST(spf_loops_end)
{
	static const struct span t[] = { SPAN("a@r.test"), SPAN("a@i.test") };
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct run got = run(loop, "192.0.2.1", t[row], &mem);

		CHECK_INT(got.verdict->result, SPF_PERMERROR);
		CHECK_INT(got.asked, 1 + SPF_TERMS_MAX);
		CHECK_STR(got.verdict->problem, "it takes more than ten look-ups");
	}
}

/* Ten includes, one in the other, and the innermost passes: each passes on. */
static enum dns_status nest(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	if (strlen(q->name) == strlen("a.a.a.a.a.a.a.a.a.a.x.test"))
		return txt("v=spf1 ip4:192.0.2.0/24", out, n);
	return txt("v=spf1 include:a.%{d} -all", out, n);
}

TEST(spf_includes_nest)
{
	AUTO_ARENA mem = { 0 };

	struct run got = run(nest, "192.0.2.1", SPAN("a@x.test"), &mem);
	CHECK_INT(got.verdict->result, SPF_PASS);
	CHECK_SPAN(got.verdict->term, SPAN("include:a.%{d}"));
	CHECK_SPAN(got.verdict->at, SPAN("x.test"));
	got = run(nest, "198.51.100.1", SPAN("a@x.test"), &mem);
	CHECK_INT(got.verdict->result, SPF_FAIL);
	CHECK_SPAN(got.verdict->term, SPAN("-all"));
}

/* RFC 7208 4.6.4: it is terms that are counted, so an mx whose servers have no IPv6 is one. */
static enum dns_status voids(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	if (q->type == DNS_TXT)
		return txt(strcmp(q->name, "two.test") == 0
		                   ? "v=spf1 mx a:gone.test ?all"
		                   : "v=spf1 mx a:gone.test exists:gone.test ?all",
		           out, n);
	if (q->type == DNS_MX)
		return names(5, q->name, out, n);
	return strcmp(q->name, "gone.test") == 0 ? DNS_NO_NAME : DNS_NO_DATA;
}

TEST(spf_void_lookups)
{
	AUTO_ARENA mem = { 0 };

	struct run got = run(voids, "2001:db8::1", SPAN("a@two.test"), &mem);
	CHECK_INT(got.verdict->result, SPF_NEUTRAL);
	CHECK_INT(got.verdict->n_voids, 2);
	CHECK_INT(got.asked, 1 + 6 + 1);
	got = run(voids, "2001:db8::1", SPAN("a@three.test"), &mem);
	CHECK_INT(got.verdict->result, SPF_PERMERROR);
	CHECK_INT(got.asked, 1 + 6 + 1 + 1);
}

/* RFC 8616 4: a local part in UTF-8 is no part of a name in DNS. */
static enum dns_status local_part(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	if (q->type == DNS_TXT)
		return txt("v=spf1 exists:%{l}.u.test exists:%{S}.test ?exists:%{o} -all", out, n);
	return elsewhere(out, n);
}

TEST(spf_utf8_local_part)
{
	AUTO_ARENA mem = { 0 };

	CHECK_INT(run(local_part, "192.0.2.1", SPAN("\xc3\xa9@x.test"), &mem).verdict->result,
	          SPF_NEUTRAL);
	CHECK_INT(run(local_part, "192.0.2.1", SPAN("e@x.test"), &mem).verdict->result, SPF_PASS);
}

/* RFC 7208 6.2: what is explained is printable, and short; what is not, is not told. */
static enum dns_status explain(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	static char longer[400];

	if (strcmp(q->name, "long.explain.test") == 0)
		return txt(memset(longer, 'x', sizeof longer - 1), out, n);
	if (strcmp(q->name, "x.explain.test") == 0)
		return txt("%{l} may not", out, n);
	return txt("v=spf1 -all exp=%{d1r}.explain.test", out, n);
}

TEST(spf_explanations_are_cleaned)
{
	AUTO_ARENA mem = { 0 };

	CHECK_SPAN(run(explain, "192.0.2.1", SPAN("a\r\n\xff@x.test"), &mem).verdict->explanation,
	           SPAN("a??? may not"));
	CHECK_SPAN(run(explain, "192.0.2.1", SPAN("a@long.test"), &mem).verdict->explanation,
	           SPAN(""));
}

static enum dns_status broken(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	if (strcmp(q->name, "slow.test") == 0)
		return DNS_FAILED;
	if (strcmp(q->name, "none.test") == 0)
		return DNS_NO_DATA;
	if (strcmp(q->name, "in.test") == 0)
		return txt("v=spf1 include:bad.test -all", out, n);
	if (strcmp(q->name, "bad.test") == 0)
		return txt("v=spf1 ip5:1.2.3.4 -all", out, n);
	return txt("v=spf1 ip4:192.0.2.1 ~all", out, n);
}

TEST(spf_sentences)
{
	static const struct {
		struct span sender, want;
		const char *ip;
		enum spf_result result;
	} t[] = {
		{ SPAN("a@x.test"),
		  SPAN("192.0.2.1 may send mail for x.test (ip4:192.0.2.1 in the SPF record of "
		       "x.test)"),
		  "192.0.2.1", SPF_PASS },
		{ SPAN("a@x.test"),
		  SPAN("192.0.2.2 is not known to send mail for x.test (~all in the SPF record of "
		       "x.test); "
		       "send through that domain's own server, or have the address added to its "
		       "SPF record"),
		  "192.0.2.2", SPF_SOFTFAIL },
		{ SPAN("a@none.test"), SPAN("none.test has no SPF record"), "192.0.2.2", SPF_NONE },
		{ SPAN("a@in.test"),
		  SPAN("the SPF record of in.test cannot be used, because its record has a term "
		       "that is no "
		       "term of SPF (ip5:1.2.3.4 in the SPF record of bad.test); who runs the "
		       "domain must "
		       "correct it"),
		  "192.0.2.2", SPF_PERMERROR },
		{ SPAN("a@slow.test"),
		  SPAN("SPF could not be checked now for slow.test, because its record could not "
		       "be looked "
		       "up now; try again later"),
		  "192.0.2.2", SPF_TEMPERROR },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF words = BUF(1000);
		struct spf_subject subject = { 0 };
		struct run got = run(broken, t[row].ip, t[row].sender, &mem);

		CHECK_INT(ip_parse(span_str(t[row].ip), &subject.ip), 0);
		CHECK_INT(got.verdict->result, t[row].result);
		CHECK_INT(spf_print(got.verdict, &subject, &words), 0);
		CHECK_SPAN(buf_span(&words), t[row].want);
	}
}

/* RFC 7208 2.4: the null sender is postmaster at the name of HELO. */
static enum dns_status helo(const struct dns_question *q, struct dns_record *out, size_t *n)
{
	if (q->type == DNS_TXT)
		return txt("v=spf1 exists:%{l}.%{o} -all", out, n);
	return strcmp(q->name, "postmaster.helo.test") == 0 ? elsewhere(out, n) : DNS_NO_NAME;
}

TEST(spf_null_sender)
{
	AUTO_ARENA mem = { 0 };
	struct run got = run(helo, "192.0.2.1", SPAN(""), &mem);

	CHECK_INT(got.verdict->result, SPF_PASS);
	CHECK_SPAN(got.verdict->domain, SPAN("helo.test"));
}
