/* Runs cases from its input and prints what it found, for differential.py: id, result, questions,
 * terms, voids, between tabs. */
#include "cases.h"

static void tell(const struct spf_case *c, void *arg)
{
	const struct spf_verdict *v = c->verdict;

	(void)arg;
	(void)printf("%s\t%s\t%u\t%u\t%u\n", c->id, spf_result_name(v->result), c->asked,
	             v->n_terms, v->n_voids);
}

int main(void)
{
	return cases_run(stdin, tell, NULL) < 0;
}
