/* The test suite of RFC 7208 that openspf.org published: 203 cases (rfc7208.cases). */
#include "cases.h"
#include "test.h"

/* Whether `word` is among the words between commas. */
static bool is_among(const char *words, const char *word)
{
	struct span rest = span_str(words), one;

	while (span_split(&rest, ',', &one))
		if (span_eq(one, span_str(word)))
			return true;
	return false;
}

static void tell(const struct spf_case *c, void *arg)
{
	const struct spf_verdict *v = c->verdict;

	(void)arg;
	test_check(is_among(c->results, spf_result_name(v->result)), __FILE__, __LINE__,
	           "%s: %s, not %s", c->id, spf_result_name(v->result), c->results);
	if (strcmp(c->explanation, "-") != 0)
		test_check(span_eq(v->explanation, span_str(c->explanation)), __FILE__, __LINE__,
		           "%s: explains \"%.*s\", not \"%s\"", c->id, SPAN_ARG(v->explanation),
		           c->explanation);
	CHECK_INT(v->n_questions, c->asked);
	CHECK(c->asked <= SPF_QUESTIONS_MAX);
	CHECK((v->problem != NULL) == (v->result == SPF_TEMPERROR || v->result == SPF_PERMERROR));
}

TEST(spf_rfc7208_suite)
{
	FILE *file = fopen(SUITE, "r");

	CHECK(file);
	if (!file)
		return;
	CHECK_INT(cases_run(file, tell, NULL), 203);
	(void)fclose(file);
}
