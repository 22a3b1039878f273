/* calls/record_found.c - see record_found.h. */
#include "calls/record_found.h"

void record_findings_json(const struct record_findings *f, struct json *j)
{
	static const char *const results[] = { "passed", "failed", "unknown" };

	json_begin_array(j);
	for (size_t i = 0; i < f->n_found; i++) {
		const struct record_found *x = &f->found[i];
		size_t result = x->result < N_ELEMS(results) ? x->result : N_ELEMS(results) - 1;

		json_begin_object(j);
		json_member_span(j, "step", x->step);
		json_member_span(j, "result", span_str(results[result]));
		json_member_span(j, "value", x->value);
		json_member_span(j, "words", x->words);
		json_member_int(j, "us", x->us);
		json_end_object(j);
	}
	json_end_array(j);
}
